/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/pktgen.h"

#include <string.h>

#include <rte_byteorder.h>

#define SYN   RTE_TCP_SYN_FLAG
#define ACK   RTE_TCP_ACK_FLAG
#define FIN   RTE_TCP_FIN_FLAG
#define RST   RTE_TCP_RST_FLAG

#define LIMIT 20 /* sessions of a subscriber */

/* A host that serves port 80 by a lease. */
static struct fx_ep
serve(struct fx *fx, const char *host)
{
	struct fx_ep x = { .port = 0 };

	fx->drain_s = 30000;
	CU_ASSERT_EQUAL_FATAL(fx_lease(fx, CGN_PROTO_TCP, host, 80, &x, 28800), 0);
	return x;
}

static struct fx *
limited(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].sessions_max = LIMIT;
	return fx_start(fx);
}

static uint16_t
port_of(unsigned int i)
{
	return (uint16_t)(2000 + i);
}

/* A SYN with a forged source, which the host answers. */
static void
knock(struct fx *fx, const struct fx_ep *x, const char *host, unsigned int i, uint8_t answer)
{
	CU_ASSERT_TRUE(fx_tcp_in(fx, pg_stranger(i), port_of(i), x->addr, x->port, SYN)->left);
	CU_ASSERT_TRUE(fx_tcp_out(fx, host, 80, pg_stranger(i), port_of(i), answer)->left);
}

/* A whole handshake. @return whether all of it passed */
static bool
shake(struct fx *fx, const struct fx_ep *x, const char *host, unsigned int i)
{
	return fx_tcp_in(fx, pg_stranger(i), port_of(i), x->addr, x->port, SYN)->left &&
			fx_tcp_out(fx, host, 80, pg_stranger(i), port_of(i), SYN | ACK)->left &&
			fx_tcp_in(fx, pg_stranger(i), port_of(i), x->addr, x->port, ACK)->left;
}

/* A segment of a stranger that acknowledges a number. */
static void
acknowledge(struct fx *fx, const struct fx_ep *x, unsigned int i, uint8_t flags, uint32_t ack)
{
	struct rte_mbuf *m = pg_tcp(
			fx->mp, pg_stranger(i), port_of(i), x->addr, x->port, flags | ACK, 0);
	rte_be32_t be = rte_cpu_to_be_32(ack);

	memcpy((char *)pg_l4(m) + 8, &be, sizeof(be));
	pg_fix(m);
	fx_outside(fx, m);
}

/* A-RES-4, A-TCP-6: SYNs that a host answers, to whoever they seem to come from, neither keep others out
 * nor the host from opening connections. */
static void
answered_syns_of_strangers_keep_nobody_out(void)
{
	static const uint8_t answers[] = { SYN | ACK, RST | ACK };

	for (unsigned int k = 0; k < RTE_DIM(answers); k++) {
		struct fx *fx = limited();
		struct fx_ep x = serve(fx, H1);

		for (unsigned int i = 0; i < 10 * LIMIT; i++)
			knock(fx, &x, H1, i, answers[k]);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), LIMIT / 2);
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SUB_SESSIONS), 0);
		CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SESSIONS_EVICTED), 10 * LIMIT - LIMIT / 2);
		CU_ASSERT_TRUE(shake(fx, &x, H1, 1000));
		fx_connect(fx, H1, 5000, P1, 80);
		for (unsigned int i = 0; i < LIMIT - 1; i++)
			CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 5000, P2, port_of(i), SYN)->left);
		/* What has proved itself stays. */
		CU_ASSERT_TRUE(fx_tcp_in(fx, pg_stranger(1000), port_of(1000), x.addr, x.port, ACK)
						->left);
		fx_free(fx);
	}
}

/* A-RES-4: hosts outside that exist leave a quarter to the inside, when many of them keep all other
 * places. (One of them alone gets no more than its share: scn_remote_share.c.) */
