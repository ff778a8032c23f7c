/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <string.h>

/* A-MAP-1: one external endpoint for every destination, RFC 4787 REQ-1. */
static void
udp_mapping_is_the_same_for_every_destination(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	FX_PKT(fx_udp_out(fx, H1, 5000, P1, 54), FX_OUTSIDE, x.addr, x.port, P1, 54);
	FX_PKT(fx_udp_out(fx, H1, 5000, P2, 53), FX_OUTSIDE, x.addr, x.port, P2, 53);
	FX_PKT(fx_udp_out(fx, H1, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
	FX_PKT(fx_udp_in(fx, P2, 53, x.addr, x.port), FX_INSIDE, P2, 53, H1, 5000);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP), 1);
	fx_free(fx);
}

/* A-MAP-2: the same for TCP, RFC 5382 REQ-1. */
static void
tcp_mapping_is_the_same_for_every_destination(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80), y;

	y = fx_connect(fx, H1, 5000, P2, 80);
	CU_ASSERT_STRING_EQUAL(x.addr, y.addr);
	CU_ASSERT_EQUAL(x.port, y.port);
	y = fx_connect(fx, H1, 5000, P1, 81);
	CU_ASSERT_STRING_EQUAL(x.addr, y.addr);
	CU_ASSERT_EQUAL(x.port, y.port);
	fx_free(fx);
}

/* A-MAP-2: connections opened by the outside use the mapping, too. */
static void
tcp_connection_from_outside_uses_the_same_mapping(void)
{
	const uint8_t syn = RTE_TCP_SYN_FLAG, ack = RTE_TCP_ACK_FLAG;
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80);

	FX_PKT(fx_tcp_in(fx, P2, 4000, x.addr, x.port, syn), FX_INSIDE, P2, 4000, H1, 5000);
	FX_PKT(fx_tcp_out(fx, H1, 5000, P2, 4000, syn | ack), FX_OUTSIDE, x.addr, x.port, P2, 4000);
	FX_PKT(fx_tcp_in(fx, P2, 4000, x.addr, x.port, ack), FX_INSIDE, P2, 4000, H1, 5000);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_TCP), 1);
	fx_free(fx);
}

/* A-MAP-3: the identifier's mapping does not depend on the remote host, RFC 5508 REQ-1a. */
static void
icmp_identifier_is_the_same_for_every_destination(void)
{
	struct fx *fx = fx_default();
	uint16_t id = fx_ping_out(fx, H1, P1, 7)->sport;

	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(fx_ping_out(fx, H1, P2, 7)->sport, id);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_ICMP), 1);
	fx_free(fx);
}

/* A-MAP-5, A-FIL-4: a TCP mapping and its hole are not for UDP, nor the reverse. */
static void
mapping_is_for_its_protocol_only(void)
{
	struct fx *fx = fx_default();
	struct fx_ep t = fx_connect(fx, H1, 5000, P1, 80), u;

	fx_udp_in(fx, P1, 80, t.addr, t.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	u = fx_map_udp(fx, H2, 6000);
	fx_tcp_in(fx, P1, 53, u.addr, u.port, RTE_TCP_ACK_FLAG);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_tcp_in(fx, P1, 53, u.addr, u.port, RTE_TCP_SYN_FLAG);
	FX_DROPPED(fx, CGN_V_SYN_HELD);
	fx_pong_in(fx, P1, u.addr, u.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_free(fx);
}

/* A lease works from the outside before the inside has said anything, and outwards by itself. */
static void
check_both_ways(struct fx *fx, struct fx_ep x)
{
	FX_PKT(fx_udp_in(fx, P1, 4000, x.addr, x.port), FX_INSIDE, P1, 4000, H1, 5000);
	FX_PKT(fx_udp_out(fx, H1, 5000, P1, 4000), FX_OUTSIDE, x.addr, x.port, P1, 4000);
	FX_PKT(fx_udp_out(fx, H1, 5000, P2, 53), FX_OUTSIDE, x.addr, x.port, P2, 53);
}

/* A-MAP-6: an explicit mapping carries outbound traffic as well, RFC 6886 section 3.9. */
static void
lease_works_both_ways(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 600), 0);
	CU_ASSERT_NOT_EQUAL(x.port, 0);
	check_both_ways(fx, x);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP), 1);
	fx_free(fx);
}

/* A-MAP-6: a request for a port with live traffic makes a lease of the mapping that is there. */
static void
lease_takes_over_the_mapping_made_by_traffic(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &y, 600), 0);
	CU_ASSERT_STRING_EQUAL(x.addr, y.addr);
	CU_ASSERT_EQUAL(x.port, y.port);
	fx_free(fx);
}

