/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <errno.h>
#include <string.h>

#define HOST "192.168.1.10" /* the same in every home */
#define SYN  RTE_TCP_SYN_FLAG
#define ACK  RTE_TCP_ACK_FLAG

static const struct fx_pkt *
down(struct fx *fx, const struct fx_ep *x)
{
	return fx_udp_in(fx, P1, 53, x->addr, x->port);
}

/* F-ENC-1: two B4s are served without configuration of either, RFC 6333 section 6.6. */
static void
two_b4s_talk_to_the_outside_and_back(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x1 = wx_map(fx, B1, HOST, 5000);
	struct fx_ep x2 = wx_map(fx, B2, "192.0.0.2", 5000);
	const struct fx_pkt *p;

	CU_ASSERT_EQUAL(fx_first(fx)->ttl, 63);
	p = down(fx, &x1);
	WX_PKT(p, FX_INSIDE, B1, P1, 53, HOST, 5000);
	CU_ASSERT_STRING_EQUAL(p->outer.src, WX_LOCAL);
	CU_ASSERT_EQUAL(p->outer.hop_limit, 64);
	CU_ASSERT_EQUAL(p->ttl, 63);
	WX_PKT(down(fx, &x2), FX_INSIDE, B2, P1, 53, "192.0.0.2", 5000);
	fx_free(fx);
}

/* F-ID-1, A-POOL-2, A-ADR-2: equal inner endpoints of two homes are two clients with an address each. */
static void
homes_with_equal_addresses_do_not_meet(void)
{
	struct fx *fx = wx_aftr();
	struct fx_ep x1, x2, x3;

	fx->groups[0].block_size = 4096; /* two homes never fit on one address by chance */
	fx = fx_start(fx);
	x1 = wx_map(fx, B1, HOST, 5000);
	x2 = wx_map(fx, B2, HOST, 5000);
	x3 = wx_map(fx, B1, "192.168.1.11", 5000);
	CU_ASSERT_EQUAL(strcmp(x1.addr, x2.addr) == 0 && x1.port == x2.port, 0);
	CU_ASSERT_STRING_NOT_EQUAL(x1.addr, x2.addr);
	CU_ASSERT_STRING_EQUAL(x1.addr, x3.addr);
	WX_PKT(down(fx, &x1), FX_INSIDE, B1, P1, 53, HOST, 5000);
	WX_PKT(down(fx, &x2), FX_INSIDE, B2, P1, 53, HOST, 5000);
	WX_PKT(down(fx, &x3), FX_INSIDE, B1, P1, 53, "192.168.1.11", 5000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 2);
	fx_free(fx);
}

/* A-ADR-2: a native subscriber's address is not the same address behind a softwire. */
static void
native_subscriber_and_home_do_not_meet(void)
{
	struct fx *fx = wx_aftr();
	struct fx_ep x1, x2;

	fx_use_inside2(fx);
	fx_start(fx);
	x1 = fx_map_udp(fx, L1, 5000);
	x2 = wx_map(fx, B1, L1, 5000);
	CU_ASSERT_EQUAL(strcmp(x1.addr, x2.addr) == 0 && x1.port == x2.port, 0);
	FX_PKT(fx_udp_in(fx, P1, 53, x1.addr, x1.port), FX_INSIDE2, P1, 53, L1, 5000);
	CU_ASSERT_FALSE(fx_first(fx)->outer.is);
	WX_PKT(down(fx, &x2), FX_INSIDE, B1, P1, 53, L1, 5000);
	fx_free(fx);
}

/* F-ENC-2: the traffic class is copied both ways, RFC 6333 section 7.1. */
static void
traffic_class_is_copied_both_ways(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);
	struct wx_outer ef = { .src = B1, .tc = 46 << 2 };
	struct rte_mbuf *m = pg_udp(fx->mp, HOST, 5000, P1, 53, 32);

	fx_rx(fx, FX_INSIDE, wx_wrap(fx, &ef, m));
	CU_ASSERT_EQUAL(fx_first(fx)->tos, 46 << 2);
	m = pg_udp(fx->mp, P1, 53, x.addr, x.port, 32);
	pg_ip(m)->type_of_service = 46 << 2;
	pg_fix(m);
	fx_outside(fx, m);
	CU_ASSERT_EQUAL(fx_first(fx)->outer.tc, 46 << 2);
	CU_ASSERT_EQUAL(fx_first(fx)->tos, 46 << 2);
	fx_free(fx);
}

