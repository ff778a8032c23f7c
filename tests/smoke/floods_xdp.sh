#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A-FIL-6, D-SEC-1, D-LIM-3: floods over AF_XDP sockets (lib_floods.sh).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_floods.sh"
if ! has_xdp; then
	echo "skipped: this kernel has no AF_XDP sockets"
	exit 77
fi
in_device=$xdp_in
out_device=$xdp_out
floods
