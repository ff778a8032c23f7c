#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# PCP of a home behind a softwire. The B4 is a plain Linux. It asks over IPv6 for a host of its home, and the host asks
# inside the softwire.
#
#   h1 192.168.1.10 -- b4 (kernel) -- cgn (AFTR) -- inet 203.0.113.1
. "$(dirname "$0")/lib.sh"
. "$here/lib_yang.sh"
namespaces="h1 b4 cgn inet"
aftr=2001:db8:f::1
b4=2001:db8:100:100::1
other=2001:db8:100:1ff::7 # of the same home
pool_addresses=$public_pool
in_addresses='["2001:db8:1::1/64", 100.64.0.1/10]'
group_prefixes='100.64.0.0/10, "2001:db8:100::/40"'
extra_routes='- {prefix: "2001:db8:100:100::/56", via: "2001:db8:1::12"}'
natpmp="{role: server}"
store=$work/state.db
sections="pcp: {enabled: true}
softwire: {role: aftr, local: \"$aftr\"}"

for n in $namespaces; do add_ns "$n"; done
link h1 eth0 b4 lan
link b4 wan cgn in0
link cgn out0 inet eth0
in_ns h1 ip addr add 192.168.1.10/24 dev eth0
in_ns h1 ip route add default via 192.168.1.1
in_ns inet ip addr add "$out_via/24" dev eth0
in_ns inet ip addr add 203.0.113.1/32 dev lo
pool_routes
in_ns b4 sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv4.ip_forward=1
in_ns b4 ip addr add 192.168.1.1/24 dev lan
in_ns b4 ip -6 addr add 2001:db8:1::12/64 dev wan nodad
for a in "$b4" "$other"; do in_ns b4 ip -6 addr add "$a"/128 dev lo nodad; done
in_ns b4 ip -6 route add default via 2001:db8:1::1
# Its own tunnel, or where the kernel has none a program in its place.
if ! in_ns b4 ip -6 tunnel add ds0 mode ipip6 local "$b4" remote "$aftr" encaplimit none 2>/dev/null; then
	in_ns b4 ip tuntap add dev ds0 mode tun
	serve b4 /usr/bin/python3 "$here/b4.py" ds0 "$b4" "$aftr"
fi
in_ns b4 ip link set ds0 mtu 1460 up
in_ns b4 ip addr add 192.0.0.2/29 dev ds0
in_ns b4 ip route add default dev ds0
start_cgnd

ask() {
	python b4 pcp_client.py --source "$b4" --server "$aftr" "$@"
}
# E-OPT-1, E-RX-2, E-VER-1: one packet for each rule. The B4 has sent nothing else yet.
check "each rule for a B4 that asks over IPv6 holds" ask b4 192.168.1.10
maps() {
	ask --for 192.168.1.10 map tcp 8080 3600 7 | tee "$work/mapped"
	ctl leases show | grep "192.168.1.10:8080 .* pcp .* $b4"
}
check "a B4 asks for a host of its home" maps
read -r address port _ <"$work/mapped"
serve h1 socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'echo hello from home'
listening h1 8080
reached() {
	retry sh -c "ip netns exec '${id}inet' socat -T 60 - 'TCP:$address:$port' </dev/null | grep -q 'hello from home'"
}
check "the internet reaches the host" reached
check "--yang is instance data of ietf-dslite" yang_holds "b4-ipv6-address.*$b4"
# E-ADR-1: by both ways, and at the anycast addresses
everywhere() {
	local server
	for server in 192.0.0.1 192.0.0.9; do
		[ "$(python h1 pcp_client.py --server "$server" map tcp 8080 3600 7 | cut -d' ' -f1,2)" = "$address $port" ]
	done
	[ "$(python b4 pcp_client.py --source "$b4" --server 2001:1::1 --for 192.168.1.10 map tcp 8080 3600 7 |
		cut -d' ' -f1,2)" = "$address $port" ]
}
check "inside the softwire and over IPv6 it is one mapping" everywhere
# E-RX-1: another host of the home does not speak for the B4.
# Its requests are dropped, and the next one of the B4 is answered.
silent() {
	python b4 pcp_client.py --source "$other" --server "$aftr" --for 192.168.1.10 unheard
	ask --for 192.168.1.10 map tcp 8080 3600 7
	ctl counters show | tee "$work/counters"
	grep -E "spoofed +[1-9]" "$work/counters"
	ctl leases show | tee "$work/leases"
	[ "$(grep -c 192.168.1.10 "$work/leases")" -eq 1 ]
}
check "another host of the home is not heard" silent

# The nonce and the home are in the store.
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" 2>/dev/null || :
start_cgnd
survives() {
	[ "$(ask --for 192.168.1.10 map tcp 8080 3600 7 | cut -d' ' -f1,2)" = "$address $port" ]
	reached
}
check "after kill -9 the mapping is as before" survives

# E-ANN-4: the B4 is told over IPv6 of what the operator has ended.
updated() {
	serve b4 sh -c "exec /usr/bin/python3 '$here/pcp_client.py' --source '$b4' --server '$aftr' --for 192.168.1.10 \
		updated 9010 >'$work/updated'"
	retry grep -q mapped "$work/updated"
	ctl leases delete 192.168.1.10:9010/udp --subscriber "$b4"
	retry grep -q "told three times" "$work/updated" || {
		cat "$work/updated" "$work/serve.log"
		return 1
	}
}
check "a B4 is told that a mapping of its home has ended" updated

# The operator ends leases of a home by its B4.
deleted() {
	ask --for 192.168.1.10 map udp 9000 3600 7
	ctl leases show --subscriber "$b4" | tee "$work/leases"
	[ "$(grep -c 192.168.1.10 "$work/leases")" -eq 2 ]
	exits 1 "$build/cgnctl" --prefix "$prefix" leases delete 192.168.1.10:9000/udp
	ctl leases delete 192.168.1.10:9000/udp --subscriber "$b4" | grep "deleted: 1"
	ctl leases delete "$other" | grep "deleted: 1"
	ctl leases show | tee "$work/leases"
	[ "$(grep -c 192.168.1.10 "$work/leases")" -eq 0 ]
}
check "the leases of a home are ended" deleted
finish
