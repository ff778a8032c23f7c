/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of pools and static mappings, for conf_check.c. Pools must not overlap, and each static mapping
 * needs an external endpoint of its own.
 */
#include "controlplane/conf/conf_check_pools.h"

#include "controlplane/conf/conf_ranges.h"
#include "shared/addr_text.h"
#include "shared/group.h"
#include "shared/local_service.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* A range of a pool with its place in the file. */
struct entry {
	struct cgn_range4 range;
	size_t pool;
	size_t index;
};

/* A static mapping with its place in the file, and the key that it is sorted by. */
struct endpoint {
	uint64_t key; /* protocol, address and port; or group and subscriber */
	size_t index;
};

static const char *
addr_text(uint32_t addr, char buf[static CGN_ADDR_TEXT_MAX])
{
	return cgn_addr_text_format_ip4(rte_cpu_to_be_32(addr), buf);
}

static int
entry_by_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->range.first != y->range.first)
		return x->range.first < y->range.first ? -1 : 1;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static bool
pools_overlap(const struct cgn_range4 *a, const struct cgn_range4 *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static void
check_excluded(struct cgn_conf_checker *c, size_t i, const struct cgn_range4 *merged, size_t n)
{
	const struct cgn_conf_pool *pool = &c->conf->pools[i];

	for (size_t k = 0; k < pool->n_excluded; k++) {
		if (cgn_conf_checker_at(c, "pools[%zu].exclude[%zu]", i, k) &&
				!cgn_conf_ranges_cover(merged, n, &pool->excluded[k]))
			cgn_conf_checker_refuse(
					c, "must be inside the addresses of pool %s", pool->name);
	}
}

/* Copy the entries of a list that were not refused. */
static size_t
copy_good(struct cgn_conf_checker *c, size_t i, const char *key, const struct cgn_range4 *list,
		size_t n, struct cgn_range4 *out)
{
	size_t good = 0;

	for (size_t k = 0; k < n; k++) {
		if (cgn_conf_checker_at(c, "pools[%zu].%s[%zu]", i, key, k))
			out[good++] = list[k];
	}
	return good;
}

/* Make the ranges of a pool: the listed ones without the excluded ones. */
static int
make_ranges(struct cgn_conf_checker *c, size_t i)
{
	struct cgn_conf_pool *pool = &c->conf->pools[i];
	size_t total = pool->n_listed + pool->n_excluded;
	struct cgn_range4 *listed, *excluded;
	size_t n_listed, n_excluded;

	listed = calloc(2 * total + 1, sizeof(*listed));
	pool->ranges = calloc(total + 1, sizeof(*pool->ranges));
	if (listed == NULL || pool->ranges == NULL) {
		free(listed);
		return -ENOMEM;
	}
	excluded = listed + total;
	n_listed = copy_good(c, i, "addresses", pool->listed, pool->n_listed, listed);
	n_listed = cgn_conf_ranges_sort(listed, n_listed);
	check_excluded(c, i, listed, n_listed);
	n_excluded = copy_good(c, i, "exclude", pool->excluded, pool->n_excluded, excluded);
	n_excluded = cgn_conf_ranges_sort(excluded, n_excluded);
	pool->n_ranges = cgn_conf_ranges_subtract(
			listed, n_listed, excluded, n_excluded, pool->ranges);
	pool->n_addresses = cgn_conf_ranges_count(pool->ranges, pool->n_ranges);
	free(listed);
	return 0;
}

/* Make the sorted list of the addresses that a pool drains. */
static int
make_drained(struct cgn_conf_checker *c, size_t i)
{
	struct cgn_conf_pool *pool = &c->conf->pools[i];

	pool->drained = calloc(pool->n_drain + 1, sizeof(*pool->drained));
	if (pool->drained == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < pool->n_drain; k++) {
		if (!cgn_conf_checker_at(c, "pools[%zu].drain[%zu]", i, k))
			continue;
		if (cgn_conf_ranges_cover(pool->ranges, pool->n_ranges, &pool->drain[k]))
			pool->drained[pool->n_drained++] = pool->drain[k];
		else
			cgn_conf_checker_refuse(c,
					"must be inside the addresses of pool %s, without the excluded ones",
					pool->name);
	}
	pool->n_drained = cgn_conf_ranges_sort(pool->drained, pool->n_drained);
	return 0;
}

static void
check_pool(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_pool *pool = &c->conf->pools[i];
	bool workers_known = cgn_conf_checker_at(c, "workers");

	for (size_t k = 0; k < pool->n_listed; k++) {
		if (cgn_conf_checker_at(c, "pools[%zu].addresses[%zu]", i, k) &&
				cgn_conf_ranges_has_martian(&pool->listed[k]))
			cgn_conf_checker_refuse(c,
					"must be unicast addresses, not of 0.0.0.0/8, 127.0.0.0/8 or 169.254.0.0/16");
	}
	if (!cgn_conf_checker_at(c, "pools[%zu].addresses", i))
		return;
	/* Without the addresses that were refused, the number is not known. */
	for (size_t k = 0; k < c->node->n_children; k++) {
		if (c->node->children[k]->is_bad)
			return;
	}
	if (pool->n_addresses > CGN_POOL_ADDRS_MAX)
		cgn_conf_checker_refuse(c, "must be %u addresses at most, here are %zu",
				CGN_POOL_ADDRS_MAX, pool->n_addresses);
	/* A subscriber gets an address of its own worker, so each worker needs one. */
	if (workers_known && pool->n_addresses < c->conf->workers)
		cgn_conf_checker_refuse(c,
				"must have an address for each of %" PRIu32
				" workers, here are %zu",
				c->conf->workers, pool->n_addresses);
}

/* Whether two pools both use an address of a window. */
static bool
share(const struct cgn_conf_pool *a, const struct cgn_conf_pool *b, const struct cgn_range4 *window)
{
	size_t i = 0, j = 0;

	while (i < a->n_ranges && j < b->n_ranges) {
		const struct cgn_range4 both = {
			.first = RTE_MAX(a->ranges[i].first, b->ranges[j].first),
			.last = RTE_MIN(a->ranges[i].last, b->ranges[j].last),
		};

		if (both.first <= both.last && pools_overlap(&both, window))
			return true;
		if (a->ranges[i].last < b->ranges[j].last)
			i++;
		else
			j++;
	}
	return false;
}

/* Refuse an address that is listed twice. In one pool this is always wrong. In two pools it is allowed if
 * one of them excludes the address. */
static bool
refuse_overlap(struct cgn_conf_checker *c, const struct entry *a, const struct entry *b)
{
	const struct entry *late = b, *early = a;
	const struct cgn_range4 both = {
		.first = RTE_MAX(a->range.first, b->range.first),
		.last = RTE_MIN(a->range.last, b->range.last),
	};
	char first[CGN_ADDR_TEXT_MAX];

	if (a->pool != b->pool && !share(&c->conf->pools[a->pool], &c->conf->pools[b->pool], &both))
		return false;
	if (a->pool > b->pool || (a->pool == b->pool && a->index > b->index)) {
		late = a;
		early = b;
	}
	cgn_conf_checker_at(c, "pools[%zu].addresses[%zu]", late->pool, late->index);
	cgn_conf_checker_refuse(c,
			"must have each address once; %s is in pools[%zu].addresses[%zu] as well",
			addr_text(both.first, first), early->pool, early->index);
	return true;
}

static int
check_disjoint(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	struct entry *list;
	size_t n = 0;

	for (size_t i = 0; i < conf->n_pools; i++)
		n += conf->pools[i].n_listed;
	list = calloc(n + 1, sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < conf->n_pools; i++) {
		for (size_t k = 0; k < conf->pools[i].n_listed; k++) {
			if (cgn_conf_checker_at(c, "pools[%zu].addresses[%zu]", i, k))
				list[n++] = (struct entry){ conf->pools[i].listed[k], i, k };
		}
	}
	/* In this order, a range can only overlap with the next ones that begin before it ends. */
	qsort(list, n, sizeof(*list), entry_by_first);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n && list[j].range.first <= list[i].range.last; j++) {
			if (refuse_overlap(c, &list[i], &list[j]))
				break;
		}
	}
	free(list);
	return 0;
}

