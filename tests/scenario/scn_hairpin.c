/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/context.h"
#include "shared/dpdk_compat.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <string.h>

#define SYN     RTE_TCP_SYN_FLAG
#define ACK     RTE_TCP_ACK_FLAG

#define N_HOSTS 6 /* spread over the workers: hairpins within one and between two of them */

/* The k-th host that is turned round to. */
static const char *
nth(unsigned int k)
{
	static const char *const hosts[N_HOSTS] = { "100.64.2.21", "100.64.2.22", "100.64.2.23",
		"100.64.2.24", "100.64.2.25", "100.64.2.26" };

	return hosts[k];
}

static struct rte_mbuf *
with_ttl(struct rte_mbuf *m, uint8_t ttl)
{
	pg_ip(m)->time_to_live = ttl;
	pg_fix(m);
	return m;
}

/* A-HP-1, A-HP-2: UDP between hosts, each seen by its external endpoint, RFC 4787 REQ-9. */
static void
udp_is_turned_round_with_external_endpoints(void)
{
	struct fx *fx = fx_default();
	struct fx_ep h = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = fx_map_udp(fx, nth(i), 7000);

		FX_PKT(fx_udp_out(fx, H1, 5000, k.addr, k.port), FX_INSIDE, h.addr, h.port, nth(i),
				7000);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_HAIRPIN), 1);
		FX_PKT(fx_udp_out(fx, nth(i), 7000, h.addr, h.port), FX_INSIDE, k.addr, k.port, H1,
				5000);
		CU_ASSERT_TRUE(fx_has_pattern(fx, 32, 0));
	}
	fx_free(fx);
}

/* A-HP-1, A-HP-2: TCP; the mapping of the sender is made on the way, RFC 5382 REQ-8. */
static void
tcp_connects_through_a_hairpin(void)
{
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = { .port = 0 }, h;
		const struct fx_pkt *p;
		uint16_t port = (uint16_t)(5000 + i);

		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, nth(i), 80, &k, 600), 0);
		p = fx_tcp_out(fx, H1, port, k.addr, k.port, SYN);
		CU_ASSERT_EQUAL(p->port, FX_INSIDE);
		CU_ASSERT_STRING_EQUAL(p->dst, nth(i));
		CU_ASSERT_EQUAL(p->dport, 80);
		CU_ASSERT_STRING_NOT_EQUAL(p->src, H1);
		h.port = p->sport;
		memcpy(h.addr, p->src, sizeof(h.addr));
		FX_PKT(fx_tcp_out(fx, nth(i), 80, h.addr, h.port, SYN | ACK), FX_INSIDE, k.addr,
				k.port, H1, port);
		FX_PKT(fx_tcp_out(fx, H1, port, k.addr, k.port, ACK), FX_INSIDE, h.addr, h.port,
				nth(i), 80);
		/* The same mapping is used to the outside. */
		FX_PKT(fx_tcp_out(fx, H1, port, P1, 80, SYN), FX_OUTSIDE, h.addr, h.port, P1, 80);
	}
	fx_free(fx);
}

/* A-HP-1: to a static mapping, and to a lease. */
static void
static_mapping_and_lease_are_reached_from_inside(void)
{
	struct fx *fx = fx_new();
	struct fx_ep s = { "198.51.100.3", 8080 }, k = { .port = 0 }, h;

	fx_add_static(fx, CGN_PROTO_UDP, K1, 53, s.addr, s.port);
	fx_start(fx);
	h = fx_map_udp(fx, H1, 5000);
	FX_PKT(fx_udp_out(fx, H1, 5000, s.addr, s.port), FX_INSIDE, h.addr, h.port, K1, 53);
	FX_PKT(fx_udp_out(fx, K1, 53, h.addr, h.port), FX_INSIDE, s.addr, s.port, H1, 5000);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H2, 53, &k, 600), 0);
	FX_PKT(fx_udp_out(fx, H1, 5000, k.addr, k.port), FX_INSIDE, h.addr, h.port, H2, 53);
	fx_free(fx);
}

