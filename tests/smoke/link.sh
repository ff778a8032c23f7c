#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Ports follow the state of the kernel interface below them, which their drivers know nothing of: down, without
# carrier, up, deleted. Packets flow again when the link is back. A port that receives nothing is noticed.
. "$(dirname "$0")/lib.sh"
topology

# logged PATTERN N: N lines of cgnd's log have the pattern
logged() {
	[ "$(grep -c -- "$1" "$work/cgnd.log")" -eq "$2" ]
}
# link_of PORT STATE: what cgnctl shows
link_of() {
	ctl --json ports show | /usr/bin/python3 -c '
import json, sys
rows = {row["port"]: row for row in json.load(sys.stdin)}
sys.exit(rows[sys.argv[1]]["link"] != sys.argv[2])' "$1" "$2"
}
receives() {
	ctl --json ports show | /usr/bin/python3 -c '
import json, sys
sys.exit(any(row["receiving"] != "yes" for row in json.load(sys.stdin)))'
}
silent() {
	ctl --json ports show | /usr/bin/python3 -c '
import json, sys
rows = {row["port"]: row for row in json.load(sys.stdin)}
sys.exit(rows[sys.argv[1]]["receiving"] != "no")' "$1"
}
pings() {
	retry in_ns sub1 ping -q -c 1 -W 1 100.64.0.1
}

states() {
	local name=$1
	in_ns cgn ip link set in0 up
	in_ns sw ip link set cgn up
	start_cgnd
	check "$name: both links are up" link_of inside0 up
	check "$name: an interface that is up is not told" logged "is up" 0
	check "$name: cgnd answers" pings

	in_ns cgn ip link set in0 down
	check "$name: an interface that was set down is down" retry link_of inside0 down
	check "$name: the log says so" logged "port inside0: interface in0 is down" 1
	check "$name: the other port is up" link_of outside0 up
	in_ns cgn ip link set in0 up
	check "$name: it is up again" retry link_of inside0 up
	check "$name: the log says so" logged "port inside0: interface in0 is up" 1
	check "$name: cgnd answers again" pings

	in_ns sw ip link set cgn down
	check "$name: no carrier, for the peer is down" retry link_of inside0 "no carrier"
	check "$name: the log says so" logged "port inside0: interface in0 has no carrier" 1
	in_ns sw ip link set cgn up
	check "$name: it is up again" retry link_of inside0 up
	check "$name: the log says so again" logged "port inside0: interface in0 is up" 2
	check "$name: cgnd answers once more" pings
	check "$name: both ports receive" receives

	in_ns cgn ip link set in0 mtu 1400
	check "$name: an mtu below the port's is told" retry logged "port inside0: interface in0 loses packets above its own mtu 1400" 1
	in_ns cgn ip link set in0 mtu 1500
}

states "packet socket"
in_ns cgn ip link del out0
check "an interface that was deleted is gone" retry link_of outside0 gone
check "the log says so" logged "port outside0: interface out0 is gone" 1
link cgn out0 inet eth0
sleep 2
check "a new interface with its name is another one" link_of outside0 gone
check "this is said once" logged "is gone" 1
check "the inside goes on" pings
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]

in_ns cgn ip link set out0 down
start_cgnd
check "a link that is down at the start is told" logged "port outside0: interface out0 is down" 1
check "and shown" link_of outside0 down
stop_cgnd
check "cgnd ends with 0 without the link" [ "$stop_status" -eq 0 ]
in_ns cgn ip link set out0 up

if has_xdp; then
	in_device=$xdp_in
	out_device=$xdp_out
	states "AF_XDP"
	in_ns cgn ip link del out0
	check "AF_XDP: an interface that was deleted is gone" retry link_of outside0 gone
	check "AF_XDP: the inside goes on" pings

	# Without its program the socket gets nothing of what arrives.
	in_ns cgn ip link set dev in0 xdp off
	in_ns sub1 ping -q -i 0.2 100.64.0.1 >/dev/null 2>&1 &
	check "a port that receives nothing of what arrives is told" retry logged "port inside0 receives nothing, but packets arrive at its interface in0" 1
	check "and shown" silent inside0
	check "the log has one line of it" logged "receives nothing" 1
fi
finish
