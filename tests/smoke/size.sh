#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cgnctl size: the memory that it says is the memory that a cgnd takes, and a running cgnd can be measured.
. "$(dirname "$0")/lib.sh"
ctl=$build/cgnctl

# empty_conf WORKERS POOL PREFAULT MIB: ports without packets, and nothing else that takes memory
empty_conf() {
	cat >"$work/empty.yaml" <<-END
		workers: $1
		eal: ["--no-huge", "-m", "$4", "--no-pci"]
		runtime_dir: $work/empty
		prefault: $3
		ports:
		  - {name: inside0, device: "net_null0,no-rx=1", side: inside, addresses: [100.64.0.1/10]}
		  - {name: outside0, device: "net_null1,no-rx=1", side: outside, addresses: [192.0.2.2/24]}
		pools:
		  - {name: p, addresses: [$2]}
		groups:
		  - {name: homes, prefixes: [100.64.0.0/10], pool: p}
		nat: {mappings_max: 1000000, sessions_max: 200000}
		natpmp: {role: off}
		store: {path: ""}
		telemetry: {prefix: $prefix-empty}
	END
}

# said KEY: of the file, in whole numbers
said() {
	"$ctl" size --config "$work/empty.yaml" --subscribers 100 --json |
		python3 -c "import json, sys; print(round(json.load(sys.stdin)['results']['$1']['value']))"
}

# near SAID MEASURED PERCENT WHAT
near() {
	echo "$4: said $1, measured $2"
	[ $((100 * $1)) -ge $(((100 - $3) * $2)) ] && [ $((100 * $1)) -le $(((100 + $3) * $2)) ]
}

# agrees WORKERS POOL PREFAULT: start a cgnd with as much memory for EAL as cgnctl says, and look what it takes
agrees() {
	local pid rss want heap
	empty_conf "$1" "$2" "$3" 64
	heap=$(($(said hugepages_mib) - $(said packet_buffers_mib)))
	empty_conf "$1" "$2" "$3" "$heap"
	mkdir -p "$work/empty"
	"$build/cgnd" -c "$work/empty.yaml" >"$work/empty.log" 2>&1 </dev/null &
	pid=$!
	retry grep -qw ready "$work/empty.log" || { cat "$work/empty.log"; kill -9 "$pid"; return 1; }
	rss=$(($(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status") / 1024))
	kill "$pid"
	wait "$pid"
	want=$(said memory_start_mib)
	[ "$3" = false ] || want=$((want + $(said memory_tables_full_mib)))
	near "$want" "$rss" 20 "resident MiB"
	near "$(said packet_buffers_mib)" "$(sed -n 's/.*packet buffers mib=\([0-9]*\).*/\1/p' "$work/empty.log")" 10 \
		"packet buffers"
	[ "$3" = false ] || near "$(said memory_tables_full_mib)" \
		"$(sed -n 's/.*tables committed mib=\([0-9]*\).*/\1/p' "$work/empty.log")" 5 "full tables"
}

# The programs of a sanitizer build take more.
if ! nm "$cgnd" | grep -q __asan_init; then
	# G-DAY-53: within 20 % of the resident memory, 10 % of the packet buffers and 5 % of the tables
	check "a small cgnd takes the memory that was said" agrees 1 44.128.0.0/29 false
	check "a larger one with full tables, too" agrees 2 44.128.0.0/24 true
fi

natpmp="{role: server}"
topology
start_cgnd
check "two subscribers have mappings" eval \
	'in_ns sub1 ping -c 2 -i 0.2 203.0.113.1 && in_ns sub2 ping -c 2 -i 0.2 203.0.113.1'
check "one of them has a lease" in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 7000 7000 udp 3600
running() {
	"$ctl" -p "$prefix" size >"$work/said"
	cat "$work/said"
	grep -q '^2 subscribers of group .*, profile measured' "$work/said"
	grep -q '^each, .* 0 sessions, 0.5 leases$' "$work/said"
	grep -q '^blocks of a subscriber  *1.00   as cgnd has counted' "$work/said"
}
# G-DAY-55: with two subscribers, and as if there were more
check "a running cgnd is measured" running
check "its subscribers can be ten thousand" says "^10000 subscribers .* profile measured" 0 \
	"$ctl" -p "$prefix" size --subscribers 10000
# G-DAY-84: a group of its own, and keys that are too small
grouped() {
	cat >"$work/groups.yaml" <<-END
		$(sed -n '/^  - {name: homes/q;p' "$work/empty.yaml")
		  - {name: homes, prefixes: [100.64.0.0/11], pool: p}
		  - {name: offices, prefixes: [100.96.0.0/11], pool: p}
		nat: {mappings_max: 1000, subscribers_max: 50}
	END
	"$ctl" size -c "$work/groups.yaml" --subscribers 100 "$@" >"$work/said"
	cat "$work/said"
}
other_group() {
	empty_conf 1 44.128.0.0/29 false 64
	grouped --group offices
	grep -q "^100 subscribers of group offices," "$work/said"
	grep -q "^not in these numbers: --group homes$" "$work/said"
	grep -q "^too small: nat.mappings_max is 1000, and needs 20000 " "$work/said"
	grep -q "^too small: nat.subscribers_max is 50, and needs 100 " "$work/said"
}
check "another group, and limits that are too small" other_group
check "a group that there is not" says 'no group is called "office". Did you mean offices?' 1 \
	"$ctl" size -c "$work/groups.yaml" --subscribers 100 --group office
# G-DAY-53: wrong questions end with 2 and one line
check "an unknown profile is told with the known ones" says "residential, mobile, business" 2 \
	"$ctl" size --config "$work/cgnd.yaml" --subscribers 10 --profile village
check "a file needs a number of subscribers" says "says how many there are" 2 "$ctl" size --config "$work/cgnd.yaml"
check "no number of subscribers" says "not a number of subscribers" 2 "$ctl" size --config "$work/cgnd.yaml" --subscribers 1e
finish
