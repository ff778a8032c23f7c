# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh disable=SC2154 # what scripts/lab sets
# scripts/lab bgp: a routing daemon next to cgnd announces the pool, and falls silent when cgnd ends.

home=100.64.0.11
gateway=100.64.0.1
pool=44.128.0.0/28

wire_up() {
	add_ns home cgn host router
	link home eth0 cgn veth-in
	link cgn veth-out router eth0
	in_ns home ip addr add $home/10 dev eth0
	in_ns home ip route add default via $gateway
	in_ns router ip addr add 192.0.2.1/24 dev eth0
	in_ns router ip addr add "$friend/32" dev lo
}

# configure: cgnd with a host plane, and BIRD on both sides
configure() {
	{
		sed '/side: outside/a\    host: [tcp, bfd, icmp]' config/cgn-lab.yaml
		echo "host: {netns: ${ns}host}"
	} >"$work/cgnd.yaml"
	change="s#^log .*#log \"$work/bird.log\" all;#; s#198.51.100.0/24#$pool#"
	sed "$change" config/bird/bird.conf >"$work/host.conf"
	sed "$change" config/bird/router.conf >"$work/router.conf"
}

# start_bird NAMESPACE
start_bird() {
	in_background "$1" "$1.out" bird -f -c "$work/$1.conf" -s "$work/$1.ctl"
	wait_for birdc -s "$work/$1.ctl" show status
}

# route: the router's route to the pool, for people
route() {
	show router ip route show $pool
}
has_route() {
	in_ns router ip route show $pool | grep -q via
}
has_no_route() {
	! has_route
}
bfd_is_up() {
	birdc -s "$work/router.ctl" show bfd sessions | grep -q "^192.0.2.2 .* Up "
}

# forgets SIGNAL: how long the router keeps the route after a signal to cgnd
forgets() {
	wait_for bfd_is_up
	echo "cgnd\$ kill -$1 \$(pidof cgnd)"
	begin=$(date +%s%N)
	kill "-$1" "$(ip netns pids "${ns}cgn")"
	wait_for has_no_route
	echo "the router has no route to $pool any more: after $((($(date +%s%N) - begin) / 1000000)) ms"
	wait $cgnd || [ "$1" = 9 ]
}

step "four network namespaces: a home, cgnd, the kernel behind cgnd's addresses, the next router"
cat <<-END
	   home                          cgnd                      next router
	   $home ------- $gateway | 192.0.2.2 ------- 192.0.2.1, $friend
	                                |                          BIRD
	                                | cgx1, cgp0
	                               host
	                               BIRD

	   The router has no route to $pool, the addresses that cgnd translates to. It learns the route
	   from BIRD in the namespace "host", which uses cgnd's address 192.0.2.2.
END
wire_up
configure

step "start cgnd (config/cgn-lab.yaml with a host plane)"
start_cgnd cgn "$work/cgnd.yaml" cgnd
cgnd=$!
echo "The kernel has an interface for each port. It gets what SERVICES lists, only on the outside: TCP for BGP, BFD and"
echo "ICMP. The other columns count packets (config/HOST.md)."
echo "cgnd\$ cgnctl --prefix cgnd-lab host show"
"$bin/cgnctl" --prefix cgnd-lab host show

step "host: cgp0 stands for the pool. It has a carrier (LOWER_UP) while cgnd translates"
show host ip -brief link show dev cgp0

step "home: ping the internet. The answers do not come back, because the router has no route to the pool"
if show home ping -q -c 2 -i 0.2 -W 1 "$friend"; then
	echo "lab: the router knew the pool before it was announced" >&2
	exit 1
fi

step "start BIRD behind cgnd (config/bird/bird.conf) and on the router (config/bird/router.conf)"
start_bird host
start_bird router
wait_for has_route
wait_for bfd_is_up

step "router: it has learned the pool by BGP; BFD watches cgnd every 100 ms"
echo "The next hop is cgnd's own address, which BIRD in \"host\" speaks from."
route
echo "router\$ birdc show bfd sessions"
birdc -s "$work/router.ctl" show bfd sessions

step "home: ping the internet again"
show home ping -q -c 3 -i 0.2 -W 60 "$friend"
echo "cgnd\$ cgnctl --prefix cgnd-lab subscribers show"
"$bin/cgnctl" --prefix cgnd-lab subscribers show

may_stay cgnd-lab

step "cgnd dies. BFD notices it after 300 ms; without BFD, BGP would need minutes"
forgets 9
show host ip -brief link show dev cgp0

step "start cgnd again: the route is back without help"
start_cgnd cgn "$work/cgnd.yaml" cgnd
cgnd=$!
wait_for has_route
route
show home ping -q -c 3 -i 0.2 -W 60 "$friend"

step "stop cgnd in the normal way: it takes the carrier from cgp0 first"
forgets TERM
echo "cgnd says what became of every packet since it was started again. \"local\" are BGP and BFD, which went to the kernel:"
sed -n '/^received/,/^sum/p' "$work/cgnd.log"
echo
echo "That was it: the next router sends packets for the pool to cgnd only while cgnd translates them."
