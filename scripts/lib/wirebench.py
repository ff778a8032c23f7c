# SPDX-License-Identifier: BSD-3-Clause
"""The wire bench: cgnd, or something to compare with, between two wires that testpmd loads from one core.

There are two phases, as in RFC 9693. The first one fills the table: it sends every flow once, and learns its external
endpoint. The second one measures established flows: it sends half of them outward and half inward, as fast as the
generator can. A packet that a full ring refuses was never on the wire.
"""

import contextlib
import os
import pathlib
import shutil
import time

import flows
import loop
from dpdk import (
    Cgnd,
    Process,
    StartError,
    Telemetry,
    Testpmd,
    cores,
    memif,
    memory_args,
    runtime_directory,
    wait_links,
    zero_copy_args,
)
from setting import Link

SETTLE_S = 0.5
SAMPLE_S = 0.002
POOL = "198.18.0.0/26"
CONF = """\
workers: 1
runtime_dir: {directory}/run
prefault: true
ports:
  - {{name: inside0, device: "{inside}", side: inside, addresses: [10.0.0.1/24]}}
  - {{name: outside0, device: "{outside}", side: outside, addresses: [192.0.2.2/24]}}
routes:
  - {{prefix: 0.0.0.0/0, via: 192.0.2.1}}
  - {{prefix: 10.0.0.0/8, via: 10.0.0.2}}
neighbours:
  - {{address: 10.0.0.2, mac: "{inside_mac}"}}
  - {{address: 192.0.2.1, mac: "{outside_mac}"}}
pools:
  - {{name: pool, addresses: [{pool}]}}
groups:
  - name: hosts
    prefixes: [10.0.0.0/8]
    pool: pool
    block_size: 64
    blocks_max: 2
    mappings_max: 0
    mappings_per_s: 0
    leases_max: 0
    leases_reserve: 0
nat: {{mappings_max: {mappings}, timeouts: {{udp_s: 3600}}}}
natpmp: {{role: off}}
store: {{path: ""}}
telemetry: {{prefix: {prefix}}}
"""


