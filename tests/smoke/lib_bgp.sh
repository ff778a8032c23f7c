# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# For tests with a routing daemon behind cgnd: BIRD in the namespace of the host plane and at the next router, with
# BGP and BFD between them. lib.sh comes first.

# How often BFD sends, and how many lost packets end a session.
bfd_interval=${CGN_BFD_INTERVAL:-100 ms}
bfd_multiplier=${CGN_BFD_MULTIPLIER:-3}

# bird_conf NAME ROUTER_ID INTERFACE AS PEER PEER_AS CHANNEL EXTRA
bird_conf() {
	cat >"$work/$1.conf" <<-END
		log "$work/$1.log" all;
		router id $2;
		protocol device { scan time 10; }
		protocol bfd { interface "$3" { interval $bfd_interval; multiplier $bfd_multiplier; }; }
		$8
		protocol bgp peer {
		  local $2 as $4;
		  neighbor $5 as $6;
		  hold time 90;
		  error wait time 1, 4;
		  connect delay time 1;
		  connect retry time 3;
		  bfd on;
		  ipv4 { $7 };
		}
	END
}

# start_birds: one in the namespace "host" announces the pools, one at the next router learns them
start_birds() {
	bird_conf host 192.0.2.2 cgx1 64512 192.0.2.1 64500 \
		'import none; next hop self; export where proto = "pools";' \
		'protocol static pools { ipv4; check link yes; route 198.51.100.0/29 via "cgp0"; }'
	bird_conf inet 192.0.2.1 eth0 64500 192.0.2.2 64512 'import all; export none;' \
		'protocol kernel { ipv4 { import none; export all; }; }'
	serve host bird -f -c "$work/host.conf" -s "$work/host.ctl"
	serve inet bird -f -c "$work/inet.conf" -s "$work/inet.ctl"
}
announced() {
	in_ns inet ip route show 198.51.100.0/29 | grep "via 192.0.2.2"
}
withdrawn() {
	[ -z "$(in_ns inet ip route show 198.51.100.0/29)" ]
}
bfd_up() {
	birdc -s "$work/inet.ctl" show bfd sessions | grep "192.0.2.2.*Up"
}
