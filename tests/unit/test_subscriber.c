/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/subscriber_read.h"
#include "tests/support/subfix.h"

#include <errno.h>

#define T0 UINT32_C(1000)

static const struct cgn_subscriber *
at(struct subfix *f, uint32_t sub)
{
	const struct cgn_subscriber *pub = cgn_subscribers_at(f->subs, sub);

	CU_ASSERT_PTR_NOT_NULL_FATAL(pub);
	return pub;
}

static void
release(struct subfix *f, uint32_t sub, const struct cgn_client *c, uint16_t port, bool hold,
		cgn_tick now)
{
	cgn_subscribers_release(f->subs, sub, c, at(f, sub)->ext_ord, port,
			hold ? CGN_PORT_HELD : CGN_PORT_FREE, now);
}

/* --- who is a subscriber ------------------------------------------------------------------- */

static void
address_of_no_group_is_no_subscriber(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	rte_be32_t stranger = rte_cpu_to_be_32(SUBFIX_IP(192, 0, 2, 1));
	uint32_t sub = 77;

	subfix_start(f, 1);
	CU_ASSERT_EQUAL(cgn_subscribers_get4(f->subs, stranger, T0, &sub), CGN_V_NOT_SUBSCRIBER);
	CU_ASSERT_EQUAL(sub, 77);
	CU_ASSERT_PTR_NULL(cgn_subscribers_group4(f->subs, stranger));
	CU_ASSERT_EQUAL(cgn_subscribers_find4(f->subs, stranger), CGN_SUB_NONE);
	CU_ASSERT_EQUAL(cgn_subscribers_find4(f->subs, subfix_host(0, 1)), CGN_SUB_NONE);
	CU_ASSERT_PTR_EQUAL(cgn_subscribers_group4(f->subs, subfix_host(0, 1)), &f->groups[0]);
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(f->subs), 0);
	subfix_end(f);
}

/* A-POOL-2: hosts of one prefix are one subscriber. */
static void
hosts_of_one_prefix_share_subscriber_and_address(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	uint32_t first, second, other;

	f->groups[0].subscriber_prefix_len = 29;
	subfix_start(f, 1);
	first = subfix_sub(f, subfix_host(3, 8), T0);
	second = subfix_sub(f, subfix_host(3, 15), T0);
	other = subfix_sub(f, subfix_host(3, 16), T0);
	CU_ASSERT_EQUAL(first, second);
	CU_ASSERT_NOT_EQUAL(first, other);
	CU_ASSERT_EQUAL(at(f, first)->addr.ip4, subfix_host(3, 8));
	CU_ASSERT_EQUAL(at(f, first)->prefix_len, 29);
	CU_ASSERT_EQUAL(cgn_subscribers_find4(f->subs, subfix_host(3, 11)), first);
	CU_ASSERT_PTR_NULL(cgn_subscribers_at(f->subs, cgn_subscribers_end(f->subs)));
	subfix_end(f);
}

/* A-POOL-2, F-ID-1: two B4s whose hosts have the same inner address are two subscribers. */
static void
b4s_are_told_apart_by_their_ip6_prefix(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	struct cgn_ip6 a = { { 0x20, 0x01, 0x0d, 0xb8, 0, 1, 2, 0x13, 9 } };
	struct cgn_ip6 same = { { 0x20, 0x01, 0x0d, 0xb8, 0, 1, 2, 0x1f, 7 } };
	struct cgn_ip6 b = { { 0x20, 0x01, 0x0d, 0xb8, 0, 1, 2, 0x23, 9 } };
	struct cgn_ip6 stranger = { { 0x20, 0x02 } };
	uint32_t sub_a, sub_b, sub;

	f->groups[1].subscriber_prefix6_len = 60; /* in the middle of the eighth octet */
	subfix_start(f, 1);
	CU_ASSERT_EQUAL(cgn_subscribers_get6(f->subs, &a, T0, &sub_a), CGN_V_NONE);
	CU_ASSERT_EQUAL(cgn_subscribers_get6(f->subs, &same, T0, &sub), CGN_V_NONE);
	CU_ASSERT_EQUAL(cgn_subscribers_get6(f->subs, &b, T0, &sub_b), CGN_V_NONE);
	CU_ASSERT_EQUAL(sub, sub_a);
	CU_ASSERT_NOT_EQUAL(sub_b, sub_a);
	CU_ASSERT_EQUAL(cgn_subscribers_find6(f->subs, &same), sub_a);
	CU_ASSERT_EQUAL(cgn_subscribers_find6(f->subs, &stranger), CGN_SUB_NONE);
	CU_ASSERT_EQUAL(cgn_subscribers_get6(f->subs, &stranger, T0, &sub), CGN_V_NOT_SUBSCRIBER);
	CU_ASSERT_PTR_EQUAL(cgn_subscribers_group6(f->subs, &a), &f->groups[1]);
	CU_ASSERT_TRUE(at(f, sub_a)->addr.is_ip6);
	CU_ASSERT_EQUAL(at(f, sub_a)->addr.ip6.b[7], 0x10);
	subfix_end(f);
}

