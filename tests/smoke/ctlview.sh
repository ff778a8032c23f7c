#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What cgnctl shows of a real cgnd beside the plain tables: its state on one screen, filters, who was refused, who holds
# an address.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server}"
# One mapping for each subscriber: the second one is refused.
group_extra="mappings_max: 1
    leases_reserve: 0"

topology
start_cgnd
reflector
read -r address port <<<"$(external sub1 udp 5000)"
external sub2 tcp 5000 >/dev/null
echo "sub1's UDP port 5000 is $address:$port"

# has PATTERN ARGUMENTS...
has() {
	local pattern=$1
	shift
	ctl "$@" >"$work/out"
	cat "$work/out"
	grep -q -- "$pattern" "$work/out"
}
# hasnt PATTERN ARGUMENTS...: it prints something else
hasnt() {
	local pattern=$1
	shift
	ctl "$@" >"$work/out"
	cat "$work/out"
	[ -s "$work/out" ] && ! grep -q -- "$pattern" "$work/out"
}
# nothing ARGUMENTS...: no row is left, with exit status 1
nothing() {
	exits 1 "$build/cgnctl" --prefix "$prefix" "$@"
}

# G-DAY-10: the state on one screen and as JSON
check "status has the version" has "^cgnd  " status
check "status has the file" has "$work/cgnd.yaml" status
check "status has the load of the worker" has "0: load .* 2 subscribers" status
check "status has the links" has "inside0: inside, link up" status
check "status has the pool" has "^pools .*blocks" status
in_ns cgn ip link set out0 down
check "status has a link that is down" retry has "outside0: outside, link down" status
check "and the warning about it" retry has "open for [0-9]*s, warning: .*outside0" status
check "warnings show has it, too" has "outside0" warnings show
in_ns cgn ip link set out0 up
check "status sees the link come back" retry has "outside0: outside, link up" status
# REQ: G-DAY-70
check "and says that the warning is over" retry has "ago, over for [0-9]*s, warning: .*outside0" status
check "warnings show says so, too" has "over .*outside0" warnings show
state_json() {
	ctl --json status | /usr/bin/python3 -c '
import json, sys
a = json.load(sys.stdin)
assert a["config"]["file_state"] == "in_use" and a["store"]["state"] == "off"
assert len(a["workers"]) == 1 and len(a["ports"]) == 2 and len(a["pools"]) == 1
assert "blocks_percent" in a["pools"][0] and "load_permille" in a["workers"][0]
assert any("outside0" in w["text"] for w in a["last_warnings"])'
}
check "status --json has the same" state_json

# G-DAY-11: rows are left out by cgnd
check "mappings of a protocol" has "100.64.0.11" mappings show --proto udp
check "and no other" hasnt "100.64.0.12" mappings show --proto udp
check "mappings of a prefix" hasnt "100.64.0.12" mappings show --subscriber 100.64.0.8/30
check "mapping of an external port" has "100.64.0.11:5000" mappings show --external "$address:$port"
check "mappings of a group" has "100.64.0.12" mappings show --group residential
check "no mapping in a state" nothing mappings show --state reset
check "a group that there is not is told" nothing mappings show --group nobody
check "no lease of a group" nothing leases show --group residential
# G-DAY-80: a wrong value is named, with what is allowed and what may be meant
wrong() {
	local text=$1
	shift
	says "$text" 1 "$build/cgnctl" --prefix "$prefix" "$@"
}
check "a group with a nearly right name" wrong 'no group is called "residental". Did you mean residential?' \
	subscribers show --group residental
check "a state that there is not" wrong "There are active, idle, refused" subscribers show --state busy
check "a verdict that there is not" wrong 'Did you mean mtu?' trace-packets --verdict mtux
check "a port that there is not" wrong "There are inside0, outside0" capture --port inside --write "$work/none"
check "a worker that there is not" wrong "the only one is 0" counters show --worker 7

# G-DAY-12: who was refused, and why
refused() {
	in_ns sub1 bash -c 'echo x >/dev/udp/203.0.113.1/9' || true
	has "100.64.0.11.*sub_mappings" subscribers show --state refused
}
check "a refused subscriber is there with the reason" retry refused
check "one that was not refused is not" hasnt "100.64.0.12" subscribers show --state refused

# G-DAY-13: who holds an address
check "who ADDRESS has the holder" has "100.64.0.11" who "$address"
check "who of an address that nobody holds" nothing who 203.0.113.9
check "groups show" has "residential" groups show
check "sinks show says that there are none" has "no records are exported" sinks show

