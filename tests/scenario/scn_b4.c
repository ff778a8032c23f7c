/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <string.h>

#define HOST "192.168.1.10"

static const struct fx_pkt *
down(struct fx *fx, struct rte_mbuf *m)
{
	return fx_rx(fx, FX_OUTSIDE, wx_wrap(fx, &(struct wx_outer){ .dst = WX_HOME }, m));
}

/* C-G-2: a B4 does not translate: packets go to the AFTR as they are, one hop nearer to their end. */
static void
packets_of_the_home_go_to_the_aftr_untranslated(void)
{
	struct fx *fx = fx_start(wx_b4());
	const struct fx_pkt *p = fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, HOST, 5000, P1, 53, 32));

	WX_PKT(p, FX_OUTSIDE, WX_LOCAL, HOST, 5000, P1, 53);
	CU_ASSERT_STRING_EQUAL(p->outer.src, WX_HOME);
	CU_ASSERT_EQUAL(p->ttl, 63);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
	p = down(fx, pg_udp(fx->mp, P1, 53, HOST, 5000, 32));
	FX_PKT(p, FX_INSIDE, P1, 53, HOST, 5000);
	CU_ASSERT_FALSE(p->outer.is);
	CU_ASSERT_EQUAL(p->ttl, 63);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_IN), 1);
	/* Any protocol and any fragment: the AFTR decides. */
	CU_ASSERT_TRUE(fx_rx(fx, FX_INSIDE,
			pg_ip4(fx->mp, &(struct pg_ip4){ .src = HOST, .dst = P1, .proto = 47 },
					"gre!", 4))
					->outer.is);
	fx_free(fx);
}

/* C-S-2: what the relay needs comes up: its own gateway's port, answers, announcements. */
static void
nat_pmp_comes_up_to_the_relay(void)
{
	struct fx *fx = fx_start(wx_b4());

	fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, HOST, 5000, "192.168.1.1", 5351, 12));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	down(fx, pg_udp(fx->mp, "192.0.0.1", 5351, HOST, 5000, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].outer.src, WX_LOCAL);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].dst, HOST);
	down(fx, pg_udp(fx->mp, "192.0.0.1", 5351, "224.0.0.1", 5350, 12));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	/* From another port of the AFTR, or over TCP, it is a packet like any other. */
	down(fx, pg_udp(fx->mp, "192.0.0.1", 5352, HOST, 5000, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	FX_PKT(fx_first(fx), FX_INSIDE, "192.0.0.1", 5352, HOST, 5000);
	down(fx, pg_tcp(fx->mp, "192.0.0.1", 5351, HOST, 5000, RTE_TCP_ACK_FLAG, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	FX_PKT(fx_first(fx), FX_INSIDE, "192.0.0.1", 5351, HOST, 5000);
	down(fx, pg_udp(fx->mp, "192.0.0.1", 5352, "224.0.0.1", 5350, 12));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	down(fx, pg_udp(fx->mp, "192.0.0.1", 5351, "224.0.0.1", 5351, 12));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	/* C-G-7: of anybody else it is a packet like any other, or none. */
	down(fx, pg_udp(fx->mp, P1, 5351, HOST, 5000, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	FX_PKT(fx_first(fx), FX_INSIDE, P1, 5351, HOST, 5000);
	down(fx, pg_udp(fx->mp, P1, 5351, "224.0.0.1", 5350, 12));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	fx_free(fx);
}

/* F-ADR-1: 192.0.0.2 is the B4's own address, towards both sides. */
static void
own_addresses_come_up_from_both_sides(void)
{
	struct fx *fx = fx_start(wx_b4());

	down(fx, pg_icmp_query(fx->mp, "192.0.0.1", "192.0.0.2", 8, 1, 8));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_rx(fx, FX_INSIDE, pg_icmp_query(fx->mp, HOST, "192.0.0.2", 8, 1, 8));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_rx(fx, FX_INSIDE, pg_icmp_query(fx->mp, HOST, "192.168.1.1", 8, 1, 8));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	WX_PKT(fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, HOST, 5000, "192.0.0.1", 5351, 2)), FX_OUTSIDE,
			WX_LOCAL, HOST, 5000, "192.0.0.1", 5351);
	fx_free(fx);
}

/* F-MTU-1, F-MTU-2: the home's large packets are fragmented outside, or their senders told. */
static void
large_packets_of_the_home(void)
{
	struct fx *fx = fx_start(wx_b4());
	struct rte_mbuf *m = pg_udp(fx->mp, HOST, 5000, P1, 53, 1472);

	fx_rx(fx, FX_INSIDE, m);
	CU_ASSERT_EQUAL(fx->n_out, 2);
	CU_ASSERT_EQUAL(wx_whole(fx)->len, 1500);
	m = pg_udp(fx->mp, HOST, 5000, P1, 53, 1472);
	pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	fx_rx(fx, FX_INSIDE, m);
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest & 0xffff, 1460);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.168.1.1");
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, HOST);
	fx_free(fx);
}

/* F-MTU-1: the AFTR's outer fragments are put together. */
static void
fragments_of_the_aftr_are_put_together(void)
{
	struct fx *fx = fx_start(wx_b4());
	struct wx_outer o = { .dst = WX_HOME };
	struct rte_mbuf *f[4];
	unsigned int n;

	fx->turn = 0;
	n = wx_fragment(fx, wx_wrap(fx, &o, pg_udp(fx->mp, P1, 53, HOST, 5000, 1472)), 1448, 5, f);
	CU_ASSERT_EQUAL(n, 2);
	/* Both of one flow: a device gives them to one worker. */
	fx_rx_burst(fx, FX_OUTSIDE, f, n);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	FX_PKT(fx_first(fx), FX_INSIDE, P1, 53, HOST, 5000);
	CU_ASSERT_EQUAL(fx_first(fx)->len, 1500);
	fx_free(fx);
}

static struct rte_mbuf *
last_hop(struct fx *fx, const char *src, const char *dst)
{
	struct rte_mbuf *m = pg_udp(fx->mp, src, 5000, dst, 33434, 32);

	pg_ip(m)->time_to_live = 1;
	pg_fix(m);
	return m;
}

/* F-ENC-3: the B4 is a hop in both directions. */
static void
ttl_that_ends_is_told_to_either_side(void)
{
	struct fx *fx = fx_start(wx_b4());

	fx_rx(fx, FX_INSIDE, last_hop(fx, HOST, P1));
	FX_REFUSED(fx, CGN_V_TTL, 11, 0);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.168.1.1");
	down(fx, last_hop(fx, P1, HOST));
	FX_REFUSED(fx, CGN_V_TTL, 11, 0);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.0.0.2");
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, WX_LOCAL);
	fx_free(fx);
}

