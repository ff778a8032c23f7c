#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Captures for replay_types.sh, made here: of every link type, on loopback, above the MTU, and damaged.

usage: replay_made.py write KIND FILE   KIND: a link type (sll2, radiotap, ...), or loopback, tso, mixed, ip6
       replay_made.py read              reads, maps and cuts what it made; prints a line for each check
       replay_made.py damage ROUNDS     damaged captures end in CaptureError, or are read and played
"""

import pathlib
import random
import socket
import struct
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1] / "scripts" / "lib"))
import remap  # noqa: E402
import setting  # noqa: E402
from capture import CaptureError, read_ip4  # noqa: E402
from cutting import Cutter  # noqa: E402
from packet import ICMP, TCP, UDP, Packet, Reassembler, checksum  # noqa: E402
from player import Player  # noqa: E402
from site_plan import Site  # noqa: E402

DEMO = here.parent / "data" / "demo.pcap"
MACS = bytes.fromhex("0200000000020200000000 01".replace(" ", ""))
SNAP = b"\xaa\xaa\x03\0\0\0\x08\0"


def wlan(packet, control=b"\x08\x01", more=b"", qos=b""):
    return control + bytes(2) + bytes(18) + bytes(2) + more + qos + SNAP + packet


def amsdu(packet):
    """Twice the same packet in one frame."""
    part = bytes(12) + struct.pack("!H", len(SNAP + packet)) + SNAP + packet
    return wlan(b"", b"\x88\x01", qos=b"\x80\0")[: -len(SNAP)] + part.ljust((len(part) + 3) // 4 * 4, b"\0") + part


def radiotap(frame, flags=0x10):
    """With a time (aligned to 8), flags and a rate; and the check sequence that the flags announce."""
    return struct.pack("<BBHII4xQBB", 0, 0, 26, 1 << 31 | 7, 0, 12345, flags, 2) + frame + bytes(4)


def padded(packet):
    """A QoS header of 26 octets, padded to 28."""
    frame = wlan(b"", b"\x88\x01", qos=b"\0\0")[: -len(SNAP)]
    return radiotap(frame + bytes(2) + SNAP + packet, 0x30)


# Name: number of the link type, and the frame of a packet.
TYPES = {
    "null": (0, lambda p: struct.pack("<I", 2) + p),
    "null-big": (0, lambda p: struct.pack(">I", 2) + p),
    "ethernet": (1, lambda p: MACS + b"\x08\0" + p),
    "vlan": (1, lambda p: MACS + b"\x88\xa8\0\5\x81\0\0\7\x08\0" + p),
    "802.3": (1, lambda p: MACS + struct.pack("!H", min(len(p) + 8, 1500)) + SNAP + p),
    "pppoe": (1, lambda p: MACS + b"\x88\x64\x11\0\0\1" + struct.pack("!H", len(p) + 2) + b"\0\x21" + p),
    "ppp": (9, lambda p: b"\xff\x03\0\x21" + p),
    "ppp-short": (9, lambda p: b"\x21" + p),
    "raw12": (12, lambda p: p),
    "raw14": (14, lambda p: p),
    "ppp-serial": (50, lambda p: b"\xff\x03\0\x21" + p),
    "hdlc-serial": (50, lambda p: b"\x0f\0\x08\0" + p),
    "ppp-ether": (51, lambda p: b"\x11\0\0\1" + struct.pack("!H", len(p) + 2) + b"\0\x21" + p),
    "raw": (101, lambda p: p),
    "hdlc": (104, lambda p: b"\x0f\0\x08\0" + p),
    "wlan": (105, wlan),
    "wlan-qos": (105, lambda p: wlan(p, b"\x88\x01", qos=b"\0\0")),
    "wlan-wds": (105, lambda p: wlan(p, b"\x88\x83", more=bytes(6), qos=bytes(6))),
    "loop": (108, lambda p: struct.pack(">I", 2) + p),
    "sll": (113, lambda p: b"\0\4\0\1\0\6" + bytes(8) + b"\x08\0" + p),
    "prism": (119, lambda p: bytes(144) + wlan(p)),
    "radiotap": (127, lambda p: radiotap(wlan(p))),
    "radiotap-pad": (127, padded),
    "avs": (163, lambda p: b"\x80\x21\x10\1" + struct.pack(">I", 64) + bytes(56) + wlan(p)),
    "ppp-dir": (204, lambda p: b"\1\xff\x03\0\x21" + p),
    "ipv4": (228, lambda p: p),
    "sll2": (276, lambda p: b"\x08\0" + bytes(18) + p),
}


def pcap(link, frames, order="<", magic=0xA1B2C3D4):
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    records = (struct.pack(order + "IIII", 7, i, len(f), len(f)) + f for i, f in enumerate(frames))
    return head + b"".join(records)


def block(order, kind, body):
    body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(frames, order="<"):
    """frames: (link type, frame). An interface for each type, nanoseconds, packet blocks of all three kinds."""
    links = list(dict.fromkeys(link for link, _ in frames))
    made = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link in links:
        options = struct.pack(order + "HHBxxxHHqHH", 9, 1, 9, 14, 8, 1000, 0, 0)
        made += block(order, 1, struct.pack(order + "HHI", link, 0, 0) + options)
    for i, (link, f) in enumerate(frames):
        number = links.index(link)
        if i % 3 == 0 or number:
            made += block(order, 6, struct.pack(order + "IIIII", number, 0, i, len(f), len(f)) + f)
        elif i % 3 == 1:
            made += block(order, 2, struct.pack(order + "HHIIII", number, 0, 0, i, len(f), len(f)) + f)
        else:
            made += block(order, 3, struct.pack(order + "I", len(f)) + f)
    return made


def ip4(src, dst, proto, body, ident=1, flags=0x4000):
    head = struct.pack("!BBHHHBBH", 0x45, 0, min(20 + len(body), 0xFFFF), ident, flags, 64, proto, 0)
    head += socket.inet_aton(src) + socket.inet_aton(dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def tcp(src, dst, ports, seq, flags, data=b"", options=b"", ident=1):
    head = struct.pack("!HHIIBBHHH", *ports, seq, 1, (20 + len(options)) // 4 << 4, flags, 4096, 0, 0) + options + data
    pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!HH", TCP, len(head) & 0xFFFF)
    head = head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]
    return ip4(src, dst, TCP, head, ident)


def udp(src, dst, ports, data, ident=1, flags=0):
    return ip4(src, dst, UDP, struct.pack("!HHHH", *ports, 8 + len(data), 0) + data, ident, flags)


def icmp(src, dst, kind, rest, code=0):
    body = struct.pack("!BBH", kind, code, 0) + rest
    return ip4(src, dst, ICMP, body[:2] + struct.pack("!H", checksum(body)) + body[4:])


def loopback():
    """On 127.0.0.1: a connection, a question to 127.0.0.53, echo, and a refused port."""
    own, name = "127.0.0.1", "127.0.0.53"
    there, back = (40000, 80), (80, 40000)
    question = udp(own, name, (40001, 53), b"question")
    refused = udp(own, own, (40002, 9), b"nobody", flags=0x4000)
    return [
        tcp(own, own, there, 99, 0x02, options=b"\2\4\xff\xd7"),
        tcp(own, own, back, 499, 0x12, options=b"\2\4\xff\xd7"),
        tcp(own, own, there, 100, 0x10),
        tcp(own, own, there, 100, 0x18, b"GET / HTTP/1.0\r\n\r\n"),
        tcp(own, own, back, 500, 0x18, bytes(range(256)) * 80),
        tcp(own, own, back, 500 + 80 * 256, 0x11),
        question,
        udp(name, own, (53, 40001), b"answer"),
        icmp(own, own, 8, b"\1\2\0\1echo"),
        icmp(own, own, 0, b"\1\2\0\1echo"),
        refused,
        icmp(own, own, 3, bytes(4) + refused, 3),
    ]


def tso():
    """A connection that begins with 1400 and 1460 octets for a segment, and packets that a card cuts later."""
    host, server = "192.168.7.9", "203.0.113.80"
    there, back = (50000, 443), (443, 50000)
    stamp = b"\1\1\x08\x0a" + bytes(8)
    large = bytes(i * 7 & 0xFF for i in range(20000))
    return [
        tcp(host, server, there, 0xFFFFFF00, 0x02, options=b"\2\4\5\xb4"),
        tcp(server, host, back, 8000, 0x12, options=b"\2\4\5\x78"),
        tcp(host, server, there, 0xFFFFFF01, 0x10),
        tcp(host, server, there, 0xFFFFFF01, 0x99, large, stamp, ident=0xFFFE),
        tcp(server, host, back, 8001, 0x18, large[:3000], stamp),
        udp(host, server, (50001, 4433), large[:12000], 77, 0x4000),
    ]


def demo(n=120):
    return [data for _, data in read_ip4(DEMO) if not isinstance(data, str)][:n]


def ip6(n):
    return b"\x60" + bytes(5) + b"\x3b\x40" + bytes(32) + bytes([n])


def capture(kind):
    """The octets of a capture of that kind."""
    if kind == "loopback":
        return pcap(0, [struct.pack("<I", 2) + p for p in loopback()])
    if kind == "tso":
        return pcapng([(276, TYPES["sll2"][1](p)) for p in tso()])
    if kind == "mixed":  # three interfaces, and one of a type that holds no IP
        kinds = [TYPES[name] for name in ("ethernet", "radiotap", "sll")]
        return pcapng([(kinds[i % 3][0], kinds[i % 3][1](p)) for i, p in enumerate(demo())] + [(147, b"other")])
    if kind == "ip6":
        return pcap(101, [ip6(1), ip6(2)])
    link, frame = TYPES[kind]
    return pcap(link, [frame(p) for p in demo()])


def read(octets):
    with tempfile.NamedTemporaryFile() as f:
        f.write(octets)
        f.flush()
        return [data for _, data in read_ip4(f.name)]


def adapt(packets, maps=(), site=None):
    """The steps of scripts/replay, and what they say."""
    site, timed = site or Site(), [(0.0, p) for p in packets]
    maps = remap.Map(maps)
    timed = maps.apply(timed)
    splitter = remap.Splitter(remap.outside_addresses(remap.hosts(timed), [], site))
    timed = splitter.apply(timed)
    fitter = remap.Fitter(timed, setting.guess_inside(timed), site, maps.named())
    timed, prefixes = fitter.apply(timed)
    cutter = Cutter(timed, site.mtu)
    return [d for _, d in cutter.pass_on(timed)], prefixes, remap.said(maps, splitter, fitter), cutter


def test_types():
    """frames of every link type hold the same packets"""
    want = demo()
    for name, (link, frame) in TYPES.items():
        frames = [frame(p) for p in want]
        blocks = [pcapng([(link, f) for f in frames], order) for order in "<>"]
        for octets in (pcap(link, frames), *blocks):
            assert read(octets) == want, name
    for order, magic in ((">", 0xA1B2C3D4), ("<", 0xA1B23C4D), (">", 0xA1B23C4D)):
        assert read(pcap(1, [MACS + b"\x08\0" + p for p in want], order, magic)) == want, magic


def test_several():
    """an 802.11 frame may hold several packets, and others cannot be read"""
    want = demo(3)
    assert read(pcap(105, [amsdu(p) for p in want])) == [p for p in want for _ in range(2)]
    frames = [wlan(want[0], b"\x08\x41"), wlan(want[0], b"\x08\x05"), wlan(want[0], b"\x48\x01"), wlan(b"", b"\x80\0")]
    assert read(pcap(105, frames)) == ["encrypted (802.11)", "in fragments of 802.11", "not IP", "not IP"]
    assert read(pcap(127, [radiotap(wlan(want[0]), 0x50)])) == ["damaged on the air (802.11)"]


def test_others():
    """what is no IPv4 packet is told by its kind"""
    assert read(capture("mixed")) == demo() + ["of link type 147, which is not read"]
    assert read(capture("ip6")) == ["IPv6", "IPv6"]
    octets = pcap(101, demo(2))
    assert read(octets[:-1]) == [demo(1)[0], "cut off by the end of the file"]
    assert read(octets + b"\0" * 5)[2:] == ["cut off by the end of the file"]


def refused(octets):
    try:
        read(octets)
    except CaptureError as e:
        return str(e)
    return ""


def test_refused():
    """what is no capture, or a damaged one, is refused with the reason"""
    head = pcap(1, [])
    assert "compressed with gzip" in refused(b"\x1f\x8b\x08" + bytes(30))
    assert "neither pcap nor pcapng" in refused(b"#!/bin/bash") and "neither" in refused(b"")
    assert "within its header" in refused(head[:20])
    assert "a packet of 4294967295 octets at octet 24" in refused(head + struct.pack("<IIII", 0, 0, (1 << 32) - 1, 0))
    section = block("<", 0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    assert "of no interface" in refused(section + block("<", 6, struct.pack("<IIIII", 3, 0, 0, 0, 0)))
    assert "too short" in refused(section + block("<", 1, b""))
    assert "a block of 0 octets" in refused(section + bytes(12))
    assert "a block of 0 octets" in refused(section[:4] + bytes(4) + section[8:])


def test_loopback():
    """a host that speaks with itself becomes two hosts, at the end that begins inside"""
    packets, prefixes, said, cutter = adapt(loopback())
    assert [str(p) for p in prefixes] == ["10.0.0.1/32"]
    assert said == (
        "mapped: 127.0.0.1=10.0.0.1, "
        "127.0.0.1=203.0.113.1 (where it answers), 127.0.0.53=203.0.113.2 (where it answers)"
    ), said
    assert all(Packet(p).has_right_checksums() for p in packets) and cutter.cut == 1
    out = [(Packet(p).src, Packet(p).dst) for p in packets]
    assert all(("10.0.0.1" in pair) and pair[0] != pair[1] for pair in out), out
    error = Packet(packets[-1])
    assert (error.dst, error.quoted.src, error.quoted.dst) == ("10.0.0.1", "10.0.0.1", error.src)
    named = adapt(loopback(), ["127.0.0.1=10.9.9.9"])
    assert [str(p) for p in named[1]] == ["10.9.9.9/32"] and "127.0.0.1=10.9.9.9" in named[2]


def test_maps():
    """--map takes hosts and prefixes, the longest counts, and payloads stay"""
    rules = ["10.0.0.0/8=100.64.0.0/8", "10.1.2.0/24=192.168.5.0/24", "203.0.113.5=198.51.100.7"]
    bad = ["10.0.0.0/8=10.0.0.0/9", "10.0.0.1/8=11.0.0.0/8", "10.0.0.1", "a=b", "1.1.1.1=::1"]
    sent = [udp("10.1.2.3", "203.0.113.5", (1, 2), b"10.1.2.3"), udp("10.7.7.7", "203.0.113.6", (1, 2), b"x")]
    packets = adapt(sent, ["10.0.0.0/8=100.0.0.0/8"] + rules[1:])[0]
    assert [(Packet(p).src, Packet(p).dst) for p in packets] == [
        ("192.168.5.3", "198.51.100.7"),
        ("100.7.7.7", "203.0.113.6"),
    ]
    assert packets[0].endswith(b"10.1.2.3")
    for text in bad + ["9.9.9.9=10.0.0.1", rules[0]]:
        try:
            adapt(sent, [text])
        except remap.MapError as e:
            assert text.split("=")[0].split("/")[0] in str(e), e
        else:
            raise AssertionError(text)


def test_cut():
    """TCP packets above the MTU become the segments of a card, others become fragments"""
    sent = tso()
    packets, _, _, cutter = adapt(sent)
    made = [Packet(p) for p in packets]
    assert all(p.has_right_checksums() for p in made) and max(len(p.data) for p in made) <= 1500
    # The server takes 1400 octets, of which the time stamps use 12. The whole packet had 20000.
    parts = made[3 : 3 + 15]
    sizes = [len(p.data) - 52 for p in parts]
    assert sizes == [1388] * 14 + [20000 - 14 * 1388], sizes
    body = b"".join(bytes(p.data[52:]) for p in parts)
    assert body == sent[3][52:]
    assert [p.half(4) for p in parts[:3]] == [0xFFFE, 0xFFFF, 0]
    sequence = [struct.unpack_from("!I", p.data, 24)[0] for p in parts]
    assert sequence == [0xFFFFFF01 + 1388 * i & 0xFFFFFFFF for i in range(15)]
    flags = [p.data[33] for p in parts]  # CWR, ACK, PSH and FIN were set
    assert flags == [0x90] + [0x10] * 13 + [0x19], flags
    pieces = made[3 + 15 + 3 :]
    again = Reassembler()
    whole = [w for w in (again.add(bytes(p.data)) for p in pieces) if w]
    assert [w.essence() for w in whole] == [Packet(sent[5]).essence()]
    assert cutter.report().startswith("cut as a card with MTU 1500 would: TCP 2 into 18 segments; others 1 into")


def test_jumbo():
    """a link whose hosts announce jumbo frames keeps them"""
    host, server = "192.168.7.9", "203.0.113.80"
    syn = tcp(host, server, (1, 2), 1, 2, options=b"\2\4\x23\x28")
    packets, _, _, cutter = adapt([syn, tcp(server, host, (2, 1), 1, 0x10, bytes(8000))])
    assert cutter.mtu == 8040 and len(packets) == 2
    packets, _, _, cutter = adapt([tcp(host, server, (1, 2), 1, 0x10, bytes(8000))])
    assert cutter.mtu == 1500 and len(packets) == 6


def test_length_zero():
    """a length of 0, which a card fills in, stands for all that was captured"""
    large = bytearray(tso()[3])
    large[2:4] = b"\0\0"
    packets = adapt(read(pcap(1, [MACS + b"\x08\0" + bytes(large)])))[0]
    assert len(packets) == 14 and all(Packet(p).has_right_checksums() for p in packets)


class Nobody:
    """A wire at whose end nothing arrives."""

    def send(self, data):
        pass

    def receive_ip(self, timeout):
        return None


def play(packets, prefixes):
    player = Player(Nobody(), Nobody(), lambda a: any(setting.ipaddress.ip_address(a) in p for p in prefixes), "", 0)
    for p in packets:
        player.play(0.0, p)


def damage(rounds):
    """Damaged captures: an error of ours, or packets that the other steps take."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    rand = random.Random(seed)
    whole = [capture(kind) for kind in (*TYPES, "loopback", "tso", "mixed", "ip6")]
    whole += [pcap(105, [amsdu(p) for p in demo(9)])]
    read_ok = 0
    for _ in range(rounds):
        octets = bytearray(rand.choice(whole))[: rand.randrange(48, 6000)]
        for _ in range(rand.randrange(1, 40)):
            first = 24 if rand.random() < 0.9 else 0  # seldom in the header of the file
            octets[rand.randrange(first, len(octets))] = rand.choice((0, 1, 255, rand.randrange(256)))
        try:
            packets, prefixes = adapt(read(bytes(octets)))[:2]
            play(packets, prefixes)
            read_ok += 1
        except (CaptureError, remap.MapError, setting.SettingError):
            pass
    print(f"{rounds} damaged captures, {read_ok} of them played")
    assert read_ok > rounds // 4


def main():
    if sys.argv[1] == "write":
        pathlib.Path(sys.argv[3]).write_bytes(capture(sys.argv[2]))
    elif sys.argv[1] == "damage":
        damage(int(sys.argv[2]))
    else:
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                test()
                print(f"{test.__doc__}")


main()
