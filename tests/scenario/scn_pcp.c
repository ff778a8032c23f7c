/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of PCP on their way to cgnd: to the anycast address, and from hosts that may ask for others. */
#include "dataplane/engine/address.h"
#include "shared/anycast.h"
#include "tests/support/cu.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/wirefix.h"

#define ANYCAST  "192.0.0.9"
#define HOST     "192.168.1.2"    /* in each home */
#define MANAGER  "172.20.0.9"     /* on the link of inside0, no subscriber */
#define EDGE     "172.20.255.255" /* the broadcast address of that link */
#define ANYCAST6 "2001:1::1"
#define MANAGER6 "2001:db8:1::9"       /* on the link of inside0, no subscriber */
#define NEXT_B1  "2001:db8:100:100::2" /* on the link of B1 */
#define STRANGER "172.21.0.9"          /* there is no route to it */

static struct fx *
with_pcp(struct fx *fx)
{
	fx->conf.natpmp.role = CGN_NATPMP_SERVER;
	fx->conf.pcp.enabled = true;
	fx->conf.pcp.anycast = true;
	return fx;
}

/* E-ADR-1: the address is cgnd's for subscribers, in softwires, too. */
static void
anycast_address_is_served_inside(void)
{
	struct fx *fx = fx_start(with_pcp(wx_aftr()));

	fx_inside(fx, pg_udp(fx->mp, H1, 40000, ANYCAST, 5351, 60));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].dst, ANYCAST);
	wx_udp(fx, B1, HOST, 40000, ANYCAST, 5351);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].outer.src, B1);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].dst, ANYCAST);
	/* Nobody sends as this address. */
	fx_inside(fx, pg_udp(fx->mp, ANYCAST, 40000, P1, 53, 2));
	CU_ASSERT_FALSE(fx_first(fx)->left);
	/* Its neighbours are addresses like any other. */
	CU_ASSERT_TRUE(fx_inside(fx, pg_udp(fx->mp, H1, 40000, "192.0.0.10", 5351, 60))->left);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* E-ADR-1: outside it is not cgnd's. */
static void
anycast_address_is_not_served_outside(void)
{
	struct fx *fx = fx_start(with_pcp(fx_new()));

	fx_outside(fx, pg_udp(fx->mp, P1, 40000, ANYCAST, 5351, 60));
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* Who has no server of PCP leaves the address to one in front. */
static void
anycast_address_is_left_to_others(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct fx *fx = with_pcp(fx_new());

		if (i == 0)
			fx->conf.pcp.enabled = false;
		else if (i == 1)
			fx->conf.pcp.anycast = false;
		else
			fx->conf.natpmp.role = CGN_NATPMP_RELAY;
		fx_start(fx);
		CU_ASSERT_TRUE(fx_inside(fx, pg_udp(fx->mp, H1, 40000, ANYCAST, 5351, 60))->left);
		CU_ASSERT_EQUAL(fx->n_punted, 0);
		fx_free(fx);
	}
}

/* A reload takes the address and gives it back. The others are still local. */
static void
anycast_address_follows_a_reload(void)
{
	struct fx *fx = fx_start(with_pcp(fx_new()));
	struct cgn_conf off = fx->conf;

	off.pcp.anycast = false;
	fx_reload(fx, &off);
	CU_ASSERT_TRUE(fx_inside(fx, pg_udp(fx->mp, H1, 40000, ANYCAST, 5351, 60))->left);
	fx_inside(fx, pg_udp(fx->mp, H1, 40000, "100.64.0.1", 5351, 60));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_reload(fx, &fx->conf);
	fx_inside(fx, pg_udp(fx->mp, H1, 40001, ANYCAST, 5351, 60));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

/* An error of cgnd never comes from the address, which other machines have, too. */
static void
errors_come_from_no_anycast_address(void)
{
	struct cgn_conf_port port = { .side = CGN_SIDE_INSIDE };
	struct cgn_conf conf = { .ports = &port,
		.n_ports = 1,
		.natpmp.role = CGN_NATPMP_SERVER,
		.pcp = { .enabled = true, .anycast = true } };
	struct cgn_addresses a;

	cgn_address_init(&a, &conf, NULL);
	CU_ASSERT_TRUE(cgn_address_is_local(&a, CGN_ANYCAST_ADDR, CGN_SIDE_INSIDE));
	CU_ASSERT_FALSE(cgn_address_is_local(&a, CGN_ANYCAST_ADDR, CGN_SIDE_OUTSIDE));
	CU_ASSERT_EQUAL(cgn_address_for_errors(&a, &port), RTE_BE32(0xc0000008));
}

/* --- hosts that may ask for others --------------------------------------------------------- */

static void
know(struct fx *fx, const char *addr, const struct rte_ether_addr *mac)
{
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET,
			.u.neigh = { .addr.ip4 = pg_addr(addr), .port = FX_INSIDE } };
		struct cgn_evt reply;

		memcpy(cmd.u.neigh.mac, mac->addr_bytes, sizeof(*mac));
		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	}
}

