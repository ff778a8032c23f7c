# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh disable=SC2154 # what scripts/lab sets
# scripts/lab ipsec: cgnd opens ports only for a home that proves by IKE who it is.
# shellcheck source=/dev/null
. scripts/lib/charon.sh

home=100.64.0.11
gateway=100.64.0.1

wire_up() {
	add_ns home cgn host inet
	link home eth0 cgn veth-in
	link cgn veth-out inet eth0
	in_ns home ip addr add $home/10 dev eth0
	in_ns home ip route add default via $gateway
	in_ns inet ip addr add 192.0.2.1/24 dev eth0
	in_ns inet ip addr add "$friend/32" dev lo
	in_ns inet ip route add 44.128.0.0/16 via 192.0.2.2
}

# has_esp: whether the kernel can do ESP
has_esp() {
	in_ns home ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x100 mode transport \
		aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128 2>/dev/null &&
		in_ns home ip xfrm state flush
}

# configure: cgnd that requires IPsec, and the shipped files of both charons
configure() {
	local updown="s#updown = .*#updown = $PWD/config/strongswan/updown --prefix cgnd-lab#"
	{
		sed "/side: inside/a\\    host: [ike, esp, icmp]
			/pool: lab\$/a\\    natpmp_auth: ipsec$mark" config/cgn-lab.yaml
		echo "host: {netns: ${ns}host, $ipsec}"
	} >"$work/cgnd.yaml"
	certificates cgn=cgn.isp.example home=home11.homes.isp.example
	charon_files cgn "$libipsec"
	charon_files home "$libipsec"
	sed "$change; $updown" config/strongswan/server.conf >"$work/cgn/swanctl/swanctl.conf"
	sed "$change" config/strongswan/client.conf >"$work/home/swanctl/swanctl.conf"
}

# refused NATPMPC_ARGS...: natpmpc gets no answer but result 2
refused() {
	show home natpmpc -g $gateway "$@" 2>&1 | grep -v ' returned \|errno=' | tee "$work/refused"
	if ! grep -q "not authorized" "$work/refused"; then
		echo "lab: cgnd did not refuse a home without authorization" >&2
		exit 1
	fi
}

# ike_up: by the first request, or by hand; without the lines that name each plugin that is not installed
ike_up() {
	if [ -n "$libipsec" ]; then
		echo "home\$ swanctl --initiate --child natpmp"
		swan home --initiate --child natpmp | grep "authentication of\|established\|successfully"
	else
		echo "The first request of natpmpc brings the SA up (start_action = trap)."
		natpmp
	fi
	echo "host\$ swanctl --list-sas"
	swan cgn --list-sas | grep -v "^plugin "
}

step "four network namespaces: a home, cgnd, the kernel behind cgnd's addresses, the internet"
cat <<-END
	   home                          cgnd                         internet
	   $home ------- $gateway | 192.0.2.2 ------- $friend
	   natpmpc                       |                            somebody who wants the page
	   strongSwan                    | cgx0
	                                host
	                                strongSwan

	   Anybody on the home's link could send from $home. So cgnd opens ports only for requests that
	   come through IPsec. strongSwan in the namespace "host" checks certificates; it uses cgnd's address.
END
wire_up
if has_esp; then
	echo "   ESP is done by the kernel, in transport mode."
	libipsec=
	change=
	ipsec="ipsec_mode: transport"
	mark="\\
    ipsec_mark: 0x1000/0xffff"
else
	echo "   This kernel has no ESP, so strongSwan does it (kernel-libipsec), in tunnel mode and without marks."
	libipsec=$PWD/config/strongswan/libipsec.conf
	# kernel-libipsec does not wait for a first packet to bring the SA up.
	change="s/mode = transport/mode = tunnel/; /set_mark_in/d; /start_action = trap/d"
	ipsec="ipsec_interface: ipsec0"
	mark=
fi
configure

step "start cgnd (config/cgn-lab.yaml with natpmp_auth: ipsec)"
start_cgnd cgn "$work/cgnd.yaml" cgnd
cgnd=$!

step "home: start a web server on port 8080"
serve_page "Hello from a web server at home, behind a carrier-grade NAT."

step "home: ask for a port in plain NAT-PMP. cgnd answers with result 2: not authorized"
refused -a 8080 8080 tcp 3600

step "start strongSwan behind cgnd (config/strongswan/server.conf) and at home (client.conf)"
for where in cgn home; do
	# Not into a pipe: charon would keep its end open.
	start_charon $where "$([ $where = home ] && echo home || echo host)" >"$work/$where.load"
	tail -n 1 "$work/$where.load"
done

step "home: IKE comes up"
ike_up

step "home: which address does the internet see me at? Now the same requests go through IPsec"
find_address

step "internet: fetch the page from $address. No port is open yet"
no_page 8080

step "home: open TCP port 8080 for an hour"
open_port

step "internet: fetch the page from $address port $port"
fetch_page inet --interface "$friend"

step "operator: what cgnd knows"
for what in peers leases mappings; do
	echo "cgnd\$ cgnctl --prefix cgnd-lab $what show"
	"$bin/cgnctl" --prefix cgnd-lab $what show
done

may_stay cgnd-lab

step "home: end the SA; then plain requests are refused again"
[ -n "$libipsec" ] || echo "home\$ swanctl --uninstall --child natpmp"
echo "home\$ swanctl --terminate --ike cgn"
[ -n "$libipsec" ] || swan home --uninstall --child natpmp | tail -n 1
swan home --terminate --ike cgn | tail -n 1
refused -a 0 8080 tcp 0

step "home: the same with a secret instead of a certificate (client-psk.conf)"
sed "$change" config/strongswan/client-psk.conf >"$work/home/swanctl/swanctl.conf"
swan home --load-all | tail -n 1
ike_up

step "home: close the port (lifetime 0; the answer names port 0)"
natpmp -a 0 8080 tcp 0

step "internet: the page is gone"
no_page "$port"

step "stop cgnd; it says what became of every packet"
stop_cgnd cgn $cgnd cgnd
echo
echo "That was it: the home got its port by a NAT-PMP client that knows nothing of IPsec, after it had proved by"
echo "its certificate who it is."
