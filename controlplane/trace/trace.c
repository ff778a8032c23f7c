/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Answers from records. Only records about the ports in question are kept; of all others, only that they were there.
 */
#include "controlplane/trace/trace.h"

#include "controlplane/trace/trace_entries.h"
#include "controlplane/trace/trace_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

/* Records are written some time after the moment that they tell. So a clock that was set makes these times unclear, too. */
#define CLOCK_MARGIN_MS 50

/* The owner of an address, where it is no worker. */
#define NOT_KNOWN 0
#define SEVERAL   1

struct cgn_trace {
	struct cgn_trace_question q; /* of a subscriber or an address */
	uint64_t *ports;             /* of all questions, in order, each once: port_key() */
	size_t n_ports;
	uint64_t *addresses; /* the same with port 0 */
	size_t n_addresses;
	struct cgn_trace_runs runs;
	struct cgn_trace_entries entries;
	uint32_t *owners; /* by run and address: the producer that has the address */
	size_t n_owners;
};

/* The numbers of a producer that are there around a time. */
struct region {
	uint64_t first; /* last may be first - 1: nothing was made */
	uint64_t last;
	bool is_empty;                /* nothing is known */
	enum cgn_trace_reason reason; /* what is missing before, or around the time in question */
	int64_t reason_ms;
};

/* --- questions ------------------------------------------------------------------------------- */

static uint64_t
port_key(rte_be32_t ext, uint16_t port)
{
	return (uint64_t)rte_be_to_cpu_32(ext) << 16 | port;
}

