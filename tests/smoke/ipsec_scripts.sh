#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What the scripts for strongSwan (config/strongswan) tell cgnctl. cgnctl and swanctl are replaced by scripts here, so this
# needs no root. ipsec.sh runs all of them for real.
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")/../../config/strongswan
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
export LC_ALL=C

mkdir "$work/bin"
cat >"$work/bin/cgnctl" <<'END'
#!/bin/sh
for word; do printf '[%s]' "$word"; done >>"$WORK/called"
echo >>"$WORK/called"
case $* in
*"peers show") cat "$WORK/shown" ;;
*"peers load") sort >"$WORK/loaded" ;;
esac
exit "${CGNCTL_STATUS:-0}"
END
cat >"$work/bin/swanctl" <<'END'
#!/bin/sh
cat "$WORK/sas"
exit "${SWANCTL_STATUS:-0}"
END
chmod +x "$work/bin/cgnctl" "$work/bin/swanctl"
export WORK=$work PATH=$work/bin:$PATH

# expect TEXT FILE: the file is what stdin says
expect() {
	if diff - "$2" >"$work/diff"; then
		echo "ok: $1"
	else
		echo "FAILED: $1"
		cat "$work/diff"
		failures=$((failures + 1))
	fi
}

# updown VERB CLIENT PEER ID [SA]
updown() {
	env -i PATH="$PATH" WORK="$work" PLUTO_VERB="$1" PLUTO_PEER_CLIENT="$2" PLUTO_PEER="$3" PLUTO_PEER_ID="$4" \
		${5+PLUTO_UNIQUEID="$5"} "$scripts/updown" --prefix lab
}
: >"$work/called"
updown up-host 100.64.0.11/32 100.64.0.11 home.isp.example 5
# A home router that gives its IKE daemon another address
updown up-client 100.64.0.12/32 100.64.7.7 "C=CH, O=a b, CN=*" 6
# A whole network behind the peer
updown up-client 100.64.8.0/24 100.64.0.13 --json 7
updown up-client-v6 2001:db8::1/128 2001:db8::2 six 8
updown down-host 100.64.0.11/32 100.64.0.11 home.isp.example 5
updown down-host-v6 2001:db8::32/32 2001:db8::2 six
updown route-host 100.64.0.11/32 100.64.0.11 home.isp.example 5
# L-IPS-6
expect "updown tells who has which address" "$work/called" <<'END'
[--prefix][lab][--][peers][set][100.64.0.11][home.isp.example][5]
[--prefix][lab][--][peers][set][100.64.0.12][C=CH, O=a b, CN=*][6]
[--prefix][lab][--][peers][set][100.64.0.13][--json][7]
[--prefix][lab][--][peers][set][2001:db8::1][six][8]
[--prefix][lab][--][peers][unset][100.64.0.11][home.isp.example][5]
[--prefix][lab][--][peers][unset][2001:db8::2][six][0]
END

cat >"$work/shown" <<'END'
ADDRESS          SA   SINCE  IDENTITY
100.64.0.11       4  1d01h  home11
100.64.0.50       9   1m01s  C=CH,  O=old
100.64.0.51       -     7s  older
END
# sa ID HOST IDENTITY STATE SELECTOR...: an IKE SA with one child, as swanctl --list-sas --pretty prints it
sa() {
	printf 'list-sa event {\n  homes {\n    uniqueid = %s\n    state = ESTABLISHED\n    remote-host = %s\n' "$1" "$2"
	printf '    remote-id = %s\n    child-sas {\n      natpmp-1 {\n        uniqueid = 700\n' "$3"
	printf '        state = %s\n        local-ts = [\n          100.64.0.1/32[udp/5351]\n        ]\n' "$4"
	shift 4
	printf '        remote-ts = [\n'
	printf '          %s\n' "$@"
	printf '        ]\n      }\n    }\n  }\n}\n'
}
{
	sa 12 100.64.0.11 home11 INSTALLED '100.64.0.11/32[udp]'
	# An older SA of the same peer, which has not ended yet
	sa 5 100.64.0.11 home11-old INSTALLED '100.64.0.11/32[udp]'
	# Keys that are replaced or not there yet
	sa 13 100.64.0.14 home14 REKEYED '100.64.0.14/32[udp]'
	sa 14 100.64.0.15 home15 CREATED '100.64.0.15/32[udp]'
	sa 15 100.64.0.16 home16 REKEYING '100.64.0.16/32'
	# An identity that looks like other values
	sa 16 100.64.0.17 'x remote-host = 100.64.0.99 remote-id = y ] }' INSTALLED '100.64.8.0/24[udp]'
	sa 17 2001:db8::5 'C=CH,  CN=six' INSTALLED '2001:db8::5/128[udp]' '100.64.0.18/32[udp]'
	printf 'list-sas reply {\n}\n'
} >"$work/sas"
"$scripts/peers" --prefix lab
# L-IPS-6
expect "peers makes the list what the IKE daemon knows" "$work/loaded" <<'END'
set 100.64.0.11 12 home11
set 100.64.0.16 15 home16
set 100.64.0.17 16 x remote-host = 100.64.0.99 remote-id = y ] }
set 100.64.0.18 17 C=CH,  CN=six
set 2001:db8::5 17 C=CH,  CN=six
unset 100.64.0.50 9 C=CH,  O=old
unset 100.64.0.51 - older
END

# If one of the two cannot say anything, nothing is removed.
rm "$work/loaded"
SWANCTL_STATUS=1 "$scripts/peers" && failures=$((failures + 1))
CGNCTL_STATUS=1 "$scripts/peers" && failures=$((failures + 1))
[ ! -e "$work/loaded" ] || failures=$((failures + 1))
echo "END: $failures failures"
[ "$failures" -eq 0 ]
