#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/bench --soak for two seconds: at full rate every packet gets one verdict and every buffer comes back.
# The same with memif's zero-copy, where the rings hold packet buffers.
. "$(dirname "$0")/lib.sh"

soak() {
	"$here/../../scripts/bench" --build "$build" --out "$work/out" --flows 1000 --soak 2 "$@" >"$work/said"
	cat "$work/said"
	grep -q '^soak: .* Mpps' "$work/said"
	grep -q '^packets received and the sum of their verdicts: [1-9]' "$work/said"
}
check "the books balance after the full rate" soak
check "the books balance without copies" soak --zero-copy
finish
