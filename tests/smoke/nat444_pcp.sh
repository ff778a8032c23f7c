#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# PCP through two and three NATs: PCP and NAT-PMP clients behind home routers behind a provider that speaks PCP.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
natpmp="{role: server}"
sections="pcp: {enabled: true}"
relay_sections="pcp: {enabled: true}"
gw=192.168.1.1
namespaces="$namespaces deep inner"
topology444
#   deep 10.0.0.11 -- inner 10.0.0.1 | 192.168.1.20 -- lan
link deep eth0 inner in0
link inner out0 lan inner
in_ns lan ip link set inner master br0
in_ns deep ip addr add 10.0.0.11/24 dev eth0
in_ns deep ip route add default via 10.0.0.1
start_cgnd
start_home() {
	start_relay home $gw/24 $wan/10 100.64.0.1 "$work/home.db"
}
start_home
start_relay inner 10.0.0.1/24 192.168.1.20/24 $gw

# pcp NS GATEWAY ARGS...: the prober
pcp() {
	in_ns "$1" /usr/bin/python3 "$here/pcp_client.py" --server "$2" "${@:3}"
}
mkdir "$work/www"
for ns in h1 h2 deep; do
	mkdir "$work/www/$ns"
	echo "a page from $ns" >"$work/www/$ns/index.html"
	serve "$ns" /usr/bin/python3 -m http.server --directory "$work/www/$ns" 8000
	listening "$ns" 8000
done

# maps NS GATEWAY PORT: TCP port 8000 by PCP, with this external port; sets address
maps() {
	pcp "$1" "$2" map tcp 8000 3600 77 "$3" | tee "$work/$1.mapped"
	read -r address port lifetime _ <"$work/$1.mapped"
	[[ $address == 44.128.0.* ]] && [ "$port" = "$3" ] && [ "$lifetime" -gt 0 ] && [ "$lifetime" -le 3600 ]
}
# E-PX-1, C-N-1
check "a PCP client maps TCP 40080 through both NATs" maps h1 "$gw" 40080
address=$(cut -d' ' -f1 "$work/h1.mapped")
connects() {
	in_ns inet curl -sS --interface 203.0.113.2 --max-time 120 "http://$address:$2/" | grep -q "a page from $1"
}
check "the internet reaches it" connects h1 40080
speaks_pcp() {
	ctl leases show | tee "$work/leases"
	grep "$wan:.*40080.* pcp " "$work/leases"
}
# E-PX-1
check "the provider has got the request by PCP" speaks_pcp
has_no_probe() {
	ctl leases show >"$work/leases"
	not grep -F "$wan:5350 " "$work/leases"
}
check "the mapping that told the address takes no place" retry has_no_probe
maps_by_natpmp() {
	open h2 "$gw" tcp 8000 40081
	[ "$port" = 40081 ]
	[ "$(address h2 "$gw")" = "$address" ]
	ctl_of home leases show | grep "192.168.1.12:8000.* natpmp "
	ctl leases show | grep "$wan:.*40081.* pcp "
}
check "natpmpc maps TCP 40081 through a provider that is asked by PCP" maps_by_natpmp
check "the internet reaches it, too" connects h2 40081
# C-G-13
check "a PCP client maps TCP 40082 through three NATs" maps deep 10.0.0.1 40082
check "the internet reaches it through three NATs" connects deep 40082

stop_relay home KILL
start_home
# The nonces are in the store: the provider refuses any other.
renews() {
	maps h1 "$gw" 40080
	open h2 "$gw" tcp 8000 40081 7200
	[ "$port" = 40081 ]
	connects h1 40080
	connects h2 40081
}
check "after kill -9 of the home router, both renew what they had" renews
deletes() {
	pcp h1 "$gw" map tcp 8000 0 77 | tee "$work/h1.mapped"
	read -r _ _ lifetime _ <"$work/h1.mapped"
	[ "$lifetime" -gt 0 ] && [ "$lifetime" -le 300 ]
	pcp h1 "$gw" map udp 8009 3600 77 40090
	pcp h1 "$gw" map udp 8009 0 77 | tee "$work/h1.mapped"
	grep "0.0.0.0 0 0 " "$work/h1.mapped"
	ask h2 "$gw" -a 0 8000 tcp 0
	ctl leases show | tee "$work/leases"
	not grep 40090 "$work/leases"
	ctl_of home leases show | tee "$work/leases"
	not grep -E "192.168.1.1(1:8009|2:8000) " "$work/leases"
}
# E-PX-3, E-LIFE-5: what traffic uses stays for its idle time-out
check "both delete" deletes
filters() {
	pcp h1 "$gw" filter tcp 8000 77 203.0.113.3/32
	in_ns inet curl -sS --interface 203.0.113.3 --max-time 120 "http://$address:40080/" | grep -q "a page from h1"
	not in_ns inet curl -sS --interface 203.0.113.2 --max-time 3 "http://$address:40080/"
}
check "a PCP client maps TCP 40080 again" maps h1 "$gw" 40080
# E-OPT-3
check "only the host of its filter reaches it" filters

# Nobody has 100.64.0.99, and nothing listens to PCP on sub2.
stop_relay home
relay_upstream="[100.64.0.99, 100.64.0.12, 100.64.0.1]" start_home
takes_the_third() {
	retry grep "next address, number=2" "$work/home.log"
	maps h2 "$gw" 40083
	connects h2 40083
	not grep -q "next address" <(sed "1,/upstream speaks/d" "$work/home.log")
}
# E-PX-9
check "the home router finds the address of the provider that answers, and stays with it" takes_the_third
finish444
