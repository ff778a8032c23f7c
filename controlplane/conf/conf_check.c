/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules between keys, for conf.c: ports, groups, roles, and minima of RFCs. It calls the rules of
 * routes, pools and relays in their files.
 */
#include "controlplane/conf/conf_check.h"

#include "controlplane/conf/conf_check_deterministic.h"
#include "controlplane/conf/conf_check_export.h"
#include "controlplane/conf/conf_check_host.h"
#include "controlplane/conf/conf_check_limits.h"
#include "controlplane/conf/conf_check_links.h"
#include "controlplane/conf/conf_check_pools.h"
#include "controlplane/conf/conf_check_relay.h"
#include "controlplane/conf/conf_ranges.h"
#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_value.h"
#include "shared/addr_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* at() selects a key for refuse(). It is false for a value that was refused before: one mistake gives one
 * error. */
#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

/* A prefix of a group with its place in the file. */
struct entry {
	struct cgn_prefix prefix;
	size_t group;
	size_t index;
};

/* Refuse a name that two entries of a list have. @param size  of an entry, which begins with its name */
static void
check_names(struct cgn_conf_checker *c, const char *list, const void *entries, size_t n,
		size_t size)
{
	const char *first = entries;

	for (size_t i = 1; i < n; i++) {
		const char *name = first + i * size;

		for (size_t j = 0; j < i; j++) {
			if (!at(c, "%s[%zu].name", list, i) || strcmp(name, first + j * size) != 0)
				continue;
			refuse(c, "must be another name; %s[%zu] has it as well", list, j);
			break;
		}
	}
}

/* The length of the part of a device that must be unique. The arguments of a vdev do not count. */
static size_t
device_len(const char *device)
{
	return strcspn(device, ",");
}

static void
check_devices(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t i = 1; i < conf->n_ports; i++) {
		const char *a = conf->ports[i].device;

		for (size_t j = 0; j < i; j++) {
			const char *b = conf->ports[j].device;

			if (device_len(a) != device_len(b) || strncmp(a, b, device_len(a)) != 0 ||
					!at(c, "ports[%zu].device", i))
				continue;
			refuse(c, "must be another device; ports[%zu] has it as well", j);
			break;
		}
	}
}

static void
check_sides(struct cgn_conf_checker *c)
{
	static const char *const names[] = { "inside", "outside" };
	unsigned int n[CGN_SIDE_COUNT] = { 0 };

	for (size_t i = 0; i < c->conf->n_ports; i++) {
		if (!at(c, "ports[%zu].side", i))
			return;
		n[c->conf->ports[i].side]++;
	}
	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++) {
		if (n[side] == 0 && at(c, "ports"))
			refuse(c, "must have at least one %s port", names[side]);
	}
}

/* Whether an address can belong to one host. Addresses of networks, broadcast, multicast and martian
 * addresses cannot. */
static bool
conf_is_host(const struct cgn_prefix *p)
{
	struct cgn_range4 one;
	uint32_t host;

	if (p->len == 0)
		return false;
	if (p->is_ip6) {
		static const struct cgn_ip6 none;

		return p->ip6.b[0] != 0xff && memcmp(&p->ip6, &none, sizeof(none)) != 0 &&
				(p->len >= 127 || cgn_addr_text_has_host_bits(p));
	}
	one.first = one.last = rte_be_to_cpu_32(p->ip4);
	host = ~cgn_mask4(p->len);
	if (cgn_conf_ranges_has_martian(&one))
		return false;
	return p->len >= 31 || ((one.first & host) != 0 && (one.first & host) != host);
}

/* Whether the same address of cgnd is in the file before, on the same side. */
static bool
find_own(const struct cgn_conf *conf, size_t port, size_t index, size_t *other)
{
	const struct cgn_prefix *p = &conf->ports[port].addresses[index];

	for (size_t i = 0; i <= port; i++) {
		size_t n = i == port ? index : conf->ports[i].n_addresses;

		if (conf->ports[i].side != conf->ports[port].side)
			continue;
		for (size_t k = 0; k < n; k++) {
			if (cgn_conf_checker_same_ip(&conf->ports[i].addresses[k], p)) {
				*other = i;
				return true;
			}
		}
	}
	return false;
}

