#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams to the NAT-PMP port of an AFTR that nothing is made for, each from a home of its own: no requests,
unknown versions, unknown opcodes.

usage: b4_strangers.py INTERFACE DESTINATION-MAC AFTR PREFIX COUNT

PREFIX is a /40; the homes are its /56s."""

import ipaddress
import socket
import struct
import sys

SOURCE, TARGET, PORT = "192.168.1.10", "192.0.0.1", 5351
PAYLOADS = (b"\x00\x81\x00\x00", b"\x09\x00", b"\x00\x63", b"hello", b"")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def inner(payload):
    udp = struct.pack("!HHHH", 7777, PORT, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       socket.inet_aton(SOURCE), socket.inet_aton(TARGET))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def main():
    interface, mac, aftr, prefix, count = sys.argv[1:]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    ether = bytes.fromhex(mac.replace(":", "")) + wire.getsockname()[4] + b"\x86\xdd"
    first = int(ipaddress.IPv6Network(prefix)[0])
    target = ipaddress.IPv6Address(aftr).packed
    packets = [inner(payload) for payload in PAYLOADS]
    for i in range(int(count)):
        packet = packets[i % len(packets)]
        source = ipaddress.IPv6Address(first + (i << 72) + 1).packed
        head = struct.pack("!IHBB", 6 << 28, len(packet), 4, 64)
        wire.send(ether + head + source + target + packet)
    print(f"{count} datagrams of as many homes sent")


if __name__ == "__main__":
    main()
