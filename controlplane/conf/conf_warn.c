/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds what is legal in a configuration but surely not meant, for conf.c. Each rule is a function.
 */
#include "controlplane/conf/conf_warn.h"

#include "controlplane/conf/conf_ranges.h"
#include "shared/addr_text.h"

#include <inttypes.h>

/* at() selects a key for warn(). */
#define at           cgn_conf_checker_at
#define warn         cgn_conf_checker_warn

#define RESERVE_PART 4 /* a reserve that takes this part of the ports is too large */

/* The addresses of an IPv4 prefix. */
static struct cgn_range4
range_of(const struct cgn_prefix *p)
{
	const uint32_t mask = cgn_mask4(p->len), first = rte_be_to_cpu_32(p->ip4) & mask;

	return (struct cgn_range4){ .first = first, .last = first | ~mask };
}

static bool
ranges_overlap(const struct cgn_range4 *a, const struct cgn_range4 *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* Ports that one subscriber of a group without deterministic ranges can have. */
static uint32_t
ports_of_subscriber(const struct cgn_conf_group *g)
{
	return (uint32_t)g->block_size * g->blocks_max;
}

/* --- pools ------------------------------------------------------------------------------------- */

static void
warn_unused(struct cgn_conf_checker *c, size_t pool)
{
	for (size_t i = 0; i < c->conf->n_groups; i++) {
		if (c->conf->groups[i].pool == pool)
			return;
	}
	at(c, "pools[%zu].name", pool);
	warn(c, "no group uses this pool");
}

static void
warn_all_drained(struct cgn_conf_checker *c, size_t pool)
{
	const struct cgn_conf_pool *p = &c->conf->pools[pool];

	if (p->n_drained == 0 || cgn_conf_ranges_count(p->drained, p->n_drained) != p->n_addresses)
		return;
	at(c, "pools[%zu].drain", pool);
	warn(c, "all %zu addresses of the pool are drained, so nobody gets a port", p->n_addresses);
}

/* @return whether a part of a pool is inside a prefix */
static bool
pool_overlaps(const struct cgn_conf_pool *p, const struct cgn_range4 *r)
{
	for (size_t i = 0; i < p->n_ranges; i++) {
		if (ranges_overlap(&p->ranges[i], r))
			return true;
	}
	return false;
}

/* A host of the group cannot have an address of a pool: cgnd takes packets to it for packets to the NAT. */
static void
warn_inside_pool(struct cgn_conf_checker *c, size_t pool, size_t group)
{
	const struct cgn_conf_group *g = &c->conf->groups[group];
	char text[CGN_ADDR_TEXT_MAX];

	for (size_t k = 0; k < g->n_prefixes; k++) {
		struct cgn_range4 r;

		if (g->prefixes[k].is_ip6)
			continue;
		r = range_of(&g->prefixes[k]);
		if (!pool_overlaps(&c->conf->pools[pool], &r))
			continue;
		at(c, "pools[%zu].addresses", pool);
		warn(c, "the pool has addresses of group %s, which has %s: no subscriber can use them",
				g->name, cgn_addr_text_format_prefix(&g->prefixes[k], text));
		return;
	}
}

/* Who drains addresses expects that their connections go on for a while. */
static void
warn_drained_at_once(struct cgn_conf_checker *c, size_t pool)
{
	const struct cgn_conf_pool *p = &c->conf->pools[pool];

	if (p->n_drain == 0 || p->drain_max_s != 0)
		return;
	at(c, "pools[%zu].drain_max_s", pool);
	warn(c, "connections on the addresses of drain end at once");
}

static void
warn_pools(struct cgn_conf_checker *c)
{
	for (size_t i = 0; i < c->conf->n_pools; i++) {
		warn_unused(c, i);
		warn_all_drained(c, i);
		warn_drained_at_once(c, i);
		for (size_t k = 0; k < c->conf->n_groups; k++)
			warn_inside_pool(c, i, k);
	}
}

static void
warn_pass_through(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t i = 0; i < conf->nat.n_pass_through; i++) {
		const struct cgn_prefix *p = &conf->nat.pass_through[i];
		struct cgn_range4 r = range_of(p);

		at(c, "nat.pass_through[%zu]", i);
		if (p->len == 0) {
			warn(c, "nothing at all is translated");
			continue;
		}
		for (size_t k = 0; k < conf->n_pools; k++) {
			if (!pool_overlaps(&conf->pools[k], &r))
				continue;
			warn(c, "this has addresses of pool %s: subscribers cannot reach each other by them",
					conf->pools[k].name);
			break;
		}
	}
}

