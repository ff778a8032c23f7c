#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# No change of cgnd is noticed by those that it does not name: streams, downloads, a session and a ping run through
# twenty reloads that change every key that a reload can change (change_steps.py), a drain, and ten restarts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_keep.sh"
restarts=${CGN_RESTARTS:-10}
pool_addresses="[198.51.100.0/29]
  - {name: guests, addresses: [198.51.100.16/29]}
  - {name: fixed, addresses: [198.51.100.32/30]}"
natpmp="{role: server, requests_per_s: 1000}"
group_extra="leases_max: 8
  - {name: guests, prefixes: [100.64.1.0/24], pool: guests}
  - {name: fixed, prefixes: [100.64.2.0/28], pool: fixed, deterministic: {use_high_percent: 0}}"
sections="restart: {keep_state: true}
softwire: {role: aftr, local: \"2001:db8:f::1\"}
export: {records: [blocks, bindings, leases], sinks: [{name: disk, type: file, path: $work/records.log}]}"

# --- what runs through all of it, and a third host whose addresses are not spared

topology
namespaces="$namespaces sub3"
add_ns sub3
link sub3 eth0 sw sub3
in_ns sw ip link set sub3 master br0
in_ns sub3 ip addr add 100.64.0.13/10 dev eth0
in_ns sub3 ip addr add 100.64.1.13/10 dev eth0
in_ns sub3 ip route add default via 100.64.0.1 src 100.64.1.13
start_cgnd
reflector
start_traffic
note_before

# --- twenty reloads

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" \
		-subj "/CN=$1" -days 2 2>>"$work/serve.log"
}
certificate one
certificate two
cp "$work/cgnd.yaml" "$work/base.yaml"
# in_force FILE: cgnd takes it, and has nothing else then
in_force() {
	cmp -s "$1" "$work/cgnd.yaml" || cp "$1" "$work/cgnd.yaml"
	exits 0 "$build/cgnctl" --prefix "$prefix" config reload
	grep "^changed" "$work/said"
	exits 0 "$build/cgnctl" --prefix "$prefix" config diff "$1"
}
# none_missing: a key that becomes live needs a step. With a host plane, other addresses of ports need a restart
# (OPERATE.md), so this cgnd has none, and IPsec needs one (reload_ipsec.sh). Another NAT in front changes the epoch
# (reload_relay.sh).
none_missing() {
	"$build/cgnd" --reference | grep -v "^| .host. " | sed '/^## host$/,/^## export$/{/^## export$/!d}' >"$work/reference"
	/usr/bin/python3 "$here/change_steps.py" missing "$work/reference" |
		sed -E '/^natpmp\.upstream|^groups\.(natpmp_auth|ipsec_mark)$/d' | tee "$work/missing"
	[ ! -s "$work/missing" ]
}
check "the steps change every key that a reload can change" none_missing
for i in $(seq 20); do
	/usr/bin/python3 "$here/change_steps.py" make "$work/base.yaml" "$i" "$work" >"$work/step.yaml"
	# N-CONF-2: all of it is in force
	check "reload $i is in force" in_force "$work/step.yaml"
	external sub3 udp $((5000 + i)) >"$work/guest"
	check "a guest has an address of its pool" grep -E '^198\.51\.100\.(1[6-9]|2[0-3]|4[89]|5[0-5]) ' "$work/guest"
done
check "the configuration of the start is back" exits 0 "$build/cgnctl" --prefix "$prefix" config diff "$work/base.yaml"
undisturbed

# --- a drain of another address of the same pool

serve sub3 sh -c "exec /usr/bin/python3 '$here/pcp_client.py' --source 100.64.0.13 moved 9010 >'$work/moved'"
retry grep -q mapped "$work/moved"
old=$(ctl leases show | sed -n 's/.*100\.64\.0\.13:9010 .* \(198[0-9.]*\):.*/\1/p')
elsewhere() {
	[ -n "$old" ]
	if grep " $old " "$work/endpoints.before"; then return 1; fi
}
check "the third host has another address" elsewhere
drained() {
	ctl --json pools drains | grep "\"$old\"" | grep '"empty"'
}
sed "/addresses: .198.51.100.0/a\    drain: [$old]\n    drain_max_s: 1" "$work/base.yaml" >"$work/drain.yaml"
check "its address drains" in_force "$work/drain.yaml"
# N-DRAIN-6, N-DRAIN-11: it gets empty, and its client has another one
check "the address gets empty" retry drained
check "its client is told" retry grep -q "told three times" "$work/moved"
check "the end of the drain is in force" in_force "$work/base.yaml"
python sub3 pcp_client.py --source 100.64.0.13 map udp 9010 0 4 >/dev/null
undisturbed

# --- ten restarts

# capture_announcements: the first start was a cold one, and has announced itself
capture_announcements() {
	in_ns sub1 tcpdump -nn -U -w "$work/announced.pcap" 'udp and src port 5351 and dst port 5350' \
		>"$work/tcpdump.said" 2>&1 </dev/null &
	retry grep -q "listening on" "$work/tcpdump.said"
}
nothing_announced() {
	tcpdump -nn -r "$work/announced.pcap" 2>/dev/null | tee "$work/announced"
	[ ! -s "$work/announced" ]
}
# Each restart has a start that goes on, and the subscriber is found at any time, also in the pauses.
traced() {
	local at pool port
	[ "$(grep -c ' state="kept"' "$work/records.log")" -eq "$restarts" ]
	read -r pool port < <(awk '$1 == "sub1" && $2 == "udp" { print $4, $5; exit }' "$work/endpoints.before")
	grep -E ' (start|stop) \[' "$work/records.log" | awk '{ print $2 }' | tail -n +2 >"$work/moments"
	while read -r at; do
		echo "$pool:$port/udp $at"
	done <"$work/moments" >"$work/questions"
	"$build/cgnctl" trace --questions "$work/questions" "$work/records.log" | tee "$work/answers"
	[ "$(grep -c ' found 100.64.0.11/32' "$work/answers")" -eq "$(wc -l <"$work/questions")" ]
}

# The ports are cut anew before the first restart, so that all connections have ports of blocks that are not there any
# more after it. Port 80 was that of a static mapping, and is in hold-down.
group_extra="block_size: 256
    $group_extra"
write_conf
check "other blocks are in force" in_force "$work/cgnd.yaml"
for i in $(seq "$restarts"); do
	# Two workers in the middle, then one again.
	[ "$i" -eq 4 ] && workers=2
	[ "$i" -eq 7 ] && workers=1
	restart_cgnd
	[ "$i" -eq 1 ] && capture_announcements
	# N-KEEP-20: nothing is lost
	check "restart $i keeps everything workers=$workers" kept "$([ "$i" -gt 1 ] || echo 'what="blocks"\|what="held ports"')"
	cat "$work/check.log"
	undisturbed
done
traffic_ends
# N-KEEP-31: nothing was announced
check "nothing was announced" nothing_announced
# N-KEEP-28: the records answer for all the time
check "the records answer for all the time" traced
finish
