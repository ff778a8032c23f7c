/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine_priv.h"
#include "dataplane/tunnel.h"
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Limits that many senders have in common: one sender does not take the part of the others. */

/* D-LIM-3, D-LIM-5: a home has one share, whichever inner sources it makes up; another home is heard. */
static void
hosts_of_a_home_share_its_punts(void)
{
	struct fx *fx = wx_aftr();
	unsigned int n = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 5000; i++) {
		char src[INET_ADDRSTRLEN];

		snprintf(src, sizeof(src), "10.1.%u.%u", i >> 8, i & 0xff);
		wx_udp(fx, B1, src, 5000, "192.0.0.1", 5351);
		n += fx->n_punted;
	}
	CU_ASSERT_TRUE(n >= 32);
	CU_ASSERT_TRUE(n <= 100);
	wx_udp(fx, B2, "10.1.0.1", 5000, "192.0.0.1", 5351);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

/* D-LIM-3, D-LIM-5: a subscriber of many addresses has one share, whichever of them it sends from. */
static void
addresses_of_a_subscriber_share_their_punts(void)
{
	struct fx *fx = fx_new();
	unsigned int n = 0;

	fx->single_worker = true;
	fx->groups[0].subscriber_prefix_len = 24;
	fx_start(fx);
	for (unsigned int i = 0; i < 2000; i++) {
		char src[INET_ADDRSTRLEN];

		snprintf(src, sizeof(src), "100.64.1.%u", 2 + i % 250);
		fx_inside(fx, pg_udp(fx->mp, src, 5000, "100.64.0.1", 5351, 2));
		n += fx->n_punted;
	}
	CU_ASSERT_TRUE(n >= 32);
	CU_ASSERT_TRUE(n <= 100);
	fx_inside(fx, pg_udp(fx->mp, K1, 5000, "100.64.0.1", 5351, 2));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

/* --- the table of softwires ---------------------------------------------------------------- */

/* A home of many sends a packet that makes no subscriber. */
static void
touch_home(struct fx *fx, unsigned int i)
{
	char b4[INET6_ADDRSTRLEN];

	snprintf(b4, sizeof(b4), "2001:db8:1%02x:%x00::1", i >> 8 & 0xff, i & 0xff);
	wx_up(fx, b4, pg_udp(fx->mp, "10.0.0.1", 5000, "192.0.0.1", 9, 32));
}

/* A-RES-1: softwires end soon after their time, however many there are. */
static void
many_idle_softwires_are_forgotten_in_a_minute(void)
{
	struct fx *fx = wx_aftr();

	fx->single_worker = true;
	fx->is_flood = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 50000; i++)
		touch_home(fx, i);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 50000);
	fx_advance_s(fx, CGN_SOFTWIRE_IDLE_S - 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 50000);
	fx_advance_s(fx, 2 + CGN_SOFTWIRE_WALK_S);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 0);
	fx_free(fx);
}

/* An AFTR of one worker whose table has room for some softwires only. */
static struct fx *
aftr_with_room_for(uint32_t n)
{
	struct fx *fx = wx_aftr();

	fx->single_worker = true;
	fx_start(fx);
	fx->engines[0]->tunnel->wires.capacity = n;
	return fx;
}

static void
end_aftr(struct fx *fx)
{
	fx->engines[0]->tunnel->wires.capacity = CGN_SOFTWIRES_MAX;
	fx_free(fx);
}

/* D-LIM-3: in a full table an idle softwire that nothing needs gives way to a new home. */
static void
idle_softwire_gives_way_in_a_full_table(void)
{
	struct fx *fx = aftr_with_room_for(3);
	struct fx_ep x = wx_map(fx, B2, "10.0.0.1", 5000);

	touch_home(fx, 11);
	fx_advance_s(fx, 5);
	touch_home(fx, 12);
	fx_advance_s(fx, 4);
	/* Nothing is idle for long enough. */
	touch_home(fx, 13);
	FX_DROPPED(fx, CGN_V_SUBSCRIBERS_FULL);
	fx_advance_s(fx, 2);
	touch_home(fx, 13);
	FX_DROPPED(fx, CGN_V_LOCAL);
	/* It was the first one that went. */
	touch_home(fx, 12);
	FX_DROPPED(fx, CGN_V_LOCAL);
	touch_home(fx, 11);
	FX_DROPPED(fx, CGN_V_SUBSCRIBERS_FULL);
	/* A home with a mapping stays, however long it is silent. */
	for (unsigned int i = 24; i < 60; i++) {
		fx_advance_s(fx, 6);
		touch_home(fx, i);
	}
	WX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, B2, P1, 53, "10.0.0.1", 5000);
	end_aftr(fx);
}

/* A-RES-1: a softwire whose fragments are held stays: its number must not become another home's. */
static void
softwire_with_held_fragments_does_not_give_way(void)
{
	struct fx *fx = aftr_with_room_for(1);
	struct rte_mbuf *m = pg_udp(fx->mp, "10.0.0.1", 5000, P1, 53, 200);
	struct rte_mbuf *f[4];
	unsigned int n = wx_fragment(
			fx, wx_wrap(fx, &(struct wx_outer){ .src = B1 }, m), 128, 7, f);

	CU_ASSERT_EQUAL_FATAL(n, 2);
	fx_rx(fx, FX_INSIDE, f[0]);
	fx_advance_s(fx, 30);
	touch_home(fx, 13);
	FX_DROPPED(fx, CGN_V_SUBSCRIBERS_FULL);
	fx_rx(fx, FX_INSIDE, f[1]);
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
	end_aftr(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(many_idle_softwires_are_forgotten_in_a_minute),
	CU_TEST_ROW(idle_softwire_gives_way_in_a_full_table),
	CU_TEST_ROW(softwire_with_held_fragments_does_not_give_way),
	CU_TEST_ROW(hosts_of_a_home_share_its_punts),
	CU_TEST_ROW(addresses_of_a_subscriber_share_their_punts),
};

CU_MAIN("scn_fairness", tests)
