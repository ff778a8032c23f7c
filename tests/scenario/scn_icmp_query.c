/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/dpdk_compat.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <string.h>

static struct fx_ep
ping(struct fx *fx, const char *h, const char *p, uint16_t id)
{
	const struct fx_pkt *o = fx_ping_out(fx, h, p, id);
	struct fx_ep x = { .port = o->sport };

	CU_ASSERT_EQUAL(o->port, FX_OUTSIDE);
	memcpy(x.addr, o->src, sizeof(x.addr));
	return x;
}

/* A-ICQ-1: identifier and checksum are rewritten, both ways, RFC 5508 REQ-1. */
static void
hosts_with_one_identifier_get_their_own_answers(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = ping(fx, H1, P1, 7), y = ping(fx, H2, P1, 7);

	CU_ASSERT_FALSE(strcmp(x.addr, y.addr) == 0 && x.port == y.port);
	FX_PKT(fx_pong_in(fx, P1, y.addr, y.port), FX_INSIDE, P1, 7, H2, 7);
	FX_PKT(fx_pong_in(fx, P1, x.addr, x.port), FX_INSIDE, P1, 7, H1, 7);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, RTE_ICMP_TYPE_ECHO_REPLY);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 32, 0));
	fx_free(fx);
}

/* A-ICQ-2: 60 s, RFC 5508 REQ-2. */
static void
query_session_lives_for_60_s(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = ping(fx, H1, P1, 7);

	fx_advance_s(fx, 59);
	FX_PKT(fx_pong_in(fx, P1, x.addr, x.port), FX_INSIDE, P1, 7, H1, 7);
	fx_advance_s(fx, 2);
	fx_pong_in(fx, P1, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_free(fx);
}

/* A-ICQ-2: configurable, RFC 5508 REQ-2a. */
static void
query_session_timer_is_configurable(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->conf.nat.timeouts.icmp_s = 100;
	fx_start(fx);
	x = ping(fx, H1, P1, 7);
	fx_advance_s(fx, 99);
	CU_ASSERT_TRUE(fx_pong_in(fx, P1, x.addr, x.port)->left);
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(fx_pong_in(fx, P1, x.addr, x.port)->left);
	fx_free(fx);
}

/* A-ICQ-3: the identifier stays the same while a ping runs. */
static void
identifier_is_kept_while_a_ping_runs(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = ping(fx, H1, P1, 7);

	for (unsigned int i = 0; i < 100; i++) {
		fx_advance_s(fx, i % 10 == 0 ? 59 : 1);
		CU_ASSERT_EQUAL(ping(fx, H1, P1, 7).port, x.port);
	}
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_ICMP), 1);
	fx_free(fx);
}

/* A-ICQ-4: echo, timestamp and address mask pass, RFC 5508 REQ-10 and -11. */
static void
queries_with_an_identifier_pass_both_ways(void)
{
	static const uint8_t types[][2] = { { 8, 0 }, { 13, 14 }, { 17, 18 } };
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		const struct fx_pkt *o = fx_inside(fx,
				pg_icmp_query(fx->mp, H1, P1, types[i][0], (uint16_t)(40 + i), 12));
		struct fx_ep x = { .port = o->sport };

		CU_ASSERT_EQUAL(o->port, FX_OUTSIDE);
		CU_ASSERT_EQUAL(o->icmp_type, types[i][0]);
		memcpy(x.addr, o->src, sizeof(x.addr));
		o = fx_outside(fx, pg_icmp_query(fx->mp, P1, x.addr, types[i][1], x.port, 12));
		FX_PKT(o, FX_INSIDE, P1, 40 + i, H1, 40 + i);
		CU_ASSERT_EQUAL(o->icmp_type, types[i][1]);
	}
	fx_free(fx);
}

