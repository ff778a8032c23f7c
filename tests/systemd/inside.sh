#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What run.sh runs in its container: cgnd.service is started, asked, reloaded, restarted and stopped by systemd.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /opt/test || exit 1

# check TEXT COMMAND...: one claim; the command's output is shown if it does not hold
check() {
	local text=$1
	shift
	if "$@" >said 2>&1; then
		echo "ok: $text"
	else
		echo "FAILED: $text"
		sed 's/^/    /' said | tail -n 30
	fi
}

# retry COMMAND...: until it succeeds; only a hang lasts two minutes
retry() {
	for _ in $(seq 600); do
		"$@" && return 0
		sleep 0.2
	done
	return 1
}

# link DEVICE NAMESPACE ADDRESS: a veth between cgnd and a host
link() {
	ip netns add "$2"
	ip link add "$1" type veth peer name eth0 netns "$2"
	for on in "" "ip netns exec $2"; do
		dev=${on:+eth0}
		$on ethtool -K "${dev:-$1}" rx off tx off sg off tso off gso off gro off >/dev/null
		$on ip link set "${dev:-$1}" up
	done
	ip -n "$2" addr add "$3" dev eth0
}

# configure NAT_KEY: /etc/cgnd.yaml with this key in "nat"
configure() {
	cat >/etc/cgnd.yaml <<-END
		workers: 1
		eal: ["--no-huge", "-m", "512", "--no-pci"]
		ports:
		  - {name: inside0, device: "net_af_packet0,iface=in0", side: inside, addresses: [100.64.0.1/10]}
		  - {name: outside0, device: "net_af_packet1,iface=out0", side: outside, addresses: [192.0.2.2/24]}
		routes:
		  - {prefix: 0.0.0.0/0, via: 192.0.2.1, port: outside0}
		pools:
		  - {name: homes, addresses: [44.128.0.0/29]}
		groups:
		  - {name: residential, prefixes: [100.64.0.0/10], pool: homes, mappings_per_s: 0}
		nat: {mappings_max: 65536, sessions_max: 65536, $1}
		natpmp: {role: server}
		restart: {keep_state: ${keep_state:-false}}
	END
}

# map: TCP port 8080 of the subscriber; the external port is written to the file "mapped"
map() {
	ip netns exec sub natpmpc -g 100.64.0.1 -a 0 8080 tcp 3600 >asked 2>&1
	cat asked
	sed -n 's/^Mapped public port \([0-9]*\) .*/\1/p' asked >mapped
	[ -s mapped ]
}
same_port() {
	cp mapped before
	map && cmp before mapped
}

property() { [ "$(systemctl show -P "$1" cgnd)" = "$2" ]; }
logged() { journalctl -u cgnd -o cat --no-pager | grep -q -- "$1"; }
# What failed to hold is explained by the unit's own log.
with_log() { "$@" || { journalctl -u cgnd -o cat --no-pager | tail -n 25; return 1; }; }
verified() {
	systemd-analyze verify --man=no cgnd.service 2>&1 | grep cgnd && return 1
	return 0
}
# session: lines over a TCP connection that come back; it ends when the file "enough" is there
session() {
	ip netns exec inet socat TCP-LISTEN:2222,reuseaddr EXEC:cat &
	retry ip netns exec inet sh -c "ss -Hltn 'sport = :2222' | grep -q ."
	ip netns exec sub /usr/bin/python3 lines.py enough socat - TCP:192.0.2.1:2222 >session 2>&1 &
	retry grep -q "^line 3$" session
}
session_ends() {
	touch enough
	retry grep -q "came back" session
	tail -n 3 session
	grep -q "^[0-9]* lines came back$" session
}
# goes_on: more lines than before
has_lines() { [ "$(wc -l <session)" -ge "$1" ]; }
goes_on() {
	retry has_lines $(($(wc -l <session) + 6))
}
run_is_clean() {
	find /run/cgnd /run/dpdk -mindepth 1 2>/dev/null | tee left
	[ ! -s left ]
}
pings() { ip netns exec sub ping -q -c 1 -W 1 192.0.2.1; }

# EAL wants /sys/module, which the /sys of a container has not.
if [ ! -d /sys/module ]; then
	mkdir sysfs
	mount -t sysfs -o ro sysfs sysfs
	mount -o remount,rw /sys
	mkdir -p /sys/module
	mount --bind sysfs/module /sys/module
fi
link in0 sub 100.64.0.11/10
link out0 inet 192.0.2.1/24
ip -n sub route add default via 100.64.0.1
ip -n inet route add 44.128.0.0/29 via 192.0.2.2
configure "hairpin: true"

check "systemd-analyze verify finds nothing in the unit" verified
echo "systemd-analyze security: $(systemd-analyze security --no-pager cgnd.service 2>/dev/null | tail -n 1)"
check "systemctl start: systemd is told that cgnd is ready" with_log systemctl start cgnd
check "the type is notify" property Type notify
check "the unit is active" property ActiveState active
systemctl -q is-active cgnd || { echo finished; exit 1; }
check "a packet is translated" with_log retry pings
check "NAT-PMP is answered" with_log retry map
check "the journal has the line that cgnd is ready" retry logged ready

configure "hairpin: false"
pid=$(systemctl show -P MainPID cgnd)
check "systemctl reload: accepted" systemctl reload cgnd
check "the journal has the line of the reload" with_log retry logged "changed key="
configure "no_such_key: 1"
systemctl reload cgnd >reloaded 2>&1
check "a refused configuration is told in the journal" with_log retry logged no_such_key
check "cgnd goes on after it" property MainPID "$pid"
check "NAT-PMP is answered after it, with the same port" retry same_port

check "a refused configuration does not restart" eval '! systemctl restart cgnd'
systemctl reset-failed cgnd
configure "hairpin: true"
check "systemctl restart" with_log systemctl restart cgnd
check "the journal says that the lease is back" with_log retry logged "leases are back restored=1 "
check "the same port is mapped after the restart" with_log retry same_port

# N-KEEP-30: a connection goes on, and nothing comes back by the store
keep_state=true
configure "hairpin: true"
check "systemctl reload: state is to be kept" systemctl reload cgnd
check "the journal has the line of that reload" with_log retry logged "changed key=restart.keep_state"
check "a session begins" session
old=$(systemctl show -P MainPID cgnd)
check "systemctl restart with kept state" with_log systemctl restart cgnd
another() { ! property MainPID "$old"; }
check "it is another process" another
check "the journal says that the state is back" with_log retry logged "state is back .*mappings=[1-9]"
check "the session goes on" with_log goes_on
check "the same port is mapped after it" with_log retry same_port
check "systemctl stop keeps the state, too" with_log systemctl stop cgnd
check "the file of the state is root's alone" [ "$(stat -c '%a %U' /run/cgnd/state.cgn)" = "600 root" ]
check "systemctl start" with_log systemctl start cgnd
check "the session goes on again" with_log goes_on
check "no line of it is lost" session_ends
keep_state=false
configure "hairpin: true"
check "systemctl reload: state is not to be kept" systemctl reload cgnd
is_off() { [ "$(journalctl -u cgnd -o cat --no-pager | grep -c "changed key=restart.keep_state")" -eq 2 ]; }
check "the journal has the line of this reload, too" with_log retry is_off

check "systemctl stop" with_log systemctl stop cgnd
check "it ended with success" property Result success
check "nothing is left in /run/cgnd and /run/dpdk" run_is_clean
check "the state is root's alone" [ "$(stat -c %a /var/lib/cgnd)" = 700 ]
echo finished
