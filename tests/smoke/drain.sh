#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# An external address is taken out of use: what lives there is ended in time, clients are told, others go on.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server, requests_per_s: 1000}"
store=$work/state.db
public=$public_pool
pool_addresses=$public
topology
start_cgnd

# drain LIST SECONDS: reload with a list of addresses that drain
drain() {
	pool_addresses=$public$'\n    drain: '"$1"$'\n    drain_max_s: '"$2"
	write_conf
	kill -HUP "$(ip netns pids "${id}cgn" | head -n 1)"
}
# row ADDRESS FIELD: of the table of addresses that drain
row() {
	ctl pools drains --json | /usr/bin/python3 -c 'import json, sys
print(*(r[sys.argv[2]] for r in json.load(sys.stdin) if r["address"] == sys.argv[1]))' "$1" "$2"
}
is() {
	[ "$(row "$1" state)" = "$2" ]
}

# Two leases and a connection of sub1; an iperf3 of sub2, on another address.
serve sub1 sh -c "exec /usr/bin/python3 '$here/natpmp_client.py' listen 200 30 natpmp >'$work/announced'"
serve sub1 sh -c "exec /usr/bin/python3 '$here/pcp_client.py' moved 9010 >'$work/moved'"
retry grep -q mapped "$work/moved"
in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 7000 7000 udp 3600 >"$work/natpmpc"
old=$(grep -o "IP address : .*" "$work/natpmpc" | grep -o "[0-9.]*")
serve inet sh -c "exec /usr/bin/python3 '$here/hold.py' serve 203.0.113.1 9000 >'$work/server'"
listening inet 9000
serve sub1 sh -c "exec /usr/bin/python3 '$here/hold.py' connect 203.0.113.1 9000 >'$work/client'"
retry grep -q "up $old" "$work/server"
serve inet iperf3 -s -B 203.0.113.2
listening inet 5201
in_ns sub2 timeout 240 iperf3 -J -c 203.0.113.2 -t 25 >"$work/iperf.json" 2>&1 &
iperf=$!
elsewhere() {
	retry sh -c "'$build/cgnctl' --prefix '$prefix' subscribers show | grep -q '100.64.0.12'"
	ctl subscribers show | grep 100.64.0.12 | tee "$work/other"
	if grep -q "$old" "$work/other"; then return 1; fi
}
check "the other subscriber has another address" elsewhere

drain "[$old]" 8
# N-DRAIN-2, N-DRAIN-5
begins() {
	retry is "$old" draining
	ctl pools drains
	[ "$(row "$old" leases)" -eq 2 ]
	[ "$(row "$old" subscribers)" -eq 1 ]
	ctl pools show | tee "$work/pools"
	grep "CLOSED" "$work/pools"
	retry grep "drain begins address=$old pool=homes" "$work/cgnd.log"
	grep "up" "$work/client"
	if grep reset "$work/client"; then return 1; fi
	in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 7001 7001 udp 3600 || :
	if ctl leases show | grep "100.64.0.11:7001"; then return 1; fi
}
check "cgnctl shows what holds the address" begins

# G-DAY-5: the document has every key that cgnctl prints
check "the keys of pools drains are documented" documented "pools drains" pools drains
# N-DRAIN-6
check "the address is empty in time" retry is "$old" empty
emptied() {
	retry grep "address is empty address=$old pool=homes" "$work/cgnd.log"
	grep "address is empty" "$work/cgnd.log"
}
check "the log says so" emptied
# N-DRAIN-7
resets() {
	retry grep -q reset "$work/client"
	retry grep -q reset "$work/server"
}
check "both ends of the connection are reset" resets

# N-DRAIN-11, E-ANN-4
moved() {
	retry grep -q "told three times" "$work/moved" || {
		cat "$work/moved" "$work/serve.log"
		return 1
	}
	cat "$work/moved"
	if grep "^moved $old " "$work/moved"; then return 1; fi
}
check "the client of PCP is told where its mapping is now" moved
new=$(sed -n 's/^moved \([0-9.]*\) .*/\1/p' "$work/moved")
keeps() {
	ctl leases show | tee "$work/leases"
	[ "$(grep -c " $new:" "$work/leases")" -eq 2 ]
	grep "100.64.0.11:7000 .* $new:7000 " "$work/leases"
}
check "both leases have the new address, and that of NAT-PMP its port" keeps
# B-ANN-1
announced() {
	/usr/bin/python3 - "$new" "$work/announced" <<-'END'
		import socket, sys
		answers = [bytes.fromhex(line.split()[3]) for line in open(sys.argv[2])]
		print(*(a.hex() for a in answers))
		news = [a for a in answers if socket.inet_ntoa(a[8:]) == sys.argv[1]]
		# The old address was announced at the start, and is not announced any more.
		assert len(news) >= 3 and news == answers[-len(news):]
		assert all(int.from_bytes(a[4:8], "big") < 120 for a in news)
	END
}
is_announced() {
	retry announced
	announced
}
check "the new address is announced" is_announced
# Not in a subshell: wait needs a child.
status=0
wait $iperf || status=$?
check "the connection on another address goes on" [ "$status" -eq 0 ]

# N-DRAIN-8
drain "[]" 0
opened() {
	retry grep "drain is over address=$old" "$work/cgnd.log"
	ctl pools drains | grep "all addresses are in use"
}
check "without its entry, the address is in use again" opened
finish
