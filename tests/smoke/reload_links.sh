#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Reloads change routes, gateways, neighbours, addresses and MTUs under traffic. A ping every 10 ms and a TCP transfer
# run through all of them, and nothing is lost.
. "$(dirname "$0")/lib.sh"
ROUNDS=4
SIZE=20000000

topology
in_ns inet ip addr add 192.0.2.7/24 dev eth0
mac=$(in_ns inet cat /sys/class/net/eth0/address)
start_cgnd
reflector
mkdir "$work/www"
head -c $SIZE /dev/urandom >"$work/www/large"
in_ns inet /usr/bin/python3 -m http.server --directory "$work/www" --bind 203.0.113.2 8000 >/dev/null 2>&1 </dev/null &
listening inet 8000

n_reloads=0
# reload SED-EXPRESSION: change the file, send SIGHUP, wait until cgnd uses it
reload() {
	local before pid
	before=$(grep -c ': reloaded file' "$work/cgnd.log" || :)
	pid=$(ip netns pids "${id}cgn")
	sed -i "$1" "$work/cgnd.yaml"
	# shellcheck disable=SC2086 # one process a word
	kill -HUP $pid
	is_reloaded() {
		[ "$(grep -c ': reloaded file' "$work/cgnd.log")" -gt "$before" ]
	}
	retry is_reloaded
	n_reloads=$((n_reloads + 1))
}
config_has() {
	ctl config show >"$work/config"
	cat "$work/config"
	grep -q "$1" "$work/config"
}
answers() {
	in_ns inet ping -q -c 3 -i 0.2 -W 60 "$1"
}
is_silent() {
	! in_ns inet ping -q -c 1 -W 1 "$1"
}

# What runs through all reloads. The transfer is slow, so that it outlasts them.
external sub1 udp 5000 >"$work/before"
# Not by in_ns: the signal must reach ping itself.
ip netns exec "${id}sub1" env --default-signal=INT ping -i 0.01 203.0.113.1 >"$work/ping" 2>&1 </dev/null &
ping=$!
in_ns sub2 curl -sS --limit-rate 400k -o "$work/got" http://203.0.113.2:8000/large >"$work/curl" 2>&1 </dev/null &
curl=$!
retry test -s "$work/got"

# N-LIVE-1, N-LIVE-2, N-LIVE-4, N-LIVE-5, N-LIVE-7, N-LIVE-8, N-LIVE-10
for _ in $(seq $ROUNDS); do
	reload 's/via: 192.0.2.1, port: outside0/via: 192.0.2.7, port: outside0/'
	reload 's/^routes:/routes:\n  - {prefix: 198.18.0.0\/15, via: 192.0.2.1, port: outside0}/'
	reload "s/^pools:/neighbours:\n  - {address: 192.0.2.7, mac: \"$mac\", port: outside0}\npools:/"
	reload 's/addresses: \[192.0.2.2\/24\]/addresses: [192.0.2.2\/24, 192.0.2.3\/24]/; s/mtu: 1500/mtu: 1400/'
	check "a new address answers" answers 192.0.2.3
	reload '/^neighbours:/d; /address: 192.0.2.7, mac/d; s/mtu: 1400/mtu: 1500/'
	reload '/198.18.0.0/d; s/, 192.0.2.3\/24\]/]/; s/via: 192.0.2.7, port: outside0/via: 192.0.2.1, port: outside0/'
	check "an old address does not" is_silent 192.0.2.3
done
check "there were $((6 * ROUNDS)) reloads" [ "$n_reloads" -eq $((6 * ROUNDS)) ]
check "the configuration of the start is back" config_has '192.0.2.1[^0-9]'

wait $curl || :
check "the transfer is whole" cmp "$work/www/large" "$work/got"
kill -INT $ping
wait $ping || : # not 0 if something is lost, which the next check tells
check "no ping is lost" no_ping_lost "$work/ping"
external sub1 udp 5000 >"$work/after"
check "the mapping is the same" cmp "$work/before" "$work/after"

# N-LIVE-12: packet buffers are made once.
sed -i 's/mtu: 1500/mtu: 9600/' "$work/cgnd.yaml"
# shellcheck disable=SC2046 # one process a word
kill -HUP $(ip netns pids "${id}cgn")
refused() {
	grep -q 'ports.outside0..mtu: 9600: must be at most [0-9]* while the port runs' "$work/cgnd.log" &&
		grep -q 'reload refused, the configuration in use stays' "$work/cgnd.log"
}
check "an mtu that does not fit is refused" retry refused
finish
