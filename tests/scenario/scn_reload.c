/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Reloads as a worker sees them: one after another, with several workers. A configuration that was
 * replaced at all workers does not exist any more: its memory is taken away.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_reload.h"

#include <stdio.h>
#include <string.h>

#define SYN     RTE_TCP_SYN_FLAG
#define ACK     RTE_TCP_ACK_FLAG
#define RELOADS 4

/* The k-th subscriber of a worker. */
static const char *
host_of(const struct fx *fx, unsigned int worker, unsigned int k)
{
	static char text[8][16];
	static unsigned int turn;
	char *t = text[turn++ % 8];

	for (unsigned int i = 1; i < 255; i++) {
		snprintf(t, sizeof(text[0]), "100.64.77.%u", i);
		if (fx_owner(fx, t) == worker && k-- == 0)
			break;
	}
	return t;
}

/* Everything that reads the configuration, at one worker. */
static void
use_all(struct fx *fx, unsigned int worker, uint16_t port)
{
	const char *h = host_of(fx, worker, 0), *k = host_of(fx, worker, 1);
	struct fx_ep x = fx_map_udp(fx, h, port), y = fx_map_udp(fx, k, port), l = { .port = 0 };
	struct rte_mbuf *m = pg_udp(fx->mp, h, port, P1, 53, 2000), *part[2];

	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, h, port);
	FX_PKT(fx_udp_out(fx, h, port, y.addr, y.port), FX_INSIDE, x.addr, x.port, k, port);
	fx_connect(fx, h, port, P1, 80);
	fx_connect(fx, h, port, P2, 80);
	CU_ASSERT_TRUE(fx_ping_out(fx, h, P1, port)->left);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, h, (uint16_t)(port + 100), &l, 30), 0);
	FX_PKT(fx_tcp_in(fx, P1, 7, l.addr, l.port, SYN), FX_INSIDE, P1, 7, h,
			(uint16_t)(port + 100));
	fx_tcp_in(fx, P1, 7, l.addr, 2, SYN);
	FX_DROPPED(fx, CGN_V_SYN_HELD);
	CU_ASSERT_EQUAL(pg_fragment(fx->mp, m, 1500, part, 2), 2);
	rte_pktmbuf_free(m);
	fx_inside(fx, part[1]);
	CU_ASSERT_TRUE(fx_inside(fx, part[0])->left);
	m = pg_udp(fx->mp, h, port, P1, 53, 8);
	pg_ip(m)->time_to_live = 1;
	pg_fix(m);
	CU_ASSERT_EQUAL(fx_inside(fx, m)->icmp_type, 11);
	fx_tcp_out(fx, h, (uint16_t)(port + 300), "10.99.0.1", 80, SYN);
	fx_inside(fx, pg_udp(fx->mp, "172.16.0.1", 1, P1, 53, 8));
	FX_DROPPED(fx, CGN_V_NOT_SUBSCRIBER);
}

/* A-MAP-7: the second and every later reload, used by every worker. */
static void
replaced_configurations_are_not_read_any_more(void)
{
	struct fx *fx = fx_new();
	struct fx_copy *now = NULL;

	fx->drain_s = 20000;
	fx_start(fx);
	fx->groups[0].mappings_max = 1000;
	for (unsigned int i = 0; i < RELOADS; i++) {
		for (unsigned int w = 0; w < fx->n_workers; w++)
			use_all(fx, w, (uint16_t)(5000 + 10 * i));
		fx_reload_copy(fx, &now);
		for (unsigned int w = 0; w < fx->n_workers; w++)
			use_all(fx, w, (uint16_t)(5005 + 10 * i));
		fx_advance_s(fx, 35);
		FX_BOOKS(fx);
	}
	fx_free(fx);
	fx_copy_free(now);
}

