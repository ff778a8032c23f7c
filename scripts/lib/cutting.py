# SPDX-License-Identifier: BSD-3-Clause
"""Cut what was captured before a network card cut it.

A host gives its card TCP packets of up to 64 KiB, and the card makes segments of them (TSO). A capture on this host
sees the large packets. Here they become the segments: with the sequence numbers, flags, lengths, identifications and
checksums that a card gives them.

The capture does not record into what datagrams a card cuts UDP. Other packets above the MTU become fragments.
"""

import struct

from packet import TCP, Packet, checksum

MTU, MTU_MAX = 1500, 9600
MSS_LEAST = 64  # what is announced below is no size that anybody sends
MSS_OPTION = 2
FIN, SYN, PSH, CWR = 0x01, 0x02, 0x08, 0x80
DF, MF = 0x4000, 0x2000
TCP_HEADER, IP_HEADER = 20, 20


def tcp_header(p):
    """Length of the TCP header of a whole packet, or 0 if there is no whole one."""
    size = len(p.data) - p.l4
    if p.proto != TCP or p.fragment != (0, False) or size < TCP_HEADER:
        return 0
    header = (p.data[p.l4 + 12] >> 4) * 4
    return header if TCP_HEADER <= header <= size else 0


def announced(p, header):
    """The segment size in a SYN, or 0."""
    at, end = p.l4 + TCP_HEADER, p.l4 + header
    while at + 1 < end and p.data[at] != 0:
        size = 1 if p.data[at] == 1 else p.data[at + 1]
        if (p.data[at], size) == (MSS_OPTION, 4) and at + 4 <= end:
            return p.half(at + 2)
        at += max(size, 1)
    return 0


def endpoint(p, side):
    return getattr(p, side), p.port(side)


class Cutter:
    """Packets for links with an MTU; counts what was done.

    mtu  of the links; None: large enough for what the capture says was sent in one piece, at most MTU_MAX
    """

    def __init__(self, packets, mtu=None):
        self.mss = {}  # endpoint -> the segment size that it takes
        self.mtu = mtu or self.find_mtu(packets)
        self.cut = self.segments = self.fragmented = 0

    def find_mtu(self, packets):
        sizes, segment, longest = [MTU], 0, 0
        for _, data in packets:
            if isinstance(data, str):
                continue
            p = Packet(data)
            header = tcp_header(p)
            if header and p.data[p.l4 + 13] & SYN:
                segment = max(segment, announced(p, header) + IP_HEADER + TCP_HEADER)
            longest = max(longest, len(data) if header else 0)
            sizes.append(len(data) if not header and len(data) <= MTU_MAX else 0)
        # TCP packets above 1500 octets are jumbo frames only where a host says that it takes such segments.
        return max(*sizes, min(segment, longest, MTU_MAX))

    def pieces(self, data):
        """The packets that leave the card for this one."""
        p = Packet(data)
        header = tcp_header(p)
        if header and p.data[p.l4 + 13] & SYN and (mss := announced(p, header)) >= MSS_LEAST:
            self.mss[endpoint(p, "src")] = mss
        room = self.mtu - p.l4 - header
        if header:
            room = min(room, self.mss.get(endpoint(p, "dst"), room) - (header - TCP_HEADER))
        if not header and len(data) <= self.mtu or header and len(data) - p.l4 - header <= room:
            return [data]
        if not header or room < 8:
            self.fragmented += 1
            return fragments(p, self.mtu)
        self.cut += 1
        made = segments(p, header, room)
        self.segments += len(made)
        return made

    def pass_on(self, packets):
        """All packets of a capture; what is none stays as it is."""
        for time, data in packets:
            for piece in [data] if isinstance(data, str) else self.pieces(data):
                yield time, piece

    def report(self):
        """What was done in one line, or None."""
        said = []
        if self.cut:
            said.append(f"TCP {self.cut} into {self.segments} segments")
        if self.fragmented:
            said.append(f"others {self.fragmented} into fragments (how a card cuts UDP is not recorded)")
        return f"cut as a card with MTU {self.mtu} would: {'; '.join(said)}" if said else None


def finish(head, body):
    """An IPv4 header with the length and the checksum that fit."""
    head[2:4], head[10:12] = struct.pack("!H", len(head) + len(body)), b"\0\0"
    head[10:12] = struct.pack("!H", checksum(bytes(head)))
    return bytes(head) + bytes(body)


def segments(p, header, room):
    """TCP segments with at most this many octets of data."""
    payload = p.data[p.l4 + header :]
    number = struct.unpack_from("!I", p.data, p.l4 + 4)[0]
    made = []
    for i, at in enumerate(range(0, len(payload), room)):
        ip, tcp = bytearray(p.data[: p.l4]), bytearray(p.data[p.l4 : p.l4 + header])
        struct.pack_into("!H", ip, 4, p.half(4) + i & 0xFFFF)
        struct.pack_into("!I", tcp, 4, number + at & 0xFFFFFFFF)
        if at > 0:
            tcp[13] &= ~CWR & 0xFF
        if at + room < len(payload):
            tcp[13] &= ~(FIN | PSH) & 0xFF
        tcp[16:18] = b"\0\0"
        body = tcp + payload[at : at + room]
        pseudo = bytes(ip[12:20]) + struct.pack("!HH", TCP, len(body))
        body[16:18] = struct.pack("!H", checksum(pseudo + bytes(body)))
        made.append(finish(ip, body))
    return made


def fragments(p, mtu):
    """IPv4 fragments (RFC 791). Options stay in each: a NAT does not care which are copied."""
    offset, more = p.fragment
    room = (mtu - p.l4) // 8 * 8
    payload = p.data[p.l4 :]
    made = []
    for at in range(0, len(payload), room):
        head = bytearray(p.data[: p.l4])
        is_last = at + room >= len(payload) and not more
        struct.pack_into("!H", head, 6, (offset + at) // 8 | (0 if is_last else MF))
        made.append(finish(head, payload[at : at + room]))
    return made
