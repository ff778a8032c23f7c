/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/fragfix.h"

#include <netinet/in.h>
#include <stdio.h>

/* One fragment of a datagram that never gets whole: its chain begins out of order. */
static enum cgn_verdict
late(struct cgn_reassembly *f, const char *src, uint16_t id, cgn_tick now, struct tally *t)
{
	return add(f, piece(src, id, 48, 48, true), now, t);
}

/* The same, which another one has to make room for. */
static bool
pushes_one_out(struct cgn_reassembly *f, const char *src, cgn_tick now, struct tally *t)
{
	unsigned int before = t->freed;

	CU_ASSERT_EQUAL(late(f, src, 7, now, t), CGN_V_NONE);
	CU_ASSERT_TRUE(t->freed <= before + 1);
	return t->freed != before;
}

/* Ways that a chain can end; each begins and ends one at @p now or later. */
static void
whole_in_order(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	add(f, piece(SUB, id, 0, 48, true), now, t);
	add(f, piece(SUB, id, 48, 48, false), now, t);
}

static void
whole_out_of_order(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	add(f, piece(SUB, id, 48, 48, false), now, t);
	add(f, piece(SUB, id, 0, 48, true), now, t);
}

static void
expired_in_order(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	add(f, piece(SUB, id, 0, 48, true), now, t);
	add(f, piece(SUB, id, 48, 48, true), now, t);
}

static void
expired_out_of_order(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	add(f, piece(SUB, id, 48, 48, true), now, t);
	add(f, piece(SUB, id, 96, 48, false), now, t);
}

static void
poisoned_in_order(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	add(f, piece(SUB, id, 0, 48, true), now, t);
	CU_ASSERT_EQUAL(add(f, piece(SUB, id, 40, 48, true), now, t), CGN_V_FRAG_OVERLAP);
	CU_ASSERT_EQUAL(add(f, piece(SUB, id, 48, 48, true), now, t), CGN_V_FRAG_OVERLAP);
}

static void
poisoned_out_of_order(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	add(f, piece(SUB, id, 96, 48, true), now, t);
	add(f, piece(SUB, id, 48, 48, true), now, t);
	CU_ASSERT_EQUAL(add(f, piece(SUB, id, 40, 48, true), now, t), CGN_V_FRAG_OVERLAP);
	CU_ASSERT_EQUAL(add(f, piece(SUB, id, 0, 48, true), now, t), CGN_V_FRAG_OVERLAP);
}

static void
poisoned_by_length(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	/* The first fragment's options make the datagram too long. */
	static const uint8_t opt[4] = { 1, 1, 1, 0 };
	static const uint8_t udp[48] = { 0, 53, 0, 54 };
	struct pg_ip4 h = { .src = SUB,
		.dst = REM,
		.proto = IPPROTO_UDP,
		.id = id,
		.opt = opt,
		.opt_len = sizeof(opt) };
	struct rte_mbuf *first = pg_ip4(pool(), &h, udp, sizeof(udp));

	pg_ip(first)->fragment_offset = RTE_BE16(0x2000);
	pg_fix(first);
	add(f, piece(SUB, id, 65504, 11, false), now, t);
	CU_ASSERT_EQUAL(add(f, first, now, t), CGN_V_FRAG_LENGTH);
}

static void
repeated(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(add(f, piece(SUB, id, 48, 48, true), now, t),
				i == 0 ? CGN_V_NONE : CGN_V_FRAG_OVERLAP);
}

