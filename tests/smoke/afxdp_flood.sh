#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# One station forges many on-link sources over AF_XDP. Every packet makes cgnd answer with an ICMP error to a
# neighbour that does not exist. Afterwards the ports still receive and send.
. "$(dirname "$0")/lib.sh"
if ! has_xdp; then
	echo "skipped: this kernel has no AF_XDP sockets"
	exit 77
fi
in_device=$xdp_in
out_device=$xdp_out
natpmp="{role: server}"
pool_addresses=$public_pool
source_check=route # the forged sources get as far as the answers
topology
start_cgnd

mac_of_cgnd() {
	in_ns cgn cat /sys/class/net/in0/address
}
flood() {
	python sub1 flood.py eth0 "$(mac_of_cgnd)" 203.0.113.1 --ttl 1 --sources 100.65.0.1/60000 "$@"
}
serves_the_neighbour() {
	in_ns sub2 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
	in_ns sub2 natpmpc -g 100.64.0.1
}

check "a subscriber is served before" retry serves_the_neighbour
check "the flood is sent" flood --rate 2000 --seconds 12
check "a subscriber is served afterwards" retry serves_the_neighbour
# What the flood left waiting for neighbours has gone: the port works as before for as many packets.
check "the flood is sent again" flood --rate 2000 --seconds 12
check "a subscriber is served after the second one" retry serves_the_neighbour
ctl counters show | grep -iE 'mbuf|punt|icmp|neigh' || :
finish
