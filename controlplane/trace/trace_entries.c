/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * An array of records of blocks. There may be millions, so each is small, and they are searched by halving.
 */
#include "controlplane/trace/trace_entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

static_assert(sizeof(struct cgn_trace_entry) <= 72, "there may be millions");

/* The index of a name. It is most likely that of the record before. */
static int
pool_of(struct cgn_trace_entries *e, const struct cgn_trace_text *text, uint32_t *index)
{
	char name[sizeof(e->pools[0])];
	void *larger;

	cgn_trace_line_copy(name, sizeof(name), text);
	for (uint32_t i = e->n_pools; i > 0; i--) {
		*index = i - 1;
		if (strcmp(e->pools[i - 1], name) == 0)
			return 0;
	}
	larger = realloc(e->pools, (e->n_pools + 1) * sizeof(e->pools[0]));
	if (larger == NULL)
		return -ENOMEM;
	e->pools = larger;
	memcpy(e->pools[e->n_pools], name, sizeof(name));
	*index = e->n_pools++;
	return 0;
}

int
cgn_trace_entries_add(struct cgn_trace_entries *e, const struct cgn_trace_record *r, uint32_t run)
{
	uint32_t pool;

	if (e->n == e->max) {
		size_t max = e->max == 0 ? 64 : 2 * e->max;
		void *larger = realloc(e->at, max * sizeof(*e->at));

		if (larger == NULL)
			return -ENOMEM;
		e->at = larger;
		e->max = max;
	}
	if (pool_of(e, &r->pool, &pool) < 0)
		return -ENOMEM;
	e->widest = RTE_MAX(e->widest, r->last - r->first + 1u);
	e->at[e->n++] = (struct cgn_trace_entry){
		.seq = r->seq,
		.time_ms = r->time_ms,
		.inside = r->inside,
		.ext = r->ext,
		.first = r->first,
		.last = r->last,
		.run = run,
		.producer = r->producer,
		.pool = pool,
		.is_end = r->event == CGN_TRACE_RELEASED,
		.is_restored = r->is_restored,
	};
	return 0;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The ports of a block as one number, in the order of the records. */
static uint64_t
block_key(rte_be32_t ext, uint16_t first, uint16_t last)
{
	return (uint64_t)rte_be_to_cpu_32(ext) << 32 | (uint64_t)first << 16 | last;
}

static int
compare_insides(const struct cgn_prefix *a, const struct cgn_prefix *b)
{
	if (a->is_ip6 != b->is_ip6)
		return a->is_ip6 ? 1 : -1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->is_ip6 ? memcmp(&a->ip6, &b->ip6, sizeof(a->ip6))
			 : compare_numbers(a->ip4, b->ip4);
}

/* By all but the number. */
static int
compare_tenures(const struct cgn_trace_entry *a, const struct cgn_trace_entry *b)
{
	int ret = compare_numbers(
			block_key(a->ext, a->first, a->last), block_key(b->ext, b->first, b->last));

	if (ret == 0)
		ret = compare_numbers(a->run, b->run);
	if (ret == 0)
		ret = compare_numbers(a->producer, b->producer);
	return ret == 0 ? compare_insides(&a->inside, &b->inside) : ret;
}

static int
compare_entries(const void *va, const void *vb)
{
	const struct cgn_trace_entry *a = va, *b = vb;
	int ret = compare_tenures(a, b);

	return ret == 0 ? compare_numbers(a->seq, b->seq) : ret;
}

bool
cgn_trace_entries_are_one(const struct cgn_trace_entry *a, const struct cgn_trace_entry *b)
{
	return compare_tenures(a, b) == 0;
}

void
cgn_trace_entries_sort(struct cgn_trace_entries *e)
{
	size_t n = 0;

	if (e->n == 0)
		return;
	qsort(e->at, e->n, sizeof(*e->at), compare_entries);
	for (size_t i = 1; i < e->n; i++) {
		if (compare_entries(&e->at[n], &e->at[i]) != 0)
			e->at[++n] = e->at[i];
	}
	e->n = n + 1;
}

/* The first record of a block with this key, or a larger one. */
static const struct cgn_trace_entry *
find_block(const struct cgn_trace_entries *e, uint64_t key)
{
	size_t lo = 0, hi = e->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct cgn_trace_entry *x = &e->at[mid];

		if (block_key(x->ext, x->first, x->last) < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return e->at + lo;
}

bool
cgn_trace_entries_next(const struct cgn_trace_entries *e, rte_be32_t ext, uint16_t port,
		struct cgn_trace_part *part)
{
	const struct cgn_trace_entry *x = part->end, *end = e->at + e->n;

	/* No block is wider than the widest one, so none that begins earlier has the port. */
	if (x == NULL) {
		uint16_t from = port < e->widest ? 0 : (uint16_t)(port - e->widest + 1);

		x = find_block(e, block_key(ext, from, 0));
	}
	while (x < end && x->ext == ext && x->first <= port) {
		uint64_t key = block_key(ext, x->first, x->last);
		const struct cgn_trace_entry *next = find_block(e, key + 1);

		*part = (struct cgn_trace_part){ x, next };
		if (x->last >= port)
			return true;
		x = next;
	}
	return false;
}

/* The first record of a part by a producer of a run, or a later one. */
static const struct cgn_trace_entry *
find_producer(const struct cgn_trace_part *part, uint32_t run, uint64_t producer)
{
	const struct cgn_trace_entry *lo = part->at, *hi = part->end;

	while (lo < hi) {
		const struct cgn_trace_entry *mid = lo + (hi - lo) / 2;

		if (mid->run < run || (mid->run == run && mid->producer < producer))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct cgn_trace_part
cgn_trace_entries_by(const struct cgn_trace_part *part, uint32_t run, uint32_t producer)
{
	return (struct cgn_trace_part){
		find_producer(part, run, producer),
		find_producer(part, run, (uint64_t)producer + 1),
	};
}

void
cgn_trace_entries_fini(struct cgn_trace_entries *e)
{
	free(e->at);
	free(e->pools);
	*e = (struct cgn_trace_entries){ 0 };
}
