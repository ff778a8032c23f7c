/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Deadlines: what waits is there one tick before its time is over and gone when the second of its end has
 * come, at whatever tick of a second it began. The observer changes nothing.
 */

#include "shared/tcpstate.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG

struct row {
	const char *name;
	void (*begin)(struct fx *fx);
	bool (*is_there)(struct fx *fx);
	uint32_t life_s;
};

static struct fx_ep
connected(struct fx *fx)
{
	return fx_connect(fx, H1, 5000, P1, 80);
}

/* --- what begins ---------------------------------------------------------------------------- */

static void
udp(struct fx *fx)
{
	fx_map_udp(fx, H1, 5000);
}

/* The last use counts, not the first one. */
static void
udp_used_again(struct fx *fx)
{
	fx_map_udp(fx, H1, 5000);
	fx_advance_s(fx, 100 + 5.0 / CGN_TICK_HZ);
	fx_map_udp(fx, H1, 5000);
}

static void
ping(struct fx *fx)
{
	fx_ping_out(fx, H1, P1, 5000);
}

static void
tcp_opening(struct fx *fx)
{
	fx_tcp_out(fx, H1, 5000, P1, 80, SYN);
}

static void
tcp_established(struct fx *fx)
{
	connected(fx);
}

/* A connection that is so old that nothing waits for its opening any more. */
static struct fx_ep
old_connection(struct fx *fx)
{
	struct fx_ep x = connected(fx);

	fx_advance_s(fx, 1000 + 3.0 / CGN_TICK_HZ);
	fx_tcp_out(fx, H1, 5000, P1, 80, ACK);
	return x;
}

static void
old_tcp_closing(struct fx *fx)
{
	struct fx_ep x = old_connection(fx);

	fx_tcp_out(fx, H1, 5000, P1, 80, FIN | ACK);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, FIN | ACK);
}

static void
old_tcp_reset(struct fx *fx)
{
	struct fx_ep x = old_connection(fx);

	fx_tcp_in(fx, P1, 80, x.addr, x.port, RST);
}

/* Closed and opened again: the shorter time of an opening connection counts. */
static void
old_tcp_opened_again(struct fx *fx)
{
	old_tcp_closing(fx);
	fx_tcp_out(fx, H1, 5000, P1, 80, SYN);
}

static void
tcp_half_closed(struct fx *fx)
{
	connected(fx);
	fx_tcp_out(fx, H1, 5000, P1, 80, FIN | ACK);
}

static void
tcp_closing(struct fx *fx)
{
	struct fx_ep x = connected(fx);

	fx_tcp_out(fx, H1, 5000, P1, 80, FIN | ACK);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, FIN | ACK);
}

static void
tcp_reset(struct fx *fx)
{
	struct fx_ep x = connected(fx);

	fx_advance_s(fx, 7.0 / CGN_TICK_HZ);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, RST);
	/* One more does not begin the time anew. */
	fx_advance_s(fx, 1);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, RST);
}

static void
tcp_reset_while_opening(struct fx *fx)
{
	const struct fx_pkt *p = fx_tcp_out(fx, H1, 5000, P1, 80, SYN);
	struct fx_ep x = { .port = p->sport };

	memcpy(x.addr, p->src, sizeof(x.addr));
	fx_tcp_in(fx, P1, 80, x.addr, x.port, RST | ACK);
}

/* SYNs of the outside that nobody answers do not begin the time anew. */
static void
tcp_reset_and_knocked_at(struct fx *fx)
{
	struct fx_ep x = connected(fx);

	fx_tcp_out(fx, H1, 5000, P1, 80, RST);
	for (unsigned int i = 0; i < 2; i++) {
		fx_advance_s(fx, 100);
		fx_tcp_in(fx, P1, 80, x.addr, x.port, SYN);
	}
}

/* A second connection of the mapping; the first one is closed and ends before. */
static void
second_connection(struct fx *fx)
{
	connected(fx);
	fx_connect(fx, H1, 5000, P2, 81);
	fx_tcp_out(fx, H1, 5000, P1, 80, RST);
	fx_advance_s(fx, 1.0);
	fx_tcp_out(fx, H1, 5000, P2, 81, ACK);
}

