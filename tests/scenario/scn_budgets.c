/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Budgets: what ends, in whatever way it ends, is given back to every limit that it counted for. Each row
 * fills a limit three times with the same number, ends all of it, and counts the tables in between.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SYN     RTE_TCP_SYN_FLAG
#define ACK     RTE_TCP_ACK_FLAG
#define FIN     RTE_TCP_FIN_FLAG
#define RST     RTE_TCP_RST_FLAG

#define ROUNDS  3
#define LIMIT   12   /* of what a row fills */
#define FOREVER 1000 /* more than any limit here */

/* A test's NAT, and the port that H1 serves. */
struct bench {
	struct fx *fx;
	struct fx_ep x;
};

/* One limit, how it is filled and how that ends. */
struct row {
	const char *name;
	void (*conf)(struct fx *fx);
	bool (*take)(struct bench *b, unsigned int i);
	void (*end)(struct bench *b, unsigned int n);
	unsigned int want; /* fit */
	enum cgn_verdict refusal;
};

static uint16_t
port_of(unsigned int i)
{
	return (uint16_t)(2000 + i);
}

/* Let time pass; a connection of H1 goes on meanwhile, so that its subscriber is not forgotten. */
static void
wait_s(struct bench *b, unsigned int s)
{
	for (unsigned int step; s > 0; s -= step) {
		step = RTE_MIN(s, 3000U);
		fx_advance_s(b->fx, step);
		CU_ASSERT_TRUE(fx_tcp_out(b->fx, H1, 9, P1, 9, ACK)->left);
	}
}

/* Port 5000 of H1 is a lease for so long. */
static void
serve(struct bench *b, uint32_t lifetime_s)
{
	b->x = (struct fx_ep){ .port = 0 };
	CU_ASSERT_EQUAL(fx_lease(b->fx, CGN_PROTO_TCP, H1, 5000, &b->x, lifetime_s), 0);
}

static struct bench
begin(const struct row *r)
{
	struct bench b = { .fx = fx_new() };

	if (r->conf != NULL)
		r->conf(b.fx);
	b.fx->drain_s = 20000;
	fx_start(b.fx);
	fx_connect(b.fx, H1, 9, P1, 9);
	return b;
}

static void
run(const struct row *r)
{
	struct bench b = begin(r);

	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint64_t refused = fx_verdict(b.fx, r->refusal);
		unsigned int n = 0;

		while (n < FOREVER && r->take(&b, n))
			n++;
		if (n != r->want)
			printf("\n  %s, round %u: %u fit, not %u\n", r->name, round, n, r->want);
		CU_ASSERT_EQUAL(n, r->want);
		if (r->refusal != CGN_V_NONE)
			CU_ASSERT_EQUAL(fx_verdict(b.fx, r->refusal), refused + 1);
		FX_BOOKS(b.fx);
		r->end(&b, n);
		FX_BOOKS(b.fx);
	}
	fx_free(b.fx);
}

static void
run_all(const struct row *rows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		run(&rows[i]);
}

/* --- further sessions of a subscriber ------------------------------------------------------- */

/* The i-th host outside, in a network of its own: each has a share of its own. */
static const char *
peer(unsigned int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "9.1.%u.5", i & 255);
	return text;
}

static void
conf_sessions(struct fx *fx)
{
	fx->groups[0].sessions_max = LIMIT;
}

static void
lease_for_sessions(struct bench *b, unsigned int i)
{
	if (i == 0)
		serve(b, 200000);
}

static bool
syn_out(struct bench *b, unsigned int i)
{
	lease_for_sessions(b, i);
	/* A refused sender is told so: what leaves outside is the SYN. */
	return fx_tcp_out(b->fx, H1, 5000, peer(i), port_of(i), SYN)->port == FX_OUTSIDE;
}

static bool
connect_out(struct bench *b, unsigned int i)
{
	if (!syn_out(b, i))
		return false;
	fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, SYN | ACK);
	return fx_tcp_out(b->fx, H1, 5000, peer(i), port_of(i), ACK)->port == FX_OUTSIDE;
}

