#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A home router passes on what only the NAT in front knows: an invented opcode, and invented options. The NAT in front is
# pcp_upstream.py.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
gw=192.168.1.1
relay_sections="pcp: {enabled: true, relay_unknown: true}"
topology444
in_ns cgn ip addr add 100.64.0.1/10 dev in0
serve cgn /usr/bin/python3 "$here/pcp_upstream.py" "$work/asked"
start_relay home $gw/24 $wan/10 100.64.0.1

# passes NS on|off|many
passes() {
	in_ns "$1" /usr/bin/python3 "$here/pcp_pass.py" "$gw" "$2"
}
# E-PX-6
check "unknown opcodes and options are passed on, and their answers come back" passes h1 on
seen() {
	/usr/bin/python3 - "$work/asked" <<-'END'
		import sys
		asked = [bytes.fromhex(line) for line in open(sys.argv[1])]
		wan = bytes(10) + b"\xff\xff" + bytes([100, 64, 0, 2])
		assert all(r[8:24] == wan for r in asked), asked
		opcodes = [r for r in asked if r[1] > 2]
		for r in opcodes:
		    print(r.hex())
		assert {r[24:] for r in opcodes} == {b"hello, nat in front.", b"nobody knows"}, opcodes
		assert all(r[4:8] == (4711).to_bytes(4, "big") for r in opcodes if r[1] == 50), opcodes
		assert not any(bytes([192, 168, 1]) in r for r in asked), "an address of the LAN"
	END
}
# E-PX-1, E-OPT-1
check "upstream has seen the WAN address only, and no THIRD_PARTY" seen
both() {
	passes h1 many >"$work/h1.many" 2>&1 &
	local first=$!
	passes h2 many
	wait "$first" || { cat "$work/h1.many" && return 1; }
	cat "$work/h1.many"
}
# E-PX-6: only the opcode says to which client an answer belongs
check "two clients that ask at the same time get their own answers" both
harms_nobody() {
	ask_opcode_52
	retry sh -c "grep -q '^0234' $work/asked"
	[ "$(counter home relay_down)" -eq 0 ]
	passes h1 many
}
# One packet of an opcode that upstream does not answer.
ask_opcode_52() {
	in_ns h2 /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(bytes([2, 52, 0, 0, 0, 0, 0, 60]) + bytes(10) + b'\xff\xff' + bytes([192, 168, 1, 12]), ('$gw', 5351))"
}
check "an opcode without an answer harms nobody" harms_nobody
unanswered() {
	[ "$(counter home relay_pass_unanswered)" -ge 1 ] && [ "$(counter home relay_pass_open)" -eq 0 ]
}
check "its request ends" retry unanswered

sed -i 's/, relay_unknown: true//' "$work/home.yaml"
switched_off() {
	kill -HUP "$(ip netns pids "${id}home" | head -n 1)"
	retry grep -q "reloaded file=" "$work/home.log"
	before=$(grep -c . "$work/asked")
	passes h1 off
	sed "1,${before}d" "$work/asked" | tee "$work/asked.off"
	# Nothing but MAP and ANNOUNCE, and no option.
	not grep -E '^02(3|0[2-9a-f])' "$work/asked.off"
	not grep -E '.{121}' "$work/asked.off"
}
# E-PX-6
check "after a reload without the key, they are refused" switched_off
finish444
