# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh disable=SC2154,SC2034 # what scripts/lab sets and uses
# scripts/lab dslite: two homes with the same addresses behind softwires to the provider's cgnd.

home=192.168.1.11
gateway=192.168.1.1

wire_up() {
	add_ns home b4 other b4b access cgn inet
	link home eth0 b4 veth-home
	link other eth0 b4b veth-home
	link b4 veth-wan access b4
	link b4b veth-wan access b4b
	link cgn veth-in access cgn
	link cgn veth-out inet eth0
	in_ns access ip link add br0 type bridge mcast_snooping 0
	in_ns access ip link set br0 up
	for n in b4 b4b cgn; do in_ns access ip link set $n master br0; done
	for n in home other; do
		in_ns $n ip addr add $home/24 dev eth0
		in_ns $n ip route add default via 192.168.1.1
	done
	in_ns inet ip addr add 192.0.2.1/24 dev eth0
	in_ns inet ip addr add "$friend/32" dev lo
	in_ns inet ip route add 44.128.0.0/16 via 192.0.2.2
}

# configure NAME FILE SED: a shipped configuration at the size of a laptop
configure() {
	{
		echo 'eal: ["--no-huge", "-m", "256", "--no-pci"]'
		echo "runtime_dir: $work/run-$1"
		sed "$3" "$2"
	} >"$work/$1.yaml"
	mkdir "$work/run-$1"
}

step "namespaces: two homes, their B4s, the access network (IPv6 only), the provider's cgnd, the internet"
cat <<-END
	   home            B4                             AFTR               internet
	   $home -- 192.168.1.1 | 2001:db8:1::2 --+
	                                                 +-- cgnd | 192.0.2.2 -- $friend
	   $home -- 192.168.1.1 | 2001:db8:1::3 --+
	   other           B4

	   The B4s translate nothing: they put the homes' IPv4 packets into IPv6, each into its softwire to
	   2001:db8:f::1. cgnd takes them out and translates them; it tells equal addresses of two homes apart by
	   the softwire.
END
wire_up

step "start the AFTR (config/cgn-aftr.yaml) and two B4s (config/cgn-b4.yaml)"
configure aftr config/cgn-aftr.yaml ""
configure b4 config/cgn-b4.yaml ""
configure b4b config/cgn-b4.yaml "s/2001:db8:1::2/2001:db8:1::3/; s/cgnd-b4/cgnd-b4b/"
start_cgnd cgn "$work/aftr.yaml" cgnd
cgnd=$!
start_cgnd b4 "$work/b4.yaml" home
b4=$!
start_cgnd b4b "$work/b4b.yaml" other
b4b=$!

step "home and other: ping the internet, and the AFTR in the softwire"
echo "192.0.0.1 is the AFTR's end of every softwire (RFC 6333)."
for n in home other; do
	show $n ping -c 2 -i 0.2 "$friend"
	show $n ping -c 1 192.0.0.1
done

step "home: start a web server on port 8080"
serve_page "Hello from a web server at home, behind a softwire."

step "home: which address does the internet see me at?"
find_address

step "internet: fetch the page from $address. No port is open yet"
no_page 8080

step "home: ask the B4 with NAT-PMP to open TCP port 8080 for an hour; it asks the AFTR through the softwire"
open_port

step "internet: fetch the page from $address port $port"
fetch_page inet --interface "$friend"

step "other: fetch it, too. Its own address is $home as well; the way is through the AFTR"
fetch_page other

step "home: the web server has seen who came"
echo "The second one is the other home. Both share $address, and each has ports of its own."
tail -n 2 "$work/www.log"

step "operator: what the AFTR knows"
echo "The last column, B4, tells the homes apart. The explicit mapping is the port that the home opened; SESSIONS are"
echo "the hosts that used it. The icmp rows are the pings. A subscriber is the B4 with all that is behind it."
for what in mappings subscribers; do
	echo "cgnd\$ cgnctl --prefix cgnd-aftr $what show"
	"$bin/cgnctl" --prefix cgnd-aftr $what show
done

may_stay cgnd-aftr

step "home: close the port (lifetime 0; the answer names port 0)"
natpmp -a 0 8080 tcp 0

step "internet: the page is gone"
no_page "$port"

step "stop them; each says what became of every packet"
stop_cgnd b4b $b4b other >/dev/null
echo "The home's B4. \"local\" are requests to open ports, and the answers of the AFTR:"
stop_cgnd b4 $b4 home
echo "The AFTR. \"hairpin\" is the other home's fetch. \"syn_held\" are the fetches from the internet that found no port:"
stop_cgnd cgn $cgnd cgnd
echo
echo "That was it: a host that the home never contacted reached a server at home through an IPv6 network, on a"
echo "port that the home opened by itself."
