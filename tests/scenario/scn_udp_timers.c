/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

static bool
is_reachable(struct fx *fx, const struct fx_ep *x)
{
	return fx_udp_in(fx, P2, 9, x->addr, x->port)->left;
}

/* A-UDP-1: five minutes by default, RFC 4787 REQ-5. */
static void
idle_mapping_lives_for_300_s(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_advance_s(fx, 119);
	CU_ASSERT_TRUE(is_reachable(fx, &x));
	fx_advance_s(fx, 180);
	CU_ASSERT_TRUE(is_reachable(fx, &x));
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(is_reachable(fx, &x));
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_free(fx);
}

/* A-UDP-1: the configured time, never early. */
static void
idle_mapping_lives_for_the_configured_time(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.timeouts.udp_s = 120;
	fx_start(fx);
	for (unsigned int phase = 0; phase < CGN_TICK_HZ; phase++) {
		struct fx_ep x = fx_map_udp(fx, H1, (uint16_t)(5000 + phase));

		fx_advance_s(fx, 120 - 1.0 / CGN_TICK_HZ);
		CU_ASSERT_TRUE(is_reachable(fx, &x));
		fx_advance_s(fx, 1 + 1.0 / CGN_TICK_HZ);
		CU_ASSERT_FALSE(is_reachable(fx, &x));
		fx_advance_s(fx, 1.0 / CGN_TICK_HZ);
	}
	fx_free(fx);
}

/* A-UDP-3: outbound packets refresh, RFC 4787 REQ-6. */
static void
outbound_packets_keep_a_mapping(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int t = 0; t < 900; t += 200) {
		fx_advance_s(fx, 200);
		FX_PKT(fx_udp_out(fx, H1, 5000, P2, 7), FX_OUTSIDE, x.addr, x.port, P2, 7);
	}
	fx_advance_s(fx, 299);
	CU_ASSERT_TRUE(is_reachable(fx, &x));
	fx_free(fx);
}

/* A-UDP-4: inbound packets alone do not, by default. */
static void
inbound_packets_do_not_keep_a_mapping(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int t = 0; t < 280; t += 20) {
		fx_advance_s(fx, 20);
		CU_ASSERT_TRUE(is_reachable(fx, &x));
	}
	fx_advance_s(fx, 21);
	CU_ASSERT_FALSE(is_reachable(fx, &x));
	fx_free(fx);
}

/* A-UDP-4: they do where configured, RFC 4787 REQ-6a. */
static void
inbound_packets_keep_a_mapping_when_configured(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->conf.nat.inbound_refresh = true;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	for (unsigned int t = 0; t < 900; t += 200) {
		fx_advance_s(fx, 200);
		CU_ASSERT_TRUE(is_reachable(fx, &x));
	}
	fx_free(fx);
}

/* A-UDP-4: a packet that the filter refuses never keeps anything, RFC 7857 section 7. */
static void
filtered_packets_keep_nothing(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->conf.nat.inbound_refresh = true;
	fx->conf.nat.filtering[CGN_PROTO_UDP] = CGN_FILTERING_AD;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	for (unsigned int t = 0; t < 290; t += 10) {
		fx_advance_s(fx, 10);
		fx_udp_in(fx, P2, 9, x.addr, x.port);
		FX_DROPPED(fx, CGN_V_FILTERED);
	}
	fx_advance_s(fx, 11);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	fx_free(fx);
}

/* A-UDP-5, A-ICE-7: errors that the inside sends about inbound packets do not refresh. */
static void
outbound_icmp_errors_do_not_keep_a_mapping(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int t = 0; t < 240; t += 60) {
		struct rte_mbuf *about;

		fx_advance_s(fx, 60);
		CU_ASSERT_TRUE(is_reachable(fx, &x));
		about = pg_udp(fx->mp, P2, 9, H1, 5000, 32);
		fx_inside(fx, pg_icmp_error(fx->mp, H1, P2, 3, 3, 0, about, 60));
		rte_pktmbuf_free(about);
		CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
		CU_ASSERT_EQUAL(fx_first(fx)->icmp_code, 3);
	}
	fx_advance_s(fx, 61);
	CU_ASSERT_FALSE(is_reachable(fx, &x));
	fx_free(fx);
}

