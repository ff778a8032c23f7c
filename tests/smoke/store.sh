#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A store that cannot be used does not stop the NAT, and a file that is not cgnd's stays as it is.
. "$(dirname "$0")/lib.sh"
group_extra="leases_max: 6"
natpmp="{role: server}"
store=$work/lib/state.db
topology

# as_it_was: the file that is not ours
as_it_was() {
	ls -l "$work/lib"
	[ "$(cat "$store")" = "a file of somebody else" ] && [ "$(find "$work/lib" -type f | wc -l)" -eq 1 ]
}
# maps NS PORT: the client prints the answer's result code
maps() {
	python "$1" natpmp_client.py udp "$2" | tee "$work/said"
	grep -q "result=0" "$work/said"
}
# shows NAME: a gauge of the port mapping that is not 0
shows() {
	ctl counters show | grep -w -- "$1"
}
# kept_again: a store that comes late is watched for half a minute first
kept_again() {
	for _ in $(seq 30); do
		retry grep -q "leases are kept again" "$work/cgnd.log" && return
	done
	return 1
}
leased() {
	ctl leases show | tee "$work/leases"
	grep -q "100.64.0.11:$1" "$work/leases"
}

mkdir "$work/lib"
echo "a file of somebody else" >"$store"
start_cgnd
check "cgnd translates although its store is somebody else's file" in_ns sub1 ping -c 3 -i 0.2 203.0.113.1
check "the log says so" grep "leases are not kept.*is not a store of cgnd" "$work/cgnd.log"
check "cgnctl shows it" shows store_missing
# B-MAP-15
check "a port is opened all the same" maps sub1 7001
check "the file is as it was" as_it_was
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
check "the file is still as it was" as_it_was
check "nothing is left of EAL's directory" [ ! -e "/run/dpdk/$prefix" ]

# As on a file system that is mounted late: its place cannot be used at first
rm -r "${work:?}/lib"
: >"$work/lib"
start_cgnd
check "cgnd starts where the directory is none" shows store_missing
check "a port is opened meanwhile" maps sub1 7002
rm "$work/lib"
check "the store comes by itself" kept_again
stop_cgnd
check "directory and file are the owner's only" [ "$(stat -c %a "$work/lib") $(stat -c %a "$store")" = "700 600" ]
start_cgnd
# B-EP-4
check "the lease that was made without a store survives the restart" leased 7002
finish
