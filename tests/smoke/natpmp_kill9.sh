#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# kill -9 in a loop during a stream of requests of NAT-PMP and PCP (natpmp_kill9.py); CGN_KILL9_ROUNDS, 20 by default.
. "$(dirname "$0")/lib.sh"
group_extra="leases_max: 1000"
natpmp="{role: server, requests_per_s: 100000}"
sections="pcp: {enabled: true}"
store=$work/state.db
topology
mkdir -p "$work/run"
write_conf
/usr/bin/python3 "$here/natpmp_kill9.py" "$id" "$build" "$work" "$prefix" "${CGN_KILL9_ROUNDS:-20}" || failures=1
finish
