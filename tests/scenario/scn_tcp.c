/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/tcpfsm.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG
#define PSH RTE_TCP_PSH_FLAG

/* A connection under test: H1:5000 and a peer, seen outside as x. */
struct conn {
	struct fx *fx;
	struct fx_ep x;
	const char *peer;
	uint16_t port;
};

static void
sends(struct conn *c, uint8_t flags, int line)
{
	const struct fx_pkt *p = fx_tcp_out(c->fx, H1, 5000, c->peer, c->port, flags);

	fx_check_pkt(p, FX_OUTSIDE, c->x.addr, c->x.port, c->peer, c->port, __FILE__, line);
	if (p->left && p->tcp_flags != flags)
		CU_FAIL("TCP flags are changed");
}

static void
gets(struct conn *c, uint8_t flags, int line)
{
	const struct fx_pkt *p = fx_tcp_in(c->fx, c->peer, c->port, c->x.addr, c->x.port, flags);

	fx_check_pkt(p, FX_INSIDE, c->peer, c->port, H1, 5000, __FILE__, line);
	if (p->left && p->tcp_flags != flags)
		CU_FAIL("TCP flags are changed");
}

/* The segment from inside, or from outside, passes. */
#define OUT(c, flags) sends((c), (flags), __LINE__)
#define IN(c, flags)  gets((c), (flags), __LINE__)

static struct conn
connect_out(struct fx *fx)
{
	return (struct conn){ fx, fx_connect(fx, H1, 5000, P1, 80), P1, 80 };
}

/* A connection that P2 opens to a lease. */
static struct conn
leased(struct fx *fx)
{
	struct conn c = { .fx = fx, .peer = P2, .port = 4000 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 5000, &c.x, 30000), 0);
	fx->drain_s = 40000;
	return c;
}

/* State of the first session of H1:5000's mapping. */
static enum cgn_tcp_state
state(struct fx *fx)
{
	struct cgn_mapping_info info;

	if (!fx_mapping(fx, CGN_PROTO_TCP, H1, 5000, &info))
		return CGN_TCP_STATE_COUNT;
	return (enum cgn_tcp_state)info.tcp_state;
}

/* How many sessions it has. */
static unsigned int
sessions(struct fx *fx)
{
	struct cgn_mapping_info info;

	return fx_mapping(fx, CGN_PROTO_TCP, H1, 5000, &info) ? info.sessions : 0;
}

static bool
has_mapping(struct fx *fx)
{
	return state(fx) != CGN_TCP_STATE_COUNT;
}

/* A-TCP-1: a connection from inside with half close, data after FIN, probes, retransmissions. */
static void
legal_sequences_of_a_connection_from_inside_pass(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	OUT(&c, SYN);
	IN(&c, SYN | ACK);
	OUT(&c, ACK);
	OUT(&c, PSH | ACK);
	OUT(&c, PSH | ACK);
	IN(&c, ACK);
	IN(&c, PSH | ACK);
	FX_PKT(fx_inside(fx, pg_tcp(fx->mp, H1, 5000, P1, 80, ACK, 1)), FX_OUTSIDE, c.x.addr,
			c.x.port, P1, 80);
	IN(&c, ACK);
	OUT(&c, FIN | ACK);
	OUT(&c, FIN | ACK);
	IN(&c, ACK);
	IN(&c, PSH | ACK);
	OUT(&c, ACK);
	IN(&c, FIN | ACK);
	IN(&c, FIN | ACK);
	OUT(&c, ACK);
	OUT(&c, RST);
	IN(&c, RST | ACK);
	fx_free(fx);
}

/* A-TCP-1, A-FIL-2: one from outside to a lease. */
static void
legal_sequences_of_a_connection_from_outside_pass(void)
{
	struct fx *fx = fx_default();
	struct conn c = leased(fx);

	IN(&c, SYN);
	IN(&c, SYN);
	OUT(&c, SYN | ACK);
	OUT(&c, SYN | ACK);
	IN(&c, ACK);
	IN(&c, PSH | ACK);
	OUT(&c, ACK);
	IN(&c, FIN | ACK);
	OUT(&c, ACK);
	OUT(&c, PSH | ACK);
	IN(&c, ACK);
	OUT(&c, FIN | ACK);
	IN(&c, ACK);
	fx_free(fx);
}

