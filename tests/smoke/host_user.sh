#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The host plane without any privilege: root prepares the interfaces, and cgnd runs as another user. Its ports are memif
# wires, and testpmd is at their other ends. It passes the frames to the interfaces of the namespace.
. "$(dirname "$0")/lib.sh"
command -v dpdk-testpmd >/dev/null || {
	echo "skipped: needs dpdk-testpmd"
	exit 77
}
user=nobody
in_device="net_memif0,role=server,socket=$work/run/0.sock,socket-abstract=no,mac=02:00:00:00:00:01"
out_device="net_memif1,role=server,socket=$work/run/1.sock,socket-abstract=no,mac=02:00:00:00:00:02"
in_host="[icmp]"
out_host="[tcp, icmp]"
out_mtu=1400
natpmp="{role: server}"
sections="host: {}"
topology
mkdir -p "$work/run" "$work/xdg"
chown "$user" "$work/run" "$work/xdg"
chmod 755 "$work"
cp "$build/cgnd" "$work/cgnd"

# A user has neither root's capabilities nor a way to get some.
as_user=(ip netns exec "${id}cgn" env XDG_RUNTIME_DIR="$work/xdg" setpriv --reuid "$user" --regid "$(id -g "$user")"
	--clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs)
prepare() {
	local name=$1 address=$2 mtu=$3
	in_ns cgn ip tuntap add mode tun user "$user" name "$name"
	in_ns cgn sysctl -qw "net.ipv4.conf.$name.rp_filter=2"
	[ -z "$address" ] || in_ns cgn ip addr add "$address" dev "$name"
	in_ns cgn ip link set "$name" mtu "$mtu" up
}
refuses() {
	says "$1" 1 "${as_user[@]}" "$work/cgnd" -c "$work/cgnd.yaml"
}
write_conf
chmod 644 "$work/cgnd.yaml"

# L-HOST-6: what is not prepared is said
check "without an interface, cgnd says what it needs" \
	refuses "name=cgx0 errno=1; it needs CAP_NET_ADMIN, or an interface that this user owns"
prepare cgx0 100.64.0.1/10 1500
prepare cgx1 192.0.2.2/24 1500
prepare cgp0 "" 1500
check "another MTU is said" refuses "another MTU than the port name=cgx1 mtu=1500 wanted=1400"
in_ns cgn ip link set cgx1 mtu 1400
in_ns cgn ip addr add 192.0.2.77/32 dev cgx1
check "an address that the port has not is said" refuses "that the port has not name=cgx1 address=192.0.2.77"
in_ns cgn ip addr flush dev cgx1
check "a missing address is said" refuses "has not the address of the port name=cgx1 address=192.0.2.2/24"
in_ns cgn ip addr add 192.0.2.2/24 dev cgx1
in_ns cgn ip link set cgx1 down
check "an interface that is down is said" refuses "is down name=cgx1"
in_ns cgn ip link set cgx1 up
: >"$work/cgnd.log"
"${as_user[@]}" "$work/cgnd" -c "$work/cgnd.yaml" >"$work/cgnd.log" 2>&1 </dev/null &
cgnd_pid=$!
retry grep -qw ready "$work/cgnd.log"
# testpmd ends when its standard input does.
mkfifo "$work/stdin"
exec 9<>"$work/stdin"
in_ns cgn dpdk-testpmd --file-prefix="${prefix}t" --no-huge -m 256 --no-pci --lcores=0-1 \
	--vdev="net_memif0,role=client,socket=$work/run/0.sock,socket-abstract=no" --vdev=net_af_packet0,iface=in0 \
	--vdev="net_memif1,role=client,socket=$work/run/1.sock,socket-abstract=no" --vdev=net_af_packet1,iface=out0 \
	-- --port-topology=paired --total-num-mbufs=8192 --no-mlockall --auto-start \
	>"$work/testpmd.log" 2>&1 <&9 &

# L-HOST-6: no thread has a privilege
bare() {
	awk '/^Uid:/ { if ($2 == 0 || $3 == 0) bad = 1 }
		/^Cap(Prm|Eff|Inh|Bnd|Amb):/ { n++; print; if ($2 ~ /[^0]/) bad = 1 }
		END { exit !(n >= 15 && !bad) }' /proc/"$cgnd_pid"/task/*/status
}
check "no thread of cgnd has a capability, nor is it root's" bare
check "the prepared interfaces are used as they are" \
	[ "$(grep -c 'used as it was prepared name=' "$work/cgnd.log")" -eq 3 ]
carrier() {
	in_ns cgn ip link show dev cgx1 | grep LOWER_UP
	in_ns cgn ip link show dev cgp0 | grep LOWER_UP
}
check "the interfaces have a carrier, the one of the pools too" retry carrier

in_ns cgn ip route add default via 192.0.2.1 dev cgx1
serve cgn socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'echo hello from the host'
listening cgn 8080
hello() {
	in_ns inet socat -T 60 - TCP:192.0.2.2:8080 </dev/null | grep "hello from the host"
}
# L-HOST-6, L-HOST-1
check "the internet reaches a TCP server of the host" retry hello
check "subscribers reach the internet" retry in_ns sub1 ping -q -c 1 -W 10 203.0.113.1
check "subscribers are served with NAT-PMP" retry python sub1 natpmp_client.py tcp 8000
# Not stop_cgnd: testpmd must not end before cgnd. A memif whose peer goes may crash.
kill -TERM "$cgnd_pid"
stop_status=0
wait "$cgnd_pid" || stop_status=$?
cgnd_pid=
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
check "received packets are the sum of the verdicts" accounted
finish
