/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of routes and neighbours, for conf_check.c: each address lies on the link of one port, which is found
 * here, and belongs to another host than cgnd.
 */
#include "controlplane/conf/conf_check_links.h"

#include "shared/addr_text.h"

#include <string.h>

#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

/* An entry with an address on a link: a route with its next hop, a neighbour. */
struct linked {
	const char *list;
	size_t index;
	const char *key; /* of the address */
	const struct cgn_ip *addr;
	uint16_t *port; /* the port whose link it is on; it is found here */
};

/* Whether a prefix contains an address. */
static bool
has_ip(const struct cgn_prefix *p, const struct cgn_ip *ip)
{
	if (p->is_ip6 != ip->is_ip6)
		return false;
	if (!ip->is_ip6)
		return cgn_prefix_has4(p, ip->ip4);
	for (unsigned int bit = 0; bit < p->len; bit++) {
		if (((p->ip6.b[bit / 8] ^ ip->ip6.b[bit / 8]) & (0x80 >> bit % 8)) != 0)
			return false;
	}
	return true;
}

static bool
is_link_local(const struct cgn_ip *ip)
{
	return ip->is_ip6 && ip->ip6.b[0] == 0xfe && (ip->ip6.b[1] & 0xc0) == 0x80;
}

/* Whether a next hop is on a port's link. */
static bool
on_link(const struct cgn_conf_port *port, const struct cgn_ip *via)
{
	if (is_link_local(via))
		return true;
	for (unsigned int k = 0; k < port->n_addresses; k++) {
		if (has_ip(&port->addresses[k], via))
			return true;
	}
	return false;
}

/* An address as cgn_conf_checker_same_ip() takes it. */
static struct cgn_prefix
host_prefix(const struct cgn_ip *ip)
{
	struct cgn_prefix p = { .is_ip6 = ip->is_ip6 };

	if (ip->is_ip6)
		p.ip6 = ip->ip6;
	else
		p.ip4 = ip->ip4;
	return p;
}

static bool
conf_is_own(const struct cgn_conf_port *port, const struct cgn_ip *ip)
{
	const struct cgn_prefix p = host_prefix(ip);

	for (unsigned int k = 0; k < port->n_addresses; k++) {
		if (cgn_conf_checker_same_ip(&port->addresses[k], &p))
			return true;
	}
	return false;
}

/* Look at the address of an entry. */
static bool
at_linked(struct cgn_conf_checker *c, const struct linked *l)
{
	return at(c, "%s[%zu].%s", l->list, l->index, l->key);
}

/* Whether all ports have their addresses, so that links are known. */
static bool
links_known(struct cgn_conf_checker *c)
{
	for (size_t i = 0; i < c->conf->n_ports; i++) {
		if (!at(c, "ports[%zu].addresses", i))
			return false;
		for (size_t k = 0; k < c->node->n_children; k++) {
			if (c->node->children[k]->is_bad)
				return false;
		}
	}
	return at(c, "ports");
}

/* Find the port that the entry names. @return false: there is no such port */
static bool
resolve_named_port(struct cgn_conf_checker *c, const struct linked *l)
{
	struct cgn_conf_suggest near = { 0 };

	for (size_t p = 0; p < c->conf->n_ports; p++) {
		if (strcmp(c->conf->ports[p].name, c->node->text) == 0) {
			*l->port = (uint16_t)p;
			if (at_linked(c, l) && links_known(c) &&
					!on_link(&c->conf->ports[p], l->addr) && at_linked(c, l))
				refuse(c, "must be an address on a link of port %s",
						c->conf->ports[p].name);
			return true;
		}
		cgn_conf_suggest_word(&near, c->node->text, c->conf->ports[p].name);
	}
	cgn_conf_checker_refuse_name(c, "a port", &near);
	return false;
}

/* Find the port whose link the address is on. */
static bool
resolve_link(struct cgn_conf_checker *c, const struct linked *l)
{
	size_t found = 0;

	if (!links_known(c) || !at_linked(c, l))
		return false;
	for (size_t p = 0; p < c->conf->n_ports; p++) {
		if (on_link(&c->conf->ports[p], l->addr) && found++ == 0)
			*l->port = (uint16_t)p;
	}
	if (found == 1)
		return true;
	*l->port = UINT16_MAX;
	if (found == 0)
		refuse(c, "must be an address on the link of a port");
	else
		refuse(c, "must have the key port beside it: %zu ports are on this link", found);
	return false;
}

