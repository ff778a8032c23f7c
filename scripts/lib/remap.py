# SPDX-License-Identifier: BSD-3-Clause
"""Give the hosts of a capture other addresses, where cgnd could not forward between those that they have.

Three steps, each on the packets of the one before:

- Map: the addresses that the user names (--map).
- split: a host that speaks with itself. The end that begins keeps the address, the end that answers gets another.
- fit: inside hosts get addresses of the subscriber space, and hosts outside get others than cgnd has.

Addresses in IP headers change, and those in the packets that ICMP errors quote. Checksums that were right stay right,
wrong ones stay wrong (but for ICMP errors, which get a right one). Addresses in payloads (DNS, FTP, SIP) stay.
"""

import ipaddress
import itertools

from packet import ICMP, ICMP_QUERIES, TCP, UDP, Packet

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
# No packet from these is forwarded (RFC 1812 section 5.3.7, RFC 3927 section 2.7).
UNFIT = [LOOPBACK, ipaddress.ip_network("169.254.0.0/16")]
INSIDE_NETS = [ipaddress.ip_network(n) for n in ("10.0.0.0/16", "172.16.0.0/16", "192.168.0.0/16")]
OUTSIDE_NETS = [ipaddress.ip_network(f"{n}.0/24") for n in ("203.0.113", "198.51.100", "192.0.2")]
OUTSIDE_NETS.append(ipaddress.ip_network("198.18.0.0/15"))
SAID_MAX = 6
KNOWN_MAX = 1023  # ports up to here are those of known services


class MapError(ValueError):
    """A mapping of addresses that cannot be used."""


def is_host(address):
    """Whether it can be one host's: not 0.0.0.0/8, multicast, or broadcast."""
    return 1 << 24 <= int(address) < 224 << 24


def address(data, side):
    at = 12 if side == "src" else 16
    return ipaddress.ip_address(bytes(data[at : at + 4]))


def quoted(p):
    """The IPv4 header that an ICMP error quotes, or None."""
    inner = p.data[p.l4 + 8 :] if p.is_icmp_error else b""
    is_whole = len(inner) >= 20 and inner[0] >> 4 == 4 and 20 <= (inner[0] & 15) * 4 <= len(inner)
    return Packet(inner) if is_whole else None


def endpoints(packets):
    """The pairs of source and destination of a capture."""
    return [(address(d, "src"), address(d, "dst")) for _, d in packets if not isinstance(d, str)]


def hosts(packets):
    return {a for pair in endpoints(packets) for a in pair}


def change(p, news, quotes=()):
    """Give source and destination other addresses (None: no other), and those of the quoted packet."""
    for side, new in zip(("src", "dst"), news):
        if new is not None:
            p.translate(side, str(new), None)
    for side, new in zip(("src", "dst"), quotes):
        if new is not None:
            p.translate_quoted(side, str(new), None)
    return bytes(p.data)


def replace(packets, new):
    """The packets with new(address) for every address; None: it stays."""
    for time, data in packets:
        if not isinstance(data, str):
            p = Packet(data)
            inner = quoted(p)
            quotes = [new(address(inner.data, side)) for side in ("src", "dst")] if inner else ()
            data = change(p, [new(address(data, side)) for side in ("src", "dst")], quotes)
        yield time, data


class Map:
    """The user's OLD=NEW: two addresses, or two prefixes of one length. The longest prefix counts."""

    def __init__(self, texts):
        rules = [self.read(text) for text in texts]
        self.rules = sorted(rules, key=lambda rule: -rule[0].prefixlen)

    @staticmethod
    def read(text):
        parts = text.split("=")
        if len(parts) != 2:
            raise MapError(f"--map {text}: OLD=NEW is needed, such as 127.0.0.1=10.0.0.1")
        try:
            old, new = (ipaddress.IPv4Network(part.strip()) for part in parts)
        except ValueError as e:
            raise MapError(f"--map {text}: {e}") from None
        if old.prefixlen != new.prefixlen:
            raise MapError(f"--map {text}: the two prefixes need one length")
        return old, new

    def new(self, old):
        for before, after in self.rules:
            if old in before:
                return after[int(old) - int(before[0])]
        return None

    def apply(self, packets):
        seen = hosts(packets)
        for old, _ in self.rules:
            if not any(a in old for a in seen):
                raise MapError(f"no packet of the capture is from or to {old.with_prefixlen.removesuffix('/32')}")
        return list(replace(packets, self.new))

    def named(self):
        """Networks whose addresses the user has chosen: nothing here maps them again."""
        return [after for _, after in self.rules]


class Addresses:
    """Hands out unused addresses of networks."""

    def __init__(self, networks, used, others=()):
        """others: networks that no address may be of"""
        self.free = itertools.chain.from_iterable(map(self.hosts, networks))
        self.used, self.others = set(used), others

    @staticmethod
    def hosts(network):
        """Without the first and the last of a network, where there are more than two."""
        return (network[i] for i in range(1, network.num_addresses - 1)) if network.prefixlen < 31 else network

    def take(self):
        for a in self.free:
            if a not in self.used and not any(a in n for n in self.others):
                return a
        raise MapError("too few unused addresses for the hosts of the capture")


