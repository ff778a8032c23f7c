/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOLD_H
#define CGN_HOLD_H

/**
 * @file
 * Ports in hold-down. Such a port is released, but no other endpoint may have it yet.
 *
 * The entries form a list in the order of release. While a port is held, the external index contains the
 * place of the entry in the array.
 *
 * Source:  RFC 6888 REQ-8; RFC 6887 section 15 (back to the same client at once).
 * Threads: single owner, the worker.
 * Memory:  36 bytes per entry, reserved in init(), committed when first used. Freed places are used again
 * first.
 * Cost:    O(1).
 */

#include "shared/addr.h"
#include "shared/clock.h"

#define CGN_HOLD_NONE UINT32_MAX

/** A held port and the endpoint that it may go back to. */
struct cgn_hold_entry {
	uint32_t realm;
	rte_be32_t addr; /* the inside endpoint, with realm and in_port */
	uint32_t sub;
	uint32_t ord; /* ordinal of the external address */
	cgn_tick end;
	uint32_t prev; /* place of the next older entry */
	uint32_t next; /* place of the next younger entry, or of the next unused place */
	rte_be16_t in_port;
	uint16_t port; /* host order */
	uint8_t proto; /* enum cgn_proto */
};

/** The ports of a worker in hold-down. */
struct cgn_hold {
	struct cgn_hold_entry *at;
	uint32_t size; /* most entries */
	uint32_t n;    /* ports held */
	uint32_t end;  /* first place never used */
	uint32_t unused;
	uint32_t oldest;
	uint32_t youngest;
};

/** Make an empty list. @param size  most entries, may be 0 @return 0, -ENOMEM, -EINVAL */
int cgn_hold_init(struct cgn_hold *h, uint32_t size);

/** Release what init() made. */
void cgn_hold_fini(struct cgn_hold *h);

/** The port that has been held longest; NULL if no port is held. */
static inline const struct cgn_hold_entry *
cgn_hold_oldest(const struct cgn_hold *h)
{
	return h->oldest == CGN_HOLD_NONE ? NULL : &h->at[h->oldest];
}

/** Place of an entry. */
static inline uint32_t
cgn_hold_place(const struct cgn_hold *h, const struct cgn_hold_entry *e)
{
	return (uint32_t)(e - h->at);
}

/** Entry at a place that cgn_hold_add() returned. The entry must not have been dropped since. */
static inline const struct cgn_hold_entry *
cgn_hold_at(const struct cgn_hold *h, uint32_t place)
{
	return &h->at[place];
}

/** Add a port as the youngest entry. Fewer than `size` ports must be held. @return place of the entry */
uint32_t cgn_hold_add(struct cgn_hold *h, const struct cgn_hold_entry *e);

/** Drop an entry, the oldest or any other. */
void cgn_hold_drop(struct cgn_hold *h, uint32_t place);

#endif /* CGN_HOLD_H */
