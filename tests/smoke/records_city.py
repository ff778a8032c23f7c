#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A city of subscribers, and who was who by the records alone.

records_city.py listen FILE                           note each packet from outside: time, address, port, and the inside
                                                      address that its payload tells
records_city.py churn SUBSCRIBERS PACKETS [BURST]     packets of random subscribers of this host, BURST at once
records_city.py resolve CGNCTL FILE QUESTIONS RECORDS...   ask `cgnctl trace` for random packets of FILE
"""

import collections
import datetime
import ipaddress
import json
import pathlib
import random
import socket
import subprocess
import sys
import time

SERVER = ("203.0.113.1", 7001)
FIRST = ipaddress.ip_address("100.70.0.0")
PAUSE_S = 0.1


def listen(path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, open(path, "w", encoding="ascii") as out:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.bind(SERVER)
        while True:
            data, (address, port) = s.recvfrom(64)
            print(time.time_ns() // 1000000, address, port, data.decode(), file=out, flush=True)


def churn(subscribers, packets, burst=20):
    for n in range(packets):
        inside = str(FIRST + random.randrange(1, subscribers))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((inside, 0))
            s.sendto(inside.encode(), SERVER)
        if n % burst == burst - 1:
            time.sleep(PAUSE_S)


def ask(cgnctl, at_ms, address, port, records):
    at = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.timezone.utc).isoformat(timespec="milliseconds")
    out = subprocess.run(
        [cgnctl, "trace", "--json", f"{address}:{port}/udp", "--at", at, *records], capture_output=True, check=False
    )
    if out.returncode not in (0, 3, 4):
        raise SystemExit(out.stderr.decode())
    return json.loads(out.stdout)


def resolve(cgnctl, path, questions, records):
    """No answer is wrong. Every packet was sent by somebody, so "nobody" is wrong."""
    packets = [line.split() for line in pathlib.Path(path).read_text(encoding="ascii").splitlines()]
    verdicts = collections.Counter()
    for at_ms, address, port, inside in random.sample(packets, min(int(questions), len(packets))):
        said = ask(cgnctl, int(at_ms), address, port, records)
        verdict = said["reason"] if said["answer"] == "unsure" else said["answer"]
        if verdict == "found":
            verdict = "right" if said["tenure"]["subscriber"] == f"{inside}/32" else "wrong"
        if verdict in ("wrong", "nobody"):
            print(at_ms, address, port, inside, json.dumps(said))
        verdicts[verdict] += 1
    print(f"{len(packets)} packets:", *(f"{n} {v}" for v, n in sorted(verdicts.items())))
    return verdicts["wrong"] + verdicts["nobody"] == 0


def main(what, *args):
    if what == "listen":
        listen(*args)
    elif what == "churn":
        churn(*map(int, args))
    else:
        sys.exit(not resolve(*args[:3], args[3:]))


main(*sys.argv[1:])