static void
connections_from_outside_leave_a_quarter_to_the_inside(void)
{
	struct fx *fx = limited();
	struct fx_ep x = serve(fx, H1);

	for (unsigned int i = 0; i < LIMIT * 3 / 4; i++)
		CU_ASSERT_TRUE(shake(fx, &x, H1, i));
	CU_ASSERT_FALSE(shake(fx, &x, H1, 500));
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SUB_SESSIONS), 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SESSIONS_EVICTED), 0);
	fx_connect(fx, H1, 5000, P1, 80);
	for (unsigned int i = 0; i < LIMIT / 4; i++)
		CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 5000, P2, port_of(i), SYN)->left);
	fx_tcp_out(fx, H1, 5000, P2, 999, SYN);
	FX_REFUSED(fx, CGN_V_SUB_SESSIONS, 3, 1);
	for (unsigned int i = 0; i < LIMIT * 3 / 4; i++)
		CU_ASSERT_TRUE(fx_tcp_in(fx, pg_stranger(i), port_of(i), x.addr, x.port, ACK)
						->left);
	fx_advance_s(fx, 8000);
	CU_ASSERT_TRUE(shake(fx, &x, H1, 500));
	fx_free(fx);
}

/* A-RES-4: the oldest goes first, and no other. */
static void
oldest_unproven_session_makes_room(void)
{
	struct fx *fx = limited();
	struct fx_ep x = serve(fx, H1);

	for (unsigned int i = 0; i < LIMIT / 2; i++)
		knock(fx, &x, H1, i, SYN | ACK);
	/* One in the middle, the first and the last prove themselves. */
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_TRUE(fx_tcp_in(
				fx, pg_stranger(i * 9 / 2), port_of(i * 9 / 2), x.addr, x.port, ACK)
						->left);
	for (unsigned int i = 0; i < 4; i++)
		knock(fx, &x, H1, 100 + i, SYN | ACK);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SESSIONS_EVICTED), 1);
	fx_tcp_in(fx, pg_stranger(1), port_of(1), x.addr, x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	CU_ASSERT_TRUE(fx_tcp_in(fx, pg_stranger(2), port_of(2), x.addr, x.port, ACK)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, pg_stranger(0), port_of(0), x.addr, x.port, ACK)->left);
	fx_free(fx);
}

/* A-TCP-6: only an acknowledgement of what the inside sent is one. */
static void
acknowledgement_of_a_wrong_number_establishes_nothing(void)
{
	static const uint32_t wrong[] = { 1999, 2001, 0, 0x80000000 };
	static const uint8_t flags[] = { 0, FIN };

	for (unsigned int k = 0; k < RTE_DIM(flags); k++) {
		struct fx *fx = fx_default();
		struct fx_ep x = serve(fx, H1);

		knock(fx, &x, H1, 0, SYN | ACK);
		for (unsigned int i = 0; i < RTE_DIM(wrong); i++) {
			fx_advance_s(fx, 50);
			acknowledge(fx, &x, 0, flags[k], wrong[i]);
			CU_ASSERT_TRUE(fx_first(fx)->left);
		}
		/* Nor did it keep the session. */
		fx_advance_s(fx, 41);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
		fx_free(fx);
	}
}

/* A-TCP-1: a host may send data at once (TCP Fast Open), of which the outside acknowledges any part. */
static void
acknowledgement_of_early_data_is_one(void)
{
	static const uint32_t right[] = { 2000, 2050, 2100 };

	for (unsigned int i = 0; i < RTE_DIM(right); i++) {
		struct fx *fx = fx_default();
		struct fx_ep x = serve(fx, H1);

		knock(fx, &x, H1, 0, SYN | ACK);
		fx_inside(fx, pg_tcp(fx->mp, H1, 80, pg_stranger(0), port_of(0), ACK, 100));
		acknowledge(fx, &x, 0, 0, right[i]);
		fx_advance_s(fx, 7400);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 1);
		fx_free(fx);
	}
}

/* A-RES-4: the table of a worker has the same rules, so that the servers of some leave room to others. */
static void
strangers_do_not_fill_the_table_of_all(void)
{
	static const char *const hosts[] = { H1, H2, K1 };
	struct fx *fx = fx_new();
	struct fx_ep x[RTE_DIM(hosts)];

	fx->single_worker = true;
	fx->conf.nat.sessions_max = 64;
	fx_start(fx);
	for (unsigned int i = 0; i < RTE_DIM(hosts); i++)
		x[i] = serve(fx, hosts[i]);
	for (unsigned int i = 0; i < 300; i++)
		knock(fx, &x[i % 2], hosts[i % 2], i, SYN | ACK);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 32);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SESSIONS_FULL), 0);
	for (unsigned int i = 0; i < 48; i++)
		CU_ASSERT_TRUE(shake(fx, &x[2], K1, 1000 + i));
	CU_ASSERT_FALSE(shake(fx, &x[2], K1, 2000));
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SESSIONS_FULL), 1);
	fx_connect(fx, "100.64.3.3", 5000, P1, 80);
	for (unsigned int i = 0; i < 16; i++)
		CU_ASSERT_TRUE(fx_tcp_out(fx, "100.64.3.3", 5000, P2, port_of(i), SYN)->left);
	fx_free(fx);
}

