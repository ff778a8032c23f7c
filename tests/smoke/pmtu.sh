#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# An outside link of 1400 octets: path MTU discovery and fragments.
. "$(dirname "$0")/lib.sh"
out_mtu=1400
topology
in_ns inet ip link set eth0 mtu 1400
in_ns cgn ip link set out0 mtu 1400
# The server offers large segments all the same, so that only path MTU discovery can make them fit.
in_ns inet ip route change 198.51.100.0/24 via 192.0.2.2 advmss 1460
start_cgnd

too_big() {
	in_ns sub1 ping -c 1 -W 60 -M 'do' -s 1472 203.0.113.1 | tee "$work/ping" || :
	grep -qi 'mtu *= *1400' "$work/ping"
}
# A-MTU-1, A-MTU-3: DF and too big: 3/4 with the next link's MTU
check "1500 octets with DF are refused with MTU 1400" too_big
in_ns sub1 ip route flush cache
# A-MTU-2: without DF the packet crosses in fragments
check "1500 octets without DF arrive" in_ns sub1 ping -q -c 2 -i 0.2 -W 60 -M dont -s 1472 203.0.113.1

head -c 3000000 /dev/urandom >"$work/file.bin"
upload() {
	in_ns sub1 ip route flush cache
	in_ns inet nc -l 203.0.113.1 9000 >"$work/got" </dev/null &
	local server=$!
	listening inet 9000
	in_ns sub1 timeout 240 nc -N 203.0.113.1 9000 <"$work/file.bin"
	wait "$server"
	cmp "$work/file.bin" "$work/got"
	in_ns sub1 ip route get 203.0.113.1 | grep 'mtu 1400'
}
# A-MTU-1, A-ICE-9: TCP finds the path MTU and goes on
check "3 MB of TCP go out after path MTU discovery" upload
serve inet python3 -m http.server --directory "$work" 80
retry in_ns inet curl -sS -o /dev/null -r 0-1 http://203.0.113.1/file.bin
download() {
	in_ns sub1 curl -sS --max-time 120 -o "$work/got" http://203.0.113.1/file.bin
	cmp "$work/file.bin" "$work/got"
}
check "3 MB of TCP come in" download
finish
