/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/dpdk_compat.h"
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <string.h>

#include <rte_icmp.h>

#define HOST "192.168.1.10"
#define SYN  RTE_TCP_SYN_FLAG
#define ACK  RTE_TCP_ACK_FLAG
#define RST  RTE_TCP_RST_FLAG

/* An AFTR whose inside port has an IPv6 address only, as in config/cgn-aftr.yaml. */
static struct fx *
ip6_only(void)
{
	struct fx *fx = wx_aftr();
	struct cgn_conf_port *port = &fx->ports[FX_INSIDE];

	port->addresses[0] = port->addresses[--port->n_addresses];
	return fx;
}

/* A home router: its pool is the address of its outside port. */
static struct fx *
home_router(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "192.0.2.2", "192.0.2.2");
	return fx_start(fx);
}

/* A-HP-5, A-ICE-12, F-MTU-1: path MTU discovery works between two homes, whatever addresses the inside
 * port has. */
static void
hairpin_that_is_too_big_is_told_without_an_ip4_address_inside(void)
{
	struct fx *fx = fx_start(ip6_only());
	struct fx_ep a = wx_map(fx, B1, HOST, 5000), b = wx_map(fx, B2, HOST, 6000);
	struct rte_mbuf *m = pg_udp(fx->mp, HOST, 5000, b.addr, b.port, 1472);
	const struct fx_pkt *p;

	pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	fx_rx(fx, FX_INSIDE, wx_wrap(fx, &(struct wx_outer){ .src = B1 }, m));
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	p = fx_first(fx);
	CU_ASSERT_STRING_EQUAL(p->outer.dst, B1);
	CU_ASSERT_STRING_EQUAL(p->dst, HOST);
	CU_ASSERT_STRING_EQUAL(p->src, "192.0.2.2");
	CU_ASSERT_EQUAL(p->icmp_rest & 0xffff, 1460);
	CU_ASSERT_EQUAL(p->quote.sport, 5000);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, b.addr);
	CU_ASSERT_NOT_EQUAL(a.port, 0);
	fx_free(fx);
}

/* A-TCP-4, A-HP-4: and the SYN that nobody waits for. */
static void
held_syn_of_a_hairpin_is_told_without_an_ip4_address_inside(void)
{
	struct fx *fx = fx_start(ip6_only());
	struct fx_ep b = wx_map(fx, B2, HOST, 6000);

	wx_up(fx, B1, pg_tcp(fx->mp, HOST, 7000, b.addr, 1, SYN, 0));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SYN_HELD), 1);
	fx_advance_s(fx, 7);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.0.2.2");
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, 3);
	CU_ASSERT_EQUAL(fx_first(fx)->quote.sport, 7000);
	fx_free(fx);
}

/* A-HP-4: and pings of a pool address. */
static void
pool_address_answers_homes_without_an_ip4_address_inside(void)
{
	struct fx *fx = ip6_only();
	struct fx_ep b;

	fx->conf.nat.pool_echo = true;
	fx_start(fx);
	b = wx_map(fx, B2, HOST, 6000);
	wx_up(fx, B1, pg_icmp_query(fx->mp, HOST, b.addr, RTE_ICMP_TYPE_ECHO_REQUEST, 9, 8));
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, b.addr);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, RTE_ICMP_TYPE_ECHO_REPLY);
	fx_free(fx);
}

/* A-ICE-12: where no port has an IPv4 address the dummy address stands in, RFC 7600 section 4.8. */
static void
error_has_a_source_where_no_port_has_an_ip4_address(void)
{
	struct fx *fx = ip6_only();
	struct cgn_conf_port *out = &fx->ports[FX_OUTSIDE];
	struct fx_ep b;
	struct rte_mbuf *m;

	out->addresses[0] = (struct cgn_prefix){
		.ip6 = wx_addr("2001:db8:9::1"), .len = 64, .is_ip6 = true
	};
	fx_start(fx);
	wx_map(fx, B1, HOST, 5000);
	b = wx_map(fx, B2, HOST, 6000);
	m = pg_udp(fx->mp, HOST, 5000, b.addr, b.port, 1472);
	pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	fx_rx(fx, FX_INSIDE, wx_wrap(fx, &(struct wx_outer){ .src = B1 }, m));
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.0.0.8");
	fx_free(fx);
}

