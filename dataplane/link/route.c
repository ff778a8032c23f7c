/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * IPv4 routes of one side, with shortcuts by the first octets of a destination.
 */
#include "dataplane/link/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_fib.h>
#include <rte_lcore.h>

#define NO_NEXTHOP 0x7fff /* the largest next hop that fits into 15 bits */

static int
compare_routes(const void *a, const void *b)
{
	const struct cgn_route *x = a, *y = b;

	return x->mask == y->mask ? 0 : x->mask > y->mask ? -1 : 1;
}

static uint16_t
add_nexthop(struct cgn_routes *r, const struct cgn_nexthop *new)
{
	for (unsigned int i = 0; i < r->n_nexthops; i++) {
		if (r->nexthops[i].gateway == new->gateway && r->nexthops[i].port == new->port &&
				r->nexthops[i].link_mask == new->link_mask)
			return (uint16_t)i;
	}
	r->nexthops[r->n_nexthops] = *new;
	return (uint16_t)r->n_nexthops++;
}

/* A link of /31 or /32 has no broadcast address (RFC 3021). */
static uint16_t
add_link(struct cgn_routes *r, uint16_t port, uint16_t mtu, unsigned int len)
{
	struct cgn_nexthop nh = {
		.port = port, .mtu = mtu, .link_mask = len < 31 ? cgn_mask4(len) : UINT32_MAX
	};

	return add_nexthop(r, &nh);
}

static uint16_t
add_gateway(struct cgn_routes *r, const struct cgn_conf_route *c, uint16_t mtu)
{
	struct cgn_nexthop nh = {
		.gateway = c->via.ip4, .port = c->port, .mtu = mtu, .link_mask = UINT32_MAX
	};

	return add_nexthop(r, &nh);
}

static void
add_route(struct cgn_routes *r, const struct cgn_prefix *prefix, uint16_t nexthop)
{
	uint32_t mask = cgn_mask4(prefix->len);

	r->routes[r->n_routes++] = (struct cgn_route){
		.net = rte_be_to_cpu_32(prefix->ip4) & mask,
		.mask = mask,
		.nexthop = nexthop,
	};
}

static void
collect_routes(struct cgn_routes *r, const struct cgn_conf *conf, enum cgn_side side)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *p = &conf->ports[i];

		for (unsigned int j = 0; p->side == side && j < p->n_addresses; j++) {
			if (!p->addresses[j].is_ip6)
				add_route(r, &p->addresses[j],
						add_link(r, (uint16_t)i, p->mtu,
								p->addresses[j].len));
		}
	}
	for (size_t i = 0; i < conf->n_routes; i++) {
		const struct cgn_conf_route *c = &conf->routes[i];

		if (!c->prefix.is_ip6 && conf->ports[c->port].side == side)
			add_route(r, &c->prefix, add_gateway(r, c, conf->ports[c->port].mtu));
	}
	qsort(r->routes, r->n_routes, sizeof(*r->routes), compare_routes);
}

/* The next hop that all addresses of a net have in common. NULL: they differ. */
static struct cgn_nexthop *
next_hop_of_all(const struct cgn_routes *r, uint32_t net, uint32_t mask)
{
	/* The list is sorted by length: the first route that covers the whole net decides. */
	for (unsigned int i = 0; i < r->n_routes; i++) {
		const struct cgn_route *route = &r->routes[i];
		struct cgn_nexthop *nh = &r->nexthops[route->nexthop];
		uint32_t both = route->mask & mask;

		if ((net & both) != (route->net & both))
			continue;
		return route->mask == both && nh->link_mask == UINT32_MAX ? nh : NULL;
	}
	return NULL;
}

/* Fill the table by second octet, for a first octet that does not decide. */
static int
fill_second(struct cgn_routes *r, uint32_t octet)
{
	struct cgn_nexthop **second = calloc(256, sizeof(struct cgn_nexthop *));

	if (second == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < 256; i++)
		second[i] = next_hop_of_all(r, octet << 24 | i << 16, UINT32_C(0xffff0000));
	r->by_second[octet] = second;
	return 0;
}