static bool
connect_in(struct bench *b, unsigned int i)
{
	lease_for_sessions(b, i);
	if (!fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, SYN)->left)
		return false;
	fx_tcp_out(b->fx, H1, 5000, peer(i), port_of(i), SYN | ACK);
	return fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, ACK)->left;
}

/* Strangers that prove nothing come first and make room again; then all that fit. */
static bool
connect_in_after_strangers(struct bench *b, unsigned int i)
{
	lease_for_sessions(b, i);
	for (unsigned int k = 0; i == 0 && k < 3 * LIMIT; k++) {
		CU_ASSERT_TRUE(fx_tcp_in(b->fx, P1, port_of(k), b->x.addr, b->x.port, SYN)->left);
		if (k % 3 != 0)
			fx_tcp_out(b->fx, H1, 5000, P1, port_of(k),
					k % 3 == 1 ? SYN | ACK : RST | ACK);
	}
	return connect_in(b, i);
}

/* Simultaneous open: the outside's SYN, then one from inside. */
static bool
cross(struct bench *b, unsigned int i)
{
	lease_for_sessions(b, i);
	return fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, SYN)->left &&
			fx_tcp_out(b->fx, H1, 5000, peer(i), port_of(i), SYN)->left;
}

static void
sessions_idle(struct bench *b, unsigned int n)
{
	(void)n;
	wait_s(b, 7500);
	CU_ASSERT_EQUAL(fx_unlease(b->fx, CGN_PROTO_TCP, H1, 5000), 0);
}

static void
sessions_reset(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, RST);
	wait_s(b, 242);
	CU_ASSERT_EQUAL(fx_gauge(b->fx, CGN_G_SESSIONS), 0);
	sessions_idle(b, n);
}

static void
sessions_closed(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, FIN | ACK);
		fx_tcp_out(b->fx, H1, 5000, peer(i), port_of(i), FIN | ACK);
	}
	wait_s(b, 242);
	CU_ASSERT_EQUAL(fx_gauge(b->fx, CGN_G_SESSIONS), 0);
	sessions_idle(b, n);
}

/* Closed, opened again from outside and closed again: the second time counts once, too. */
static void
sessions_closed_twice(struct bench *b, unsigned int n)
{
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < n; i++) {
			fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, FIN | ACK);
			fx_tcp_out(b->fx, H1, 5000, peer(i), port_of(i), FIN | ACK);
			fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, SYN);
			FX_BOOKS(b->fx);
			fx_tcp_out(b->fx, H1, 5000, peer(i), port_of(i), SYN | ACK);
			fx_tcp_in(b->fx, peer(i), port_of(i), b->x.addr, b->x.port, ACK);
			FX_BOOKS(b->fx);
		}
	}
	sessions_closed(b, n);
}

static void
lease_deleted(struct bench *b, unsigned int n)
{
	(void)n;
	CU_ASSERT_EQUAL(fx_unlease(b->fx, CGN_PROTO_TCP, H1, 5000), 0);
	FX_BOOKS(b->fx);
	wait_s(b, 7600);
}

static void
lease_ends(struct bench *b, unsigned int n)
{
	(void)n;
	serve(b, 10);
	wait_s(b, 12);
	FX_BOOKS(b->fx);
	wait_s(b, 7600);
}

