#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# NAT-PMP under load: answer times while packets flow, a flood from one subscriber, random and mutated
# requests (CGN_FUZZ_REQUESTS, 100000 by default); CGN_LOAD_RATE bits a second (20M).
. "$(dirname "$0")/lib.sh"
group_extra="leases_max: 2000"
natpmp="{role: server, requests_per_s: 100000}"
store=$work/state.db
# Rings that outlast the time in which other programs have the core.
in_device="net_af_packet0,iface=in0,framecnt=8192"
out_device="net_af_packet1,iface=out0,framecnt=8192"
topology
start_cgnd
serve inet iperf3 -s -B 203.0.113.1
listening inet 5201

load() {
	serve sub2 iperf3 -c 203.0.113.1 -u -b "$2" -l 100 -t "$1"
}
received() {
	in_ns inet cat /sys/class/net/eth0/statistics/rx_packets
}
flowing() {
	[ "$(received)" -gt 2000 ]
}
# prober NS SCRIPT ARGS...: its claims are its own
prober() {
	python "$@" || failures=$((failures + 1))
}
# What the machine can carry beside other programs: behind a full ring requests are lost as all packets are.
load 600 "${CGN_LOAD_RATE:-20M}"
retry flowing
before=$(received) begin=$(date +%s%N)
prober sub1 natpmp_load.py serial 10000
echo "    beside $((($(received) - before) * 1000000 / ($(date +%s%N) - begin))) thousand packets a second"
ip netns pids "${id}sub2" | xargs -r kill -KILL
prober sub1 natpmp_load.py fuzz "${CGN_FUZZ_REQUESTS:-100000}" "$build/cgnctl" "$prefix"
check "another subscriber is answered" python sub2 natpmp_client.py tcp 8000

# D-LIM-3, B-ERR-6: a subscriber that asks too much is not answered, the other one is
stop_cgnd
natpmp="{role: server, requests_per_s: 50}"
start_cgnd
serve sub1 /usr/bin/python3 "$here/natpmp_load.py" flood 30
prober sub2 natpmp_load.py paced 100
limited() {
	ctl counters show | tee "$work/counters"
	awk '$2 == "natpmp_limited" || $2 == "punt_rate" { n += $3 } END { exit !(n > 100) }' "$work/counters"
}
check "most of the flood is dropped and counted" limited
finish
