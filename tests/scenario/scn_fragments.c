/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

/* The three fragments of a UDP datagram of 4000 octets. */
static void
cut(struct fx *fx, struct rte_mbuf *m, struct rte_mbuf *frag[3])
{
	unsigned int n = pg_fragment(fx->mp, m, 1500, frag, 3);

	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL_FATAL(n, 3);
}

static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
	{ 2, 0, 1 }, { 2, 1, 0 } };

/* Receive three fragments in an order. Nothing may leave before the last of them. */
static void
receive(struct fx *fx, unsigned int port, struct rte_mbuf *frag[3], const uint8_t order[3])
{
	for (unsigned int i = 0; i < 3; i++) {
		fx_rx(fx, port, frag[order[i]]);
		CU_ASSERT_EQUAL(fx->n_out, i < 2 ? 0 : 3);
	}
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_REASSEMBLED), 2);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 4000, 0));
	for (unsigned int i = 1; i < fx->n_out; i++)
		CU_ASSERT_EQUAL(fx->out[i].id, fx->out[0].id);
}

/* A-FRG-1: every order, both ways, RFC 4787 REQ-14. */
static void
fragments_pass_in_every_order_both_ways(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < 6; i++) {
		struct rte_mbuf *frag[3];

		fx_advance_s(fx, 0.25);
		cut(fx, pg_udp(fx->mp, H1, 5000, P2, 53, 4000), frag);
		receive(fx, FX_INSIDE, frag, orders[i]);
		FX_PKT(fx_first(fx), FX_OUTSIDE, x.addr, x.port, P2, 53);
		fx_advance_s(fx, 0.25);
		cut(fx, pg_udp(fx->mp, P2, 53, x.addr, x.port, 4000), frag);
		receive(fx, FX_OUTSIDE, frag, orders[i]);
		FX_PKT(fx_first(fx), FX_INSIDE, P2, 53, H1, 5000);
	}
	fx_free(fx);
}

/* A-FRG-1: the mapping may be made by a datagram in fragments. */
static void
fragmented_datagram_makes_a_mapping(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *frag[3];

	cut(fx, pg_udp(fx->mp, H1, 5000, P2, 53, 4000), frag);
	receive(fx, FX_INSIDE, frag, orders[5]);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 1);
	fx_free(fx);
}

/* A-FRG-2: a flood of lone fragments harms neither whole datagrams nor fragments in order. */
static void
flood_of_fragments_harms_nobody_else(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, P1, 53, x.addr, x.port, 4000);

	for (unsigned int i = 0; i < 5000; i++) {
		struct rte_mbuf *lone = pg_slice(fx->mp, m, 1480, 1480, true), *frag[3];

		pg_ip(lone)->packet_id = rte_cpu_to_be_16((uint16_t)i);
		pg_ip(lone)->src_addr = pg_addr(P2) + rte_cpu_to_be_32(i % 100);
		pg_fix(lone);
		fx_outside(fx, lone);
		CU_ASSERT_EQUAL(fx->n_out, 0);
		if (i % 100 != 99)
			continue;
		CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
		CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, P1, 53)->left);
		cut(fx, pg_udp(fx->mp, P1, 53, x.addr, x.port, 4000), frag);
		receive(fx, FX_OUTSIDE, frag, orders[0]);
		cut(fx, pg_udp(fx->mp, H1, 5000, P1, 53, 4000), frag);
		receive(fx, FX_INSIDE, frag, orders[0]);
	}
	rte_pktmbuf_free(m);
	CU_ASSERT_TRUE(fx_gauge(fx, CGN_G_HELD_FRAGMENTS) <=
			(uint64_t)fx->conf.nat.fragments_max * fx->n_workers);
	CU_ASSERT_TRUE(fx_verdict(fx, CGN_V_FRAG_FULL) >
			5000 - (uint64_t)fx->conf.nat.fragments_max * fx->n_workers - 1);
	fx_free(fx);
}

/* Send a later fragment, then the first after a while. */
static unsigned int
late_first(struct fx *fx, double wait_s, uint16_t id)
{
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 2000), *frag[2];

	pg_ip(m)->packet_id = rte_cpu_to_be_16(id);
	pg_fix(m);
	CU_ASSERT_EQUAL(pg_fragment(fx->mp, m, 1500, frag, 2), 2);
	rte_pktmbuf_free(m);
	fx_inside(fx, frag[1]);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_advance_s(fx, wait_s);
	fx_inside(fx, frag[0]);
	return fx->n_out;
}

