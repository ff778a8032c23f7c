#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Ping through cgnd, also with equal identifiers and of odd sizes.
. "$(dirname "$0")/lib.sh"
in_device=$pcap_in
out_device=$pcap_out
topology
start_cgnd

# A-ICQ-1: echo requests from inside are answered
check "ping crosses cgnd" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
both() {
	in_ns sub1 ping -q -e 7 -c 5 -i 0.2 -W 60 203.0.113.1 &
	in_ns sub2 ping -q -e 7 -c 5 -i 0.2 -W 60 203.0.113.1
	wait $!
}
# A-ICQ-1: two hosts with the same identifier at once both get their answers
check "two subscribers ping with one identifier" both
# A-ICQ-5: own addresses answer echo
check "cgnd's inside address answers" in_ns sub1 ping -q -c 2 -i 0.2 -W 60 100.64.0.1
check "cgnd's outside address answers" in_ns inet ping -q -c 2 -i 0.2 -W 60 192.0.2.2
for size in 0 1 7 8 1471 1472; do
	check "ping of $size octets" in_ns sub1 ping -q -c 1 -W 60 -s $size 203.0.113.1
done
finish
