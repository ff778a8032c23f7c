# SPDX-License-Identifier: BSD-3-Clause
"""Full rate over the two wires: send packets from memory into both ports, and count those that come out."""

import time

from capture import PcapWriter

SETTLE_S = 0.3
WARM_S = 0.5
SINK = ("net_null", "no-rx=1")


def feeds(files):
    """Captures that are sent round and round from memory, for Testpmd.start(); None: nothing is sent."""
    return [("net_pcap", f"rx_pcap={f},infinite_rx=1") if f else SINK for f in files]


def write_frames(path, packets, header):
    writer = PcapWriter(path)
    for packet in packets:
        writer.write(0, (header + packet).ljust(60, b"\0"))
    writer.close()


class Counts:
    """cgnd's counters at one moment."""

    def __init__(self, cgnd):
        self.time = time.monotonic()
        self.verdicts = cgnd.verdicts()
        self.busy = cgnd.busy_cycles()

    def since(self, before, group):
        """Packets of a class of verdicts between the two, by name."""
        new, old = self.verdicts[group], before.verdicts[group]
        return {v: n - old.get(v, 0) for v, n in new.items() if n != old.get(v, 0)}

    def received(self, before):
        return self.verdicts["received"] - before.verdicts["received"]


class Rate:
    """What happened between two moments.

    cycles  of the worker's turns that had work, per packet: the devices' copies and what interrupts included
    busy    the share of the time that these turns took; well below 1 the generator was the slower one
    """

    def __init__(self, before, after, tsc_hz):
        self.seconds = after.time - before.time
        self.received = after.received(before)
        self.forwarded = sum(after.since(before, "forwarded").values())
        self.dropped = after.since(before, "dropped")
        self.pps = self.received / self.seconds
        self.loss = sum(self.dropped.values()) / max(self.received, 1)
        cycles = after.busy - before.busy
        self.cycles = cycles / max(self.received, 1)
        self.busy = cycles / tsc_hz / self.seconds

    def text(self):
        drops = ", ".join(f"{v} {n}" for v, n in self.dropped.items()) or "none"
        return (
            f"{self.pps / 1e6:.3f} Mpps through one worker for {self.seconds:.1f} s, "
            f"loss {100 * self.loss:.4f} % (dropped: {drops}), "
            f"{self.cycles:.0f} cycles per packet, wires included, busy {100 * self.busy:.0f} % of the time"
        )


def measure(cgnd, testpmd, seconds):
    """The rate under a load that runs."""
    time.sleep(WARM_S)
    before = Counts(cgnd)
    time.sleep(seconds)
    return Rate(before, Counts(cgnd), testpmd.tsc_hz)


def replay(player, wire, cgnd, testpmd, seconds):
    """Full rate with the packets that a player has seen pass. @return what is wrong, a list of texts"""
    files = []
    for side, packets in zip(("inside", "outside"), player.passed):
        files.append(f"{wire.directory}/{side}-loop.pcap" if packets else None)
        if packets:
            write_frames(files[-1], packets, wire.links[side].header)
    if not any(files):
        return ["nothing went through that could be replayed at full rate"]
    testpmd.start(feeds(files), burst=64)
    rate = measure(cgnd, testpmd, seconds)
    testpmd.stop()
    print(f"full rate: {rate.text()}")
    return [] if rate.forwarded else ["nothing was forwarded at full rate"]
