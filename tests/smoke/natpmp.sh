#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Subscribers open ports with two clients that are not ours, natpmpc (libnatpmp) and libtorrent, and are
# reached from the internet; limits, restarts with and without a store, announcements.
. "$(dirname "$0")/lib.sh"
pool_addresses=$public_pool
group_extra="leases_max: 6"
# NAT-PMP alone; pcp.sh has both.
sections="pcp: {enabled: false}"
natpmp="{role: server}"
store=$work/state.db
topology
start_cgnd
reflector

# ask NS ARGS...: natpmpc's whole dialogue, kept in $work/NS.said
# Asked again if natpmpc took a late second answer to its first question for the one to its request.
ask() {
	local ns=$1
	shift
	for _ in 1 2 3 4 5; do
		in_ns "$ns" natpmpc -g 100.64.0.1 "$@" >"$work/$ns.said" 2>&1 || :
		grep -q 'protocol UNKNOWN' "$work/$ns.said" || break
	done
	cat "$work/$ns.said"
}
# field NS PATTERN: what natpmpc said
field() {
	sed -n "s/.*$2.*/\\1/p" "$work/$1.said" | tail -n 1
}
# open NS PROTO INSIDE SUGGESTED [LIFETIME]: sets port
open() {
	ask "$1" -a "$4" "$3" "$2" "${5:-3600}"
	port=$(field "$1" 'Mapped public port \([0-9]*\)')
	[ -n "$port" ]
}
# not COMMAND...: "!" does not end a check
not() {
	if "$@"; then return 1; fi
}
# leased PATTERN: what cgnctl shows
leased() {
	ctl mappings show >"$work/mappings"
	grep -w explicit "$work/mappings" >"$work/leases" || :
	cat "$work/leases"
	grep -q -- "$1" "$work/leases"
}
# octets NS ARGS...: the octet-level client
octets() {
	local ns=$1
	shift
	python "$ns" natpmp_client.py "$@"
}
# connects FROM PORT: a host of inet, never contacted before, reaches sub1's server
connects() {
	in_ns inet curl -sS --interface "$1" --max-time 120 "http://$address:$2/" | grep -q "a page from sub1"
}
# answers_udp FROM PORT: the same for UDP: sub1 answers with the address it was asked from
answers_udp() {
	in_ns inet socat -t 5 - "UDP4:$address:$2,bind=$1" <<<"?" | grep -q "^$1 "
}
epoch() {
	ask sub1 >/dev/null
	field sub1 'epoch = \([0-9]*\)'
}

mkdir "$work/www"
echo "a page from sub1" >"$work/www/index.html"
serve sub1 /usr/bin/python3 -m http.server --directory "$work/www" 8000
serve sub1 /usr/bin/python3 "$here/reflect.py" serve 7000
listening sub1 8000

has_address() {
	ask sub1
	address=$(field sub1 'Public IP address : \(.*\)')
	echo "$address" >"$work/address"
	[[ $address == 44.128.0.* ]]
}
# B-EXT-1, B-EXT-2: the external address is the one that later mappings and flows have
check "natpmpc is told the external address" has_address
address=$(cat "$work/address")
maps_tcp() {
	open sub1 tcp 8000 40080
	[ "$port" = 40080 ]
}
maps_udp() {
	open sub1 udp 7000 40070
	[ "$port" = 40070 ]
}
# B-MAP-2, B-MAP-5: suggested ports are free and granted; the internet reaches them
check "natpmpc maps TCP 40080" maps_tcp
check "natpmpc maps UDP 40070" maps_udp
check "a host never contacted fetches a page" connects 203.0.113.2 40080
check "a host never contacted gets a UDP answer" answers_udp 203.0.113.3 40070
same_address() {
	[ "$(external sub1 udp 5000)" != "" ]
	[[ $(external sub1 udp 5000) == "$address "* ]]
}
check "flows have the same external address" same_address
leaves_with() {
	external sub1 "$1" "$2"
	[ "$(external sub1 "$1" "$2" 203.0.113.4)" = "$address $3" ]
}
# A-MAP-6: what the inside host sends leaves from the leased port
check "UDP from the mapped port leaves with the leased one" leaves_with udp 7000 40070
open_5002() {
	open sub1 tcp 5002 40052
	leaves_with tcp 5002 40052
}
check "TCP from a mapped port too" open_5002
implicit_first() {
	external sub1 udp 5003
	open sub1 udp 5003 40053
	[ "$(external sub1 udp 5003)" = "$address $port" ]
}
# B-MAP-4: the mapping that traffic made is the one that is leased
check "traffic first, then natpmpc: one port" implicit_first
renews() {
	open sub1 tcp 8000 50000 1800
	[ "$port" = 40080 ]
	grep -qE 'life?time 1800' "$work/sub1.said"
}
# B-MAP-4: renewal in place, whatever is suggested
check "natpmpc renews, the port stays" renews
check "cgnctl shows the lease" leased "100.64.0.11:8000.*$address:40080"
deletes() {
	ask sub1 -a 0 5002 tcp 0
	grep -qE 'Mapped public port 0 protocol TCP to local port 5002 life?time 0' "$work/sub1.said"
	not leased "100.64.0.11:5002"
}
# B-DEL-2, B-DEL-3: deletion, and once more
check "natpmpc deletes" deletes
check "natpmpc deletes what is gone" deletes
deletes_nothing() {
	local a
	for a in 100.64.0.11:5002/tcp 100.64.0.77 100.64.0.77:1/udp 203.0.113.1 100.64.0.11:8000/icmp; do
		for _ in 1 2 3 4 5; do
			says "no such thing" 1 "$build/cgnctl" --prefix "$prefix" leases delete "$a"
		done
	done
	kill -0 "$cgnd_pid"
	leased "100.64.0.11:8000.*$address:40080"
}
check "cgnctl deletes what is not there, again and again" deletes_nothing
limit() {
	for p in 6001 6002 6003; do open sub1 udp "$p" 0; done
	not open sub1 udp 6004 0
	grep -i 'undefined' "$work/sub1.said"
	octets sub1 udp 6004 | tee "$work/octets"
	grep -q 'result=6 .*port=6004 ext=0 lifetime=0' "$work/octets"
	open sub1 tcp 8000 0
	[ "$port" = 40080 ]
}
# B-MAP-14, D-LIM-1, D-LIM-2: code 6 is new to libnatpmp; renewal is never refused
check "the seventh lease is refused with 6, renewal works" limit
check "another subscriber is not affected" open sub2 tcp 8000 0
silent() {
	in_ns "$1" timeout 2 natpmpc -g "$2" >"$work/silent" 2>&1 || :
	cat "$work/silent"
	not grep -q 'Public IP' "$work/silent"
}
# B-RX-2: no NAT-PMP from outside and to external addresses
check "the internet gets no answer from the external address" silent inet "$address"
check "the internet gets no answer from cgnd's own address" silent inet 192.0.2.2
check "a subscriber gets none from its external address" silent sub1 "$address"

