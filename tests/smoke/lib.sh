# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Smoke tests: a real cgnd between network namespaces, real programs on both sides.
#
#   sub1 100.64.0.11 --+                                        +-- 203.0.113.1 ... .4
#   sub2 100.64.0.12 --+-- sw (bridge) -- in0 cgnd out0 -- inet-+   (addresses of inet itself)
#                              100.64.0.1   192.0.2.2   192.0.2.1
#
# A test sources this file, calls topology and start_cgnd, then check for each claim, and ends with
# finish. Comments above the checks name the requirements ("# A-HDR-1: ...").
# CGN_BUILD is the build directory (meson sets it).
set -euo pipefail

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
build=${CGN_BUILD:-$here/../../build}
cgnd=$build/cgnd
id=c$$
work=$(mktemp -d)
prefix=smoke$$
namespaces="sub1 sub2 sw cgn inet"
failures=0
cgnd_pid=

# What a test may set before start_cgnd. A packet socket hands fragments over in one piece (its fan-out
# reassembles), so tests of fragments take AF_XDP, or captures if there is never more than one datagram
# on its way (a capture's ring has few blocks and drops packets while cgnd is not scheduled).
in_device="net_af_packet0,iface=in0"
in_addresses="[100.64.0.1/10]"
source_check=neighbour
out_device="net_af_packet1,iface=out0"
out_mtu=1500
xdp_in="net_af_xdp0,iface=in0"
xdp_out="net_af_xdp1,iface=out0"
pcap_in="net_pcap0,rx_iface_in=in0,tx_iface=in0"
pcap_out="net_pcap1,rx_iface_in=out0,tx_iface=out0"
out_address=192.0.2.2/24
out_via=192.0.2.1
# natpmpc of Debian 13 takes no documentation address (RFC 5737) for a public one: its tests set public_pool.
# 44.128.0.0/16 is the range for tests of the amateur radio network; the internet does not route it.
pool_addresses="[198.51.100.0/29]"
public_pool="[44.128.0.0/29]"
group_prefixes=100.64.0.0/10
extra_routes=
group_extra=""
nat_extra=""
mappings_max=65536
workers=1
natpmp="{role: off}"
store=""
# What the host plane gets of each port (ports[].host), and further sections.
in_host="[]"
out_host="[]"
sections=""
eal='["--no-huge", "-m", "512", "--no-pci"]'
export LC_ALL=C
export LSAN_OPTIONS=suppressions=$here/lsan.supp:print_suppressions=0

if [ "$(id -u)" -ne 0 ]; then
	echo "skipped: network namespaces need root"
	exit 77
fi

cleanup() {
	local status=$?
	set +e
	if [ $status -ne 0 ] && [ $status -ne 77 ] && [ -f "$work/cgnd.log" ]; then
		echo "--- last lines of cgnd's log"
		tail -n 30 "$work/cgnd.log"
	fi
	for n in $namespaces; do
		ip netns pids "$id$n" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
		ip netns del "$id$n" 2>/dev/null
	done
	rm -rf "$work" "/run/dpdk/$prefix" "/run/dpdk/$prefix-"*
}
trap cleanup EXIT

# in_ns NAMESPACE COMMAND...
in_ns() {
	local ns=$1
	shift
	ip netns exec "$id$ns" "$@"
}

# serve NAMESPACE COMMAND...: in the background until the test ends
serve() {
	in_ns "$@" >>"$work/serve.log" 2>&1 </dev/null &
}

# check TEXT COMMAND...: one claim; the command's output is shown if it does not hold
check() {
	local text=$1 status
	shift
	# Not in a condition: that would switch "exit at the first failure" off inside the command.
	set +e
	(
		set -e
		"$@"
	) >"$work/check.log" 2>&1
	status=$?
	set -e
	if [ $status -eq 0 ]; then
		echo "ok: $text"
	else
		echo "FAILED: $text"
		sed 's/^/    /' "$work/check.log" | tail -n 40
		failures=$((failures + 1))
	fi
}

# finish: stop cgnd, which must account for every packet, and end the test
finish() {
	if [ -n "$cgnd_pid" ]; then
		stop_cgnd
		check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
		check "received packets are the sum of the verdicts" accounted
	fi
	[ "$failures" -eq 0 ] || exit 1
	exit 0
}

