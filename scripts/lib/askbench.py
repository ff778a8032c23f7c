# SPDX-License-Identifier: BSD-3-Clause
"""How fast a server answers requests for ports: cgnd (NAT-PMP and PCP), and miniupnpd (NAT-PMP).

Two namespaces: one has the hosts, the other one the server. cgn-ask-bench asks for the mappings of many hosts. First it
makes them, then it renews them: as fast as the server answers, and then at half of this rate. The server has all cores
but the last one; that one has cgnd's worker. The generator is on the server's cores, because no other core is left.
"nobody" is a server that answers at once and keeps nothing: the limit of the generator and of the kernel.
"""

import csv
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from dpdk import BUILD, Cgnd, Process, StartError, cores
from kernelbench import run, within

HOSTS = 256
PORTS = 4  # of each host
# Requests under way. A commit of cgnd serves all that wait. miniupnpd does one after the other, and its socket has no room
# for 256.
WINDOWS = {"cgnd": 256, "nobody": 256, "miniupnpd": 64}
SERVER = "100.64.0.1"
CONF = """\
workers: 1
runtime_dir: {directory}/run
prefault: true
ports:
  - {{name: inside0, device: "net_af_packet0,iface=in0,framecnt=2048", side: inside, addresses: [100.64.0.1/10]}}
  - {{name: outside0, device: "net_af_packet1,iface=out0", side: outside, addresses: [192.0.2.2/24]}}
routes:
  - {{prefix: 0.0.0.0/0, via: 192.0.2.1}}
  - {{prefix: 100.72.0.0/16, via: 100.64.0.11}}
pools:
  - {{name: pool, addresses: [198.51.100.0/28]}}
groups:
  - {{name: hosts, prefixes: [100.64.0.0/10], pool: pool}}
natpmp: {{requests_per_s: 100000, announce: false}}
pcp: {{enabled: true}}
store: {{path: {directory}/state.db}}
telemetry: {{prefix: {prefix}}}
"""
UPNPD = """\
ext_ifname=out0
listening_ip=in0
enable_natpmp=yes
enable_upnp=no
uuid=00000000-0000-0000-0000-000000000001
upnp_table_name=filter
upnp_nat_table_name=filter
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
lease_file={directory}/upnpd.leases
allow 1024-65535 0.0.0.0/0 1024-65535
"""
RULES = """\
table inet filter {
  chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
"""


