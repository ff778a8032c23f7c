/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Answers from records. Only records about the ports in question are kept; of all others, only that they were there.
 */
#include "controlplane/trace/trace.h"

#include "controlplane/trace/trace_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Records are written some time after the moment that they tell. So a clock that was set makes these times unclear, too. */
#define CLOCK_MARGIN_MS 50

/* The owner of an address, where it is no worker. */
#define NOT_KNOWN 0
#define SEVERAL   1

/* A record about the ports in question. */
struct event {
	size_t run;
	uint32_t producer;
	uint64_t seq;
	int64_t time_ms;
	struct cgn_prefix inside;
	rte_be32_t ext;
	uint16_t first;
	uint16_t last;
	bool is_end;
	char pool[64];
};

struct cgn_trace {
	struct cgn_trace_question q;
	struct cgn_trace_runs runs;
	struct event *events;
	size_t n_events;
	size_t max_events;
	bool is_sorted;
};

/* Numbers of a producer without a hole, and whether they reach back to its first record. */
struct region {
	uint64_t first;
	uint64_t last;
	bool is_whole;                /* from number 1 on, so nothing is unknown */
	enum cgn_trace_reason reason; /* what is missing before, or around the time in question */
	int64_t reason_ms;
};

int
cgn_trace_create(struct cgn_trace **out, const struct cgn_trace_question *question)
{
	struct cgn_trace *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->q = *question;
	*out = t;
	return 0;
}

void
cgn_trace_destroy(struct cgn_trace *t)
{
	if (t == NULL)
		return;
	cgn_trace_runs_fini(&t->runs);
	free(t->events);
	free(t);
}

/* --- collecting ------------------------------------------------------------------------------ */

static bool
has_address(const struct cgn_prefix *p, const struct cgn_ip *addr)
{
	struct cgn_ip6 prefix;

	if (p->is_ip6 != addr->is_ip6)
		return false;
	if (!p->is_ip6)
		return cgn_prefix_has4(p, addr->ip4);
	prefix = cgn_ip6_prefix(&addr->ip6, p->len);
	return memcmp(&prefix, &p->ip6, sizeof(prefix)) == 0;
}

static bool
is_asked_for(const struct cgn_trace_question *q, const struct cgn_trace_record *r)
{
	if (r->event != CGN_TRACE_ALLOCATED && r->event != CGN_TRACE_RELEASED)
		return false;
	if (q->is_of_subscriber)
		return has_address(&r->inside, &q->subscriber);
	return r->ext == q->ext && r->first <= q->port && q->port <= r->last;
}

static int
keep(struct cgn_trace *t, const struct cgn_trace_record *r, size_t run)
{
	struct event *e;

	if (t->n_events == t->max_events) {
		size_t max = t->max_events == 0 ? 64 : 2 * t->max_events;

		e = realloc(t->events, max * sizeof(*e));
		if (e == NULL)
			return -ENOMEM;
		t->events = e;
		t->max_events = max;
	}
	e = &t->events[t->n_events++];
	*e = (struct event){
		.run = run,
		.producer = r->producer,
		.seq = r->seq,
		.time_ms = r->time_ms,
		.inside = r->inside,
		.ext = r->ext,
		.first = r->first,
		.last = r->last,
		.is_end = r->event == CGN_TRACE_RELEASED,
	};
	cgn_trace_line_copy(e->pool, sizeof(e->pool), &r->pool);
	return 0;
}

/* Note which worker has the address. */
static void
note_owner(struct cgn_trace_run *run, uint32_t producer)
{
	if (run->owner == NOT_KNOWN)
		run->owner = producer;
	else if (run->owner != producer)
		run->owner = SEVERAL;
}

int
cgn_trace_add(struct cgn_trace *t, const struct cgn_trace_record *r)
{
	size_t run;
	int ret = cgn_trace_runs_add(&t->runs, r, &run);

	if (ret == 0 && !t->q.is_of_subscriber && r->ext == t->q.ext)
		note_owner(&t->runs.at[run], r->producer);
	if (ret == 0 && is_asked_for(&t->q, r))
		ret = keep(t, r, run);
	return ret;
}