class Splitter:
    """Tells the two ends of a host's conversations with itself apart."""

    def __init__(self, addresses):
        self.addresses = addresses
        self.servers = {}  # address -> the one of the end that answers
        self.clients = {}  # conversation -> the endpoint that began it
        self.fragments = {}  # first fragment -> whether its source began

    @staticmethod
    def is_local(src, dst):
        return src == dst or src in LOOPBACK and dst in LOOPBACK

    def begins(self, p):
        """Whether the sender of a packet began the conversation; None: nobody can tell."""
        key = bytes(p.data[12:20]) + bytes(p.data[4:6]) + bytes([p.proto])
        if not p.is_first:
            return self.fragments.get(key)
        found = self.begins_icmp(p) if p.proto == ICMP else self.begins_ports(p)
        if p.fragment[1]:
            self.fragments[key] = found
        return found

    def begins_icmp(self, p):
        inner = quoted(p)
        if inner:
            asked = self.begins(inner)
            return None if asked is None else not asked
        return not p.is_icmp_error and p.icmp_type in ICMP_QUERIES

    def begins_ports(self, p):
        ends = (p.src, p.port("src")), (p.dst, p.port("dst"))
        if p.proto not in (TCP, UDP):
            return True
        if ends[0] == ends[1]:
            return None
        key = (p.proto, frozenset(ends))
        is_opening = p.proto == TCP and p.is_opener
        if is_opening or key not in self.clients:
            self.clients[key] = ends[0] if is_opening or self.looks_first(p) else ends[1]
        return self.clients[key] == ends[0]

    @staticmethod
    def looks_first(p):
        """Of a TCP connection that the capture does not begin with, the known port answers."""
        return p.proto != TCP or p.port("src") > KNOWN_MAX or p.port("dst") <= KNOWN_MAX

    def server(self, old):
        if old not in self.servers:
            self.servers[old] = self.addresses.take()
        return self.servers[old]

    def pair(self, data, begins):
        """The new source and destination: only the end that answers gets another address."""
        if begins:
            return None, self.server(address(data, "dst"))
        return self.server(address(data, "src")), None

    def split(self, data):
        """The packet with two ends, or why it cannot have them."""
        if not self.is_local(address(data, "src"), address(data, "dst")):
            return data
        p = Packet(data)
        begins = self.begins(p)
        if begins is None:
            return "of a host to itself, of which the end cannot be told"
        inner = quoted(p)
        quotes = self.pair(inner.data, not begins) if inner else ()
        return change(p, self.pair(data, begins), quotes)

    def apply(self, packets):
        return [(time, d if isinstance(d, str) else self.split(d)) for time, d in packets]


class Fitter:
    """Finds addresses for the hosts that cannot keep theirs.

    prefixes  of inside hosts
    site      the addresses of the configuration (site_plan.Site)
    named     networks that the user has chosen: nothing here maps their addresses again
    """

    def __init__(self, packets, prefixes, site, named):
        self.used = hosts(packets)
        self.prefixes, self.site, self.named = prefixes, site, named
        inside = Addresses(site.subscribers or INSIDE_NETS, self.used | site.own, site.pools)
        outside = outside_addresses(self.used, prefixes, site)
        self.news = {}
        for a in sorted(filter(self.is_unfit, self.used)):
            self.news[a] = (inside if self.is_inside(a) else outside).take()

    def is_inside(self, a):
        return any(a in p for p in self.prefixes)

    def is_unfit(self, a):
        if not is_host(a) or a in self.site.own or any(a in n for n in self.named):
            return False
        if any(a in n for n in UNFIT + self.site.pools):
            return True
        is_subscriber = any(a in n for n in self.site.subscribers)
        return self.site.subscribers and is_subscriber != self.is_inside(a)

    def apply(self, packets):
        """@return the packets, and the prefixes of the inside hosts that they have now"""
        inside = [new for old, new in self.news.items() if self.is_inside(old)]
        stay = [p for p in self.prefixes if any(a in p for a in self.used - self.news.keys())]
        prefixes = ipaddress.collapse_addresses(stay + [ipaddress.ip_network(a) for a in inside])
        return list(replace(packets, self.news.get)), list(prefixes)


def outside_addresses(used, prefixes, site):
    """Addresses for hosts outside."""
    return Addresses(OUTSIDE_NETS, used, [*prefixes, *site.subscribers, *site.pools, *site.links])


def said(maps, splitter, fitter):
    """Which addresses were mapped, in one line; None if none."""
    texts = [f"{old.with_prefixlen}={new.with_prefixlen}".replace("/32", "") for old, new in maps.rules]
    texts += [f"{old}={new}" for old, new in fitter.news.items()]
    texts += [f"{old}={new} (where it answers)" for old, new in splitter.servers.items()]
    more = f" and {len(texts) - SAID_MAX} more" if len(texts) > SAID_MAX else ""
    return f"mapped: {', '.join(texts[:SAID_MAX])}{more}" if texts else None
