/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/hostplanefix.h"

#include <string.h>

/* Limits of packets for local addresses where there is a host plane. */

/* L-HOST-4: a flood of one class takes nothing from the others, whoever sends it. */
static void
a_flood_of_a_class_leaves_the_others_alone(void)
{
	static const struct {
		uint16_t dport;
		bool is_tcp;
		enum cgn_counter_id lost;
	} classes[] = {
		{ BGP, true, CGN_C_PUNT_LOST_ROUTING },
		{ IKE, false, CGN_C_PUNT_LOST_IPSEC },
		{ 5351, false, CGN_C_PUNT_LOST_NATPMP },
		{ 9, false, CGN_C_PUNT_LOST_OTHER },
	};

	for (size_t i = 0; i < RTE_DIM(classes); i++) {
		struct fx *fx = fx_start(host_fx());

		CU_ASSERT_EQUAL(flood(fx, classes[i].dport, classes[i].is_tcp, 1500), BURST);
		CU_ASSERT_EQUAL(fx_counter(fx, classes[i].lost), 1500 - BURST);
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_PUNT_RATE), 1500 - BURST);
		for (size_t k = 0; k < RTE_DIM(classes); k++) {
			if (k != i)
				CU_ASSERT_EQUAL(flood(fx, classes[k].dport, classes[k].is_tcp, 20),
						20);
		}
		/* Nor from the other side. */
		CU_ASSERT_TRUE(is_punted(fx, FX_INSIDE,
				pg_udp(fx->mp, H1, 4000, LOCAL_IN, classes[i].dport, 20)));
		fx_free(fx);
	}
}

/* L-HOST-4: invented senders use up the shares of their class, and no others. */
static void
invented_senders_take_no_shares_of_another_class(void)
{
	struct fx *fx = fx_start(host_fx());

	fx->is_flood = true;
	flood(fx, 5351, false, 100000);
	fx->is_flood = false;
	CU_ASSERT_EQUAL(flood(fx, IKE, false, 100), 100);
	CU_ASSERT_EQUAL(flood(fx, BGP, true, 100), 100);
	fx_free(fx);
}

/* L-HOST-4: one neighbour takes nothing from another one; a service that the port does not give the host takes
 * nothing from those that it does. */
static void
a_flood_of_a_neighbour_leaves_the_others_alone(void)
{
	static const char *const peers[] = { R1, "192.0.2.9" };
	struct fx *fx = host_fx();
	struct cgn_evt reply;
	unsigned int taken = 0;

	fx->any_mac = true;
	fx->ports[FX_OUTSIDE].n_host = 3; /* ike, esp, tcp: no BFD */
	fx_start(fx);
	for (unsigned int i = 0; i < RTE_DIM(peers); i++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET,
			.u.neigh = { .addr = { .ip4 = pg_addr(peers[i]) }, .port = FX_OUTSIDE } };

		memcpy(cmd.u.neigh.mac, &pg_mac_peer, 6);
		CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	}
	for (unsigned int i = 0; i < 1000; i++) {
		taken += is_punted(fx, FX_OUTSIDE, pg_tcp(fx->mp, R1, 9, LOCAL, BGP, 2, 0));
		is_punted(fx, FX_OUTSIDE, pg_udp(fx->mp, "192.0.2.9", 9, LOCAL, BFD, 24));
	}
	CU_ASSERT_EQUAL(taken, SHARE);
	for (unsigned int i = 0; i < SHARE; i++)
		CU_ASSERT_TRUE(is_punted(
				fx, FX_OUTSIDE, pg_tcp(fx->mp, "192.0.2.9", 9, LOCAL, BGP, 2, 0)));
	fx_free(fx);
}

/* L-HOST-4: what a router forwards is not charged to the stations of the link, and only neighbour discovery is. */
static void
forwarded_icmpv6_is_no_frame_of_the_link(void)
{
	for (int is_on = 0; is_on < 2; is_on++) {
		struct fx *fx = host_fx();
		unsigned int taken = 0;
		struct rte_mbuf *m;

		fx->conf.host.is_on = is_on != 0;
		fx_start(fx);
		for (unsigned int i = 0; i < 1500; i++) {
			m = ip6(fx, IPPROTO_ICMPV6, 0);
			rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH)[7] = 60;
			*rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40) = 128;
			taken += is_punted(fx, FX_OUTSIDE, m);
		}
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_NEIGHBOUR), 0);
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_LOCAL), taken);
		CU_ASSERT_EQUAL(taken, is_on ? BURST : 64);
		/* The same station still discovers. */
		m = ip6(fx, IPPROTO_ICMPV6, 0);
		rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH)[7] = 255;
		*rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40) = 135;
		CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, m));
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_NEIGHBOUR), 1);
		fx_free(fx);
	}
}

