#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Pools and groups come, change and go with SIGHUP. A subscriber that no reload names loses nothing.
. "$(dirname "$0")/lib.sh"
group_prefixes=100.64.0.0/24
sections="export: {records: [blocks], sinks: [{name: disk, type: file, path: $work/records.log}]}"
natpmp="{role: server, requests_per_s: 1000}"
store=$work/state.db
topology
# sub2 is in a group only if the configuration has the second one.
in_ns sub2 ip addr add 100.64.1.12/10 dev eth0
in_ns sub2 ip route replace default via 100.64.0.1 src 100.64.1.12
in_ns sub2 ip route add 100.64.0.1/32 dev eth0 src 100.64.1.12

# reload HOMES [POOL]: the pool of the first group as given, with or without a second pool and group. The group uses POOL
reloads=0
reload() {
	pool_addresses=$1
	write_conf
	if [ $# -gt 1 ]; then
		sed -i -e 's|^groups:|&\n  - {name: visitors, pool: '"$2"', prefixes: [100.64.1.0/24]}|' \
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
reload "$large" guests
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
	reload "$large" guests
	external sub2 udp 6000 >>"$work/guests"
	reload "$small"
done
again() {
	cat "$work/guests"
	[ "$(grep -cE '^198\.51\.100\.(6[4-9]|7[01]) ' "$work/guests")" -eq 9 ]
}
check "each time that the group is back, so is its subscriber" again

# N-LIVE-25, N-LIVE-32: the subscriber moves to another pool
reload "$large" guests
serve inet sh -c "exec /usr/bin/python3 '$here/hold.py' serve 203.0.113.1 9001 >'$work/server2'"
listening inet 9001
serve sub2 sh -c "exec /usr/bin/python3 '$here/hold.py' connect 203.0.113.1 9001 >'$work/client2'"
retry grep -q up "$work/server2"
asks() {
	in_ns sub2 timeout 60 natpmpc -g 100.64.0.1 -a 7000 7000 udp 3600
}
check "its subscriber gets a lease" asks
serve sub2 sh -c "exec /usr/bin/python3 '$here/natpmp_client.py' listen 200 30 natpmp >'$work/announced'"
lease_in() {
	ctl leases show | tee "$work/leases"
	grep -E "100.64.1.12:7000 .* 198\.51\.100\.$1:7000 " "$work/leases"
}
check "a lease has an address of the pool" lease_in '(6[4-9]|7[01])'
reload "$large" homes
both_reset() {
	retry grep -q reset "$work/client2"
	retry grep -q reset "$work/server2"
}
check "both ends of its connection are reset" both_reset
check "the lease has an address of the other pool" retry lease_in '([0-9]|1[0-5])'
announced() {
	cat "$work/announced"
	/usr/bin/python3 - "$work/announced" <<-'END'
		import ipaddress, sys
		homes = ipaddress.ip_network("198.51.100.0/28")
		answers = [bytes.fromhex(line.split()[3]) for line in open(sys.argv[1])]
		assert any(ipaddress.ip_address(a[8:12]) in homes for a in answers)
	END
}
check "its client is told" retry announced
reload "$small"
gone() {
	ctl leases show | tee "$work/leases"
	if grep -q 100.64.1.12 "$work/leases"; then return 1; fi
}
check "without its group, the lease ends" retry gone

# N-LIVE-20, N-LIVE-21: others notice nothing
kill -INT "$(ip netns pids "${id}sub1" | xargs ps -o pid=,comm= -p | awk '$2 == "ping" { print $1; exit }')"
wait $ping || :
check "another subscriber has lost no packet" no_ping_lost "$work/ping"
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