/* A-POOL-2: the address of a B4 never equals the IPv4 prefix with the same octets. */
static void
ip4_and_ip6_subscribers_do_not_mix(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	uint32_t native, b4;
	struct cgn_ip6 a = { { 10, 0, 0, 1 } };

	f->prefixes[2] = (struct cgn_prefix){ .ip6 = { { 10 } }, .len = 8, .is_ip6 = true };
	f->groups[1].subscriber_prefix6_len = 32;
	subfix_start(f, 1);
	native = subfix_sub(f, rte_cpu_to_be_32(SUBFIX_IP(10, 0, 0, 1)), T0);
	CU_ASSERT_EQUAL(cgn_subscribers_get6(f->subs, &a, T0, &b4), CGN_V_NONE);
	CU_ASSERT_NOT_EQUAL(native, b4);
	subfix_end(f);
}

/* --- pairing ------------------------------------------------------------------------------- */

/* A-POOL-1: one external address for all protocols, also over several blocks. */
static void
all_ports_of_a_subscriber_come_from_one_address(void)
{
	struct subfix *f = subfix_conf(64, 4, 1024, 65535);
	uint32_t sub, ord;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	ord = at(f, sub)->ext_ord;
	for (uint16_t i = 0; i < 700; i++) {
		struct cgn_client c = subfix_client(subfix_host(0, 1), 2000 + i, i % 3);
		uint16_t port = subfix_take(f, sub, &c, T0, NULL);

		CU_ASSERT_NOT_EQUAL(port, 0);
		CU_ASSERT_EQUAL(cgn_subscriber_read_owner(f->subs, ord, port), sub);
	}
	CU_ASSERT_EQUAL(at(f, sub)->ext_ord, ord);
	CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 4);
	subfix_end(f);
}

/* A-POOL-3: the paired address is full: refused, although the other address has blocks. */
static void
full_address_refuses_and_the_subscriber_keeps_it(void)
{
	struct subfix *f = subfix_conf(64, 8, 1024, 1024 + 4 * 64 - 1);
	uint32_t sub, ord, n = 0;
	enum cgn_verdict v;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	ord = at(f, sub)->ext_ord;
	for (uint16_t i = 0; i < 300; i++) {
		struct cgn_client c = subfix_client(subfix_host(0, 1), 2000 + i, CGN_PROTO_UDP);

		if (subfix_take(f, sub, &c, T0, &v) != 0)
			n++;
		else
			CU_ASSERT_EQUAL(v, CGN_V_POOL_PORTS);
	}
	CU_ASSERT_EQUAL(n, 256);
	CU_ASSERT_EQUAL(at(f, sub)->ext_ord, ord);
	CU_ASSERT_EQUAL(at(f, sub)->refused_total, 44);
	/* A-POOL-8: a new one goes to where there is room. */
	CU_ASSERT_NOT_EQUAL(at(f, subfix_sub(f, subfix_host(0, 2), T0))->ext_ord, ord);
	subfix_end(f);
}

