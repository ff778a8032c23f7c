#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Many requests.

usage: natpmp_load.py serial COUNT              one after the other, the times are printed
       natpmp_load.py paced COUNT [pcp]         40 in a second, of NAT-PMP or PCP
       natpmp_load.py flood SECONDS [pcp]       10,000 in a second, answers unread
       natpmp_load.py fuzz COUNT CGNCTL PREFIX  random and mutated ones
"""

import random
import socket
import sys
import time

import pcp_client
from natpmp_client import TCP, UDP, Client, leases, map_request

BATCH = 50  # requests between two that must be answered
MARK_PORT = 60000
HANG_S = 300


def report(what, times):
    times.sort()
    ms = [times[min(len(times) * q // 100, len(times) - 1)] * 1e3 for q in (50, 99)]
    print(
        f"{len(times)} {what}: answered in {ms[0]:.2f} ms (median), {ms[1]:.2f} ms (99th percentile),"
        f" {times[-1] * 1e3:.2f} ms (maximum), {sum(t > 0.25 for t in times)} over 250 ms"
    )


def verdict(text, holds):
    print(f"{'ok' if holds else 'FAILED'}: {text}", flush=True)
    return not holds


def request(n):
    """New leases, deletions of older ones, address queries."""
    kind, port = n % 5, 10000 + n // 5 % 1000
    if kind == 4:
        return b"\0\0"
    if kind < 2:
        return map_request((UDP, TCP)[kind], port, 0, 7200)
    return map_request((UDP, TCP)[kind - 2], 10000 + (port + 500) % 1000, 0, 0)


def pcp_request(n, address):
    """A new lease, its renewal, and its deletion, one after the other."""
    lifetime = 0 if n % 3 == 2 else 7200
    return pcp_client.header(1, lifetime, address) + pcp_client.map_data(5, pcp_client.UDP, 10000 + n // 3 % 1000)


def pcp_timed(client, data):
    def is_answer(answer):
        return answer[1] == 0x81 and answer[36:42] == data[36:42]

    begin = time.monotonic()
    answer = client.ask(data, is_answer)
    return time.monotonic() - begin, answer[3] == 0


def timed(client, data):
    """Ask, and take only what answers this: an earlier request that was sent again has two answers."""

    def is_answer(answer):
        return answer[1] == 128 + data[1] and (len(data) == 2 or answer[8:10] == data[4:6])

    begin = time.monotonic()
    answer = client.ask(data, is_answer)
    return time.monotonic() - begin, answer[2:4] == b"\0\0"


# B-RX-10: requests one after the other
def serial(count):
    client = Client()
    answers = [timed(client, request(n)) for n in range(count)]
    report("serial requests", [t for t, _ in answers])
    return verdict(f"{count} serial requests succeed", all(ok for _, ok in answers))


def paced(count, protocol="natpmp"):
    client = Client()
    answers = []
    for n in range(count):
        if protocol == "pcp":
            answers.append(pcp_timed(client, pcp_request(n, own_address(client))))
        else:
            answers.append(timed(client, request(n)))
        time.sleep(0.025)
    report("requests beside a flood", [t for t, _ in answers])
    return verdict(f"{count} requests beside a flood succeed", all(ok for _, ok in answers))


def own_address(client):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(client.server)
        return s.getsockname()[0]


def flood(seconds, protocol="natpmp"):
    client = Client()
    head = pcp_client.header(1, 120, own_address(client))
    start = time.monotonic()
    n = 0
    while (past := time.monotonic() - start) < seconds:
        while n < past * 10000:
            port = 1024 + n % 60000
            pcp = protocol == "pcp"
            client.send(head + pcp_client.map_data(9, pcp_client.UDP, port) if pcp else map_request(UDP, port, 0, 60))
            n += 1
        time.sleep(0.005)
    return 0


def is_lease_request(data):
    """What RFC 6886 reads as a request for a lease: its protocol and port, or None."""
    if len(data) < 12 or data[0] != 0 or data[1] not in (UDP, TCP):
        return None
    port, lifetime = int.from_bytes(data[4:6], "big"), int.from_bytes(data[8:12], "big")
    return ("udp" if data[1] == UDP else "tcp", port) if port != 0 and lifetime != 0 else None


def mutate(rnd):
    kind = rnd.random()
    if kind < 0.3:
        return rnd.randbytes(rnd.choice((0, 1, 2, 3, 8, 11, 12, 13, 24, 60, 1100)))
    ports = rnd.randrange(65536), rnd.randrange(65536)
    data = bytearray(map_request(rnd.choice((UDP, TCP)), *ports, rnd.randrange(9000)))
    if kind < 0.6:
        data += rnd.randbytes(rnd.choice((0, 1, 12, 48)))
    for _ in range(rnd.randrange(4)):
        data[rnd.randrange(len(data))] = rnd.choice((0, 1, 2, 127, 128, 255, rnd.randrange(256)))
    return bytes(data[: rnd.randrange(len(data) + 1)] if rnd.random() < 0.3 else data)


def batch(client, requests, serial_number):
    """Send these, and one request behind them that must be answered. Returns the answers to these.

    After a deletion of all leases, the ports that cgnd holds back can be all that the subscriber has: then the
    answer is a refusal, without the lifetime that was asked for.
    """
    mark = map_request(TCP, MARK_PORT, 0, 3600 + serial_number)
    got = []

    def is_mark(answer):
        refused = answer[2:4] != b"\0\0"
        if len(answer) == 16 and answer[8:10] == mark[4:6] and (refused or answer[12:] == mark[8:]):
            return True
        got.append(answer)
        return False

    for data in requests:
        client.send(data)
    client.ask(mark, is_mark)
    return got


# D-SEC-8: no crash, no state from what was rejected
def fuzz(count, cgnctl, prefix):
    seed = random.randrange(1 << 32)
    rnd = random.Random(seed)
    print(f"fuzz with seed {seed}")
    client = Client()
    for opcode in (UDP, TCP):
        client.delete(opcode, 0)
    asked, answers, failed = {("tcp", MARK_PORT)}, 0, 0
    begin = time.monotonic()
    for phase, wanted in (("rejected", count // 2), ("any", count - count // 2)):
        requests = []
        for n in range(wanted):
            data = mutate(rnd)
            if is_lease_request(data):
                if phase == "rejected":
                    data = bytes([rnd.randrange(1, 256)]) + data[1:]
                else:
                    asked.add(is_lease_request(data))
            requests.append(data)
            if len(requests) == BATCH or n == wanted - 1:
                answers += len(batch(client, requests, n // BATCH % 1000))
                requests.clear()
        mine = {key[1:] for key in leases(cgnctl, prefix) if key[0] == "100.64.0.11"}
        failed += verdict(f"{wanted} requests ({phase}): {len(mine)} leases, all asked for", mine <= asked)
    print(f"{count} requests, {answers} answers in {time.monotonic() - begin:.0f} s")
    foreign = {key for key in leases(cgnctl, prefix) if key[0] not in ("100.64.0.11", "100.64.0.12")}
    failed += verdict("nobody else has a lease", foreign == set())
    end = time.monotonic() + HANG_S
    while True:  # requests still on their way make leases after the deletion
        for opcode in (UDP, TCP):
            client.delete(opcode, 0)
        left = [key for key in leases(cgnctl, prefix) if key[0] == "100.64.0.11"]
        if not left or time.monotonic() > end:
            break
        time.sleep(1)
    failed += verdict("delete-all leaves nothing", left == [])
    return failed


def main(what, count, *args):
    return {"serial": serial, "paced": paced, "flood": flood, "fuzz": fuzz}[what](int(count), *args)


sys.exit(main(*sys.argv[1:]) != 0)
