/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pkt/icmp_make.h"
#include "tests/support/fragfix.h"

#include <errno.h>
#include <netinet/in.h>

/* Check a reassembled datagram of 8 + len octets, and free it. */
static void
check_whole(struct cgn_pkt *p, size_t len)
{
	CU_ASSERT_PTR_NULL(pktgen_verify(p->m));
	CU_ASSERT_TRUE((p->flags & CGN_PF_WAS_FRAG) != 0);
	CU_ASSERT_EQUAL(cgn_parse_ip4(p), CGN_V_NONE);
	CU_ASSERT_TRUE((p->flags & CGN_PF_WAS_FRAG) != 0);
	CU_ASSERT_EQUAL(p->kind, CGN_PK_UDP);
	CU_ASSERT_EQUAL(p->total_len, 28 + len);
	CU_ASSERT_EQUAL(p->sport, RTE_BE16(5000));
	CU_ASSERT_EQUAL(p->dport, RTE_BE16(53));
	CU_ASSERT_EQUAL(p->m->pkt_len, 42 + len);
	CU_ASSERT_TRUE(pg_is_pattern(p->m, 42, len, 0));
	for (const struct rte_mbuf *s = p->m; s != NULL; s = s->next)
		CU_ASSERT_TRUE(s->data_len > 0); /* devices do not take empty segments */
	rte_pktmbuf_free(p->m);
}

/* A-FRG-1: 4000 octets in three fragments, all six orders, from both sides. */
static void
three_fragments_in_any_order_make_the_datagram(void)
{
	static const uint8_t order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 } };
	struct cgn_reassembly *f = store(STORE);

	for (unsigned int i = 0; i < 12; i++) {
		struct rte_mbuf *m = datagram(SUB, (uint16_t)i, 3992), *part[3];
		struct cgn_reassembly_out out;
		struct cgn_pkt p;

		CU_ASSERT_EQUAL_FATAL(pg_fragment(pool(), m, 1500, part, 3), 3);
		rte_pktmbuf_free(m);
		for (unsigned int k = 0; k < 3; k++) {
			CU_ASSERT_EQUAL(cgn_reassembly_held(f), k);
			CU_ASSERT_EQUAL(add_to(f, part[order[i % 6][k]], 0, i / 6, 1, &p, &out),
					CGN_V_NONE);
			CU_ASSERT_EQUAL(out.whole, k == 2);
			CU_ASSERT_EQUAL(out.n_freed, 0);
		}
		CU_ASSERT_EQUAL(out.n_merged, 2);
		CU_ASSERT_EQUAL(p.frag_size, 1500);
		CU_ASSERT_EQUAL(p.l3_off, 14);
		CU_ASSERT_EQUAL(cgn_reassembly_held(f), 0);
		check_whole(&p, 3992);
	}
	cgn_reassembly_destroy(f);
	no_leak();
}