/* F-ENC-2: the knob leaves the inner class alone. */
static void
traffic_class_can_be_kept_inside(void)
{
	struct fx *fx = wx_aftr();
	struct wx_outer ef = { .src = B1, .tc = 46 << 2 };
	struct rte_mbuf *m;
	struct fx_ep x;

	fx->conf.softwire.dscp = CGN_SOFTWIRE_DSCP_PIPE;
	fx_start(fx);
	x = wx_map(fx, B1, HOST, 5000);
	fx_rx(fx, FX_INSIDE, wx_wrap(fx, &ef, pg_udp(fx->mp, HOST, 5000, P1, 53, 32)));
	CU_ASSERT_EQUAL(fx_first(fx)->tos, 0);
	m = pg_udp(fx->mp, P1, 53, x.addr, x.port, 32);
	pg_ip(m)->type_of_service = 46 << 2 | 2;
	pg_fix(m);
	fx_outside(fx, m);
	CU_ASSERT_EQUAL(fx_first(fx)->outer.tc, 2);
	CU_ASSERT_EQUAL(fx_first(fx)->tos, 46 << 2 | 2);
	fx_free(fx);
}

/* F-ENC-2: ECN by the table of RFC 6040 section 4.2. */
static void
congestion_marks_are_combined(void)
{
	static const struct {
		uint8_t inner, outer;
		int want; /* -1: dropped */
	} rows[] = {
		{ 0, 0, 0 },
		{ 0, 1, 0 },
		{ 0, 2, 0 },
		{ 0, 3, -1 },
		{ 2, 0, 2 },
		{ 2, 1, 1 },
		{ 2, 2, 2 },
		{ 2, 3, 3 },
		{ 1, 0, 1 },
		{ 1, 2, 1 },
		{ 1, 3, 3 },
		{ 3, 0, 3 },
	};
	struct fx *fx = fx_start(wx_aftr());

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct wx_outer o = { .src = B1, .tc = rows[i].outer };
		struct rte_mbuf *m = pg_udp(fx->mp, HOST, 5000, P1, 53, 32);

		pg_ip(m)->type_of_service = rows[i].inner;
		pg_fix(m);
		fx_rx(fx, FX_INSIDE, wx_wrap(fx, &o, m));
		if (rows[i].want < 0) {
			FX_DROPPED(fx, CGN_V_SOFTWIRE_ECN);
			continue;
		}
		CU_ASSERT_TRUE(fx_first(fx)->left);
		CU_ASSERT_EQUAL(fx_first(fx)->tos, rows[i].want);
	}
	fx_free(fx);
}

/* F-ENC-3: the tunnel is one hop; the AFTR's error comes from 192.0.0.1 through the softwire. */
static void
ttl_that_ends_is_told_through_the_softwire(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct rte_mbuf *m = pg_udp(fx->mp, HOST, 5000, P1, 33434, 32);
	const struct fx_pkt *p;

	pg_ip(m)->time_to_live = 1;
	pg_ip(m)->type_of_service = 46 << 2;
	pg_fix(m);
	p = fx_rx(fx, FX_INSIDE, wx_wrap(fx, &(struct wx_outer){ .src = B1, .tc = 46 << 2 }, m));
	FX_REFUSED(fx, CGN_V_TTL, 11, 0);
	CU_ASSERT_TRUE(p->outer.is);
	CU_ASSERT_STRING_EQUAL(p->outer.dst, B1);
	CU_ASSERT_STRING_EQUAL(p->src, "192.0.0.1");
	CU_ASSERT_STRING_EQUAL(p->dst, HOST);
	CU_ASSERT_EQUAL(p->tos, 46 << 2);
	CU_ASSERT_EQUAL(p->quote.sport, 5000);
	fx_free(fx);
}

