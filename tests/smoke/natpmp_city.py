#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Many subscribers with five leases each, all of them behind one socket.

usage: natpmp_city.py make COUNT FILE              ask for leases, write down what was answered
       natpmp_city.py compare FILE CGNCTL PREFIX   cgnd shows these and no others
       natpmp_city.py reach FILE NAMESPACES        a sample is reached from outside
       natpmp_city.py browse FILE                  every subscriber opens flows
       natpmp_city.py renew FILE PERCENT           renew with the ports of before; so many must be given

The subscribers' addresses, 100.72.0.0/16, are local to the namespace this runs in.
"""

import collections
import itertools
import json
import pathlib
import random
import socket
import sys
import time

from natpmp_client import PORT, SERVER, TCP, UDP, decode, leases, map_request, namespace

EACH = 5  # leases of a subscriber
FLOWS = 3  # flows of a subscriber
PORTS = range(6000, 6000 + EACH)
WINDOW = 64  # requests under way
AGAIN_S = 1.0
PATIENCE_S = 180.0
LIFETIME = 86400
NAMES = {UDP: "udp", TCP: "tcp"}
IP_PKTINFO = 8


def opcode_of(port):
    return (UDP, TCP)[port % 2]


def subscribers(count):
    return [f"100.72.{n >> 8}.{n & 255}" for n in range(1, count + 1)]


class Street:
    """A socket that sends from any of the addresses."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)

    def send(self, source, data, to):
        info = bytes(4) + socket.inet_aton(source) + bytes(4)
        self.sock.sendmsg([data], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, to)

    def receive(self):
        """(address it was sent to, data), or None after a while."""
        self.sock.settimeout(AGAIN_S)
        try:
            data, ancillary, _, source = self.sock.recvmsg(2048, 64)
        except TimeoutError:
            return None
        if source != (SERVER, PORT):
            return None
        return socket.inet_ntoa(ancillary[0][2][8:12]), data


def ask_all(requests):
    """Requests {(address, inside port): suggested port}; the answers by the same keys."""
    street, answers = Street(), {}
    waiting = collections.OrderedDict()  # key -> when it was sent
    todo = iter(requests.items())
    progress = time.monotonic()

    def send(key, suggested):
        waiting[key] = time.monotonic()
        waiting.move_to_end(key)
        street.send(key[0], map_request(opcode_of(key[1]), key[1], suggested, LIFETIME), (SERVER, PORT))

    while True:
        for key, suggested in itertools.islice(todo, WINDOW - len(waiting)):
            send(key, suggested)
        if not waiting:
            return answers
        got = street.receive()
        if got is not None:
            answer = decode(got[1])
            key = (got[0], answer.port)
            if waiting.pop(key, None) is not None:
                answers[key] = answer
                progress = time.monotonic()
        now = time.monotonic()
        if now - progress > PATIENCE_S:
            sys.exit(f"FAILED: {len(waiting)} requests are not answered")
        while waiting and now - next(iter(waiting.values())) > AGAIN_S:
            key = next(iter(waiting))
            send(key, requests[key])


def verdict(text, holds):
    print(f"{'ok' if holds else 'FAILED'}: {text}", flush=True)
    return not holds


def make(count, path):
    keys = itertools.product(subscribers(int(count) // EACH), PORTS)
    begin = time.monotonic()
    answers = ask_all(dict.fromkeys(keys, 0))
    print(f"    {len(answers)} leases made in {time.monotonic() - begin:.1f} s")
    refused = [a for a in answers.values() if a.result != 0 or a.lifetime != LIFETIME]
    ports = {(k[0], k[1]): a.ext for k, a in answers.items()}
    pathlib.Path(path).write_text(json.dumps([[*k, p] for k, p in ports.items()]))
    return verdict(f"{count} leases of {int(count) // EACH} subscribers", refused == [] and len(ports) == int(count))


def read(path):
    return {(address, port): ext for address, port, ext in json.loads(pathlib.Path(path).read_text())}


def compare(path, cgnctl, prefix):
    mine = {(a, NAMES[opcode_of(port)], port): ext for (a, port), ext in read(path).items()}
    shown = {key: row[1] for key, row in leases(cgnctl, prefix).items()}
    wrong = [(k, mine.get(k), shown.get(k)) for k in mine.keys() | shown.keys() if mine.get(k) != shown.get(k)]
    for row in wrong[:5]:
        print("   ", *row)
    return verdict(f"{len(shown)} leases are shown, each with its port", wrong == [])


def reach(path, namespaces):
    rows = [row for row in read(path).items() if opcode_of(row[0][1]) == UDP]
    with namespace(namespaces + "inet"):
        outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    lost = 0
    for (address, port), ext in random.sample(rows, min(50, len(rows))):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside:
            inside.bind((address, port))
            inside.settimeout(60)
            # Where the subscriber is paired to: it says so itself.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.bind((address, 0))
                asking.settimeout(60)
                asking.sendto(b"\0\0", (SERVER, PORT))
                home = decode(asking.recv(64)).address
            outside.sendto(b"?", (home, ext))
            try:
                inside.recv(16)
            except TimeoutError:
                lost += 1
    outside.close()
    return verdict("a sample is reached from outside", lost == 0)


def browse(path):
    street = Street()
    sources = sorted({address for address, _ in read(path)})
    for n, source in enumerate(itertools.chain.from_iterable(itertools.repeat(sources, FLOWS))):
        street.send(source, b"page", ("203.0.113.1", 10000 + n // len(sources)))
        if n % 200 == 199:
            time.sleep(0.005)
    print(f"    {FLOWS * len(sources)} flows of {len(sources)} subscribers")
    return False


# B-EP-5: the suggested port of renewals rebuilds the old state
def renew(path, percent):
    before = read(path)
    begin = time.monotonic()
    answers = ask_all(before)
    same = sum(answers[k].ext == ext for k, ext in before.items())
    print(f"    {same} of {len(before)} ports given again, in {time.monotonic() - begin:.1f} s")
    return verdict(f"more than {percent} % of the leases get their old port", same * 100 > len(before) * int(percent))


COMMANDS = {"make": make, "compare": compare, "reach": reach, "browse": browse, "renew": renew}

sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]) != 0)
