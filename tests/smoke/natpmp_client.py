#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""NAT-PMP (RFC 6886) octet by octet: a client that shows and judges every field.

usage: natpmp_client.py address
       natpmp_client.py udp|tcp PORT [SUGGESTED [LIFETIME]]
       natpmp_client.py listen SECONDS COUNT [natpmp]
Asks 100.64.0.1, or $NATPMP_SERVER. listen prints what arrives at the announcement port: seconds since the start, source,
octets. With "natpmp", it skips announcements of PCP, which come to the same port.
"""

import collections
import contextlib
import json
import os
import pathlib
import select
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))
from wire import CLONE_NEWNET, libc, setns  # noqa: E402

SERVER, PORT, ANNOUNCE_PORT = os.environ.get("NATPMP_SERVER", "100.64.0.1"), 5351, 5350
ADDRESS, UDP, TCP = 0, 1, 2
OPCODES = {"udp": UDP, "tcp": TCP}
ADDRESS_ANSWER = struct.Struct("!BBHI4s")
MAP_REQUEST = struct.Struct("!BBHHHI")
MAP_ANSWER = struct.Struct("!BBHIHHI")
# RFC 6886 section 3.1, but for the end: a busy machine may drop many of them, and nothing fails on a time.
WAITS_S = (0.25, 0.5, 1, 2, 4) + (8,) * 10

Mapping = collections.namedtuple("Mapping", "version opcode result epoch port ext lifetime")
Address = collections.namedtuple("Address", "version opcode result epoch address")


@contextlib.contextmanager
def namespace(name):
    """Sockets made in here live in the network namespace of that name ("ip netns")."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        setns(f"/run/netns/{name}")
        yield
    finally:
        libc.setns(here, CLONE_NEWNET)
        os.close(here)


def map_request(opcode, port, suggested=0, lifetime=3600, reserved=0):
    return MAP_REQUEST.pack(0, opcode, reserved, port, suggested, lifetime)


def decode(data):
    """An answer of 12 or 16 octets by its fields."""
    if len(data) == ADDRESS_ANSWER.size:
        *fields, address = ADDRESS_ANSWER.unpack(data)
        return Address(*fields, socket.inet_ntoa(address))
    if len(data) == MAP_ANSWER.size:
        return Mapping(*MAP_ANSWER.unpack(data))
    raise ValueError(f"an answer of {len(data)} octets: {data.hex()}")


class Client:
    """One host's socket for NAT-PMP."""

    def __init__(self, netns=None, address="", server=SERVER):
        with namespace(netns) if netns else contextlib.nullcontext():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((address, 0))
        self.server = (server, PORT)

    def send(self, data):
        self.sock.sendto(data, self.server)

    def receive(self, timeout=0.0):
        """The next datagram from the server's address and port, or None."""
        end = time.monotonic() + timeout
        while select.select([self.sock], [], [], max(end - time.monotonic(), 0))[0]:
            data, source = self.sock.recvfrom(65536)
            if source == self.server:
                return data
            print(f"    from {source}, not from the server: {data.hex()}")
        return None

    def ask(self, data, is_answer=lambda data: True):
        """Send until it is answered; the answer's octets."""
        for wait in WAITS_S:
            self.send(data)
            end = time.monotonic() + wait
            while (answer := self.receive(max(end - time.monotonic(), 0))) is not None:
                if is_answer(answer):
                    return answer
        raise TimeoutError(f"no answer to {data.hex()}")

    def address(self):
        return decode(self.ask(b"\0\0"))

    def map(self, opcode, port, suggested=0, lifetime=3600):
        def mine(data):
            return len(data) == 16 and data[1] == 128 + opcode and data[8:10] == port.to_bytes(2, "big")

        return decode(self.ask(map_request(opcode, port, suggested, lifetime), mine))

    def delete(self, opcode, port):
        return self.map(opcode, port, 0, 0)


def leases(cgnctl, prefix):
    """What cgnd shows: {(inside address, "udp" or "tcp", inside port): (address, port, seconds left)}."""
    out = subprocess.run(
        [cgnctl, "--prefix", prefix, "--json", "mappings", "show"], check=True, capture_output=True
    ).stdout
    rows = json.loads(out)
    if isinstance(rows, dict):
        rows = next(v for v in rows.values() if isinstance(v, list))
    found = {}
    for row in rows:
        if row["kind"] == "explicit":
            (address, port), (ext, ext_port) = (row[k].rsplit(":", 1) for k in ("in", "ext"))
            found[address, row["protocol"], int(port)] = (ext, int(ext_port), row["expires_s"])
    return found


def listen(seconds, count, protocol="any"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", ANNOUNCE_PORT))
        start = time.monotonic()
        while count > 0 and (left := start + seconds - time.monotonic()) > 0:
            if select.select([sock], [], [], left)[0]:
                data, source = sock.recvfrom(2048)
                if protocol == "natpmp" and data[:1] == b"\2":
                    continue
                print(f"{time.monotonic() - start:.3f} {source[0]} {source[1]} {data.hex()}", flush=True)
                count -= 1


def main(what, *args):
    if what == "listen":
        listen(float(args[0]), int(args[1]), *args[2:])
        return
    client = Client()
    answer = client.address() if what == "address" else client.map(OPCODES[what], *map(int, args))
    print(*(f"{k}={v}" for k, v in answer._asdict().items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