static int
compare_keys(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static int
index_questions(struct cgn_trace *t, const struct cgn_trace_question *q, size_t n)
{
	t->ports = calloc(n, sizeof(*t->ports));
	t->addresses = calloc(n, sizeof(*t->addresses));
	if (t->ports == NULL || t->addresses == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		t->ports[i] = port_key(q[i].ext, q[i].port);
	qsort(t->ports, n, sizeof(*t->ports), compare_keys);
	for (size_t i = 0; i < n; i++) {
		uint64_t address = t->ports[i] & ~UINT64_C(0xffff);

		if (t->n_ports == 0 || t->ports[i] != t->ports[t->n_ports - 1])
			t->ports[t->n_ports++] = t->ports[i];
		if (t->n_addresses == 0 || address != t->addresses[t->n_addresses - 1])
			t->addresses[t->n_addresses++] = address;
	}
	return 0;
}

int
cgn_trace_create(struct cgn_trace **out, const struct cgn_trace_question *questions, size_t n)
{
	struct cgn_trace *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	if (n == 1 && (questions->is_of_subscriber || questions->is_of_address)) {
		t->q = *questions;
	} else if (index_questions(t, questions, n) < 0) {
		cgn_trace_destroy(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void
cgn_trace_destroy(struct cgn_trace *t)
{
	if (t == NULL)
		return;
	cgn_trace_runs_fini(&t->runs);
	cgn_trace_entries_fini(&t->entries);
	free(t->ports);
	free(t->addresses);
	free(t->owners);
	free(t);
}

/* The index of the first number that is not smaller than a key; n: there is none. */
static size_t
find(const uint64_t *at, size_t n, uint64_t key)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (at[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Whether there is a question about one of the ports of an address. */
static bool
is_port_asked_for(const struct cgn_trace *t, rte_be32_t ext, uint16_t first, uint16_t last)
{
	size_t i = find(t->ports, t->n_ports, port_key(ext, first));

	return i < t->n_ports && t->ports[i] <= port_key(ext, last);
}

/* The index of an address that questions are about. @return n_addresses: there is no question */
static size_t
find_address(const struct cgn_trace *t, rte_be32_t ext)
{
	size_t i = find(t->addresses, t->n_addresses, port_key(ext, 0));

	return i < t->n_addresses && t->addresses[i] == port_key(ext, 0) ? i : t->n_addresses;
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
is_asked_for(const struct cgn_trace *t, const struct cgn_trace_record *r)
{
	if (r->event != CGN_TRACE_ALLOCATED && r->event != CGN_TRACE_RELEASED)
		return false;
	if (t->q.is_of_subscriber)
		return has_address(&r->inside, &t->q.subscriber);
	if (t->q.is_of_address)
		return r->ext == t->q.ext;
	return is_port_asked_for(t, r->ext, r->first, r->last);
}

/* Note which worker has an address. */
static int
note_owner(struct cgn_trace *t, size_t run, const struct cgn_trace_record *r)
{
	size_t address = find_address(t, r->ext), n = t->runs.n * t->n_addresses;
	uint32_t *owner;

	if (address == t->n_addresses)
		return 0;
	if (n > t->n_owners) {
		uint32_t *more = realloc(t->owners, n * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		memset(more + t->n_owners, 0, (n - t->n_owners) * sizeof(*more));
		t->owners = more;
		t->n_owners = n;
	}
	owner = &t->owners[run * t->n_addresses + address];
	if (*owner == NOT_KNOWN)
		*owner = r->producer;
	else if (*owner != r->producer)
		*owner = SEVERAL;
	return 0;
}

int
cgn_trace_add(struct cgn_trace *t, const struct cgn_trace_record *r)
{
	size_t run;
	int ret = cgn_trace_runs_add(&t->runs, r, &run);

	/* Records of leases are of the control thread, which owns no address. */
	if (ret == 0 && t->n_addresses > 0 && r->ext != 0 && r->producer >= CGN_TRACE_WORKER0)
		ret = note_owner(t, run, r);
	if (ret == 0 && is_asked_for(t, r))
		ret = cgn_trace_entries_add(&t->entries, r, (uint32_t)run);
	return ret;
}

int
cgn_trace_end(struct cgn_trace *t)
{
	cgn_trace_entries_sort(&t->entries);
	return cgn_trace_runs_sort(&t->runs);
}

/* The producer that has an address. @param address  n_addresses: of a subscriber */
static uint32_t
owner_of(const struct cgn_trace *t, size_t run, size_t address)
{
	size_t i = run * t->n_addresses + address;

	return address < t->n_addresses && i < t->n_owners ? t->owners[i] : NOT_KNOWN;
}

/* --- tenures --------------------------------------------------------------------------------- */

/* The next record of the same tenure; NULL: there is none. */
static const struct cgn_trace_entry *
next_entry(const struct cgn_trace *t, const struct cgn_trace_entry *e)
{
	const struct cgn_trace_entry *end = t->entries.at + t->entries.n;

	return e + 1 < end && cgn_trace_entries_are_one(e, e + 1) ? e + 1 : NULL;
}

/* Whether a record is the first one of its tenure. */
static bool
is_first(const struct cgn_trace *t, const struct cgn_trace_entry *e)
{
	return e == t->entries.at || !cgn_trace_entries_are_one(e - 1, e);
}

/* The time in which a subscriber had ports. @param e  its begin, or its end if the begin is not known */
static struct cgn_trace_tenure
tenure_of(const struct cgn_trace *t, const struct cgn_trace_entry *e)
{
	const struct cgn_trace_run *run = &t->runs.at[e->run];
	const struct cgn_trace_entry *end = e->is_end ? e : next_entry(t, e);
	struct cgn_trace_tenure out = {
		.inside = e->inside,
		.ext = e->ext,
		.first = e->first,
		.last = e->last,
		.has_since = !e->is_end,
		.since_ms = e->is_restored && run->has_start ? run->start_ms : e->time_ms,
		.until_ms = run->end_ms,
		.boot = run->boot,
		.producer = e->producer,
		.host = run->host,
		.instance = run->instance,
		.pool = t->entries.pools[e->pool],
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

/* The last span that begins at a time or before; the first one if none does. */
static size_t
span_at(const struct cgn_trace_producer *p, int64_t at_ms)
{
	size_t lo = 0, hi = p->n_spans;

	while (lo + 1 < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->spans[mid].first_ms <= at_ms)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* The numbers of a producer around a time. */
static struct region
region_at(const struct cgn_trace_producer *p, int64_t at_ms)
{
	size_t i = span_at(p, at_ms);
	const struct cgn_trace_span *s = &p->spans[i];
	bool is_last = i + 1 == p->n_spans;

	if (s->is_lost)
		return (struct region){
			.is_empty = true, .reason = CGN_TRACE_LOST, .reason_ms = s->first_ms
		};
	if (!is_last && at_ms > s->last_ms && s[1].first != s->last + 1)
		return (struct region){
			.is_empty = true,
			.reason = CGN_TRACE_MISSING,
			.reason_ms = s->last_ms + 1,
		};
	if (s->first == 1)
		return (struct region){ .first = 1, .last = s->last };
	if (i > 0)
		return (struct region){
			.first = s->first,
			.last = s->last,
			.reason = s[-1].is_lost ? CGN_TRACE_LOST : CGN_TRACE_MISSING,
			.reason_ms = s[-1].is_lost ? s[-1].first_ms : s[-1].last_ms + 1,
		};
	return (struct region){
		.first = s->first,
		.last = s->last,
		/* Before the first number that is there, nothing is known. */
		.is_empty = at_ms < s->first_ms,
		.reason = CGN_TRACE_BEFORE,
		.reason_ms = s->first_ms,
	};
}

/* --- one producer ---------------------------------------------------------------------------- */

static unsigned int
width(const struct cgn_trace_entry *e)
{
	return (unsigned int)e->last - e->first;
}

/* Who had a port, by all records that were looked at. A lease may have one port of somebody else's block. So the smallest
 * block counts. */
struct finding {
	const struct cgn_trace_entry *
			had; /* a subscriber had it: its begin, or its end if the begin is not known */
	const struct cgn_trace_entry *maybe; /* it had it before records were lost */
};

static void
note_smallest(const struct cgn_trace_entry **smallest, const struct cgn_trace_entry *e)
{
	if (e != NULL && (*smallest == NULL || width(e) < width(*smallest)))
		*smallest = e;
}

/* Look at all records of a tenure. They are in the order of their numbers. @return the record behind them */
static const struct cgn_trace_entry *
look_at(const struct cgn_trace *t, const struct cgn_trace_entry *e, const struct region *r,
		int64_t at_ms, struct finding *f)
{
	const struct cgn_trace_entry *before = NULL, *after = NULL, *outside = NULL, *last = e;

	for (; e != NULL; last = e, e = next_entry(t, e)) {
		bool is_inside = !r->is_empty && e->seq >= r->first && e->seq <= r->last;

		if (is_inside && e->time_ms <= at_ms)
			before = e;
		else if (is_inside && after == NULL)
			after = e;
		else if (!is_inside && e->time_ms <= at_ms)
			outside = e;
	}
	if (before != NULL)
		note_smallest(&f->had, before->is_end ? NULL : before);
	else if (after != NULL && (after->is_end || after->is_restored))
		note_smallest(&f->had, outside != NULL && !outside->is_end ? outside : after);
	else if (after == NULL && outside != NULL && !outside->is_end)
		note_smallest(&f->maybe, outside);
	return last + 1;
}

/* Who had the port, by the records of one producer. */
static struct cgn_trace_answer
ask_producer(const struct cgn_trace *t, const struct cgn_trace_question *q, uint32_t run,
		const struct cgn_trace_producer *p)
{
	const struct region r = region_at(p, q->at_ms);
	const struct cgn_trace_span *last = &p->spans[p->n_spans - 1];
	struct cgn_trace_answer a = { .verdict = CGN_TRACE_NOBODY };
	struct cgn_trace_part block = { 0 };
	struct finding f = { 0 };

	while (cgn_trace_entries_next(&t->entries, q->ext, q->port, &block)) {
		struct cgn_trace_part part = cgn_trace_entries_by(&block, run, p->id);

		while (part.at < part.end)
			part.at = look_at(t, part.at, &r, q->at_ms, &f);
	}
	if (f.maybe != NULL && (f.had == NULL || width(f.maybe) < width(f.had))) {
		a.verdict = CGN_TRACE_UNSURE;
		f.had = f.maybe;
	} else if (f.had != NULL) {
		a.verdict = CGN_TRACE_FOUND;
	} else if (r.reason != CGN_TRACE_CERTAIN) {
		a.verdict = CGN_TRACE_UNSURE;
	}
	/* A lost lease of a single port would be no block, so it leaves a doubt about a block only. */
	if (a.verdict == CGN_TRACE_UNSURE || (f.had != NULL && width(f.had) > 0)) {
		a.reason = r.reason;
		a.reason_ms = r.reason_ms;
	}
	/* A later number has an earlier time. */
	if (a.verdict == CGN_TRACE_UNSURE && a.reason == CGN_TRACE_CERTAIN) {
		a.reason = CGN_TRACE_CLOCK;
		a.reason_ms = q->at_ms;
	}
	/* Later records of this producer may be in a file that is not there, or were lost in a crash. */
	if (a.reason == CGN_TRACE_CERTAIN && last->last_ms < q->at_ms) {
		bool has_crashed = t->runs.at[run].has_crashed;

		a.verdict = f.had == NULL ? CGN_TRACE_UNSURE : a.verdict;
		a.reason = has_crashed ? CGN_TRACE_CRASHED : CGN_TRACE_BEHIND;
		a.reason_ms = has_crashed ? t->runs.at[run].end_ms : last->last_ms + 1;
	}
	if (f.had != NULL) {
		a.has_tenure = true;
		a.tenure = tenure_of(t, f.had);
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
may_own(uint32_t owner, uint32_t producer)
{
	return producer >= CGN_TRACE_WORKER0 &&
			(owner == NOT_KNOWN || owner == SEVERAL || owner == producer);
}

static struct cgn_trace_answer
unsure(enum cgn_trace_reason reason, int64_t when)
{
	return (struct cgn_trace_answer){
		.verdict = CGN_TRACE_UNSURE, .reason = reason, .reason_ms = when
	};
}

/* What makes times of a run unclear, or is missing at its end. @return false: nothing */
static bool
is_run_unsure(const struct cgn_trace_run *run, int64_t at_ms, struct cgn_trace_answer *a)
{
	int64_t when;

	if (is_unclear(run, at_ms, &when))
		*a = unsure(CGN_TRACE_CLOCK, when);
	else if (cgn_trace_runs_misses_step(run, at_ms, &when))
		*a = unsure(CGN_TRACE_LOST, when);
	else if (at_ms > run->last_ms && run->end_ms == INT64_MAX)
		*a = unsure(CGN_TRACE_BEHIND, run->last_ms);
	else if (at_ms > run->last_ms && run->has_crashed && !run->is_followed)
		*a = unsure(CGN_TRACE_MISSING, run->last_ms);
	else
		return false;
	return true;
}

/* Who had the port, by the workers of a run. */
static struct cgn_trace_answer
ask_workers(const struct cgn_trace *t, const struct cgn_trace_question *q, size_t index)
{
	const struct cgn_trace_run *run = &t->runs.at[index];
	uint32_t owner = owner_of(t, index, find_address(t, q->ext));
	struct cgn_trace_answer a = { .verdict = CGN_TRACE_NOBODY };
	bool is_owned = false;

	for (size_t p = 0; p < run->n_producers; p++) {
		struct cgn_trace_answer b;

		if (!may_own(owner, run->producers[p].id))
			continue;
		is_owned = true;
		b = ask_producer(t, q, (uint32_t)index, &run->producers[p]);
		better(&a, &b);
	}
	/* No worker has a record that tells whether others are missing. Only the start tells which records are made. */
	if (!is_owned || (a.verdict == CGN_TRACE_NOBODY && !run->has_start))
		return unsure(CGN_TRACE_MISSING, run->first_ms);
	if (a.verdict == CGN_TRACE_NOBODY && run->has_deterministic)
		return unsure(CGN_TRACE_DETERMINISTIC, run->start_ms);
	return a;
}

static struct cgn_trace_answer
ask_run(const struct cgn_trace *t, const struct cgn_trace_question *q, size_t index)
{
	const struct cgn_trace_run *run = &t->runs.at[index];
	struct cgn_trace_question then = *q;
	struct cgn_trace_answer a, why;

	/* Between its stop and the start of a run that has kept the state, all is as it was at the stop. */
	if (run->goes_on)
		then.at_ms = RTE_MIN(then.at_ms, run->stop_ms);
	if (run->has_no_blocks)
		return unsure(CGN_TRACE_NO_BLOCKS, run->start_ms);
	a = ask_workers(t, &then, index);
	if (is_run_unsure(run, then.at_ms, &why)) {
		a.verdict = CGN_TRACE_UNSURE;
		a.reason = why.reason;
		a.reason_ms = why.reason_ms;
	}
	return a;
}

/* --- all runs -------------------------------------------------------------------------------- */

/* Whether a cgnd is known to have the address. */
static bool
cgnd_has_address(const struct cgn_trace *t, const struct cgn_trace_run *of, size_t address)
{
	for (size_t i = 0; i < t->runs.n; i++) {
		if (owner_of(t, i, address) != NOT_KNOWN &&
				cgn_trace_runs_are_one_cgnd(&t->runs.at[i], of))
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

/* Whether a run is the last one of its cgnd that these records have. */
static bool
is_latest(const struct cgn_trace_runs *runs, const struct cgn_trace_run *run)
{
	for (size_t i = 0; i < runs->n; i++) {
		if (runs->at[i].first_ms > run->first_ms &&
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

/* The answer of a run that has ended before: cgnd may have started again, with records that are not there. */
static struct cgn_trace_answer
ask_ended_run(const struct cgn_trace_runs *runs, const struct cgn_trace_run *run)
{
	if (is_latest(runs, run))
		return unsure(CGN_TRACE_BEHIND, run->end_ms);
	return (struct cgn_trace_answer){ .verdict = CGN_TRACE_NOBODY };
}

void
cgn_trace_answer(const struct cgn_trace *t, const struct cgn_trace_question *q,
		struct cgn_trace_answer *out)
{
	size_t address = find_address(t, q->ext);
	bool is_known = false;

	*out = unsure(CGN_TRACE_NO_RECORDS, 0);
	if (t->runs.n == 0)
		return;
	out->verdict = CGN_TRACE_NOBODY;
	out->reason = CGN_TRACE_CERTAIN;
	for (size_t i = 0; i < t->runs.n; i++)
		is_known |= owner_of(t, i, address) != NOT_KNOWN;
	for (size_t i = 0; i < t->runs.n; i++) {
		const struct cgn_trace_run *run = &t->runs.at[i];
		struct cgn_trace_answer a;

		if (is_known && !cgnd_has_address(t, run, address))
			continue;
		if (q->at_ms > run->end_ms)
			a = ask_ended_run(&t->runs, run);
		else if (q->at_ms < run->first_ms)
			a = ask_later_run(&t->runs, run);
		else
			a = ask_run(t, q, i);
		if (a.verdict == CGN_TRACE_FOUND && out->verdict == CGN_TRACE_FOUND) {
			out->verdict = CGN_TRACE_UNSURE;
			out->reason = CGN_TRACE_TWO;
			out->reason_ms = q->at_ms;
			return;
		}
		better(out, &a);
	}
}

/* --- a subscriber ---------------------------------------------------------------------------- */

static int
compare_since(const void *va, const void *vb)
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

/* Note what is missing of a worker up to the end of the time in question. */
static void
note_worker(const struct cgn_trace *t, const struct cgn_trace_run *run,
		const struct cgn_trace_producer *p, struct cgn_trace_answer *a)
{
	const struct cgn_trace_span *last = &p->spans[p->n_spans - 1];
	int64_t end_ms = RTE_MIN(t->q.to_ms, run->end_ms);

	for (const struct cgn_trace_span *s = p->spans; s <= last; s++) {
		uint64_t expected = s == p->spans ? 1 : s[-1].last + 1;

		if (s->first > expected && s != p->spans && s[-1].last_ms < t->q.to_ms)
			note(a, CGN_TRACE_MISSING, s[-1].last_ms + 1);
		else if (s->first > expected && s == p->spans && t->q.from_ms != INT64_MIN)
			note(a, CGN_TRACE_BEFORE, s->first_ms);
		if (s->is_lost && s->first_ms <= t->q.to_ms)
			note(a, CGN_TRACE_LOST, s->first_ms);
	}
	/* The last checkpoint has the time of the stop. It is sure of the millisecond before. */
	if (end_ms != INT64_MAX && last->last_ms + 1 < end_ms)
		note(a, run->has_crashed ? CGN_TRACE_CRASHED : CGN_TRACE_BEHIND,
				run->has_crashed ? run->end_ms : last->last_ms + 1);
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

		if (of->id >= CGN_TRACE_WORKER0)
			note_worker(t, run, of, a);
	}
	if (run->has_no_blocks)
		note(a, CGN_TRACE_NO_BLOCKS, run->start_ms);
	if (run->has_crashed && !run->is_followed && run->last_ms < t->q.to_ms)
		note(a, CGN_TRACE_MISSING, run->last_ms);
	if (is_unclear(run, t->q.from_ms, &when) || is_unclear(run, t->q.to_ms, &when))
		note(a, CGN_TRACE_CLOCK, when);
	if (cgn_trace_runs_misses_step(run, t->q.from_ms, &when) ||
			cgn_trace_runs_misses_step(run, t->q.to_ms, &when))
		note(a, CGN_TRACE_LOST, when);
	if (run->end_ms == INT64_MAX && t->q.to_ms != INT64_MAX && run->last_ms < t->q.to_ms)
		note(a, CGN_TRACE_BEHIND, run->last_ms);
	else if (run->has_crashed && run->last_ms < t->q.to_ms)
		note(a, CGN_TRACE_CRASHED, run->end_ms);
}

/* Note what is missing of all runs. */
static struct cgn_trace_answer
find_missing(const struct cgn_trace *t)
{
	struct cgn_trace_answer a = t->runs.n == 0
			? unsure(CGN_TRACE_NO_RECORDS, 0)
			: (struct cgn_trace_answer){ .verdict = CGN_TRACE_NOBODY };

	for (size_t i = 0; i < t->runs.n; i++) {
		const struct cgn_trace_run *run = &t->runs.at[i];
		bool begins_later = t->q.from_ms < run->first_ms;

		if (t->q.from_ms != INT64_MIN && begins_later && is_earliest(&t->runs, run))
			note(&a, CGN_TRACE_BEFORE, run->first_ms);
		else if (begins_later && !is_earliest(&t->runs, run) &&
				t->q.to_ms >= run->first_ms && is_run_before_missing(&t->runs, run))
			note(&a, CGN_TRACE_MISSING, run->first_ms);
		note_missing(t, run, &a);
		if (t->q.to_ms != INT64_MAX && t->q.to_ms > run->end_ms && is_latest(&t->runs, run))
			note(&a, CGN_TRACE_BEHIND, run->end_ms);
		if (run->has_deterministic && a.verdict != CGN_TRACE_UNSURE)
			note(&a, CGN_TRACE_DETERMINISTIC, run->start_ms);
	}
	return a;
}

int
cgn_trace_list(const struct cgn_trace *t, void (*fn)(void *ctx, const struct cgn_trace_tenure *),
		void *ctx, struct cgn_trace_answer *reason)
{
	struct cgn_trace_tenure *list = calloc(t->entries.n + 1, sizeof(*list));
	size_t n = 0;

	if (list == NULL)
		return -ENOMEM;
	*reason = find_missing(t);
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct cgn_trace_entry *e = &t->entries.at[i];

		/* An end alone counts if its begin is not there. */
		if (e->is_end && !is_first(t, e))
			continue;
		list[n] = tenure_of(t, e);
		if (overlaps(&list[n], &t->q))
			n++;
	}
	qsort(list, n, sizeof(*list), compare_since);
	for (size_t i = 0; i < n; i++)
		fn(ctx, &list[i]);
	free(list);
	return 0;
}
