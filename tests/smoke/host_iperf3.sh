#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# L-HOST-1: TCP to and from a program behind cgnd, beside a subscriber's stream. The rates are printed. They are judged
# only if CGN_STRICT is set: on a machine at rest.
. "$(dirname "$0")/lib.sh"
out_host="[tcp, icmp]"
netns=${id}host
sections="host: {netns: $netns}"
topology
namespaces="$namespaces host"
add_ns host
start_cgnd
in_ns host ip route add default via 192.0.2.1 dev cgx1
serve host iperf3 -s -p 5202
serve inet iperf3 -s -B 203.0.113.1
listening host 5202
listening inet 5201

# number FILE EXPRESSION: of what iperf3 says about its end
number() {
	/usr/bin/python3 -c "import json, sys; end = json.load(open(sys.argv[1]))['end']; print($2)" "$1"
}
# subscriber: 20 Mbit/s in datagrams of 64 octets
subscriber() {
	in_ns sub1 timeout 240 iperf3 -J -c 203.0.113.1 -u -l 64 -b 20M -t 8 >"$work/sub.json" || return 1
	sub_lost=$(number "$work/sub.json" "end['sum']['lost_percent']")
}
# to_host ARGS...: Mbit/s
to_host() {
	in_ns inet timeout 240 iperf3 -J -c 192.0.2.2 -p 5202 -t 5 "$@" >"$work/host.json" || return 1
	mbits=$(number "$work/host.json" "int(end['sum_received']['bits_per_second'] / 1e6)")
}
beside() {
	local pid
	subscriber &
	pid=$!
	to_host "$@"
	wait $pid
}
check "a subscriber's stream arrives" subscriber
subscriber
echo "    alone: the subscriber lost $sub_lost %"
for args in "" "-R"; do
	# shellcheck disable=SC2086 # one option a word
	{
		check "iperf3 to the host $args" to_host $args
		to_host $args
		echo "    iperf3 $args: $mbits Mbit/s"
		[ -z "${CGN_STRICT:-}" ] || check "at least 300 Mbit/s" [ "$mbits" -ge 300 ]
		beside $args
		subscriber=$(number "$work/sub.json" "end['sum']['lost_percent']")
		echo "    iperf3 $args beside a subscriber: $mbits Mbit/s; the subscriber lost $subscriber %"
	}
done
finish
