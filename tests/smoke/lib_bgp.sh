# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# For tests with BIRD: next to cgnd with a shipped configuration, and as the next router. lib.sh comes first.
# shellcheck disable=SC2154 # what lib.sh sets

pool=198.51.100.0/24
bird_sed= # what a test changes in all configurations

# start_card_bird NAMESPACE FILE [SED]: BIRD of a card, with a configuration of config/bird and what SED changes in it
start_card_bird() {
	sed "s#^log .*#log \"$work/$1.log\" all;#; ${3-}" "$here/../../config/bird/$2" >"$work/$1.conf"
	start_bird "$1"
}

# start_router_bird NAMESPACE INTERFACE ADDRESS AS PEER...: BIRD of a router that learns from cards and announces
# nothing. PEER is a card: NAME=ADDRESS
start_router_bird() {
	local ns=$1 interface=$2 address=$3 as=$4 peer
	shift 4
	{
		cat <<-END
			log "$work/$ns.log" all;
			router id $address;
			protocol device {}
			protocol kernel { ipv4 { import none; export all; }; }
			protocol bfd { interface "$interface" { interval 100 ms; multiplier 3; }; }
		END
		for peer; do
			cat <<-END
				protocol bgp ${peer%=*} {
				  local $address as $as;
				  neighbor ${peer#*=} as 64512;
				  error wait time 1, 4;
				  connect delay time 1;
				  connect retry time 3;
				  bfd on;
				  ipv4 { import all; export none; };
				}
			END
		done
	} >"$work/$ns.conf"
	start_bird "$ns"
}

start_bird() {
	sed -i "$bird_sed" "$work/$1.conf"
	serve "$1" bird -f -c "$work/$1.conf" -s "$work/$1.ctl"
	retry birdc -s "$work/$1.ctl" show status
}

# start_card_frr NAMESPACE: FRR of a card, with config/frr/frr.conf. Its sockets are in /run/frr, so it gets a mount
# namespace with a /run of its own. FRR 10 needs mgmtd, too; FRR 8 has none.
start_card_frr() {
	sed "s#^log .*#log stdout informational#" "$here/../../config/frr/frr.conf" >"$work/frr.conf"
	# shellcheck disable=SC2016 # the inner shell expands it
	serve "$1" unshare -m sh -c '
		mount --make-rprivate / && mount -t tmpfs tmpfs /run && install -d -o frr -g frr /run/frr || exit
		for daemon in mgmtd zebra staticd bfdd bgpd; do
			[ -x /usr/lib/frr/$daemon ] || continue
			/usr/lib/frr/$daemon &
			until [ -S /run/frr/$daemon.vty ]; do sleep 0.1; done
		done
		vtysh -f "$1/frr.conf" && echo $$ >"$1/frr.pid"
		wait' sh "$work"
	retry test -s "$work/frr.pid"
}

# frr_state NAMESPACE: what FRR of the card and the kernel know, for a check that has failed
frr_state() {
	local ns=$1 command
	for command in "show interface cgp0" "show ip route" "show nexthop-group rib" "show bgp ipv4 unicast" \
		"show bgp neighbors" "show bfd peers"; do
		echo "--- $command"
		nsenter -t "$(cat "$work/frr.pid")" -m vtysh -c "$command" || :
	done
	for command in "ip -d link show dev cgp0" "ip route" "ip nexthop" "ss -tino"; do
		echo "--- $command"
		# shellcheck disable=SC2086 # words of a command
		in_ns "$ns" $command || :
	done
	cat "$work/serve.log"
}

# frr_is_settled ADDRESS PREFIX: FRR of the card announces the prefix in a session that is ten seconds old. While the
# lines of its configuration arrive one by one, FRR resets a session that is up already. What changes in the first
# second after that is lost at times: FRR 8.4 has withdrawn the prefix, and its neighbour has not been told.
frr_is_settled() {
	nsenter -t "$(cat "$work/frr.pid")" -m vtysh -c "show bgp ipv4 unicast neighbors $1 advertised-routes" |
		grep -qF "$2" &&
		nsenter -t "$(cat "$work/frr.pid")" -m vtysh -c "show bgp neighbors $1 json" |
		python3 -c 'import json, sys
neighbour = next(iter(json.load(sys.stdin).values()))
sys.exit(neighbour["bgpState"] != "Established" or neighbour["bgpTimerUpMsec"] < 10000)'
}

# bird_state NAMESPACE: what the next router has heard, for a check that has failed
bird_state() {
	local command
	for command in "show protocols all" "show route all"; do
		echo "--- $command"
		birdc -s "$work/$1.ctl" "$command" || :
	done
	tail -n 40 "$work/$1.log" || :
}

# bfd_is_up NAMESPACE ADDRESS: the session of a BIRD with a neighbour
bfd_is_up() {
	birdc -s "$work/$1.ctl" show bfd sessions | grep -q "^$2 .* Up "
}

# uses NAMESPACE PREFIX ADDRESS: a router sends a prefix there
uses() {
	in_ns "$1" ip route show "$2" | grep "via $3 "
}

# stopwatch: the time begins now
stopwatch() {
	begin=$(date +%s%N)
}

# timed KIND COMMAND...: wait for a condition, two minutes at most, and note the time since stopwatch()
timed() {
	local kind=$1 ns
	shift
	until "$@" >/dev/null 2>&1; do
		[ $(($(date +%s%N) - begin)) -lt 120000000000 ] || return 1
		sleep 0.005
	done
	ns=$(($(date +%s%N) - begin))
	echo "$((ns / 1000000)) $kind" >>"$work/times"
}

# show_times: of each kind the median and the longest
show_times() {
	echo "milliseconds (median, longest, number):"
	sort -k 2 -k 1n "$work/times" | awk '
		function show() {
			if (n > 0)
				printf "  %6d %6d %4d  %s\n", (ms[int((n + 1) / 2)] + ms[int(n / 2) + 1]) / 2, ms[n], n, kind
			n = 0
		}
		{
			value = $1
			sub(/^[0-9]+ /, "")
			if ($0 != kind) {
				show()
				kind = $0
			}
			ms[++n] = value
		}
		END { show() }'
}
