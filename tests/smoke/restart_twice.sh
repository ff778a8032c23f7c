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
# begin_cgnd: start, and wait until its ports are there, before it has loaded the state
begin_cgnd() {
	write_conf
	: >"$work/cgnd.log"
	in_ns cgn "$build/cgnd" -c "$work/cgnd.yaml" >"$work/cgnd.log" 2>&1 </dev/null &
	cgnd_pid=$!
	until grep -q "port started" "$work/cgnd.log"; do
		kill -0 "$cgnd_pid"
	done
}
saved_again() {
	cat "$work/cgnd.log"
	grep "state is saved" "$work/cgnd.log" && [ -e "$work/run/state.cgn" ]
}

# N-KEEP-33: a stop during the start
for i in 1 2 3; do
	stop_cgnd
	begin_cgnd
	stop_cgnd
	check "stop $i during the start saves the state again" saved_again
	start_cgnd
	check "start $i after it has everything" kept
done

# N-KEEP-33: a start that fails late: the address of metrics is not of this machine
stop_cgnd
sections="$keep
metrics: {listen: \"203.0.113.99:9100\"}"
begin_cgnd
status=0
wait "$cgnd_pid" || status=$?
cgnd_pid=
check "a start without its metrics fails" [ "$status" -ne 0 ]
check "it saves the state again" saved_again
sections=$keep
start_cgnd
check "the next start has everything" kept
finish
