# SPDX-License-Identifier: BSD-3-Clause
"""The kernel as comparison: forwarding and nftables masquerade, between veths of two namespaces.

Captures and generator are the same as on the wires. testpmd runs on one core and sends the packets again and again
into a veth, through a packet socket. Receive packet steering puts the forwarding on the other core, where the worker
of cgnd would run. At the other end, an ingress hook drops the packets, and the interface counts them.
"""

import pathlib
import subprocess
import time

import flows
import loop
from dpdk import Testpmd, cores

RULES = """\
table ip nat {
  chain post { type nat hook postrouting priority srcnat; oifname "out0" masquerade; }
}
"""
SINK = """\
table netdev sink {
  chain arrive { type filter hook ingress device "out0" priority 0; policy drop; }
}
"""
CONNTRACK = {"nf_conntrack_max": 2000000, "nf_conntrack_buckets": 1048576}


def run(*command, text=None):
    subprocess.run(command, input=text, text=True, check=True, capture_output=True)


def within(namespace, *command, text=None):
    run("ip", "netns", "exec", namespace, *command, text=text)


class Conntrack:
    """Room for a million connections while it lasts; what was set before comes back."""

    def __enter__(self):
        self.before = {}
        for key, value in CONNTRACK.items():
            path = pathlib.Path("/proc/sys/net/netfilter", key)
            if path.exists():
                self.before[path] = path.read_text()
                path.write_text(str(value))
        return self

    def __exit__(self, *_):
        for path, value in self.before.items():
            path.write_text(value)


class Namespaces:
    """gen and fwd with the veths in0 and out0 between them; gen is the world, fwd forwards."""

    def __init__(self, rig, masquerade):
        self.gen, self.fwd = f"{rig.name()}g", f"{rig.name()}f"
        self.rig, self.masquerade = rig, masquerade

    def __enter__(self):
        for name in (self.gen, self.fwd):
            run("ip", "netns", "add", name)
            for key in ("all", "default"):
                within(name, "sysctl", "-qw", f"net.ipv6.conf.{key}.disable_ipv6=1")
        within(self.fwd, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0")
        mask = 1 << cores()[1]
        for dev, link in zip(("in0", "out0"), self.rig.links):
            peer = ("type", "veth", "peer", "name", dev, "netns", self.gen, "address", link.peer_mac)
            run("ip", "link", "add", dev, "netns", self.fwd, "address", link.mac, *peer)
            for name in (self.gen, self.fwd):
                within(name, "ip", "link", "set", dev, "up")
            within(self.fwd, "ip", "addr", "add", f"{link.address}/24", "dev", dev)
            neigh = ("neigh", "add", link.peer, "lladdr", link.peer_mac, "dev", dev)
            within(self.fwd, "ip", *neigh)
            rps = f"/sys/class/net/{dev}/queues/rx-0/rps_cpus"
            within(self.fwd, "sh", "-c", f"echo {mask:x} > {rps}")
        within(self.fwd, "ip", "route", "add", "10.0.0.0/8", "via", self.rig.links[0].peer)
        within(self.fwd, "ip", "route", "add", "default", "via", self.rig.links[1].peer)
        within(self.gen, "nft", "-f", "-", text=SINK)
        if self.masquerade:
            within(self.fwd, "nft", "-f", "-", text=RULES)
        return self

    def __exit__(self, *_):
        for name in (self.gen, self.fwd):
            subprocess.run(["ip", "netns", "del", name], check=False)

    def arrived(self):
        path = "/sys/class/net/out0/statistics/rx_packets"
        command = ["ip", "netns", "exec", self.gen, "cat", path]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Moment:
    """What has been sent and has arrived, and how long the forwarding core was in interrupts."""

    def __init__(self, testpmd, spaces):
        self.time = time.monotonic()
        self.sent, self.arrived = testpmd.wires()[0], spaces.arrived()
        line = next(s for s in open("/proc/stat") if s.startswith(f"cpu{cores()[1]} "))
        jiffies = [int(n) for n in line.split()[1:9]]
        self.interrupts, self.total = jiffies[5] + jiffies[6], sum(jiffies)


class Rate:
    """Between two moments; busy well below 1 and no loss: the generator was the slower one."""

    def __init__(self, before, after, tsc_hz):
        arrived, sent = after.arrived - before.arrived, after.sent - before.sent
        self.pps = arrived / (after.time - before.time)
        self.loss = max(0.0, 1 - arrived / max(sent, 1))
        self.busy = (after.interrupts - before.interrupts) / max(after.total - before.total, 1)
        self.cycles = self.busy * tsc_hz / max(self.pps, 1)


def forward(rig, masquerade, n, mix, rounds, seconds):
    """Outward only, n flows. @return rates, one a round"""
    frames, rates = rig.path("out.pcap"), []
    flows.Flows(n).write_out(frames, mix, rig.links[0].header)
    size = max(flows.MIXES[mix])
    with Conntrack(), Namespaces(rig, masquerade) as spaces:
        ring = ",framesz=256,blocksz=4096,framecnt=1024" if size <= 128 else ""
        vdevs = [f"net_af_packet0,iface=in0,qdisc_bypass=1{ring}", "net_null1,no-rx=1"]
        buffers = 384 if size <= 128 else 2176
        log = f"{rig.out}/testpmd-kernel.log"
        testpmd = Testpmd(rig.name(), log, vdevs, 32768 + n, buffers, netns=spaces.gen)
        testpmd.start(loop.feeds([frames, None]), burst=64)
        # The first round trip of the capture makes the connections.
        time.sleep(loop.WARM_S + n / 200000)
        for _ in range(rounds):
            before = Moment(testpmd, spaces)
            time.sleep(seconds)
            rates.append(Rate(before, Moment(testpmd, spaces), testpmd.tsc_hz))
        testpmd.stop()
        testpmd.quit()
    return rates
