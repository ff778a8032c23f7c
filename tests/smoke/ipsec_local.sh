#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# ESP and IKE to cgnd's own addresses reach the kernel behind it, whole and in fragments.
. "$(dirname "$0")/lib.sh"
# A packet socket would put fragments together before cgnd sees them.
in_device=$pcap_in
out_device=$pcap_out
in_host="[ike, esp, icmp]"
out_host="[ike, esp, icmp]"
sections="host: {netns: ${id}host}"
topology
namespaces="$namespaces host"
add_ns host
start_cgnd

# seen FILE SOURCE SIZE: each of the three packets is there as one
seen() {
	local want
	for want in "50 0" "17 500" "17 4500"; do
		grep -qx "$2 $want $3 whole" "$1" || return 1
	done
}
# One packet after another: those on their way must fit into the ring of a capture. Lost ones are sent again.
reach() {
	local from=$1 source=$2 dst=$3 device=$4 size=$5 file=$work/$4.$5
	serve host sh -c "exec /usr/bin/python3 '$here/ipsec_local.py' see $device >'$file'"
	retry grep -q listening "$file"
	for _ in 1 2 3 4 5; do
		python "$from" ipsec_local.py send "$dst" "$size"
		for _ in $(seq 50); do
			seen "$file" "$source" "$size" && return 0
			sleep 0.1
		done
	done
	cat "$file"
	ctl counters show
	return 1
}
# L-IPS-4: both sides
check "ESP and IKE of a subscriber reach the kernel" reach sub1 100.64.0.11 100.64.0.1 cgx0 600
check "and in fragments" reach sub1 100.64.0.11 100.64.0.1 cgx0 3000
check "ESP and IKE from outside reach the kernel" reach inet 192.0.2.1 192.0.2.2 cgx1 600
check "and in fragments" reach inet 192.0.2.1 192.0.2.2 cgx1 3000

# The kernel that can do ESP has looked for an SA of these packets.
no_states() {
	in_ns host cat /proc/net/xfrm_stat
	[ "$(in_ns host cat /proc/net/xfrm_stat | awk '$1 == "XfrmInNoStates" { print $2 }')" -ge 4 ]
}
[ "${CGN_ESP:-user}" = user ] || check "the ESP of the kernel has taken them" no_states
finish
