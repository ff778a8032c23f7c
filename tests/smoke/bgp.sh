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
out_host="[tcp, bfd, icmp]"
netns=${id}host
sections="host: {netns: $netns}"
topology
namespaces="$namespaces host"
add_ns host
in_ns inet ip route del 198.51.100.0/24
start_cgnd

start_birds

# falls_silent WHAT COMMAND...: the time until the peer has no route any more
falls_silent() {
	local what=$1 begin
	shift
	retry bfd_up
	begin=$(date +%s%N)
	"$@"
	until withdrawn; do
		[ $(($(date +%s%N) - begin)) -lt 120000000000 ] || return 1
		sleep 0.005
	done
	echo "withdrawn after $((($(date +%s%N) - begin) / 1000000)) ms: $what" | tee -a "$work/times"
}
cgnd_pids() {
	ip netns pids "${id}cgn"
}
signal() {
	# shellcheck disable=SC2046 # one process a word
	kill "$1" $(cgnd_pids)
}

# L-BGP-1, L-HOST-2: the pools are announced, by BGP and BFD through cgnd
check "the next router learns the pools" retry announced
check "BFD is up" retry bfd_up
check "a subscriber's ping comes back by the learned route" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
carrier() {
	in_ns host ip link show dev cgp0 | grep "LOWER_UP"
}
check "the interface of the pools has a carrier" carrier

# L-BGP-2: how fast the peer forgets
for _ in $(seq "${CGN_BGP_ROUNDS:-1}"); do
	check "withdrawn after SIGSTOP" falls_silent SIGSTOP signal -STOP
	signal -CONT
	check "and announced again" retry announced
	check "withdrawn when the outside port loses its link" falls_silent "link down" in_ns inet ip link set eth0 down
	in_ns inet ip link set eth0 up
	check "and announced again" retry announced
	check "withdrawn after kill -9" falls_silent "kill -9" signal -KILL
	wait "$cgnd_pid" 2>/dev/null || :
	start_cgnd
	check "and announced again" retry announced
	check "withdrawn after SIGTERM" falls_silent SIGTERM signal -TERM
	wait "$cgnd_pid" || :
	start_cgnd
	check "and announced again" retry announced
done
cat "$work/times"
finish
