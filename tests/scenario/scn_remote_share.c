/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Shares of hosts outside: one host, or a few, cannot take all the places that a subscriber (or a worker)
 * has for connections from outside. What the inside has closed gives way when all places are taken.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/pktgen.h"

#include <stdio.h>
#include <string.h>

#define SYN     RTE_TCP_SYN_FLAG
#define ACK     RTE_TCP_ACK_FLAG
#define FIN     RTE_TCP_FIN_FLAG
#define RST     RTE_TCP_RST_FLAG

#define LIMIT   200             /* sessions of a subscriber */
#define INBOUND (LIMIT * 3 / 4) /* of these, for connections from outside */

/* Of INBOUND free places a host takes an eighth of what is left then: 17 of 150 - 17. */
#define OF_HOST 17
/* A network takes a quarter of what is left: 30 of 150 - 30. */
#define OF_NETWORK 30

/* A test's NAT, and the port that H1 serves. */
struct bench {
	struct fx *fx;
	struct fx_ep x;
};

static struct bench
begin(uint32_t limit)
{
	struct bench b = { .fx = fx_new() };

	b.fx->drain_s = 30000;
	b.fx->conf.nat.sessions_max = 20000;
	b.fx->groups[0].sessions_max = limit;
	fx_start(b.fx);
	CU_ASSERT_EQUAL_FATAL(fx_lease(b.fx, CGN_PROTO_TCP, H1, 80, &b.x, 28800), 0);
	return b;
}

static uint16_t
port_of(unsigned int i)
{
	return (uint16_t)(2000 + i);
}

static bool
syn(struct bench *b, const char *h, unsigned int i)
{
	return fx_tcp_in(b->fx, h, port_of(i), b->x.addr, b->x.port, SYN)->left;
}

static bool
segment(struct bench *b, const char *h, unsigned int i, uint8_t flags)
{
	return fx_tcp_in(b->fx, h, port_of(i), b->x.addr, b->x.port, flags)->left;
}

/* The server sends a segment. */
static void
serve(struct bench *b, const char *h, unsigned int i, uint8_t flags)
{
	CU_ASSERT_TRUE(fx_tcp_out(b->fx, H1, 80, h, port_of(i), flags)->left);
}

/* A whole handshake. @return whether all of it passed */
static bool
shake(struct bench *b, const char *h, unsigned int i)
{
	if (!syn(b, h, i))
		return false;
	serve(b, h, i, SYN | ACK);
	return segment(b, h, i, ACK);
}

/* Handshakes of a host from its i-th port on until one is refused. @return how many passed */
static unsigned int
shake_all(struct bench *b, const char *h, unsigned int i)
{
	unsigned int n = 0;

	while (n < 10000 && shake(b, h, i + n))
		n++;
	return n;
}

/* A-RES-4: one host that keeps all connections it can get shuts nobody out, before and after the server
 * has given them up. */
