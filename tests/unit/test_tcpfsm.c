/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/tcpfsm.h"
#include "tests/support/cu.h"

#include <stdbool.h>
#include <string.h>

#include <rte_tcp.h>

#define S RTE_TCP_SYN_FLAG
#define A RTE_TCP_ACK_FLAG
#define F RTE_TCP_FIN_FLAG
#define R RTE_TCP_RST_FLAG
#define P RTE_TCP_PSH_FLAG

/* One segment of a script and the state after it. */
struct segment {
	enum cgn_tcp_dir dir;
	uint8_t flags;
	enum cgn_tcp_state after;
};

#define OUT CGN_TCP_DIR_OUT
#define IN  CGN_TCP_DIR_IN

static void
play_from(enum cgn_tcp_state s, const struct segment *script, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		s = cgn_tcpfsm_next(s, script[i].dir, cgn_tcpfsm_event(script[i].flags));
		CU_ASSERT_EQUAL(s, script[i].after);
		if (s != script[i].after) {
			printf("\n    step %zu: %s, expected %s\n", i + 1, cgn_tcpstate_name(s),
					cgn_tcpstate_name(script[i].after));
			return;
		}
	}
}

#define PLAY(from, script) play_from((from), (script), sizeof(script) / sizeof((script)[0]))

static void
flags_make_the_event(void)
{
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(S), CGN_TCP_EV_SYN);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(S | A), CGN_TCP_EV_SYNACK);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(A), CGN_TCP_EV_ACK);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(A | P), CGN_TCP_EV_ACK);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(F | A), CGN_TCP_EV_FIN);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(R), CGN_TCP_EV_RST);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(R | A), CGN_TCP_EV_RST);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(R | S | F | A), CGN_TCP_EV_RST);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(0), CGN_TCP_EV_OTHER);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(P), CGN_TCP_EV_OTHER);
}

/* A-TCP-6: every segment of an established connection has ACK (RFC 9293 section 3.1), a FIN too. */
static void
fin_without_ack_is_no_fin(void)
{
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(F), CGN_TCP_EV_OTHER);
	CU_ASSERT_EQUAL(cgn_tcpfsm_event(F | P), CGN_TCP_EV_OTHER);
}

/* A-TCP-1, A-TCP-3: 3-way handshake from inside. */
static void
handshake_from_inside_establishes_with_the_third_segment(void)
{
	static const struct segment script[] = {
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ IN, S | A, CGN_TCP_WAIT_OUT },
		{ IN, S | A, CGN_TCP_WAIT_OUT },
		{ OUT, A, CGN_TCP_ESTABLISHED },
		{ IN, A | P, CGN_TCP_ESTABLISHED },
		{ OUT, A, CGN_TCP_ESTABLISHED },
	};

	PLAY(CGN_TCP_NONE, script);
}

/* A-TCP-1, A-TCP-3: the mirrored path. */
static void
handshake_from_outside_establishes_with_the_third_segment(void)
{
	static const struct segment script[] = {
		{ IN, S, CGN_TCP_SYN_IN },
		{ IN, S, CGN_TCP_SYN_IN },
		{ OUT, S | A, CGN_TCP_WAIT_IN },
		{ OUT, S | A, CGN_TCP_WAIT_IN },
		{ IN, A, CGN_TCP_ESTABLISHED },
	};

	PLAY(CGN_TCP_NONE, script);
}

/* A-TCP-2, A-TCP-3: SYNs cross, SYN-ACKs cross; from either side, in either order. */
static void
simultaneous_open_establishes_once_both_have_acknowledged(void)
{
	static const struct segment from_inside[] = {
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ IN, S, CGN_TCP_SYN_BOTH },
		{ OUT, S | A, CGN_TCP_WAIT_IN },
		{ IN, S | A, CGN_TCP_ESTABLISHED },
	};
	static const struct segment from_outside[] = {
		{ IN, S, CGN_TCP_SYN_IN },
		{ OUT, S, CGN_TCP_SYN_BOTH },
		{ IN, S | A, CGN_TCP_WAIT_OUT },
		{ OUT, A, CGN_TCP_ESTABLISHED },
	};
	static const struct segment repeated[] = {
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ IN, S, CGN_TCP_SYN_BOTH },
		{ OUT, S, CGN_TCP_SYN_BOTH },
		{ IN, S, CGN_TCP_SYN_BOTH },
		{ IN, A, CGN_TCP_WAIT_OUT },
		{ OUT, A, CGN_TCP_ESTABLISHED },
	};

	PLAY(CGN_TCP_NONE, from_inside);
	PLAY(CGN_TCP_NONE, from_outside);
	PLAY(CGN_TCP_NONE, repeated);
}

