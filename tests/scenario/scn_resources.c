/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#define SYN RTE_TCP_SYN_FLAG

/* Flows of a host from port 5000 on. */
static void
open_flows(struct fx *fx, const char *h, struct fx_ep *x, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		x[i] = fx_map_udp(fx, h, (uint16_t)(5000 + i));
}

/* All of them live, both ways. */
static void
check_flows(struct fx *fx, const char *h, const struct fx_ep *x, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint16_t port = (uint16_t)(5000 + i);

		FX_PKT(fx_udp_in(fx, P2, 9, x[i].addr, x[i].port), FX_INSIDE, P2, 9, h, port);
		FX_PKT(fx_udp_out(fx, h, port, P1, 53), FX_OUTSIDE, x[i].addr, x[i].port, P1, 53);
	}
}

/* A-RES-1, A-RES-4: the 101st mapping is refused, the others live, RFC 6888 REQ-4 and -11. */
static void
mapping_above_the_limit_is_refused_and_nothing_evicted(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x[100], y[50];

	fx->groups[0].mappings_max = 100;
	fx_start(fx);
	open_flows(fx, H1, x, 100);
	open_flows(fx, H2, y, 50);
	for (unsigned int i = 0; i < 20; i++) {
		fx_udp_out(fx, H1, (uint16_t)(7000 + i), P1, 53);
		FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	}
	check_flows(fx, H1, x, 100);
	check_flows(fx, H2, y, 50);
	fx_map_udp(fx, H2, 7000);
	fx_free(fx);
}

/* A-RES-1, A-RES-4: the same when the blocks are used up. */
static void
mapping_above_the_blocks_is_refused_and_nothing_evicted(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x[128], y[10];

	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 2;
	fx->pools[0].port_min = 10240;
	fx_start(fx);
	open_flows(fx, H1, x, 128);
	open_flows(fx, H2, y, 10);
	fx_udp_out(fx, H1, 7000, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	fx_tcp_out(fx, H1, 7000, P1, 80, SYN);
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
	check_flows(fx, H1, x, 128);
	check_flows(fx, H2, y, 10);
	fx_free(fx);
}

/* A-RES-1: the same when the table of the worker is full, RFC 6888 REQ-11d. */
static void
full_mapping_table_refuses_and_evicts_nothing(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x[16];

	fx->single_worker = true;
	fx->conf.nat.mappings_max = 16;
	fx_start(fx);
	open_flows(fx, H1, x, 16);
	fx_udp_out(fx, H2, 5000, P1, 53);
	FX_REFUSED(fx, CGN_V_MAPPINGS_FULL, 3, 1);
	fx_udp_out(fx, H1, 7000, P1, 53);
	FX_REFUSED(fx, CGN_V_MAPPINGS_FULL, 3, 1);
	check_flows(fx, H1, x, 16);
	/* As soon as one ends there is room again. */
	fx_advance_s(fx, 301);
	fx_map_udp(fx, H2, 5000);
	fx_free(fx);
}

/* A-RES-1: and when the pool is full. */
static void
full_pool_refuses_and_evicts_nothing(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x[4], y[4];

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1151;
	fx_start(fx);
	open_flows(fx, H1, x, 4);
	open_flows(fx, H2, y, 4);
	fx_udp_out(fx, K1, 5000, P1, 53);
	FX_REFUSED(fx, CGN_V_POOL_FULL, 3, 1);
	check_flows(fx, H1, x, 4);
	check_flows(fx, H2, y, 4);
	fx_free(fx);
}

/* A-RES-2: ICMP 3/1 quotes the packet as it was sent; a SYN gets no RST, RFC 6888 REQ-11b. */
static void
refused_sender_gets_a_soft_error(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_udp_out(fx, H1, 5001, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	FX_PKT(fx_first(fx), FX_INSIDE, "100.64.0.1", 0, H1, 0);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.src, H1);
	CU_ASSERT_EQUAL(fx_first(fx)->quote.sport, 5001);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.dst, P1);
	fx_tcp_out(fx, H1, 5001, P1, 80, SYN);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* A-RES-2: at a bounded rate. */
static void
soft_errors_are_rate_limited(void)
{
	struct fx *fx = fx_new();
	unsigned int n = 0;

	fx->conf.nat.icmp_errors_per_s = 20;
	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < 1000; i++)
		n += fx_udp_out(fx, H1, (uint16_t)(6000 + i), P1, 53)->left;
	CU_ASSERT_EQUAL(n, 20);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SUB_MAPPINGS), 1000);
	fx_free(fx);
}

/* A-RES-3: management sees refusals by subscriber and by cause. */
static void
refusals_are_counted(void)
{
	struct fx *fx = fx_new();
	struct cgn_subscriber_info info;

	fx->groups[0].mappings_max = 5;
	fx_start(fx);
	for (unsigned int i = 0; i < 12; i++)
		fx_udp_out(fx, H1, (uint16_t)(5000 + i), P1, 53);
	CU_ASSERT_TRUE(fx_subscriber(fx, H1, &info));
	CU_ASSERT_EQUAL(info.mappings, 5);
	CU_ASSERT_EQUAL(info.mappings_total, 5);
	CU_ASSERT_EQUAL(info.refused_total, 7);
	fx_free(fx);
}

