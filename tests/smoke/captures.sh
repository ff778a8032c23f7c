#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Public captures of real traffic, if they are there (CGN_CAPTURES), go through cgnd and come back unchanged.
. "$(dirname "$0")/lib.sh"
captures=${CGN_CAPTURES:-$here/../../../shared/captures}
if [ ! -f "$captures/ntp.pcap" ]; then
	echo "skipped: no captures in $captures"
	exit 77
fi

# replay CAPTURE: the capture of that name, whatever its format. What is wrong comes first.
replay() {
	local status=0
	CGN_BUILD=$build "$here/../../scripts/replay" "$captures/$1" --out "$work/out" --timeout 60 \
		>"$work/said" 2>&1 || status=$?
	grep -E '^(PROBLEM|replay)' "$work/said" || :
	[ "$status" -eq 0 ] || tail -n 12 "$work/out/cgnd.log"
	cat "$work/said"
	return "$status"
}
# A-MAP-1, A-POOL-1, A-CK-1, A-OTH-2, B-MAP-1: traffic that nobody here made, both ways
for name in bittorrent-tracker.pcap dns-edns-ecs.pcap ftp-ipv4.pcap icmp-destunreach-udp.pcap icmp-ping.pcap \
	irc-dcc-send.pcapng ntp.pcap quic_win11_firefox_google.pcap sip-wireshark.pcap tcpreplay-test.pcap \
	timestamp.pcap webrtc-stun.pcap; do
	check "$name" replay "$name"
	grep '^packets:' "$work/check.log" || :
done
finish
