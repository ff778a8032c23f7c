#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cgnd is one hop, in both directions.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
reflector

hops() {
	awk 'NR > 1 { print $2 }' "$work/route" | paste -sd ' '
}
outwards() {
	in_ns sub1 traceroute -n -q 1 -N 1 -w 30 -m 5 "$@" 203.0.113.1 >"$work/route"
	cat "$work/route"
	[ "$(hops)" = "100.64.0.1 203.0.113.1" ]
}
inwards() {
	read -r address port <<<"$(external sub1 udp 40000)"
	echo "mapping $address $port"
	in_ns inet traceroute -n -q 1 -N 1 -w 30 -m 5 -U -p "$port" "$address" >"$work/route"
	cat "$work/route"
	[ "$(hops)" = "192.0.2.2 $address" ]
}
# A-HDR-1, A-ICE-5: cgnd is one hop for UDP, and the answer shows the server's own address
check "traceroute with UDP from inside" outwards -U -p 33434
# A-HDR-1: one hop for ICMP
check "traceroute with ICMP from inside" outwards -I
# A-HDR-1: one hop for TCP
check "traceroute with TCP from inside" outwards -T -p 7000
# A-HDR-1, A-ICE-6: from outside to a mapped port; the host's error comes from the external address
check "traceroute from outside" inwards
finish
