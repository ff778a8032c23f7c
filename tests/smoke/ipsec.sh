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
in_host="[$esp_words]"
group_extra=$esp_group
pool_addresses=$public_pool
netns=${id}host
sections="host: {netns: $netns, $esp_host}"
topology
namespaces="$namespaces host"
add_ns host
start_cgnd
check "no thread of cgnd keeps more than OPERATE.md says" keeps_only "$(documented_caps)"

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
scripts=$here/../../config/strongswan
ike_conf cgn.isp.example 100.64.0.1 100.64.0.0/10 home.isp.example 'dynamic[udp/5351]' 'dynamic[udp]' "$esp_mark" \
	"$scripts/updown --prefix $prefix"
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
# peer_of: who is at the address of the lease; "-": nobody
peer_of() {
	ctl --json leases show | sed -n '/"100.64.0.11:8080"/{s/.*"peer":"\([^"]*\)".*/\1/p;t;s/.*/-/p}'
}
named() {
	ctl peers show
	ctl leases show
	[ "$(peer_of)" = home.isp.example ]
}
unnamed() {
	[ "$(peer_of)" = - ]
}
# peers: the script that an operator runs after the start of cgnd
peers() {
	PATH=$build:$PATH SWANCTL_DIR=$work/cgn.isp.example/swanctl VICI_URI=unix://$work/cgn.isp.example/vici \
		STRONGSWAN_CONF=$work/cgn.isp.example/strongswan.conf timeout 120 "$scripts/peers" --prefix "$prefix"
}
# L-IPS-6: the updown script has told cgnd who has the address
check "the lease names the authenticated peer" retry named
in_json() {
	ctl --json leases show | grep -q '"peer": *"home.isp.example"'
	ctl counters show | awk '$2 == "peers" && $3 == 1 { ok = 1 } END { exit !ok }'
}
check "JSON names it, and the counters count it" in_json
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
	leased >"$work/leased"
	in_ns "$1" /usr/bin/python3 "$here/ipsec.py" "$2" "${@:3}"
	retry more_unauthorized "$before"
	leased | diff "$work/leased" -
}
# leased: all leases, without the time that is left
leased() {
	ctl --json leases show | /usr/bin/python3 -c 'import json, sys
rows = json.load(sys.stdin)
assert len(rows) == 1
for row in rows:
    del row["left_s"]
    print(row)'
}
check "a plain deletion of all leases is refused while the SA is up" forged sub1 whole
check "so is one in fragments" forged sub1 fragments
# A neighbour with the address and the MAC address of the subscriber
mac=$(in_ns sub1 cat /sys/class/net/eth0/address)
check "so is one of a neighbour" forged sub2 whole "$mac"
check "and one of a neighbour in fragments" forged sub2 fragments "$mac"
check "the client still renews" maps

deletes() {
	in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 0 8080 tcp 0 >"$work/natpmpc" 2>&1
	cat "$work/natpmpc"
	[ "$(leases)" -eq 0 ]
	maps
}
# L-IPS-2
check "it deletes the lease, and maps again" deletes

# The SA lives on in the IKE daemon while cgnd is away.
serve sub1 sh -c "exec /usr/bin/python3 '$here/natpmp_client.py' listen 600 1 natpmp >'$work/announced'"
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" 2>/dev/null || :
start_cgnd
check "after kill -9 and a restart of cgnd the SA still serves" retry maps
check "and a plain deletion is refused" forged sub1 whole
announced() {
	retry grep -q "100\.64\.0\.1 5351 0080" "$work/announced"
}
# The policies of the subscriber's kernel, where it does ESP, take no plain one.
check "and brings the announcement of the restart" announced
# L-IPS-6: cgnd has forgotten the peers; a list of charon's SAs brings them back
check "the new cgnd knows no peer" unnamed
stale() {
	ctl peers set 100.64.0.12 "C=CH, O=old \"peer\" \\x" 77
	ctl --json peers show
	ctl --json peers show | /usr/bin/python3 -c 'import json, sys
rows = json.load(sys.stdin)
assert rows[0]["identity"] == "C=CH, O=old \"peer\" \\x" and rows[0]["sa"] == 77'
}
check "an identity with quotes and backslashes is shown as it is" stale
cut() {
	printf 'set 100.64.0.13 5 admin\0.evil\n' >"$work/cut"
	if ctl peers load <"$work/cut" 2>"$work/said"; then return 1; fi
	cat "$work/said"
	grep -q "line 1: a NUL in the line" "$work/said"
	ctl peers show
	[ "$(ctl peers show | grep -c admin)" -eq 0 ]
}
check "an identity with a NUL is refused" cut
listed() {
	peers
	named
	[ "$(ctl --json peers show | grep -c '"address"')" -eq 1 ]
}
check "the list of the IKE daemon names its peers and no others" listed
rekey() {
	swan home.isp.example --rekey --child natpmp
	retry maps
}
check "after new keys of the SA it still serves" rekey
check "and a plain deletion is refused" forged sub1 whole
check "and still names the peer" named
# The new IKE SA comes up before the old one ends.
sa() {
	ctl peers show | awk '$1 == "100.64.0.11" { print $2 }'
}
newer() {
	[ "$(sa)" -gt "$1" ]
}
only_one() {
	[ "$(swan cgn.isp.example --list-sas | grep -c ESTABLISHED)" -eq 1 ]
}
again() {
	local before
	before=$(sa)
	swan home.isp.example --rekey --ike natpmp --reauth
	retry newer "$before"
	retry only_one
	named
}
# L-IPS-6: the end of the old SA does not take the row of the new one
check "after a new authentication the peer is named" again
new_keys() {
	swan home.isp.example --rekey --ike natpmp
	retry only_one
	named
}
check "new keys of the IKE SA change nothing" new_keys
gone() {
	# An old SA may end by itself meanwhile. swanctl calls this a failure.
	swan home.isp.example --terminate --ike natpmp || :
	retry unnamed
	[ "$(ctl --json peers show | grep -c '"address"')" -eq 0 ]
}
# L-IPS-6
check "when the SA ends nobody is named" gone
back() {
	retry swan home.isp.example --initiate --child natpmp
	retry named
}
check "when it comes up again the peer is named" back

