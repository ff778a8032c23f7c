/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lists the addresses that the resolver announces at the start and after a reload. A pool is kept as ranges and not as single addresses,
 * because it may have millions of them.
 */
#include "controlplane/link/announce.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One local address, or the part of a pool's range that lies on a link. */
struct span {
	struct cgn_ip6 ip6;
	uint32_t first; /* host order */
	uint32_t last;
	uint16_t port;
	uint16_t is_ip6;
};
static_assert(sizeof(struct span) == 28, "no padding: spans are compared octet by octet");

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

static int
announce_list(struct cgn_announce **out, const struct cgn_conf *conf)
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

static int
announce_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct span));
}

/* Remove what another list has, too. A part of a range that has grown is announced again with it. */
static void
announce_remove(struct cgn_announce *list, struct cgn_announce *other)
{
	size_t n = 0;

	if (other->n > 0)
		qsort(other->spans, other->n, sizeof(*other->spans), announce_compare);
	for (size_t i = 0; i < list->n; i++) {
		if (other->n == 0 ||
				bsearch(&list->spans[i], other->spans, other->n,
						sizeof(*other->spans), announce_compare) == NULL)
			list->spans[n++] = list->spans[i];
	}
	list->n = n;
}

int
cgn_announce_create(struct cgn_announce **out, const struct cgn_conf *conf,
		const struct cgn_conf *known)
{
	struct cgn_announce *list, *other;

	if (announce_list(&list, conf) < 0)
		return -ENOMEM;
	if (known != NULL) {
		if (announce_list(&other, known) < 0) {
			cgn_announce_destroy(list);
			return -ENOMEM;
		}
		announce_remove(list, other);
		cgn_announce_destroy(other);
	}
	*out = list;
	return 0;
}

bool
cgn_announce_is_empty(const struct cgn_announce *list)
{
	return list->at == list->n;
}

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

	if (cgn_announce_is_empty(list))
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
