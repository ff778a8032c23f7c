#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Records as IPFIX over UDP, TCP and TLS, to collectors that are not ours: nfcapd, python3-ipfix, ipfixDump of
# libfixbuf, and socat for TLS. What they have is compared with the file of the same run. Collectors are killed and come
# back.
. "$(dirname "$0")/lib.sh"
namespaces="$namespaces logs"
log=$work/records.log
queue_max=65536
collector=10.99.0.2
use_records() {
	sections="export:
  records: [blocks, bindings, leases, quotas, thresholds, mappings]
  queue_max: $queue_max
  sinks:
    - {name: disk, type: file, path: $log}
    - {name: udp, type: ipfix, target: udp://$collector, domain: 7, templates_every_s: 1}
    - {name: tcp, type: ipfix, target: tcp://$collector, connect_every_s: 1}
    - {name: tls, type: ipfix, target: tls://$collector, connect_every_s: 1,
       ca: $work/ca.pem, cert: $work/cgnd.pem, key: $work/cgnd.key}
    - {name: nfdump, type: ipfix, target: \"udp://$collector:2055\", domain: 4294967295}"
}
ipfix() {
	/usr/bin/python3 "$here/records_ipfix.py" "$@"
}
pool_addresses=$public_pool
natpmp="{role: server}"
store=$work/state.db
use_records
topology
link cgn logs0 logs eth0
in_ns cgn ip addr add 10.99.0.1/24 dev logs0
in_ns logs ip addr add $collector/24 dev eth0

# certificate NAME ALTNAME: signed by the CA
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -subj "/CN=$1" \
		-out "$work/$1.csr"
	openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -days 2 -out "$work/$1.pem" \
		-extfile <(echo "subjectAltName=$2")
}
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -subj /CN=ca -days 2 \
		-out "$work/ca.pem"
	certificate collector IP:$collector
	certificate cgnd DNS:cgnd
} >"$work/openssl.log" 2>&1

# collect NAME PROTOCOL ADDRESS PORT: a collector in the background, which appends to NAME.ipfix
collect() {
	serve logs /usr/bin/python3 "$here/records_ipfix.py" collect "$2" "$3" "$4" "$work/$1.ipfix"
	collector_pid=$!
}
# end SIGNAL PID: end a program that serve has started; PID is that of the shell around it
end() {
	pkill "-$1" -P "$2"
	wait "$2" || :
}
collect_udp() {
	collect udp udp $collector 4739
	udp_pid=$collector_pid
	retry in_ns logs sh -c "ss -Hlun 'sport = :4739' | grep -q ."
}
collect_tcp() {
	collect tcp tcp $collector 4739
	tcp_pid=$collector_pid
	listening logs 4739
}
collect_udp
collect_tcp
collect tls tcp 127.0.0.1 4741
listening logs 4741
serve logs socat "OPENSSL-LISTEN:4740,reuseaddr,fork,cert=$work/collector.pem,key=$work/collector.key,cafile=$work/ca.pem,verify=1" \
	TCP:127.0.0.1:4741
listening logs 4740
mkdir "$work/nfcapd"
serve logs nfcapd -p 2055 -w "$work/nfcapd" -t 3600 -v
nfcapd_pid=$!
retry in_ns logs sh -c "ss -Hlun 'sport = :2055' | grep -q ."
start_cgnd
reflector

got() {
	ipfix lines "$work/$1.ipfix" >"$work/$1.log" && grep -q -- "$2" "$work/$1.log"
}
# has NAME PATTERN: a collector has a record, sooner or later
has() {
	retry got "$@"
	grep -- "$2" "$work/$1.log"
}
for sink in udp tcp tls; do
	check "$sink: the first record is the start" has $sink ' start .* producer="export" seq="1" after="nothing"'
done
retry external sub1 udp 5000
retry external sub2 tcp 6000
# ask NAMESPACE EXTERNAL INSIDE PROTOCOL LIFETIME: a lease by NAT-PMP
ask() {
	in_ns "$1" natpmpc -g 100.64.0.1 -a "$2" "$3" "$4" "$5" >>"$work/natpmpc.log" 2>&1
}
for lifetime in 600 1200 0; do
	ask sub1 40080 8000 tcp $lifetime
done
retry grep -q ' lease-ended ' "$log"
# G-LOG-4, G-LOG-5: the same as in the file
equal() {
	ipfix compare "$work/$1.ipfix" "$log"
}
for sink in udp tcp tls; do
	check "$sink: the collector has what the file has" retry equal $sink
done
no_destination() {
	! grep -F 203.0.113. "$work/udp.log" "$work/tcp.log" "$work/tls.log"
}
# G-LOG-3
check "no destination is in the messages" no_destination
# G-LOG-4, RFC 7011 section 8.4
templates() {
	ipfix headers "$work/udp.ipfix" | tee "$work/said"
	[ "$(sed -n 's/.* \([0-9]*\) copies .*/\1/p' "$work/said")" -ge 6 ]
	grep -q ' 0 records are missing$' "$work/said"
}
check "templates come again over UDP, and no record is missing" retry templates
once() {
	ipfix headers "$work/$1.ipfix" | tee "$work/said"
	grep -q ' 1 copies .* 0 records are missing$' "$work/said"
}
check "and once over TCP" once tcp
check "and over TLS" once tls
# G-LOG-4: libfixbuf knows the elements of cgnd by their options
dumped() {
	ipfixDump --rfc5610 -d -i "$work/tcp.ipfix" >"$work/dump"
	grep -A 8 'cgnSeq : 1$' "$work/dump" | grep -q 'cgnEvent : .* start$'
	grep -A 12 'natEvent : 16$' "$work/dump" | grep -q 'sourceIPv4Address : 100.64.0.11$'
	grep -q 'cgnLeaseProtocol : .* natpmp$' "$work/dump"
}
check "ipfixDump reads the messages" dumped

# Collectors that are killed and come back
# counts NAME: a counter of the control thread
counts() {
	ctl --json counters show | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["control"][sys.argv[1]])' "$1"
}
failing() {
	[ "$(counts record_sinks_failing)" = "$1" ]
}
mv "$work/udp.ipfix" "$work/udp1.ipfix"
end KILL "$udp_pid"
end KILL "$tcp_pid"
check "collectors that are down are noticed" retry failing 2
retry external sub1 tcp 7000
for i in 1 2 3 4; do
	ask sub2 4100$i 900$i udp 600
