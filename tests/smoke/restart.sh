#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Ten restarts that keep state, under streams, a download, an echo over TCP, and ping: no connection is lost, and all
# external endpoints, leases and the epoch stay. Then files that are not used, and a crash.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server}"
group_extra="leases_max: 8"
sections="restart: {keep_state: true}
export: {records: [blocks, bindings, leases], sinks: [{name: disk, type: file, path: $work/records.log}]}"
restarts=${CGN_RESTARTS:-10}
topology
start_cgnd
reflector

# --- what runs through the restarts

serve inet iperf3 -s -p 5201 -B 203.0.113.1
serve inet iperf3 -s -p 5202 -B 203.0.113.2
listening inet 5201
listening inet 5202
mkdir "$work/www"
head -c 400M /dev/zero >"$work/www/large"
in_ns inet /usr/bin/python3 -m http.server 8080 --bind 203.0.113.3 --directory "$work/www" \
	>>"$work/serve.log" 2>&1 </dev/null &
listening inet 8080
# The echo: a line each 100 ms, which comes back numbered. A lost connection ends it.
serve inet socat TCP-LISTEN:2222,bind=203.0.113.4,fork,reuseaddr EXEC:cat
listening inet 2222

in_ns sub1 iperf3 -J -c 203.0.113.1 -p 5201 -t 3000 -b 20M >"$work/up.json" 2>&1 </dev/null &
up=$!
in_ns sub2 iperf3 -J -R -c 203.0.113.2 -p 5202 -t 3000 -b 20M >"$work/down.json" 2>&1 </dev/null &
down=$!
in_ns sub1 curl -sS --limit-rate 4M -o "$work/got" http://203.0.113.3:8080/large 2>"$work/curl.err" </dev/null &
curl=$!
python sub2 restart_echo.py 203.0.113.4 2222 "$work/echo.stop" >"$work/echo.said" 2>&1 &
echo=$!
in_ns sub1 ping -i 0.01 203.0.113.1 >"$work/ping.said" 2>&1 </dev/null &
ping=$!
# --- one restart

# epoch_of: seconds, by the server of NAT-PMP
epoch_of() {
	python sub2 pcp_client.py map udp 6006 3600 | awk '{ print $4 }'
}
# asked NS PROTO PORT: as external; a datagram may get lost on a busy machine
asked() {
	for _ in $(seq 20); do
		external "$@" 2>/dev/null && return
	done
	echo "no answer"
}
# endpoints: how inside endpoints look from outside, both protocols and both subscribers
endpoints() {
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
# restart_cgnd: not in a check, because the new cgnd must be a child of this shell
restart_cgnd() {
	stop_cgnd
	mv "$work/cgnd.log" "$work/cgnd.log.stopped"
	state_mode=$(stat -c '%a %U' "$work/run/state.cgn" 2>/dev/null || :)
	start_cgnd
}
# kept: the stop has saved, and the start has everything
kept() {
	grep "state is saved" "$work/cgnd.log.stopped"
	[ "$stop_status" -eq 0 ] && [ "$state_mode" = "600 root" ] && [ ! -e "$work/run/state.cgn" ]
	grep "state is back" "$work/cgnd.log"
	grep "state is lost" "$work/cgnd.log" && return 1
	# Its memory is free again.
	find "/proc/$cgnd_pid/fd" -lname "*state.cgn*" | grep . && return 1
	grep "leases are back.* lost=0 .*epoch=\"goes on\"" "$work/cgnd.log"
}

python sub1 pcp_client.py map tcp 7001 3600 77 7001 >"$work/lease1"
python sub2 pcp_client.py map udp 7002 3600 78 7002 >"$work/lease2"
endpoints >"$work/endpoints.before"
epoch_before=$(epoch_of)
leases >"$work/leases.before"
start_s=$(date +%s)

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
}
# The epoch counts seconds since before the first restart.
epoch_goes_on() {
	local now
	now=$(epoch_of)
	echo "epoch $epoch_before s, then $now s after $(($(date +%s) - start_s)) s"
	[ "$now" -ge "$epoch_before" ] && [ "$now" -gt 0 ]
}
all_alive() {
	kill -0 "$up" && kill -0 "$down" && kill -0 "$echo" && kill -0 "$ping"
}

# The first start was a cold one, and has announced itself.
capture_announcements() {
	in_ns sub1 tcpdump -nn -U -w "$work/announced.pcap" 'udp and src port 5351 and dst port 5350' \
		>"$work/tcpdump.said" 2>&1 </dev/null &
	retry grep -q "listening on" "$work/tcpdump.said"
}

for i in $(seq "$restarts"); do
	# Two workers in the middle, then one again.
	[ "$i" -eq 4 ] && workers=2
	[ "$i" -eq 7 ] && workers=1
	restart_cgnd
	[ "$i" -eq 1 ] && capture_announcements
	# N-KEEP-20: a restart keeps everything
	check "restart $i keeps everything workers=$workers" kept
	cat "$work/check.log"
	# N-KEEP-30: all external endpoints are the same
	check "all external endpoints are the same" same_endpoints
	# N-KEEP-31: all leases are there, with their owners
	check "all leases are there, with their owners" same_leases
	check "the nonce is still the owner's" same_nonce
	check "the epoch goes on" epoch_goes_on
	# N-KEEP-30: no connection has ended
	check "no connection has ended" all_alive
