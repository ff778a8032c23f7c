# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Smoke tests of NAT444: homes with a cgnd of their own (a relay) behind the provider's cgnd.
#
#   h1 192.168.1.11 --+
#   h2 192.168.1.12 --+-- lan (bridge) -- home 100.64.0.2 --+
#                            192.168.1.1                    +-- sw (bridge) -- cgn -- inet
#                                       sub2 100.64.0.12 ---+      100.64.0.1
#
# A test sources this file after lib.sh, calls topology444, start_cgnd and start_relay.
# shellcheck disable=SC2154 # what lib.sh sets

namespaces="h1 h2 lan home sub2 sw cgn inet"
wan=100.64.0.2
pool_addresses=$public_pool
# What the host plane of a relay gets of its outside port, more keys of its natpmp, and further sections.
wan_host="[]"
relay_natpmp=""
# Its natpmp.upstream if that is not the next hop.
relay_upstream=""
relay_sections=""
# The ports of a relay's pool, which its host plane must not use.
wan_ports=1024-65535
declare -A relay_pids=()

topology444() {
	for n in $namespaces; do add_ns "$n"; done
	link h1 eth0 lan h1
	link h2 eth0 lan h2
	link home in0 lan home
	link home out0 sw home
	link sub2 eth0 sw sub2
	link cgn in0 sw cgn
	link cgn out0 inet eth0
	bridge lan h1 h2 home
	bridge sw home sub2 cgn
	for i in 1 2; do
		in_ns h$i ip addr add 192.168.1.1$i/24 dev eth0
		in_ns h$i ip route add default via 192.168.1.1
	done
	in_ns sub2 ip addr add 100.64.0.12/10 dev eth0
	in_ns sub2 ip route add default via 100.64.0.1
	in_ns inet ip addr add "$out_via/24" dev eth0
	for i in 1 2 3 4; do in_ns inet ip addr add 203.0.113.$i/32 dev lo; done
	pool_routes
}

# bridge NS DEV...
bridge() {
	local ns=$1 dev
	shift
	in_ns "$ns" ip link add br0 type bridge mcast_snooping 0
	in_ns "$ns" ip link set br0 up
	for dev in "$@"; do in_ns "$ns" ip link set "$dev" master br0; done
}

