#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# libtorrent over a restart of cgnd that has lost all leases: its ports come back with its next renewal. libtorrent 2.0
# does not listen to announcements, so the lifetime is short here.
. "$(dirname "$0")/lib.sh"
natpmp="{role: server}"
sections="pcp: {enabled: true, lifetime_max_s: 120}"
pool_addresses=$public_pool
topology
start_cgnd

client=100.64.0.11:6881
# both_leased: libtorrent has a lease of each protocol; they are in $work/leases
both_leased() {
	ctl leases show >"$work/leases"
	[ "$(grep -c "$client .* pcp " "$work/leases")" -eq 2 ]
}
reached() {
	local tcp udp
	cat "$work/leases"
	tcp=$(awk -v c="$client" '$1 == "tcp" && $2 == c { print $3 }' "$work/leases")
	udp=$(awk -v c="$client" '$1 == "udp" && $2 == c { print $3 }' "$work/leases")
	[ "${tcp%:*}" = "${udp%:*}" ]
	python inet natpmp_torrent.py reach "${tcp%:*}" "${tcp#*:}" "${udp#*:}"
}
opens() {
	serve sub1 sh -c "exec /usr/bin/python3 '$here/natpmp_torrent.py' client 100.64.0.11 6881 '$work/ports' '$work/done' >'$work/torrent'"
	retry grep -q ports "$work/ports"
	both_leased
	reached
}
check "libtorrent opens its ports with PCP, and is reached" opens
cp "$work/leases" "$work/before"

# There is no store.
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" 2>/dev/null || :
start_cgnd
comes_back() {
	# A renewal comes after 70 % of the lifetime.
	retry both_leased || retry both_leased
	cat "$work/torrent"
	reached
	# The client suggests the ports that it had.
	diff <(awk '{ print $1, $2, $3 }' "$work/before" | sort) <(awk '{ print $1, $2, $3 }' "$work/leases" | sort)
}
check "after kill -9 its renewal brings both ports back, and it is reached" comes_back
touch "$work/done"
finish