/* A-POOL-8: a subscriber without a block in sight is not made at all. */
static void
subscriber_is_paired_only_with_an_address_that_holds_its_first_block(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 1024 + 4 * 64 - 1);
	unsigned int at_ord[2] = { 0 };
	struct cgn_pool_stats g;
	uint32_t sub;

	subfix_start(f, 1);
	for (unsigned int i = 0; i < 8; i++) {
		sub = subfix_sub(f, subfix_host(1, i), T0);
		at_ord[at(f, sub)->ext_ord]++;
		CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 1);
	}
	CU_ASSERT_EQUAL(at_ord[0], 4);
	CU_ASSERT_EQUAL(at_ord[1], 4);
	CU_ASSERT_EQUAL(cgn_subscribers_get4(f->subs, subfix_host(1, 8), T0, &sub),
			CGN_V_POOL_FULL);
	CU_ASSERT_EQUAL(cgn_subscribers_find4(f->subs, subfix_host(1, 8)), CGN_SUB_NONE);
	g = f->stats.pool[0];
	CU_ASSERT_EQUAL(g.subscribers, 8);
	CU_ASSERT_EQUAL(g.blocks_used, 8);
	/* A-POOL-5: the other pool is not touched, and serves its own group. */
	CU_ASSERT_EQUAL(cgn_subscribers_get4(f->subs, rte_cpu_to_be_32(SUBFIX_IP(10, 1, 1, 1)), T0,
					&sub),
			CGN_V_NONE);
	CU_ASSERT_EQUAL(f->ext.owned_pool[at(f, sub)->ext_ord], 1);
	subfix_end(f);
}

/* B-EXT-2: a binding without a mapping lasts 300 s from the last question. */
static void
unused_pairing_lasts_300_seconds(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	uint32_t sub, ord;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	ord = at(f, sub)->ext_ord;
	subfix_expire_all(f, T0 + cgn_ticks(299));
	CU_ASSERT_EQUAL(subfix_sub(f, subfix_host(0, 1), T0 + cgn_ticks(299)), sub);
	subfix_expire_all(f, T0 + cgn_ticks(299 + 300) - 1);
	CU_ASSERT_EQUAL(at(f, sub)->ext_ord, ord);
	subfix_expire_all(f, T0 + cgn_ticks(299 + 300));
	CU_ASSERT_PTR_NULL(cgn_subscribers_at(f->subs, sub));
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(f->subs), 0);
	subfix_end(f);
}

/* A-POOL-6: while any lease lives, whatever else expires. */
static void
pairing_stays_as_long_as_one_port_is_in_use_or_held(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 80, CGN_PROTO_TCP);
	uint32_t sub, ord;
	cgn_tick now = T0;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), now);
	ord = at(f, sub)->ext_ord;
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, ord, 40000, now), 0);
	for (unsigned int day = 0; day < 10; day++) {
		now += cgn_ticks(86400);
		subfix_expire_all(f, now);
	}
	CU_ASSERT_EQUAL(at(f, sub)->ext_ord, ord);
	release(f, sub, &c, 40000, true, now);
	now += cgn_ticks(120) - 1;
	subfix_expire_all(f, now);
	CU_ASSERT_EQUAL(cgn_subscriber_read_held(f->subs), 1);
	now++;
	subfix_expire_all(f, now);
	CU_ASSERT_EQUAL(cgn_subscriber_read_held(f->subs), 0);
	CU_ASSERT_EQUAL(at(f, sub)->idle_since, now);
	subfix_expire_all(f, now + cgn_ticks(300) - 1);
	CU_ASSERT_EQUAL(at(f, sub)->ext_ord, ord);
	subfix_expire_all(f, now + cgn_ticks(300));
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(f->subs), 0);
	subfix_end(f);
}

