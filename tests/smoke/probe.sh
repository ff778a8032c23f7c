#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Packets that no well-behaved program sends (probe.py).
. "$(dirname "$0")/lib.sh"
wires
start_cgnd
/usr/bin/python3 "$here/probe.py" "${id}wire" || failures=1
finish