done
check "the others go on" has tls ' lease-made .*sourceTransportPort="9004"'
collect_udp
collect_tcp
check "they are noticed when they are back" retry failing 0
again() {
	ipfix headers "$work/udp.ipfix" | tee "$work/said"
	grep -q ' [1-9][0-9]* copies' "$work/said"
	has udp ' lease-made .*sourceTransportPort="9001"'
	cat "$work/udp1.ipfix" "$work/udp.ipfix" >"$work/both.ipfix"
	ipfix compare "$work/both.ipfix" "$log"
}
# G-LOG-2
check "udp: templates come first, and what has waited" retry again
twice() {
	ipfix headers "$work/tcp.ipfix" | tee "$work/said"
	grep -q ' 2 copies' "$work/said"
	equal tcp
}
check "tcp: the same, and nothing is missing" retry twice
reopened() {
	ipfix headers "$work/tls.ipfix" | tee "$work/said"
	grep -q ' 2 copies' "$work/said"
}
kill -HUP "$(ip netns pids "${id}cgn")"
check "SIGHUP connects again" retry reopened

stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
for sink in tcp tls; do
	check "$sink: the last record is the stop" has $sink ' stop .*'
	check "$sink: the collector has what the file has" retry equal $sink
done
end TERM "$nfcapd_pid"
nfdumped() {
	nfdump -R "$work/nfcapd" -o raw >"$work/nfdump"
	grep -E 'addr|xlt|event' "$work/nfdump"
	tr '\n' ' ' <"$work/nfdump" | grep -q 'src addr *= *100.64.0.11 .*src xlt ip *= *44.128.0.* nat event *= *16: '
	[ "$(grep -c 'nat event *= *16: ' "$work/nfdump")" -eq "$(grep -c ' block-allocated ' "$log")" ]
	[ "$(grep -c 'nat event *= *8: ' "$work/nfdump")" -eq "$(grep -c ' natEvent="8" ' "$log")" ]
	grep -q 'Bad Packets: 0' "$work/serve.log"
}
check "nfdump reads all messages" nfdumped

# Overload. 900 subscribers at once, queues of 16, and a collector that is down.
queue_max=16
use_records
source_check=route
rm "$work/tcp.ipfix" "$log"
end KILL "$tcp_pid"
start_cgnd
retry in_ns sub1 ping -c 1 -W 1 203.0.113.1
in_ns sub1 ip route add local 100.70.0.0/22 dev lo
python sub1 records.py send 5000 900
all_paired() {
	[ "$(ctl --json subscribers show | grep -c '"100.70.')" -ge 900 ]
}
retry all_paired
collect_tcp
# nfcapd has ended.
check "the collector is noticed" retry failing 1
stop_cgnd
overloaded() {
	ipfix lines "$work/tcp.ipfix" >"$work/tcp.log"
	/usr/bin/python3 "$here/records.py" check "$work/tcp.log" | tee "$work/said"
	grep -q ' gap .* producer="worker0" ' "$work/tcp.log"
	! grep -q ' 0 lost' "$work/said"
}
# G-LOG-2: nothing is lost silently
check "gaps tell of each record that was lost" overloaded
finish
