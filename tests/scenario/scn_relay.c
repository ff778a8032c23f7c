/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The home router of NAT444: its pool is the address of its own outside port, from which its relay
 * asks the NAT in front.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <netinet/in.h>

#define WAN "192.0.2.2"
#define UP  R1 /* the NAT in front */

static struct fx *
home(enum cgn_natpmp_role role)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, WAN, WAN);
	fx->conf.natpmp.role = role;
	fx->conf.natpmp.upstreams[0].ip4 = pg_addr("100.64.0.99");
	fx->conf.natpmp.upstreams[1].ip4 = pg_addr(UP);
	fx->conf.natpmp.n_upstreams = 2;
	return fx_start(fx);
}

/* C-G-8: upstream's answers are cgnd's, although the address is the pool's. */
static void
answers_of_upstream_reach_cgnd(void)
{
	struct fx *fx = home(CGN_NATPMP_RELAY);

	fx_udp_in(fx, UP, 5351, WAN, 5350);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_LOCAL), 1);
	fx_free(fx);
}

/* C-G-9: two hundred answers in one go are not too many of the NAT in front, but of anybody else. */
static void
upstream_may_answer_for_a_whole_home(void)
{
	struct fx *fx = home(CGN_NATPMP_RELAY);
	unsigned int punted = 0;

	for (unsigned int i = 0; i < 200; i++) {
		fx_udp_in(fx, UP, 5351, WAN, 5350);
		punted += fx->n_punted;
	}
	CU_ASSERT_EQUAL(punted, 200);
	punted = 0;
	for (unsigned int i = 0; i < 200; i++) {
		fx_udp_in(fx, P1, 5351, WAN, 5350);
		punted += fx->n_punted;
	}
	CU_ASSERT_TRUE(punted < 100);
	fx_free(fx);
}

static struct rte_mbuf *
announcement(struct fx *fx, const char *from, const char *group, uint16_t port)
{
	struct rte_mbuf *m = pg_udp(fx->mp, from, 5351, group, port, 12);
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	eth->dst_addr = (struct rte_ether_addr){ { 1, 0, 0x5e, 0, 0, 1 } };
	return m;
}

/* C-G-7: announcements to all hosts of the outside link, the upstream's only. */
static void
announcements_of_upstream_reach_cgnd(void)
{
	struct fx *fx = home(CGN_NATPMP_RELAY);

	fx_outside(fx, announcement(fx, UP, "224.0.0.1", 5350));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_LOCAL), 1);
	fx_outside(fx, announcement(fx, P1, "224.0.0.1", 5350));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	fx_outside(fx, announcement(fx, UP, "224.0.0.1", 5351));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	fx_outside(fx, announcement(fx, UP, "224.0.0.2", 5350));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* D-SEC-5: whoever is no relay believes no announcement; a relay none from the LAN. */
static void
announcements_elsewhere_are_dropped(void)
{
	struct fx *fx = home(CGN_NATPMP_SERVER);

	fx_outside(fx, announcement(fx, UP, "224.0.0.1", 5350));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	fx_free(fx);
	fx = home(CGN_NATPMP_RELAY);
	fx_inside(fx, announcement(fx, H1, "224.0.0.1", 5350));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* C-G-8: ICMP about a request of the relay is cgnd's, ICMP about a client's packet the client's. */
static void
icmp_reaches_who_has_sent(void)
{
	struct fx *fx = home(CGN_NATPMP_RELAY);
	struct rte_mbuf *own = pg_udp(fx->mp, WAN, 5350, UP, 5351, 12), *about;
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	const struct fx_pkt *p;

	fx_outside(fx, pg_icmp_error(fx->mp, UP, WAN, 3, 3, 0, own, 28));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	about = pg_udp(fx->mp, WAN, x.port, P1, 53, 12);
	p = fx_outside(fx, pg_icmp_error(fx->mp, P1, WAN, 3, 3, 0, about, 28));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	CU_ASSERT_TRUE(p->left);
	CU_ASSERT_STRING_EQUAL(p->dst, H1);
	rte_pktmbuf_free(own);
	rte_pktmbuf_free(about);
	fx_free(fx);
}

/* C-N-1: the relay's requests leave by the outside, as they are. */
static void
requests_leave_by_the_outside(void)
{
	struct fx *fx = home(CGN_NATPMP_RELAY);
	struct cgn_pktmsg msg = { .op = CGN_PKT_ROUTE_OUT, .verdict = CGN_V_NONE };

	fx_udp_out(fx, H1, 5000, P1, 53); /* the router's neighbour is known then */
	msg.m = pg_udp(fx->mp, WAN, 5350, UP, 5351, 12);
	rte_pktmbuf_adj(msg.m, RTE_ETHER_HDR_LEN);
	fx_pktmsg(fx, 0, &msg);
	FX_PKT(fx_first(fx), FX_OUTSIDE, WAN, 5350, UP, 5351);
	msg.m = pg_udp(fx->mp, WAN, 5350, P2, 5351, 12);
	rte_pktmbuf_adj(msg.m, RTE_ETHER_HDR_LEN);
	fx_pktmsg(fx, 0, &msg);
	FX_PKT(fx_first(fx), FX_OUTSIDE, WAN, 5350, P2, 5351);
	fx_free(fx);
}

/* C-N-6, C-N-7: one w for both protocols of an inside port, and for what the host sends itself. */
static void
one_wan_port_for_an_inside_port(void)
{
	struct fx *fx = home(CGN_NATPMP_RELAY);
	struct fx_ep udp = { .port = 0 }, tcp = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 7000, &udp, 600), 0);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 7000, &tcp, 600), 0);
	CU_ASSERT_EQUAL(udp.port, tcp.port);
	CU_ASSERT_STRING_EQUAL(udp.addr, WAN);
	FX_PKT(fx_udp_out(fx, H1, 7000, P2, 53), FX_OUTSIDE, WAN, udp.port, P2, 53);
	FX_PKT(fx_udp_out(fx, H1, 7000, P1, 99), FX_OUTSIDE, WAN, udp.port, P1, 99);
	fx_free(fx);
}

/* C-N-1: nobody is given the ports that the relay itself uses. */
static void
relays_own_ports_are_nobodys(void)
{
	struct fx *fx = home(CGN_NATPMP_RELAY);

	for (uint16_t port = 5350; port <= 5351; port++) {
		struct fx_ep x = { .port = port };

		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, (uint16_t)(port + 1000), &x, 600),
				0);
		CU_ASSERT_NOT_EQUAL(x.port, port);
	}
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(answers_of_upstream_reach_cgnd),
	CU_TEST_ROW(upstream_may_answer_for_a_whole_home),
	CU_TEST_ROW(announcements_of_upstream_reach_cgnd),
	CU_TEST_ROW(announcements_elsewhere_are_dropped),
	CU_TEST_ROW(icmp_reaches_who_has_sent),
	CU_TEST_ROW(requests_leave_by_the_outside),
	CU_TEST_ROW(one_wan_port_for_an_inside_port),
	CU_TEST_ROW(relays_own_ports_are_nobodys),
};

CU_MAIN("relay", tests)
