#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Build the Debian package, and let inside.sh try it in a fresh root of Debian.
# usage: run.sh [--autopkgtest] RELEASE [PACKAGE]    (as root)
# RELEASE is bookworm, trixie, this or other. PACKAGE was built already.
# --autopkgtest: autopkgtest.sh runs the tests of the package (config/debian/tests) instead.
# Exit status 77: there is no such root, no network or no git.
set -eu
cd "$(dirname "$0")/../.."
here=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
inside=tests/package/inside.sh
if [ "$1" = --autopkgtest ]; then
	inside=tests/package/autopkgtest.sh
	shift
fi
case $1 in
this) release=$here ;;
other) if [ "$here" = bookworm ]; then release=trixie; else release=bookworm; fi ;;
*) release=$1 ;;
esac
if [ "$(id -u)" -ne 0 ]; then
	echo "skipped: a root needs root"
	exit 77
fi
if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
	echo "skipped: there is no commit to make a package of"
	exit 77
fi

out=build-package/$release
if [ $# -gt 1 ]; then
	mkdir -p "$out"
	cp "$2" "$out"
else
	scripts/package "$release" "$out"
fi
# The package goes in by the standard input: nothing else is in the root.
(cd "$out" && tar -cf - cgnd_*.deb) | scripts/root --fresh "$release" $inside
