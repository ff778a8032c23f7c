#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# --check, the messages about a bad configuration, and the exit codes.
. "$(dirname "$0")/lib.sh"
namespaces=

# exits STATUS COMMAND...: output in $work/said
exits() {
	local want=$1 status=0
	shift
	timeout 60 "$@" >"$work/said" 2>&1 </dev/null || status=$?
	cat "$work/said"
	echo "exit $status, expected $want"
	[ "$status" -eq "$want" ]
}
# says PATTERN STATUS COMMAND...
says() {
	local pattern=$1
	shift
	exits "$@"
	grep -q -- "$pattern" "$work/said"
}
bad() {
	write_conf
	sed -i "$1" "$work/cgnd.yaml"
}

write_conf
check "a good configuration" says '^configuration OK$' 0 "$build/cgnd" --check -c "$work/cgnd.yaml"
check "version" says 'cgnd' 0 "$build/cgnd" -V
check "help" says 'usage' 0 "$build/cgnd" -h
check "an unknown option" exits 2 "$build/cgnd" --no-such-option
check "no configuration file" exits 2 "$build/cgnd" --check -c "$work/none.yaml"
bad 's/^workers: 1/wrokers: 1/'
check "an unknown key" says 'cgnd.yaml:1:1: .*wrokers' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
bad 's/^workers: 1/workers: 1000000/'
check "a value out of range" says 'cgnd.yaml:1:10: .*1000000' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
bad 's/^workers: 1/workers: 1\nworkers: 2/'
check "a key twice" says 'cgnd.yaml:2:1: .*workers' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
bad 's/pool: homes/pool: nowhere/'
check "a pool that is not there" says 'nowhere' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
bad '$ a\  no yaml: [here'
check "broken YAML" says 'cgnd.yaml:[0-9]*:[0-9]*' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
bad 's/^workers: 1/wrokers: 1/; s/pool: homes/pool: nowhere/'
two() {
	says wrokers 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
	grep -q nowhere "$work/said"
}
check "every error is reported at once" two
bad 's/iface=in0/iface=nonesuch0/'
mkdir -p "$work/run"
check "an interface that is not there ends with 1" exits 1 "$build/cgnd" -c "$work/cgnd.yaml"
check "cgnctl without arguments" exits 2 "$build/cgnctl"
check "cgnctl with an unknown noun" exits 2 "$build/cgnctl" --prefix "$prefix" nouns show
check "cgnctl without a running cgnd" exits 1 "$build/cgnctl" --prefix "$prefix" pools show
finish