/* A-TCP-1, A-TCP-3: data flow on after the FIN of one side, with the long timer. */
static void
half_closed_connection_lives_as_an_established_one(void)
{
	static const struct segment inside_first[] = {
		{ OUT, F | A, CGN_TCP_FIN_OUT },
		{ OUT, F | A, CGN_TCP_FIN_OUT },
		{ IN, A, CGN_TCP_FIN_OUT },
		{ IN, A | P, CGN_TCP_FIN_OUT },
		{ OUT, A, CGN_TCP_FIN_OUT },
		{ IN, F | A, CGN_TCP_CLOSING },
		{ OUT, A, CGN_TCP_CLOSING },
		{ IN, F | A, CGN_TCP_CLOSING },
	};
	static const struct segment outside_first[] = {
		{ IN, F | A, CGN_TCP_FIN_IN },
		{ OUT, A | P, CGN_TCP_FIN_IN },
		{ IN, F | A, CGN_TCP_FIN_IN },
		{ OUT, F | A, CGN_TCP_CLOSING },
		{ IN, A, CGN_TCP_CLOSING },
	};

	PLAY(CGN_TCP_ESTABLISHED, inside_first);
	PLAY(CGN_TCP_ESTABLISHED, outside_first);
	CU_ASSERT_EQUAL(cgn_tcpfsm_timer(CGN_TCP_FIN_OUT), CGN_TCP_TIMER_ESTABLISHED);
	CU_ASSERT_EQUAL(cgn_tcpfsm_timer(CGN_TCP_FIN_IN), CGN_TCP_TIMER_ESTABLISHED);
	CU_ASSERT_EQUAL(cgn_tcpfsm_timer(CGN_TCP_CLOSING), CGN_TCP_TIMER_CLOSING);
}

/* A-TCP-1: a client that has nothing to say but FIN. */
static void
fin_may_be_the_third_segment_of_the_handshake(void)
{
	static const struct segment inside[] = {
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ IN, S | A, CGN_TCP_WAIT_OUT },
		{ OUT, F | A, CGN_TCP_FIN_OUT },
		{ IN, F | A, CGN_TCP_CLOSING },
	};
	static const struct segment outside[] = {
		{ IN, S, CGN_TCP_SYN_IN },
		{ OUT, S | A, CGN_TCP_WAIT_IN },
		{ IN, F | A, CGN_TCP_FIN_IN },
		{ OUT, F | A, CGN_TCP_CLOSING },
	};

	PLAY(CGN_TCP_NONE, inside);
	PLAY(CGN_TCP_NONE, outside);
}

/* A-TCP-6: under endpoint-independent filtering this must not buy two hours of state. */
static void
syn_from_outside_and_synack_from_inside_stay_on_the_opening_timer(void)
{
	static const struct segment script[] = {
		{ IN, S, CGN_TCP_SYN_IN },
		{ OUT, S | A, CGN_TCP_WAIT_IN },
		{ OUT, S | A, CGN_TCP_WAIT_IN },
		{ IN, S, CGN_TCP_WAIT_IN },
		{ OUT, A, CGN_TCP_WAIT_IN },
		{ IN, 0, CGN_TCP_WAIT_IN },
		{ IN, F, CGN_TCP_WAIT_IN },
	};

	PLAY(CGN_TCP_NONE, script);
	CU_ASSERT_EQUAL(cgn_tcpfsm_timer(CGN_TCP_WAIT_IN), CGN_TCP_TIMER_OPENING);
}

/* A-TCP-6: on the long timer only where both sides have acknowledged. */
static void
only_established_and_half_closed_states_have_the_long_timer(void)
{
	for (int s = 0; s < CGN_TCP_STATE_COUNT; s++) {
		bool is_long = s == CGN_TCP_ESTABLISHED || s == CGN_TCP_FIN_OUT ||
				s == CGN_TCP_FIN_IN;

		CU_ASSERT_EQUAL(cgn_tcpfsm_timer((enum cgn_tcp_state)s) ==
						CGN_TCP_TIMER_ESTABLISHED,
				is_long);
	}
}

/* A-TCP-8: a reset that nobody believed: data brings the connection back. */
static void
data_after_a_reset_bring_the_connection_back(void)
{
	static const struct segment forged_outside[] = {
		{ IN, R, CGN_TCP_RESET },
		{ IN, R, CGN_TCP_RESET },
		{ OUT, A | P, CGN_TCP_ESTABLISHED },
	};
	static const struct segment forged_inside[] = {
		{ OUT, R | A, CGN_TCP_RESET },
		{ IN, A, CGN_TCP_ESTABLISHED },
	};
	static const struct segment half_closed[] = {
		{ IN, R, CGN_TCP_RESET },
		{ OUT, F | A, CGN_TCP_FIN_OUT },
		{ IN, R, CGN_TCP_RESET },
		{ IN, F | A, CGN_TCP_FIN_IN },
	};

	PLAY(CGN_TCP_ESTABLISHED, forged_outside);
	PLAY(CGN_TCP_ESTABLISHED, forged_inside);
	PLAY(CGN_TCP_ESTABLISHED, half_closed);
	CU_ASSERT_EQUAL(cgn_tcpfsm_timer(CGN_TCP_RESET), CGN_TCP_TIMER_CLOSING);
	CU_ASSERT_EQUAL(cgn_tcpfsm_timer(CGN_TCP_RESET_OPENING), CGN_TCP_TIMER_CLOSING);
}

