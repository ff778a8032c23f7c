#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/lab: it shows what it promises, refuses what it does not know, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"
lab=$here/../../scripts/lab
CGN_BUILD=$(realpath "$build")
export CGN_BUILD

check "an unknown argument is refused" says usage 2 "$lab" nosuch
for what in nat44 nat444 dslite; do
	[ $what != dslite ] || has_xdp || continue
	check "the lab $what ends with 0" exits 0 "$lab" $what
	cat "$work/said"
	# B-MAP-5, C-N-1: the page comes from behind the NAT, or two of them
	check "the internet fetched the page" grep -qx "Hello from a web server at home.*" "$work/said"
done
clean() {
	ip netns list
	! ip netns list | grep -q '^lab[0-9]'
}
check "no namespace is left" clean
finish
