/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BOOK_H
#define CGN_BOOK_H

/**
 * @file
 * The address book: which worker has which external address, and at which ordinal.
 *
 * The ordinal of an address is its place in the tables of its worker. As long as an address is used, it keeps worker and
 * ordinal, however often the configuration changes. An address that has left its pool stays in the book until its
 * worker has reported it empty (cgn_book_set_empty()), so that its last packets find their worker. Then the next book
 * does without it, and the ordinal is free.
 *
 * At the start the addresses are given to the workers in turn, pool by pool. A new address goes to the worker that has
 * the fewest addresses of the pool; of several ones, to the one that has the fewest addresses at all.
 *
 * Threads: one thread makes a book. Then it is read only for all, but for the marks of cgn_book_set_empty(): each worker
 *          sets those of its own addresses.
 * Memory:  some 40 octets an address.
 */

#include "shared/addr.h"
#include "shared/conf.h"

#include <stdatomic.h>

#define CGN_BOOK_NO_POOL UINT16_MAX
#define CGN_BOOK_WHY_MAX 160 /* octets of a reason with its NUL */

/** An external address and the worker that has it. Addresses in network order. */
struct cgn_ext_addr {
	rte_be32_t addr; /* 0: empty slot */
	uint8_t worker;
	bool is_leaving; /* it is in no pool any more */
	uint16_t pool;   /* if it is leaving, the one that it was in */
	uint32_t ord;    /* place among the addresses of that worker */
};
static_assert(sizeof(struct cgn_ext_addr) == 12, "five slots a cache line");
static_assert(CGN_WORKERS_MAX <= UINT8_MAX, "the number of a worker has eight bits");

/** What is at an ordinal of a worker. */
struct cgn_book_place {
	rte_be32_t addr; /* 0: nothing */
	uint16_t pool;   /* CGN_BOOK_NO_POOL: nothing, or the address is leaving */
};

/** The addresses of one worker. */
struct cgn_book_part {
	struct cgn_book_place *at;           /* by ordinal */
	uint32_t n;                          /* one more than the highest ordinal in use */
	uint32_t *ords;                      /* ordinals of the pools' addresses, pool by pool */
	uint32_t of_pool[CGN_POOLS_MAX + 1]; /* by pool: where its ordinals begin in ords */
	_Atomic(bool) *is_empty; /* by ordinal: the worker has no use for a leaving address any more */
};

/** The book of all workers. */
struct cgn_book {
	struct cgn_ext_addr *addrs; /* open addressing, power of two, at most half full */
	uint32_t mask;
	uint32_t shift; /* 32 - bits of the mask */
	uint32_t room;  /* most ordinals of a worker */
	unsigned int n_workers;
	uint32_t numbers[CGN_POOLS_MAX]; /* of the pools (shared/conf_pools.h) */
	struct cgn_book_part parts[CGN_WORKERS_MAX];
};

/**
 * Make the book of a configuration.
 *
 * @param before    the book in use; NULL: there is none yet
 * @param[out] why  the reason of -ENOSPC and -EADDRNOTAVAIL in words
 * @return 0; -ENOMEM; -ENOSPC: a worker has no room for so many addresses; -EADDRNOTAVAIL: a worker would have no
 *   address of a pool, because others have those that stay
 */
int cgn_book_create(struct cgn_book **out, const struct cgn_conf *conf,
		const struct cgn_book *before, char why[static CGN_BOOK_WHY_MAX]);

/** Release. NULL is allowed. */
void cgn_book_destroy(struct cgn_book *b);

/**
 * Slot at which the search for an address begins. The upper bits of the product depend on the whole
 * address. The lower bits do not: in network order the host part of an address does not change them.
 */
static inline uint32_t
cgn_book_start(uint32_t shift, rte_be32_t addr)
{
	return (addr * UINT32_C(0x9e3779b1)) >> shift;
}

/** Look up an external address. Also one that is leaving is found. @return NULL: there is no such address */
static inline const struct cgn_ext_addr *
cgn_book_search(const struct cgn_ext_addr *addrs, uint32_t mask, uint32_t shift, rte_be32_t addr)
{
	uint32_t i = cgn_book_start(shift, addr);

	for (;; i++) {
		const struct cgn_ext_addr *h = &addrs[i & mask];

		if (h->addr == addr)
			return addr == 0 ? NULL : h;
		if (h->addr == 0)
			return NULL;
	}
}

/** The same in a book. */
static inline const struct cgn_ext_addr *
cgn_book_find(const struct cgn_book *b, rte_be32_t addr)
{
	return cgn_book_search(b->addrs, b->mask, b->shift, addr);
}

/** What is at an ordinal of a worker. The ordinal may be higher than all of them. */
static inline struct cgn_book_place
cgn_book_at(const struct cgn_book *b, unsigned int worker, uint32_t ord)
{
	const struct cgn_book_part *part = &b->parts[worker];

	return ord < part->n ? part->at[ord] : (struct cgn_book_place){ .pool = CGN_BOOK_NO_POOL };
}

/** Ordinals of a worker's addresses of a pool, in the order of the pool. @param[out] n  how many */
static inline const uint32_t *
cgn_book_ords(const struct cgn_book *b, unsigned int worker, unsigned int pool, uint32_t *n)
{
	const struct cgn_book_part *part = &b->parts[worker];

	*n = part->of_pool[pool + 1] - part->of_pool[pool];
	return &part->ords[part->of_pool[pool]];
}

/** Report that a leaving address holds nothing any more. The next book does without it. */
static inline void
cgn_book_set_empty(const struct cgn_book *b, unsigned int worker, uint32_t ord)
{
	atomic_store_explicit(&b->parts[worker].is_empty[ord], true, memory_order_release);
}

#endif /* CGN_BOOK_H */
