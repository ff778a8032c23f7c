#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# 200 connections at once.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
serve inet /usr/bin/python3 "$here/parallel.py" serve 9000
listening inet 9000

# A-TCP-1, A-MAP-8: every connection gets its own data back and has an external port of its own
check "200 parallel connections of one subscriber" python sub1 parallel.py ask 203.0.113.1 9000 200
finish
