/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers from records of which two sinks have lost some, against a model that knows everything. */
#include "controlplane/trace/trace.h"
#include "tests/support/cu.h"

#include <stdlib.h>
#include <string.h>

#define WORKERS   2
#define ACTS      60
#define BLOCKS    4
#define SINKS     2
#define QUESTIONS 60
#define WORLDS    400

/* What a worker does. Each has an address and BLOCKS blocks of 16 ports. A lease is one port of a block. */
struct act {
	int64_t ms;
	unsigned int subscriber;
	uint16_t first;
	uint16_t last; /* 0: a record of another kind */
	bool is_end;
};

static struct act acts[WORKERS][ACTS];
static int64_t end_ms;
static struct cgn_trace *trace;
static uint64_t state;

static unsigned int
below(unsigned int n)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(state >> 33) % n;
}

/* --- the world ------------------------------------------------------------------------------- */

/* Who has a port after so many acts of a worker; 0: nobody. A lease counts more than the block around it. */
static unsigned int
owner(unsigned int worker, unsigned int n_acts, uint16_t port, bool with_leases)
{
	unsigned int block = 0, lease = 0;

	for (unsigned int i = 0; i < n_acts; i++) {
		const struct act *a = &acts[worker][i];

		if (a->last == 0 || port < a->first || port > a->last)
			continue;
		*(a->first == a->last ? &lease : &block) = a->is_end ? 0 : a->subscriber;
	}
	return with_leases && lease != 0 ? lease : block;
}

/* Who holds exactly these ports. */
static unsigned int
holder(unsigned int worker, unsigned int n_acts, uint16_t first, uint16_t last)
{
	unsigned int who = 0;

	for (unsigned int i = 0; i < n_acts; i++) {
		const struct act *a = &acts[worker][i];

		if (a->first == first && a->last == last)
			who = a->is_end ? 0 : a->subscriber;
	}
	return who;
}

static void
live(unsigned int worker)
{
	int64_t ms = 1000;

	for (unsigned int i = 0; i < ACTS; i++) {
		struct act *a = &acts[worker][i];
		unsigned int held, kind = below(8);

		/* What one burst of packets makes has one time. */
		if (below(4) != 0)
			ms += 2 + below(i % 7 == 0 ? 400 : 20);
		*a = (struct act){ .ms = ms };
		if (kind == 0)
			continue;
		a->first = (uint16_t)(1024 + 16 * below(BLOCKS) + (kind == 1 ? 5 : 0));
		a->last = (uint16_t)(a->first + (kind == 1 ? 0 : 15));
		held = holder(worker, i, a->first, a->last);
		a->is_end = held != 0;
		a->subscriber = held != 0 ? held : 1 + below(5);
	}
	end_ms = ms + 100 > end_ms ? ms + 100 : end_ms;
}

static unsigned int
acts_before(unsigned int worker, int64_t at_ms)
{
	unsigned int n = 0;

	while (n < ACTS && acts[worker][n].ms <= at_ms)
		n++;
	return n;
}

/* --- its records ----------------------------------------------------------------------------- */

static struct cgn_trace_record
record(int64_t ms, enum cgn_trace_event event, uint64_t boot, uint32_t producer)
{
	static const struct cgn_trace_text host = { "box", 3 }, instance = { "cgnd", 4 };

	return (struct cgn_trace_record){
		.time_ms = ms,
		.event = event,
		.boot = boot,
		.producer = producer,
		.host = host,
		.instance = instance,
		.pool = instance,
	};
}

static void
add(const struct cgn_trace_record *r)
{
	CU_ASSERT_EQUAL(cgn_trace_add(trace, r), 0);
}

static void
add_act(unsigned int worker, unsigned int i)
{
	const struct act *a = &acts[worker][i];
	struct cgn_trace_record r = record(a->ms, CGN_TRACE_OTHER, 1, CGN_TRACE_WORKER0 + worker);

	r.seq = i + 1;
	r.ext = RTE_BE32(0xc6336400) + rte_cpu_to_be_32(worker);
	if (a->last != 0) {
		r.event = a->is_end ? CGN_TRACE_RELEASED : CGN_TRACE_ALLOCATED;
		r.inside = (struct cgn_prefix){ .ip4 = rte_cpu_to_be_32(0x64400000 + a->subscriber),
			.len = 32 };
		r.first = a->first;
		r.last = a->last;
	}
	add(&r);
}

/* A gap of up to four records. @return the last one */
static unsigned int
add_gap(unsigned int worker, unsigned int i)
{
	unsigned int n = 1 + below(4);
	struct cgn_trace_record r = record(
			acts[worker][i].ms, CGN_TRACE_GAP, 1, CGN_TRACE_WORKER0 + worker);

	n = n > ACTS - i ? ACTS - i : n;
	r.gap_first = i + 1;
	r.gap_last = i + n;
	for (unsigned int k = i; k < i + n; k++)
		r.gap_blocks += acts[worker][k].last != 0 ? 1 : 0;
	add(&r);
	return i + n - 1;
}

/* Some time between two acts. */
static void
add_checkpoint(unsigned int worker, unsigned int n_acts)
{
	int64_t from = n_acts == 0 ? 1000 : acts[worker][n_acts - 1].ms + 1;
	int64_t to = n_acts == ACTS ? end_ms : acts[worker][n_acts].ms;
	int64_t ms = from > to ? to : from + below((unsigned int)(to - from) + 1);
	struct cgn_trace_record r = record(ms, CGN_TRACE_CHECKPOINT, 1, CGN_TRACE_WORKER0 + worker);

	r.has_last = true;
	r.gap_last = n_acts;
	add(&r);
}