static struct fx_ep
lease_for(struct fx *fx, enum cgn_proto proto, uint32_t s)
{
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, proto, H1, 5000, &x, s), 0);
	return x;
}

static void
knock_at_lease(struct fx *fx)
{
	struct fx_ep x = lease_for(fx, CGN_PROTO_TCP, 20000);

	fx_tcp_in(fx, P2, 4000, x.addr, x.port, SYN);
}

static void
answered_at_lease(struct fx *fx)
{
	knock_at_lease(fx);
	fx_tcp_out(fx, H1, 5000, P2, 4000, SYN | ACK);
}

static void
connected_to_lease(struct fx *fx)
{
	struct fx_ep x = lease_for(fx, CGN_PROTO_TCP, 20000);

	fx_tcp_in(fx, P2, 4000, x.addr, x.port, SYN);
	fx_tcp_out(fx, H1, 5000, P2, 4000, SYN | ACK);
	fx_tcp_in(fx, P2, 4000, x.addr, x.port, ACK);
}

/* Its timer stands for the first use and finds the last one. */
static void
used_again_at_lease(struct fx *fx)
{
	connected_to_lease(fx);
	fx_advance_s(fx, 0.5);
	fx_tcp_out(fx, H1, 5000, P2, 4000, ACK);
}

static void
reset_at_lease(struct fx *fx)
{
	connected_to_lease(fx);
	fx_advance_s(fx, 11.0 / CGN_TICK_HZ);
	fx_tcp_out(fx, H1, 5000, P2, 4000, RST);
	fx_advance_s(fx, 1);
	fx_tcp_out(fx, H1, 5000, P2, 4000, RST);
}

static void
old_reset_at_lease(struct fx *fx)
{
	connected_to_lease(fx);
	fx_advance_s(fx, 1000 + 3.0 / CGN_TICK_HZ);
	fx_tcp_out(fx, H1, 5000, P2, 4000, RST);
}

static void
old_closing_at_lease(struct fx *fx)
{
	struct fx_ep x = lease_for(fx, CGN_PROTO_TCP, 20000);

	connected_to_lease(fx);
	fx_advance_s(fx, 1000 + 3.0 / CGN_TICK_HZ);
	fx_tcp_out(fx, H1, 5000, P2, 4000, FIN | ACK);
	fx_tcp_in(fx, P2, 4000, x.addr, x.port, FIN | ACK);
}

static void
filter_entry(struct fx *fx)
{
	fx_udp_out(fx, H1, 5000, P2, 53);
	fx_advance_s(fx, 200);
	fx_udp_out(fx, H1, 5000, P1, 53);
}

static void
lease_udp(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_UDP, 600);
}

static void
lease_udp_renewed(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_UDP, 3600);
	fx_advance_s(fx, 50 + 3.0 / CGN_TICK_HZ);
	lease_for(fx, CGN_PROTO_UDP, 600);
}

static void
lease_udp_of_traffic(struct fx *fx)
{
	fx_map_udp(fx, H1, 5000);
	lease_for(fx, CGN_PROTO_UDP, 600);
}

static void
lease_tcp(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_TCP, 600);
}

/* The connection's time is longer than the lease's. */
static void
lease_with_connection(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_TCP, 600);
	connected(fx);
}

/* The same, but the lease comes to a connection that is there. */
static void
lease_for_connection(struct fx *fx)
{
	connected(fx);
	lease_for(fx, CGN_PROTO_TCP, 600);
}

/* The lease's time is longer; the connection ends first, and the lease goes on. */
static void
connection_over_long_lease(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_TCP, 20000);
	connected(fx);
}

static void
long_lease_for_connection(struct fx *fx)
{
	connected(fx);
	lease_for(fx, CGN_PROTO_TCP, 20000);
}

/* A renewal makes the lease shorter than its connection. */
static void
shortened_lease_with_connection(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_TCP, 20000);
	connected(fx);
	fx_advance_s(fx, 100 + 9.0 / CGN_TICK_HZ);
	lease_for(fx, CGN_PROTO_TCP, 600);
}

/* The opening connection of the lease ends after 240 s; the lease goes on until its own end. */
static void
lease_with_failed_connection(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_TCP, 600);
	fx_tcp_out(fx, H1, 5000, P1, 80, SYN);
}

static void
held_port(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_UDP, 600);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_UDP, H1, 5000), 0);
}