/* Refuse an address of cgnd in a pool. Only a home router may have one: an address of an outside port that
 * is listed by itself. */
static void
check_own_address(struct cgn_conf_checker *c, const struct cgn_conf_port *port, size_t i,
		uint32_t own)
{
	const struct cgn_conf_pool *pool = &c->conf->pools[i];
	const struct cgn_range4 one = { .first = own, .last = own };
	char text[CGN_ADDR_TEXT_MAX];

	if (!cgn_conf_ranges_has(pool->ranges, pool->n_ranges, own))
		return;
	for (size_t k = 0; k < pool->n_listed; k++) {
		bool is_alone = pool->listed[k].first == own && pool->listed[k].last == own;

		if (!pools_overlap(&pool->listed[k], &one) ||
				(is_alone && port->side == CGN_SIDE_OUTSIDE) ||
				!cgn_conf_checker_at(c, "pools[%zu].addresses[%zu]", i, k))
			continue;
		if (port->side == CGN_SIDE_OUTSIDE)
			cgn_conf_checker_refuse(c,
					"must not have %s, an address of port %s: exclude it, or list it by itself to share it",
					addr_text(own, text), port->name);
		else
			cgn_conf_checker_refuse(c,
					"must not have %s, an address of inside port %s: exclude it",
					addr_text(own, text), port->name);
		return;
	}
}