/* A-HP-1: a host reaches itself. */
static void
host_reaches_its_own_external_endpoint(void)
{
	struct fx *fx = fx_default();
	struct fx_ep a = fx_map_udp(fx, H1, 5000), b = fx_map_udp(fx, H1, 5001);

	FX_PKT(fx_udp_out(fx, H1, 5000, b.addr, b.port), FX_INSIDE, a.addr, a.port, H1, 5001);
	FX_PKT(fx_udp_out(fx, H1, 5000, a.addr, a.port), FX_INSIDE, a.addr, a.port, H1, 5000);
	fx_free(fx);
}

/* A-HP-3: the TTL goes down by one, and one is not enough. */
static void
hairpin_is_one_hop(void)
{
	struct fx *fx = fx_default();

	fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = fx_map_udp(fx, nth(i), 7000);

		fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, k.addr, k.port, 8), 2));
		CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, nth(i));
		CU_ASSERT_EQUAL(fx_first(fx)->ttl, 1);
		fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, k.addr, k.port, 8), 1));
		FX_REFUSED(fx, CGN_V_TTL, 11, 0);
		CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, H1);
		CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.src, H1);
	}
	fx_free(fx);
}

/* A-HP-3: the filter of the receiver applies. */
static void
filter_applies_to_hairpins(void)
{
	struct fx *fx = fx_new();
	struct fx_ep h;

	fx->conf.nat.filtering[CGN_PROTO_UDP] = CGN_FILTERING_APD;
	fx_start(fx);
	h = fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = fx_map_udp(fx, nth(i), 7000);

		fx_udp_out(fx, H1, 5000, k.addr, k.port);
		FX_DROPPED(fx, CGN_V_FILTERED);
		/* Now H1 has sent to it, not yet the other way round. */
		FX_PKT(fx_udp_out(fx, nth(i), 7000, h.addr, h.port), FX_INSIDE, k.addr, k.port, H1,
				5000);
		FX_PKT(fx_udp_out(fx, H1, 5000, k.addr, k.port), FX_INSIDE, h.addr, h.port, nth(i),
				7000);
	}
	fx_free(fx);
}

/* A-HP-3: the limits of the sender apply. */
static void
limits_apply_to_hairpins(void)
{
	struct fx *fx = fx_new();
	struct fx_ep k;

	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	k = fx_map_udp(fx, K1, 7000);
	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, k.addr, k.port)->left);
	fx_udp_out(fx, H1, 5001, k.addr, k.port);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, H1);
	fx_free(fx);
}

/* A-HP-3: fragments are reassembled, turned round and cut again. */
static void
fragments_are_turned_round(void)
{
	struct fx *fx = fx_default();
	struct fx_ep h = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = fx_map_udp(fx, nth(i), 7000);
		struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, k.addr, k.port, 4000), *frag[4];
		unsigned int n = pg_fragment(fx->mp, m, 1500, frag, RTE_DIM(frag));

		rte_pktmbuf_free(m);
		CU_ASSERT_EQUAL(n, 3);
		fx_inside(fx, frag[1]);
		fx_inside(fx, frag[0]);
		CU_ASSERT_EQUAL(fx->n_out, 0);
		fx_rx_burst(fx, FX_INSIDE, &frag[2], 1);
		CU_ASSERT_EQUAL(fx->n_out, 3);
		FX_PKT(fx_first(fx), FX_INSIDE, h.addr, h.port, nth(i), 7000);
		CU_ASSERT_TRUE(fx_has_pattern(fx, 4000, 0));
	}
	fx_free(fx);
}