# accounted: the table that cgnd prints at its end adds up
accounted() {
	accounted_in "$work/cgnd.log"
}
# accounted_in LOG
accounted_in() {
	cat "$1"
	awk '$1 == "received" { n = $2 }
		$1 ~ /^(forwarded|local|absorbed|dropped)$/ { sum += $3 }
		END { exit !(n > 0 && n == sum) }' "$1"
}

# has_xdp: whether the kernel has AF_XDP sockets
has_xdp() {
	/usr/bin/python3 -c 'import socket; socket.socket(44, socket.SOCK_RAW)' 2>/dev/null
}

# retry COMMAND...: until it succeeds; only a hang lasts two minutes
retry() {
	for _ in $(seq 1200); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "gave up: $*" >&2
	return 1
}

# no_ping_lost FILE: the lines of a ping that was stopped have all replies. Those after the last reply were on their way.
no_ping_lost() {
	tail -n 3 "$1"
	/usr/bin/python3 - "$1" <<-'END'
		import re, sys
		text = open(sys.argv[1]).read()
		seen = {int(n) for n in re.findall(r"icmp_seq=(\d+)", text)}
		sent = int(re.search(r"(\d+) packets transmitted", text)[1])
		lost = [n for n in range(1, sent + 1) if n not in seen]
		print("no reply:", *lost)
		sys.exit(sent < 100 or any(n < max(seen) for n in lost))
	END
}

# listening NAMESPACE PORT: wait for a TCP server without connecting to it
listening() {
	retry in_ns "$1" sh -c "ss -Hltn 'sport = :$2' | grep -q ."
}

add_ns() {
	ip netns add "$id$1"
	in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	in_ns "$1" ip link set lo up
}

# link NS_A DEV_A NS_B DEV_B: what crosses it is what a wire carries: whole checksums, one frame a packet
link() {
	ip link add "$2" netns "$id$1" type veth peer name "$4" netns "$id$3"
	local ns dev
	for end in "$1 $2" "$3 $4"; do
		read -r ns dev <<<"$end"
		in_ns "$ns" ethtool -K "$dev" rx off tx off sg off tso off gso off gro off >/dev/null
		in_ns "$ns" ip link set "$dev" up
	done
}

topology() {
	for n in $namespaces; do add_ns "$n"; done
	link sub1 eth0 sw sub1
	link sub2 eth0 sw sub2
	link cgn in0 sw cgn
	link cgn out0 inet eth0
	in_ns sw ip link add br0 type bridge mcast_snooping 0
	in_ns sw ip link set br0 up
	for dev in sub1 sub2 cgn; do in_ns sw ip link set "$dev" master br0; done
	for i in 1 2; do
		in_ns sub$i ip addr add 100.64.0.1$i/10 dev eth0
		in_ns sub$i ip route add default via 100.64.0.1
	done
	in_ns inet ip addr add "$out_via/24" dev eth0
	for i in 1 2 3 4; do in_ns inet ip addr add 203.0.113.$i/32 dev lo; done
	pool_routes
}

# pool_routes: the internet's way to the external addresses of all tests
pool_routes() {
	local net
	for net in 198.51.100.0/24 44.128.0.0/16; do
		in_ns inet ip route add $net via "${out_address%/*}"
	done
}

write_conf() {
	cat >"$work/cgnd.yaml" <<-END
		workers: $workers
		eal: $eal
		runtime_dir: $work/run
		ports:
		  - name: inside0
		    device: "$in_device"
		    side: inside
		    addresses: $in_addresses
		    source_check: $source_check
		    host: $in_host
		  - name: outside0
		    device: "$out_device"
		    side: outside
		    addresses: [$out_address]
		    mtu: $out_mtu
		    host: $out_host
		routes:
		  - {prefix: 0.0.0.0/0, via: $out_via, port: outside0}
		  $extra_routes
		pools:
		  - name: homes
		    addresses: $pool_addresses
		groups:
		  - name: residential
		    prefixes: [$group_prefixes]
		    pool: homes
		    mappings_per_s: 0
		    $group_extra
		nat:
		  hold_down_max: 10000
		  mappings_max: $mappings_max
		  sessions_max: 65536
		  $nat_extra
		natpmp: $natpmp
		store: {path: "$store"}
		telemetry: {prefix: $prefix}
		$sections
	END
}

