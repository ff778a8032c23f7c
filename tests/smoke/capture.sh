#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cgnctl capture: files that Wireshark reads, with what became of each packet.
. "$(dirname "$0")/lib.sh"
command -v tshark >/dev/null || {
	echo "skipped: needs tshark"
	exit 77
}
# shellcheck source=tests/smoke/lib_huge.sh
[ -z "${want_hugepages-}" ] || . "$here/lib_huge.sh"
topology
start_cgnd
reflector
# G-DAY-26
memory() {
	local maps
	maps=/proc/$(ip netns pids "${id}cgn" | head -n 1)/maps
	if [ -n "${want_hugepages-}" ]; then
		grep -m 1 "$work/huge" "$maps"
	elif grep hugepages "$maps"; then
		return 1
	fi
}
check "the memory is of the kind that the test is for" memory
read -r address port <<<"$(external sub1 udp 5000)"
in_ns sub1 ping -q -c 1 -W 5 100.64.0.1 >"$work/ping" || :
inside_mac=$(in_ns sub1 ip neigh show 100.64.0.1 | awk '{ for (i = 1; i < NF; i++) if ($i == "lladdr") print $(i + 1) }')
check "the MAC address of cgnd is known" [ -n "$inside_mac" ]
s=100.64.0.11
ip netns exec "${id}sub1" /usr/bin/python3 "$here/trace_packets.py" eth0 "$inside_mac" $s ttl &
drops=$!
ip netns exec "${id}sub1" /usr/bin/python3 "$here/trace_packets.py" eth0 "$inside_mac" $s udp &
passes=$!
ip netns exec "${id}sub2" /usr/bin/python3 "$here/trace_packets.py" eth0 "$inside_mac" 100.64.0.12 udp 203.0.113.2 53 &
others=$!

# captures ARGUMENTS...: into a new $work/c.pcapng
captures() {
	rm -f "$work/c.pcapng"
	ctl capture -w "$work/c.pcapng" --seconds 300 "$@"
}
# fields NAME...: of the packets in the file, a line each, with tabs
fields() {
	local args=() name
	for name; do args+=(-e "$name"); done
	tshark -n -r "$work/c.pcapng" -T fields "${args[@]}" | tee "$work/fields"
}
# all PATTERN FILE: every line has it, and there is one
all() {
	[ -s "$2" ] && ! grep -vE -- "$1" "$2"
}

# G-DAY-26: whole files
drop() {
	captures --port inside0 --verdict ttl --count 3
	fields frame.interface_name frame.packet_flags_direction ip.src ip.dst frame.comment
	[ "$(wc -l <"$work/fields")" -eq 3 ]
	# The packet that came, and the ICMP error that left by the same port.
	grep -E "^inside0.*0x.*1.$s.203.0.113.1.ttl \(dropped\): .*; sent by inside0: icmp 100.64.0.1 > $s time exceeded" "$work/fields"
}
check "dropped packets, with the verdict" drop
infos() {
	capinfos "$work/c.pcapng" >"$work/infos"
	cat "$work/infos"
	grep -q "File type: .*pcapng" "$work/infos"
	grep -q "Number of packets: *3$" "$work/infos"
	grep -q "Capture application: *cgnctl $("$build/cgnctl" --version | cut -d ' ' -f 2)" "$work/infos"
	grep -q "Name = inside0" "$work/infos" && grep -q "Name = outside0" "$work/infos"
	grep -q "Time precision = nanoseconds (9)" "$work/infos"
}
check "capinfos reads ports, program and precision" infos
translated() {
	captures --subscriber "$s" --verdict out --count 4
	fields frame.interface_name frame.packet_flags_direction ip.src udp.srcport frame.comment
	local mapping="out \(forwarded\): .*; group residential; mapping $s:5000/udp = $address:$port/udp, implicit, found"
	grep -E "^inside0.*1.$s.5000.$mapping; sent by outside0: udp $address:$port" "$work/fields"
	grep -E "^outside0.*2.$address.$port.$mapping; received by inside0$" "$work/fields"
	all "mapping $s:5000/udp" "$work/fields"
}
check "translated packets before and after, with the mapping" translated
outside() {
	captures --port outside0 --verdict out --count 3
	fields frame.interface_name ip.src frame.comment
	all '^outside0.198\.51\.100\.[0-7].out \(forwarded\).*; group residential; mapping 100\.64\.0\.1[12]:' "$work/fields"
}
check "packets as they leave" outside