done

# --- what has run through them

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
downloaded() {
	retry gone "$curl" || retry gone "$curl"
	cat "$work/curl.err"
	cmp "$work/www/large" "$work/got"
}
echo_ends() {
	touch "$work/echo.stop"
	retry gone "$echo"
	cat "$work/echo.said"
	grep -q "^[0-9]* lines$" "$work/echo.said"
}
# Printed for the reader: a busy machine loses packets at other times, too. It goes on after the last restart.
pings_lost() {
	interrupt "$ping"
	tail -n 2 "$work/ping.said"
	awk -F'[= ]' '/icmp_seq=/ { for (i = 1; i < NF; i++) if ($i == "icmp_seq") s = $(i + 1)
		if (n && s > n + 5) { gaps++; if (s - n > most) most = s - n } if (s > n) n = s }
		END { print gaps " gaps, the longest of " most * 10 " ms" }' "$work/ping.said"
	awk -F'[, ]+' '/packets transmitted/ { exit !($4 > 0 && $4 < $1) }' "$work/ping.said"
}
nothing_announced() {
	tcpdump -nn -r "$work/announced.pcap" 2>/dev/null | tee "$work/announced"
	[ ! -s "$work/announced" ]
}
# Each restart has a start that goes on, and the subscriber is found at any time, also in the pauses.
traced() {
	local at pool port
	[ "$(grep -c ' state="kept"' "$work/records.log")" -eq "$restarts" ]
	read -r pool port < <(awk '$1 == "sub1" && $2 == "udp" { print $4, $5; exit }' "$work/endpoints.before")
	grep -E ' (start|stop) \[' "$work/records.log" | awk '{ print $2 }' | tail -n +2 >"$work/moments"
	while read -r at; do
		echo "$pool:$port/udp $at"
	done <"$work/moments" >"$work/questions"
	"$build/cgnctl" trace --questions "$work/questions" "$work/records.log" | tee "$work/answers"
	[ "$(grep -c ' found 100.64.0.11/32' "$work/answers")" -eq "$(wc -l <"$work/questions")" ]
}
# N-KEEP-30: the stream up was not broken
check "the stream up was not broken" stream_ends "$up" "$work/up.json"
check "the stream down was not broken" stream_ends "$down" "$work/down.json"
check "the download is whole" downloaded
check "no line of the session is lost" echo_ends
cat "$work/check.log"
# N-KEEP-32: ping goes on, with the pauses missing
check "ping goes on, with the pauses missing" pings_lost
cat "$work/check.log"
# N-KEEP-31: nothing was announced
check "nothing was announced" nothing_announced
# N-KEEP-28: the records answer for all the time
check "the records answer for all the time" traced

# --- states that are not used: a cold start, and a clear line

# cold TEXT REASON COMMAND...: stop, let the command do something to the file, start
cold() {
	local text=$1 reason=$2
	shift 2
	stop_cgnd
	mv "$work/cgnd.log" "$work/cgnd.log.stopped"
	"$@"
	start_cgnd
	check "$text" grep "cold start: .*$reason" "$work/cgnd.log"
	check "no state is used then, and none is left" not_used
}
not_used() {
	[ ! -e "$work/run/state.cgn" ]
	[ "$(grep -c "state is back" "$work/cgnd.log")" -eq 0 ]
}
state=$work/run/state.cgn
flip() {
	/usr/bin/python3 - "$state" "$1" <<-'END'
		import sys
		with open(sys.argv[1], "r+b") as f:
		    f.seek(int(sys.argv[2]))
		    octet = f.read(1)[0]
		    f.seek(int(sys.argv[2]))
		    f.write(bytes([octet ^ 1]))
	END
}
# N-KEEP-22: a state of another version is not used
cold "a state of another version is not used" "it has version . of the format" flip 8
# N-KEEP-24: a state with a flipped bit is not used
cold "a state with a flipped bit is not used" "cut short or is damaged" flip 300
cold "a state that was cut short is not used" "cut short or is damaged" truncate -s -1 "$state"
cold "a file of another program is not used" "not a state of cgnd" cp "$work/cgnd.yaml" "$state"
# N-KEEP-23: a state that others may read is not used
cold "a state that others may read is not used" "others may read or write it" chmod 644 "$state"
no_keep() {
	sections=${sections/keep_state: true/keep_state: false}
}
cold "a state that is not wanted is removed" "restart.keep_state is false" no_keep

# --- a crash

retry external sub1 udp 4000
noted() {
	grep -q "^cgnd 1 0*1 0*[1-9]" "$work/run/running.cgn"
}
retry noted
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" || :
mv "$work/cgnd.log" "$work/cgnd.log.stopped"
start_cgnd
# N-KEEP-29: the log tells what the crash has cost
check "the log tells what the crash has cost" grep "cgnd has crashed.* mappings=[1-9]" "$work/cgnd.log"
check "packets pass after the crash" retry external sub1 udp 4000
check "so do the records" grep ' after="crash" .*hadSubscribers="1" hadMappings="[1-9]' "$work/records.log"
finish
