#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cgnctl config: what a file would change, reload, confirm, and the fall-back of cgnd by itself; several at once, and
# SIGHUPs meanwhile.
. "$(dirname "$0")/lib.sh"
topology
nat_extra="hold_down_s: 200"
start_cgnd
reflector
external sub1 udp 5000 >/dev/null

file=$work/cgnd.yaml
edit() {
	sed -i "$1" "$file"
}
config_has() {
	ctl config show 2>/dev/null >"$work/config"
	grep -q -- "$1" "$work/config"
}
said() {
	grep -qF -- "$1" "$work/said"
}
log_has() {
	grep -qF -- "$1" "$work/cgnd.log"
}
hang_up() {
	# shellcheck disable=SC2046 # one process a word
	kill -HUP $(ip netns pids "${id}cgn")
}
status_has() {
	ctl config status >"$work/said"
	cat "$work/said"
	said "$1"
}
# field KEY: of the JSON of the state
field() {
	ctl --json config status | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1]))' "$1"
}

# N-CONF-5: diff says what would change, by its exit status, too.
check "the same file has no difference" exits 0 "$build/cgnctl" --prefix "$prefix" config diff "$file"
edit 's/hold_down_s: 200/hold_down_s: 300/'
check "another value is a difference" exits 1 "$build/cgnctl" --prefix "$prefix" config diff "$file"
check "the old value has a -" said "- nat.hold_down_s: 200"
check "the new value has a +" said "+ nat.hold_down_s: 300"
check "nothing has changed by that" config_has "hold_down_s: 200"
cp "$file" "$work/other.yaml"
sed -i 's/runtime_dir:.*/runtime_dir: \/run\/other/' "$work/other.yaml"
check "a key that needs a restart is a difference" exits 1 "$build/cgnctl" --prefix "$prefix" config diff "$work/other.yaml"
check "and is marked" said "+ runtime_dir: /run/other  # needs a restart"
sed -i 's/hold_down_s: 300/hold_down_s: three/' "$work/other.yaml"
check "a file with an error has exit status 2" exits 2 "$build/cgnctl" --prefix "$prefix" config diff "$work/other.yaml"
check "and its line" grep -q "other.yaml:[0-9]*:[0-9]*: nat.hold_down_s: three" "$work/said"
check "without the file it is 2" exits 2 "$build/cgnctl" --prefix "$prefix" config diff "$work/none.yaml"
check "without cgnd it is 2" exits 2 "$build/cgnctl" --prefix "no$prefix" config diff "$file"

# N-CONF-3, N-CONF-5: reload tells what has changed, and a change that is confirmed stays.
check "nothing waits for a confirmation" exits 1 "$build/cgnctl" --prefix "$prefix" config confirm
check "a reload ends with 0" exits 0 "$build/cgnctl" --prefix "$prefix" config reload --confirm-s 600
check "and says what has changed" grep -q "^changed *nat.hold_down_s$" "$work/said"
check "and that it must be confirmed" said "cgnctl config confirm within 600 s"
check "the new value is in use" config_has "hold_down_s: 300"
check "the state has the seconds left" status_has "then cgnd falls back"
check "it is confirmed" exits 0 "$build/cgnctl" --prefix "$prefix" config confirm
check "nothing is left to confirm" [ "$(field confirm_left_s)" = None ]
still_mapped() {
	ctl mappings show --subscriber 100.64.0.11 | grep -q 100.64.0.11:5000
}
check "mappings stay" still_mapped
check "packets pass" in_ns sub1 ping -c 1 -W 60 203.0.113.1

# N-CONF-3: nobody confirms it.
edit 's/hold_down_s: 300/hold_down_s: 400/'
check "a reload with a short time" exits 0 "$build/cgnctl" --prefix "$prefix" config reload --confirm-s 1
check "cgnd falls back by itself" retry config_has "hold_down_s: 300"
check "and says so" retry log_has "fell back to the configuration of before, the file differs"
check "the state says that the file differs" status_has "the file differs: nobody confirmed it in time"
warns() {
	ctl config show 2>&1 >/dev/null | grep -q "the file differs"
}
check "config show warns of it" warns
check "the file is as it was" grep -q "hold_down_s: 400" "$file"
hang_up
check "SIGHUP does not take it" retry log_has "reload refused, nobody has confirmed this file"
check "and changes nothing" config_has "hold_down_s: 300"
check "a reload by command takes it" exits 0 "$build/cgnctl" --prefix "$prefix" config reload
check "it is in use" config_has "hold_down_s: 400"
check "the file is in use" [ "$(field file_state)" = in_use ]

# N-CONF-2: what is refused changes nothing.
edit 's/hold_down_s: 400/hold_down_s: 500/; s/hold_down_max: 10000/hold_down_max: 20000/'
check "a key that needs a restart is refused" exits 1 "$build/cgnctl" --prefix "$prefix" config reload
check "it is named" grep -q "^needs a restart *nat.hold_down_max$" "$work/said"
names_no_other() {
	! grep -q "hold_down_s" "$work/said"
}
check "and no other key" names_no_other
check "neither has changed" config_has "hold_down_s: 400"
edit 's/hold_down_max: 20000/hold_down_max: 10000/; s/hold_down_s: 500/hold_down_s: five/'
check "an error is refused" exits 1 "$build/cgnctl" --prefix "$prefix" config reload
check "with its line, as --check prints it" grep -q "cgnd.yaml:[0-9]*:[0-9]*: nat.hold_down_s: five" "$work/said"
check "as JSON, too" exits 1 "$build/cgnctl" --prefix "$prefix" --json config reload
check "which says why" said '"why": "file"'
check "the state says that the file was refused" status_has "the file differs: its last reload was refused"
check "N must be a number" exits 2 "$build/cgnctl" --prefix "$prefix" config reload --confirm-s soon
check "other commands take no time" exits 2 "$build/cgnctl" --prefix "$prefix" config show --confirm-s 5
edit 's/hold_down_s: five/hold_down_s: 500/'

# N-CONF-5: several at once, while the tables are read and SIGHUPs come.
poll_tables() {
	while [ -e "$work/polling" ]; do
		ctl subscribers show >/dev/null
		ctl mappings show >/dev/null
		ctl counters show >/dev/null
	done
}
storm() {
	local i pids=()
	touch "$work/polling"
	poll_tables &
	local poller=$!
	for i in $(seq 20); do
		sed -i "s/hold_down_s: [0-9]*/hold_down_s: $((500 + i))/" "$file"
		hang_up
		hang_up
		ctl config reload >"$work/storm.$i" &
		pids+=($!)
		[ $((i % 2)) -eq 0 ] || { wait "${pids[@]}" && pids=(); }
	done
	for i in "${pids[@]}"; do wait "$i"; done
	rm "$work/polling"
	wait "$poller"
}
check "reloads, SIGHUPs and readers at the same time all end" storm
check "the last file is in use" retry config_has "hold_down_s: 520"
idle() {
	[ "$(field is_busy)" = 0 ]
}
check "no change is under way any more" retry idle
check "packets still pass" in_ns sub1 ping -c 1 -W 60 203.0.113.1
check "mappings are still there" still_mapped
counted() {
	ctl --json counters show >"$work/counters"
	grep -q '"config_fall_backs": 1' "$work/counters"
}
check "fall-backs are counted" counted

# A stop ends commands that wait, and a missing confirmation does not hold it up.
edit 's/hold_down_s: 520/hold_down_s: 600/'
check "a reload before the stop" exits 0 "$build/cgnctl" --prefix "$prefix" config reload --confirm-s 600
finish
