#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# DNS over UDP and TCP.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
serve inet dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root \
	--pid-file="$work/dnsmasq.pid" --address=/example.net/203.0.113.4
retry in_ns inet dig +short +tries=1 +time=1 @203.0.113.1 example.net

resolve() {
	for i in $(seq 50); do echo "h$i.example.net"; done >"$work/names"
	[ "$(in_ns "$1" dig +short "${@:2}" @203.0.113.1 -f "$work/names" | grep -c '^203.0.113.4$')" -eq 50 ]
}
for sub in sub1 sub2; do
	check "50 names over UDP from $sub" resolve $sub +tries=2
	check "50 names over TCP from $sub" resolve $sub +tcp
done
finish
