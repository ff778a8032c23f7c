#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# FRR behind cgnd, with config/frr/frr.conf: the next router (BIRD) learns the pools, and forgets them with cgnd.
. "$(dirname "$0")/lib.sh"
. "$here/lib_bgp.sh"
if ! command -v bird >/dev/null || [ ! -x /usr/lib/frr/bgpd ]; then
	echo "skipped: needs BIRD and FRR"
	exit 77
fi
pool_addresses="[$pool]"
out_host="[tcp, bfd, icmp]"
sections="host: {netns: ${id}host}"
pool_routes() { :; }
topology
namespaces="$namespaces host"
add_ns host
start_cgnd
check "FRR takes the configuration" start_card_frr host
start_router_bird inet eth0 "$out_via" 64500 card=192.0.2.2

announced() {
	uses inet "$pool" 192.0.2.2
}
withdrawn() {
	[ -z "$(in_ns inet ip route show "$pool")" ]
}
# falls_silent WHAT COMMAND...: the next router forgets the pools after the command
falls_silent() {
	local what=$1
	shift
	retry bfd_is_up inet 192.0.2.2
	stopwatch
	"$@"
	timed "withdrawn: $what" withdrawn
}
signal() {
	# shellcheck disable=SC2046 # one process a word
	kill "$1" $(ip netns pids "${id}cgn")
}

# L-BGP-1: the pools are announced
check "the next router learns the pools" retry announced
check "BFD is up" retry bfd_is_up inet 192.0.2.2
check "a subscriber's ping comes back by the learned route" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
# L-BGP-1: the carrier of cgp0 is enough, the session stays
has_no_carrier() {
	in_ns host ip link show dev cgp0 | grep NO-CARRIER
}
check "BFD stays up" retry bfd_is_up inet 192.0.2.2
check "the session is settled" retry frr_is_settled 192.0.2.1 "$pool"
stopwatch
in_ns cgn ip link set in0 down
check "cgp0 has no carrier when the subscribers' link is down" retry has_no_carrier
check "withdrawn when the subscribers' link is down" timed "withdrawn: inside link down" withdrawn
# The state tells which of kernel, zebra, bgpd and TCP has missed the change.
[ "$failures" -eq 0 ] || {
	frr_state host
	bird_state inet
}
check "BFD is still up" bfd_is_up inet 192.0.2.2
in_ns cgn ip link set in0 up
check "and announced again" retry announced
# L-BGP-2: cgnd ends
for signal in -KILL -TERM; do
	check "withdrawn after kill $signal" falls_silent "kill $signal" signal $signal
	wait "$cgnd_pid" || :
	start_cgnd
	check "and announced again" retry announced
done
show_times
finish
