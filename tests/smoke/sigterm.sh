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

# A cgnd that is told to stop before it serves does not begin to serve.
early() {
	# The signal waits until cgnd takes it.
	# shellcheck disable=SC2016 # the variables of the inner shell
	env --block-signal=SIGTERM sh -c 'kill -TERM $$ && exec ip netns exec "$0" "$1" -c "$2"' \
		"${id}wire" "$build/cgnd" "$work/early.yaml" 2>&1 </dev/null | tee "$work/early.log"
	[ "${PIPESTATUS[0]}" -eq 0 ]
	grep -q "stopped before the start was complete" "$work/early.log"
	[ "$(grep -cw ready "$work/early.log")" -eq 0 ]
}
add_ns wire
namespaces="$namespaces wire"
ip link add in0 netns "${id}wire" type veth peer name out0 netns "${id}wire"
in_ns wire ip link set in0 up
in_ns wire ip link set out0 up
sed "s/prefix: $prefix/prefix: ${prefix}e/; s,runtime_dir: .*,runtime_dir: $work/run2," "$work/cgnd.yaml" >"$work/early.yaml"
check "a cgnd that is stopped during its start does not become ready" early

stop_cgnd
echo "ended after $stop_ms ms with exit status $stop_status"
tail -n 40 "$work/cgnd.log" | sed 's/^/    /'
check "cgnd ends with 0 within ten seconds" [ "$stop_status" -eq 0 ]
check "received packets are the sum of the verdicts" accounted
finish
