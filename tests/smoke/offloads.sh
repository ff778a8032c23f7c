#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cgnd warns of kernel offloads that spoil packets, by the interface's name and with the command that turns them
# off: at the start, and when one is turned on later.
. "$(dirname "$0")/lib.sh"
namespaces="cgn far"
for n in $namespaces; do add_ns "$n"; done
source_check=route

# logged PATTERN N: N lines of cgnd's log have the pattern
logged() {
	[ "$(grep -c -- "$1" "$work/cgnd.log")" -eq "$2" ]
}
# cure PATTERN: carry out the command that the log gives for the pattern
cure() {
	local command
	command=$(grep -- "$1" "$work/cgnd.log" | grep -o "ethtool -K .*" | tail -n 1)
	echo "$command"
	# shellcheck disable=SC2086 # words of a command
	in_ns cgn $command
}

link cgn in0 cgn in0peer
link cgn out0 cgn out0peer
start_cgnd
check "without offloads there is no warning" logged "ethtool" 0
in_ns cgn ethtool -K in0 gro on
check "GRO that is turned on later is told" retry logged "port inside0: interface in0 merges packets" 1
in_ns cgn ethtool -K out0peer tx on
check "so are checksums left to the device" retry logged "port outside0: packets from interface out0peer arrive with incomplete checksums" 1
check "the other port has no warning of this" logged "port inside0: packets from" 0
check "cgnd's command turns GRO off" cure "merges"
check "cgnd's command turns the checksums on" cure "incomplete"
sleep 2
check "what is off is not told" logged "ethtool" 2
in_ns cgn ethtool -K in0 gro on
check "GRO that is turned on again is told again" retry logged "port inside0: interface in0 merges packets" 2
in_ns cgn ethtool -K out0peer tx on
check "checksums too" retry logged "incomplete checksums" 2
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]

start_cgnd
check "GRO that is on at the start is told" logged "port inside0: interface in0 merges packets.*: ethtool -K in0 gro off" 1
check "so are checksums left to the device" logged "port outside0: packets from interface out0peer.*: ethtool -K out0peer tx off" 1
check "nothing else is told" logged "ethtool" 2
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
cure "merges"
cure "incomplete"

if has_xdp; then
	in_device=$xdp_in
	out_device=$xdp_out
	in_ns cgn ethtool -K in0peer tx on
	in_ns cgn ethtool -K in0 gro on
	start_cgnd
	check "AF_XDP: checksums left to the device are told" logged "port inside0: packets from interface in0peer" 1
	check "AF_XDP: its program in the driver comes before GRO" logged "port inside0: interface in0 merges" 0
	stop_cgnd
	check "AF_XDP: cgnd ends with 0" [ "$stop_status" -eq 0 ]
	in_ns cgn ethtool -K in0peer tx off
	in_ns cgn ethtool -K in0 gro off
	in_device="net_af_packet0,iface=in0"
	out_device="net_af_packet1,iface=out0"
fi

in_ns cgn ip link set in0peer netns "${id}far"
in_ns far ip link set in0peer up
start_cgnd
check "another namespace's end is spoken of in general" logged "port inside0: the other end of interface in0 is in another network namespace" 1
check "the port whose other end is here has no such line" logged "port outside0.*ethtool" 0
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
finish
