#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Limits of a subscriber: leases of NAT-PMP and PCP count together, and a flood of one subscriber leaves others alone.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server, requests_per_s: 50}"
sections="pcp: {enabled: true}"
group_extra="leases_max: 6"
pool_addresses=$public_pool
topology
start_cgnd

natpmp() {
	python sub1 natpmp_client.py tcp "$1" 0 "${2-3600}" | tee "$work/said"
}
pcp() {
	python sub1 pcp_client.py map udp "$1" "${2-3600}" 5 >"$work/said" 2>&1 || : # a refusal is a status, too
	cat "$work/said"
}
leases() {
	[ "$(ctl leases show | grep -c "100.64.0.11:.* $1 ")" -eq "$2" ]
}
# D-LIM-1, E-MAP-5: USER_EX_QUOTA of PCP, code 6 of NAT-PMP. Who is at the limit may renew and delete.
together() {
	local port
	for port in 8001 8002 8003; do
		natpmp "$port"
		grep -q "result=0" "$work/said"
		pcp "$port"
		grep -q "^44.128" "$work/said"
	done
	pcp 8004
	grep -q "^result 10 lifetime 30$" "$work/said"
	natpmp 8004
	grep -q "result=6" "$work/said"
	leases natpmp 3
	leases pcp 3
	natpmp 8001
	grep -q "result=0" "$work/said"
	pcp 8001
	grep -q "^44.128" "$work/said"
	natpmp 8001 0
	pcp 8004
	grep -q "^44.128" "$work/said"
	natpmp 8001
	grep -q "result=6" "$work/said"
	pcp 8004 0
	grep -q "^[0-9.]* 0 0 " "$work/said"
	natpmp 8001
	grep -q "result=0" "$work/said"
	leases natpmp 3
	leases pcp 3
}
check "leases of both protocols count together" together
another() {
	python sub2 pcp_client.py map udp 8001 3600 5
}
check "the limit is that of one subscriber" another

# E-RX-6, D-LIM-3: the flood gets silence. Others are answered, whatever they speak.
serve sub1 /usr/bin/python3 "$here/natpmp_load.py" flood 86400 pcp # until it is killed below
flood=$!
dropped() {
	ctl counters show >"$work/counters"
	awk '$2 == "pcp_limited" || $2 == "punt_rate" { n += $3 } END { exit !(n > 100) }' "$work/counters"
}
check "most of the flood is dropped and counted" retry dropped
check "another subscriber speaks PCP meanwhile" python sub2 natpmp_load.py paced 60 pcp
# Ten requests make four leases, and then renew them.
both() {
	local i
	for i in 1 2 3 4; do python sub2 natpmp_load.py paced 10; done
}
check "another subscriber speaks NAT-PMP meanwhile" both
check "the flood has not ended before" kill -0 $flood
ip netns pids "${id}sub1" | xargs -r kill -KILL
check "the subscriber itself is answered afterwards" python sub1 pcp_client.py map udp 8002 3600 5
finish
