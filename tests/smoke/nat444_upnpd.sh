#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A home router behind a NAT that is not ours: Linux (nftables) with miniupnpd for PCP
# and NAT-PMP.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
. "$(dirname "$0")/lib_upnpd.sh"
gw=192.168.1.1
x=203.0.114.2
topology444
in_ns cgn ip addr add 100.64.0.1/10 dev in0
in_ns cgn ip addr add $x/24 dev out0
in_ns cgn ip route add default via 203.0.114.1
in_ns inet ip addr add 203.0.114.1/24 dev eth0
nft_nat cgn
upnpd_conf ""
start_upnpd cgn
await_upnpd cgn
relay_sections="pcp: {enabled: true}"
start_relay home $gw/24 $wan/10 100.64.0.1

mkdir "$work/www"
echo "a page from h1" >"$work/www/index.html"
serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8000
listening h1 8000
has_address() {
	tail -n 3 "$work/upnpd.log"
	[ "$(address h1 "$gw")" = "$x" ]
}
# C-G-3, C-G-1
check "natpmpc is told miniupnpd's external address" has_address
maps() {
	open h1 "$gw" tcp 8000 40080
	cat "$work/h1.said"
	in_ns cgn nft list ruleset
	[ "$port" = 40080 ]
}
# C-N-1
check "natpmpc maps TCP 40080 through both NATs" maps
connects() {
	in_ns inet curl -sS --max-time 120 "http://$x:40080/" | grep -q "a page from h1"
}
check "a host outside fetches a page" connects
# pcp ARGS...: the prober in h1
pcp() {
	in_ns h1 /usr/bin/python3 "$here/pcp_client.py" --server "$gw" "$@"
}
maps_by_pcp() {
	serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8001
	listening h1 8001
	pcp map tcp 8001 3600 77 40081 | tee "$work/mapped"
	grep -q "^$x 40081 " "$work/mapped"
	grep "upstream speaks pcp" "$work/home.log"
	in_ns inet curl -sS --max-time 120 "http://$x:40081/" | grep -q "a page from h1"
}
# E-PX-1
check "a PCP client maps TCP 40081, and a host outside fetches a page" maps_by_pcp
open_udp() {
	open h2 "$gw" udp 7000 40070
	[ "$port" = 40070 ]
}
check "another host maps UDP 40070" open_udp
delete_all() {
	ask h1 "$gw" -a 0 0 tcp 0
	in_ns cgn nft list ruleset >"$work/rules"
	cat "$work/rules" "$work/upnpd.log"
	not grep -q 40080 "$work/rules"
	grep -q 40070 "$work/rules"
}
# C-N-5
check "delete-all of one host leaves the other's mapping" delete_all
sleep 4
note_epoch h1 "$gw"
ip netns pids "${id}cgn" | xargs -r kill -TERM
sleep 1
start_upnpd cgn
# C-G-4
check "miniupnpd restarts: LAN clients see the epoch fall" fell_soon h1 "$gw"
heard() {
	ctl_of home counters show | grep -w relay_announced
}
announces() {
	ip netns pids "${id}cgn" | xargs -r kill -USR1
	retry heard
}
# C-G-7: to 224.0.0.1 of the WAN link
check "the relay hears miniupnpd's announcements" announces
finish444
