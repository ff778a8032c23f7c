#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# DS-Lite: cgnd as AFTR, two homes with the same addresses behind softwires, one of them a kernel's B4, the
# other cgnd's own. Over AF_XDP, since fragments matter.
#
#   home1 192.168.1.10 -- b4a (kernel) -+
#                                       +- sw -- in0 cgnd out0 -- inet 203.0.113.1
#   home2 192.168.1.10 -- b4b (cgnd) ---+
. "$(dirname "$0")/lib.sh"
has_xdp || {
	echo "skipped: no AF_XDP"
	exit 77
}
namespaces="home1 home2 b4a b4b sw cgn inet"
local_addr=2001:db8:f::1
b4a_addr=2001:db8:100:100::1
b4b_addr=2001:db8:100:200::1

pool_addresses=$public_pool
in_device=$xdp_in
out_device=$xdp_out
in_addresses='["2001:db8:1::1/64", 100.64.0.1/10]'
group_prefixes='100.64.0.0/10, "2001:db8:100::/40"'
extra_routes='- {prefix: "2001:db8:100::/40", via: "2001:db8:1::11"}
  - {prefix: "2001:db8:100:100::/56", via: "2001:db8:1::11"}
  - {prefix: "2001:db8:100:200::/56", via: "2001:db8:1::12"}'
natpmp="{role: server}"
store=$work/state.db

b4b_conf() {
	cat <<-END
		workers: 1
		eal: ["--no-huge", "-m", "256", "--no-pci"]
		runtime_dir: $work/run-b4
		ports:
		  - {name: home0, device: "net_af_xdp0,iface=lan", side: inside, addresses: [192.168.1.1/24]}
		  - {name: wan0, device: "net_af_xdp1,iface=wan", side: outside, addresses: ["2001:db8:1::12/64"]}
		routes:
		  - {prefix: "::/0", via: "2001:db8:1::1"}
		pools: []
		groups: []
		natpmp: {role: off}
		softwire: {role: b4, local: "$b4b_addr", remote: "$local_addr"}
		store: {path: ""}
		telemetry: {prefix: $prefix-b4}
	END
}

# ip6 NS: this namespace speaks IPv6
ip6() {
	in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
}

build_homes() {
	for n in $namespaces; do add_ns "$n"; done
	link home1 eth0 b4a lan
	link home2 eth0 b4b lan
	link b4a wan sw b4a
	link b4b wan sw b4b
	link cgn in0 sw cgn
	link cgn out0 inet eth0
	in_ns sw ip link add br0 type bridge mcast_snooping 0
	in_ns sw ip link set br0 up
	for dev in b4a b4b cgn; do in_ns sw ip link set "$dev" master br0; done
	for n in home1 home2; do
		in_ns $n ip addr add 192.168.1.10/24 dev eth0
		in_ns $n ip route add default via 192.168.1.1
	done
	in_ns inet ip addr add "$out_via/24" dev eth0
	in_ns inet ip addr add 203.0.113.1/32 dev lo
	pool_routes
}

# The B4 of a Linux home router: its own tunnel, or where the kernel has none a program in its place.
build_b4a() {
	ip6 b4a
	in_ns b4a sysctl -qw net.ipv4.ip_forward=1
	in_ns b4a ip addr add 192.168.1.1/24 dev lan
	in_ns b4a ip -6 addr add 2001:db8:1::11/64 dev wan nodad
	in_ns b4a ip -6 addr add $b4a_addr/128 dev lo nodad
	in_ns b4a ip -6 route add default via 2001:db8:1::1
	if ! in_ns b4a ip -6 tunnel add ds0 mode ipip6 local $b4a_addr remote $local_addr \
		encaplimit none 2>/dev/null; then
		in_ns b4a ip tuntap add dev ds0 mode tun
		serve b4a /usr/bin/python3 "$here/b4.py" ds0 $b4a_addr $local_addr
	fi
	in_ns b4a ip link set ds0 mtu 1460 up
	in_ns b4a ip addr add 192.0.0.2/29 dev ds0
	in_ns b4a ip route add default dev ds0
}

b4b_pid=
start_b4b() {
	mkdir -p "$work/run-b4"
	b4b_conf >"$work/b4.yaml"
	in_ns b4b "$build/cgnd" -c "$work/b4.yaml" >"$work/b4.log" 2>&1 </dev/null &
	b4b_pid=$!
	retry grep -qw ready "$work/b4.log" || {
		cat "$work/b4.log"
		exit 1
	}
}

build_homes
build_b4a
write_conf_native=$(declare -f write_conf)
eval "${write_conf_native/write_conf/write_conf_of_lib}"
write_conf() {
	write_conf_of_lib
	echo "softwire: {role: aftr, local: \"$local_addr\"}" >>"$work/cgnd.yaml"
}
start_cgnd
start_b4b

# F-ENC-1, F-ID-1: both homes reach the internet
for n in 1 2; do
	check "home $n: ping outside" in_ns home$n ping -q -c 3 -i 0.2 -W 60 203.0.113.1
	# A-ICQ-5, F-ADR-1: and cgnd in their softwires
	check "home $n: ping 192.0.0.1" in_ns home$n ping -q -c 2 -i 0.2 -W 60 192.0.0.1
done
check "b4a: ping of the tunnel endpoint" in_ns b4a ping -q -6 -c 2 -i 0.2 -W 60 $local_addr
check "home 2: ping of its gateway" in_ns home2 ping -q -c 2 -i 0.2 -W 60 192.168.1.1

