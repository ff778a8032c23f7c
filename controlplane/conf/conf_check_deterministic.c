/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of deterministic groups, for conf_check.c: the pool, the sizes of the ranges, and static mappings.
 */
#include "controlplane/conf/conf_check_deterministic.h"

#include "shared/addr_text.h"
#include "shared/det.h"
#include "shared/group.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

/* Refuse a second group with the pool of a deterministic one: it would give the own ranges to others. */
static bool
has_own_pool(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf *conf = c->conf;
	uint16_t pool = conf->groups[i].pool;
	bool is_own = true;

	/* The first deterministic group of a pool tells all others. */
	for (size_t k = 0; k < i; k++) {
		if (conf->groups[k].pool == pool && conf->groups[k].deterministic.is_on)
			return false;
	}
	for (size_t k = 0; k < conf->n_groups; k++) {
		if (k == i || conf->groups[k].pool != pool)
			continue;
		is_own = false;
		if (at(c, "groups[%zu].pool", k))
			refuse(c, "must be another pool: groups[%zu] is deterministic and needs %s for itself",
					i, conf->pools[pool].name);
	}
	return is_own;
}

/* Whether all values that the formula uses are known. */
static bool
is_known(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];

	if (g->pool >= c->conf->n_pools || !at(c, "pools[%u].addresses", g->pool) ||
			!at(c, "pools[%u].port_range", g->pool) ||
			c->conf->pools[g->pool].n_addresses == 0 ||
			c->conf->pools[g->pool].n_addresses > CGN_POOL_ADDRS_MAX ||
			!at(c, "groups[%zu].prefixes", i) ||
			!at(c, "groups[%zu].subscriber_prefix_len", i) ||
			!at(c, "groups[%zu].subscriber_prefix6_len", i) ||
			!at(c, "groups[%zu].deterministic.dynamic", i) ||
			!at(c, "groups[%zu].deterministic.ports_max", i) ||
			!at(c, "groups[%zu].deterministic.reserved", i) ||
			g->subscriber_prefix_len > 32)
		return false;
	for (size_t k = 0; k < g->n_prefixes; k++) {
		if (!at(c, "groups[%zu].prefixes[%zu]", i, k))
			return false;
	}
	for (size_t k = 0; k < g->deterministic.n_reserved; k++) {
		if (!at(c, "groups[%zu].deterministic.reserved[%zu]", i, k))
			return false;
	}
	return true;
}

/* The formula, and nobody else, gives subscribers their addresses. So it can give them no other ones. */
static void
check_drain(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];

	if (g->pool < c->conf->n_pools && c->conf->pools[g->pool].n_drain > 0 &&
			at(c, "pools[%u].drain", g->pool))
		refuse(c, "must be an empty list, since groups[%zu] is deterministic", i);
}

/* Check what depends on the size of an own range. */
static void
check_sizes(struct cgn_conf_checker *c, size_t i, const struct cgn_det *d)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];
	uint32_t base = (d->dynamic_first + 63) / 64 * 64;
	uint32_t left = base > d->port_max ? 0 : d->port_max + 1 - base;

	if (at(c, "groups[%zu].deterministic.ports_max", i) && d->ports_max < d->ports)
		refuse(c, "must be %" PRIu32 " or more: an own range has that many ports",
				d->ports);
	if (at(c, "groups[%zu].block_size", i) && d->dynamic > 0 && g->block_size > left)
		refuse(c,
				"must be %" PRIu32
				" or less: the dynamic part has no more ports in whole words of 64",
				left);
	/* Otherwise traffic would not use the own range. */
	if (at(c, "groups[%zu].leases_reserve", i) && g->leases_reserve >= d->ports)
		refuse(c, "must be fewer than the %" PRIu32 " ports of an own range", d->ports);
}

static int
check_group(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];
	struct cgn_det d;
	int ret;

	if (!is_known(c, i) || !has_own_pool(c, i))
		return 0;
	ret = cgn_det_init(&d, g, &c->conf->pools[g->pool]);
	if (ret == 0)
		check_sizes(c, i, &d);
	else if (ret == -E2BIG && at(c, "groups[%zu].prefixes", i))
		refuse(c, "must be 2^30 subscribers at most, since the group is deterministic");
	else if (ret == -ERANGE && at(c, "groups[%zu].deterministic", i))
		refuse(c,
				"must leave %u ports or more for each subscriber: here are %" PRIu32
				", since %" PRIu32 " subscribers share %" PRIu32
				" addresses, %" PRIu32 " and %" PRIu32 " dynamic shares on each",
				CGN_BLOCK_MIN, d.ports, d.n_subscribers, d.n_outside, d.slots,
				d.dynamic);
	cgn_det_fini(&d);
	return ret == -ENOMEM ? ret : 0;
}

