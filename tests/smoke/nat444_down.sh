#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A home router whose NAT in front does not answer: it asks as long as RFC 6886 says, and then tells its
# clients. Takes the 128 seconds of that schedule.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
gw=192.168.1.1
# With auto, it would also try PCP.
relay_natpmp=", upstream_protocol: natpmp"
topology444
# Somebody is there and says nothing.
in_ns cgn ip addr add 100.64.0.1/10 dev in0
serve cgn /usr/bin/python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 5351))
time.sleep(1000)"
in_ns sw timeout 200 tcpdump -Unp -i cgn -w "$work/asked.pcap" udp port 5351 >/dev/null 2>&1 </dev/null &
start_relay home $gw/24 $wan/10 100.64.0.1

# patient NS: one map request; prints the answer and how long it took
patient() {
	in_ns "$1" /usr/bin/python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(150)
start = time.monotonic()
s.sendto(bytes([0, 2, 0, 0, 31, 64, 0, 0, 0, 0, 14, 16]), ('$gw', 5351))
answer = s.recv(100)
print(int(time.monotonic() - start), answer.hex())"
}
for ns in h1 h2; do patient $ns >"$work/$ns.patient" 2>&1 & done
sleep 5
pending() {
	[ "$(ctl_of home mappings show | grep -wc explicit)" -eq 2 ]
}
check "both mappings are pending" pending
answered() {
	for _ in $(seq 150); do
		[ -s "$work/h1.patient" ] && [ -s "$work/h2.patient" ] && break
		sleep 1
	done
	cat "$work"/h?.patient
	grep -qE '^1[0-9]+ 00820003........1f40000000000000$' "$work/h1.patient"
	grep -qE '^1[0-9]+ 00820003........1f40000000000000$' "$work/h2.patient"
}
# C-G-8, C-G-12: result 3 after the whole schedule, not a useless success
check "both are told result 3 after the schedule" answered
none() {
	[ "$(ctl_of home mappings show | grep -wc explicit)" -eq 0 ]
}
# C-N-2: no half mapping is left
check "no mapping is left" none
schedule() {
	/usr/bin/python3 - "$work/asked.pcap" <<-'END'
		import collections, sys
		from scapy.all import UDP, rdpcap
		asked = collections.defaultdict(list)
		for p in rdpcap(sys.argv[1]):
		    if UDP in p and p[UDP].dport == 5351:
		        asked[bytes(p[UDP].payload)].append(float(p.time))
		for data, times in asked.items():
		    print(data.hex(), *(f"{t - times[0]:.2f}" for t in times))
		maps = [t[:9] for data, t in asked.items() if len(data) == 12]
		assert len(maps) == 2, maps
		for times in maps:
		    assert len(times) == 9, times
		    gaps = [b - a for a, b in zip(times, times[1:])]
		    assert gaps[-1] > gaps[-2] > gaps[-3] > gaps[-4], gaps
	END
}
# B-CL-1: nine packets of each, gaps that double
check "upstream was asked nine times for each" schedule
soon() {
	patient h1 | tee "$work/soon"
	grep -qE '^[0-9] 00820003' "$work/soon"
}
check "now that it is known, the answer comes in seconds" soon
# C-G-8: ICMP port unreachable ends it at once
ip netns pids "${id}cgn" | xargs -r kill -KILL
check "a port that is closed, too" soon
finish444
