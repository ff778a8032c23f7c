# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# For tests that give cgnd huge pages. A test sources lib.sh and this file before start_cgnd. Pages of 2 MiB that are
# missing are reserved, and given back at the end.
huge_need=160
huge_nr=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
huge_added=0
eal="[\"-m\", \"256\", \"--huge-dir\", \"$work/huge\", \"--huge-unlink\", \"--no-pci\"]"

huge_free() {
	cat "${huge_nr%/*}/free_hugepages"
}
# The cleanup of lib.sh ends cgnd, and looks at the exit status.
trap 'huge_status=$?; set +e; umount -l "$work/huge" 2>/dev/null; (exit $huge_status); cleanup
	[ "$huge_added" -eq 0 ] || echo $(($(cat $huge_nr) - huge_added)) >$huge_nr' EXIT

if [ ! -w $huge_nr ]; then
	echo "skipped: the kernel has no huge pages of 2 MiB"
	exit 77
fi
if [ "$(huge_free)" -lt $huge_need ]; then
	huge_before=$(cat $huge_nr)
	echo $((huge_before + huge_need - $(huge_free))) >$huge_nr || :
	# What others reserve meanwhile stays theirs.
	huge_added=$(($(cat $huge_nr) - huge_before))
fi
if [ "$(huge_free)" -lt $huge_need ]; then
	echo "skipped: no $huge_need huge pages can be reserved"
	exit 77
fi
mkdir "$work/huge"
if ! mount -t hugetlbfs -o pagesize=2M hugetlbfs "$work/huge"; then
	echo "skipped: no hugetlbfs can be mounted"
	exit 77
fi
