/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_INSIDE_H
#define CGN_INSIDE_H

/**
 * @file
 * The path of a packet from inside: its destination is checked, its mapping is found or made, and the
 * packet is translated and sent outside.
 */

#include "dataplane/engine/context.h"

/** Process a received burst of an inside port. */
void cgn_inside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/**
 * Prepare the look-up of a packet's mapping.
 *
 * @param realm  p->realm; a constant argument saves instructions
 */
static inline void
cgn_inside_ready(const struct cgn_engine *e, struct cgn_pkt *p, uint32_t realm)
{
	uint64_t key = cgn_index_key(p->src, p->sport, p->proto);

	p->key = cgn_mapping_key(key, p->port);
	p->hash = cgn_index_hash_key(&e->nat.maps.index, realm, key);
	p->bucket = cgn_index_bucket_no(&e->nat.maps.index, p->hash);
	rte_prefetch0(&e->nat.maps.index.buckets[p->bucket]);
}

/**
 * Look up the mappings of the first @p k packets of e->pkts and forward the packets. The look-ups have been
 * prepared (cgn_inside_ready()).
 */
void cgn_inside_forward(struct cgn_engine *e, unsigned int k);

/** Forward one packet outside of a burst. Its destination has been checked. */
void cgn_inside_alone(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_INSIDE_H */
