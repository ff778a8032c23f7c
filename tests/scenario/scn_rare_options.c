/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Options that few use, and their negative side: filters and hairpins in every combination, hairpins off
 * for every kind of packet, pools of one and two addresses.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

#define SYN     RTE_TCP_SYN_FLAG
#define ACK     RTE_TCP_ACK_FLAG
#define UDP     CGN_PROTO_UDP
#define TCP     CGN_PROTO_TCP
#define N_HOSTS 8

static const char *
host(unsigned int i)
{
	static char text[4][16];
	static unsigned int turn;
	char *t = text[turn++ % 4];

	snprintf(t, sizeof(text[0]), "100.64.9.%u", (1 + i) & 255);
	return t;
}

/* --- filters -------------------------------------------------------------------------------- */

/* Who sends to a mapping whose host has sent to an endpoint before. */
enum sender {
	THE_ENDPOINT,
	ANOTHER_PORT,
	ANOTHER_ADDRESS,
	SENDERS,
};

/* The endpoint of a sender, its source port as the mapping's host has to see it. */
static bool
admits(enum cgn_filtering f, enum sender s)
{
	switch (f) {
	case CGN_FILTERING_EI:
		return true;
	case CGN_FILTERING_AD:
		return s != ANOTHER_ADDRESS;
	case CGN_FILTERING_APD:
		break;
	}
	return s == THE_ENDPOINT;
}

static const char *
name_of(enum cgn_filtering f)
{
	static const char *const names[] = {
		[CGN_FILTERING_EI] = "EI", [CGN_FILTERING_AD] = "AD", [CGN_FILTERING_APD] = "APD"
	};

	return names[f];
}

static struct fx *
filtering(enum cgn_filtering udp, enum cgn_filtering tcp)
{
	struct fx *fx = fx_new();

	fx->conf.nat.filtering[UDP] = udp;
	fx->conf.nat.filtering[TCP] = tcp;
	fx->conf.nat.syn_unreachable = false;
	return fx_start(fx);
}

static void
expect(struct fx *fx, const char *what, enum cgn_filtering f, enum sender s, bool passes)
{
	if (fx_first(fx)->left != passes)
		printf("\n  %s, filter %s, sender %d: %s\n", what, name_of(f), (int)s,
				passes ? "does not pass" : "passes");
	CU_ASSERT_EQUAL(fx_first(fx)->left, passes);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FILTERED), passes ? 0 : 1);
}

/* A-FIL-3: the table of filters, for packets from outside; each protocol by its own filter. */
static void
filters_admit_by_their_rule_from_outside(void)
{
	static const char *const addr[SENDERS] = { P1, P1, P2 };
	static const uint16_t port[SENDERS] = { 53, 54, 53 };

	for (unsigned int k = 0; k < 9; k++) {
		enum cgn_filtering u = (enum cgn_filtering)(k / 3), t = (enum cgn_filtering)(k % 3);
		struct fx *fx = filtering(u, t);
		struct fx_ep x = fx_map_udp(fx, H1, 5000), y = fx_connect(fx, H1, 5000, P1, 53);

		for (int s = 0; s < SENDERS; s++) {
			fx_udp_in(fx, addr[s], port[s], x.addr, x.port);
			expect(fx, "UDP", u, (enum sender)s, admits(u, (enum sender)s));
			fx_tcp_in(fx, addr[s], port[s], y.addr, y.port, SYN);
			expect(fx, "TCP", t, (enum sender)s, admits(t, (enum sender)s));
		}
		FX_BOOKS(fx);
		fx_free(fx);
	}
}