/* E-OPT-1: cgnd believes the address of such a host, so nobody else may use it. */
static void
source_that_may_ask_for_others_is_checked(void)
{
	static const struct rte_ether_addr forger = { .addr_bytes = { 2, 6, 6, 6, 6, 6 } };
	static struct cgn_prefix managers = { .len = 12 };
	struct rte_mbuf *m;

	managers.ip4 = pg_addr("172.16.0.0");
	for (size_t n = 0; n < 2; n++) {
		struct fx *fx = fx_new();
		struct cgn_conf_port *in = &fx->ports[FX_INSIDE];

		in->addresses[in->n_addresses++] = (struct cgn_prefix){
			.ip4 = pg_addr("172.20.0.1"), .len = 16
		};
		in->source_check = CGN_SOURCE_NEIGHBOUR;
		fx->any_mac = true;
		fx->conf.pcp.third_party = &managers;
		fx->conf.pcp.n_third_party = n;
		fx_start(fx);
		know(fx, MANAGER, &pg_mac_peer);
		fx_inside(fx, pg_udp(fx->mp, MANAGER, 40000, "100.64.0.1", 5351, 60));
		CU_ASSERT_EQUAL(fx->n_punted, 1);
		m = pg_udp(fx->mp, MANAGER, 40000, "100.64.0.1", 5351, 60);
		rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->src_addr = forger;
		fx_inside(fx, m);
		CU_ASSERT_EQUAL(fx->n_punted, 1 - n);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_STATION), n);
		fx_inside(fx, pg_udp(fx->mp, STRANGER, 40000, "100.64.0.1", 5351, 60));
		CU_ASSERT_EQUAL(fx->n_punted, 1 - n);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SPOOFED), n);
		fx_inside(fx, pg_udp(fx->mp, EDGE, 40000, "100.64.0.1", 5351, 60));
		CU_ASSERT_EQUAL(fx->n_punted, 1 - n);
		/* A ping is as before. */
		fx_inside(fx, pg_icmp_query(fx->mp, STRANGER, "100.64.0.1", 8, 1, 32));
		CU_ASSERT_EQUAL(fx->n_punted, 1);
		fx_free(fx);
	}
}

/* --- over IPv6 ------------------------------------------------------------------------------ */

static struct rte_mbuf *
request6(struct fx *fx, const char *src, const char *dst, uint16_t port)
{
	return wx_udp6(fx, src, 40000, dst, port);
}

static void
expect_request6(struct fx *fx, const char *src, const char *dst, enum cgn_verdict v)
{
	fx_rx(fx, FX_INSIDE, request6(fx, src, dst, 5351));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx->n_punted, v == CGN_V_LOCAL);
	CU_ASSERT_EQUAL(fx_rose(fx, v), 1);
	if (v == CGN_V_LOCAL && fx->n_punted == 1)
		CU_ASSERT_EQUAL(memcmp(fx->punted[0].bytes + 22, wx_addr(src).b, 16), 0);
}

/* E-OPT-1, F-ID-1: a B4 asks at the end of its softwire, and at the anycast address. It needs no softwire yet. */
static void
b4_asks_over_ip6(void)
{
	struct fx *fx = fx_start(with_pcp(wx_aftr()));

	expect_request6(fx, B1, WX_LOCAL, CGN_V_LOCAL);
	expect_request6(fx, B1, ANYCAST6, CGN_V_LOCAL);
	/* It made none. */
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 0);
	wx_map(fx, B1, HOST, 5000);
	expect_request6(fx, B1, WX_LOCAL, CGN_V_LOCAL);
	/* Another port is nobody's. */
	fx_rx(fx, FX_INSIDE, request6(fx, B1, WX_LOCAL, 5350));
	FX_DROPPED(fx, CGN_V_SOFTWIRE_NEXT);
	fx_free(fx);
}

