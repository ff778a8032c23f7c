# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What a change of cgnd must leave alone: streams both ways, downloads, a session of SSH, a ping each 10 ms, external
# endpoints, leases and the epochs. Tests source this file after lib.sh, which needs natpmp with role server.

# A busy machine may not schedule a worker for some time. The rings of its devices have room for what comes meanwhile, so
# that each lost packet is a fault of cgnd.
in_device="$in_device,blocksz=4096,framesz=2048,framecnt=8192"
out_device="$out_device,blocksz=4096,framesz=2048,framecnt=8192"

# --- what runs through all changes

# start_sshd: the server on 203.0.113.4, with a key for this test only. It wants a directory in /run.
start_sshd() {
	mkdir "$work/ssh"
	ssh-keygen -q -t ed25519 -N "" -f "$work/ssh/host"
	ssh-keygen -q -t ed25519 -N "" -f "$work/ssh/client"
	cat >"$work/ssh/sshd_config" <<-END
		ListenAddress 203.0.113.4:22
		HostKey $work/ssh/host
		AuthorizedKeysFile $work/ssh/client.pub
		PermitRootLogin prohibit-password
		StrictModes no
		UsePAM no
		PidFile none
	END
	cat >"$work/ssh/ssh_config" <<-END
		Host *
		User root
		IdentityFile $work/ssh/client
		IdentitiesOnly yes
		BatchMode yes
		UserKnownHostsFile /dev/null
		StrictHostKeyChecking no
		LogLevel ERROR
	END
	serve inet sh -c "mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f '$work/ssh/sshd_config'"
	listening inet 22
}
# downloads: one after the other until the file "enough" is there. A broken one ends them.
downloads() {
	while [ ! -e "$work/enough" ]; do
		in_ns sub1 curl -sS --limit-rate 2M -o "$work/got" http://203.0.113.3:8080/large || return 1
		cmp "$work/www/large" "$work/got" || return 1
		echo whole
	done
}
# start_traffic: sets up, down, session, download and ping, the process ids of what runs
start_traffic() {
	serve inet iperf3 -s -p 5201 -B 203.0.113.1
	serve inet iperf3 -s -p 5202 -B 203.0.113.2
	listening inet 5201
	listening inet 5202
	mkdir "$work/www"
	head -c 30M /dev/urandom >"$work/www/large"
	serve inet /usr/bin/python3 -m http.server 8080 --bind 203.0.113.3 --directory "$work/www"
	listening inet 8080
	start_sshd
	in_ns sub1 iperf3 -J -c 203.0.113.1 -p 5201 -t 3000 -b 5M >"$work/up.json" 2>&1 </dev/null &
	up=$!
	in_ns sub2 iperf3 -J -R -c 203.0.113.2 -p 5202 -t 3000 -b 5M >"$work/down.json" 2>&1 </dev/null &
	down=$!
	python sub2 lines.py "$work/enough" ssh -F "$work/ssh/ssh_config" 203.0.113.4 cat >"$work/session" 2>&1 </dev/null &
	session=$!
	downloads >"$work/downloads" 2>&1 &
	download=$!
	# The first packets wait for the answers of ARP.
	retry in_ns sub1 ping -c 1 -W 5 203.0.113.1
	in_ns sub1 ping -D -O -i 0.01 203.0.113.1 >"$work/ping" 2>&1 </dev/null &
	ping=$!
	retry grep -q "line 10$" "$work/session"
	retry test -s "$work/got"
	retry connections
	cp "$work/connections" "$work/connections.before"
}
all_alive() {
	for name in up down session download ping; do
		kill -0 "${!name}" || {
			echo "$name has ended"
			return 1
		}
	done
}
# connections: those that last, by their external endpoints as the servers see them
connections() {
	in_ns inet ss -Htn state established '( sport = :5201 or sport = :5202 or sport = :22 )' |
		awk '{ print $3, $4 }' | sort >"$work/connections"
	cat "$work/connections"
	# Both streams have a connection for data and one for control.
	[ "$(wc -l <"$work/connections")" -eq 5 ]
}

# --- endpoints, leases, epochs

