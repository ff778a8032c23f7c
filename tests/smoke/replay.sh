#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/replay: the recorded capture through testpmd, two memif wires and cgnd; what it must find and refuse.
. "$(dirname "$0")/lib.sh"
demo=$here/../data/demo.pcap

replay() {
	CGN_BUILD=$build "$here/../../scripts/replay" --out "$work/out" --timeout 60 "$@"
}

whole() {
	replay "$demo" >"$work/said"
	cat "$work/said"
	grep -q '^packets: 379 packets, 183 out, 186 in' "$work/said"
	test -s "$work/out/inside.pcap" -a -s "$work/out/outside.pcap"
	test "$(wc -l <"$work/out/flows.txt")" -ge 15
}
# A-MAP-1, A-MAP-2, A-POOL-1, A-CK-1, A-ICE-5: each packet compared, inside hosts guessed
check "the capture's packets arrive unchanged in both directions" whole

# A-MAP-1, A-POOL-1: the same with a configuration that was written for other devices
check "a configuration of the user's gets the wires for devices" \
	replay --inside 100.64.0.0/10 --config "$here/../../config/cgn-demo.yaml" "$demo"

stranger() {
	sed 's|prefixes: .*|prefixes: [100.80.0.0/16]|' "$here/../../config/cgn-demo.yaml" >"$work/stranger.yaml"
	says "not_subscriber" 1 env CGN_BUILD="$build" "$here/../../scripts/replay" --out "$work/out" \
		--map 100.64.0.0/10=100.64.0.0/10 --inside 100.64.0.0/10 --config "$work/stranger.yaml" --timeout 60 \
		"$work/few.pcap"
}
head -c 2000 "$demo" >"$work/few.pcap"
# Who names the addresses with --map gets these, and no others.
check "packets that do not leave are a difference" stranger

check "what is no capture is refused" exits 2 env CGN_BUILD="$build" "$here/../../scripts/replay" \
	--out "$work/out" "$0"

full_rate() {
	replay --loop --seconds 1 "$demo" | tee "$work/said"
	grep -q '^full rate: .* Mpps .* cycles' "$work/said"
}
check "the full rate is measured" full_rate
finish
