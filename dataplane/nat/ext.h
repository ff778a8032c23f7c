/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXT_H
#define CGN_EXT_H

/**
 * @file
 * External addresses of all pools, and the external index, which tells who uses a port.
 *
 * Every worker knows every pool address, because hairpins and hand-over need the owner of the address. A
 * worker keeps ports only for the addresses that it owns. The ordinal of a pool address is its place among
 * the addresses of its owner. The external index is one array per protocol. The place of a port in the
 * array is ordinal * 65536 + port. The memory is reserved at init and committed when a port is first used.
 *
 * Entry:   0: the port is free. CGN_EXT_HELD | n: the port is in hold-down, entry n of hold.h.
 * CGN_EXT_FILTERED | n: the port has a mapping with filters, line n of filters.h. Else: index of a mapping. Bit 31 leads
 * a packet out of the fast path.
 * Threads: the table of owners is read only; the index has one owner, the worker.
 */

#include "dataplane/nat/filters.h"
#include "shared/addr.h"
#include "shared/conf.h"

#define CGN_EXT_HELD     UINT32_C(0x80000000)
#define CGN_EXT_FILTERED UINT32_C(0xc0000000)
#define CGN_EXT_NONE     UINT32_MAX /* ordinal of an address of no pool */

/** A pool address and the worker that owns it. Addresses in network order. */
struct cgn_ext_addr {
	rte_be32_t addr; /* 0: empty slot */
	uint16_t worker;
	uint16_t pool;
	uint32_t ord; /* place among the addresses of that worker */
};

/** Pool addresses and external index of one worker. */
struct cgn_ext {
	struct cgn_ext_addr *addrs; /* open addressing, power of two, at most half full */
	uint32_t addrs_mask;
	uint32_t addrs_shift;   /* 32 - bits of the mask */
	uint32_t n_owned;       /* addresses that this worker owns */
	rte_be32_t *owned_addr; /* by ordinal */
	uint16_t *owned_pool;   /* by ordinal */
	uint32_t *index[CGN_PROTO_COUNT];
	struct cgn_filters filters; /* set up and released by nat.c */
};

/**
 * Build the table for one worker. Pool addresses are assigned to the workers in turn, pool by pool.
 *
 * @return 0, -ENOMEM
 */
int cgn_ext_init(struct cgn_ext *e, const struct cgn_conf *conf, unsigned int worker);

/** Release what cgn_ext_init() made. */
void cgn_ext_fini(struct cgn_ext *e);

/**
 * Slot at which the search for an address begins. The upper bits of the product depend on the whole
 * address. The lower bits do not: in network order the host part of an address does not change them.
 */
static inline uint32_t
cgn_ext_start(const struct cgn_ext *e, rte_be32_t addr)
{
	return (addr * UINT32_C(0x9e3779b1)) >> e->addrs_shift;
}

/** Look up a pool address. @return NULL: the address is in no pool */
static inline const struct cgn_ext_addr *
cgn_ext_find(const struct cgn_ext *e, rte_be32_t addr)
{
	uint32_t i = cgn_ext_start(e, addr);

	for (;; i++) {
		const struct cgn_ext_addr *h = &e->addrs[i & e->addrs_mask];

		if (h->addr == addr)
			return addr == 0 ? NULL : h;
		if (h->addr == 0)
			return NULL;
	}
}

/** Look up a pool address that this worker owns. @return NULL: this worker does not own it */
static inline const struct cgn_ext_addr *
cgn_ext_find_owned(const struct cgn_ext *e, rte_be32_t addr)
{
	const struct cgn_ext_addr *a = cgn_ext_find(e, addr);

	return a != NULL && a->ord < e->n_owned && e->owned_addr[a->ord] == addr ? a : NULL;
}

/** Slot of the external index. @param port host order */
static inline uint32_t *
cgn_ext_slot(const struct cgn_ext *e, uint32_t ord, unsigned int proto, uint16_t port)
{
	return &e->index[proto][((size_t)ord << 16) | port];
}

/** Whether a slot's port is in hold-down. Its place in hold.h is then slot & ~CGN_EXT_HELD. */
static inline bool
cgn_ext_is_held(uint32_t slot)
{
	return (slot & CGN_EXT_FILTERED) == CGN_EXT_HELD;
}

/** First line of the filters of a slot's mapping, 0: it has none. */
static inline uint32_t
cgn_ext_filters(uint32_t slot)
{
	return slot < CGN_EXT_FILTERED ? 0 : slot & ~CGN_EXT_FILTERED;
}

/** The mapping of a slot, 0: none. */
static inline uint32_t
cgn_ext_mapping(const struct cgn_ext *e, uint32_t slot)
{
	if (slot < CGN_EXT_HELD)
		return slot;
	return cgn_ext_is_held(slot) ? 0 : e->filters.at[cgn_ext_filters(slot)].mapping;
}

#endif /* CGN_EXT_H */
