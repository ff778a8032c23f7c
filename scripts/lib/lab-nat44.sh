# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh disable=SC2154 # what scripts/lab sets
# scripts/lab nat44: a home behind the provider's cgnd.

home=100.64.0.11
gateway=100.64.0.1

wire_up() {
	add_ns home cgn inet
	link home eth0 cgn veth-in
	link cgn veth-out inet eth0
	in_ns home ip addr add $home/10 dev eth0
	in_ns home ip route add default via $gateway
	in_ns inet ip addr add 192.0.2.1/24 dev eth0
	in_ns inet ip addr add $friend/32 dev lo
	in_ns inet ip route add 44.128.0.0/16 via 192.0.2.2
}

step "three network namespaces: a home, cgnd, the internet"
cat <<-END
	   home                          cgnd                         internet
	   $home ------- $gateway | 192.0.2.2 ------- $friend
	   web server, clients           NAT, NAT-PMP, PCP            somebody who wants the page

	   $home is no address of the internet. cgnd translates it to one of 44.128.0.1 to .14, which
	   many homes share; so nobody outside can reach a server at home, unless cgnd is asked for a port.
END
wire_up

step "start cgnd (config/cgn-lab.yaml)"
start_cgnd cgn config/cgn-lab.yaml cgnd
cgnd=$!

step "home: start a web server on port 8080"
serve_page "Hello from a web server at home, behind a carrier-grade NAT."

step "home: which address does the internet see me at?"
find_address

step "internet: fetch the page from $address. No port is open yet, so cgnd drops this"
no_page 8080

step "home: ask cgnd with NAT-PMP to open TCP port 8080 for an hour"
open_port

step "internet: fetch the page from $address port $port"
fetch_page inet --interface "$friend"

step "home: the web server has seen who came"
tail -n 1 "$work/www.log"

step "home: open another port with PCP. Debian has no small client for it, so this is a script of cgnd's tests"
serve_page "Hello from a web server at home, whose port was opened with PCP." 8081
first=$port
echo "It prints the external address and port, the lifetime and the epoch."
ask_pcp 1

step "internet: fetch the page from port $port"
fetch_page inet --interface "$friend"

step "home: the lease belongs to whoever knows its nonce. Another program, with nonce 2, is not authorized (result 2)"
if ask_pcp 2; then exit 1; fi

step "operator: what cgnd knows"
for what in mappings leases subscribers; do
	echo "cgnd\$ cgnctl --prefix cgnd-lab $what show"
	"$bin/cgnctl" --prefix cgnd-lab $what show
done

may_stay cgnd-lab

step "home: close the ports (lifetime 0; natpmpc's answer names port 0)"
natpmp -a 0 8080 tcp 0
echo "PCP ends no mapping that is in use. The lifetime of its answer says how long the mapping lives without traffic."
show home python3 tests/smoke/pcp_client.py --server "$gateway" map tcp 8081 0 1
echo "cgnd\$ cgnctl --prefix cgnd-lab mappings show"
"$bin/cgnctl" --prefix cgnd-lab mappings show

step "internet: the page of port $first is gone"
no_page "$first"

step "stop cgnd; it says what became of every packet"
stop_cgnd cgn $cgnd cgnd
echo
echo "That was it: a host that the home never contacted reached a server at home through the NAT, on a port"
echo "that the home opened by itself."