/* --- groups ------------------------------------------------------------------------------------ */

static void
warn_reserve(struct cgn_conf_checker *c, size_t group)
{
	const struct cgn_conf_group *g = &c->conf->groups[group];
	const uint32_t ports = ports_of_subscriber(g);

	if (g->leases_reserve == 0 || g->leases_reserve < ports / RESERVE_PART)
		return;
	at(c, "groups[%zu].leases_reserve", group);
	warn(c,
			"%" PRIu32 " of the %" PRIu32
			" ports that a subscriber can have are kept for "
			"leases; traffic gets %" PRIu32,
			g->leases_reserve, ports, ports - g->leases_reserve);
}

/* Warn if a limit that the file gives can never be reached. @param most  what a subscriber can have */
static void
warn_out_of_reach(struct cgn_conf_checker *c, size_t group, const char *key, uint32_t limit,
		uint32_t most)
{
	if (at(c, "groups[%zu].%s", group, key) && c->is_given && limit > most)
		warn(c,
				"a subscriber cannot have more than %" PRIu32
				", since all its ports are %" PRIu32,
				most, ports_of_subscriber(&c->conf->groups[group]));
}

static void
warn_limits(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];
	const uint32_t ports = ports_of_subscriber(g);

	warn_out_of_reach(c, i, "mappings_max", g->mappings_max, ports * CGN_PROTO_COUNT);
	warn_out_of_reach(c, i, "mappings_udp_max", g->mappings_of_max[CGN_PROTO_UDP], ports);
	warn_out_of_reach(c, i, "mappings_tcp_max", g->mappings_of_max[CGN_PROTO_TCP], ports);
	warn_out_of_reach(c, i, "mappings_icmp_max", g->mappings_of_max[CGN_PROTO_ICMP], ports);
}

/* Whether a link of an inside port or a route by one leads to a part of a prefix. */
static bool
has_way_inside(const struct cgn_conf *conf, const struct cgn_prefix *p)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *port = &conf->ports[i];

		for (unsigned int k = 0; port->side == CGN_SIDE_INSIDE && k < port->n_addresses;
				k++) {
			if (cgn_prefix_overlaps(&port->addresses[k], p))
				return true;
		}
	}
	for (size_t i = 0; i < conf->n_routes; i++) {
		if (conf->ports[conf->routes[i].port].side == CGN_SIDE_INSIDE &&
				cgn_prefix_overlaps(&conf->routes[i].prefix, p))
			return true;
	}
	return false;
}

static void
warn_groups(struct cgn_conf_checker *c)
{
	for (size_t i = 0; i < c->conf->n_groups; i++) {
		const struct cgn_conf_group *g = &c->conf->groups[i];

		/* In a deterministic group, ranges of its own limit a subscriber, too. */
		if (!g->deterministic.is_on) {
			warn_reserve(c, i);
			warn_limits(c, i);
		}
		for (size_t k = 0; k < g->n_prefixes; k++) {
			at(c, "groups[%zu].prefixes[%zu]", i, k);
			if (!has_way_inside(c->conf, &g->prefixes[k]))
				warn(c,
						"no link of an inside port and no route leads there, so these "
						"subscribers are not served");
		}
	}
}

