/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REASSEMBLY6_H
#define CGN_REASSEMBLY6_H

/**
 * @file
 * Reassembly of IPv6 packets (RFC 8200 section 4.5): the outer packets of softwires (RFC 6333 section 6.3),
 * and packets for local addresses (engine/reassemble6.h). Each of the two has a store of its own.
 *
 * A chain is the list of the held fragments of one packet. struct cgn_reassembly6_key tells the packet. The
 * limits are max_fragments for all chains, an eighth of max_fragments for one sender,
 * and CGN_REASSEMBLY6_CHAIN_MAX for one chain. When the store is full, the oldest chain is dropped. A flood
 * of incomplete packets therefore does not stop complete packets. If any fragments overlap, the whole
 * packet is dropped, with all its fragments that come later (RFC 5722).
 *
 * Threads: single owner, the worker. Memory: allocated in create().
 */

#include "dataplane/softwire/outer.h"
#include "shared/clock.h"

#define CGN_REASSEMBLY6_CHAIN_MAX 64 /* fragments of one packet: 64 KiB over links of 1280 octets */
#define CGN_FRAG6_TIME_S          60 /* seconds, from the first fragment on */

struct cgn_reassembly6;

/** What tells the packet that a fragment belongs to. Hashed as bytes. */
struct cgn_reassembly6_key {
	uint32_t sender; /* has a share of the store: a softwire, or a number made of the source */
	rte_be32_t id;   /* of the fragment header */
	struct cgn_ip6 src; /* zero in a softwire: a B4 may have several addresses */
	struct cgn_ip6 dst; /* zero in a softwire */
};
static_assert(sizeof(struct cgn_reassembly6_key) == 40, "key is hashed: no padding allowed");

/** Results of adding a fragment, besides the verdict. */
struct cgn_reassembly6_out {
	struct rte_mbuf *
			whole; /* the packet, with the headers of its first fragment; NULL: not complete */
	uint16_t at;  /* octets from the start of `whole` to the end of the fragment header */
	uint8_t next; /* type of what follows there */
	bool is_ce;   /* a fragment carried the congestion mark (RFC 6040 section 5.3) */
	unsigned int n_merged;  /* whole: fragments merged, without the one that came last */
	unsigned int n_freed;   /* held fragments that were dropped */
	enum cgn_verdict freed; /* their verdict */
};

/** Create a store. @param max_fragments  at least 8 @return 0, -ENOMEM */
int cgn_reassembly6_create(struct cgn_reassembly6 **out, unsigned int max_fragments, uint32_t seed);

/** Free the held fragments, which are not counted, and the store. NULL is allowed. */
void cgn_reassembly6_destroy(struct cgn_reassembly6 *f);

/**
 * Add a fragment.
 *
 * @param k     of the packet that the fragment belongs to
 * @param end   octets from the start of the mbuf's data to the end of the IPv6 packet
 * @param is_ce  the outer header of the fragment carries the congestion mark
 * @return CGN_V_NONE: the store owns the mbuf, or it is now part of out->whole; else the verdict of the
 *   drop, and the caller still owns the mbuf
 */
enum cgn_verdict cgn_reassembly6_add(struct cgn_reassembly6 *f, const struct cgn_reassembly6_key *k,
		struct rte_mbuf *m, const struct cgn_outer *o, uint32_t end, bool is_ce,
		cgn_tick now, struct cgn_reassembly6_out *out);

/** Drop chains whose time is over, at most @p budget of them. @return number of fragments dropped */
unsigned int cgn_reassembly6_expire(struct cgn_reassembly6 *f, cgn_tick now, unsigned int budget);

/** Whether there is a chain whose time is over. */
bool cgn_reassembly6_is_due(const struct cgn_reassembly6 *f, cgn_tick now);

/**
 * Whether the store may hold fragments of a sender. True also for a sender without fragments if another
 * one with the same hash has some.
 */
bool cgn_reassembly6_holds(const struct cgn_reassembly6 *f, uint32_t sender);

/** Drop all fragments. @return number of fragments that were held */
unsigned int cgn_reassembly6_flush(struct cgn_reassembly6 *f);

/** Number of fragments held now. */
unsigned int cgn_reassembly6_held(const struct cgn_reassembly6 *f);

#endif /* CGN_REASSEMBLY6_H */
