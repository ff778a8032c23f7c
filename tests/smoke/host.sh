#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The host plane: programs in a network namespace use cgnd's addresses.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server}"
out_mtu=1400
in_addresses='[100.64.0.1/10, "2001:db8:64::1/64"]'
out_address='192.0.2.2/24, "2001:db8:2::2/64"'
out_via=192.0.2.1
in_host="[icmp]"
out_host="[ike, tcp, bfd, icmp]"
netns=${id}host
sections="host: {netns: $netns, interface_prefix: cgx}"
extra_routes='- {prefix: "::/0", via: "2001:db8:2::1", port: outside0}'
pool_routes() {
	in_ns inet ip route add 198.51.100.0/24 via 192.0.2.2
}

# L-HOST-5: what is missing at the start is said
topology
mkdir -p "$work/run"
write_conf
check "without its namespace, cgnd does not start and names it" \
	says "no network namespace name=$netns" 1 ip netns exec "${id}cgn" "$build/cgnd" -c "$work/cgnd.yaml"

namespaces="$namespaces host"
add_ns host
in_ns host sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
in_ns inet sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
in_ns inet ip addr add 2001:db8:2::1/64 dev eth0 nodad
start_cgnd
in_ns host ip route add default via 192.0.2.1 dev cgx1

configured() {
	in_ns host ip addr show dev cgx0 | tee "$work/cgx0"
	grep -q "inet 100.64.0.1/10" "$work/cgx0" && grep -q "inet6 2001:db8:64::1/64" "$work/cgx0"
	in_ns host ip addr show dev cgx1 | tee "$work/cgx1"
	grep -q "inet 192.0.2.2/24" "$work/cgx1" && grep -q "inet6 2001:db8:2::2/64" "$work/cgx1"
	grep -q "mtu 1400" "$work/cgx1" && grep -q "LOWER_UP" "$work/cgx1"
	[ "$(grep -c "fe80:" "$work/cgx1")" -eq 0 ]
}
# L-HOST-5: interfaces live in the namespace, with the addresses of the ports and a carrier
check "the interfaces have the addresses of the ports and a carrier" configured

# The interfaces and sockets are open, so nothing of the host plane needs a privilege any more.
check "no thread of cgnd keeps more than OPERATE.md says" keeps_only "$(documented_caps)"

serve host socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'echo hello from the host'
serve host socat TCP6-LISTEN:8081,fork,reuseaddr,ipv6only=1 SYSTEM:'echo hello from the host'
listening host 8080
listening host 8081
tcp_says() {
	retry sh -c "ip netns exec '$id$1' socat -T 60 - '$2' </dev/null | tee /dev/stderr | grep -q 'hello from the host'"
}
# L-HOST-1: the internet reaches a TCP server in the namespace
check "the internet reaches a TCP server of the host" tcp_says inet TCP:192.0.2.2:8080
check "and over IPv6" tcp_says inet 'TCP6:[2001:db8:2::2]:8081'
# L-HOST-1: cgnd refuses what the port does not list
refused() {
	in_ns sub1 socat - TCP:100.64.0.1:8080 </dev/null >"$work/refused" 2>&1 || :
	cat "$work/refused"
	grep -q "Connection refused" "$work/refused"
}
check "a subscriber is refused where the port does not list tcp" refused
# L-HOST-1: what cgnd serves stays with cgnd
check "cgnd still serves NAT-PMP" python sub1 natpmp_client.py tcp 8000
check "cgnd still answers ping" in_ns inet ping -q -c 2 -i 0.2 -W 60 192.0.2.2
check "the host's ping is answered" in_ns host ping -q -c 2 -i 0.2 -W 60 203.0.113.1
check "the host pings a subscriber" in_ns host ping -q -c 2 -i 0.2 -W 60 100.64.0.11

# L-HOST-2: both ways, the TTL is unchanged
bfd() {
	local from=$1 to=$2 src=$3 dst=$4
	in_ns "$to" /usr/bin/python3 "$here/host.py" receive "$dst" 3784 1 >"$work/bfd" 2>&1 &
	retry in_ns "$to" sh -c "ss -Hlun 'sport = :3784' | grep -q ."
	for _ in $(seq 60); do
		in_ns "$from" /usr/bin/python3 "$here/host.py" send "$src" "$dst" 3784 255
		sleep 0.2
		[ -s "$work/bfd" ] && break
	done
	cat "$work/bfd"
	grep -qx "$src 255" "$work/bfd"
}
check "a BFD packet reaches the host with TTL 255" bfd inet host 192.0.2.1 192.0.2.2
check "a BFD packet of the host reaches the peer with TTL 255" bfd host inet 192.0.2.2 192.0.2.1

# L-HOST-2: what does not fit the link of a port is cut by the kernel, because the interface has the MTU of the link
check "a datagram of the host that is larger than the link arrives" \
	in_ns host ping -q -c 1 -W 60 -s 2500 -M dont 203.0.113.1

# L-IPS-4: IKE over IPv6, cut by the sender
long_ike() {
	local socket="UDP6-RECVFROM:500,ipv6only=1"
	in_ns host timeout 120 socat -b 9000 -u "$socket" "CREATE:$work/ike" &
	retry in_ns host sh -c "ss -Hlun 'sport = :500' | grep -q ."
	head -c 3000 /dev/urandom >"$work/sent"
	for _ in $(seq 60); do
		in_ns inet socat -b 9000 -u "OPEN:$work/sent" 'UDP6-SENDTO:[2001:db8:2::2]:500'
		sleep 0.2
		[ ! -s "$work/ike" ] || break
	done
	ctl counters show | grep -E "reassembled|frag_" || :
	ls -l "$work/ike"
	cmp "$work/sent" "$work/ike"
}
check "an IKE message over IPv6 that is larger than the link reaches the host" long_ike

