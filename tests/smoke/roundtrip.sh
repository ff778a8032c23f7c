#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The recorded capture goes through cgnd packet by packet, and the answers come back unchanged.
. "$(dirname "$0")/lib.sh"
in_device=$pcap_in
out_device=$pcap_out
out_address=192.0.2.1/30
out_via=192.0.2.2
pool_addresses="[198.51.100.128/29]"
wires
start_cgnd
play() {
	"$here/../../scripts/roundtrip" --netns "${id}wire" --inside-dev in0 --outside-dev out0 \
		--inside 100.64.0.0/10 --gateway 100.64.0.1 --outside-address 192.0.2.1 \
		--outside-router 192.0.2.2 "$here/../data/demo.pcap"
}
# A-MAP-1, A-MAP-2, A-POOL-1, A-CK-1, A-ICE-5: real traffic, each packet compared
check "the capture's packets arrive unchanged in both directions" play
tail -n 6 "$work/check.log"
finish
