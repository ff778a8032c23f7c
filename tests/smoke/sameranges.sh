#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The outside link has addresses of the inside range.
. "$(dirname "$0")/lib.sh"
out_address=100.64.200.2/24
out_via=100.64.200.1
topology
start_cgnd
reflector

pool_address() {
	external sub1 "$1" 5000 | tee "$work/seen"
	grep -q '^198.51.100.[0-7] ' "$work/seen"
}
# A-ADR-1: equal ranges on both sides do not meet
check "UDP crosses between equal ranges" pool_address udp
check "TCP crosses between equal ranges" pool_address tcp
check "ping crosses between equal ranges" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
finish
