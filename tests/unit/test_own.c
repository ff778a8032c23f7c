/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/own.h"
#include "dataplane/nat/subscriber_row.h"
#include "dataplane/nat/subscriber_state.h"
#include "tests/support/cu.h"
#include "tests/support/subfix.h"

#include <errno.h>
#include <string.h>

#define N_SUBS 6 /* 100.64.1.1 to 100.64.1.6, on two addresses */

static struct cgn_port_range reserved[3];

/*
 * Group 0 is deterministic: 6 subscribers on 2 addresses, C = 3. With ports from 5001 on, all ranges begin at odd places.
 *
 * @param n  ports of the pool; D = 1, so B = n / 4
 */
static struct subfix *
begin(uint16_t n, uint16_t ports_max)
{
	struct subfix *f = subfix_conf(64, 4, 5001, (uint16_t)(5000 + n));

	memset(reserved, 0, sizeof(reserved));
	f->prefixes[0] = (struct cgn_prefix){ .ip4 = subfix_host(1, 0), .len = 29 };
	f->groups[0].deterministic = (struct cgn_conf_deterministic){
		.is_on = true, .dynamic = 1, .ports_max = ports_max, .reserved = reserved
	};
	return f;
}

static const struct cgn_block_map *
map_of(const struct subfix *f)
{
	return &f->subs->ports.map;
}

static const struct cgn_det *
det_of(const struct subfix *f)
{
	return f->subs->plan->dets.by_group[0];
}

static bool
is_reserved(uint32_t port)
{
	for (size_t i = 0; i < RTE_DIM(reserved); i++) {
		if (port >= reserved[i].first && port <= reserved[i].last)
			return true;
	}
	return false;
}

/* Reserved: the first port of a range, a hole in it, and one in the dynamic part. */
static struct subfix *
begin_with_holes(void)
{
	struct subfix *f = begin(1403, 65535);

	reserved[0] = (struct cgn_port_range){ 5001, 5001 };
	reserved[1] = (struct cgn_port_range){ 5340, 5345 };
	reserved[2] = (struct cgn_port_range){ 6200, 6205 };
	f->groups[0].deterministic.n_reserved = 3;
	subfix_start(f, 1);
	return f;
}

/* Every port of an address lies in one block, and the block has it. */
static void
spans_cover_the_ports_as_the_formula_says(void)
{
	struct subfix *f = begin_with_holes();
	const struct cgn_block_map *m = map_of(f);
	const struct cgn_det *d = det_of(f);
	uint32_t n_dynamic = 0;

	CU_ASSERT_EQUAL(d->slots, 3);
	CU_ASSERT_EQUAL(d->ports, 1390 / 4);
	for (uint32_t ord = 0; ord < 2; ord++) {
		for (uint32_t port = 0; port < 65536; port++) {
			uint32_t b = cgn_block_of(m, ord, (uint16_t)port);
			uint32_t slot = cgn_det_slot_of(d, (uint16_t)port);
			struct cgn_block_span span;

			if (slot == CGN_DET_NONE) {
				CU_ASSERT_TRUE_FATAL(b == CGN_BLOCK_NONE ||
						!cgn_block_is_own(m, ord, b));
			} else {
				CU_ASSERT_TRUE_FATAL(cgn_block_is_own(m, ord, b));
				CU_ASSERT_EQUAL_FATAL(b,
						m->grids[ord].first + m->grids[ord].count + slot);
			}
			if (b == CGN_BLOCK_NONE)
				continue;
			n_dynamic += slot == CGN_DET_NONE;
			span = cgn_block_span_of(m, ord, b);
			CU_ASSERT_TRUE_FATAL(port >= span.first && port < span.end);
		}
	}
	/* 6051 or later, rounded up to words of 64, up to 6403. */
	CU_ASSERT_TRUE(n_dynamic > 0 && n_dynamic % 128 == 0);
	/* Blocks of the two addresses are different ones. */
	CU_ASSERT_EQUAL(m->grids[2].first, 2 * (m->grids[0].count + 3u));
	CU_ASSERT_EQUAL(m->grids[1].first, m->grids[0].count + 3u);
	/* The pool without a deterministic group is as always. */
	CU_ASSERT_PTR_NULL(cgn_block_own(m, 2));
	subfix_end(f);
}

