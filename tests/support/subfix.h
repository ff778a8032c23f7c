/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_SUBFIX_H
#define CGN_TEST_SUBFIX_H

/**
 * @file
 * The subscribers of one worker with a small configuration and simulated mappings.
 *
 * Group 0 is 100.64.0.0/10 on pool 0, group 1 is 10.0.0.0/8 and 2001:db8::/32 on pool 1. Tests change
 * `conf` between subfix_conf() and subfix_start().
 */

#include "dataplane/nat/nat_plan.h"
#include "dataplane/nat/subscriber.h"
#include "shared/stats.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define SUBFIX_MAPPINGS 65536
#define SUBFIX_IP(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct subfix {
	struct cgn_conf conf;
	struct cgn_nat_plan plan;
	struct cgn_conf_pool pools[2];
	struct cgn_range4 ranges[2];
	struct cgn_conf_group groups[2];
	struct cgn_prefix prefixes[3];
	struct cgn_ext ext;
	struct cgn_rand rnd;
	struct cgn_subscribers *subs;
	struct cgn_stats stats;
	struct cgn_client mappings[SUBFIX_MAPPINGS]; /* 0 is none */
	uint32_t n_mappings;
};

/** A subscriber's host: 100.64.x.y of group 0. */
static inline rte_be32_t
subfix_host(unsigned int x, unsigned int y)
{
	return rte_cpu_to_be_32(SUBFIX_IP(100, 64, x, y));
}

static inline struct cgn_client
subfix_client(rte_be32_t addr, uint16_t port, enum cgn_proto proto)
{
	return (struct cgn_client){
		.addr = addr, .port = rte_cpu_to_be_16(port), .proto = (uint8_t)proto
	};
}

static inline bool
subfix_same(const void *ctx, uint32_t mapping, const struct cgn_client *c)
{
	const struct subfix *f = ctx;

	return f->mappings[mapping].addr == c->addr && f->mappings[mapping].realm == c->realm;
}

/** Two pools of two addresses each. Only the blocks limit a subscriber. */
static inline struct subfix *
subfix_conf(uint16_t block_size, uint16_t blocks_max, uint16_t port_min, uint16_t port_max)
{
	/* The counters begin at a cache line. */
	struct subfix *f = aligned_alloc(alignof(struct subfix), sizeof(*f));

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	memset(f, 0, sizeof(*f));
	f->ranges[0] = (struct cgn_range4){ SUBFIX_IP(198, 51, 100, 0),
		SUBFIX_IP(198, 51, 100, 1) };
	f->ranges[1] = (struct cgn_range4){ SUBFIX_IP(203, 0, 113, 0), SUBFIX_IP(203, 0, 113, 1) };
	f->prefixes[0] = (struct cgn_prefix){ .ip4 = subfix_host(0, 0), .len = 10 };
	f->prefixes[1] = (struct cgn_prefix){ .ip4 = rte_cpu_to_be_32(SUBFIX_IP(10, 0, 0, 0)),
		.len = 8 };
	f->prefixes[2] = (struct cgn_prefix){
		.ip6 = { { 0x20, 0x01, 0x0d, 0xb8 } }, .len = 32, .is_ip6 = true
	};
	for (uint16_t i = 0; i < 2; i++) {
		f->pools[i] = (struct cgn_conf_pool){
			.ranges = &f->ranges[i],
			.n_ranges = 1,
			.n_addresses = 2,
			.port_min = port_min,
			.port_max = port_max,
		};
		f->groups[i] = (struct cgn_conf_group){
			.prefixes = &f->prefixes[i],
			.n_prefixes = i + 1U,
			.subscriber_prefix_len = 32,
			.subscriber_prefix6_len = 56,
			.pool = i,
			.block_size = block_size,
			.blocks_max = blocks_max,
		};
	}
	f->conf = (struct cgn_conf){
		.workers = 1,
		.pools = f->pools,
		.n_pools = 2,
		.groups = f->groups,
		.n_groups = 2,
		.nat = { .hold_down_s = 120, .hold_down_max = 1000 },
	};
	return f;
}

