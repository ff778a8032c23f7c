#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A second cgnd on the runtime_dir, the telemetry.prefix or the store of one that runs. It says in three lines at most
# (besides those of EAL) whose they are, and the first one goes on. When that was killed, the second one starts.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server}"
store=$work/lib/state.db
topology
# The ports of the second cgnd are its own, so that it takes no packet of the first one.
namespaces="$namespaces two wire"
add_ns two
add_ns wire
link two in0 wire in0
link two out0 wire out0

first() { ip netns pids "${id}cgn" | head -n 1; }
# second FILE EXPRESSION...: the configuration of the first cgnd, changed by these expressions of sed
second() {
	local file=$work/$1
	shift
	sed "${@/#/-e}" "$work/cgnd.yaml" >"$file"
}
own_prefix="s/prefix: $prefix/prefix: $prefix-two/"
own_dir="s,runtime_dir: .*,runtime_dir: $work/run-two,"
own_store="s,store: .*,store: {path: \"\"},"

in_three_lines() {
	grep -v '^EAL: ' "$work/said" >"$work/lines"
	[ "$(wc -l <"$work/lines")" -le 3 ]
}
# refused PATTERN FILE: the second cgnd ends with 1. One line has the pattern and the process of the first one.
refused() {
	says "$1" 1 ip netns exec "${id}two" "$cgnd" -c "$work/$2"
	grep -- "$1" "$work/said" | grep -w "$(first)"
	in_three_lines
}
# goes_on: the process, its lease, its connection and its answers are those of before
goes_on() {
	[ "$(first)" = "$pid" ]
	in_ns sub1 ping -c 2 -i 0.2 -W 10 203.0.113.1
	[ "$(external sub1 udp 4000)" = "$before" ]
	maps
	ctl leases show | tee "$work/leases"
	grep -q "100.64.0.11:7001" "$work/leases"
}
# maps: UDP port 7001 of the subscriber; each time the same external port
maps() {
	python sub1 natpmp_client.py udp 7001 | tee "$work/map"
	grep -q "result=0" "$work/map"
	grep -o "ext=[0-9]*" "$work/map" >"$work/ext"
	[ -f "$work/ext.first" ] || cp "$work/ext" "$work/ext.first"
	cmp "$work/ext" "$work/ext.first"
}
# run_two FILE TEXT: the second cgnd runs in the background
run_two() {
	in_ns two "$cgnd" -c "$work/$1" >"$work/two.log" 2>&1 </dev/null &
	two=$!
	check "$2" retry grep -qw ready "$work/two.log"
}
end_two() {
	local status=0
	ip netns pids "${id}two" | xargs -r kill -TERM
	wait "$two" || status=$?
	check "it ends with 0" [ $status -eq 0 ]
}

# G-DAY-46: the first one goes on, and each of the others names it.
start_cgnd
reflector
pid=$(first)
before=$(external sub1 udp 4000)
check "the first cgnd answers a subscriber" maps

cp "$work/cgnd.yaml" "$work/same.yaml"
check "the same configuration: the process and runtime_dir are told" refused "path=$work/run " same.yaml
check "the first one goes on" goes_on
second dir.yaml "$own_prefix" "$own_store"
check "the same runtime_dir: the process and the directory are told" refused "path=$work/run " dir.yaml
check "the first one goes on" goes_on
second prefix.yaml "$own_dir" "$own_store"
check "the same telemetry.prefix: the process and the directory are told" refused "/dpdk/$prefix;" prefix.yaml
check "the first one goes on" goes_on

# G-DAY-36: leases are no reason not to translate. So this one runs, without a store.
told_once() {
	grep "store" "$work/two.log"
	[ "$(grep -c "leases are not kept" "$work/two.log")" -eq 1 ]
	grep "leases are not kept" "$work/two.log" | grep "path=$store" | grep -w "process $pid"
}
second store.yaml "$own_prefix" "$own_dir"
run_two store.yaml "the same store: the second one starts"
check "one line has the process and the file" told_once
check "the first one goes on" goes_on
end_two
check "the first one goes on" goes_on

# The kernel takes back what a killed process has locked. Its files are still there.
kill -KILL "$pid"
wait "$cgnd_pid" || :
cgnd_pid=
check "the first one was killed, and has left its files" [ -e "$store-wal" ]
run_two same.yaml "the second one starts with the same configuration"
not_told() {
	! grep -E "runtime_dir, give|telemetry.prefix must|leases are not kept" "$work/two.log"
}
check "it finds nobody" not_told
check "it has the lease of the first one" grep "leases are back restored=1 " "$work/two.log"
end_two
finish
