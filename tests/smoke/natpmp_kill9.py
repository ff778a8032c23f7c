#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""No acknowledged lease of NAT-PMP or PCP is lost, whenever cgnd is killed.

usage: natpmp_kill9.py NAMESPACES BUILD WORK PREFIX ROUNDS
Two subscribers keep requests in flight (new leases, renewals, deletions) until cgnd is killed at a random
moment. What was answered until then must be so after the restart; what was in flight may be either way.
Each port speaks one protocol. Those of PCP have a nonce each: after the restart, the leases still belong to their
nonces.
"""

import pathlib
import random
import socket
import struct
import subprocess
import sys
import time

import pcp_client
from natpmp_client import TCP, UDP, Client, Mapping, decode, leases, map_request, namespace

HOSTS = {"sub1": "100.64.0.11", "sub2": "100.64.0.12"}
PROTO = {UDP: "udp", TCP: "tcp"}
PORTS = range(10000, 10150)
PCP_PORTS = range(10100, 10150)  # of these
NOT_AUTHORIZED = 2
WINDOW = 8  # requests in flight of each subscriber
LIFETIME_S = (1000, 80000)


PCP_PROTO = {UDP: pcp_client.UDP, TCP: pcp_client.TCP}


def pcp_answer(data):
    """The answer to a request of PCP as one of NAT-PMP."""
    if len(data) != 60 or data[:2] != b"\2\x81":
        sys.exit(f"FAILED: no answer to a request of ours: {data.hex()}")
    lifetime, epoch = struct.unpack_from("!II", data, 4)
    port, ext = struct.unpack_from("!HH", data, 40)
    return Mapping(2, 128 + (UDP if data[36] == pcp_client.UDP else TCP), data[3], epoch, port, ext, lifetime)


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
            suggested = self.rnd.choice((0, 30000 + key[1]))
            self.client.send(self.request(key, suggested, lifetime, self.nonce(key)))

    def nonce(self, key):
        """The nonce of a port of PCP. Each host has its own ones."""
        return int(self.address.rsplit(".", 1)[1]) << 64 | key[0] << 32 | key[1]

    def request(self, key, suggested, lifetime, nonce):
        opcode, port = key
        if port not in PCP_PORTS:
            return map_request(opcode, port, suggested, lifetime)
        head = pcp_client.header(1, lifetime, self.address)
        return head + pcp_client.map_data(nonce, PCP_PROTO[opcode], port, suggested)

    def drain(self, timeout=0.0):
        while (data := self.client.receive(timeout)) is not None:
            timeout = 0.0
            a = decode(data) if data[0] == 0 else pcp_answer(data)
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


def owned(sub, rnd):
    """Faults: a sample of the leases of PCP must be those of their nonces still. NAT-PMP and others may not end them."""
    faults = []
    for key in rnd.sample(keys := sorted(k for k in sub.live if k[1] in PCP_PORTS), min(3, len(keys))):
        for nonce, result in ((sub.nonce(key) + 1, NOT_AUTHORIZED), (sub.nonce(key), 0)):
            request = sub.request(key, 0, 80000, nonce)
            a = pcp_answer(sub.client.ask(request, lambda data, want=request[24:36]: data[24:36] == want))
            if a.result != result or result == 0 and a.ext != sub.live[key][0]:
                faults.append(f"{sub.address} {key}: nonce {nonce:x} gets {a}, told before: {sub.live[key]}")
            if a.result == 0:
                sub.live[key] = (a.ext, time.monotonic() + a.lifetime)
    return faults


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
        faults += owned(sub, rnd)
        if not reached(prefix, sub, netns, rnd, a.address):
            faults.append(f"{sub.address}: a lease lets nothing in")
    return faults


# B-EP-4, E-EP-1, E-MAP-3: kill -9, restart: ports, lease ends, nonces and epoch of every acknowledged lease
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
    pcp = sum(k[1] in PCP_PORTS for s in subs.values() for k in s.live)
    print(f"{answers} answers, {live} leases at the end, {pcp} of them by PCP")
    print(f"{'FAILED' if failed else 'ok'}: every acknowledged lease is there after each kill")
    print(f"{'FAILED' if status else 'ok'}: cgnd ends with 0")
    return failed != 0 or status != 0


sys.exit(main(*sys.argv[1:]))
