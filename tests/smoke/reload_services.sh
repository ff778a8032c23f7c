#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# N-LIVE-43, N-LIVE-50, N-LIVE-51, N-LIVE-57, N-LIVE-63: reloads change services and static mappings around a stream that goes on: records, the server for port mapping.
. "$(dirname "$0")/lib.sh"
pool_addresses=$public_pool
natpmp='{role: "off"}'
store=$work/state.db
topology
start_cgnd
serve inet iperf3 -s -B 203.0.113.1
listening inet 5201
reflector
base=$work/base.yaml
cp "$work/cgnd.yaml" "$base"
pid=$(ip netns pids "${id}cgn")

fails() {
	! "$@"
}

# How many reloads have ended
ends() {
	grep -c 'reloaded file\|reload refused, the\|reload: nothing' "$work/cgnd.log" || :
}
# reload SED-EXPRESSION [TEXT]: the first configuration with a change and with this text behind it
reload() {
	local before
	before=$(ends)
	sed "$1" "$base" >"$work/cgnd.yaml"
	echo "${2:-}" >>"$work/cgnd.yaml"
	# shellcheck disable=SC2086 # one process a word
	kill -HUP $pid
	said() {
		[ "$(ends)" -gt "$before" ]
	}
	retry said
}
reloaded() {
	local before
	before=$(grep -c 'reloaded file' "$work/cgnd.log" || :)
	reload "$@" && [ "$(grep -c 'reloaded file' "$work/cgnd.log")" -gt "$before" ]
}
sinks() {
	local name list=
	for name in "$@"; do list+="{name: $name, type: file, path: $work/$name.log}, "; done
	echo "export: {records: [blocks, mappings], sinks: [$list]}"
}
statics() {
	local one="{protocol: tcp, inside: \"100.64.0.12:$1\", external: \"$2:8080\"}"
	printf 's/^nat:/nat:\\n  static_mappings: [%s]/' "$one"
}

in_ns sub1 iperf3 -J -c 203.0.113.1 -t 40 -b 5M >"$work/iperf.json" 2>&1 &
stream=$!
connected() {
	ctl mappings show --subscriber 100.64.0.11 | grep -q tcp
}
check "a stream begins" retry connected
addr=$(external sub2 udp 5000 | cut -d' ' -f1)
asks() {
	in_ns sub2 natpmpc -g 100.64.0.1 -a 0 "$1" tcp 600 >"$work/natpmpc" 2>&1
	grep -q "Mapped public port" "$work/natpmpc"
}
check "nobody answers NAT-PMP at first" fails asks 7000

check "the server is switched on" reloaded 's/^natpmp:.*/natpmp: {role: server}/' "$(sinks disk)"
check "it answers" retry asks 7000
for i in 1 2 3 4 5; do
	check "a sink comes ($i)" reloaded 's/^natpmp:.*/natpmp: {role: server}/' "$(sinks disk tape)"
	external sub2 udp $((6000 + i)) >/dev/null
	check "a sink goes ($i)" reloaded 's/^natpmp:.*/natpmp: {role: server}/' "$(sinks disk)"
	external sub2 udp $((6100 + i)) >/dev/null
done
serve sub2 python3 -m http.server 80
listening sub2 80
check "a static mapping comes" reloaded "$(statics 80 "$addr")" "$(sinks disk)"
fetches() {
	in_ns inet curl -s -m 3 -o /dev/null "http://$addr:8080/"
}
check "it can be reached from outside" retry fetches
check "it goes" reloaded '' "$(sinks disk)"
check "nobody reaches it any more" fails fetches
check "the export is switched off" reloaded '' ''
wait $stream || :
lasts() {
	/usr/bin/python3 - "$work/iperf.json" <<-'END'
		import json, sys
		run = json.load(open(sys.argv[1]))
		print(run.get("error", run["end"]["sum_received"]))
		sys.exit("error" in run)
	END
}
check "the stream has gone on through all of it" lasts
# numbers FILE: those of each worker are there once, in a row
numbers() {
	/usr/bin/python3 - "$1" <<-'END'
		import collections, re, sys
		seen = collections.defaultdict(list)
		for line in open(sys.argv[1]):
		    m = re.search(r'boot="(\w+)" producer="(worker\d+)" seq="(\d+)"', line)
		    if m:
		        seen[m[1], m[2]].append(int(m[3]))
		for who, n in seen.items():
		    print(who, n[0], n[-1], len(n))
		    assert n == list(range(n[0], n[0] + len(n))), who
		    assert n[0] == 1, who
		assert seen
	END
}
check "no record is missing" numbers "$work/disk.log"
# Nobody listens there, so each end of the export waits for its last records.
silent="export: {records: [blocks], sinks: [{name: far, type: syslog, target: \"tcp://127.0.0.1:9\"}]}"
for i in 1 2 3; do
	check "the export comes ($i)" reloaded '' "$silent"
	external sub2 udp $((6200 + i)) >/dev/null
	check "it goes ($i)" reloaded '' ''
done
check "reloads have waited for the end of the export" \
	grep -q "reload waits for the end of the change before part=export" "$work/cgnd.log"
check "none was refused" fails grep -q "reload refused" "$work/cgnd.log"
stop_cgnd
finish
