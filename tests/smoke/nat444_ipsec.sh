#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A home router that relays NAT-PMP through IPsec to a provider's NAT that requires it.
. "$(dirname "$0")/lib.sh"
. "$here/lib_nat444.sh"
. "$here/lib_ipsec.sh"
[ -x /usr/lib/ipsec/charon ] || {
	echo "skipped: needs strongSwan"
	exit 77
}
natpmp="{role: server}"
group_extra=$esp_group
in_host="[$esp_words]"
sections="host: {netns: ${id}host, $esp_host}"
# Blocks of 64 ports, all above those of IKE.
wan_ports=8192-65535
wan_host="[$esp_words]"
relay_natpmp=", upstream_auth: ipsec"
relay_sections="host: {netns: ${id}router, $esp_host}"
gw=192.168.1.1
topology444
namespaces="$namespaces host router"
add_ns host
add_ns router
start_cgnd
start_relay home $gw/24 $wan/10 100.64.0.1

unserved() {
	open h1 "$gw" tcp 8000 40080 || :
	[ -z "$port" ]
	[ "$(ctl --json leases show | grep -c '"in"')" -eq 0 ]
	# The home's kernel refuses to send, or cgnd of the home does.
	ctl_of home counters show | tee "$work/plain"
	awk -v name="$([ "$esp" = user ] && echo host_plain || echo ipsec_out_lost)" \
		'$2 == name { n += $3 } END { exit n == 0 }' "$work/plain"
	ctl counters show >"$work/counters"
	cat "$work/counters"
	awk '$2 == "natpmp_unauthorized" { n = $3 } END { exit n > 0 }' "$work/counters"
}
# L-IPS-1, L-IPS-7: without an SA the relay gets nothing, and says nothing in plain
check "without an SA nothing is mapped" unserved

certificates home.isp.example cgn.isp.example
ike_conf cgn.isp.example 100.64.0.1 100.64.0.0/10 home.isp.example 'dynamic[udp/5351]' 'dynamic[udp]' "$esp_mark"
ike_conf home.isp.example $wan 100.64.0.1 cgn.isp.example 'dynamic[udp]' 'dynamic[udp/5351]' ""
check "the IKE daemon behind the provider's cgnd starts" start_charon cgn.isp.example host
check "the IKE daemon of the home router starts" start_charon home.isp.example router
check "IKE comes up between two cgnds" retry swan home.isp.example --initiate --child natpmp

maps() {
	open h1 "$gw" tcp 8000 40080
	[ "$port" = 40080 ]
}
# L-IPS-7: the relay asks through the SA
check "natpmpc of a host maps through both NATs" retry maps
serve h1 socat TCP-LISTEN:8000,fork,reuseaddr SYSTEM:'echo hello from h1'
listening h1 8000
reached() {
	retry sh -c "ip netns exec '${id}inet' socat -T 60 - 'TCP:$(address h1 "$gw"):40080' </dev/null | grep -q 'hello from h1'"
}
check "the internet reaches the host" reached
counted() {
	ctl_of home counters show >"$work/counters"
	cat "$work/counters"
	awk '$2 == "ipsec_in" || $2 == "ipsec_out" { n += $3 > 0 } END { exit n != 2 }' "$work/counters"
}
check "the relay counts what it sends and receives through the SA" counted
finish444