/* A-TCP-6, A-MAP-10: a mapping that traffic made does not live on what strangers make a host send. */
static void
answers_to_strangers_keep_no_mapping(void)
{
	static const uint8_t answers[] = { SYN | ACK, RST | ACK };

	for (unsigned int k = 0; k < RTE_DIM(answers); k++) {
		struct fx *fx = fx_default();
		struct fx_ep x = fx_connect(fx, H1, 80, P1, 80);
		struct cgn_mapping_info info;

		fx_tcp_out(fx, H1, 80, P1, 80, FIN | ACK);
		fx_tcp_in(fx, P1, 80, x.addr, x.port, FIN | ACK);
		for (unsigned int t = 0; t < 240; t += 20) {
			knock(fx, &x, H1, t, answers[k]);
			fx_advance_s(fx, 20);
		}
		fx_advance_s(fx, 1);
		CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_TCP, H1, 80, &info));
		fx_free(fx);
	}
}

/* A-TCP-10: a closed connection of the inside's that a stranger opens again is the stranger's. */
static void
reopened_connection_has_to_prove_itself_again(void)
{
	struct fx *fx = limited();
	struct fx_ep x = serve(fx, H1);

	CU_ASSERT_TRUE(shake(fx, &x, H1, 0));
	fx_tcp_out(fx, H1, 80, pg_stranger(0), port_of(0), FIN | ACK);
	fx_tcp_in(fx, pg_stranger(0), port_of(0), x.addr, x.port, FIN | ACK);
	knock(fx, &x, H1, 0, SYN | ACK);
	for (unsigned int i = 1; i <= LIMIT; i++)
		knock(fx, &x, H1, i, SYN | ACK);
	fx_tcp_in(fx, pg_stranger(0), port_of(0), x.addr, x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_free(fx);
}

/* D-LIM-3: a session that was reset and knocks again is unproven once, not twice. */
static void
stranger_that_comes_and_goes_is_counted_once(void)
{
	struct fx *fx = limited();
	struct fx_ep x = serve(fx, H1);

	for (unsigned int round = 0; round < 5; round++) {
		for (unsigned int i = 0; i < 4; i++) {
			fx_tcp_in(fx, pg_stranger(i), port_of(i), x.addr, x.port, SYN);
			CU_ASSERT_TRUE(fx_first(fx)->left);
			FX_BOOKS(fx);
			fx_tcp_in(fx, pg_stranger(i), port_of(i), x.addr, x.port, RST);
			FX_BOOKS(fx);
		}
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 4);
	fx_free(fx);
}

/* A-TCP-10, A-RES-4: a connection that the host has refused and the stranger tries again counts once. */
static void
refused_connection_that_is_tried_again_counts_once(void)
{
	struct fx *fx = limited();
	struct fx_ep x = serve(fx, H1);

	for (unsigned int i = 0; i < 3 * LIMIT; i++) {
		knock(fx, &x, H1, 0, RST | ACK);
		FX_BOOKS(fx);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 1);
	CU_ASSERT_TRUE(shake(fx, &x, H1, 0));
	FX_BOOKS(fx);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(answered_syns_of_strangers_keep_nobody_out),
	CU_TEST_ROW(connections_from_outside_leave_a_quarter_to_the_inside),
	CU_TEST_ROW(stranger_that_comes_and_goes_is_counted_once),
	CU_TEST_ROW(oldest_unproven_session_makes_room),
	CU_TEST_ROW(acknowledgement_of_a_wrong_number_establishes_nothing),
	CU_TEST_ROW(acknowledgement_of_early_data_is_one),
	CU_TEST_ROW(strangers_do_not_fill_the_table_of_all),
	CU_TEST_ROW(answers_to_strangers_keep_no_mapping),
	CU_TEST_ROW(reopened_connection_has_to_prove_itself_again),
	CU_TEST_ROW(refused_connection_that_is_tried_again_counts_once),
};

CU_MAIN("scn_strangers", tests)
