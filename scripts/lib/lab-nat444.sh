# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh disable=SC2154 # what scripts/lab sets
# scripts/lab nat444: a home with a router of its own behind the provider's cgnd.

home=192.168.1.11
gateway=192.168.1.1

wire_up() {
	add_ns home router cgn inet
	link home eth0 router veth-home
	link router veth-wan cgn veth-in
	link cgn veth-out inet eth0
	in_ns home ip addr add $home/24 dev eth0
	in_ns home ip route add default via $gateway
	in_ns inet ip addr add 192.0.2.1/24 dev eth0
	in_ns inet ip addr add "$friend/32" dev lo
	in_ns inet ip route add 44.128.0.0/16 via 192.0.2.2
}

step "four network namespaces: a home, its router, the provider's cgnd, the internet"
cat <<-END
	   home                      router                     cgnd                       internet
	   $home --- $gateway | 100.64.0.2 --- 100.64.0.1 | 192.0.2.2 --- $friend
	   web server, natpmpc       NAT and NAT-PMP relay      NAT and NAT-PMP            who wants the page

	   Two NATs: the router translates 192.168.1.x to its own 100.64.0.2, which is no address of the
	   internet either; the provider's cgnd translates that to one of 44.128.0.1 to .14.
END
wire_up

step "start the provider's cgnd (config/cgn-lab.yaml) and the router's (config/cgn-home.yaml)"
start_cgnd cgn config/cgn-lab.yaml cgnd
cgnd=$!
start_cgnd router config/cgn-home.yaml home
router=$!

step "home: start a web server on port 8080"
serve_page "Hello from a web server at home, behind two NATs."

step "home: ask the router which address the internet sees. It answers for the outermost NAT"
find_address

step "internet: fetch the page from $address. No port is open yet"
no_page 8080

step "home: ask the router with NAT-PMP to open TCP port 8080 for an hour"
open_port

step "internet: fetch the page from $address port $port"
fetch_page inet --interface "$friend"

step "home: the web server has seen who came"
tail -n 1 "$work/www.log"

step "what both know: the router's external port is the provider's inside port, the leases end together"
echo "router\$ cgnctl --prefix cgnd-home mappings show"
"$bin/cgnctl" --prefix cgnd-home mappings show
echo "cgnd\$ cgnctl --prefix cgnd-lab mappings show"
"$bin/cgnctl" --prefix cgnd-lab mappings show

may_stay cgnd-lab

step "home: close the port (lifetime 0; the answer names port 0); the provider's stays until the time of its last connection is over"
natpmp -a 0 8080 tcp 0
echo "router\$ cgnctl --prefix cgnd-home leases show"
"$bin/cgnctl" --prefix cgnd-home leases show
echo "cgnd\$ cgnctl --prefix cgnd-lab leases show"
"$bin/cgnctl" --prefix cgnd-lab leases show

step "internet: the page is gone"
no_page "$port"

step "home: open it once more; then the provider's cgnd loses everything and starts again"
natpmp -a 8080 8080 tcp 3600
stop_cgnd cgn $cgnd cgnd >/dev/null
start_cgnd cgn config/cgn-lab.yaml cgnd
cgnd=$!

step "home: the router tells by the epoch (seconds since the loss), so that clients open their ports again"
sleep 2
natpmp -a 8080 8080 tcp 3600

step "stop both; the router's cgnd says what became of every packet"
stop_cgnd router $router home
echo "the provider's, since it was started again:"
stop_cgnd cgn $cgnd cgnd
echo
echo "That was it: a host that the home never contacted reached a server at home through two NATs, on a port"
echo "that the home opened by itself."