/* F-ENC-4: extension headers are walked, what is no IPv4 behind them is dropped. */
static void
extension_headers_are_walked(void)
{
	static const uint8_t options[8] = { 4, 0, 1, 4 };
	static const uint8_t to_fragment[16] = { 44, 0, 1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 9 };
	static const uint8_t to_ip6[8] = { 41, 0, 1, 4 };
	static const uint8_t too_long[8] = { 4, 200, 1, 4 };
	static const uint8_t routing[8] = { 4, 0, 2, 1 };
	const struct {
		const void *ext;
		size_t len;
		uint8_t first;
		enum cgn_verdict want;
	} rows[] = {
		{ options, 8, 60, CGN_V_OUT },
		{ options, 8, 0, CGN_V_OUT },
		{ to_fragment, 16, 60, CGN_V_OUT },
		{ to_fragment, 16, 0, CGN_V_OUT },
		{ to_fragment + 8, 8, 44, CGN_V_OUT },
		{ to_ip6, 8, 60, CGN_V_SOFTWIRE_NEXT },
		{ too_long, 8, 60, CGN_V_SOFTWIRE_HEADER },
		{ routing, 8, 43, CGN_V_SOFTWIRE_HEADER },
		{ NULL, 0, 41, CGN_V_SOFTWIRE_NEXT },
		{ NULL, 0, 17, CGN_V_SOFTWIRE_NEXT },
		{ NULL, 0, 59, CGN_V_SOFTWIRE_NEXT },
	};
	struct fx *fx = fx_start(wx_aftr());

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct wx_outer o = { .src = B1,
			.ext = rows[i].ext,
			.ext_len = rows[i].len,
			.ext_first = rows[i].first,
			.next = rows[i].first };

		fx_rx(fx, FX_INSIDE, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 32)));
		CU_ASSERT_EQUAL(fx_rose(fx, rows[i].want), 1);
		CU_ASSERT_EQUAL(fx->n_out, rows[i].want == CGN_V_OUT ? 1 : 0);
	}
	fx_free(fx);
}

/* F-ENC-4: a packet to another IPv6 address is no softwire's. */
static void
only_the_tunnel_address_decapsulates(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct wx_outer o = { .src = B1, .dst = "2001:db8:f::2" };

	fx_rx(fx, FX_INSIDE, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 32)));
	FX_DROPPED(fx, CGN_V_IP6);
	o.dst = NULL;
	fx_rx(fx, FX_OUTSIDE, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 32)));
	FX_DROPPED(fx, CGN_V_IP6);
	fx_free(fx);
}

/* F-ID-2, D-LIM-5: a home is a prefix; all its hosts share one limit and one external address. */
static void
hosts_of_a_home_share_its_limits(void)
{
	struct fx *fx = wx_aftr();

	fx->groups[0].mappings_max = 3;
	fx_start(fx);
	for (uint16_t i = 0; i < 3; i++)
		wx_map(fx, B1, i == 0 ? "192.168.1.10" : "192.168.1.11", (uint16_t)(5000 + i));
	wx_udp(fx, B1, "192.168.1.12", 5003, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.0.0.1");
	wx_map(fx, B2, "192.168.1.12", 5003);
	fx_free(fx);
}

/* F-ID-2: the length of a home's prefix is the group's. */
static void
subscriber_prefix_length_is_configured(void)
{
	struct fx *fx = wx_aftr();

	fx->groups[0].subscriber_prefix6_len = 64;
	fx_start(fx);
	wx_map(fx, B1, HOST, 5000);
	wx_map(fx, B1B, HOST, 5000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 2);
	fx_free(fx);
}

/* F-ID-3, F-ID-4, D-LIM-4: the state follows a B4's new address, once in half an hour. */
static void
state_follows_the_new_address_of_a_b4(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000), lease = { .port = 40000 };
	struct cgn_subscriber_info s;

	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_TCP, HOST, 80, &lease, 7200), 0);
	WX_PKT(down(fx, &x), FX_INSIDE, B1, P1, 53, HOST, 5000);
	FX_PKT(wx_udp(fx, B1B, HOST, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_SOFTWIRE_MOVES), 1);
	WX_PKT(down(fx, &x), FX_INSIDE, B1B, P1, 53, HOST, 5000);
	WX_PKT(fx_tcp_in(fx, P2, 9000, lease.addr, lease.port, SYN), FX_INSIDE, B1B, P2, 9000, HOST,
			80);
	/* The old address is a second softwire now, or somebody who would like to be one. */
	wx_udp(fx, B1, HOST, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_SOFTWIRE_MOVED);
	WX_PKT(down(fx, &x), FX_INSIDE, B1B, P1, 53, HOST, 5000);
	CU_ASSERT_TRUE(wx_subscriber(fx, B1, &s));
	CU_ASSERT_EQUAL(memcmp(&s.b4, &(struct cgn_ip6[]){ wx_addr(B1B) }[0], 16), 0);
	fx_advance_s(fx, 1801);
	CU_ASSERT_STRING_EQUAL(wx_udp(fx, B1, HOST, 5001, P1, 53)->src, x.addr);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 1);
	fx_free(fx);
}

