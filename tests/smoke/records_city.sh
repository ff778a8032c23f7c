#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A city of subscribers opens and ends mappings and leases all the time, over a rotation, a reload, a crash and a restart.
# Packets that were seen outside are resolved from the records alone, by `cgnctl trace`. All are resolved to the right
# subscriber. The same with a sink that loses records: no answer is wrong.
# CGN_CITY_SUBSCRIBERS, CGN_CITY_PACKETS, CGN_CITY_BURST (packets each 0.1 s), CGN_CITY_POOL and CGN_CITY_QUESTIONS make it
# larger. tests/README.md has a large one.
. "$(dirname "$0")/lib.sh"
subscribers=${CGN_CITY_SUBSCRIBERS:-1500}
packets=${CGN_CITY_PACKETS:-4000}
questions=${CGN_CITY_QUESTIONS:-400}
burst=${CGN_CITY_BURST:-20}
log=$work/records.log
# One address with few blocks and short times, so that many subscribers have the same block one after the other.
pool_addresses="[${CGN_CITY_POOL:-44.128.0.1}]"
natpmp="{role: server, requests_per_s: 100000}"
store=$work/state.db
group_extra="block_size: 64"
use_times() {
	nat_extra="hold_down_s: 1
  timeouts: {udp_s: $1}"
}
use_times 2
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
# seen N: so many packets arrive outside before the churn ends
seen() {
	until [ "$(wc -l <"$work/packets")" -ge "$1" ]; do
		kill -0 "$churn_pid"
		sleep 0.1
	done
}
cgnd_pids() {
	ip netns pids "${id}cgn"
}

churn "$packets" "$burst" &
churn_pid=$!
check "packets arrive outside" seen $((packets / 4))
mv "$log" "$log.1"
use_times 3
write_conf
kill -HUP "$(cgnd_pids)"
check "the records are rotated" retry test -e "$log"
check "the configuration is reloaded" retry grep -q "reloaded file=" "$work/cgnd.log"
check "packets arrive outside after the rotation" seen $((packets / 2))
kill -KILL "$(cgnd_pids)"
wait "$cgnd_pid" || :
start_cgnd
churn_status=0
wait "$churn_pid" || churn_status=$?
check "the city goes on" [ "$churn_status" -eq 0 ]
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]

claims() {
	grep -Eqh ' portRangeStart="([0-9]+)" portRangeEnd="\1" ' "$log" "$log.1"
}
check "leases have ports of other blocks" claims
echo "    $(cat "$log" "$log.1" | wc -lc | awk '{ print $1 " records, " $2 " octets" }')"

resolved() {
	/usr/bin/python3 "$here/records_city.py" resolve "$build/cgnctl" "$work/packets" "$questions" "$log" "$log".* \
		| tee "$work/resolved"
}
# The last records before a crash may be missing. Of a packet of this time cgnctl says so.
all_right() {
	resolved
	grep -Eq ": ([0-9]{1,2} crash )?[0-9]+ right$" "$work/resolved"
}
# G-LOG-1, G-PBA-1: by the records alone
check "each packet leads to its subscriber" all_right
cat "$work/resolved"

# G-LOG-2: queues that are too small for some bursts
use_records $((burst * 2))
: >"$work/packets"
start_cgnd
check "the city goes on in bursts" churn "$packets" "$burst" "$((burst * 10))"
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