# A subscriber who has an SA puts the address of another one into it.
refused_by_policies() {
	# shellcheck disable=SC2016 # a program of awk
	in_ns host awk '$1 ~ /^XfrmIn(StateMismatch|NoPols|PolBlock|TmplMismatch)$/ { n += $2 } END { print n }' \
		/proc/net/xfrm_stat
}
# sa_to_cgnd WORD: what follows the word in the state of the SA
sa_to_cgnd() {
	in_ns sub1 ip xfrm state list src 100.64.0.11 dst 100.64.0.1 | awk -v word="$1" \
		'{ for (i = 1; i < NF; i++) if ($i == word && !n++) print $(i + 1) }'
}
# more_refused NUMBER: ask for a mapping from the other address, until the kernel behind cgnd has refused it
more_refused() {
	printf '\0\2\0\0\x1f\x90\x1f\x90\0\0\x0e\x10' |
		in_ns sub1 socat -u - UDP-SENDTO:100.64.0.1:5351,bind=100.64.0.77
	sleep 0.2
	[ "$(refused_by_policies)" -gt "$1" ]
}
other_address() {
	local before out mode
	in_ns sub1 ip xfrm state list >"$work/states"
	cat "$work/states"
	in_ns sub1 ip addr replace 100.64.0.77/32 dev eth0
	out="dir out src 100.64.0.77 dst 100.64.0.1 proto udp dport 5351"
	if [ "$esp" = tunnel ]; then
		mode="src 100.64.0.11 dst 100.64.0.1 proto esp reqid $(sa_to_cgnd reqid) mode tunnel"
	else
		forge_source
		mode="src 100.64.0.77 dst 100.64.0.1 proto esp reqid 99 mode transport"
	fi
	# shellcheck disable=SC2086 # one word each
	in_ns sub1 ip xfrm policy add $out tmpl $mode
	before=$(refused_by_policies)
	retry more_refused "$before" || {
		in_ns sub1 cat /proc/net/xfrm_stat
		in_ns host cat /proc/net/xfrm_stat
		in_ns host ip xfrm policy list
		return 1
	}
	ctl leases show
	[ "$(ctl leases show | grep -c 100.64.0.77)" -eq 0 ]
	# shellcheck disable=SC2086
	in_ns sub1 ip xfrm policy delete $out
	in_ns sub1 ip addr del 100.64.0.77/32 dev eth0
}
# forge_source: transport mode: the same SA, but with the other address as its source
forge_source() {
	local spi key name='rfc4106(gcm(aes))'
	spi=$(sa_to_cgnd spi)
	key=$(sa_to_cgnd "$name")
	in_ns sub1 ip xfrm state delete src 100.64.0.11 dst 100.64.0.1 proto esp spi "$spi"
	in_ns sub1 ip xfrm state add src 100.64.0.77 dst 100.64.0.1 proto esp spi "$spi" reqid 99 \
		mode transport replay-window 32 replay-oseq 10000 aead "$name" "$key" 128
}
# L-IPS-3
[ "$esp" = user ] || check "an SA does not serve for the address of another subscriber" other_address
[ "$esp" = user ] || check "and after new keys it serves for its own" rekey

# The SA of another connection: its packets have another mark.
other_mark() {
	local before
	swan home.isp.example --terminate --ike natpmp || :
	sed -i "s/set_mark_in = .*/set_mark_in = 0x2000\/0xffff/" "$work/cgn.isp.example/swanctl/swanctl.conf"
	swan cgn.isp.example --load-all
	retry swan home.isp.example --initiate --child natpmp
	before=$(unauthorized)
	in_ns sub1 timeout 60 natpmpc -g 100.64.0.1 -a 0 8080 tcp 0 >"$work/natpmpc" 2>&1 || :
	cat "$work/natpmpc"
	grep -qi "not authorized\|returned -51" "$work/natpmpc"
	more_unauthorized "$before"
	[ "$(leases)" -eq 1 ]
}
# L-IPS-1
[ "$esp" = user ] || check "an SA with another mark is refused" other_mark

# L-IPS-5: without the IKE daemon nobody is served
dead() {
	# The kernel keeps the SAs of a daemon that is killed. Those in user space are gone with it.
	stop_charon host "$([ "$esp" = user ] && echo KILL || echo TERM)"
	in_ns sub1 timeout 20 natpmpc -g 100.64.0.1 -a 8081 8081 tcp 3600 >"$work/natpmpc" 2>&1 || :
	cat "$work/natpmpc"
	[ "$(grep -c "Mapped public port" "$work/natpmpc")" -eq 0 ]
	[ "$(leases)" -eq 1 ]
}
check "without the IKE daemon nothing is mapped" dead
check "and a plain deletion is refused" forged sub1 fragments
finish