/* Each number of a block that may be given out has the same chance. The others are never chosen. */
static void
expect_uniform(struct subfix *f, uint32_t b, uint64_t mask, uint32_t n_used)
{
	static uint32_t count[65536];
	struct cgn_block_map *m = &f->subs->ports.map;
	struct cgn_block_span span = cgn_block_span_of(m, 0, b);
	uint32_t free = cgn_block_free(m, 0, b), n = 0;
	double chi2 = 0, dof;

	memset(count, 0, sizeof(count));
	CU_ASSERT_TRUE_FATAL(free > n_used);
	for (uint32_t i = 0; i < n_used; i++) {
		uint16_t port;

		CU_ASSERT_TRUE_FATAL(cgn_block_choose(m, 0, b, CGN_BLOCK_ANY, &f->rnd, &port));
		cgn_block_use(m, 0, CGN_PROTO_TCP, port, CGN_BLOCK_NONE);
	}
	CU_ASSERT_EQUAL(cgn_block_free(m, 0, b), free - n_used);
	for (uint32_t port = span.first; port < span.end; port++)
		n += !is_reserved(port) && port != 5350 && port != 5351 &&
				(mask >> (port & 63) & 1) != 0 &&
				(cgn_block_in_use(cgn_block_cell(m, 0, (uint16_t)port)) >>
								(port & 63) &
						1) == 0;
	if (mask == CGN_BLOCK_ANY)
		CU_ASSERT_EQUAL(n, free - n_used);
	for (uint32_t i = 0; i < 200 * n; i++) {
		uint16_t port;

		CU_ASSERT_TRUE_FATAL(cgn_block_choose(m, 0, b, mask, &f->rnd, &port));
		CU_ASSERT_TRUE_FATAL(port >= span.first && port < span.end);
		CU_ASSERT_FALSE_FATAL(is_reserved(port) || port == 5350 || port == 5351);
		CU_ASSERT_TRUE_FATAL((mask >> (port & 63) & 1) != 0);
		count[port]++;
	}
	for (uint32_t port = span.first; port < span.end; port++) {
		if (count[port] > 0)
			chi2 += ((double)count[port] - 200) * ((double)count[port] - 200) / 200;
	}
	dof = n - 1;
	CU_ASSERT_TRUE((chi2 - dof) * (chi2 - dof) <= 16 * 2 * dof);
}

static void
choice_is_uniform_in_ranges_with_holes(void)
{
	static const uint64_t masks[] = { CGN_BLOCK_ANY, CGN_BLOCK_EVEN, CGN_BLOCK_ODD,
		CGN_BLOCK_LEASE };
	static const uint32_t used[] = { 0, 150, 300 };

	for (size_t i = 0; i < RTE_DIM(masks); i++) {
		for (size_t k = 0; k < RTE_DIM(used); k++) {
			for (uint32_t slot = 0; slot < 3; slot++) {
				struct subfix *f = begin_with_holes();

				expect_uniform(f, map_of(f)->grids[0].count + slot, masks[i],
						used[k]);
				subfix_end(f);
			}
		}
	}
}

/* Own and dynamic blocks can be filled to the last number that may be given out. */
static void
blocks_can_be_filled(void)
{
	struct subfix *f = begin_with_holes();
	struct cgn_block_map *m = &f->subs->ports.map;
	uint32_t n = 0, expected = 0;

	for (uint32_t b = 0; b < m->grids[1].first; b++) {
		struct cgn_block_span span = cgn_block_span_of(m, 0, b);
		uint16_t port;

		for (uint32_t p = span.first; p < span.end; p++)
			expected += !is_reserved(p) && p != 5350 && p != 5351;
		while (cgn_block_free(m, 0, b) > 0) {
			CU_ASSERT_TRUE_FATAL(
					cgn_block_choose(m, 0, b, CGN_BLOCK_ANY, &f->rnd, &port));
			CU_ASSERT_FALSE(cgn_block_is_excluded(m, 0, port));
			cgn_block_use(m, 0, n++ % 3, port, CGN_BLOCK_NONE);
		}
		CU_ASSERT_FALSE(cgn_block_choose(m, 0, b, CGN_BLOCK_ANY, &f->rnd, &port));
	}
	CU_ASSERT_EQUAL(n, expected);
	subfix_end(f);
}

