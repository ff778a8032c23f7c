#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cgnd with the environment that systemd makes from the shipped unit: it starts, says so and can be asked.
. "$(dirname "$0")/lib.sh"
unit=$here/../../config/cgnd.service.in

# What systemd does with RuntimeDirectory: one path for each name, joined with colons.
directories=$(sed -n 's/^RuntimeDirectory=//p' "$unit" | tr -s ' ' '\n' | sed 's|^|/run/|' | paste -sd:)
echo "RUNTIME_DIRECTORY=$directories"
check "the unit asks for several directories" grep -q : <<<"$directories"

topology
# The service manager: writes each message that a service sends. It ends with its namespace.
in_ns sw /usr/bin/python3 -uc '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)' "$work/notify" >"$work/messages" 2>&1 </dev/null &
retry [ -S "$work/notify" ]

export NOTIFY_SOCKET=$work/notify RUNTIME_DIRECTORY=$directories
start_cgnd
check "systemd is told that cgnd serves" retry grep -qx READY=1 "$work/messages"
check "EAL's directory is in /run/dpdk" [ -S "/run/dpdk/$prefix/dpdk_telemetry.v2" ]
check "packets pass" in_ns sub1 ping -q -c 1 -W 60 203.0.113.1
check "cgnctl finds cgnd in the same environment" ctl config show
unset NOTIFY_SOCKET RUNTIME_DIRECTORY
check "cgnctl finds cgnd in an administrator's shell" ctl config show
stop_cgnd
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
check "received packets are the sum of the verdicts" accounted
check "systemd is told that cgnd ends" retry grep -qx STOPPING=1 "$work/messages"
check "EAL's directory is removed" [ ! -e "/run/dpdk/$prefix" ]
finish
