#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Hosts behind a home router behind the provider's NAT open ports with natpmpc and are reached from the
# internet through both NATs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
group_extra="leases_max: 6"
natpmp="{role: server}"
topology444
start_cgnd
start_relay home 192.168.1.1/24 $wan/10 100.64.0.1
reflector
gw=192.168.1.1

mkdir "$work/www"
echo "a page from h1" >"$work/www/index.html"
serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8000
serve h1 /usr/bin/python3 "$here/reflect.py" serve 7000
listening h1 8000

has_address() {
	address h1 "$gw" | tee "$work/address"
	[[ $(cat "$work/address") == 198.51.100.* ]]
}
# C-G-3: the address is that of the outermost NAT
check "natpmpc is told the provider's external address" has_address
address=$(cat "$work/address")
maps() {
	open h1 "$gw" "$@"
	[ "$port" = "$4" ]
}
check "natpmpc maps TCP 40080 through both NATs" maps tcp 8000 40080 40080
check "natpmpc maps UDP 40070 through both NATs" maps udp 7000 40070 40070
connects() {
	in_ns inet curl -sS --interface "$1" --max-time 5 "http://$address:$2/" | grep -q "a page from h1"
}
answers_udp() {
	in_ns inet socat -t 5 - "UDP4:$address:$2,bind=$1" <<<"?" | grep -q "^$1 "
}
# C-N-1: an outside host that was never contacted reaches the LAN host
check "a host never contacted fetches a page" connects 203.0.113.2 40080
check "a host never contacted gets a UDP answer" answers_udp 203.0.113.3 40070
finish444
