#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Reserve hugepages of 2 MiB for cgnd and mount hugetlbfs, until the next boot.
# usage: hugepages.sh MIB    reserve MIB on each NUMA node (as root)
#                            192, 384 and 768 MiB are enough for 1, 2 and 4 workers (config/REAL-NICS.md)
#        hugepages.sh        show what is reserved
set -eu

show() {
	for pages in /sys/devices/system/node/node*/hugepages/hugepages-2048kB; do
		node=${pages#/sys/devices/system/node/}
		printf '%s: %s of 2 MiB, %s free\n' "${node%%/*}" "$(cat "$pages/nr_hugepages")" \
			"$(cat "$pages/free_hugepages")"
	done
	grep hugetlbfs /proc/mounts || echo "no hugetlbfs is mounted"
}

case ${1:-} in
"")
	show
	exit 0
	;;
*[!0-9]*)
	sed -n '3,6s/^# //p' "$0" >&2
	exit 2
	;;
esac
if [ "$(id -u)" -ne 0 ]; then
	echo "hugepages.sh: needs root" >&2
	exit 1
fi
want=$((($1 + 1) / 2))
sync
for pages in /sys/devices/system/node/node*/hugepages/hugepages-2048kB; do
	echo "$want" >"$pages/nr_hugepages"
	got=$(cat "$pages/nr_hugepages")
	if [ "$got" -lt "$want" ]; then
		echo "hugepages.sh: only $got of $want pages: memory is too fragmented, reserve them at boot" >&2
		exit 1
	fi
done
if ! grep -q ' hugetlbfs ' /proc/mounts; then
	mkdir -p /dev/hugepages
	mount -t hugetlbfs hugetlbfs /dev/hugepages
fi
show