/* A-POOL-6: nobody holds anything: it may get another address, and does when its own is full. */
static void
idle_subscriber_comes_back_to_its_address_or_to_another_if_that_is_full(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 1024 + 4 * 64 - 1);
	struct cgn_client c = subfix_client(subfix_host(1, 0), 80, CGN_PROTO_TCP);
	uint32_t sub, ord;
	uint16_t port;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(1, 0), T0);
	ord = at(f, sub)->ext_ord;
	port = subfix_take(f, sub, &c, T0, NULL);
	release(f, sub, &c, port, false, T0);
	CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 0);
	CU_ASSERT_EQUAL(subfix_sub(f, subfix_host(1, 0), T0), sub);
	CU_ASSERT_EQUAL(at(f, sub)->ext_ord, ord);
	CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 1);

	port = subfix_take(f, sub, &c, T0, NULL);
	release(f, sub, &c, port, false, T0);
	/* Seven others: the first address is full, one block of the second is left. */
	for (unsigned int i = 1; i < 8; i++)
		(void)subfix_sub(f, subfix_host(1, i), T0);
	CU_ASSERT_EQUAL(subfix_sub(f, subfix_host(1, 0), T0), sub);
	CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 1);
	CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &c, T0, NULL), 0);
	subfix_end(f);
}

/* A-POOL-7: the address of a restored lease or a suggested one. */
static void
idle_subscriber_can_be_paired_with_a_wanted_address(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 1024 + 2 * 64 - 1);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 80, CGN_PROTO_TCP);
	struct cgn_pool_stats g;
	uint32_t sub, ord;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	ord = at(f, sub)->ext_ord;
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, ord, T0), 0);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, 1 - ord, T0), 0);
	CU_ASSERT_EQUAL(at(f, sub)->ext_ord, 1 - ord);
	CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 1);
	g = f->stats.pool[0];
	CU_ASSERT_EQUAL(g.blocks_used, 1);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, 2, T0), -ERANGE);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, 1000, T0), -ERANGE);
	CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &c, T0, NULL), 0);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, ord, T0), -EBUSY);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, 1 - ord, T0), 0);
	/* Three more leave no block. */
	for (unsigned int i = 2; i < 5; i++)
		(void)subfix_sub(f, subfix_host(0, i), T0);
	sub = subfix_sub(f, subfix_host(0, 2), T0);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, 1 - at(f, sub)->ext_ord, T0), -ENOSPC);
	subfix_end(f);
}

/* A-POOL-7: a static mapping decides the address of its host. */
static void
host_with_a_static_mapping_is_paired_with_its_address(void)
{
	struct cgn_conf_static statics[] = {
		{ CGN_PROTO_TCP, subfix_host(9, 9), 80, 0, 80 },
		{ CGN_PROTO_TCP, subfix_host(9, 10), 80, 0, 8080 },
		/* Of a pool that is not the group's: no reason to leave the pool. */
		{ CGN_PROTO_TCP, subfix_host(9, 11), 80, 0, 80 },
	};
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);

	/* Turns would give addresses 0 and 1; the statics say 1 and 1. */
	statics[0].ext_addr = statics[1].ext_addr = rte_cpu_to_be_32(f->ranges[0].last);
	f->conf.nat.statics = statics;
	statics[2].ext_addr = rte_cpu_to_be_32(f->ranges[1].last);
	f->conf.nat.n_statics = 3;
	subfix_start(f, 1);
	CU_ASSERT_EQUAL(at(f, subfix_sub(f, subfix_host(9, 9), T0))->ext_ord, 1);
	CU_ASSERT_EQUAL(at(f, subfix_sub(f, subfix_host(9, 10), T0))->ext_ord, 1);
	CU_ASSERT_EQUAL(at(f, subfix_sub(f, subfix_host(9, 11), T0))->ext_ord, 0);
	subfix_end(f);
}

/* --- limits -------------------------------------------------------------------------------- */

