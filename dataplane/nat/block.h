/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BLOCK_H
#define CGN_BLOCK_H

/**
 * @file
 * The ports of a worker's external addresses: which are in use, and which block they belong to.
 *
 * Each address has one bit for each protocol and port. The bit is set while a mapping uses the port and
 * while the port is in hold-down. A port number belongs to one client in all protocols: while the client
 * uses the number in one protocol, no other client gets it in another protocol. The port range of a pool is
 * cut into blocks of one size. A block belongs to one subscriber or to nobody.
 *
 * A number in use counts for its block if the subscriber had the block when it took the number. Otherwise
 * the subscriber has claimed this single number. It stays a claim, even if a subscriber gets the block
 * later.
 *
 * Some numbers are never given out in any protocol: those of NAT-PMP and PCP, and those of the host's UDP
 * services if the address is one of an outside port (config/HOST.md).
 *
 * An address of a deterministic pool (shared/det.h) has an own block for each slot: the range of the slot, which need
 * not begin or end at a multiple of 64, and may have reserved numbers in it. The blocks of one size are in the dynamic
 * part, from its first multiple of 64 on. What is left over there is not used.
 *
 * Source:  RFC 6886 section 3.3 (companions), RFC 6887 section 11.3 (never 5350 and 5351), RFC 6056 and RFC
 * 7857 section 9 (random choice).
 * Units:   ports in host order; blocks are numbered over all addresses of the worker.
 * Threads: single owner, the worker.
 * Memory:  32 KB of bits and 256 KB of claimants per address. Reserved at init, committed when first used.
 * Cost:    a choice reads a few random cells of a block. At worst it reads all cells of the block.
 */

#include "dataplane/nat/ext.h"
#include "dataplane/nat/rand.h"
#include "shared/det.h"
#include "shared/local_service.h"

#include <rte_branch_prediction.h>

#define CGN_BLOCK_NONE   UINT32_MAX
#define CGN_BLOCK_ANY    UINT64_MAX                   /* mask of numbers: all */
#define CGN_BLOCK_EVEN   UINT64_C(0x5555555555555555) /* even numbers only */
#define CGN_BLOCK_ODD    UINT64_C(0xaaaaaaaaaaaaaaaa) /* odd numbers only */
#define CGN_BLOCK_LEASE  UINT64_C(0x4848484848484848) /* the quarter for leases; half of it odd */
#define CGN_BLOCK_WORDS  16   /* words of a bitmap of the blocks of one address */
#define CGN_BLOCK_NATPMP 5350 /* this number and the next belong to NAT-PMP and PCP */

struct cgn_block_mixed;

/** The bits of 64 port numbers. */
struct cgn_block_cell {
	uint64_t used[CGN_PROTO_COUNT]; /* by a mapping, or in hold-down */
	uint64_t claimed;               /* the number does not count for its block */
};
static_assert(sizeof(struct cgn_block_cell) == 32, "two cells a cache line");

/** A block. If all fields are zero, it belongs to nobody and is unused. */
struct cgn_block {
	uint32_t owner;   /* subscriber + 1; 0: nobody */
	uint32_t next;    /* next block in the owner's list */
	uint16_t numbers; /* numbers in use in any protocol */
	uint16_t used[CGN_PROTO_COUNT];
	uint32_t n_counted; /* protocol and port pairs that count for the block */
};
static_assert(sizeof(struct cgn_block) == 20, "three blocks a cache line");

/** How the ports of an address are cut into blocks. */
struct cgn_block_grid {
	uint32_t first;   /* its first block; own blocks come behind the blocks of one size */
	uint32_t base;    /* its first port, a multiple of 64 */
	uint16_t size;    /* ports of a block, a multiple of 64 */
	uint16_t count;   /* blocks */
	uint32_t inverse; /* 2^32 / size, rounded up: divides 16-bit numbers exactly */
	bool is_mixed;    /* blocks of former cuts are in use (block_mixed.h) */
	uint16_t n_kept;
	uint16_t kept[2 + CGN_LOCAL_KEPT_MAX]; /* numbers that are never given out */
};

