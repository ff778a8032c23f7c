#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The same over AF_XDP sockets.
. "$(dirname "$0")/lib.sh"
if ! has_xdp; then
	echo "skipped: this kernel has no AF_XDP sockets"
	exit 77
fi
in_device=$xdp_in
out_device=$xdp_out
topology
start_cgnd

check "ping crosses cgnd" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 203.0.113.1
# A-FRG-1, A-FRG-8: fragments both ways
check "ping of 4000 octets" in_ns sub1 ping -q -c 3 -i 0.2 -W 60 -s 4000 203.0.113.1
head -c 10000000 /dev/urandom >"$work/file.bin"
serve inet python3 -m http.server --directory "$work" 80
retry in_ns inet curl -sS -o /dev/null -r 0-1 http://203.0.113.1/file.bin
download() {
	in_ns sub1 curl -sS --max-time 120 -o "$work/got" http://203.0.113.1/file.bin
	cmp "$work/file.bin" "$work/got"
}
check "10 MB over HTTP" download
finish