/* F-ID-3, F-SEC-1: what is dropped for its inner packet moves no home and begins none. */
static void
packets_that_are_refused_move_nothing(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);
	struct wx_outer o = { .src = B1B, .next = 17 };
	struct rte_mbuf *m;

	wx_udp(fx, B1B, P2, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_SOURCE), 1);
	fx_inside(fx, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 8)));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_NEXT), 1);
	m = pg_udp(fx->mp, HOST, 5000, P1, 53, 8);
	rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, PG_ETH)->hdr_checksum ^= RTE_BE16(0xff);
	wx_up(fx, B1B, m);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_L3_CHECKSUM), 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SOFTWIRE_MOVES), 0);
	WX_PKT(down(fx, &x), FX_INSIDE, B1, P1, 53, HOST, 5000);
	wx_udp(fx, B2, P2, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 1);
	/* Nor do they stand in the way of the real move. */
	FX_PKT(wx_udp(fx, B1B, HOST, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
	WX_PKT(down(fx, &x), FX_INSIDE, B1B, P1, 53, HOST, 5000);
	fx_free(fx);
}

/* F-SEC-1: inner sources are private ones or 192.0.0.0/29, RFC 6333 section 11. */
static void
inner_sources_are_those_of_homes(void)
{
	static const struct {
		const char *src;
		bool ok;
	} rows[] = {
		{ "10.1.2.3", true },
		{ "172.16.0.1", true },
		{ "172.31.255.1", true },
		{ "192.168.200.1", true },
		{ "192.0.0.2", true },
		{ "192.0.0.7", true },
		{ "8.8.8.8", false },
		{ "172.32.0.1", false },
		{ "192.169.0.1", false },
		{ "192.0.0.8", false },
		{ "192.0.0.1", false },
		{ "100.64.1.11", false },
		{ "198.51.100.3", false },
		{ "127.0.0.1", false },
		{ "224.0.0.5", false },
	};
	struct fx *fx = fx_start(wx_aftr());

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		wx_udp(fx, B1, rows[i].src, 5000, P1, 53);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), rows[i].ok ? 1 : 0);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_SOURCE), rows[i].ok ? 0 : 1);
		/* Nor may they speak to cgnd itself. */
		wx_udp(fx, B1, rows[i].src, 5000, "192.0.0.1", 5351);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_LOCAL), rows[i].ok ? 1 : 0);
	}
	fx_free(fx);
}

/* F-SEC-2: only B4s of a configured prefix are served. */
static void
foreign_prefixes_are_dropped(void)
{
	struct fx *fx = fx_start(wx_aftr());

	wx_udp(fx, "2001:db8:9::1", HOST, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_SOFTWIRE_UNKNOWN);
	wx_udp(fx, WX_LOCAL, HOST, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_SOFTWIRE_UNKNOWN);
	fx_free(fx);
}

/* F-SEC-3, D-LIM-5: mappings per second are limited per home. */
static void
new_mappings_are_rate_limited_per_home(void)
{
	struct fx *fx = wx_aftr();

	fx->groups[0].mappings_per_s = 2;
	fx_start(fx);
	for (uint16_t i = 0; i < 2; i++)
		wx_map(fx, B1, HOST, (uint16_t)(5000 + i));
	wx_udp(fx, B1, HOST, 5002, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_RATE, 3, 1);
	wx_map(fx, B2, HOST, 5002);
	fx_free(fx);
}

/* F-NAT-1: TCP and ICMP through softwires: sessions, queries, errors. */
static void
tcp_and_icmp_go_through_softwires(void)
{
	struct fx *fx = fx_start(wx_aftr());
	const struct fx_pkt *p = wx_up(fx, B1, pg_tcp(fx->mp, HOST, 6000, P1, 80, SYN, 0));
	struct fx_ep x = { .port = p->sport };
	uint16_t ident;

	memcpy(x.addr, p->src, sizeof(x.addr));
	WX_PKT(fx_tcp_in(fx, P1, 80, x.addr, x.port, SYN | ACK), FX_INSIDE, B1, P1, 80, HOST, 6000);
	FX_PKT(wx_up(fx, B1, pg_tcp(fx->mp, HOST, 6000, P1, 80, ACK, 100)), FX_OUTSIDE, x.addr,
			x.port, P1, 80);
	p = wx_up(fx, B1, pg_icmp_query(fx->mp, HOST, P1, 8, 77, 32));
	CU_ASSERT_STRING_EQUAL(p->src, x.addr);
	ident = p->sport;
	p = fx_pong_in(fx, P1, x.addr, ident);
	CU_ASSERT_STRING_EQUAL(p->outer.dst, B1);
	CU_ASSERT_EQUAL(p->sport, 77);
	fx_free(fx);
}

