/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#define TWIN "100.64.9.77" /* a host inside and another one outside */

/* The provider uses the same addresses outside. */
static struct fx *
new_overlapping(void)
{
	struct fx *fx = fx_new();

	fx->ports[FX_OUTSIDE].addresses[0] = (struct cgn_prefix){ .ip4 = pg_addr("100.64.9.2"),
		.len = 24 };
	fx->routes[0].via.ip4 = pg_addr("100.64.9.1");
	return fx_start(fx);
}

/* A-ADR-1: equal ranges inside and outside work. */
static void
equal_addresses_on_both_sides_are_different_hosts(void)
{
	struct fx *fx = new_overlapping();
	struct fx_ep x, y;
	const struct fx_pkt *p = fx_udp_out(fx, H1, 5000, TWIN, 53);

	CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
	x.port = p->sport;
	snprintf(x.addr, sizeof(x.addr), "%s", p->src);
	FX_PKT(fx_udp_in(fx, TWIN, 53, x.addr, x.port), FX_INSIDE, TWIN, 53, H1, 5000);
	/* The inside one speaks to the outside one. */
	p = fx_udp_out(fx, TWIN, 6000, TWIN, 53);
	CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
	CU_ASSERT_STRING_EQUAL(p->dst, TWIN);
	y.port = p->sport;
	snprintf(y.addr, sizeof(y.addr), "%s", p->src);
	FX_PKT(fx_udp_in(fx, TWIN, 53, y.addr, y.port), FX_INSIDE, TWIN, 53, TWIN, 6000);
	/* And turned round inside it is still the inside one. */
	FX_PKT(fx_udp_out(fx, H1, 5000, y.addr, y.port), FX_INSIDE, x.addr, x.port, TWIN, 6000);
	fx_free(fx);
}

/* A-ADR-1: ICMP errors, too. */
static void
errors_about_equal_addresses_find_the_inside_host(void)
{
	struct fx *fx = new_overlapping();
	const struct fx_pkt *p = fx_udp_out(fx, TWIN, 6000, TWIN, 53);
	struct fx_ep x = { .port = p->sport };
	struct rte_mbuf *about;

	snprintf(x.addr, sizeof(x.addr), "%s", p->src);
	about = pg_udp(fx->mp, x.addr, x.port, TWIN, 53, 32);
	p = fx_outside(fx, pg_icmp_error(fx->mp, TWIN, x.addr, 3, 3, 0, about, 60));
	rte_pktmbuf_free(about);
	FX_PKT(p, FX_INSIDE, TWIN, 0, TWIN, 0);
	CU_ASSERT_STRING_EQUAL(p->quote.src, TWIN);
	CU_ASSERT_EQUAL(p->quote.sport, 6000);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, TWIN);
	fx_free(fx);
}

/* A-ADR-1: what is not known outside is still not let through. */
static void
unknown_shared_addresses_stay_inside(void)
{
	struct fx *fx = new_overlapping();

	fx_udp_out(fx, H1, 5000, "100.64.8.1", 53);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	fx_free(fx);
}

/* A-ADR-3: ARP for pool addresses is for the control thread, which knows them. */
static void
arp_for_a_pool_address_is_punted(void)
{
	struct fx *fx = fx_default();

	fx_rx(fx, FX_OUTSIDE, pg_arp(fx->mp, 1, R1, "198.51.100.3"));
	FX_DROPPED(fx, CGN_V_NEIGHBOUR);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(fx->punted[0].port, FX_OUTSIDE);
	fx_free(fx);
}

/* A-ADR-3: a packet to a port that nobody has does not go back to where it came from, RFC 3022. */
static void
unmapped_pool_ports_do_not_bounce(void)
{
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < 16; i++) {
		char x[16];

		snprintf(x, sizeof(x), "198.51.100.%u", i);
		fx_udp_in(fx, P1, 53, x, 5000);
		FX_DROPPED(fx, CGN_V_NO_MAPPING);
		fx_udp_out(fx, H1, 5000, x, 5000);
		FX_DROPPED(fx, CGN_V_NO_MAPPING);
		fx_tcp_out(fx, H1, 5000, x, 5000, RTE_TCP_ACK_FLAG);
		CU_ASSERT_EQUAL(fx->n_out, 0);
	}
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(equal_addresses_on_both_sides_are_different_hosts),
	CU_TEST_ROW(errors_about_equal_addresses_find_the_inside_host),
	CU_TEST_ROW(unknown_shared_addresses_stay_inside),
	CU_TEST_ROW(arp_for_a_pool_address_is_punted),
	CU_TEST_ROW(unmapped_pool_ports_do_not_bounce),
};

CU_MAIN("scn_realms", tests)
