#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The launcher starts the build of cgnd that fits the CPU (usage: launch.sh LAUNCHER).
# LAUNCHER looks for builds in the directory "builds". Here these are scripts that say which build they are. The dynamic
# loader tells what the CPU can do, in code of its own.
set -eu
launcher=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
status=0

for level in x86-64-v2 x86-64-v3; do
	mkdir -p builds/$level
	# shellcheck disable=SC2016 # the build expands it
	printf '#!/bin/sh\necho %s "$0" "$@"\nexit 7\n' $level >builds/$level/cgnd
	chmod +x builds/$level/cgnd
done

# loader FEATURES LEVEL: whether this CPU, without these features, has that level
loader() {
	GLIBC_TUNABLES=glibc.cpu.hwcaps=$1 /lib64/ld-linux-x86-64.so.2 --help | grep -q "$2 (supported"
}

# check TEXT FEATURES STATUS OUTPUT: what the launcher does on a CPU without these features
check() {
	is=0
	said=$(GLIBC_TUNABLES=glibc.cpu.hwcaps=$2 "$launcher" -c "a b" -- -l 0 2>&1) || is=$?
	if [ "$is" -eq "$3" ] && [ "$said" = "$4" ]; then
		echo "ok: $1"
		return
	fi
	echo "FAILED: $1: exit status $is, not $3; it said: $said"
	status=1
}

# started LEVEL: what such a build says
started() {
	echo "$1 builds/$1/cgnd -c a b -- -l 0"
}

# G-DAY-43: the best build that the CPU can run
for without in "" -AVX -AVX2 -BMI1 -BMI2 -FMA -LZCNT -MOVBE; do
	if loader "$without" x86-64-v3; then
		check "with x86-64-v3 ($without)" "$without" 7 "$(started x86-64-v3)"
	elif loader "$without" x86-64-v2; then
		check "without x86-64-v3 ($without)" "$without" 7 "$(started x86-64-v2)"
	fi
done
for without in -SSE4_2 -POPCNT; do
	if loader $without x86-64-v2; then continue; fi
	check "a CPU that DPDK does not run on ($without)" $without 1 \
		"cgnd: this CPU is too old: DPDK needs SSE 4.2 (x86-64-v2)"
done
rm builds/x86-64-v3/cgnd
check "only the build for all CPUs is installed" "" 7 "$(started x86-64-v2)"
chmod -x builds/x86-64-v2/cgnd
check "a build that cannot be started" "" 1 "cgnd: builds/x86-64-v2/cgnd: Permission denied"
rm -r builds
check "no build is installed" "" 1 "cgnd: no build of cgnd in builds"
exit $status
