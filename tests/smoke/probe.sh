#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Packets that no well-behaved program sends (probe.py).
. "$(dirname "$0")/lib.sh"
in_device=$pcap_in
out_device=$pcap_out
if has_xdp; then
	in_device=$xdp_in
	out_device=$xdp_out
fi
pool_addresses="[198.51.100.0/29, 192.0.2.77]"
nat_extra="syn_unreachable: false" # its answer comes six seconds later, in the middle of another test
wires
start_cgnd
/usr/bin/python3 "$here/probe.py" "${id}wire" || failures=1
finish
