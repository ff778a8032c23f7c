/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/context.h"
#include "dataplane/engine/tunnel.h"
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <rte_arp.h>

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

/* --- floods of invented senders ------------------------------------------------------------- */

#define GATEWAY R1

/* An ARP request for cgnd's address from a station. */
static struct rte_mbuf *
arp_of(struct fx *fx, uint32_t station, const char *sender)
{
	struct rte_mbuf *m = pg_arp(fx->mp, RTE_ARP_OP_REQUEST, sender, "100.64.0.1");
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	memcpy(eth->src_addr.addr_bytes + 2, &station, sizeof(station));
	return m;
}

/* A frame of each of many stations at once. @return how many go to the control thread */
static unsigned int
flood_link(struct fx *fx, unsigned int port, unsigned int n)
{
	unsigned int taken = 0;

	for (unsigned int i = 0; i < n; i++) {
		fx_rx(fx, port, arp_of(fx, i, H1));
		taken += fx->n_punted;
	}
	return taken;
}

static bool
is_taken(struct fx *fx, unsigned int port, struct rte_mbuf *m)
{
	fx_rx(fx, port, m);
	return fx->n_punted == 1;
}

/* D-LIM-3: what invented stations of a port may send to the control thread has a bound. */
static void
frames_of_invented_stations_are_bounded(void)
{
	struct fx *fx = fx_new();
	unsigned int taken = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int tick = 0; tick < 2 * CGN_TICK_HZ; tick++) {
		taken += flood_link(fx, FX_INSIDE, 10000);
		fx_advance_s(fx, 1.0 / CGN_TICK_HZ);
	}
	CU_ASSERT_TRUE(taken > 4096);
	CU_ASSERT_TRUE(taken <= 3 * 4096);
	fx_free(fx);
}

/* D-LIM-3: they take nothing from neighbours, from awaited answers, from other ports or from requests. */
static void
invented_stations_keep_nobody_else_out(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET,
		.u.neigh = { .addr.ip4 = pg_addr(K1), .port = FX_INSIDE } };
	struct fx *fx = fx_new();
	struct cgn_evt reply;

	fx->single_worker = true;
	fx->no_resolve = true;
	fx->any_mac = true;
	fx_use_inside2(fx);
	fx_start(fx);
	memcpy(cmd.u.neigh.mac, &pg_mac_peer, 6);
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	fx_udp_out(fx, K1, 5000, P1, 53); /* waits for the gateway's address */
	flood_link(fx, FX_INSIDE, 300000);
	flood_link(fx, FX_OUTSIDE, 300000);
	CU_ASSERT_FALSE(is_taken(fx, FX_INSIDE, arp_of(fx, 7, H2)));
	CU_ASSERT_TRUE(is_taken(fx, FX_INSIDE, pg_arp(fx->mp, 1, K1, "100.64.0.1")));
	CU_ASSERT_TRUE(is_taken(fx, FX_OUTSIDE, pg_arp(fx->mp, 2, GATEWAY, "192.0.2.2")));
	CU_ASSERT_TRUE(is_taken(fx, FX_INSIDE2, arp_of(fx, 7, L1)));
	CU_ASSERT_TRUE(is_taken(fx, FX_INSIDE, pg_udp(fx->mp, K1, 5000, "100.64.0.1", 5351, 2)));
	/* The known address of another station proves nothing. */
	CU_ASSERT_FALSE(is_taken(fx, FX_INSIDE, arp_of(fx, 7, K1)));
	/* A newcomer is heard when the limit has room again. */
	fx_advance_s(fx, 1.0 / CGN_TICK_HZ);
	CU_ASSERT_TRUE(is_taken(fx, FX_INSIDE, arp_of(fx, 7, H2)));
	fx_free(fx);
}

/* D-LIM-3: of a few stations that send without end, each has its share and leaves room for a newcomer. */
static void
few_stations_leave_room_for_a_newcomer(void)
{
	struct fx *fx = fx_new();
	unsigned int taken = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 2000; i++)
		taken += is_taken(fx, FX_INSIDE, arp_of(fx, 1, H1));
	CU_ASSERT_TRUE(taken >= 64);
	CU_ASSERT_TRUE(taken <= 256);
	CU_ASSERT_TRUE(is_taken(fx, FX_INSIDE, arp_of(fx, 7, H2)));
	fx_free(fx);
}

/* An advertisement for a target, from a link-local address. */
static struct rte_mbuf *
advertisement_of(struct fx *fx, const char *target)
{
	struct rte_mbuf *m = pg_ip6(fx->mp, IPPROTO_ICMPV6, 24);
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH);
	const struct cgn_ip6 a[] = { wx_addr("fe80::2"), wx_addr("2001:db8:1::1"),
		wx_addr(target) };

	memcpy(ip + 8, &a[0], 16);
	memcpy(ip + 24, &a[1], 16);
	ip[7] = 255;
	ip[40] = 136;
	memcpy(ip + 48, &a[2], 16);
	return m;
}