# Another implementation: as a BitTorrent client opens its ports and is reached
torrent() {
	local tcp udp
	serve sub2 /usr/bin/python3 "$here/natpmp_torrent.py" client 100.64.0.12 6881 "$work/torrent" "$work/done"
	retry grep -q ports "$work/torrent"
	cat "$work/torrent"
	read -r _ tcp udp <"$work/torrent"
	python inet natpmp_torrent.py reach "$(external sub2 udp 5000 | cut -d' ' -f1)" "$tcp" "$udp"
	leased "100.64.0.12:6881"
	touch "$work/done"
	retry not leased "100.64.0.12:6881"
}
# B-VER-2, B-VER-3: it begins with PCP and falls back to NAT-PMP
check "libtorrent opens its ports, is reached, and deletes them at its end" torrent

# B-EP-2, B-EP-4: a restart with the store
before=$(epoch)
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
start_cgnd
check "after a restart the page is still fetched" connects 203.0.113.4 40080
check "and the UDP port answers" answers_udp 203.0.113.4 40070
goes_on() {
	local now
	now=$(epoch)
	echo "epoch $before, after the restart $now"
	[ "$now" -ge "$before" ] && [ "$now" -le $((before + 120)) ]
}
check "the epoch goes on" goes_on
check "natpmpc renews with its port" renews

# B-EP-1: a restart without it
before=$(epoch)
stop_cgnd
rm -f "$store"*
for ns in sub1 sub2; do
	serve $ns /bin/sh -c "exec /usr/bin/python3 $here/natpmp_client.py listen 60 6 natpmp >$work/$ns.announced"
done
start_cgnd
begins_anew() {
	local now
	now=$(epoch)
	echo "epoch $before, after the loss $now"
	[ "$now" -lt "$before" ]
}
check "without the store the epoch begins anew" begins_anew
# B-EP-5: the client that renews gets its old port
check "a client that renews with its port keeps it" maps_tcp
check "natpmpc is told the external address" has_address
address=$(cat "$work/address")
check "and the page is fetched" connects 203.0.113.2 40080
sees_sub2() {
	octets sub2 address | sed -n 's/.*address=//p' >"$work/sub2.address"
	cat "$work/sub2.address"
	[ "$(cat "$work/sub2.address")" != "$address" ]
}
check "two subscribers have two addresses" sees_sub2
# announced NS ADDRESS: the series of one subscriber
announced() {
	/usr/bin/python3 - "$2" "$work/$1.announced" <<-'END'
		import socket, sys
		rows = [line.split() for line in open(sys.argv[2])]
		times = [float(r[0]) for r in rows]
		answers = [bytes.fromhex(r[3]) for r in rows]
		epochs = [int.from_bytes(a[4:8], "big") for a in answers]
		gaps = [b - a for a, b in zip(times, times[1:])]
		print("gaps", *(f"{g:.2f}" for g in gaps), "epochs", *epochs)
		assert all(r[1:3] == ["100.64.0.1", "5351"] for r in rows), rows
		assert all(a[:4] == b"\0\x80\0\0" and len(a) == 12 for a in answers), rows
		assert all(socket.inet_ntoa(a[8:]) == sys.argv[1] for a in answers), rows
		assert epochs == sorted(epochs) and epochs[-1] > epochs[0], epochs
		assert len(rows) == 6 and sum(gaps[-2:]) > 2 * sum(gaps[:2]), gaps
	END
}
all_announced() {
	[ "$(cat "$work"/sub[12].announced | wc -l)" -eq 12 ]
}
retry all_announced 2>/dev/null || retry all_announced 2>/dev/null || :
# B-ANN-1, B-ANN-2, B-ANN-4: the loss is announced, again and again with growing gaps
check "the loss is announced to a subscriber" announced sub1 "$address"
cat "$work/check.log"
# B-ANN-5: each sees its own address and nobody else's
check "and to the other one with its own address" announced sub2 "$(cat "$work/sub2.address")"
finish
