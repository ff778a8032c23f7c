#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cgnctl trace-packets: why a packet was dropped, or where it went.
. "$(dirname "$0")/lib.sh"
out_mtu=1400
group_extra="mappings_icmp_max: 5
    block_size: 64
    blocks_max: 1"
nat_extra="filtering: {udp: address_and_port_dependent}"
topology
start_cgnd
reflector
read -r address port <<<"$(external sub1 udp 5000)"
mac_of() {
	in_ns "$1" ip neigh show "$2" | awk '{ for (i = 1; i < NF; i++) if ($i == "lladdr") print $(i + 1) }'
}
in_ns inet ping -q -c 1 -W 5 192.0.2.2 >"$work/ping" || :
inside_mac=$(mac_of sub1 100.64.0.1)
outside_mac=$(mac_of inet 192.0.2.2)
check "the MAC addresses of cgnd are known" [ -n "$inside_mac" -a -n "$outside_mac" ]

# sends NS KIND...: in the background until the trace ends
sends() {
	local ns=$1
	shift
	local dev_mac=$inside_mac
	[ "$ns" != inet ] || dev_mac=$outside_mac
	# Not by a shell function: the number of the process must be that of the sender.
	ip netns exec "$id$ns" /usr/bin/python3 "$here/trace_packets.py" eth0 "$dev_mac" "$@" &
	sender=$!
}
# traced VERDICT EXPRESSION NS SOURCE KIND...: a trace of this verdict ends with one packet, for which the expression holds
traced() {
	local verdict=$1 holds=$2 ns=$3 status=0
	shift 3
	sends "$ns" "$@"
	ctl --json trace-packets --verdict "$verdict" --count 1 --seconds 300 >"$work/trace" || status=$?
	kill "$sender"
	wait "$sender" 2>/dev/null || :
	cat "$work/trace"
	[ "$status" -eq 0 ] || return 1
	/usr/bin/python3 - "$work/trace" "$verdict" "$holds" <<-'END'
		import json, sys
		lines = open(sys.argv[1]).read().splitlines()
		p = json.loads(lines[0])
		assert len(lines) == 1 and p["verdict"] == sys.argv[2], p
		assert eval(sys.argv[3]), sys.argv[3]
	END
}
s=100.64.0.11
# G-DAY-20, G-DAY-21, G-DAY-25: what becomes of packets, and the stage that decides it
check "out: translated, with key, mapping and next hop" traced out \
	'p["from"]["in"] == "100.64.0.11:5000/udp" and p["from"]["ext"] == "'"$address:$port"'/udp" and p["hop"]["address"] == "192.0.2.1" and p["sent"][0]["port"] == "outside0" and "'"$address:$port"' > 203.0.113.1:9" in p["sent"][0]["packet"] and p["stages"][-1] == "device"' \
	sub1 $s udp
check "in: to whom" traced in \
	'p["to"]["in"] == "100.64.0.11:5000/udp" and p["sent"][0]["port"] == "inside0" and p["group"] == "residential"' \
	sub1 $s udp 203.0.113.1 7000
check "ttl: with the ICMP error that went back" traced ttl \
	'p["stages"][-1] == "ttl" and "time exceeded" in p["sent"][0]["packet"]' sub1 $s ttl
check "mtu: with the MTU of the next hop" traced mtu \
	'p["stages"][-1] == "route" and p["hop"]["mtu"] == 1400 and "too big" in p["sent"][0]["packet"]' sub1 $s mtu
# The bridge of the inside lets no such packet pass.
check "l3_checksum: the parser has refused it" traced l3_checksum 'p["stages"] == ["parse"]' \
	inet 203.0.113.2 checksum "$address" "$port"
check "not_subscriber: no group has the source" traced not_subscriber \
	'"group" not in p and p["stages"][-1] == "source"' sub1 10.1.2.3 udp
check "no_session: a segment of no connection" traced no_session 'p["from"]["found"] == "none"' sub1 $s ack
check "protocol: not translated" traced protocol 'p["stages"][-1] == "address"' sub1 $s protocol
check "martian: the broadcast address of a link" traced martian 'p["stages"][-1] == "address"' sub1 $s udp 192.0.2.255
check "neigh_failed: a next hop that does not answer" traced neigh_failed \
	'p["entry"] == "later" and p["hop"]["state"] == "unresolved" and p["hop"]["address"] == "192.0.2.200"' \
	sub1 $s udp 192.0.2.200
check "no_mapping: nobody has the port" traced no_mapping \
	'p["to"]["found"] == "none" and p["to"]["ext"].startswith("'"$address"'")' inet 203.0.113.2 udp "$address" 1
check "not_pool: an address of no pool" traced not_pool 'p["stages"] == ["parse", "address"]' inet 203.0.113.2 udp 198.51.100.200
check "filtered: another remote host than the subscriber's" traced filtered \
	'p["to"]["in"] == "100.64.0.11:5000/udp" and p["stages"][-1] == "filter"' inet 203.0.113.4 udp "$address" "$port"
check "sub_protocol: a limit of the group" traced sub_protocol 'p["group"] == "residential" and p["stages"][-1] == "mapping"' \
	sub2 100.64.0.12 pings
check "sub_ports: the block is used up" traced sub_ports 'p["from"]["found"] == "none"' sub2 100.64.0.12 ports
check "local: for cgnd itself" traced local 'p["stages"][-1] == "cgnd"' sub1 $s udp 100.64.0.1

# G-DAY-23: of one subscriber
of_one() {
	sends sub2 100.64.0.12 udp
	local other=$sender
	sends sub1 "$s" udp
	ctl trace-packets --subscriber "$s" --count 3 --seconds 300 >"$work/trace"
	kill "$sender" "$other"
	cat "$work/trace"
	[ "$(grep -c "^   verdict " "$work/trace")" -eq 3 ] && ! grep -q "100.64.0.12" "$work/trace" &&
		grep -q "key  *100.64.0.11:5000/udp" "$work/trace"
}
check "a trace of one subscriber" of_one
# G-DAY-24: it ends by itself
ends() {
	says "the time is over: 0 packets" 0 "$build/cgnctl" --prefix "$prefix" trace-packets --subscriber 100.64.99.99 --seconds 1
}
check "a trace without a packet ends after its time" ends
gone() {
	sends sub1 "$s" udp
	"$build/cgnctl" --prefix "$prefix" trace-packets --subscriber "$s" --count 1000000 --seconds 3600 >"$work/gone" &
	local tracer=$!
	# If the other one came first, this one would be refused.
	retry [ -s "$work/gone" ]
	says "runs already" 1 "$build/cgnctl" --prefix "$prefix" trace-packets --count 1
	kill -KILL "$tracer"
	wait "$tracer" 2>/dev/null || :
	kill "$sender"
	retry ends
}
check "only one runs at a time, and it ends when cgnctl has gone" gone
check "an unknown verdict is refused" exits 1 "$build/cgnctl" --prefix "$prefix" trace-packets --verdict nosuch
finish