/* A-TCP-6, A-TCP-8: RST and one ACK must not lead round the handshake. */
static void
reset_while_opening_does_not_shorten_the_handshake(void)
{
	static const struct segment script[] = {
		{ IN, S, CGN_TCP_SYN_IN },
		{ IN, R, CGN_TCP_RESET_OPENING },
		{ IN, A, CGN_TCP_WAIT_OUT },
		{ IN, A, CGN_TCP_WAIT_OUT },
		{ OUT, A, CGN_TCP_ESTABLISHED },
	};
	static const struct segment refused[] = {
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ IN, R | A, CGN_TCP_RESET_OPENING },
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ IN, S | A, CGN_TCP_WAIT_OUT },
	};

	PLAY(CGN_TCP_NONE, script);
	PLAY(CGN_TCP_NONE, refused);
}

/* A-TCP-10: a 4-tuple that is closing or was reset may be used again. */
static void
syn_after_the_end_opens_a_new_connection(void)
{
	static const enum cgn_tcp_state ended[] = { CGN_TCP_CLOSING, CGN_TCP_RESET,
		CGN_TCP_RESET_OPENING };
	static const struct segment from_inside[] = {
		{ OUT, S, CGN_TCP_SYN_OUT },
		{ IN, S | A, CGN_TCP_WAIT_OUT },
		{ OUT, A, CGN_TCP_ESTABLISHED },
	};
	static const struct segment from_outside[] = {
		{ IN, S, CGN_TCP_SYN_IN },
		{ OUT, S | A, CGN_TCP_WAIT_IN },
		{ IN, A, CGN_TCP_ESTABLISHED },
	};

	for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++) {
		PLAY(ended[i], from_inside);
		PLAY(ended[i], from_outside);
	}
}

/* A-TCP-8: who guesses the 4-tuple must not take the long timer away with a SYN. */
static void
syn_from_outside_changes_no_live_connection(void)
{
	static const enum cgn_tcp_state live[] = { CGN_TCP_ESTABLISHED, CGN_TCP_FIN_OUT,
		CGN_TCP_FIN_IN };

	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++)
		CU_ASSERT_EQUAL(cgn_tcpfsm_next(live[i], IN, CGN_TCP_EV_SYN), live[i]);
	CU_ASSERT_EQUAL(cgn_tcpfsm_next(CGN_TCP_ESTABLISHED, OUT, CGN_TCP_EV_SYN),
			CGN_TCP_ESTABLISHED);
}

/* A-TCP-8: nor with a RST and a SYN. An inside host answers that SYN with an ACK (RFC 5961 4.2). */
static void
forged_reset_and_syn_are_healed_by_data_of_both_sides(void)
{
	static const struct segment script[] = {
		{ IN, R, CGN_TCP_RESET },
		{ IN, S, CGN_TCP_SYN_IN },
		{ OUT, A, CGN_TCP_WAIT_IN },
		{ IN, A | P, CGN_TCP_ESTABLISHED },
	};

	PLAY(CGN_TCP_ESTABLISHED, script);
}

/* Entries of filters are no connections. */
static void
filter_entry_has_no_transitions(void)
{
	for (int dir = 0; dir < 2; dir++) {
		for (int ev = 0; ev < CGN_TCP_EV_COUNT; ev++)
			CU_ASSERT_EQUAL(cgn_tcpfsm_next(CGN_TCP_FILTER, (enum cgn_tcp_dir)dir,
							(enum cgn_tcp_event)ev),
					CGN_TCP_FILTER);
	}
}

/* A-TCP-11: nothing but a SYN makes a session. */
static void
only_a_syn_leaves_the_state_of_no_session(void)
{
	for (int dir = 0; dir < 2; dir++) {
		for (int ev = 0; ev < CGN_TCP_EV_COUNT; ev++)
			CU_ASSERT_EQUAL(cgn_tcpfsm_next(CGN_TCP_NONE, (enum cgn_tcp_dir)dir,
							(enum cgn_tcp_event)ev) == CGN_TCP_NONE,
					ev != CGN_TCP_EV_SYN);
	}
}

/* Who has sent a segment with ACK since the connection was opened. */
struct acks {
	bool by[2];
};