class Place:
    """Namespaces with the veths eth0 - in0 and wan0 - out0 between them: gen has the hosts, srv the server."""

    def __init__(self, name):
        self.gen, self.srv = f"{name}a", f"{name}b"

    def __enter__(self):
        for name in (self.gen, self.srv):
            run("ip", "netns", "add", name)
            for key in ("all", "default"):
                within(name, "sysctl", "-qw", f"net.ipv6.conf.{key}.disable_ipv6=1")
            within(name, "ip", "link", "set", "lo", "up")
        for here, there in (("eth0", "in0"), ("wan0", "out0")):
            run("ip", "link", "add", here, "netns", self.gen, "type", "veth", "peer", "name", there, "netns", self.srv)
            for name, dev in ((self.gen, here), (self.srv, there)):
                within(name, "ethtool", "-K", dev, "rx", "off", "tx", "off", "sg", "off", "tso", "off", "gso", "off")
                within(name, "ip", "link", "set", dev, "up")
        within(self.gen, "ip", "addr", "add", "100.64.0.11/10", "dev", "eth0")
        within(self.gen, "ip", "addr", "add", "192.0.2.1/24", "dev", "wan0")
        within(self.gen, "ip", "route", "add", "local", "100.72.0.0/16", "dev", "lo")
        return self

    def __exit__(self, *_):
        for name in (self.gen, self.srv):
            subprocess.run(["ip", "netns", "del", name], check=False)

    def own_addresses(self):
        """The addresses are those of the kernel, and not of cgnd."""
        within(self.srv, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        within(self.srv, "ip", "addr", "add", f"{SERVER}/10", "dev", "in0")
        within(self.srv, "ip", "addr", "add", "203.0.114.2/24", "dev", "out0")
        within(self.srv, "ip", "route", "add", "100.72.0.0/16", "via", "100.64.0.11")


def on_core(core, *command):
    return ["taskset", "-c", str(core), *map(str, command)]


def load(place, *args):
    """Ask. @return what cgn-ask-bench says"""
    command = on_core(cores()[0], BUILD / "cgn-ask-bench", "--server", SERVER, "--first", "100.72.0.1")
    command += ["--hosts", str(HOSTS), "--ports", str(PORTS), *map(str, args)]
    command = ["ip", "netns", "exec", place.gen, *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    if done.returncode != 0:
        raise StartError(f"cgn-ask-bench: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def served(place):
    """Wait until somebody listens."""
    end = time.monotonic() + 60
    command = ["ip", "netns", "exec", place.srv, "ss", "-Hlun", "sport = :5351"]
    while not subprocess.run(command, capture_output=True, text=True).stdout:
        if time.monotonic() > end:
            raise StartError("nobody listens on port 5351")
        time.sleep(0.05)


class Nobody(Process):
    """A server that keeps nothing."""

    def __init__(self, place, rig, directory):
        place.own_addresses()
        command = on_core(cores()[0], BUILD / "cgn-ask-bench", "--serve")
        super().__init__("cgn-ask-bench", f"{rig.out}/nobody.log", ["ip", "netns", "exec", place.srv, *command])
        served(place)

    def stop(self):
        self.child.terminate()
        self.end()


class Upnpd:
    """miniupnpd in the background, as a system runs it: with -d it would write about each request."""

    def __init__(self, place, rig, directory):
        place.own_addresses()
        conf, self.pid = directory / "upnpd.conf", directory / "upnpd.pid"
        conf.write_text(UPNPD.format(directory=directory))
        within(place.srv, "nft", "-f", "-", text=RULES)
        within(place.srv, *on_core(cores()[0], "miniupnpd", "-f", conf, "-P", self.pid))
        served(place)

    def stop(self):
        pid = int(self.pid.read_text())
        os.kill(pid, signal.SIGTERM)
        while os.path.exists(f"/proc/{pid}"):
            time.sleep(0.02)


def start_cgnd(place, rig, directory):
    conf, prefix = pathlib.Path(directory, "cgnd.yaml"), rig.name()
    conf.write_text(CONF.format(directory=directory, prefix=prefix))
    return Cgnd(conf, prefix, rig.out, *cores(), netns=place.srv)


UPNPD_NAME = "miniupnpd, NAT-PMP"
SERVERS = {
    "nobody, NAT-PMP": (Nobody, []),
    "nobody, PCP": (Nobody, ["--pcp"]),
    UPNPD_NAME: (Upnpd, []),
    "cgnd, NAT-PMP": (start_cgnd, []),
    "cgnd, PCP": (start_cgnd, ["--pcp"]),
}


class Answers:
    """One round with one server: new mappings and renewals per second; times at half of the renewals' rate."""

    def __init__(self, new, renewed, half):
        self.new, self.renewed = new["per_s"], renewed["per_s"]
        self.rate, self.p50_ms, self.p99_ms = half["per_s"], half["p50_ms"], half["p99_ms"]
        self.generator = renewed["cpu_s"] / renewed["seconds"]
        rounds = {"new": new, "renewed": renewed, "half": half}
        self.wrong = {f"{n} {k}": r[k] for n, r in rounds.items() for k in ("refused", "again", "missed") if r[k]}


def one(rig, what, seconds):
    start, args = SERVERS[what]
    window = WINDOWS[what.split(",")[0]]
    # Beside the results: a real file on a real disk.
    directory = tempfile.mkdtemp(prefix="ask", dir=rig.out)
    try:
        with Place(rig.name()) as place:
            server = start(place, rig, pathlib.Path(directory).resolve())
            try:
                load(place, *args, "--hosts", 1, "--once")  # now the server knows the router
                new = load(place, *args, "--window", window, "--once")
                renewed = load(place, *args, "--window", window, "--seconds", seconds)
                half = load(place, *args, "--rate", renewed["per_s"] / 2, "--seconds", seconds)
            finally:
                server.stop()
        return Answers(new, renewed, half)
    finally:
        shutil.rmtree(directory)


def measure(rig, rounds, seconds):
    """All servers, one after the other, several times. @return {what: [Answers]}"""
    found = {}
    for _ in range(rounds):
        for what, (start, _) in SERVERS.items():
            if start is not Upnpd or shutil.which("miniupnpd", path="/usr/sbin:/usr/bin"):
                found.setdefault(what, []).append(one(rig, what, seconds))
                print(what, vars(found[what][-1]), flush=True)
    return found


def median(answers, name):
    return statistics.median(getattr(a, name) for a in answers)


def ratio(found, what, name):
    """The median of the ratios to miniupnpd, each within one round."""
    pairs = zip(found[what], found.get(UPNPD_NAME, []))
    ratios = [getattr(a, name) / getattr(b, name) for a, b in pairs]
    return f" ({statistics.median(ratios):.0f} times)" if ratios and what.startswith("cgnd") else ""


def table(found):
    """Markdown"""
    lines = ["| server | new mappings/s | renewals/s | 50 % / 99 % of answers at half of that rate, ms |", "|---|---|---|---|"]
    for what, answers in found.items():
        new, renewed = (f"{median(answers, n):.0f}{ratio(found, what, n)}" for n in ("new", "renewed"))
        times = " / ".join(f"{median(answers, n):.1f}" for n in ("p50_ms", "p99_ms"))
        lines.append(f"| {what} | {new} | {renewed} | {times} |")
    return "\n".join(lines)


def write_csv(path, found):
    with open(path, "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["server", "new_per_s", "renewed_per_s", "half_per_s", "p50_ms", "p99_ms", "generator_busy", "wrong"])
        for what, answers in found.items():
            for a in answers:
                numbers = [f"{v:.3f}" for v in (a.new, a.renewed, a.rate, a.p50_ms, a.p99_ms, a.generator)]
                out.writerow([what, *numbers, json.dumps(a.wrong)])