/* F-NAT-2: B4s get no external port below 1024, from whatever inner port. */
static void
low_ports_are_not_given_to_b4s(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = { .port = 80 };

	for (uint16_t port = 1; port < 1024; port = (uint16_t)(port + 73))
		CU_ASSERT_TRUE(wx_map(fx, B1, HOST, port).port >= 1024);
	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_TCP, HOST, 80, &x, 3600), 0);
	CU_ASSERT_TRUE(x.port >= 1024);
	fx_free(fx);
}

/* F-MTU-5: an error from outside is translated with its MTU as it is, quoted packet included. */
static void
errors_from_outside_reach_the_host_unchanged(void)
{
	struct fx *fx = fx_start(wx_aftr());
	const struct fx_pkt *p = wx_udp(fx, B1, HOST, 5000, P1, 53);
	struct rte_mbuf *sent = pg_bytes(fx->mp, p->bytes, p->n_bytes);
	struct rte_mbuf *m;
	char x[16];

	memcpy(x, p->src, sizeof(x));
	m = pg_icmp_error(fx->mp, R1, x, 3, 4, 1300, sent, 28);
	rte_pktmbuf_free(sent);
	p = fx_outside(fx, m);
	CU_ASSERT_STRING_EQUAL(p->outer.dst, B1);
	CU_ASSERT_STRING_EQUAL(p->src, R1);
	CU_ASSERT_STRING_EQUAL(p->dst, HOST);
	CU_ASSERT_EQUAL(p->icmp_rest & 0xffff, 1300);
	CU_ASSERT_STRING_EQUAL(p->quote.src, HOST);
	CU_ASSERT_EQUAL(p->quote.sport, 5000);
	fx_free(fx);
}

/* A-ICE-5: an error that a host in a home sends leaves translated. */
static void
errors_of_hosts_leave_translated(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);
	struct rte_mbuf *got = pg_udp(fx->mp, P1, 53, HOST, 5000, 32);
	const struct fx_pkt *p = wx_up(fx, B1, pg_icmp_error(fx->mp, HOST, P1, 3, 3, 0, got, 60));

	rte_pktmbuf_free(got);
	CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
	CU_ASSERT_STRING_EQUAL(p->src, x.addr);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, x.addr);
	CU_ASSERT_EQUAL(p->quote.dport, x.port);
	fx_free(fx);
}

/* A-HP-5: between two softwires, within one, and between a softwire and a native subscriber. */
static void
hairpins_join_softwires_and_native_subscribers(void)
{
	static const char *const native[] = { H1, H2, K1, "100.64.2.22", "100.64.2.23" };
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep a = wx_map(fx, B1, HOST, 5000);
	struct fx_ep b = wx_map(fx, B2, HOST, 5000);
	struct fx_ep c = wx_map(fx, B1, "192.168.1.11", 5000);
	const struct fx_pkt *p;

	p = wx_udp(fx, B1, HOST, 5000, b.addr, b.port);
	WX_PKT(p, FX_INSIDE, B2, a.addr, a.port, HOST, 5000);
	CU_ASSERT_EQUAL(p->ttl, 63);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_HAIRPIN), 1);
	WX_PKT(wx_udp(fx, B1, HOST, 5000, c.addr, c.port), FX_INSIDE, B1, a.addr, a.port,
			"192.168.1.11", 5000);
	for (unsigned int i = 0; i < RTE_DIM(native); i++) {
		struct fx_ep n = fx_map_udp(fx, native[i], 7000);

		p = wx_udp(fx, B1, HOST, 5000, n.addr, n.port);
		FX_PKT(p, FX_INSIDE, a.addr, a.port, native[i], 7000);
		CU_ASSERT_FALSE(p->outer.is);
		WX_PKT(fx_udp_out(fx, native[i], 7000, b.addr, b.port), FX_INSIDE, B2, n.addr,
				n.port, HOST, 5000);
	}
	fx_free(fx);
}

