/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares the epoch of the NAT in front with the time that has passed (RFC 6886 section 3.6, RFC 6887 section 8.5).
 */
#include "controlplane/relay/relay_epoch.h"

#define TOLERANCE_MS 2000 /* RFC 6886 section 3.6 and RFC 6887 section 8.5 allow two seconds */

/* Note what was said. After a loss, the age falls: to what was said, or to 0 if that is not lower. */
static void
note(struct cgn_relay_epoch *e, uint32_t said_s, bool is_lost, uint64_t now_ms)
{
	uint32_t age_s = said_s;

	if (is_lost && age_s >= cgn_relay_epoch_age_s(e, now_ms))
		age_s = 0;
	if (is_lost || !e->has_age || (!e->is_known && age_s < cgn_relay_epoch_age_s(e, now_ms)))
		e->since_ms = (int64_t)now_ms - (int64_t)age_s * 1000;
	e->is_known = e->has_age = true;
	e->said_s = said_s;
	e->at_ms = now_ms;
}

bool
cgn_relay_epoch_take(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms)
{
	uint64_t passed = now_ms - e->at_ms;
	/* The clock of the server may run slower than ours, by 1/8 (RFC 6886 section 3.6). */
	uint64_t expected = (uint64_t)e->said_s * 1000 + passed - passed / 8;
	bool is_lost = e->is_known && (uint64_t)said_s * 1000 + TOLERANCE_MS < expected;

	note(e, said_s, is_lost, now_ms);
	return is_lost;
}

bool
cgn_relay_epoch_take_pcp(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms)
{
	int64_t ours = (int64_t)(now_ms - e->at_ms);
	int64_t theirs = ((int64_t)said_s - e->said_s) * 1000;
	bool is_lost = e->is_known &&
			(theirs < -1000 || ours + TOLERANCE_MS < theirs - theirs / 16 ||
					theirs + TOLERANCE_MS < ours - ours / 16);

	note(e, said_s, is_lost, now_ms);
	return is_lost;
}

void
cgn_relay_epoch_forget(struct cgn_relay_epoch *e)
{
	e->is_known = false;
}

void
cgn_relay_epoch_begin(struct cgn_relay_epoch *e, uint64_t now_ms)
{
	e->has_age = true;
	e->since_ms = (int64_t)now_ms;
}

uint32_t
cgn_relay_epoch_s(const struct cgn_relay_epoch *e, uint64_t now_ms)
{
	uint64_t s = e->said_s + (now_ms - e->at_ms) / 1000;

	return !e->is_known || s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

uint32_t
cgn_relay_epoch_age_s(const struct cgn_relay_epoch *e, uint64_t now_ms)
{
	int64_t s = ((int64_t)now_ms - e->since_ms) / 1000;

	return !e->has_age || s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}
