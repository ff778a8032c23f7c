#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A session of lines over one TCP connection, as a shell would have it.

usage: restart_echo.py ADDRESS PORT STOP   sends numbered lines, which must come back in order, until the file STOP exists
"""

import os
import socket
import sys
import time

address, port, stop = sys.argv[1], int(sys.argv[2]), sys.argv[3]
n = 0
with socket.create_connection((address, port)) as s:
    lines = s.makefile("r")
    while not os.path.exists(stop):
        n += 1
        s.sendall(f"{n}\n".encode())
        got = lines.readline()
        if got != f"{n}\n":
            sys.exit(f"line {n} came back as {got!r}")
        time.sleep(0.1)
print(f"{n} lines")
