#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Records of port blocks in a file: who had a port, rotation, a crash, overload, a file that cannot be written.
. "$(dirname "$0")/lib.sh"
# A path that is longer than a text of DPDK.
log_dir=$work/$(printf 'long-%.0s' {1..40})
mkdir "$log_dir"
log=$log_dir/records.log
queue_max=65536
use_records() {
	sections="export: {records: [blocks, bindings, leases], queue_max: $queue_max, sinks: [{name: disk, type: file, path: $log}]}"
}
records() {
	/usr/bin/python3 "$here/records.py" "$@"
}
# recorded PATTERN [FILE]: a line is there, sooner or later
recorded() {
	records events "${2:-$log}" >"$work/events" && grep -q -- "$1" "$work/events"
}
has() {
	retry recorded "$@"
	cat "$work/events"
}
pool_addresses=$public_pool
natpmp="{role: server}"
store=$work/state.db
use_records
topology
start_cgnd
reflector

whole_path() {
	ctl sinks show >"$work/sinks"
	cat "$work/sinks"
	grep -q -- "$log" "$work/sinks"
}
# G-DAY-81: texts are not cut
check "sinks show has the whole path" whole_path
# G-LOG-7: RFC 5424
check "the first record is the start" has "^start .* seq=1 after=nothing records=blocks,bindings,leases$"
private() {
	stat -c %a:%F "$log"
	[ "$(stat -c %a:%F "$log")" = "640:regular file" ]
}
check "the file is not for everybody" private
now() {
	date -u +%Y-%m-%dT%H:%M:%S.%3NZ
}
# traced STATUS PATTERN TIME "ADDRESS PORT" FILE...: what cgnctl trace says, without a running cgnd
traced() {
	local want=$1 pattern=$2 at=$3 endpoint=$4 status=0
	shift 4
	"$build/cgnctl" trace "${endpoint/ /:}/udp" --at "$at" "$@" >"$work/traced" 2>&1 || status=$?
	cat "$work/traced"
	[ "$status" -eq "$want" ] && grep -q -- "$pattern" "$work/traced"
}
endpoint=$(external sub1 udp 5000)
at_first=$(now)
# G-PBA-1, G-LOG-2
check "a subscriber's pairing is recorded" has "^binding-created .*sourceIPv4Address=100.64.0.11 "
check "and its block" has "^block-allocated .*sourceIPv4Address=100.64.0.11 .*portRangeStart="
resolves() {
	retry recorded "^block-allocated .*sourceIPv4Address=$1 " "$4"
	[ "$(records who "$2" "$3" "$4")" = "$1/32" ]
}
# G-LOG-1: from the log alone
# shellcheck disable=SC2086 # address and port
check "the file tells who has the port" resolves 100.64.0.11 $endpoint "$log"
no_destination() {
	! grep -F 203.0.113. "$log" "$log".*
}
# G-LOG-3, RFC 6888 REQ-12
check "no destination is in the file" no_destination

ask() {
	in_ns sub1 natpmpc -g 100.64.0.1 -a "$@"
}
leases() {
	ask 40080 8000 tcp 600
	ask 40080 8000 tcp 1200
	ask 40080 8000 tcp 0
	ask 40070 7000 udp 600
	ctl leases delete 100.64.0.11:7000/udp
	ask 40060 6000 udp 3600
	retry recorded "^lease-made .*sourceTransportPort=6000 "
	records events "$log" | sed -n 's/^\(lease-[a-z]*\) .* sourceTransportPort=\([0-9]*\) .* cause=\([a-z]*\) .*/\1 \2 \3/p' \
		>"$work/leases"
	cat "$work/leases"
	diff "$work/leases" - <<-END
		lease-made 8000 request
		lease-renewed 8000 request
		lease-ended 8000 request
		lease-made 7000 request
		lease-ended 7000 revoked
		lease-made 6000 request
	END
}
check "leases are recorded from their beginning to their end" leases
check "a lease is recorded with its client and its port" has "^lease-made .*sourceIPv4Address=100.64.0.11 \
sourceTransportPort=6000 postNATSourceIPv4Address=44.128.0.[0-9]* postNAPTSourceTransportPort=40060 \
protocolIdentifier=17 leaseProtocol=natpmp leaseOpcode=map cause=request lifetimeSeconds=3600$"

# Rotation as logrotate does it
mv "$log" "$log.1"
kill -HUP "$(ip netns pids "${id}cgn")"
retry test -e "$log"
endpoint2=$(external sub2 tcp 6000)
# shellcheck disable=SC2086 # address and port
check "after SIGHUP records go into the new file" resolves 100.64.0.12 $endpoint2 "$log"
two_files() {
	records check "$log.1" "$log"
	! grep -q 100.64.0.12 "$log.1"
}
check "no record is lost or comes twice" two_files

