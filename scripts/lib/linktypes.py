# SPDX-License-Identifier: BSD-3-Clause
"""What a captured frame carries, for the link types that hold IP.

The functions here take octets that nobody has checked: what is too short or has no sense carries nothing (type 0).
"""

IP4, IP6, NOTHING = 0x0800, 0x86DD, 0
VLAN_TAGS = (0x8100, 0x88A8, 0x9100)
PPPOE_SESSION = 0x8864
ETHER_TYPE_MIN = 0x0600  # what is smaller is the length of an 802.3 frame
SNAP = b"\xaa\xaa\x03\x00\x00\x00"
LLC_IP4 = b"\x06\x06\x03"
FAMILIES = {2: IP4, 10: IP6, 24: IP6, 28: IP6, 30: IP6}  # AF_INET; AF_INET6 of Linux, BSDs and macOS
PPP_PROTOCOLS = {0x21: IP4, 0x57: IP6}
AVS_MAGIC = b"\x80\x21\x10"
PRISM_SIZE = 144

# Frame control of 802.11 and flags of radiotap.
TO_DS, FROM_DS, MORE_FRAGMENTS, PROTECTED, ORDER = 0x01, 0x02, 0x04, 0x40, 0x80
RADIOTAP_PAD, RADIOTAP_BAD = 0x20, 0x40


def number(data, at, size=2, order="big"):
    return int.from_bytes(data[at : at + size], order)


def llc(data):
    """After the length of an 802.3 frame or an 802.11 header."""
    if data[:6] == SNAP:
        kind = number(data, 6)
        return after_type(kind, data[8:]) if kind >= ETHER_TYPE_MIN else (NOTHING, b"")
    return (IP4, data[3:]) if data[:3] == LLC_IP4 else (NOTHING, b"")


def after_type(kind, data):
    """After an Ethernet type; VLAN tags and PPPoE are passed over."""
    while kind in VLAN_TAGS:
        kind, data = number(data, 2), data[4:]
    return ppp(data[6:]) if kind == PPPOE_SESSION else (kind, data)


def ethernet(frame):
    kind, data = number(frame, 12), frame[14:]
    return after_type(kind, data) if kind >= ETHER_TYPE_MIN else llc(data)


def ppp(frame):
    """With or without the address and control octets, the protocol in one or two octets (RFC 1661)."""
    if frame[:2] == b"\xff\x03":
        frame = frame[2:]
    size = 1 if number(frame, 0, 1) & 1 else 2
    return PPP_PROTOCOLS.get(number(frame, 0, size), NOTHING), frame[size:]


def serial(frame):
    """PPP in HDLC frames, or Cisco's HDLC."""
    return cisco_hdlc(frame) if frame[:1] in (b"\x0f", b"\x8f") else ppp(frame)


def cisco_hdlc(frame):
    return after_type(number(frame, 2), frame[4:])


def raw(frame):
    return {4: IP4, 6: IP6}.get(number(frame, 0, 1) >> 4, NOTHING), frame


def null(frame):
    """The family in the octet order of the machine that captured."""
    families = [FAMILIES.get(number(frame, 0, 4, order)) for order in ("little", "big")]
    return families[0] or families[1] or NOTHING, frame[4:]


def cooked(frame):
    return after_type(number(frame, 14), frame[16:])


def cooked2(frame):
    return after_type(number(frame, 0), frame[20:])


def wlan(frame, pad=False):
    """One 802.11 frame: a list of what it carries, as the access point may put several packets into one."""
    control, flags = number(frame, 0, 1), number(frame, 1, 1)
    is_data, is_empty, is_qos = control & 0x0C == 0x08, control & 0x40, control & 0x80
    if not is_data or is_empty:
        return [(NOTHING, b"")]
    if flags & PROTECTED:
        return ["encrypted (802.11)"]
    if flags & MORE_FRAGMENTS or number(frame, 22, 1) & 0x0F:
        return ["in fragments of 802.11"]
    start = 30 if flags & TO_DS and flags & FROM_DS else 24
    is_several = is_qos and number(frame, start, 1) & 0x80
    start += (6 if flags & ORDER else 2) if is_qos else 0
    body = frame[(start + 3) // 4 * 4 if pad else start :]
    return list(aggregate(body)) if is_several else [llc(body)]


def aggregate(body):
    """The parts of an A-MSDU."""
    while len(body) >= 14:
        size = 14 + number(body, 12)
        yield llc(body[14:size])
        body = body[(size + 3) // 4 * 4 :]


def radiotap(frame):
    size, at, flags = number(frame, 2, 2, "little"), 4, 0
    present = word = number(frame, at, 4, "little")
    while word & 1 << 31 and at + 8 <= size:
        at += 4
        word = number(frame, at, 4, "little")
    if present & 2:
        at += 4
        at = (at + 7) // 8 * 8 + 8 if present & 1 else at
        flags = number(frame, at, 1)
    if flags & RADIOTAP_BAD:
        return ["damaged on the air (802.11)"]
    return wlan(frame[size:], bool(flags & RADIOTAP_PAD)) if size else [(NOTHING, b"")]


def prism(frame):
    return avs(frame) if frame[:3] == AVS_MAGIC else wlan(frame[PRISM_SIZE:])


def avs(frame):
    return wlan(frame[number(frame, 4, 4) :])


def one(reader, skip=0):
    """A link type whose frames carry one packet, after a number of octets that do not matter."""
    return lambda frame: [reader(frame[skip:])]


READERS = {
    0: one(null),  # NULL
    1: one(ethernet),  # EN10MB
    9: one(ppp),  # PPP
    12: one(raw),  # RAW, as most systems number it
    14: one(raw),  # RAW of OpenBSD
    50: one(serial),  # PPP_SERIAL
    51: one(ppp, skip=6),  # PPP_ETHER
    101: one(raw),  # RAW
    104: one(cisco_hdlc),  # C_HDLC
    105: wlan,  # IEEE802_11
    108: one(null),  # LOOP
    113: one(cooked),  # LINUX_SLL
    119: prism,  # PRISM_HEADER
    127: radiotap,  # IEEE802_11_RADIO
    163: avs,  # IEEE802_11_AVS
    204: one(ppp, skip=1),  # PPP_WITH_DIR
    228: one(raw),  # IPV4
    229: one(raw),  # IPV6
    276: one(cooked2),  # LINUX_SLL2
}


def contents(link, frame):
    """What a frame of a link type carries: a list of (Ethernet type, packet), or of reasons why it cannot be read."""
    reader = READERS.get(link)
    return reader(frame) if reader else [f"of link type {link}, which is not read"]
