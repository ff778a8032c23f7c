/* SPDX-License-Identifier: BSD-3-Clause */
/* ports[].source_check: neighbour. A source on the inside link is believed from its own station only. */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define GATEWAY "100.64.0.2"
#define ROUTED  "10.1.2.3" /* behind it */

static const struct rte_ether_addr forger = { .addr_bytes = { 2, 6, 6, 6, 6, 6 } };

static void
tell(struct fx *fx, unsigned int op, const char *addr, const struct rte_ether_addr *mac)
{
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = (uint16_t)op,
			.u.neigh = { .addr.ip4 = pg_addr(addr), .port = FX_INSIDE } };
		struct cgn_evt reply;

		memcpy(cmd.u.neigh.mac, mac->addr_bytes, 6);
		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	}
}

/* H1 and H2 are known with the station that all packets of tests come from. */
static struct fx *
new_checked(void)
{
	struct fx *fx = fx_new();

	fx->ports[FX_INSIDE].source_check = CGN_SOURCE_NEIGHBOUR;
	fx->any_mac = true;
	fx_start(fx);
	tell(fx, CGN_CMD_NEIGH_SET, H1, &pg_mac_peer);
	tell(fx, CGN_CMD_NEIGH_SET, H2, &pg_mac_peer);
	return fx;
}

static struct rte_mbuf *
from_forger(struct rte_mbuf *m)
{
	rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->src_addr = forger;
	return m;
}

/* What asks for state or for an answer. */
static struct rte_mbuf *
make(struct fx *fx, unsigned int kind, const char *src)
{
	struct rte_mbuf *m;

	switch (kind) {
	case 0:
		return pg_udp(fx->mp, src, 5000, P1, 53, 32);
	case 1:
		return pg_tcp(fx->mp, src, 5000, P1, 80, RTE_TCP_SYN_FLAG, 0);
	case 2:
		return pg_udp(fx->mp, src, 5350, "100.64.0.1", 5351, 2);
	case 3:
		m = pg_udp(fx->mp, src, 5001, P1, 53, 32);
		pg_ip(m)->time_to_live = 1;
		pg_fix(m);
		return m;
	case 4: /* the first fragment of a datagram */
		m = pg_udp(fx->mp, src, 5002, P1, 53, 32);
		pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG);
		pg_fix(m);
		return m;
	default:
		return NULL;
	}
}

/* A-FIL-6, D-SEC-1 */
static void
source_of_another_station_gets_nothing(void)
{
	struct fx *fx = new_checked();
	struct rte_mbuf *m;

	for (unsigned int kind = 0; (m = make(fx, kind, H1)) != NULL; kind++) {
		fx_inside(fx, from_forger(m));
		CU_ASSERT_EQUAL(fx->n_out, 0);
		CU_ASSERT_EQUAL(fx->n_punted, 0);
		/* A packet with a TTL of one is refused for that, without an answer. */
		CU_ASSERT_EQUAL(fx_rose(fx, kind == 3 ? CGN_V_TTL : CGN_V_STATION), 1);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_ICMP_MADE), 0);
	fx_free(fx);
}

static void
source_of_its_own_station_is_served(void)
{
	struct fx *fx = new_checked();

	CU_ASSERT_TRUE(fx_inside(fx, make(fx, 0, H1))->left);
	CU_ASSERT_TRUE(fx_inside(fx, make(fx, 1, H1))->left);
	fx_inside(fx, make(fx, 2, H1));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_TRUE(fx_inside(fx, make(fx, 3, H1))->left);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, 11);
	fx_inside(fx, make(fx, 4, H1));
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 1);
	fx_advance_s(fx, 60);
	fx_free(fx);
}

/* D-SEC-1: who knows the source and port of another's mapping opens no connections by it. */
static void
connection_by_the_mapping_of_another_is_refused(void)
{
	struct fx *fx = new_checked();

	fx_connect(fx, H1, 5000, P1, 80);
	fx_inside(fx, from_forger(pg_tcp(fx->mp, H1, 5000, P2, 80, RTE_TCP_SYN_FLAG, 0)));
	FX_DROPPED(fx, CGN_V_STATION);
	fx_tcp_out(fx, H1, 5000, P2, 80, RTE_TCP_SYN_FLAG);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	fx_free(fx);
}

