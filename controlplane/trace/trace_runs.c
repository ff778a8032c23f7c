/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Runs, their producers, and the numbers that are there.
 */
#include "controlplane/trace/trace_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

	if (before != NULL && !s->is_gap && !before->is_gap && s->first == before->last + 1) {
		before->last = s->last;
		before->last_ms = s->last_ms;
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

int
cgn_trace_runs_add(struct cgn_trace_runs *runs, const struct cgn_trace_record *r, size_t *run_index)
{
	struct cgn_trace_run *run = run_of(runs, r);
	struct cgn_trace_producer *p = run == NULL ? NULL : producer_of(run, r->producer);
	struct cgn_trace_span span = {
		.first = r->seq,
		.last = r->seq,
		.first_ms = r->time_ms,
		.last_ms = r->time_ms,
	};

	if (p == NULL)
		return -ENOMEM;
	*run_index = (size_t)(run - runs->at);
	if (r->event == CGN_TRACE_GAP) {
		span.first = r->gap_first;
		span.last = r->gap_last;
		span.lost_blocks = r->gap_blocks;
		span.is_gap = true;
	}
	if (r->time_ms < run->first_ms)
		run->first_ms = r->time_ms;
	if (r->time_ms > run->last_ms)
		run->last_ms = r->time_ms;
	if (r->event == CGN_TRACE_START) {
		run->has_start = true;
		run->start_ms = r->time_ms;
		run->previous = r->previous;
		run->is_after_unknown = r->is_after_unknown;
		run->has_no_blocks = r->has_no_blocks;
	} else if (r->event == CGN_TRACE_STOP) {
		run->has_stop = true;
		run->stop_ms = r->time_ms;
	} else if (r->event == CGN_TRACE_CLOCK_STEP && add_step(run, r) < 0) {
		return -ENOMEM;
	}
	return add_span(p, &span);
}

static int
compare_spans(const void *a, const void *b)
{
	const struct cgn_trace_span *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->last > y->last) - (x->last < y->last);
}

/* Join the spans of records that follow each other or overlap: a file may be there twice. */
static void
sort_spans(struct cgn_trace_producer *p)
{
	size_t n = 0;

	if (p->n_spans == 0)
		return;
	qsort(p->spans, p->n_spans, sizeof(*p->spans), compare_spans);
	for (size_t i = 1; i < p->n_spans; i++) {
		struct cgn_trace_span *to = &p->spans[n];
		const struct cgn_trace_span *s = &p->spans[i];

		if (s->is_gap == to->is_gap && s->last <= to->last)
			continue;
		/* Behind UINT64_MAX there is no number, so the difference is compared. */
		if (!s->is_gap && !to->is_gap && s->first - to->first <= to->last - to->first + 1) {
			to->last = s->last;
			to->last_ms = s->last_ms;
		} else {
			p->spans[++n] = *s;
		}
	}
	p->n_spans = n + 1;
}

bool
cgn_trace_runs_are_one_cgnd(const struct cgn_trace_run *a, const struct cgn_trace_run *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->instance, b->instance) == 0;
}

/* When a run has ended: by its stop, or at the latest when the next run of this cgnd has started. */
static void
find_end(struct cgn_trace_runs *runs, struct cgn_trace_run *run)
{
	run->end_ms = run->has_stop ? run->stop_ms : INT64_MAX;
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

void
cgn_trace_runs_sort(struct cgn_trace_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		for (size_t p = 0; p < runs->at[i].n_producers; p++)
			sort_spans(&runs->at[i].producers[p]);
		find_end(runs, &runs->at[i]);
	}
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