/* Find the port of an entry; it is UINT16_MAX before. @return whether it has one */
static bool
resolve_port(struct cgn_conf_checker *c, const struct linked *l)
{
	*l->port = UINT16_MAX;
	if (!at(c, "%s[%zu].port", l->list, l->index))
		return false;
	return c->is_given && c->node->kind == CGN_CONF_YAML_SCALAR ? resolve_named_port(c, l)
								    : resolve_link(c, l);
}

/* Whether an address stands for a whole link of the port (RFC 2644); a /31 has none (RFC 3021). */
static bool
is_of_all(const struct cgn_conf_port *port, const struct cgn_ip *ip)
{
	for (unsigned int k = 0; !ip->is_ip6 && k < port->n_addresses; k++) {
		const struct cgn_prefix *p = &port->addresses[k];
		const uint32_t host = p->len < 31 ? ~cgn_mask4(p->len) : 0;
		const uint32_t part = rte_be_to_cpu_32(ip->ip4) & host;

		if (host != 0 && cgn_prefix_has4(p, ip->ip4) && (part == 0 || part == host))
			return true;
	}
	return false;
}

/* Check that an address can belong to another host. */
static void
check_linked_host(struct cgn_conf_checker *c, const struct linked *l)
{
	const struct cgn_conf_port *port = &c->conf->ports[*l->port];

	if (!at_linked(c, l))
		return;
	if (conf_is_own(port, l->addr))
		refuse(c, "must be a neighbour; this is an address of port %s", port->name);
	else if (is_of_all(port, l->addr))
		refuse(c, "must be a host; this is a network or broadcast address of port %s's link",
				port->name);
}

static void
check_route(struct cgn_conf_checker *c, size_t i)
{
	struct cgn_conf *conf = c->conf;
	struct cgn_conf_route *r = &conf->routes[i];
	const struct linked l = { "routes", i, "via", &r->via, &r->port };
	bool found = resolve_port(c, &l);

	if (!at(c, "routes[%zu].prefix", i) || !at(c, "routes[%zu].via", i))
		return;
	if (r->prefix.is_ip6 != r->via.is_ip6)
		refuse(c, "must be an address of the prefix's family");
	if (!found)
		return;
	check_linked_host(c, &l);
	/* Each side has its own table of routes. */
	for (size_t j = 0; j < i; j++) {
		const struct cgn_conf_route *other = &conf->routes[j];

		if (other->port == UINT16_MAX || other->prefix.len != r->prefix.len ||
				!cgn_conf_checker_same_ip(&other->prefix, &r->prefix) ||
				conf->ports[other->port].side != conf->ports[r->port].side)
			continue;
		at(c, "routes[%zu].prefix", i);
		refuse(c, "must be there once on a side; routes[%zu] has it as well", j);
		break;
	}
}

static void
check_neighbour(struct cgn_conf_checker *c, size_t i)
{
	struct cgn_conf_neighbour *n = &c->conf->neighbours[i];
	const struct linked l = { "neighbours", i, "address", &n->address, &n->port };
	const struct cgn_prefix host = host_prefix(&n->address);

	if (!resolve_port(c, &l) || !at_linked(c, &l))
		return;
	check_linked_host(c, &l);
	for (size_t j = 0; j < i; j++) {
		const struct cgn_conf_neighbour *other = &c->conf->neighbours[j];
		const struct cgn_prefix p = host_prefix(&other->address);

		if (other->port != n->port || !cgn_conf_checker_same_ip(&p, &host) ||
				!at(c, "neighbours[%zu].address", j))
			continue;
		at_linked(c, &l);
		refuse(c, "must be there once on a port; neighbours[%zu] has it as well", j);
		break;
	}
}

void
cgn_conf_check_links_all(struct cgn_conf_checker *c)
{
	for (size_t i = 0; i < c->conf->n_routes; i++)
		check_route(c, i);
	for (size_t i = 0; i < c->conf->n_neighbours; i++)
		check_neighbour(c, i);
}
