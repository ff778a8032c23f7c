#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# SIGHUP: what can change while cgnd runs does, and anything else leaves the configuration as it is.
. "$(dirname "$0")/lib.sh"
topology
start_cgnd
reflector
external sub1 udp 5000 >/dev/null

# reload SED-EXPRESSION: change the file, send SIGHUP, wait until cgnd has said what it did
reload() {
	local before pid
	before=$(grep -c 'reload' "$work/cgnd.log" || :)
	pid=$(ip netns pids "${id}cgn")
	sed -i "$1" "$work/cgnd.yaml"
	# shellcheck disable=SC2086 # one process a word
	kill -HUP $pid
	said() {
		[ "$(grep -c 'reload' "$work/cgnd.log")" -gt "$before" ]
	}
	retry said
}
config_has() {
	ctl config show >"$work/config"
	grep -q "$1" "$work/config"
}
log_has() {
	grep -q "$1" "$work/cgnd.log"
}

reload 's/^nat:/nat:\n  hold_down_s: 300/'
check "hold_down_s changes" config_has "hold_down_s: 300"
still_mapped() {
	ctl mappings show --subscriber 100.64.0.11 | grep -q 100.64.0.11:5000
}
check "mappings stay" still_mapped
check "packets still pass" in_ns sub1 ping -c 1 -W 2 203.0.113.1

reload 's/hold_down_s: 300/hold_down_s: 400/; s/mappings_max: 65536/mappings_max: 65000/'
check "a key that needs a restart is named" log_has 'needs a restart key=nat.mappings_max'
check "and nothing has changed" config_has "hold_down_s: 300"

reload 's/mappings_max: 65000/mappings_max: 65536/; s/hold_down_s: 400/hold_down_s: four/'
check "an error is shown with its place" log_has 'cgnd.yaml:[0-9]*:[0-9]*: nat.hold_down_s: four'
check "and nothing has changed then" config_has "hold_down_s: 300"

reload 's/hold_down_s: four/hold_down_s: 400/'
check "the next good one is used" config_has "hold_down_s: 400"
stop_cgnd
finish
