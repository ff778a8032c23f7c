/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tables of local addresses, of network and broadcast addresses, and of special ranges (RFC 6890).
 */
#include "dataplane/engine/address.h"

#include "shared/anycast.h"

#include <string.h>

#include <rte_common.h>

/* 192.0.0.8: the source of ICMP errors of a node without an IPv4 address (RFC 7600 section 4.8). */
#define DUMMY_ADDR RTE_BE32(0xc0000008)

rte_be32_t
cgn_address_for_errors(const struct cgn_addresses *a, const struct cgn_conf_port *port)
{
	for (unsigned int i = 0; i < port->n_addresses; i++) {
		if (!port->addresses[i].is_ip6)
			return port->addresses[i].ip4;
	}
	/* local[] begins with the addresses of outside ports. The anycast address is the last one: an error must not
	 * come from it, because other machines have it, too. */
	return a->n_local[CGN_SIDE_INSIDE] != 0 && a->local[0] != CGN_ANYCAST_ADDR ? a->local[0]
										   : DUMMY_ADDR;
}

bool
cgn_address_has_edge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side from)
{
	for (unsigned int i = 0; i < a->n_edges[from]; i++) {
		if (a->edges[i] == addr)
			return true;
	}
	return false;
}

bool
cgn_address_is_local6(const struct cgn_conf *conf, const uint8_t addr[16], enum cgn_side from)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *c = &conf->ports[i];

		if (from == CGN_SIDE_OUTSIDE && c->side != CGN_SIDE_OUTSIDE)
			continue;
		for (unsigned int j = 0; j < c->n_addresses; j++) {
			if (c->addresses[j].is_ip6 && memcmp(c->addresses[j].ip6.b, addr, 16) == 0)
				return true;
		}
	}
	return false;
}

enum cgn_verdict
cgn_address_judge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side side)
{
	uint32_t v = rte_be_to_cpu_32(addr);

	switch ((enum cgn_octet)a->octet[v >> 24]) {
	case CGN_OCTET_OK:
		break;
	case CGN_OCTET_MARTIAN:
		return v == UINT32_MAX ? CGN_V_MULTICAST : CGN_V_MARTIAN;
	case CGN_OCTET_MULTICAST:
		return CGN_V_MULTICAST;
	case CGN_OCTET_LOOK:
		if (v >> 16 == (169u << 8 | 254u))
			return CGN_V_MARTIAN;
		/* Shared address space must not cross a border unless it is routed there (RFC 6598). */
		if (side == CGN_SIDE_OUTSIDE && v >> 22 == (100u << 8 | 64u) >> 6 &&
				!cgn_routes_has_specific(&a->routes[side], addr))
			return CGN_V_MARTIAN;
		break;
	}
	return CGN_V_NONE;
}

/* Special ranges by first octet (RFC 6890). */
static void
init_octets(struct cgn_addresses *a)
{
	a->octet[0] = CGN_OCTET_MARTIAN;
	a->octet[127] = CGN_OCTET_MARTIAN;
	a->octet[100] = CGN_OCTET_LOOK;
	a->octet[169] = CGN_OCTET_LOOK;
	for (unsigned int i = 224; i < 240; i++)
		a->octet[i] = CGN_OCTET_MULTICAST;
	for (unsigned int i = 240; i < 256; i++)
		a->octet[i] = CGN_OCTET_MARTIAN;
}

static void
add_local(struct cgn_addresses *a, rte_be32_t addr)
{
	a->local[a->n_local[CGN_SIDE_INSIDE]++] = addr;
	a->local_bloom |= UINT64_C(1) << cgn_address_bloom_bit(addr);
}

static void
add_side(struct cgn_addresses *a, const struct cgn_conf *conf, enum cgn_side side)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *port = &conf->ports[i];

		for (unsigned int j = 0; port->side == side && j < port->n_addresses; j++) {
			if (!port->addresses[j].is_ip6)
				add_local(a, port->addresses[j].ip4);
		}
	}
}