static void
check_pool_own_addresses(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t p = 0; p < conf->n_ports; p++) {
		const struct cgn_conf_port *port = &conf->ports[p];

		if (!cgn_conf_checker_at(c, "ports[%zu].side", p))
			continue;
		for (size_t k = 0; k < port->n_addresses; k++) {
			if (port->addresses[k].is_ip6 ||
					!cgn_conf_checker_at(c, "ports[%zu].addresses[%zu]", p, k))
				continue;
			for (size_t i = 0; i < conf->n_pools; i++)
				check_own_address(c, port, i,
						rte_be_to_cpu_32(port->addresses[k].ip4));
		}
	}
}

/* Refuse an address in a pool that another host on an outside link has. @param port  UINT16_MAX: unknown */
static void
check_pool_other_host(struct cgn_conf_checker *c, const struct cgn_ip *ip, uint16_t port)
{
	const struct cgn_conf *conf = c->conf;

	if (ip->is_ip6 || port >= conf->n_ports || conf->ports[port].side != CGN_SIDE_OUTSIDE)
		return;
	for (size_t i = 0; i < conf->n_pools; i++) {
		const struct cgn_conf_pool *pool = &conf->pools[i];

		if (!cgn_conf_ranges_has(pool->ranges, pool->n_ranges, rte_be_to_cpu_32(ip->ip4)))
			continue;
		cgn_conf_checker_refuse(c,
				"must be a neighbour; pool %s has this address: exclude it there",
				pool->name);
		return;
	}
}

static void
check_other_hosts(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t i = 0; i < conf->n_routes; i++) {
		if (cgn_conf_checker_at(c, "routes[%zu].via", i))
			check_pool_other_host(c, &conf->routes[i].via, conf->routes[i].port);
	}
	for (size_t i = 0; i < conf->n_neighbours; i++) {
		if (cgn_conf_checker_at(c, "neighbours[%zu].address", i))
			check_pool_other_host(
					c, &conf->neighbours[i].address, conf->neighbours[i].port);
	}
}

int
cgn_conf_check_pools_ranges(struct cgn_conf_checker *c)
{
	for (size_t i = 0; i < c->conf->n_pools; i++) {
		int ret = make_ranges(c, i);

		if (ret == 0)
			ret = make_drained(c, i);
		if (ret < 0)
			return ret;
		check_pool(c, i);
	}
	check_pool_own_addresses(c);
	check_other_hosts(c);
	return check_disjoint(c);
}