/* A subscriber without any port. */
static void
idle_subscriber(struct fx *fx)
{
	lease_for(fx, CGN_PROTO_UDP, 600);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_UDP, H1, 5000), 0);
	fx_advance_s(fx, 120);
}

static void
held_syn(struct fx *fx)
{
	fx_tcp_in(fx, P2, 4000, "198.51.100.1", 5, SYN);
	/* A repetition does not begin the time anew. */
	fx_advance_s(fx, 1);
	fx_tcp_in(fx, P2, 4000, "198.51.100.1", 5, SYN);
}

static void
lone_fragment(struct fx *fx)
{
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 200);

	fx_inside(fx, pg_slice(fx->mp, m, 48, 48, true));
	rte_pktmbuf_free(m);
}

/* Asked for its address, which begins the time of its pairing anew. */
static void
idle_subscriber_asked_again(struct fx *fx)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_BIND };
	struct cgn_evt reply;

	idle_subscriber(fx);
	fx_advance_s(fx, 200);
	cmd.u.map.in.addr = pg_addr(H1);
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, H1), &cmd, &reply), 0);
}

/* --- what is there -------------------------------------------------------------------------- */

static bool
has_mapping(struct fx *fx)
{
	return fx_gauge(fx, CGN_G_MAPPINGS_UDP) + fx_gauge(fx, CGN_G_MAPPINGS_TCP) +
			fx_gauge(fx, CGN_G_MAPPINGS_ICMP) !=
			0;
}

/* One filter entry of two. */
static bool
has_two_sessions(struct fx *fx)
{
	return fx_gauge(fx, CGN_G_SESSIONS) == 2;
}

static bool
has_session(struct fx *fx)
{
	return fx_gauge(fx, CGN_G_SESSIONS) != 0;
}

static bool
has_lease(struct fx *fx)
{
	struct cgn_subscriber_info s;

	return fx_subscriber(fx, H1, &s) && s.leases != 0;
}

static bool
has_connection(struct fx *fx)
{
	struct cgn_mapping_info m;

	return fx_mapping(fx, CGN_PROTO_TCP, H1, 5000, &m) && m.tcp_state != CGN_TCP_NONE;
}

static bool
has_held_port(struct fx *fx)
{
	return fx_gauge(fx, CGN_G_PORTS_HELD) != 0;
}

static bool
has_subscriber(struct fx *fx)
{
	return fx_gauge(fx, CGN_G_SUBSCRIBERS) != 0;
}

static bool
has_held_syn(struct fx *fx)
{
	return fx_gauge(fx, CGN_G_HELD_SYNS) != 0;
}

static bool
has_fragment(struct fx *fx)
{
	return fx_gauge(fx, CGN_G_HELD_FRAGMENTS) != 0;
}

/* --- the tests ------------------------------------------------------------------------------ */

static void
check(const struct row *r, unsigned int phase)
{
	struct fx *fx = fx_new();
	bool before, after;
	cgn_tick rest;

	fx->conf.nat.filtering[CGN_PROTO_UDP] = CGN_FILTERING_APD;
	fx->drain_s = 30000;
	fx->now = 1000 * CGN_TICK_HZ + phase;
	fx_start(fx);
	r->begin(fx);
	fx_advance_s(fx, r->life_s - 1);
	fx_advance_s(fx, 1 - 1.0 / CGN_TICK_HZ);
	before = r->is_there(fx);
	FX_BOOKS(fx);
	/* To the full second at or after the end. */
	fx_advance_s(fx, 1.0 / CGN_TICK_HZ);
	rest = -fx->now % CGN_TICK_HZ;
	fx_advance_s(fx, (double)rest / CGN_TICK_HZ);
	after = r->is_there(fx);
	FX_BOOKS(fx);
	if (!before || after)
		printf("\n  %s, phase %u: %s\n", r->name, phase, before ? "too long" : "too short");
	CU_ASSERT_TRUE(before);
	CU_ASSERT_FALSE(after);
	fx_free(fx);
}

static void
check_all(const struct row *rows, unsigned int n)
{
	static const unsigned int phases[] = { 0, 1, 8, 15 };

	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int k = 0; k < RTE_DIM(phases); k++)
			check(&rows[i], phases[k]);
	}
}

