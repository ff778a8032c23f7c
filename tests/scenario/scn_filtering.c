/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

static struct fx *
new_filtering(enum cgn_filtering udp, enum cgn_filtering tcp)
{
	struct fx *fx = fx_new();

	fx->conf.nat.filtering[CGN_PROTO_UDP] = udp;
	fx->conf.nat.filtering[CGN_PROTO_TCP] = tcp;
	return fx;
}

/* A-FIL-1: any outside endpoint may send to a mapped port, RFC 4787 REQ-8. */
static void
unknown_peer_reaches_a_mapped_udp_port(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	FX_PKT(fx_udp_in(fx, P2, 1, x.addr, x.port), FX_INSIDE, P2, 1, H1, 5000);
	FX_PKT(fx_udp_in(fx, R1, 53, x.addr, x.port), FX_INSIDE, R1, 53, H1, 5000);
	FX_PKT(fx_udp_in(fx, P1, 54, x.addr, x.port), FX_INSIDE, P1, 54, H1, 5000);
	fx_free(fx);
}

/* A-FIL-2: a SYN from anywhere to a mapped port passes at once, RFC 5382 REQ-3. */
static void
unknown_peer_connects_to_a_mapped_tcp_port(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80), y = { .port = 0 };

	FX_PKT(fx_tcp_in(fx, P2, 4000, x.addr, x.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P2, 4000, H1,
			5000);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &y, 600), 0);
	FX_PKT(fx_tcp_in(fx, P2, 4000, y.addr, y.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P2, 4000, H1,
			80);
	fx_free(fx);
}

/* A-FIL-3: address-dependent filtering for UDP by configuration, RFC 4787 REQ-8a. */
static void
udp_filter_by_address_admits_known_addresses_only(void)
{
	struct fx *fx = fx_start(new_filtering(CGN_FILTERING_AD, CGN_FILTERING_EI));
	struct fx_ep x = fx_map_udp(fx, H1, 5000), t;

	fx_udp_in(fx, P2, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_FILTERED);
	FX_PKT(fx_udp_in(fx, P1, 54, x.addr, x.port), FX_INSIDE, P1, 54, H1, 5000);
	FX_PKT(fx_udp_out(fx, H1, 5000, P2, 9), FX_OUTSIDE, x.addr, x.port, P2, 9);
	FX_PKT(fx_udp_in(fx, P2, 53, x.addr, x.port), FX_INSIDE, P2, 53, H1, 5000);
	/* The other protocol is filtered by its own rule. */
	t = fx_connect(fx, H1, 5000, P1, 80);
	FX_PKT(fx_tcp_in(fx, P2, 4000, t.addr, t.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P2, 4000, H1,
			5000);
	fx_free(fx);
}

/* A-FIL-3: and by address and port. */
static void
udp_filter_by_address_and_port_admits_known_endpoints_only(void)
{
	struct fx *fx = fx_start(new_filtering(CGN_FILTERING_APD, CGN_FILTERING_EI));
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_udp_in(fx, P1, 54, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_FILTERED);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 5000);
	FX_PKT(fx_udp_out(fx, H1, 5000, P1, 54), FX_OUTSIDE, x.addr, x.port, P1, 54);
	FX_PKT(fx_udp_in(fx, P1, 54, x.addr, x.port), FX_INSIDE, P1, 54, H1, 5000);
	fx_free(fx);
}

/* A-FIL-3: the permission of a filter ends like a mapping does. */
static void
udp_filter_forgets_a_remote_that_is_not_sent_to(void)
{
	struct fx *fx = fx_start(new_filtering(CGN_FILTERING_AD, CGN_FILTERING_EI));
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < 3; i++) {
		fx_advance_s(fx, 150);
		fx_udp_out(fx, H1, 5000, P2, 53);
	}
	FX_PKT(fx_udp_in(fx, P2, 1, x.addr, x.port), FX_INSIDE, P2, 1, H1, 5000);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_FILTERED);
	fx_free(fx);
}

/* A-FIL-3: address-dependent filtering for TCP, RFC 5382 REQ-3; what is refused waits (A-TCP-4). */
static void
tcp_filter_by_address_admits_known_addresses_only(void)
{
	struct fx *fx = fx_start(new_filtering(CGN_FILTERING_EI, CGN_FILTERING_AD));
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80), u;

	fx_tcp_in(fx, P2, 4000, x.addr, x.port, RTE_TCP_SYN_FLAG);
	FX_DROPPED(fx, CGN_V_SYN_HELD);
	FX_PKT(fx_tcp_in(fx, P1, 81, x.addr, x.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P1, 81, H1,
			5000);
	FX_PKT(fx_tcp_in(fx, P1, 80, x.addr, x.port, RTE_TCP_ACK_FLAG), FX_INSIDE, P1, 80, H1,
			5000);
	u = fx_map_udp(fx, H1, 5000);
	FX_PKT(fx_udp_in(fx, P2, 9, u.addr, u.port), FX_INSIDE, P2, 9, H1, 5000);
	fx_free(fx);
}

