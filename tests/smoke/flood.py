# SPDX-License-Identifier: BSD-3-Clause
"""Send packets with forged sources at a rate, over a raw socket of one interface.

usage: flood.py INTERFACE MAC DESTINATION --sources FIRST/COUNT [--kind KIND] [--dport N] [--ttl N]
                [--rate N] [--seconds N]

KIND is udp (the default), syn (a TCP SYN), address or map (a NAT-PMP request, RFC 6886 sections 3.2 and 3.3).
Packet i has the source FIRST + i modulo COUNT and a source port that changes with i. MAC is where the
frames go; the frames come from the interface's own address. Prints how many were sent.
"""

import argparse
import ipaddress
import socket
import struct
import time

ETH_P_IP = 0x0800
TCP, UDP = 6, 17
NATPMP_PORT = 5351
BURST = 16


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def udp(sport, dport, payload):
    """A datagram without a checksum, which UDP over IPv4 allows."""
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def syn(source, destination, sport, dport, number):
    fields = (sport, dport, number & 0xFFFFFFFF, 0, 0x5002, 65535)
    pseudo = source + destination + struct.pack("!HH", TCP, 20)
    total = checksum(pseudo + struct.pack("!HHIIHHHH", *fields, 0, 0))
    return struct.pack("!HHIIHHHH", *fields, total, 0)


def transport(kind, source, destination, dport, number):
    """Protocol and payload of the packet with this number."""
    sport = 1024 + number % 60000
    if kind == "syn":
        return TCP, syn(source, destination, sport, dport, number * 64021)
    if kind == "address":
        return UDP, udp(sport, NATPMP_PORT, bytes(2))
    if kind == "map":
        return UDP, udp(sport, NATPMP_PORT, struct.pack("!BBHHHI", 0, 1, 0, sport, 0, 86400))
    return UDP, udp(sport, dport, bytes(12))


def packet(source, destination, ttl, protocol, data, ident):
    fields = (0x45, 0, 20 + len(data), ident, 0, ttl, protocol)
    head = struct.pack("!BBHHHBBH4s4s", *fields, 0, source, destination)
    return struct.pack("!BBHHHBBH4s4s", *fields, checksum(head), source, destination) + data


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("interface")
    parser.add_argument("mac")
    parser.add_argument("destination")
    parser.add_argument("--sources", required=True)
    parser.add_argument("--kind", choices=("udp", "syn", "address", "map"), default="udp")
    parser.add_argument("--ttl", type=int, default=64)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--dport", type=int, default=9)
    return parser.parse_args()


def main():
    args = arguments()
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
        for _ in range(BURST):
            source = (first + sent % count).to_bytes(4, "big")
            protocol, data = transport(args.kind, source, destination, args.dport, sent)
            try:
                sock.send(frame + packet(source, destination, args.ttl, protocol, data, sent & 0xFFFF))
            except OSError:
                lost += 1
            sent += 1
    print(f"sent {sent - lost} packets in {time.monotonic() - begin:.1f} s")


main()
