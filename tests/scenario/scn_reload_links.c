/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Reloads that change links in the middle of traffic: routes, gateways, addresses and MTUs of ports. The fixture checks
 * that each frame goes to the MAC address of the neighbour that the routes in use say.
 */

#include "dataplane/engine/context.h"
#include "shared/dpdk_compat.h"
#include "tests/support/cu.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/wirefix.h"

#define R2    "192.0.2.7"  /* another router outside */
#define OURS2 "192.0.2.99" /* another address of the outside port */

static struct cgn_prefix
link_of(const char *addr, uint8_t len)
{
	return (struct cgn_prefix){ .ip4 = pg_addr(addr), .len = len };
}

static struct rte_mbuf *
shaped(struct rte_mbuf *m, bool df, uint8_t ttl)
{
	pg_ip(m)->fragment_offset = df ? RTE_BE16(RTE_IPV4_HDR_DF_FLAG) : 0;
	pg_ip(m)->time_to_live = ttl;
	pg_fix(m);
	return m;
}

/* A datagram of 1428 octets that must not be fragmented. */
static struct rte_mbuf *
large(struct fx *fx)
{
	return shaped(pg_udp(fx->mp, H1, 5000, P1, 53, 1400), true, 64);
}

static void
set_gateway(struct fx *fx, const char *gateway)
{
	fx->routes[0].via.ip4 = pg_addr(gateway);
}

/* N-LIVE-1: the default route changes to another gateway and back. Mappings stay, and each packet goes to the gateway of
 * its time. */
static void
packets_follow_the_gateway_of_a_reload(void)
{
	struct fx *fx = fx_default();
	struct fx_copy *now = NULL;
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int round = 0; round < 6; round++) {
		set_gateway(fx, round % 2 == 0 ? R2 : R1);
		fx_reload_copy(fx, &now);
		FX_PKT(fx_udp_out(fx, H1, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
		FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 5000);
	}
	fx_free(fx);
	fx_copy_free(now);
}

/* N-LIVE-2: a network behind a router inside appears and disappears. Without a route, the source of a packet is
 * forged, and a packet to it has no route. */
static void
networks_inside_come_and_go_with_their_route(void)
{
	struct fx *fx = fx_new();
	struct fx_copy *now = NULL;
	struct fx_ep x;

	fx->prefixes[0][fx->groups[0].n_prefixes++] = link_of("10.9.0.0", 16);
	fx->any_mac = true;
	fx_start(fx);
	fx_udp_out(fx, "10.9.0.1", 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_SPOOFED);
	fx->routes[1] = (struct cgn_conf_route){ .prefix = link_of("10.9.0.0", 16),
		.via = { .ip4 = pg_addr("100.64.0.9") },
		.port = FX_INSIDE };
	fx->conf.n_routes = 2;
	fx_reload_copy(fx, &now);
	x = fx_map_udp(fx, "10.9.0.1", 5000);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, "10.9.0.1", 5000);
	fx->conf.n_routes = 1;
	fx_reload_copy(fx, &now);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left &&
			fx_first(fx)->port == FX_INSIDE);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_ROUTE), 1);
	fx_free(fx);
	fx_copy_free(now);
}

/* N-LIVE-3: a packet that waits for a gateway which does not answer is not lost without a verdict when a reload takes
 * the gateway away, and the entry of the gateway does not stay. */
static void
packets_held_for_a_gateway_that_is_gone_are_counted(void)
{
	const struct cgn_ip gone = { .ip4 = pg_addr(R2) };
	struct fx *fx = fx_new();
	struct fx_copy *now = NULL;

	fx->no_resolve = true;
	fx_start(fx);
	set_gateway(fx, R2);
	fx_reload_copy(fx, &now);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), 1);
	set_gateway(fx, R1);
	fx_reload_copy(fx, &now);
	fx->no_resolve = false;
	fx->n_resolved = fx->n_events;
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5001, P1, 53)->left);
	fx_advance_s(fx, 11);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), 0);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_NEIGH_FAILED), 1);
	for (unsigned int w = 0; w < fx->n_workers; w++)
		CU_ASSERT_EQUAL(cgn_neighs_find(&fx->engines[w]->out.neighs, FX_OUTSIDE, &gone), 0);
	fx_free(fx);
	fx_copy_free(now);
}