/* Somebody who knew cgnd's MAC address before a start is asked for, and served from then on. */
static void
unknown_source_is_asked_for(void)
{
	struct fx *fx = new_checked();

	fx->no_resolve = true;
	fx_udp_out(fx, K1, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_STATION_UNKNOWN);
	CU_ASSERT_EQUAL(fx->n_events, 1);
	CU_ASSERT_EQUAL(fx->events[0].op, CGN_EVT_NEIGH_WANTED);
	CU_ASSERT_EQUAL(fx->events[0].u.neigh.addr.ip4, pg_addr(K1));
	CU_ASSERT_EQUAL(fx->events[0].u.neigh.port, FX_INSIDE);
	fx->no_resolve = false;
	tell(fx, CGN_CMD_NEIGH_SET, K1, &pg_mac_peer);
	CU_ASSERT_TRUE(fx_udp_out(fx, K1, 5000, P1, 53)->left);
	/* It goes: its next flow is asked for again. */
	tell(fx, CGN_CMD_NEIGH_DEL, K1, &pg_mac_peer);
	fx->no_resolve = true;
	fx_udp_out(fx, K1, 5001, P1, 53);
	FX_DROPPED(fx, CGN_V_STATION_UNKNOWN);
	fx_free(fx);
}

/* A-FIL-6: a flood of forged sources makes few questions, takes no memory, and takes nothing from others. */
static void
forged_sources_make_few_questions(void)
{
	struct fx *fx = new_checked();
	unsigned int asked = 0;

	fx->no_resolve = true;
	for (uint32_t i = 0; i < 10000; i++) {
		char src[INET_ADDRSTRLEN];

		snprintf(src, sizeof(src), "100.65.%u.%u", i >> 8, i & 0xff);
		fx_inside(fx, from_forger(make(fx, i % 3, src)));
		FX_DROPPED(fx, CGN_V_STATION_UNKNOWN);
		asked += fx->n_events;
	}
	CU_ASSERT_EQUAL(asked, 256);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	fx_udp_out(fx, K1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx->n_events, 1);
	fx->no_resolve = false;
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, P1, 53)->left);
	fx_free(fx);
}

/* Two inside links that compare sources with their stations, and nobody answers questions. */
static struct fx *
two_unresolved_links(void)
{
	struct fx *fx = fx_new();

	fx_use_inside2(fx);
	fx->ports[FX_INSIDE].source_check = CGN_SOURCE_NEIGHBOUR;
	fx->ports[FX_INSIDE2].source_check = CGN_SOURCE_NEIGHBOUR;
	fx->any_mac = true;
	fx_start(fx);
	fx->no_resolve = true;
	return fx;
}

/* A packet with a source and a MAC address of its own, the i-th of them. */
static void
forge(struct fx *fx, uint16_t port, uint32_t i)
{
	char src[INET_ADDRSTRLEN];
	struct rte_mbuf *m;

	snprintf(src, sizeof(src), port == FX_INSIDE ? "100.65.%u.%u" : "10.0.%u.%u", i >> 8,
			i & 0xff);
	m = from_forger(pg_udp(fx->mp, src, 5000, P1, 53, 32));
	memcpy(&rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->src_addr.addr_bytes[2], &i, sizeof(i));
	fx_rx(fx, port, m);
}

/* A-FIL-6: a flood of forged sources and stations on one port leaves the questions of another port alone. */
static void
forged_stations_of_one_port_take_no_questions_of_another(void)
{
	struct fx *fx = two_unresolved_links();
	unsigned int asked = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		forge(fx, FX_INSIDE, i);
		asked += fx->n_events;
	}
	CU_ASSERT_EQUAL(asked, 512 / 2);
	for (unsigned int i = 10; i < 42; i++) {
		char src[INET_ADDRSTRLEN];

		snprintf(src, sizeof(src), "10.0.0.%u", i);
		fx_udp_out(fx, src, 5000, P1, 53);
		FX_DROPPED(fx, CGN_V_STATION_UNKNOWN);
		CU_ASSERT_EQUAL(fx->n_events, 1);
		CU_ASSERT_EQUAL(fx->events[0].u.neigh.port, FX_INSIDE2);
	}
	fx_free(fx);
}

