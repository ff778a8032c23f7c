#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A city: CGN_CITY_LEASES leases (20000 by default), five of each subscriber, with a store; a restart with
# it and one without.
. "$(dirname "$0")/lib.sh"
count=${CGN_CITY_LEASES:-20000}
pool_addresses="[198.51.100.0/26]"
group_extra="leases_max: 5
    block_size: 64
    blocks_max: 2"
mappings_max=262144
natpmp="{role: server, requests_per_s: 100000}"
store=$work/state.db
# All of them live behind sub1.
extra_routes="- {prefix: 100.72.0.0/16, via: 100.64.0.11, port: inside0}"
topology
in_ns sub1 ip route add local 100.72.0.0/16 dev lo
start_cgnd

city() {
	python sub1 natpmp_city.py "$@" || failures=$((failures + 1))
}
# octets: resident memory of cgnd
octets() {
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$(ip netns pids "${id}cgn" | head -n 1)/status"
}
before=$(octets)
city make "$count" "$work/leases"
echo "    $((($(octets) - before) / count)) octets a lease, with its subscriber, external addresses and the store"
city compare "$work/leases" "$build/cgnctl" "$prefix"
city reach "$work/leases" "$id"

# B-EP-4: everything comes back
ip netns pids "${id}cgn" | xargs kill -KILL
wait "$cgnd_pid" || :
start_cgnd
grep -o "leases are back.*" "$work/cgnd.log" | sed 's/^/    /'
city compare "$work/leases" "$build/cgnctl" "$prefix"
city reach "$work/leases" "$id"

# B-EP-5: nothing is remembered, and traffic comes before the renewals
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
rm -f "$store"*
store=
start_cgnd
city browse "$work/leases"
city renew "$work/leases" 99
finish