/* What a reload changes, and how it shows; even reloads have the value of the start. */
static void
check_limits(struct fx *fx, unsigned int w, bool is_changed, uint16_t port)
{
	const char *h = host_of(fx, w, 2), *k = host_of(fx, w, 3);
	struct fx_ep x = fx_map_udp(fx, h, port), y = fx_map_udp(fx, k, port), l = { .port = 0 };
	unsigned int n;

	/* Filters of UDP and TCP. */
	fx_udp_in(fx, P2, 9, x.addr, x.port);
	CU_ASSERT_EQUAL(fx_first(fx)->left, !is_changed);
	/* Hairpins. */
	fx_udp_out(fx, h, port, y.addr, y.port);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_HAIRPIN_OFF), is_changed ? 1 : 0);
	/* Leases of a subscriber. */
	for (n = 0; n < 20; n++) {
		l = (struct fx_ep){ .port = 0 };
		if (fx_lease(fx, CGN_PROTO_UDP, h, (uint16_t)(20000 + n), &l, 20) != 0)
			break;
	}
	CU_ASSERT_EQUAL(n, is_changed ? 3 : 10);
	/* Mappings of a subscriber: the first one and the leases count, too. */
	for (n = 0; n < 100; n++) {
		if (fx_ping_out(fx, h, P1, (uint16_t)(30000 + n))->port != FX_OUTSIDE)
			break;
	}
	CU_ASSERT_EQUAL(n, is_changed ? 20 - 1 - 3 : 30 - 1 - 10);
	/* Further sessions of a subscriber. */
	fx_tcp_out(fx, k, port, P1, 80, SYN);
	for (n = 0; n < 100; n++) {
		if (fx_tcp_out(fx, k, port, P2, (uint16_t)(100 + n), SYN)->port != FX_OUTSIDE)
			break;
	}
	/* The filter of the datagram to P1 and of the refused hairpin's target is one of them. */
	CU_ASSERT_EQUAL(n, is_changed ? 4 : 8);
	/* SYNs that nobody waits for. */
	fx_tcp_in(fx, P1, 7, x.addr, 2, SYN);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SYN_HELD), is_changed ? 0 : 1);
	FX_BOOKS(fx);
	fx_advance_s(fx, 22);
	/* Timers. */
	fx_advance_s(fx, 40);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->left, !is_changed);
	fx_advance_s(fx, 60);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	/* The ports are held for another time. */
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD) == 0, is_changed);
	fx_advance_s(fx, 400);
}

static void
set_limits(struct fx *fx, bool is_changed)
{
	struct cgn_conf_nat *nat = &fx->conf.nat;

	nat->filtering[CGN_PROTO_UDP] = is_changed ? CGN_FILTERING_APD : CGN_FILTERING_EI;
	nat->hairpin = !is_changed;
	nat->syn_unreachable = !is_changed;
	nat->hold_down_s = is_changed ? 5 : 120;
	nat->timeouts.udp_s = is_changed ? 50 : 100;
	nat->timeouts.tcp_opening_s = 30;
	fx->groups[0].leases_max = is_changed ? 3 : 10;
	fx->groups[0].mappings_max = is_changed ? 20 : 30;
	fx->groups[0].sessions_max = is_changed ? 5 : 8;
}

/* A-MAP-7: every reload counts at every worker, there and back again. */
static void
limits_follow_every_reload_at_every_worker(void)
{
	struct fx *fx = fx_new();
	struct fx_copy *now = NULL;

	set_limits(fx, false);
	fx_start(fx);
	for (unsigned int i = 0; i < RELOADS; i++) {
		for (unsigned int w = 0; w < fx->n_workers; w++)
			check_limits(fx, w, i % 2 == 1, 5000);
		set_limits(fx, i % 2 == 0);
		fx_reload_copy(fx, &now);
	}
	fx_free(fx);
	fx_copy_free(now);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(replaced_configurations_are_not_read_any_more),
	CU_TEST_ROW(limits_follow_every_reload_at_every_worker),
};

CU_MAIN("scn_reload", tests)