/* N-LIVE-4: a new address of a port is local for the next packet, and an old one no more. */
static void
local_addresses_change_in_a_reload(void)
{
	struct fx *fx = fx_default();
	struct fx_copy *now = NULL;
	struct cgn_conf_port *out = &fx->ports[FX_OUTSIDE];

	fx_reload_copy(fx, &now);
	fx_outside(fx, pg_icmp_query(fx->mp, P1, OURS2, RTE_ICMP_TYPE_ECHO_REQUEST, 71, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	out->addresses[out->n_addresses++] = link_of(OURS2, 24);
	fx_reload_copy(fx, &now);
	fx_outside(fx, pg_icmp_query(fx->mp, P1, OURS2, RTE_ICMP_TYPE_ECHO_REQUEST, 72, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	out->addresses[0] = out->addresses[--out->n_addresses];
	fx_reload_copy(fx, &now);
	fx_outside(fx, pg_icmp_query(fx->mp, P1, OURS2, RTE_ICMP_TYPE_ECHO_REQUEST, 73, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_outside(fx, pg_icmp_query(fx->mp, P1, "192.0.2.2", RTE_ICMP_TYPE_ECHO_REQUEST, 74, 16));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
	fx_copy_free(now);
}

/* N-LIVE-5: a smaller MTU of the outside is told to the sender of the next packet that does not fit; a larger one lets
 * it pass. */
static void
mtu_changes_in_a_reload(void)
{
	struct fx *fx = fx_default();
	struct fx_copy *now = NULL;

	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_TRUE(fx_inside(fx, large(fx))->left);
	fx->ports[FX_OUTSIDE].mtu = 1300;
	fx_reload_copy(fx, &now);
	fx_inside(fx, large(fx));
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest, 1300);
	fx->ports[FX_OUTSIDE].mtu = 1500;
	fx_reload_copy(fx, &now);
	CU_ASSERT_EQUAL(fx_inside(fx, large(fx))->port, FX_OUTSIDE);
	fx_free(fx);
	fx_copy_free(now);
}

/* N-LIVE-6: the answer to a packet whose TTL ends, and the check of the station, change in a reload. */
static void
ttl_answers_and_source_check_change_in_a_reload(void)
{
	struct fx *fx = fx_default();
	struct fx_copy *now = NULL;

	fx->ports[FX_INSIDE].source_check = CGN_SOURCE_NEIGHBOUR;
	fx_reload_copy(fx, &now);
	fx_udp_out(fx, H2, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_STATION_UNKNOWN);
	fx->ports[FX_INSIDE].source_check = CGN_SOURCE_ROUTE;
	fx->ports[FX_INSIDE].ttl_exceeded = false;
	fx_reload_copy(fx, &now);
	fx_map_udp(fx, H2, 5000);
	fx_inside(fx, shaped(pg_udp(fx->mp, H2, 5000, P1, 53, 60), false, 1));
	FX_DROPPED(fx, CGN_V_TTL);
	fx_free(fx);
	fx_copy_free(now);
}

/* N-LIVE-5: softwires that are in use find their next hop by the routes of the reload. */
static void
softwires_follow_the_links_of_a_reload(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_copy *now = NULL;
	struct fx_ep x = wx_map(fx, B1, "192.168.1.10", 5000);

	for (unsigned int round = 0; round < 4; round++) {
		bool is_small = round % 2 != 0;

		fx->ports[FX_INSIDE].mtu = is_small ? 1300 : 1500;
		fx_reload_copy(fx, &now);
		fx_outside(fx, shaped(pg_udp(fx->mp, P1, 53, x.addr, x.port, 1300), true, 64));
		if (is_small) {
			FX_REFUSED(fx, CGN_V_MTU, 3, 4);
			CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest, 1300 - 40);
		} else {
			CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
		}
		FX_PKT(wx_udp(fx, B1, "192.168.1.10", 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1,
				53);
	}
	fx_free(fx);
	fx_copy_free(now);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(packets_follow_the_gateway_of_a_reload),
	CU_TEST_ROW(networks_inside_come_and_go_with_their_route),
	CU_TEST_ROW(packets_held_for_a_gateway_that_is_gone_are_counted),
	CU_TEST_ROW(local_addresses_change_in_a_reload),
	CU_TEST_ROW(mtu_changes_in_a_reload),
	CU_TEST_ROW(ttl_answers_and_source_check_change_in_a_reload),
	CU_TEST_ROW(softwires_follow_the_links_of_a_reload),
};

CU_MAIN("reload of links", tests)