/* F-SEC-1: what a B4 does not forward. */
static void
strangers_are_dropped(void)
{
	struct fx *fx = fx_start(wx_b4());
	struct wx_outer o = { .src = B1, .dst = WX_HOME };

	fx_rx(fx, FX_OUTSIDE, wx_wrap(fx, &o, pg_udp(fx->mp, P1, 53, HOST, 5000, 32)));
	FX_DROPPED(fx, CGN_V_SOFTWIRE_UNKNOWN);
	fx_rx(fx, FX_OUTSIDE, pg_udp(fx->mp, P1, 53, HOST, 5000, 32));
	FX_DROPPED(fx, CGN_V_NOT_POOL);
	down(fx, pg_udp(fx->mp, "192.168.1.77", 53, HOST, 5000, 32));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, "192.168.9.9", 5000, P1, 53, 32));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, HOST, 5000, "239.1.1.1", 53, 32));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	down(fx, pg_udp(fx->mp, P1, 53, "10.9.9.9", 5000, 32));
	FX_REFUSED(fx, CGN_V_NO_ROUTE, 3, 0);
	fx_free(fx);
}

/* C-S-1: the relay's own packets go into the softwire as they are. */
static void
packets_of_the_relay_go_into_the_softwire(void)
{
	struct fx *fx = fx_start(wx_b4());
	struct wx_outer o = { .dst = "::" };
	struct cgn_pktmsg msg = { .op = CGN_PKT_SOFTWIRE, .verdict = CGN_V_NONE };

	msg.m = wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, "192.0.0.1", 5351, 12));
	rte_pktmbuf_adj(msg.m, PG_ETH);
	fx_inject(fx, &msg);
	WX_PKT(fx_first(fx), FX_OUTSIDE, WX_LOCAL, HOST, 5000, "192.0.0.1", 5351);
	fx_free(fx);
}

