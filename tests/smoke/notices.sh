#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Limits and thresholds: what is refused and reached is in the file of records and in the log, at a bounded rate.
. "$(dirname "$0")/lib.sh"
log=$work/records.log
sections="export: {records: [quotas, thresholds], sinks: [{name: disk, type: file, path: $log}]}"
pool_addresses=$public_pool
source_check=route
group_extra=$'mappings_max: 50\n    mappings_udp_max: 4\n    mappings_high: 2'
nat_extra=$'notify_interval_s: 2\n  subscribers_max: 2\n  subscribers_high: 2'
topology
start_cgnd
reflector

records() {
	/usr/bin/python3 "$here/records.py" "$@"
}
# recorded PATTERN: a line is there, sooner or later
recorded() {
	records events "$log" >"$work/events" && grep -q -- "$1" "$work/events"
}
has() {
	retry recorded "$1"
	cat "$work/events"
}
log_has() {
	retry grep -q -- "$1" "$work/cgnd.log"
}
# flows N: UDP from N ports of sub1
flows() {
	in_ns sub1 /usr/bin/python3 - "$1" <<-'END'
		import socket
		import sys

		for port in range(5000, 5000 + int(sys.argv[1])):
		    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		        s.bind(("100.64.0.11", port))
		        s.sendto(b"x", ("203.0.113.1", 7001))
	END
}
# refused PATTERN: the sum of all records with a pattern
refused() {
	records events "$log" | grep -- "$1" | sed 's/.* refused=\([0-9]*\).*/\1/' | awk '{ n += $1 } END { print n + 0 }'
}
all_told() {
	[ "$(refused "limit=groups.mappings_udp_max")" = 40 ]
}

retry in_ns sub1 ping -c 1 -W 1 203.0.113.1
flows 44
# G-NTF-1
check "a subscriber reaches its threshold" has \
	"^threshold-reached .*natEvent=18 natThresholdEvent=4 addressPortMappingHighThreshold=2 \
sourceIPv4Address=100.64.0.11 sourceIPv4PrefixLength=32 threshold=groups.mappings_high mark=2 value=2 entries=2$"
# A-RES-3, G-LIM-1
check "its limit of UDP refuses" has \
	"^quota-exceeded .*natEvent=13 natQuotaExceededEvent=3 maxEntriesPerUser=4 sourceIPv4Address=100.64.0.11 \
sourceIPv4PrefixLength=32 limit=groups.mappings_udp_max protocolIdentifier=17 refused=1$"
check "all refusals are told in the end" retry all_told
two_records() {
	[ "$(records events "$log" | grep -c "limit=groups.mappings_udp_max")" = 2 ]
}
# G-LOG-6
check "in two records" two_records
check "the log tells of the threshold" log_has "subscriber-threshold: group=residential subscribers=1$"

retry in_ns sub2 ping -c 1 -W 1 203.0.113.1
check "there are as many subscribers as the threshold" has \
	"^threshold-reached .*producer=control .*natThresholdEvent=5 \
threshold=nat.subscribers_high mark=2 value=2 entries=2$"
check "the log tells it, too" log_has "threshold-reached: threshold=nat.subscribers_high mark=2 value=2 entries=2$"
in_ns sub1 ip route add local 100.70.0.0/22 dev lo
python sub1 records.py send 5000 10
check "the third subscriber is refused" has \
	"^quota-exceeded .*natEvent=13 natQuotaExceededEvent=4 maxSubscribers=2 limit=nat.subscribers_max refused=1$"
check "and the log tells it" log_has "quota-exceeded: limit=nat.subscribers_max refused="

# The limits change with SIGHUP.
sed -i 's/subscribers_max: 2/subscribers_max: 4/; s/mappings_udp_max: 4/mappings_udp_max: 5/' "$work/cgnd.yaml"
kill -HUP "$(ip netns pids "${id}cgn")"
check "the new configuration is used" log_has "reload"
paired() {
	python sub1 records.py send 5000 4
	[ "$(ctl --json counters show | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["gauges"]["subscribers"])')" = 4 ]
}
check "then there are four subscribers" retry paired
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
check "no record is lost or comes twice" records check "$log"
finish
