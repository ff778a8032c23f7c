# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# For tests with IPsec: strongSwan's charon in several namespaces of one machine. lib.sh comes first.
#
# CGN_ESP says who does ESP. user (the default): strongSwan in user space (kernel-libipsec), because the kernel of a test
# machine may have no ESP. transport, tunnel: the kernel, in this mode; scripts/test --esp runs these.
. "$here/../../scripts/lib/charon.sh"

esp=${CGN_ESP:-user}
if [ "$esp" = user ]; then
	esp_mode=tunnel
	esp_files=$(realpath "$here/../../config/strongswan/libipsec.conf")
	# What cgnd is told: ports[].host, a key of host, and keys of the group.
	esp_words="ike, icmp"
	esp_host="ipsec_interface: ipsec0"
	esp_group="natpmp_auth: ipsec"
	esp_mark=""
else
	esp_mode=$esp
	esp_files=""
	esp_words="ike, esp, icmp"
	esp_host="ipsec_mode: $esp"
	esp_mark=0x1000/0xffff
	esp_group="natpmp_auth: ipsec
    ipsec_mark: $esp_mark"
fi

# ike_conf NAME LOCAL REMOTE REMOTE_ID LOCAL_TS REMOTE_TS MARK [UPDOWN]: one connection of charon NAME, which proves itself
# by its certificate. MARK: what the kernel gives to packets of the SA (set_mark_in), or "". UPDOWN: a command
ike_conf() {
	local dir=$work/$1
	charon_files "$1" "$esp_files"
	cat >"$dir/swanctl/swanctl.conf" <<-END
		connections {
		  natpmp {
		    version = 2
		    proposals = aes128gcm16-prfsha256-ecp256
		    local_addrs = $2
		    remote_addrs = $3
		    local {
		      auth = pubkey
		      certs = $1.crt
		      id = $1
		    }
		    remote {
		      auth = pubkey
		      id = $4
		      cacerts = ca.crt
		    }
		    children {
		      natpmp {
		        mode = $esp_mode
		        local_ts = $5
		        remote_ts = $6
		        esp_proposals = aes128gcm16
		        ${7:+set_mark_in = $7}
		        ${8:+updown = $8}
		      }
		    }
		  }
		}
	END
}

# stop_charon NAMESPACE SIGNAL: and wait until it is gone. With TERM it removes its SAs from the kernel and tells the peers.
stop_charon() {
	local pid
	for pid in $(ip netns pids "$id$1"); do
		if [ "$(cat "/proc/$pid/comm")" = charon ]; then
			kill "-$2" "$pid"
			retry sh -c "! kill -0 $pid"
		fi
	done
}
