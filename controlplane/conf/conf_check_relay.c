/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of a NAT-PMP relay, for conf_check.c: it needs a NAT in front, which is not cgnd itself.
 */
#include "controlplane/conf/conf_check_relay.h"

#include "controlplane/conf/conf_ranges.h"

#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

/* The port of a side that has an address, NULL: none. */
static const struct cgn_conf_port *
relay_owner_of(const struct cgn_conf *conf, rte_be32_t addr, enum cgn_side side)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *port = &conf->ports[i];

		for (unsigned int k = 0; port->side == side && k < port->n_addresses; k++) {
			if (!port->addresses[k].is_ip6 && port->addresses[k].ip4 == addr)
				return port;
		}
	}
	return NULL;
}

/* The key of an upstream address, which may stand without a list. @return false: it is bad */
static bool
at_upstream(struct cgn_conf_checker *c, unsigned int i)
{
	if (!at(c, "natpmp.upstream"))
		return false;
	return c->node->kind != CGN_CONF_YAML_LIST || at(c, "natpmp.upstream[%u]", i);
}

static void
check_upstream(struct cgn_conf_checker *c, unsigned int i)
{
	const struct cgn_conf *conf = c->conf;
	const rte_be32_t upstream = conf->natpmp.upstreams[i];
	const struct cgn_range4 one = { .first = rte_be_to_cpu_32(upstream),
		.last = rte_be_to_cpu_32(upstream) };

	if (!at_upstream(c, i))
		return;
	if (upstream == 0) {
		refuse(c, "the address of the NAT in front, since natpmp.role is relay");
		return;
	}
	if (cgn_conf_ranges_has_martian(&one)) {
		refuse(c, "a host's address");
		return;
	}
	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++) {
		const struct cgn_conf_port *port = relay_owner_of(
				conf, upstream, (enum cgn_side)side);

		if (port != NULL) {
			refuse(c, "another NAT's address; this is an address of port %s",
					port->name);
			return;
		}
	}
	for (size_t k = 0; k < conf->n_pools; k++) {
		if (cgn_conf_ranges_has(
				    conf->pools[k].ranges, conf->pools[k].n_ranges, one.first)) {
			refuse(c, "another NAT's address; pool %s has it", conf->pools[k].name);
			return;
		}
	}
}

static void
check_upstreams(struct cgn_conf_checker *c)
{
	const struct cgn_conf_natpmp *n = &c->conf->natpmp;

	if (n->n_upstreams == 0 && at(c, "natpmp.upstream"))
		refuse(c, "the address of the NAT in front, since natpmp.role is relay");
	for (unsigned int i = 0; i < n->n_upstreams; i++)
		check_upstream(c, i);
}

/* RFC 1918 and RFC 6598: addresses that only a NAT in front makes reachable. */
static bool
has_private(const struct cgn_conf_pool *pool)
{
	static const struct cgn_range4 private[] = {
		{ .first = 0x0a000000, .last = 0x0affffff },
		{ .first = 0xac100000, .last = 0xac1fffff },
		{ .first = 0xc0a80000, .last = 0xc0a8ffff },
		{ .first = 0x64400000, .last = 0x647fffff },
	};

	for (size_t i = 0; i < pool->n_ranges; i++) {
		for (size_t k = 0; k < sizeof(private) / sizeof(private[0]); k++) {
			if (pool->ranges[i].first <= private[k].last &&
					private[k].first <= pool->ranges[i].last)
				return true;
		}
	}
	return false;
}

/* Check the WAN address. Upstream maps ports to the address that it is asked from. So there must be one,
 * and answers must reach cgnd there. */
static void
check_wan(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	size_t n = 0;

	for (size_t i = 0; i < conf->n_pools; i++)
		n += conf->pools[i].n_addresses;
	for (size_t i = 0; i < conf->n_pools; i++) {
		const struct cgn_conf_pool *pool = &conf->pools[i];
		rte_be32_t first;

		if (!has_private(pool) || !at(c, "pools[%zu].addresses", i))
			continue;
		first = rte_cpu_to_be_32(pool->ranges[0].first);
		if (n != 1 || relay_owner_of(conf, first, CGN_SIDE_OUTSIDE) == NULL)
			refuse(c,
					"the address of an outside port, and no other address in any pool, since "
					"natpmp.role is relay");
	}
}

void
cgn_conf_check_relay(struct cgn_conf_checker *c)
{
	if (!at(c, "natpmp.role") || c->conf->natpmp.role != CGN_NATPMP_RELAY)
		return;
	check_upstreams(c);
	check_wan(c);
}
