#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Single packets for the test of the host plane.

usage: host.py send SRC DST DPORT TTL [DEVICE]   a UDP datagram with this source, by a raw socket; IPv4 or IPv6
       host.py receive ADDRESS PORT COUNT        UDP datagrams: prints source and TTL of each
"""

import socket
import struct
import sys

IP_RECVTTL = 12  # linux/in.h; the module does not have it


def send(src, dst, dport, ttl, device=""):
    data = b"host plane"
    udp = struct.pack("!HHHH", 49152, int(dport), 8 + len(data), 0) + data
    family = socket.AF_INET6 if ":" in src else socket.AF_INET
    if family == socket.AF_INET:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 7, 0, int(ttl), 17, 0)  # the kernel adds the checksum
    else:
        ip = struct.pack("!IHBB", 6 << 28, len(udp), 17, int(ttl))
    ip += socket.inet_pton(family, src) + socket.inet_pton(family, dst)
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        if device:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        s.sendto(ip + udp, (dst, 0))


def receive(address, port, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        s.bind((address, int(port)))
        for _ in range(int(count)):
            _, ancillary, _, source = s.recvmsg(2000, 100)
            ttl = struct.unpack("i", ancillary[0][2])[0]
            print(source[0], ttl, flush=True)


{"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