# asked NS PROTO PORT: as external; a datagram may get lost on a busy machine
asked() {
	for _ in $(seq 20); do
		external "$@" 2>/dev/null && return
	done
	echo "no answer"
}
# endpoints: how inside endpoints look from outside, both protocols and both subscribers
endpoints() {
	local port
	for port in 4000 4001 4002; do
		echo "sub1 udp $port $(asked sub1 udp $port)"
		echo "sub2 udp $port $(asked sub2 udp $port)"
	done
	echo "sub1 tcp 4003 $(asked sub1 tcp 4003)"
}
# leases: who has which port, and who may change it; not the time that is left
leases() {
	ctl --json leases show | /usr/bin/python3 -c '
import json, sys
rows = json.load(sys.stdin)
rows = rows.get("leases", rows) if isinstance(rows, dict) else rows
for r in sorted(rows, key=str):
	print({k: v for k, v in r.items() if "left" not in k})'
}
# epochs: when those of NAT-PMP and PCP began, as the earliest and the latest second of it
epochs() {
	local asked_s answered_s natpmp_s pcp_s
	asked_s=$(date +%s)
	natpmp_s=$(in_ns sub2 natpmpc -g 100.64.0.1 | sed -n 's/^epoch = //p')
	pcp_s=$(python sub2 pcp_client.py map udp 7002 3600 78 | awk '{ print $4 }')
	answered_s=$(date +%s)
	echo "natpmp $((asked_s - natpmp_s - 1)) $((answered_s - natpmp_s + 1))"
	echo "pcp $((asked_s - pcp_s - 1)) $((answered_s - pcp_s + 1))"
}
same_connections() {
	connections
	diff "$work/connections.before" "$work/connections"
}
# note_before: what must be the same after a change
note_before() {
	python sub1 pcp_client.py map tcp 7001 3600 77 7001 >"$work/lease1"
	python sub2 pcp_client.py map udp 7002 3600 78 7002 >"$work/lease2"
	endpoints >"$work/endpoints.before"
	epochs >"$work/epochs.before"
	leases >"$work/leases.before"
}
same_endpoints() {
	endpoints >"$work/endpoints.after"
	diff "$work/endpoints.before" "$work/endpoints.after"
}
same_leases() {
	leases >"$work/leases.after"
	diff "$work/leases.before" "$work/leases.after"
}
# The nonce is that of before, and still needed.
same_nonce() {
	python sub1 pcp_client.py map tcp 7001 3600 77 7001 | awk '{ print $1, $2 }' >"$work/lease1.now"
	awk '{ print $1, $2 }' "$work/lease1" | diff - "$work/lease1.now"
	if python sub1 pcp_client.py map tcp 7001 3600 76 7001; then return 1; fi
}
# An epoch goes on if it may have begun at the same time as before.
epoch_goes_on() {
	epochs >"$work/epochs.after"
	paste -d ' ' "$work/epochs.before" "$work/epochs.after" |
		awk '{ print; n++; if ($1 != $4 || $2 > $6 || $5 > $3) bad = 1 } END { exit !(n == 2 && !bad) }'
}

# undisturbed: the checks of all of it, after start_traffic and note_before
undisturbed() {
	# N-KEEP-30: no connection ends, and external endpoints stay
	check "no connection has ended" all_alive
	check "their external endpoints are the same" same_connections
	check "so are those that are asked for" same_endpoints
	# N-KEEP-31: leases and epochs stay
	check "all leases are there, with their owners" same_leases
	check "the nonce is still the owner's" same_nonce
	check "both epochs go on" epoch_goes_on
}

# --- restarts

# restart_cgnd: not in a check, because the new cgnd must be a child of this shell. The file "pauses" gets when cgnd was
# told to stop, and when it wrote that it is ready.
restart_cgnd() {
	date +%s.%N >>"$work/pauses"
	stop_cgnd
	mv "$work/cgnd.log" "$work/cgnd.log.stopped"
	state_mode=$(stat -c '%a %U' "$work/run/state.cgn" 2>/dev/null || :)
	start_cgnd
	stat -c %.9Y "$work/cgnd.log" >>"$work/pauses"
}
# kept [PATTERN]: the stop has saved, and the start has everything but what the pattern says
kept() {
	grep "state is saved" "$work/cgnd.log.stopped"
	[ "$stop_status" -eq 0 ] && [ "$state_mode" = "600 root" ] && [ ! -e "$work/run/state.cgn" ]
	grep "state is back" "$work/cgnd.log"
	if grep "state is lost" "$work/cgnd.log" | grep -v "${1:-none}"; then return 1; fi
	# Its memory is free again.
	if find "/proc/$cgnd_pid/fd" -lname "*state.cgn*" | grep .; then return 1; fi
	grep "leases are back.* lost=0 .*epoch=\"goes on\"" "$work/cgnd.log"
}

# --- the end of what has run

# gone PID, interrupt PID: a program in the background is a child of the shell that has started it
gone() {
	! kill -0 "$1" 2>/dev/null
}
interrupt() {
	pgrep -P "$1" | xargs kill -INT
	retry gone "$1"
}
# The streams are ended by the test, and say so. Any other end is an error.
stream_ends() {
	interrupt "$1"
	/usr/bin/python3 - "$2" <<-'END'
		import json, sys
		said = json.load(open(sys.argv[1]))
		print(said.get("error"), said["end"]["sum_received"] if "end" in said else said)
		sys.exit("interrupt" not in said.get("error", "interrupt"))
	END
}
downloads_end() {
	touch "$work/enough"
	retry gone "$download"
	cat "$work/downloads"
	[ "$(tail -n 1 "$work/downloads")" = whole ]
}
session_ends() {
	touch "$work/enough"
	retry gone "$session"
	tail -n 5 "$work/session"
	grep -q "^[0-9]* lines came back$" "$work/session"
}
# Each ping that got no answer was sent while cgnd was away.
pings_lost() {
	interrupt "$ping"
	touch "$work/pauses"
	/usr/bin/python3 "$here/pauses.py" "$work/ping" "$work/pauses"
}
# traffic_ends: the checks of all of it
traffic_ends() {
	check "the stream up was not broken" stream_ends "$up" "$work/up.json"
	check "the stream down was not broken" stream_ends "$down" "$work/down.json"
	check "all downloads are whole" downloads_end
	check "no line of the session is lost" session_ends
	# N-KEEP-32: only packets of the pauses are lost
	check "only packets of the pauses are lost" pings_lost
	cat "$work/check.log"
}