/* A prefix with its place in the file. */
struct det_entry {
	const struct cgn_prefix *prefix;
	size_t group;
	size_t index;
};

static int
det_compare(const void *va, const void *vb)
{
	const struct cgn_prefix *a = ((const struct det_entry *)va)->prefix;
	const struct cgn_prefix *b = ((const struct det_entry *)vb)->prefix;
	int order;

	if (a->is_ip6 != b->is_ip6)
		return a->is_ip6 ? 1 : -1;
	order = a->is_ip6 ? memcmp(&a->ip6, &b->ip6, sizeof(a->ip6))
			  : memcmp(&a->ip4, &b->ip4, sizeof(a->ip4));
	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static bool
det_contains(const struct cgn_prefix *p, const struct cgn_prefix *inner)
{
	struct cgn_ip6 a;

	if (p->is_ip6 != inner->is_ip6)
		return false;
	if (!p->is_ip6)
		return cgn_prefix_has4(p, inner->ip4);
	a = cgn_ip6_prefix(&inner->ip6, p->len);
	return memcmp(&a, &p->ip6, sizeof(a)) == 0;
}

/* Refuse prefixes inside those of a deterministic group. Their subscribers would have two ranges, or the range of a
 * subscriber of another group. */
static int
check_nested(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	struct det_entry *list;
	size_t n = 0;

	for (size_t i = 0; i < conf->n_groups; i++)
		n += conf->groups[i].n_prefixes;
	list = calloc(n + 1, sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < conf->n_groups; i++) {
		for (size_t k = 0; k < conf->groups[i].n_prefixes; k++) {
			if (at(c, "groups[%zu].prefixes[%zu]", i, k))
				list[n++] = (struct det_entry){ &conf->groups[i].prefixes[k], i,
					k };
		}
	}
	qsort(list, n, sizeof(*list), det_compare);
	/* Whatever lies in a prefix follows it. Equal prefixes were refused already. */
	for (size_t i = 1; i < n; i++) {
		const struct det_entry *outer = &list[i - 1], *e = &list[i];

		if (!conf->groups[outer->group].deterministic.is_on ||
				!det_contains(outer->prefix, e->prefix) ||
				det_compare(outer, e) == 0)
			continue;
		at(c, "groups[%zu].prefixes[%zu]", e->group, e->index);
		refuse(c, "must have nothing of groups[%zu].prefixes[%zu], since groups[%zu] is deterministic",
				outer->group, outer->index, outer->group);
	}
	free(list);
	return 0;
}

/* The endpoint of a static mapping must be what the formula says about its subscriber. */
static void
check_static_range(struct cgn_conf_checker *c, size_t i, const struct cgn_det *d)
{
	const struct cgn_conf_static *s = &c->conf->nat.statics[i];
	char text[CGN_ADDR_TEXT_MAX];
	struct cgn_det_place place;
	uint32_t number;

	if (!at(c, "nat.static_mappings[%zu].external", i) ||
			!at(c, "nat.static_mappings[%zu].inside", i))
		return;
	if (!cgn_det_forward4(d, s->in_addr, &place)) {
		refuse(c, "must be a host's address: the group is deterministic, and this one has no range");
		return;
	}
	at(c, "nat.static_mappings[%zu].external", i);
	if (cgn_det_reverse(d, s->ext_addr, s->ext_port, &number) != CGN_DET_OWN ||
			number != place.number)
		refuse(c, "must be an endpoint of %s, ports %u-%u: the own range of this subscriber",
				cgn_addr_text_format_ip4(cgn_det_address(d, place.outside), text),
				d->starts[place.slot], cgn_det_last_port(d, place.slot));
}

static int
check_statics(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	struct cgn_group_map groups;
	struct cgn_det_set dets;
	int ret = cgn_group_map_init(&groups, conf);

	if (ret < 0)
		return ret;
	ret = cgn_det_set_init(&dets, conf);
	for (size_t i = 0; ret == 0 && i < conf->nat.n_statics; i++) {
		uint32_t group = cgn_group_find4(&groups, conf->nat.statics[i].in_addr);

		if (group != CGN_GROUP_NONE && dets.by_group[group] != NULL)
			check_static_range(c, i, dets.by_group[group]);
	}
	cgn_det_set_fini(&dets);
	cgn_group_map_fini(&groups);
	return ret;
}

int
cgn_conf_check_deterministic(struct cgn_conf_checker *c)
{
	bool has_any = false;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < c->conf->n_groups; i++) {
		if (!c->conf->groups[i].deterministic.is_on)
			continue;
		has_any = true;
		check_drain(c, i);
		ret = check_group(c, i);
	}
	if (!has_any || ret < 0)
		return ret;
	ret = check_nested(c);
	/* With errors, the ranges are not known. */
	if (ret == 0 && cgn_conf_errors_none(c->errs))
		ret = check_statics(c);
	return ret;
}
