# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # what inside.sh sets
# Upgrade, downgrade, reinstallation, removal and purging of the package, while cgnd runs and an operator has changed
# what operators change. inside.sh sources this file when the package is installed.

# other VERSION: the package again as this version, whose conffile and unit have another line
other() {
	local tree=$work/tree
	rm -rf "$tree"
	dpkg-deb -R "$package" "$tree"
	sed -i "s/^Version: .*/Version: $1/" "$tree/DEBIAN/control"
	echo "# This is version $1." | tee -a "$tree"/etc/logrotate.d/cgnd >>"$(find "$tree" -name cgnd.service)"
	(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-deb --root-owner-group -Zgzip -z1 -b "$tree" "$work/cgnd_$1.deb"
}
newer=99.0~test
check "there is a newer package" other $newer

# G-DAY-45: each step leaves a running cgnd and what the operator has changed.
# What an operator has: the unit enabled and changed, files, and a store.
store=/var/lib/cgnd/state.db
override=/etc/systemd/system/cgnd.service.d/override.conf
rotation=/etc/logrotate.d/cgnd
wanted=/etc/systemd/system/multi-user.target.wants/cgnd.service
check "the unit is enabled" systemctl enable cgnd
mkdir -p ${override%/*} /var/lib/cgnd /var/log/cgnd /srv/cgnd
printf '[Service]\nNice=-5\n' >$override
echo "an operator's configuration" >/etc/cgnd.yaml
echo "a store" | tee /srv/cgnd/other.db >$store
echo "records" >/var/log/cgnd/records.log
sed -i 's/daily\|weekly\|monthly/hourly/' $rotation
check "the operator rotates each hour" grep -w hourly $rotation
owned=(/etc/cgnd.yaml "$override" "$store" /srv/cgnd/other.db /var/log/cgnd/records.log "$rotation")
sha256sum "${owned[@]}" >"$work/owned"

# A cgnd that systemd knows nothing of, with subscribers.
stays() {
	CGN_BIN=/usr/bin scripts/lab --keep nat44 >"$work/lab" 2>&1
	cat "$work/lab"
	grep -q "the lab stays" "$work/lab"
}
check "a cgnd runs" stays
lab=$(sed -n 's/.*ip netns exec \(lab[0-9]*\)home ping .*/\1/p' "$work/lab")
pid=$(ip netns pids "${lab}cgn")

as_before() { sha256sum --quiet -c "$work/owned" && test -L $wanted; }
same_process() { [ "$(ip netns pids "${lab}cgn")" = "${pid:-none}" ]; }
translates() { ip netns exec "${lab}home" ping -c 1 -W 20 203.0.113.80; }
# The cgnctl of one version asks the cgnd of another.
answers() { cgnctl --prefix cgnd-lab mappings show | grep -w 100.64.0.11; }
asked_nothing() { not grep 'cgnd' "$work/systemctl"; }
reloaded() { grep -q daemon-reload "$work/systemctl"; }

# changes TEXT VERSION APT_ARGUMENT...: cgnd runs on, and the operator's things stay
changes() {
	local text=$1 version=$2
	shift 2
	begin_notes
	check "$text" install "$@"
	cat "$work/systemctl"
	check "it is installed" [ "$(dpkg-query -W -f '${Version} ${db:Status-Status}' cgnd)" = "$version installed" ]
	check "systemd was not asked to stop or start cgnd" asked_nothing
	check "systemd has read its units again" reloaded
	end_notes
	check "the same process runs" same_process
	check "it translates" translates
	check "the installed cgnctl can ask it" answers
	check "the unit is enabled, and what the operator has changed is as it was" as_before
}
full=$(dpkg-query -W -f '${Version}' cgnd)
keep="-o Dpkg::Options::=--force-confold"
# shellcheck disable=SC2086 # two words
changes "apt upgrades the package" $newer $keep "$work/cgnd_$newer.deb"
check "the new version of the operator's file lies beside it" grep "version $newer" $rotation.dpkg-dist
# shellcheck disable=SC2086
changes "apt goes back to the old version" "$full" $keep --allow-downgrades "$package"
changes "apt installs it again, and asks nothing about files" "$full" --reinstall "$package"
check "the lab ends" scripts/lab --stop

begin_notes
check "apt removes the package" apt-get -q remove -y cgnd
check "cgnd is stopped before its unit goes" grep -q 'stop cgnd[.]service' "$work/systemctl"
end_notes
check "all of the operator is still there" as_before
# The file of logrotate stays, too. It must not fail each night.
rotates() {
	sed "s#/var/log/cgnd/records.log#$work/records.log#" $rotation >"$work/rotation"
	echo "records" >"$work/records.log"
	logrotate -f -s "$work/rotated" "$work/rotation"
	[ ! -e "$work/records.log" ]
}
check "logrotate can do without cgnd" rotates
begin_notes
check "apt installs it again" install "$package"
check "systemd was not asked to start cgnd" not grep -E 'start.* cgnd' "$work/systemctl"
end_notes
check "all of the operator is still there" as_before
check "it is enabled" systemctl is-enabled cgnd

# A directory may be a disk of its own: it is emptied, and stays.
rm /var/log/cgnd/records.log
mount -t tmpfs tmpfs /var/log/cgnd
echo "records on a disk" >/var/log/cgnd/records.log
begin_notes
check "apt purges the package" apt-get -q purge -y cgnd
end_notes
check "the disk of the records is empty" not grep -q . <(ls -A /var/log/cgnd)
umount /var/log/cgnd
check "its mount point is still there" rmdir /var/log/cgnd
for file in /etc/cgnd.yaml /srv/cgnd/other.db $override; do
	check "the operator's $file is still there" rm "$file"
done
rmdir /srv/cgnd ${override%/*}
left() {
	find / -xdev \( -path /proc -o -path /sys -o -path /src -o -path "$work" -o -path /var/cache/apt \) -prune \
		-o -name '*cgn*' -print
	dpkg -l cgnd 2>/dev/null | grep '^.[^n]'
}
check "nothing of the package is left" not grep . <(left | grep -v '^un')
