/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pkt/pkt.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#define POOL 64
#define SUB  "100.64.0.1"
#define REM  "198.51.100.7"

static struct rte_mempool *
pool(void)
{
	static struct rte_mempool *mp;

	if (mp == NULL)
		mp = eal_pool(POOL);
	return mp;
}

static void
no_leak(void)
{
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool()), POOL);
}

static struct rte_mbuf *
sample(void)
{
	return pg_udp(pool(), SUB, 5000, REM, 53, 30);
}

static void
pullup_makes_octets_contiguous_from_three_segments(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct rte_mbuf *m = pg_split(pool(), sample(), 10, i == 1);
		struct rte_mbuf *rest = pg_split(pool(), m->next, 7, false);

		m->next = NULL;
		m->nb_segs = 1;
		m->pkt_len = 10;
		CU_ASSERT_EQUAL(rte_pktmbuf_chain(m, rest), 0);
		CU_ASSERT_EQUAL(cgn_pkt_pullup(m, 42), CGN_V_NONE);
		CU_ASSERT_EQUAL(m->data_len, 42);
		CU_ASSERT_EQUAL(m->nb_segs, 2);
		CU_ASSERT_PTR_NULL(pktgen_verify(m));
		CU_ASSERT_TRUE(pg_is_pattern(m, 42, 30, 0));
		rte_pktmbuf_free(m);
	}
	no_leak();
}

static void
pullup_beyond_the_packet_is_refused(void)
{
	struct rte_mbuf *m = sample();

	CU_ASSERT_EQUAL(cgn_pkt_pullup(m, m->pkt_len), CGN_V_NONE);
	CU_ASSERT_EQUAL(cgn_pkt_pullup(m, m->pkt_len + 1), CGN_V_L3_SHORT);
	rte_pktmbuf_free(m);
	no_leak();
}

static void
pullup_beyond_the_room_of_an_mbuf_is_refused(void)
{
	struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 4000);

	CU_ASSERT_EQUAL(cgn_pkt_pullup(m, 4000), CGN_V_NO_MBUF);
	CU_ASSERT_PTR_NULL(pktgen_verify(m));
	rte_pktmbuf_free(m);
	no_leak();
}

static void
trim_cuts_at_any_octet_and_frees_what_is_behind(void)
{
	for (unsigned int len = 0; len <= 80; len++) {
		struct rte_mbuf *m = pg_split(pool(), sample(), 40, false);

		cgn_pkt_trim(m, len);
		CU_ASSERT_EQUAL(m->pkt_len, RTE_MIN(len, 72u));
		CU_ASSERT_EQUAL(m->nb_segs, len <= 40 ? 1 : 2);
		CU_ASSERT_EQUAL(m->data_len, RTE_MIN(len, 40u));
		rte_pktmbuf_free(m);
	}
	no_leak();
}

static void
sum_over_segments_of_odd_length_keeps_its_carries(void)
{
	uint8_t ff[400];
	unsigned int bad = 0;

	memset(ff, 0xff, sizeof(ff));
	ff[17] = 0x12;
	for (size_t at = 1; at < sizeof(ff); at++) {
		struct rte_mbuf *m = pg_split(pool(), pg_bytes(pool(), ff, sizeof(ff)), at, false);

		bad += cgn_pkt_sum(m, 3, 390) != rte_raw_cksum(ff + 3, 390);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(bad, 0);
	no_leak();
}

static void
linearized_packet_has_the_same_octets(void)
{
	for (unsigned int at = 0; at < 72; at++) {
		struct rte_mbuf *m = pg_split(pool(), sample(), at, false);
		struct rte_mbuf *n = cgn_pkt_linearize(pool(), m);

		CU_ASSERT_PTR_NOT_NULL_FATAL(n);
		CU_ASSERT_EQUAL(n->nb_segs, 1);
		CU_ASSERT_PTR_NULL(pktgen_verify(n));
		CU_ASSERT_TRUE(pg_is_pattern(n, 42, 30, 0));
		CU_ASSERT_TRUE(rte_pktmbuf_headroom(n) >= CGN_HEADROOM);
		rte_pktmbuf_free(m);
		rte_pktmbuf_free(n);
	}
	no_leak();
}

static void
packet_that_does_not_fit_into_one_mbuf_is_not_linearized(void)
{
	struct rte_mbuf *m = pg_udp(pool(), SUB, 1, REM, 2, 4000);

	CU_ASSERT_PTR_NULL(cgn_pkt_linearize(pool(), m));
	rte_pktmbuf_free(m);
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(pullup_makes_octets_contiguous_from_three_segments),
	CU_TEST_ROW(pullup_beyond_the_packet_is_refused),
	CU_TEST_ROW(pullup_beyond_the_room_of_an_mbuf_is_refused),
	CU_TEST_ROW(trim_cuts_at_any_octet_and_frees_what_is_behind),
	CU_TEST_ROW(sum_over_segments_of_odd_length_keeps_its_carries),
	CU_TEST_ROW(linearized_packet_has_the_same_octets),
	CU_TEST_ROW(packet_that_does_not_fit_into_one_mbuf_is_not_linearized),
};

CU_MAIN("pkt", tests)
