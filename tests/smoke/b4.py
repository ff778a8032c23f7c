#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A B4 for kernels without ip6tnl: a TUN device on one side, a raw IPv6 socket on the other.

usage: b4.py DEVICE LOCAL REMOTE

The kernel's IPv6 fragments and reassembles the outer packets, as it would for its own tunnel."""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000
BURST = 64


def main():
    device, local, remote = sys.argv[1:]
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN_NO_PI))
    wire = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_IPIP)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        wire.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
    wire.bind((local, 0))
    wire.connect((remote, 0))
    wire.setblocking(False)
    while True:
        for fd in select.select([tun, wire], [], [])[0]:
            try:
                for _ in range(BURST):
                    if fd == tun:
                        wire.send(os.read(tun, 65535))
                    else:
                        os.write(tun, wire.recv(65535))
            except BlockingIOError:
                pass
            except OSError as error:  # what the other side does not take now is lost, as on a wire
                print(error, flush=True)


if __name__ == "__main__":
    main()
