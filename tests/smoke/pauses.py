#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether a ping has lost packets only while cgnd was away.

usage: pauses.py PING PAUSES
PING is what "ping -D -O" has printed. When it sends a packet, it first tells if the one before has no answer yet.
PAUSES has two lines for each pause, its begin and its end, in seconds. An empty file: no packet may be lost.
"""

import re
import sys

REPLY = re.compile(r"^\[(\d+\.\d+)\] \d+ bytes from .* icmp_seq=(\d+) .* time=([\d.]+) ms")
MISSING = re.compile(r"^\[(\d+\.\d+)\] no answer yet for icmp_seq=(\d+)$")
SEQUENCES = 65536


def read(path):
    """When answered packets were sent, and until when others were, by their numbers. These go on after 65535. And the
    longest time that an answer took."""
    answered, missing, last, longest = {}, {}, 0, 0
    for line in open(path):
        reply, told = REPLY.match(line), MISSING.match(line)
        if reply is None and told is None:
            continue
        number = int((reply or told)[2])
        number += (last - number + SEQUENCES // 2) // SEQUENCES * SEQUENCES
        last = max(last, number)
        if reply:
            took = float(reply[3]) / 1000
            answered[number] = float(reply[1]) - took
            longest = max(longest, took)
        else:
            missing[number] = float(told[1])
    return answered, missing, last, longest


def main(ping, pauses):
    answered, missing, last, longest = read(ping)
    times = [float(line) for line in open(pauses)]
    pauses = list(zip(times[::2], times[1::2]))
    outside, inside = [], 0
    # Those behind the last answer were on their way when ping was stopped.
    for number in range(2, max(answered, default=0)):
        if number in answered:
            continue
        until = missing[number]
        since = missing.get(number - 1) or answered[number - 1]
        # One that is on its way when the pause begins is lost, too.
        if any(begin - longest <= until and since <= end for begin, end in pauses):
            inside += 1
        else:
            outside.append((number, since, until))
    away = sum(end - begin for begin, end in pauses)
    print(f"{last} sent, {inside} lost in {len(pauses)} pauses of {away:.3f} s together, {len(outside)} at other times"
          f"; the slowest answer took {longest:.3f} s")
    for number, since, until in outside[:20]:
        near = min((abs(t - since), t) for t in times)[1] if times else None
        print(f"{number} is lost, sent between {since} and {until}; the next begin or end of a pause is at {near}")
    # It has been answered again after the last pause.
    return bool(outside) or not answered or max(answered.values()) < max(times, default=0)


sys.exit(main(*sys.argv[1:]))