static bool
count_asked(void *ctx, uint16_t port)
{
	((uint32_t *)ctx)[port]++;
	return false;
}

/* Companions are searched in the whole range, and only there. */
static void
companions_are_asked_for_once_each(void)
{
	static uint32_t asked[65536];
	struct subfix *f = begin_with_holes();
	struct cgn_block_map *m = &f->subs->ports.map;
	uint32_t b = m->grids[0].count + 1;
	struct cgn_block_span span = cgn_block_span_of(m, 0, b);

	for (uint32_t port = span.first - 5; port < span.end + 5; port++)
		cgn_block_use(m, 0, CGN_PROTO_TCP, (uint16_t)port, CGN_BLOCK_NONE);
	for (unsigned int round = 0; round < 50; round++) {
		struct cgn_block_search s = {
			.proto = CGN_PROTO_UDP,
			.mask = CGN_BLOCK_ANY,
			.tries = 10000,
			.may = count_asked,
			.ctx = asked,
		};
		uint16_t port;

		memset(asked, 0, sizeof(asked));
		CU_ASSERT_FALSE(cgn_block_choose_shared(m, 0, b, &s, &f->rnd, &port));
		for (uint32_t p = 0; p < 65536; p++)
			CU_ASSERT_EQUAL_FATAL(asked[p],
					p >= span.first && p < span.end && !is_reserved(p));
	}
	subfix_end(f);
}

/* Ports in a row for a set of leases (RFC 7753): in the own range as long as it has any, without reserved ones. */
static void
rows_are_in_the_own_range_first(void)
{
	struct subfix *f = begin_with_holes();
	uint32_t sub = subfix_sub(f, subfix_host(1, 1), 0), n = 0;
	struct cgn_client c = subfix_client(subfix_host(1, 1), 1, CGN_PROTO_UDP);
	unsigned int len;
	uint16_t first;

	for (;;) {
		len = cgn_subscriber_row_find(f->subs, sub, 32, CGN_BLOCK_ANY, &first);
		CU_ASSERT_TRUE_FATAL(len >= 1 && len <= 32);
		if (cgn_det_slot_of(det_of(f), first) != 0)
			break;
		CU_ASSERT_EQUAL_FATAL(cgn_det_slot_of(det_of(f), (uint16_t)(first + len - 1)), 0);
		for (unsigned int i = 0; i < len; i++) {
			CU_ASSERT_FALSE(is_reserved(first + i));
			c.port = rte_cpu_to_be_16((uint16_t)++n);
			CU_ASSERT_EQUAL_FATAL(
					subfix_claim(f, sub, &c, 0, (uint16_t)(first + i), 0), 0);
		}
	}
	/* All of the own range but 5350 and 5351. */
	CU_ASSERT_EQUAL(n, det_of(f)->ports - 2);
	CU_ASSERT_EQUAL(len, 32);
	CU_ASSERT_TRUE(first >= det_of(f)->dynamic_first);
	subfix_end(f);
}

/* Neither a restart nor the time after it gives a range to somebody else. Within the dynamic part, and in its own range,
 * a lease comes back. */