static void
check_port_addresses(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	size_t other;

	for (size_t i = 0; i < conf->n_ports; i++) {
		for (size_t k = 0; k < conf->ports[i].n_addresses; k++) {
			if (!at(c, "ports[%zu].addresses[%zu]", i, k))
				continue;
			if (!conf_is_host(&conf->ports[i].addresses[k]))
				refuse(c,
						"must be a host's address with the length of its link's prefix, "
						"such as 192.0.2.2/24");
			else if (find_own(conf, i, k, &other))
				refuse(c, "must be there once on a side; ports[%zu] has it as well",
						other);
		}
	}
}

static void
check_ports(struct cgn_conf_checker *c)
{
	check_names(c, "ports", c->conf->ports, c->conf->n_ports, sizeof(c->conf->ports[0]));
	check_devices(c);
	check_sides(c);
	check_port_addresses(c);
}

static void
resolve_pool(struct cgn_conf_checker *c, size_t i)
{
	struct cgn_conf_group *g = &c->conf->groups[i];
	struct cgn_conf_suggest near = { 0 };

	g->pool = UINT16_MAX;
	if (!at(c, "groups[%zu].pool", i))
		return;
	for (size_t p = 0; p < c->conf->n_pools; p++) {
		if (strcmp(c->conf->pools[p].name, c->node->text) == 0) {
			g->pool = (uint16_t)p;
			return;
		}
		cgn_conf_suggest_word(&near, c->node->text, c->conf->pools[p].name);
	}
	cgn_conf_checker_refuse_name(c, "a pool", &near);
}

static bool
is_power_of_two(uint32_t n)
{
	return (n & (n - 1)) == 0;
}

/* Refuse the current key, a block_size, and tell which ones the ports of the pool allow. */
static void
refuse_block_size(struct cgn_conf_checker *c, const struct cgn_conf_pool *pool)
{
	const uint32_t ports = (uint32_t)pool->port_max - pool->port_min + 1;
	char list[64] = "";
	size_t len = 0;

	if (pool->port_min % CGN_BLOCK_MIN != 0 || ports % CGN_BLOCK_MIN != 0) {
		refuse(c,
				"no block fits into port_range %u-%u of pool %s: its first port and the "
				"number of its ports must be multiples of %u, such as 1024-65535",
				pool->port_min, pool->port_max, pool->name, CGN_BLOCK_MIN);
		return;
	}
	for (uint32_t size = CGN_BLOCK_MIN; size <= CGN_BLOCK_MAX && ports % size == 0; size *= 2) {
		const bool is_last = size == CGN_BLOCK_MAX || ports % (size * 2) != 0;

		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%" PRIu32,
				len == 0                  ? ""
						: is_last ? " or "
							  : ", ",
				size);
	}
	refuse(c, "with port_range %u-%u it must be %s", pool->port_min, pool->port_max, list);
}

static void
check_blocks(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];
	const struct cgn_conf_pool *pool = NULL;
	uint32_t ports = UINT16_MAX;

	if (g->pool < c->conf->n_pools && at(c, "pools[%u].port_range", g->pool)) {
		pool = &c->conf->pools[g->pool];
		ports = (uint32_t)pool->port_max - pool->port_min + 1;
	}
	if (!at(c, "groups[%zu].block_size", i))
		return;
	/* Only the dynamic part of a deterministic group has blocks, see conf_check_deterministic.c. */
	if (pool == NULL || g->deterministic.is_on) {
		if (!is_power_of_two(g->block_size))
			refuse(c, "must be a power of two, 64..4096");
		return;
	}
	/* The ports behind the last whole block would never be used. The bitmaps of ports have words of 64 bits
	 * (dataplane/nat/block.h). */
	if (!is_power_of_two(g->block_size) || ports % g->block_size != 0 ||
			pool->port_min % CGN_BLOCK_MIN != 0) {
		refuse_block_size(c, pool);
		return;
	}
	for (size_t k = 0; k < i; k++) {
		if (c->conf->groups[k].pool == g->pool &&
				c->conf->groups[k].block_size != g->block_size) {
			refuse(c, "must be %u as groups[%zu] has it: all groups of a pool have one block_size",
					c->conf->groups[k].block_size, k);
			return;
		}
	}
	if (!at(c, "groups[%zu].blocks_max", i))
		return;
	/* All blocks of a subscriber are of one address. */
	if ((uint32_t)g->block_size * g->blocks_max > ports) {
		refuse(c, "must be 1..%u: one address has no more blocks", ports / g->block_size);
		return;
	}
	/* Otherwise traffic would get no port at all. */
	if (at(c, "groups[%zu].leases_reserve", i) &&
			g->leases_reserve >= (uint32_t)g->block_size * g->blocks_max)
		refuse(c, "must be fewer than the %u ports of all blocks of a subscriber",
				(uint32_t)g->block_size * g->blocks_max);
}

