#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# IPsec with the ESP of a kernel: run tests in user-mode Linux, because the kernel of this machine may have no ESP.
# usage: run.sh BUILD [NAME]...    (scripts/test --esp calls it; NAME: only these tests of the list below)
# A test sees the files of this machine, read only, and has network namespaces of its own.
# The last line is "N passed, N failed, N skipped". Nothing can be run: all are skipped, and the reason is printed.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
build=$(realpath "$1")
shift

# name and command
list() {
	cat <<-LIST
		ipsec-transport   CGN_ESP=transport tests/smoke/ipsec.sh
		ipsec-tunnel      CGN_ESP=tunnel tests/smoke/ipsec.sh
		local             CGN_ESP=transport tests/smoke/ipsec_local.sh
		relay             CGN_ESP=transport tests/smoke/nat444_ipsec.sh
		lab               scripts/lab ipsec
	LIST
}

passed=0
failed=0
skipped=0
result() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
}
skip_all() {
	echo "skipped: $1"
	skipped=$(list | wc -l)
	result
	exit
}
[ "$(id -u)" -eq 0 ] || skip_all "user-mode Linux must read the files of this machine as root"
command -v linux.uml >/dev/null || skip_all "there is no user-mode Linux (package user-mode-linux)"
command -v modprobe >/dev/null || skip_all "there is no modprobe (package kmod)"

out=$(mktemp -d /var/tmp/cgnd-esp.XXXXXX)
uml=
cleanup() {
	if [ -n "$uml" ]; then
		kill "$uml" 2>/dev/null || :
		wait "$uml" || :
		# Some processes of user-mode Linux stay, stopped.
		pgrep -f "esp_out=$out " | xargs -r kill -KILL 2>/dev/null || :
	fi
	rm -rf "$out"
}
trap cleanup EXIT
trap 'exit 143' INT TERM

# run COMMAND: prints what it prints; its status goes to $out/status
run() {
	local status
	rm -f "$out/status"
	# Its memory is a file.
	TMPDIR=/dev/shm timeout -k 10 1800 linux.uml mem=1536M root=/dev/root rootfstype=hostfs rootflags=/ ro \
		init="$here/init.sh" uml_dir="$out/uml" con=null con0=null,fd:1 quiet loglevel=3 \
		esp_root="$root" esp_build="$build" esp_out="$out" esp_test="CGN_BUILD=$build,${1// /,}" </dev/null >"$out/console" 2>&1 &
	uml=$!
	wait "$uml" || :
	uml=
	tr -d '\r' <"$out/console"
	status=$(cat "$out/status" 2>/dev/null || echo "none: it ended early")
	case $status in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	echo "status $status"
}

while read -r name command; do
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	start=$SECONDS
	echo "== $name: $command"
	run "$command"
	echo "$name took $((SECONDS - start)) s"
done < <(list)
result