/* A-RES-4, A-RES-1: refused beyond the limit; others and what exists are untouched. */
static void
ports_are_limited_by_blocks_max(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	uint32_t sub, other;
	enum cgn_verdict v;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int i = 0; i < 200; i++) {
		struct cgn_client c = subfix_client(
				subfix_host(0, 1), (uint16_t)(2000 + i), CGN_PROTO_UDP);

		CU_ASSERT_EQUAL(subfix_take(f, sub, &c, T0, &v) != 0, i < 128);
		CU_ASSERT_EQUAL(v, i < 128 ? CGN_V_NONE : CGN_V_SUB_PORTS);
	}
	CU_ASSERT_EQUAL(cgn_subscriber_mappings(at(f, sub)), 128);
	CU_ASSERT_EQUAL(at(f, sub)->mappings_total, 128);
	other = subfix_sub(f, subfix_host(0, 2), T0);
	CU_ASSERT_NOT_EQUAL(subfix_take(f, other, &(struct cgn_client){ .addr = subfix_host(0, 2) },
					    T0, NULL),
			0);
	subfix_end(f);
}

/* A-RES-4: 100 are allowed, the 101st is refused; one goes, one comes. */
static void
mappings_are_limited_by_mappings_max(void)
{
	struct subfix *f = subfix_conf(512, 4, 1024, 65535);
	struct cgn_client first = subfix_client(subfix_host(0, 1), 1, CGN_PROTO_UDP), c = first;
	uint16_t port = 0;
	enum cgn_verdict v;
	uint32_t sub;

	f->groups[0].mappings_max = 100;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (uint16_t i = 0; i < 100; i++) {
		c.port = rte_cpu_to_be_16(i + 1);
		c.proto = i % 2;
		port = subfix_take(f, sub, &c, T0, NULL);
		CU_ASSERT_NOT_EQUAL(port, 0);
	}
	CU_ASSERT_EQUAL(subfix_take(f, sub, &first, T0, &v), 0);
	CU_ASSERT_EQUAL(v, CGN_V_SUB_MAPPINGS);
	CU_ASSERT_EQUAL(at(f, sub)->refused_total, 1);
	/* A-RES-5: held ports count as ports, not as mappings. */
	release(f, sub, &c, port, true, T0);
	CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &first, T0, NULL), 0);
	/* A-RES-5: leases have limits of their own. */
	CU_ASSERT_EQUAL(cgn_subscribers_take_lease(f->subs, sub, &first, &port), CGN_V_NONE);
	subfix_end(f);
}

/* A-RES-4: 50 a second, with one second's worth at once. */
static void
new_mappings_are_limited_by_mappings_per_s(void)
{
	struct subfix *f = subfix_conf(4096, 4, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
	uint32_t sub, made = 0;
	enum cgn_verdict v;

	f->groups[0].mappings_per_s = 50;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int i = 0; i < 60; i++)
		made += subfix_take(f, sub, &c, T0, &v) != 0;
	CU_ASSERT_EQUAL(made, 50);
	CU_ASSERT_EQUAL(v, CGN_V_SUB_RATE);
	/* Ten seconds of a flood: 50 each, however the tries are spread. */
	made = 0;
	for (cgn_tick t = 1; t <= cgn_ticks(10); t++) {
		for (unsigned int i = 0; i < 1 + t % 40; i++)
			made += subfix_take(f, sub, &c, T0 + t, NULL) != 0;
	}
	CU_ASSERT_TRUE(made >= 490 && made <= 500);
	/* An hour of silence saves up no more than a second's worth. */
	made = 0;
	for (unsigned int i = 0; i < 100; i++)
		made += subfix_take(f, sub, &c, T0 + cgn_ticks(3600), NULL) != 0;
	CU_ASSERT_EQUAL(made, 50);
	subfix_end(f);
}

static void
one_mapping_per_second_is_possible(void)
{
	struct subfix *f = subfix_conf(64, 4, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
	uint32_t sub;

	f->groups[0].mappings_per_s = 1;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int i = 0; i < 20; i++) {
		CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &c, T0 + cgn_ticks(i), NULL), 0);
		CU_ASSERT_EQUAL(subfix_take(f, sub, &c, T0 + cgn_ticks(i), NULL), 0);
		CU_ASSERT_EQUAL(subfix_take(f, sub, &c, T0 + cgn_ticks(i) + 15, NULL), 0);
	}
	subfix_end(f);
}

