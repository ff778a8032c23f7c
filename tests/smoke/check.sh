#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# --check, the messages about a bad configuration, and the exit codes.
. "$(dirname "$0")/lib.sh"
namespaces=

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
check "an unknown key, with the one that was meant" says 'cgnd.yaml:1:1: wrokers: unknown key: did you mean workers?' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
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
write_conf
printf %s "$(cat "$work/cgnd.yaml")" >"$work/cut.yaml"
check "a file without its last newline is good, with a warning" \
	says 'cut.yaml: warning: .* may have been cut off' 0 "$build/cgnd" --check -c "$work/cut.yaml"
check "with --strict a warning is an error" exits 2 "$build/cgnd" --check --strict -c "$work/cut.yaml"
write_conf
check "a good configuration has no warning" exits 0 "$build/cgnd" --check --strict -c "$work/cgnd.yaml"
bad '$ a\pcp: {third_party: [100.0.0.0/8]}'
check "what is surely not meant is a warning" \
	says 'cgnd.yaml:[0-9]*:[0-9]*: warning: pcp.third_party\[0\]: 100.0.0.0/8: ' 0 "$build/cgnd" --check -c "$work/cgnd.yaml"
check "or an error" exits 2 "$build/cgnd" --check --strict -c "$work/cgnd.yaml"
# G-DAY-90
bad 's/"--no-pci"/"--no-pcii"/'
check "an argument that EAL does not take" \
	says 'cgnd.yaml: eal: --no-pcii: must be an argument that EAL takes' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
bad 's/"512"/"lots"/'
check "an argument that EAL takes for none" says 'cgnd.yaml: eal: -m: ' 2 "$build/cgnd" --check -c "$work/cgnd.yaml"
check "which the start refuses, too" says 'wrong argument "-m lots" in' 1 "$build/cgnd" -c "$work/cgnd.yaml"
write_conf
check "an argument on the command line" \
	says 'cgnd.yaml: --: --frob: ' 2 "$build/cgnd" --check -c "$work/cgnd.yaml" -- --frob
bad 's/iface=in0/iface=nonesuch0/'
check "an interface that is not there ends with 1" exits 1 "$build/cgnd" -c "$work/cgnd.yaml"
check "a runtime_dir that was made is removed at the end" [ ! -e "$work/run" ]
bad 's|^runtime_dir: .*|runtime_dir: /proc/cgnd|; s/iface=in0/iface=nonesuch0/'
warned() {
	says 'runtime_dir cannot be made path=/proc/cgnd' 1 "$build/cgnd" -c "$work/cgnd.yaml"
	grep -q 'nonesuch0' "$work/said"
}
check "a runtime_dir that cannot be made is no reason to stop" warned
finish