/* A-HP-5: the MTU of the target's side applies, and who is told is asked about its own view. */
static void
hairpin_that_is_too_big_is_told_through_the_softwire(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep b = wx_map(fx, B2, HOST, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 7000, b.addr, b.port, 1472);
	const struct fx_pkt *p;

	fx_map_udp(fx, H1, 7000);
	pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	p = fx_inside(fx, m);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_STRING_EQUAL(p->dst, H1);
	CU_ASSERT_EQUAL(p->icmp_type, 3);
	CU_ASSERT_EQUAL(p->icmp_code, 4);
	CU_ASSERT_EQUAL(p->icmp_rest & 0xffff, 1460);
	CU_ASSERT_EQUAL(p->quote.sport, 7000);
	m = pg_udp(fx->mp, H1, 7000, b.addr, b.port, 1472);
	fx_inside(fx, m);
	CU_ASSERT_EQUAL(fx->n_out, 2);
	p = wx_whole(fx);
	CU_ASSERT_STRING_EQUAL(p->dst, HOST);
	CU_ASSERT_EQUAL(p->len, 1500);
	fx_free(fx);
}

/* F-ADR-1, A-ICQ-5, B-RX-11, C-S-6: 192.0.0.1 is cgnd's in every softwire, with the way back. */
static void
packets_to_the_aftr_itself_come_up_with_their_softwire(void)
{
	struct fx *fx = fx_start(wx_aftr());

	wx_udp(fx, B1, HOST, 40000, "192.0.0.1", 5351);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_LOCAL), 1);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].outer.src, B1);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].outer.dst, WX_LOCAL);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].src, HOST);
	CU_ASSERT_EQUAL(fx->punted[0].dport, 5351);
	wx_up(fx, B2, pg_icmp_query(fx->mp, HOST, "192.0.0.1", 8, 1, 32));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].outer.src, B2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	/* Natively it is somebody's address like any other. */
	fx_inside(fx, pg_udp(fx->mp, H1, 40000, "192.0.0.1", 5351, 2));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* F-ADR-1, D-SEC-5: nobody outside speaks as 192.0.0.1 to a home, which would believe its answers. */
static void
addresses_of_softwires_do_not_come_from_outside(void)
{
	static const struct {
		const char *src;
		bool ok;
	} rows[] = {
		{ "192.0.0.0", false },
		{ "192.0.0.1", false },
		{ "192.0.0.2", false },
		{ "192.0.0.7", false },
		{ "192.0.0.8", true },
		{ "192.0.1.1", true },
	};
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5350);

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		fx_outside(fx, pg_udp(fx->mp, rows[i].src, 5351, x.addr, x.port, 12));
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_IN), rows[i].ok ? 1 : 0);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_MARTIAN), rows[i].ok ? 0 : 1);
	}
	fx_free(fx);
}

/* C-S-6: an answer goes into the softwire that it is for, also to where the B4 has moved. */
static void
answers_of_the_control_thread_go_into_the_softwire(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct wx_outer o = { .src = WX_LOCAL, .dst = B1 };
	struct rte_mbuf *m;
	struct cgn_pktmsg msg = { .op = CGN_PKT_SOFTWIRE, .verdict = CGN_V_NONE };

	wx_map(fx, B1, HOST, 5000);
	wx_udp(fx, B1B, HOST, 5000, P1, 53);
	m = wx_wrap(fx, &o, pg_udp(fx->mp, "192.0.0.1", 5351, HOST, 40000, 16));
	rte_pktmbuf_adj(m, PG_ETH);
	msg.m = m;
	fx_inject(fx, &msg);
	WX_PKT(fx_first(fx), FX_INSIDE, B1B, "192.0.0.1", 5351, HOST, 40000);
	/* A home that has not been heard of since the start. */
	o.dst = B2;
	m = wx_wrap(fx, &o, pg_udp(fx->mp, "192.0.0.1", 5351, "224.0.0.1", 5350, 12));
	rte_pktmbuf_adj(m, PG_ETH);
	msg.m = m;
	fx_inject(fx, &msg);
	WX_PKT(fx_first(fx), FX_INSIDE, B2, "192.0.0.1", 5351, "224.0.0.1", 5350);
	fx_free(fx);
}

/* B-MAP-8, B-RX-3: a lease is the inner address's; another host of the home does not get its number. */
static void
lease_belongs_to_a_host_of_a_home(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep a = { .port = 40000 }, b = { 0 }, c = { 0 }, d = { 0 };

	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_TCP, HOST, 80, &a, 3600), 0);
	CU_ASSERT_EQUAL(a.port, 40000);
	b.port = c.port = d.port = a.port;
	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_UDP, "192.168.1.11", 80, &b, 3600), 0);
	CU_ASSERT_NOT_EQUAL(b.port, a.port);
	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_UDP, HOST, 80, &c, 3600), 0);
	CU_ASSERT_EQUAL(c.port, a.port);
	CU_ASSERT_EQUAL(wx_lease(fx, B2, CGN_PROTO_TCP, HOST, 80, &d, 3600), 0);
	CU_ASSERT_EQUAL(strcmp(a.addr, d.addr) == 0 && a.port == d.port, 0);
	WX_PKT(fx_tcp_in(fx, P2, 9000, a.addr, a.port, SYN), FX_INSIDE, B1, P2, 9000, HOST, 80);
	WX_PKT(fx_tcp_in(fx, P2, 9000, d.addr, d.port, SYN), FX_INSIDE, B2, P2, 9000, HOST, 80);
	CU_ASSERT_EQUAL(wx_lease(fx, "2001:db8:9::1", CGN_PROTO_TCP, HOST, 80, &d, 3600), -EACCES);
	fx_free(fx);
}