static inline void
subfix_start(struct subfix *f, uint8_t seed)
{
	uint8_t octets[32] = { seed };
	char why[CGN_BOOK_WHY_MAX];

	eal_start();
	cgn_rand_init(&f->rnd, octets);
	CU_ASSERT_EQUAL_FATAL(cgn_nat_plan_init(&f->plan, &f->conf, NULL, why), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_ext_init(&f->ext, f->plan.book, 0), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_subscribers_create(&f->subs, &f->plan, 0, &f->ext, &f->rnd,
					      subfix_same, f, &f->stats),
			0);
}

/* A reload. @param conf  outlives the fixture */
static inline void
subfix_reload(struct subfix *f, const struct cgn_conf *conf)
{
	struct cgn_nat_plan old = f->plan;
	char why[CGN_BOOK_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(cgn_nat_plan_init(&f->plan, conf, &old, why), 0);
	cgn_ext_set_book(&f->ext, f->plan.book);
	cgn_subscribers_set_plan(f->subs, &f->plan);
	cgn_nat_plan_fini(&old);
}

static inline void
subfix_end(struct subfix *f)
{
	cgn_subscribers_destroy(f->subs);
	cgn_ext_fini(&f->ext);
	cgn_nat_plan_fini(&f->plan);
	free(f);
}

/** The subscriber of an address. If there is none, it is made. The test fails if that is not possible. */
static inline uint32_t
subfix_sub(struct subfix *f, rte_be32_t addr, cgn_tick now)
{
	uint32_t sub = CGN_SUB_NONE;

	CU_ASSERT_EQUAL_FATAL(cgn_subscribers_get4(f->subs, addr, now, &sub), CGN_V_NONE);
	return sub;
}

/** Do what the mapping layer does after take() and claim(). */
static inline void
subfix_map(struct subfix *f, uint32_t ord, uint16_t port, const struct cgn_client *c)
{
	CU_ASSERT_FATAL(f->n_mappings + 1 < SUBFIX_MAPPINGS);
	f->mappings[++f->n_mappings] = *c;
	*cgn_ext_slot(&f->ext, ord, c->proto, port) = f->n_mappings;
}

/** Take and map a port that may have been foreseen. @return 0 if there is none; then @p v is the verdict */
static inline uint16_t
subfix_take_foreseen(struct subfix *f, uint32_t sub, const struct cgn_client *c, uint16_t foreseen,
		cgn_tick now, enum cgn_verdict *v)
{
	uint16_t port = 0;
	enum cgn_verdict got = cgn_subscribers_take(f->subs, sub, c, foreseen, now, &port);

	if (v != NULL)
		*v = got;
	if (got != CGN_V_NONE)
		return 0;
	subfix_map(f, cgn_subscribers_at(f->subs, sub)->ext_ord, port, c);
	return port;
}

/** Take and map a port. @return 0 if there is none; then @p v is the verdict */
static inline uint16_t
subfix_take(struct subfix *f, uint32_t sub, const struct cgn_client *c, cgn_tick now,
		enum cgn_verdict *v)
{
	return subfix_take_foreseen(f, sub, c, 0, now, v);
}

/** Claim and map a port. */
static inline int
subfix_claim(struct subfix *f, uint32_t sub, const struct cgn_client *c, uint32_t ord,
		uint16_t port, cgn_tick now)
{
	int ret = cgn_subscribers_claim(f->subs, sub, c, ord, port, false, now);

	if (ret == 0)
		subfix_map(f, ord, port, c);
	return ret;
}

/** End everything that can end. */
static inline void
subfix_expire_all(struct subfix *f, cgn_tick now)
{
	while (cgn_subscribers_expire(f->subs, now, 7) != 0)
		;
}

#endif /* CGN_TEST_SUBFIX_H */