/* A-RES-4, A-TCP-1: further sessions of a subscriber. The first session lies in the mapping itself. */
static void
ended_sessions_are_given_back(void)
{
	static const enum cgn_verdict full = CGN_V_SUB_SESSIONS;
	const struct row rows[] = {
		{ "SYNs, idle", conf_sessions, syn_out, sessions_idle, LIMIT + 1, full },
		{ "SYNs, reset", conf_sessions, syn_out, sessions_reset, LIMIT + 1, full },
		{ "SYNs, lease deleted", conf_sessions, syn_out, lease_deleted, LIMIT + 1, full },
		{ "out, idle", conf_sessions, connect_out, sessions_idle, LIMIT + 1, full },
		{ "out, reset", conf_sessions, connect_out, sessions_reset, LIMIT + 1, full },
		{ "out, closed", conf_sessions, connect_out, sessions_closed, LIMIT + 1, full },
		{ "out, lease deleted", conf_sessions, connect_out, lease_deleted, LIMIT + 1,
				full },
		{ "out, lease ends", conf_sessions, connect_out, lease_ends, LIMIT + 1, full },
		{ "in, idle", conf_sessions, connect_in, sessions_idle, LIMIT * 3 / 4, full },
		{ "in, reset", conf_sessions, connect_in, sessions_reset, LIMIT * 3 / 4, full },
		{ "in, closed", conf_sessions, connect_in, sessions_closed, LIMIT * 3 / 4, full },
		{ "in, closed twice", conf_sessions, connect_in, sessions_closed_twice,
				LIMIT * 3 / 4, full },
		{ "in, lease deleted", conf_sessions, connect_in, lease_deleted, LIMIT * 3 / 4,
				full },
		{ "in, lease ends", conf_sessions, connect_in, lease_ends, LIMIT * 3 / 4, full },
		{ "strangers, idle", conf_sessions, connect_in_after_strangers, sessions_idle,
				LIMIT * 3 / 4, full },
		{ "strangers, lease deleted", conf_sessions, connect_in_after_strangers,
				lease_deleted, LIMIT * 3 / 4, full },
		{ "crossing, idle", conf_sessions, cross, sessions_idle, LIMIT * 3 / 4, full },
	};

	run_all(rows, RTE_DIM(rows));
}

/* --- filter entries ------------------------------------------------------------------------- */

static void
conf_filters(struct fx *fx)
{
	fx->groups[0].sessions_max = LIMIT;
	fx->conf.nat.filtering[CGN_PROTO_UDP] = CGN_FILTERING_APD;
	fx->conf.nat.filtering[CGN_PROTO_TCP] = CGN_FILTERING_AD;
}

static bool
filter_udp(struct bench *b, unsigned int i)
{
	return fx_udp_out(b->fx, H1, 5000, P2, port_of(i))->port == FX_OUTSIDE;
}

static void
filters_idle(struct bench *b, unsigned int n)
{
	(void)n;
	wait_s(b, 302);
}

/* The mapping becomes a lease and ends with it, its filter entries, too. */
static void
filters_deleted(struct bench *b, unsigned int n)
{
	struct fx_ep x = { .port = 0 };

	(void)n;
	CU_ASSERT_EQUAL(fx_lease(b->fx, CGN_PROTO_UDP, H1, 5000, &x, 600), 0);
	CU_ASSERT_EQUAL(fx_unlease(b->fx, CGN_PROTO_UDP, H1, 5000), 0);
	CU_ASSERT_TRUE(fx_gauge(b->fx, CGN_G_SESSIONS) <= 1);
}

static bool
filter_tcp(struct bench *b, unsigned int i)
{
	char remote[16];

	/* A SYN to a new address is an entry of the address and a connection. */
	snprintf(remote, sizeof(remote), "203.0.113.%u", (100 + i) & 255);
	return fx_tcp_out(b->fx, H1, 5000, remote, 80, SYN)->port == FX_OUTSIDE;
}

/* A-FIL-3, A-RES-4: entries of filters count as sessions do. The first connection of a TCP mapping lies in
 * the mapping; the entry of the keeping connection stays. */
static void
ended_filter_entries_are_given_back(void)
{
	const struct row rows[] = {
		{ "UDP filters, idle", conf_filters, filter_udp, filters_idle, LIMIT - 1,
				CGN_V_SUB_SESSIONS },
		{ "UDP filters, deleted", conf_filters, filter_udp, filters_deleted, LIMIT - 1,
				CGN_V_SUB_SESSIONS },
		{ "TCP filters, idle", conf_filters, filter_tcp, filters_idle, LIMIT / 2,
				CGN_V_SUB_SESSIONS },
	};

	run_all(rows, RTE_DIM(rows));
}