# G-DAY-14: neighbours and routes
check "the router outside is a neighbour" retry has "$out_via .*known.*yes" neighbours show
check "the host inside is a neighbour" has "100.64.0.11 " neighbours show
check "the default route is resolved" has "0.0.0.0/0 .*$out_via .*yes" routes show
check "the link inside is there" has "100.64.0.0/10 .*link" routes show

# G-DAY-10: next hops, again and again
check "status has the next hop" has "^routes .*0.0.0.0/0 via $out_via on outside0: next hop answers" status
# G-DAY-83: on a terminal, the head of a round stays and what does not fit is counted; traces say what they do
on_terminal() {
	local rows=$1 text=$2
	shift 2
	timeout 120 /usr/bin/python3 "$here/terminal.py" "$rows" 200 "$text" "$build/cgnctl" --prefix "$prefix" "$@" >"$work/seen"
	cat -A "$work/seen"
}
watched() {
	# The second round may be cut by Ctrl-C. When it has begun, the first one is whole.
	on_terminal 8 "(?s)more rows do not fit.*cgnctl status, every" status --watch 0.2
	grep -q "[0-9] more rows do not fit into this terminal of 8 lines" "$work/seen"
	# Each round has the command, an empty line, five lines of the answer, and what does not fit.
	sed 's/\x1b\[H\x1b\[2J/\n&/' "$work/seen" | awk '/cgnctl status, every/ { at[++n] = NR } END { exit !(n >= 2 && at[2] - at[1] == 8) }'
}
check "status --watch fits into a terminal" watched
high() {
	on_terminal 100 "warnings " status --watch 0.2
	! grep -q "do not fit" "$work/seen"
}
check "and says nothing if all of it does" high
traced() {
	on_terminal 24 "with Ctrl-C" trace-packets --subscriber 100.64.99.99 --seconds 600
	grep -q "waits for packets. It ends after 20 packets, after 600 s, or with Ctrl-C" "$work/seen"
	grep -q "ended by Ctrl-C: 0 packets" "$work/seen"
}
check "a trace says what it waits for, and how it ended" traced
captured() {
	on_terminal 24 "with Ctrl-C" capture --subscriber 100.64.99.99 --write "$work/none.pcapng"
	grep -q "captures into $work/none.pcapng. It ends after 60 s, or with Ctrl-C" "$work/seen"
	grep -q "ended by Ctrl-C: 0 packets in $work/none.pcapng" "$work/seen"
}
check "so does a capture" captured
quiet() {
	ctl --json trace-packets --subscriber 100.64.99.99 --seconds 1 >"$work/json" 2>"$work/err"
	[ ! -s "$work/json" ] && [ "$(cat "$work/err")" = "cgnctl: the time is over: 0 packets" ]
}
check "without a terminal, only its end is told" quiet

# G-DAY-82: a port that no traffic gets
check "who of a port outside of port_range" has "free, outside of port_range 1024-65535 of pool" who "$address:80/tcp"

# G-DAY-15: mappings are ended
check "mappings clear wants to know which ones" exits 2 "$build/cgnctl" --prefix "$prefix" mappings clear
check "mappings clear ends those of a protocol" has "^mappings ended: 1$" mappings clear --proto udp
check "their port is in hold-down" has "in hold-down" who "$address:$port/udp"
check "others stay" has "100.64.0.12" mappings show --proto tcp
# REQ: G-DAY-73
check "which the log says" grep -E 'notice mappings-cleared: mappings=1 .* is_complete=yes filter="proto=udp"$' "$work/cgnd.log"
check "there is nothing more to end" nothing mappings clear --proto udp
again() {
	external sub1 udp 5000
}
check "the client gets a mapping again" again
# Both ends wait for each other for ever, and say how their connection ends.
end_of_connection='
import socket, sys
if sys.argv[1] == "serve":
    with socket.create_server(("0.0.0.0", 7001)) as server:
        c, _ = server.accept()
else:
    c = socket.create_connection(("203.0.113.1", 7001))
    print("connected", flush=True)
try:
    c.recv(1)
except ConnectionResetError:
    print("reset", flush=True)'
in_ns inet /usr/bin/python3 -c "$end_of_connection" serve >"$work/server" 2>&1 </dev/null &
retry in_ns inet bash -c 'ss -Hltn sport = :7001 | grep -q .'
ctl mappings clear --all
in_ns sub2 /usr/bin/python3 -c "$end_of_connection" connect >"$work/client" 2>&1 </dev/null &
retry grep -q connected "$work/client"
check "mappings clear ends a connection" has "^mappings ended: 1$" mappings clear --subscriber 100.64.0.12
check "its client hears that" retry grep -q reset "$work/client"
check "its server hears that" retry grep -q reset "$work/server"
check "it is counted" has "mappings_cleared" counters show
finish
