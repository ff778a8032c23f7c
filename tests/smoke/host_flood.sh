#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# L-HOST-4: floods to cgnd's own addresses. BGP and BFD stay up, IKE comes up, and NAT-PMP is answered meanwhile.
# The last flood has all kinds at once. It lasts CGN_FLOOD_SECONDS at least (default 0: until everything was looked at
# once). The numbers are printed. They are judged only if CGN_STRICT is set: on a machine at rest, with BFD at 100 ms
# and three packets.
. "$(dirname "$0")/lib.sh"
. "$here/lib_bgp.sh"
. "$here/lib_ipsec.sh"
. "$here/lib_floods.sh"
if [ -z "${CGN_STRICT:-}" ]; then
	# A machine that is busy elsewhere does not run BIRD every 100 ms.
	bird_sed="s/interval 100 ms/interval 2 s/; s/multiplier 3/multiplier 20/"
fi
for program in bird /usr/lib/ipsec/charon; do
	command -v $program >/dev/null || {
		echo "skipped: needs $program"
		exit 77
	}
done
rate=20000
natpmp="{role: server}"
in_host="[ike, icmp]"
out_host="[ike, tcp, bfd, icmp]"
pool_addresses="[$pool]"
pool_routes() { :; }
announced() {
	uses inet "$pool" 192.0.2.2
}
netns=${id}host
sections="host: {netns: $netns}"
floods_topology
namespaces="$namespaces host"
add_ns host
start_cgnd
start_card_bird host bird.conf
start_router_bird inet eth0 "$out_via" 64500 card=192.0.2.2
check "the next router learns the pools" retry announced
check "BFD is up" retry bfd_is_up inet 192.0.2.2

certificates home.isp.example cgn.isp.example
ike_conf cgn.isp.example 100.64.0.1 100.64.0.0/10 home.isp.example 'dynamic[udp/5351]' 'dynamic[udp]' ""
ike_conf home.isp.example 100.64.0.11 100.64.0.1 cgn.isp.example 'dynamic[udp]' 'dynamic[udp/5351]' ""
check "the IKE daemon behind cgnd starts" start_charon cgn.isp.example host
check "the IKE daemon of the subscriber starts" start_charon home.isp.example sub1

# The SA of IKE only: NAT-PMP of this test is plain, and its packets must not go into an SA.
ike_comes_up() {
	local begin
	begin=$(date +%s%N)
	retry swan home.isp.example --initiate --ike natpmp || return 1
	ike_ms=$((($(date +%s%N) - begin) / 1000000))
	swan home.isp.example --terminate --ike natpmp --force >/dev/null || :
}
# sessions: what BIRD says of BFD and BGP: a state, and the time of its last change in ms
sessions() {
	{
		birdc -s "$work/inet.ctl" show bfd sessions | awk '$1 == "192.0.2.2" { print $3, $4 }'
		birdc -s "$work/inet.ctl" show protocols card | awk '$1 == "card" { print $4 $6, $5 }'
	} | awk '{ split($2, t, ":"); printf "%s %d\n", $1, (t[1] * 3600 + t[2] * 60 + t[3]) * 1000 }'
}
requests() {
	in_ns sub2 /usr/bin/python3 "$here/natpmp_load.py" paced 100 >"$work/pmp" 2>&1 || return 1
	p99=$(sed -n 's/.*(median), \([0-9.]*\) ms (99th.*/\1/p' "$work/pmp")
	[ -n "$p99" ]
}
# BIRD computes the time of a change anew whenever it is asked. So the time may differ by a few ms. Who comes back needs
# a second.
stayed_up() {
	sessions >"$work/sessions.now"
	paste -d ' ' "$work/sessions" "$work/sessions.now" | awk '
		$1 != $3 || $2 - $4 > 100 || $4 - $2 > 100 { print; changed = 1 }
		END { exit changed || NR != 2 }'
}
lost() {
	ctl counters show | awk '/punt_lost_/ { printf "%s %s  ", $2, $3 }'
}

# under NAME SECONDS FLOOD...: everybody whom the flood must not hurt
under() {
	local name=$1 seconds=$2 begin=$SECONDS
	shift 2
	sessions >"$work/sessions"
	"$@"
	ike_ms=none p99=none
	check "$name: the flood runs" retry pgrep -f "flood.py eth0 ($in_mac|$out_mac)"
	while :; do
		ike_comes_up || break
		requests || break
		[ $((SECONDS - begin)) -lt "$seconds" ] || break
	done
	check "$name: IKE comes up" [ "$ike_ms" != none ]
	check "$name: NAT-PMP is answered" [ "$p99" != none ]
	check "$name: BGP and BFD stay up" stayed_up
	strict "$name: IKE comes up within 2 s" at_most "${ike_ms/none/9999}" 2000
	strict "$name: NAT-PMP's 99th percentile is under 250 ms" at_most "${p99/none/9999}" 250
	stop_flood
	echo "    $name: $((SECONDS - begin)) s, IKE $ike_ms ms, NAT-PMP 99th percentile $p99 ms; $(lost)"
}
# One address, which answers, and many, which do not.
own="--sources 100.64.0.13/1"
many="--sources 198.18.0.1/60000"
# shellcheck disable=SC2086 # several arguments
{
	everything() {
		strange $((rate / 4)) 192.0.2.2 $many --kind syn --dport 179
		strange $((rate / 4)) 192.0.2.2 $many --dport 3784
		forge $((rate / 4)) 100.64.0.1 $own --dport 500
		forge $((rate / 4)) 100.64.0.1 $own --kind map
	}
	under "no flood" 0 forge 1 203.0.113.2 $own
	under "closed UDP ports, from outside" 0 strange $rate 192.0.2.2 $many --dport 9
	under "TCP SYN to a closed port, from outside" 0 strange $rate 192.0.2.2 $many --kind syn --dport 9
	under "BGP SYN, from outside" 0 strange $rate 192.0.2.2 $many --kind syn --dport 179
	under "BFD, from outside" 0 strange $rate 192.0.2.2 $many --dport 3784
	under "IKE, from outside" 0 strange $rate 192.0.2.2 $many --dport 500
	under "IKE, from inside" 0 forge $rate 100.64.0.1 $own --dport 500
	under "NAT-PMP, from inside" 0 forge $rate 100.64.0.1 $own --kind map
	under "all of them" "${CGN_FLOOD_SECONDS:-0}" everything
}
check "the pools are still announced" announced
finish
