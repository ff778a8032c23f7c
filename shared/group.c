/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Flattens the prefixes of all groups into ranges, and searches them.
 */
#include "shared/group.h"

#include <errno.h>
#include <stdlib.h>

/* A prefix as a range. */
struct span {
	unsigned __int128 first;
	unsigned __int128 last;
	uint32_t group;
};

static unsigned __int128
number6(const struct cgn_ip6 *a)
{
	unsigned __int128 v = 0;

	for (size_t i = 0; i < sizeof(a->b); i++)
		v = v << 8 | a->b[i];
	return v;
}

static struct span
span_of(const struct cgn_prefix *p, uint32_t group)
{
	unsigned int host = (p->is_ip6 ? 128U : 32U) - p->len;
	unsigned __int128 addr = p->is_ip6 ? number6(&p->ip6) : rte_be_to_cpu_32(p->ip4);
	unsigned __int128 mask = host == 128 ? ~(unsigned __int128)0
					     : ((unsigned __int128)1 << host) - 1;

	return (struct span){ .first = addr & ~mask, .last = addr | mask, .group = group };
}

/* Outer prefixes before the inner ones that start with them; equal ones as configured. */
static int
compare(const void *va, const void *vb)
{
	const struct span *a = va, *b = vb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return a->group > b->group ? -1 : a->group < b->group;
}

static void
put(struct cgn_group_range6 *out, size_t *n, unsigned __int128 first, uint32_t group)
{
	if (*n > 0 && out[*n - 1].first == first)
		--*n;
	if (*n > 0 && out[*n - 1].group == group)
		return;
	out[(*n)++] = (struct cgn_group_range6){ .first = first, .group = group };
}

/*
 * Walk the spans in order with the stack of those that are open. `out` takes two ranges a span and
 * one more. The stack grows into the front of `spans` itself, which has been read by then.
 */
static size_t
flatten(struct span *spans, size_t n_spans, struct cgn_group_range6 *out)
{
	size_t n = 0, open = 0;

	put(out, &n, 0, CGN_GROUP_NONE);
	for (size_t i = 0; i <= n_spans; i++) {
		struct span next = { 0 };

		if (i < n_spans)
			next = spans[i];
		while (open > 0 && (i == n_spans || spans[open - 1].last < next.first)) {
			unsigned __int128 end = spans[--open].last + 1;

			if (end != 0)
				put(out, &n, end,
						open > 0 ? spans[open - 1].group : CGN_GROUP_NONE);
		}
		if (i < n_spans) {
			put(out, &n, next.first, next.group);
			spans[open++] = next;
		}
	}
	return n;
}

/* All prefixes of one family as flat ranges. */
static int
build(const struct cgn_conf *conf, bool is_ip6, struct cgn_group_range6 **out, size_t *n_out)
{
	struct cgn_group_range6 *ranges;
	struct span *spans;
	size_t n = 0;

	for (size_t g = 0; g < conf->n_groups; g++)
		n += conf->groups[g].n_prefixes;
	spans = malloc((n + 1) * sizeof(*spans));
	ranges = malloc((2 * n + 1) * sizeof(*ranges));
	if (spans == NULL || ranges == NULL) {
		free(spans);
		free(ranges);
		return -ENOMEM;
	}
	n = 0;
	for (size_t g = 0; g < conf->n_groups; g++) {
		for (size_t p = 0; p < conf->groups[g].n_prefixes; p++) {
			if (conf->groups[g].prefixes[p].is_ip6 == is_ip6)
				spans[n++] = span_of(&conf->groups[g].prefixes[p], (uint32_t)g);
		}
	}
	qsort(spans, n, sizeof(*spans), compare);
	*n_out = flatten(spans, n, ranges);
	*out = ranges;
	free(spans);
	return 0;
}

int
cgn_group_map_init(struct cgn_group_map *m, const struct cgn_conf *conf)
{
	struct cgn_group_range6 *flat = NULL;
	size_t n;

	*m = (struct cgn_group_map){ 0 };
	if (build(conf, true, &m->ranges6, &m->n6) < 0 || build(conf, false, &flat, &n) < 0)
		goto fini;
	m->ranges4 = malloc(n * sizeof(*m->ranges4));
	if (m->ranges4 == NULL)
		goto fini;
	for (size_t i = 0; i < n && flat[i].first <= UINT32_MAX; i++)
		m->ranges4[m->n4++] = (struct cgn_group_range4){ (uint32_t)flat[i].first,
			flat[i].group };
	free(flat);
	return 0;

fini:
	free(flat);
	cgn_group_map_fini(m);
	return -ENOMEM;
}

void
cgn_group_map_fini(struct cgn_group_map *m)
{
	free(m->ranges4);
	free(m->ranges6);
	*m = (struct cgn_group_map){ 0 };
}

uint32_t
cgn_group_find4(const struct cgn_group_map *m, rte_be32_t addr)
{
	const struct cgn_group_range4 *r = m->ranges4;
	uint32_t a = rte_be_to_cpu_32(addr);

	for (size_t n = m->n4; n > 1;) {
		size_t half = n / 2;

		r = r[half].first <= a ? r + half : r;
		n -= half;
	}
	return r->group;
}

uint32_t
cgn_group_find6(const struct cgn_group_map *m, const struct cgn_ip6 *addr)
{
	const struct cgn_group_range6 *r = m->ranges6;
	unsigned __int128 a = number6(addr);

	for (size_t n = m->n6; n > 1;) {
		size_t half = n / 2;

		r = r[half].first <= a ? r + half : r;
		n -= half;
	}
	return r->group;
}