/* A-UDP-1, A-TCP-5, A-TCP-6, A-ICE-5: mappings by their use. */
static void
unused_mappings_end_in_their_second(void)
{
	const struct row rows[] = {
		{ "UDP", udp, has_mapping, 300 },
		{ "UDP, used again", udp_used_again, has_mapping, 300 },
		{ "ping", ping, has_mapping, 60 },
		{ "TCP, opening", tcp_opening, has_mapping, 240 },
		{ "TCP, established", tcp_established, has_mapping, 7440 },
		{ "TCP, half closed", tcp_half_closed, has_mapping, 7440 },
		{ "TCP, closing", tcp_closing, has_mapping, 240 },
		{ "TCP, reset", tcp_reset, has_mapping, 239 },
		{ "TCP, reset, then SYNs", tcp_reset_and_knocked_at, has_mapping, 40 },
		{ "TCP, old, closing", old_tcp_closing, has_mapping, 240 },
		{ "TCP, old, reset", old_tcp_reset, has_mapping, 240 },
		{ "TCP, old, opened again", old_tcp_opened_again, has_mapping, 240 },
		{ "TCP, refused", tcp_reset_while_opening, has_mapping, 240 },
		{ "TCP, second connection", second_connection, has_mapping, 7440 },
	};

	check_all(rows, RTE_DIM(rows));
}

/* A-TCP-5, A-TCP-6, A-FIL-3: connections beside the first one, and entries of filters. */
static void
unused_sessions_end_in_their_second(void)
{
	const struct row rows[] = {
		{ "SYN from outside", knock_at_lease, has_session, 240 },
		{ "SYN from outside, answered", answered_at_lease, has_session, 240 },
		{ "from outside, established", connected_to_lease, has_session, 7440 },
		{ "from outside, used again", used_again_at_lease, has_session, 7440 },
		{ "from outside, reset", reset_at_lease, has_session, 239 },
		{ "from outside, old, reset", old_reset_at_lease, has_session, 240 },
		{ "from outside, old, closing", old_closing_at_lease, has_session, 240 },
		{ "filter entry", filter_entry, has_two_sessions, 100 },
	};

	check_all(rows, RTE_DIM(rows));
}

/* B-MAP-5, A-TCP-9, B-DEL-6: leases by their lifetime, with a connection or without; connections by theirs. */
static void
leases_and_their_connections_end_in_their_second(void)
{
	const struct row rows[] = {
		{ "UDP", lease_udp, has_lease, 600 },
		{ "UDP, renewed", lease_udp_renewed, has_lease, 600 },
		{ "UDP, of traffic", lease_udp_of_traffic, has_lease, 600 },
		{ "TCP", lease_tcp, has_lease, 600 },
		{ "lease with connection", lease_with_connection, has_lease, 600 },
		{ "lease for connection", lease_for_connection, has_lease, 600 },
		{ "shortened with connection", shortened_lease_with_connection, has_lease, 600 },
		{ "lease, connection failed", lease_with_failed_connection, has_lease, 600 },
		{ "failed connection", lease_with_failed_connection, has_connection, 240 },
		{ "connection over long lease", connection_over_long_lease, has_connection, 7440 },
		{ "long lease for connection", long_lease_for_connection, has_connection, 7440 },
		{ "long lease", connection_over_long_lease, has_lease, 20000 },
	};

	check_all(rows, RTE_DIM(rows));
}

/* A-PORT-6, A-POOL-6, A-TCP-4, A-FRG-3: what else waits. */
static void
other_waits_end_in_their_second(void)
{
	const struct row rows[] = {
		{ "hold-down", held_port, has_held_port, 120 },
		{ "subscriber", idle_subscriber, has_subscriber, 300 },
		{ "subscriber, asked again", idle_subscriber_asked_again, has_subscriber, 300 },
		{ "held SYN", held_syn, has_held_syn, 5 },
		{ "fragment", lone_fragment, has_fragment, 2 },
	};

	check_all(rows, RTE_DIM(rows));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(unused_mappings_end_in_their_second),
	CU_TEST_ROW(unused_sessions_end_in_their_second),
	CU_TEST_ROW(leases_and_their_connections_end_in_their_second),
	CU_TEST_ROW(other_waits_end_in_their_second),
};

CU_MAIN("scn_deadlines", tests)
