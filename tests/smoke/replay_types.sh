#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/replay takes captures as other people make them: of all link types that hold IP, on loopback, with packets
# above the MTU, with hosts that are no subscribers. replay_made.py makes them.
. "$(dirname "$0")/lib.sh"
made=$here/replay_made.py

# replay ARGUMENTS...: the last one is the kind of the capture
replay() {
	"$made" write "${*: -1}" "$work/made.pcap"
	CGN_BUILD=$build "$here/../../scripts/replay" --out "$work/out" --timeout 60 "${@:1:$#-1}" "$work/made.pcap" \
		>"$work/said" 2>&1 || { cat "$work/said"; return 1; }
	grep -q '^every packet arrived, unchanged' "$work/said" || { cat "$work/said"; return 1; }
}

# says TEXT REPLAY-ARGUMENTS...
tells() {
	replay "${@:2}"
	grep -qF "$1" "$work/said" || { cat "$work/said"; return 1; }
}

# G-DAY-50, G-DAY-51, G-DAY-52: readers, address maps and segments, without cgnd
check "link types, maps and segments are right" "$made" read
# G-DAY-50: what is damaged is told, and nothing that was read stops the other steps
check "damaged captures end in an error of ours, or are played" "$made" damage 2000

# G-DAY-50: through cgnd, each of another family of link headers
for kind in sll2 ppp-serial pppoe loop radiotap-pad raw12 mixed; do
	check "$kind" tells "36 out, 76 in" "$kind"
done

# G-DAY-51: both ends are 127.0.0.1, and a refused port is among them
check "a capture on loopback" tells \
	"mapped: 127.0.0.1=10.0.0.1, 127.0.0.1=203.0.113.1 (where it answers), 127.0.0.53=203.0.113.2" loopback
check "a loopback address gets the address that was asked for" tells "inside hosts: 10.9.9.9/32" \
	--map 127.0.0.1=10.9.9.9 loopback
# G-DAY-51: 192.168.7.9 is in no group of the configuration; 100.64.0.1 is cgnd's own address
check "a host that is no subscriber becomes one" tells "mapped: 192.168.7.9=100.64.0.2" \
	--config "$here/../../config/cgn-demo.yaml" tso
# G-DAY-52
check "packets above the MTU are cut" tells \
	"cut as a card with MTU 1500 would: TCP 2 into 18 segments; others 1 into fragments" tso

# refuses TEXT REPLAY-ARGUMENTS...: status 2, and no word of files that the user does not have
refuses() {
	"$made" write "${*: -1}" "$work/made.pcap"
	says "$1" 2 env CGN_BUILD="$build" "$here/../../scripts/replay" --out "$work/out" "${@:2:$#-2}" "$work/made.pcap"
}
# G-DAY-50, G-DAY-51
check "a capture without IPv4 is refused with what is in it" refuses "no IPv4 packet in this capture: 2 IPv6" ip6
check "a map of nobody is refused" refuses "from or to 192.0.2.77" --map 192.0.2.77=10.0.0.1 tso
check "a map of two lengths is refused" refuses "need one length" --map 10.0.0.0/8=10.0.0.0/9 tso
finish
