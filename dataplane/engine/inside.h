/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_INSIDE_H
#define CGN_INSIDE_H

/**
 * @file
 * The way of a packet from inside: its source is checked, it gets a mapping and a session, and is translated
 * and sent outside.
 */

#include "dataplane/engine/context.h"

/** Walk a received burst of an inside port. */
void cgn_inside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/** Prepare a packet for the look-up of its mapping. @param realm  p->realm; a constant saves
 * instructions */
static inline void
cgn_inside_ready(const struct cgn_engine *e, struct cgn_pkt *p, uint32_t realm)
{
	uint64_t key = cgn_index_key(p->src, p->sport, p->proto);

	p->key = cgn_mapping_key(key, p->port);
	p->hash = cgn_index_hash_key(&e->nat.maps.index, realm, key);
	p->bucket = cgn_index_bucket_no(&e->nat.maps.index, p->hash);
	rte_prefetch0(&e->nat.maps.index.buckets[p->bucket]);
}

/** Look up and forward the first @p k of e->pkts, which are ready. */
void cgn_inside_forward(struct cgn_engine *e, unsigned int k);

/** Forward a packet that is not one of a burst; it may go out. */
void cgn_inside_alone(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_INSIDE_H */
