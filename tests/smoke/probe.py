#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Packets that no well-behaved program sends, through a running cgnd (usage: probe.py NAMESPACE [SEED]).

Nothing here waits for silence: a well-formed marker follows each packet through cgnd, and what has not
come out before the marker was not forwarded.
"""

import itertools
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))
from packet import Packet, Reassembler, checksum  # noqa: E402
from scapy.all import ICMP, IP, TCP, UDP, ICMPerror, Raw, fragment, raw  # noqa: E402
from scapy.layers.inet import IPOption_LSRR, IPOption_RR, IPOption_SSRR  # noqa: E402
from wire import Port, connect  # noqa: E402

H1, H2, MARK = "100.64.0.21", "100.64.0.22", "100.64.0.29"
PEER, PEER2, ROUTER = "203.0.113.1", "203.0.113.2", "192.0.2.1"
GATEWAY, OUTSIDE = "100.64.0.1", "192.0.2.2"
ON_LINK = "192.0.2.77"  # a pool address within the outside link's prefix
TIMEOUT = 60

failures = 0


def check(text, holds, detail=()):
    """One claim; detail: the packets that came instead."""
    global failures
    print(f"{'ok' if holds else 'FAILED'}: {text}", flush=True)
    for data in detail if not holds and isinstance(detail, list) else ():
        print(f"    {IP(data).summary()} {data[:60].hex()}")
    failures += not holds


def is_late(data):
    """Reassembly time exceeded: about fragments of a test two seconds ago."""
    p = IP(data)
    return p.haslayer(ICMP) and (p[ICMP].type, p[ICMP].code) == (11, 1)


class Wire:
    """Both ends; out() and into() send, wait for the marker and return what came before it."""

    def __init__(self, netns):
        self.inside = Port("in0", GATEWAY, "100.64.0.2", netns)
        self.outside = Port("out0", OUTSIDE, ROUTER, netns)
        connect(self.inside, self.outside)
        self.inside.resolve()
        self.outside.resolve()
        self.serial = itertools.count(1)
        self.mark_seen = None
        for host in (MARK, H1, H2):
            self.warm(host)
        self.mark()

    def warm(self, host):
        """Both next hops are resolved before the first test: nothing is held for ARP later."""
        self.inside.send(raw(IP(src=host, dst=PEER) / UDP(sport=8, dport=9) / b"warm"))
        seen = IP(self.until(self.outside, b"warm")[1])
        back = IP(src=PEER, dst=seen.src) / UDP(sport=9, dport=seen.sport) / b"warm"
        self.outside.send(raw(back))
        self.until(self.inside, b"warm")

    def until(self, port, token):
        seen = []
        while True:
            data = port.receive_ip(TIMEOUT)
            if data is None:
                sys.exit(f"FAILED: the marker did not pass, cgnd is stuck or gone ({len(seen)} other packets)")
            if token in data:
                return seen, data
            if not is_late(data):
                seen.append(data)

    def mark(self):
        """What has left on each side until now: (inside, outside) lists of bytes."""
        token = f"marker {next(self.serial):08}".encode()
        self.inside.send(raw(IP(src=MARK, dst=PEER) / UDP(sport=9, dport=9) / token))
        outside, data = self.until(self.outside, token)
        self.mark_seen = IP(data)
        back = IP(src=PEER, dst=self.mark_seen.src) / UDP(sport=9, dport=self.mark_seen.sport)
        self.outside.send(raw(back / token))
        inside, _ = self.until(self.inside, token)
        return inside, outside

    def out(self, *packets):
        for p in packets:
            self.inside.send(raw(p))
        return self.mark()

    def into(self, *packets):
        for p in packets:
            self.outside.send(raw(p))
        return self.mark()

    def mapping(self, layer, host=H1, peer=PEER):
        """Open a mapping; the packet as the peer sees it."""
        _, seen = self.out(IP(src=host, dst=peer) / layer)
        if len(seen) != 1:
            sys.exit(f"FAILED: no mapping for {layer.summary()}: {seen}")
        return IP(seen[0])


def whole(packets):
    """Datagrams from what was received."""
    box = Reassembler()
    return [d for data in packets if (d := box.add(data))]


# A-FRG-1: three fragments in all six orders, both ways, the payload intact
def fragments_in_every_order(w):
    payload = random.Random(1).randbytes(4000)
    seen = w.mapping(UDP(sport=6000, dport=7))
    for n, order in enumerate(itertools.permutations(range(3))):
        parts = fragment(IP(src=H1, dst=PEER, id=100 + n) / UDP(sport=6000, dport=7) / payload, 1480)
        _, got = w.out(*[parts[i] for i in order])
        d = whole(got)
        good = len(d) == 1 and bytes(d[0].data[28:]) == payload and d[0].port("src") == seen.sport
        check(f"outwards, order {order}", good and d[0].has_right_checksums(), got)
        back = IP(src=PEER, dst=seen.src, id=200 + n) / UDP(sport=7, dport=seen.sport) / payload
        parts = fragment(back, 1480)
        got, _ = w.into(*[parts[i] for i in order])
        d = whole(got)
        good = len(d) == 1 and bytes(d[0].data[28:]) == payload and d[0].port("dst") == 6000
        check(f"inwards, order {order}", good and d[0].has_right_checksums(), got)


# A-FRG-4: equal identification of two hosts, fragments interleaved
def fragments_of_two_hosts_do_not_mix(w):
    parts = []
    for host, fill in ((H1, b"1"), (H2, b"2")):
        p = IP(src=host, dst=PEER, id=77) / UDP(sport=6001, dport=7) / (fill * 2500)
        parts.append(fragment(p, 1480))
    _, got = w.out(parts[0][1], parts[1][1], parts[1][0], parts[0][0])
    bodies = sorted(bytes(d.data[28:]) for d in whole(got))
    check("two hosts with one identification", bodies == [b"1" * 2500, b"2" * 2500], len(got))


# A-FRG-6: tiny, overlapping and overlong fragments
def malicious_fragments(w):
    syn = raw(TCP(sport=6002, dport=80, flags="S"))
    tiny = IP(src=H1, dst=PEER, id=300, flags="MF", proto=6) / syn[:8]
    rest = IP(src=H1, dst=PEER, id=300, frag=1, proto=6) / (syn[8:] + bytes(100))
    _, got = w.out(tiny, rest)
    check("a TCP header cut in two fragments does not pass", got == [], got)
    a = IP(src=H1, dst=PEER, id=301, flags="MF", proto=17) / raw(UDP(sport=6003, dport=7, len=1008))[:8]
    a = a / bytes(504)
    b = IP(src=H1, dst=PEER, id=301, frag=60, proto=17) / bytes(528)
    _, got = w.out(a, b)
    check("overlapping fragments do not pass", whole(got) == [], got)
    long = [
        IP(src=H1, dst=PEER, id=302, flags="MF", frag=i * 185, proto=1) / bytes(1480) for i in range(44)
    ]
    last = IP(src=H1, dst=PEER, id=302, frag=8189, proto=1) / bytes(1000)
    _, got = w.out(*long, last)
    check("the ping of death does not pass", whole(got) == [], len(got))


# A-CK-1: wrong checksums
def wrong_checksums(w):
    _, got = w.out(IP(src=H1, dst=PEER, chksum=0x1234) / UDP(sport=6004, dport=7) / b"x")
    check("a wrong IP header checksum is dropped", got == [], got)
    p = IP(raw(IP(src=H1, dst=PEER) / UDP(sport=6004, dport=7) / b"hello"))
    p[UDP].chksum ^= 0x0101
    _, got = w.out(p)
    check("a wrong UDP checksum passes", len(got) == 1, got)
    if got:
        check("and is still wrong", not Packet(got[0]).has_right_checksums())


# A-CK-2: no UDP checksum stays none, both ways
def udp_without_checksum(w):
    seen = w.mapping(UDP(sport=6005, dport=7, chksum=0) / b"none")
    check("UDP checksum 0 leaves as 0", seen[UDP].chksum == 0)
    got, _ = w.into(IP(src=PEER, dst=seen.src) / UDP(sport=7, dport=seen.sport, chksum=0) / b"none")
    check("UDP checksum 0 arrives as 0", len(got) == 1 and IP(got[0])[UDP].chksum == 0, got)


def cut_at_every_octet(w, port, packet, text):
    """The frame ends early, or the IP length says so too."""
    data = raw(packet)
    head = port.cgnd_mac + port.mac + b"\x08\x00"
    need = 20 + {6: 20, 17: 8, 1: 8}[data[9]]
    for n in range(len(data)):
        port.send_frame(head + data[:n])
    inside, outside = w.mark()
    check(f"{text}: frames cut at {len(data)} places do not pass", not inside and not outside)
    for n in range(20, need):
        port.send_frame(head + raw(IP(data[:20], len=n, chksum=None) / data[20:n]))
    inside, outside = w.mark()
    passed = [p for p in inside + outside if not IP(p).haslayer(ICMPerror)]
    check(f"{text}: transport headers cut at every octet do not pass", not passed, passed)


# A-CK-1, A-TCP-1: no header is read beyond the packet's end
def truncated_headers(w):
    for layer in (UDP(sport=6006, dport=7), TCP(sport=6006, dport=80), ICMP(id=6006)):
        seen = w.mapping(layer / b"payload of twenty..")
        cut_at_every_octet(
            w, w.inside, IP(src=H1, dst=PEER) / layer / b"payload", f"outwards, {layer.name}"
        )
        if layer.name == "ICMP":
            reply = ICMP(type=0, id=seen[ICMP].id)
        else:
            reply = type(layer)(sport=layer.dport, dport=seen.sport)
        back = IP(src=PEER, dst=seen.src) / reply / b"payload"
        cut_at_every_octet(w, w.outside, back, f"inwards, {layer.name}")


# A-HDR-1: time to live
def time_to_live(w):
    _, got = w.out(IP(src=H1, dst=PEER, ttl=2) / UDP(sport=6007, dport=7))
    check("TTL 2 leaves as 1", len(got) == 1 and IP(got[0]).ttl == 1, got)
    for ttl in (0, 1):
        inside, got = w.out(IP(src=H1, dst=PEER, ttl=ttl, tos=0xB8) / UDP(sport=6007, dport=7))
        check(f"TTL {ttl} does not leave", got == [], got)
    error = IP(inside[0]) if inside else None
    good = error and error.haslayer(ICMP) and error[ICMP].type == 11 and error.src == GATEWAY
    check("and is answered by cgnd", good and error.dst == H1, inside)
    # A-ICE-12: what the error looks like
    check("the answer quotes the packet and copies its DSCP", good and error.tos >> 2 == 46, inside)


# A-HDR-2: source routes do not leave, record route shows no inside address
def source_routes(w):
    for option in (IPOption_LSRR(routers=[PEER2]), IPOption_SSRR(routers=[PEER2])):
        _, got = w.out(IP(src=H1, dst=PEER, options=[option]) / UDP(sport=6008, dport=7))
        check(f"{option.name} does not leave", got == [], got)
    _, got = w.out(IP(src=H1, dst=PEER, options=[IPOption_RR(routers=[H1])]) / UDP(sport=6008, dport=7))
    leaked = [p for p in got if bytes([100, 64, 0, 21]) in p]
    check("record route leaks no inside address", leaked == [], got)


# A-HDR-3: addresses that no packet may carry
def martians(w):
    for bad in ("0.0.0.1", "127.0.0.1", "169.254.1.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"):
        _, got = w.out(IP(src=bad, dst=PEER) / UDP(sport=6009, dport=7))
        check(f"source {bad} from inside does not pass", got == [], got)
        _, got = w.out(IP(src=H1, dst=bad) / UDP(sport=6009, dport=7))
        check(f"destination {bad} from inside does not pass", got == [], got)
    seen = w.mapping(UDP(sport=6009, dport=7))
    for bad in ("0.0.0.1", "127.0.0.1", "169.254.1.1", "224.0.0.1", "240.0.0.1", seen.src):
        got, _ = w.into(IP(src=bad, dst=seen.src) / UDP(sport=7, dport=seen.sport))
        check(f"source {bad} from outside does not pass", got == [], got)


# A-FIL-6: a source that is nobody's subscriber
def spoofed_source(w):
    _, got = w.out(IP(src="10.9.9.9", dst=PEER) / UDP(sport=6010, dport=7))
    check("a source outside the groups does not leave", got == [], got)


# A-MC-1: multicast stays where it is
def multicast(w):
    for group in ("224.0.0.251", "239.1.1.1", "232.1.1.1"):
        _, got = w.out(IP(src=H1, dst=group, ttl=8) / UDP(sport=5353, dport=5353))
        check(f"{group} does not leave", got == [], got)


# A-OTH-1, A-OTH-4: protocols that are not translated do not leak, and the host is told
def other_protocols(w):
    for name, proto in (("GRE", 47), ("ESP", 50), ("SCTP", 132), ("UDP-Lite", 136), ("DCCP", 33)):
        told, got = w.out(IP(src=H1, dst=PEER, proto=proto) / bytes(64))
        check(f"{name} does not leave", got == [], got)
        kinds = [(IP(p)[ICMP].type, IP(p)[ICMP].code) for p in told if IP(p).haslayer(ICMP)]
        check("and is answered by protocol unreachable", kinds == [(3, 2)], told)


# A-OTH-2: no gateway reads or changes what programs say about addresses
def payload_with_addresses(w):
    sip = f"REGISTER sip:example.net SIP/2.0\r\nContact: <sip:me@{H1}:5060>\r\n\r\n".encode()
    seen = w.mapping(UDP(sport=5060, dport=5060) / sip)
    check("a SIP request is unchanged", bytes(seen[UDP].payload) == sip)
    seen = w.mapping(TCP(sport=6019, dport=21, flags="S", seq=1000))
    syn_ack = TCP(sport=21, dport=seen.sport, flags="SA", seq=5000, ack=1001)
    w.into(IP(src=PEER, dst=seen.src) / syn_ack)
    ftp = b"PORT 100,64,0,21,200,10\r\n"
    port = TCP(sport=6019, dport=21, flags="PA", seq=1001, ack=5001) / ftp
    _, got = w.out(IP(src=H1, dst=PEER) / port)
    good = len(got) == 1 and bytes(IP(got[0])[TCP].payload) == ftp and IP(got[0]).seq == 1001
    check("an FTP PORT command is unchanged", good, got)


# A-PORT-11: port 0 makes no lasting state
def port_zero(w):
    w.out(IP(src=H1, dst=PEER) / UDP(sport=0, dport=7))
    w.out(IP(src=H1, dst=PEER) / UDP(sport=6011, dport=0))
    check("UDP port 0 is survived", True)


# A-FIL-7, A-ADR-3: nothing behind an external port: silence, and no bounce to the router
def unmapped_port(w):
    mark = w.mark_seen
    for sport, dport in ((7, 1), (7, 1023), (7, 65535)):
        inside, outside = w.into(IP(src=PEER2, dst=mark.src) / UDP(sport=sport, dport=dport))
        check(f"UDP to unmapped port {dport}", not inside and not outside, outside)
    inside, outside = w.into(IP(src=PEER2, dst=mark.src) / TCP(sport=7, dport=1023, flags="A"))
    check("TCP without SYN to an unmapped port", not inside and not outside, outside)


# A-MAP-5, A-FIL-4: a UDP mapping does not admit TCP
def protocol_dependent(w):
    seen = w.mapping(UDP(sport=6012, dport=7))
    inside, _ = w.into(IP(src=PEER, dst=seen.src) / TCP(sport=7, dport=seen.sport, flags="S"))
    check("a TCP SYN to a UDP mapping does not arrive", inside == [], inside)


# A-FIL-1, A-FIL-2: whoever knows the external port may send
def endpoint_independent_filter(w):
    for layer in (UDP(sport=6013, dport=7), TCP(sport=6013, dport=80, flags="S")):
        seen = w.mapping(layer)
        back = type(layer)(sport=4242, dport=seen.sport)
        inside, _ = w.into(IP(src=PEER2, dst=seen.src) / back)
        good = len(inside) == 1 and IP(inside[0]).dst == H1 and IP(inside[0]).dport == 6013
        check(f"{layer.name} from an address never contacted arrives", good, inside)


def error_about(seen, code=3, quote=28, extension=b"", **fields):
    quoted = raw(seen)[:quote]
    return IP(src=ROUTER, dst=seen.src) / ICMP(type=3, code=code, **fields) / (quoted + extension)


# A-ICE-5, A-ICE-3, A-CK-6: an error from outside is translated with all its checksums
def icmp_error_inwards(w):
    for layer in (UDP(sport=6014, dport=7) / b"data", TCP(sport=6014, dport=80, flags="S")):
        seen = w.mapping(layer)
        got, _ = w.into(error_about(seen))
        good = len(got) == 1 and Packet(got[0]).has_right_checksums()
        check(f"error about {layer.name} with eight quoted octets arrives", good, got)
        if not good:
            continue
        p = IP(got[0])
        inner = Packet(got[0]).quoted
        check("its source is the router", p.src == ROUTER and p.dst == H1)
        check("it quotes the inside endpoint", (inner.src, inner.port("src")) == (H1, 6014))
        check("the quoted IP header is right", checksum(bytes(inner.data[:20])) == 0)
        whole_quote = Packet(w.into(error_about(seen, quote=1000))[0][0]).quoted
        check("the quoted packet is right", whole_quote.has_right_checksums())


# A-ICE-1: broken errors are dropped
def icmp_error_broken(w):
    seen = w.mapping(UDP(sport=6015, dport=7) / b"data")
    got, _ = w.into(error_about(seen, chksum=0x1111))
    check("an error with a wrong checksum does not arrive", got == [], got)
    broken = seen.copy()
    broken.chksum ^= 1
    got, _ = w.into(error_about(broken))
    check("an error quoting a wrong IP checksum does not arrive", got == [], got)
    stranger = seen.copy()
    stranger.sport, stranger.chksum = 1, None
    got, _ = w.into(error_about(stranger))
    check("an error about no mapping does not arrive", got == [], got)


# A-ICE-4: extensions behind the quotation arrive untouched
def icmp_error_extension(w):
    seen = w.mapping(UDP(sport=6016, dport=7) / bytes(200))
    extension = bytes.fromhex("2000") + bytes.fromhex("dead") + bytes.fromhex("0008010100012345")
    error = error_about(seen, quote=128, extension=extension, length=32)
    got, _ = w.into(error)
    good = len(got) == 1 and got[0].endswith(extension) and Packet(got[0]).has_right_checksums()
    check("an error with an RFC 4884 extension arrives whole", good, got)


# A-ICE-6: an error from inside hides the inside address
def icmp_error_outwards(w):
    seen = w.mapping(UDP(sport=6017, dport=7))
    got, _ = w.into(IP(src=PEER, dst=seen.src) / UDP(sport=7, dport=seen.sport) / b"to a closed port")
    error = IP(src=H1, dst=PEER) / ICMP(type=3, code=3) / got[0][:28]
    _, got = w.out(error)
    good = len(got) == 1 and Packet(got[0]).has_right_checksums()
    check("port unreachable leaves", good, got)
    if good:
        inner = Packet(got[0]).quoted
        check("from the external address", IP(got[0]).src == seen.src)
        check("quoting the external endpoint", (inner.dst, inner.port("dst")) == (seen.src, seen.sport))


# A-ICE-11: no error about an error, a fragment or a multicast
def no_error_about(w):
    error = IP(src=H1, dst=PEER, ttl=1) / ICMP(type=3, code=3) / raw(IP(src=PEER, dst=H1) / UDP())
    later = IP(src=H1, dst=PEER, ttl=1, frag=100, proto=17) / bytes(100)
    group = IP(src=H1, dst="224.0.0.251", ttl=1) / UDP(sport=5353, dport=5353)
    for text, p in (("an ICMP error", error), ("a later fragment", later), ("multicast", group)):
        inside, _ = w.out(p)
        check(f"no time exceeded about {text}", inside == [], inside)


# A-ADR-3: cgnd answers ARP for pool addresses
def arp_for_pool(w):
    port = w.outside
    port.cgnd_mac, real = None, port.cgnd_mac
    port.cgnd_address, address = bytes(map(int, ON_LINK.split("."))), port.cgnd_address
    port.resolve(TIMEOUT)
    check("ARP for a pool address gets cgnd's MAC address", port.cgnd_mac == real)
    port.cgnd_address = address


# A-CK-1: random damage to good packets, seed printed
def random_damage(w):
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    rnd = random.Random(seed)
    print(f"random damage with seed {seed}")
    kinds = (UDP(sport=6018, dport=7), TCP(sport=6018, dport=80), ICMP(id=6018))
    seen = w.mark_seen
    for n in range(3000):
        outwards = rnd.random() < 0.5
        ip = IP(src=H1, dst=PEER) if outwards else IP(src=PEER, dst=seen.src)
        data = bytearray(raw(ip / rnd.choice(kinds) / rnd.randbytes(rnd.randrange(60))))
        for _ in range(rnd.randrange(1, 6)):
            data[rnd.randrange(len(data))] = rnd.randrange(256)
        if rnd.random() < 0.5:  # so that the damage gets behind the header check
            data[10:12] = b"\0\0"
            data[10:12] = raw(IP(bytes(data[:20]), chksum=None))[10:12]
        (w.inside if outwards else w.outside).send(bytes(data))
        if n % 50 == 0:
            w.mark()
    w.mark()
    check("3000 damaged packets are survived", True)


TESTS = (
    fragments_in_every_order,
    fragments_of_two_hosts_do_not_mix,
    malicious_fragments,
    wrong_checksums,
    udp_without_checksum,
    truncated_headers,
    time_to_live,
    source_routes,
    martians,
    spoofed_source,
    multicast,
    other_protocols,
    payload_with_addresses,
    port_zero,
    unmapped_port,
    protocol_dependent,
    endpoint_independent_filter,
    icmp_error_inwards,
    icmp_error_broken,
    icmp_error_extension,
    icmp_error_outwards,
    no_error_about,
    arp_for_pool,
    random_damage,
)


def main():
    w = Wire(sys.argv[1])
    for test in TESTS:
        print(f"-- {test.__name__.replace('_', ' ')}", flush=True)
        test(w)
    return failures != 0


sys.exit(main())