/* A-ICE-6, A-ICE-10: an error of a router inside, about a hairpin, shows no inside address, also where
 * no route leads outside. */
static void
error_of_an_inside_router_about_a_hairpin_shows_an_own_address(void)
{
	struct fx *fx = fx_new();
	struct fx_ep h, k;
	struct rte_mbuf *about;
	const struct fx_pkt *p;

	fx->conf.n_routes = 0;
	fx->routes[fx->conf.n_routes++] = (struct cgn_conf_route){
		.prefix = { .ip4 = pg_addr("203.0.113.0"), .len = 24 },
		.via = { .ip4 = pg_addr(R1) },
		.port = FX_OUTSIDE,
	};
	fx_start(fx);
	h = fx_map_udp(fx, H1, 5000);
	k = fx_map_udp(fx, K1, 7000);
	p = fx_udp_out(fx, H1, 5000, k.addr, k.port);
	CU_ASSERT_STRING_EQUAL(p->dst, K1);
	about = pg_udp(fx->mp, h.addr, h.port, K1, 7000, 32);
	p = fx_inside(fx, pg_icmp_error(fx->mp, "100.64.9.9", h.addr, 3, 1, 0, about, 28));
	rte_pktmbuf_free(about);
	CU_ASSERT_STRING_EQUAL(p->dst, H1);
	CU_ASSERT_STRING_NOT_EQUAL(p->src, "100.64.9.9");
	fx_free(fx);
}

/* A-HP-1, A-FIL-7: a host behind a home router gets the answers from its outside address that a host
 * outside gets. */
static void
own_address_answers_hairpins_as_it_answers_the_outside(void)
{
	struct fx *fx = home_router();
	const struct fx_pkt *p = fx_tcp_out(fx, H1, 5000, "192.0.2.2", 80, SYN);

	FX_PKT(p, FX_INSIDE, "192.0.2.2", 80, H1, 5000);
	CU_ASSERT_EQUAL(p->tcp_flags, RST | ACK);
	p = fx_tcp_out(fx, H1, 5000, "192.0.2.2", 80, RST);
	CU_ASSERT_FALSE(p->left);
	p = fx_udp_out(fx, H1, 5000, "192.0.2.2", 5351);
	CU_ASSERT_EQUAL(p->port, FX_INSIDE);
	CU_ASSERT_STRING_EQUAL(p->src, "192.0.2.2");
	CU_ASSERT_STRING_EQUAL(p->dst, H1);
	CU_ASSERT_EQUAL(p->icmp_type, 3);
	CU_ASSERT_EQUAL(p->icmp_code, 3);
	CU_ASSERT_EQUAL(p->quote.sport, 5000);
	p = fx_ping_out(fx, H1, "192.0.2.2", 7);
	FX_PKT(p, FX_INSIDE, "192.0.2.2", 7, H1, 7);
	CU_ASSERT_EQUAL(p->icmp_type, RTE_ICMP_TYPE_ECHO_REPLY);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	/* From outside the control thread answers. */
	fx_tcp_in(fx, P1, 5000, "192.0.2.2", 80, SYN);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

/* A-TCP-4, A-HP-1: the answer about a held SYN goes nowhere if its sender's mapping has ended meanwhile. It is
 * not for the control thread, although its destination is an address of cgnd. */
static void
late_answer_to_a_hairpin_is_not_taken_for_a_guest(void)
{
	struct fx *fx = fx_new();
	const struct fx_pkt *p;
	struct fx_ep k;

	fx->single_worker = true;
	fx->conf.nat.filtering[CGN_PROTO_TCP] = CGN_FILTERING_APD;
	fx->conf.nat.timeouts.tcp_opening_s = 2;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "192.0.2.2", "192.0.2.2");
	fx_start(fx);
	p = fx_tcp_out(fx, K1, 7000, P1, 80, SYN);
	k.port = p->sport;
	memcpy(k.addr, p->src, sizeof(k.addr));
	fx_tcp_out(fx, H1, 5000, k.addr, k.port, SYN);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), 1);
	fx_advance_s(fx, 3);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), 0);
	fx_advance_s(fx, 4);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), 0);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* A-HP-1: answers to hairpins are limited as all others. */
