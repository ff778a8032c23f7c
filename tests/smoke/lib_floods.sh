# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Floods of forgers and strangers, and whom they must not hurt. A test sets in_device and out_device, sources this
# file and calls floods.
#
#   sub1    the victim: a subscriber with traffic and NAT-PMP requests all the time
#   sub2    newcomers: one address after the other that cgnd has never seen
#   forger  a station on the subscribers' link that invents sources
#   inet    strangers: sources outside that cgnd has never seen
#
# For each flood the same is measured beside a harmless load of as many packets (the control): the victim's lost
# packets, the 99th percentile of its NAT-PMP answers, and the time until a newcomer is served. The numbers are
# printed. A busy machine loses packets too, so that they are judged only if CGN_STRICT is set: on a machine at rest.
# What is judged always: everybody is served during the flood and after it, and every gauge comes back.

victim_packets=${CGN_FLOOD_PACKETS:-500} # 5 ms apart
victim_requests=$((victim_packets / 10))
newcomers=20
pool_addresses="[44.128.0.0/29]"

floods_topology() {
	namespaces="$namespaces forger"
	topology
	link forger eth0 sw forger
	in_ns sw ip link set forger master br0
	in_ns forger ip addr add 100.64.0.13/10 dev eth0
	in_ns forger ip route add default via 100.64.0.1
	# Strangers' answers end here, without an ICMP error.
	in_ns inet ip route add blackhole 198.18.0.0/15
	in_mac=$(in_ns cgn cat /sys/class/net/in0/address)
	out_mac=$(in_ns cgn cat /sys/class/net/out0/address)
}

# forge RATE ADDRESS ARGS...: the forger floods until stop_flood
forge() {
	local rate=$1 to=$2
	shift 2
	serve forger /usr/bin/python3 "$here/flood.py" eth0 "$in_mac" "$to" --rate "$rate" --seconds 600 "$@"
}
# strange RATE ADDRESS ARGS...: strangers from outside flood until stop_flood
strange() {
	local rate=$1 to=$2
	shift 2
	serve inet /usr/bin/python3 "$here/flood.py" eth0 "$out_mac" "$to" --rate "$rate" --seconds 600 "$@"
}
stop_flood() {
	pkill -KILL -f "flood.py eth0 ($in_mac|$out_mac)" || :
}

# victim: its loss and its NAT-PMP times meanwhile
victim() {
	in_ns sub1 ping -q -n -c "$victim_packets" -i 0.005 -W 2 203.0.113.1 >"$work/victim.ping" 2>&1 &
	local pid=$!
	python sub1 natpmp_load.py paced "$victim_requests" >"$work/victim.pmp" 2>&1 || echo "requests failed" >>"$work/victim.pmp"
	wait $pid || :
	loss=$(awk -F'[ %]' '/packet loss/ { for (i = 1; i <= NF; i++) if ($i == "packet") print $(i - 2) }' "$work/victim.ping")
	p99=$(sed -n 's/.*(median), \([0-9.]*\) ms (99th.*/\1/p' "$work/victim.pmp")
}

# newcomer: an address that cgnd has never seen asks for its external address and gets traffic through
newcomer() {
	newcomers=$((newcomers + 1))
	local begin
	in_ns sub2 ip addr flush dev eth0
	in_ns sub2 ip link set eth0 address "02:00:00:00:02:$newcomers"
	in_ns sub2 ip addr add "100.64.1.$newcomers/10" dev eth0
	in_ns sub2 ip route add default via 100.64.0.1
	begin=$(date +%s%N)
	retry in_ns sub2 ping -q -n -c 1 -W 1 203.0.113.1 || return 1
	retry in_ns sub2 natpmpc -g 100.64.0.1 || return 1
	newcomer_ms=$((($(date +%s%N) - begin) / 1000000))
}

# floods_start: cgnd with all its buffers free
floods_start() {
	start_cgnd
	buffers=$(buffers_free)
	check "the victim is served" served sub1
	check "the forger's own address is served" served forger
}
buffers_free() {
	ctl counters show | awk '$2 == "mbufs_free" { print $3 }'
}
# What waits for neighbours that do not exist is given up after a while.
buffers_back() {
	for _ in $(seq 60); do
		[ "$(buffers_free)" -lt "$buffers" ] || return 0
		sleep 1
	done
	echo "$(buffers_free) of $buffers buffers are free"
	return 1
}

at_most() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'
}
# strict TEXT COMMAND...: a claim about times and losses, judged on a machine at rest only
strict() {
	if [ -n "${CGN_STRICT:-}" ]; then check "$@"; fi
}

# measured NAME: everybody is served while the flood lasts; the numbers go to the output
measured() {
	local name=$1
	victim
	check "$name: the victim's requests are answered" grep -q "^ok: $victim_requests requests" "$work/victim.pmp"
	check "$name: the victim's packets come through" at_most "${loss:-100}" 50
	newcomer_ms=none
	if newcomer; then echo "ok: $name: a newcomer is served"; else
		echo "FAILED: $name: a newcomer is served"
		failures=$((failures + 1))
	fi
	echo "    $name: loss ${loss:-?} %, NAT-PMP 99th percentile ${p99:-?} ms, newcomer ${newcomer_ms} ms"
}

