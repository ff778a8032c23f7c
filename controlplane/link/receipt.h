/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RECEIPT_H
#define CGN_RECEIPT_H

/**
 * @file
 * Whether a port still receives what arrives at it: a judgement of its counters.
 *
 * A port is silent if its workers receive nothing while its device counts arrivals again and again. A
 * port at which nothing arrives is idle, not silent.
 *
 * Threads: single owner.
 */

#include <stdbool.h>
#include <stdint.h>

/** Looks with arrivals and without receipt until a port is silent. */
#define CGN_RECEIPT_LOOKS 5

struct cgn_receipt {
	bool has_begun;
	bool has_arrived; /* `arrived` was taken while nothing was received */
	bool is_silent;
	unsigned int n_lost; /* looks with arrivals since the last receipt */
	uint64_t received;
	uint64_t arrived;
};

/** What is known of a port at one look. Counters may begin anew. */
struct cgn_receipt_look {
	bool is_up;        /* its link */
	bool has_arrived;  /* `arrived` is known */
	uint64_t received; /* packets that the workers took */
	uint64_t arrived;  /* packets that came to the device, or that it dropped */
};

/**
 * Judge a port anew; @p r is zero at first.
 *
 * Looks are about a second apart. A port whose link is not up keeps its judgement: nothing can be said.
 *
 * @return whether the judgement (r->is_silent) has changed
 */
bool cgn_receipt_judge(struct cgn_receipt *r, const struct cgn_receipt_look *look);

#endif /* CGN_RECEIPT_H */
