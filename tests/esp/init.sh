#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The first process in user-mode Linux: make the directories that a test writes to, run it, switch the machine off.
# run.sh starts it. The machine's own files are there, read only. Words of the command line of the kernel:
#   esp_root=DIRECTORY   the source tree
#   esp_build=DIRECTORY  the build directory. What is written there is not kept
#   esp_test=COMMAND     what to run there; commas stand for blanks
#   esp_out=DIRECTORY    of the machine outside. The status of the test goes to the file "status" in it
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
mount -t proc proc /proc
word() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p"
}
mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/net /dev/shm /dev/pts
for dir in /dev/shm /run /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs $dir; done
mkdir -p /run/netns /run/lock /run/dpdk

# modprobe looks into DIRECTORY/lib/modules.
mkdir -p /run/modules/lib
ln -s /usr/lib/uml/modules /run/modules/lib/modules
printf '#!/bin/sh\nexec modprobe -d /run/modules "$@"\n' >/run/modprobe
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
for module in overlay tun veth bridge xfrm_user esp4 xfrm4_tunnel gcm seqiv ctr; do
	/run/modprobe "$module" || echo "init.sh: no module $module"
done
[ -c /dev/net/tun ] || mknod /dev/net/tun c 10 200
ip link set lo up

root=$(word esp_root)
out=$(word esp_out)
build=$(word esp_build)
test=$(word esp_test)
mkdir -p /run/out /run/build/upper /run/build/work
mount -t overlay -o "lowerdir=$build,upperdir=/run/build/upper,workdir=/run/build/work" overlay "$build"
mount -t hostfs -o "$out" none /run/out
cd "$root" || exit
status=0
# shellcheck disable=SC2086 # one word each
env ${test//,/ } </dev/null || status=$?
echo "$status" >/run/out/status
sync
echo o >/proc/sysrq-trigger
sleep 10
