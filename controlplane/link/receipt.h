/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RECEIPT_H
#define CGN_RECEIPT_H

/**
 * @file
 * Judges from its counters whether a port still receives what arrives at it.
 *
 * A port is silent if its workers receive nothing while its device counts more arrivals at several looks. A port at
 * which nothing arrives is idle, not silent.
 *
 * Threads: single owner.
 */

#include <stdbool.h>
#include <stdint.h>

/** After this number of looks with arrivals but nothing received, a port is silent. */
#define CGN_RECEIPT_LOOKS 5

/** The judgement of a port. */
struct cgn_receipt {
	bool has_begun;   /* `received` was taken */
	bool has_arrived; /* `arrived` was taken while nothing was received */
	bool is_silent;
	unsigned int n_lost; /* looks with arrivals since something was received */
	uint64_t received;
	uint64_t arrived;
};

/** The counters of a port at one look. They may start at zero again. */
struct cgn_receipt_look {
	bool is_up;        /* its link */
	bool has_arrived;  /* `arrived` is known */
	uint64_t received; /* packets that the workers took */
	uint64_t arrived;  /* packets that the device got or dropped */
};

/**
 * Judge a port at one more look. @p r is zero at first.
 *
 * Looks are about a second apart. A port whose link is not up keeps its judgement, because its counters say nothing.
 *
 * @return whether the judgement (r->is_silent) has changed
 */
bool cgn_receipt_judge(struct cgn_receipt *r, const struct cgn_receipt_look *look);

#endif /* CGN_RECEIPT_H */
