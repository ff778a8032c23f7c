# SPDX-License-Identifier: BSD-3-Clause
"""Captures: pcap (micro- and nanoseconds) and pcapng, of the link types in linktypes.py."""

import struct

from linktypes import IP4, IP6, contents

ETHERNET = 1
LEAST = 8  # octets after the IP header, where the ports are
RECORD = struct.Struct("<IIII")
RECORD_MAX = 1 << 27  # octets of a packet or a block; more is a damaged length
COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd", b"\xfd7": "xz", b"\x04\x22": "lz4"}
CUT_OFF = None  # the link type of what the end of the file has cut


class CaptureError(ValueError):
    """The file is no capture that can be read."""


def read_pcap(path):
    """Link type, time stamp and frame of every packet of a pcap or pcapng file."""
    with open(path, "rb") as f:
        magic = f.read(4)
        f.seek(0)
        if magic[:2] in COMPRESSED:
            raise CaptureError(f"{path}: compressed with {COMPRESSED[magic[:2]]}; decompress it first")
        yield from read_blocks(f, path) if magic == b"\x0a\x0d\x0d\x0a" else read_records(f, path)


def read_records(f, path):
    head = f.read(24)
    orders = {b"\xd4\xc3\xb2\xa1": ("<", 1e6), b"\xa1\xb2\xc3\xd4": (">", 1e6)}
    orders |= {b"\x4d\x3c\xb2\xa1": ("<", 1e9), b"\xa1\xb2\x3c\x4d": (">", 1e9)}
    if head[:4] not in orders:
        raise CaptureError(f"{path}: neither pcap nor pcapng")
    if len(head) < 24:
        raise CaptureError(f"{path}: the file ends within its header")
    order, unit = orders[head[:4]]
    link = struct.unpack(order + "I", head[20:24])[0] & 0xFFFF
    record = struct.Struct(order + "IIII")
    while data := f.read(16):
        sec, part, size = record.unpack(data.ljust(16, b"\0"))[:3]
        if size > RECORD_MAX:
            raise CaptureError(f"{path}: damaged: a packet of {size} octets at octet {f.tell() - 16}")
        frame = f.read(size)
        yield (link if len(data) == 16 and len(frame) == size else CUT_OFF), sec + part / unit, frame


def read_blocks(f, path):
    """pcapng: section headers, interfaces, packets; other blocks are passed over."""
    order, links = "<", []
    while head := f.read(8):
        magic = f.read(4) if head[:4] == b"\x0a\x0d\x0d\x0a" else b""
        if magic:
            order, links = ("<" if magic == b"\x4d\x3c\x2b\x1a" else ">"), []
        kind, size = struct.unpack(order + "II", head.ljust(8, b"\0"))
        rest = size - len(head) - len(magic)
        if len(head) == 8 and not 4 <= rest <= RECORD_MAX:
            raise CaptureError(f"{path}: damaged: a block of {size} octets at octet {f.tell() - 8 - len(magic)}")
        body = f.read(max(rest, 0))
        if len(body) < rest or len(head) < 8:
            yield CUT_OFF, 0.0, b""
        elif not magic:
            try:
                yield from read_block(kind, body[:-4], order, links)
            except (struct.error, IndexError):
                text = f"a block of type {kind} at octet {f.tell() - size}"
                raise CaptureError(f"{path}: damaged: {text} is too short or of no interface") from None


def read_block(kind, body, order, links):
    """One block: an interface to remember, or a packet, or neither."""
    if kind == 1:
        links.append(interface(body, order))
    elif kind in (2, 6):  # a packet, as it was once written or as it is today
        number, high, low, length, _ = struct.unpack_from(order + "IIIII", body)
        if kind == 2:
            number = struct.unpack_from(order + "H", body)[0]
        link, unit, offset = links[number]
        yield link, offset + (high << 32 | low) / unit, body[20 : 20 + length]
    elif kind == 3:
        yield links[0][0], 0.0, body[4 : 4 + struct.unpack_from(order + "I", body)[0]]


def interface(body, order):
    """Link type of an interface, its time units per second, and the second that its time begins with."""
    link, at, unit, offset = struct.unpack_from(order + "HHI", body)[0], 8, 1e6, 0
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        if code == 9 and size == 1:
            value = body[at + 4]
            unit = 2.0 ** (value & 0x7F) if value & 0x80 else 10.0**value
        elif code == 14 and size == 8:
            offset = struct.unpack_from(order + "q", body, at + 4)[0]
        at += 4 + (size + 3) // 4 * 4
    return link, unit, offset


def whole_ip4(data):
    """The IPv4 packet that these octets begin with, or why there is none."""
    header = (data[0] & 15) * 4 if data else 0
    # A card that cuts for the link fills in the length itself: 0 is all that is there.
    size = int.from_bytes(data[2:4], "big") or len(data)
    if len(data) < 20 or data[0] >> 4 != 4 or not 20 <= header <= size:
        return "with a malformed header"
    if len(data) < header + LEAST:
        return "cut by the capture"
    if data[2:4] == b"\0\0" and size <= 0xFFFF:
        data = data[:2] + size.to_bytes(2, "big") + data[4:]
    # What a short capture has cut off is zero.
    return data[:size].ljust(size, b"\0")


def read_ip4(path):
    """Time stamp and whole IPv4 packet of every frame; what is none comes as (time, reason)."""
    others = {IP6: "IPv6"}
    for link, time, frame in read_pcap(path):
        if link is CUT_OFF:
            yield time, "cut off by the end of the file"
            continue
        for content in contents(link, frame):
            if isinstance(content, str):
                yield time, content
            else:
                kind, data = content
                yield time, whole_ip4(data) if kind == IP4 else others.get(kind, "not IP")


class PcapWriter:
    """Frames into a pcap file, or into anything else that can be written to."""

    def __init__(self, file):
        self.file = open(file, "wb") if isinstance(file, str) else file
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, ETHERNET))

    def write(self, time, frame):
        sec, usec = int(time) & 0xFFFFFFFF, int(time % 1 * 1e6)  # the time of a capture may be nonsense
        self.file.write(RECORD.pack(sec, usec, len(frame), len(frame)) + frame)

    def write_ip4(self, time, packet):
        """An IPv4 packet, with an Ethernet header of zeros."""
        self.write(time, bytes(12) + b"\x08\x00" + packet)

    def close(self):
        self.file.close()