/* A-RES-5: an outbound flood leaves the reserve to leases, and leases use it up. */
static void
traffic_leaves_the_reserve_to_leases(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	uint32_t sub, taken = 0, leased = 0;
	uint16_t port;
	enum cgn_verdict v;

	f->groups[0].leases_reserve = 16;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int i = 0; i < 200; i++) {
		struct cgn_client c = subfix_client(
				subfix_host(0, 1), (uint16_t)(2000 + i), CGN_PROTO_UDP);

		taken += subfix_take(f, sub, &c, T0, &v) != 0;
	}
	CU_ASSERT_EQUAL(taken, 112);
	CU_ASSERT_EQUAL(v, CGN_V_SUB_PORTS);
	for (unsigned int i = 0; i < 20; i++) {
		struct cgn_client c = subfix_client(
				subfix_host(0, 1), (uint16_t)(3000 + i), CGN_PROTO_UDP);

		if (cgn_subscribers_take_lease(f->subs, sub, &c, &port) != CGN_V_NONE)
			continue;
		subfix_map(f, at(f, sub)->ext_ord, port, &c);
		cgn_subscribers_at(f->subs, sub)->n_leases++;
		leased++;
	}
	CU_ASSERT_EQUAL(leased, 16);
	subfix_end(f);
}

/* A-RES-5: leases that exist are not kept room for a second time. */
static void
leases_count_for_the_reserve(void)
{
	for (uint32_t leases = 0; leases <= 24; leases += 8) {
		struct subfix *f = subfix_conf(64, 1, 1024, 65535);
		struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
		uint32_t sub, taken = 0;
		uint16_t port;

		f->groups[0].leases_reserve = 16;
		subfix_start(f, 1);
		sub = subfix_sub(f, subfix_host(0, 1), T0);
		for (uint32_t i = 0; i < leases; i++) {
			CU_ASSERT_EQUAL(cgn_subscribers_take_lease(f->subs, sub, &c, &port),
					CGN_V_NONE);
			subfix_map(f, at(f, sub)->ext_ord, port, &c);
			cgn_subscribers_at(f->subs, sub)->n_leases++;
		}
		for (unsigned int i = 0; i < 100; i++)
			taken += subfix_take(f, sub, &c, T0, NULL) != 0;
		CU_ASSERT_EQUAL(taken, 64 - (leases < 16 ? 16 : leases));
		subfix_end(f);
	}
}

/* A reload changes the limits at once. */
static void
new_limits_apply_after_set_conf(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_conf_group groups[2];
	struct cgn_conf conf;
	struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
	enum cgn_verdict v;
	uint32_t sub;

	subfix_start(f, 1);
	conf = f->conf;
	groups[0] = f->groups[0];
	groups[1] = f->groups[1];
	groups[0].mappings_max = 1;
	conf.groups = groups;
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &c, T0, NULL), 0);
	CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &c, T0, NULL), 0);
	subfix_reload(f, &conf);
	CU_ASSERT_EQUAL(subfix_take(f, sub, &c, T0, &v), 0);
	CU_ASSERT_EQUAL(v, CGN_V_SUB_MAPPINGS);
	CU_ASSERT_PTR_EQUAL(cgn_subscribers_group_of(f->subs, sub), &groups[0]);
	subfix_end(f);
}

/* A-RES-1: the table is bounded by the blocks; what is in it stays. */
static void
subscriber_table_is_full_at_last(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 1024 + 64 - 1);
	struct cgn_client c = { .proto = CGN_PROTO_UDP };
	enum cgn_verdict v = CGN_V_NONE;
	uint32_t sub, n = 0, first;
	uint16_t port;

	subfix_start(f, 1);
	first = subfix_sub(f, subfix_host(0, 0), T0);
	/* Each of them comes, uses a port and goes idle without a block. */
	for (unsigned int i = 1; i < 1000; i++) {
		c.addr = subfix_host(i / 256, i % 256);
		v = cgn_subscribers_get4(f->subs, c.addr, T0, &sub);
		if (v != CGN_V_NONE)
			break;
		port = subfix_take(f, sub, &c, T0, NULL);
		release(f, sub, &c, port, false, T0);
		n++;
	}
	CU_ASSERT_EQUAL(v, CGN_V_SUBSCRIBERS_FULL);
	CU_ASSERT_TRUE(n >= 4 && n < 100);
	CU_ASSERT_EQUAL(at(f, first)->n_blocks, 1);
	CU_ASSERT_EQUAL(cgn_subscriber_read_known(f->subs), n + 1);
	subfix_expire_all(f, T0 + cgn_ticks(300));
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(f->subs), 0);
	(void)subfix_sub(f, c.addr, T0);
	subfix_end(f);
}

