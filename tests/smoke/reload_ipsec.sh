#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# N-LIVE-64: reloads change which groups must use IPsec for NAT-PMP. ipsec.sh has the requests through an SA.
. "$(dirname "$0")/lib.sh"
in_host="[ike, esp, icmp]"
sections="host: {netns: ${id}host}"
natpmp="{role: server}"
group_prefixes="100.64.0.11/32"
# auths FIRST SECOND: what the groups of sub1 and of sub2 require
auths() {
	group_extra="$1
  - name: others
    prefixes: [100.64.0.12/32]
    pool: homes
    mappings_per_s: 0
    $2"
}
plain="natpmp_auth: none"
esp="natpmp_auth: ipsec"
topology
namespaces="$namespaces host"
add_ns host
auths "$plain" "$plain"
start_cgnd

# reload FIRST SECOND LOG: the log has another line like this then
reload() {
	local before
	auths "$1" "$2"
	write_conf
	before=$(grep -c "$3" "$work/cgnd.log" || :)
	# shellcheck disable=SC2046 # one process a word
	kill -HUP $(ip netns pids "${id}cgn")
	is_logged() {
		[ "$(grep -c "$1" "$work/cgnd.log")" -gt "$before" ]
	}
	retry is_logged "$3"
}
asks() {
	in_ns "$1" timeout 60 natpmpc -g 100.64.0.1 -a 0 8080 tcp 3600 >"$work/natpmpc" 2>&1 || :
	cat "$work/natpmpc"
}
maps() {
	asks "$1" | grep "Mapped public port"
}
refused() {
	asks "$1" | grep -i "not authorized\|returned -51"
}
check "both subscribers get a port" maps sub1
check "both subscribers get a port" maps sub2
check "the privilege to open the socket is gone" reload "$esp" "$plain" "reload refused, the configuration"
check "the log says so" grep -q "groups\[\].natpmp_auth: ipsec: its socket cannot be opened now" "$work/cgnd.log"
check "nothing has changed" maps sub1
stop_cgnd

auths "$esp" "$plain"
start_cgnd
check "the first one needs IPsec" refused sub1
check "the other one does not" maps sub2
check "a reload changes both" reload "$plain" "$esp" "reloaded file"
check "the first one does not need it any more" maps sub1
check "the other one does" refused sub2
check "a reload changes the mark" reload "$plain" "$esp
    ipsec_mark: 1/3" "changed key=groups\[others\].ipsec_mark"
check "a reload lets both ask in plain" reload "$plain" "$plain" "changed key=groups\[others\].natpmp_auth"
check "the first one gets its port" maps sub1
check "so does the other one" maps sub2
check "the socket is there still" reload "$esp" "$esp" "changed key=groups\[residential\].natpmp_auth"
check "both need IPsec" refused sub1
check "both need IPsec" refused sub2
finish
