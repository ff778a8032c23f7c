#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# 100 MB over HTTP arrive unchanged.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd

head -c 100000000 /dev/urandom >"$work/file.bin"
want=$(sha256sum <"$work/file.bin")
serve inet python3 -m http.server --directory "$work" 80
retry in_ns inet curl -sS -o /dev/null -r 0-1 http://203.0.113.1/file.bin

download() {
	in_ns sub1 curl -sS --max-time 120 -w '%{speed_download} octets/s\n' -o "$work/got" http://203.0.113.1/file.bin
	[ "$(sha256sum <"$work/got")" = "$want" ]
}
# A-TCP-1, A-CK-1: a long TCP transfer
check "100 MB arrive with the same checksum" download
cat "$work/check.log"
finish
