# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A NAT that is not ours: Linux (nftables) with miniupnpd, between in0 and out0 of a namespace. A test sources this file
# after lib.sh. It is skipped if the machine has no miniupnpd, or its kernel no nftables NAT.
# shellcheck disable=SC2154 # what lib.sh sets

upnpd=$(command -v miniupnpd || ls /usr/sbin/miniupnpd 2>/dev/null) || {
	echo "skipped: miniupnpd is not installed"
	exit 77
}

# nft_nat NS: masquerade to out0, with the chains that miniupnpd fills
nft_nat() {
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1
	if ! in_ns "$1" nft -f - 2>"$work/nft.log" <<-'END'; then
		table inet filter {
			chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }
			chain miniupnpd { }
			chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
			chain postrouting {
				type nat hook postrouting priority 100; policy accept;
				jump postrouting_miniupnpd
				oifname "out0" masquerade
			}
			chain prerouting_miniupnpd { }
			chain postrouting_miniupnpd { }
		}
	END
		cat "$work/nft.log"
		echo "skipped: this kernel has no nftables NAT"
		exit 77
	fi
}

# upnpd_conf LINE: its configuration, with this line, which may be empty
upnpd_conf() {
	cat >"$work/upnpd.conf" <<-END
		ext_ifname=out0
		$1
		listening_ip=in0
		enable_natpmp=yes
		enable_upnp=no
		secure_mode=yes
		uuid=00000000-0000-0000-0000-000000000001
		upnp_table_name=filter
		upnp_nat_table_name=filter
		upnp_forward_chain=miniupnpd
		upnp_nat_chain=prerouting_miniupnpd
		upnp_nat_postrouting_chain=postrouting_miniupnpd
		lease_file=$work/upnpd.leases
		allow 1024-65535 0.0.0.0/0 1024-65535
	END
}

# start_upnpd NS
start_upnpd() {
	in_ns "$1" "$upnpd" -d -f "$work/upnpd.conf" -P "$work/upnpd.pid" >"$work/upnpd.log" 2>&1 </dev/null &
}

# await_upnpd NS: wait until it listens
await_upnpd() {
	if ! retry in_ns "$1" sh -c "ss -Hlun 'sport = :5351' | grep -q ."; then
		cat "$work/upnpd.log"
		echo "skipped: miniupnpd does not work here"
		exit 77
	fi
}
