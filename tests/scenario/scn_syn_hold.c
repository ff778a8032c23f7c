/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <stdio.h>

#define SYN RTE_TCP_SYN_FLAG

/* A mapping of H1:5000 that admits its own remote endpoints only. */
static struct fx_ep
filtered_mapping(struct fx *fx)
{
	return fx_connect(fx, H1, 5000, P2, 80);
}

static struct fx *
new_filtering(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.filtering[CGN_PROTO_TCP] = CGN_FILTERING_APD;
	return fx;
}

/* Before many answers are due at once: a worker holds but a few for an unknown next hop. */
static void
learn_gateway(struct fx *fx)
{
	fx_tcp_in(fx, P1, 1, "198.51.100.7", 8080, SYN);
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 1);
}

/* A SYN of one of 250 strangers to nobody. */
static void
syn_of_stranger(struct fx *fx, unsigned int i)
{
	char src[INET_ADDRSTRLEN];

	snprintf(src, sizeof(src), "203.0.113.%u", 1 + i % 250);
	fx_tcp_in(fx, src, (uint16_t)(1024 + i), "198.51.100.7", 8080, SYN);
}

/* A-TCP-4: six seconds of silence, then ICMP 3/3 that quotes the SYN, RFC 5382 REQ-4. */
static void
unsolicited_syn_is_answered_after_six_seconds(void)
{
	struct fx *fx = fx_default();
	const struct fx_pkt *p;

	fx_tcp_in(fx, P1, 4000, "198.51.100.7", 8080, SYN);
	FX_DROPPED(fx, CGN_V_SYN_HELD);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), 1);
	fx_advance_s(fx, 6 - 1.0 / CGN_TICK_HZ);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	p = fx_first(fx);
	FX_PKT(p, FX_OUTSIDE, "192.0.2.2", 0, P1, 0);
	CU_ASSERT_EQUAL(p->icmp_type, 3);
	CU_ASSERT_EQUAL(p->icmp_code, 3);
	CU_ASSERT_STRING_EQUAL(p->quote.src, P1);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, "198.51.100.7");
	CU_ASSERT_EQUAL(p->quote.sport, 4000);
	CU_ASSERT_EQUAL(p->quote.dport, 8080);
	fx_advance_s(fx, 20);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SYN_HOLD_EXPIRED), 1);
	fx_free(fx);
}

/* A-TCP-4: the same for a SYN that the filter of a mapping refuses. */
static void
filtered_syn_is_answered_after_six_seconds(void)
{
	struct fx *fx = fx_start(new_filtering());
	struct fx_ep x = filtered_mapping(fx);

	fx_tcp_in(fx, P1, 4000, x.addr, x.port, SYN);
	FX_DROPPED(fx, CGN_V_SYN_HELD);
	fx_advance_s(fx, 7);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.dst, x.addr);
	CU_ASSERT_EQUAL(fx_first(fx)->quote.dport, x.port);
	fx_free(fx);
}

/* A-TCP-4: an outbound SYN of the same connection within the time: no answer at all. */
static void
outbound_syn_cancels_the_held_one(void)
{
	struct fx *fx = fx_start(new_filtering());
	struct fx_ep x = filtered_mapping(fx);

	fx_tcp_in(fx, P1, 4000, x.addr, x.port, SYN);
	FX_DROPPED(fx, CGN_V_SYN_HELD);
	fx_advance_s(fx, 3);
	FX_PKT(fx_tcp_out(fx, H1, 5000, P1, 4000, SYN), FX_OUTSIDE, x.addr, x.port, P1, 4000);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_SYN_HOLD_MATCHED), 1);
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	/* The peer repeats its SYN: simultaneous open. */
	FX_PKT(fx_tcp_in(fx, P1, 4000, x.addr, x.port, SYN), FX_INSIDE, P1, 4000, H1, 5000);
	fx_free(fx);
}

/* A-TCP-4: an outbound SYN to another endpoint does not. */
static void
outbound_syn_of_another_connection_cancels_nothing(void)
{
	struct fx *fx = fx_start(new_filtering());
	struct fx_ep x = filtered_mapping(fx);

	fx_tcp_in(fx, P1, 4000, x.addr, x.port, SYN);
	fx_advance_s(fx, 3);
	fx_tcp_out(fx, H1, 5000, P1, 4001, SYN);
	fx_advance_s(fx, 4);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_code, 3);
	fx_free(fx);
}