/* The inside port that has an address itself, or NULL. */
static const struct cgn_conf_port *
inside_owner(const struct cgn_conf *conf, rte_be32_t addr)
{
	for (size_t p = 0; p < conf->n_ports; p++) {
		const struct cgn_conf_port *port = &conf->ports[p];

		for (size_t k = 0; port->side == CGN_SIDE_INSIDE && k < port->n_addresses; k++) {
			if (!port->addresses[k].is_ip6 && port->addresses[k].ip4 == addr)
				return port;
		}
	}
	return NULL;
}

static void
check_static_inside(struct cgn_conf_checker *c, rte_be32_t addr, uint32_t group)
{
	const struct cgn_conf_port *owner = inside_owner(c->conf, addr);

	if (group == CGN_GROUP_NONE)
		cgn_conf_checker_refuse(c, "must be an inside address in a prefix of a group");
	else if (owner != NULL)
		cgn_conf_checker_refuse(c,
				"must be a subscriber's address; this is an address of port %s",
				owner->name);
}

static bool
has_address(const struct cgn_conf_pool *pool, rte_be32_t addr)
{
	return cgn_conf_ranges_has(pool->ranges, pool->n_ranges, rte_be_to_cpu_32(addr));
}

/* Refuse a port that NAT-PMP has, or the host on an address that a pool shares with a port. A number belongs to
 * one client in all protocols, so the NAT leaves the host its numbers in all of them. */
static void
check_static_port(struct cgn_conf_checker *c, const struct cgn_conf_static *s)
{
	uint16_t kept[CGN_LOCAL_KEPT_MAX];
	unsigned int n = cgn_local_service_kept(c->conf, s->ext_addr, kept);

	if (s->ext_port == CGN_NATPMP_ANNOUNCE_PORT || s->ext_port == CGN_NATPMP_PORT)
		cgn_conf_checker_refuse(c,
				"must have any port but 5350 and 5351, which are NAT-PMP's and PCP's");
	for (unsigned int i = 0; i < n; i++) {
		if (s->ext_port == kept[i])
			cgn_conf_checker_refuse(c,
					"must have any port but %u, which ports[].host gives the host on this address",
					kept[i]);
	}
}

static void
check_static(struct cgn_conf_checker *c, const struct cgn_group_map *groups, size_t i)
{
	const struct cgn_conf *conf = c->conf;
	const struct cgn_conf_static *s = &conf->nat.statics[i];
	bool inside_known = cgn_conf_checker_at(c, "nat.static_mappings[%zu].inside", i);
	uint32_t group = cgn_group_find4(groups, s->in_addr);
	const struct cgn_conf_pool *pool;

	if (inside_known)
		check_static_inside(c, s->in_addr, group);
	if (!cgn_conf_checker_at(c, "nat.static_mappings[%zu].external", i))
		return;
	check_static_port(c, s);
	if (!inside_known || group == CGN_GROUP_NONE || conf->groups[group].pool >= conf->n_pools)
		return;
	pool = &conf->pools[conf->groups[group].pool];
	if (!has_address(pool, s->ext_addr))
		cgn_conf_checker_refuse(c, "must be an address of pool %s, which group %s uses",
				pool->name, conf->groups[group].name);
	/* It would never become empty, or lose what the operator wants there. */
	else if (cgn_conf_ranges_has(pool->drained, pool->n_drained, rte_be_to_cpu_32(s->ext_addr)))
		cgn_conf_checker_refuse(
				c, "must be an address that pool %s does not drain", pool->name);
}

