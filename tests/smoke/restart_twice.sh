#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A restart that keeps state, which is stopped again while it starts, as by two "systemctl restart" in a row: the next
# start still has everything. A start that fails after it has loaded the state leaves it, too.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server}"
group_extra="leases_max: 8"
keep="restart: {keep_state: true}"
sections=$keep
topology
start_cgnd
reflector

endpoint() {
	for _ in $(seq 20); do
		external sub1 udp 4000 2>/dev/null && return
	done
	echo "no answer"
}
lease() {
	python sub1 pcp_client.py map tcp 7001 3600 77 7001 | awk '{ print $1, $2 }'
}
endpoint_before=$(endpoint)
lease_before=$(lease)

kept() {
	cat "$work/cgnd.log"
	grep "state is back" "$work/cgnd.log"
	grep "leases are back.* lost=0 .*epoch=\"goes on\"" "$work/cgnd.log"
	[ "$(endpoint)" = "$endpoint_before" ] && [ "$(lease)" = "$lease_before" ]
}
# begin_cgnd COMMAND...: start, and wait until the command succeeds, or cgnd serves or ends
begin_cgnd() {
	write_conf
	: >"$work/cgnd.log"
	in_ns cgn "$build/cgnd" -c "$work/cgnd.yaml" >"$work/cgnd.log" 2>&1 </dev/null &
	cgnd_pid=$!
	until "$@"; do
		if grep -qw ready "$work/cgnd.log" || ! kill -0 "$cgnd_pid"; then break; fi
	done
}
left() {
	cat "$work/cgnd.log"
	grep "left to the next start" "$work/cgnd.log" && [ -e "$work/run/state.cgn" ] &&
		[ ! -e "$work/run/state.cgn.taken" ]
}

# N-KEEP-33: a stop during the start: when it has just begun, and when its ports are there
for when in "[ -e $work/run/state.cgn.taken ]" "grep -q EAL: $work/cgnd.log" "grep -q port.started $work/cgnd.log"; do
	stop_cgnd
	# shellcheck disable=SC2086 # a command of several words
	begin_cgnd $when
	stop_cgnd
	check "a stop during the start leaves the state ($when)" left
	start_cgnd
	check "the start after it has everything" kept
done

# fails TEXT: a start that fails leaves the state, too
fails() {
	local status=0
	begin_cgnd false
	wait "$cgnd_pid" || status=$?
	cgnd_pid=
	check "a start fails: $1" [ "$status" -ne 0 ]
	check "it leaves the state" left
}
stop_cgnd
out_device_before=$out_device
out_device="net_af_packet1,iface=nonesuch0"
fails "an interface is not there yet"
out_device=$out_device_before
sections="$keep
metrics: {listen: \"203.0.113.99:9100\"}"
fails "an address is not of this machine"
sections=$keep
start_cgnd
check "the next start has everything" kept

# N-KEEP-36: another cgnd with the same directory would write over the state
sed "s/prefix: $prefix/prefix: ${prefix}b/" "$work/cgnd.yaml" >"$work/second.yaml"
second() {
	says "another cgnd uses runtime_dir.* path=$work/run pid=$(ip netns pids "${id}cgn")\$" 1 \
		ip netns exec "${id}cgn" "$build/cgnd" -c "$work/second.yaml"
}
check "a second cgnd with the same runtime_dir is refused, and told why" second
restart() {
	stop_cgnd
	start_cgnd
}
restart
check "the first one still has everything at its next start" kept

# N-KEEP-20: a start that is killed has perhaps crashed of the state
stop_cgnd
begin_cgnd [ -e "$work/run/state.cgn.taken" ]
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" || :
start_cgnd
check "after a start that was killed, the next one is cold" grep "cold start: .*a start has crashed" "$work/cgnd.log"
check "packets pass" retry external sub1 udp 4000
finish