/* --- links and routes -------------------------------------------------------------------------- */

static void
warn_no_way_out(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t i = 0; i < conf->n_routes; i++) {
		if (conf->ports[conf->routes[i].port].side == CGN_SIDE_OUTSIDE)
			return;
	}
	at(c, "routes");
	warn(c, "no route leads outside, so only hosts on the links of outside ports are reached");
}

/* The least or the greatest MTU of a side. */
static uint16_t
mtu_of(const struct cgn_conf *conf, enum cgn_side side, bool want_greatest)
{
	uint16_t mtu = 0;

	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *p = &conf->ports[i];

		if (p->side == side && (mtu == 0 || (p->mtu > mtu) == want_greatest))
			mtu = p->mtu;
	}
	return mtu;
}

/* The interface of the kernel that a device receives from, without end of string. @param[out] len  0: it names none */
static const char *
interface_of(const struct cgn_conf_port *p, size_t *len)
{
	const char *found = strstr(p->device, ",iface=");

	*len = 0;
	if (found == NULL)
		return p->device;
	found += strlen(",iface=");
	*len = strcspn(found, ",");
	return found;
}

/* Two ports on one interface receive the same frames, unless their VLANs differ. */
static void
warn_interfaces(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t i = 1; i < conf->n_ports; i++) {
		for (size_t k = 0; k < i; k++) {
			size_t len, len_k;
			const char *is = interface_of(&conf->ports[i], &len);
			const char *is_k = interface_of(&conf->ports[k], &len_k);

			if (len == 0 || len != len_k || memcmp(is, is_k, len) != 0 ||
					conf->ports[i].vlan != conf->ports[k].vlan)
				continue;
			at(c, "ports[%zu].device", i);
			warn(c, "ports[%zu] has the same interface and VLAN", k);
		}
	}
}

static void
warn_mtu(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;
	const uint16_t outside = mtu_of(conf, CGN_SIDE_OUTSIDE, false);
	enum cgn_side side = conf->softwire.role == CGN_SOFTWIRE_AFTR ? CGN_SIDE_INSIDE
								      : CGN_SIDE_OUTSIDE;

	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side != CGN_SIDE_INSIDE || conf->ports[i].mtu >= outside)
			continue;
		at(c, "ports[%zu].mtu", i);
		warn(c,
				"smaller than the %u of the outside ports: larger packets to subscribers are "
				"fragmented or refused",
				outside);
	}
	if (conf->softwire.role == CGN_SOFTWIRE_OFF ||
			conf->softwire.tunnel_mtu <= mtu_of(conf, side, true))
		return;
	at(c, "softwire.tunnel_mtu");
	warn(c, "greater than the mtu of the ports that softwires use, which is %u",
			mtu_of(conf, side, true));
}

/* --- PCP --------------------------------------------------------------------------------------- */

/* Whether a prefix has all hosts of a group. */
static bool
covers_group(const struct cgn_prefix *p, const struct cgn_conf_group *g)
{
	for (size_t k = 0; k < g->n_prefixes; k++) {
		if (p->len > g->prefixes[k].len || !cgn_prefix_overlaps(p, &g->prefixes[k]))
			return false;
	}
	return true;
}

static void
warn_third_party(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t i = 0; i < conf->pcp.n_third_party; i++) {
		for (size_t k = 0; k < conf->n_groups; k++) {
			if (!covers_group(&conf->pcp.third_party[i], &conf->groups[k]))
				continue;
			at(c, "pcp.third_party[%zu]", i);
			warn(c,
					"this has all hosts of group %s: each of them may open and close "
					"ports of all others",
					conf->groups[k].name);
			break;
		}
	}
}

void
cgn_conf_warn_all(struct cgn_conf_checker *c)
{
	warn_no_way_out(c);
	warn_interfaces(c);
	warn_mtu(c);
	warn_pools(c);
	warn_groups(c);
	warn_pass_through(c);
	warn_third_party(c);
}
