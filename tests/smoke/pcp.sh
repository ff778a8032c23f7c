#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# PCP beside NAT-PMP: a prober that shares no code with cgnd, libtorrent, and natpmpc on the same port.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server, requests_per_s: 1000}"
store=$work/state.db
sections="pcp: {third_party: [172.20.0.9/32]}"
in_addresses="[100.64.0.1/10, 172.20.0.1/24]"
pool_addresses=$public_pool
topology
start_cgnd

# E.3, E.4, E.7: one packet for each rule
check "each rule of the server holds" python sub1 pcp_client.py rules

# E-OPT-5: what could control a terminal is not printed.
described() {
	ctl leases show | tee "$work/described"
	grep -aq "100.64.0.11:1400 .* für \\\\x1b\[31mspiele" "$work/described"
	# A command behind "!" would not end the function.
	if grep -aq $'\e' "$work/described"; then return 1; fi
	ctl leases show --json >"$work/described"
	grep -q '"description":"x\{128\}"' "$work/described"
}
check "cgnctl shows descriptions" described

maps() {
	mapped=$(python sub1 pcp_client.py map tcp 8080 3600 77)
	echo "$mapped" | tee "$work/mapped"
	ctl leases show
	ctl leases show | grep "100.64.0.11:8080 .* pcp "
}
check "a mapping is made, and cgnctl shows who has made it" maps
serve sub1 socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'echo hello from home'
listening sub1 8080
reached() {
	local address port
	read -r address port _ <"$work/mapped"
	retry sh -c "ip netns exec '${id}inet' socat -T 60 - 'TCP:$address:$port' </dev/null | grep -q 'hello from home'"
}
# E-MAP-1
check "the internet reaches the subscriber" reached

# E-ADR-1: the answer comes from the address that was asked. The client would take no other one.
anycast() {
	local before address
	before=$(cut -d' ' -f1,2 "$work/mapped")
	[ "$(python sub1 pcp_client.py --server 192.0.0.9 map tcp 8080 3600 77 | cut -d' ' -f1,2)" = "$before" ]
	# NAT-PMP, too
	address=$(in_ns sub1 timeout 60 natpmpc -g 192.0.0.9 | grep -o "IP address : .*" | grep -o "[0-9.]*")
	[ "$address" = "${before% *}" ]
}
check "the anycast address answers inside" anycast

# E-OPT-1: a host of pcp.third_party, which is no subscriber
in_ns sub2 ip addr add 172.20.0.9/24 dev eth0
asks_for_another() {
	python sub2 pcp_client.py --server 172.20.0.1 manager 100.64.0.11
	python sub2 pcp_client.py --server 172.20.0.1 --for 100.64.0.11 map tcp 8090 3600 5 | tee "$work/third"
	ctl leases show | grep "100.64.0.11:8090 .* pcp "
	serve sub1 socat TCP-LISTEN:8090,fork,reuseaddr SYSTEM:'echo hello from home'
	listening sub1 8090
	read -r address port _ <"$work/third"
	retry sh -c "ip netns exec '${id}inet' socat -T 60 - 'TCP:$address:$port' </dev/null | grep -q 'hello from home'"
}
check "a host that may do so asks for a subscriber" asks_for_another

# E-MAP-6: NAT-PMP reads the mapping, and does not change it.
meets() {
	local address port ext
	read -r address port _ <"$work/mapped"
	ext=$(in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 9999 8080 tcp 600 | grep -o "public port [0-9]*" | grep -o "[0-9]*")
	echo "NAT-PMP is told $ext"
	[ "$ext" = "$port" ]
	in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 0 8080 tcp 0 || :
	ctl leases show | grep "100.64.0.11:8080 .* pcp "
	# PCP takes over a mapping of NAT-PMP.
	in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 0 8081 udp 600
	ctl leases show | grep "100.64.0.11:8081 .* natpmp "
	python sub1 pcp_client.py map udp 8081 600 78
	ctl leases show | grep "100.64.0.11:8081 .* pcp "
}
check "NAT-PMP and PCP meet on a mapping" meets

# E-OPT-4: each port of a set is reached, and cgnctl shows each.
has_a_set() {
	local address port size
	python sub1 pcp_client.py set udp 3000 20 >"$work/set"
	cat "$work/set"
	read -r address port _ <"$work/set"
	size=$(tail -1 "$work/set" | cut -d' ' -f1)
	[ "$size" -gt 1 ]
	[ "$(ctl leases show | grep -c "100.64.0.11:30[0-9][0-9] .* pcp ")" -eq "$size" ]
	for i in 0 $((size - 1)); do
		serve sub1 socat "UDP-LISTEN:$((3000 + i)),fork" SYSTEM:"echo port $i"
		retry sh -c "echo hello | ip netns exec '${id}inet' socat -t 1 - 'UDP:$address:$((port + i))' | grep -qx 'port $i'"
	done
}
check "each port of a set is reached" has_a_set

# E-PEER-2: a connection over a lease of PEER, which goes on after a restart
serve inet socat TCP-LISTEN:7000,reuseaddr EXEC:cat
listening inet 7000
mkfifo "$work/to" "$work/from"
serve sub1 sh -c "exec socat - TCP:203.0.113.2:7000,sourceport=1500 <'$work/to' >'$work/from'"
exec 5<>"$work/to" 6<>"$work/from"
echoes() {
	echo "$1" >&5
	read -r -t 120 said <&6
	echo "said $said"
	[ "$said" = "$1" ]
}
keeps() {
	echoes before
	python sub1 pcp_client.py peer tcp 1500 203.0.113.2 7000 3600 76
	ctl leases show | grep "100.64.0.11:1500 .* pcp  *peer "
}
check "PEER keeps a connection" keeps