/* --- mappings of a subscriber --------------------------------------------------------------- */

static void
conf_mappings(struct fx *fx)
{
	fx->groups[0].mappings_max = LIMIT;
}

static bool
map_udp(struct bench *b, unsigned int i)
{
	return fx_udp_out(b->fx, H1, port_of(i), P1, 53)->port == FX_OUTSIDE;
}

static bool
map_ping(struct bench *b, unsigned int i)
{
	return fx_ping_out(b->fx, H1, P1, port_of(i))->port == FX_OUTSIDE;
}

static bool
map_tcp(struct bench *b, unsigned int i)
{
	const struct fx_pkt *p = fx_tcp_out(b->fx, H1, port_of(i), P1, 80, SYN);
	struct fx_ep x = { .port = p->sport };

	if (p->port != FX_OUTSIDE)
		return false;
	memcpy(x.addr, p->src, sizeof(x.addr));
	if (i % 2 == 0)
		return true;
	fx_tcp_in(b->fx, P1, 80, x.addr, x.port, SYN | ACK);
	return fx_tcp_out(b->fx, H1, port_of(i), P1, 80, ACK)->left;
}

static void
mappings_idle(struct bench *b, unsigned int n)
{
	(void)n;
	wait_s(b, 7600);
}

static void
mappings_reset(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		CU_ASSERT_TRUE(fx_tcp_out(b->fx, H1, port_of(i), P1, 80, RST)->left);
	wait_s(b, 242);
}

/* Traffic's mapping becomes a lease and is deleted. */
static void
mappings_leased_and_deleted(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct fx_ep x = { .port = 0 };

		CU_ASSERT_EQUAL(fx_lease(b->fx, CGN_PROTO_UDP, H1, port_of(i), &x, 600), 0);
		CU_ASSERT_EQUAL(fx_unlease(b->fx, CGN_PROTO_UDP, H1, port_of(i)), 0);
	}
}

/* The same, but the lease is undone: the mapping lives on as traffic's. */
static void
mappings_leased_and_undone(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct fx_ep x = { .port = 0 };

		CU_ASSERT_EQUAL(fx_lease(b->fx, CGN_PROTO_UDP, H1, port_of(i), &x, 600), 0);
		CU_ASSERT_EQUAL(fx_end_lease(b->fx, CGN_PROTO_UDP, H1, port_of(i),
						CGN_MAPPING_EXPLICIT | CGN_MAPPING_UNDO),
				0);
	}
	FX_BOOKS(b->fx);
	wait_s(b, 302);
}

/* A-RES-1: mappings of a subscriber. */
static void
ended_mappings_are_given_back(void)
{
	static const enum cgn_verdict full = CGN_V_SUB_MAPPINGS;
	const struct row rows[] = {
		{ "UDP, idle", conf_mappings, map_udp, mappings_idle, LIMIT - 1, full },
		{ "ping, idle", conf_mappings, map_ping, mappings_idle, LIMIT - 1, full },
		{ "TCP, idle", conf_mappings, map_tcp, mappings_idle, LIMIT - 1, full },
		{ "TCP, reset", conf_mappings, map_tcp, mappings_reset, LIMIT - 1, full },
		{ "UDP, deleted", conf_mappings, map_udp, mappings_leased_and_deleted, LIMIT - 1,
				full },
		{ "UDP, undone", conf_mappings, map_udp, mappings_leased_and_undone, LIMIT - 1,
				full },
	};

	run_all(rows, RTE_DIM(rows));
}

/* --- ports of a subscriber ------------------------------------------------------------------ */

static void
conf_ports(struct fx *fx)
{
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 2;
	fx->groups[0].leases_reserve = 0;
	fx->pools[0].port_min = 10240;
}

