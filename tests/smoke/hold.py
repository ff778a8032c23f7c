#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds a TCP connection on which nothing is sent.

usage: hold.py serve|connect ADDRESS PORT
Prints "up" with the address of the peer, and then how the connection ends: "reset" or "closed".
"""

import socket
import sys


def hold(s):
    print("up", s.getpeername()[0], flush=True)
    try:
        s.recv(1)
        print("closed", flush=True)
    except ConnectionResetError:
        print("reset", flush=True)


def main(role, address, port):
    if role == "connect":
        hold(socket.create_connection((address, int(port))))
        return
    with socket.create_server((address, int(port))) as server:
        hold(server.accept()[0])


main(*sys.argv[1:])
