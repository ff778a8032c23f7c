#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sends one kind of packet again and again, until it is ended.

usage: trace_packets.py INTERFACE GATEWAY-MAC SOURCE KIND [DESTINATION [PORT]]
"""

import random
import socket
import sys
import time

from scapy.all import ICMP, IP, TCP, UDP, Ether


def packets(kind, src, dst, port):
    udp = IP(src=src, dst=dst) / UDP(sport=5000, dport=port) / (b"x" * 20)
    if kind == "udp":
        return [udp]
    if kind == "ttl":
        udp.ttl = 1
        return [udp]
    if kind == "mtu":
        return [IP(src=src, dst=dst, flags="DF") / UDP(sport=5000, dport=port) / (b"x" * 1472)]
    if kind == "checksum":
        udp.chksum = 0x1234
        return [udp]
    if kind == "ack":
        return [IP(src=src, dst=dst) / TCP(sport=5001, dport=port, flags="A", seq=1, ack=1)]
    if kind == "protocol":
        return [IP(src=src, dst=dst, proto=132) / (b"x" * 20)]
    if kind == "ports":
        return [IP(src=src, dst=dst) / UDP(sport=random.randrange(10000, 60000), dport=port) for _ in range(100)]
    if kind == "pings":
        return [IP(src=src, dst=dst) / ICMP(type=8, id=random.randrange(65536)) for _ in range(20)]
    raise SystemExit("no such kind: " + kind)


def main(iface, mac, src, kind, dst="203.0.113.1", port="9"):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((iface, 0))
    own = open(f"/sys/class/net/{iface}/address").read().strip()
    while True:
        for p in packets(kind, src, dst, int(port)):
            s.send(bytes(Ether(src=own, dst=mac) / p))
        time.sleep(0.2)


main(*sys.argv[1:])