/* A-FIL-3, A-HP-2: the same table for hairpins: the sender is who it is outside. */
static void
filters_admit_by_their_rule_for_hairpins(void)
{
	for (unsigned int k = 0; k < 9; k++) {
		enum cgn_filtering u = (enum cgn_filtering)(k / 3), t = (enum cgn_filtering)(k % 3);

		for (unsigned int i = 1; i < N_HOSTS; i++) {
			struct fx *fx = filtering(u, t);
			const char *h = host(0), *a = host(i), *b = host(i % (N_HOSTS - 1) + 1);
			struct fx_ep x = fx_map_udp(fx, h, 5000), xa = fx_map_udp(fx, a, 7000);
			struct fx_ep xb = fx_map_udp(fx, b, 7001), y, ya;

			/* The host has sent to A's endpoint. */
			fx_udp_out(fx, h, 5000, xa.addr, xa.port);
			CU_ASSERT_EQUAL(fx_first(fx)->left, u == CGN_FILTERING_EI);
			fx_udp_out(fx, a, 7000, x.addr, x.port);
			expect(fx, "UDP hairpin", u, THE_ENDPOINT, true);
			FX_PKT(fx_first(fx), FX_INSIDE, xa.addr, xa.port, h, 5000);
			fx_udp_out(fx, b, 7001, x.addr, x.port);
			expect(fx, "UDP hairpin", u,
					strcmp(xa.addr, xb.addr) == 0 ? ANOTHER_PORT
								      : ANOTHER_ADDRESS,
					admits(u,
							strcmp(xa.addr, xb.addr) == 0
									? ANOTHER_PORT
									: ANOTHER_ADDRESS));
			/* The same host from another port, which is another endpoint of the same address. */
			fx_udp_out(fx, a, 7002, x.addr, x.port);
			expect(fx, "UDP hairpin", u, ANOTHER_PORT, admits(u, ANOTHER_PORT));
			y = fx_connect(fx, h, 5000, P1, 80);
			ya = fx_connect(fx, a, 7000, P1, 80);
			fx_tcp_out(fx, a, 7000, y.addr, y.port, SYN);
			expect(fx, "TCP hairpin", t, ANOTHER_ADDRESS, admits(t, ANOTHER_ADDRESS));
			/* Both sides send a SYN to each other: that is a connection by any filter. */
			fx_tcp_out(fx, h, 5000, ya.addr, ya.port, SYN);
			CU_ASSERT_TRUE(fx_first(fx)->left);
			fx_tcp_out(fx, a, 7000, y.addr, y.port, SYN);
			CU_ASSERT_TRUE(fx_first(fx)->left);
			FX_BOOKS(fx);
			fx_free(fx);
		}
	}
}

/* A-FIL-3: what admits a sender ends; the sender is refused again, and admitted again. */
static void
filters_forget_and_learn_again(void)
{
	for (int f = CGN_FILTERING_AD; f <= CGN_FILTERING_APD; f++) {
		struct fx *fx = filtering((enum cgn_filtering)f, CGN_FILTERING_EI);
		struct fx_ep x = fx_map_udp(fx, H1, 5000);

		for (unsigned int round = 0; round < 3; round++) {
			fx_udp_out(fx, H1, 5000, P2, 9);
			FX_PKT(fx_udp_in(fx, P2, 9, x.addr, x.port), FX_INSIDE, P2, 9, H1, 5000);
			CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 2);
			/* What comes in does not keep the permission. */
			fx_advance_s(fx, 200);
			CU_ASSERT_TRUE(fx_udp_in(fx, P2, 9, x.addr, x.port)->left);
			fx_map_udp(fx, H1, 5000);
			fx_advance_s(fx, 101);
			CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 1);
			fx_udp_in(fx, P2, 9, x.addr, x.port);
			FX_DROPPED(fx, CGN_V_FILTERED);
			CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
			FX_BOOKS(fx);
		}
		fx_free(fx);
	}
}

/* A-FIL-3: a lease is open to all and takes no entries; when it is undone, the filter is back. */
static void
undone_lease_is_filtered_again(void)
{
	struct fx *fx = filtering(CGN_FILTERING_APD, CGN_FILTERING_APD);
	struct fx_ep x = fx_map_udp(fx, H1, 5000), l = { .port = 0 };

	for (unsigned int round = 0; round < 2; round++) {
		fx_udp_in(fx, P2, 9, x.addr, x.port);
		FX_DROPPED(fx, CGN_V_FILTERED);
		CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5000, &l, 600), 0);
		CU_ASSERT_TRUE(fx_udp_in(fx, P2, 9, x.addr, x.port)->left);
		fx_udp_out(fx, H1, 5000, P2, 10);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 1);
		CU_ASSERT_EQUAL(fx_end_lease(fx, UDP, H1, 5000,
						CGN_MAPPING_EXPLICIT | CGN_MAPPING_UNDO),
				0);
		CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	}
	fx_free(fx);
}

/* --- hairpins off --------------------------------------------------------------------------- */