# G-DAY-5: the document has every key that cgnctl prints
check "the keys of host show are documented" documented "host show" host show
# L-HOST-3: a foreign source does not leave
foreign() {
	ctl --json host show | /usr/bin/python3 -c \
		"import json, sys; print(sum(r['host_foreign'] for r in json.load(sys.stdin)))"
}
spoof() {
	local before
	before=$(foreign)
	in_ns inet timeout 120 tcpdump -lni eth0 -c 1 "udp port 3784 and not src 192.0.2.2" >"$work/spoofed" 2>&1 &
	retry grep -q "listening on" "$work/spoofed"
	for src in 203.0.113.9 100.64.0.1 198.51.100.1 127.0.0.1; do
		in_ns host /usr/bin/python3 "$here/host.py" send "$src" 192.0.2.1 3784 64 cgx1
	done
	for src in 2001:db8:64::1 2001:db8:9::9 fe80::1 ff02::1; do
		in_ns host /usr/bin/python3 "$here/host.py" send "$src" 2001:db8:2::1 3784 64 cgx1
	done
	in_ns host /usr/bin/python3 "$here/host.py" send 192.0.2.2 224.0.0.5 3784 1 cgx1
	in_ns host /usr/bin/python3 "$here/host.py" send 2001:db8:2::2 ff02::5 3784 1 cgx1
	retry sh -c "[ \$('$build/cgnctl' --prefix $prefix --json host show | grep -o '\"host_foreign\":[0-9]*' |
		awk -F: '{n += \$2} END {print n}') -ge $((before + 10)) ]"
	# A packet behind them arrives, so they would have arrived as well.
	bfd host inet 192.0.2.2 192.0.2.1
	cat "$work/spoofed"
	[ "$(grep -c "IP.* > " "$work/spoofed")" -eq 0 ]
}
check "packets of the host with a foreign source do not leave, and are counted" spoof
shown() {
	ctl host show | tee "$work/host"
	grep -q "^outside0 *cgx1 *$netns *ike tcp bfd icmp" "$work/host"
	ctl counters show | grep host_
}
check "cgnctl shows the host plane" shown

# A reload releases the configuration of the start.
carries() {
	in_ns host ip -br link show dev cgp0 | grep "LOWER_UP"
}
reloaded() {
	retry carries
	sed -i "s/mappings_per_s: 0/mappings_per_s: 9/" "$work/cgnd.yaml"
	kill -HUP "$(ip netns pids "${id}cgn")"
	retry grep -q "reloaded file" "$work/cgnd.log"
	in_ns inet ip link set eth0 down
	retry sh -c "ip netns exec '$netns' ip -br link show dev cgp0 | grep NO-CARRIER"
	in_ns inet ip link set eth0 up
	retry carries
	in_ns host ip route replace default via 192.0.2.1 dev cgx1
	pool_routes
}
check "after a reload the interface of the pools still follows the links" reloaded

second() {
	sed "s/prefix: $prefix/prefix: ${prefix}b/; s,runtime_dir: .*,runtime_dir: $work/run2," "$work/cgnd.yaml" >"$work/second.yaml"
	says "name=cgx0 errno=16; another program has it" 1 \
		ip netns exec "${id}cgn" "$build/cgnd" -c "$work/second.yaml"
	tcp_says inet TCP:192.0.2.2:8080
}
check "a second cgnd gets no interface of the first one, and says so" second

# L-HOST-5: after kill -9 there is no carrier; the addresses survive; a new cgnd brings the carrier back
killed() {
	ip netns pids "${id}cgn" | xargs kill -KILL
	retry sh -c "ip netns exec '$netns' ip link show dev cgx1 | grep -q NO-CARRIER"
	in_ns host ip addr show dev cgx1 | grep "inet 192.0.2.2/24"
	in_ns host ip addr show dev cgx1 | grep "inet6 2001:db8:2::2/64"
}
check "after kill -9 the addresses stay and the carrier is gone" killed
wait "$cgnd_pid" 2>/dev/null || :
in_ns host ip addr add 192.0.2.77/24 dev cgx1
start_cgnd
again() {
	configured
	[ "$(in_ns host ip addr show dev cgx1 | grep -c 192.0.2.77)" -eq 0 ]
	in_ns host ip route show | grep "default via 192.0.2.1" || in_ns host ip route add default via 192.0.2.1 dev cgx1
	tcp_says inet TCP:192.0.2.2:8080
}
check "after a restart the host is reached again, and an old address is gone" again

# What takes an interface away costs the host, not the subscribers.
deleted() {
	in_ns host ip link del dev cgx1
	retry grep -q "interface of the host plane is gone, restart cgnd name=cgx1" "$work/cgnd.log"
	in_ns sub1 ping -q -c 2 -i 0.2 -W 60 203.0.113.1
	python sub1 natpmp_client.py tcp 8000
	in_ns inet ping -q -c 2 -i 0.2 -W 60 192.0.2.2
}
check "without an interface of the host plane cgnd still translates and serves" deleted
finish