/* A-FRG-1, A-MTU-3: fragments with DF are turned round no larger than they came. */
static void
fragments_with_df_are_turned_round_as_small_as_they_came(void)
{
	struct fx *fx = fx_default();

	fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = fx_map_udp(fx, nth(i), 7000);
		struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, k.addr, k.port, 1300), *frag[3];
		unsigned int n = pg_fragment(fx->mp, m, 576, frag, RTE_DIM(frag));

		rte_pktmbuf_free(m);
		CU_ASSERT_EQUAL(n, 3);
		for (unsigned int j = 0; j < n; j++) {
			pg_ip(frag[j])->fragment_offset |= RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
			pg_fix(frag[j]);
			fx_inside(fx, frag[j]);
		}
		CU_ASSERT_EQUAL(fx->n_out, 3);
		for (unsigned int j = 0; j < fx->n_out; j++)
			CU_ASSERT_TRUE(fx->out[j].df && fx->out[j].len <= 576);
	}
	fx_free(fx);
}

/* A-HP-4, A-ICE-10: errors come back the same way, RFC 5508 REQ-7. */
static void
errors_come_back_through_the_hairpin(void)
{
	struct fx *fx = fx_default();
	struct fx_ep h = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = fx_map_udp(fx, nth(i), 7000);
		struct rte_mbuf *about = pg_udp(fx->mp, h.addr, h.port, nth(i), 7000, 32);
		const struct fx_pkt *p;

		fx_udp_out(fx, H1, 5000, k.addr, k.port);
		fx_inside(fx, pg_icmp_error(fx->mp, nth(i), h.addr, 3, 3, 0, about, 60));
		rte_pktmbuf_free(about);
		p = fx_first(fx);
		FX_PKT(p, FX_INSIDE, k.addr, 0, H1, 0);
		CU_ASSERT_EQUAL(p->icmp_type, 3);
		CU_ASSERT_EQUAL(p->icmp_code, 3);
		CU_ASSERT_STRING_EQUAL(p->quote.src, H1);
		CU_ASSERT_EQUAL(p->quote.sport, 5000);
		CU_ASSERT_STRING_EQUAL(p->quote.dst, k.addr);
		CU_ASSERT_EQUAL(p->quote.dport, k.port);
	}
	fx_free(fx);
}

/* A-HP-4, A-ICE-10: an error of a router inside, in the traceroute of one subscriber to another. */
static void
errors_of_inside_routers_come_back_through_the_hairpin(void)
{
	struct fx *fx = fx_default();
	struct fx_ep h = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = fx_map_udp(fx, nth(i), 7000);
		struct rte_mbuf *about = pg_udp(fx->mp, h.addr, h.port, nth(i), 7000, 32);
		const struct fx_pkt *p;

		fx_inside(fx, pg_icmp_error(fx->mp, "100.64.200.7", h.addr, 11, 0, 0, about, 60));
		rte_pktmbuf_free(about);
		p = fx_first(fx);
		CU_ASSERT_EQUAL(p->port, FX_INSIDE);
		CU_ASSERT_STRING_EQUAL(p->dst, H1);
		/* Not the router's own address, which means nothing to H1's subscriber. */
		CU_ASSERT_STRING_NOT_EQUAL(p->src, "100.64.200.7");
		CU_ASSERT_EQUAL(p->icmp_type, 11);
		CU_ASSERT_STRING_EQUAL(p->quote.src, H1);
		CU_ASSERT_STRING_EQUAL(p->quote.dst, k.addr);
	}
	fx_free(fx);
}

/* A-HP-4: echo to a pool address is answered to the inside, too, where it is configured. */
static void
pool_address_answers_pings_of_the_inside(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.pool_echo = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 16; i++) {
		char x[16];
		const struct fx_pkt *p;

		snprintf(x, sizeof(x), "198.51.100.%u", i);
		p = fx_ping_out(fx, H1, x, 7);
		FX_PKT(p, FX_INSIDE, x, 7, H1, 7);
		CU_ASSERT_EQUAL(p->icmp_type, RTE_ICMP_TYPE_ECHO_REPLY);
	}
	fx_free(fx);
}

