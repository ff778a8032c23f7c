#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two hundred hosts of one home open a port at the same moment, through the home's relay; the provider takes
# no more than its usual requests a second from one home.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
group_extra="leases_max: 300"
natpmp="{role: server}"
# NAT-PMP from end to end; nat444_pcp.sh has PCP.
relay_natpmp=", upstream_protocol: natpmp"
gw=192.168.1.1
topology444
for i in $(seq 20 219); do in_ns h1 ip addr add "192.168.1.$i/24" dev eth0; done
start_cgnd
start_relay home $gw/24 $wan/10 100.64.0.1

# Each asks on the schedule of RFC 6886 until it is answered, as a client does.
crowd() {
	in_ns h1 /usr/bin/python3 - <<-'END'
		import select, socket, time
		socks = {}
		for i in range(20, 220):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind((f"192.168.1.{i}", 0))
		    s.connect(("192.168.1.1", 5351))
		    socks[s] = i
		request = bytes([0, 1, 0, 0, 31, 64, 0, 0, 0, 0, 14, 16])
		waiting, ports, tries = set(socks), [], 0
		start = time.monotonic()
		while waiting and tries < 8:
		    for s in waiting:
		        s.send(request)
		    end = time.monotonic() + 0.25 * 2**tries
		    tries += 1
		    while waiting and (left := end - time.monotonic()) > 0:
		        for s in select.select(list(waiting), [], [], left)[0]:
		            answer = s.recv(100)
		            assert len(answer) == 16 and answer[1] == 129 and answer[2:4] == b"\0\0", answer.hex()
		            ports.append(answer[10:12])
		            waiting.remove(s)
		print(f"{len(ports)} answers, {len(set(ports))} ports, {time.monotonic() - start:.1f} s, {tries} tries")
		assert len(ports) == len(set(ports)) == 200
	END
}
# C-G-9: nobody starves
check "two hundred hosts at once are all served" crowd
cat "$work/check.log"
both() {
	[ "$(ctl_of home mappings show | grep -wc explicit)" -eq 200 ]
	[ "$(ctl mappings show | grep -wc explicit)" -eq 200 ]
}
check "both NATs have two hundred leases" both
ctl_of home counters show | grep relay_
finish444
