#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two cards with the same pool: both announce it, the second one with a larger MED. The routers use the first card, and
# the second one when the first is gone. Both use config/bird/pair.conf.
#
#   sub1 ---- access --+-- 10.0.0.2  card1  192.0.2.2 --+-- inet ---- 203.0.113.1
#   100.64.0.11        +-- 10.0.0.3  card2  192.0.2.3 --+
#             10.0.0.1                                   192.0.2.1
. "$(dirname "$0")/lib.sh"
. "$here/lib_bgp.sh"
command -v bird >/dev/null || {
	echo "skipped: needs BIRD"
	exit 77
}
namespaces="sub1 access card1 card2 host1 host2 inet"
declare -A pids=()

# bridge NAMESPACE ADDRESS/LENGTH DEVICE...: the link of a router to both cards
bridge() {
	local ns=$1 address=$2 dev
	shift 2
	in_ns "$ns" ip link add br0 type bridge mcast_snooping 0
	in_ns "$ns" ip link set br0 up
	in_ns "$ns" ip addr add "$address" dev br0
	for dev; do in_ns "$ns" ip link set "$dev" master br0; done
}

pair() {
	local n
	for n in $namespaces; do add_ns "$n"; done
	link sub1 eth0 access eth0
	for n in 1 2; do
		link card$n in0 access card$n
		link card$n out0 inet card$n
	done
	bridge access 10.0.0.1/24 card1 card2
	bridge inet 192.0.2.1/24 card1 card2
	in_ns sub1 ip addr add 100.64.0.11/10 dev eth0
	in_ns sub1 ip route add default via 100.64.0.1
	in_ns access ip addr add 100.64.0.1/10 dev eth0
	in_ns access sysctl -qw net.ipv4.ip_forward=1
	in_ns inet ip addr add 203.0.113.1/32 dev lo
}

# start_card N
start_card() {
	local n=$1 last=$(($1 + 1))
	mkdir -p "$work/run$n"
	cat >"$work/card$n.yaml" <<-END
		workers: 1
		eal: ["--no-huge", "-m", "256", "--no-pci"]
		runtime_dir: $work/run$n
		ports:
		  - {name: inside0, device: "net_af_packet0,iface=in0", side: inside, addresses: [10.0.0.$last/24], host: [tcp, bfd, icmp]}
		  - {name: outside0, device: "net_af_packet1,iface=out0", side: outside, addresses: [192.0.2.$last/24], host: [tcp, bfd, icmp]}
		routes:
		  - {prefix: 0.0.0.0/0, via: 192.0.2.1}
		  - {prefix: 100.64.0.0/10, via: 10.0.0.1}
		pools:
		  - {name: homes, addresses: [$pool]}
		groups:
		  - {name: residential, prefixes: [100.64.0.0/10], pool: homes}
		nat: {hold_down_max: 10000, mappings_max: 65536, sessions_max: 65536}
		natpmp: {role: off}
		store: {path: ""}
		telemetry: {prefix: $prefix-$n}
		host: {netns: ${id}host$n}
	END
	: >"$work/card$n.log"
	in_ns "card$n" "$build/cgnd" -c "$work/card$n.yaml" >"$work/card$n.log" 2>&1 </dev/null &
	pids[$n]=$!
	retry grep -qw ready "$work/card$n.log"
}

# The second card's own lines of pair.conf.
second='s/MED = 100;/MED = 200;/; s/OUTSIDE = 192.0.2.2/OUTSIDE = 192.0.2.3/; s/INSIDE = 10.0.0.2/INSIDE = 10.0.0.3/
	s/router id 192.0.2.2/router id 192.0.2.3/'

# both_routers_use N
both_routers_use() {
	uses inet "$pool" "192.0.2.$(($1 + 1))" && uses access default "10.0.0.$(($1 + 1))"
}
# knows NAMESPACE PREFIX MED: a router has the announcement
knows() {
	birdc -s "$work/$1.ctl" show route all "$2" | grep "BGP.med: $3"
}
all_known() {
	local med
	for med in 100 200; do
		knows inet "$pool" "$med"
		knows access 0.0.0.0/0 "$med"
	done
}
# subscribers N: how many a card has
subscribers() {
	"$build/cgnctl" --prefix "$prefix-$1" --json subscribers show |
		/usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
}
# pings_by N: a new session of the subscriber goes by card N
pings_by() {
	in_ns sub1 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
	subscribers "$1"
	[ "$(subscribers "$1")" -eq 1 ]
}
# goes WHAT COMMAND...: the first card goes, and the second one gets the traffic
goes() {
	local what=$1
	shift
	retry bfd_is_up inet 192.0.2.2
	retry bfd_is_up access 10.0.0.2
	stopwatch
	"$@"
	timed "both routers use the second card: $what" both_routers_use 2
}
kill_card() {
	# shellcheck disable=SC2046 # one process a word
	kill "$2" $(ip netns pids "${id}card$1")
}

pair
start_card 1
start_card 2
start_card_bird host1 pair.conf
start_card_bird host2 pair.conf "$second"
start_router_bird inet br0 192.0.2.1 64500 card1=192.0.2.2 card2=192.0.2.3
start_router_bird access br0 10.0.0.1 64501 card1=10.0.0.2 card2=10.0.0.3

# L-BGP-3: both announce, the better MED is used
check "both routers know both cards" retry all_known
check "they use the first one" retry both_routers_use 1
check "a subscriber's ping goes by the first card" pings_by 1
check "and not by the second one" [ "$(subscribers 2)" -eq 0 ]

check "after kill -9 of the first card the routers use the second one" goes "kill -9" kill_card 1 -KILL
wait "${pids[1]}" 2>/dev/null || :
check "a new ping goes by the second card" pings_by 2

start_card 1
check "the first card starts again and gets its place back" retry both_routers_use 1
check "a subscriber's ping goes by the first card" pings_by 1

# L-BGP-3: the answers must not come to a card that the subscribers cannot reach
check "after the inside link of the first card the routers use the second one" goes "inside link down" \
	in_ns card1 ip link set in0 down
check "a subscriber's ping comes back by the second card" pings_by 2
in_ns card1 ip link set in0 up
check "when the link is back, they use the first one" retry both_routers_use 1
show_times

for n in 1 2; do
	kill_card $n -TERM
	status=0
	wait "${pids[$n]}" || status=$?
	check "card $n ends with 0" [ $status -eq 0 ]
	check "received packets of card $n are the sum of the verdicts" accounted_in "$work/card$n.log"
done
finish
