/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <string.h>

static struct rte_mbuf *
with_ttl(struct rte_mbuf *m, uint8_t ttl)
{
	pg_ip(m)->time_to_live = ttl;
	pg_fix(m);
	return m;
}

/* UDP from H1 to P1 with IPv4 options. */
static struct rte_mbuf *
udp_with_options(struct fx *fx, const void *opt, size_t len)
{
	struct pg_ip4 h = {
		.src = H1, .dst = P1, .proto = IPPROTO_UDP, .opt = opt, .opt_len = len
	};
	static const uint8_t udp[16] = { 0x13, 0x88, 0, 53, 0, sizeof(udp) };

	return pg_ip4(fx->mp, &h, udp, sizeof(udp));
}

/* A-HDR-1: one hop both ways, RFC 5508 section 7.2. */
static void
ttl_goes_down_by_one(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	CU_ASSERT_EQUAL(fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 255))->ttl,
			254);
	CU_ASSERT_EQUAL(fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 2))->ttl, 1);
	CU_ASSERT_EQUAL(fx_outside(fx, with_ttl(pg_udp(fx->mp, P1, 53, x.addr, x.port, 8), 255))
					->ttl,
			254);
	CU_ASSERT_EQUAL(fx_outside(fx, with_ttl(pg_udp(fx->mp, P1, 53, x.addr, x.port, 8), 2))->ttl,
			1);
	fx_free(fx);
}

/* A-HDR-1: at the end the sender is told. */
static void
expired_ttl_is_answered(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (uint8_t ttl = 0; ttl < 2; ttl++) {
		fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), ttl));
		FX_REFUSED(fx, CGN_V_TTL, 11, 0);
		FX_PKT(fx_first(fx), FX_INSIDE, "100.64.0.1", 0, H1, 0);
		fx_outside(fx, with_ttl(pg_udp(fx->mp, P1, 53, x.addr, x.port, 8), ttl));
		FX_REFUSED(fx, CGN_V_TTL, 11, 0);
		FX_PKT(fx_first(fx), FX_OUTSIDE, "192.0.2.2", 0, P1, 0);
	}
	/* An expired packet makes no mapping. */
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5001, P1, 53, 8), 1));
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 1);
	fx_free(fx);
}

/* A-HDR-1: a knob of each port stops the answers. */
static void
answers_to_expired_packets_can_be_switched_off(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->ports[FX_OUTSIDE].ttl_exceeded = false;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	fx_outside(fx, with_ttl(pg_udp(fx->mp, P1, 53, x.addr, x.port, 8), 1));
	FX_DROPPED(fx, CGN_V_TTL);
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1));
	FX_REFUSED(fx, CGN_V_TTL, 11, 0);
	fx_free(fx);
}

/* A-HDR-2: source routes and recorded routes do not pass, RFC 5508 section 7.3. */
static void
source_and_record_routes_are_dropped(void)
{
	static const uint8_t lsrr[] = { 131, 7, 4, 203, 0, 113, 9, 0 },
			     ssrr[] = { 137, 7, 4, 203, 0, 113, 9, 0 },
			     rr[] = { 7, 7, 4, 0, 0, 0, 0, 0 };
	struct fx *fx = fx_default();

	fx_inside(fx, udp_with_options(fx, lsrr, sizeof(lsrr)));
	FX_DROPPED(fx, CGN_V_L3_SOURCE_ROUTE);
	fx_inside(fx, udp_with_options(fx, ssrr, sizeof(ssrr)));
	FX_DROPPED(fx, CGN_V_L3_SOURCE_ROUTE);
	fx_inside(fx, udp_with_options(fx, rr, sizeof(rr)));
	FX_DROPPED(fx, CGN_V_L3_SOURCE_ROUTE);
	fx_free(fx);
}

/* A-HDR-2: harmless options pass as they are. */
static void
harmless_options_pass(void)
{
	static const uint8_t alert[] = { 148, 4, 0, 0, 1, 1, 1, 0 };
	struct fx *fx = fx_default();
	const struct fx_pkt *p = fx_inside(fx, udp_with_options(fx, alert, sizeof(alert)));

	CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(p->ip[0], 0x47);
	CU_ASSERT_EQUAL(memcmp(p->ip + 20, alert, sizeof(alert)), 0);
	fx_free(fx);
}