/* A-UDP-6: a lease lives by its lifetime, not by the idle timer, RFC 6886 section 3.3. */
static void
lease_lives_for_its_lifetime(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 }, y = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 600), 0);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 6000, &y, 30), 0);
	fx_advance_s(fx, 29);
	CU_ASSERT_TRUE(is_reachable(fx, &y));
	fx_advance_s(fx, 2);
	/* Shorter than the idle timer as well. */
	CU_ASSERT_FALSE(is_reachable(fx, &y));
	fx_advance_s(fx, 559);
	CU_ASSERT_TRUE(is_reachable(fx, &x));
	fx_advance_s(fx, 11);
	CU_ASSERT_FALSE(is_reachable(fx, &x));
	fx_free(fx);
}

/* A-UDP-6: renewing moves the end; traffic does not shorten it. */
static void
renewed_lease_lives_on(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 }, y;

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 100), 0);
	for (unsigned int i = 0; i < 5; i++) {
		fx_advance_s(fx, 90);
		y = (struct fx_ep){ .port = 0 };
		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &y, 100), 0);
		CU_ASSERT_EQUAL(y.port, x.port);
	}
	fx_advance_s(fx, 99);
	CU_ASSERT_TRUE(is_reachable(fx, &x));
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(is_reachable(fx, &x));
	fx_free(fx);
}

/* A-UDP-6: traffic does not extend a lease, RFC 6886 section 3.4. */
static void
lease_in_use_ends_on_time(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 100), 0);
	fx_advance_s(fx, 99);
	FX_PKT(fx_udp_out(fx, H1, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
	CU_ASSERT_TRUE(is_reachable(fx, &x));
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(is_reachable(fx, &x));
	fx_free(fx);
}

#define LEASES 100

/* A-UDP-7: exact to a second at the end of a lease, never early. */
static void
hundred_leases_end_on_time(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x[LEASES];
	cgn_tick end[LEASES], last = 0;

	for (unsigned int i = 0; i < LEASES; i++) {
		const char *h = i < LEASES / 2 ? H1 : K1;

		x[i] = (struct fx_ep){ .port = 0 };
		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, h, (uint16_t)(5000 + i), &x[i], 60 + i),
				0);
		end[i] = fx->now + cgn_ticks(60 + i);
		last = end[i];
		fx_advance_s(fx, 5.0 / CGN_TICK_HZ);
	}
	while (fx->now != last + CGN_TICK_HZ + 1) {
		fx_advance_s(fx, 1.0 / CGN_TICK_HZ);
		for (unsigned int i = 0; i < LEASES; i++) {
			if (fx->now + 1 == end[i])
				CU_ASSERT_TRUE(is_reachable(fx, &x[i]));
			if (fx->now == end[i] + CGN_TICK_HZ)
				CU_ASSERT_FALSE(is_reachable(fx, &x[i]));
		}
	}
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(idle_mapping_lives_for_300_s),
	CU_TEST_ROW(idle_mapping_lives_for_the_configured_time),
	CU_TEST_ROW(outbound_packets_keep_a_mapping),
	CU_TEST_ROW(inbound_packets_do_not_keep_a_mapping),
	CU_TEST_ROW(inbound_packets_keep_a_mapping_when_configured),
	CU_TEST_ROW(filtered_packets_keep_nothing),
	CU_TEST_ROW(outbound_icmp_errors_do_not_keep_a_mapping),
	CU_TEST_ROW(lease_lives_for_its_lifetime),
	CU_TEST_ROW(renewed_lease_lives_on),
	CU_TEST_ROW(lease_in_use_ends_on_time),
	CU_TEST_ROW(hundred_leases_end_on_time),
};

CU_MAIN("scn_udp_timers", tests)