/* D-LIM-3: the same of neighbour discovery: an advertisement is of the neighbour that it is about. */
static void
advertisement_of_a_known_neighbour_is_heard_in_a_flood(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET,
		.u.neigh = { .addr = { .ip6 = wx_addr("2001:db8:1::2"), .is_ip6 = true },
				.port = FX_INSIDE } };
	struct fx *fx = wx_aftr();
	struct cgn_evt reply;

	fx->single_worker = true;
	fx->any_mac = true;
	fx_start(fx);
	memcpy(cmd.u.neigh.mac, &pg_mac_peer, 6);
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	flood_link(fx, FX_INSIDE, 1000);
	CU_ASSERT_FALSE(is_taken(fx, FX_INSIDE, advertisement_of(fx, "2001:db8:1::3")));
	CU_ASSERT_TRUE(is_taken(fx, FX_INSIDE, advertisement_of(fx, "2001:db8:1::2")));
	fx_free(fx);
}

/* D-LIM-3, kind of the above: forged sources outside take no share of a subscriber. */
static void
invented_hosts_outside_take_no_share_of_subscribers(void)
{
	struct fx *fx = fx_new();
	char src[INET_ADDRSTRLEN];

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 150000; i++) {
		snprintf(src, sizeof(src), "9.%u.%u.%u", i >> 16, i >> 8 & 0xff, i & 0xff);
		fx_outside(fx, pg_udp(fx->mp, src, 5000, "192.0.2.2", 7, 8));
	}
	CU_ASSERT_TRUE(is_taken(fx, FX_INSIDE, pg_udp(fx->mp, H1, 5000, "100.64.0.1", 5351, 2)));
	fx_free(fx);
}

/* D-LIM-3: hosts outside that are told something take no share of a subscriber's answers. */
static void
invented_hosts_outside_take_no_answers_of_subscribers(void)
{
	struct fx *fx = fx_new();
	char src[INET_ADDRSTRLEN];
	struct rte_mbuf *m;
	struct fx_ep x;

	fx->single_worker = true;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < 250000; i++) {
		snprintf(src, sizeof(src), "9.%u.%u.%u", i >> 16, i >> 8 & 0xff, i & 0xff);
		m = pg_udp(fx->mp, src, 5000, x.addr, x.port, 8);
		pg_ip(m)->time_to_live = 1;
		pg_fix(m);
		fx_outside(fx, m);
	}
	m = pg_udp(fx->mp, H1, 5000, P1, 53, 8);
	pg_ip(m)->time_to_live = 1;
	pg_fix(m);
	fx_inside(fx, m);
	FX_REFUSED(fx, CGN_V_TTL, 11, 0);
	fx_free(fx);
}

/* D-LIM-3: subscribers with the same external address have a share each of the answers to hairpins. */
static void
answers_to_hairpins_are_shared_by_subscriber(void)
{
	struct fx *fx = fx_new();
	unsigned int answers = 0;

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "192.0.2.2", "192.0.2.2"); /* cgnd's own address: it answers */
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	for (unsigned int i = 0; i < 400; i++) {
		fx_udp_out(fx, H1, 5000, "192.0.2.2", 9);
		answers += fx->n_out;
	}
	CU_ASSERT_EQUAL(answers, 125);
	fx_udp_out(fx, H2, 5000, "192.0.2.2", 9);
	FX_REFUSED(fx, CGN_V_NO_MAPPING, 3, 3);
	fx_free(fx);
}

/* A-FIL-6: stations that are invented on one port take no questions of another, however many they are. */
static void
invented_stations_take_no_questions_of_another_port(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->ports[FX_INSIDE].source_check = CGN_SOURCE_NEIGHBOUR;
	fx->any_mac = true;
	fx_use_inside2(fx);
	fx->ports[FX_INSIDE2].source_check = CGN_SOURCE_NEIGHBOUR;
	fx_start(fx);
	fx->no_resolve = true;
	for (uint32_t i = 0; i < 500000; i++) {
		struct rte_mbuf *m = pg_udp(fx->mp, K1, 5000, P1, 53, 8);
		struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

		memcpy(eth->src_addr.addr_bytes + 2, &i, sizeof(i));
		fx_inside(fx, m);
	}
	fx_udp_out(fx, L1, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_STATION_UNKNOWN);
	CU_ASSERT_EQUAL(fx->n_events, 1);
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
	CU_TEST_ROW(frames_of_invented_stations_are_bounded),
	CU_TEST_ROW(invented_stations_keep_nobody_else_out),
	CU_TEST_ROW(advertisement_of_a_known_neighbour_is_heard_in_a_flood),
	CU_TEST_ROW(few_stations_leave_room_for_a_newcomer),
	CU_TEST_ROW(invented_hosts_outside_take_no_share_of_subscribers),
	CU_TEST_ROW(invented_hosts_outside_take_no_answers_of_subscribers),
	CU_TEST_ROW(answers_to_hairpins_are_shared_by_subscriber),
	CU_TEST_ROW(invented_stations_take_no_questions_of_another_port),
	CU_TEST_ROW(many_idle_softwires_are_forgotten_in_a_minute),
	CU_TEST_ROW(idle_softwire_gives_way_in_a_full_table),
	CU_TEST_ROW(softwire_with_held_fragments_does_not_give_way),
	CU_TEST_ROW(hosts_of_a_home_share_its_punts),
	CU_TEST_ROW(addresses_of_a_subscriber_share_their_punts),
};

CU_MAIN("scn_fairness", tests)