static void
claims_of_other_ranges_are_refused_always(void)
{
	struct subfix *f = begin(1400, 65535);
	struct cgn_client c = subfix_client(subfix_host(1, 1), 80, CGN_PROTO_TCP);
	uint32_t sub, gap;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(1, 1), 0);
	gap = det_of(f)->dynamic_first; /* 6051: before the first whole word of the dynamic part */
	for (unsigned int grace = 0; grace < 2; grace++) {
		for (unsigned int is_back = 0; is_back < 2; is_back++) {
			bool may = grace != 0 || is_back != 0;
			uint16_t other = (uint16_t)(5001 + 350 + 9), dynamic = 6100;

			CU_ASSERT_EQUAL(cgn_subscribers_claim(
							f->subs, sub, &c, 0, other, is_back, 0),
					-EBUSY);
			CU_ASSERT_EQUAL(cgn_subscribers_claim(f->subs, sub, &c, 0, (uint16_t)gap,
							is_back, 0),
					-EBUSY);
			/* An address that is not its own. */
			CU_ASSERT_EQUAL(cgn_subscribers_claim(
							f->subs, sub, &c, 1, 5002, is_back, 0),
					-EBUSY);
			CU_ASSERT_EQUAL(cgn_subscribers_claim(
							f->subs, sub, &c, 0, dynamic, is_back, 0),
					may ? 0 : -EBUSY);
			if (may)
				cgn_subscribers_release(
						f->subs, sub, &c, 0, dynamic, CGN_PORT_FREE, 0);
		}
		cgn_subscribers_grace(f->subs, cgn_ticks(100));
	}
	CU_ASSERT_EQUAL(cgn_subscribers_claim(f->subs, sub, &c, 0, 5003, false, 0), 0);
	subfix_end(f);
}

/* The formula alone pairs a subscriber. */
static void
subscriber_is_never_paired_with_another_address(void)
{
	struct subfix *f = begin(1400, 65535);
	uint32_t sub;

	subfix_start(f, 1);
	for (unsigned int i = 1; i <= N_SUBS; i++) {
		sub = subfix_sub(f, subfix_host(1, i), 0);
		CU_ASSERT_EQUAL(cgn_subscribers_at(f->subs, sub)->ext_ord, (i - 1) / 3);
		CU_ASSERT_EQUAL(cgn_subscribers_at(f->subs, sub)->n_blocks, 1);
		CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, (i - 1) / 3, 0), 0);
		CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, sub, 1 - (i - 1) / 3, 0), -ERANGE);
	}
	subfix_end(f);
}

/* G-DET-4: M counts the numbers of one protocol, those of leases too. */
static void
ports_max_limits_traffic_and_leases_together(void)
{
	struct subfix *f = begin(1400, 350 + 20);
	struct cgn_client c = subfix_client(subfix_host(1, 3), 1, CGN_PROTO_TCP);
	enum cgn_verdict v;
	uint32_t sub;
	uint16_t port;

	subfix_start(f, 1); /* slot 2 has neither 5350 nor 5351 */
	sub = subfix_sub(f, subfix_host(1, 3), 0);
	for (unsigned int i = 1; i <= 350 + 10; i++) {
		c.port = rte_cpu_to_be_16((uint16_t)i);
		CU_ASSERT_NOT_EQUAL_FATAL(subfix_take(f, sub, &c, 0, &v), 0);
	}
	for (unsigned int i = 361; i <= 370; i++) {
		c.port = rte_cpu_to_be_16((uint16_t)i);
		CU_ASSERT_EQUAL_FATAL(
				cgn_subscribers_take_lease(f->subs, sub, &c, &port), CGN_V_NONE);
		subfix_map(f, 0, port, &c);
	}
	c.port = RTE_BE16(400);
	CU_ASSERT_EQUAL(cgn_subscribers_take_lease(f->subs, sub, &c, &port), CGN_V_SUB_PORTS);
	CU_ASSERT_EQUAL(subfix_take(f, sub, &c, 0, &v), 0);
	CU_ASSERT_EQUAL(v, CGN_V_SUB_PORTS);
	/* A port of its block that is free: a suggestion of it does not help either. */
	for (uint32_t p = 6016; p < 6400; p++) {
		if (cgn_subscribers_has_port(f->subs, sub, (uint16_t)p) && p >= 6051)
			CU_ASSERT_EQUAL(cgn_subscribers_claim(
							f->subs, sub, &c, 0, (uint16_t)p, false, 0),
					-EBUSY);
	}
	subfix_end(f);
}

