#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# DS-Lite with cgnd's own B4 as PCP proxy: it asks the AFTR over IPv6 for its hosts, which speak NAT-PMP and PCP.
#
#   h1 192.168.1.11 --+
#   h2 192.168.1.12 --+-- lan (bridge) -- home (B4) -- cgn (AFTR) -- inet 203.0.113.1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
namespaces="h1 h2 lan home cgn inet"
gw=192.168.1.1
aftr=2001:db8:f::1
b4=2001:db8:100:100::1
in_addresses='["2001:db8:1::1/64", 100.64.0.1/10]'
group_prefixes='100.64.0.0/10, "2001:db8:100::/40"'
extra_routes='- {prefix: "2001:db8:100:100::/56", via: "2001:db8:1::12"}'
natpmp="{role: server}"
sections="pcp: {enabled: true}
softwire: {role: aftr, local: \"$aftr\"}"

for n in $namespaces; do add_ns "$n"; done
link h1 eth0 lan h1
link h2 eth0 lan h2
link home in0 lan home
link home out0 cgn in0
link cgn out0 inet eth0
bridge lan h1 h2 home
for i in 1 2; do
	in_ns h$i ip addr add 192.168.1.1$i/24 dev eth0
	in_ns h$i ip route add default via "$gw"
done
in_ns inet ip addr add "$out_via/24" dev eth0
for i in 1 2 3 4; do in_ns inet ip addr add 203.0.113.$i/32 dev lo; done
pool_routes
start_cgnd

mkdir -p "$work/run-home"
cat >"$work/home.yaml" <<-END
	workers: 1
	eal: ["--no-huge", "-m", "256", "--no-pci"]
	runtime_dir: $work/run-home
	ports:
	  - {name: home0, device: "net_af_packet0,iface=in0", side: inside, addresses: [$gw/24]}
	  - {name: wan0, device: "net_af_packet1,iface=out0", side: outside, addresses: ["2001:db8:1::12/64"]}
	routes:
	  - {prefix: "::/0", via: "2001:db8:1::1"}
	pools: []
	groups: []
	natpmp: {role: relay, upstream: "$aftr", upstream_protocol: pcp}
	softwire: {role: b4, local: "$b4", remote: "$aftr"}
	store: {path: ""}
	telemetry: {prefix: $prefix-home}
END
start_b4() {
	: >"$work/home.log"
	in_ns home "$build/cgnd" -c "$work/home.yaml" >"$work/home.log" 2>&1 </dev/null &
	relay_pids[home]=$!
	retry grep -qw ready "$work/home.log"
}
start_b4

mkdir "$work/www"
echo "a page from home" >"$work/www/index.html"
for ns in h1 h2; do
	serve "$ns" /usr/bin/python3 -m http.server --directory "$work/www" 8000
	listening "$ns" 8000
done
# pcp NS ARGS...: the octet-level client
pcp() {
	in_ns "$1" /usr/bin/python3 "$here/pcp_client.py" --server "$gw" "${@:2}"
}
# connects ADDRESS PORT: a host that was never contacted fetches a page
connects() {
	in_ns inet curl -sS --interface 203.0.113.2 --max-time 120 "http://$1:$2/" | grep -q "a page from home"
}

has_address() {
	address h1 "$gw" | tee "$work/address"
	[[ $(cat "$work/address") == 44.128.0.* ]]
}
check "natpmpc is told the AFTR's external address" has_address
address=$(cat "$work/address")
maps_by_natpmp() {
	open h1 "$gw" tcp 8000 40080
	[ "$port" = 40080 ]
	ctl leases show | tee "$work/leases"
	grep "192.168.1.11:8000 .*$address:40080.* pcp .* $b4" "$work/leases"
	connects "$address" 40080
}
# E-PX-5: the AFTR has been asked by PCP, over IPv6, for the inner address of the host
check "natpmpc maps TCP 40080, and the internet reaches the host" maps_by_natpmp
maps_by_pcp() {
	pcp h2 map tcp 8000 3600 77 40091 | tee "$work/mapped"
	grep "^$address 40091 3600 " "$work/mapped"
	ctl leases show | tee "$work/leases"
	grep "192.168.1.12:8000 .*$address:40091.* pcp .* $b4" "$work/leases"
	connects "$address" 40091
}
check "a PCP client maps TCP 40091, and the internet reaches the host" maps_by_pcp
filters() {
	pcp h2 filter tcp 8000 77 203.0.113.3/32,0
	not in_ns inet curl -sS --interface 203.0.113.2 --max-time 5 "http://$address:40091/"
	in_ns inet curl -sS --interface 203.0.113.3 --max-time 120 "http://$address:40091/" | grep -q "a page from home"
	pcp h2 filter tcp 8000 77 clear
	connects "$address" 40091
}
# RFC 7648 section 3.4.1: what the proxy does not need itself reaches the AFTR
check "the options of a PCP client reach the AFTR" filters
asked_over_ip6() {
	ctl_of home counters show | tee "$work/counters"
	grep -E " relay_proxy_asked +[1-9]" "$work/counters"
	ctl counters show | tee "$work/counters"
	not grep -E " spoofed +[1-9]" "$work/counters"
}
check "no request was dropped as spoofed" asked_over_ip6
keeps_apart() {
	open h1 "$gw" udp 9000 40082
	open h2 "$gw" udp 9000 40083
	ask h2 "$gw" -a 0 0 udp 0
	ctl leases show | tee "$work/leases"
	grep "192.168.1.11:9000 .*:40082" "$work/leases"
	not grep "192.168.1.12:9000 " "$work/leases"
	grep "192.168.1.12:8000 .*:40091" "$work/leases"
}
check "delete-all of NAT-PMP deletes what this host has by NAT-PMP, and no more" keeps_apart

stop_relay home KILL
start_b4
renews() {
	open h1 "$gw" tcp 8000 0
	[ "$port" = 40080 ]
	[ "$(pcp h2 map tcp 8000 3600 77 | cut -d' ' -f1,2)" = "$address 40091" ]
	connects "$address" 40080
	connects "$address" 40091
}
check "the B4 is killed: both renew what they had" renews

sleep 3
note_epoch h1 "$gw"
stop_cgnd
in_ns h1 timeout 300 /usr/bin/python3 "$here/natpmp_client.py" listen 300 4 natpmp >"$work/announced" 2>&1 &
start_cgnd
# C-G-4, E-PX-4
check "the AFTR restarts without its leases: the epoch falls at home" fell_soon h1 "$gw"
check "and the hosts hear of it from their gateway" announced 4
again() {
	open h1 "$gw" tcp 8000 40080
	[ "$port" = 40080 ]
	pcp h2 map tcp 8000 3600 77 40091 | tee "$work/mapped"
	grep "^[0-9.]* 40091 " "$work/mapped"
	connects "$(address h1 "$gw")" 40080
	connects "$(cut -d' ' -f1 "$work/mapped")" 40091
}
check "they map again, and the internet reaches both" again

updated() {
	serve h2 sh -c "exec /usr/bin/python3 '$here/pcp_client.py' --server '$gw' updated 9010 >'$work/updated'"
	retry grep -q mapped "$work/updated"
	ctl leases delete 192.168.1.12:9010/udp --subscriber "$b4"
	retry grep -q "told three times" "$work/updated" || {
		cat "$work/updated" "$work/serve.log"
		return 1
	}
}
# E-ANN-4
check "a host is told that the operator has ended its mapping" updated
finish444
