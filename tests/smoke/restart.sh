#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A restart to another build and back keeps everything, if both have the same format of the state. Then states that are
# not used, and a crash. change.sh has restarts of one build.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_keep.sh"
natpmp="{role: server}"
store=$work/state.db
group_extra="leases_max: 8"
sections="restart: {keep_state: true}
export: {records: [blocks, bindings, leases], sinks: [{name: disk, type: file, path: $work/records.log}]}"
topology
start_cgnd
reflector
start_traffic
note_before

# --- two builds

# other_build BUILD FROM: a restart to it is a restart like any other
other_build() {
	cgnd=$1
	restart_cgnd
	# N-KEEP-22: the build does not matter
	check "the build $1 takes the state of build $2" kept
	check "it says whose state that is" grep "state is back build=$2 " "$work/cgnd.log"
	undisturbed
}
other_build "$build/tests/smoke/cgnd-newer" "$("$build/cgnd" --version | cut -d " " -f 2)"
other_build "$build/cgnd" 99.1
traffic_ends

# --- states that are not used: a cold start, and a clear line

# cold TEXT REASON COMMAND...: stop, let the command do something to the file, start
cold() {
	local text=$1 reason=$2
	shift 2
	stop_cgnd
	mv "$work/cgnd.log" "$work/cgnd.log.stopped"
	"$@"
	start_cgnd
	check "$text" grep "cold start: .*$reason" "$work/cgnd.log"
	check "no state is used then, and none is left" not_used
}
not_used() {
	[ ! -e "$work/run/state.cgn" ]
	[ "$(grep -c "state is back" "$work/cgnd.log")" -eq 0 ]
	ctl --json counters show | tee "$work/counters" | grep '"state_taken": 0'
}
counted() {
	grep '"state_refused": 1' "$work/counters"
}
state=$work/run/state.cgn
flip() {
	/usr/bin/python3 - "$state" "$1" <<-'END'
		import sys
		with open(sys.argv[1], "r+b") as f:
		    f.seek(int(sys.argv[2]))
		    octet = f.read(1)[0]
		    f.seek(int(sys.argv[2]))
		    f.write(bytes([octet ^ 1]))
	END
}
use() {
	cgnd=$1
}
# N-KEEP-22: two builds with different formats, in both directions
cold "a build with another format does not use the state" "workers has another version of the format" \
	use "$build/tests/smoke/cgnd-other"
check "that is counted" counted
cold "nor is its state used" "workers has another version of the format" use "$build/cgnd"
check "that is counted, too" counted
# A version of the file itself that this cgnd does not know.
cold "a state of another version is not used" "it has version . of the format" flip 8
# N-KEEP-24: a state with a flipped bit is not used
cold "a state with a flipped bit is not used" "cut short or is damaged" flip 300
cold "a state that was cut short is not used" "cut short or is damaged" truncate -s -1 "$state"
cold "a file of another program is not used" "not a state of cgnd" cp "$work/cgnd.yaml" "$state"
# N-KEEP-23: a state that others may read is not used
cold "a state that others may read is not used" "others may read or write it" chmod 644 "$state"
no_keep() {
	sections=${sections/keep_state: true/keep_state: false}
}
cold "a state that is not wanted is removed" "restart.keep_state is false" no_keep

# --- a crash

retry external sub1 udp 4000
python sub1 pcp_client.py map tcp 7001 3600 77 7001 >/dev/null
external sub1 udp 4000 >"$work/external.before"
leases >"$work/leases.before"
epochs >"$work/epochs.before"
noted() {
	grep -q "^cgnd 1 0*[1-9] 0*[1-9]" "$work/run/running.cgn"
}
retry noted
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" || :
mv "$work/cgnd.log" "$work/cgnd.log.stopped"
start_cgnd
# N-KEEP-29: log and records tell what was lost
check "the log tells what the crash has cost" grep "cgnd has crashed.* mappings=[1-9]" "$work/cgnd.log"
told() {
	grep ' after="crash" .*hadSubscribers="[1-9][0-9]*" hadMappings="[1-9]' "$work/records.log"
}
check "so do the records" told
check "packets pass after the crash" retry external sub1 udp 4000
# B-EP-4, E-EP-1: leases and epochs come back after kill -9
check "all leases are there, with their owners" same_leases
check "both epochs go on" epoch_goes_on
paired() {
	external sub1 udp 4000 >"$work/external.after"
	cut -d ' ' -f 1 "$work/external.before" | diff - <(cut -d ' ' -f 1 "$work/external.after")
}
check "a subscriber with leases keeps its external address" paired

# N-KEEP-35: a crash at the stop, after the save: the mark of the crash is there, and so is the state
stop_cgnd
sections=${sections/keep_state: false/keep_state: true}
start_cgnd
retry external sub1 udp 4000
external sub1 udp 4000 >"$work/external.before"
retry noted
cp -p "$work/run/running.cgn" "$work/running.cgn"
stop_cgnd
cp -p "$work/running.cgn" "$work/run/running.cgn"
start_cgnd
nothing_lost() {
	cat "$work/cgnd.log"
	grep "cgnd has crashed: it was after its state was saved.* mappings=[1-9]" "$work/cgnd.log" &&
		grep "state is back .* mappings=[1-9]" "$work/cgnd.log" && ! grep "is lost" "$work/cgnd.log"
}
check "a crash after the save loses nothing, and the log says so" nothing_lost
same_external() {
	retry external sub1 udp 4000
	external sub1 udp 4000 | diff "$work/external.before" -
}
check "the mapping is there" same_external
finish