/* A-FRG-3: two seconds for the first fragment, RFC 6146 section 3.4. */
static void
first_fragment_may_come_within_two_seconds(void)
{
	struct fx *fx = fx_default();

	CU_ASSERT_EQUAL(late_first(fx, 1.9, 1), 2);
	CU_ASSERT_EQUAL(late_first(fx, 2.5, 2), 0);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_FRAG_TIMEOUT), 1);
	fx_free(fx);
}

/* A-FRG-3: many datagrams whose time is over at once do not wait for each other. */
static void
time_is_over_for_many_datagrams_at_once(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, P1, 53, x.addr, x.port, 4000);

	for (unsigned int i = 0; i < 120; i++) {
		struct rte_mbuf *lone = pg_slice(fx->mp, m, 1480, 1480, true);

		pg_ip(lone)->src_addr = pg_addr(P2) + rte_cpu_to_be_32(i);
		pg_ip(lone)->packet_id = rte_cpu_to_be_16((uint16_t)i);
		pg_fix(lone);
		fx_outside(fx, lone);
	}
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 120);
	fx_advance_s(fx, 2);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_FRAG_TIMEOUT), 120);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 0);
	fx_free(fx);
}

/* A-FRG-3: configurable. */
static void
wait_for_fragments_is_configurable(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.timeouts.fragment_s = 10;
	fx_start(fx);
	CU_ASSERT_EQUAL(late_first(fx, 9.9, 1), 2);
	CU_ASSERT_EQUAL(late_first(fx, 10.5, 2), 0);
	fx_free(fx);
}

/* A-FRG-4: datagrams of two hosts with one identifier never mix. */
static void
equal_identifiers_of_two_hosts_do_not_mix(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *a[3], *b[3], *m = pg_udp(fx->mp, H2, 5000, P1, 53, 4000);

	memset((char *)pg_l4(m) + 8, 0xee, 1000);
	pg_fix(m);
	cut(fx, pg_udp(fx->mp, H1, 5000, P1, 53, 4000), a);
	cut(fx, m, b);
	for (unsigned int i = 0; i < 2; i++) {
		fx_inside(fx, a[i]);
		fx_inside(fx, b[i]);
	}
	fx_inside(fx, a[2]);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 4000, 0));
	fx_inside(fx, b[2]);
	CU_ASSERT_EQUAL(fx->n_out, 3);
	CU_ASSERT_EQUAL(fx_first(fx)->payload[999], 0xee);
	fx_free(fx);
}

/* A-FRG-4: nor do those of two protocols. */
static void
equal_identifiers_of_two_protocols_do_not_mix(void)
{
	struct fx *fx = fx_default();
	struct fx_ep t = fx_connect(fx, H1, 5000, P1, 53);
	struct rte_mbuf *a[3], *b[3];

	cut(fx, pg_udp(fx->mp, H1, 5000, P1, 53, 4000), a);
	cut(fx, pg_tcp(fx->mp, H1, 5000, P1, 53, RTE_TCP_ACK_FLAG, 4000), b);
	for (unsigned int i = 0; i < 2; i++) {
		fx_inside(fx, b[i]);
		fx_inside(fx, a[i]);
	}
	fx_inside(fx, a[2]);
	CU_ASSERT_EQUAL(fx_first(fx)->proto, IPPROTO_UDP);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 4000, 0));
	fx_inside(fx, b[2]);
	FX_PKT(fx_first(fx), FX_OUTSIDE, t.addr, t.port, P1, 53);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 4000, 0));
	fx_free(fx);
}

/* A-FRG-5: outside no identifier of a datagram without DF repeats, RFC 6864 section 4. */
static void
identifiers_do_not_repeat_outside(void)
{
	static bool seen[16][65536];
	struct fx *fx = fx_default();

	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < 5000; i++) {
		char h[16];
		const struct fx_pkt *p;
		bool *was;

		snprintf(h, sizeof(h), "100.64.5.%u", i % 100 + 1);
		p = fx_udp_out(fx, h, 5000, P1, 53);
		was = &seen[atoi(p->src + strlen("198.51.100."))][p->id];
		CU_ASSERT_FALSE(*was);
		*was = true;
		if (i % 100 == 99)
			fx_advance_s(fx, 1);
	}
	fx_free(fx);
}

/* A host with another external address than x. */
static const char *
host_beside(struct fx *fx, const struct fx_ep *x)
{
	static char host[16];

	for (unsigned int i = 1; i < 100; i++) {
		snprintf(host, sizeof(host), "100.64.77.%u", i);
		if (strcmp(fx_map_udp(fx, host, 5000).addr, x->addr) != 0)
			break;
	}
	return host;
}

/* A-FRG-5: neither others nor other protocols that send to the same host use up the numbers of a source. Of many
 * destinations few share a counter with them by chance. */
