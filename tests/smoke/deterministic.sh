#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Deterministic NAT (RFC 7422): what a server outside sees leads back to the subscriber by the configuration file alone.
. "$(dirname "$0")/lib.sh"
pool_addresses="[44.128.0.1]"
group_prefixes=100.64.0.0/28
variables="{dynamic: 2, ports_max: 5040}"
group_extra=$(printf 'deterministic: %s\n    mappings_max: 0' "$variables")
nat_extra="timeouts: {udp_s: 120}"
sections="pcp: {enabled: false}"
natpmp="{role: server}"
topology
start_cgnd
reflector

# 14 subscribers: 100.64.0.11 is number 10, with ports 1024 + 10 * 4032 and up.
first1=41344
first2=45376
dynamic=57472

# deterministic VERB ARGS...: cgnctl asks nobody, so that no prefix is needed
deterministic() {
	"$build/cgnctl" deterministic "$@" -c "$work/cgnd.yaml"
}
# tells PATTERN STATUS VERB ARGS...
tells() {
	local pattern=$1 status=$2
	shift 2
	says "$pattern" "$status" "$build/cgnctl" deterministic "$@" -c "$work/cgnd.yaml"
}
# within PORT FIRST: whether a port is in the own range that begins with FIRST
within() {
	echo "port $1, range from $2"
	[ "$1" -ge "$2" ] && [ "$1" -lt $(($2 + 4032)) ]
}
# leads_to SUBSCRIBER ADDRESS PORT
leads_to() {
	deterministic reverse "$2:$3" | tee "$work/said"
	grep -q " $1/32: 44.128.0.1 ports " "$work/said"
}

# G-DET-1
check "forward tells the ports of the first subscriber" \
	tells "^residential 100.64.0.11/32: 44.128.0.1 ports $first1-45375$" 0 forward 100.64.0.11
check "forward as JSON" tells "\"first\":$first2,\"last\":49407" 0 forward 100.64.0.12 --json
check "export has all 14 subscribers" \
	[ "$(deterministic export --csv | grep -c '^residential,100.64.0.[0-9]*/32,44.128.0.1,[0-9]*,[0-9]*$')" = 14 ]
# G-DAY-5: the document has every key that cgnctl prints
check "the keys of forward are documented" documented "deterministic forward" deterministic forward 100.64.0.11 -c "$work/cgnd.yaml"
check "the keys of reverse are documented" documented "deterministic reverse" deterministic reverse "44.128.0.1:$first1" -c "$work/cgnd.yaml"
check "the keys of export are documented" documented "deterministic export" deterministic export -c "$work/cgnd.yaml"
# G-DET-1, G-DET-3
for proto in udp tcp; do
	read -r address port <<<"$(external sub1 $proto 5000)"
	check "a $proto flow of sub1 is in its range" within "$port" $first1
	check "what the server has seen leads to sub1 ($proto)" leads_to 100.64.0.11 "$address" "$port"
	read -r address port <<<"$(external sub2 $proto 5000)"
	check "a $proto flow of sub2 is in its range" within "$port" $first2
	check "what the server has seen leads to sub2 ($proto)" leads_to 100.64.0.12 "$address" "$port"
done

# G-DET-3: leases, too, whatever port the client suggests
for wanted in 80 45400 41400; do
	in_ns sub1 natpmpc -g 100.64.0.1 -a $wanted 8$wanted tcp 600 >"$work/natpmpc" 2>&1 || :
	port=$(sed -n 's/.*Mapped public port \([0-9]*\).*/\1/p' "$work/natpmpc" | tail -n 1)
	check "natpmpc asks for $wanted and gets a port of sub1's range" within "${port:-0}" $first1
	check "the lease leads to sub1" leads_to 100.64.0.11 44.128.0.1 "${port:-0}"
done

# G-DET-4: 4100 flows: the range is full, and the rest is in the dynamic part.
flows() {
	in_ns sub2 /usr/bin/python3 - "$first2" "$dynamic" <<-'END'
		import socket, sys
		first, dynamic = int(sys.argv[1]), int(sys.argv[2])
		own = more = 0
		for port in range(10000, 14100):
		    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		        s.bind(("", port))
		        s.settimeout(1)
		        for _ in range(60):
		            s.sendto(b"?", ("203.0.113.1", 7000))
		            try:
		                seen = int(s.recv(100).split()[1])
		                break
		            except TimeoutError:
		                pass
		    own += first <= seen < first + 4032
		    more += seen >= dynamic
		print(own, more)
		sys.exit(own + more != 4100 or more < 68)
	END
}
check "4100 flows of sub2 fill its range, and then use the dynamic part" flows
check "a port of the dynamic part leads to the records" tells "the dynamic part" 1 reverse 44.128.0.1:$dynamic

# G-DET-5: the variables are in the log, and again with another D after a restart, which it needs.
logged() {
	grep -E "deterministic group=residential \[[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [0-9]{4}\]:100.64.0.0:28:44.128.0.1:32:$1:0:0-1023:32$" \
		"$work/cgnd.log"
}
check "the variables are in the log" logged 2:5040
group_extra=$(printf 'deterministic: {dynamic: 4, ports_max: 6000}\n    mappings_max: 0')
write_conf
kill -HUP "$(ip netns pids "${id}cgn" | head -n 1)"
needs_restart() {
	grep "groups\[residential\].deterministic.dynamic" "$work/cgnd.log"
}
check "a reload does not change the variables" retry needs_restart
stop_cgnd
start_cgnd
check "after the restart the new variables are in the log" logged 4:6000
# TCP, because it sends again while cgnd does not know its neighbours.
read -r address port <<<"$(external sub1 tcp 5001)"
check "what the server sees now leads to sub1 by the new file" leads_to 100.64.0.11 "$address" "$port"
finish