/* E-RX-1, F-SEC-1: from nobody else, and by no other way. */
static void
nobody_else_asks_over_ip6(void)
{
	struct fx *fx = with_pcp(wx_aftr());

	fx_use_inside2(fx);
	fx_start(fx);
	expect_request6(fx, MANAGER6, WX_LOCAL, CGN_V_SOFTWIRE_UNKNOWN);
	expect_request6(fx, "2001:db8:300::1", WX_LOCAL, CGN_V_SOFTWIRE_UNKNOWN);
	fx_rx(fx, FX_INSIDE2, request6(fx, B1, WX_LOCAL, 5351));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	/* A host of the home does not speak for its B4, and does not move its softwire. */
	wx_map(fx, B1, HOST, 5000);
	expect_request6(fx, B1B, WX_LOCAL, CGN_V_SPOOFED);
	expect_request6(fx, NEXT_B1, WX_LOCAL, CGN_V_SPOOFED);
	expect_request6(fx, B1, WX_LOCAL, CGN_V_LOCAL);
	/* After a move, the B4 has the new address. */
	wx_map(fx, B1B, HOST, 5001);
	expect_request6(fx, B1B, WX_LOCAL, CGN_V_LOCAL);
	expect_request6(fx, B1, WX_LOCAL, CGN_V_SPOOFED);
	fx_free(fx);
}

/* D-SEC-5: a request that is cut anywhere, in one segment or in two, is dropped or punted, and nothing is lost. */
static void
cut_requests_over_ip6_are_survived(void)
{
	struct fx *fx = fx_start(with_pcp(wx_aftr()));
	const size_t whole = 14 + 40 + 8 + 24;

	for (size_t len = 14 + 40; len < whole; len++) {
		struct rte_mbuf *m = request6(fx, B1, WX_LOCAL, 5351);
		struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, 14);

		ip->payload_len = rte_cpu_to_be_16((uint16_t)(len - 14 - 40));
		rte_pktmbuf_trim(m, (uint16_t)(whole - len));
		if (len % 2 == 1)
			m = pg_split(fx->mp, m, len - 1, false);
		fx_rx(fx, FX_INSIDE, m);
		CU_ASSERT_EQUAL(fx->n_out, 0);
		/* The port is readable behind four octets of UDP. The control thread checks the rest. */
		CU_ASSERT_EQUAL(fx->n_punted, len >= 14 + 40 + 4);
	}
	fx_free(fx);
}

/* Without PCP nothing is taken but IPv4 in IPv6. */
static void
requests_over_ip6_are_dropped_without_pcp(void)
{
	struct fx *fx = fx_start(wx_aftr());

	expect_request6(fx, B1, WX_LOCAL, CGN_V_SOFTWIRE_NEXT);
	expect_request6(fx, B1, ANYCAST6, CGN_V_IP6);
	fx_free(fx);
}

/* E-OPT-1 */
static void
listed_host_asks_over_ip6(void)
{
	static struct cgn_prefix managers[] = { { .len = 0 }, { .len = 64, .is_ip6 = true } };
	struct fx *fx = with_pcp(wx_aftr());

	managers[1].ip6 = wx_addr("2001:db8:1::");
	fx->conf.pcp.third_party = managers;
	fx->conf.pcp.n_third_party = 2;
	fx_start(fx);
	expect_request6(fx, MANAGER6, WX_LOCAL, CGN_V_LOCAL);
	expect_request6(fx, "2001:db8:300::1", WX_LOCAL, CGN_V_SOFTWIRE_UNKNOWN);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(anycast_address_is_served_inside),
	CU_TEST_ROW(anycast_address_is_not_served_outside),
	CU_TEST_ROW(anycast_address_is_left_to_others),
	CU_TEST_ROW(anycast_address_follows_a_reload),
	CU_TEST_ROW(errors_come_from_no_anycast_address),
	CU_TEST_ROW(source_that_may_ask_for_others_is_checked),
	CU_TEST_ROW(b4_asks_over_ip6),
	CU_TEST_ROW(nobody_else_asks_over_ip6),
	CU_TEST_ROW(cut_requests_over_ip6_are_survived),
	CU_TEST_ROW(requests_over_ip6_are_dropped_without_pcp),
	CU_TEST_ROW(listed_host_asks_over_ip6),
};

CU_MAIN("scn_pcp", tests)
