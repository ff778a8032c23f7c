#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Started by hand as root, cgnd keeps few capabilities, and still does all that it has to.
# CGN_DRIVER=net_af_xdp: with that driver instead.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server}"
store=$work/leases.db
driver=${CGN_DRIVER:-net_af_packet}
if [ "$driver" = net_af_xdp ]; then
	has_xdp || exit 77
	in_device=$xdp_in
	out_device=$xdp_out
fi
topology
start_cgnd
grep 'capabilities' "$work/cgnd.log" || true

# Of every thread: all sets but the bounding one, which does nothing without a program to run.
statuses() {
	cat "/proc/$(ip netns pids "${id}cgn" | head -n 1)"/task/*/status
}
# With AF_XDP also NET_ADMIN, bit 12, and SYS_ADMIN, bit 21.
most=$(documented_caps)
[ "$driver" = net_af_packet ] || most=$(printf '%016x' $((0x$most | 1 << 12 | 1 << 21)))
no_new() {
	statuses | awk '/^NoNewPrivs:/ { n++; if ($2 != 1) bad = 1 } END { exit !(n >= 3 && !bad) }'
}
check "no thread keeps more than it needs" keeps_only "$most"
has_program() {
	in_ns cgn ip link show | tee "$work/links"
	grep -q xdp "$work/links"
}
if [ "$driver" = net_af_xdp ]; then
	check "its program is on the interfaces" has_program
fi
check "no thread can gain privileges" no_new
check "it is logged" grep -q 'capabilities given up, kept=dac_override' "$work/cgnd.log"
check "packets pass" in_ns sub1 ping -q -c 1 -W 60 203.0.113.1

maps() {
	in_ns sub1 bash -c "exec 3<>/dev/udp/100.64.0.1/5351
		printf '\\0\\2\\0\\0\\x1f\\x90\\x1f\\x90\\0\\0\\x0e\\x10' >&3
		timeout 2 head -c 16 <&3 | od -An -tx1" | tee "$work/answer"
	grep -Eq '^ 00 82 00 00' "$work/answer"
}
check "a port is given and kept in the store" retry maps
stored() {
	ls -l "$work"
	[ -s "$store" ] || [ -s "$store-wal" ]
}
check "the store is written" stored

# The configuration of an administrator who is not root, for his eyes only.
sed -i 's/mappings_per_s: 0/mappings_per_s: 7777/' "$work/cgnd.yaml"
chown nobody "$work/cgnd.yaml"
chmod 600 "$work/cgnd.yaml"
kill -HUP "$(ip netns pids "${id}cgn" | head -n 1)"
reloaded() {
	ctl --json config show >"$work/json"
	grep -q 'mappings_per_s": *7777' "$work/json"
}
check "a reload reads the file of another user" retry reloaded
check "ports are given after the reload" retry maps
check "packets pass after the reload" in_ns sub1 ping -q -c 1 -W 60 203.0.113.1
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
check "received packets are the sum of the verdicts" accounted
clean() {
	in_ns cgn ip link show | tee "$work/links"
	! grep -q xdp "$work/links"
}
check "nothing of it is left on the interfaces" clean
finish