/* A B4 that asks the AFTR over IPv6. */
static struct fx *
proxy(void)
{
	struct fx *fx = wx_b4();

	fx->conf.natpmp.upstream_protocol = CGN_UPSTREAM_PCP;
	fx->conf.natpmp.n_upstreams = 1;
	fx->conf.natpmp.upstreams[0] = (struct cgn_ip){ .is_ip6 = true, .ip6 = wx_addr(WX_LOCAL) };
	return fx_start(fx);
}

/* E-PX-5: the answers of the AFTR to the proxy come up, and nothing else that is sent to the tunnel endpoint. */
static void
answers_over_ip6_come_up_to_the_proxy(void)
{
	static const struct {
		const char *src, *dst;
		uint16_t sport, dport;
	} others[] = { { WX_LOCAL, WX_HOME, 5352, 5350 }, { WX_LOCAL, WX_HOME, 5351, 5351 },
		{ B1, WX_HOME, 5351, 5350 }, { WX_LOCAL, "2001:db8:5::9", 5351, 5350 } };
	struct fx *fx = proxy();

	fx_rx(fx, FX_OUTSIDE, wx_udp6(fx, WX_LOCAL, 5351, WX_HOME, 5350));
	CU_ASSERT_EQUAL_FATAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(memcmp(fx->punted[0].bytes + 22, wx_addr(WX_LOCAL).b, 16), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		fx_rx(fx, FX_OUTSIDE,
				wx_udp6(fx, others[i].src, others[i].sport, others[i].dst,
						others[i].dport));
		CU_ASSERT_EQUAL(fx->n_punted + fx->n_out, 0);
	}
	fx_rx(fx, FX_INSIDE, wx_udp6(fx, WX_LOCAL, 5351, WX_HOME, 5350));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
	/* A B4 that passes requests on has asked nothing over IPv6. */
	fx = fx_start(wx_b4());
	fx_rx(fx, FX_OUTSIDE, wx_udp6(fx, WX_LOCAL, 5351, WX_HOME, 5350));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* E-PX-4: a proxy asks over IPv6, but the AFTR announces in the softwire, from 192.0.0.1. */
static void
announcements_in_the_softwire_come_up_to_the_proxy(void)
{
	struct fx *fx = proxy();

	down(fx, pg_udp(fx->mp, "192.0.0.1", 5351, HOST, 5350, 24));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	down(fx, pg_udp(fx->mp, "192.0.0.5", 5351, HOST, 5350, 24));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	FX_PKT(fx_first(fx), FX_INSIDE, "192.0.0.5", 5351, HOST, 5350);
	fx_free(fx);
}

/* E-PX-5: the requests of the proxy go by the route to the AFTR, outside of the softwire. */
static void
requests_of_the_proxy_go_by_their_route(void)
{
	struct fx *fx = proxy();
	struct cgn_pktmsg msg = { .op = CGN_PKT_ROUTE_OUT, .verdict = CGN_V_NONE };

	msg.m = wx_udp6(fx, WX_HOME, 5350, WX_LOCAL, 5351);
	rte_pktmbuf_adj(msg.m, PG_ETH);
	fx_inject(fx, &msg);
	CU_ASSERT_EQUAL_FATAL(fx->n_out, 1);
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(memcmp(fx_first(fx)->bytes + 22, wx_addr(WX_HOME).b, 16), 0);
	CU_ASSERT_EQUAL(memcmp(fx_first(fx)->bytes + 38, wx_addr(WX_LOCAL).b, 16), 0);
	CU_ASSERT_EQUAL(memcmp(fx_first(fx)->bytes + 54, "\x14\xe6\x14\xe7", 4), 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(packets_of_the_home_go_to_the_aftr_untranslated),
	CU_TEST_ROW(nat_pmp_comes_up_to_the_relay),
	CU_TEST_ROW(own_addresses_come_up_from_both_sides),
	CU_TEST_ROW(large_packets_of_the_home),
	CU_TEST_ROW(fragments_of_the_aftr_are_put_together),
	CU_TEST_ROW(ttl_that_ends_is_told_to_either_side),
	CU_TEST_ROW(strangers_are_dropped),
	CU_TEST_ROW(packets_of_the_relay_go_into_the_softwire),
	CU_TEST_ROW(answers_over_ip6_come_up_to_the_proxy),
	CU_TEST_ROW(announcements_in_the_softwire_come_up_to_the_proxy),
	CU_TEST_ROW(requests_of_the_proxy_go_by_their_route),
};

CU_MAIN("scn_b4", tests)
