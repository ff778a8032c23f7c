# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash disable=SC2154 # what the scripts set that use this: $work, $build, in_ns()
# strongSwan's charon in several namespaces of one machine, for scripts/lab and the smoke tests.
#
# charon keeps its pid file in /run, so each one gets a mount namespace with a /run of its own. It has the sockets of
# the cgnds of the machine in it, for the updown script, which calls the cgnctl of $build.

# certificates NAME[=ID]...: a CA, and for each name a key and a certificate of it, for ID (default: the name)
certificates() {
	local name
	mkdir -p "$work/pki"
	(
		cd "$work/pki" || exit
		pki --gen --type ecdsa --size 256 --outform pem >ca.key
		pki --self --ca --lifetime 30 --in ca.key --type ecdsa --dn "CN=test CA" --outform pem >ca.crt
		for name; do
			pki --gen --type ecdsa --size 256 --outform pem >"${name%=*}.key"
			pki --pub --in "${name%=*}.key" --type ecdsa |
				pki --issue --lifetime 30 --cacert ca.crt --cakey ca.key --dn "CN=${name#*=}" \
					--san "${name#*=}" --outform pem >"${name%=*}.crt"
		done
	) 2>/dev/null # pki names each plugin that it does not find
}

# charon_files NAME [FILE]: the files of charon NAME but for swanctl.conf, in $work/NAME. FILE: more settings
charon_files() {
	local dir=$work/$1
	mkdir -p "$dir/swanctl/x509" "$dir/swanctl/x509ca" "$dir/swanctl/private"
	cp "$work/pki/ca.crt" "$dir/swanctl/x509ca/"
	cp "$work/pki/$1.crt" "$dir/swanctl/x509/"
	cp "$work/pki/$1.key" "$dir/swanctl/private/"
	cat >"$dir/strongswan.conf" <<-END
		charon {
		  load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints revocation hmac kdf ${2:+kernel-libipsec} kernel-netlink socket-default updown vici
		  retransmit_tries = 3
		  retransmit_timeout = 1.0
		  plugins {
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
		${2:+include $2}
	END
}

# start_charon NAME NAMESPACE
start_charon() {
	local dir=$work/$1 i=0
	rm -f "$dir/vici"
	mkdir -p "$dir/dpdk"
	in_ns "$2" unshare -m sh -c "mount --make-rprivate / && mount --bind /run/dpdk $dir/dpdk &&
		mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/dpdk && mount --bind $dir/dpdk /run/dpdk &&
		PATH=$(realpath "$build"):\$PATH STRONGSWAN_CONF=$dir/strongswan.conf exec /usr/lib/ipsec/charon" \
		>"$dir/out" 2>&1 </dev/null &
	until [ -S "$dir/vici" ]; do
		i=$((i + 1))
		[ $i -lt 1200 ] || return 1
		sleep 0.1
	done
	swan "$1" --load-all
}

# swan NAME ARGS...: swanctl for a charon
swan() {
	local dir=$work/$1
	shift
	STRONGSWAN_CONF=$dir/strongswan.conf SWANCTL_DIR=$dir/swanctl timeout 120 swanctl "$@" \
		--uri "unix://$dir/vici" 2>&1
}