/* A-HDR-3: martians from inside, RFC 1812 section 5.3.7. */
static void
martians_from_inside_are_dropped(void)
{
	static const char *const bad[] = { "0.1.2.3", "127.0.0.1", "169.254.1.1", "240.0.0.1",
		"255.1.1.1" };
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		fx_udp_out(fx, bad[i], 5000, P1, 53);
		FX_DROPPED(fx, CGN_V_MARTIAN);
		fx_udp_out(fx, H1, 5000, bad[i], 53);
		FX_DROPPED(fx, CGN_V_MARTIAN);
	}
	fx_udp_out(fx, "224.0.0.1", 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	fx_udp_out(fx, H1, 5000, "255.255.255.255", 53);
	FX_DROPPED(fx, CGN_V_MULTICAST);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	fx_free(fx);
}

/* A-HDR-3: and from outside, with our own addresses as source among them. */
static void
martians_from_outside_are_dropped(void)
{
	static const char *const bad[] = { "0.1.2.3", "127.0.0.1", "169.254.1.1", "224.0.0.9",
		"240.0.0.1", "198.51.100.7", "192.0.2.2", "100.64.0.1" };
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		fx_udp_in(fx, bad[i], 53, x.addr, x.port);
		FX_DROPPED(fx, CGN_V_MARTIAN);
	}
	fx_udp_in(fx, P1, 53, "127.0.0.1", x.port);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	fx_udp_in(fx, P1, 53, "224.0.0.1", x.port);
	FX_DROPPED(fx, CGN_V_MULTICAST);
	fx_free(fx);
}

/* A-HDR-3, G-SPC-1: shared addresses do not cross the boundary of the provider, RFC 6598 section 4. */
static void
shared_addresses_do_not_cross_to_the_outside(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_udp_out(fx, H1, 5000, "100.64.77.77", 53);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	fx_udp_in(fx, "100.127.255.254", 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	/* Their neighbours do. */
	CU_ASSERT_TRUE(fx_udp_in(fx, "100.63.255.254", 53, x.addr, x.port)->left);
	CU_ASSERT_TRUE(fx_udp_in(fx, "100.128.0.1", 53, x.addr, x.port)->left);
	fx_free(fx);
}

/* A-OTH-1, A-OTH-4: what is not supported is answered inside with 3/2, RFC 6888 REQ-1. */
static void
other_transports_are_refused(void)
{
	/* GRE, ESP, AH, SCTP, UDP-Lite, DCCP, IGMP */
	static const uint8_t protos[] = { 47, 50, 51, 132, 136, 33, 2 };
	struct fx *fx = fx_default();
	uint8_t l4[32] = { 0x13, 0x88, 0, 80 };

	for (unsigned int i = 0; i < RTE_DIM(protos); i++) {
		struct pg_ip4 out = { .src = H1, .dst = P1, .proto = protos[i] },
			      in = { .src = P1, .dst = "198.51.100.3", .proto = protos[i] };

		fx_inside(fx, pg_ip4(fx->mp, &out, l4, sizeof(l4)));
		FX_REFUSED(fx, CGN_V_PROTOCOL, 3, 2);
		CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, H1);
		fx_outside(fx, pg_ip4(fx->mp, &in, l4, sizeof(l4)));
		FX_DROPPED(fx, CGN_V_PROTOCOL);
	}
	fx_free(fx);
}

/* TCP from H1 with a text. */
static void
check_text_passes(struct fx *fx, const char *text, uint16_t dport)
{
	size_t len = strlen(text);
	struct rte_mbuf *m = pg_tcp(fx->mp, H1, 5000, P1, dport, RTE_TCP_ACK_FLAG, len);

	memcpy((char *)pg_l4(m) + 20, text, len);
	pg_fix(m);
	fx_inside(fx, m);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_EQUAL(fx_first(fx)->payload_len, len);
	CU_ASSERT_EQUAL(memcmp(fx_first(fx)->payload, text, len), 0);
}

