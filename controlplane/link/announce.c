/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lists the addresses that the resolver announces at the start, and those that are new after a reload. A pool is kept as
 * ranges and not as single addresses, because it may have millions of them.
 */
#include "controlplane/link/announce.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One local address, or the part of a pool's range that lies on a link. */
struct span {
	struct cgn_ip6 ip6;
	uint32_t first; /* host order */
	uint32_t last;
	uint16_t port;
	bool is_ip6;
};

struct cgn_announce {
	struct span *spans;
	size_t n;
	size_t room; /* spans allocated */
	size_t at;   /* the span of the next address */
};

static int
announce_add(struct cgn_announce *list, const struct span *s)
{
	if (list->n == list->room) {
		size_t room = list->room == 0 ? 16 : 2 * list->room;
		struct span *spans = realloc(list->spans, room * sizeof(*spans));

		if (spans == NULL)
			return -ENOMEM;
		list->spans = spans;
		list->room = room;
	}
	list->spans[list->n++] = *s;
	return 0;
}

static int
announce_add_local(struct cgn_announce *list, const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		for (unsigned int j = 0; j < conf->ports[i].n_addresses; j++) {
			const struct cgn_prefix *p = &conf->ports[i].addresses[j];
			struct span s = { .port = (uint16_t)i, .is_ip6 = p->is_ip6 };

			if (p->is_ip6)
				s.ip6 = p->ip6;
			else
				s.first = s.last = rte_be_to_cpu_32(p->ip4);
			if (announce_add(list, &s) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int
announce_add_pool(struct cgn_announce *list, const struct cgn_conf_pool *pool, uint16_t port,
		const struct cgn_prefix *link)
{
	/* Only addresses on the link: a router reaches all others by a route, not by ARP. */
	uint32_t mask = cgn_mask4(link->len);
	uint32_t first = rte_be_to_cpu_32(link->ip4) & mask;
	uint32_t last = first | ~mask;

	for (size_t i = 0; i < pool->n_ranges; i++) {
		const struct cgn_range4 *r = &pool->ranges[i];
		struct span s = {
			.first = r->first > first ? r->first : first,
			.last = r->last < last ? r->last : last,
			.port = port,
		};

		if (s.first <= s.last && announce_add(list, &s) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int
announce_add_pools(struct cgn_announce *list, const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *port = &conf->ports[i];

		/* Hosts inside do not see pool addresses on their link. */
		if (port->side != CGN_SIDE_OUTSIDE)
			continue;
		for (unsigned int j = 0; j < port->n_addresses; j++) {
			for (size_t k = 0; k < conf->n_pools && !port->addresses[j].is_ip6; k++) {
				if (announce_add_pool(list, &conf->pools[k], (uint16_t)i,
						    &port->addresses[j]) < 0)
					return -ENOMEM;
			}
		}
	}
	return 0;
}

int
cgn_announce_create(struct cgn_announce **out, const struct cgn_conf *conf)
{
	struct cgn_announce *list = calloc(1, sizeof(*list));

	if (list == NULL || announce_add_local(list, conf) < 0 ||
			announce_add_pools(list, conf) < 0) {
		cgn_announce_destroy(list);
		return -ENOMEM;
	}
	*out = list;
	return 0;
}

/* --- what is new --------------------------------------------------------------------------- */

/* IPv4 first, by port and first address. */
static int
span_compare(const void *va, const void *vb)
{
	const struct span *a = va, *b = vb;

	if (a->is_ip6 != b->is_ip6)
		return a->is_ip6 ? 1 : -1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->is_ip6)
		return memcmp(&a->ip6, &b->ip6, sizeof(a->ip6));
	return (a->first > b->first) - (a->first < b->first);
}

/* Sort spans, and join those that overlap, as they do if a port has two addresses of one link. */
static void
announce_join(struct cgn_announce *list)
{
	size_t n = 0;

	if (list->n == 0)
		return;
	qsort(list->spans, list->n, sizeof(list->spans[0]), span_compare);
	for (size_t i = 1; i < list->n; i++) {
		struct span *last = &list->spans[n];
		const struct span *s = &list->spans[i];

		if (s->is_ip6 != last->is_ip6 || s->port != last->port ||
				(s->is_ip6 ? span_compare(s, last) != 0 : s->first > last->last))
			list->spans[++n] = *s;
		else if (s->last > last->last)
			last->last = s->last;
	}
	list->n = n + 1;
}

/* Whether all of a span comes before another one. */
static bool
span_is_below(const struct span *a, const struct span *b)
{
	if (a->is_ip6 || b->is_ip6 || a->port != b->port)
		return span_compare(a, b) < 0;
	return a->last < b->first;
}

/* Add the parts of a span that are in none of others. @param had  the first one that is not below it */
static int
announce_add_rest(struct cgn_announce *list, struct span s, const struct span *had,
		const struct span *end)
{
	for (; had < end && !span_is_below(&s, had); had++) {
		struct span head = s;

		if (s.is_ip6)
			return 0;
		head.last = had->first - 1;
		if (had->first > s.first && announce_add(list, &head) < 0)
			return -ENOMEM;
		if (had->last >= s.last)
			return 0;
		s.first = had->last + 1;
	}
	return announce_add(list, &s);
}

static int
announce_subtract(struct cgn_announce *list, struct cgn_announce *has, struct cgn_announce *had)
{
	size_t n = list->n, at = 0;

	announce_join(has);
	announce_join(had);
	for (size_t i = 0; i < has->n; i++) {
		while (at < had->n && span_is_below(&had->spans[at], &has->spans[i]))
			at++;
		if (announce_add_rest(list, has->spans[i], had->spans + at, had->spans + had->n) <
				0) {
			list->n = n;
			return -ENOMEM;
		}
	}
	return 0;
}

int
cgn_announce_add_new(struct cgn_announce **list, const struct cgn_conf *conf,
		const struct cgn_conf *before)
{
	struct cgn_announce *out = *list == NULL ? calloc(1, sizeof(*out)) : *list;
	struct cgn_announce *has = NULL, *had = NULL;
	int ret = out == NULL ? -ENOMEM : cgn_announce_create(&has, conf);

	if (ret == 0)
		ret = cgn_announce_create(&had, before);
	if (ret == 0)
		ret = announce_subtract(out, has, had);
	cgn_announce_destroy(has);
	cgn_announce_destroy(had);
	if (*list != NULL)
		return ret;
	if (ret == 0 && out->n > 0)
		*list = out;
	else
		cgn_announce_destroy(out);
	return ret;
}

/* --- use ----------------------------------------------------------------------------------- */

void
cgn_announce_destroy(struct cgn_announce *list)
{
	if (list == NULL)
		return;
	free(list->spans);
	free(list);
}

bool
cgn_announce_next(struct cgn_announce *list, uint16_t *port, struct cgn_ip *addr)
{
	struct span *s;

	if (list->at == list->n)
		return false;
	s = &list->spans[list->at];
	*port = s->port;
	*addr = (struct cgn_ip){ .is_ip6 = s->is_ip6 };
	if (s->is_ip6)
		addr->ip6 = s->ip6;
	else
		addr->ip4 = rte_cpu_to_be_32(s->first);
	/* The span shrinks from its start, so the list needs no second position. */
	if (s->is_ip6 || s->first == s->last)
		list->at++;
	else
		s->first++;
	return true;
}
