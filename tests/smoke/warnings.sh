#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What an operator must know has one line when it begins and one when it is over: a full pool, a limit of a group, a
# next hop and a link that are down. A stop without saved state says what it ends.
. "$(dirname "$0")/lib.sh"
pool_addresses=$'[44.128.0.1]\n    port_range: 1024-1279'
source_check=route
group_extra=$'block_size: 64\n    blocks_max: 1\n    leases_reserve: 0\n    mappings_udp_max: 4'
# Longer than a busy machine takes between two rounds of packets: they must be one episode.
nat_extra="notify_interval_s: 10"
topology
in_ns inet ip link set eth0 arp off
start_cgnd

# lines N PATTERN: N lines of the log have the pattern
lines() {
	[ "$(grep -cE -- "$2" "$work/cgnd.log")" -eq "$1" ]
}
once() {
	retry lines 1 "$1"
	grep -E -- "$1" "$work/cgnd.log"
}
time='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z cgnd: '
# send N: N hosts inside send something out
send() {
	python sub1 records.py send 5000 "$1"
}
# flows N: UDP from N ports of sub1
flows() {
	in_ns sub1 /usr/bin/python3 - "$1" <<-'END'
		import socket
		import sys

		for port in range(6000, 6000 + int(sys.argv[1])):
		    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		        s.bind(("100.64.0.11", port))
		        s.sendto(b"x", ("203.0.113.1", 7001))
	END
}
answers() {
	in_ns sub1 ping -q -c 1 -W 1 203.0.113.1
}

# REQ: G-DAY-32
check "each line has the time, the severity and the event" once "${time}notice ready: ready$"
only_such_lines() {
	! grep "cgnd: " "$work/cgnd.log" | grep -vE "${time}(error|warning|notice|info|debug) [a-z-]+: "
}
check "and no line of cgnd has another form" only_such_lines

# REQ: G-DAY-34
refused_by_nobody() {
	answers || true
	lines 1 "warning next-hop-down: next hop does not answer address=192.0.2.1 port=outside0$"
}
check "a next hop that does not answer has a line" retry refused_by_nobody
for _ in 1 2 3 4 5; do answers || true; done
in_ns inet ip link set eth0 arp on
check "it answers again" retry answers
check "which has a line" once "notice next-hop-up: next hop answers again address=192.0.2.1 port=outside0 after_s=[0-9]+$"
check "there is still one line about its absence" lines 1 "next-hop-down"
in_ns cgn ip link set in0 down
check "a link that is down has a line" once "warning link-down: port inside0: interface in0 is down"
in_ns cgn ip link set in0 up
check "and one when it is up" once "notice link-up: port inside0: interface in0 is up"
check "packets pass" retry answers

# REQ: G-DAY-33
flows 20
flows 20
check "a limit of a group has a line" once "warning group-limited: group=residential limit=mappings_udp/tcp/icmp_max refused=[0-9]+$"
check "and one when it is over" once \
	"notice group-refusals-over: no refusal for 10 s group=residential limit=mappings_udp/tcp/icmp_max after_s=[0-9]+ refused=32$"
in_ns sub1 ip route add local 100.70.0.0/22 dev lo
# More hosts than the pool has blocks: it is full from the fourth on.
for _ in 1 2 3; do send 12; done
check "a full pool has a line" once "warning addresses-exhausted: pool=homes refused=[0-9]+$"
check "and one when nobody asks any more, which says that it is still full" once \
	"notice address-refusals-over: no refusal for 10 s pool=homes after_s=[0-9]+ refused=[0-9]+ blocks_used=[1-9][0-9]* blocks=[0-9]+$"
# REQ: G-DAY-70
told_apart() {
	ctl --json warnings show | /usr/bin/python3 -c '
import json, sys

rows = json.load(sys.stdin)
states = {w["text"].split(":")[0]: (w["state"], "over_ms" in w) for w in rows}
assert states["link-down"] == ("over", True), states
assert states["group-limited"] == ("over", True), states'
}
check "warnings that are over are told apart" told_apart
check "the limit still has one line" lines 1 "group-limited"

stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
# REQ: G-DAY-38
check "the stop says what it ends" once \
	"notice stop-loses-state: connections end with this stop, restart.keep_state is false; leases are lost, too, there is no store subscribers=[0-9]+ mappings=[1-9][0-9]* leases=0$"
finish