static void
sources_and_protocols_have_numbers_of_their_own(void)
{
	struct fx *fx = fx_new();
	unsigned int steps_of_one = 0;
	struct fx_ep x;
	const char *other;

	fx->single_worker = true;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	other = host_beside(fx, &x);
	for (unsigned int i = 1; i <= 100; i++) {
		char dst[16];
		uint16_t before;

		snprintf(dst, sizeof(dst), "203.0.113.%u", i);
		before = fx_udp_out(fx, H1, 5000, dst, 53)->id;
		fx_ping_out(fx, H1, dst, 7);
		fx_udp_out(fx, other, 5000, dst, 53);
		steps_of_one += (uint16_t)(fx_udp_out(fx, H1, 5000, dst, 53)->id - before) == 1;
	}
	CU_ASSERT_TRUE(steps_of_one > 80);
	fx_free(fx);
}

/* A-FRG-5: atomic datagrams keep their identifier, inbound ones are not touched. */
static void
atomic_datagrams_keep_their_identifier(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < 100; i++) {
		struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 8);

		pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
		pg_ip(m)->packet_id = rte_cpu_to_be_16((uint16_t)(i * 601));
		pg_fix(m);
		CU_ASSERT_EQUAL(fx_inside(fx, m)->id, (uint16_t)(i * 601));
		CU_ASSERT_TRUE(fx_first(fx)->df);
	}
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->id, 0x1234);
	fx_free(fx);
}

/* A-FRG-6: first fragments that do not hold the whole transport header, RFC 1858, RFC 3128. */
static void
tiny_fragments_are_dropped(void)
{
	struct fx *fx = fx_default();
	struct fx_ep t = fx_connect(fx, H1, 5000, P1, 80);
	struct rte_mbuf *m = pg_tcp(fx->mp, H1, 5000, P1, 80, RTE_TCP_ACK_FLAG, 1000);

	fx_inside(fx, pg_slice(fx->mp, m, 0, 8, true));
	FX_DROPPED(fx, CGN_V_FRAG_TINY);
	fx_inside(fx, pg_slice(fx->mp, m, 8, 400, true));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	rte_pktmbuf_free(m);
	m = pg_tcp(fx->mp, P1, 80, t.addr, t.port, RTE_TCP_ACK_FLAG, 1000);
	fx_outside(fx, pg_slice(fx->mp, m, 0, 8, true));
	FX_DROPPED(fx, CGN_V_FRAG_TINY);
	rte_pktmbuf_free(m);
	fx_advance_s(fx, 5);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* A-FRG-6: overlapping fragments drop the datagram. */
static void
overlapping_fragments_are_dropped(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 2000);

	fx_inside(fx, pg_slice(fx->mp, m, 0, 1000, true));
	fx_inside(fx, pg_slice(fx->mp, m, 992, 504, true));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_OVERLAP), 2);
	fx_inside(fx, pg_slice(fx->mp, m, 1000, 1008, false));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_advance_s(fx, 5);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	rte_pktmbuf_free(m);
	fx_free(fx);
}

/* A-FRG-6: a network that delivers a fragment twice costs the copy and not the datagram. */
static void
fragment_that_comes_twice_costs_the_copy_only(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 2000);

	for (unsigned int twice = 0; twice < 2; twice++) {
		for (unsigned int i = 0; i < 2; i++) {
			unsigned int n = i == twice ? 2 : 1;

			for (; n > 0; n--)
				fx_inside(fx,
						pg_slice(fx->mp, m, i * 1000, i == 0 ? 1000 : 1008,
								i == 0));
		}
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_OUT), twice + 1);
		pg_ip(m)->packet_id++;
		pg_fix(m);
	}
	rte_pktmbuf_free(m);
	fx_free(fx);
}

/* A-FRG-6: no datagram becomes longer than 65535 octets. */
static void
datagram_beyond_the_largest_is_dropped(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 1400), *last;

	last = pg_slice(fx->mp, m, 0, 1408, false);
	pg_ip(last)->fragment_offset = rte_cpu_to_be_16(65520 / 8);
	pg_fix(last);
	fx_inside(fx, last);
	FX_DROPPED(fx, CGN_V_FRAG_LENGTH);
	rte_pktmbuf_free(m);
	fx_free(fx);
}

/* A-FRG-7: nothing is said about a chain without its first fragment. */
static void
lone_later_fragment_is_never_answered(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 4000);

	fx_inside(fx, pg_slice(fx->mp, m, 1480, 1480, true));
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_TIMEOUT), 1);
	rte_pktmbuf_free(m);
	fx_free(fx);
}

