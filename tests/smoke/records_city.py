#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A city of subscribers, and who was who by the records alone.

records_city.py listen FILE                           note each packet from outside: time, address, port, and the inside
                                                      address that its payload tells
records_city.py churn SUBSCRIBERS PACKETS BURST [FLOOD]   packets of random subscribers of this host, and leases: BURST
                                                      packets each 0.1 s, and FLOOD at once each 3 s
records_city.py resolve CGNCTL FILE QUESTIONS RECORDS...   ask `cgnctl trace` about random packets of FILE
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import natpmp_client  # noqa: E402

SERVER, GATEWAY = ("203.0.113.1", 7001), (natpmp_client.SERVER, natpmp_client.PORT)
FIRST = ipaddress.ip_address("100.70.0.0")
PAUSE_S = 0.1


def listen(path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, open(path, "w", encoding="ascii") as out:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.bind(SERVER)
        while True:
            data, (address, port) = s.recvfrom(64)
            print(time.time_ns() // 1000000, address, port, data.decode(), file=out, flush=True)


class Leases:
    """Ports that clients have opened with NAT-PMP. Nobody waits for answers: the traffic shows which ports there are."""

    def __init__(self):
        self.open = []  # address, port, when it ends

    def make(self, inside, now):
        port, lifetime = random.randrange(10000, 60000), random.randrange(5, 60)
        if self.ask(inside, port, random.randrange(1024, 65536), lifetime):
            self.open.append((inside, port, now + lifetime))

    @staticmethod
    def ask(inside, port, suggested, lifetime):
        return send(inside, 0, natpmp_client.map_request(natpmp_client.UDP, port, suggested, lifetime), GATEWAY)

    def pick(self, now):
        """A lease to send from, or none. Some of them end early."""
        while self.open:
            i = random.randrange(len(self.open))
            inside, port, end = self.open[i]
            if now < end and random.random() < 0.99:
                return inside, port
            if now < end:
                self.ask(inside, port, 0, 0)
            self.open[i] = self.open[-1]
            self.open.pop()
        return None


def send(inside, port, data, to):
    """@return false: the port is in use"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((inside, port))
            s.sendto(data, to)
        except OSError:
            return False
    return True


def churn(subscribers, packets, burst, flood=0):
    leases, left, bursts, next_burst = Leases(), burst, 0, time.monotonic() + PAUSE_S
    for n in range(packets):
        now = time.monotonic()
        inside, port = str(FIRST + random.randrange(1, subscribers)), 0
        kind = random.random()
        if kind < 0.01:
            leases.make(inside, now)
        elif kind < 0.2:
            inside, port = leases.pick(now) or (inside, port)
        send(inside, port, inside.encode(), SERVER)
        left -= 1
        if left == 0:
            time.sleep(max(0, next_burst - time.monotonic()))
            bursts, next_burst = bursts + 1, next_burst + PAUSE_S
            left = flood if flood and bursts % 30 == 0 else burst


def ask(cgnctl, packets, records):
    """All questions at once. @return their answers"""
    lines = []
    for at_ms, address, port, _ in packets:
        at = datetime.datetime.fromtimestamp(int(at_ms) / 1000, datetime.timezone.utc)
        lines.append(f"{address}:{port}/udp {at.isoformat(timespec='milliseconds')}\n")
    out = subprocess.run(
        [cgnctl, "trace", "--json", "--questions", "-", *records],
        input="".join(lines), capture_output=True, check=False, text=True,
    )
    if out.returncode not in (0, 4):
        raise SystemExit(out.stderr)
    return [json.loads(line) for line in out.stdout.splitlines()]


def judge(said, inside):
    if said["answer"] != "found":
        return said.get("reason", said["answer"])
    if said["tenure"]["subscriber"] == f"{inside}/32":
        return "right"
    # With a doubt, cgnctl has said that this may be.
    return "doubted" if "doubt" in said else "wrong"


def resolve(cgnctl, path, questions, records):
    """No answer is wrong. Every packet was sent by somebody, so "nobody" is wrong."""
    seen = [line.split() for line in pathlib.Path(path).read_text(encoding="ascii").splitlines()]
    packets = random.sample(seen, min(int(questions), len(seen)))
    answers = ask(cgnctl, packets, records)
    if len(answers) != len(packets):
        raise SystemExit(f"{len(packets)} questions, {len(answers)} answers")
    verdicts = collections.Counter()
    for packet, said in zip(packets, answers):
        verdict = judge(said, packet[3])
        if verdict in ("wrong", "nobody"):
            print(*packet, json.dumps(said))
        verdicts[verdict] += 1
    print(f"{len(seen)} packets:", *(f"{n} {v}" for v, n in sorted(verdicts.items())))
    return verdicts["wrong"] + verdicts["nobody"] == 0


def main(what, *args):
    if what == "listen":
        listen(*args)
    elif what == "churn":
        churn(*map(int, args))
    else:
        sys.exit(not resolve(*args[:3], args[3:]))


main(*sys.argv[1:])