static int
compare_events(const void *va, const void *vb)
{
	const struct event *a = va, *b = vb;

	if (a->run != b->run)
		return a->run < b->run ? -1 : 1;
	if (a->producer != b->producer)
		return a->producer < b->producer ? -1 : 1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

/* Put everything in order. A record that was added twice is dropped. */
static void
trace_sort(struct cgn_trace *t)
{
	size_t n = 0;

	if (t->is_sorted)
		return;
	t->is_sorted = true;
	cgn_trace_runs_sort(&t->runs);
	if (t->n_events == 0)
		return;
	qsort(t->events, t->n_events, sizeof(*t->events), compare_events);
	for (size_t i = 1; i < t->n_events; i++) {
		if (compare_events(&t->events[n], &t->events[i]) != 0)
			t->events[++n] = t->events[i];
	}
	t->n_events = n + 1;
}

/* --- tenures --------------------------------------------------------------------------------- */

static bool
is_same_tenure(const struct event *a, const struct event *b)
{
	return a->run == b->run && a->producer == b->producer && a->ext == b->ext &&
			a->first == b->first && a->last == b->last &&
			a->inside.is_ip6 == b->inside.is_ip6 && a->inside.len == b->inside.len &&
			(a->inside.is_ip6 ? memcmp(&a->inside.ip6, &b->inside.ip6,
							    sizeof(a->inside.ip6)) == 0
					  : a->inside.ip4 == b->inside.ip4);
}

/* The next event of the same subscriber and ports; NULL: there is none. */
static const struct event *
next_event(const struct cgn_trace *t, const struct event *e)
{
	const struct event *end = t->events + t->n_events;

	for (const struct event *n = e + 1;
			n < end && n->run == e->run && n->producer == e->producer; n++) {
		if (is_same_tenure(n, e))
			return n;
	}
	return NULL;
}

/* The time in which a subscriber had ports. @param e  its begin, or its end if the begin is not known */
static struct cgn_trace_tenure
tenure_of(const struct cgn_trace *t, const struct event *e)
{
	const struct cgn_trace_run *run = &t->runs.at[e->run];
	const struct event *end = e->is_end ? e : next_event(t, e);
	struct cgn_trace_tenure out = {
		.inside = e->inside,
		.ext = e->ext,
		.first = e->first,
		.last = e->last,
		.has_since = !e->is_end,
		.since_ms = e->time_ms,
		.until_ms = run->end_ms,
		.boot = run->boot,
		.producer = e->producer,
		.host = run->host,
		.instance = run->instance,
		.pool = e->pool,
	};

	if (end != NULL && end->is_end) {
		out.end = CGN_TRACE_END_RELEASED;
		out.until_ms = end->time_ms;
	} else if (run->has_stop) {
		out.end = CGN_TRACE_END_STOP;
	} else {
		out.end = run->has_crashed ? CGN_TRACE_END_CRASH : CGN_TRACE_END_OPEN;
	}
	return out;
}

/* --- what is missing ------------------------------------------------------------------------- */

/* Whether a span is as good as its records: it has them, or lost none that matter. */
static bool
is_solid(const struct cgn_trace_span *s)
{
	return !s->is_gap || s->lost_blocks == 0;
}

/* The numbers of a producer around a time. */
static struct region
region_at(const struct cgn_trace_producer *p, int64_t at_ms)
{
	const struct cgn_trace_span *s = p->spans;
	size_t i = 0, lo, hi;
	struct region r = { 0 };

	/* The last span that begins at this time or before. */
	while (i + 1 < p->n_spans && s[i + 1].first_ms <= at_ms)
		i++;
	if (!is_solid(&s[i])) {
		/* Lost, unless that was later. Only the first span can begin later. */
		r.reason = CGN_TRACE_LOST;
		r.reason_ms = s[i].first_ms;
		return r;
	}
	if (i + 1 < p->n_spans && at_ms > s[i].last_ms && s[i + 1].first != s[i].last + 1) {
		r.reason = CGN_TRACE_MISSING;
		r.reason_ms = s[i].last_ms;
		return r;
	}
	lo = hi = i;
	while (lo > 0 && is_solid(&s[lo - 1]) && s[lo].first == s[lo - 1].last + 1)
		lo--;
	while (hi + 1 < p->n_spans && is_solid(&s[hi + 1]) && s[hi + 1].first == s[hi].last + 1)
		hi++;
	r.first = s[lo].first;
	r.last = s[hi].last;
	r.is_whole = r.first == 1;
	if (!r.is_whole && lo > 0) {
		r.reason = is_solid(&s[lo - 1]) ? CGN_TRACE_MISSING : CGN_TRACE_LOST;
		r.reason_ms = s[lo - 1].is_gap ? s[lo - 1].first_ms : s[lo - 1].last_ms;
	} else if (!r.is_whole) {
		r.reason = CGN_TRACE_BEFORE;
		r.reason_ms = s[lo].first_ms;
		/* Before the first number that is there, nothing is known. */
		if (at_ms < s[lo].first_ms)
			r.first = r.last = 0;
	}
	return r;
}

/* --- one producer ---------------------------------------------------------------------------- */

static unsigned int
width(const struct event *e)
{
	return (unsigned int)e->last - e->first;
}

/* What the events of one subscriber and block tell about a time. */
struct state {
	const struct event *
			had; /* the subscriber had it: its begin, or its end if the begin is not known */
	const struct event *maybe; /* it had it before records were lost */
};

/* Look at all events of the same tenure as the first one. They are in the order of their numbers. */
static struct state
state_of(const struct cgn_trace *t, const struct event *first, const struct region *r,
		int64_t at_ms)
{
	const struct event *before = NULL, *after = NULL, *outside = NULL;
	struct state s = { 0 };

	for (const struct event *e = first; e != NULL; e = next_event(t, e)) {
		bool is_inside = r->last != 0 && e->seq >= r->first && e->seq <= r->last;

		if (is_inside && e->time_ms <= at_ms)
			before = e;
		else if (is_inside && after == NULL)
			after = e;
		else if (!is_inside && e->time_ms <= at_ms)
			outside = e;
	}
	if (before != NULL)
		s.had = before->is_end ? NULL : before;
	else if (after != NULL && after->is_end)
		s.had = outside != NULL && !outside->is_end ? outside : after;
	else if (after == NULL && outside != NULL && !outside->is_end)
		s.maybe = outside;
	return s;
}

/* Whether an event is the first one of its tenure. */
static bool
is_first(const struct cgn_trace *t, const struct event *e)
{
	for (const struct event *b = e; b > t->events;) {
		b--;
		if (b->run != e->run || b->producer != e->producer)
			break;
		if (is_same_tenure(b, e))
			return false;
	}
	return true;
}

/* Whether nothing tells that the records of a producer reach up to a time: its last one is earlier. */
static bool
is_behind(const struct cgn_trace_producer *p, int64_t at_ms)
{
	return p->n_spans == 0 || p->spans[p->n_spans - 1].last_ms < at_ms;
}

/* Who had the port, by the records of one producer. A lease may have one port of somebody else's block. So the
 * smallest block counts. */
static struct cgn_trace_answer
ask_producer(const struct cgn_trace *t, size_t run, const struct cgn_trace_producer *p)
{
	struct region r = region_at(p, t->q.at_ms);
	const struct event *best = NULL, *maybe = NULL;
	struct cgn_trace_answer a = { .verdict = CGN_TRACE_NOBODY };

	for (size_t i = 0; i < t->n_events; i++) {
		const struct event *e = &t->events[i];
		struct state s;

		if (e->run != run || e->producer != p->id || !is_first(t, e))
			continue;
		s = state_of(t, e, &r, t->q.at_ms);
		if (s.had != NULL && (best == NULL || width(s.had) < width(best)))
			best = s.had;
		if (s.maybe != NULL && (maybe == NULL || width(s.maybe) < width(maybe)))
			maybe = s.maybe;
	}
	if (maybe != NULL && (best == NULL || width(maybe) < width(best))) {
		a.verdict = CGN_TRACE_UNSURE;
		best = maybe;
	} else if (best != NULL) {
		a.verdict = CGN_TRACE_FOUND;
	} else if (!r.is_whole) {
		a.verdict = CGN_TRACE_UNSURE;
	}
	/* A lost lease of a single port would be no block, so it leaves a doubt about a block only. */
	if (a.verdict == CGN_TRACE_UNSURE || (best != NULL && width(best) > 0)) {
		a.reason = r.reason;
		a.reason_ms = r.reason_ms;
	}
	/* Later records of this producer may be in a file that is not there, or were lost in a crash. */
	if (a.reason == CGN_TRACE_CERTAIN && is_behind(p, t->q.at_ms)) {
		bool has_crashed = t->runs.at[run].has_crashed;

		a.verdict = best == NULL ? CGN_TRACE_UNSURE : a.verdict;
		a.reason = has_crashed ? CGN_TRACE_CRASHED : CGN_TRACE_BEHIND;
		a.reason_ms = has_crashed ? t->runs.at[run].end_ms
					  : p->spans[p->n_spans - 1].last_ms;
	}
	if (best != NULL) {
		a.has_tenure = true;
		a.tenure = tenure_of(t, best);
	}
	return a;
}

/* --- one run --------------------------------------------------------------------------------- */

/* Whether the clock was set around a time: then times of records do not tell the order. */
static bool
is_unclear(const struct cgn_trace_run *run, int64_t at_ms, int64_t *when)
{
	for (size_t i = 0; i < run->n_steps; i++) {
		const struct cgn_trace_step *s = &run->steps[i];
		int64_t from = s->step_ms > 0 ? s->time_ms - s->step_ms : s->time_ms;
		int64_t to = s->step_ms > 0 ? s->time_ms : s->time_ms - s->step_ms;

		if (at_ms >= from - CLOCK_MARGIN_MS && at_ms <= to + CLOCK_MARGIN_MS) {
			*when = s->time_ms;
			return true;
		}
	}
	return false;
}

/* A sure answer wins over none. A subscriber wins over nobody, because other producers do not know the address. */
static void
better(struct cgn_trace_answer *a, const struct cgn_trace_answer *b)
{
	static const int rank[] = {
		[CGN_TRACE_NOBODY] = 0, [CGN_TRACE_UNSURE] = 1, [CGN_TRACE_FOUND] = 2
	};

	if (rank[b->verdict] > rank[a->verdict] ||
			(b->verdict == a->verdict && b->has_tenure && !a->has_tenure))
		*a = *b;
}

/* Whether this producer can have had the address: it is a worker, and no other worker has records about it. */
static bool
may_own(const struct cgn_trace_run *run, uint32_t producer)
{
	return producer >= CGN_TRACE_WORKER0 &&
			(run->owner == NOT_KNOWN || run->owner == SEVERAL ||
					run->owner == producer);
}

static struct cgn_trace_answer
unsure(enum cgn_trace_reason reason, int64_t when)
{
	return (struct cgn_trace_answer){
		.verdict = CGN_TRACE_UNSURE, .reason = reason, .reason_ms = when
	};
}

static struct cgn_trace_answer
ask_run(const struct cgn_trace *t, size_t index)
{
	const struct cgn_trace_run *run = &t->runs.at[index];
	struct cgn_trace_answer a = { .verdict = CGN_TRACE_NOBODY };
	int64_t at_ms = t->q.at_ms, when;
	bool is_owned = false;

	if (run->has_no_blocks)
		return unsure(CGN_TRACE_NO_BLOCKS, run->start_ms);
	for (size_t p = 0; p < run->n_producers; p++) {
		struct cgn_trace_answer b;

		if (!may_own(run, run->producers[p].id))
			continue;
		is_owned = true;
		b = ask_producer(t, index, &run->producers[p]);
		better(&a, &b);
	}
	/* No worker has a record that tells whether others are missing. */
	if (!is_owned)
		a = unsure(CGN_TRACE_MISSING, run->first_ms);
	if (is_unclear(run, at_ms, &when)) {
		a.verdict = CGN_TRACE_UNSURE;
		a.reason = CGN_TRACE_CLOCK;
		a.reason_ms = when;
	} else if (at_ms > run->last_ms && run->end_ms == INT64_MAX) {
		a.verdict = CGN_TRACE_UNSURE;
		a.reason = CGN_TRACE_BEHIND;
		a.reason_ms = run->last_ms;
	} else if (at_ms > run->last_ms && run->has_crashed && !run->is_followed) {
		a.verdict = CGN_TRACE_UNSURE;
		a.reason = CGN_TRACE_MISSING;
		a.reason_ms = run->last_ms;
	}
	return a;
}

/* --- all runs -------------------------------------------------------------------------------- */

/* Whether a cgnd is known to have the address. */
static bool
cgnd_has_address(const struct cgn_trace_runs *runs, const struct cgn_trace_run *of)
{
	for (size_t i = 0; i < runs->n; i++) {
		if (runs->at[i].owner != NOT_KNOWN && cgn_trace_runs_are_one_cgnd(&runs->at[i], of))
			return true;
	}
	return false;
}

/* Whether a run is the first one of its cgnd that these records have. */
static bool
is_earliest(const struct cgn_trace_runs *runs, const struct cgn_trace_run *run)
{
	for (size_t i = 0; i < runs->n; i++) {
		if (runs->at[i].first_ms < run->first_ms &&
				cgn_trace_runs_are_one_cgnd(&runs->at[i], run))
			return false;
	}
	return true;
}

static bool
has_run(const struct cgn_trace_runs *runs, uint64_t boot)
{
	for (size_t i = 0; i < runs->n; i++) {
		if (runs->at[i].boot == boot)
			return true;
	}
	return false;
}

/* Whether records between a run and the one before may be missing. */
static bool
is_run_before_missing(const struct cgn_trace_runs *runs, const struct cgn_trace_run *run)
{
	return !run->has_start || run->is_after_unknown ||
			(run->previous != 0 && !has_run(runs, run->previous));
}

/* The answer of a run that has begun later: records before it may be missing. */
static struct cgn_trace_answer
ask_later_run(const struct cgn_trace_runs *runs, const struct cgn_trace_run *run)
{
	if (is_earliest(runs, run))
		return unsure(CGN_TRACE_BEFORE, run->first_ms);
	if (is_run_before_missing(runs, run))
		return unsure(CGN_TRACE_MISSING, run->first_ms);
	return (struct cgn_trace_answer){ .verdict = CGN_TRACE_NOBODY };
}

void
cgn_trace_answer(struct cgn_trace *t, struct cgn_trace_answer *out)
{
	bool is_known = false;

	trace_sort(t);
	*out = unsure(CGN_TRACE_NO_RECORDS, 0);
	if (t->runs.n == 0)
		return;
	out->verdict = CGN_TRACE_NOBODY;
	out->reason = CGN_TRACE_CERTAIN;
	for (size_t i = 0; i < t->runs.n; i++)
		is_known |= t->runs.at[i].owner != NOT_KNOWN;
	for (size_t i = 0; i < t->runs.n; i++) {
		const struct cgn_trace_run *run = &t->runs.at[i];
		struct cgn_trace_answer a;

		if ((is_known && !cgnd_has_address(&t->runs, run)) || t->q.at_ms > run->end_ms)
			continue;
		a = t->q.at_ms < run->first_ms ? ask_later_run(&t->runs, run) : ask_run(t, i);
		if (a.verdict == CGN_TRACE_FOUND && out->verdict == CGN_TRACE_FOUND) {
			out->verdict = CGN_TRACE_UNSURE;
			out->reason = CGN_TRACE_TWO;
			out->reason_ms = t->q.at_ms;
			return;
		}
		better(out, &a);
	}
}

/* --- a subscriber ---------------------------------------------------------------------------- */

static int
compare_tenures(const void *va, const void *vb)
{
	const struct cgn_trace_tenure *a = va, *b = vb;
	int64_t x = a->has_since ? a->since_ms : INT64_MIN;
	int64_t y = b->has_since ? b->since_ms : INT64_MIN;

	if (x != y)
		return x < y ? -1 : 1;
	return (a->until_ms > b->until_ms) - (a->until_ms < b->until_ms);
}

static bool
overlaps(const struct cgn_trace_tenure *x, const struct cgn_trace_question *q)
{
	return (!x->has_since || x->since_ms <= q->to_ms) &&
			(x->end == CGN_TRACE_END_OPEN || x->until_ms >= q->from_ms);
}

/* Note what is missing first. */
static void
note(struct cgn_trace_answer *a, enum cgn_trace_reason reason, int64_t when)
{
	if (a->verdict != CGN_TRACE_UNSURE || when < a->reason_ms)
		*a = unsure(reason, when);
}

/* Note what is missing of a run up to the end of the time in question. */
static void
note_missing(const struct cgn_trace *t, const struct cgn_trace_run *run, struct cgn_trace_answer *a)
{
	int64_t when;

	if (t->q.to_ms < run->first_ms || t->q.from_ms > run->end_ms)
		return;
	for (size_t p = 0; p < run->n_producers; p++) {
		const struct cgn_trace_producer *of = &run->producers[p];

		for (size_t i = 0; of->id >= CGN_TRACE_WORKER0 && i < of->n_spans; i++) {
			const struct cgn_trace_span *s = &of->spans[i];
			uint64_t expected = i == 0 ? 1 : s[-1].last + 1;

			if (s->first > expected && i > 0 && s[-1].last_ms <= t->q.to_ms)
				note(a, CGN_TRACE_MISSING, s[-1].last_ms);
			else if (s->first > expected && i == 0 && t->q.from_ms != INT64_MIN)
				note(a, CGN_TRACE_BEFORE, s->first_ms);
			if (!is_solid(s) && s->first_ms <= t->q.to_ms)
				note(a, CGN_TRACE_LOST, s->first_ms);
		}
	}
	if (run->has_no_blocks)
		note(a, CGN_TRACE_NO_BLOCKS, run->start_ms);
	if (run->has_crashed && !run->is_followed && run->last_ms < t->q.to_ms)
		note(a, CGN_TRACE_MISSING, run->last_ms);
	if (is_unclear(run, t->q.from_ms, &when) || is_unclear(run, t->q.to_ms, &when))
		note(a, CGN_TRACE_CLOCK, when);
	if (run->end_ms == INT64_MAX && t->q.to_ms != INT64_MAX && run->last_ms < t->q.to_ms)
		note(a, CGN_TRACE_BEHIND, run->last_ms);
	else if (run->has_crashed && run->last_ms < t->q.to_ms)
		note(a, CGN_TRACE_CRASHED, run->end_ms);
}

void
cgn_trace_list(struct cgn_trace *t, void (*fn)(void *ctx, const struct cgn_trace_tenure *),
		void *ctx, struct cgn_trace_answer *reason)
{
	struct cgn_trace_tenure *list;
	size_t n = 0;

	trace_sort(t);
	*reason = t->runs.n == 0 ? unsure(CGN_TRACE_NO_RECORDS, 0)
				 : (struct cgn_trace_answer){ .verdict = CGN_TRACE_NOBODY };
	for (size_t i = 0; i < t->runs.n; i++) {
		const struct cgn_trace_run *run = &t->runs.at[i];

		if (t->q.from_ms != INT64_MIN && is_earliest(&t->runs, run) &&
				t->q.from_ms < run->first_ms)
			note(reason, CGN_TRACE_BEFORE, run->first_ms);
		else if (!is_earliest(&t->runs, run) && t->q.to_ms >= run->first_ms &&
				t->q.from_ms < run->first_ms &&
				is_run_before_missing(&t->runs, run))
			note(reason, CGN_TRACE_MISSING, run->first_ms);
		note_missing(t, run, reason);
	}
	list = calloc(t->n_events + 1, sizeof(*list));
	if (list == NULL) {
		*reason = unsure(CGN_TRACE_MISSING, 0);
		return;
	}
	for (size_t i = 0; i < t->n_events; i++) {
		const struct event *e = &t->events[i];

		/* An end alone counts if its begin is not there. */
		if (e->is_end && !is_first(t, e))
			continue;
		list[n] = tenure_of(t, e);
		if (overlaps(&list[n], &t->q))
			n++;
	}
	qsort(list, n, sizeof(*list), compare_tenures);
	for (size_t i = 0; i < n; i++)
		fn(ctx, &list[i]);
	free(list);
}
