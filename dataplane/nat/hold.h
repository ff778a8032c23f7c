/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOLD_H
#define CGN_HOLD_H

/**
 * @file
 * Ports in hold-down: released, but not yet given to another endpoint.
 *
 * A list in the order of release. The external index keeps an entry's place in the array while the port is
 * held.
 *
 * Source:  RFC 6888 REQ-8; RFC 6887 section 15 (back to the same client at once).
 * Threads: single owner, the worker.
 * Memory:  36 bytes an entry, reserved in init(), committed by use: freed places are used first.
 * Cost:    O(1).
 */

#include "shared/addr.h"
#include "shared/clock.h"

#define CGN_HOLD_NONE UINT32_MAX

/** A held port and the endpoint that it may go back to. */
struct cgn_hold_entry {
	uint32_t realm;
	rte_be32_t addr; /* the endpoint inside */
	uint32_t sub;
	uint32_t ord; /* the port outside */
	cgn_tick end;
	uint32_t prev; /* places: older */
	uint32_t next; /* younger; also the list of unused places */
	rte_be16_t in_port;
	uint16_t port; /* host order */
	uint8_t proto; /* enum cgn_proto */
};

/** The ports of a worker in hold-down. */
struct cgn_hold {
	struct cgn_hold_entry *at;
	uint32_t size; /* entries at most */
	uint32_t n;    /* ports held */
	uint32_t end;  /* first place never used */
	uint32_t unused;
	uint32_t oldest;
	uint32_t youngest;
};

/** Make an empty list. @param size  entries at most, may be 0 @return 0, -ENOMEM, -EINVAL */
int cgn_hold_init(struct cgn_hold *h, uint32_t size);

/** Release what init() made. */
void cgn_hold_fini(struct cgn_hold *h);

/** The port that is held longest, NULL if none is. */
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

/** Entry at a place that cgn_hold_add() gave and that was not dropped since. */
static inline const struct cgn_hold_entry *
cgn_hold_at(const struct cgn_hold *h, uint32_t place)
{
	return &h->at[place];
}

/** Add a port as the youngest; fewer than size must be held. @return its place */
uint32_t cgn_hold_add(struct cgn_hold *h, const struct cgn_hold_entry *e);

/** Drop an entry, the oldest or any other. */
void cgn_hold_drop(struct cgn_hold *h, uint32_t place);

#endif /* CGN_HOLD_H */
