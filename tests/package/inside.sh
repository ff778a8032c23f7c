#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What run.sh runs in a fresh root: install the package (a tar file, standard input), use it, upgrade it, and remove it.
set -uo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
failures=0
work=$(mktemp -d)
tar -xf - -C "$work"
package=$(echo "$work"/cgnd_*.deb)

# check TEXT COMMAND...: one claim; the command's output is shown if it does not hold
check() {
	local text=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok: $text"
	else
		echo "FAILED: $text"
		sed 's/^/    /' "$work/said" | tail -n 40
		failures=$((failures + 1))
	fi
}
# not COMMAND...: it fails, or finds nothing
not() { ! "$@"; }

install() { apt-get -q install -y --no-install-recommends "$@" </dev/null; }

# What the tests need, but not the package: it must bring its own dependencies.
{ apt-get -q update </dev/null && scripts/deps lab && install logrotate systemd; } >"$work/tools" 2>&1 || {
	tail -n 5 "$work/tools"
	echo "skipped: no packages of Debian can be had here"
	exit 77
}

# Maintainer scripts find a systemd that runs. It only notes what it is told. dpkg looks for programs in /usr/bin only.
begin_notes() {
	mkdir -p /run/systemd/system
	mv /usr/bin/systemctl /usr/bin/systemctl.real
	printf '#!/bin/sh\necho "$@" >>%s\n' "$work/systemctl" >/usr/bin/systemctl
	chmod +x /usr/bin/systemctl
	: >"$work/systemctl"
}
end_notes() {
	mv /usr/bin/systemctl.real /usr/bin/systemctl
	rm -r /run/systemd
}

# G-DAY-40: the package comes alone, starts nothing, and leaves nothing
begin_notes
check "apt installs the package and what it needs" install "$package"
dpkg -s cgnd >/dev/null 2>&1 || exit 1
cat "$work/systemctl"
check "systemd was not asked about cgnd: nothing was started or enabled" not grep 'cgnd' "$work/systemctl"
end_notes
is_off() { [ "$(systemctl is-enabled cgnd.service 2>&1 | tee /dev/stderr)" = disabled ]; }
check "the unit is disabled" is_off
no_process() { not grep -q . <(find /proc/[0-9]*/exe -lname '/usr/libexec/cgnd/*' 2>/dev/null); }
check "no cgnd runs" no_process
verified() {
	systemd-analyze verify --man=no /lib/systemd/system/cgnd.service 2>&1 | tee "$work/verify" | grep cgnd
	not grep -q cgnd "$work/verify"
}
check "systemd-analyze verify accepts the unit" verified

doc=/usr/share/doc/cgnd
for file in /usr/share/man/man8/cgnd.8.gz /usr/share/man/man8/cgnctl.8.gz /usr/share/man/man5/cgnd.yaml.5.gz \
	$doc/OPERATE.md $doc/CHANGELOG.md $doc/cgn.yaml /usr/share/bash-completion/completions/cgnctl /etc/logrotate.d/cgnd; do
	check "the package has $file" test -s "$file"
done
for file in "$doc"/*.yaml; do
	check "cgnd accepts ${file##*/}" cgnd --check -c "$file"
done
check "logrotate accepts its file" logrotate -d /etc/logrotate.d/cgnd

# G-DAY-42: the version of the package
# That of the package has the time of the commit, too: 1.0.0+20261130101112.g0123456789~deb12
version=$(dpkg-query -W -f '${Version}' cgnd | sed 's/+[0-9]*[.]g/+g/; s/~.*//')
says_version() {
	"$1" --version
	[ "$("$1" --version | cut -d ' ' -f 2)" = "$version" ]
}
check "cgnd --version is the version of the package" says_version cgnd
check "cgnctl --version is the version of the package" says_version cgnctl

# G-DAY-43, G-DAY-44: both builds carry the traffic of the lab
without_v3=GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2
fetches() {
	# shellcheck disable=SC2086 # nothing or one variable
	env $1 CGN_BIN=/usr/bin scripts/lab nat44 2>&1 | tee "$work/lab"
	grep -q "^Hello from a web server at home" "$work/lab"
}
builds=x86-64-v2
if /lib64/ld-linux-x86-64.so.2 --help | grep -q 'x86-64-v3 (supported'; then builds="x86-64-v3 $builds"; fi
for build in $builds; do
	on=
	if [ "$build" = x86-64-v2 ]; then on=$without_v3; fi
	check "the build $build is started" sh -c "env $on cgnd --version | tee /dev/stderr | grep -q ' $build)'"
	check "the lab runs with it, and a host on the internet fetches the page" fetches "$on"
done

. tests/package/upgrade.sh
[ "$failures" -eq 0 ]