/* A-HP-1: nothing is turned round, of any kind; the rest of the NAT works. */
static void
hairpins_off_is_off_for_every_kind_of_packet(void)
{
	struct fx *fx = fx_new();
	struct fx_ep s = { "198.51.100.3", 8080 }, k, t, l = { .port = 0 };

	fx->conf.nat.hairpin = false;
	fx_add_static(fx, TCP, K1, 80, s.addr, s.port);
	fx_start(fx);
	k = fx_map_udp(fx, K1, 7000);
	t = fx_connect(fx, K1, 7000, P1, 80);
	CU_ASSERT_EQUAL(fx_lease(fx, TCP, K1, 81, &l, 600), 0);
	for (unsigned int i = 0; i < N_HOSTS; i++) {
		const char *h = host(i);
		struct rte_mbuf *m = pg_udp(fx->mp, h, 5000, k.addr, k.port, 2000), *part[2],
				*about;

		fx_udp_out(fx, h, 5000, k.addr, k.port);
		FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
		fx_udp_out(fx, h, 5000, k.addr, 2);
		FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
		fx_tcp_out(fx, h, 5000, t.addr, t.port, SYN);
		FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
		fx_tcp_out(fx, h, 5000, l.addr, l.port, SYN);
		FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
		fx_tcp_out(fx, h, 5000, s.addr, s.port, SYN);
		FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
		fx_ping_out(fx, h, k.addr, 1);
		FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
		CU_ASSERT_EQUAL(pg_fragment(fx->mp, m, 1500, part, 2), 2);
		rte_pktmbuf_free(m);
		fx_inside(fx, part[0]);
		fx_inside(fx, part[1]);
		CU_ASSERT_EQUAL(fx->n_out, 0);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_HAIRPIN_OFF), 1);
		/* An error of the host about a packet that came from a pool address. */
		about = pg_udp(fx->mp, k.addr, k.port, h, 5000, 32);
		fx_inside(fx, pg_icmp_error(fx->mp, h, k.addr, 3, 3, 0, about, 60));
		rte_pktmbuf_free(about);
		CU_ASSERT_EQUAL(fx->n_out, 0);
		/* What goes out and comes in is as ever. */
		CU_ASSERT_TRUE(fx_udp_out(fx, h, 5000, P1, 53)->left);
	}
	/* Its own endpoint is no exception. */
	fx_udp_out(fx, K1, 7000, k.addr, k.port);
	FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_ICMP_MADE), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), 0);
	CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, k.addr, k.port)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P1, 9, l.addr, l.port, SYN)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P1, 9, s.addr, s.port, SYN)->left);
	fx_advance_s(fx, 7);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* --- small pools ---------------------------------------------------------------------------- */

/* Map one host on every address, to and fro, errors and leases, too. @return addresses in use */
static unsigned int
use_addresses(struct fx *fx, const char *const *addrs, unsigned int n_addrs)
{
	unsigned int n_used = 0, per[4] = { 0 };

	for (unsigned int i = 0; i < 40; i++) {
		const char *h = host(i);
		const struct fx_pkt *p = fx_udp_out(fx, h, 5000, P1, 53);
		struct rte_mbuf *about;
		struct fx_ep x = { .port = p->sport }, l = { .port = 0 };
		bool is_known = false;

		if (p->port != FX_OUTSIDE)
			continue;
		memcpy(x.addr, p->src, sizeof(x.addr));
		for (unsigned int a = 0; a < n_addrs; a++) {
			if (strcmp(addrs[a], x.addr) == 0) {
				is_known = true;
				n_used += per[a]++ == 0;
			}
		}
		CU_ASSERT_TRUE(is_known);
		FX_PKT(fx_udp_in(fx, P2, 9, x.addr, x.port), FX_INSIDE, P2, 9, h, 5000);
		FX_PKT(fx_udp_out(fx, h, 5000, x.addr, x.port), FX_INSIDE, x.addr, x.port, h, 5000);
		CU_ASSERT_EQUAL(fx_lease(fx, TCP, h, 80, &l, 600), 0);
		CU_ASSERT_STRING_EQUAL(l.addr, x.addr);
		FX_PKT(fx_tcp_in(fx, P2, 9, l.addr, l.port, SYN), FX_INSIDE, P2, 9, h, 80);
		about = pg_udp(fx->mp, x.addr, x.port, P1, 53, 32);
		fx_outside(fx, pg_icmp_error(fx->mp, R1, x.addr, 11, 0, 0, about, 60));
		rte_pktmbuf_free(about);
		CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, h);
		p = fx_tcp_out(fx, h, 5001, P1, 80, SYN);
		FX_PKT(p, FX_OUTSIDE, x.addr, p->sport, P1, 80);
	}
	FX_BOOKS(fx);
	return n_used;
}

