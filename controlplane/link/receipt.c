/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Judges from a port's counters whether it still receives. port_watch.c calls it once a second per port.
 */
#include "controlplane/link/receipt.h"

/* Begin to count anew: something was received, or this is the first look. @return whether the port was
 * silent before */
static bool
receipt_begin_anew(struct cgn_receipt *r, uint64_t received)
{
	bool was_silent = r->is_silent;

	*r = (struct cgn_receipt){ .has_begun = true, .received = received };
	return was_silent;
}

bool
cgn_receipt_judge(struct cgn_receipt *r, const struct cgn_receipt_look *look)
{
	if (!r->has_begun || look->received != r->received)
		return receipt_begin_anew(r, look->received);
	if (!look->is_up || !look->has_arrived) {
		/* What arrives while nobody looks is not counted against the port. */
		r->has_arrived = false;
		return false;
	}
	/* The first look without a receipt only takes the count: some of it may have been received. */
	if (r->has_arrived && look->arrived > r->arrived && r->n_lost < CGN_RECEIPT_LOOKS)
		r->n_lost++;
	r->arrived = look->arrived;
	r->has_arrived = true;
	if (r->is_silent || r->n_lost < CGN_RECEIPT_LOOKS)
		return false;
	r->is_silent = true;
	return true;
}
