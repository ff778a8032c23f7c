/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds the place of each name in the configuration in use, and moves the entries there.
 */
#include "controlplane/conf/conf_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_PLACE    UINT16_MAX
#define ENTRIES_MAX (CGN_POOLS_MAX > CGN_GROUPS_MAX ? CGN_POOLS_MAX : CGN_GROUPS_MAX)

static_assert(CGN_PORTS_MAX <= ENTRIES_MAX, "the lists of one entry each");

/* Entries that begin with their name. */
struct list {
	const char *at;
	size_t n;
	size_t size; /* of one entry */
};

/* Where the entries of a list go. */
struct places {
	uint16_t of[ENTRIES_MAX];   /* by index in the file */
	bool is_taken[ENTRIES_MAX]; /* by place */
	uint16_t n;                 /* places, with those of names that are gone */
};

static const char *
name_at(const struct list *l, size_t i)
{
	return l->at + i * l->size;
}

static uint16_t
find_name(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(name_at(l, i), name) == 0)
			return (uint16_t)i;
	}
	return NO_PLACE;
}

/* Names that are in use keep their places. So do those that are gone, as long as anything is left of them. */
static void
keep_places(struct places *p, const struct list *file, const struct list *in_use,
		const bool *is_free)
{
	*p = (struct places){ .n = (uint16_t)in_use->n };
	for (size_t k = 0; k < in_use->n; k++)
		p->is_taken[k] = is_free == NULL || !is_free[k];
	for (size_t i = 0; i < file->n; i++) {
		p->of[i] = find_name(in_use, name_at(file, i));
		if (p->of[i] != NO_PLACE)
			p->is_taken[p->of[i]] = true;
	}
}

/* Whether two pools have the same addresses, and so are one pool. */
static bool
has_same_addresses(const struct cgn_conf_pool *a, const struct cgn_conf_pool *b)
{
	return a->n_ranges == b->n_ranges &&
			memcmp(a->ranges, b->ranges, a->n_ranges * sizeof(a->ranges[0])) == 0;
}

/* Whether a name of the configuration in use is one of the file, too. */
static bool
is_named(const struct places *p, size_t n_file, uint16_t place)
{
	for (size_t i = 0; i < n_file; i++) {
		if (p->of[i] == place)
			return true;
	}
	return false;
}

/* A pool that has only got another name keeps its place, so that nothing of it ends. */
static void
keep_renamed_pools(struct places *p, const struct cgn_conf *conf, const struct cgn_conf *in_use)
{
	for (size_t i = 0; i < conf->n_pools; i++) {
		for (uint16_t k = 0; k < in_use->n_pools && p->of[i] == NO_PLACE; k++) {
			const struct cgn_conf_pool *old = &in_use->pools[k];

			if (!old->is_gone && !is_named(p, conf->n_pools, k) &&
					has_same_addresses(&conf->pools[i], old)) {
				p->of[i] = k;
				p->is_taken[k] = true;
			}
		}
	}
}

/* The other names get the first places that are not taken. @return false: there is none left */
static bool
give_places(struct places *p, size_t n_file, size_t max)
{
	uint16_t k = 0;

	for (size_t i = 0; i < n_file; i++) {
		if (p->of[i] != NO_PLACE)
			continue;
		while (k < max && p->is_taken[k])
			k++;
		if (k == max)
			return false;
		p->of[i] = k++;
		if (k > p->n)
			p->n = k;
	}
	return true;
}

static int
too_many(struct cgn_conf_errors *errs, const char *key, unsigned int max)
{
	cgn_conf_errors_add(errs, 0, 0, key, "new names",
			"the names in use, those that are removed and still hold mappings, and the new "
			"ones are more than %u; reload again when the removed ones are empty",
			max);
	return -EINVAL;
}

/* --- pools ---------------------------------------------------------------------------------- */

/* What is kept of a pool that is gone, until its place has another name. */
static struct cgn_conf_pool
gone_pool(const struct cgn_conf_pool *old)
{
	struct cgn_conf_pool p = {
		.number = old->number,
		.port_min = old->port_min,
		.port_max = old->port_max,
		.is_gone = true,
	};

	memcpy(p.name, old->name, sizeof(p.name));
	return p;
}

/* A name that has its place keeps its number, too. A new one gets the next number, and no other one had that before. */
static int
number_pools(struct cgn_conf *conf, const struct cgn_conf *in_use, const struct places *p,
		struct cgn_conf_errors *errs)
{
	conf->n_pool_numbers = in_use->n_pool_numbers;
	for (size_t i = 0; i < conf->n_pools; i++) {
		struct cgn_conf_pool *pool = &conf->pools[i];
		uint16_t k = p->of[i];

		if (k < in_use->n_pools && strcmp(in_use->pools[k].name, pool->name) == 0) {
			pool->number = in_use->pools[k].number;
			continue;
		}
		if (conf->n_pool_numbers == CGN_POOL_NUMBERS_MAX) {
			cgn_conf_errors_add(errs, 0, 0, "pools", "new names",
					"this run has had %u names of pools; restart",
					CGN_POOL_NUMBERS_MAX);
			return -EINVAL;
		}
		pool->number = ++conf->n_pool_numbers;
	}
	return 0;
}

