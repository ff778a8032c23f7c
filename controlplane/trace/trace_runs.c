/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Runs, their producers, and the numbers that are there.
 */
#include "controlplane/trace/trace_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

/* Make room for one more element. The room is doubled when the number of elements is a power of two. */
static int
grow(void **array, size_t n, size_t size)
{
	void *larger;

	if ((n & (n - 1)) != 0)
		return 0;
	larger = realloc(*array, (n == 0 ? 1 : 2 * n) * size);
	if (larger == NULL)
		return -ENOMEM;
	*array = larger;
	return 0;
}

/* The run of a record. */
static struct cgn_trace_run *
run_of(struct cgn_trace_runs *runs, const struct cgn_trace_record *r)
{
	struct cgn_trace_run *run;
	void *at = runs->at;

	if (runs->latest < runs->n && runs->at[runs->latest].boot == r->boot)
		return &runs->at[runs->latest];
	for (runs->latest = 0; runs->latest < runs->n; runs->latest++) {
		if (runs->at[runs->latest].boot == r->boot)
			return &runs->at[runs->latest];
	}
	if (grow(&at, runs->n, sizeof(*runs->at)) < 0)
		return NULL;
	runs->at = at;
	run = &runs->at[runs->n++];
	*run = (struct cgn_trace_run){
		.boot = r->boot, .first_ms = r->time_ms, .last_ms = r->time_ms
	};
	cgn_trace_line_copy(run->host, sizeof(run->host), &r->host);
	cgn_trace_line_copy(run->instance, sizeof(run->instance), &r->instance);
	return run;
}

static struct cgn_trace_producer *
producer_of(struct cgn_trace_run *run, uint32_t id)
{
	void *at = run->producers;

	for (size_t i = 0; i < run->n_producers; i++) {
		if (run->producers[i].id == id)
			return &run->producers[i];
	}
	if (grow(&at, run->n_producers, sizeof(*run->producers)) < 0)
		return NULL;
	run->producers = at;
	run->producers[run->n_producers] = (struct cgn_trace_producer){ .id = id };
	return &run->producers[run->n_producers++];
}

/* Add numbers to a producer. A record usually has the number behind the one before. */
static int
add_span(struct cgn_trace_producer *p, const struct cgn_trace_span *s)
{
	struct cgn_trace_span *before = p->n_spans == 0 ? NULL : &p->spans[p->n_spans - 1];
	void *at = p->spans;

	if (before != NULL && !s->is_lost && !before->is_lost && s->first == before->last + 1) {
		before->last = s->last;
		before->last_ms = RTE_MAX(before->last_ms, s->last_ms);
		return 0;
	}
	if (grow(&at, p->n_spans, sizeof(*p->spans)) < 0)
		return -ENOMEM;
	p->spans = at;
	p->spans[p->n_spans++] = *s;
	return 0;
}

static int
add_step(struct cgn_trace_run *run, const struct cgn_trace_record *r)
{
	void *at = run->steps;

	if (grow(&at, run->n_steps, sizeof(*run->steps)) < 0)
		return -ENOMEM;
	run->steps = at;
	run->steps[run->n_steps++] = (struct cgn_trace_step){ r->time_ms, r->step_ms };
	return 0;
}

/* The numbers that a record tells of. */
static struct cgn_trace_span
span_of(const struct cgn_trace_record *r)
{
	/* In the same millisecond there may be one later: one burst of packets makes many. */
	struct cgn_trace_span s = {
		.first = r->seq, .last = r->seq, .first_ms = r->time_ms, .last_ms = r->time_ms - 1
	};

	if (r->event == CGN_TRACE_GAP) {
		s.first = r->gap_first;
		s.last = r->gap_last;
		s.is_lost = r->gap_blocks != 0 || r->producer == CGN_TRACE_EXPORT;
	} else if (r->event == CGN_TRACE_CHECKPOINT) {
		s.first = r->gap_last + 1;
		s.last = r->gap_last;
	}
	return s;
}

static void
take_start(struct cgn_trace_run *run, const struct cgn_trace_record *r)
{
	/* Blocks that were in use before have no records, as if the beginning of the run were missing. */
	run->has_start = !r->is_late;
	run->start_ms = r->time_ms;
	run->previous = r->previous;
	run->is_after_unknown = r->is_after_unknown;
	run->has_no_blocks = r->has_no_blocks;
	run->has_deterministic = r->has_deterministic;
	run->is_kept = r->is_kept;
}