/* What a sink has of a worker. @param loss  0: all, but with gaps if @p other has the rest */
static void
add_sink(unsigned int worker, unsigned int sink, bool is_lossy)
{
	if (below(3) == 0)
		add_checkpoint(worker, 0);
	for (unsigned int i = 0; i < ACTS; i++) {
		/* Without losses, each sink has a half at least, and gaps for the rest. */
		bool is_lost = is_lossy ? below(12) == 0 : i / 10 % SINKS != sink;

		if (is_lossy && below(15) == 0)
			continue;
		if (is_lost && (is_lossy || i % 10 < 6))
			i = add_gap(worker, i);
		else
			add_act(worker, i);
		if (below(4) == 0)
			add_checkpoint(worker, i + 1);
	}
}

static void
add_ends(bool has_crashed)
{
	struct cgn_trace_record r = record(1000, CGN_TRACE_START, 1, CGN_TRACE_EXPORT);

	r.seq = 1;
	add(&r);
	r = record(end_ms, has_crashed ? CGN_TRACE_START : CGN_TRACE_STOP, has_crashed ? 2 : 1,
			CGN_TRACE_EXPORT);
	r.seq = has_crashed ? 1 : 2;
	r.previous = has_crashed ? 1 : 0;
	add(&r);
}

/* --- questions ------------------------------------------------------------------------------- */

static void
check(const struct cgn_trace_question *q, bool is_lossy)
{
	unsigned int worker = rte_be_to_cpu_32(q->ext) & 0xff, n = acts_before(worker, q->at_ms);
	unsigned int truth = owner(worker, n, q->port, true), said = 0;
	struct cgn_trace_answer a;

	cgn_trace_answer(trace, q, &a);
	if (a.verdict == CGN_TRACE_FOUND)
		said = rte_be_to_cpu_32(a.tenure.inside.ip4) & 0xff;
	if (!is_lossy || (a.verdict != CGN_TRACE_UNSURE && a.reason == CGN_TRACE_CERTAIN))
		CU_ASSERT_EQUAL(said, truth);
	if (!is_lossy)
		CU_ASSERT_TRUE(a.verdict != CGN_TRACE_UNSURE && a.reason == CGN_TRACE_CERTAIN);
	/* Behind a loss, only a lease may be unknown. */
	if (a.verdict == CGN_TRACE_FOUND &&
			(a.reason == CGN_TRACE_LOST || a.reason == CGN_TRACE_MISSING))
		CU_ASSERT_TRUE(said == truth || said == owner(worker, n, q->port, false));
}

static unsigned int
run_world(bool is_lossy)
{
	struct cgn_trace_question q[QUESTIONS];
	struct cgn_trace_answer a;
	unsigned int n_sure = 0;

	end_ms = 0;
	for (unsigned int w = 0; w < WORKERS; w++)
		live(w);
	for (unsigned int i = 0; i < QUESTIONS; i++) {
		unsigned int worker = below(WORKERS);

		q[i] = (struct cgn_trace_question){
			.ext = RTE_BE32(0xc6336400) + rte_cpu_to_be_32(worker),
			.port = (uint16_t)(1024 + below(16 * BLOCKS)),
			/* Every other question is about a moment in which something happens. */
			.at_ms = i % 2 == 0 ? acts[worker][below(ACTS)].ms
					    : 1000 + below((unsigned int)end_ms - 1001),
		};
	}
	CU_ASSERT_EQUAL_FATAL(cgn_trace_create(&trace, q, QUESTIONS), 0);
	for (unsigned int sink = SINKS; sink > 0; sink--) {
		for (unsigned int w = 0; w < WORKERS; w++)
			add_sink(w, sink - 1, is_lossy);
	}
	for (unsigned int w = 0; !is_lossy && w < WORKERS; w++) {
		struct cgn_trace_record r = record(
				end_ms, CGN_TRACE_CHECKPOINT, 1, CGN_TRACE_WORKER0 + w);

		r.gap_last = ACTS;
		add(&r);
	}
	add_ends(is_lossy && below(2) == 0);
	CU_ASSERT_EQUAL_FATAL(cgn_trace_end(trace), 0);
	for (unsigned int i = 0; i < QUESTIONS; i++) {
		check(&q[i], is_lossy);
		cgn_trace_answer(trace, &q[i], &a);
		n_sure += a.verdict != CGN_TRACE_UNSURE ? 1 : 0;
	}
	cgn_trace_destroy(trace);
	return n_sure;
}

/* G-LOG-1, G-LOG-2: no answer that is certain is wrong. */
static void
certain_answers_are_right_whatever_is_lost(void)
{
	unsigned int n_sure = 0;

	for (state = 1; state <= WORLDS; state++) {
		uint64_t seed = state;

		n_sure += run_world(true);
		if (CU_get_number_of_failures() != 0) {
			printf("seed %llu\n", (unsigned long long)seed);
			return;
		}
		state = seed;
	}
	/* Losses do not make all answers unsure. */
	CU_ASSERT_TRUE(n_sure > WORLDS * QUESTIONS / 3);
}

static void
what_one_file_has_lost_comes_from_the_other_one(void)
{
	for (state = 1; state <= WORLDS; state++) {
		uint64_t seed = state;

		CU_ASSERT_EQUAL(run_world(false), QUESTIONS);
		if (CU_get_number_of_failures() != 0) {
			printf("seed %llu\n", (unsigned long long)seed);
			return;
		}
		state = seed;
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(certain_answers_are_right_whatever_is_lost),
	CU_TEST_ROW(what_one_file_has_lost_comes_from_the_other_one),
};

CU_MAIN("trace_model", tests)