/* B-EXT-2, D-LIM-3: who only asks for its address has it for 300 s while there is room, and gives it up to
 * others after 10 s when there is none. */
static void
unused_pairings_give_way_when_the_pool_is_full(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 1024 + 4 * 64 - 1);
	struct cgn_client c = subfix_client(subfix_host(0, 0), 80, CGN_PROTO_TCP);
	uint32_t user, sub;

	subfix_start(f, 1);
	user = subfix_sub(f, c.addr, T0);
	CU_ASSERT_NOT_EQUAL(subfix_take(f, user, &c, T0, NULL), 0);
	for (unsigned int i = 1; i < 8; i++)
		(void)subfix_sub(f, subfix_host(0, i), T0);
	/* A first use may take a while. */
	CU_ASSERT_EQUAL(cgn_subscribers_get4(f->subs, subfix_host(1, 0),
					T0 + cgn_ticks(CGN_SUB_FIRST_USE_S) - 1, &sub),
			CGN_V_POOL_FULL);
	CU_ASSERT_EQUAL(cgn_subscriber_read_known(f->subs), 8);
	for (unsigned int i = 0; i < 7; i++) {
		sub = subfix_sub(f, subfix_host(1, i), T0 + cgn_ticks(CGN_SUB_FIRST_USE_S));
		CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 1);
		CU_ASSERT_EQUAL(cgn_subscriber_read_known(f->subs), 8);
	}
	/* The one that has a port keeps it, and the new ones have their time. */
	CU_ASSERT_EQUAL(cgn_subscriber_mappings(at(f, user)), 1);
	CU_ASSERT_EQUAL(cgn_subscribers_get4(f->subs, subfix_host(2, 0),
					T0 + cgn_ticks(CGN_SUB_FIRST_USE_S), &sub),
			CGN_V_POOL_FULL);
	subfix_end(f);
}

/* --- housekeeping -------------------------------------------------------------------------- */

/* A million expiries must not stall a worker: never more than the budget. */
static void
expiry_keeps_to_its_budget(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	struct cgn_client c = { .proto = CGN_PROTO_UDP };
	unsigned int n, sum = 0;
	uint32_t sub;

	subfix_start(f, 1);
	for (unsigned int i = 0; i < 50; i++) {
		c.addr = subfix_host(0, i);
		sub = subfix_sub(f, c.addr, T0);
		release(f, sub, &c, subfix_take(f, sub, &c, T0, NULL), true, T0);
	}
	CU_ASSERT_EQUAL(cgn_subscribers_expire(f->subs, T0 + cgn_ticks(120) - 1, 8), 0);
	while ((n = cgn_subscribers_expire(f->subs, T0 + cgn_ticks(120), 8)) != 0) {
		CU_ASSERT_TRUE(n <= 8);
		sum += n;
	}
	CU_ASSERT_EQUAL(sum, 50);
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(f->subs), 50);
	sum = 0;
	while ((n = cgn_subscribers_expire(f->subs, T0 + cgn_ticks(420), 8)) != 0) {
		CU_ASSERT_TRUE(n <= 8);
		sum += n;
	}
	CU_ASSERT_EQUAL(sum, 50);
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(f->subs), 0);
	subfix_end(f);
}

