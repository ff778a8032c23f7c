#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What "run.sh --autopkgtest" runs in a fresh root: autopkgtest with the package (a tar file, standard input).
# The root is the testbed (runner "null"). It has mounts of its own, and the tests make their network namespaces.
# Exit status: that of autopkgtest, but 0 if some tests were skipped; 77: autopkgtest cannot be had here.
# G-DAY-47: the tests of the packaging pass.
set -eu
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
chmod 755 "$work"
tar -xf - -C "$work"
{ apt-get -q update && apt-get -q install -y --no-install-recommends autopkgtest dpkg-dev; } \
	</dev/null >"$work/tools" 2>&1 || {
	tail -n 5 "$work/tools"
	echo "skipped: no packages of Debian can be had here"
	exit 77
}

# The packaging is where Debian's tools look for it.
cp -a config/debian debian
status=0
autopkgtest --ignore-restrictions=isolation-container "$work"/cgnd_*.deb . -- null </dev/null || status=$?
[ $status -ne 2 ] || status=0
exit $status