/* In a group of B4s, a length above 32 is the length of IPv6 prefixes. */
static void
check_subscriber_len(struct cgn_conf_checker *c, size_t i)
{
	struct cgn_conf_group *g = &c->conf->groups[i];
	bool has4 = false;

	for (size_t k = 0; k < g->n_prefixes; k++)
		has4 |= !g->prefixes[k].is_ip6;
	if (!at(c, "groups[%zu].prefixes", i) || !at(c, "groups[%zu].subscriber_prefix_len", i) ||
			g->subscriber_prefix_len <= 32)
		return;
	if (has4) {
		refuse(c, "must be 1..32 bits in a group with IPv4 prefixes");
		return;
	}
	if (at(c, "groups[%zu].subscriber_prefix6_len", i) && c->is_given) {
		at(c, "groups[%zu].subscriber_prefix_len", i);
		refuse(c, "must be 1..32 bits, since subscriber_prefix6_len is given");
		return;
	}
	g->subscriber_prefix6_len = g->subscriber_prefix_len;
	g->subscriber_prefix_len = 32;
}

static bool
is_martian(const struct cgn_prefix *p)
{
	const uint32_t first = rte_be_to_cpu_32(p->ip4);
	const struct cgn_range4 range = { .first = first, .last = first | ~cgn_mask4(p->len) };

	return cgn_conf_ranges_all_martian(&range);
}

static void
check_prefixes(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];
	bool role_known = at(c, "softwire.role");
	bool len_known = at(c, "groups[%zu].subscriber_prefix_len", i);
	bool len6_known = at(c, "groups[%zu].subscriber_prefix6_len", i);

	for (size_t k = 0; k < g->n_prefixes; k++) {
		const struct cgn_prefix *p = &g->prefixes[k];
		unsigned int len = p->is_ip6 ? g->subscriber_prefix6_len : g->subscriber_prefix_len;

		if (!at(c, "groups[%zu].prefixes[%zu]", i, k))
			continue;
		if (!p->is_ip6 && is_martian(p))
			refuse(c,
					"must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, "
					"169.254.0.0/16 or 224.0.0.0/3 is forwarded");
		else if (p->is_ip6 && role_known && c->conf->softwire.role != CGN_SOFTWIRE_AFTR)
			refuse(c, "must be an IPv4 prefix: IPv6 prefixes are B4s and need softwire.role aftr");
		else if ((p->is_ip6 ? len6_known : len_known) && p->len > len)
			refuse(c, "must be /%u or shorter, since %s is %u", len,
					p->is_ip6 ? "subscriber_prefix6_len"
						  : "subscriber_prefix_len",
					len);
	}
}

static int
entry_by_prefix(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order;

	if (x->prefix.is_ip6 != y->prefix.is_ip6)
		return x->prefix.is_ip6 ? 1 : -1;
	order = x->prefix.is_ip6 ? memcmp(&x->prefix.ip6, &y->prefix.ip6, sizeof(x->prefix.ip6))
				 : memcmp(&x->prefix.ip4, &y->prefix.ip4, sizeof(x->prefix.ip4));
	if (order != 0)
		return order;
	if (x->prefix.len != y->prefix.len)
		return x->prefix.len < y->prefix.len ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* Refuse a prefix that two groups have. A longer prefix inside it may belong to another group. */
static int
check_prefixes_once(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	struct entry *list;
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
				list[n++] = (struct entry){ conf->groups[i].prefixes[k], i, k };
		}
	}
	qsort(list, n, sizeof(*list), entry_by_prefix);
	for (size_t i = 1; i < n; i++) {
		const struct entry *e = &list[i], *before = &list[i - 1];

		if (e->prefix.len != before->prefix.len ||
				!cgn_conf_checker_same_ip(&e->prefix, &before->prefix))
			continue;
		at(c, "groups[%zu].prefixes[%zu]", e->group, e->index);
		refuse(c, "must be there once; groups[%zu].prefixes[%zu] has it as well",
				before->group, before->index);
	}
	free(list);
	return 0;
}

