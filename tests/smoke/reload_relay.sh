#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# N-LIVE-58 to N-LIVE-61: reloads make a home router's relay a server and a relay again, and name another NAT in front.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
natpmp="{role: server}"
relay_natpmp=", upstream_protocol: natpmp"
gw=192.168.1.1
namespaces="$namespaces cgn2"
topology444
# Another provider: its cgnd is the outermost NAT, because its address is public.
link cgn2 in0 sw cgn2
link cgn2 out0 inet eth1
in_ns sw ip link set cgn2 master br0
in_ns inet ip addr add 45.0.0.1/24 dev eth1
start_cgnd
start_relay cgn2 100.64.0.3/10 45.0.0.2/24 45.0.0.1
start_relay home $gw/24 $wan/10 100.64.0.1 "$work/home.db"
cp "$work/home.yaml" "$work/base.yaml"
mkdir "$work/www"
echo "a page from h1" >"$work/www/index.html"
serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8000
serve inet iperf3 -s -B 203.0.113.1
listening h1 8000
listening inet 5201

# reloaded SED-EXPRESSION...: the first configuration of the home router with these changes
reloaded() {
	local before expressions=()
	before=$(grep -c 'reloaded file' "$work/home.log" || :)
	for e in "$@"; do expressions+=(-e "$e"); done
	sed "${expressions[@]}" "$work/base.yaml" >"$work/home.yaml"
	# shellcheck disable=SC2046 # one process a word
	kill -HUP $(ip netns pids "${id}home")
	is_reloaded() {
		[ "$(grep -c 'reloaded file' "$work/home.log")" -gt "$before" ]
	}
	retry is_reloaded
}
role() {
	echo "s/^natpmp:.*/natpmp: {role: $1}/"
}
# upstream LIST [PROTOCOL]: the routes go to the first one of them
upstream() {
	echo "s/^natpmp:.*/natpmp: {role: relay, upstream: [$1], upstream_protocol: ${2-natpmp}}/"
}
via() {
	echo "s/via: 100.64.0.1,/via: $1,/"
}
# listens FILE: h1 hears announcements from now on
listens() {
	in_ns h1 timeout 60 /usr/bin/python3 "$here/natpmp_client.py" listen 30 3 natpmp >"$work/announced" 2>&1 &
}
is_told() {
	address h1 "$gw" >"$work/address"
	cat "$work/address"
	grep -q "^$1" "$work/address"
}
fetches() {
	in_ns inet curl -sS --interface 203.0.113.2 --max-time 60 "http://$(address h1 "$gw"):$port/" | grep -q "a page from h1"
}
# reached SUGGESTED: h1 opens its port again, and is reached from outside
reached() {
	open h1 "$gw" tcp 8000 "$1" && fetches
}
leases_home() {
	ctl_of home mappings show | grep -wc "explicit" || :
}

in_ns h1 iperf3 -J -c 203.0.113.1 -t 45 -b 5M >"$work/iperf.json" 2>&1 &
stream=$!
connected() {
	ctl_of home mappings show | grep -q 192.168.1.11
}
check "a stream begins" retry connected
check "the address is that of the first provider" is_told 44.128.0.
check "h1 is reached" reached 40080

sleep 3
note_epoch h1 "$gw"
listens
check "the relay becomes a server" reloaded "$(role server)"
check "its clients see the epoch fall" fell_soon h1 "$gw"
check "and hear of it, with the address that they have now" announced 3
check "natpmpc is told the address of the home router" is_told "$wan"
check "the lease is there" [ "$(leases_home)" -eq 1 ]
check "natpmpc renews its lease" open h1 "$gw" tcp 8000 0
not_asked() {
	local n
	n=$(counter home relay_sent)
	open h1 "$gw" tcp 8001 0
	[ "$(counter home relay_sent)" -eq "$n" ]
}
check "the NAT in front is not asked any more" not_asked

check "port mapping is switched off" reloaded "$(role '"off"')"
silent() {
	in_ns h1 timeout 2 natpmpc -g "$gw" >"$work/silent" 2>&1 || :
	not grep -q 'Public IP' "$work/silent"
}
check "natpmpc gets no answer" silent
check "the leases are there" [ "$(leases_home)" -eq 2 ]

listens
before=1000000
check "it becomes a relay again" reloaded ''
check "its clients hear of it, with the address of the provider" announced 3
check "natpmpc is told this address" is_told 44.128.0.
check "h1 is reached through both NATs" reached 40080
wait $stream || :
lasts() {
	/usr/bin/python3 - "$work/iperf.json" <<-'END'
		import json, sys
		run = json.load(open(sys.argv[1]))
		print(run.get("error", run["end"].get("sum_received")))
		sys.exit("error" in run)
	END
}
check "the stream has gone on through all of it" lasts

sleep 3
note_epoch h1 "$gw"
listens
check "another provider takes over" reloaded "$(upstream 100.64.0.3)" "$(via 100.64.0.3)"
check "clients see the epoch fall" fell_soon h1 "$gw"
check "and hear of it, with the address of this provider" announced 3
check "natpmpc is told this address" is_told 45.0.0.2
check "h1 is reached by it" reached 40080
check "the other provider's lease is still there" [ "$(ctl mappings show | grep -w explicit | grep -c "$wan:")" -ge 1 ]

sleep 3
note_epoch h1 "$gw"
check "the list gets another address before it" reloaded "$(upstream "100.64.0.77, 100.64.0.3")" "$(via 100.64.0.3)"
goes_on() {
	local now
	now=$(epoch h1 "$gw")
	echo "epoch $before, now $now"
	[ "$now" -ge "$before" ]
}
check "the one in use stays: the epoch goes on" goes_on
check "h1 is reached" reached 40080
check "the relay speaks PCP from now on" reloaded "$(upstream "100.64.0.3" pcp)" "$(via 100.64.0.3)"
check "the epoch goes on" goes_on
check "h1 is reached" reached 40080
finish444
