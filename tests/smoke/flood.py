# SPDX-License-Identifier: BSD-3-Clause
"""Send UDP packets with forged sources at a rate, over a raw socket of one interface.

usage: flood.py INTERFACE MAC DESTINATION --sources FIRST/COUNT [--ttl N] [--rate N] [--seconds N] [--dport N]

Packet i has the source FIRST + i modulo COUNT and a source port that changes with i. MAC is where the
frames go; the frames come from the interface's own address. Prints how many were sent.
"""

import argparse
import ipaddress
import socket
import struct
import time

ETH_P_IP = 0x0800


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def packet(source, destination, ttl, sport, dport, ident):
    """An IPv4 packet with a UDP datagram of 12 octets; its checksum is left out, which UDP allows."""
    data = struct.pack("!HHHH12s", sport, dport, 20, 0, b"")
    fields = (0x45, 0, 20 + len(data), ident, 0, ttl, 17)
    head = struct.pack("!BBHHHBBH4s4s", *fields, 0, source, destination)
    return struct.pack("!BBHHHBBH4s4s", *fields, checksum(head), source, destination) + data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("interface")
    parser.add_argument("mac")
    parser.add_argument("destination")
    parser.add_argument("--sources", required=True)
    parser.add_argument("--ttl", type=int, default=64)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--dport", type=int, default=9)
    args = parser.parse_args()

    first, count = args.sources.split("/")
    first, count = int(ipaddress.IPv4Address(first)), int(count)
    destination = ipaddress.IPv4Address(args.destination).packed
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((args.interface, ETH_P_IP))
    frame = bytes.fromhex(args.mac.replace(":", "")) + sock.getsockname()[4] + struct.pack("!H", ETH_P_IP)
    begin = time.monotonic()
    sent = lost = 0
    # Counted, not timed: a slow machine sends the same packets later.
    while sent < args.rate * args.seconds:
        wait = begin + sent / args.rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        for _ in range(16):
            source = (first + sent % count).to_bytes(4, "big")
            ip = packet(source, destination, args.ttl, 1024 + sent % 60000, args.dport, sent & 0xFFFF)
            try:
                sock.send(frame + ip)
            except OSError:
                lost += 1
            sent += 1
    print(f"sent {sent - lost} packets in {time.monotonic() - begin:.1f} s")


main()
