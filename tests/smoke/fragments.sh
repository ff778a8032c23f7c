#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Ping in fragments through cgnd. Over AF_XDP, because net_af_packet asks the kernel to reassemble
# (PACKET_FANOUT_FLAG_DEFRAG) and then cuts the datagram to its frame size.
. "$(dirname "$0")/lib.sh"
in_device="net_af_xdp0,iface=in0"
out_device="net_af_xdp1,iface=out0"
topology
start_cgnd

# A-FRG-1, A-FRG-8: echoes cross in fragments both ways
check "ping of 4000 octets" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 -s 4000 203.0.113.1
for size in 1473 2952 2953 20000; do
	check "ping of $size octets" in_ns sub1 ping -q -c 1 -W 60 -s $size 203.0.113.1
done
finish
