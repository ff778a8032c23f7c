#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A city of subscribers opens and ends mappings all the time, over a rotation, a reload, a crash and a restart. Packets
# that were seen outside are resolved from the records alone, by `cgnctl trace`. All are resolved to the right
# subscriber. The same with a sink that loses records: no answer is wrong.
# CGN_CITY_SUBSCRIBERS, CGN_CITY_PACKETS and CGN_CITY_QUESTIONS make it larger.
. "$(dirname "$0")/lib.sh"
subscribers=${CGN_CITY_SUBSCRIBERS:-1500}
packets=${CGN_CITY_PACKETS:-4000}
questions=${CGN_CITY_QUESTIONS:-400}
log=$work/records.log
# One address with few blocks and short times, so that many subscribers have the same block one after the other.
pool_addresses="[44.128.0.1]"
group_extra="block_size: 64"
nat_extra="hold_down_s: 1
  timeouts: {udp_s: 2}"
source_check=route
use_records() {
	sections="export: {records: [blocks], queue_max: $1, sinks: [{name: disk, type: file, path: $log}]}
allow_rfc_violations: [nat.hold_down_s, nat.timeouts.udp_s]"
}
use_records 65536
topology
in_ns sub1 ip route add local 100.70.0.0/16 dev lo
serve inet /usr/bin/python3 "$here/records_city.py" listen "$work/packets"
start_cgnd
churn() {
	in_ns sub1 /usr/bin/python3 "$here/records_city.py" churn "$subscribers" "$@"
}
seen() {
	[ "$(wc -l <"$work/packets")" -ge "$1" ]
}
cgnd_pids() {
	ip netns pids "${id}cgn"
}

churn "$packets" &
churn_pid=$!
check "packets arrive outside" retry seen $((packets / 4))
mv "$log" "$log.1"
kill -HUP "$(cgnd_pids)"
check "the records are rotated" retry test -e "$log"
check "packets arrive outside after the rotation" retry seen $((packets / 2))
kill -KILL "$(cgnd_pids)"
wait "$cgnd_pid" || :
start_cgnd
churn_status=0
wait "$churn_pid" || churn_status=$?
check "the city goes on" [ "$churn_status" -eq 0 ]
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]

resolved() {
	/usr/bin/python3 "$here/records_city.py" resolve "$build/cgnctl" "$work/packets" "$questions" "$log" "$log".* \
		| tee "$work/resolved"
}
all_right() {
	resolved
	grep -q ": [0-9]* right$" "$work/resolved"
}
# G-LOG-1, G-PBA-1: by the records alone
check "each packet leads to its subscriber" all_right
cat "$work/resolved"

# G-LOG-2: queues that are too small for the bursts
use_records 64
: >"$work/packets"
start_cgnd
check "the city goes on in bursts" churn "$packets" 150
stop_cgnd
lost() {
	grep -q ' gap \[' "$log"
}
check "records are lost" lost
none_wrong() {
	resolved
	grep -q " gap" "$work/resolved"
}
check "no answer is wrong, and some are a gap" none_wrong
cat "$work/resolved"
finish