/* G-DET-3: a subscriber that has a dynamic block uses its own range all the same as soon as that has a free number. */
static void
own_range_comes_first_again_when_it_has_room(void)
{
	struct subfix *f = begin(1400, 65535);
	struct cgn_client first = subfix_client(subfix_host(1, 3), 1, CGN_PROTO_TCP), c = first;
	uint32_t sub, b;
	uint16_t freed, more = 0, wanted;

	f->conf.nat.port_choice = CGN_PORT_CHOICE_PRESERVE;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(1, 3), 0);
	freed = subfix_take(f, sub, &first, 0, NULL);
	for (uint16_t i = 2; i <= 350 + 1; i++) {
		c.port = rte_cpu_to_be_16(i);
		more = subfix_take(f, sub, &c, 0, NULL);
	}
	b = cgn_block_of(map_of(f), 0, more);
	CU_ASSERT_FALSE_FATAL(cgn_block_is_own(map_of(f), 0, b));
	wanted = (uint16_t)(cgn_block_span_of(map_of(f), 0, b).first + (more % 64 == 5 ? 6 : 5));
	c.port = rte_cpu_to_be_16(wanted);
	cgn_subscribers_release(f->subs, sub, &first, 0, freed, CGN_PORT_FREE, 0);
	/* Neither a suggestion nor the inside port leads to the dynamic block now. */
	CU_ASSERT_EQUAL(cgn_subscribers_claim(f->subs, sub, &c, 0, wanted, false, 0), -EBUSY);
	CU_ASSERT_EQUAL(subfix_take(f, sub, &c, 0, NULL), freed);
	c.port = rte_cpu_to_be_16((uint16_t)(wanted + 1));
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 0, wanted, 0), 0);
	subfix_end(f);
}

/* Homes behind softwires have ranges by their prefix. */
static void
homes_have_ranges(void)
{
	struct subfix *f = begin(1400, 65535);
	struct cgn_ip6 b4 = { { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 2, 0x77, 1 } };
	struct cgn_client c = { .realm = 9, .addr = subfix_host(7, 7), .proto = CGN_PROTO_UDP };
	uint32_t sub = CGN_SUB_NONE;
	uint16_t port;

	f->prefixes[0] = (struct cgn_prefix){
		.ip6 = { { 0x20, 0x01, 0x0d, 0xb8 } }, .len = 54, .is_ip6 = true
	};
	f->groups[1].n_prefixes = 1;
	subfix_start(f, 1);
	/* Four homes, two on each address: 2001:db8:0:200::/56 is the first one of the second address. */
	CU_ASSERT_EQUAL_FATAL(cgn_subscribers_get6(f->subs, &b4, 0, &sub), CGN_V_NONE);
	CU_ASSERT_EQUAL(cgn_subscribers_at(f->subs, sub)->ext_ord, 1);
	port = subfix_take(f, sub, &c, 0, NULL);
	CU_ASSERT_EQUAL(cgn_det_slot_of(det_of(f), port), 0);
	subfix_end(f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(spans_cover_the_ports_as_the_formula_says),
	CU_TEST_ROW(choice_is_uniform_in_ranges_with_holes),
	CU_TEST_ROW(blocks_can_be_filled),
	CU_TEST_ROW(companions_are_asked_for_once_each),
	CU_TEST_ROW(rows_are_in_the_own_range_first),
	CU_TEST_ROW(claims_of_other_ranges_are_refused_always),
	CU_TEST_ROW(subscriber_is_never_paired_with_another_address),
	CU_TEST_ROW(ports_max_limits_traffic_and_leases_together),
	CU_TEST_ROW(own_range_comes_first_again_when_it_has_room),
	CU_TEST_ROW(homes_have_ranges),
};

CU_MAIN("own", tests)