/* A-TCP-4: retransmissions get one answer, by the time of the first. */
static void
repeated_syn_is_answered_once(void)
{
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < 3; i++) {
		fx_tcp_in(fx, P1, 4000, "198.51.100.7", 8080, SYN);
		FX_DROPPED(fx, CGN_V_SYN_HELD);
		fx_advance_s(fx, 1);
	}
	fx_advance_s(fx, 30);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	fx_free(fx);
}

/* A-TCP-4: silent for good where policy forbids the answer, RFC 5382 REQ-4a. */
static void
unsolicited_syn_is_silent_when_configured(void)
{
	struct fx *fx = new_filtering();
	struct fx_ep x;

	fx->conf.nat.syn_unreachable = false;
	fx_start(fx);
	fx_tcp_in(fx, P1, 4000, "198.51.100.7", 8080, SYN);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	x = filtered_mapping(fx);
	fx_tcp_in(fx, P1, 4000, x.addr, x.port, SYN);
	FX_DROPPED(fx, CGN_V_FILTERED);
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* A-TCP-4: what is no SYN is never answered. */
static void
other_segments_are_never_answered(void)
{
	static const uint8_t flags[] = { RTE_TCP_ACK_FLAG, SYN | RTE_TCP_ACK_FLAG, RTE_TCP_RST_FLAG,
		RTE_TCP_FIN_FLAG, 0 };
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < RTE_DIM(flags); i++) {
		fx_tcp_in(fx, P1, 4000, "198.51.100.7", 8080, flags[i]);
		CU_ASSERT_EQUAL(fx->n_out, 0);
	}
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* A-TCP-4: the store is bounded: what does not fit is dropped silently. */
static void
flood_of_syns_fills_a_bounded_store(void)
{
	struct fx *fx = fx_default();
	unsigned int room = fx->conf.nat.syn_hold_max, held = 0;

	learn_gateway(fx);
	for (unsigned int i = 0; i < 20000; i++) {
		syn_of_stranger(fx, i);
		held += (unsigned int)fx_rose(fx, CGN_V_SYN_HELD);
		CU_ASSERT_EQUAL(fx->n_out, 0);
	}
	CU_ASSERT_EQUAL(held, room);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), room);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SYN_HOLD_OVERFLOW), 20000 - room);
	fx_advance_s(fx, 7);
	CU_ASSERT_EQUAL(fx->n_out, room);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), 0);
	fx_free(fx);
}

/* A-TCP-4: a flood of one source leaves room for the SYNs of others, and its own part comes back. */
static void
flood_of_one_source_leaves_room_for_others(void)
{
	struct fx *fx = fx_default();
	unsigned int part = fx->conf.nat.syn_hold_max / 8;

	learn_gateway(fx);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 200; i++)
			fx_tcp_in(fx, P1, (uint16_t)(1024 + i), "198.51.100.7", 8080, SYN);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), part);
		fx_tcp_in(fx, P2, 4000, "198.51.100.7", 8080, SYN);
		FX_DROPPED(fx, CGN_V_SYN_HELD);
		fx_advance_s(fx, 7);
		CU_ASSERT_EQUAL(fx->n_out, part + 1);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_SYNS), 0);
	}
	fx_free(fx);
}

/* A-TCP-4, A-ICE-12: the answers keep to the rate of ICMP errors. */
static void
answers_to_syns_are_rate_limited(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.icmp_errors_per_s = 10;
	fx_start(fx);
	learn_gateway(fx);
	for (unsigned int i = 0; i < 60; i++)
		syn_of_stranger(fx, i);
	fx_advance_s(fx, 7);
	CU_ASSERT_TRUE(fx->n_out >= 10);
	CU_ASSERT_TRUE(fx->n_out <= 21);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_ICMP_SUPPRESSED), 60 - fx->n_out);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(unsolicited_syn_is_answered_after_six_seconds),
	CU_TEST_ROW(filtered_syn_is_answered_after_six_seconds),
	CU_TEST_ROW(outbound_syn_cancels_the_held_one),
	CU_TEST_ROW(outbound_syn_of_another_connection_cancels_nothing),
	CU_TEST_ROW(repeated_syn_is_answered_once),
	CU_TEST_ROW(unsolicited_syn_is_silent_when_configured),
	CU_TEST_ROW(other_segments_are_never_answered),
	CU_TEST_ROW(flood_of_syns_fills_a_bounded_store),
	CU_TEST_ROW(flood_of_one_source_leaves_room_for_others),
	CU_TEST_ROW(answers_to_syns_are_rate_limited),
};

CU_MAIN("scn_syn_hold", tests)