# start_relay NS LAN_ADDRESS/LEN WAN_ADDRESS/LEN UPSTREAM [STORE]: a home router in NS, ports in0 and out0
start_relay() {
	local ns=$1 lan=$2 wan=$3 upstream=$4 store=${5-}
	local log=$work/$ns.log
	mkdir -p "$work/run-$ns"
	cat >"$work/$ns.yaml" <<-END
		workers: 1
		eal: ["--no-huge", "-m", "256", "--no-pci"]
		runtime_dir: $work/run-$ns
		ports:
		  - {name: lan0, device: "net_af_packet0,iface=in0", side: inside, addresses: [$lan]}
		  - {name: wan0, device: "net_af_packet1,iface=out0", side: outside, addresses: [$wan], host: $wan_host}
		routes:
		  - {prefix: 0.0.0.0/0, via: $upstream, port: wan0}
		pools:
		  - {name: wan, addresses: [${wan%/*}], port_range: $wan_ports}
		groups:
		  - {name: lan, prefixes: [$(/usr/bin/python3 -c "
		import ipaddress
		print(ipaddress.ip_interface('$lan').network)")], pool: wan, block_size: 64, blocks_max: 64, mappings_per_s: 0}
		nat: {hold_down_max: 10000, mappings_max: 65536, sessions_max: 65536}
		natpmp: {role: relay, upstream: ${relay_upstream:-$upstream} $relay_natpmp}
		store: {path: "$store"}
		telemetry: {prefix: $prefix-$ns}
		$relay_sections
	END
	: >"$log"
	in_ns "$ns" "$build/cgnd" -c "$work/$ns.yaml" >"$log" 2>&1 </dev/null &
	relay_pids[$ns]=$!
	for _ in $(seq 1800); do
		grep -qw ready "$log" && return 0
		if ! kill -0 "${relay_pids[$ns]}" 2>/dev/null; then
			cat "$log"
			echo "the relay in $ns ended before it was ready"
			exit 1
		fi
		sleep 0.1
	done
	echo "the relay in $ns is not ready after three minutes"
	exit 1
}

# stop_relay NS [SIGNAL]: sets stop_status
stop_relay() {
	local pid=${relay_pids[$1]}
	# shellcheck disable=SC2046 # one process a word
	kill "-${2-TERM}" $(ip netns pids "$id$1")
	stop_status=0
	wait "$pid" || stop_status=$?
	unset "relay_pids[$1]"
}

# finish444: stop the relays, then cgnd
finish444() {
	local ns
	for ns in "${!relay_pids[@]}"; do
		stop_relay "$ns"
		check "the relay in $ns ends with 0" [ "$stop_status" -eq 0 ]
		check "received packets of $ns are the sum of the verdicts" accounted_in "$work/$ns.log"
	done
	finish
}

# ctl_of NS ARGS...: cgnctl of a relay
ctl_of() {
	local ns=$1
	shift
	"$build/cgnctl" --prefix "$prefix-$ns" "$@"
}

# ask NS GATEWAY ARGS...: natpmpc's whole dialogue, kept in $work/NS.said
# Asked again if natpmpc took a late second answer to its first question for the one to its request.
ask() {
	local ns=$1 gateway=$2
	shift 2
	for _ in 1 2 3 4 5; do
		in_ns "$ns" natpmpc -g "$gateway" "$@" >"$work/$ns.said" 2>&1 || :
		grep -q 'protocol UNKNOWN' "$work/$ns.said" || break
	done
	cat "$work/$ns.said"
}
# field NS PATTERN: what natpmpc said
field() {
	sed -n "s/.*$2.*/\\1/p" "$work/$1.said" | tail -n 1
}
# open NS GATEWAY PROTO INSIDE SUGGESTED [LIFETIME]: sets port
open() {
	ask "$1" "$2" -a "$5" "$4" "$3" "${6:-3600}"
	port=$(field "$1" 'Mapped public port \([0-9]*\)')
	echo "$port" >"$work/port"
	[ -n "$port" ]
}
# address NS GATEWAY: the external address
address() {
	ask "$1" "$2" >/dev/null
	field "$1" 'Public IP address : \(.*\)'
}
epoch() {
	ask "$1" "$2" >/dev/null
	field "$1" 'epoch = \([0-9]*\)'
}
# not COMMAND...: "!" does not end a check
not() {
	if "$@"; then return 1; fi
}
# octets NS GATEWAY ARGS...: the octet-level client
octets() {
	local ns=$1 gateway=$2
	shift 2
	in_ns "$ns" env NATPMP_SERVER="$gateway" /usr/bin/python3 "$here/natpmp_client.py" "$@"
}
# counter NS NAME: of a relay; those that are 0 are not shown
counter() {
	ctl_of "$1" counters show | awk -v name="$2" '$2 == name { n = $3 } END { print n + 0 }'
}
# note_epoch NS GATEWAY: remember the epoch in $before, and when that was
note_epoch() {
	before=$(epoch "$1" "$2")
	noted=$SECONDS
}
# fell NS GATEWAY: the epoch began anew since it was noted. Had it gone on, it would be at $before and the time
# since; half of $before tells the two apart, however long a restart took.
fell() {
	local now
	now=$(epoch "$1" "$2")
	echo "epoch $before, now $now after $((SECONDS - noted)) s"
	[ -n "$now" ] && [ $((2 * now)) -lt $((before + 2 * (SECONDS - noted))) ]
}
# fell_soon NS GATEWAY: or within a while
fell_soon() {
	retry fell "$@"
	fell "$@"
}
# announced COUNT: so many announcements that h1 has heard, of the address and an epoch below $before
announced() {
	retry sh -c "[ \$(wc -l <$work/announced) -ge $1 ]" || retry sh -c "[ \$(wc -l <$work/announced) -ge $1 ]"
	cat "$work/announced"
	/usr/bin/python3 - "$(address h1 "$gw")" "$before" "$work/announced" <<-'END'
		import socket, sys
		rows = [line.split() for line in open(sys.argv[3])]
		answers = [bytes.fromhex(r[3]) for r in rows]
		assert all(r[1:3] == ["192.168.1.1", "5351"] for r in rows), rows
		assert all(a[:4] == b"\0\x80\0\0" and len(a) == 12 for a in answers), rows
		assert all(socket.inet_ntoa(a[8:]) == sys.argv[1] for a in answers), rows
		assert min(int.from_bytes(a[4:8], "big") for a in answers) < int(sys.argv[2]), rows
	END
}
