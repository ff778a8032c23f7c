#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Streams both ways; prints the rates, judges only that data arrives.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
serve inet iperf3 -s -B 203.0.113.1
listening inet 5201

# stream ARGS...: octets that the receiver counted
stream() {
	for _ in $(seq 10); do # the server may not be done with the stream before
		in_ns sub1 timeout 240 iperf3 -J -c 203.0.113.1 -t 3 "$@" >"$work/iperf.json" || :
		grep -q 'server is busy' "$work/iperf.json" || break
		sleep 0.5
	done
	/usr/bin/python3 - "$work/iperf.json" <<-'END'
		import json, sys
		end = json.load(open(sys.argv[1]))["end"]
		got = end.get("sum_received") or end["sum"]
		print(f"{got['bits_per_second'] / 1e6:.1f} Mbit/s, lost {got.get('lost_packets', 0)}")
		sys.exit(got["bytes"] == 0)
	END
}
for args in "" "-R" "-P 8" "-u -b 50M" "-u -b 50M -R"; do
	# shellcheck disable=SC2086 # one option a word
	check "iperf3 $args" stream $args
	cat "$work/check.log"
done
finish
