#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Hosts behind a home router behind the provider's NAT open ports with natpmpc and are reached from the
# internet through both NATs; limits, deletions, restarts of either.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_nat444.sh"
group_extra="leases_max: 8"
natpmp="{role: server}"
# NAT-PMP from end to end; nat444_pcp.sh has PCP.
relay_natpmp=", upstream_protocol: natpmp"
gw=192.168.1.1
topology444
start_cgnd
start_home() {
	start_relay home $gw/24 $wan/10 100.64.0.1 "$work/home.db"
}
start_home
reflector

mkdir "$work/www"
echo "a page from h1" >"$work/www/index.html"
serve h1 /usr/bin/python3 -m http.server --directory "$work/www" 8000
serve h1 /usr/bin/python3 "$here/reflect.py" serve 7000
serve h2 /usr/bin/python3 "$here/reflect.py" serve 7000
listening h1 8000

has_address() {
	address h1 "$gw" | tee "$work/address"
	[[ $(cat "$work/address") == 44.128.0.* ]]
}
# C-G-1, C-G-3: the address is that of the outermost NAT, never the WAN's
check "natpmpc is told the provider's external address" has_address
address=$(cat "$work/address")
# maps NS PROTO INSIDE SUGGESTED EXPECTED
maps() {
	open "$1" "$gw" "$2" "$3" "$4"
	[ "$port" = "$5" ]
}
check "natpmpc maps TCP 40080 through both NATs" maps h1 tcp 8000 40080 40080
check "natpmpc maps UDP 40070 through both NATs" maps h1 udp 7000 40070 40070
check "another host of the home maps UDP 40071" maps h2 udp 7000 40071 40071
connects() {
	in_ns "$1" curl -sS ${3:+--interface "$3"} --max-time 120 "http://$address:$2/" | grep -q "a page from h1"
}
answers_udp() {
	in_ns inet socat -t 5 - "UDP4:$address:$2,bind=$1" <<<"?" | grep -q "^$1 "
}
# C-N-1: an outside host that was never contacted reaches the LAN host
check "a host never contacted fetches a page" connects inet 40080 203.0.113.2
check "a host never contacted gets a UDP answer" answers_udp 203.0.113.3 40070
# C-HP-1: what both have is the outermost address; the provider's NAT turns it round
check "a neighbour at home fetches the page" connects h2 40080
check "another subscriber fetches the page" connects sub2 40080
turned() {
	ctl counters show | tee "$work/counters" | grep -w hairpin
	[ "$(awk '$1 == "hairpin" || $2 == "hairpin" { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) { print $i; exit } }' "$work/counters")" -gt 5 ]
}
# C-HP-1, A-HP-1: what is turned round at the provider is counted there
check "the provider's NAT counts what it turns round" turned
leaves_with() {
	external h1 udp 7000 >"$work/leaves"
	cat "$work/leaves"
	grep -qx "$address 40070" "$work/leaves"
}
# C-N-7: flows of the mapped port have both mapped ports
check "UDP from the mapped port leaves with the outermost one" leaves_with
companions() {
	local udp
	open h1 "$gw" udp 7100 0
	udp=$port
	open h1 "$gw" tcp 7100 0
	echo "udp $udp tcp $port"
	[ "$udp" = "$port" ]
}
# C-N-6: companion ports at both levels
check "UDP and TCP of one port have one external port" companions
renews() {
	open h1 "$gw" tcp 8000 50000 1800
	[ "$port" = 40080 ]
	grep -qE 'life?time 1800' "$work/h1.said"
}
# C-N-3: in place, at both
check "natpmpc renews, the port stays" renews
leases_of() {
	ctl_of home mappings show | grep -w explicit | grep -c "$1" || :
}
limit() {
	local n
	for p in 6001 6002 6003; do open h2 "$gw" udp "$p" 0; done
	n=$(leases_of 192.168)
	not open h2 "$gw" udp 6004 0
	octets h2 "$gw" udp 6004 | tee "$work/octets"
	grep -q 'result=6 .*port=6004 ext=0 lifetime=0' "$work/octets"
	echo "leases before $n, after $(leases_of 192.168)"
	[ "$n" -eq 8 ] && [ "$(leases_of 192.168)" -eq "$n" ]
}
# C-G-10, C-N-2: the provider's limit is told as it is, and no half mapping is left
check "the ninth lease is refused with 6, nothing is left of it" limit
delete_all() {
	ask h2 "$gw" -a 0 0 udp 0
	[ "$(leases_of 192.168.1.12)" -eq 0 ]
	[ "$(leases_of 192.168.1.11)" -eq 4 ]
	[ "$(ctl mappings show | grep -w explicit | grep -c 100.64.0.2)" -eq 4 ]
}
# C-N-5: the other host's mappings are not touched, at neither NAT
check "delete-all of one host" delete_all
check "leaves the other's page" connects inet 40080 203.0.113.4
check "and its UDP port" answers_udp 203.0.113.4 40070
deletes() {
	ask h1 "$gw" -a 0 7100 tcp 0
	grep -qE 'Mapped public port 0 protocol TCP to local port 7100 life?time 0' "$work/h1.said"
	[ "$(leases_of 192.168.1.11)" -eq 3 ]
}
# C-N-4
check "natpmpc deletes" deletes
check "natpmpc deletes what is gone" deletes
silent() {
	in_ns "$1" timeout 2 natpmpc -g "$2" >"$work/silent" 2>&1 || :
	cat "$work/silent"
	not grep -q 'Public IP' "$work/silent"
}
# C-G-14: no map requests from the provider's side
check "the WAN side gets no answer" silent sub2 $wan
no_ssdp() {
	in_ns h1 socat -t 2 - UDP4-DATAGRAM:239.255.255.250:1900 >"$work/ssdp" <<-'END'
		M-SEARCH * HTTP/1.1
		HOST: 239.255.255.250:1900
		MAN: "ssdp:discover"
		MX: 1
		ST: upnp:rootdevice

	END
	[ ! -s "$work/ssdp" ]
}
# C-G-2: UPnP is not relayed
check "SSDP gets no answer" no_ssdp
# forge FROM_NS TO: an announcement of 1.2.3.4 with epoch 0
forge() {
	in_ns "$1" /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 5351))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('$3'))
