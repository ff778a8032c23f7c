/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORTS_H
#define CGN_PORTS_H

/**
 * @file
 * Choice of a port for a subscriber. The port comes from the blocks that the subscriber has, or from one
 * more block of its paired address.
 *
 * A subscriber of a deterministic group has its own block (own.h). The other blocks are used only while the own block has
 * no number for the request, and in each protocol up to ports_max.
 *
 * First a number that nobody uses is searched. If there is none, a number is searched that the same client
 * uses in another protocol (a companion). At most CGN_PORTS_TRIES companions are tried, because each try
 * looks at other mappings.
 *
 * Source:  RFC 4787 REQ-4 (parity), RFC 6056 and RFC 7857 section 9 (random choice), RFC 6886 section 3.3
 * (companions), RFC 7422 section 2 (own range first, up to M).
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/client.h"
#include "dataplane/nat/hold.h"
#include "dataplane/nat/nat_plan.h"
#include "dataplane/nat/nat_record.h"
#include "dataplane/nat/own.h"
#include "dataplane/nat/pool.h"
#include "shared/verdict.h"

#define CGN_PORTS_TRIES 64 /* most companions tried for one packet: bounds the work */

/** The ports of a worker: blocks, pools, hold-down. Part of struct cgn_subscribers. */
struct cgn_ports {
	const struct cgn_ext *ext;
	struct cgn_rand *rnd;
	cgn_same_client_fn same;
	const void *same_ctx;
	struct cgn_record_door *records; /* NULL: nothing is recorded */
	struct cgn_block_map map;
	struct cgn_pool_set pools;
	struct cgn_hold hold;
	uint32_t guard_s;              /* of blocks that were used */
	uint16_t sizes[CGN_POOLS_MAX]; /* block size of each pool */
};

/**
 * Which numbers are preferred. Leases take the numbers of CGN_BLOCK_LEASE first. Traffic avoids these
 * numbers while clients restore leases that cgnd has lost (RFC 6886 section 3.7).
 */
enum cgn_ports_zone {
	CGN_PORTS_ANY,
	CGN_PORTS_LEASE,
	CGN_PORTS_TRAFFIC,
};

/** Request for a port. */
struct cgn_ports_ask {
	struct cgn_subscriber *pub;
	uint32_t sub; /* number of the subscriber */
	const struct cgn_client *c;
	uint32_t blocks_max; /* the own block does not count */
	bool wants_fresh;    /* numbers that nobody uses may be taken */
	bool preserve;       /* prefer the inside port */
	enum cgn_ports_zone zone;
	bool parity; /* prefer a number that is odd or even like the inside port */
};

/**
 * Set up all ports.
 *
 * @param plan  valid until cgn_ports_set_plan()
 * @param stats  one for each pool, all zero; must outlive the ports
 * @return 0, -ENOMEM, -EINVAL: the block sizes do not fit
 */
int cgn_ports_init(struct cgn_ports *p, const struct cgn_nat_plan *plan, const struct cgn_ext *ext,
		struct cgn_rand *rnd, cgn_same_client_fn same, const void *ctx,
		struct cgn_pool_stats *stats);

/** Use a new configuration from now on. Addresses follow it later (follow.h). @param old  the one of before */
void cgn_ports_set_plan(
		struct cgn_ports *p, const struct cgn_nat_plan *plan, const struct cgn_conf *old);

/** Release what init made. */
void cgn_ports_fini(struct cgn_ports *p);

/**
 * Give a subscriber one more block of its paired address.
 *
 * @return the block; CGN_BLOCK_NONE: the address has no free block
 */
uint32_t cgn_ports_grow(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t sub);

/** Give a subscriber a block of its paired address that it had before. It is no own block. @return false: it is not free */
bool cgn_ports_give(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t sub, uint32_t block);

/** Take a block of a subscriber back that it has not used. It is not its own block. */
void cgn_ports_shrink(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t block);

/** Take a block of a subscriber back that it has used before. It is not its own block. The block goes into guard. */
void
cgn_ports_retire(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t block, cgn_tick now);

/** Take all blocks of a subscriber back, its own block too. */
void cgn_ports_take_back(struct cgn_ports *p, struct cgn_subscriber *pub, cgn_tick now);

/** cgn_ports_leave_reserve() for a group with a reserve that is greater than the leases of the subscriber. */
bool cgn_ports_leave_some(const struct cgn_ports *p, const struct cgn_subscriber *pub,
		const struct cgn_conf_group *g, unsigned int proto);

/**
 * Whether traffic may take one more number. The last leases_reserve numbers that a subscriber can have are kept for
 * leases. The leases that it has already are subtracted from the reserve.
 *
 * @param g  group of the subscriber
 */
static inline bool
cgn_ports_leave_reserve(const struct cgn_ports *p, const struct cgn_subscriber *pub,
		const struct cgn_conf_group *g, unsigned int proto)
{
	return g->leases_reserve <= pub->n_leases || cgn_ports_leave_some(p, pub, g, proto);
}

/** Whether each other protocol of a number is free, or is used or held by the same client. */
bool cgn_ports_is_clients(
		const struct cgn_ports *p, uint32_t ord, uint16_t port, const struct cgn_client *c);

/** The numbers that are odd or even like an inside port. */
static inline uint64_t
cgn_ports_parity(rte_be16_t in_port)
{
	return (rte_be_to_cpu_16(in_port) & 1) == 0 ? CGN_BLOCK_EVEN : CGN_BLOCK_ODD;
}

/** The numbers of a zone that are preferred. @param parity  CGN_BLOCK_ANY, or cgn_ports_parity() */
static inline uint64_t
cgn_ports_preferred(enum cgn_ports_zone zone, uint64_t parity)
{
	switch (zone) {
	case CGN_PORTS_LEASE:
		return parity & CGN_BLOCK_LEASE;
	case CGN_PORTS_TRAFFIC:
		return parity & ~CGN_BLOCK_LEASE;
	case CGN_PORTS_ANY:
		break;
	}
	return parity;
}

/** Whether nobody uses a number, in any protocol, and it lies in a block of a subscriber. @param ord  its address */
static inline bool
cgn_ports_is_fresh(const struct cgn_ports *p, uint32_t ord, uint32_t sub, uint16_t port)
{
	uint32_t b = cgn_block_of(&p->map, ord, port);

	return b != CGN_BLOCK_NONE && p->map.blocks[b].owner == sub + 1 &&
			(cgn_block_in_use(cgn_block_cell(&p->map, ord, port)) >> (port & 63) & 1) ==
			0;
}

/**
 * Choose a fresh number for a request that comes soon, in the same call of the worker. It is as random as one of
 * cgn_ports_find(). The caller takes it if the request may take fresh numbers, and cgn_ports_is_fresh() then.
 *
 * @param mask  numbers that the request prefers
 * @return host order; 0: none was found at once
 */
uint16_t cgn_ports_foresee(struct cgn_ports *p, const struct cgn_subscriber *pub, uint64_t mask);

/**
 * Find a port. The port is not marked used yet. The subscriber may have got new blocks.
 *
 * @param[out] port  host order
 * @return CGN_V_NONE, or CGN_V_SUB_PORTS, CGN_V_POOL_PORTS
 */
enum cgn_verdict
cgn_ports_find(struct cgn_ports *p, const struct cgn_ports_ask *ask, uint16_t *port);

#endif /* CGN_PORTS_H */
