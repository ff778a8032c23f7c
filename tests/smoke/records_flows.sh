#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Records of mappings and sessions in a file: without destinations, with them, and more than a queue holds.
. "$(dirname "$0")/lib.sh"
log=$work/records.log
use_records() {
	sections="export: {records: [$1], destinations: $2, queue_max: ${3:-65536}, sinks: [{name: disk, type: file, path: $log}]}"
}
records() {
	/usr/bin/python3 "$here/records.py" "$@"
}
# recorded PATTERN: a line is there, sooner or later
recorded() {
	records events "$log" >"$work/events" && grep -q -- "$1" "$work/events"
}
has() {
	retry recorded "$@"
	cat "$work/events"
}
pool_addresses=$public_pool
use_records sessions false
topology
start_cgnd
reflector

read -r address port < <(external sub1 udp 5000)
# G-LOG-1, RFC 8158 section 5.1
check "a session is recorded with both endpoints" has "^session-created .*natEvent=4 sourceIPv4Address=100.64.0.11 \
sourceTransportPort=5000 postNATSourceIPv4Address=$address postNAPTSourceTransportPort=$port protocolIdentifier=17$"
retry external sub2 tcp 6000
check "also a connection" has "^session-created .*sourceIPv4Address=100.64.0.12 sourceTransportPort=6000 .*protocolIdentifier=6$"
stop_cgnd
no_destination() {
	! grep -E '203\.0\.113\.|7001|estination' "$log"
}
# G-LOG-3, RFC 6888 REQ-12
check "no destination is in the file" no_destination
no_mapping() {
	! grep -E ' (mapping|block)-' "$log"
}
check "nothing else is recorded" no_mapping

use_records "blocks, mappings, sessions" true
start_cgnd
retry external sub1 udp 5000
read -r address port < <(external sub1 udp 5000)
check "the mapping is recorded" has "^mapping-created .*natEvent=8 sourceIPv4Address=100.64.0.11 \
sourceTransportPort=5000 postNATSourceIPv4Address=$address postNAPTSourceTransportPort=$port protocolIdentifier=17$"
check "with the key the destination is in the file" has "^session-created .*sourceTransportPort=5000 .*protocolIdentifier=17 \
destinationIPv4Address=203.0.113.1 destinationTransportPort=[0-9]*$"
at=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
retry external sub1 udp 5001
stop_cgnd
traced() {
	"$build/cgnctl" trace "$address:$port/udp" --at "$at" "$log" | tee "$work/traced"
	grep -q '^subscriber  *100.64.0.11/32' "$work/traced"
}
check "cgnctl trace passes over mappings and sessions" traced

# G-LOG-2. 900 subscribers at once, and queues of 16.
use_records "mappings, sessions" true 16
source_check=route
start_cgnd
retry in_ns sub1 ping -c 1 -W 1 203.0.113.1
in_ns sub1 ip route add local 100.70.0.0/22 dev lo
in_ns sub1 /usr/bin/python3 "$here/records.py" send 5000 900
all_mapped() {
	[ "$(ctl --json mappings show | grep -c '"100.70.')" -ge 900 ]
}
retry all_mapped
stop_cgnd
overloaded() {
	records check "$log" | tee "$work/said"
	records events "$log" | grep '^gap .* producer=worker0 .* lost.mappings=[0-9]* lost.sessions=[0-9]*$'
	! grep -q ' 0 lost' "$work/said"
}
check "gaps tell of each mapping and session that was lost" overloaded
finish