static bool
has_route_in(const struct cgn_routes *r, uint32_t octet)
{
	for (unsigned int i = 0; i < r->n_routes; i++) {
		if (r->routes[i].net >> 24 == octet && r->routes[i].mask > UINT32_C(0xff000000))
			return true;
	}
	return false;
}

static int
fill_octets(struct cgn_routes *r)
{
	int ret = 0;

	for (uint32_t octet = 0; ret == 0 && octet < 256; octet++) {
		r->by_octet[octet] = next_hop_of_all(r, octet << 24, UINT32_C(0xff000000));
		if (r->fib == NULL && has_route_in(r, octet))
			ret = fill_second(r, octet);
	}
	return ret;
}

static int
build_fib(struct cgn_routes *r)
{
	/* Names of FIBs must differ in the whole process. */
	static _Atomic(unsigned int) serial;
	char name[32];
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8,
		.default_nh = NO_NEXTHOP,
		.max_routes = (int)r->n_routes * 2 + 16,
		.dir24_8 = { .nh_sz = RTE_FIB_DIR24_8_2B, .num_tbl8 = r->n_routes + 16 },
	};

	snprintf(name, sizeof(name), "cgn_%u", atomic_fetch_add(&serial, 1));
	r->fib = rte_fib_create(name, (int)rte_socket_id(), &conf);
	if (r->fib == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < r->n_routes; i++) {
		unsigned int len = (unsigned int)__builtin_popcount(r->routes[i].mask);

		if (rte_fib_add(r->fib, r->routes[i].net, (uint8_t)len, r->routes[i].nexthop) < 0)
			return -ENOMEM;
	}
	return 0;
}

int
cgn_routes_init(struct cgn_routes *r, const struct cgn_conf *conf, enum cgn_side side,
		const struct cgn_routes *like)
{
	size_t max = conf->n_ports * CGN_PORT_ADDRS_MAX + conf->n_routes + 1;

	*r = (struct cgn_routes){ 0 };
	r->routes = calloc(max, sizeof(*r->routes));
	r->nexthops = calloc(max, sizeof(*r->nexthops));
	if (r->routes == NULL || r->nexthops == NULL)
		goto fini;
	collect_routes(r, conf, side);
	/* Few routes are searched in a list. That is faster, and needs no memory for a FIB. */
	r->has_borrowed_fib = like != NULL;
	if (r->has_borrowed_fib)
		r->fib = like->fib;
	else if (r->n_routes > CGN_ROUTE_SCAN && build_fib(r) < 0)
		goto fini;
	if (fill_octets(r) < 0)
		goto fini;
	return 0;

fini:
	cgn_routes_fini(r);
	return -ENOMEM;
}

void
cgn_routes_fini(struct cgn_routes *r)
{
	if (!r->has_borrowed_fib)
		rte_fib_free(r->fib);
	for (unsigned int i = 0; i < RTE_DIM(r->by_second); i++)
		free(r->by_second[i]);
	free(r->routes);
	free(r->nexthops);
	*r = (struct cgn_routes){ 0 };
}

struct cgn_nexthop *
cgn_routes_lookup_fib(const struct cgn_routes *r, rte_be32_t dst)
{
	uint32_t ip = rte_be_to_cpu_32(dst);
	uint64_t nh;

	if (rte_fib_lookup_bulk(r->fib, &ip, &nh, 1) < 0 || nh == NO_NEXTHOP)
		return NULL;
	return &r->nexthops[nh];
}

bool
cgn_routes_has_specific(const struct cgn_routes *r, rte_be32_t addr)
{
	uint32_t a = rte_be_to_cpu_32(addr);

	for (unsigned int i = 0; i < r->n_routes; i++) {
		if ((a & r->routes[i].mask) == r->routes[i].net)
			/* 100.64.0.0/10: a shorter route, such as the default route, does not mean that
			 * this range is routed. */
			return r->routes[i].mask >= cgn_mask4(10);
	}
	return false;
}