static void
conf_ports_free_at_once(struct fx *fx)
{
	conf_ports(fx);
	fx->conf.nat.hold_down_s = 0;
}

static void
conf_ports_held_few(struct fx *fx)
{
	conf_ports(fx);
	fx->conf.nat.hold_down_max = 10;
}

static void
ports_idle(struct bench *b, unsigned int n)
{
	(void)n;
	wait_s(b, 302 + 121);
	CU_ASSERT_EQUAL(fx_gauge(b->fx, CGN_G_PORTS_HELD), 0);
	CU_ASSERT_EQUAL(fx_pool_stats(b->fx, 0).blocks_used, 1);
}

/* Held ports go back to their endpoints, and are counted once however often that happens. */
static void
ports_come_back(struct bench *b, unsigned int n)
{
	for (unsigned int round = 0; round < 2; round++) {
		wait_s(b, 302);
		FX_BOOKS(b->fx);
		for (unsigned int i = 0; i < n; i++) {
			struct fx_ep x = { .port = 0 };

			(void)fx_lease(b->fx, CGN_PROTO_UDP, H1, port_of(i), &x, 60);
		}
		FX_BOOKS(b->fx);
	}
	wait_s(b, 62);
	ports_idle(b, n);
}

/* A-PORT-6, A-RES-1: ports of a subscriber, held or not. UDP gets all 128 numbers, also the one that the
 * keeping TCP connection of the same client has. */
static void
ended_ports_are_given_back(void)
{
	static const enum cgn_verdict full = CGN_V_SUB_PORTS;
	const struct row rows[] = {
		{ "ports, held", conf_ports, map_udp, ports_idle, 2 * 64, full },
		{ "ports, back", conf_ports, map_udp, ports_come_back, 2 * 64, full },
		{ "ports, not held", conf_ports_free_at_once, map_udp, ports_idle, 2 * 64, full },
		{ "ports, few held", conf_ports_held_few, map_udp, ports_idle, 2 * 64, full },
	};

	run_all(rows, RTE_DIM(rows));
}

/* --- leases of a subscriber ----------------------------------------------------------------- */

static void
conf_leases(struct fx *fx)
{
	fx->groups[0].leases_max = LIMIT;
	fx->conf.nat.hold_down_s = 0;
}

static bool
lease(struct bench *b, unsigned int i)
{
	struct fx_ep x = { .port = 0 };
	int ret = fx_lease(
			b->fx, i % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP, H1, port_of(i), &x, 600);

	CU_ASSERT_TRUE(ret == 0 || ret == -EDQUOT);
	/* A renewal is no other lease. */
	if (ret == 0)
		CU_ASSERT_EQUAL(fx_lease(b->fx, i % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP, H1,
						port_of(i), &x, 600),
				0);
	return ret == 0;
}

/* A lease over a mapping that traffic has made. */
static bool
lease_of_traffic(struct bench *b, unsigned int i)
{
	if (i % 2 == 0)
		(void)map_udp(b, i);
	else
		(void)map_tcp(b, i);
	return lease(b, i);
}

static void
leases_end(struct bench *b, unsigned int n)
{
	(void)n;
	wait_s(b, 602);
	FX_BOOKS(b->fx);
	wait_s(b, 7500);
}

static void
leases_deleted(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		enum cgn_proto proto = i % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP;

		int again;

		CU_ASSERT_EQUAL(fx_unlease(b->fx, proto, H1, port_of(i)), 0);
		/* No lease is left to delete, but a connection of the inside may have the mapping. */
		again = fx_unlease(b->fx, proto, H1, port_of(i));
		CU_ASSERT_TRUE(again == -ENOENT ||
				(again == -EADDRINUSE && proto == CGN_PROTO_TCP));
	}
}

static void
leases_undone(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		CU_ASSERT_EQUAL(fx_end_lease(b->fx, i % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP, H1,
						port_of(i),
						CGN_MAPPING_EXPLICIT | CGN_MAPPING_UNDO),
				0);
}

