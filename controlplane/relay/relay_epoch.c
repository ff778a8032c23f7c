/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares the epoch of the NAT in front with the time that has passed (RFC 6886 section 3.6).
 */
#include "controlplane/relay/relay_epoch.h"

#define TOLERANCE_MS 2000 /* RFC 6886 section 3.6 allows two seconds */

bool
cgn_relay_epoch_take(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms)
{
	uint64_t passed = now_ms - e->at_ms;
	/* The clock of the server may run slower than ours, by 1/8 (RFC 6886 section 3.6). */
	uint64_t expected = (uint64_t)e->said_s * 1000 + passed - passed / 8;
	bool is_lost = e->is_known && (uint64_t)said_s * 1000 + TOLERANCE_MS < expected;

	*e = (struct cgn_relay_epoch){ .is_known = true, .said_s = said_s, .at_ms = now_ms };
	return is_lost;
}

uint32_t
cgn_relay_epoch_s(const struct cgn_relay_epoch *e, uint64_t now_ms)
{
	uint64_t s = e->said_s + (now_ms - e->at_ms) / 1000;

	return !e->is_known || s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}