static int
endpoint_by_key(const void *a, const void *b)
{
	const struct endpoint *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static uint64_t
endpoint_key(enum cgn_proto proto, rte_be32_t addr, uint16_t port)
{
	return (uint64_t)proto << 48 | (uint64_t)rte_be_to_cpu_32(addr) << 16 | port;
}

/* Refuse an endpoint that is in two static mappings of one protocol. */
static void
check_twice(struct cgn_conf_checker *c, struct endpoint *list, const char *side)
{
	const struct cgn_conf_nat *nat = &c->conf->nat;
	bool is_inside = side[0] == 'i';
	size_t n = 0;

	for (size_t i = 0; i < nat->n_statics; i++) {
		const struct cgn_conf_static *s = &nat->statics[i];

		if (!cgn_conf_checker_at(c, "nat.static_mappings[%zu].protocol", i) ||
				!cgn_conf_checker_at(c, "nat.static_mappings[%zu].%s", i, side))
			continue;
		list[n].key = is_inside ? endpoint_key(s->proto, s->in_addr, s->in_port)
					: endpoint_key(s->proto, s->ext_addr, s->ext_port);
		list[n++].index = i;
	}
	qsort(list, n, sizeof(*list), endpoint_by_key);
	for (size_t i = 1; i < n; i++) {
		if (list[i].key != list[i - 1].key)
			continue;
		cgn_conf_checker_at(c, "nat.static_mappings[%zu].%s", list[i].index, side);
		cgn_conf_checker_refuse(c,
				"must be there once; nat.static_mappings[%zu] has it as well",
				list[i - 1].index);
	}
}

/* Find the group and subscriber of a static mapping. @return whether nothing is wrong so far */
static bool
find_subscriber(struct cgn_conf_checker *c, const struct cgn_group_map *groups, size_t i,
		uint64_t *key)
{
	const struct cgn_conf *conf = c->conf;
	const struct cgn_conf_static *s = &conf->nat.statics[i];
	uint32_t group = cgn_group_find4(groups, s->in_addr);
	const struct cgn_conf_group *g;

	if (group == CGN_GROUP_NONE ||
			!cgn_conf_checker_at(
					c, "groups[%" PRIu32 "].subscriber_prefix_len", group) ||
			!cgn_conf_checker_at(c, "nat.static_mappings[%zu].inside", i) ||
			!cgn_conf_checker_at(c, "nat.static_mappings[%zu].external", i))
		return false;
	g = &conf->groups[group];
	if (g->pool >= conf->n_pools || !has_address(&conf->pools[g->pool], s->ext_addr) ||
			g->subscriber_prefix_len > 32)
		return false;
	*key = (uint64_t)group << 32 |
			(rte_be_to_cpu_32(s->in_addr) & cgn_mask4(g->subscriber_prefix_len));
	return true;
}

/* All static mappings of a subscriber must have one external address, as all its mappings have (RFC 6888
 * REQ-2). The worker of that address serves the subscriber. */
static void
check_pairing(struct cgn_conf_checker *c, const struct cgn_group_map *groups, struct endpoint *list)
{
	const struct cgn_conf_nat *nat = &c->conf->nat;
	char text[CGN_ADDR_TEXT_MAX];
	size_t n = 0, first = 0;

	for (size_t i = 0; i < nat->n_statics; i++) {
		if (find_subscriber(c, groups, i, &list[n].key))
			list[n++].index = i;
	}
	qsort(list, n, sizeof(*list), endpoint_by_key);
	for (size_t i = 1; i < n; i++) {
		const struct cgn_conf_static *one, *other = &nat->statics[list[i].index];

		if (list[i].key != list[first].key)
			first = i;
		one = &nat->statics[list[first].index];
		if (other->ext_addr == one->ext_addr)
			continue;
		cgn_conf_checker_at(c, "nat.static_mappings[%zu].external", list[i].index);
		cgn_conf_checker_refuse(c,
				"must be %s as nat.static_mappings[%zu] has it: a subscriber has one external address",
				cgn_addr_text_format_ip4(one->ext_addr, text), list[first].index);
	}
}

int
cgn_conf_check_pools_statics(struct cgn_conf_checker *c)
{
	const size_t n = c->conf->nat.n_statics;
	struct cgn_group_map groups;
	struct endpoint *list;

	if (n == 0)
		return 0;
	if (cgn_group_map_init(&groups, c->conf) < 0)
		return -ENOMEM;
	list = calloc(n, sizeof(*list));
	if (list == NULL) {
		cgn_group_map_fini(&groups);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		check_static(c, &groups, i);
	check_twice(c, list, "inside");
	check_twice(c, list, "external");
	check_pairing(c, &groups, list);
	free(list);
	cgn_group_map_fini(&groups);
	return 0;
}