/* F-HA-1, F-ID-1: leases come back to their homes before a packet of theirs has come. */
static void
leases_are_brought_back_with_their_b4(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep a = { .port = 40000 }, b = { .port = 40000 };

	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_TCP, HOST, 80, &a, 3600), 0);
	CU_ASSERT_EQUAL(wx_lease(fx, B2, CGN_PROTO_TCP, HOST, 80, &b, 3600), 0);
	fx_free(fx);
	fx = fx_start(wx_aftr());
	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_TCP, HOST, 80, &a, 3600), 0);
	CU_ASSERT_EQUAL(wx_lease(fx, B2, CGN_PROTO_TCP, HOST, 80, &b, 3600), 0);
	WX_PKT(fx_tcp_in(fx, P2, 9000, a.addr, a.port, SYN), FX_INSIDE, B1, P2, 9000, HOST, 80);
	WX_PKT(fx_tcp_in(fx, P2, 9000, b.addr, b.port, SYN), FX_INSIDE, B2, P2, 9000, HOST, 80);
	fx_free(fx);
}

/* A-FRG-4: fragments of two homes with equal addresses and IDs do not mix. */
static void
fragments_of_two_homes_do_not_mix(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct rte_mbuf *m1 = pg_udp(fx->mp, HOST, 5000, P1, 53, 1000);
	struct rte_mbuf *m2 = pg_udp(fx->mp, HOST, 5000, P1, 53, 1000);
	struct rte_mbuf *f1[4], *f2[4];

	CU_ASSERT_EQUAL(pg_fragment(fx->mp, m1, 576, f1, 4), 2);
	CU_ASSERT_EQUAL(pg_fragment(fx->mp, m2, 576, f2, 4), 2);
	rte_pktmbuf_free(m1);
	rte_pktmbuf_free(m2);
	wx_up(fx, B1, f1[0]);
	wx_up(fx, B2, f2[1]);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 0);
	wx_up(fx, B2, f2[0]);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 1000, 0));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
	wx_up(fx, B1, f1[1]);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 1000, 0));
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 2);
	fx_free(fx);
}

/* A-RES-1: a softwire of which nothing is heard and that holds nothing is forgotten. */
static void
idle_softwires_are_forgotten(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = { 0 };

	wx_udp(fx, B1, HOST, 40000, "192.0.0.1", 5351);
	CU_ASSERT_EQUAL(wx_lease(fx, B2, CGN_PROTO_TCP, HOST, 80, &x, 3600), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 2);
	fx_advance_s(fx, 400);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 1);
	WX_PKT(fx_tcp_in(fx, P2, 9000, x.addr, x.port, SYN), FX_INSIDE, B2, P2, 9000, HOST, 80);
	fx_free(fx);
}

/* A burst of several homes, new and known, beside native packets. */
static void
burst_of_everything_is_forwarded(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct rte_mbuf *m[12];

	fx_map_udp(fx, H2, 5000); /* the next hop is known from now on */
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < RTE_DIM(m); i++) {
			struct wx_outer o = { .src = i % 3 == 0 ? B1 : B2 };

			m[i] = pg_udp(fx->mp, i % 3 == 2 ? H1 : HOST, (uint16_t)(6000 + i), P1, 53,
					32);
			if (i % 3 != 2)
				m[i] = wx_wrap(fx, &o, m[i]);
		}
		CU_ASSERT_EQUAL(fx_rx_burst(fx, FX_INSIDE, m, RTE_DIM(m)), RTE_DIM(m));
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 13);
	fx_free(fx);
}

