/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_MODEL_PORTS_H
#define CGN_TEST_MODEL_PORTS_H

/**
 * @file
 * The model's external addresses and ports: groups, addresses and blocks.
 *
 * Which block a subscriber gets is a choice of the NAT. The model learns it from the records, and checks that it is legal.
 * So the model knows who has a port only if the records are right.
 */

#include "tests/support/model.h"

/** The group of an inside address, NULL: none. */
const struct cgn_conf_group *mo_group(const struct mo *m, uint32_t addr);

/** The subscriber of an inside address, 0: none. */
mo_sub_t mo_sub(const struct mo *m, uint32_t addr);

/** The first inside address of a subscriber. */
static inline uint32_t
mo_sub_addr(mo_sub_t sub)
{
	return (uint32_t)sub;
}

/** The address of a pool, NULL: it is none. */
struct mo_addr *mo_addr(struct mo *m, uint32_t addr);

/** Take a record of a block. Sets m->wrong if it is not legal. */
void mo_record(struct mo *m, const struct cgn_record *r);

/** Note that something is wrong. */
void mo_wrong(struct mo *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** The address of a pool, NULL: it is none. */
const struct mo_addr *mo_find_addr(const struct mo *m, uint32_t addr);

/** Whether an address is in one of some ranges. */
bool mo_has_range(const struct cgn_range4 *r, size_t n, uint32_t addr);

/** The pool of an address. @return n_pools: none */
size_t mo_pool_of(const struct cgn_conf *conf, uint32_t addr);

/** Ports of a block of a pool. 0: no group uses it */
uint16_t mo_cut_of(const struct cgn_conf *conf, size_t pool);

/** The use of a port: a mapping, or a hold-down. */
struct mo_use {
	mo_sub_t sub;
	uint32_t client;
	uint8_t proto;
	struct mo_ep in;
	struct mo_ep ext;
	bool is_held;
	bool is_sure; /* not a port that may or may not be held */
};

/** The k-th use of a port: mappings first, held ones then. @return false: no more of them */
bool mo_use_at(const struct mo *m, unsigned int k, struct mo_use *u);

/** Whether a use is none: a place in the array that is empty. */
static inline bool
mo_is_nothing(const struct mo_use *u)
{
	return !u->is_held && !u->is_sure;
}

/** The block of a port. A number belongs to the one that has claimed it, and otherwise to the one that has its block. */
const struct mo_block *mo_block_of(const struct mo *m, struct mo_ep ext);

/** The i-th block is nobody's any more. */
void mo_put_away(struct mo *m, unsigned int i);

/** Check that each mapping and each held port is in a block of its subscriber, and that no block is kept for nothing. */
void mo_check_blocks(struct mo *m);

/** The subscriber that had a port after a step, as the records say. 0: none, or several */
mo_sub_t mo_resolve(const struct mo *m, uint32_t step, struct mo_ep ext);

/** When a lease ends: on an address that drains, no later than what else is there. */
uint32_t mo_lease_end(const struct mo *m, struct mo_ep ext, uint32_t lifetime_s);

/** An inside host asks for a mapping. Even if it is refused, its subscriber stays for the time of an idle one. */
void mo_ask(struct mo *m, uint32_t addr);

/**
 * Whether the NAT must make a new mapping for an inside endpoint.
 *
 * @param is_lease  for leases the limits of mappings do not count
 */
enum mo_verdict mo_may_make(const struct mo *m, uint8_t proto, struct mo_ep in, bool is_lease);

/** Check the choice of an external endpoint. @return NULL: it is legal; else what is wrong */
const char *mo_judge(const struct mo *m, uint8_t proto, struct mo_ep in, struct mo_ep ext);

#endif /* CGN_TEST_MODEL_PORTS_H */
