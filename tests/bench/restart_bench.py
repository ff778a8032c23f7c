#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long a restart that keeps state interrupts traffic, with a real cgnd.

usage: restart_bench.py [--build DIR] [--huge] [--workers N] MAPPINGS...

For each number, cgnd translates a capture with so many UDP flows of 16 each subscriber, is stopped with restart.keep_state,
and started again. Prints the milliseconds of each step, the size of the state, and the memory before and while it saves.
The interruption is the time from the signal until cgnd lets packets in again. Without --huge, cgnd runs with --no-huge.
"""

import argparse
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

EACH = 16  # flows of a subscriber


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def write_capture(path, n):
    """A capture of one UDP packet for each flow."""
    ether = bytes.fromhex("027063617000" "020000000002" "0800")  # the address of net_pcap0
    head = struct.pack("!BBHHHBBH4s", 0x45, 0, 28, 0, 0, 64, 17, 0, bytes(4))
    with open(path, "wb", buffering=1 << 20) as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(n):
            host = struct.pack("!I", 0x64400000 + 16 + i // EACH)
            ip = head[:12] + host + bytes([203, 0, 113, 1])
            ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
            packet = ether + ip + struct.pack("!HHHH", 10000 + i % EACH, 53, 8, 0)
            f.write(struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)


def write_conf(path, run, capture, n, options):
    memory = '"-m", "1024"' if options.huge else '"--no-huge", "-m", "1024"'
    path.write_text(
        f"""
workers: {options.workers}
eal: [{memory}, "--no-pci", "--lcores", "0@0,1@1,2@0"]
runtime_dir: {run}
ports:
  - {{name: in0, device: "net_pcap0,rx_pcap={capture},tx_pcap={run}/in.pcap", side: inside, addresses: [100.64.0.1/10],
     source_check: route}}
  - {{name: out0, device: "net_null1,no-rx=1", side: outside, addresses: [192.0.2.2/24]}}
routes: [{{prefix: 0.0.0.0/0, via: 192.0.2.1}}]
neighbours: [{{address: 192.0.2.1, mac: "02:00:00:00:00:09"}}]
pools: [{{name: p, addresses: [198.51.100.0/25]}}]
groups: [{{name: g, prefixes: [100.64.0.0/10], pool: p, block_size: 64, mappings_per_s: 0, blocks_max: 4}}]
nat: {{mappings_max: {max(65536, 2 * n)}, sessions_max: 65536}}
natpmp: {{role: "off"}}
store: {{path: ""}}
restart: {{keep_state: true}}
telemetry: {{prefix: restartbench}}
"""
    )


class Cgnd:
    """A running cgnd, and when it has said what."""

    def __init__(self, build, conf):
        self.start = time.monotonic()
        self.process = subprocess.Popen(
            [build / "cgnd", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self.said = []

    def wait_for(self, pattern):
        for line in self.process.stderr:
            self.said.append((time.monotonic(), line))
            if re.search(pattern, line):
                return self.said[-1]
        sys.exit("cgnd has ended: " + "".join(line for _, line in self.said[-5:]))

    def status(self, field):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+)", text, re.M).group(1)) / 1024


def number(line, name):
    return int(re.search(rf"\b{name}=(\d+)", line).group(1))


def ctl(build, *args):
    return subprocess.run(
        [build / "cgnctl", "--prefix", "restartbench", *args], capture_output=True, text=True, check=False
    ).stdout


def mappings(build):
    m = re.search(r"mappings_udp\s+(\d+)", ctl(build, "counters", "show"))
    return int(m.group(1)) if m else 0


def measure(n, options, work):
    capture, conf, run = work / "in.pcap", work / "cgnd.yaml", work / "run"
    run.mkdir(mode=0o755)
    write_capture(capture, n)
    write_conf(conf, run, capture, n, options)
    cgnd = Cgnd(options.build, conf)
    cgnd.wait_for(r"\bready\b")
    while mappings(options.build) < n:
        if cgnd.process.poll() is not None:
            sys.exit("cgnd has ended")
        time.sleep(0.2)
    rss = cgnd.status("VmRSS")
    stop = time.monotonic()
    cgnd.process.send_signal(signal.SIGTERM)
    _, saved = cgnd.wait_for("state is (not )?saved")
    while cgnd.process.stderr.readline():
        pass
    _, status, usage = os.wait4(cgnd.process.pid, 0)
    ended = time.monotonic()
    again = Cgnd(options.build, conf)
    _, back = again.wait_for("state is back|cold start")
    ready, _ = again.wait_for(r"\bready\b")
    print(
        f"{n} mappings: interrupted {1000 * (ready - stop):.0f} ms = save {number(saved, 'took_ms')}"
        f" + end {1000 * (ended - stop) - number(saved, 'took_ms'):.0f}"
        f" + start {1000 * (ready - ended) - number(back, 'took_ms'):.0f} + load {number(back, 'took_ms')};"
        f" back {number(back, 'mappings')}; state {number(saved, 'octets') / 1e6:.1f} MB;"
        f" memory {rss:.0f} MiB, while saving {usage.ru_maxrss / 1024 - rss:+.1f} MiB",
        flush=True,
    )
    again.process.kill()
    again.process.wait()


parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
parser.add_argument("--huge", action="store_true")
parser.add_argument("--workers", type=int, default=1)
parser.add_argument("mappings", type=int, nargs="+")
given = parser.parse_args()
for count in given.mappings:
    # The runtime directory is on a tmpfs, as /run is.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        measure(count, given, pathlib.Path(directory))