/* A-HP-1: nothing is turned round where it is switched off, whatever it is. */
static void
hairpins_can_be_switched_off(void)
{
	struct fx *fx = fx_new();
	struct fx_ep h, k, t = { .port = 0 };
	struct rte_mbuf *about, *whole, *f[2];

	fx->conf.nat.hairpin = false;
	fx->conf.nat.pool_echo = true;
	fx_start(fx);
	h = fx_map_udp(fx, H1, 5000);
	k = fx_map_udp(fx, K1, 7000);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, K1, 80, &t, 600), 0);
	fx_udp_out(fx, H1, 5000, k.addr, k.port);
	FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
	fx_udp_out(fx, H1, 5001, k.addr, 1);
	FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
	fx_tcp_out(fx, H1, 5000, t.addr, t.port, SYN);
	FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
	fx_ping_out(fx, H1, k.addr, 7);
	FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
	about = pg_udp(fx->mp, h.addr, h.port, K1, 7000, 32);
	fx_inside(fx, pg_icmp_error(fx->mp, K1, h.addr, 3, 3, 0, about, 60));
	rte_pktmbuf_free(about);
	FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
	whole = pg_udp(fx->mp, H1, 5000, k.addr, k.port, 1000);
	CU_ASSERT_EQUAL_FATAL(pg_fragment(fx->mp, whole, 600, f, 2), 2);
	rte_pktmbuf_free(whole);
	fx_inside(fx, f[0]);
	fx_inside(fx, f[1]);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_HAIRPIN_OFF), 1);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* A-HP-3, A-TCP-4: a SYN to a port that nobody has waits as it would outside. */
static void
unsolicited_syn_from_inside_is_answered_after_six_seconds(void)
{
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < 8; i++) {
		char x[16];
		const struct fx_pkt *p;

		snprintf(x, sizeof(x), "198.51.100.%u", i);
		fx_tcp_out(fx, H1, 5000, x, 1, SYN);
		FX_DROPPED(fx, CGN_V_SYN_HELD);
		fx_advance_s(fx, 5.9);
		CU_ASSERT_EQUAL(fx->n_out, 0);
		fx_advance_s(fx, 0.5);
		CU_ASSERT_EQUAL(fx->n_out, 1);
		p = fx_first(fx);
		CU_ASSERT_EQUAL(p->port, FX_INSIDE);
		CU_ASSERT_STRING_EQUAL(p->dst, H1);
		CU_ASSERT_EQUAL(p->icmp_type, 3);
		CU_ASSERT_EQUAL(p->icmp_code, 3);
		CU_ASSERT_STRING_EQUAL(p->quote.src, H1);
		CU_ASSERT_EQUAL(p->quote.sport, 5000);
		CU_ASSERT_STRING_EQUAL(p->quote.dst, x);
	}
	fx_free(fx);
}

/* A-HP-2: a datagram to an unmapped port of the pool is dropped, and does not go outside. */
static void
hairpin_to_an_unmapped_port_is_dropped(void)
{
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < 16; i++) {
		char x[16];

		snprintf(x, sizeof(x), "198.51.100.%u", i);
		fx_udp_out(fx, H1, 5000, x, 1);
		FX_DROPPED(fx, CGN_V_NO_MAPPING);
	}
	fx_free(fx);
}

/* A-HP-4: both ends of a hairpin hear at once that its lease is over. */
static void
resets_of_a_lease_reach_both_ends_of_a_hairpin_at_once(void)
{
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < N_HOSTS; i++) {
		struct fx_ep k = { .port = 0 }, h;
		uint16_t port = (uint16_t)(5000 + i);

		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, nth(i), 80, &k, 600), 0);
		fx_tcp_out(fx, H1, port, k.addr, k.port, SYN);
		h.port = fx_first(fx)->sport;
		memcpy(h.addr, fx_first(fx)->src, sizeof(h.addr));
		fx_tcp_out(fx, nth(i), 80, h.addr, h.port, SYN | ACK);
		fx_tcp_out(fx, H1, port, k.addr, k.port, ACK);
		CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, nth(i), 80), 0);
		CU_ASSERT_EQUAL(fx->n_out, 2);
		for (unsigned int j = 0; j < fx->n_out; j++)
			CU_ASSERT_EQUAL(fx->out[j].tcp_flags & RTE_TCP_RST_FLAG, RTE_TCP_RST_FLAG);
	}
	fx_free(fx);
}

