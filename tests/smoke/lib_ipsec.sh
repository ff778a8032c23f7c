# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# For tests with IPsec: strongSwan's charon in several namespaces of one machine. ESP is done in user space
# (kernel-libipsec), because the kernel of a test machine may have no ESP. lib.sh comes first.
. "$here/../../scripts/lib/charon.sh"

# ike_conf NAME LOCAL REMOTE REMOTE_ID LOCAL_TS REMOTE_TS MARK [UPDOWN]: one connection of charon NAME, which proves itself
# by its certificate. MARK: what the kernel gives to packets of the SA (set_mark_in), or "". UPDOWN: a command
ike_conf() {
	local dir=$work/$1
	charon_files "$1" "$(realpath "$here/../../config/strongswan/libipsec.conf")"
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
		        mode = tunnel
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

# stop_charon NAMESPACE: at once
stop_charon() {
	local pid
	for pid in $(ip netns pids "$id$1"); do
		[ "$(cat "/proc/$pid/comm")" != charon ] || kill -KILL "$pid"
	done
}