class Rig:
    """Where the bench works: its directory for sockets and captures, its logs."""

    def __init__(self, directory, out):
        self.directory, self.out = directory, out
        self.links = Link(0, "10.0.0.1", "10.0.0.2"), Link(1, "192.0.2.2", "192.0.2.1")
        self.n = 0

    def name(self):
        """A file prefix of EAL, a new one each time."""
        self.n += 1
        return f"bench{os.getpid()}-{self.n}"

    def path(self, name):
        return f"{self.directory}/{name}"

    def device(self, side, zero_copy=False):
        return memif(side, self.directory, self.links[side].mac, zero_copy=zero_copy)

    def generator(self, n, mix, zero_copy=False):
        """testpmd that can keep n frames of a mix."""
        size = max(flows.MIXES[mix])
        log = f"{self.out}/testpmd.log"
        vdevs = [memif(side, self.directory, zero_copy=zero_copy) for side in range(2)]
        return Testpmd(self.name(), log, vdevs, 32768 + n, 256 if size <= 128 else 1792)

    @contextlib.contextmanager
    def cgnd(self, n, mix, zero_copy=False):
        """A fresh cgnd for n flows, and its generator. What it says at its end must add up."""
        prefix = self.name()
        conf = CONF.format(
            directory=self.directory,
            inside=self.device(0, zero_copy),
            outside=self.device(1, zero_copy),
            inside_mac=self.links[0].peer_mac,
            outside_mac=self.links[1].peer_mac,
            pool=POOL,
            mappings=max(n * 9 // 8, 65536),
            prefix=prefix,
        )
        pathlib.Path(self.path("cgnd.yaml")).write_text(conf)
        wrong, cgnd = [], None
        testpmd = self.generator(n, mix, zero_copy) if zero_copy else None
        try:
            eal = zero_copy_args() if zero_copy else ()
            cgnd = Cgnd(self.path("cgnd.yaml"), prefix, self.out, *cores(), eal=eal)
            testpmd = testpmd or self.generator(n, mix)
            wait_links(testpmd.telemetry)
            wait_links(cgnd.telemetry)
            yield cgnd, testpmd
        finally:
            # cgnd ends before its peer, see Testpmd.
            if testpmd:
                testpmd.tell("stop")
            if cgnd:
                wrong = cgnd.stop()
            if testpmd:
                testpmd.quit()
        if wrong:
            raise StartError("; ".join(wrong))


def udp_mappings(cgnd):
    return cgnd.counters()["gauges"]["mappings_udp"]


def learn(rig, cgnd, testpmd, world):
    """The first phase: every flow once, outward."""
    frames, record = rig.path("fill.pcap"), rig.path("filled.pcap")
    world.write_out(frames, "64 B", rig.links[0].header)
    for _ in range(5):
        feeds = [("net_pcap", f"rx_pcap={frames}"), ("net_pcap", f"tx_pcap={record}")]
        testpmd.start(feeds, burst=64, retry=True)
        settle(testpmd)
        testpmd.stop()
        if world.learn(record) == 0:
            return
    raise StartError(f"{world.n} flows, {udp_mappings(cgnd)} mappings: some flows did not come out")


def settle(testpmd):
    """Until nothing moves on the wires any more."""
    seen = None
    while (now := testpmd.wires()) != seen:
        seen = now
        time.sleep(SETTLE_S)


def established(rig, n, mix, rounds, seconds, zero_copy=False):
    """The second phase. @return rates, one a round"""
    with rig.cgnd(n, mix, zero_copy) as (cgnd, testpmd):
        world = flows.Flows(n)
        learn(rig, cgnd, testpmd, world)
        files = [rig.path("out.pcap"), rig.path("in.pcap")]
        world.write_out(files[0], mix, rig.links[0].header, half=True)
        world.write_in(files[1], mix, rig.links[1].header)
        testpmd.start(loop.feeds(files), burst=64)
        rates = [loop.measure(cgnd, testpmd, seconds) for _ in range(rounds)]
        testpmd.stop()
        if udp_mappings(cgnd) != n:
            raise StartError(f"{udp_mappings(cgnd)} mappings instead of {n}")
    return rates


def creation(rig, n):
    """New mappings per second of a fresh cgnd, and busy cycles for each, between a tenth and nine tenths."""
    with rig.cgnd(n, "64 B") as (cgnd, testpmd):
        world, frames = flows.Flows(n), rig.path("out.pcap")
        world.write_out(frames, "64 B", rig.links[0].header)
        testpmd.start(loop.feeds([frames, None]), burst=64)
        samples = []
        end = time.monotonic() + 60
        while not samples or samples[-1][1] < n and time.monotonic() < end:
            made = udp_mappings(cgnd)
            samples.append((time.monotonic(), made, cgnd.busy_cycles()))
            time.sleep(SAMPLE_S)
        testpmd.stop()
    inner = [s for s in samples if n // 10 <= s[1] <= n * 9 // 10]
    if len(inner) < 2:
        return None
    seconds, made, cycles = (b - a for a, b in zip(inner[0], inner[-1]))
    return made / seconds, cycles / made


class WireRate:
    """What a pair of wires carried between two moments, counted at the generator."""

    def __init__(self, before, after, seconds, tsc_hz):
        accepted, arrived = (b - a for a, b in zip(before, after))
        self.pps = arrived / seconds
        self.loss = max(0.0, 1 - arrived / max(accepted, 1))
        self.cycles = tsc_hz / max(self.pps, 1)


def measure_wires(testpmd, seconds):
    time.sleep(loop.WARM_S)
    before, begin = testpmd.wires(), time.monotonic()
    time.sleep(seconds)
    return WireRate(before, testpmd.wires(), time.monotonic() - begin, testpmd.tsc_hz)


def plain(rig, mode, mix, rounds, seconds):
    """testpmd's own forwarding in cgnd's place, the floor. @return rates, one a round"""
    core = cores()[1]
    prefix = rig.name()
    command = ["stdbuf", "-oL", "dpdk-testpmd", f"--file-prefix={prefix}", "--no-pci"]
    command += memory_args(512) + [f"--lcores=0@{cores()[0]},1@{core}"]
    command += [f"--vdev={rig.device(side)}" for side in range(2)]
    command += ["--", "-i", f"--forward-mode={mode}", "--burst=64", "--no-flush-rx"]
    command += ["--total-num-mbufs=16384"]
    floor = Process("dpdk-testpmd", f"{rig.out}/testpmd-{mode}.log", command)
    floor.wait_for("^Checking link statuses")
    try:
        testpmd = rig.generator(64000, mix)
        wait_links(testpmd.telemetry)
        wait_links(Telemetry(prefix))
        floor.child.stdin.write(b"start\n")
        floor.child.stdin.flush()
        files = [rig.path("out.pcap"), rig.path("in.pcap")]
        for file, link in zip(files, rig.links):
            flows.Flows(64000).write_out(file, mix, link.header, half=True)
        testpmd.start(loop.feeds(files), burst=64)
        rates = [measure_wires(testpmd, seconds) for _ in range(rounds)]
        testpmd.stop()  # before its peer goes, see Testpmd
    finally:
        with contextlib.suppress(BrokenPipeError):
            floor.child.stdin.write(b"stop\nquit\n")
            floor.child.stdin.flush()
        floor.end()
        shutil.rmtree(runtime_directory(prefix), ignore_errors=True)
    testpmd.quit()
    return rates


def soak(rig, n, seconds, zero_copy=False):
    """Full rate for a while, then the books must balance. @return the rate, and what is wrong

    With zero-copy, the rings hold some packet buffers until the next packets, so these are not counted.
    """
    wrong = []
    with rig.cgnd(n, "64 B", zero_copy) as (cgnd, testpmd):
        world = flows.Flows(n)
        learn(rig, cgnd, testpmd, world)
        free = cgnd.free_mbufs()
        files = [rig.path("out.pcap"), rig.path("in.pcap")]
        world.write_out(files[0], "64 B", rig.links[0].header)
        world.write_in(files[1], "64 B", rig.links[1].header)
        testpmd.start(loop.feeds(files), burst=64)
        rate = loop.measure(cgnd, testpmd, seconds)
        testpmd.stop()
        # What the wires still hold goes to the sinks.
        testpmd.start(loop.feeds([None, None]), burst=64)
        settle(testpmd)
        accepted, arrived = testpmd.wires()
        testpmd.stop()
        verdicts = cgnd.verdicts()
        total = sum(sum(verdicts[g].values()) for g in ("forwarded", "local", "absorbed", "dropped"))
        forwarded = sum(verdicts["forwarded"].values())
        for text, one, other in (
            ("packets received and the sum of their verdicts", verdicts["received"], total),
            ("packets sent to cgnd and received by it", accepted, verdicts["received"]),
            ("mappings and flows", udp_mappings(cgnd), n),
            *(() if zero_copy else [("free packet buffers before and after", free, cgnd.free_mbufs())]),
        ):
            print(f"{text}: {one}, {other}")
            if one != other:
                wrong.append(f"not equal: {text}: {one}, {other}")
        # cgnd announces its addresses at the start: that is not forwarded traffic.
        own = arrived - forwarded
        print(f"packets forwarded and arrived: {forwarded}, {arrived} ({own} of cgnd's own)")
        if not 0 <= own <= 16:
            wrong.append(f"{forwarded} packets forwarded, {arrived} arrived")
    return rate, wrong