/* A-ICQ-4: source quench, redirect, router discovery, information request do not. */
static void
other_types_are_dropped(void)
{
	static const uint8_t types[] = { 4, 5, 9, 10, 15, 16, 30, 40, 255 };
	struct fx *fx = fx_default();
	struct fx_ep x = ping(fx, H1, P1, 7);

	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		fx_inside(fx, pg_icmp_query(fx->mp, H1, P1, types[i], 7, 28));
		FX_DROPPED(fx, CGN_V_ICMP_TYPE);
		fx_outside(fx, pg_icmp_query(fx->mp, P1, x.addr, types[i], x.port, 28));
		FX_DROPPED(fx, CGN_V_ICMP_TYPE);
	}
	fx_free(fx);
}

/* A-ICQ-1: a reply from inside makes nothing, a request from outside goes to nobody. */
static void
replies_and_requests_the_wrong_way_round_are_dropped(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x;

	fx_inside(fx, pg_icmp_query(fx->mp, H1, P1, RTE_ICMP_TYPE_ECHO_REPLY, 7, 32));
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_ICMP), 0);
	x = ping(fx, H1, P1, 7);
	fx_outside(fx, pg_icmp_query(fx->mp, P1, x.addr, RTE_ICMP_TYPE_ECHO_REQUEST, x.port, 32));
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_free(fx);
}

/* A-ICQ-5: echo to cgnd's own addresses is for the control thread. */
static void
echo_to_own_addresses_is_punted(void)
{
	struct fx *fx = fx_default();

	fx_ping_out(fx, H1, "100.64.0.1", 7);
	FX_DROPPED(fx, CGN_V_LOCAL);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_outside(fx, pg_icmp_query(fx->mp, P1, "192.0.2.2", RTE_ICMP_TYPE_ECHO_REQUEST, 7, 32));
	FX_DROPPED(fx, CGN_V_LOCAL);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].src, P1);
	fx_free(fx);
}

/* A-ICQ-5: pool addresses answer where configured. */
static void
echo_to_pool_addresses_is_answered_when_configured(void)
{
	struct fx *fx = fx_new();
	const struct fx_pkt *p;

	fx->conf.nat.pool_echo = true;
	fx_start(fx);
	p = fx_outside(fx, pg_icmp_query(fx->mp, P1, "198.51.100.9", 8, 7, 32));
	FX_PKT(p, FX_OUTSIDE, "198.51.100.9", 7, P1, 7);
	CU_ASSERT_EQUAL(p->icmp_type, RTE_ICMP_TYPE_ECHO_REPLY);
	CU_ASSERT_EQUAL(p->ttl, 64);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 32, 0));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_LOCAL), 1);
	fx_free(fx);
	fx = fx_default();
	fx_outside(fx, pg_icmp_query(fx->mp, P1, "198.51.100.9", 8, 7, 32));
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_free(fx);
}

/* A-ICQ-6: identifiers count to the limit like ports, RFC 6888 REQ-4. */
static void
identifiers_count_to_the_limit_of_the_subscriber(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].mappings_max = 10;
	fx_start(fx);
	for (unsigned int i = 0; i < 10; i++)
		ping(fx, H1, P1, (uint16_t)(100 + i));
	fx_ping_out(fx, H1, P1, 200);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	fx_udp_out(fx, H1, 5000, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	ping(fx, H2, P1, 200);
	ping(fx, H1, P2, 105);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(hosts_with_one_identifier_get_their_own_answers),
	CU_TEST_ROW(query_session_lives_for_60_s),
	CU_TEST_ROW(query_session_timer_is_configurable),
	CU_TEST_ROW(identifier_is_kept_while_a_ping_runs),
	CU_TEST_ROW(queries_with_an_identifier_pass_both_ways),
	CU_TEST_ROW(other_types_are_dropped),
	CU_TEST_ROW(replies_and_requests_the_wrong_way_round_are_dropped),
	CU_TEST_ROW(echo_to_own_addresses_is_punted),
	CU_TEST_ROW(echo_to_pool_addresses_is_answered_when_configured),
	CU_TEST_ROW(identifiers_count_to_the_limit_of_the_subscriber),
};

CU_MAIN("scn_icmp_query", tests)