/* A-OTH-2: no application is meddled with, RFC 4787 REQ-10, RFC 5382 REQ-6. */
static void
addresses_in_payloads_are_left_alone(void)
{
	struct fx *fx = fx_default();

	fx_connect(fx, H1, 5000, P1, 21);
	check_text_passes(fx, "PORT 100,64,1,11,19,136\r\n", 21);
	fx_connect(fx, H1, 5000, P1, 5060);
	check_text_passes(fx,
			"REGISTER sip:203.0.113.5 SIP/2.0\r\nContact: <sip:a@100.64.1.11:5000>\r\n",
			5060);
	fx_free(fx);
}

/* A-OTH-3: IKE and ESP in UDP of several hosts to one peer at once, RFC 6269 section 13.5. */
static void
two_ike_initiators_reach_one_responder(void)
{
	static const uint16_t ports[] = { 500, 4500 };
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < RTE_DIM(ports); i++) {
		struct fx_ep x = fx_map_udp(fx, H1, ports[i]), y = fx_map_udp(fx, H2, ports[i]);

		CU_ASSERT_FALSE(strcmp(x.addr, y.addr) == 0 && x.port == y.port);
		FX_PKT(fx_udp_out(fx, H1, ports[i], P1, ports[i]), FX_OUTSIDE, x.addr, x.port, P1,
				ports[i]);
		FX_PKT(fx_udp_out(fx, H2, ports[i], P1, ports[i]), FX_OUTSIDE, y.addr, y.port, P1,
				ports[i]);
		FX_PKT(fx_udp_in(fx, P1, ports[i], y.addr, y.port), FX_INSIDE, P1, ports[i], H2,
				ports[i]);
		FX_PKT(fx_udp_in(fx, P1, ports[i], x.addr, x.port), FX_INSIDE, P1, ports[i], H1,
				ports[i]);
	}
	fx_free(fx);
}

/* A-MC-1, A-MC-2: multicast stays inside, counted, RFC 5135 REQ-6 and -7. */
static void
multicast_is_not_forwarded(void)
{
	static const char *const groups[] = { "224.0.0.251", "239.1.1.1", "232.1.1.1",
		"239.255.255.250" };
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < RTE_DIM(groups); i++) {
		struct rte_mbuf *m = pg_udp(fx->mp, H1, 5353, groups[i], 5353, 20);

		memcpy(rte_pktmbuf_mtod(m, void *), "\x01\x00\x5e\x00\x00\xfb", 6);
		fx_inside(fx, m);
		FX_DROPPED(fx, CGN_V_MULTICAST);
		fx_udp_in(fx, P1, 5353, groups[i], 5353);
		FX_DROPPED(fx, CGN_V_MULTICAST);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	fx_free(fx);
}

/* A-HDR-3: a unicast packet in a broadcast frame is not forwarded, RFC 1122 section 3.3.6. */
static void
link_broadcasts_are_not_forwarded(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 20);

	memset(rte_pktmbuf_mtod(m, void *), 0xff, 6);
	fx_inside(fx, m);
	FX_DROPPED(fx, CGN_V_MULTICAST);
	m = pg_udp(fx->mp, P1, 53, x.addr, x.port, 20);
	memset(rte_pktmbuf_mtod(m, void *), 0xff, 6);
	fx_outside(fx, m);
	FX_DROPPED(fx, CGN_V_MULTICAST);
	fx_free(fx);
}