/* A-MAP-6: the same for a static mapping. */
static void
static_mapping_works_both_ways(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x = { "198.51.100.3", 8080 };

	fx_add_static(fx, CGN_PROTO_UDP, H1, 5000, x.addr, x.port);
	fx_start(fx);
	check_both_ways(fx, x);
	/* The rest of the host's traffic is paired with the same address. */
	CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, 5001).addr, x.addr);
	fx_advance_s(fx, 8000);
	check_both_ways(fx, x);
	fx_free(fx);
}

/* What A-MAP-1 and A-FIL-1 say of one host, whatever the load. */
static void
check_host(struct fx *fx, const char *h, uint16_t port)
{
	struct fx_ep x = fx_map_udp(fx, h, port);

	FX_PKT(fx_udp_out(fx, h, port, P2, 53), FX_OUTSIDE, x.addr, x.port, P2, 53);
	FX_PKT(fx_udp_in(fx, P2, 9, x.addr, x.port), FX_INSIDE, P2, 9, h, port);
}

/* A-MAP-7: behaviour does not change with load or collisions, RFC 4787 REQ-11. */
static void
behaviour_does_not_depend_on_the_load(void)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, 1);
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1024 + 64 * 20 - 1;
	fx_start(fx);
	for (unsigned int load = 0; load < 16; load++) {
		char other[16];

		check_host(fx, H1, 5000);
		check_host(fx, H2, 5000);
		check_host(fx, K1, 5000);
		check_host(fx, H1, (uint16_t)(6000 + load));
		snprintf(other, sizeof(other), "100.64.9.%u", load + 1);
		for (unsigned int i = 0; i < 60; i++)
			fx_udp_out(fx, other, (uint16_t)(5000 + i), P1, 53);
	}
	fx_free(fx);
}

/* A-MAP-8, A-MAP-9: no external endpoint stands for two inside ones, whatever the destination. */
static void
hundred_hosts_with_one_port_get_hundred_endpoints(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x[100];

	for (unsigned int i = 0; i < 100; i++) {
		char h[16];

		snprintf(h, sizeof(h), "100.64.7.%u", i + 1);
		fx_tcp_out(fx, h, 5000, i % 2 == 0 ? P1 : P2, 80, RTE_TCP_SYN_FLAG);
		CU_ASSERT_TRUE(fx_first(fx)->left);
		memcpy(x[i].addr, fx_first(fx)->src, sizeof(x[i].addr));
		x[i].port = fx_first(fx)->sport;
		for (unsigned int k = 0; k < i; k++)
			CU_ASSERT_FALSE(x[k].port == x[i].port &&
					strcmp(x[k].addr, x[i].addr) == 0);
	}
	fx_free(fx);
}

/* A-MAP-10, A-TCP-9, E-LIFE-6: closed connections do not end an explicit mapping, RFC 6887 section 16.2. */
static void
lease_outlives_its_connections(void)
{
	const uint8_t fin = RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG;
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 5000, &x, 20000), 0);
	fx_connect(fx, H1, 5000, P1, 80);
	fx_tcp_out(fx, H1, 5000, P1, 80, fin);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, fin);
	fx_connect(fx, H1, 5000, P2, 80);
	fx_tcp_in(fx, P2, 80, x.addr, x.port, RTE_TCP_RST_FLAG);
	fx_advance_s(fx, 10000);
	FX_PKT(fx_tcp_in(fx, P2, 4000, x.addr, x.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P2, 4000, H1,
			5000);
	fx->drain_s = 20000;
	fx_free(fx);
}

/* A-MAP-10: an implicit mapping goes with its last session, RFC 6146 section 3.5. */
static void
implicit_mapping_goes_with_its_last_session(void)
{
	const uint8_t fin = RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG;
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80);

	fx_tcp_out(fx, H1, 5000, P1, 80, fin);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, fin);
	fx_advance_s(fx, 242);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), 0);
	fx_tcp_in(fx, P2, 4000, x.addr, x.port, RTE_TCP_SYN_FLAG);
	FX_DROPPED(fx, CGN_V_SYN_HELD);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(udp_mapping_is_the_same_for_every_destination),
	CU_TEST_ROW(tcp_mapping_is_the_same_for_every_destination),
	CU_TEST_ROW(tcp_connection_from_outside_uses_the_same_mapping),
	CU_TEST_ROW(icmp_identifier_is_the_same_for_every_destination),
	CU_TEST_ROW(mapping_is_for_its_protocol_only),
	CU_TEST_ROW(lease_works_both_ways),
	CU_TEST_ROW(lease_takes_over_the_mapping_made_by_traffic),
	CU_TEST_ROW(static_mapping_works_both_ways),
	CU_TEST_ROW(behaviour_does_not_depend_on_the_load),
	CU_TEST_ROW(hundred_hosts_with_one_port_get_hundred_endpoints),
	CU_TEST_ROW(lease_outlives_its_connections),
	CU_TEST_ROW(implicit_mapping_goes_with_its_last_session),
};

CU_MAIN("scn_mapping", tests)
