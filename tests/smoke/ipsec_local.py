#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Packets of IPsec for a local address of cgnd, whole and in fragments.

usage: ipsec_local.py send DST SIZE...    ESP, and UDP to ports 500 and 4500, so many octets each; above 1400 in fragments
       ipsec_local.py see DEVICE          prints what arrives there: source, protocol, port, octets, "whole" or "fragment"
"""

import socket
import struct
import sys

# Not scapy.all: that takes half a minute in user-mode Linux (scripts/test --esp).
from scapy.layers.inet import IP, UDP, fragment
from scapy.packet import Raw
from scapy.sendrecv import send

MTU = 1400


def make(dst, size):
    yield IP(dst=dst, id=size, proto=50) / Raw(struct.pack("!II", 0x12345678, 1) + bytes(size - 8))
    for port in 500, 4500:
        yield IP(dst=dst, id=size + port) / UDP(sport=port, dport=port) / Raw(bytes(size - 8))


def send_all(dst, *sizes):
    for size in map(int, sizes):
        for packet in make(dst, size):
            send(fragment(packet, fragsize=MTU) if size > MTU else packet, verbose=False)


def see(device):
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as s:
        s.bind((device, 0x0800))
        print("listening", flush=True)
        while True:
            packet = IP(s.recv(65535))
            port = packet.dport if UDP in packet else 0
            whole = "whole" if packet.frag == 0 and not packet.flags.MF else "fragment"
            print(packet.src, packet.proto, port, packet.len - 20, whole, flush=True)


{"send": send_all, "see": see}[sys.argv[1]](*sys.argv[2:])
