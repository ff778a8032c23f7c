#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A home router that is not ours (Linux, nftables, miniupnpd) behind cgnd. miniupnpd opens ports of its own NAT only and
# asks no NAT in front. So a client on the router (natpmpc) maps the port at cgnd, and its host maps it at miniupnpd. Then
# the internet reaches the host through both NATs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
. "$(dirname "$0")/lib_upnpd.sh"
gw=192.168.1.1
provider=100.64.0.1
natpmp="{role: server}"
sections="pcp: {enabled: true}"
topology444
in_ns home ip addr add $gw/24 dev in0
in_ns home ip addr add $wan/10 dev out0
in_ns home ip route add default via "$provider"
nft_nat home
start_cgnd

x=
has_address() {
	address home "$provider" | tee "$work/address"
	[[ $(cat "$work/address") == 44.128.0.* ]]
}
# B-EXT-1
check "natpmpc on the router is told cgnd's external address" has_address
x=$(cat "$work/address")
# miniupnpd refuses to map while its external address is a private one, so it is told the one of cgnd.
upnpd_conf "ext_ip=$x"
start_upnpd home
await_upnpd home
mkdir "$work/www"
echo "a page from h1" >"$work/www/index.html"
serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8000
listening h1 8000
fetches() {
	in_ns inet curl -sS --max-time "${1-120}" "http://$x:40080/" | grep -q "a page from h1"
}

maps_at_upnpd() {
	open h1 "$gw" tcp 8000 40080
	in_ns home nft list ruleset
	[ "$port" = 40080 ]
	[ "$(address h1 "$gw")" = "$x" ]
}
check "natpmpc of a host maps TCP 40080 at miniupnpd" maps_at_upnpd
# What can be expected of miniupnpd: it has told the provider nothing.
check "the provider does not know of it" not fetches 3
maps_at_provider() {
	open home "$provider" tcp 40080 40080
	[ "$port" = 40080 ]
	ctl leases show | grep "$wan:40080 .* natpmp "
}
check "natpmpc on the router maps TCP 40080 at cgnd" maps_at_provider
check "the internet fetches a page of the host through both NATs" fetches
maps_by_pcp() {
	serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8001
	listening h1 8001
	open h1 "$gw" tcp 8001 40081
	in_ns home /usr/bin/python3 "$here/pcp_client.py" --server "$provider" map tcp 40081 3600 77 40081 | tee "$work/mapped"
	grep -q "^$x 40081 " "$work/mapped"
	in_ns inet curl -sS --max-time 120 "http://$x:40081/" | grep -q "a page from h1"
}
# E-MAP-1
check "a PCP client on the router does the same" maps_by_pcp
deletes() {
	ask home "$provider" -a 0 40080 tcp 0
	not fetches 3
	in_ns inet curl -sS --max-time 120 "http://$x:40081/" | grep -q "a page from h1"
}
check "the router deletes one mapping at cgnd, the other one stays" deletes
finish
