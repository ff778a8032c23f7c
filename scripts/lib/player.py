# SPDX-License-Identifier: BSD-3-Clause
"""The round trip: a capture through a running cgnd, packet by packet and both ways.

A packet of an inside host goes into cgnd's inside port. What leaves the outside port shows the external
address and port. A later answer of the capture gets them as its destination and goes into the outside
port. What then reaches the inside host must be the packet of the capture, but for TTL, identification,
fragment sizes and header checksum. The wire is anything with send() and receive_ip() of IPv4 packets.
"""

import collections
import time

from capture import PcapWriter
from packet import ICMP, PROTO_NAMES, Packet, Reassembler

LATE_DROPS = {"ttl", "frag_timeout"}  # verdicts that need not be of the packet that is waited for
ROWS = 60


class Flow:
    def __init__(self):
        self.out, self.into = 0, 0


class Player:
    """Plays packets between two ports.

    is_inside  says whether an address is an inside host's
    gateway    cgnd's inside address
    timeout    seconds to wait for a packet
    directory  for inside.pcap and outside.pcap; None: nothing is written
    """

    def __init__(self, inside, outside, is_inside, gateway, timeout, directory=None):
        self.inside, self.outside = inside, outside
        self.is_inside, self.gateway, self.timeout = is_inside, gateway, timeout
        self.opener = None  # opens ports of inside hosts: natpmp.Client
        self.drops, self.dropped, self.why = None, {}, set()
        self.at_inside, self.at_outside = Reassembler(), Reassembler()
        self.captured = Reassembler()
        self.mappings = {}  # (proto, inside address, port) -> (external address, port)
        self.externals = {}  # the other way round
        self.addresses = collections.defaultdict(set)  # inside address -> external addresses
        self.flows = collections.defaultdict(Flow)
        self.count = collections.Counter()
        self.problems = []
        self.now = 0.0
        self.passed = [], []  # whole packets that went through, as they were sent: inside, outside
        self.pcap_inside = PcapWriter(f"{directory}/inside.pcap") if directory else None
        self.pcap_outside = PcapWriter(f"{directory}/outside.pcap") if directory else None

    def ask_drops(self, drops):
        """drops() returns {verdict: packets} of what cgnd has dropped so far."""
        self.drops, self.dropped = drops, drops()

    def close(self):
        for writer in (self.pcap_inside, self.pcap_outside):
            if writer:
                writer.close()

    def record(self, writer, data):
        if writer:
            writer.write_ip4(self.now, data)

    def problem(self, text):
        self.problems.append(f"packet {self.count['packets']}: {text}")

    def wait(self, port, reassembler, writer, matches):
        """The next whole datagram of this port that matches, or None; then self.why has the verdicts."""
        end = time.monotonic() + self.timeout
        self.why = set()
        while (left := end - time.monotonic()) > 0:
            data = port.receive_ip(min(left, 0.1) if self.drops else left)
            if data is None:
                if self.look_why():
                    return None
                continue
            self.record(writer, data)
            whole = reassembler.add(data)
            if whole and matches(whole):
                return whole
        return None

    def look_why(self):
        """Whether cgnd has dropped something since the last time."""
        now = self.drops() if self.drops else {}
        self.why = {v for v, n in now.items() if n > self.dropped.get(v, 0)} - LATE_DROPS
        self.dropped = now
        return self.why

    def wait_outside(self, p):
        def is_it(whole):
            return (whole.dst, whole.proto) == (p.dst, p.proto)

        return self.wait(self.outside, self.at_outside, self.pcap_outside, is_it)

    def wait_inside(self, src, dst):
        def is_it(whole):
            return (whole.src, whole.dst) == (src, dst)

        return self.wait(self.inside, self.at_inside, self.pcap_inside, is_it)

    def lost(self, p, right, what):
        """Nothing came: cgnd was right to refuse this packet, or that is a problem."""
        if self.why and self.why <= right:
            self.count[f"refused ({', '.join(sorted(self.why))})"] += 1
        else:
            why = f" ({', '.join(sorted(self.why))})" if self.why else ""
            self.problem(f"{p.src} -> {p.dst} did not {what}{why}")

    def play(self, when, data):
        """One packet of the capture, or the reason why this one is none."""
        self.count["packets"] += 1
        self.now = when
        if isinstance(data, str):
            self.count[data] += 1
            return
        p = Packet(data)
        if p.repair():
            self.count["with a header checksum left to the device"] += 1
        if p.src == self.gateway:
            self.count["of the old router"] += 1
        elif self.is_inside(p.src) and self.is_inside(p.dst):
            self.count["between inside hosts"] += 1
        elif self.is_inside(p.src):
            self.outbound(p)
        elif self.is_inside(p.dst):
            self.inbound(p)
        else:
            self.count["of nobody inside"] += 1

    def outbound(self, p):
        self.record(self.pcap_inside, p.data)
        self.inside.send(bytes(p.data))
        whole = self.captured.add(p.data)
        if whole is None:
            return
        right = p.refusals()
        if p.ttl <= 1 and not right:
            self.expired(self.wait_inside(self.gateway, p.src))
            return
        seen = self.wait_outside(whole)
        if seen is None:
            self.lost(whole, right | self.unknown(whole), "leave")
            return
        self.count["out"] += 1
        self.keep(0, p)
        if not whole.is_icmp_error:
            self.learn(whole, seen)

    def keep(self, side, sent):
        """For the full rate: whole packets only, as repeated fragments overlap each other."""
        if sent.fragment == (0, False):
            self.passed[side].append(bytes(sent.data))

    def unknown(self, p):
        """Verdicts that are right if a packet belongs to nothing that cgnd has seen before."""
        if p.is_icmp_error:
            inner = p.quoted
            known = (inner.proto, inner.dst, inner.port("dst")) in self.mappings
            return set() if known else {"icmp_no_mapping"}
        if not p.is_opener and (p.proto, p.src, p.port("src")) not in self.mappings:
            return {"no_session", "no_mapping"}
        return set()

    def expired(self, answer):
        """cgnd itself answers what ends here."""
        if answer and answer.is_icmp_error:
            self.count["answered by cgnd (time exceeded)"] += 1
        else:
            self.problem("no time exceeded for a packet with TTL 1")

    def learn(self, whole, seen):
        key = (whole.proto, whole.src, whole.port("src"))
        external = (seen.src, seen.port("src"))
        if self.mappings.setdefault(key, external) != external:
            self.problem(f"{key} leaves as {external}, before as {self.mappings[key]}")
        if self.externals.setdefault((whole.proto, *external), key) != key:
            self.problem(f"{external} stands for {key} and {self.externals[(whole.proto, *external)]}")
        self.addresses[whole.src].add(seen.src)
        self.flow(whole, "src", "dst").out += 1
        seen.translate("src", whole.src, whole.port("src"))
        if seen.essence() != whole.essence():
            self.problem(f"{whole.src} -> {whole.dst} was changed on its way out")

    def flow(self, p, here, there):
        remote = getattr(p, there), 0 if p.proto == ICMP else p.port(there)
        return self.flows[(p.proto, getattr(p, here), p.port(here), *remote)]

    def readdress(self, p):
        """The packet with the destination that its sender would have seen, or None."""
        sent = Packet(p.data)
        if p.refusals() & {"protocol", "l4_short", "icmp_embedded"}:
            return None
        if p.is_icmp_error:
            inner = p.quoted
            external = self.mappings.get((inner.proto, inner.src, inner.port("src")))
            if external:
                sent.translate("dst", external[0], None)
                sent.translate_quoted("src", *external)
        elif p.is_first:
            external = self.mappings.get((p.proto, p.dst, p.port("dst")))
            if external:
                sent.translate("dst", *external)
        else:
            external = next(iter(self.addresses[p.dst]), None)
            if external:
                sent.translate("dst", external, None)
        return sent if external else None

    def open_port(self, p):
        """Somebody outside begins: the inside host has opened its port before."""
        if not self.opener or p.refusals() or not p.is_first or not p.is_opener or p.proto == ICMP:
            return
        key = (p.proto, p.dst, p.port("dst"))
        external = None if key in self.mappings else self.opener.open(*key)
        if external:
            self.mappings[key], self.externals[(p.proto, *external)] = external, key
            self.addresses[p.dst].add(external[0])
            self.count["ports opened by NAT-PMP"] += 1

    def inbound(self, p):
        original = self.captured.add(p.data)
        self.open_port(p)
        sent = self.readdress(p)
        if sent is None:
            self.count["inbound to nothing learned"] += 1
            return
        self.record(self.pcap_outside, sent.data)
        self.outside.send(bytes(sent.data))
        if original is None:
            return
        if p.ttl <= 1:
            self.count["inbound with TTL 1"] += 1
            return
        seen = self.wait_inside(original.src, original.dst)
        if seen is None:
            right = set() if original.is_opener else {"no_session"}
            self.lost(original, p.refusals() | right, "arrive")
            return
        self.count["in"] += 1
        self.keep(1, sent)
        self.compare(original, seen)

    def compare(self, original, seen):
        if original.has_right_checksums() and not seen.has_right_checksums():
            self.problem(f"{original.src} -> {original.dst} arrives with a wrong checksum")
        if original.is_icmp_error:
            a, b = original.quoted, seen.quoted
            same = (a.src, a.dst, a.port("src")) == (b.src, b.dst, b.port("src"))
            same = same and (original.src, original.dst) == (seen.src, seen.dst)
            self.count["ICMP errors in"] += 1
        else:
            same = original.essence() == seen.essence()
            self.flow(original, "dst", "src").into += 1
        if not same:
            self.problem(f"{original.src} -> {original.dst} was changed on its way in")

    def flow_table(self):
        yield f"  {'':5}{'inside':22}{'seen outside as':22}{'remote':22}{'out':>5}{'in':>6}"
        for (proto, address, port, remote, rport), flow in self.flows.items():
            inside, external = f"{address}:{port}", "{}:{}".format(*self.mappings[proto, address, port])
            there = remote if proto == ICMP else f"{remote}:{rport}"
            name = PROTO_NAMES[proto]
            yield f"  {name:5}{inside:22}{external:22}{there:22}{flow.out:>5}{flow.into:>6}"

    def report(self):
        """Print what was seen. @return whether every packet arrived as it should"""
        table = list(self.flow_table())
        print("flows:")
        print("\n".join(table[:ROWS]))
        if len(table) > ROWS:
            print(f"  ... and {len(table) - ROWS} more")
        print("external address of each inside host:")
        for address, seen in sorted(self.addresses.items()):
            print(f"  {address} -> {', '.join(sorted(seen))}")
            if len(seen) != 1:
                self.problem(f"{address} has {len(seen)} external addresses")
        if self.captured.pending:
            self.count["datagrams of which a fragment is missing"] = len(self.captured.pending)
        print("packets: " + ", ".join(f"{n} {what}" for what, n in self.count.items()))
        for text in self.problems[:20]:
            print("PROBLEM: " + text)
        if not self.problems:
            print("every packet arrived, unchanged but for what a NAT has to change")
        return not self.problems
