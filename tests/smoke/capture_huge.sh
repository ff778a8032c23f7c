#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# All of capture.sh with a cgnd whose memory is in huge pages.
want_hugepages=yes
. "$(dirname "$0")/capture.sh"