/** The ports of all addresses of a worker. */
struct cgn_block_map {
	struct cgn_block_cell *cells; /* 1024 for each address */
	uint32_t *claimant;           /* by address and port: subscriber that claimed the number */
	struct cgn_block *blocks;
	struct cgn_block_grid *grids; /* by ordinal of the address */
	/* By ordinal: 1 + the deterministic group whose own blocks it has; 0: it has none. NULL: no address has any */
	uint16_t *own;
	const struct cgn_det_set *dets;
	struct cgn_block_mixed *mixed; /* by ordinal */
	const struct cgn_ext *ext;
	uint32_t room;        /* addresses that the tables have room for */
	uint32_t n_blocks;    /* numbers of blocks that were given out */
	uint32_t blocks_room; /* and those that can be given out */
	uint32_t n_exact;     /* those of the start */
	uint32_t free_rows
			[11]; /* rows of 2^i numbers that were given back; lists by `next` of the first block */
};

/** Decides whether the client may have a number that is in use in other protocols. */
typedef bool (*cgn_block_may_fn)(void *ctx, uint16_t port);

/** The own blocks of an address; NULL: it has none. */
static inline const struct cgn_det *
cgn_block_own(const struct cgn_block_map *m, uint32_t ord)
{
	return likely(m->own == NULL || m->own[ord] == 0) ? NULL
							  : m->dets->by_group[m->own[ord] - 1];
}

/** The own block that a port below the blocks of one size lies in; CGN_BLOCK_NONE if it lies in none. */
uint32_t cgn_block_own_of(const struct cgn_block_map *m, uint32_t ord, uint16_t port);

/** The same where blocks of former cuts are in use. */
uint32_t cgn_block_mixed_of(const struct cgn_block_map *m, uint32_t ord, uint16_t port);

/** Which block of a cut a port lies in, from 0; CGN_BLOCK_NONE if it lies in none. */
static inline uint32_t
cgn_block_index(const struct cgn_block_grid *g, uint16_t port)
{
	uint32_t i;

	if (port < g->base)
		return CGN_BLOCK_NONE;
	i = (uint32_t)((uint64_t)(port - g->base) * g->inverse >> 32);
	return i < g->count ? i : CGN_BLOCK_NONE;
}

/** The block that a port lies in; CGN_BLOCK_NONE if it lies in no block. */
static inline uint32_t
cgn_block_of(const struct cgn_block_map *m, uint32_t ord, uint16_t port)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	uint32_t i;

	if (unlikely(g->is_mixed))
		return cgn_block_mixed_of(m, ord, port);
	if (port < g->base)
		return cgn_block_own_of(m, ord, port);
	i = (uint32_t)((uint64_t)(port - g->base) * g->inverse >> 32);
	return i < g->count ? g->first + i : CGN_BLOCK_NONE;
}

/** Whether a block of an address is an own block. */
static inline bool
cgn_block_is_own(const struct cgn_block_map *m, uint32_t ord, uint32_t block)
{
	return cgn_block_own(m, ord) != NULL && block - m->grids[ord].first >= m->grids[ord].count;
}

/** The ports of a block. */
struct cgn_block_span {
	uint32_t first;
	uint32_t end;             /* the port behind the last one */
	const uint64_t *reserved; /* bits of ports that are never given out; NULL: none */
};

/** The ports of an own block. */
struct cgn_block_span
cgn_block_own_span(const struct cgn_block_map *m, uint32_t ord, uint32_t block);

/** The ports of a block where blocks of former cuts are in use. */
struct cgn_block_span
cgn_block_mixed_span(const struct cgn_block_map *m, uint32_t ord, uint32_t block);