static void
number_of_a_forgotten_subscriber_is_used_again_and_no_other(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	uint32_t gone, stays, fresh;

	subfix_start(f, 1);
	gone = subfix_sub(f, subfix_host(0, 1), T0);
	stays = subfix_sub(f, subfix_host(0, 2), T0 + 1);
	subfix_expire_all(f, T0 + cgn_ticks(300));
	CU_ASSERT_PTR_NULL(cgn_subscribers_at(f->subs, gone));
	CU_ASSERT_EQUAL(at(f, stays)->addr.ip4, subfix_host(0, 2));
	fresh = subfix_sub(f, subfix_host(0, 3), T0 + cgn_ticks(300));
	CU_ASSERT_EQUAL(fresh, gone);
	CU_ASSERT_NOT_EQUAL(subfix_sub(f, subfix_host(0, 4), T0 + cgn_ticks(300)), stays);
	CU_ASSERT_EQUAL(cgn_subscribers_end(f->subs), 3);
	CU_ASSERT_EQUAL(at(f, stays)->addr.ip4, subfix_host(0, 2));
	CU_ASSERT_EQUAL(cgn_subscribers_find4(f->subs, subfix_host(0, 1)), CGN_SUB_NONE);
	subfix_end(f);
}

static void
groups_of_one_pool_must_have_one_block_size(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);

	subfix_start(f, 1);
	cgn_subscribers_destroy(f->subs);
	f->groups[1].pool = 0;
	f->groups[1].block_size = 128;
	CU_ASSERT_EQUAL(cgn_subscribers_create(&f->subs, &f->plan, 0, &f->ext, &f->rnd, subfix_same,
					f, &f->stats),
			-EINVAL);
	f->groups[1].block_size = f->groups[0].block_size = 100;
	CU_ASSERT_EQUAL(cgn_subscribers_create(&f->subs, &f->plan, 0, &f->ext, &f->rnd, subfix_same,
					f, &f->stats),
			-EINVAL);
	cgn_subscribers_destroy(NULL);
	cgn_nat_plan_fini(&f->plan);
	cgn_ext_fini(&f->ext);
	free(f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(address_of_no_group_is_no_subscriber),
	CU_TEST_ROW(hosts_of_one_prefix_share_subscriber_and_address),
	CU_TEST_ROW(b4s_are_told_apart_by_their_ip6_prefix),
	CU_TEST_ROW(ip4_and_ip6_subscribers_do_not_mix),
	CU_TEST_ROW(all_ports_of_a_subscriber_come_from_one_address),
	CU_TEST_ROW(full_address_refuses_and_the_subscriber_keeps_it),
	CU_TEST_ROW(subscriber_is_paired_only_with_an_address_that_holds_its_first_block),
	CU_TEST_ROW(unused_pairing_lasts_300_seconds),
	CU_TEST_ROW(pairing_stays_as_long_as_one_port_is_in_use_or_held),
	CU_TEST_ROW(idle_subscriber_comes_back_to_its_address_or_to_another_if_that_is_full),
	CU_TEST_ROW(unused_pairings_give_way_when_the_pool_is_full),
	CU_TEST_ROW(idle_subscriber_can_be_paired_with_a_wanted_address),
	CU_TEST_ROW(host_with_a_static_mapping_is_paired_with_its_address),
	CU_TEST_ROW(ports_are_limited_by_blocks_max),
	CU_TEST_ROW(mappings_are_limited_by_mappings_max),
	CU_TEST_ROW(new_mappings_are_limited_by_mappings_per_s),
	CU_TEST_ROW(one_mapping_per_second_is_possible),
	CU_TEST_ROW(traffic_leaves_the_reserve_to_leases),
	CU_TEST_ROW(leases_count_for_the_reserve),
	CU_TEST_ROW(new_limits_apply_after_set_conf),
	CU_TEST_ROW(subscriber_table_is_full_at_last),
	CU_TEST_ROW(expiry_keeps_to_its_budget),
	CU_TEST_ROW(number_of_a_forgotten_subscriber_is_used_again_and_no_other),
	CU_TEST_ROW(groups_of_one_pool_must_have_one_block_size),
};

CU_MAIN("subscriber", tests)