/* A-POOL-1, A-POOL-4: both addresses of a pair, the first and the last of its prefix, are like any other. */
static void
pool_of_two_addresses_uses_both(void)
{
	static const char *const pairs[][2] = { { "198.51.100.0", "198.51.100.1" },
		{ "198.51.100.254", "198.51.100.255" }, { "198.51.100.6", "198.51.100.7" },
		{ "198.51.100.255", "198.51.101.0" } };

	for (unsigned int i = 0; i < RTE_DIM(pairs); i++) {
		struct fx *fx = fx_new();

		fx_pool_clear(fx, 0);
		fx_pool_add(fx, 0, pairs[i][0], pairs[i][1]);
		fx_start(fx);
		CU_ASSERT_EQUAL(use_addresses(fx, pairs[i], 2), 2);
		CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses, 2);
		fx_free(fx);
	}
}

/* A-POOL-1: one address is a pool; subscribers of other workers are told that there is none for them. */
static void
pool_of_one_address_is_one(void)
{
	static const char *const addrs[] = { "198.51.100.255", "198.51.100.0", "198.51.100.77" };

	for (unsigned int i = 0; i < RTE_DIM(addrs); i++) {
		struct fx *fx = fx_new();
		unsigned int n = 0;

		fx_pool_clear(fx, 0);
		fx_pool_add(fx, 0, addrs[i], addrs[i]);
		fx_start(fx);
		CU_ASSERT_EQUAL(use_addresses(fx, &addrs[i], 1), 1);
		for (unsigned int k = 0; k < 40; k++) {
			bool passes = fx_udp_out(fx, host(k), 6000, P1, 53)->port == FX_OUTSIDE;

			CU_ASSERT_EQUAL(passes, fx_owner(fx, host(k)) == 0);
			n += fx_rose(fx, CGN_V_POOL_FULL) != 0;
		}
		CU_ASSERT_EQUAL(n == 0, fx->n_workers == 1);
		fx_free(fx);
	}
}

/* A-POOL-1, A-POOL-3: the two addresses are full one after the other, and no subscriber changes over. */
static void
full_address_of_two_keeps_its_subscribers(void)
{
	struct fx *fx = fx_new();
	struct fx_ep first[4];
	unsigned int n = 0;

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.0", "198.51.100.1");
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 8;
	fx->groups[0].leases_reserve = 0;
	fx->pools[0].port_min = 10240;
	fx->pools[0].port_max = 10240 + 2 * 64 - 1;
	fx_start(fx);
	/* Four subscribers have all four blocks. */
	for (unsigned int i = 0; i < 4; i++)
		first[i] = fx_map_udp(fx, host(i), 5000);
	fx_udp_out(fx, host(4), 5000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_FULL), 1);
	for (unsigned int i = 0; i < 4; i++) {
		for (n = 1; n < 100; n++) {
			const struct fx_pkt *p = fx_udp_out(
					fx, host(i), (uint16_t)(5000 + n), P1, 53);

			if (p->port != FX_OUTSIDE)
				break;
			CU_ASSERT_STRING_EQUAL(p->src, first[i].addr);
			CU_ASSERT_TRUE(p->sport >= 10240 && p->sport <= 10240 + 127);
		}
		CU_ASSERT_EQUAL(n, 64);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_PORTS), 1);
	}
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 4);
	FX_BOOKS(fx);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(filters_admit_by_their_rule_from_outside),
	CU_TEST_ROW(filters_admit_by_their_rule_for_hairpins),
	CU_TEST_ROW(filters_forget_and_learn_again),
	CU_TEST_ROW(undone_lease_is_filtered_again),
	CU_TEST_ROW(hairpins_off_is_off_for_every_kind_of_packet),
	CU_TEST_ROW(pool_of_two_addresses_uses_both),
	CU_TEST_ROW(pool_of_one_address_is_one),
	CU_TEST_ROW(full_address_of_two_keeps_its_subscribers),
};

CU_MAIN("scn_rare_options", tests)