/* L-HOST-4: the NAT in front of a relay has a limit of its own for NAT-PMP, and for nothing else. */
static void
the_upstream_nat_has_no_more_of_other_classes(void)
{
	struct fx *fx = host_fx();
	unsigned int taken = 0;

	fx->conf.natpmp.role = CGN_NATPMP_RELAY;
	fx->conf.natpmp.upstreams[0].ip4 = pg_addr(R1);
	fx->conf.natpmp.n_upstreams = 1;
	fx_start(fx);
	for (unsigned int i = 0; i < 1500; i++)
		taken += is_punted(fx, FX_OUTSIDE, pg_udp(fx->mp, R1, IKE, LOCAL, IKE, 20));
	CU_ASSERT_EQUAL(taken, SHARE);
	for (unsigned int i = 0; i < 1500; i++)
		CU_ASSERT_TRUE(is_punted(
				fx, FX_OUTSIDE, pg_udp(fx->mp, R1, 5351, LOCAL, 5350, 20)));
	fx_free(fx);
}

/* L-HOST-4: hosts that are further away take nothing from BGP and BFD of the neighbours. */
static void
a_flood_of_bgp_leaves_the_neighbours_alone(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET,
		.u.neigh = { .addr = { .ip4 = pg_addr(R1) }, .port = FX_OUTSIDE } };
	struct fx *fx = host_fx();
	struct cgn_evt reply;

	fx->any_mac = true;
	fx_start(fx);
	memcpy(cmd.u.neigh.mac, &pg_mac_peer, 6);
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	CU_ASSERT_EQUAL(flood(fx, BGP, true, 1500), BURST);
	for (unsigned int i = 0; i < SHARE; i++) {
		CU_ASSERT_TRUE(is_punted(
				fx, FX_OUTSIDE, pg_udp(fx->mp, R1, 49152, LOCAL, BFD, 24)));
	}
	fx_free(fx);
}

/* L-HOST-4: one sender has a part of a limit, but one TCP connection may be fast. */
static void
one_sender_gets_a_part_of_a_limit(void)
{
	struct fx *fx = fx_start(host_fx());
	unsigned int ike = 0, tcp = 0, natpmp = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		ike += is_punted(fx, FX_OUTSIDE, pg_udp(fx->mp, P1, IKE, LOCAL, IKE, 24));
		tcp += is_punted(fx, FX_OUTSIDE, pg_tcp(fx->mp, P1, 9, LOCAL, 22, 2, 0));
		natpmp += is_punted(fx, FX_INSIDE, pg_udp(fx->mp, H1, 9, LOCAL_IN, 5351, 12));
	}
	CU_ASSERT_EQUAL(ike, SHARE);
	CU_ASSERT_EQUAL(tcp, BURST);
	CU_ASSERT_EQUAL(natpmp, 64);
	fx_free(fx);
}

/* L-HOST-4: of a queue that fills up, the last places are for routing and for ARP. */
static void
the_queue_keeps_places_for_what_is_more_urgent(void)
{
	static const struct {
		unsigned int free;
		bool other, natpmp, ipsec, routing;
	} rows[] = {
		{ QUEUE_SIZE, true, true, true, true },
		{ 513, true, true, true, true },
		{ 512, false, true, true, true },
		{ 384, false, false, true, true },
		{ 256, false, false, false, true },
		{ 128, false, false, false, false },
	};
	struct fx *fx = fx_start(host_fx());

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		fx->punt_room = rows[i].free;
		CU_ASSERT_EQUAL(flood(fx, 9, false, 1), rows[i].other);
		CU_ASSERT_EQUAL(flood(fx, 5351, false, 1), rows[i].natpmp);
		CU_ASSERT_EQUAL(flood(fx, IKE, false, 1), rows[i].ipsec);
		CU_ASSERT_EQUAL(flood(fx, BGP, true, 1), rows[i].routing);
		CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, pg_arp(fx->mp, 1, R1, LOCAL)));
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_PUNT_FULL), 4 + 3 + 2 + 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PUNT_LOST_OTHER), 4);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PUNT_LOST_ROUTING), 1);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_flood_of_a_class_leaves_the_others_alone),
	CU_TEST_ROW(invented_senders_take_no_shares_of_another_class),
	CU_TEST_ROW(a_flood_of_a_neighbour_leaves_the_others_alone),
	CU_TEST_ROW(forwarded_icmpv6_is_no_frame_of_the_link),
	CU_TEST_ROW(the_upstream_nat_has_no_more_of_other_classes),
	CU_TEST_ROW(a_flood_of_bgp_leaves_the_neighbours_alone),
	CU_TEST_ROW(one_sender_gets_a_part_of_a_limit),
	CU_TEST_ROW(the_queue_keeps_places_for_what_is_more_urgent),
};

CU_MAIN("scn_host_limits", tests)
