# SPDX-License-Identifier: BSD-3-Clause
"""What cgnd's configuration and the wires must look like for a given capture."""

import collections
import ipaddress
import os

import yaml
from dpdk import memif
from remap import UNFIT, endpoints
from site_plan import SettingError, get, put

PRIVATE = [
    ipaddress.ip_network(p) for p in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
] + UNFIT
# Where own links and pools may lie: what the capture uses is left out.
LINKS = ["100.127.255.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
LINKS += [f"198.18.{i}.0/24" for i in range(256)]
PREFIXES_MAX = 64


class Link:
    """One wire: cgnd's address and MAC address, and those of the router at the far end."""

    def __init__(self, number, address, peer):
        self.mac, self.peer_mac = f"02:00:5e:00:00:{number:02x}", f"02:00:5e:00:01:{number:02x}"
        self.address, self.peer = address, peer
        macs = [bytes.fromhex(m.replace(":", "")) for m in (self.mac, self.peer_mac)]
        self.header = b"".join(macs) + b"\x08\x00"  # of the frames to cgnd


def is_private(address):
    return any(address in p for p in PRIVATE)


def guess_inside(packets):
    """Private hosts that speak with public ones; without such hosts those that begin conversations."""
    hosts, begins, known = set(), collections.Counter(), set()
    for src, dst in endpoints(packets):
        if dst.is_multicast or int(dst) == 0xFFFFFFFF or int(src) == 0:
            continue
        if is_private(src) != is_private(dst):
            hosts.add(src if is_private(src) else dst)
        if (src, dst) not in known and (dst, src) not in known:
            begins[src] += 1
            known.add((src, dst))
    if not hosts and begins:
        hosts.add(begins.most_common(1)[0][0])
    if not hosts:
        raise SettingError("no IPv4 conversation in this capture")
    prefixes = list(ipaddress.collapse_addresses(ipaddress.ip_network(h) for h in hosts))
    if len(prefixes) > PREFIXES_MAX:
        prefixes = [p for p in PRIVATE if any(h in p for h in hosts)]
    return prefixes


class Wire:
    """The two wires around one cgnd, and its configuration.

    prefixes  of inside hosts
    site      the user's configuration, or one without a file
    mtu       of the wires
    """

    def __init__(self, directory, packets, prefixes, site, mtu):
        self.directory, self.prefix = directory, f"replay{os.getpid()}"
        used = {a for pair in endpoints(packets) for a in pair}
        self.prefixes, self.mtu = prefixes, mtu
        if not any(self.is_inside(a) for a in used):
            hosts = ", ".join(map(str, self.prefixes))
            raise SettingError(f"no packet of the capture is from or to an inside host ({hosts})")
        free = [n for n in map(ipaddress.ip_network, LINKS) if not any(a in n for a in used)]
        free = [n for n in free if not any(n.overlaps(p) for p in self.prefixes)]
        if len(free) < 3:
            raise SettingError("the capture uses every address that its own links could have")
        self.pool = free[2]
        self.links = {
            side: Link(i, str(free[i][1]), str(free[i][2])) for i, side in enumerate(("inside", "outside"))
        }
        self.document = site.document
        if self.document:
            self.read_links(used)

    def is_inside(self, address):
        address = ipaddress.ip_address(address)
        return any(address in p for p in self.prefixes)

    def device(self, side):
        number = ("inside", "outside").index(side)
        return memif(number, self.directory, self.links[side].mac)

    def write(self, path):
        """Write the configuration into a file."""
        with open(path, "w") as f:
            f.write(self.changed() if self.document else self.own())

    def own(self):
        inside, outside = self.links["inside"], self.links["outside"]
        routes = [f"  - {{prefix: {p}, via: {inside.peer}}}\n" for p in self.prefixes]
        return f"""\
workers: 1
runtime_dir: {self.directory}/run
ports:
  - {{name: inside0, device: "{self.device("inside")}", side: inside, addresses: [{inside.address}/24],
     mtu: {self.mtu}}}
  - {{name: outside0, device: "{self.device("outside")}", side: outside, addresses: [{outside.address}/24],
     mtu: {self.mtu}}}
routes:
  - {{prefix: 0.0.0.0/0, via: {outside.peer}}}
{"".join(routes)}neighbours:
  - {{address: {inside.peer}, mac: "{inside.peer_mac}"}}
  - {{address: {outside.peer}, mac: "{outside.peer_mac}"}}
pools:
  - {{name: pool, addresses: [{self.pool}]}}
groups:
  - name: hosts
    prefixes: [{", ".join(map(str, self.prefixes))}]
    pool: pool
    blocks_max: 126
    mappings_max: 0
    mappings_per_s: 0
    sessions_max: 0
    leases_max: 65535
natpmp: {{role: server, requests_per_s: 100000, announce: false}}
store: {{path: ""}}
telemetry: {{prefix: {self.prefix}}}
"""

    # A configuration of the user's: devices, next hops' neighbours, files and names are replaced.

    def read_links(self, used):
        for side, link in self.links.items():
            port = self.port(side)
            prefix = ipaddress.ip_interface(get(port, "addresses").value[0].value)
            hops = [
                get(r, "via").value
                for r in get(self.document, "routes", "[]").value
                if ipaddress.ip_address(get(r, "via").value) in prefix.network
            ]
            link.address = str(prefix.ip)
            # Nobody answers ARP: hosts of the capture on the link itself are neighbours too.
            hops += [str(a) for a in used if a in prefix.network and a != prefix.ip]
            link.hops = sorted(set(hops))

    def port(self, side):
        found = [p for p in get(self.document, "ports").value if get(p, "side").value == side]
        if len(found) != 1:
            raise SettingError(f"the configuration has {len(found)} {side} ports, one is needed")
        return found[0]

    def changed(self):
        document = self.document
        for side in self.links:
            put(self.port(side), "device", f'"{self.device(side)}"')
            put(self.port(side), "vlan", "0")
        put(self.port("inside"), "source_check", "route")  # captured hosts answer no ARP
        hops = [(hop, link.peer_mac) for link in self.links.values() for hop in link.hops]
        rows = "".join(f'- {{address: {hop}, mac: "{mac}"}}\n' for hop, mac in hops)
        put(document, "neighbours", rows or "[]")
        put(document, "workers", "1")
        put(document, "eal", "[]")
        put(document, "runtime_dir", f"{self.directory}/run")
        put(document, "store", '{path: ""}')
        put(document, "telemetry", f"{{prefix: {self.prefix}}}")
        return yaml.serialize(document)
