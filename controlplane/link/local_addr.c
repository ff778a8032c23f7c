/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Looks up addresses in the configuration: the local ones, and those for which cgnd answers.
 */
#include "controlplane/link/local_addr.h"

#include "shared/anycast.h"
#include "shared/wellknown.h"

#include <string.h>

bool
cgn_local_addr_same(const struct cgn_ip *a, const struct cgn_ip *b)
{
	if (a->is_ip6 != b->is_ip6)
		return false;
	return a->is_ip6 ? memcmp(&a->ip6, &b->ip6, sizeof(a->ip6)) == 0 : a->ip4 == b->ip4;
}

bool
cgn_local_addr_is_host(const struct cgn_ip *a)
{
	static const struct cgn_ip6 zero;
	static const struct cgn_ip6 loopback = { .b = { [15] = 1 } };
	uint32_t top;

	if (a->is_ip6)
		return a->ip6.b[0] != 0xff && memcmp(&a->ip6, &zero, sizeof(zero)) != 0 &&
				memcmp(&a->ip6, &loopback, sizeof(loopback)) != 0;
	top = rte_be_to_cpu_32(a->ip4) >> 24;
	return top != 0 && top != 127 && top < 224;
}

static bool
is_prefix_address(const struct cgn_prefix *p, const struct cgn_ip *a)
{
	struct cgn_ip local = { .is_ip6 = p->is_ip6 };

	if (p->is_ip6)
		local.ip6 = p->ip6;
	else
		local.ip4 = p->ip4;
	return cgn_local_addr_same(&local, a);
}

bool
cgn_local_addr_port_has(const struct cgn_conf_port *port, const struct cgn_ip *a)
{
	for (unsigned int i = 0; i < port->n_addresses; i++) {
		if (is_prefix_address(&port->addresses[i], a))
			return true;
	}
	return false;
}

/* The tunnel endpoint, and the well-known address of this end in every softwire (RFC 6333 section 5.7). */
static bool
is_softwire_end(const struct cgn_conf *conf, const struct cgn_ip *a)
{
	const struct cgn_conf_softwire *s = &conf->softwire;
	rte_be32_t inner = s->role == CGN_SOFTWIRE_B4 ? CGN_SOFTWIRE_B4_ADDR
						      : CGN_SOFTWIRE_AFTR_ADDR;

	if (s->role == CGN_SOFTWIRE_OFF)
		return false;
	return a->is_ip6 ? memcmp(&s->local, &a->ip6, sizeof(a->ip6)) == 0 : a->ip4 == inner;
}

bool
cgn_local_addr_has(const struct cgn_conf *conf, const struct cgn_ip *a)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		if (cgn_local_addr_port_has(&conf->ports[i], a))
			return true;
	}
	return is_softwire_end(conf, a);
}

bool
cgn_local_addr_is_anycast(const struct cgn_conf *conf, const struct cgn_ip *a)
{
	if (a->is_ip6)
		return cgn_anycast_is_ip6(conf, &a->ip6);
	return a->ip4 == CGN_ANYCAST_ADDR && cgn_anycast_is_on(conf);
}

bool
cgn_local_addr_is_outside(const struct cgn_conf *conf, const struct cgn_ip *a)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == CGN_SIDE_OUTSIDE &&
				cgn_local_addr_port_has(&conf->ports[i], a))
			return true;
	}
	return false;
}

bool
cgn_local_addr_is_inside(const struct cgn_conf *conf, rte_be32_t a)
{
	const struct cgn_ip local = { .ip4 = a };

	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == CGN_SIDE_INSIDE &&
				cgn_local_addr_port_has(&conf->ports[i], &local))
			return true;
	}
	return false;
}

/* The ranges of a pool are sorted. */
static bool
pool_has(const struct cgn_conf_pool *pool, uint32_t a)
{
	size_t low = 0;
	size_t high = pool->n_ranges;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (a < pool->ranges[mid].first)
			high = mid;
		else if (a > pool->ranges[mid].last)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

bool
cgn_local_addr_in_pool(const struct cgn_conf *conf, rte_be32_t a)
{
	for (size_t i = 0; i < conf->n_pools; i++) {
		if (pool_has(&conf->pools[i], rte_be_to_cpu_32(a)))
			return true;
	}
	return false;
}

bool
cgn_local_addr_in_prefix(const struct cgn_prefix *p, const struct cgn_ip *a)
{
	struct cgn_ip6 x, y;

	if (p->is_ip6 != a->is_ip6)
		return false;
	if (!p->is_ip6)
		return cgn_prefix_has4(p, a->ip4);
	x = cgn_ip6_prefix(&p->ip6, p->len);
	y = cgn_ip6_prefix(&a->ip6, p->len);
	return memcmp(&x, &y, sizeof(x)) == 0;
}

bool
cgn_local_addr_on_link(const struct cgn_conf_port *port, const struct cgn_ip *a)
{
	for (unsigned int i = 0; i < port->n_addresses; i++) {
		if (cgn_local_addr_in_prefix(&port->addresses[i], a))
			return true;
	}
	return false;
}

bool
cgn_local_addr_answers(const struct cgn_conf *conf, uint16_t port, const struct cgn_ip *a)
{
	const struct cgn_conf_port *p = &conf->ports[port];

	if (cgn_local_addr_port_has(p, a))
		return true;
	return !a->is_ip6 && p->side == CGN_SIDE_OUTSIDE && cgn_local_addr_on_link(p, a) &&
			cgn_local_addr_in_pool(conf, a->ip4);
}

const struct cgn_conf_port *
cgn_local_addr_port_to(const struct cgn_conf *conf, rte_be32_t addr)
{
	const struct cgn_ip to = { .ip4 = addr };
	const struct cgn_conf_port *best = NULL;
	int len = -1;

	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == CGN_SIDE_INSIDE &&
				cgn_local_addr_on_link(&conf->ports[i], &to))
			return &conf->ports[i];
	}
	/* The longest prefix decides, as in the routes of the workers. */
	for (size_t i = 0; i < conf->n_routes; i++) {
		const struct cgn_conf_route *r = &conf->routes[i];

		if (conf->ports[r->port].side == CGN_SIDE_INSIDE && r->prefix.len > len &&
				cgn_prefix_has4(&r->prefix, addr)) {
			best = &conf->ports[r->port];
			len = r->prefix.len;
		}
	}
	return best;
}

bool
cgn_local_addr_source(
		const struct cgn_conf_port *port, const struct cgn_ip *target, struct cgn_ip *out)
{
	const struct cgn_prefix *best = NULL;

	for (unsigned int i = 0; i < port->n_addresses; i++) {
		const struct cgn_prefix *p = &port->addresses[i];

		if (p->is_ip6 != target->is_ip6)
			continue;
		if (best == NULL ||
				(!cgn_local_addr_in_prefix(best, target) &&
						cgn_local_addr_in_prefix(p, target)))
			best = p;
	}
	if (best == NULL)
		return false;
	*out = (struct cgn_ip){ .is_ip6 = best->is_ip6 };
	if (best->is_ip6)
		out->ip6 = best->ip6;
	else
		out->ip4 = best->ip4;
	return true;
}