/* A-HP-4: what cgnd says about a hairpin finds its way on a tagged link, too. */
static void
answers_about_hairpins_pass_on_a_tagged_link(void)
{
	struct fx *fx = fx_new();

	fx->ports[FX_INSIDE].vlan = 7;
	fx_start(fx);
	for (unsigned int i = 0; i < N_HOSTS; i++) {
		uint16_t port = (uint16_t)(5000 + i);
		char x[16];

		fx_rx(fx, FX_INSIDE, pg_vlan(fx->mp, pg_udp(fx->mp, nth(i), 7000, P1, 53, 8), 7));
		CU_ASSERT_EQUAL(fx->n_out, 1);
		memcpy(x, fx_first(fx)->src, sizeof(x));
		fx_rx(fx, FX_INSIDE, pg_vlan(fx->mp, pg_tcp(fx->mp, H1, port, x, 1024, SYN, 0), 7));
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SYN_HELD), 1);
		fx_advance_s(fx, 7);
		CU_ASSERT_EQUAL(fx->n_out, 1);
		CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, H1);
		CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, 3);
		CU_ASSERT_EQUAL(fx_first(fx)->quote.sport, port);
	}
	fx_free(fx);
}

/* A packet that cgnd makes for the external address of a mapping, as an ICMP error of its own is. */
static void
queue_own(struct fx *fx, const struct fx_ep *to)
{
	const struct cgn_ext_addr *x = cgn_ext_find(&fx->engines[0]->nat.ext, inet_addr(to->addr));
	struct cgn_pkt p = {
		.m = pg_udp(fx->mp, P1, 53, to->addr, to->port, 8),
		.port = FX_INSIDE,
		.flags = CGN_PF_OWN,
	};

	cgn_context_queue_own(fx->engines[x->worker], &p, x);
}

/* A-HP-4: what cgnd makes for pool addresses leaves at the end of a call; what finds no room is counted. */
static void
packets_made_here_wait_within_a_bound(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x;
	unsigned int n = 0;

	x = fx_map_udp(fx, H1, 5000);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 5000);
	for (; n < CGN_OWN_MAX + 7; n++)
		queue_own(fx, &x);
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx->n_out, CGN_OWN_MAX);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_OWN_TX_LOST), 7);
	queue_own(fx, &x);
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_OWN_TX_LOST), 7);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(udp_is_turned_round_with_external_endpoints),
	CU_TEST_ROW(tcp_connects_through_a_hairpin),
	CU_TEST_ROW(static_mapping_and_lease_are_reached_from_inside),
	CU_TEST_ROW(host_reaches_its_own_external_endpoint),
	CU_TEST_ROW(hairpin_is_one_hop),
	CU_TEST_ROW(filter_applies_to_hairpins),
	CU_TEST_ROW(limits_apply_to_hairpins),
	CU_TEST_ROW(fragments_are_turned_round),
	CU_TEST_ROW(fragments_with_df_are_turned_round_as_small_as_they_came),
	CU_TEST_ROW(errors_come_back_through_the_hairpin),
	CU_TEST_ROW(errors_of_inside_routers_come_back_through_the_hairpin),
	CU_TEST_ROW(pool_address_answers_pings_of_the_inside),
	CU_TEST_ROW(hairpins_can_be_switched_off),
	CU_TEST_ROW(unsolicited_syn_from_inside_is_answered_after_six_seconds),
	CU_TEST_ROW(hairpin_to_an_unmapped_port_is_dropped),
	CU_TEST_ROW(resets_of_a_lease_reach_both_ends_of_a_hairpin_at_once),
	CU_TEST_ROW(answers_about_hairpins_pass_on_a_tagged_link),
	CU_TEST_ROW(packets_made_here_wait_within_a_bound),
};

CU_MAIN("scn_hairpin", tests)