/* A-FIL-3: and by address and port. */
static void
tcp_filter_by_address_and_port_admits_known_endpoints_only(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_EI, CGN_FILTERING_APD);
	struct fx_ep x;

	fx->conf.nat.syn_unreachable = false;
	fx_start(fx);
	x = fx_connect(fx, H1, 5000, P1, 80);
	fx_tcp_in(fx, P1, 81, x.addr, x.port, RTE_TCP_SYN_FLAG);
	FX_DROPPED(fx, CGN_V_FILTERED);
	fx_tcp_in(fx, P2, 80, x.addr, x.port, RTE_TCP_SYN_FLAG);
	FX_DROPPED(fx, CGN_V_FILTERED);
	FX_PKT(fx_tcp_in(fx, P1, 80, x.addr, x.port, RTE_TCP_ACK_FLAG), FX_INSIDE, P1, 80, H1,
			5000);
	fx_free(fx);
}

/* A-FIL-3: leases and static mappings stay open to everybody, RFC 6887 section 11. */
static void
filters_are_not_for_explicit_mappings(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_APD, CGN_FILTERING_APD);
	struct fx_ep x = { .port = 0 }, s = { "198.51.100.3", 8080 };

	fx_add_static(fx, CGN_PROTO_TCP, K1, 80, s.addr, s.port);
	fx_start(fx);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 600), 0);
	FX_PKT(fx_udp_in(fx, P2, 1, x.addr, x.port), FX_INSIDE, P2, 1, H1, 5000);
	FX_PKT(fx_tcp_in(fx, P2, 4000, s.addr, s.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P2, 4000, K1,
			80);
	fx_free(fx);
}

/* A-FIL-5: chosen destinations are reached without translation, RFC 6888 REQ-6. */
static void
pass_through_destination_sees_the_inside_address(void)
{
	struct fx *fx = fx_new();

	fx_add_pass_through(fx, "203.0.113.64", 26);
	fx_start(fx);
	FX_PKT(fx_udp_out(fx, H1, 5000, P2, 53), FX_OUTSIDE, H1, 5000, P2, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_PASS_THROUGH), 1);
	CU_ASSERT_EQUAL(fx_first(fx)->ttl, 63);
	FX_PKT(fx_udp_in(fx, P2, 53, H1, 5000), FX_INSIDE, P2, 53, H1, 5000);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_PASS_THROUGH), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	/* Others are translated, and nobody else reaches an inside address. */
	CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(fx, H1, 5000).addr, H1);
	fx_udp_in(fx, P1, 53, H1, 5000);
	FX_DROPPED(fx, CGN_V_NOT_POOL);
	fx_free(fx);
}

/* A-FIL-5, A-FIL-6: a passed destination hears of no source that does not belong where it came from. */
static void
pass_through_is_for_subscribers_in_their_place(void)
{
	static const struct {
		unsigned int port;
		const char *src;
		enum cgn_verdict v;
	} rows[] = {
		{ FX_INSIDE2, K1, CGN_V_SPOOFED },
		{ FX_INSIDE, L1, CGN_V_SPOOFED },
		{ FX_INSIDE, "100.64.0.1", CGN_V_SPOOFED }, /* cgnd itself */
		{ FX_INSIDE, "192.168.1.1", CGN_V_NOT_SUBSCRIBER },
		{ FX_INSIDE, P1, CGN_V_NOT_SUBSCRIBER },
		{ FX_INSIDE, "127.0.0.1", CGN_V_MARTIAN },
		{ FX_INSIDE, "100.64.0.0", CGN_V_MARTIAN },
		{ FX_INSIDE, "100.127.255.255", CGN_V_MARTIAN },
	};
	static const char *const dst[] = { P2, "198.18.7.7" };
	struct fx *fx = fx_new();

	fx_add_pass_through(fx, "203.0.113.64", 26);
	fx_add_pass_through(fx, "198.18.0.0", 15);
	fx_use_inside2(fx);
	fx_start(fx);
	for (unsigned int d = 0; d < RTE_DIM(dst); d++) {
		for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
			fx_rx(fx, rows[i].port, pg_udp(fx->mp, rows[i].src, 5000, dst[d], 53, 32));
			FX_DROPPED(fx, rows[i].v);
		}
		FX_PKT(fx_udp_out(fx, H1, 5000, dst[d], 53), FX_OUTSIDE, H1, 5000, dst[d], 53);
		FX_PKT(fx_udp_out(fx, L1, 5000, dst[d], 53), FX_OUTSIDE, L1, 5000, dst[d], 53);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	fx_free(fx);
}