static int
check_groups(struct cgn_conf_checker *c)
{
	struct cgn_conf *conf = c->conf;

	check_names(c, "groups", conf->groups, conf->n_groups, sizeof(conf->groups[0]));
	for (size_t i = 0; i < conf->n_groups; i++) {
		/* The pool comes first, because the size of blocks depends on it. */
		resolve_pool(c, i);
		check_blocks(c, i);
		check_subscriber_len(c, i);
		check_prefixes(c, i);
	}
	return check_prefixes_once(c);
}

static bool
conf_is_zero6(const struct cgn_ip6 *a)
{
	static const struct cgn_ip6 zero;

	return memcmp(a, &zero, sizeof(zero)) == 0;
}

static void
check_pcp(struct cgn_conf_checker *c)
{
	if (c->conf->pcp.lifetime_min_s > c->conf->pcp.lifetime_max_s &&
			at(c, "pcp.lifetime_min_s"))
		refuse(c, "must be lifetime_max_s or less");
}

/* Check what the roles of NAT-PMP and of the softwire need. */
static void
check_roles(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	bool role_known = at(c, "softwire.role");
	enum cgn_softwire_role role = conf->softwire.role;

	cgn_conf_check_relay(c);
	check_pcp(c);
	if (!role_known)
		return;
	if (role != CGN_SOFTWIRE_OFF && at(c, "softwire.local") &&
			conf_is_zero6(&conf->softwire.local))
		refuse(c, "must be the address of this end of the tunnel, since softwire.role is %s",
				role == CGN_SOFTWIRE_B4 ? "b4" : "aftr");
	if (role == CGN_SOFTWIRE_B4 && at(c, "softwire.remote") &&
			conf_is_zero6(&conf->softwire.remote))
		refuse(c, "must be the AFTR's address, since softwire.role is b4");
	if (at(c, "pools") && (conf->n_pools == 0) != (role == CGN_SOFTWIRE_B4))
		refuse(c,
				role == CGN_SOFTWIRE_B4 ? "must be empty: a B4 does not translate"
							: "must have at least one pool");
	if (at(c, "groups") && (conf->n_groups == 0) != (role == CGN_SOFTWIRE_B4))
		refuse(c,
				role == CGN_SOFTWIRE_B4 ? "must be empty: a B4 does not translate"
							: "must have at least one group");
}

static bool
is_allowed(const struct cgn_conf *conf, const char *path)
{
	for (size_t i = 0; i < conf->n_allow_rfc_violations; i++) {
		const char *allowed = conf->allow_rfc_violations[i];

		if (allowed != NULL && strcmp(allowed, path) == 0)
			return true;
	}
	return false;
}

/* Refuse values below the minimum of an RFC, unless allow_rfc_violations names the key. */
static void
check_minima(struct cgn_conf_checker *c)
{
	const struct cgn_conf_key *keys;
	const struct cgn_conf *conf = c->conf;
	size_t n;

	keys = cgn_conf_schema_keys(&n);
	for (size_t i = 0; i < n; i++) {
		if (keys[i].must != 0 && at(c, "%s", keys[i].path) &&
				cgn_conf_value_uint(&keys[i], (const char *)conf + keys[i].offset) <
						keys[i].must &&
				!is_allowed(conf, keys[i].path))
			refuse(c, "must be %u %s or more by %s, or named in allow_rfc_violations",
					keys[i].must, keys[i].unit, keys[i].rfc);
	}
	for (size_t i = 0; i < conf->n_allow_rfc_violations; i++) {
		const struct cgn_conf_key *key;

		if (!at(c, "allow_rfc_violations[%zu]", i))
			continue;
		key = cgn_conf_schema_find(conf->allow_rfc_violations[i]);
		if (key == NULL || key->must == 0)
			refuse(c, "must be a key with an RFC's minimum, such as nat.timeouts.udp_s");
	}
}

int
cgn_conf_check_all(struct cgn_conf_checker *c)
{
	struct cgn_conf *conf = c->conf;
	int ret;

	check_ports(c);
	cgn_conf_check_links_all(c);
	check_names(c, "pools", conf->pools, conf->n_pools, sizeof(conf->pools[0]));
	ret = cgn_conf_check_pools_ranges(c);
	if (ret == 0)
		ret = check_groups(c);
	if (ret == 0)
		ret = cgn_conf_check_pools_statics(c);
	if (ret == 0)
		ret = cgn_conf_check_deterministic(c);
	cgn_conf_check_limits(c);
	check_roles(c);
	cgn_conf_check_host(c);
	cgn_conf_check_export(c);
	check_minima(c);
	return ret;
}
