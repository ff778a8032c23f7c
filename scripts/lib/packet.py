# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 packets as bytes: reassembly, endpoints and their translation.

A translation changes addresses and ports with the incremental checksum of RFC 1624, so that a wrong
checksum stays wrong and can be compared afterwards.
"""

import socket
import struct

ICMP, TCP, UDP = 1, 6, 17
PROTO_NAMES = {ICMP: "icmp", TCP: "tcp", UDP: "udp"}
ICMP_ERRORS = (3, 11, 12)
ICMP_QUERIES = (8, 13, 17)
ICMP_REPLIES = (0, 14, 18)
SOURCE_ROUTES = (7, 131, 137)
CHECKSUMS = {ICMP: 2, TCP: 16, UDP: 6}
LEAST_HEADER = {ICMP: 8, TCP: 20, UDP: 8}


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    """One IPv4 packet, mutable; l4 is the offset of what follows the IP header."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.l4 = (data[0] & 15) * 4
        self.proto = data[9]

    @property
    def src(self):
        return socket.inet_ntoa(self.data[12:16])

    @property
    def dst(self):
        return socket.inet_ntoa(self.data[16:20])

    @property
    def ttl(self):
        return self.data[8]

    def half(self, offset):
        """16 bits; what the packet ends before is 0."""
        return int.from_bytes(self.data[offset : offset + 2].ljust(2, b"\0"), "big")

    @property
    def icmp_type(self):
        """Type of an ICMP message; None if the packet ends before."""
        return next(iter(self.data[self.l4 : self.l4 + 1]), None)

    @property
    def fragment(self):
        """Offset in octets and whether more follow."""
        word = self.half(6)
        return (word & 0x1FFF) * 8, word & 0x2000 != 0

    @property
    def is_first(self):
        return self.fragment[0] == 0

    @property
    def is_icmp_error(self):
        return self.proto == ICMP and self.is_first and self.icmp_type in ICMP_ERRORS

    @property
    def is_opener(self):
        """Whether a NAT may make a mapping for it: all but the middle of a TCP connection."""
        flags = self.data[self.l4 + 13 : self.l4 + 14]
        return self.proto != TCP or (flags and flags[0] & 0x16 == 0x02)

    @property
    def quoted(self):
        """The packet that an ICMP error quotes."""
        return Packet(self.data[self.l4 + 8 :])

    def port_offset(self, side):
        """Where the port of "src" or "dst" is (ICMP queries: the identifier on both sides)."""
        if self.proto == ICMP:
            return self.l4 + 4
        return self.l4 + (0 if side == "src" else 2)

    def port(self, side):
        return self.half(self.port_offset(side))

    def checksum_offset(self):
        """Where the checksum of ICMP, TCP or UDP is, or None if there is none."""
        offset = self.l4 + CHECKSUMS.get(self.proto, len(self.data))
        return offset if offset + 2 <= len(self.data) else None

    def put_half(self, offset, value, *sums):
        """Replace 16 bits and carry the change into the checksums at these offsets."""
        old = self.half(offset)
        struct.pack_into("!H", self.data, offset, value)
        for at in sums:
            total = (~self.half(at) & 0xFFFF) + (~old & 0xFFFF) + value
            while total >> 16:
                total = (total & 0xFFFF) + (total >> 16)
            struct.pack_into("!H", self.data, at, ~total & 0xFFFF)

    def l4_sums(self, for_address):
        """Checksums that an address or a port takes part in (none for UDP without)."""
        at = self.checksum_offset() if self.is_first else None
        if at is None or self.proto == UDP and self.half(at) == 0:
            return []
        return [] if for_address and self.proto == ICMP else [at]

    def translate(self, side, address, port):
        """Give the endpoint "src" or "dst" another address and port (None: the port stays)."""
        start = 12 if side == "src" else 16
        new = struct.unpack("!HH", socket.inet_aton(address))
        # Before the first change: a sum of UDP that is 0 between two changes is not one that is missing.
        address_sums, port_sums = self.l4_sums(True), self.l4_sums(False)
        for i, value in enumerate(new):
            self.put_half(start + 2 * i, value, 10, *address_sums)
        if port is not None and self.is_first:
            self.put_half(self.port_offset(side), port, *port_sums)

    def translate_quoted(self, side, address, port):
        """The same inside the quotation of an ICMP error; the error's checksum is made anew."""
        inner = self.quoted
        inner.translate(side, address, port)
        self.data[self.l4 + 8 :] = inner.data
        struct.pack_into("!H", self.data, self.l4 + 2, 0)
        struct.pack_into("!H", self.data, self.l4 + 2, checksum(bytes(self.data[self.l4 :])))

    def repair(self):
        """Make the header checksum right. @return whether it was wrong"""
        was_wrong = checksum(bytes(self.data[: self.l4])) != 0
        if was_wrong:
            struct.pack_into("!H", self.data, 10, 0)
            struct.pack_into("!H", self.data, 10, checksum(bytes(self.data[: self.l4])))
        return was_wrong

    def has_right_checksums(self):
        """IP header and, of a whole packet, what it carries."""
        if checksum(bytes(self.data[: self.l4])) != 0:
            return False
        if self.fragment != (0, False) or self.proto not in PROTO_NAMES:
            return True
        body = bytes(self.data[self.l4 :])
        if self.proto == UDP and self.half(self.l4 + 6) == 0:
            return True
        if self.proto != ICMP:
            body = bytes(self.data[12:20]) + struct.pack("!HH", self.proto, len(body)) + body
        return checksum(body) == 0

    def refusals(self):
        """Verdicts of cgnd that are right for this packet whatever its state; empty: it has to pass."""
        right = set()
        if any(kind in SOURCE_ROUTES for kind in self.option_kinds()):
            right.add("l3_source_route")
        if self.data[16] >= 224:
            right |= {"multicast", "martian"}
        if 0 in (self.data[12], self.data[16]) or 127 in (self.data[12], self.data[16]):
            right.add("martian")
        if self.proto not in PROTO_NAMES:
            right.add("protocol")
        elif self.is_first and len(self.data) - self.l4 < LEAST_HEADER[self.proto]:
            right |= {"l4_short", "l4_header", "frag_tiny"}
        elif self.is_first:
            right |= self.refusals_of_l4()
        return right

    def refusals_of_l4(self):
        if self.proto != ICMP:
            return set() if self.port("src") and self.port("dst") else {"l4_port_zero"}
        kind = self.icmp_type
        if kind in ICMP_ERRORS:
            whole = len(self.data) - self.l4 >= 8 + 28
            right = set() if whole else {"icmp_embedded"}
            return right if self.has_right_checksums() else right | {"icmp_checksum"}
        return set() if kind in ICMP_QUERIES + ICMP_REPLIES else {"icmp_type"}

    def option_kinds(self):
        at = 20
        while at < self.l4 and self.data[at] != 0:
            yield self.data[at]
            size = 1 if self.data[at] == 1 or at + 1 >= self.l4 else self.data[at + 1]
            at += max(size, 1)

    def essence(self):
        """What no NAT may change: all but TTL, identification, fragmentation, header checksum."""
        d = bytearray(self.data)
        d[4:6], d[6:8], d[8:9], d[10:12] = b"\0\0", b"\0\0", b"\0", b"\0\0"
        return bytes(d)


class Reassembler:
    """Whole datagrams from packets that may be fragments."""

    def __init__(self):
        self.pending = {}

    def add(self, data):
        """The whole datagram as a Packet when this completes it, else None."""
        p = Packet(data)
        if p.fragment == (0, False):
            return p
        key = bytes(p.data[12:20]) + bytes(p.data[4:6]) + bytes([p.proto])
        parts = self.pending.setdefault(key, {})
        parts[p.fragment[0]] = p
        at, body = 0, b""
        while at in parts:
            part = parts[at]
            body += bytes(part.data[part.l4 :])
            if not part.fragment[1]:
                del self.pending[key]
                head = parts[0].data[: parts[0].l4]
                whole = Packet(bytes(head) + body)
                struct.pack_into("!H", whole.data, 2, len(whole.data))
                struct.pack_into("!H", whole.data, 6, 0)
                struct.pack_into("!H", whole.data, 10, 0)
                struct.pack_into("!H", whole.data, 10, checksum(bytes(whole.data[: whole.l4])))
                return whole
            at = len(body)
        return None
