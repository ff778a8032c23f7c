#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write lines of records as a busy cgnd does, to measure `cgnctl trace`.

records_make.py MEGABYTES RECORDS QUESTIONS [N]

Four workers with 16 external addresses each give and take back blocks of 512 ports of 20 000 subscribers. RECORDS gets
the lines. QUESTIONS gets N questions (default 10 000) about random blocks at random times while somebody had them. Each
has the subscriber that is the right answer behind a '#'; remove it before you give the file to cgnctl.
"""

import datetime
import random
import sys

WORKERS, ADDRESSES, BLOCK = 4, 16, 512
BLOCKS = (65536 - 1024) // BLOCK
BOOT = "0123456789abcdef"
HEAD = f'[cgnd@32473 instance="cgnd" boot="{BOOT}" producer='


def stamp(ms):
    at = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


class Maker:
    def __init__(self, out):
        self.out, self.ms, self.written = out, 1795834800000, 0
        self.seq = [0] * WORKERS
        self.held = {}  # by address and block: subscriber, since
        self.tenures = []  # some that have ended

    def line(self, event, rest):
        text = f"<134>1 {stamp(self.ms)} cgn1 cgnd 4711 {event} {HEAD}{rest}]\n"
        self.out.write(text)
        self.written += len(text)

    def block(self, key, is_end, subscriber):
        address, block = key
        worker = address % WORKERS
        self.seq[worker] += 1
        first = 1024 + BLOCK * block
        self.line(
            "block-released" if is_end else "block-allocated",
            f'"worker{worker}" seq="{self.seq[worker]}" natEvent="{17 if is_end else 16}" '
            f'sourceIPv4Address="100.64.{subscriber >> 8}.{subscriber & 255}" sourceIPv4PrefixLength="32" '
            f'postNATSourceIPv4Address="198.51.100.{address}" portRangeStart="{first}" '
            f'portRangeEnd="{first + BLOCK - 1}" natPoolName="homes"',
        )

    def step(self, chance):
        key = random.randrange(WORKERS * ADDRESSES), random.randrange(BLOCKS)
        if key in self.held:
            subscriber, since = self.held.pop(key)
            self.block(key, True, subscriber)
            if since < self.ms and random.random() < chance:
                self.tenures.append((key, since, self.ms, subscriber))
        else:
            self.held[key] = random.randrange(1, 20000), self.ms
            self.block(key, False, self.held[key][0])
        self.ms += random.randrange(3)

    def checkpoints(self):
        for worker in range(WORKERS):
            self.line("checkpoint", f'"worker{worker}" last="{self.seq[worker]}"')


def main(megabytes, records, questions, n="10000"):
    with open(records, "w", encoding="ascii") as out:
        m = Maker(out)
        m.line("start", '"export" seq="1" after="nothing" records="blocks"')
        chance = 3 * int(n) / (int(megabytes) * 1500)
        at = 0
        while m.written < int(megabytes) * 1000000:
            if m.ms - at >= 60000:
                m.checkpoints()
                at = m.ms
            m.step(chance)
        m.checkpoints()
        m.line("stop", '"export" seq="2"')
    with open(questions, "w", encoding="ascii") as out:
        for (address, block), since, until, subscriber in random.choices(m.tenures, k=int(n)):
            port = 1024 + BLOCK * block + random.randrange(BLOCK)
            right = f"100.64.{subscriber >> 8}.{subscriber & 255}/32"
            at = random.randrange(since, until)
            out.write(f"198.51.100.{address}:{port}/udp {stamp(at)} #{right}\n")


main(*sys.argv[1:])
