#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# NAT-PMP that must come through IPsec: IKE and ESP of strongSwan on cgnd's inside address.
. "$(dirname "$0")/lib.sh"
. "$here/lib_ipsec.sh"
[ -x /usr/lib/ipsec/charon ] || {
	echo "skipped: needs strongSwan"
	exit 77
}
natpmp="{role: server}"
in_host="[ike, icmp]"
group_extra="natpmp_auth: ipsec"
pool_addresses=$public_pool
netns=${id}host
sections="host: {netns: $netns, ipsec_interface: ipsec0}"
topology
namespaces="$namespaces host"
add_ns host
start_cgnd

leases() {
	ctl --json leases show | /usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
}
refused() {
	in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 8080 8080 tcp 3600 >"$work/natpmpc" 2>&1 || :
	cat "$work/natpmpc"
	grep -qi "not authorized\|returned -51" "$work/natpmpc"
	[ "$(leases)" -eq 0 ]
}
# L-IPS-1, L-IPS-5: without an SA, and without an IKE daemon, nobody gets a lease
check "plain natpmpc is refused, and makes no lease" refused

certificates home.isp.example cgn.isp.example
ike_conf cgn.isp.example 100.64.0.1 100.64.0.0/10 home.isp.example 'dynamic[udp/5351]' 'dynamic[udp]' ""
ike_conf home.isp.example 100.64.0.11 100.64.0.1 cgn.isp.example 'dynamic[udp]' 'dynamic[udp/5351]' ""
# L-IPS-4: IKE reaches the kernel behind the inside address
check "the IKE daemon behind cgnd starts" start_charon cgn.isp.example host
check "the IKE daemon of the subscriber starts" start_charon home.isp.example sub1
check "IKE comes up through cgnd" retry swan home.isp.example --initiate --child natpmp

maps() {
	in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 8080 8080 tcp 3600 >"$work/natpmpc" 2>&1
	cat "$work/natpmpc"
	grep -q "Mapped public port" "$work/natpmpc"
	[ "$(leases)" -eq 1 ]
}
# L-IPS-2: an authorized client maps, is reached, renews
check "natpmpc under the SA makes a lease" retry maps
serve sub1 socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'echo hello from home'
listening sub1 8080
external_of() {
	ctl --json leases show | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["ext"])'
}
reached() {
	retry sh -c "ip netns exec '${id}inet' socat -T 60 - 'TCP:$(external_of)' </dev/null | grep -q 'hello from home'"
}
check "the internet reaches the subscriber" reached

# L-IPS-3: forged datagrams do nothing while the SA is up
unauthorized() {
	ctl counters show | awk '$2 == "natpmp_unauthorized" { n = $3 } END { print n + 0 }'
}
more_unauthorized() {
	[ "$(unauthorized)" -gt "$1" ]
}
forged() {
	local before
	before=$(unauthorized)
	in_ns sub1 /usr/bin/python3 "$here/ipsec.py" "$1"
	retry more_unauthorized "$before"
	[ "$(leases)" -eq 1 ]
}
check "a plain deletion of all leases is refused while the SA is up" forged whole
check "so is one in fragments" forged fragments
check "the client still renews" maps

# The SA lives on in the IKE daemon while cgnd is away.
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" 2>/dev/null || :
start_cgnd
check "after kill -9 and a restart of cgnd the SA still serves" retry maps
rekey() {
	swan home.isp.example --rekey --child natpmp
	retry maps
}
check "after new keys of the SA it still serves" rekey

# L-IPS-5: without the IKE daemon nobody is served
dead() {
	stop_charon cgn.isp.example host
	in_ns sub1 timeout 20 natpmpc -g 100.64.0.1 -a 8081 8081 tcp 3600 >"$work/natpmpc" 2>&1 || :
	cat "$work/natpmpc"
	[ "$(grep -c "Mapped public port" "$work/natpmpc")" -eq 0 ]
}
check "without the IKE daemon nothing is mapped" dead
finish