static void
one_remote_does_not_shut_a_lease(void)
{
	struct bench b = begin(8192);
	unsigned int n = shake_all(&b, P1, 0);

	CU_ASSERT_EQUAL(n, 683);
	CU_ASSERT_EQUAL(fx_verdict(b.fx, CGN_V_REMOTE_SHARE), 1);
	CU_ASSERT_TRUE(shake(&b, P2, 0));
	for (unsigned int i = 0; i < n; i++)
		serve(&b, P1, i, FIN | ACK);
	for (unsigned int min = 0; min <= 120; min += 30) {
		CU_ASSERT_TRUE(shake(&b, P2, 1 + min));
		fx_advance_s(b.fx, 1800);
	}
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-RES-4: connections that the server has closed take no place, however many there are. */
static void
closed_connections_of_one_remote_do_not_shut_a_lease(void)
{
	struct bench b = begin(LIMIT);

	for (unsigned int i = 0; i < 4 * INBOUND; i++) {
		CU_ASSERT_TRUE(shake(&b, P1, i));
		serve(&b, P1, i, FIN | ACK);
	}
	CU_ASSERT_EQUAL(fx_gauge(b.fx, CGN_G_SESSIONS), INBOUND);
	CU_ASSERT_EQUAL(fx_counter(b.fx, CGN_C_SESSIONS_EVICTED), 3 * INBOUND);
	FX_BOOKS(b.fx);
	for (unsigned int k = 0; k < INBOUND; k++)
		CU_ASSERT_TRUE(shake(&b, pg_stranger(k), 0));
	fx_free(b.fx);
}

/* A-RES-4: exactly the share passes, and one more as soon as one has ended. */
static void
remote_gets_its_share_and_not_one_more(void)
{
	struct bench b = begin(LIMIT);

	for (unsigned int i = 0; i < OF_HOST; i++)
		CU_ASSERT_TRUE(shake(&b, P1, i));
	CU_ASSERT_FALSE(syn(&b, P1, OF_HOST));
	FX_DROPPED(b.fx, CGN_V_REMOTE_SHARE);
	/* It is the address that counts, not the port of the inside. */
	CU_ASSERT_TRUE(shake(&b, P2, 0));
	for (unsigned int i = 0; i < OF_HOST; i++)
		CU_ASSERT_TRUE(segment(&b, P1, i, ACK));
	CU_ASSERT_TRUE(segment(&b, P1, 3, RST | ACK));
	CU_ASSERT_TRUE(shake(&b, P1, OF_HOST));
	CU_ASSERT_FALSE(syn(&b, P1, OF_HOST + 1));
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-RES-4: handshakes that were all begun before the first one ended count, too. */
static void
handshakes_side_by_side_get_no_more(void)
{
	struct bench b = begin(LIMIT);
	unsigned int n = 0;

	for (unsigned int i = 0; i < 3 * OF_HOST; i++) {
		CU_ASSERT_TRUE(syn(&b, P1, i));
		serve(&b, P1, i, SYN | ACK);
	}
	for (unsigned int i = 0; i < 3 * OF_HOST; i++) {
		n += segment(&b, P1, i, ACK);
		FX_BOOKS(b.fx);
	}
	CU_ASSERT_EQUAL(n, OF_HOST);
	CU_ASSERT_EQUAL(fx_verdict(b.fx, CGN_V_REMOTE_SHARE), 2 * OF_HOST);
	/* The refused ones are unproven: they end soon. */
	fx_advance_s(b.fx, 242);
	CU_ASSERT_EQUAL(fx_gauge(b.fx, CGN_G_SESSIONS), OF_HOST);
	fx_free(b.fx);
}

/* A-RES-4: a network has a share, whoever of it connects; a neighbour network has another. */
static void
network_has_a_share(void)
{
	struct bench b = begin(LIMIT);
	unsigned int n = 0;

	for (unsigned int i = 0; i < 256; i++) {
		char h[16];

		snprintf(h, sizeof(h), "9.9.9.%u", i);
		n += shake(&b, h, i);
	}
	CU_ASSERT_EQUAL(n, OF_NETWORK);
	CU_ASSERT_EQUAL(fx_verdict(b.fx, CGN_V_REMOTE_SHARE), 256 - OF_NETWORK);
	CU_ASSERT_TRUE(shake(&b, "9.9.8.255", 0));
	CU_ASSERT_TRUE(shake(&b, "9.9.10.0", 0));
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-RES-4: many hosts that all take what they can get leave places to others. */
static void
many_greedy_remotes_leave_places(void)
{
	struct bench b = begin(LIMIT);
	unsigned int n = 0;

	for (unsigned int k = 0; k < 16; k++)
		n += shake_all(&b, pg_stranger(k), 0);
	CU_ASSERT_TRUE(n < INBOUND - 10);
	for (unsigned int k = 100; k < 110; k++)
		CU_ASSERT_TRUE(shake(&b, pg_stranger(k), 0));
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-RES-4, A-TCP-5: connections that are in use are not evicted, nor those that only the outside has closed. */
static void
kept_connections_never_give_way(void)
{
	struct bench b = begin(LIMIT);

	for (unsigned int k = 0; k < INBOUND; k++)
		CU_ASSERT_TRUE(shake(&b, pg_stranger(k), 0));
	CU_ASSERT_TRUE(segment(&b, pg_stranger(0), 0, FIN | ACK));
	CU_ASSERT_FALSE(syn(&b, P1, 0));
	FX_DROPPED(b.fx, CGN_V_SUB_SESSIONS);
	CU_ASSERT_EQUAL(fx_counter(b.fx, CGN_C_SESSIONS_EVICTED), 0);
	for (unsigned int k = 0; k < INBOUND; k++)
		serve(&b, pg_stranger(k), 0, ACK);
	/* The inside has the rest to itself. */
	fx_connect(b.fx, H1, 5000, P1, 80);
	for (unsigned int i = 0; i < LIMIT - INBOUND; i++)
		CU_ASSERT_EQUAL(fx_tcp_out(b.fx, H1, 5000, P2, port_of(i), SYN)->port, FX_OUTSIDE);
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-RES-4: what the inside has closed gives way, the oldest first; so does what a reset has ended. */
static void
closed_connections_give_way_oldest_first(void)
{
	struct bench b = begin(LIMIT);

	for (unsigned int k = 0; k < INBOUND; k++)
		CU_ASSERT_TRUE(shake(&b, pg_stranger(k), 0));
	serve(&b, pg_stranger(7), 0, FIN | ACK);
	CU_ASSERT_TRUE(segment(&b, pg_stranger(3), 0, RST | ACK));
	serve(&b, pg_stranger(5), 0, RST | ACK);
	FX_BOOKS(b.fx);
	/* All of them are still there. A segment from inside closes nothing again. */
	serve(&b, pg_stranger(7), 0, ACK);
	CU_ASSERT_EQUAL(fx_gauge(b.fx, CGN_G_SESSIONS), INBOUND);
	CU_ASSERT_TRUE(shake(&b, P1, 0));
	CU_ASSERT_FALSE(segment(&b, pg_stranger(7), 0, ACK));
	FX_DROPPED(b.fx, CGN_V_NO_SESSION);
	CU_ASSERT_TRUE(shake(&b, pg_stranger(300), 0));
	CU_ASSERT_FALSE(segment(&b, pg_stranger(3), 0, RST | ACK));
	FX_BOOKS(b.fx);
	/* The inside needs room, too. */
	fx_connect(b.fx, H1, 5000, P1, 80);
	for (unsigned int i = 0; i <= LIMIT - INBOUND; i++)
		CU_ASSERT_EQUAL(fx_tcp_out(b.fx, H1, 5000, P2, port_of(i), SYN)->port, FX_OUTSIDE);
	CU_ASSERT_FALSE(segment(&b, pg_stranger(5), 0, RST | ACK));
	CU_ASSERT_EQUAL(fx_counter(b.fx, CGN_C_SESSIONS_EVICTED), 3);
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-RES-4: newcomers do not push each other out while there is something closed. */
static void
handshakes_under_way_do_not_give_way_before_closed_connections(void)
{
	struct bench b = begin(LIMIT);

	for (unsigned int k = 0; k < INBOUND; k++) {
		CU_ASSERT_TRUE(shake(&b, pg_stranger(k), 0));
		serve(&b, pg_stranger(k), 0, FIN | ACK);
	}
	for (unsigned int k = 200; k < 250; k++) {
		CU_ASSERT_TRUE(syn(&b, pg_stranger(k), 0));
		serve(&b, pg_stranger(k), 0, SYN | ACK);
	}
	for (unsigned int k = 200; k < 250; k++)
		CU_ASSERT_TRUE(segment(&b, pg_stranger(k), 0, ACK));
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-TCP-7, A-RES-4: a connection that a reset did not end is kept again, within the share of its host. */
static void
resets_that_end_nothing_win_no_places(void)
{
	struct bench b = begin(LIMIT);

	CU_ASSERT_EQUAL(shake_all(&b, P1, 0), OF_HOST);
	CU_ASSERT_TRUE(segment(&b, P1, 0, RST));
	CU_ASSERT_TRUE(segment(&b, P1, 0, ACK));
	CU_ASSERT_FALSE(syn(&b, P1, 100));
	for (unsigned int i = 0; i < OF_HOST; i++)
		CU_ASSERT_TRUE(segment(&b, P1, i, RST));
	CU_ASSERT_EQUAL(shake_all(&b, P1, 100), OF_HOST);
	for (unsigned int i = 0; i < OF_HOST; i++) {
		CU_ASSERT_TRUE(segment(&b, P1, i, ACK));
		serve(&b, P1, i, ACK);
	}
	FX_BOOKS(b.fx);
	/* They work, but they give way. */
	for (unsigned int k = 0; k < INBOUND - OF_HOST; k++)
		CU_ASSERT_TRUE(shake(&b, pg_stranger(k), 0));
	CU_ASSERT_FALSE(shake(&b, pg_stranger(500), 0));
	for (unsigned int i = 0; i < OF_HOST; i++)
		CU_ASSERT_FALSE(segment(&b, P1, i, ACK));
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* A-RES-4: a reload that lowers the limit refuses others and ends nothing; one that raises it lets them in. */
static void
share_follows_a_reload(void)
{
	struct bench b = begin(LIMIT);
	struct cgn_conf_group groups[2];
	struct cgn_conf conf;

	for (unsigned int k = 0; k < 20; k++)
		CU_ASSERT_TRUE(shake(&b, pg_stranger(k), 0));
	for (unsigned int round = 0; round < 4; round++) {
		memcpy(groups, b.fx->groups, sizeof(groups));
		conf = b.fx->conf;
		conf.groups = groups;
		groups[0].sessions_max = round % 2 == 0 ? 20 : LIMIT;
		fx_reload(b.fx, &conf);
		/* Lowered, there are too many even without the one that the inside has closed. */
		serve(&b, pg_stranger(1), 0, FIN | ACK);
		CU_ASSERT_EQUAL(shake(&b, pg_stranger(100 + round), 0), round % 2 != 0);
		if (round % 2 == 0)
			FX_DROPPED(b.fx, CGN_V_SUB_SESSIONS);
		CU_ASSERT_TRUE(segment(&b, pg_stranger(0), 0, ACK));
	}
	CU_ASSERT_EQUAL(shake_all(&b, P1, 0), (INBOUND - 21 - 15) / 8 + 1);
	fx_free(b.fx);
}

/* A-RES-4: the table of a worker, too: one host does not shut the leases of all subscribers. */
static void
one_remote_does_not_fill_the_table_of_all(void)
{
	struct fx *fx = fx_new();
	struct bench b[20];
	unsigned int n = 0;

	fx->single_worker = true;
	fx->drain_s = 30000;
	fx->conf.nat.sessions_max = LIMIT;
	fx_start(fx);
	for (unsigned int k = 0; k < RTE_DIM(b); k++) {
		char in[16];

		snprintf(in, sizeof(in), "100.64.90.%u", 1 + k);
		b[k] = (struct bench){ .fx = fx };
		CU_ASSERT_EQUAL_FATAL(fx_lease(fx, CGN_PROTO_TCP, in, 80, &b[k].x, 28800), 0);
	}
	for (unsigned int k = 0; k < RTE_DIM(b); k++) {
		char in[16];

		snprintf(in, sizeof(in), "100.64.90.%u", 1 + k);
		for (unsigned int i = 0; i < 5 && syn(&b[k], P1, i); i++) {
			fx_tcp_out(fx, in, 80, P1, port_of(i), SYN | ACK);
			n += segment(&b[k], P1, i, ACK);
		}
	}
	CU_ASSERT_EQUAL(n, OF_HOST);
	CU_ASSERT_TRUE(fx_verdict(fx, CGN_V_REMOTE_SHARE) > 0);
	CU_ASSERT_FALSE(syn(&b[19], P1, 100));
	FX_DROPPED(fx, CGN_V_REMOTE_SHARE);
	CU_ASSERT_TRUE(syn(&b[19], P2, 0));
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A-HP-3, A-RES-4: a subscriber that connects through a hairpin has the share of its external address. */
static void
hairpins_have_a_share(void)
{
	struct bench b = begin(LIMIT);
	unsigned int n = 0;

	for (unsigned int i = 0; i < 3 * OF_HOST; i++) {
		const struct fx_pkt *p = fx_tcp_out(b.fx, H2, port_of(i), b.x.addr, b.x.port, SYN);
		struct fx_ep y = { .port = p->sport };

		if (!p->left)
			continue;
		memcpy(y.addr, p->src, sizeof(y.addr));
		fx_tcp_out(b.fx, H1, 80, y.addr, y.port, SYN | ACK);
		n += fx_tcp_out(b.fx, H2, port_of(i), b.x.addr, b.x.port, ACK)->left;
	}
	CU_ASSERT_EQUAL(n, OF_HOST);
	CU_ASSERT_EQUAL(fx_verdict(b.fx, CGN_V_REMOTE_SHARE), 2 * OF_HOST);
	CU_ASSERT_TRUE(shake(&b, P1, 0));
	FX_BOOKS(b.fx);
	fx_free(b.fx);
}

/* --- the share comes back -------------------------------------------------------------------- */

static void
idle(struct bench *b, unsigned int n)
{
	(void)n;
	fx_advance_s(b->fx, 7500);
}

static void
closed_inside(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		serve(b, P1, i, FIN | ACK);
	FX_BOOKS(b->fx);
	fx_advance_s(b->fx, 7500);
}

static void
closed_outside(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		CU_ASSERT_TRUE(segment(b, P1, i, FIN | ACK));
	FX_BOOKS(b->fx);
	fx_advance_s(b->fx, 7500);
}

/* Closed by both, the inside first or the outside first. */
static void
closed_by_both(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (i % 2 == 0)
			serve(b, P1, i, FIN | ACK);
		CU_ASSERT_TRUE(segment(b, P1, i, FIN | ACK));
		if (i % 2 != 0)
			serve(b, P1, i, FIN | ACK);
	}
	FX_BOOKS(b->fx);
	fx_advance_s(b->fx, 242);
}

/* Closed by both, and opened again from outside before its time was over. */
static void
opened_again(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		serve(b, P1, i, FIN | ACK);
		CU_ASSERT_TRUE(segment(b, P1, i, FIN | ACK));
		CU_ASSERT_TRUE(shake(b, P1, i));
		FX_BOOKS(b->fx);
	}
	CU_ASSERT_FALSE(syn(b, P1, n));
	closed_by_both(b, n);
}

/* Closed by both, and opened again from inside: that is nobody's share. */
static void
opened_again_inside(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		CU_ASSERT_TRUE(segment(b, P1, i, FIN | ACK));
		serve(b, P1, i, FIN | ACK);
		serve(b, P1, i, SYN);
		CU_ASSERT_TRUE(segment(b, P1, i, SYN | ACK));
		FX_BOOKS(b->fx);
	}
	fx_advance_s(b->fx, 7500);
}

static void
reset(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (i % 2 == 0)
			serve(b, P1, i, RST | ACK);
		else
			CU_ASSERT_TRUE(segment(b, P1, i, RST | ACK));
	}
	FX_BOOKS(b->fx);
	fx_advance_s(b->fx, 242);
}

/* Closed by the inside, and evicted by other hosts, whose connections are reset. */
static void
evicted(struct bench *b, unsigned int n)
{
	uint64_t before = fx_counter(b->fx, CGN_C_SESSIONS_EVICTED);

	for (unsigned int i = 0; i < n; i++)
		serve(b, P1, i, FIN | ACK);
	for (unsigned int k = 0; k < INBOUND; k++)
		CU_ASSERT_TRUE(shake(b, pg_stranger(k), 0));
	CU_ASSERT_EQUAL(fx_counter(b->fx, CGN_C_SESSIONS_EVICTED), before + n);
	FX_BOOKS(b->fx);
	for (unsigned int k = 0; k < INBOUND; k++)
		serve(b, pg_stranger(k), 0, RST | ACK);
	fx_advance_s(b->fx, 242);
}

static void
lease_again(struct bench *b, uint32_t lifetime_s)
{
	struct fx_ep x = { .port = b->x.port };

	CU_ASSERT_EQUAL(fx_lease(b->fx, CGN_PROTO_TCP, H1, 80, &x, lifetime_s), 0);
	b->x = x;
}

static void
lease_deleted(struct bench *b, unsigned int n)
{
	(void)n;
	CU_ASSERT_EQUAL(fx_unlease(b->fx, CGN_PROTO_TCP, H1, 80), 0);
	FX_BOOKS(b->fx);
	lease_again(b, 28800);
}

static void
lease_over(struct bench *b, unsigned int n)
{
	(void)n;
	lease_again(b, 10);
	fx_advance_s(b->fx, 12);
	FX_BOOKS(b->fx);
	lease_again(b, 28800);
}

/* A-RES-4: whatever ends the connections of a host, its share is whole again, each time. */
static void
share_comes_back_with_every_end(void)
{
	static const struct {
		const char *name;
		void (*end)(struct bench *b, unsigned int n);
	} rows[] = {
		{ "idle", idle },
		{ "closed inside", closed_inside },
		{ "closed outside", closed_outside },
		{ "closed by both", closed_by_both },
		{ "opened again", opened_again },
		{ "opened again inside", opened_again_inside },
		{ "reset", reset },
		{ "evicted", evicted },
		{ "lease deleted", lease_deleted },
		{ "lease over", lease_over },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct bench b = begin(LIMIT);

		for (unsigned int round = 0; round < 3; round++) {
			unsigned int n = shake_all(&b, P1, 0);

			if (n != OF_HOST)
				printf("\n  %s, round %u: %u\n", rows[i].name, round, n);
			CU_ASSERT_EQUAL(n, OF_HOST);
			rows[i].end(&b, n);
			CU_ASSERT_EQUAL(fx_gauge(b.fx, CGN_G_SESSIONS), 0);
			FX_BOOKS(b.fx);
			lease_again(&b, 28800);
		}
		fx_free(b.fx);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(one_remote_does_not_shut_a_lease),
	CU_TEST_ROW(closed_connections_of_one_remote_do_not_shut_a_lease),
	CU_TEST_ROW(remote_gets_its_share_and_not_one_more),
	CU_TEST_ROW(handshakes_side_by_side_get_no_more),
	CU_TEST_ROW(network_has_a_share),
	CU_TEST_ROW(many_greedy_remotes_leave_places),
	CU_TEST_ROW(kept_connections_never_give_way),
	CU_TEST_ROW(closed_connections_give_way_oldest_first),
	CU_TEST_ROW(handshakes_under_way_do_not_give_way_before_closed_connections),
	CU_TEST_ROW(resets_that_end_nothing_win_no_places),
	CU_TEST_ROW(share_follows_a_reload),
	CU_TEST_ROW(one_remote_does_not_fill_the_table_of_all),
	CU_TEST_ROW(hairpins_have_a_share),
	CU_TEST_ROW(share_comes_back_with_every_end),
};

CU_MAIN("scn_remote_share", tests)
