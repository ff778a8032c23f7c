#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The installed unit under a real systemd: boot this system's own files in a container and run inside.sh there.
# usage: run.sh BUILD    (as root; scripts/test --systemd calls it)
# The container sees the files of this machine below a layer of memory, so it changes none of them.
# The last line is "N passed, N failed, N skipped". Nothing can be run: one is skipped, and the reason is printed.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
build=$(realpath "$1")

skip() {
	echo "skipped: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
[ "$(id -u)" -eq 0 ] || skip "a container needs root"
command -v systemd-nspawn >/dev/null || skip "there is no systemd-nspawn (package systemd-container)"
[ -x /lib/systemd/systemd ] || skip "this machine has no systemd to boot (package systemd)"

dir=$(mktemp -d /var/tmp/cgnd-systemd.XXXXXX)
container=
cleanup() {
	if [ -n "$container" ]; then
		kill "$container" 2>/dev/null || :
		wait "$container" || :
	fi
	rm -f "$dir/.#root.lck"
	umount "$dir/root" 2>/dev/null || :
	umount "$dir/layer" 2>/dev/null || :
	# Nothing is removed through a mount that did not go.
	rmdir "$dir/root" "$dir/layer" "$dir" 2>/dev/null || echo "run.sh: $dir is still in use" >&2
}
trap cleanup EXIT
trap 'exit 143' INT TERM
mkdir "$dir/layer" "$dir/root"
mount -t tmpfs tmpfs "$dir/layer"
mkdir "$dir/layer/upper" "$dir/layer/work"
mount -t overlay -o "lowerdir=/,upperdir=$dir/layer/upper,workdir=$dir/layer/work" overlay "$dir/root" ||
	skip "no overlay can be mounted over this machine's files"
root=$dir/root

# What an administrator of this machine changed of cgnd does not count.
rm -rf "$root/etc/cgnd.yaml" "$root/etc/systemd/system/cgnd.service"* "$root/var/lib/cgnd" "$root/var/log/journal"
DESTDIR=$root meson install -C "$build" --no-rebuild --quiet
mkdir -p "$root/opt/test"
cp "$here/inside.sh" "$here/../smoke/lines.py" "$root/opt/test"

cat >"$root/etc/systemd/system/cgnd-test.service" <<'END'
[Unit]
Description=Test of cgnd.service
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
TimeoutStartSec=480
StandardOutput=append:/opt/test/out
StandardError=append:/opt/test/out
ExecStart=/bin/bash /opt/test/inside.sh
END
# Only what every system starts, and the test: the services of this machine stay off.
cat >"$root/etc/systemd/system/cgnd-test.target" <<'END'
[Unit]
Requires=basic.target
Wants=cgnd-test.service
After=basic.target
AllowIsolate=yes
END

# Capabilities and the limit of locked memory that the unit gets on a machine, and a container does not by default.
timeout -k 10 540 systemd-nspawn -q --register=no --keep-unit -D "$root" -M "cgndtest$$" --private-network \
	--capability=CAP_IPC_LOCK,CAP_SYS_RAWIO,CAP_BPF --rlimit=MEMLOCK=infinity --kill-signal=SIGKILL --console=pipe -b systemd.unit=cgnd-test.target \
	</dev/null >"$dir/layer/console" 2>&1 &
container=$!
wait "$container" || :
container=
if ! grep -qx finished "$root/opt/test/out" 2>/dev/null; then
	echo "FAILED: the container runs the test to its end"
	tail -n 20 "$dir/layer/console"
	echo FAILED: it ended early >>"$root/opt/test/out"
fi
grep -vx finished "$root/opt/test/out" || :
passed=$(grep -c '^ok: ' "$root/opt/test/out" || :)
failed=$(grep -c '^FAILED: ' "$root/opt/test/out" || :)
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
