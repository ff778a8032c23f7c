#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A routing daemon behind cgnd announces the pools to the next router, with BGP and BFD, and falls silent with cgnd.
# The times of withdrawal are printed; only a hang fails the test (CGN_BGP_ROUNDS rounds, 1 by default).
. "$(dirname "$0")/lib.sh"
. "$here/lib_bgp.sh"
command -v bird >/dev/null || {
	echo "skipped: needs BIRD"
	exit 77
}
pool_addresses="[$pool]"
out_host="[tcp, bfd, icmp]"
netns=${id}host
sections="host: {netns: $netns}"
pool_routes() { :; }
topology
namespaces="$namespaces host isp"
add_ns host
# A switch between cgnd and the next router, which does not see cgnd's link.
add_ns isp
in_ns cgn ip link del out0
link cgn out0 isp cgn
link inet eth0 isp inet
in_ns isp ip link add br0 type bridge mcast_snooping 0
in_ns isp ip link set br0 up
for dev in cgn inet; do in_ns isp ip link set $dev master br0; done
in_ns inet ip addr add "$out_via/24" dev eth0
start_cgnd
start_card_bird host bird.conf
start_router_bird inet eth0 "$out_via" 64500 card=192.0.2.2

announced() {
	uses inet "$pool" 192.0.2.2
}
withdrawn() {
	[ -z "$(in_ns inet ip route show "$pool")" ]
}
carrier() {
	in_ns host ip link show dev cgp0 | grep "LOWER_UP"
}
no_carrier() {
	in_ns host ip link show dev cgp0 | grep "NO-CARRIER"
}
signal() {
	# shellcheck disable=SC2046 # one process a word
	kill "$1" $(ip netns pids "${id}cgn")
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
loses_link() {
	retry bfd_is_up inet 192.0.2.2
	stopwatch
	in_ns cgn ip link set out0 down
	timed "no carrier of cgp0: link down" no_carrier
	timed "withdrawn: link down" withdrawn
}
ends() {
	wait "$cgnd_pid" 2>/dev/null || :
}

# L-BGP-1, L-HOST-2: the pools are announced, by BGP and BFD through cgnd
check "the next router learns the pools" retry announced
check "BFD is up" retry bfd_is_up inet 192.0.2.2
check "a subscriber's ping comes back by the learned route" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
check "the interface of the pools has a carrier" carrier

# L-BGP-2: how fast the peer forgets
for _ in $(seq "${CGN_BGP_ROUNDS:-1}"); do
	check "withdrawn after SIGSTOP" falls_silent SIGSTOP signal -STOP
	signal -CONT
	check "and announced again" retry announced
	check "withdrawn when the outside port loses its link" loses_link
	in_ns cgn ip link set out0 up
	check "and announced again" retry announced
	check "withdrawn after kill -9" falls_silent "kill -9" signal -KILL
	ends
	start_cgnd
	check "and announced again" retry announced
	check "withdrawn after SIGTERM" falls_silent SIGTERM signal -TERM
	ends
	start_cgnd
	check "and announced again" retry announced
done
show_times
finish
