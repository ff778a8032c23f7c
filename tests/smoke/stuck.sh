#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A log that nobody takes holds up neither the start nor packets, NAT-PMP, reloads or the end.
. "$(dirname "$0")/lib.sh"
group_extra="leases_max: 100"
natpmp="{role: server, requests_per_s: 1000}"
topology

# fill_pipe: descriptor 9 is a pipe that nobody reads and that takes nothing more
fill_pipe() {
	/usr/bin/python3 - <<-END
		import os
		os.set_blocking(9, False)
		try:
		    while True:
		        os.write(9, b"full\n" * 800)
		except BlockingIOError:
		    pass
		os.set_blocking(9, True)
	END
}
serves() {
	ctl workers show
}
# answers FIRST LAST: one request after the other, each for a port of its own, and each is answered
answers() {
	for port in $(seq "$1" "$2"); do
		python sub1 natpmp_client.py udp "$port" | grep -q "result=0" || return 1
	done
}
has_lost() {
	ctl counters show | awk '$2 == "log_lines_lost" { n = $3 } END { exit !(n > 0) }'
}
# More lines than the buffer takes
reload_until_lost() {
	for _ in $(seq 2000); do
		kill -HUP "$pid"
		has_lost && return 0
	done
	return 1
}
says_loss() {
	grep -E "^[^ ]+ cgnd: warning log-lines-lost: log lines were lost, nobody took them n=[0-9]+$" "$work/taken"
}

mkdir "$work/run"
write_conf
mkfifo "$work/pipe"
exec 9<>"$work/pipe"
fill_pipe
in_ns cgn "$build/cgnd" -vv -c "$work/cgnd.yaml" >&9 2>&1 </dev/null &
cgnd_pid=$!
check "cgnd starts although its log is a full pipe" retry serves
pid=$(ip netns pids "${id}cgn")
check "packets pass" in_ns sub1 ping -c 3 -i 0.2 -W 60 203.0.113.1
check "requests are answered" answers 7001 7020
for i in $(seq 20); do
	sed -i "s/^nat:/nat:\n  no_such_key_$i$(printf '%0200d' "$i"): 1/" "$work/cgnd.yaml"
done
check "lines that find no room are counted" reload_until_lost
check "requests are answered then too" answers 7021 7040

cat <&9 >"$work/taken" &
reader=$!
check "the log says how many lines were lost as soon as somebody reads" retry says_loss
kill $reader
wait $reader || :
fill_pipe
kill -HUP "$pid"
stop_cgnd
check "cgnd ends with 0 although nobody reads" [ "$stop_status" -eq 0 ]
finish