/* A-FIL-6: all ports and workers together ask for no more unknown sources than the control thread can ask for. */
static void
ports_and_workers_together_make_few_questions(void)
{
	struct fx *fx = two_unresolved_links();
	unsigned int asked = 0;

	for (uint32_t i = 0; i < 60000; i++) {
		forge(fx, i % 2 == 0 ? FX_INSIDE : FX_INSIDE2, i);
		asked += fx->n_events;
		if (i % 375 == 374)
			fx_advance_s(fx, 1.0 / 16);
	}
	CU_ASSERT_TRUE(asked > 10 * CGN_ASKS_PER_S / 2 - 100);
	CU_ASSERT_TRUE(asked <= 512 + 10 * CGN_ASKS_PER_S / 2);
	fx_free(fx);
}

/* How often the subscriber of an address was refused for a reason, as `cgnctl subscribers show A` asks for it. */
static uint32_t
refusals(struct fx *fx, const char *host, enum cgn_refusal why)
{
	uint32_t n = 0;

	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_subscriber_detail d;
		struct cgn_cmd cmd = { .op = CGN_CMD_SUBSCRIBER,
			.u.read = { .out = &d, .ep.addr = pg_addr(host) } };
		struct cgn_evt reply;

		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
		n += d.refused[why].n;
	}
	return n;
}

/* D-LIM-3: addresses above the limit of their station get neither a mapping nor an answer, but what is sent to
 * them arrives; a newcomer with a station of its own is served. REQ: G-DAY-71 */
static void
addresses_above_the_limit_of_a_station_get_nothing(void)
{
	struct fx *fx = new_checked();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = {
			.op = CGN_CMD_NEIGH_SET,
			.u.neigh = { .addr.ip4 = pg_addr(H1), .port = FX_INSIDE, .is_over = true }
		};
		struct cgn_evt reply;

		memcpy(cmd.u.neigh.mac, pg_mac_peer.addr_bytes, 6);
		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	}
	for (unsigned int kind = 1; kind < 5; kind++) {
		fx_inside(fx, make(fx, kind, H1));
		CU_ASSERT_EQUAL(fx->n_out, 0);
		CU_ASSERT_EQUAL(fx->n_punted, 0);
		CU_ASSERT_EQUAL(fx_rose(fx, kind == 3 ? CGN_V_TTL : CGN_V_STATION_LIMIT), 1);
	}
	/* The operator sees that it is refused, and why. */
	CU_ASSERT_EQUAL(refusals(fx, H1, CGN_REFUSAL_STATION_LIMIT), 3);
	CU_ASSERT_EQUAL(refusals(fx, H2, CGN_REFUSAL_STATION_LIMIT), 0);
	CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, P1, 53)->left);
	CU_ASSERT_TRUE(fx_udp_out(fx, H2, 5000, P1, 53)->left);
	/* It is admitted: served again. */
	tell(fx, CGN_CMD_NEIGH_SET, H1, &pg_mac_peer);
	CU_ASSERT_TRUE(fx_inside(fx, make(fx, 1, H1))->left);
	fx_free(fx);
}

/* What comes through a router has the router's station: it is compared with the route only. */
static void
routed_source_is_not_compared_with_stations(void)
{
	struct fx *fx = fx_new();

	fx->ports[FX_INSIDE].source_check = CGN_SOURCE_NEIGHBOUR;
	fx->any_mac = true;
	fx->routes[fx->conf.n_routes++] = (struct cgn_conf_route){
		.prefix = { .ip4 = pg_addr("10.0.0.0"), .len = 8 },
		.via = { .ip4 = pg_addr(GATEWAY) },
		.port = FX_INSIDE,
	};
	fx->prefixes[0][fx->groups[0].n_prefixes++] = (struct cgn_prefix){
		.ip4 = pg_addr("10.0.0.0"), .len = 8
	};
	fx_start(fx);
	CU_ASSERT_TRUE(fx_udp_out(fx, ROUTED, 5000, P1, 53)->left);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(source_of_another_station_gets_nothing),
	CU_TEST_ROW(source_of_its_own_station_is_served),
	CU_TEST_ROW(connection_by_the_mapping_of_another_is_refused),
	CU_TEST_ROW(unknown_source_is_asked_for),
	CU_TEST_ROW(forged_sources_make_few_questions),
	CU_TEST_ROW(forged_stations_of_one_port_take_no_questions_of_another),
	CU_TEST_ROW(ports_and_workers_together_make_few_questions),
	CU_TEST_ROW(addresses_above_the_limit_of_a_station_get_nothing),
	CU_TEST_ROW(routed_source_is_not_compared_with_stations),
};

CU_MAIN("scn_station", tests)