# The nonce is in the store.
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" 2>/dev/null || :
start_cgnd
survives() {
	local before
	before=$(cut -d' ' -f1,2 "$work/mapped")
	[ "$(python sub1 pcp_client.py map tcp 8080 3600 77 | cut -d' ' -f1,2)" = "$before" ]
	python sub1 pcp_client.py map tcp 8080 3600 79 2>"$work/said" || :
	cat "$work/said"
	grep -q "^result 2 " "$work/said"
	reached
}
check "after kill -9 the mapping belongs to its client as before" survives

check "the connection that PEER keeps goes on" echoes after
# The descriptions are there, too.
check "cgnctl shows descriptions again" described
# from_host ADDRESS: whether the subscriber answers this host
from_host() {
	local address port
	read -r address port _ <"$work/mapped"
	in_ns inet socat -T 60 - "TCP:$address:$port,bind=$1" </dev/null | grep -q 'hello from home'
}
# E-OPT-3
filters() {
	python sub1 pcp_client.py filter tcp 8080 77 203.0.113.1/32
	ctl leases show --json | grep -F '"filters":["203.0.113.1/32"]'
	retry from_host 203.0.113.1
	if from_host 203.0.113.2; then return 1; fi
	# More are added, up to the limit of eight.
	python sub1 pcp_client.py filter tcp 8080 77 203.0.113.2/32,9 203.0.113.2/31 203.0.113.2/31
	retry from_host 203.0.113.2
	retry from_host 203.0.113.1
	python sub1 pcp_client.py filter tcp 8080 77 203.0.113.4/32 192.0.2.{1..5}/32 2>"$work/said" || :
	cat "$work/said"
	grep -q "^result 13 " "$work/said"
	if from_host 203.0.113.4; then return 1; fi
}
check "only the hosts that the client names come in" filters
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" 2>/dev/null || :
start_cgnd
filters_survive() {
	retry from_host 203.0.113.2
	if from_host 203.0.113.4; then return 1; fi
	python sub1 pcp_client.py filter tcp 8080 77 clear
	reached
}
check "filters survive kill -9, until the client clears them" filters_survive

# E-ANN-1, E-ANN-2: announcements of a loss have both formats. The file is emptied first: announcements of the start
# before go on for a minute.
in_ns sub2 /usr/bin/python3 "$here/natpmp_client.py" tcp 8082
serve sub2 sh -c "exec /usr/bin/python3 '$here/natpmp_client.py' listen 600 1000 >>'$work/announced'"
retry in_ns sub2 sh -c "ss -Hlun 'sport = :5350' | grep -q ."
announced_twice() {
	[ "$(grep -c " 5351 0080" "$work/announced")" -ge 2 ] &&
		[ "$(grep -cE " 5351 02800000[0-9a-f]{40}$" "$work/announced")" -ge 2 ]
}
lost() {
	: >"$work/announced"
	ctl leases delete 100.64.0.12
	retry announced_twice
	cat "$work/announced"
}
check "a loss is announced to clients of both protocols" lost

# E-ANN-4: the client of a lease that the operator ends is told by messages to its own port.
updated() {
	serve sub2 sh -c "exec /usr/bin/python3 '$here/pcp_client.py' updated 9010 >'$work/updated'"
	retry grep -q mapped "$work/updated"
	ctl leases delete 100.64.0.12:9010/udp
	retry grep -q "told three times" "$work/updated" || {
		cat "$work/updated" "$work/serve.log"
		return 1
	}
}
check "a client is told that its mapping has ended" updated

torrent() {
	# Its messages say which protocol it speaks.
	serve sub1 sh -c "exec /usr/bin/python3 '$here/natpmp_torrent.py' client 100.64.0.11 6881 '$work/ports' '$work/done' >'$work/torrent'"
	retry grep -q ports "$work/ports"
	cat "$work/torrent"
	ctl leases show | tee "$work/leases"
	[ "$(grep -c "100.64.0.11:6881 .* pcp " "$work/leases")" -eq 2 ]
	read -r _ tcp udp <"$work/ports"
	python inet natpmp_torrent.py reach "$(cut -d' ' -f1 "$work/mapped")" "$tcp" "$udp"
	touch "$work/done"
}
# The first thing that libtorrent tries is PCP.
check "libtorrent opens its ports with PCP, and is reached" torrent

# E-ANN-1: other external addresses after a restart. The client hears it, and gets another address.
python sub2 pcp_client.py map udp 9020 3600 5 >"$work/old"
stop_cgnd
: >"$work/announced"
pool_addresses="[44.128.0.8/29]"
start_cgnd
renumbered() {
	retry grep -qE " 5351 02800000[0-9a-f]{40}$" "$work/announced"
	cat "$work/old" "$work/announced"
	python sub2 pcp_client.py map udp 9020 3600 5 | tee "$work/new"
	[ "$(cut -d' ' -f1 "$work/old")" != "$(cut -d' ' -f1 "$work/new")" ]
}
check "clients hear of other external addresses" renumbered
finish
