/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

/* A-ADR-1, A-HDR-3: on the outside an inside address of cgnd is somebody else's, RFC 6598 section 4. */
static void
inside_address_is_not_answered_outside(void)
{
	struct fx *fx = fx_default();

	fx_outside(fx, pg_icmp_query(fx->mp, P1, "100.64.0.1", 8, 7, 8));
	FX_DROPPED(fx, CGN_V_NOT_POOL);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_outside(fx, pg_icmp_query(fx->mp, P1, "192.0.2.2", 8, 7, 8));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	/* From inside both are cgnd. */
	fx_inside(fx, pg_icmp_query(fx->mp, H1, "100.64.0.1", 8, 7, 8));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_inside(fx, pg_icmp_query(fx->mp, H1, "192.0.2.2", 8, 7, 8));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

/* A-ICE-11: no packet becomes a broadcast on the outside link, RFC 2644. */
static void
broadcast_of_the_outside_link_is_no_destination(void)
{
	struct fx *fx = fx_default();

	fx_udp_out(fx, H1, 5000, "192.0.2.255", 53);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	fx_udp_out(fx, H1, 5000, "192.0.2.0", 53);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, "192.0.2.254", 53)->left);
	fx_free(fx);
}

/* A-FIL-6, A-FRG-2: fragments of sources that are nobody's take no room in the store. */
static void
fragments_of_strangers_are_not_held(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *whole = pg_udp(fx->mp, "172.16.0.1", 5000, P1, 53, 3000), *frag;

	frag = pg_slice(fx->mp, whole, 0, 1480, true);
	rte_pktmbuf_free(whole);
	fx_inside(fx, frag);
	FX_DROPPED(fx, CGN_V_NOT_SUBSCRIBER);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 0);
	fx_free(fx);
}

static struct rte_mbuf *
arp_from(struct fx *fx, const char *sender, uint8_t last_octet)
{
	struct rte_mbuf *m = pg_arp(fx->mp, 1, sender, "100.64.0.1");
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	eth->src_addr = (struct rte_ether_addr){ { 2, 0, 0, 0, 0, last_octet } };
	return m;
}

/* A-FRG-2's sense for ARP: a station that floods cgnd itself takes nothing from the others. */
static void
arp_flood_of_one_station_silences_nobody_else(void)
{
	struct fx *fx = fx_default();
	unsigned int limited = 0, answered = 0;

	for (unsigned int i = 0; i < 3000; i++) {
		fx_rx(fx, FX_INSIDE, arp_from(fx, H1, 0x11));
		limited += fx_rose(fx, CGN_V_PUNT_RATE) != 0;
	}
	CU_ASSERT_TRUE(limited > 500);
	for (unsigned int i = 0; i < 100; i++) {
		fx_rx(fx, i % 2 == 0 ? FX_INSIDE : FX_OUTSIDE,
				arp_from(fx, R1, (uint8_t)(0x12 + i)));
		answered += fx->n_punted;
	}
	CU_ASSERT_TRUE(answered >= 98); /* two may share a bucket of 4096 with the flood */
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(arp_flood_of_one_station_silences_nobody_else),
	CU_TEST_ROW(inside_address_is_not_answered_outside),
	CU_TEST_ROW(broadcast_of_the_outside_link_is_no_destination),
	CU_TEST_ROW(fragments_of_strangers_are_not_held),
};

CU_MAIN("outskirts", tests)