static void
no_route_is_answered(void)
{
	struct fx *fx = fx_new();

	fx->conf.n_routes = 0;
	fx_start(fx);
	fx_udp_out(fx, H1, 5000, P1, 53);
	FX_REFUSED(fx, CGN_V_NO_ROUTE, 3, 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	fx_free(fx);
}

/* What each link has all the time is no loss: discovery, MLD, advertisements of routers, DHCPv6, mDNS. REQ: G-DAY-37 */
static void
ipv6_multicast_of_the_link_is_not_dropped(void)
{
	static const struct {
		const char *to;
		uint8_t next;
	} rows[] = {
		{ "ff02::1", IPPROTO_ICMPV6 },
		{ "ff02::2", IPPROTO_ICMPV6 },
		{ "ff02::16", IPPROTO_HOPOPTS },
		{ "ff02::1:ff00:2", IPPROTO_ICMPV6 },
		{ "ff02::1:2", IPPROTO_UDP },
		{ "ff02::fb", IPPROTO_UDP },
		{ "ff05::1:3", IPPROTO_UDP },
	};
	struct fx *fx = fx_default();

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		for (unsigned int port = 0; port < 2; port++) {
			struct rte_mbuf *m = pg_ip6(fx->mp, rows[i].next, 32);
			uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);

			inet_pton(AF_INET6, rows[i].to, frame + PG_ETH + 24);
			frame[0] = frame[1] = 0x33;
			memcpy(frame + 2, frame + PG_ETH + 24 + 12, 4);
			fx_rx(fx, port == 0 ? FX_INSIDE : FX_OUTSIDE, m);
			CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_IP6_MULTICAST), 1);
			CU_ASSERT_EQUAL(fx->n_punted, 0);
		}
	}
	CU_ASSERT_EQUAL(cgn_verdict_class(CGN_V_IP6_MULTICAST), CGN_VC_ABSORBED);
	fx_free(fx);
}

/* Frames that are not IPv4 for us: each has its own verdict. */
static void
other_frames_end_in_their_verdicts(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 20);

	rte_pktmbuf_mtod(m, uint8_t *)[5] = 0x77;
	fx_inside(fx, m);
	FX_DROPPED(fx, CGN_V_L2_OTHER_HOST);
	fx_inside(fx, pg_vlan(fx->mp, pg_udp(fx->mp, H1, 5000, P1, 53, 20), 7));
	FX_DROPPED(fx, CGN_V_L2_VLAN);
	fx_inside(fx, pg_ip6(fx->mp, IPPROTO_UDP, 20));
	FX_DROPPED(fx, CGN_V_IP6);
	fx_rx(fx, FX_INSIDE,
			pg_bytes(fx->mp, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\xaa\x00\x20",
					14));
	FX_DROPPED(fx, CGN_V_L2_ETHERTYPE);
	fx_rx(fx, FX_INSIDE, pg_bytes(fx->mp, "\x02\x00\x00\x00\x00\x01", 6));
	FX_DROPPED(fx, CGN_V_L2_SHORT);
	m = pg_udp(fx->mp, H1, 5000, P1, 53, 20);
	fx_inside(fx, pg_resize(fx->mp, m, 40));
	FX_DROPPED(fx, CGN_V_L3_SHORT);
	fx_rx(fx, FX_INSIDE, pg_arp(fx->mp, 1, H1, "100.64.0.1"));
	FX_DROPPED(fx, CGN_V_NEIGHBOUR);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(ttl_goes_down_by_one),
	CU_TEST_ROW(expired_ttl_is_answered),
	CU_TEST_ROW(answers_to_expired_packets_can_be_switched_off),
	CU_TEST_ROW(source_and_record_routes_are_dropped),
	CU_TEST_ROW(harmless_options_pass),
	CU_TEST_ROW(martians_from_inside_are_dropped),
	CU_TEST_ROW(martians_from_outside_are_dropped),
	CU_TEST_ROW(shared_addresses_do_not_cross_to_the_outside),
	CU_TEST_ROW(other_transports_are_refused),
	CU_TEST_ROW(addresses_in_payloads_are_left_alone),
	CU_TEST_ROW(two_ike_initiators_reach_one_responder),
	CU_TEST_ROW(multicast_is_not_forwarded),
	CU_TEST_ROW(link_broadcasts_are_not_forwarded),
	CU_TEST_ROW(no_route_is_answered),
	CU_TEST_ROW(ipv6_multicast_of_the_link_is_not_dropped),
	CU_TEST_ROW(other_frames_end_in_their_verdicts),
};

CU_MAIN("scn_headers", tests)