/* A-FRG-7: of a first one alone its sender hears once, RFC 792. */
static void
lone_first_fragment_is_answered_once(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 4000);

	fx_inside(fx, pg_slice(fx->mp, m, 0, 1480, true));
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	FX_PKT(fx_first(fx), FX_INSIDE, "100.64.0.1", 0, H1, 0);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, 11);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_code, 1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.src, H1);
	rte_pktmbuf_free(m);
	m = pg_udp(fx->mp, P1, 53, x.addr, x.port, 4000);
	fx_outside(fx, pg_slice(fx->mp, m, 0, 1480, true));
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	FX_PKT(fx_first(fx), FX_OUTSIDE, "192.0.2.2", 0, P1, 0);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.dst, x.addr);
	rte_pktmbuf_free(m);
	fx_free(fx);
}

/* A-FRG-8: a large ping passes both ways. */
static void
fragmented_ping_passes(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *frag[3];
	struct fx_ep x;

	cut(fx, pg_icmp_query(fx->mp, H1, P1, 8, 7, 4000), frag);
	receive(fx, FX_INSIDE, frag, orders[3]);
	x.port = fx_first(fx)->sport;
	memcpy(x.addr, fx_first(fx)->src, sizeof(x.addr));
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
	cut(fx, pg_icmp_query(fx->mp, P1, x.addr, 0, x.port, 4000), frag);
	receive(fx, FX_OUTSIDE, frag, orders[5]);
	FX_PKT(fx_first(fx), FX_INSIDE, P1, 7, H1, 7);
	fx_free(fx);
}

/* A-FRG-8: an ICMP error in fragments is translated as a whole. */
static void
fragmented_icmp_error_is_translated(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *about = pg_udp(fx->mp, x.addr, x.port, P1, 53, 1200),
			*m = pg_icmp_error(fx->mp, P1, x.addr, 3, 3, 0, about, 1228), *frag[3];
	unsigned int n = pg_fragment(fx->mp, m, 576, frag, 3);

	rte_pktmbuf_free(about);
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(n, 3);
	for (unsigned int i = 0; i < n; i++)
		fx_outside(fx, frag[i]);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	FX_PKT(fx_first(fx), FX_INSIDE, P1, 0, H1, 0);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.src, H1);
	CU_ASSERT_EQUAL(fx_first(fx)->quote.sport, 5000);
	fx_free(fx);
}

/* A-FRG-1, A-MTU-3: fragments with DF are sent on no larger than they came, DF kept. */
static void
fragments_with_df_stay_as_small_as_they_came(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 1300), *frag[3];
	unsigned int n = pg_fragment(fx->mp, m, 576, frag, 3);

	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(n, 3);
	for (unsigned int i = 0; i < n; i++) {
		pg_ip(frag[i])->fragment_offset |= RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
		pg_fix(frag[i]);
		fx_inside(fx, frag[i]);
	}
	CU_ASSERT_EQUAL(fx->n_out, 3);
	for (unsigned int i = 0; i < fx->n_out; i++) {
		CU_ASSERT_TRUE(fx->out[i].df);
		CU_ASSERT_TRUE(fx->out[i].len <= 576);
	}
	CU_ASSERT_TRUE(fx_has_pattern(fx, 1300, 0));
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(fragments_pass_in_every_order_both_ways),
	CU_TEST_ROW(fragmented_datagram_makes_a_mapping),
	CU_TEST_ROW(flood_of_fragments_harms_nobody_else),
	CU_TEST_ROW(first_fragment_may_come_within_two_seconds),
	CU_TEST_ROW(time_is_over_for_many_datagrams_at_once),
	CU_TEST_ROW(wait_for_fragments_is_configurable),
	CU_TEST_ROW(equal_identifiers_of_two_hosts_do_not_mix),
	CU_TEST_ROW(equal_identifiers_of_two_protocols_do_not_mix),
	CU_TEST_ROW(identifiers_do_not_repeat_outside),
	CU_TEST_ROW(sources_and_protocols_have_numbers_of_their_own),
	CU_TEST_ROW(atomic_datagrams_keep_their_identifier),
	CU_TEST_ROW(tiny_fragments_are_dropped),
	CU_TEST_ROW(overlapping_fragments_are_dropped),
	CU_TEST_ROW(fragment_that_comes_twice_costs_the_copy_only),
	CU_TEST_ROW(datagram_beyond_the_largest_is_dropped),
	CU_TEST_ROW(lone_later_fragment_is_never_answered),
	CU_TEST_ROW(lone_first_fragment_is_answered_once),
	CU_TEST_ROW(fragmented_ping_passes),
	CU_TEST_ROW(fragmented_icmp_error_is_translated),
	CU_TEST_ROW(fragments_with_df_stay_as_small_as_they_came),
};

CU_MAIN("scn_fragments", tests)
