/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NEWFLOWS_H
#define CGN_NEWFLOWS_H

/**
 * @file
 * Looks ahead at the new flows of a burst from inside, so that what their mappings need is in the cache in time.
 *
 * A new mapping needs about eight cold cache lines. Where one of them is, is known only when the one before has been read:
 * the subscriber tells where its block is, the block where the port is, and the port where the slot of the external
 * index is. So each flow goes through steps. While the mapping of one flow is made, the flows behind it do a step each.
 *
 * Nothing here makes, changes or ends anything. What was foreseen is checked when the mapping is made, because an earlier
 * packet of the burst may have changed it.
 */

#include "dataplane/engine/context.h"

/** The new flows of a burst, in order. */
struct cgn_newflows {
	unsigned int n;          /* flows to look ahead at */
	unsigned int at;         /* the next one to be made */
	uint32_t forgotten;      /* subscribers that were forgotten before the burst */
	uint8_t pkts[CGN_BURST]; /* places in the burst */
	uint32_t subs[CGN_BURST];
	uint16_t ports[CGN_BURST]; /* 0: not chosen yet */
};

/** Begin with the packets of e->pkts whose ref is 0. None of them is of a softwire. @param n  packets of the burst */
void cgn_newflows_begin(struct cgn_engine *e, struct cgn_newflows *f, unsigned int n);

/** The next new flow comes now: tell the NAT what is known of it, and look ahead. */
void cgn_newflows_next(struct cgn_engine *e, struct cgn_newflows *f);

/** Its packet is done. */
static inline void
cgn_newflows_done(struct cgn_engine *e)
{
	e->nat.known_sub = CGN_SUB_NONE;
	e->nat.foreseen = 0;
}

#endif /* CGN_NEWFLOWS_H */
