/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

static struct fx *
with_mtu(uint16_t inside, uint16_t outside)
{
	struct fx *fx = fx_new();

	fx->ports[FX_INSIDE].mtu = inside;
	fx->ports[FX_OUTSIDE].mtu = outside;
	return fx_start(fx);
}

static struct rte_mbuf *
with_df(struct rte_mbuf *m)
{
	pg_ip(m)->fragment_offset |= RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	return m;
}

/* A-MTU-1: DF and too big for the link outside, RFC 4787 REQ-13, RFC 1191. */
static void
too_big_outwards_is_refused_with_the_mtu(void)
{
	struct fx *fx = with_mtu(1500, 1400);
	const struct fx_pkt *p;

	fx_inside(fx, with_df(pg_udp(fx->mp, H1, 5000, P1, 53, 1373)));
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	p = fx_first(fx);
	FX_PKT(p, FX_INSIDE, "100.64.0.1", 0, H1, 0);
	CU_ASSERT_EQUAL(p->icmp_rest, 1400);
	/* As H1 sent it. */
	CU_ASSERT_STRING_EQUAL(p->quote.src, H1);
	CU_ASSERT_EQUAL(p->quote.sport, 5000);
	CU_ASSERT_EQUAL(p->payload[8], 64);
	/* What fits passes. */
	p = fx_inside(fx, with_df(pg_udp(fx->mp, H1, 5000, P1, 53, 1372)));
	CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(p->len, 1400);
	CU_ASSERT_TRUE(fx_first(fx)->df);
	fx_free(fx);
}

/* A-MTU-1, A-MTU-4: the same inwards; the quote shows the external endpoint, RFC 5508 REQ-5. */
static void
too_big_inwards_is_refused_with_the_mtu(void)
{
	struct fx *fx = with_mtu(1400, 1500);
	struct fx_ep x = fx_map_udp(fx, H1, 5000), t = fx_connect(fx, H1, 5000, P1, 80);
	const struct fx_pkt *p;

	fx_outside(fx, with_df(pg_udp(fx->mp, P1, 53, x.addr, x.port, 1400)));
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	p = fx_first(fx);
	FX_PKT(p, FX_OUTSIDE, "192.0.2.2", 0, P1, 0);
	CU_ASSERT_EQUAL(p->icmp_rest, 1400);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, x.addr);
	CU_ASSERT_EQUAL(p->quote.dport, x.port);
	fx_outside(fx, with_df(pg_tcp(fx->mp, P1, 80, t.addr, t.port, RTE_TCP_ACK_FLAG, 1400)));
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.dst, t.addr);
	CU_ASSERT_EQUAL(fx_first(fx)->quote.dport, t.port);
	fx_free(fx);
}

/* A-MTU-4: and so does time exceeded. */
static void
time_exceeded_outside_quotes_the_external_endpoint(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, P1, 53, x.addr, x.port, 8);
	const struct fx_pkt *p;

	pg_ip(m)->time_to_live = 1;
	pg_fix(m);
	fx_outside(fx, m);
	FX_REFUSED(fx, CGN_V_TTL, 11, 0);
	p = fx_first(fx);
	FX_PKT(p, FX_OUTSIDE, "192.0.2.2", 0, P1, 0);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, x.addr);
	CU_ASSERT_EQUAL(p->quote.dport, x.port);
	fx_free(fx);
}

static void
check_cut(const struct fx *fx, uint16_t mtu)
{
	unsigned int at = 0;

	CU_ASSERT_EQUAL(fx->n_out, 2);
	for (unsigned int i = 0; i < fx->n_out; i++) {
		CU_ASSERT_EQUAL(fx->out[i].off, at);
		CU_ASSERT_EQUAL(fx->out[i].off % 8, 0);
		CU_ASSERT_EQUAL(fx->out[i].more, i + 1 < fx->n_out);
		CU_ASSERT_EQUAL(fx->out[i].id, fx->out[0].id);
		CU_ASSERT_TRUE(fx->out[i].len <= mtu);
		CU_ASSERT_FALSE(fx->out[i].df);
		at += fx->out[i].len - 20u;
	}
	CU_ASSERT_TRUE(fx_has_pattern(fx, 1472, 0));
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_FRAGMENTED), 1);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_FRAGMENTS_MADE), 2);
}

/* A-MTU-2: without DF it is cut, in order, RFC 4787 REQ-13a. */
static void
datagram_without_df_is_cut_to_the_mtu(void)
{
	struct fx *fx = with_mtu(1500, 1400);
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_inside(fx, pg_udp(fx->mp, H1, 5000, P1, 53, 1472));
	FX_PKT(fx_first(fx), FX_OUTSIDE, x.addr, x.port, P1, 53);
	check_cut(fx, 1400);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
	fx_free(fx);
	fx = with_mtu(1001, 1500);
	x = fx_map_udp(fx, H1, 5000);
	fx_outside(fx, pg_udp(fx->mp, P1, 53, x.addr, x.port, 1472));
	FX_PKT(fx_first(fx), FX_INSIDE, P1, 53, H1, 5000);
	check_cut(fx, 1001);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_IN), 1);
	fx_free(fx);
}

/* A-MTU-3: DF is neither set nor cleared, either way. */
static void
df_stays_as_it_is(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	CU_ASSERT_FALSE(fx_first(fx)->df);
	CU_ASSERT_TRUE(fx_inside(fx, with_df(pg_udp(fx->mp, H1, 5000, P1, 53, 8)))->df);
	CU_ASSERT_TRUE(fx_outside(fx, with_df(pg_udp(fx->mp, P1, 53, x.addr, x.port, 8)))->df);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->df);
	fx_free(fx);
}

/* A-MTU-1: a hairpin is refused by the link that it would go back to. */
static void
too_big_hairpin_is_refused(void)
{
	struct fx *fx = fx_new();
	struct fx_ep k;

	fx_use_inside2(fx);
	fx->ports[FX_INSIDE2].mtu = 1400;
	fx_start(fx);
	k = fx_map_udp(fx, L1, 7000);
	fx_map_udp(fx, H1, 5000);
	fx_inside(fx, with_df(pg_udp(fx->mp, H1, 5000, k.addr, k.port, 1472)));
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_INSIDE);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, H1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.src, H1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.dst, k.addr);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest, 1400);
	fx_inside(fx, pg_udp(fx->mp, H1, 5000, k.addr, k.port, 1472));
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_INSIDE2);
	check_cut(fx, 1400);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(too_big_outwards_is_refused_with_the_mtu),
	CU_TEST_ROW(too_big_inwards_is_refused_with_the_mtu),
	CU_TEST_ROW(time_exceeded_outside_quotes_the_external_endpoint),
	CU_TEST_ROW(datagram_without_df_is_cut_to_the_mtu),
	CU_TEST_ROW(df_stays_as_it_is),
	CU_TEST_ROW(too_big_hairpin_is_refused),
};

CU_MAIN("scn_mtu", tests)