/* Renewed for the shortest time, which replaces the long one. */
static void
leases_shortened(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct fx_ep x = { .port = 0 };

		CU_ASSERT_EQUAL(fx_lease(b->fx, i % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP, H1,
						port_of(i), &x, 1),
				0);
	}
	wait_s(b, 3);
}

/* D-LIM-5: leases of a subscriber. */
static void
ended_leases_are_given_back(void)
{
	const struct row rows[] = {
		{ "leases end", conf_leases, lease, leases_end, LIMIT, CGN_V_NONE },
		{ "leases deleted", conf_leases, lease, leases_deleted, LIMIT, CGN_V_NONE },
		{ "leases undone", conf_leases, lease, leases_undone, LIMIT, CGN_V_NONE },
		{ "leases shortened", conf_leases, lease, leases_shortened, LIMIT, CGN_V_NONE },
		{ "of traffic, end", conf_leases, lease_of_traffic, leases_end, LIMIT, CGN_V_NONE },
		{ "of traffic, deleted", conf_leases, lease_of_traffic, leases_deleted, LIMIT,
				CGN_V_NONE },
		{ "of traffic, undone", conf_leases, lease_of_traffic, leases_undone, LIMIT,
				CGN_V_NONE },
		{ "of traffic, shortened", conf_leases, lease_of_traffic, leases_shortened, LIMIT,
				CGN_V_NONE },
	};

	run_all(rows, RTE_DIM(rows));
}

/* --- tables of a worker --------------------------------------------------------------------- */

static const char *
host(unsigned int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.64.%u.%u", (80 + i / 200) & 255, 1 + i % 200);
	return text;
}

static void
conf_table_of_mappings(struct fx *fx)
{
	fx->single_worker = true;
	fx->conf.nat.mappings_max = 40;
}

static void
conf_table_of_sessions(struct fx *fx)
{
	fx->single_worker = true;
	fx->conf.nat.sessions_max = 40;
}

/* One address with 16 blocks. */
static void
conf_pool(struct fx *fx)
{
	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.1");
	fx->groups[0].block_size = 64;
	fx->pools[0].port_min = 10240;
	fx->pools[0].port_max = 10240 + 16 * 64 - 1;
}

static bool
map_of_many(struct bench *b, unsigned int i)
{
	return fx_udp_out(b->fx, host(i), 5000, P1, 53)->port == FX_OUTSIDE;
}

static bool
syn_of_many(struct bench *b, unsigned int i)
{
	/* Of each five connections of a host the first lies in its mapping. */
	return fx_tcp_out(b->fx, host(i / 5), 5000, P2, port_of(i), SYN)->port == FX_OUTSIDE;
}

static void
all_idle(struct bench *b, unsigned int n)
{
	(void)n;
	wait_s(b, 302 + 121);
	wait_s(b, 302);
	CU_ASSERT_EQUAL(fx_gauge(b->fx, CGN_G_SUBSCRIBERS), 1);
}

/* A-RES-1, A-RES-4: what all subscribers share. */
static void
tables_of_all_are_whole_again(void)
{
	const struct row rows[] = {
		{ "mappings of all", conf_table_of_mappings, map_of_many, all_idle, 39,
				CGN_V_MAPPINGS_FULL },
		{ "sessions of all", conf_table_of_sessions, syn_of_many, all_idle, 51,
				CGN_V_SESSIONS_FULL },
		{ "blocks of a pool", conf_pool, map_of_many, all_idle, 15, CGN_V_POOL_FULL },
	};

	run_all(rows, RTE_DIM(rows));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(ended_sessions_are_given_back),
	CU_TEST_ROW(ended_filter_entries_are_given_back),
	CU_TEST_ROW(ended_mappings_are_given_back),
	CU_TEST_ROW(ended_ports_are_given_back),
	CU_TEST_ROW(ended_leases_are_given_back),
	CU_TEST_ROW(tables_of_all_are_whole_again),
};

CU_MAIN("scn_budgets", tests)
