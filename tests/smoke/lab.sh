#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/lab: it shows what it promises, refuses what it does not know, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"
lab=$here/../../scripts/lab
CGN_BUILD=$(realpath "$build")
export CGN_BUILD

check "an unknown argument is refused" says usage 2 "$lab" nosuch
for what in nat44 nat444 dslite ipsec; do
	[ $what != dslite ] || has_xdp || continue
	[ $what != ipsec ] || [ -x /usr/lib/ipsec/charon ] || continue
	check "the lab $what ends with 0" exits 0 "$lab" $what
	cat "$work/said"
	# B-MAP-5, C-N-1: the page comes from behind the NAT, or two of them
	check "the internet fetched the page" grep -qx "Hello from a web server at home.*" "$work/said"
	[ $what = nat44 ] || continue
	# E-MAP-1, E-MAP-3: another port by PCP; who does not know the nonce is refused
	check "the internet fetched the page of the port that PCP has opened" grep -qx "Hello .* opened with PCP." "$work/said"
	check "another nonce was refused" grep -q "^result 2 lifetime" "$work/said"
done
# L-IPS-1, L-IPS-2: the shipped files of strongSwan authorize by certificate and by secret
if [ -x /usr/lib/ipsec/charon ]; then
	refused() {
		[ "$(grep -c "not authorized" "$work/said")" -eq 3 ]
	}
	check "before and after the SA, a home was refused" refused
	check "a secret authorized it, too" grep -q "^homes-psk: .*ESTABLISHED" "$work/said"
fi
if command -v bird >/dev/null; then
	# L-BGP-1, L-BGP-2
	check "the lab bgp ends with 0" exits 0 "$lab" bgp
	withdrawn_twice() {
		[ "$(grep -c "has no route to .* any more: after [0-9]* ms" "$work/said")" -eq 2 ]
	}
	check "the router forgot the pool after kill -9 and after SIGTERM" withdrawn_twice
fi
# G-DAY-44: it stays, can be used, and is ended by the command that it names
check "a lab that is to stay ends with 0" exits 0 "$lab" --keep nat44
use() {
	cat "$work/said"
	grep -q "scripts/lab --stop" "$work/said"
	"$build/cgnctl" --prefix cgnd-lab mappings show | grep "^tcp .* explicit"
	home=$(sed -n 's/^ *ip netns exec \(lab[0-9]*home\) ping .*/\1/p' "$work/said")
	ip netns exec "$home" ping -c 1 -W 60 203.0.113.80
}
check "its cgnd and its home can be used" use
check "another lab is not started beside it" says "scripts/lab --stop" 1 "$lab" nat44
# The second name keeps the log when the lab's directory goes.
ln "$(head -n 1 /run/cgnd-labs/lab*)/cgnd.log" "$work/lab.log" || cp "$(head -n 1 /run/cgnd-labs/lab*)/cgnd.log" "$work/lab.log"
check "it is ended" exits 0 "$lab" --stop
check "its cgnd was not killed: it told what became of every packet" accounted_in "$work/lab.log"
check "the command to end it may be repeated" says "none was kept" 0 "$lab" --stop
clean() {
	ip netns list
	! ip netns list | grep -q '^lab[0-9]'
}
check "no namespace is left" clean
finish
