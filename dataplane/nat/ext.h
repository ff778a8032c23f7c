/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXT_H
#define CGN_EXT_H

/**
 * @file
 * External addresses of all pools, and the external index: who holds a port.
 *
 * Every worker knows every pool address (hairpins and hand-over need the owner), but keeps ports
 * only for its own. A pool address has an ordinal: its place among the addresses of its worker.
 * The external index is one direct array per protocol, ordinal * 65536 + port; its memory is
 * reserved, not committed, until a port is used.
 *
 * Entry:   0 free; CGN_EXT_HELD | n: in hold-down, entry n of the hold queue; else a mapping.
 * Threads: the map address -> owner is read only; the index has one owner, the worker.
 */

#include "shared/addr.h"
#include "shared/conf.h"

#define CGN_EXT_HELD UINT32_C(0x80000000)
#define CGN_EXT_NONE UINT32_MAX /* ordinal of an address of no pool */

/** Where a pool address lives. */
struct cgn_ext_home {
	rte_be32_t addr; /* 0: empty slot */
	uint16_t worker;
	uint16_t pool;
	uint32_t ord; /* ordinal at that worker */
};

struct cgn_ext {
	struct cgn_ext_home *homes; /* open addressing, power of two, at most half full */
	uint32_t homes_mask;
	uint32_t homes_shift; /* 32 - bits of the mask */
	uint32_t n_own;       /* addresses of this worker */
	rte_be32_t *own_addr; /* by ordinal */
	uint16_t *own_pool;   /* by ordinal */
	uint32_t *index[CGN_PROTO_COUNT];
};

/**
 * Build the table for one worker.
 *
 * Pool addresses are dealt to the workers in turn, pool by pool.
 *
 * @return 0, -ENOMEM
 */
int cgn_ext_init(struct cgn_ext *e, const struct cgn_conf *conf, unsigned int worker);

/** Release what cgn_ext_init() made. */
void cgn_ext_fini(struct cgn_ext *e);

/** Where the search for an address begins. The upper bits of the product depend on the whole address;
 * the host part of an address in network order does not reach the lower ones. */
static inline uint32_t
cgn_ext_start(const struct cgn_ext *e, rte_be32_t addr)
{
	return (addr * UINT32_C(0x9e3779b1)) >> e->homes_shift;
}

/** The home of an address; NULL if it is in no pool. */
static inline const struct cgn_ext_home *
cgn_ext_find(const struct cgn_ext *e, rte_be32_t addr)
{
	uint32_t i = cgn_ext_start(e, addr);

	for (;; i++) {
		const struct cgn_ext_home *h = &e->homes[i & e->homes_mask];

		if (h->addr == addr)
			return addr == 0 ? NULL : h;
		if (h->addr == 0)
			return NULL;
	}
}

/** Slot of the external index. @param port host order */
static inline uint32_t *
cgn_ext_slot(const struct cgn_ext *e, uint32_t ord, unsigned int proto, uint16_t port)
{
	return &e->index[proto][((size_t)ord << 16) | port];
}

#endif /* CGN_EXT_H */
