/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXT_H
#define CGN_EXT_H

/**
 * @file
 * External addresses of a worker, and the external index, which tells who uses a port.
 *
 * Every worker knows every pool address by the address book (book.h), because hairpins and hand-over need the owner of
 * the address. A worker keeps ports only for the addresses that it owns. The external index is one array per protocol.
 * The place of a port in the array is ordinal * 65536 + port. The memory is reserved at init, with room for addresses of
 * later books, and committed when a port is first used.
 *
 * A new book does not change the addresses that the worker has. cgn_follow_look() (follow.h) takes over its changes,
 * address by address.
 *
 * Entry:   0: the port is free. CGN_EXT_HELD | n: the port is in hold-down, entry n of hold.h.
 * CGN_EXT_FILTERED | n: the port has a mapping with filters, line n of filters.h. Else: index of a mapping. Bit 31 leads
 * a packet out of the fast path.
 * Threads: the book is read only; everything else has one owner, the worker.
 */

#include "dataplane/nat/book.h"
#include "dataplane/nat/filters.h"
#include "shared/addr.h"
#include "shared/conf.h"

#define CGN_EXT_HELD     UINT32_C(0x80000000)
#define CGN_EXT_FILTERED UINT32_C(0xc0000000)
#define CGN_EXT_NONE     UINT32_MAX /* ordinal of an address of no pool */

/** External addresses and external index of one worker. */
struct cgn_ext {
	const struct cgn_ext_addr *
			addrs; /* these three are of the book, so that a packet needs no further access */
	uint32_t addrs_mask;
	uint32_t addrs_shift;
	uint32_t n_owned;       /* one more than the highest ordinal that the worker has had */
	rte_be32_t *owned_addr; /* by ordinal; 0: the worker has no address there */
	uint16_t *owned_pool;   /* by ordinal; CGN_BOOK_NO_POOL: the same */
	uint32_t *index[CGN_PROTO_COUNT];
	struct cgn_filters filters; /* set up and released by nat.c */
	const struct cgn_book *book;
	uint32_t room; /* ordinals that the tables have room for */
	unsigned int worker;
};

/**
 * Set up for a worker, with its addresses of a book.
 *
 * @param book  must stay valid as long as @p e, or until cgn_ext_set_book()
 * @return 0, -ENOMEM
 */
int cgn_ext_init(struct cgn_ext *e, const struct cgn_book *book, unsigned int worker);

/** Release what cgn_ext_init() made. */
void cgn_ext_fini(struct cgn_ext *e);

/** Use a book that was made from the present one. The addresses of the worker do not change yet. */
void cgn_ext_set_book(struct cgn_ext *e, const struct cgn_book *book);

/** The worker has an address of the book from now on. The ordinal is free. */
void cgn_ext_add(struct cgn_ext *e, uint32_t ord);

/** The worker has the address of an ordinal no more. All its ports are free. */
void cgn_ext_remove(struct cgn_ext *e, uint32_t ord);

/** Whether the worker has an address at an ordinal. */
static inline bool
cgn_ext_has(const struct cgn_ext *e, uint32_t ord)
{
	return ord < e->n_owned && e->owned_pool[ord] != CGN_BOOK_NO_POOL;
}

/** Number of the pool of an address that the worker has, for records. */
static inline uint32_t
cgn_ext_pool_number(const struct cgn_ext *e, uint32_t ord)
{
	return e->book->numbers[e->owned_pool[ord]];
}

/** Whether an address that the worker has is not where it was in the book: it is in another pool, or in none. */
static inline bool
cgn_ext_has_left(const struct cgn_ext *e, uint32_t ord)
{
	return cgn_book_at(e->book, e->worker, ord).pool != e->owned_pool[ord];
}

/** Look up a pool address. @return NULL: the address is in no pool */
static inline const struct cgn_ext_addr *
cgn_ext_find(const struct cgn_ext *e, rte_be32_t addr)
{
	return cgn_book_search(e->addrs, e->addrs_mask, e->addrs_shift, addr);
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