# flooded NAME CONTROL_LOSS: the same with the flood's limits
flooded() {
	measured "$1"
	strict "$1: loss at most 0.5 % above the control ($2 %)" at_most "${loss:-100}" "$(awk -v c="$2" 'BEGIN { print c + 0.5 }')"
	strict "$1: NAT-PMP's 99th percentile is under 250 ms" at_most "${p99:-9999}" 250
	strict "$1: the newcomer is served within 2 s" at_most "${newcomer_ms/none/9999}" 2000
	stop_flood
	check "$1: the victim is served afterwards" served sub1
	check "$1: the forger's own address is served afterwards" served forger
}
served() {
	retry in_ns "$1" ping -q -n -c 1 -W 1 203.0.113.1
	retry in_ns "$1" natpmpc -g 100.64.0.1
}

# control RATE: as many harmless packets of the forger's own address, whose mapping exists
control() {
	forge "$1" 203.0.113.2 --sources 100.64.0.13/1
	measured "control of $1 packets/s"
	stop_flood
	control_loss=${loss:-0}
}
# control_outside RATE: as many packets of strangers that nothing is mapped for
control_outside() {
	strange "$1" 44.128.0.7 --sources 198.18.0.1/1
	measured "control of $1 packets/s from outside"
	stop_flood
	control_loss=${loss:-0}
}

# traced: the victim's probes whose TTL ends in cgnd are answered. Twenty, one a second: within its share.
traced() {
	in_ns sub1 ping -n -t 1 -c 20 -i 0.2 -W 2 203.0.113.1 >"$work/traced" 2>&1 || :
	cat "$work/traced"
	[ "$(grep -c 'exceeded' "$work/traced")" -ge "$1" ]
}

# Kind by kind; the victim keeps its sessions, its lease and its share of the answers.
floods_with_sources_believed() {
	source_check=route
	floods_start
	control 6000
	forge 6000 203.0.113.2 --sources 100.65.0.1/60000 --ttl 1
	flooded "answers to invented neighbours" "$control_loss"
	# The pool ends, so that invented subscribers leave nothing for newcomers: they are 400 only.
	forge 6000 203.0.113.1 --sources 100.66.0.1/400 --dport 7000
	flooded "answers from outside to invented neighbours" "$control_loss"
	control_outside 6000
	strange 6000 44.128.0.1 --sources 198.18.0.1/1 --ttl 1
	check "one stranger whose TTL ends: the victim's traceroute is answered" traced 20
	flooded "one stranger whose TTL ends" "$control_loss"
	check "all packet buffers come back" buffers_back
	stop_cgnd
	check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
}

floods_with_sources_checked() {
	source_check=neighbour
	floods_start
	control 6000
	forge 6000 100.64.0.1 --sources 100.65.0.1/60000 --kind map
	flooded "leases for invented neighbours" "$control_loss"
	forge 6000 100.64.0.1 --sources 100.65.0.1/60000 --kind address
	flooded "address queries of invented neighbours" "$control_loss"
	check "no invented neighbour is a subscriber" nobody 100.65.
}
nobody() {
	ctl subscribers show >"$work/subscribers"
	head "$work/subscribers"
	! grep -q "$1" "$work/subscribers"
}

one_station_takes_no_pool() {
	# The forger's kernel answers for these addresses, so that they are neighbours indeed.
	in_ns forger ip route add local 100.67.0.0/18 dev lo
	forge 6000 100.64.0.1 --sources 100.67.0.1/16000 --kind map
	flooded "leases for neighbours of one station" "$control_loss"
	in_ns forger ip route del local 100.67.0.0/18 dev lo
}

# 9000 connections from strangers to a lease whose host answers
strangers_take_no_session() {
	serve sub1 /usr/bin/python3 "$here/reflect.py" serve 7000
	retry in_ns sub1 /usr/bin/python3 "$here/reflect.py" ask tcp 127.0.0.1 7000
	read -r lease_address lease_port <<<"$(lease)"
	check "a connection from outside is taken before" connects
	strange 6000 "$lease_address" --sources 198.18.0.1/60000 --kind syn --dport "$lease_port"
	check "connections from outside are taken meanwhile" connects
	flooded "connections of strangers" "$control_loss"
	check "connections from outside are taken afterwards" connects
}
lease() {
	in_ns sub1 natpmpc -g 100.64.0.1 -a 7000 7000 tcp 3600 |
		awk '/Public IP/ { sub(/.*: */, ""); a = $0 } /Mapped public port/ { p = $4 } END { print a, p }'
}
connects() {
	for _ in 1 2 3; do
		retry in_ns inet timeout 5 /usr/bin/python3 "$here/reflect.py" ask tcp "$lease_address" "$lease_port"
	done
}

floods() {
	natpmp="{role: server}"
	group_extra="leases_max: 2000"
	floods_topology
	floods_with_sources_believed
	floods_with_sources_checked
	strangers_take_no_session
	one_station_takes_no_pool
	check "all packet buffers come back" buffers_back
	ctl counters show >"$work/counters"
	grep -iE 'mbuf|punt|icmp|neigh|station|unproven' "$work/counters" || :
	finish
}
