/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of a NAT-PMP relay, for conf_check.c: it needs a NAT in front, which is not cgnd itself.
 */
#include "controlplane/conf/conf_check_relay.h"

#include "controlplane/conf/conf_ranges.h"

#include <string.h>

#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

/* The port of a side that has an address, NULL: none. */
static const struct cgn_conf_port *
relay_owner_of(const struct cgn_conf *conf, const struct cgn_ip *addr, enum cgn_side side)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *port = &conf->ports[i];

		for (unsigned int k = 0; port->side == side && k < port->n_addresses; k++) {
			const struct cgn_prefix *own = &port->addresses[k];

			if (own->is_ip6 == addr->is_ip6 &&
					(own->is_ip6 ? memcmp(&own->ip6, &addr->ip6,
								       sizeof(own->ip6)) == 0
						     : own->ip4 == addr->ip4))
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

/* The family that the addresses of upstream must have. Only the PCP proxy of a B4 asks over IPv6. */
static bool
wants_ip6(const struct cgn_conf *conf)
{
	return conf->softwire.role == CGN_SOFTWIRE_B4 &&
			conf->natpmp.upstream_protocol == CGN_UPSTREAM_PCP;
}

static bool
is_unset(const struct cgn_ip *a)
{
	return a->is_ip6 ? cgn_ip6_is_zero(&a->ip6) : a->ip4 == 0;
}

/* Whether an address cannot be that of one host. */
static bool
is_martian(const struct cgn_ip *a)
{
	const struct cgn_range4 one = { .first = rte_be_to_cpu_32(a->ip4),
		.last = rte_be_to_cpu_32(a->ip4) };
	static const struct cgn_ip6 loopback = { .b = { [15] = 1 } };

	if (!a->is_ip6)
		return cgn_conf_ranges_has_martian(&one);
	return a->ip6.b[0] == 0xff || memcmp(&a->ip6, &loopback, sizeof(loopback)) == 0;
}

/* The pool that has an address, NULL: none. */
static const struct cgn_conf_pool *
pool_of(const struct cgn_conf *conf, const struct cgn_ip *a)
{
	for (size_t k = 0; !a->is_ip6 && k < conf->n_pools; k++) {
		if (cgn_conf_ranges_has(conf->pools[k].ranges, conf->pools[k].n_ranges,
				    rte_be_to_cpu_32(a->ip4)))
			return &conf->pools[k];
	}
	return NULL;
}

/* An address of upstream must not be one of cgnd itself. */
static void
check_foreign(struct cgn_conf_checker *c, const struct cgn_ip *upstream)
{
	const struct cgn_conf *conf = c->conf;
	const struct cgn_conf_pool *pool = pool_of(conf, upstream);
	const struct cgn_conf_port *port = relay_owner_of(conf, upstream, CGN_SIDE_INSIDE);

	if (port == NULL)
		port = relay_owner_of(conf, upstream, CGN_SIDE_OUTSIDE);
	if (port != NULL)
		refuse(c, "must be another NAT's address; this is an address of port %s",
				port->name);
	else if (pool != NULL)
		refuse(c, "must be another NAT's address; pool %s has it", pool->name);
	else if (upstream->is_ip6 &&
			memcmp(&upstream->ip6, &conf->softwire.local, sizeof(upstream->ip6)) == 0)
		refuse(c, "must be the address of the AFTR; this is softwire.local");
}

static void
check_upstream(struct cgn_conf_checker *c, unsigned int i)
{
	const struct cgn_conf *conf = c->conf;
	const struct cgn_ip *upstream = &conf->natpmp.upstreams[i];

	if (!at_upstream(c, i))
		return;
	if (is_unset(upstream))
		refuse(c, "must be the address of the NAT in front, since natpmp.role is relay");
	else if (is_martian(upstream))
		refuse(c, "must be a host's address");
	else if (wants_ip6(conf) && !upstream->is_ip6)
		refuse(c,
				"must be an IPv6 address of the AFTR, since softwire.role is b4 and "
				"natpmp.upstream_protocol is pcp");
	else if (!wants_ip6(conf) && upstream->is_ip6)
		refuse(c, "must be an IPv4 address; only a B4 with natpmp.upstream_protocol pcp asks over IPv6");
	else
		check_foreign(c, upstream);
}

static void
check_upstreams(struct cgn_conf_checker *c)
{
	const struct cgn_conf_natpmp *n = &c->conf->natpmp;

	if (n->n_upstreams == 0 && at(c, "natpmp.upstream"))
		refuse(c, "must be the address of the NAT in front, since natpmp.role is relay");
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
		struct cgn_ip first = { 0 };

		if (!has_private(pool) || !at(c, "pools[%zu].addresses", i))
			continue;
		first.ip4 = rte_cpu_to_be_32(pool->ranges[0].first);
		if (n != 1 || relay_owner_of(conf, &first, CGN_SIDE_OUTSIDE) == NULL)
			refuse(c,
					"must be the address of an outside port, and no other address in any pool, since "
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
