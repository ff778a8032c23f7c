#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Three NATs in a row: a host behind a router behind the home router behind the provider's NAT.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
natpmp="{role: server}"
# NAT-PMP from end to end; nat444_pcp.sh has PCP.
relay_natpmp=", upstream_protocol: natpmp"
namespaces="$namespaces deep inner"
topology444
#   deep 10.0.0.11 -- inner 10.0.0.1 | 192.168.1.20 -- lan
link deep eth0 inner in0
link inner out0 lan inner
in_ns lan ip link set inner master br0
in_ns deep ip addr add 10.0.0.11/24 dev eth0
in_ns deep ip route add default via 10.0.0.1
start_cgnd
start_relay home 192.168.1.1/24 $wan/10 100.64.0.1
start_relay inner 10.0.0.1/24 192.168.1.20/24 192.168.1.1
reflector

mkdir "$work/www"
echo "a page from the deep" >"$work/www/index.html"
serve deep /usr/bin/python3 -m http.server --directory "$work/www" 8000
listening deep 8000

has_address() {
	address deep 10.0.0.1 | tee "$work/address"
	[[ $(cat "$work/address") == 44.128.0.* ]]
}
# C-G-13, C-G-3: through three NATs the address is that of the outermost one
check "natpmpc is told the provider's external address" has_address
address=$(cat "$work/address")
maps() {
	open deep 10.0.0.1 tcp 8000 40080
	[ "$port" = 40080 ]
}
check "natpmpc maps TCP 40080 through three NATs" maps
connects() {
	in_ns inet curl -sS --interface 203.0.113.2 --max-time 120 "http://$address:40080/" |
		grep -q "a page from the deep"
}
# C-G-13, C-N-1
check "a host never contacted fetches a page" connects
one_each() {
	[ "$(ctl_of inner mappings show | grep -w explicit | grep -c "10.0.0.11:8000")" -eq 1 ]
	[ "$(ctl_of home mappings show | grep -w explicit | grep -c "192.168.1.20:")" -eq 1 ]
	[ "$(ctl mappings show | grep -w explicit | grep -c "$wan:.*$address:40080")" -eq 1 ]
}
check "each of the three has one lease" one_each
deletes() {
	ask deep 10.0.0.1 -a 0 8000 tcp 0
	[ "$(ctl_of inner mappings show | grep -wc explicit)" -eq 0 ]
	[ "$(ctl_of home mappings show | grep -wc explicit)" -eq 0 ]
	[ "$(ctl mappings show | grep -wc explicit)" -eq 0 ]
}
# C-N-4, C-G-13
check "natpmpc deletes in all three" deletes
sleep 3
note_epoch deep 10.0.0.1
stop_cgnd
start_cgnd
# C-G-4, C-G-13
check "the outermost NAT restarts: the epoch falls behind the innermost" fell_soon deep 10.0.0.1
finish444