start_cgnd() {
	mkdir -p "$work/run"
	write_conf
	: >"$work/cgnd.log"
	in_ns cgn "$cgnd" -c "$work/cgnd.yaml" >"$work/cgnd.log" 2>&1 </dev/null &
	cgnd_pid=$!
	for _ in $(seq 1800); do
		grep -qw ready "$work/cgnd.log" && return 0
		if ! kill -0 "$cgnd_pid" 2>/dev/null; then
			echo "cgnd ended before it was ready"
			exit 1
		fi
		sleep 0.1
	done
	echo "cgnd is not ready after three minutes"
	exit 1
}

# stop_cgnd: SIGTERM, and SIGKILL after two minutes; sets stop_status and stop_ms
stop_cgnd() {
	local pid begin
	pid=$(ip netns pids "${id}cgn")
	begin=$(date +%s%N)
	# shellcheck disable=SC2086 # one process a word
	kill -TERM $pid
	(
		sleep 120
		# shellcheck disable=SC2086
		kill -KILL $pid
	) >/dev/null 2>&1 &
	local killer=$!
	stop_status=0
	wait "$cgnd_pid" || stop_status=$?
	stop_ms=$((($(date +%s%N) - begin) / 1000000))
	cgnd_pid=
	kill $killer || :
}

# documented_caps: the capabilities that OPERATE.md says cgnd keeps always, as in /proc/PID/status
documented_caps() {
	sed -n 's/^| \(`CAP_[A-Z_`, ]*\) | always.*/\1/p' "$here/../../config/OPERATE.md" | grep -o 'CAP_[A-Z_]*' |
		/usr/bin/python3 -c 'import re, sys
header = open("/usr/include/linux/capability.h").read()
caps = dict(re.findall(r"#define (CAP_[A-Z_]+)\s+(\d+)\s", header))
print("%016x" % sum(1 << int(caps[name]) for name in sys.stdin.read().split()))'
}
# keeps_only CAPS: every thread of cgnd has these capabilities at most, and cgnd itself has them all
keeps_only() {
	cat "/proc/$(ip netns pids "${id}cgn" | head -n 1)"/task/*/status | awk -v most="$1" '
		/^Cap(Prm|Eff|Inh):/ { n++; print; if ($2 ~ /[^0]/ && $2 != most) bad = 1; if ($2 == most) all = 1 }
		END { exit !(n >= 9 && !bad && all) }'
}

ctl() {
	"$build/cgnctl" --prefix "$prefix" "$@"
}

# reflector: programs on inet that answer with the peer's address and port (UDP and TCP, port 7000)
reflector() {
	serve inet /usr/bin/python3 "$here/reflect.py" serve 7000
	retry in_ns inet /usr/bin/python3 "$here/reflect.py" ask udp 127.0.0.1 7000
	retry in_ns inet /usr/bin/python3 "$here/reflect.py" ask tcp 127.0.0.1 7000
}

# external NS PROTO PORT [SERVER]: how the inside endpoint looks from outside, "address port"
external() {
	in_ns "$1" /usr/bin/python3 "$here/reflect.py" ask "$2" "${4:-203.0.113.1}" 7000 "$3"
}

# python NAMESPACE SCRIPT ARGS...
python() {
	local ns=$1 script=$2
	shift 2
	in_ns "$ns" /usr/bin/python3 "$here/$script" "$@"
}

# wires: instead of topology: both links end in one namespace without addresses, for raw packets. The hosts
# that these come from are no stations, so that only their route is checked.
wires() {
	source_check=route
	namespaces="cgn wire"
	for n in $namespaces; do add_ns "$n"; done
	link cgn in0 wire in0
	link cgn out0 wire out0
}

# documented NAME ARGUMENTS...: config/CGNCTL.md has, in the section NAME, all keys that cgnctl prints
documented() {
	local name=$1
	shift
	ctl --json "$@" >"$work/keys.json" || echo "exit status $?" # a trace may have its own
	/usr/bin/python3 "$here/json_keys.py" "$here/../../config/CGNCTL.md" "$name" <"$work/keys.json"
}

# exits STATUS COMMAND...: output in $work/said
exits() {
	local want=$1 status=0
	shift
	timeout 120 "$@" >"$work/said" 2>&1 </dev/null || status=$?
	cat "$work/said"
	echo "exit $status, expected $want"
	[ "$status" -eq "$want" ]
}
# says PATTERN STATUS COMMAND...
says() {
	local pattern=$1
	shift
	exits "$@"
	grep -q -- "$pattern" "$work/said"
}
