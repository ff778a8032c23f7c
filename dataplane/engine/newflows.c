/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prefetches what the new flows of a burst need, in steps.
 */
#include "dataplane/engine/newflows.h"

#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/subscriber_warm.h"

/* How many new flows ahead each step is done. One line of memory takes about as long as one or two new mappings. */
#define SUB_AHEAD   9
#define BLOCK_AHEAD 6
#define PORT_AHEAD  3

static void
foresee_port(struct cgn_engine *e, struct cgn_newflows *f, unsigned int i)
{
	const struct cgn_pkt *p = &e->pkts[f->pkts[i]];
	const struct cgn_client c = { .addr = p->src, .port = p->sport, .proto = p->proto };

	/* The bucket was read before the first mapping of the burst was made. */
	rte_prefetch0(&e->nat.maps.index.buckets[p->bucket]);
	rte_prefetch0(&e->nat.maps.at[cgn_mappings_foresee(&e->nat.maps, i - f->at)]);
	f->ports[i] = cgn_subscriber_warm_port(e->nat.subs, f->subs[i], &c, e->now);
}

/* One step for each flow behind a place. @param at  may be negative: the first flows have had no step yet */
static void
look_ahead(struct cgn_engine *e, struct cgn_newflows *f, int at)
{
	/* A negative number becomes one that is too large. */
	unsigned int sub = (unsigned int)(at + SUB_AHEAD);
	unsigned int block = (unsigned int)(at + BLOCK_AHEAD);
	unsigned int port = (unsigned int)(at + PORT_AHEAD);

	if (sub < f->n)
		cgn_subscriber_warm_entry(e->nat.subs, f->subs[sub]);
	if (block < f->n)
		cgn_subscriber_warm_ports(e->nat.subs, f->subs[block]);
	if (port < f->n)
		foresee_port(e, f, port);
}

void
cgn_newflows_begin(struct cgn_engine *e, struct cgn_newflows *f, unsigned int n)
{
	rte_be32_t addrs[CGN_BURST];

	f->n = 0;
	f->at = 0;
	f->forgotten = cgn_subscriber_read_forgotten(e->nat.subs);
	for (unsigned int i = 0; i < n; i++) {
		if (e->pkts[i].ref == 0) {
			f->pkts[f->n] = (uint8_t)i;
			addrs[f->n++] = e->pkts[i].src;
		}
	}
	if (!cgn_subscriber_warm_find4(e->nat.subs, addrs, f->n, f->subs))
		f->n = 0;
	for (int at = -SUB_AHEAD; f->n != 0 && at < 0; at++)
		look_ahead(e, f, at);
}

void
cgn_newflows_next(struct cgn_engine *e, struct cgn_newflows *f)
{
	/* Making a new subscriber may have evicted one of those that were looked up. */
	if (unlikely(cgn_subscriber_read_forgotten(e->nat.subs) != f->forgotten))
		f->n = 0;
	if (f->at >= f->n)
		return;
	look_ahead(e, f, (int)f->at);
	/* The NAT takes the subscriber from here instead of looking it up again. */
	e->nat.known_sub = f->subs[f->at];
	e->nat.foreseen = f->ports[f->at];
	f->at++;
}
