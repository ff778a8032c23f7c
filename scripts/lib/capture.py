# SPDX-License-Identifier: BSD-3-Clause
"""Captures: pcap (micro- and nanoseconds) and pcapng, of Ethernet, raw IP, Linux cooked and loopback."""

import struct

ETHERNET, NULL, RAW, LINUX_SLL, LINUX_SLL2 = 1, 0, 101, 113, 276
RAW_NUMBERS = (RAW, 12, 14, 228)
ETH_P_IP = 0x0800
VLAN_TAGS = (0x8100, 0x88A8, 0x9100)
LEAST = 8  # octets after the IP header, where the ports are
RECORD = struct.Struct("<IIII")


class CaptureError(ValueError):
    """The file is no capture that can be read."""


def read_pcap(path):
    """Link type, time stamp and frame of every packet of a pcap or pcapng file."""
    with open(path, "rb") as f:
        magic = f.read(4)
        f.seek(0)
        if magic == b"\x0a\x0d\x0d\x0a":
            yield from read_blocks(f, path)
        else:
            yield from read_records(f, path)


def read_records(f, path):
    head = f.read(24)
    orders = {b"\xd4\xc3\xb2\xa1": ("<", 1e6), b"\xa1\xb2\xc3\xd4": (">", 1e6)}
    orders |= {b"\x4d\x3c\xb2\xa1": ("<", 1e9), b"\xa1\xb2\x3c\x4d": (">", 1e9)}
    if len(head) < 24 or head[:4] not in orders:
        raise CaptureError(f"{path}: neither pcap nor pcapng")
    order, unit = orders[head[:4]]
    link = struct.unpack(order + "I", head[20:24])[0] & 0xFFFF
    record = struct.Struct(order + "IIII")
    while len(data := f.read(16)) == 16:
        sec, part, size, _ = record.unpack(data)
        frame = f.read(size)
        if len(frame) == size:  # the last record may be cut
            yield link, sec + part / unit, frame


def read_blocks(f, path):
    """pcapng: section headers, interfaces, packets; other blocks are passed over."""
    order, links = "<", []
    while len(head := f.read(8)) == 8:
        if head[:4] == b"\x0a\x0d\x0d\x0a":
            magic = f.read(4)
            order = "<" if magic == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
            size = struct.unpack(order + "I", head[4:])[0]
            f.seek(size - 12, 1)
            continue
        kind, size = struct.unpack(order + "II", head)
        if size < 12:
            raise CaptureError(f"{path}: a block of {size} octets")
        body = f.read(size - 8)[:-4]
        if kind == 1:
            links.append(interface(body, order))
        elif kind == 6 and len(body) >= 20:
            number, high, low, length, _ = struct.unpack_from(order + "IIIII", body)
            link, unit = links[number]
            yield link, (high << 32 | low) / unit, body[20 : 20 + length]
        elif kind == 3 and links:
            yield links[0][0], 0.0, body[4:]


def interface(body, order):
    """Link type of an interface and its time units per second."""
    link, at, unit = struct.unpack_from(order + "H", body)[0], 8, 1e6
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        if code == 9 and size == 1:
            value = body[at + 4]
            unit = 2.0 ** (value & 0x7F) if value & 0x80 else 10.0**value
        at += 4 + (size + 3) // 4 * 4
    return link, unit


def network_layer(link, frame):
    """What follows the link header, with its Ethernet type; VLAN tags are passed over."""
    if link in RAW_NUMBERS:
        return (ETH_P_IP if frame[:1] and frame[0] >> 4 == 4 else 0), frame
    if link == NULL:
        return (ETH_P_IP if 2 in (frame[0:1] + frame[3:4]) else 0), frame[4:]
    at = {ETHERNET: 12, LINUX_SLL: 14, LINUX_SLL2: 0}.get(link)
    if at is None:
        raise CaptureError(f"link type {link} is not supported")
    start = 20 if link == LINUX_SLL2 else at + 2
    kind = int.from_bytes(frame[at : at + 2], "big")
    while kind in VLAN_TAGS:
        kind = int.from_bytes(frame[start + 2 : start + 4], "big")
        start += 4
    return kind, frame[start:]


def read_ip4(path):
    """Time stamp and whole IPv4 packet of every frame; what is none comes as (time, reason)."""
    for link, time, frame in read_pcap(path):
        kind, data = network_layer(link, frame)
        if kind != ETH_P_IP:
            yield time, "not IPv4"
            continue
        size = int.from_bytes(data[2:4], "big")
        if len(data) < 20 or data[0] >> 4 != 4 or not 20 <= (data[0] & 15) * 4 <= size:
            yield time, "with a malformed header"
        elif len(data) < (data[0] & 15) * 4 + LEAST:
            yield time, "cut by the capture"
        else:
            # What a short capture has cut off is zero.
            yield time, data[:size].ljust(size, b"\0")


class PcapWriter:
    """Frames into a pcap file, or into anything else that can be written to."""

    def __init__(self, file):
        self.file = open(file, "wb") if isinstance(file, str) else file
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, ETHERNET))

    def write(self, time, frame):
        sec, usec = int(time), int(time % 1 * 1e6)
        self.file.write(RECORD.pack(sec, usec, len(frame), len(frame)) + frame)

    def write_ip4(self, time, packet):
        """An IPv4 packet, with an Ethernet header of zeros."""
        self.write(time, bytes(12) + b"\x08\x00" + packet)

    def close(self):
        self.file.close()