/* A-FIL-5: from outside only passed sources reach inside addresses, and only those of subscribers. */
static void
passed_sources_reach_subscribers_only(void)
{
	static const struct {
		const char *src;
		const char *dst;
		enum cgn_verdict v; /* CGN_V_PASS_THROUGH: arrives */
	} rows[] = {
		{ P2, H1, CGN_V_PASS_THROUGH },
		{ "198.19.255.255", H1, CGN_V_PASS_THROUGH }, /* the second prefix, its last */
		{ P2, L1, CGN_V_PASS_THROUGH },
		{ P1, H1, CGN_V_NOT_POOL },
		{ "198.20.0.0", H1, CGN_V_NOT_POOL },
		{ P2, "192.168.1.1", CGN_V_NOT_POOL },
		{ P2, "172.16.5.5", CGN_V_NOT_POOL },
		{ P2, "203.0.113.200", CGN_V_NOT_POOL },
		{ P2, "100.64.0.0", CGN_V_MARTIAN },
		{ P2, "100.127.255.255", CGN_V_MARTIAN },
	};
	struct fx *fx = fx_new();

	fx_add_pass_through(fx, "203.0.113.64", 26);
	fx_add_pass_through(fx, "198.18.0.0", 15);
	fx_use_inside2(fx);
	fx_start(fx);
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		const struct fx_pkt *p = fx_udp_in(fx, rows[i].src, 53, rows[i].dst, 5000);

		CU_ASSERT_EQUAL(fx_rose(fx, rows[i].v), 1);
		CU_ASSERT_EQUAL(fx->n_out, rows[i].v == CGN_V_PASS_THROUGH ? 1 : 0);
		if (p->left) {
			CU_ASSERT_EQUAL(p->ttl, 63);
			CU_ASSERT_STRING_EQUAL(p->dst, rows[i].dst);
		}
	}
	fx_free(fx);
}

/* A-FIL-6: a source that does not belong behind the port it came in by, RFC 6888 section 7. */
static void
spoofed_source_is_dropped(void)
{
	struct fx *fx = fx_new();
	struct rte_mbuf *about;
	struct fx_ep x;
	uint64_t made;

	fx_use_inside2(fx);
	fx_start(fx);
	fx_rx(fx, FX_INSIDE2, pg_udp(fx->mp, K1, 5000, P1, 53, 32));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, L1, 5000, P1, 53, 32));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, "100.64.0.1", 5000, P1, 53, 32));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	/* Neither by a mapping that its owner has made. */
	x = fx_map_udp(fx, K1, 5000);
	made = fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP);
	for (unsigned int i = 0; i < 3; i++) {
		fx_rx(fx, FX_INSIDE2, pg_udp(fx->mp, K1, 5000, P1, 53, 32));
		FX_DROPPED(fx, CGN_V_SPOOFED);
	}
	fx_rx(fx, FX_INSIDE2, pg_udp(fx->mp, K1, 5001, P1, 53, 32));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP), made);
	/* Nor by an ICMP error about one. */
	about = pg_udp(fx->mp, P1, 53, K1, 5000, 32);
	fx_rx(fx, FX_INSIDE2, pg_icmp_error(fx->mp, K1, P1, 3, 3, 0, about, 60));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	FX_PKT(fx_rx(fx, FX_INSIDE, pg_icmp_error(fx->mp, K1, P1, 3, 3, 0, about, 60)), FX_OUTSIDE,
			x.addr, 0, P1, 0);
	rte_pktmbuf_free(about);
	CU_ASSERT_EQUAL(fx_udp_out(fx, L1, 5000, P1, 53)->port, FX_OUTSIDE);
	fx_free(fx);
}

/* A-FIL-6: nor one that is nobody's. */
static void
source_of_no_group_is_dropped(void)
{
	struct fx *fx = fx_default();

	fx_udp_out(fx, "192.168.1.1", 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_NOT_SUBSCRIBER);
	fx_udp_out(fx, "203.0.113.9", 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_NOT_SUBSCRIBER);
	fx_free(fx);
}

/* A-FIL-7: nothing is answered about a pool address without a mapping. */
static void
unmapped_port_is_silent(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_udp_in(fx, P1, 53, x.addr, x.port ^ 1);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_udp_in(fx, P1, 53, "198.51.100.15", 1);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_tcp_in(fx, P1, 53, x.addr, x.port, RTE_TCP_ACK_FLAG);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_udp_in(fx, P1, 53, "198.51.100.16", 5000);
	FX_DROPPED(fx, CGN_V_NOT_POOL);
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(unknown_peer_reaches_a_mapped_udp_port),
	CU_TEST_ROW(unknown_peer_connects_to_a_mapped_tcp_port),
	CU_TEST_ROW(udp_filter_by_address_admits_known_addresses_only),
	CU_TEST_ROW(udp_filter_by_address_and_port_admits_known_endpoints_only),
	CU_TEST_ROW(udp_filter_forgets_a_remote_that_is_not_sent_to),
	CU_TEST_ROW(tcp_filter_by_address_admits_known_addresses_only),
	CU_TEST_ROW(tcp_filter_by_address_and_port_admits_known_endpoints_only),
	CU_TEST_ROW(filters_are_not_for_explicit_mappings),
	CU_TEST_ROW(pass_through_destination_sees_the_inside_address),
	CU_TEST_ROW(pass_through_is_for_subscribers_in_their_place),
	CU_TEST_ROW(passed_sources_reach_subscribers_only),
	CU_TEST_ROW(spoofed_source_is_dropped),
	CU_TEST_ROW(source_of_no_group_is_dropped),
	CU_TEST_ROW(unmapped_port_is_silent),
};

CU_MAIN("scn_filtering", tests)
