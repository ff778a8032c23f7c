#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""No acknowledged lease is lost, whenever cgnd is killed.

usage: natpmp_kill9.py NAMESPACES BUILD WORK PREFIX ROUNDS
Two subscribers keep requests in flight (new leases, renewals, deletions) until cgnd is killed at a random
moment. What was answered until then must be so after the restart; what was in flight may be either way.
"""

import pathlib
import random
import socket
import subprocess
import sys
import time

from natpmp_client import TCP, UDP, Client, decode, leases, map_request, namespace

HOSTS = {"sub1": "100.64.0.11", "sub2": "100.64.0.12"}
PROTO = {UDP: "udp", TCP: "tcp"}
PORTS = range(10000, 10150)
WINDOW = 8  # requests in flight of each subscriber
LIFETIME_S = (1000, 80000)


class Daemon:
    def __init__(self, netns, build, work):
        self.command = ["ip", "netns", "exec", netns, f"{build}/cgnd", "-c", f"{work}/cgnd.yaml"]
        self.log = pathlib.Path(work) / "cgnd.log"
        self.process = None

    def start(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while b"ready" not in self.log.read_bytes():
            if self.process.poll() is not None:
                sys.exit(f"FAILED: cgnd ended with {self.process.returncode}\n{self.log.read_text()}")
            time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(120)


class Subscriber:
    """Requests in flight and what has been answered."""

    def __init__(self, netns, address, rnd):
        self.client = Client(netns)
        self.address, self.rnd = address, rnd
        self.live = {}  # (opcode, port) -> (external port, end of the lease)
        self.in_flight = {}  # (opcode, port) -> lifetime
        self.acknowledged = 0
        self.epoch = 0

    def fill(self):
        while len(self.in_flight) < WINDOW:
            key = (self.rnd.choice((UDP, TCP)), self.rnd.choice(PORTS))
            if key in self.in_flight:
                continue
            lifetime = 0 if key in self.live and self.rnd.random() < 0.4 else self.rnd.randint(*LIFETIME_S)
            self.in_flight[key] = lifetime
            self.client.send(map_request(*key, self.rnd.choice((0, 30000 + key[1])), lifetime))

    def drain(self, timeout=0.0):
        while (data := self.client.receive(timeout)) is not None:
            timeout = 0.0
            a = decode(data)
            key = (a.opcode - 128, a.port)
            if a.result != 0 or self.in_flight.pop(key, None) is None:
                sys.exit(f"FAILED: unexpected answer {a}")
            if a.lifetime == 0:
                self.live.pop(key, None)
            else:
                self.live[key] = (a.ext, time.monotonic() + a.lifetime)
            self.acknowledged += 1
            self.epoch = max(self.epoch, a.epoch)

    def compare(self, shown):
        """Faults, given what cgnd shows after the restart; adopts what was in flight."""
        mine = {(proto, port): row for (a, proto, port), row in shown.items() if a == self.address}
        faults = []
        for opcode, port in {(op, port) for op in PROTO for port in PORTS}:
            row = mine.pop((PROTO[opcode], port), None)
            known = self.live.get((opcode, port))
            if (opcode, port) in self.in_flight:
                self.adopt((opcode, port), row, known, faults)
            elif (row is None) != (known is None) or row is not None and row[1] != known[0]:
                faults.append(f"{PROTO[opcode]} {port}: was answered {known}, is {row}")
            elif row is not None and abs(row[2] - (known[1] - time.monotonic())) > 5:
                faults.append(f"{PROTO[opcode]} {port}: {row[2]} s left of {known[1] - time.monotonic():.0f}")
        faults += [f"nobody asked for {key}: {row}" for key, row in mine.items()]
        self.in_flight.clear()
        return faults

    def adopt(self, key, row, known, faults):
        if row is None:
            if known is not None and self.in_flight[key] != 0:
                faults.append(f"{key}: lost during its renewal")
            self.live.pop(key, None)
        else:
            self.live[key] = (row[1], time.monotonic() + row[2])


def reached(prefix, sub, netns, rnd, address):
    """Whether a sample of the leases lets packets in."""
    keys = [key for key in sub.live if key[0] == UDP]
    for _, port in rnd.sample(keys, min(3, len(keys))):
        with namespace(prefix + netns):
            inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with namespace(prefix + "inet"):
            outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with inside, outside:
            inside.bind((sub.address, port))
            inside.settimeout(60)
            outside.bind(("203.0.113.2", 0))
            outside.sendto(b"?", (address, sub.live[UDP, port][0]))
            try:
                inside.recv(16)
            except TimeoutError:
                return False
    return True


def one_round(prefix, daemon, subs, rnd, ctl):
    end = time.monotonic() + rnd.uniform(0.02, 0.4)
    while time.monotonic() < end:
        for sub in subs.values():
            sub.fill()
        for sub in subs.values():
            sub.drain(0.001)
    daemon.kill()
    for sub in subs.values():
        sub.drain()
    daemon.start()
    shown = leases(*ctl)
    faults = []
    for netns, sub in subs.items():
        faults += sub.compare(shown)
        a = sub.client.address()
        if a.epoch < sub.epoch:
            faults.append(f"epoch {a.epoch} after {sub.epoch}")
        if not reached(prefix, sub, netns, rnd, a.address):
            faults.append(f"{sub.address}: a lease lets nothing in")
    return faults


# B-EP-4: kill -9, restart: ports, lease ends and epoch of every acknowledged lease
def main(prefix, build, work, telemetry, rounds):
    seed = random.randrange(1 << 32)
    rnd = random.Random(seed)
    print(f"seed {seed}")
    daemon = Daemon(prefix + "cgn", build, work)
    subs = {n: Subscriber(prefix + n, a, rnd) for n, a in HOSTS.items()}
    begin = time.monotonic()
    daemon.start()
    failed = 0
    for n in range(int(rounds)):
        faults = one_round(prefix, daemon, subs, rnd, (f"{build}/cgnctl", telemetry))
        failed += bool(faults)
        for fault in faults[:10]:
            print(f"    round {n}: {fault}", flush=True)
    status = daemon.stop()
    answers = sum(s.acknowledged for s in subs.values())
    live = sum(len(s.live) for s in subs.values())
    print(f"{rounds} kills in {time.monotonic() - begin:.0f} s, {failed} with losses")
    print(f"{answers} answers, {live} leases at the end")
    print(f"{'FAILED' if failed else 'ok'}: every acknowledged lease is there after each kill")
    print(f"{'FAILED' if status else 'ok'}: cgnd ends with 0")
    return failed != 0 or status != 0


sys.exit(main(*sys.argv[1:]))
