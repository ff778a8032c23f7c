#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two subscribers reach each other through their external addresses.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
reflector

# The server of sub2 listens on the port that asked the reflector: its mapping exists.
serve sub2 /usr/bin/python3 "$here/reflect.py" serve 8000
retry in_ns sub2 /usr/bin/python3 "$here/reflect.py" ask tcp 127.0.0.1 8000
read -r udp_address udp_port <<<"$(external sub2 udp 8000)"
read -r tcp_address tcp_port <<<"$(external sub2 tcp 8000)"
echo "sub2: udp $udp_address:$udp_port tcp $tcp_address:$tcp_port"

through() {
	local seen direct
	seen=$(in_ns sub1 /usr/bin/python3 "$here/reflect.py" ask "$1" "$2" "$3" 41000)
	direct=$(external sub1 "$1" 41000)
	echo "peer seen by sub2: $seen; by the internet: $direct"
	[ "$seen" = "$direct" ]
}
# A-HP-1, A-HP-2: the receiver sees the sender's external address and port, the same as everyone
check "UDP between two subscribers" through udp "$udp_address" "$udp_port"
# A-HP-1, A-HP-2: the same for TCP
check "TCP between two subscribers" through tcp "$tcp_address" "$tcp_port"
itself() {
	in_ns sub2 /usr/bin/python3 "$here/reflect.py" ask tcp "$tcp_address" "$tcp_port"
}
# A-HP-1: a host that reaches itself
check "TCP from a subscriber to itself" itself
refused() {
	read -r address port <<<"$(external sub2 udp 8001)"
	in_ns sub1 /usr/bin/python3 "$here/reflect.py" ask udp "$address" "$port" >"$work/refused" 2>&1 || :
	cat "$work/refused"
	grep ConnectionRefused "$work/refused"
}
# A-ICE-10, A-HP-4: the closed port's ICMP error crosses the hairpin
check "port unreachable through the hairpin" refused
finish
