#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two subscribers use one source port; one subscriber one port towards several servers.
. "$(dirname "$0")/lib.sh"
pool_addresses="[198.51.100.3]"
topology
start_cgnd
reflector

differ() {
	local a b
	a=$(external sub1 "$1" 5000)
	b=$(external sub2 "$1" 5000)
	echo "sub1 is $a, sub2 is $b"
	[ -n "$a" ] && [ -n "$b" ] && [ "$a" != "$b" ]
}
stays() {
	local first again
	first=$(external sub1 "$1" 5001 203.0.113.1)
	for server in 203.0.113.2 203.0.113.3 192.0.2.1; do
		again=$(external sub1 "$1" 5001 "$server")
		echo "$server sees $again"
		[ "$again" = "$first" ]
	done
}
for proto in udp tcp; do
	# A-MAP-8: one external port never stands for two inside endpoints
	check "equal source ports of two subscribers differ outside ($proto)" differ $proto
	# A-MAP-1, A-MAP-2, A-POOL-1: one external endpoint for every destination
	check "the external port does not depend on the destination ($proto)" stays $proto
done
finish