static void
fragments_in_segments_are_merged_alike(void)
{
	struct cgn_reassembly *f = store(STORE);

	for (unsigned int at = 1; at < 14 + 20 + 48; at++) {
		struct rte_mbuf *a = piece(SUB, (uint16_t)at, 0, 48, true);
		struct rte_mbuf *b = piece(SUB, (uint16_t)at, 48, 48, false);
		struct cgn_reassembly_out out;
		struct cgn_pkt p;

		a = pg_split(pool(), a, at, at % 2 == 0);
		b = pg_split(pool(), b, at, at % 2 == 1);
		CU_ASSERT_EQUAL(add_to(f, b, 0, 0, 1, &p, &out), CGN_V_NONE);
		CU_ASSERT_EQUAL(add_to(f, a, 0, 0, 1, &p, &out), CGN_V_NONE);
		CU_ASSERT_TRUE_FATAL(out.whole);
		check_whole(&p, 88);
	}
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-4: whatever of the key differs, fragments never mix; equal keys do. */
static void
chains_of_different_keys_never_mix(void)
{
	for (unsigned int i = 0; i < 7; i++) {
		struct cgn_reassembly *f = store(STORE);
		struct rte_mbuf *b = piece(i == 1 ? SUB2 : SUB, i == 2 ? 8 : 7, 48, 48, false);
		struct cgn_reassembly_out out;
		struct cgn_pkt p;

		if (i == 3)
			pg_ip(b)->dst_addr = pg_addr(SUB2);
		if (i == 4)
			pg_ip(b)->next_proto_id = IPPROTO_ICMP;
		pg_fix(b);
		add_to(f, piece(SUB, 7, 0, 48, true), 1, CGN_SIDE_INSIDE, 1, &p, &out);
		add_to(f, b, i == 5 ? 2 : 1, i == 6 ? CGN_SIDE_OUTSIDE : CGN_SIDE_INSIDE, 1, &p,
				&out);
		CU_ASSERT_EQUAL(out.whole, i == 0);
		CU_ASSERT_EQUAL(cgn_reassembly_held(f), i == 0 ? 0 : 2);
		if (i == 0)
			check_whole(&p, 88);
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

/* A-FRG-4: two inside hosts, one ID, one destination, interleaved. */
static void
interleaved_datagrams_of_two_hosts_arrive_right(void)
{
	static const char *const src[] = { SUB, SUB2 };
	struct cgn_reassembly *f = store(STORE);
	struct cgn_reassembly_out out;
	struct cgn_pkt p;

	for (unsigned int i = 0; i < 6; i++) {
		size_t off = (size_t)(i / 2) * 40;

		add_to(f, piece(src[i % 2], 7, off, 40, i < 4), 0, 0, 1, &p, &out);
		CU_ASSERT_EQUAL(out.whole, i >= 4);
		if (out.whole) {
			CU_ASSERT_EQUAL(p.src, pg_addr(src[i % 2]));
			check_whole(&p, 112);
		}
	}
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-MTU-3: DF of a fragmented datagram is kept; RFC 3168 section 5.3: so is congestion. */
static void
dont_fragment_and_congestion_survive_reassembly(void)
{
	for (unsigned int tos = 0; tos < 4; tos++) {
		struct cgn_reassembly *f = store(STORE);
		struct rte_mbuf *a = piece(SUB, 7, 0, 48, true);
		struct rte_mbuf *b = piece(SUB, 7, 48, 48, false);
		struct cgn_reassembly_out out;
		struct cgn_pkt p;

		pg_ip(a)->fragment_offset |= RTE_BE16(0x4000);
		pg_ip(a)->type_of_service = (uint8_t)tos;
		pg_ip(b)->type_of_service = 3;
		pg_fix(a);
		pg_fix(b);
		add_to(f, a, 0, 0, 1, &p, &out);
		add_to(f, b, 0, 0, 1, &p, &out);
		CU_ASSERT_TRUE_FATAL(out.whole);
		CU_ASSERT_EQUAL(pg_ip(p.m)->type_of_service, tos == 0 ? 0 : 3);
		CU_ASSERT_EQUAL(pg_ip(p.m)->fragment_offset, RTE_BE16(0x4000));
		CU_ASSERT_EQUAL(cgn_parse_ip4(&p), CGN_V_NONE);
		CU_ASSERT_TRUE((p.flags & CGN_PF_DF) != 0);
		rte_pktmbuf_free(p.m);
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

/* A-FRG-6: teardrop and its relatives. The chain goes, and what comes later for its key. */
static void
overlapping_fragments_drop_the_chain_until_its_time_is_over(void)
{
	static const struct {
		uint16_t off, len;
		bool more;
	} bad[] = {
		{ 40, 16, true },  /* tail of the first */
		{ 88, 16, true },  /* head of the second */
		{ 0, 64, true },   /* the first and more */
		{ 8, 8, true },    /* inside the first */
		{ 96, 16, false }, /* inside the second, as the end */
		{ 48, 24, false }, /* an end before the second */
		{ 48, 64, true },  /* the gap and more */
		{ 0, 200, true },  /* everything */
	};

	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		struct cgn_reassembly *f = store(STORE);
		struct cgn_reassembly_out out;
		struct tally t = { 0 };
		struct cgn_pkt p;

		add(f, piece(SUB, 7, 0, 48, true), 10, &t);
		add(f, piece(SUB, 7, 96, 48, true), 10, &t);
		CU_ASSERT_EQUAL(add_to(f, piece(SUB, 7, bad[i].off, bad[i].len, bad[i].more), 0, 0,
						10, &p, &out),
				CGN_V_FRAG_OVERLAP);
		CU_ASSERT_EQUAL(out.n_freed, 2);
		CU_ASSERT_EQUAL(out.freed, CGN_V_FRAG_OVERLAP);
		CU_ASSERT_EQUAL(cgn_reassembly_held(f), 0);
		CU_ASSERT_EQUAL(add(f, piece(SUB, 7, 48, 48, true), 11, &t), CGN_V_FRAG_OVERLAP);
		CU_ASSERT_EQUAL(cgn_reassembly_expire(f, 10 + TIMEOUT, 9, NULL, NULL), 0);
		CU_ASSERT_EQUAL(add(f, piece(SUB, 7, 48, 48, true), 10 + TIMEOUT, &t), CGN_V_NONE);
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

/* A-FRG-6: two ends, or something behind the end. */
static void
contradicting_ends_drop_the_chain(void)
{
	static const struct {
		uint16_t off, len;
		bool more;
	} bad[] = { { 80, 8, false }, { 144, 16, false }, { 144, 16, true }, { 64, 88, true } };

	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		struct cgn_reassembly *f = store(STORE);
		struct tally t = { 0 };

		add(f, piece(SUB, 7, 96, 48, false), 10, &t);
		CU_ASSERT_EQUAL(add(f, piece(SUB, 7, bad[i].off, bad[i].len, bad[i].more), 10, &t),
				CGN_V_FRAG_OVERLAP);
		CU_ASSERT_EQUAL(t.freed, 1);
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

static void
exact_duplicate_is_dropped_alone(void)
{
	struct cgn_reassembly *f = store(STORE);
	struct cgn_reassembly_out out;
	struct tally t = { 0 };
	struct cgn_pkt p;

	add(f, piece(SUB, 7, 48, 48, true), 10, &t);
	add(f, piece(SUB, 7, 96, 48, false), 10, &t);
	CU_ASSERT_EQUAL(add(f, piece(SUB, 7, 48, 48, true), 10, &t), CGN_V_FRAG_OVERLAP);
	CU_ASSERT_EQUAL(add(f, piece(SUB, 7, 96, 48, false), 10, &t), CGN_V_FRAG_OVERLAP);
	CU_ASSERT_EQUAL(t.freed, 0);
	CU_ASSERT_EQUAL(add_to(f, piece(SUB, 7, 0, 48, true), 0, 0, 10, &p, &out), CGN_V_NONE);
	CU_ASSERT_TRUE_FATAL(out.whole);
	CU_ASSERT_EQUAL(out.n_merged, 2);
	check_whole(&p, 136);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-6: each fragment is possible, but not behind the first one's longer header. */
static void
datagram_beyond_65535_octets_is_dropped(void)
{
	static const uint8_t opt[4] = { 1, 1, 1, 0 };
	static const uint8_t udp[48] = { 0, 53, 0, 54 };
	struct pg_ip4 h = { .src = SUB,
		.dst = REM,
		.proto = IPPROTO_UDP,
		.id = 7,
		.opt = opt,
		.opt_len = sizeof(opt) };

	for (unsigned int i = 0; i < 2; i++) {
		struct cgn_reassembly *f = store(STORE);
		struct rte_mbuf *a = pg_ip4(pool(), &h, udp, sizeof(udp));
		struct rte_mbuf *b = piece(SUB, 7, 65504, 11, false);
		struct tally t = { 0 };

		pg_ip(a)->fragment_offset = RTE_BE16(0x2000);
		pg_fix(a);
		CU_ASSERT_EQUAL(add(f, i == 0 ? a : b, 1, &t), CGN_V_NONE);
		CU_ASSERT_EQUAL(add(f, i == 0 ? b : a, 1, &t), CGN_V_FRAG_LENGTH);
		CU_ASSERT_EQUAL(t.freed, 1);
		CU_ASSERT_EQUAL(cgn_reassembly_held(f), 0);
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

/* A-FRG-6: the longest datagram that there is passes. */
static void
datagram_of_65535_octets_passes(void)
{
	struct cgn_reassembly *f = store(STORE);
	struct rte_mbuf *m = datagram(SUB, 7, 65535 - 28), *part[64];
	unsigned int n = pg_fragment(pool(), m, 1500, part, RTE_DIM(part));
	struct cgn_reassembly_out out;
	struct cgn_pkt p;

	rte_pktmbuf_free(m);
	for (unsigned int i = 0; i < n; i++)
		CU_ASSERT_EQUAL(add_to(f, part[i], 0, 0, 1, &p, &out), CGN_V_NONE);
	CU_ASSERT_TRUE_FATAL(out.whole);
	check_whole(&p, 65535 - 28);
	cgn_reassembly_destroy(f);
	no_leak();
}

static void
datagram_in_too_many_fragments_is_refused(void)
{
	struct cgn_reassembly *f = store(2 * STORE);
	struct tally t = { 0 };

	for (unsigned int i = 0; i < CGN_REASSEMBLY_CHAIN_MAX; i++)
		CU_ASSERT_EQUAL(add(f, piece(SUB, 7, 8 * (size_t)i, 8, true), 1, &t), CGN_V_NONE);
	CU_ASSERT_EQUAL(add(f, piece(SUB, 7, 8 * 200, 8, true), 1, &t), CGN_V_FRAG_FULL);
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), CGN_REASSEMBLY_CHAIN_MAX);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-2: one source gets an eighth; its own oldest goes for its next, others lose nothing. */
static void
one_source_holds_at_most_an_eighth(void)
{
	struct cgn_reassembly *f = store(STORE);
	struct tally t = { 0 };

	add(f, piece(SUB2, 1, 48, 48, false), 1, &t);
	for (uint16_t i = 0; i < STORE / 8; i++)
		CU_ASSERT_EQUAL(add(f, piece(SUB, i, 48, 48, true), 1, &t), CGN_V_NONE);
	CU_ASSERT_EQUAL(add(f, piece(SUB, 9999, 48, 48, true), 1, &t), CGN_V_FRAG_FULL);
	CU_ASSERT_EQUAL(t.freed, 0);
	CU_ASSERT_EQUAL(add(f, piece(SUB, 9999, 0, 48, true), 1, &t), CGN_V_NONE);
	CU_ASSERT_EQUAL(t.freed, 1);
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), STORE / 8 + 1);
	CU_ASSERT_EQUAL(add(f, piece(SUB, 9999, 48, 48, false), 1, &t), CGN_V_NONE);
	CU_ASSERT_EQUAL(t.whole, 1);
	CU_ASSERT_EQUAL(add(f, piece(SUB2, 1, 0, 48, true), 1, &t), CGN_V_NONE);
	CU_ASSERT_EQUAL(t.whole, 2);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-2: what a source's next fragment pushes out is its own, but never its own datagram. */
static void
datagram_in_progress_is_not_pushed_out_by_its_next_fragment(void)
{
	struct cgn_reassembly *f = store(64);
	struct tally t = { 0 };

	add(f, piece(SUB, 1, 0, 48, true), 1, &t);
	add(f, piece(SUB2, 1, 0, 48, true), 1, &t);
	for (uint16_t id = 2; id <= 8; id++)
		add(f, piece(SUB, id, 0, 48, true), 1, &t);
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), 9);
	add(f, piece(SUB, 1, 48, 48, false), 1, &t);
	CU_ASSERT_EQUAL(t.whole, 1);
	CU_ASSERT_EQUAL(t.freed, 1);
	add(f, piece(SUB2, 1, 48, 48, false), 1, &t);
	CU_ASSERT_EQUAL(t.whole, 2);
	add(f, piece(SUB, 2, 48, 48, false), 1, &t);
	CU_ASSERT_EQUAL(t.whole, 2); /* that one was the oldest other */
	add(f, piece(SUB, 3, 48, 48, false), 1, &t);
	CU_ASSERT_EQUAL(t.whole, 3);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-2, A-FRG-4: equal addresses of two realms or sides are two sources. */
static void
equal_addresses_of_two_realms_do_not_share_a_share(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct cgn_reassembly *f = store(64);
		struct cgn_reassembly_out out;
		struct cgn_pkt p;

		for (uint16_t id = 0; id < 8; id++)
			CU_ASSERT_EQUAL(add_to(f, piece(SUB, id, 48, 48, true), 0, 0, 1, &p, &out),
					CGN_V_NONE);
		CU_ASSERT_EQUAL(add_to(f, piece(SUB, 99, 48, 48, true), i == 1 ? 5 : 0,
						i == 2 ? CGN_SIDE_OUTSIDE : CGN_SIDE_INSIDE, 1, &p,
						&out),
				i == 0 ? CGN_V_FRAG_FULL : CGN_V_NONE);
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

/* A-FRG-2: a poisoned key counts to its source's share until its time is over. */
static void
poisoned_chains_count_to_the_share_of_their_source(void)
{
	struct cgn_reassembly *f = store(64);
	struct tally t = { 0 };

	for (uint16_t id = 0; id < 8; id++) {
		add(f, piece(SUB, id, 0, 48, true), 1, &t);
		add(f, piece(SUB, id, 40, 48, true), 1, &t);
	}
	CU_ASSERT_EQUAL(add(f, piece(SUB, 99, 48, 48, true), 1, &t), CGN_V_FRAG_FULL);
	CU_ASSERT_EQUAL(cgn_reassembly_expire(f, 1 + TIMEOUT, 100, NULL, NULL), 0);
	for (uint16_t id = 0; id < 8; id++)
		CU_ASSERT_EQUAL(add(f, piece(SUB, id, 48, 48, true), 1 + TIMEOUT, &t), CGN_V_NONE);
	CU_ASSERT_EQUAL(add(f, piece(SUB, 99, 48, 48, true), 1, &t), CGN_V_FRAG_FULL);
	cgn_reassembly_destroy(f);
	no_leak();
}

static const char *
spoofed(unsigned int i)
{
	static char text[32];

	snprintf(text, sizeof(text), "198.18.%u.%u", (i >> 8) & 0xff, i & 0xff);
	return text;
}

/*
 * A-FRG-2 (RFC 4787 REQ-14a): under a flood of lone fragments from many sources, first ones or
 * not, datagrams whose fragments come in order pass; the flood's are counted as dropped.
 */
static void
flood_of_fragments_does_not_stop_in_order_datagrams(void)
{
	for (unsigned int kind = 0; kind < 2; kind++) {
		struct cgn_reassembly *f = store(STORE);
		struct tally flood = { 0 }, good = { 0 };

		for (unsigned int i = 0; i < 8 * STORE; i++) {
			add(f, piece(spoofed(i), (uint16_t)i, kind == 0 ? 48 : 0, 48, true), 1,
					&flood);
			if (i % 16 == 0)
				add(f, piece(SUB, (uint16_t)(i / 16), 0, 48, true), 1, &good);
			if (i % 16 == 9)
				add(f, piece(SUB, (uint16_t)(i / 16), 48, 48, false), 1, &good);
		}
		CU_ASSERT_EQUAL(good.whole, STORE / 2);
		CU_ASSERT_EQUAL(good.dropped, 0);
		CU_ASSERT_TRUE(flood.dropped + flood.freed + good.freed >= 7 * STORE);
		CU_ASSERT_TRUE(cgn_reassembly_held(f) <= STORE);
		CU_ASSERT_EQUAL(flood.taken + good.taken - flood.freed - good.freed - good.merged,
				cgn_reassembly_held(f));
		cgn_reassembly_destroy(f);
	}
	no_leak();
}

/* A-FRG-2: chains that did not begin with their first fragment get half of the store, the newest ones. */
static void
out_of_order_chains_hold_at_most_half(void)
{
	struct cgn_reassembly *f = store(STORE);
	struct tally t = { 0 };

	for (unsigned int i = 0; i < STORE; i++)
		add(f, piece(spoofed(i), 7, 48, 48, true), 1, &t);
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), STORE / 2);
	CU_ASSERT_EQUAL(t.dropped, 0);
	CU_ASSERT_EQUAL(t.freed, STORE / 2);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-1, A-FRG-2: a flood of them from forged sources keeps nobody out, also if the store is full. */
static void
flood_out_of_order_keeps_nobody_out(void)
{
	for (unsigned int fill = 0; fill < 2; fill++) {
		struct cgn_reassembly *f = store(STORE);
		struct tally flood = { 0 }, good = { 0 };

		for (unsigned int i = 0; fill != 0 && i < STORE; i++)
			add(f, piece(spoofed(5000 + i), 7, 0, 48, true), 1, &flood);
		for (unsigned int i = 0; i < 4 * STORE; i++) {
			add(f, piece(spoofed(i), 7, 48, 48, true), 1, &flood);
			if (i % 16 == 0)
				add(f, piece(SUB, (uint16_t)i, 48, 48, false), 1, &good);
			if (i % 16 == 15)
				add(f, piece(SUB, (uint16_t)(i - 15), 0, 48, true), 1, &good);
		}
		CU_ASSERT_EQUAL(good.whole, 4 * STORE / 16);
		CU_ASSERT_TRUE(cgn_reassembly_held(f) <= STORE);
		cgn_reassembly_destroy(f);
		no_leak();
	}
}

/* A-FRG-2: a source above its share is refused and pushes nobody out. */
static void
source_above_its_share_pushes_nobody_out(void)
{
	struct cgn_reassembly *f = store(STORE);
	struct tally flood = { 0 }, own = { 0 };

	for (unsigned int i = 0; i < STORE / 2; i++)
		add(f, piece(spoofed(i), 7, 48, 48, true), 1, &flood);
	CU_ASSERT_EQUAL(flood.freed, 0);
	for (unsigned int i = 0; i < STORE / 2; i++)
		add(f, piece(SUB, (uint16_t)i, 48, 48, true), 1, &own);
	CU_ASSERT_EQUAL(own.freed, STORE / 8);
	CU_ASSERT_EQUAL(own.dropped, STORE / 2 - STORE / 8);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-2: keys poisoned on purpose do not use the store up. */
static void
poisoned_chains_do_not_use_up_the_store(void)
{
	struct cgn_reassembly *f = store(64);
	struct tally t = { 0 };

	for (unsigned int i = 0; i < 500; i++) {
		add(f, piece(spoofed(i), 7, 0, 48, true), 1, &t);
		add(f, piece(spoofed(i), 7, 40, 48, true), 1, &t);
	}
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), 0);
	add(f, piece(SUB, 7, 0, 48, true), 1, &t);
	add(f, piece(SUB, 7, 48, 48, false), 1, &t);
	CU_ASSERT_EQUAL(t.whole, 1);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* What the callback was told. */
struct seen {
	unsigned int calls;
	unsigned int n;
	unsigned int first;
	unsigned int errors;
	uint32_t realm;
};

static void
see(void *ctx, const struct cgn_reassembly_expired *x)
{
	struct cgn_icmp_error e = { .type = 11, .code = 1, .src = pg_addr(REM) };
	struct seen *s = ctx;

	s->calls++;
	s->n += x->n;
	s->realm = x->realm;
	if (x->has_first) {
		struct rte_mbuf *m = cgn_icmp_make_error(pool(), x->first, &e);

		s->first++;
		CU_ASSERT_EQUAL(x->first->port, 5);
		CU_ASSERT_EQUAL(x->first->side, CGN_SIDE_INSIDE);
		CU_ASSERT_EQUAL(x->first->src, pg_addr(SUB));
		if (m != NULL) {
			s->errors++;
			CU_ASSERT_PTR_NULL(pktgen_verify_ip4(m));
			CU_ASSERT_EQUAL(m->pkt_len, 28 + 68);
			rte_pktmbuf_free(m);
		}
	}
}

/* A-FRG-3: a chain waits for its whole time, from its first fragment; not longer. */
static void
chain_waits_for_its_time_and_no_longer(void)
{
	struct cgn_reassembly *f = store(STORE);
	cgn_tick start = UINT32_MAX - 5; /* the clock wraps meanwhile */
	struct seen s = { 0 };
	struct tally t = { 0 };

	add(f, piece(SUB, 1, 48, 48, false), start, &t);
	add(f, piece(SUB, 2, 48, 48, true), start, &t);
	add(f, piece(SUB, 2, 96, 48, true), start + TIMEOUT - 1, &t);
	CU_ASSERT_EQUAL(cgn_reassembly_expire(f, start + TIMEOUT - 1, 100, see, &s), 0);
	add(f, piece(SUB, 1, 0, 48, true), start + TIMEOUT - 1, &t);
	CU_ASSERT_EQUAL(t.whole, 1);
	CU_ASSERT_EQUAL(cgn_reassembly_expire(f, start + TIMEOUT, 100, see, &s), 2);
	CU_ASSERT_EQUAL(s.calls, 1);
	CU_ASSERT_EQUAL(s.n, 2);
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), 0);
	cgn_reassembly_destroy(f);
	no_leak();
}

/* A-FRG-7: fragment 0 is there for the ICMP error if it was held, and only then. */
static void
expiry_shows_the_first_fragment_if_it_was_held(void)
{
	struct cgn_reassembly *f = store(STORE);
	struct cgn_reassembly_out out;
	struct seen s = { 0 };
	struct cgn_pkt p;

	add_to(f, piece(SUB, 1, 48, 48, true), 77, CGN_SIDE_INSIDE, 1, &p, &out);
	CU_ASSERT_EQUAL(cgn_reassembly_expire(f, 1 + TIMEOUT, 100, see, &s), 1);
	CU_ASSERT_EQUAL(s.first, 0);
	CU_ASSERT_EQUAL(s.realm, 77);
	add_to(f, piece(SUB, 1, 96, 48, true), 77, CGN_SIDE_INSIDE, 1, &p, &out);
	add_to(f, piece(SUB, 1, 0, 48, true), 77, CGN_SIDE_INSIDE, 1, &p, &out);
	CU_ASSERT_EQUAL(cgn_reassembly_expire(f, 1 + TIMEOUT, 100, see, &s), 2);
	CU_ASSERT_EQUAL(s.first, 1);
	CU_ASSERT_EQUAL(s.errors, 1);
	cgn_reassembly_destroy(f);
	no_leak();
}

static void
expiry_works_within_its_budget(void)
{
	struct cgn_reassembly *f = store(STORE);
	struct tally t = { 0 };

	for (uint16_t i = 0; i < 100; i++)
		add(f, piece(SUB, i, 0, 48, true), 1, &t);
	CU_ASSERT_EQUAL(cgn_reassembly_expire(f, 1 + TIMEOUT, 30, NULL, NULL), 30);
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), 70);
	CU_ASSERT_EQUAL(cgn_reassembly_flush(f), 70);
	CU_ASSERT_EQUAL(cgn_reassembly_held(f), 0);
	no_leak();
	cgn_reassembly_destroy(f);
	cgn_reassembly_destroy(NULL);
}

static void
store_of_no_use_is_refused(void)
{
	struct cgn_reassembly *f = NULL;

	eal_start();
	CU_ASSERT_EQUAL(cgn_reassembly_create(&f, 7, 1, SOCKET_ID_ANY), -EINVAL);
	CU_ASSERT_EQUAL(cgn_reassembly_create(&f, UINT32_MAX, 1, SOCKET_ID_ANY), -EINVAL);
	CU_ASSERT_EQUAL(cgn_reassembly_create(&f, 1 << 24, 1, SOCKET_ID_ANY), -ENOMEM);
	CU_ASSERT_PTR_NULL(f);
}

/* Whatever comes: every fragment is held, merged, freed or refused, and none is lost. */
static void
random_fragments_are_all_accounted_for(void)
{
	struct cgn_reassembly *f = store(128);
	struct tally t = { 0 };
	uint64_t rnd = 42; /* the seed */
	unsigned int expired = 0;

	for (unsigned int i = 0; i < 40000; i++) {
		struct rte_mbuf *m;
		unsigned int r, off;

		rnd = rnd * UINT64_C(6364136223846793005) + 1442695040888963407;
		r = (unsigned int)(rnd >> 33);
		off = (r >> 6) % 3 * 24;
		m = piece(spoofed(r % 7), (uint16_t)((r >> 3) % 7), off,
				(r >> 9) % 16 == 0 ? 40 : 24, off < 48);
		add(f, m, i / 16, &t);
		expired += cgn_reassembly_expire(f, i / 16, 2, NULL, NULL);
		CU_ASSERT_EQUAL_FATAL(
				t.taken - t.merged - t.freed - expired, cgn_reassembly_held(f));
	}
	CU_ASSERT_TRUE(t.whole > 100);
	CU_ASSERT_TRUE(expired > 100);
	CU_ASSERT_TRUE(t.freed > 100);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool()), POOL - cgn_reassembly_held(f));
	cgn_reassembly_destroy(f);
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(three_fragments_in_any_order_make_the_datagram),
	CU_TEST_ROW(fragments_in_segments_are_merged_alike),
	CU_TEST_ROW(chains_of_different_keys_never_mix),
	CU_TEST_ROW(interleaved_datagrams_of_two_hosts_arrive_right),
	CU_TEST_ROW(dont_fragment_and_congestion_survive_reassembly),
	CU_TEST_ROW(overlapping_fragments_drop_the_chain_until_its_time_is_over),
	CU_TEST_ROW(contradicting_ends_drop_the_chain),
	CU_TEST_ROW(exact_duplicate_is_dropped_alone),
	CU_TEST_ROW(datagram_beyond_65535_octets_is_dropped),
	CU_TEST_ROW(datagram_of_65535_octets_passes),
	CU_TEST_ROW(datagram_in_too_many_fragments_is_refused),
	CU_TEST_ROW(one_source_holds_at_most_an_eighth),
	CU_TEST_ROW(datagram_in_progress_is_not_pushed_out_by_its_next_fragment),
	CU_TEST_ROW(equal_addresses_of_two_realms_do_not_share_a_share),
	CU_TEST_ROW(poisoned_chains_count_to_the_share_of_their_source),
	CU_TEST_ROW(flood_of_fragments_does_not_stop_in_order_datagrams),
	CU_TEST_ROW(out_of_order_chains_hold_at_most_half),
	CU_TEST_ROW(flood_out_of_order_keeps_nobody_out),
	CU_TEST_ROW(source_above_its_share_pushes_nobody_out),
	CU_TEST_ROW(poisoned_chains_do_not_use_up_the_store),
	CU_TEST_ROW(chain_waits_for_its_time_and_no_longer),
	CU_TEST_ROW(expiry_shows_the_first_fragment_if_it_was_held),
	CU_TEST_ROW(expiry_works_within_its_budget),
	CU_TEST_ROW(store_of_no_use_is_refused),
	CU_TEST_ROW(random_fragments_are_all_accounted_for),
};

CU_MAIN("reassembly", tests)