/* A-TCP-1: a refused connection, with the RST that has no ACK in TIME-WAIT variants. */
static void
refused_connection_passes(void)
{
	struct fx *fx = fx_default();
	struct conn c = { fx, fx_connect(fx, H1, 5000, P2, 81), P1, 80 };

	OUT(&c, SYN);
	IN(&c, RST | ACK);
	OUT(&c, SYN);
	IN(&c, SYN | ACK);
	OUT(&c, RST);
	fx_free(fx);
}

/* A-TCP-2: simultaneous open, RFC 5382 REQ-2a. */
static void
simultaneous_open_passes(void)
{
	struct fx *fx = fx_default();
	struct conn c = { fx, { .port = 0 }, P1, 80 };
	const struct fx_pkt *p = fx_tcp_out(fx, H1, 5000, P1, 80, SYN);

	snprintf(c.x.addr, sizeof(c.x.addr), "%s", p->src);
	c.x.port = p->sport;
	IN(&c, SYN);
	OUT(&c, SYN | ACK);
	IN(&c, SYN | ACK);
	OUT(&c, ACK);
	IN(&c, ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_ESTABLISHED);
	fx_advance_s(fx, 7439);
	OUT(&c, ACK);
	IN(&c, ACK);
	fx_free(fx);
}

/* A-TCP-2: with a filter that admits nobody else, too. */
static void
simultaneous_open_passes_a_filter(void)
{
	struct fx *fx = fx_new();
	struct conn c = { fx, { .port = 0 }, P1, 80 };
	const struct fx_pkt *p;

	fx->conf.nat.filtering[CGN_PROTO_TCP] = CGN_FILTERING_APD;
	fx_start(fx);
	p = fx_tcp_out(fx, H1, 5000, P1, 80, SYN);
	snprintf(c.x.addr, sizeof(c.x.addr), "%s", p->src);
	c.x.port = p->sport;
	IN(&c, SYN);
	OUT(&c, SYN | ACK);
	IN(&c, SYN | ACK);
	fx_free(fx);
}

/* A-TCP-3: the states of RFC 7857 section 2, of a connection from inside. */
static void
states_of_a_connection_from_inside(void)
{
	struct fx *fx = fx_default();
	struct conn c = { fx, { .port = 0 }, P1, 80 };
	const struct fx_pkt *p = fx_tcp_out(fx, H1, 5000, P1, 80, SYN);

	snprintf(c.x.addr, sizeof(c.x.addr), "%s", p->src);
	c.x.port = p->sport;
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_SYN_OUT);
	IN(&c, SYN | ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_WAIT_OUT);
	OUT(&c, ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_ESTABLISHED);
	OUT(&c, FIN | ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_FIN_OUT);
	IN(&c, FIN | ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_CLOSING);
	OUT(&c, ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_CLOSING);
	fx_advance_s(fx, 241);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-3, A-TCP-8: RST leads to the transitory state, data back to established. */
static void
data_after_a_reset_brings_the_connection_back(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	IN(&c, RST);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_RESET);
	fx_advance_s(fx, 235);
	OUT(&c, PSH | ACK);
	IN(&c, ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_ESTABLISHED);
	fx_advance_s(fx, 7400);
	IN(&c, ACK);
	fx_free(fx);
}

