#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sends numbered lines to a command that sends them back in order.

usage: lines.py STOP COMMAND...   a line each 100 ms, until the file STOP exists
"""

import os
import subprocess
import sys
import time

stop, command = sys.argv[1], sys.argv[2:]
n = 0
with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
    while not os.path.exists(stop):
        n += 1
        p.stdin.write(f"{n}\n")
        p.stdin.flush()
        got = p.stdout.readline()
        if got != f"{n}\n":
            sys.exit(f"line {n} came back as {got!r}")
        print(f"line {n}", flush=True)
        time.sleep(0.1)
    p.stdin.close()
if p.returncode != 0:
    sys.exit(f"{command[0]} ended with {p.returncode}")
print(f"{n} lines came back")