s.sendto(bytes([0, 128, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), ('$2', 5350))"
}
forged() {
	local before
	before=$(epoch h1 "$gw")
	forge sub2 "$wan" 100.64.0.12
	forge sub2 224.0.0.1 100.64.0.12
	forge h2 "$gw" 192.168.1.12
	forge h2 224.0.0.1 192.168.1.12
	[ "$(epoch h1 "$gw")" -ge "$before" ]
	[ "$(address h1 "$gw")" = "$address" ]
}
# C-G-7, D-SEC-5: announcements of anybody but the NAT in front
check "forged announcements change nothing" forged

# C-N-9: with its store the relay goes on where it was
note_epoch h1 "$gw"
stop_relay home KILL
start_home
goes_on() {
	local now
	now=$(epoch h1 "$gw")
	echo "epoch $before, now $now"
	[ "$now" -ge "$before" ]
}
check "the relay is killed and comes back: the epoch goes on" goes_on
check "and the page is fetched without a renewal" connects inet 40080 203.0.113.4
# C-G-5, C-N-9: without it the relay loses its state; the provider's NAT keeps the old leases
note_epoch h1 "$gw"
stop_relay home KILL
rm -f "$work"/home.db*
start_home
check "it loses its store: its clients see the epoch fall" fell h1 "$gw"
mapped_again() {
	open h1 "$gw" tcp 8000 40080
	address=$(address h1 "$gw")
	echo "$address" >"$work/address"
	connects inet "$port" 203.0.113.2
}
check "the client that renews is reached again" mapped_again
# C-N-8: another WAN address: what upstream holds for the old one is void
sleep 3
note_epoch h1 "$gw"
stop_relay home
wan=100.64.0.3
start_home
check "the WAN address changes: the epoch falls" fell h1 "$gw"
check "the client that renews is reached again" mapped_again

# C-G-4, C-G-6: the provider's NAT loses its state
sleep 3
note_epoch h1 "$gw"
stop_cgnd
in_ns h1 timeout 60 /usr/bin/python3 "$here/natpmp_client.py" listen 60 5 natpmp >"$work/announced" 2>&1 &
start_cgnd
check "the provider's NAT restarts: LAN clients see the epoch fall" fell_soon h1 "$gw"
check "and hear of it from the relay, with the outermost address" announced 5
check "the client that renews is reached again" mapped_again
finish444