/* A-TCP-8: without data a reset connection goes after 240 s, RFC 7857 section 2.2. */
static void
reset_connection_ends_after_240_s(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	OUT(&c, RST);
	fx_advance_s(fx, 200);
	IN(&c, RST);
	OUT(&c, RST);
	fx_advance_s(fx, 39);
	CU_ASSERT_TRUE(has_mapping(fx));
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-7: RST of either side is translated, RFC 7857 section 2.2. */
static void
reset_is_translated_both_ways(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	IN(&c, RST | ACK);
	OUT(&c, RST);
	fx_free(fx);
}

/* A-UDP-5, A-TCP-8: RSTs do not keep what they belong to, RFC 7857 section 7.1. */
static void
resets_do_not_keep_a_connection(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	for (unsigned int t = 0; t < 220; t += 20) {
		OUT(&c, RST);
		fx_advance_s(fx, 20);
	}
	fx_advance_s(fx, 21);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-5: established connections live for 7440 s without traffic, RFC 5382 REQ-5. */
static void
established_connection_lives_for_7440_s(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	fx_advance_s(fx, 7439);
	IN(&c, ACK);
	fx_advance_s(fx, 7439);
	OUT(&c, ACK);
	fx_advance_s(fx, 7439);
	CU_ASSERT_TRUE(has_mapping(fx));
	fx_advance_s(fx, 3);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_tcp_in(fx, P1, 80, c.x.addr, c.x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_tcp_out(fx, H1, 5000, P1, 80, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_free(fx);
}

/* A-TCP-5: so does one of which one side has closed. */
static void
half_closed_connection_lives_for_7440_s(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	OUT(&c, FIN | ACK);
	fx_advance_s(fx, 7439);
	IN(&c, PSH | ACK);
	OUT(&c, ACK);
	fx_free(fx);
}

/* A-TCP-5: partly open 240 s. */
static void
opening_connection_lives_for_240_s(void)
{
	struct fx *fx = fx_default();
	struct conn c = { fx, { .port = 0 }, P1, 80 };
	const struct fx_pkt *p = fx_tcp_out(fx, H1, 5000, P1, 80, SYN);

	snprintf(c.x.addr, sizeof(c.x.addr), "%s", p->src);
	c.x.port = p->sport;
	fx_advance_s(fx, 239);
	IN(&c, SYN | ACK);
	fx_advance_s(fx, 239);
	CU_ASSERT_TRUE(has_mapping(fx));
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-5: closing 240 s. */
static void
closing_connection_lives_for_240_s(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	OUT(&c, FIN | ACK);
	IN(&c, FIN | ACK);
	fx_advance_s(fx, 239);
	OUT(&c, ACK);
	fx_advance_s(fx, 239);
	IN(&c, ACK);
	fx_advance_s(fx, 241);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-5: the transitory timers have knobs of their own, RFC 7857 section 2.1. */
static void
opening_and_closing_timers_are_configurable(void)
{
	struct fx *fx = fx_new();
	struct conn c;

	fx->conf.nat.timeouts.tcp_opening_s = 30;
	fx->conf.nat.timeouts.tcp_closing_s = 90;
	fx_start(fx);
	fx_tcp_out(fx, H1, 5000, P1, 80, SYN);
	fx_advance_s(fx, 29);
	CU_ASSERT_TRUE(has_mapping(fx));
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(has_mapping(fx));
	c = connect_out(fx);
	OUT(&c, FIN | ACK);
	IN(&c, FIN | ACK);
	fx_advance_s(fx, 89);
	CU_ASSERT_TRUE(has_mapping(fx));
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-6: SYN from outside and SYN-ACK from inside do not buy the long timer, RFC 5382 section 5. */
static void
outside_syn_and_inside_synack_are_not_established(void)
{
	struct fx *fx = fx_default();
	struct conn c = leased(fx);

	IN(&c, SYN);
	OUT(&c, SYN | ACK);
	fx_advance_s(fx, 239);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 1);
	fx_advance_s(fx, 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
	fx_tcp_in(fx, P2, 4000, c.x.addr, c.x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_free(fx);
}

/* A-TCP-6: nor does what the inside sends alone, however much. */
static void
segments_of_one_side_alone_are_not_established(void)
{
	struct fx *fx = fx_default();
	struct conn c = { fx, { .port = 0 }, P1, 80 };
	const struct fx_pkt *p = fx_tcp_out(fx, H1, 5000, P1, 80, SYN);

	snprintf(c.x.addr, sizeof(c.x.addr), "%s", p->src);
	c.x.port = p->sport;
	OUT(&c, ACK);
	OUT(&c, PSH | ACK);
	fx_advance_s(fx, 241);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-6: SYNs from outside that nobody answers do not keep a mapping alive. */
static void
unanswered_syns_from_outside_keep_nothing(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx), d = c;

	OUT(&c, FIN | ACK);
	IN(&c, FIN | ACK);
	d.peer = P2;
	for (unsigned int t = 0; t < 240; t += 20) {
		IN(&d, SYN);
		fx_advance_s(fx, 20);
	}
	fx_advance_s(fx, 1);
	CU_ASSERT_FALSE(has_mapping(fx));
	fx_free(fx);
}

/* A-TCP-9: FIN and RST do not shorten a lease, RFC 6887 section 15.1. */
static void
lease_does_not_end_with_its_connections(void)
{
	struct fx *fx = fx_default();
	struct conn c = leased(fx);

	IN(&c, SYN);
	OUT(&c, SYN | ACK);
	IN(&c, ACK);
	IN(&c, RST);
	fx_advance_s(fx, 300);
	CU_ASSERT_EQUAL(sessions(fx), 0);
	IN(&c, SYN);
	OUT(&c, SYN | ACK);
	IN(&c, ACK);
	OUT(&c, FIN | ACK);
	IN(&c, FIN | ACK);
	fx_advance_s(fx, 29000);
	IN(&c, SYN);
	fx_free(fx);
}

/* A segment of an open connection, from inside or from outside, that acknowledges up to ack. */
static void
acknowledges(struct conn *c, bool is_out, uint32_t ack)
{
	struct fx *fx = c->fx;
	struct rte_mbuf *m = is_out
			? pg_tcp(fx->mp, H1, 5000, c->peer, c->port, ACK, 0)
			: pg_tcp(fx->mp, c->peer, c->port, c->x.addr, c->x.port, ACK, 0);
	struct rte_tcp_hdr *tcp = pg_l4(m);

	tcp->recv_ack = rte_cpu_to_be_32(ack);
	pg_fix(m);
	CU_ASSERT_TRUE((is_out ? fx_inside(fx, m) : fx_outside(fx, m))->left);
}

/* A connection from outside whose ends have acknowledged up to these numbers. */
static struct conn
opened(struct fx *fx, const struct fx_ep *x, uint16_t port, uint32_t ack_of_inside,
		uint32_t ack_of_peer)
{
	struct conn c = { fx, *x, P2, port };

	IN(&c, SYN);
	OUT(&c, SYN | ACK);
	IN(&c, ACK);
	OUT(&c, ACK);
	acknowledges(&c, true, ack_of_inside);
	acknowledges(&c, false, ack_of_peer);
	return c;
}

/* A reset that an end believes: its number is what this end has acknowledged, RFC 5961 section 3.2. */
static void
check_reset(const struct fx_pkt *p, uint32_t seq)
{
	const uint8_t *tcp = p->ip + 20;

	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	CU_ASSERT_EQUAL((uint32_t)tcp[4] << 24 | tcp[5] << 16 | tcp[6] << 8 | tcp[7], seq);
	CU_ASSERT_EQUAL(tcp[8] | tcp[9] | tcp[10] | tcp[11], 0);
	CU_ASSERT_EQUAL(p->ttl, 64);
	CU_ASSERT_EQUAL(p->tos, 0);
	CU_ASSERT_TRUE(p->df);
	CU_ASSERT_EQUAL(p->len, 40);
}

/* A-TCP-12, B-DEL-6: connections from outside are reset both ways when their lease ends, with numbers
 * that both ends accept; those of the inside live on. */
static void
ended_lease_resets_connections_from_outside(void)
{
	static const struct {
		uint16_t port;
		uint32_t inside;
		uint32_t peer;
	} rows[] = { { 4000, 2500, 3700 }, { 4001, 4900, 2100 }, { 4002, 2000, 70000 } };
	struct fx *fx = fx_default();
	struct conn c = leased(fx), d = { fx, c.x, P1, 80 };

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		opened(fx, &c.x, rows[i].port, rows[i].inside, rows[i].peer);
	OUT(&d, SYN);
	IN(&d, SYN | ACK);
	OUT(&d, ACK);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 5000), 0);
	CU_ASSERT_EQUAL(fx->n_out, 2 * RTE_DIM(rows));
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_TCP_RESETS_MADE), 2 * RTE_DIM(rows));
	for (unsigned int i = 0; i < fx->n_out; i++) {
		const struct fx_pkt *p = &fx->out[i];
		bool is_in = p->port == FX_INSIDE;
		unsigned int k = (is_in ? p->sport : p->dport) - 4000u;

		CU_ASSERT_FATAL(k < RTE_DIM(rows));
		if (is_in)
			FX_PKT(p, FX_INSIDE, P2, rows[k].port, H1, 5000);
		else
			FX_PKT(p, FX_OUTSIDE, c.x.addr, c.x.port, P2, rows[k].port);
		check_reset(p, is_in ? rows[k].inside : rows[k].peer);
	}
	fx_tcp_in(fx, P2, 4000, c.x.addr, c.x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	IN(&d, ACK);
	OUT(&d, ACK);
	fx_free(fx);
}

/* A-TCP-12: an end whose numbers were never heard gets no reset: it would not believe it. After two SYNs that
 * cross each other nobody has acknowledged anything. */
static void
reset_needs_a_number(void)
{
	struct fx *fx = fx_default();
	struct conn c = leased(fx);

	IN(&c, SYN);
	OUT(&c, SYN);
	CU_ASSERT_EQUAL(sessions(fx), 1);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 5000), 0);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(sessions(fx), 0);
	fx_free(fx);
}

/* A-TCP-10: a SYN for a closed 4-tuple opens a new connection, RFC 6191. */
static void
closed_tuple_can_be_used_again_at_once(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx);

	OUT(&c, FIN | ACK);
	IN(&c, FIN | ACK);
	OUT(&c, ACK);
	fx_advance_s(fx, 5);
	OUT(&c, SYN);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_SYN_OUT);
	IN(&c, SYN | ACK);
	OUT(&c, ACK);
	CU_ASSERT_EQUAL(state(fx), CGN_TCP_ESTABLISHED);
	fx_advance_s(fx, 7400);
	IN(&c, ACK);
	fx_free(fx);
}

/* A-TCP-11: a segment that is no SYN makes no mapping and gets no RST. */
static void
segment_without_a_session_is_dropped_silently(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x;

	fx_tcp_out(fx, H1, 5000, P1, 80, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_tcp_out(fx, H1, 5000, P1, 80, SYN | ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_tcp_out(fx, H1, 5000, P1, 80, RST);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_tcp_out(fx, H1, 5000, P1, 80, FIN | ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	/* The mapping is there, the session is not. */
	x = fx_connect(fx, H1, 5000, P1, 80);
	fx_tcp_out(fx, H1, 5000, P2, 80, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_tcp_in(fx, P2, 80, x.addr, x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_tcp_in(fx, P2, 80, x.addr, x.port, RST);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_free(fx);
}

/* A-TCP-1: connections of one mapping to several remotes are followed apart. */
static void
connections_of_one_mapping_have_their_own_states(void)
{
	struct fx *fx = fx_default();
	struct conn c = connect_out(fx), d = { fx, c.x, P2, 81 };

	OUT(&d, SYN);
	IN(&d, SYN | ACK);
	OUT(&d, ACK);
	OUT(&c, FIN | ACK);
	IN(&c, FIN | ACK);
	fx_advance_s(fx, 300);
	/* The first one is gone, the other one holds the mapping. */
	fx_tcp_in(fx, P1, 80, c.x.addr, c.x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_advance_s(fx, 7000);
	IN(&d, ACK);
	OUT(&d, ACK);
	OUT(&c, SYN);
	IN(&c, SYN | ACK);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(legal_sequences_of_a_connection_from_inside_pass),
	CU_TEST_ROW(legal_sequences_of_a_connection_from_outside_pass),
	CU_TEST_ROW(refused_connection_passes),
	CU_TEST_ROW(simultaneous_open_passes),
	CU_TEST_ROW(simultaneous_open_passes_a_filter),
	CU_TEST_ROW(states_of_a_connection_from_inside),
	CU_TEST_ROW(data_after_a_reset_brings_the_connection_back),
	CU_TEST_ROW(reset_connection_ends_after_240_s),
	CU_TEST_ROW(reset_is_translated_both_ways),
	CU_TEST_ROW(resets_do_not_keep_a_connection),
	CU_TEST_ROW(established_connection_lives_for_7440_s),
	CU_TEST_ROW(half_closed_connection_lives_for_7440_s),
	CU_TEST_ROW(opening_connection_lives_for_240_s),
	CU_TEST_ROW(closing_connection_lives_for_240_s),
	CU_TEST_ROW(opening_and_closing_timers_are_configurable),
	CU_TEST_ROW(outside_syn_and_inside_synack_are_not_established),
	CU_TEST_ROW(segments_of_one_side_alone_are_not_established),
	CU_TEST_ROW(unanswered_syns_from_outside_keep_nothing),
	CU_TEST_ROW(lease_does_not_end_with_its_connections),
	CU_TEST_ROW(ended_lease_resets_connections_from_outside),
	CU_TEST_ROW(reset_needs_a_number),
	CU_TEST_ROW(closed_tuple_can_be_used_again_at_once),
	CU_TEST_ROW(segment_without_a_session_is_dropped_silently),
	CU_TEST_ROW(connections_of_one_mapping_have_their_own_states),
};

CU_MAIN("scn_tcp", tests)