# F-MTU-1: large packets without DF cross in outer fragments, both ways
for n in 1 2; do
	check "home $n: ping of 1472 octets without DF" in_ns home$n ping -q -c 2 -i 0.2 -W 60 -M dont -s 1472 203.0.113.1
done

head -c 100000000 /dev/urandom >"$work/file.bin"
want=$(sha256sum <"$work/file.bin")
serve inet python3 -m http.server --directory "$work" 80
retry in_ns inet curl -sS -o /dev/null -r 0-1 http://203.0.113.1/file.bin
download() {
	in_ns "$1" curl -sS --max-time 120 -w '%{speed_download} octets/s\n' -o "$work/got" http://203.0.113.1/file.bin
	[ "$(sha256sum <"$work/got")" = "$want" ]
}
# F-MTU-2, F-MTU-3, F-NAT-1: TCP with DF finds the tunnel's MTU, on links of 1500
for n in 1 2; do
	check "home $n: 100 MB arrive with the same checksum" download home$n
	cat "$work/check.log"
done
learned() {
	in_ns inet ip route show cache >"$work/cache"
	cat "$work/cache"
	grep -q 'mtu 1460' "$work/cache"
}
check "the server has learned an MTU of 1460" learned

# F-NAT-3, C-S-6, C-S-7: NAT-PMP on 192.0.0.1 inside each softwire
map() {
	in_ns "$1" natpmpc -g 192.0.0.1 -a 0 8080 tcp 3600 >"$work/map.$1"
	cat "$work/map.$1"
	grep -q 'Mapped public port' "$work/map.$1"
}
address() {
	in_ns "$1" natpmpc -g 192.0.0.1 | sed -n 's/^Public IP address : //p'
}
for n in 1 2; do
	check "home $n: natpmpc to 192.0.0.1" map home$n
	serve home$n python3 -m http.server --directory "$work/www" 8080
done
mkdir -p "$work/www"
echo hello >"$work/www/hello"
x1=$(address home1)
x2=$(address home2)
p1=$(sed -n 's/^Mapped public port \([0-9]*\) .*/\1/p' "$work/map.home1")
p2=$(sed -n 's/^Mapped public port \([0-9]*\) .*/\1/p' "$work/map.home2")
fetch() {
	[ "$(in_ns "$1" curl -sS --max-time 120 "http://$2/hello")" = hello ]
}
listening home1 8080
listening home2 8080
# F-ID-1, A-POOL-2: equal inner endpoints, two external ones, each leads home
check "inet reaches the server of home 1" fetch inet "$x1:$p1"
check "inet reaches the server of home 2" fetch inet "$x2:$p2"
differ() { [ "$x1:$p1" != "$x2:$p2" ]; }
check "the homes have different external endpoints" differ
# A-HP-5: hairpins between the two homes and within one
check "home 1 reaches home 2" fetch home1 "$x2:$p2"
check "home 2 reaches home 1" fetch home2 "$x1:$p1"
check "home 1 reaches itself" fetch home1 "$x1:$p1"

shown() {
	ctl subscribers show >"$work/subs"
	ctl mappings show >"$work/maps"
	cat "$work/subs" "$work/maps"
	grep -q "$b4a_addr" "$work/subs" && grep -q "$b4b_addr" "$work/subs" && grep -q "$b4a_addr" "$work/maps"
}
check "cgnctl shows the softwires" shown
one() {
	ctl subscribers show 2001:db8:100:100::/56 >"$work/one"
	cat "$work/one"
	[ "$(grep -c 2001:db8:100 "$work/one")" -eq 1 ] && grep -q "$b4a_addr" "$work/one"
	ctl mappings show --subscriber "$b4b_addr" >"$work/one"
	cat "$work/one"
	grep -q "$b4b_addr" "$work/one" && ! grep -q "$b4a_addr" "$work/one"
}
check "cgnctl shows one home by its prefix and its B4" one

# F-HA-1: leases come back with their B4 after a restart
stop_cgnd
start_cgnd
check "home 1's lease is back" fetch inet "$x1:$p1"
check "home 2's lease is back" fetch inet "$x2:$p2"

# F-ID-1: a home is remembered for what it has, not for what it sends
realms() {
	ctl --json counters show | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["portmap"][sys.argv[1]])' "$1"
}
ignored=$(realms natpmp_ignored)
strangers() {
	in_ns b4a /usr/bin/python3 "$here/b4_strangers.py" wan "$(in_ns cgn cat /sys/class/net/in0/address)" \
		"$local_addr" 2001:db8:100::/40 60000
	echo "ignored before $ignored, now $(realms natpmp_ignored); realms $(realms lease_realms)"
	[ "$(realms natpmp_ignored)" -gt $((ignored + 100)) ] && [ "$(realms lease_realms)" -eq 2 ]
}
check "datagrams that ask for nothing make nobody known" strangers
echo "$(($(realms natpmp_ignored) - ignored)) of 60000 datagrams came to be looked at and were ignored"
stop_cgnd
stored() {
	/usr/bin/python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM realm").fetchone()[0])' \
		"$store" | tee "$work/stored"
	[ "$(cat "$work/stored")" -eq 2 ]
}
check "nor to the store" stored
start_cgnd
check "home 1's lease is there" fetch inet "$x1:$p1"

kill -TERM "$(ip netns pids "${id}b4b" | head -n 1)"
b4b_status=0
wait "$b4b_pid" || b4b_status=$?
check "the B4 ends with 0" [ "$b4b_status" -eq 0 ]
finish
