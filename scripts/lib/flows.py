# SPDX-License-Identifier: BSD-3-Clause
"""Frames of many UDP flows as capture files, made in one piece with numpy.

Flow i belongs to inside host i / 63 and to one of 200 remotes; its number stands in the payload, so that
what leaves a NAT can be recognized. Checksums are right.
"""

import numpy as np

PER_HOST = 63
REMOTES = 200
HOSTS, REMOTE, PORT = 0x0A000000, 0xCB007101, 53  # 10.0.0.0/8, 203.0.113.1
RECORD, ETH, IP, UDP = 16, 14, 20, 8
# Octets of a frame without its checksum, and how many of each there are.
MIXES = {"64 B": {60: 1}, "IMIX": {60: 7, 590: 4, 1514: 1}, "1518 B": {1514: 1}}
PCAP_HEAD = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")


def mean_octets(mix):
    """Mean length of its frames on an Ethernet, with checksum."""
    sizes = MIXES[mix]
    return sum((size + 4) * n for size, n in sizes.items()) / sum(sizes.values())


def put(rows, at, values, octets):
    """Big-endian numbers into columns."""
    values = np.asarray(values, dtype=np.uint64)
    for i in range(octets):
        rows[:, at + i] = (values >> np.uint64(8 * (octets - 1 - i))) & np.uint64(255)


def get(rows, at, octets):
    value = np.zeros(len(rows), dtype=np.int64)
    for i in range(octets):
        value = value << 8 | rows[:, at + i]
    return value


def checksum(total):
    total = np.asarray(total, dtype=np.int64)
    for _ in range(3):
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def words(value):
    return (value >> 16) + (value & 0xFFFF)


def rows_of(size, header, src, sport, dst, dport, number):
    """One capture record a row: the frames of these endpoints, all of one size."""
    rows = np.zeros((len(number), RECORD + size), dtype=np.uint8)
    for at in (8, 12):
        rows[:, at : at + 4] = np.frombuffer(np.uint32(size).tobytes(), dtype=np.uint8)
    rows[:, RECORD : RECORD + ETH] = np.frombuffer(header, dtype=np.uint8)
    ip = RECORD + ETH
    total = size - ETH
    fixed = 0x4500 + total + (64 << 8 | 17)
    put(rows, ip, 0x4500, 2)
    put(rows, ip + 2, total, 2)
    put(rows, ip + 8, 64 << 8 | 17, 2)
    put(rows, ip + 10, checksum(fixed + words(src) + words(dst)), 2)
    put(rows, ip + 12, src, 4)
    put(rows, ip + 16, dst, 4)
    udp, length = ip + IP, total - IP
    put(rows, udp, sport, 2)
    put(rows, udp + 2, dport, 2)
    put(rows, udp + 4, length, 2)
    put(rows, udp + UDP, number, 4)
    pseudo = words(src) + words(dst) + 17 + length
    put(rows, udp + 6, checksum(pseudo + sport + dport + length + words(number)), 2)
    return rows


def write(path, mix, header, src, sport, dst, dport, number):
    """Frames of these endpoints, in their order, with the sizes of a mix."""
    pattern = [size for size, n in MIXES[mix].items() for _ in range(n)]
    whole = len(number) // len(pattern) * len(pattern)
    columns = []
    for i, size in enumerate(pattern):
        part = slice(i, whole, len(pattern))
        columns.append(rows_of(size, header, src[part], sport[part], dst[part], dport[part], number[part]))
    with open(path, "wb") as f:
        f.write(PCAP_HEAD)
        np.concatenate(columns, axis=1).tofile(f)
    return whole


class Flows:
    """That many flows in random order."""

    def __init__(self, n):
        self.n = n
        self.number = np.random.default_rng(n).permutation(n).astype(np.int64)
        self.external = None  # address and port of each flow, once learned

    def inside(self, number):
        return HOSTS + 256 + number // PER_HOST, 1024 + number % PER_HOST * 7 + number % 50000

    def remote(self, number):
        return REMOTE + number % REMOTES, np.full(len(number), PORT, dtype=np.int64)

    def write_out(self, path, mix, header, half=False):
        """The way out; with half, only the even flows. @return frames"""
        number = self.number[self.number % 2 == 0] if half else self.number
        return write(path, mix, header, *self.inside(number), *self.remote(number), number)

    def write_in(self, path, mix, header):
        """The way back of the odd flows, to the external endpoints that were learned. @return frames"""
        number = self.number[self.number % 2 == 1]
        address, port = (column[number] for column in self.external)
        return write(path, mix, header, *self.remote(number), address, port, number)

    def learn(self, path):
        """External endpoints from a record of all flows in 64 B frames. @return flows that are missing"""
        data = np.fromfile(path, dtype=np.uint8)[len(PCAP_HEAD) :]
        size = RECORD + 60
        rows = data[: len(data) // size * size].reshape(-1, size)
        ip = RECORD + ETH
        rows = rows[(rows[:, ip - 2] == 8) & (rows[:, ip - 1] == 0)]
        number = get(rows, ip + IP + UDP, 4)
        if self.external is None:
            self.external = np.zeros(self.n, dtype=np.int64), np.zeros(self.n, dtype=np.int64)
        self.external[0][number] = get(rows, ip + 12, 4)
        self.external[1][number] = get(rows, ip + IP, 2)
        return int(np.count_nonzero(self.external[0] == 0))
