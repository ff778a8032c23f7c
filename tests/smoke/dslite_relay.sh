#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# DS-Lite with cgnd's own B4: two hosts of a home open ports with natpmpc at their gateway, which relays
# without translation to the AFTR, and one of them by PCP.
#
#   h1 192.168.1.11 --+
#   h2 192.168.1.12 --+-- lan (bridge) -- home (B4) -- cgn (AFTR) -- inet 203.0.113.1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
namespaces="h1 h2 lan home cgn inet"
gw=192.168.1.1
local_addr=2001:db8:f::1
in_addresses='["2001:db8:1::1/64", 100.64.0.1/10]'
group_prefixes='100.64.0.0/10, "2001:db8:100::/40"'
extra_routes='- {prefix: "2001:db8:100:100::/56", via: "2001:db8:1::12"}'
natpmp="{role: server}"
sections="pcp: {enabled: true}"
write_conf_native=$(declare -f write_conf)
eval "${write_conf_native/write_conf/write_conf_of_lib}"
write_conf() {
	write_conf_of_lib
	echo "softwire: {role: aftr, local: \"$local_addr\"}" >>"$work/cgnd.yaml"
}

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
	natpmp: {role: relay, upstream: 192.0.0.1}
	softwire: {role: b4, local: "2001:db8:100:100::1", remote: "$local_addr"}
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
echo "a page from h1" >"$work/www/index.html"
serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8000
listening h1 8000
has_address() {
	address h1 "$gw" | tee "$work/address"
	[[ $(cat "$work/address") == 44.128.0.* ]]
}
# C-G-1, C-G-3, C-S-2: the client accepts the answer: it comes from its gateway
check "natpmpc is told the AFTR's external address" has_address
address=$(cat "$work/address")
has_address_directly() {
	[ "$(address h1 192.0.0.1)" = "$address" ]
}
# C-S-7: past the relay, and the answer comes from the address asked
check "natpmpc is told it by the AFTR's own address, too" has_address_directly
maps() {
	open h1 "$gw" tcp 8000 40080
	[ "$port" = 40080 ]
	ctl mappings show | tee "$work/maps"
	grep -w explicit "$work/maps" | grep -q "192.168.1.11:8000.*$address:40080"
}
# C-S-2: the AFTR has the client's own address, not the B4's
check "natpmpc maps TCP 40080 at the AFTR for its own address" maps
pcp() {
	in_ns h1 /usr/bin/python3 "$here/pcp_client.py" --server "$gw" "$@"
}
maps_by_pcp() {
	serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8001
	listening h1 8001
	pcp map tcp 8001 3600 77 40091 | tee "$work/mapped"
	grep -q "^$address 40091 " "$work/mapped"
	ctl leases show | grep "192.168.1.11:8001.* pcp "
	in_ns inet curl -sS --max-time 120 "http://$address:40091/" | grep -q "a page from h1"
	pcp map tcp 8002 3600 77
	pcp map tcp 8002 0 77 | grep " 0 "
	ctl leases show >"$work/leases"
	not grep 192.168.1.11:8002 "$work/leases"
}
# C-S-1, C-S-2, E-MAP-1: PCP has the client's address in the request, so it passes as it is
check "a PCP client maps TCP 40091 at the AFTR, and the internet reaches it" maps_by_pcp
connects() {
	in_ns inet curl -sS --interface 203.0.113.2 --max-time 120 "http://$address:40080/" |
		grep -q "a page from h1"
}
check "a host never contacted fetches a page" connects
other() {
	open h2 "$gw" tcp 8000 40081
	[ "$port" = 40081 ]
	ask h2 "$gw" -a 0 0 tcp 0
	ctl mappings show | tee "$work/maps"
	not grep -q "192.168.1.12.*explicit" "$work/maps"
	grep -q "192.168.1.11:8000.*explicit" "$work/maps"
}
# C-S-5: delete-all is passed on as it is; the AFTR tells the hosts apart
check "delete-all of another host leaves this one's" other
check "the page is still fetched" connects
# C-S-3: nothing is remembered that a renewal would need
stop_relay home KILL
start_b4
renews() {
	open h1 "$gw" tcp 8000 0
	[ "$port" = 40080 ]
}
check "the B4 is killed: the renewal keeps the port" renews
check "and the page is fetched" connects

sleep 3
note_epoch h1 "$gw"
stop_cgnd
in_ns h1 timeout 60 /usr/bin/python3 "$here/natpmp_client.py" listen 60 4 natpmp >"$work/announced" 2>&1 &
start_cgnd
# C-G-4
check "the AFTR restarts: the epoch falls at home" fell_soon h1 "$gw"
# C-S-4: with the AFTR's address and epoch, from the gateway address
check "and hear of it from their gateway" announced 4
finish444
