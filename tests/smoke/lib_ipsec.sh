# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# For tests with IPsec: strongSwan's charon in several namespaces of one machine. ESP is done in user space
# (kernel-libipsec), because the kernel of a test machine may have no ESP. lib.sh comes first.
#
# charon keeps its pid file in /run, so each one gets a mount namespace with a /run of its own. It has the sockets of the
# cgnds of the machine in it.

# certificates NAME...: a CA, and for each name a key and a certificate of it
certificates() {
	local name
	mkdir -p "$work/pki"
	(
		cd "$work/pki"
		pki --gen --type ecdsa --size 256 --outform pem >ca.key
		pki --self --ca --lifetime 30 --in ca.key --type ecdsa --dn "CN=test CA" --outform pem >ca.crt
		for name; do
			pki --gen --type ecdsa --size 256 --outform pem >"$name.key"
			pki --pub --in "$name.key" --type ecdsa |
				pki --issue --lifetime 30 --cacert ca.crt --cakey ca.key --dn "CN=$name" \
					--san "$name" --outform pem >"$name.crt"
		done
	) 2>/dev/null # pki names each plugin that it does not find
}

# ike_conf NAME LOCAL REMOTE REMOTE_ID LOCAL_TS REMOTE_TS MARK [UPDOWN]: one connection of charon NAME, which proves itself
# by its certificate. MARK: what the kernel gives to packets of the SA (set_mark_in), or "". UPDOWN: a command
ike_conf() {
	local dir=$work/$1
	mkdir -p "$dir/swanctl/x509" "$dir/swanctl/x509ca" "$dir/swanctl/private"
	cp "$work/pki/ca.crt" "$dir/swanctl/x509ca/"
	cp "$work/pki/$1.crt" "$dir/swanctl/x509/"
	cp "$work/pki/$1.key" "$dir/swanctl/private/"
	cat >"$dir/strongswan.conf" <<-END
		charon {
		  load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints revocation hmac kdf kernel-libipsec kernel-netlink socket-default updown vici
		  threads = 16
		  retransmit_tries = 3
		  retransmit_timeout = 1.0
		  plugins {
		    kernel-libipsec {
		      allow_peer_ts = yes
		    }
		    kernel-netlink {
		      fwmark = !0x42
		    }
		    socket-default {
		      fwmark = 0x42
		    }
		    vici {
		      socket = unix://$dir/vici
		    }
		  }
		  filelog {
		    main {
		      path = $dir/charon.log
		      default = 1
		      flush_line = yes
		    }
		  }
		}
	END
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

# start_charon NAME NAMESPACE
start_charon() {
	local dir=$work/$1
	rm -f "$dir/vici"
	mkdir -p "$dir/dpdk"
	in_ns "$2" unshare -m sh -c "mount --make-rprivate / && mount --bind /run/dpdk $dir/dpdk &&
		mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/dpdk && mount --bind $dir/dpdk /run/dpdk &&
		PATH=$build:\$PATH STRONGSWAN_CONF=$dir/strongswan.conf exec /usr/lib/ipsec/charon" \
		>"$dir/out" 2>&1 </dev/null &
	retry test -S "$dir/vici"
	swan "$1" --load-all
}

# stop_charon NAMESPACE: at once
stop_charon() {
	local pid
	for pid in $(ip netns pids "$id$1"); do
		[ "$(cat "/proc/$pid/comm")" != charon ] || kill -KILL "$pid"
	done
}

# swan NAME ARGS...: swanctl for a charon
swan() {
	local dir=$work/$1
	shift
	STRONGSWAN_CONF=$dir/strongswan.conf SWANCTL_DIR=$dir/swanctl timeout 120 swanctl "$@" \
		--uri "unix://$dir/vici" 2>&1
}