/* F-ENC-2: what drops out of a burst, or is not plain, leaves the packets beside it as they are. */
static void
odd_packets_of_a_burst_do_not_touch_the_others(void)
{
	static const uint8_t opts[8] = { 4, 0, 1, 4 };
	static const struct wx_outer o[] = { { .src = B1 }, { .src = "2001:db8:300::1" },
		{ .src = B2 }, { .src = B1, .tc = 3 }, { .src = B1, .tc = 46 << 2 },
		{ .src = B2, .ext = opts, .ext_len = sizeof(opts), .ext_first = 60 },
		{ .src = B2, .next = 6 }, { .src = B1 }, { .src = B2 }, { .src = B1 },
		{ .src = B2 } };
	struct fx *fx = fx_start(wx_aftr());
	struct rte_mbuf *m[RTE_DIM(o)];
	unsigned int seen = 0;

	for (unsigned int round = 0; round < 2; round++) {
		fx_map_udp(fx, H2, 5000);
		for (unsigned int i = 0; i < RTE_DIM(o); i++) {
			m[i] = pg_udp(fx->mp, HOST, 5000, P1, (uint16_t)(100 + i), 32);
			if (i == 8)
				pg_ip(m[i])->hdr_checksum ^= 1;
			m[i] = wx_wrap(fx, &o[i], m[i]);
		}
		memset(rte_pktmbuf_append(m[7], 5), 0xff, 5); /* behind the IPv6 packet */
		CU_ASSERT_EQUAL(fx_rx_burst(fx, FX_INSIDE, m, RTE_DIM(m)), 7);
		for (unsigned int i = 0; i < fx->n_out; i++) {
			seen |= 1u << (fx->out[i].dport - 100);
			for (unsigned int k = 0; k < i; k++) /* in order within a flow */
				CU_ASSERT_TRUE(fx->out[k].sport != fx->out[i].sport ||
						fx->out[k].dport < fx->out[i].dport);
			CU_ASSERT_EQUAL(fx->out[i].tos, fx->out[i].dport == 104 ? 46 << 2 : 0);
			CU_ASSERT_EQUAL(fx->out[i].payload_len, 32);
		}
		CU_ASSERT_EQUAL(seen, 0x6b5);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_UNKNOWN), 1);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_ECN), 1);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_NEXT), 1);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_L3_CHECKSUM), 1);
	}
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(two_b4s_talk_to_the_outside_and_back),
	CU_TEST_ROW(homes_with_equal_addresses_do_not_meet),
	CU_TEST_ROW(native_subscriber_and_home_do_not_meet),
	CU_TEST_ROW(traffic_class_is_copied_both_ways),
	CU_TEST_ROW(traffic_class_can_be_kept_inside),
	CU_TEST_ROW(congestion_marks_are_combined),
	CU_TEST_ROW(ttl_that_ends_is_told_through_the_softwire),
	CU_TEST_ROW(extension_headers_are_walked),
	CU_TEST_ROW(only_the_tunnel_address_decapsulates),
	CU_TEST_ROW(hosts_of_a_home_share_its_limits),
	CU_TEST_ROW(subscriber_prefix_length_is_configured),
	CU_TEST_ROW(state_follows_the_new_address_of_a_b4),
	CU_TEST_ROW(packets_that_are_refused_move_nothing),
	CU_TEST_ROW(inner_sources_are_those_of_homes),
	CU_TEST_ROW(foreign_prefixes_are_dropped),
	CU_TEST_ROW(new_mappings_are_rate_limited_per_home),
	CU_TEST_ROW(tcp_and_icmp_go_through_softwires),
	CU_TEST_ROW(low_ports_are_not_given_to_b4s),
	CU_TEST_ROW(errors_from_outside_reach_the_host_unchanged),
	CU_TEST_ROW(errors_of_hosts_leave_translated),
	CU_TEST_ROW(hairpins_join_softwires_and_native_subscribers),
	CU_TEST_ROW(hairpin_that_is_too_big_is_told_through_the_softwire),
	CU_TEST_ROW(packets_to_the_aftr_itself_come_up_with_their_softwire),
	CU_TEST_ROW(addresses_of_softwires_do_not_come_from_outside),
	CU_TEST_ROW(answers_of_the_control_thread_go_into_the_softwire),
	CU_TEST_ROW(lease_belongs_to_a_host_of_a_home),
	CU_TEST_ROW(leases_are_brought_back_with_their_b4),
	CU_TEST_ROW(fragments_of_two_homes_do_not_mix),
	CU_TEST_ROW(idle_softwires_are_forgotten),
	CU_TEST_ROW(burst_of_everything_is_forwarded),
	CU_TEST_ROW(odd_packets_of_a_burst_do_not_touch_the_others),
};

CU_MAIN("scn_softwire", tests)