static void
init_local(struct cgn_addresses *a, const struct cgn_conf *conf)
{
	add_side(a, conf, CGN_SIDE_OUTSIDE);
	a->n_local[CGN_SIDE_OUTSIDE] = a->n_local[CGN_SIDE_INSIDE];
	add_side(a, conf, CGN_SIDE_INSIDE);
	if (cgn_anycast_is_on(conf))
		add_local(a, CGN_ANYCAST_ADDR);
}

static bool
is_in_pool(const struct cgn_conf *conf, uint32_t addr)
{
	for (size_t i = 0; i < conf->n_pools; i++) {
		for (size_t j = 0; j < conf->pools[i].n_ranges; j++) {
			if (addr >= conf->pools[i].ranges[j].first &&
					addr <= conf->pools[i].ranges[j].last)
				return true;
		}
	}
	return false;
}

/* A pool address is usable even where it is the first or last address of a link. */
static void
add_edge(struct cgn_addresses *a, const struct cgn_conf *conf, uint32_t addr)
{
	if (is_in_pool(conf, addr))
		return;
	a->edges[a->n_edges[CGN_SIDE_INSIDE]++] = rte_cpu_to_be_32(addr);
	a->edge_bloom |= UINT64_C(1) << cgn_address_bloom_bit(rte_cpu_to_be_32(addr));
}

static void
add_edges(struct cgn_addresses *a, const struct cgn_conf *conf, enum cgn_side side)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *port = &conf->ports[i];

		for (unsigned int j = 0; port->side == side && j < port->n_addresses; j++) {
			const struct cgn_prefix *link = &port->addresses[j];
			uint32_t mask;

			/* A /31 link has no network or broadcast address (RFC 3021). */
			if (link->is_ip6 || link->len > 30)
				continue;
			mask = cgn_mask4(link->len);
			add_edge(a, conf, rte_be_to_cpu_32(link->ip4) & mask);
			add_edge(a, conf, rte_be_to_cpu_32(link->ip4) | ~mask);
		}
	}
}

static void
init_edges(struct cgn_addresses *a, const struct cgn_conf *conf)
{
	add_edges(a, conf, CGN_SIDE_OUTSIDE);
	a->n_edges[CGN_SIDE_OUTSIDE] = a->n_edges[CGN_SIDE_INSIDE];
	add_edges(a, conf, CGN_SIDE_INSIDE);
}

/* All addresses with these first octets need a closer look. */
static void
mark_special(struct cgn_addresses *a, uint32_t first, uint32_t last)
{
	for (uint32_t octet = first >> 24; octet <= last >> 24; octet++)
		a->is_ordinary[octet] = false;
}

void
cgn_address_init(struct cgn_addresses *a, const struct cgn_conf *conf,
		const struct cgn_routes *routes)
{
	memset(a, 0, sizeof(*a));
	a->routes = routes;
	init_octets(a);
	init_local(a, conf);
	init_edges(a, conf);
	/* One special address makes its whole first octet special, and the slow test then decides. */
	for (unsigned int i = 0; i < RTE_DIM(a->is_ordinary); i++)
		a->is_ordinary[i] = a->octet[i] == CGN_OCTET_OK;
	for (unsigned int i = 0; i < a->n_edges[CGN_SIDE_INSIDE]; i++)
		mark_special(a, rte_be_to_cpu_32(a->edges[i]), rte_be_to_cpu_32(a->edges[i]));
	for (unsigned int i = 0; i < a->n_local[CGN_SIDE_INSIDE]; i++)
		mark_special(a, rte_be_to_cpu_32(a->local[i]), rte_be_to_cpu_32(a->local[i]));
	if (conf->softwire.role != CGN_SOFTWIRE_OFF)
		a->is_ordinary[192] = false; /* 192.0.0.1 is the AFTR in every softwire */
	for (size_t i = 0; i < conf->n_pools; i++) {
		for (size_t j = 0; j < conf->pools[i].n_ranges; j++)
			mark_special(a, conf->pools[i].ranges[j].first,
					conf->pools[i].ranges[j].last);
	}
	for (size_t i = 0; i < conf->nat.n_pass_through; i++) {
		uint32_t mask = cgn_mask4(conf->nat.pass_through[i].len);
		uint32_t first = rte_be_to_cpu_32(conf->nat.pass_through[i].ip4) & mask;

		mark_special(a, first, first | ~mask);
	}
}