/** The ports of a block. @param ord  its address */
static inline struct cgn_block_span
cgn_block_span_of(const struct cgn_block_map *m, uint32_t ord, uint32_t block)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	uint32_t first = g->base + (block - g->first) * g->size;

	/* An address of a deterministic pool is never mixed. */
	if (unlikely(g->is_mixed))
		return cgn_block_mixed_span(m, ord, block);
	if (unlikely(m->own != NULL))
		return cgn_block_own_span(m, ord, block);
	return (struct cgn_block_span){ .first = first, .end = first + g->size };
}

/** Whether a number of an address is never given out. */
static inline bool
cgn_block_is_excluded(const struct cgn_block_map *m, uint32_t ord, uint16_t port)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	const struct cgn_det *det = cgn_block_own(m, ord);

	for (unsigned int i = 0; i < g->n_kept; i++) {
		if (g->kept[i] == port)
			return true;
	}
	return unlikely(det != NULL) && cgn_det_is_reserved(det, port);
}

/** The cell of a port. */
static inline struct cgn_block_cell *
cgn_block_cell(const struct cgn_block_map *m, uint32_t ord, uint16_t port)
{
	return &m->cells[((size_t)ord << 10) | (port >> 6)];
}

/** Numbers of a cell that are in use in any protocol. */
static inline uint64_t
cgn_block_in_use(const struct cgn_block_cell *c)
{
	return c->used[CGN_PROTO_UDP] | c->used[CGN_PROTO_TCP] | c->used[CGN_PROTO_ICMP];
}

/** Numbers of a block that are free in all protocols. */
unsigned int cgn_block_free(const struct cgn_block_map *m, uint32_t ord, uint32_t block);

/**
 * Mark a port used.
 *
 * @param sub  CGN_BLOCK_NONE: the number counts for its block; else the subscriber that claims the number.
 *   It has no effect if the number is already in use in another protocol.
 */
void cgn_block_use(struct cgn_block_map *m, uint32_t ord, unsigned int proto, uint16_t port,
		uint32_t sub);

/**
 * Mark a port unused.
 *
 * @return true if it counted for its block
 */
bool cgn_block_unuse(struct cgn_block_map *m, uint32_t ord, unsigned int proto, uint16_t port);

/**
 * Choose a number of a block that is free in all protocols. Each such number has the same chance.
 *
 * @param mask       which of each 64 numbers may be chosen: CGN_BLOCK_ANY, ...
 * @param[out] port  the number; it is not marked used yet
 * @return false if there is none
 */
bool cgn_block_choose(const struct cgn_block_map *m, uint32_t ord, uint32_t block, uint64_t mask,
		struct cgn_rand *rnd, uint16_t *port);

/**
 * Find the longest row of numbers of a block that are free in all protocols. It ends at the end of the block.
 *
 * @param max        a longer row is not needed
 * @param mask       which of each 64 numbers may be the first one: CGN_BLOCK_ANY, _EVEN, _ODD
 * @param[out] port  the first number, if the row is not empty; one of several rows is chosen by @p rnd
 * @return length, up to @p max
 */
unsigned int cgn_block_longest_row(const struct cgn_block_map *m, uint32_t ord, uint32_t block,
		unsigned int max, uint64_t mask, struct cgn_rand *rnd, uint16_t *port);

/** A search for a number that the client uses in other protocols. */
struct cgn_block_search {
	unsigned int proto;   /* in which the number must be free, enum cgn_proto */
	uint64_t mask;        /* which of each 64 numbers may be chosen */
	unsigned int tries;   /* calls of `may` that are left; counted down */
	cgn_block_may_fn may; /* whether the client may have a number */
	void *ctx;            /* context of `may` */
};

/**
 * Choose a number of a block that is free in one protocol, in use in others, and allowed by s->may.
 *
 * @return false if none was found
 */
bool cgn_block_choose_shared(const struct cgn_block_map *m, uint32_t ord, uint32_t block,
		struct cgn_block_search *s, struct cgn_rand *rnd, uint16_t *port);

#endif /* CGN_BLOCK_H */
