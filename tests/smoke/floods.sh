#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A-FIL-6, D-SEC-1, D-LIM-3: floods over packet sockets (lib_floods.sh).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_floods.sh"
in_device="net_af_packet0,iface=in0,framecnt=8192"
out_device="net_af_packet1,iface=out0,framecnt=8192"
floods
