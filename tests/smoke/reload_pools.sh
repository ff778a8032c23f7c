#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Pools and groups come, change and go with SIGHUP. A subscriber that no reload names loses nothing.
. "$(dirname "$0")/lib.sh"
group_prefixes=100.64.0.0/24
sections="export: {records: [blocks], sinks: [{name: disk, type: file, path: $work/records.log}]}"
topology
# sub2 is in a group only if the configuration has the second one.
in_ns sub2 ip addr add 100.64.1.12/10 dev eth0
in_ns sub2 ip route replace default via 100.64.0.1 src 100.64.1.12

# reload HOMES [SECOND]: the pool of the first group as given, with or without a second pool and group
reloads=0
reload() {
	pool_addresses=$1
	write_conf
	if [ $# -gt 1 ]; then
		sed -i -e 's|^groups:|&\n  - {name: visitors, pool: guests, prefixes: [100.64.1.0/24]}|' \
			-e 's|^groups:|  - {name: guests, addresses: [198.51.100.64/29]}\n&|' \
			"$work/cgnd.yaml"
	fi
	kill -HUP "$(ip netns pids "${id}cgn" | head -n 1)"
	reloads=$((reloads + 1))
	said() {
		[ "$(grep -c 'reloaded file\|configuration in use stays' "$work/cgnd.log")" -ge "$reloads" ]
	}
	retry said
}
log_has() {
	grep "$1" "$work/cgnd.log"
}
small="[198.51.100.0/29]"
large="[198.51.100.0/28]"$'\n    exclude: [198.51.100.9]\n    port_range: 2048-65535'
start_cgnd
reflector
external sub1 udp 5000 >"$work/first"

serve inet iperf3 -s -B 203.0.113.2
listening inet 5201
serve inet sh -c "exec /usr/bin/python3 '$here/hold.py' serve 203.0.113.1 9000 >'$work/server'"
listening inet 9000
in_ns sub1 timeout 240 iperf3 -J -c 203.0.113.2 -b 10M -t 60 >"$work/iperf.json" 2>&1 &
iperf=$!
in_ns sub1 ping -i 0.02 -W 10 203.0.113.1 >"$work/ping" 2>&1 &
ping=$!

# N-LIVE-23: a group and its pool come and go
no_group() {
	if external sub2 udp 6000; then return 1; fi
}
check "sub2 is in no group" no_group
reload "$large" second
guest() {
	external sub2 udp 6000 | tee "$work/guest"
	grep -E '^198\.51\.100\.(6[4-9]|7[01]) ' "$work/guest"
}
check "the new group has an address of the new pool" guest
# N-LIVE-30: records of a new pool
named() {
	retry grep -q 'natPoolName="guests"' "$work/records.log" || {
		tail "$work/records.log"
		return 1
	}
}
check "records have the name of the new pool" named
serve sub2 sh -c "exec /usr/bin/python3 '$here/hold.py' connect 203.0.113.1 9000 >'$work/client'"
retry grep -q up "$work/server"
reload "$small"
cut() {
	retry grep -q reset "$work/client"
	retry grep -q reset "$work/server"
	no_group
	if ctl subscribers show | grep 100.64.1.12; then return 1; fi
}
check "without its group, the subscriber is cut" cut

for _ in $(seq 9); do
	reload "$large" second
	external sub2 udp 6000 >>"$work/guests"
	reload "$small"
done
again() {
	cat "$work/guests"
	[ "$(grep -cE '^198\.51\.100\.(6[4-9]|7[01]) ' "$work/guests")" -eq 9 ]
}
check "each time that the group is back, so is its subscriber" again

# N-LIVE-20, N-LIVE-21: others notice nothing
kill -INT "$(ip netns pids "${id}sub1" | xargs ps -o pid=,comm= -p | awk '$2 == "ping" { print $1; exit }')"
wait $ping || :
no_loss() {
	tail -n 3 "$work/ping"
	grep " 0% packet loss" "$work/ping"
	[ "$(sed -n 's/ packets transmitted.*//p' "$work/ping")" -gt 100 ]
}
check "another subscriber has lost no packet" no_loss
same() {
	external sub1 udp 5000 | diff - "$work/first"
}
check "and has the same endpoint outside" same
status=0
wait $iperf || status=$?
check "its connection has gone on" [ "$status" -eq 0 ]

# A table that would be too small.
reload "[198.51.100.0/29, 198.18.0.0/20]"
check "the log says why a reload is refused" log_has "pools: addresses: a worker has room"
check "and packets still pass" same
finish