# A crash
boot=$(records events "$log" | sed -n 's/.* boot=\([0-9a-f]*\) .*/\1/p' | tail -n 1)
crash() {
	kill -KILL "$(ip netns pids "${id}cgn")"
	wait "$cgnd_pid" || :
	start_cgnd
}
crash
# The numbers of what it had depend on when they were noted last: each second.
check "the next start tells of the crash" has "^start .* after=crash previousBoot=$boot records=blocks,bindings,leases\( had[A-Z][a-z]*=[0-9]*\)*$"
check "a lease that is back is recorded" has "^lease-made .*sourceTransportPort=6000 .* cause=restored "
# shellcheck disable=SC2086 # address and port
ended() {
	records events "$log" | tail -n 5
	[ "$(records who $endpoint "$log.1" "$log")" = nobody ]
}
# Blocks are chosen at random: the subscriber that has its lease back may have the same block again.
for _ in 1 2 3; do
	if ! ended >/dev/null; then
		crash
	fi
done
check "what was not returned has an end" ended
at_crashed=$(now)
# The worker makes no later record. Its checkpoint at the stop tells so.
sleep 0.1
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
last_is_stop() {
	records events "$log" | tail -n 1 | grep '^stop '
}
check "the last record is the stop" last_is_stop
check "cgnctl trace tells who had the port" traced 0 "^subscriber  *100.64.0.11/32" "$at_first" "$endpoint" "$log" "$log.1"
gzip -c "$log.1" >"$work/old.gz"
check "also from a compressed file, and that it ended with the crash" traced 0 "^until .*crashed" "$at_first" "$endpoint" "$work/old.gz" "$log"
check "nobody had it after the crash" traced 3 "nobody" "$at_crashed" "$endpoint" "$log" "$log.1"
check "without the first file it does not know" traced 4 "begin later" "$at_first" "$endpoint" "$log"
# G-DAY-5: the document has every key that cgnctl prints
check "the keys of trace are documented" documented trace trace "${endpoint/ /:}/udp" --at "$at_first" "$log" "$log.1"
check "those of a subscriber, too" documented trace trace --subscriber 100.64.0.12 "$log" "$log.1"
check "the ports of a subscriber are listed" sh -c "'$build/cgnctl' trace --subscriber 100.64.0.12 '$log' '$log.1' | grep -q '100.64.0.12/32'"
boot=$(records events "$log" | sed -n 's/.* boot=\([0-9a-f]*\) .*/\1/p' | tail -n 1)

# Overload. 900 subscribers at once, and queues of 16.
queue_max=16
use_records
source_check=route
start_cgnd
# G-LOG-8: the sinks are in the configuration, so a restart keeps them
check "the next start tells of the stop" has "^start .* after=stop previousBoot=$boot records=blocks,bindings,leases$"
retry in_ns sub1 ping -c 1 -W 1 203.0.113.1
in_ns sub1 ip route add local 100.70.0.0/22 dev lo
python sub1 records.py send 5000 900
# counts NAME: a counter of the control thread
counts() {
	ctl --json counters show | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["control"][sys.argv[1]])' "$1"
}
all_paired() {
	[ "$(ctl --json subscribers show | grep -c '"100.70.')" -ge 900 ]
}
retry all_paired
stop_cgnd
overloaded() {
	records check "$log.1" "$log" | tee "$work/said"
	grep -q '^gap .* producer=worker0 ' <(records events "$log")
	! grep -q ' 0 lost' "$work/said"
}
# G-LOG-2: nothing is lost silently
check "gaps tell of each record that was lost" overloaded

# A file that cannot be written
mv "$log" "$log.2"
ln -s "$work/elsewhere" "$log"
queue_max=65536
use_records
start_cgnd
waits() {
	retry grep -q 'sink does not take records.* name=disk reason="Too many levels of symbolic links"' "$work/cgnd.log"
	[ ! -e "$work/elsewhere" ]
	[ "$(counts record_sinks_failing)" = 1 ]
}
check "a symbolic link is not followed, and cgnd serves" waits
retry external sub2 udp 7000
rm "$log"
check "what waited is written when the file can be made" has "^block-allocated .*sourceIPv4Address=100.64.0.12 "
nothing_lost() {
	retry grep -q 'sink works again name=disk' "$work/cgnd.log"
	[ "$(counts records_blocks_lost)" = 0 ]
	[ "$(counts records_blocks)" -ge 1 ]
	records check "$log"
}
check "nothing is lost" nothing_lost
finish
