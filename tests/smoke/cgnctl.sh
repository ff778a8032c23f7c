#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Every noun of cgnctl, as a table and as JSON.
. "$(dirname "$0")/lib.sh"
. "$here/lib_yang.sh"
natpmp="{role: server}"

check "cgnctl without arguments" exits 2 "$build/cgnctl"
check "cgnctl with an unknown noun" exits 2 "$build/cgnctl" --prefix "$prefix" nouns show
check "cgnctl without a running cgnd" exits 1 "$build/cgnctl" --prefix "$prefix" pools show
topology
start_cgnd
reflector
read -r address port <<<"$(external sub1 udp 5000)"
external sub1 tcp 5000
external sub2 udp 5000
echo "sub1's UDP port 5000 is $address:$port"

table() {
	ctl "$@" >"$work/table"
	cat "$work/table"
	[ -s "$work/table" ]
}
json() {
	ctl --json "$@" >"$work/json"
	/usr/bin/python3 -m json.tool <"$work/json"
}
for noun in mappings subscribers pools counters ports workers latency config; do
	check "$noun show" table $noun show
	check "$noun show --json" json $noun show
done
shows() {
	local pattern=$1
	shift
	table "$@"
	grep -q -- "$pattern" "$work/table"
}
check "host show says that there is no host plane" shows "^no host plane" host show
check "host show --json is an empty list" shows "^\[\]$" --json host show
check "mappings show has sub1's mapping" shows "100.64.0.11.*$address.*$port" mappings show
check "mappings show --subscriber" shows "100.64.0.11" mappings show --subscriber 100.64.0.11
one_only() {
	ctl mappings show --subscriber 100.64.0.11 >"$work/table"
	cat "$work/table"
	! grep -q 100.64.0.12 "$work/table"
}
check "and of that subscriber only" one_only
# G-DAY-4: tables are sorted, cut, and shown again with rates
sorted() {
	[ "$(ctl sh map --sort -in --limit 1 | sed -n 's/.*\(100\.64\.0\.[0-9]*\):5000 .*/\1/p')" = 100.64.0.12 ]
}
check "mappings show --sort -in --limit 1" sorted
watched() {
	local pid
	ctl ports show --watch 0.2 >"$work/watch" &
	pid=$!
	retry grep -q " pps .* bit/s" "$work/watch"
	kill "$pid"
}
check "ports show --watch has rates" watched
# G-DAY-2: a shell completes what a running cgnd knows
completes() {
	PATH=$build:$PATH bash -c '. <(cgnctl completion bash)
		COMP_WORDS=(cgnctl --prefix "$1" counters show --worker "") COMP_CWORD=6
		_cgnctl
		[ "${COMPREPLY[*]}" = 0 ]' completion "$prefix"
}
check "completion knows the workers" completes
# completes_to WORD...: the last word of the line becomes the first word of the arguments
completes_to() {
	PATH=$build:$PATH bash -c '. <(cgnctl completion bash)
		want=$1
		shift
		COMP_WORDS=(cgnctl "$@") COMP_CWORD=$#
		_cgnctl
		[ "${COMPREPLY[*]}" = "$want" ]' completion "$@"
}
check "completion knows the protocols" completes_to tcp mappings show --proto t
check "completion knows the verdicts" completes_to pool_full trace-packets --verdict pool_f
check "completion knows the states" completes_to refused subscribers show --state re
check "completion knows the profiles" completes_to mobile size --profile m
# G-DAY-3: what is not there has exit status 1
check "a worker that is not there" exits 1 "$build/cgnctl" --prefix "$prefix" counters show --worker 7
check "a subscriber without mappings" exits 1 "$build/cgnctl" --prefix "$prefix" mappings show -s 100.64.0.99
check "the prefix of the environment" env CGNCTL_PREFIX="$prefix" "$build/cgnctl" pools
python sub1 natpmp_client.py tcp 6000
check "subscribers show A" shows "$address" subscribers show 100.64.0.11
# A mapping of inside port 0 is always refused (RFC 6886 section 3.3).
refused_request() {
	in_ns sub1 bash -c 'printf "\0\1\0\0\0\0\0\0\0\0\0\74" >/dev/udp/100.64.0.1/5351'
	ctl --json subscribers show 100.64.0.11 >"$work/json"
	grep -q '"refused_total": *[1-9]' "$work/json"
}
# A-RES-3: refused port mapping requests count for the subscriber
check "subscribers show counts a refused NAT-PMP request" retry refused_request
screen() {
	ctl subscribers show 100.64.0.11 >"$work/screen"
	cat "$work/screen"
	[ "$(wc -l <"$work/screen")" -le 24 ] && grep -q "^leases  .* 1  " "$work/screen" &&
		grep -q "other: " "$work/screen" && grep -q "100.64.0.11:6000 -> .*by natpmp" "$work/screen"
}
check "one screen has the use, the refusals and the lease" screen
check "a subscriber that has done nothing is in its group" shows "unused" subscribers show 100.64.99.99
nobodys() {
	! ctl subscribers show 203.0.113.99 2>"$work/err" && grep "no group has this address" "$work/err"
}
check "an address of no group is told, with status 1" nobodys
check "who holds an external port" shows "100.64.0.11" who "$address:$port/udp"
check "who --json" json who "$address:$port/udp"
nobody() {
	! ctl who "$address:1/udp" | grep -q 100.64
}
check "who holds a port that is free" nobody
# G-TBL-1: type, protocol, endpoints, lifetime, subscriber and B4 of each mapping
check "--yang is instance data of ietf-nat" yang_holds dynamic-explicit
check "--yang takes no noun" exits 2 "$build/cgnctl" --yang mappings show
# G-DAY-5: the document has every key that cgnctl prints
for noun in mappings subscribers leases pools counters ports workers latency; do
	check "the keys of $noun show are documented" documented "$noun show" $noun show
done
check "the keys of who are documented" documented who who "$address:$port/udp"
check "those of a port outside of port_range, too" documented who who "$address:80/udp"
check "the keys of peers set are documented" documented "peers set" peers set 100.64.0.11 home 5
check "the keys of peers show are documented" documented "peers show" peers show
check "the keys of peers unset are documented" documented "peers unset" peers unset 100.64.0.11
telemetry() {
	echo / | dpdk-telemetry.py -f "$prefix" | grep -q '/cgn/'
}
check "dpdk-telemetry.py lists /cgn" telemetry
finish
