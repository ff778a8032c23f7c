#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# SIGTERM under load: a clean end, the table of verdicts, and every packet accounted for.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
reflector
serve inet iperf3 -s -p 5201 -B 203.0.113.1
serve inet iperf3 -s -p 5202 -B 203.0.113.1
listening inet 5201
listening inet 5202
serve sub1 iperf3 -c 203.0.113.1 -p 5201 -t 60 -P 4
serve sub2 iperf3 -c 203.0.113.1 -p 5202 -t 60 -u -b 20M
flowing() {
	[ "$(in_ns inet cat /sys/class/net/eth0/statistics/rx_packets)" -gt 20000 ]
}
retry flowing

stop_cgnd
echo "ended after $stop_ms ms with exit status $stop_status"
tail -n 40 "$work/cgnd.log" | sed 's/^/    /'
check "cgnd ends with 0 within ten seconds" [ "$stop_status" -eq 0 ]
check "received packets are the sum of the verdicts" accounted
finish
