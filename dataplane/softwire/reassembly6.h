/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REASSEMBLY6_H
#define CGN_REASSEMBLY6_H

/**
 * @file
 * Reassembly of the outer packets of softwires (RFC 8200 section 4.5, RFC 6333 section 6.3).
 *
 * A chain is what is held of one packet. Its key is softwire and identification. Bounds: max_fragments over
 * all, an eighth of them per softwire, CGN_REASSEMBLY6_CHAIN_MAX per chain. When the store is full the
 * oldest chain makes room, so a flood of incomplete packets does not stop complete ones. Any overlap drops
 * the whole packet and everything that still comes of it (RFC 5722).
 *
 * Threads: single owner, the worker. Memory: allocated in create().
 */

#include "dataplane/softwire/outer.h"
#include "shared/clock.h"

#define CGN_REASSEMBLY6_CHAIN_MAX 64 /* fragments of one packet: 64 KiB over links of 1280 octets */
#define CGN_FRAG6_TIME_S          60 /* from the first fragment on */

struct cgn_reassembly6;

/** What adding a fragment did besides its verdict. */
struct cgn_reassembly6_out {
	struct rte_mbuf *
			whole; /* the packet, with the headers of its first fragment; NULL: not complete */
	uint16_t at;           /* octets from its start to what is behind the fragment header */
	uint8_t next;          /* what that is */
	bool is_ce;            /* a fragment carried the congestion mark (RFC 6040 section 5.3) */
	unsigned int n_merged;  /* whole: fragments merged, without the one that came last */
	unsigned int n_freed;   /* held fragments that were dropped */
	enum cgn_verdict freed; /* their verdict */
};

/** Create a store. @param max_fragments  at least 8 @return 0, -ENOMEM */
int cgn_reassembly6_create(struct cgn_reassembly6 **out, unsigned int max_fragments, uint32_t seed);

/** Free what is held, uncounted, and the store. NULL is allowed. */
void cgn_reassembly6_destroy(struct cgn_reassembly6 *f);

/**
 * Add a fragment.
 *
 * @param wire  the softwire that it came through
 * @param end   octets from the start of the mbuf's data to the end of the IPv6 packet
 * @param is_ce its outer header carries the congestion mark
 * @return CGN_V_NONE: the store has taken the mbuf, or it is part of out->whole now; else the
 *         verdict of its drop, and it stays the caller's
 */
enum cgn_verdict cgn_reassembly6_add(struct cgn_reassembly6 *f, uint32_t wire, struct rte_mbuf *m,
		const struct cgn_outer *o, uint32_t end, bool is_ce, cgn_tick now,
		struct cgn_reassembly6_out *out);

/** Drop at most @p budget chains whose time is over. @return fragments dropped */
unsigned int cgn_reassembly6_expire(struct cgn_reassembly6 *f, cgn_tick now, unsigned int budget);

/** Whether a chain's time is over. */
bool cgn_reassembly6_is_due(const struct cgn_reassembly6 *f, cgn_tick now);

/**
 * Whether fragments of a softwire may be held. May be true for a softwire without any, which has the same
 * hash.
 */
bool cgn_reassembly6_holds(const struct cgn_reassembly6 *f, uint32_t wire);

/** Drop everything. @return fragments that were held */
unsigned int cgn_reassembly6_flush(struct cgn_reassembly6 *f);

/** Fragments held now. */
unsigned int cgn_reassembly6_held(const struct cgn_reassembly6 *f);

#endif /* CGN_REASSEMBLY6_H */