/* A-RES-4: the rate of new mappings, RFC 6888 REQ-5. */
static void
rate_of_new_mappings_is_limited(void)
{
	struct fx *fx = fx_new();
	unsigned int n = 0, burst = 0;
	uint16_t port = 5000;

	fx->groups[0].mappings_per_s = 50;
	fx->conf.nat.icmp_errors_per_s = 10000; /* one host's share of them is more than 200 */
	fx_start(fx);
	fx_map_udp(fx, H1, 4999);
	for (unsigned int i = 0; i < 200; i++) {
		fx_udp_out(fx, H1, port++, P1, 53);
		burst += (unsigned int)fx_rose(fx, CGN_V_OUT);
		if (fx_rose(fx, CGN_V_OUT) == 0)
			FX_REFUSED(fx, CGN_V_SUB_RATE, 3, 1);
	}
	CU_ASSERT_TRUE(burst >= 40);
	CU_ASSERT_TRUE(burst <= 50);
	/* Ten seconds at four times the rate. */
	for (unsigned int t = 0; t < 160; t++) {
		fx_advance_s(fx, 1.0 / CGN_TICK_HZ);
		for (unsigned int i = 0; i < 12; i++) {
			fx_udp_out(fx, H1, port++, P1, 53);
			n += (unsigned int)fx_rose(fx, CGN_V_OUT);
		}
	}
	CU_ASSERT_TRUE(n >= 490);
	CU_ASSERT_TRUE(n <= 510);
	/* Known flows and other subscribers are not limited. */
	for (unsigned int i = 0; i < 40; i++)
		fx_map_udp(fx, H2, (uint16_t)(5000 + i));
	for (unsigned int i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(fx_udp_out(fx, H1, 4999, P1, 53)->port, FX_OUTSIDE);
	fx_free(fx);
}

/* A-RES-4: sessions of a subscriber. */
static void
sessions_of_a_subscriber_are_limited(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].sessions_max = 20;
	fx_start(fx);
	fx_connect(fx, H1, 5000, P1, 80);
	for (unsigned int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 5000, P2, (uint16_t)(1000 + i), SYN)->port,
				FX_OUTSIDE);
	fx_tcp_out(fx, H1, 5000, P2, 2000, SYN);
	FX_REFUSED(fx, CGN_V_SUB_SESSIONS, 3, 1);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 5000, P2, 1003, SYN)->port, FX_OUTSIDE);
	fx_connect(fx, H2, 5000, P1, 80);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H2, 5000, P2, 80, SYN)->port, FX_OUTSIDE);
	fx_free(fx);
}

/* A-RES-4, A-RES-1: the table of sessions; what is in it lives. */
static void
full_session_table_refuses_and_evicts_nothing(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->conf.nat.sessions_max = 30;
	fx_start(fx);
	x = fx_connect(fx, H1, 5000, P1, 80);
	for (unsigned int i = 0; i < 30; i++)
		fx_connect(fx, H1, 5000, P2, (uint16_t)(1000 + i));
	fx_tcp_out(fx, H1, 5000, P2, 2000, SYN);
	FX_REFUSED(fx, CGN_V_SESSIONS_FULL, 3, 1);
	for (unsigned int i = 0; i < 30; i++)
		FX_PKT(fx_tcp_in(fx, P2, (uint16_t)(1000 + i), x.addr, x.port, RTE_TCP_ACK_FLAG),
				FX_INSIDE, P2, 1000 + i, H1, 5000);
	fx_free(fx);
}

/* A-RES-4: SYNs from outside cannot take what the inside needs for ever. */
static void
syns_from_outside_are_limited_and_expire(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->groups[0].sessions_max = 20;
	fx_start(fx);
	x = fx_connect(fx, H1, 5000, P1, 80);
	for (unsigned int i = 0; i < 100; i++)
		fx_tcp_in(fx, P2, (uint16_t)(1000 + i), x.addr, x.port, SYN);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 10);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SUB_SESSIONS), 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SESSIONS_EVICTED), 90);
	FX_PKT(fx_tcp_in(fx, P1, 80, x.addr, x.port, RTE_TCP_ACK_FLAG), FX_INSIDE, P1, 80, H1,
			5000);
	/* The inside may have all of it: nobody has proved anything. */
	for (unsigned int i = 0; i < 20; i++)
		fx_connect(fx, H1, 5000, "203.0.113.99", (uint16_t)(1000 + i));
	fx_tcp_in(fx, P2, 3000, x.addr, x.port, SYN);
	FX_DROPPED(fx, CGN_V_SUB_SESSIONS);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 20);
	fx_advance_s(fx, 8000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
	fx_free(fx);
}

