#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A STUN client of others finds endpoint-independent mapping and filtering (RFC 5780).
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
serve inet turnserver -n -S --no-cli --no-tls --no-dtls -L 203.0.113.1 -L 203.0.113.2 \
	--log-file=stdout --pidfile="$work/turn.pid" --userdb="$work/turn.db"
retry in_ns inet timeout 2 turnutils_stunclient 203.0.113.1

in_ns sub1 timeout 240 turnutils_natdiscovery -m -f 203.0.113.1 >"$work/stun" 2>&1 || :
reports() {
	cat "$work/stun"
	grep "$1" "$work/stun"
}
# A-MAP-1: one external endpoint towards every destination
check "mapping is endpoint independent" reports 'Endpoint Independent Mapping'
# A-FIL-1: an address never contacted may answer
check "filtering is endpoint independent" reports 'Endpoint Independent Filtering'
check "the address seen is one of the pool" reports 'reflexive addr: 198\.51\.100\.[0-7]:'
finish