struct walk {
	uint64_t visited;
	uint64_t established;
	uint64_t wrong;
	uint64_t lost; /* from a session back to none, or out of the enum */
};

static bool
needs_both(enum cgn_tcp_state s)
{
	return cgn_tcpfsm_timer(s) == CGN_TCP_TIMER_ESTABLISHED || s == CGN_TCP_CLOSING ||
			s == CGN_TCP_RESET;
}

static void
walk_all(struct walk *w, enum cgn_tcp_state s, struct acks acks, unsigned int left)
{
	w->visited++;
	w->established += s == CGN_TCP_ESTABLISHED;
	w->wrong += needs_both(s) && !(acks.by[OUT] && acks.by[IN]);
	if (left == 0)
		return;
	for (int dir = 0; dir < 2; dir++) {
		for (int ev = 0; ev < CGN_TCP_EV_COUNT; ev++) {
			enum cgn_tcp_state to = cgn_tcpfsm_next(
					s, (enum cgn_tcp_dir)dir, (enum cgn_tcp_event)ev);
			struct acks then = acks;

			/* A SYN after the end begins a new connection. */
			if (needs_both(s) && (to == CGN_TCP_SYN_OUT || to == CGN_TCP_SYN_IN))
				then = (struct acks){ { false, false } };
			if (ev == CGN_TCP_EV_SYNACK || ev == CGN_TCP_EV_ACK || ev == CGN_TCP_EV_FIN)
				then.by[dir] = true;
			if (to >= CGN_TCP_STATE_COUNT || (s != CGN_TCP_NONE && to == CGN_TCP_NONE))
				w->lost++;
			else
				walk_all(w, to, then, left - 1);
		}
	}
}

/* A-TCP-6: all sequences of six segments, and of six more on an established connection. */
static void
no_sequence_is_established_before_both_sides_have_acknowledged(void)
{
	struct walk w = { 0 }, live = { 0 };

	walk_all(&w, CGN_TCP_NONE, (struct acks){ { false, false } }, 6);
	CU_ASSERT_EQUAL(w.visited, (UINT64_C(12) * 12 * 12 * 12 * 12 * 12 * 12 - 1) / 11);
	CU_ASSERT(w.established > 0);
	CU_ASSERT_EQUAL(w.wrong, 0);
	CU_ASSERT_EQUAL(w.lost, 0);
	walk_all(&live, CGN_TCP_ESTABLISHED, (struct acks){ { true, true } }, 6);
	CU_ASSERT_EQUAL(live.wrong, 0);
	CU_ASSERT_EQUAL(live.lost, 0);
}

static void
every_state_has_a_name_of_its_own(void)
{
	for (int a = 0; a < CGN_TCP_STATE_COUNT; a++) {
		const char *name = cgn_tcpstate_name((enum cgn_tcp_state)a);

		CU_ASSERT(name != NULL && name[0] != '\0');
		for (int b = 0; b < a; b++)
			CU_ASSERT_STRING_NOT_EQUAL(name, cgn_tcpstate_name((enum cgn_tcp_state)b));
	}
	CU_ASSERT_STRING_EQUAL(cgn_tcpstate_name(CGN_TCP_STATE_COUNT), "unknown");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(flags_make_the_event),
	CU_TEST_ROW(fin_without_ack_is_no_fin),
	CU_TEST_ROW(handshake_from_inside_establishes_with_the_third_segment),
	CU_TEST_ROW(handshake_from_outside_establishes_with_the_third_segment),
	CU_TEST_ROW(simultaneous_open_establishes_once_both_have_acknowledged),
	CU_TEST_ROW(half_closed_connection_lives_as_an_established_one),
	CU_TEST_ROW(fin_may_be_the_third_segment_of_the_handshake),
	CU_TEST_ROW(syn_from_outside_and_synack_from_inside_stay_on_the_opening_timer),
	CU_TEST_ROW(only_established_and_half_closed_states_have_the_long_timer),
	CU_TEST_ROW(data_after_a_reset_bring_the_connection_back),
	CU_TEST_ROW(reset_while_opening_does_not_shorten_the_handshake),
	CU_TEST_ROW(syn_after_the_end_opens_a_new_connection),
	CU_TEST_ROW(syn_from_outside_changes_no_live_connection),
	CU_TEST_ROW(forged_reset_and_syn_are_healed_by_data_of_both_sides),
	CU_TEST_ROW(filter_entry_has_no_transitions),
	CU_TEST_ROW(only_a_syn_leaves_the_state_of_no_session),
	CU_TEST_ROW(no_sequence_is_established_before_both_sides_have_acknowledged),
	CU_TEST_ROW(every_state_has_a_name_of_its_own),
};

CU_MAIN("tcpfsm", tests)