int
cgn_trace_runs_add(struct cgn_trace_runs *runs, const struct cgn_trace_record *r, size_t *run_index)
{
	struct cgn_trace_run *run = run_of(runs, r);
	struct cgn_trace_producer *p = run == NULL ? NULL : producer_of(run, r->producer);
	const struct cgn_trace_span span = span_of(r);

	if (p == NULL)
		return -ENOMEM;
	*run_index = (size_t)(run - runs->at);
	run->first_ms = RTE_MIN(run->first_ms, r->time_ms);
	run->last_ms = RTE_MAX(run->last_ms, r->time_ms);
	if (r->event == CGN_TRACE_START) {
		take_start(run, r);
	} else if (r->event == CGN_TRACE_STOP) {
		run->has_stop = true;
		run->stop_ms = r->time_ms;
	} else if (r->event == CGN_TRACE_CLOCK_STEP && add_step(run, r) < 0) {
		return -ENOMEM;
	}
	return add_span(p, &span);
}

/* --- the end of the adding ------------------------------------------------------------------- */

/* What is lost comes behind everything else. */
static int
compare_spans(const void *a, const void *b)
{
	const struct cgn_trace_span *x = a, *y = b;

	if (x->is_lost != y->is_lost)
		return x->is_lost ? 1 : -1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return (x->first_ms > y->first_ms) - (x->first_ms < y->first_ms);
}

/* Join spans that follow each other or overlap: a file may be there twice. @return how many are left */
static size_t
join(struct cgn_trace_span *spans, size_t n)
{
	struct cgn_trace_span *to = spans;

	if (n == 0)
		return 0;
	for (const struct cgn_trace_span *s = spans + 1; s < spans + n; s++) {
		if (s->first > to->last + 1) {
			*++to = *s;
		} else if (s->last >= to->last) {
			to->last = s->last;
			to->last_ms = RTE_MAX(to->last_ms, s->last_ms);
		}
	}
	return (size_t)(to - spans) + 1;
}

/* Let no lost spans overlap. The later one tells best since when its numbers are lost. @return how many are left */
static size_t
split(struct cgn_trace_span *spans, size_t n)
{
	struct cgn_trace_span *to = spans;

	if (n == 0)
		return 0;
	for (const struct cgn_trace_span *s = spans + 1; s < spans + n; s++) {
		uint64_t last = RTE_MAX(to->last, s->last);

		if (s->first > to->first) {
			to->last = RTE_MIN(to->last, s->first - 1);
			*++to = *s;
		}
		to->last = last;
	}
	return (size_t)(to - spans) + 1;
}

/* The part of a lost span from a number on, up to the next span that is not lost. */
static struct cgn_trace_span
lost_part(const struct cgn_trace_span *lost, uint64_t from, const struct cgn_trace_span *next,
		const struct cgn_trace_span *before)
{
	struct cgn_trace_span part = *lost;

	part.first = from;
	if (next != NULL && next->first <= lost->last)
		part.last = next->first - 1;
	/* The time of a gap is that of its first number. */
	if (from > lost->first && before != NULL)
		part.first_ms = RTE_MAX(part.first_ms, before->last_ms + 1);
	part.last_ms = part.first_ms - 1;
	return part;
}

/* Put both kinds of spans into one order. What one file has lost may be there in another one.
 * @param out  room for twice as many spans and one @return how many there are */
static size_t
merge(const struct cgn_trace_span *solid, size_t n_solid, const struct cgn_trace_span *lost,
		size_t n_lost, struct cgn_trace_span *out)
{
	const struct cgn_trace_span *s = solid, *l = lost;
	uint64_t next = 0; /* the first number that is not in out */
	size_t n = 0;

	while (s < solid + n_solid || l < lost + n_lost) {
		bool has_s = s < solid + n_solid, has_l = l < lost + n_lost;
		uint64_t from = has_l ? RTE_MAX(l->first, next) : 0;

		if (has_s && (!has_l || s->first <= from)) {
			out[n++] = *s;
			next = RTE_MAX(next, s->last + 1);
			s++;
			continue;
		}
		if (from <= l->last) {
			out[n] = lost_part(l, from, has_s ? s : NULL, n > 0 ? &out[n - 1] : NULL);
			next = out[n++].last + 1;
		}
		l += next > l->last ? 1 : 0;
	}
	return n;
}