/* More than the source's share, in order: the oldest are pushed out. */
static void
pushed_out(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	for (uint16_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(add(f, piece(SUB, (uint16_t)(id + 5000 + i), 0, 48, true), now, t),
				CGN_V_NONE);
}

/* Poisoned chains are pushed out by others of their source. */
static void
poisoned_and_pushed_out(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	poisoned_in_order(f, id, now, t);
	pushed_out(f, id, now, t);
}

/* More than the share, out of order: refused. */
static void
refused(struct cgn_reassembly *f, uint16_t id, cgn_tick now, struct tally *t)
{
	for (uint16_t i = 0; i < 10; i++)
		(void)late(f, SUB, (uint16_t)(id + 5000 + i), now, t);
	CU_ASSERT_EQUAL(late(f, SUB, (uint16_t)(id + 6000), now, t), CGN_V_FRAG_FULL);
}

/*
 * A-FRG-2: however a chain ends, its source's share and the part of the store for chains that are out of
 * order are whole again. The source never stands without a chain, else it would be forgotten
 * with its count.
 */
static void
whatever_ends_a_chain_gives_its_share_back(void)
{
	static void (*const ways[])(struct cgn_reassembly *, uint16_t, cgn_tick,
			struct tally *) = { whole_in_order, whole_out_of_order, expired_in_order,
		expired_out_of_order, poisoned_in_order, poisoned_out_of_order, poisoned_by_length,
		repeated, pushed_out, poisoned_and_pushed_out, refused };

	for (unsigned int w = 0; w < RTE_DIM(ways); w++) {
		struct cgn_reassembly *f = store(64);
		struct tally t = { 0 };
		cgn_tick now = 1;
		uint16_t id = 0;
		unsigned int n = 0;

		/* The last rounds let everything of before end. */
		for (unsigned int round = 0; round < 44; round++, now += TIMEOUT / 2) {
			(void)cgn_reassembly_expire(f, now, 100, NULL, NULL);
			/* In order: this one makes room for itself. */
			CU_ASSERT_EQUAL(add(f, piece(SUB, id++, 0, 48, true), now, &t), CGN_V_NONE);
			if (round < 40)
				ways[w](f, (uint16_t)(1000 + round), now, &t);
		}
		now -= TIMEOUT / 2;
		CU_ASSERT_EQUAL(cgn_reassembly_held(f), 2);
		while (n < 100 && late(f, SUB, id++, now, &t) == CGN_V_NONE)
			n++;
		CU_ASSERT_EQUAL(n, 64 / 8 - 2);
		for (n = 0; n < 100; n++) {
			char other[16];

			snprintf(other, sizeof(other), "198.18.7.%u", n);
			if (pushes_one_out(f, other, now, &t))
				break;
		}
		CU_ASSERT_EQUAL(n, 64 / 2 - 6);
		CU_ASSERT_EQUAL(cgn_reassembly_held(f), 64 / 2 + 2);
		/* Nor is a place for a fragment, a chain or a source lost. */
		CU_ASSERT_EQUAL(cgn_reassembly_flush(f), 64 / 2 + 2);
		t.freed = 0;
		for (n = 0; n < 64; n++) {
			char other[16];

			snprintf(other, sizeof(other), "198.18.8.%u", n);
			CU_ASSERT_EQUAL(add(f, piece(other, 7, 0, 48, true), now, &t), CGN_V_NONE);
		}
		CU_ASSERT_EQUAL(t.freed, 0);
		CU_ASSERT_EQUAL(cgn_reassembly_held(f), 64);
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

/* A-FRG-2: datagrams whose fragments come in order neither take nor give anything of the half that is for
 * the others, however they end. */
static void
in_order_datagrams_do_not_change_the_half_of_the_others(void)
{
	struct cgn_reassembly *f = store(64);
	struct tally t = { 0 };
	char other[16];
	unsigned int n;

	for (n = 0; n < 64; n++) {
		snprintf(other, sizeof(other), "198.18.7.%u", n);
		/* Between the others: whole, poisoned, and given up. */
		whole_in_order(f, (uint16_t)(3 * n), 1, &t);
		poisoned_in_order(f, (uint16_t)(3 * n + 1), 1, &t);
		add(f, piece(SUB2, (uint16_t)(3 * n + 2), 0, 48, true), 1, &t);
		if (pushes_one_out(f, other, 1, &t))
			break;
	}
	CU_ASSERT_EQUAL(n, 64 / 2);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-2: hosts of the two sides, and of two softwires, that have the same address have a share each. The
 * store is so small that most of them are in one bucket of its table. */
static void
same_address_elsewhere_has_a_share_of_its_own(void)
{
	for (unsigned int i = 0; i < 200; i++) {
		struct cgn_reassembly *f = store(8);
		struct cgn_reassembly_out out;
		struct cgn_pkt p;
		char host[16];

		snprintf(host, sizeof(host), "198.18.7.%u", i);
		for (uint16_t id = 0; id < 2; id++) {
			enum cgn_verdict want = id == 0 ? CGN_V_NONE : CGN_V_FRAG_FULL;

			CU_ASSERT_EQUAL(add_to(f, piece(host, id, 48, 48, true), 0, CGN_SIDE_INSIDE,
							1, &p, &out),
					want);
			CU_ASSERT_EQUAL(add_to(f, piece(host, id, 48, 48, true), 0,
							CGN_SIDE_OUTSIDE, 1, &p, &out),
					want);
			CU_ASSERT_EQUAL(add_to(f, piece(host, id, 48, 48, true), 1, CGN_SIDE_INSIDE,
							1, &p, &out),
					want);
		}
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(in_order_datagrams_do_not_change_the_half_of_the_others),
	CU_TEST_ROW(same_address_elsewhere_has_a_share_of_its_own),
	CU_TEST_ROW(whatever_ends_a_chain_gives_its_share_back),
};

CU_MAIN("reassembly_share", tests)
