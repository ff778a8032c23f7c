#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# NAT-PMP octet by octet (natpmp_probe.py): subscribers share the only pool address; sub1 has a
# second host, 100.64.0.10 (of the same /30), and is two more hosts, .21 and .22, of a third subscriber.
. "$(dirname "$0")/lib.sh"
in_addresses="[100.64.0.1/10, 100.64.0.3/10]"
pool_addresses="[198.51.100.1]"
group_extra="subscriber_prefix_len: 30
    leases_max: 40
    block_size: 64
    blocks_max: 4"
nat_extra="static_mappings: [{protocol: tcp, inside: 100.64.0.11:8080, external: 198.51.100.1:8080}]"
# NAT-PMP alone; pcp.sh has both.
sections="pcp: {enabled: false}"
natpmp="{role: server, requests_per_s: 100000}"
group_prefixes="100.64.0.0/24"
topology
for i in 10 21 22; do in_ns sub1 ip addr add 100.64.0.$i/10 dev eth0; done
in_ns sub1 ip addr add 100.127.0.9/32 dev lo # an address of no group
in_ns sub1 ip addr add 203.0.113.99/32 dev lo
in_ns inet ip route add 100.64.0.0/10 via "${out_address%/*}"
start_cgnd
/usr/bin/python3 "$here/natpmp_probe.py" "$id" "$build/cgnctl" "$prefix" || failures=1
finish