static int
sort_spans(struct cgn_trace_producer *p)
{
	struct cgn_trace_span *out;
	size_t n_solid = 0;

	qsort(p->spans, p->n_spans, sizeof(*p->spans), compare_spans);
	while (n_solid < p->n_spans && !p->spans[n_solid].is_lost)
		n_solid++;
	out = calloc(2 * p->n_spans + 1, sizeof(*out));
	if (out == NULL)
		return -ENOMEM;
	p->n_spans = merge(p->spans, join(p->spans, n_solid), p->spans + n_solid,
			split(p->spans + n_solid, p->n_spans - n_solid), out);
	free(p->spans);
	p->spans = out;
	return 0;
}

/* Only the records of the exporter tell of steps. */
bool
cgn_trace_runs_misses_step(const struct cgn_trace_run *run, int64_t at_ms, int64_t *when)
{
	const struct cgn_trace_producer *p = run->producers, *end = p + run->n_producers;

	while (p < end && p->id != CGN_TRACE_EXPORT)
		p++;
	for (size_t i = 0; p < end && i < p->n_spans; i++) {
		const struct cgn_trace_span *s = &p->spans[i];
		int64_t before_ms = i == 0 ? s->first_ms : s[-1].last_ms + 1;
		bool is_hole = i > 0 && s->first != s[-1].last + 1;

		*when = RTE_MIN(before_ms, s->first_ms);
		/* It is not known how far a lost step went, so it is not known where its effect ends. */
		if (at_ms >= *when &&
				(s->is_lost || (is_hole && at_ms <= RTE_MAX(before_ms, s->first_ms))))
			return true;
	}
	return false;
}

bool
cgn_trace_runs_are_one_cgnd(const struct cgn_trace_run *a, const struct cgn_trace_run *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->instance, b->instance) == 0;
}

/* The next run has kept the state: subscribers have their ports until it starts, although no packets pass. */
static void
find_heir(const struct cgn_trace_runs *runs, struct cgn_trace_run *run)
{
	for (size_t i = 0; i < runs->n; i++) {
		const struct cgn_trace_run *next = &runs->at[i];

		if (next->is_kept && next->previous == run->boot && next->start_ms > run->stop_ms &&
				cgn_trace_runs_are_one_cgnd(run, next)) {
			run->goes_on = true;
			run->end_ms = next->start_ms - 1;
		}
	}
}

/* When a run has ended: by its stop, or at the latest when the next run of this cgnd has started. */
static void
find_end(struct cgn_trace_runs *runs, struct cgn_trace_run *run)
{
	run->end_ms = run->has_stop ? run->stop_ms : INT64_MAX;
	if (run->has_stop)
		find_heir(runs, run);
	for (size_t i = 0; i < runs->n && !run->has_stop; i++) {
		const struct cgn_trace_run *next = &runs->at[i];

		if (next == run || !next->has_start || !cgn_trace_runs_are_one_cgnd(run, next) ||
				(next->previous != run->boot && next->start_ms < run->last_ms))
			continue;
		run->has_crashed = true;
		if (next->start_ms < run->end_ms) {
			run->end_ms = next->start_ms;
			run->is_followed = next->previous == run->boot;
		}
	}
}

int
cgn_trace_runs_sort(struct cgn_trace_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		for (size_t p = 0; p < runs->at[i].n_producers; p++) {
			if (sort_spans(&runs->at[i].producers[p]) < 0)
				return -ENOMEM;
		}
		find_end(runs, &runs->at[i]);
	}
	return 0;
}

void
cgn_trace_runs_fini(struct cgn_trace_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		for (size_t p = 0; p < runs->at[i].n_producers; p++)
			free(runs->at[i].producers[p].spans);
		free(runs->at[i].producers);
		free(runs->at[i].steps);
	}
	free(runs->at);
	*runs = (struct cgn_trace_runs){ 0 };
}
