/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_MODEL_PORTS_H
#define CGN_TEST_MODEL_PORTS_H

/**
 * @file
 * The model's external addresses and ports: pools and groups, drains, blocks, and what a new configuration does to all of
 * them.
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

/**
 * Take a configuration. At a reload, end what cannot stay.
 *
 * @param conf  stays valid as long as it is used
 */
void mo_set_conf(struct mo *m, const struct cgn_conf *conf);

/** End what is on addresses whose time is over. */
void mo_drain(struct mo *m);

/** Take a record of a block. Sets m->wrong if it is not legal. */
void mo_record(struct mo *m, const struct cgn_record *r);

/**
 * One process ends, and another one begins with what it has saved. mo_set_conf() must follow, when the clock of the model
 * has reached the time of the start.
 *
 * The next process brings the blocks back with its records. Mappings become unsure (is_unsure) that are in a block which
 * the new configuration does not have.
 *
 * @param is_whole  nothing of what was saved is lost; otherwise all mappings become unsure
 */
void mo_restart(struct mo *m, const struct cgn_conf *conf, bool is_whole);

/** Forget all mappings and held ports: nothing was saved. */
void mo_lose(struct mo *m);

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