static void
answers_to_hairpins_are_limited(void)
{
	struct fx *fx = home_router();
	unsigned int answers = 0;

	for (unsigned int i = 0; i < 2000; i++)
		answers += fx_udp_out(fx, H1, 5000, "192.0.2.2", 80)->left;
	CU_ASSERT(answers > 0 && answers <= fx->conf.nat.icmp_errors_per_s);
	fx_free(fx);
}

/* A-HDR-3: no host has the network or the broadcast address of a link, RFC 1812 section 5.3.7. */
static void
addresses_of_no_host_are_martians_on_both_sides(void)
{
	static const char *const outside[] = { "192.0.2.0", "192.0.2.255" };
	static const char *const inside[] = { "100.64.0.0", "100.127.255.255", "192.0.2.255" };
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx_add_pass_through(fx, P2, 32);
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < RTE_DIM(outside); i++) {
		fx_udp_in(fx, outside[i], 53, x.addr, x.port);
		FX_DROPPED(fx, CGN_V_MARTIAN);
		fx_udp_out(fx, H1, 5000, outside[i], 53);
		FX_DROPPED(fx, CGN_V_MARTIAN);
	}
	for (unsigned int i = 0; i < RTE_DIM(inside); i++) {
		fx_udp_out(fx, inside[i], 5000, P1, 53);
		FX_DROPPED(fx, CGN_V_MARTIAN);
	}
	/* A passed-through server cannot reach all hosts of the inside link at once. */
	fx_udp_in(fx, P2, 53, "100.127.255.255", 5000);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	CU_ASSERT_TRUE(fx_udp_in(fx, "192.0.2.254", 53, x.addr, x.port)->left);
	fx_free(fx);
}

/* A-HDR-3: links of two addresses and single addresses have none, RFC 3021. */
static void
links_of_two_addresses_have_no_broadcast_address(void)
{
	static const uint8_t len[] = { 31, 32 };

	for (unsigned int i = 0; i < RTE_DIM(len); i++) {
		struct fx *fx = fx_new();
		struct fx_ep x;

		fx->ports[FX_OUTSIDE].addresses[0].len = len[i];
		fx->routes[0].via.ip4 = pg_addr("192.0.2.3");
		if (len[i] == 32)
			fx->routes[0].via.ip4 = pg_addr("192.0.2.2");
		fx->any_mac = true;
		fx_start(fx);
		x = fx_map_udp(fx, H1, 5000);
		CU_ASSERT_TRUE(fx_udp_in(fx, "192.0.2.3", 53, x.addr, x.port)->left);
		CU_ASSERT_TRUE(fx_udp_in(fx, "192.0.2.0", 53, x.addr, x.port)->left);
		fx_free(fx);
	}
}

/* A-HP-1: an address of a pool is one, even where it is the broadcast address of a link. */
static void
pool_address_may_be_the_edge_of_a_link(void)
{
	struct fx *fx = fx_new();
	struct fx_ep k;

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "192.0.2.255", "192.0.2.255");
	fx_start(fx);
	k = fx_map_udp(fx, K1, 7000);
	CU_ASSERT_STRING_EQUAL(k.addr, "192.0.2.255");
	CU_ASSERT_STRING_EQUAL(fx_udp_out(fx, H1, 5000, k.addr, k.port)->dst, K1);
	CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, k.addr, k.port)->left);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(hairpin_that_is_too_big_is_told_without_an_ip4_address_inside),
	CU_TEST_ROW(held_syn_of_a_hairpin_is_told_without_an_ip4_address_inside),
	CU_TEST_ROW(late_answer_to_a_hairpin_is_not_taken_for_a_guest),
	CU_TEST_ROW(pool_address_answers_homes_without_an_ip4_address_inside),
	CU_TEST_ROW(error_has_a_source_where_no_port_has_an_ip4_address),
	CU_TEST_ROW(error_of_an_inside_router_about_a_hairpin_shows_an_own_address),
	CU_TEST_ROW(own_address_answers_hairpins_as_it_answers_the_outside),
	CU_TEST_ROW(answers_to_hairpins_are_limited),
	CU_TEST_ROW(addresses_of_no_host_are_martians_on_both_sides),
	CU_TEST_ROW(links_of_two_addresses_have_no_broadcast_address),
	CU_TEST_ROW(pool_address_may_be_the_edge_of_a_link),
};

CU_MAIN("scn_own_source", tests)
