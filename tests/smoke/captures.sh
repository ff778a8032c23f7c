#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Public captures of real traffic, if they are there (CGN_CAPTURES), go through cgnd and come back unchanged.
. "$(dirname "$0")/lib.sh"
captures=${CGN_CAPTURES:-$here/../../../shared/captures}
in_device=$pcap_in
out_device=$pcap_out
hosts="10.0.0.1 192.168.1.2 192.168.6.82 192.168.43.118 192.168.90.10"
group_prefixes="10.0.0.0/8, 192.168.0.0/16"
extra_routes='- {prefix: 10.0.0.0/8, via: 100.64.0.2}
  - {prefix: 192.168.0.0/16, via: 100.64.0.2}'
if [ ! -f "$captures/ntp.pcap" ]; then
	echo "skipped: no captures in $captures"
	exit 77
fi
wires
start_cgnd

play() {
	# shellcheck disable=SC2046,SC2086 # one option a host
	"$here/../../scripts/roundtrip" --netns "${id}wire" --inside-dev in0 --outside-dev out0 \
		$(printf -- '--inside %s/32 ' $hosts) --gateway 100.64.0.1 --outside-address 192.0.2.2 \
		--outside-router 192.0.2.1 "$captures/$1.pcap"
}
# A-MAP-1, A-POOL-1, A-CK-1, A-OTH-2: traffic that nobody here made
for name in dns-edns-ecs icmp-ping ntp sip-wireshark webrtc-stun; do
	check "$name" play $name
	grep '^packets:' "$work/check.log" || :
done
finish