/* A-RES-5: an outbound flood leaves the reserve for leases, which ends at leases_max. */
static void
leases_have_a_reserve(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;
	unsigned int n = 0;

	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->groups[0].leases_reserve = 8;
	fx->groups[0].leases_max = 8;
	fx->pools[0].port_min = 10240;
	fx_start(fx);
	for (unsigned int i = 0; i < 100; i++) {
		fx_udp_out(fx, H1, (uint16_t)(5000 + i), P1, 53);
		n += (unsigned int)fx_rose(fx, CGN_V_OUT);
	}
	CU_ASSERT_EQUAL(n, 56);
	for (unsigned int i = 0; i < 8; i++) {
		x = (struct fx_ep){ .port = 0 };
		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, (uint16_t)(80 + i), &x, 600), 0);
	}
	x = (struct fx_ep){ .port = 0 };
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 99, &x, 600), -EDQUOT);
	/* Renewing what is there never fails for the limit. */
	x = (struct fx_ep){ .port = 0 };
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 80, &x, 600), 0);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H2, 99, &x, 600), 0);
	fx_free(fx);
}

/* A-RES-1: a device that takes no frames loses them counted, and nothing else. */
static void
full_device_loses_frames_counted(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx->tx_room = 0;
	fx_udp_out(fx, H1, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_TX_FULL);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	fx->tx_room = UINT16_MAX;
	FX_PKT(fx_udp_out(fx, H1, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
	fx_free(fx);
}

/* A-RES-1: so does a full queue between workers. */
static void
full_handover_queue_loses_packets_counted(void)
{
	struct fx *fx = fx_default();
	unsigned int lost = 0, passed = 0;

	fx->handover_room = 0;
	for (unsigned int i = 0; i < 40; i++) {
		fx_udp_out(fx, H1, 5000, P1, 53);
		lost += (unsigned int)fx_rose(fx, CGN_V_HANDOVER_FULL);
		passed += (unsigned int)fx_rose(fx, CGN_V_OUT);
	}
	CU_ASSERT_EQUAL(passed, 40 / fx->n_workers);
	CU_ASSERT_EQUAL(passed + lost, 40);
	fx->handover_room = UINT_MAX;
	fx_map_udp(fx, H1, 5000);
	fx_free(fx);
}

/* A-RES-4: packets for cgnd itself are limited by their source. */
static void
punts_of_a_source_are_limited(void)
{
	struct fx *fx = fx_default();
	unsigned int n = 0;

	for (unsigned int i = 0; i < 1000 * fx->n_workers; i++) {
		fx_ping_out(fx, H1, "100.64.0.1", 7);
		n += fx->n_punted;
	}
	CU_ASSERT_TRUE(n >= 32);
	CU_ASSERT_TRUE(n <= 100 * fx->n_workers);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_PUNT_RATE) + n, 1000 * fx->n_workers);
	/* Others are heard. */
	fx_ping_out(fx, H2, "100.64.0.1", 7);
	FX_DROPPED(fx, CGN_V_LOCAL);
	fx->punt_full = true;
	fx_ping_out(fx, H2, "100.64.0.1", 7);
	FX_DROPPED(fx, CGN_V_PUNT_FULL);
	fx_free(fx);
}

/* A-RES-4: forged sources outside leave room in the queue for what subscribers ask. */
static void
punts_of_the_outside_are_limited_over_all_sources(void)
{
	struct fx *fx = fx_new();
	unsigned int n = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 10000; i++) {
		char src[INET_ADDRSTRLEN];

		snprintf(src, sizeof(src), "9.1.%u.%u", i >> 8, i & 0xff);
		fx_outside(fx, pg_udp(fx->mp, src, 5000, "192.0.2.2", 7, 8));
		n += fx->n_punted;
	}
	CU_ASSERT_TRUE(n >= 1000);
	CU_ASSERT_TRUE(n <= 4096 + 64);
	fx_inside(fx, pg_udp(fx->mp, H1, 5000, "100.64.0.1", 5351, 2));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(mapping_above_the_limit_is_refused_and_nothing_evicted),
	CU_TEST_ROW(mapping_above_the_blocks_is_refused_and_nothing_evicted),
	CU_TEST_ROW(full_mapping_table_refuses_and_evicts_nothing),
	CU_TEST_ROW(full_pool_refuses_and_evicts_nothing),
	CU_TEST_ROW(refused_sender_gets_a_soft_error),
	CU_TEST_ROW(soft_errors_are_rate_limited),
	CU_TEST_ROW(refusals_are_counted),
	CU_TEST_ROW(rate_of_new_mappings_is_limited),
	CU_TEST_ROW(sessions_of_a_subscriber_are_limited),
	CU_TEST_ROW(full_session_table_refuses_and_evicts_nothing),
	CU_TEST_ROW(syns_from_outside_are_limited_and_expire),
	CU_TEST_ROW(leases_have_a_reserve),
	CU_TEST_ROW(full_device_loses_frames_counted),
	CU_TEST_ROW(full_handover_queue_loses_packets_counted),
	CU_TEST_ROW(punts_of_a_source_are_limited),
	CU_TEST_ROW(punts_of_the_outside_are_limited_over_all_sources),
};

CU_MAIN("scn_resources", tests)