static int
place_pools(struct cgn_conf *conf, const struct cgn_conf *in_use, const bool *is_free,
		struct cgn_conf_errors *errs)
{
	const struct list file = { (char *)conf->pools, conf->n_pools, sizeof(conf->pools[0]) };
	const struct list old = { (char *)in_use->pools, in_use->n_pools,
		sizeof(in_use->pools[0]) };
	struct cgn_conf_pool *pools;
	struct places p;
	int ret;

	keep_places(&p, &file, &old, is_free);
	keep_renamed_pools(&p, conf, in_use);
	if (!give_places(&p, file.n, CGN_POOLS_MAX))
		return too_many(errs, "pools", CGN_POOLS_MAX);
	ret = number_pools(conf, in_use, &p, errs);
	if (ret < 0)
		return ret;
	pools = calloc((size_t)p.n + 1, sizeof(*pools));
	if (pools == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < old.n; k++)
		pools[k] = gone_pool(&in_use->pools[k]);
	for (size_t i = 0; i < file.n; i++)
		pools[p.of[i]] = conf->pools[i];
	for (size_t g = 0; g < conf->n_groups; g++)
		conf->groups[g].pool = p.of[conf->groups[g].pool];
	free(conf->pools);
	conf->pools = pools;
	conf->n_pools = p.n;
	return 0;
}

/* --- groups --------------------------------------------------------------------------------- */

/* The subscribers of a group that is gone have its limits until they end. */
static struct cgn_conf_group
gone_group(const struct cgn_conf_group *old)
{
	struct cgn_conf_group g = *old;

	g.is_gone = true;
	g.prefixes = NULL;
	g.n_prefixes = 0;
	g.deterministic = (struct cgn_conf_deterministic){ 0 };
	return g;
}

static int
place_groups(struct cgn_conf *conf, const struct cgn_conf *in_use, const bool *is_free,
		struct cgn_conf_errors *errs)
{
	const struct list file = { (char *)conf->groups, conf->n_groups, sizeof(conf->groups[0]) };
	const struct list old = { (char *)in_use->groups, in_use->n_groups,
		sizeof(in_use->groups[0]) };
	struct cgn_conf_group *groups;
	struct places p;

	keep_places(&p, &file, &old, is_free);
	if (!give_places(&p, file.n, CGN_GROUPS_MAX))
		return too_many(errs, "groups", CGN_GROUPS_MAX);
	groups = calloc((size_t)p.n + 1, sizeof(*groups));
	if (groups == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < old.n; k++)
		groups[k] = gone_group(&in_use->groups[k]);
	for (size_t i = 0; i < file.n; i++)
		groups[p.of[i]] = conf->groups[i];
	free(conf->groups);
	conf->groups = groups;
	conf->n_groups = p.n;
	return 0;
}

/* --- ports ---------------------------------------------------------------------------------- */

static int
place_ports(struct cgn_conf *conf, const struct cgn_conf *in_use)
{
	const struct list file = { (char *)conf->ports, conf->n_ports, sizeof(conf->ports[0]) };
	const struct list old = { (char *)in_use->ports, in_use->n_ports,
		sizeof(in_use->ports[0]) };
	struct cgn_conf_port *ports;
	struct places p;

	keep_places(&p, &file, &old, NULL);
	if (file.n != old.n)
		return 0;
	for (size_t i = 0; i < file.n; i++) {
		if (p.of[i] == NO_PLACE)
			return 0;
	}
	ports = calloc(file.n + 1, sizeof(*ports));
	if (ports == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < file.n; i++)
		ports[p.of[i]] = conf->ports[i];
	for (size_t i = 0; i < conf->n_routes; i++)
		conf->routes[i].port = p.of[conf->routes[i].port];
	for (size_t i = 0; i < conf->n_neighbours; i++)
		conf->neighbours[i].port = p.of[conf->neighbours[i].port];
	free(conf->ports);
	conf->ports = ports;
	return 0;
}

int
cgn_conf_place(struct cgn_conf *conf, const struct cgn_conf *in_use,
		const struct cgn_conf_free_places *free, struct cgn_conf_errors *errs)
{
	int ret = place_ports(conf, in_use);

	if (ret == 0)
		ret = place_pools(conf, in_use, free == NULL ? NULL : free->pool, errs);
	if (ret == 0)
		ret = place_groups(conf, in_use, free == NULL ? NULL : free->group, errs);
	return ret;
}