# G-DAY-27: the filter runs in cgnd
filtered() {
	captures --port inside0 --filter 'udp dst port 53 and host 100.64.0.12' --count 3
	fields ip.src udp.dstport
	[ "$(wc -l <"$work/fields")" -eq 3 ] && all "^100.64.0.12.53$" "$work/fields"
	capinfos "$work/c.pcapng" | grep -q "udp dst port 53 and host 100.64.0.12"
}
check "a filter chooses frames" filtered
long_filter() {
	local filter
	filter="udp and ($(for i in $(seq 120); do printf 'dst host 192.0.2.%s or ' "$i"; done)dst port 53)"
	captures --port inside0 --filter "$filter" --count 2
	fields udp.dstport
	all "^53$" "$work/fields"
}
check "a filter that needs many questions" long_filter
bad_filter() {
	echo old >"$work/old"
	says "--filter: .*syntax error" 2 "$build/cgnctl" --prefix "$prefix" capture --filter 'udp prt 5' -w "$work/old"
	says "There are inside0, outside0" 1 "$build/cgnctl" --prefix "$prefix" capture --port nosuch -w "$work/old"
	[ "$(cat "$work/old")" = old ]
}
check "what is refused leaves an older file alone" bad_filter

# G-DAY-28: how it ends
interrupted() {
	"$build/cgnctl" --prefix "$prefix" capture --port inside0 -w "$work/c.pcapng" --seconds 600 2>"$work/said" &
	local capture=$!
	retry has_some
	kill -INT "$capture"
	wait "$capture"
	cat "$work/said"
	fields frame.number
	grep -q "^cgnctl: ended by Ctrl-C: $(wc -l <"$work/fields") packets in $work/c.pcapng$" "$work/said"
}
has_some() {
	[ "$(tshark -n -r "$work/c.pcapng" 2>/dev/null | wc -l)" -ge 3 ]
}
rm -f "$work/c.pcapng"
check "Ctrl-C leaves a whole file" interrupted
killed() {
	rm -f "$work/c.pcapng"
	"$build/cgnctl" --prefix "$prefix" capture --port inside0 -w "$work/c.pcapng" --seconds 600 &
	local capture=$!
	retry has_some
	kill -KILL "$capture"
	wait "$capture" 2>/dev/null || :
	has_some
	retry captures --port inside0 --count 1
}
check "the file is whole even if cgnctl is killed" killed
# in_the_middle COMMAND...: while another capture runs, which gets further packets afterwards
in_the_middle() {
	local n status=0
	rm -f "$work/c.pcapng"
	"$build/cgnctl" --prefix "$prefix" capture --port inside0 -w "$work/c.pcapng" --seconds 600 2>"$work/other" &
	local capture=$!
	retry has_some
	"$@" || status=$?
	n=$(packets)
	retry has_more_than "$n"
	kill -INT "$capture"
	wait "$capture" || status=1
	cat "$work/other"
	return "$status"
}
packets() {
	tshark -n -r "$work/c.pcapng" 2>/dev/null | wc -l
}
has_more_than() {
	[ "$(packets)" -gt "$1" ]
}
second() {
	echo old >"$work/old"
	says "runs already" 1 "$build/cgnctl" --prefix "$prefix" capture -w "$work/old"
	[ "$(cat "$work/old")" = old ]
}
check "a second capture is refused, and leaves an older file alone" in_the_middle second
reload() {
	sed -i 's/mappings_per_s: 0/mappings_per_s: 5000/' "$work/cgnd.yaml"
	# shellcheck disable=SC2046 # one process a word
	kill -HUP $(ip netns pids "${id}cgn")
	retry grep -w reloaded "$work/cgnd.log"
}
check "a capture goes on over a reload" in_the_middle reload
suspended() {
	local status=0
	retry captures --port inside0 --count 1
	"$build/cgnctl" --prefix "$prefix" capture --port inside0 -w "$work/c.pcapng" --seconds 600 2>"$work/other" &
	local capture=$!
	retry has_some
	kill -STOP "$capture"
	# It has ended when there is room for another one.
	retry "$build/cgnctl" --prefix "$prefix" capture --port inside0 --count 1 -w "$work/next.pcapng"
	kill -CONT "$capture"
	wait "$capture" || status=$?
	cat "$work/other"
	[ "$status" -eq 1 ] && grep "it was not read for 5 s" "$work/other"
}
check "a capture that was suspended tells why it has ended" suspended
none() {
	says "0 packets in $work/c.pcapng" 0 "$build/cgnctl" --prefix "$prefix" capture --subscriber 100.64.99.99 --seconds 1 -w "$work/c.pcapng"
	capinfos "$work/c.pcapng" | grep "Number of packets: *0$"
}
check "a file without packets is a file" none
to_stdout() {
	ctl capture --port inside0 --count 2 -w - >"$work/c.pcapng"
	fields frame.number
	[ "$(wc -l <"$work/fields")" -eq 2 ]
}
check "to stdout" to_stdout
check "a file that cannot be written is told" says "cannot write /nosuch/file" 1 \
	"$build/cgnctl" --prefix "$prefix" capture --port inside0 -w /nosuch/file
full() {
	retry says "cannot write /dev/full: No space left" 1 "$build/cgnctl" --prefix "$prefix" capture --port inside0 -w /dev/full
}
check "a full disk is told" full
kill "$drops" "$passes" "$others"
wait "$drops" "$passes" "$others" 2>/dev/null || :
finish
