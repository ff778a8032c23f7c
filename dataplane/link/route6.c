/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * IPv6 routes of one side, as a sorted list.
 */
#include "dataplane/link/route6.h"

#include <errno.h>
#include <stdlib.h>

static int
compare_routes6(const void *a, const void *b)
{
	const struct cgn_route6 *x = a, *y = b;

	return (int)y->len - (int)x->len;
}

static void
add_route6(struct cgn_routes6 *r, const struct cgn_prefix *p, const struct cgn_conf *conf,
		uint16_t port, const struct cgn_ip *via)
{
	struct cgn_route6 *route = &r->at[r->n++];

	*route = (struct cgn_route6){
		.prefix = cgn_ip6_prefix(&p->ip6, p->len),
		.len = p->len,
		.nh = { .port = port, .mtu = conf->ports[port].mtu },
	};
	if (via != NULL)
		route->nh.gateway = *via;
}

int
cgn_route6_init(struct cgn_routes6 *r, const struct cgn_conf *conf, enum cgn_side side)
{
	*r = (struct cgn_routes6){ 0 };
	r->at = calloc(conf->n_ports * CGN_PORT_ADDRS_MAX + conf->n_routes + 1, sizeof(*r->at));
	if (r->at == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *p = &conf->ports[i];

		for (unsigned int j = 0; p->side == side && j < p->n_addresses; j++) {
			if (p->addresses[j].is_ip6)
				add_route6(r, &p->addresses[j], conf, (uint16_t)i, NULL);
		}
	}
	for (size_t i = 0; i < conf->n_routes; i++) {
		const struct cgn_conf_route *c = &conf->routes[i];

		if (c->prefix.is_ip6 && conf->ports[c->port].side == side)
			add_route6(r, &c->prefix, conf, c->port, &c->via);
	}
	qsort(r->at, r->n, sizeof(*r->at), compare_routes6);
	return 0;
}

void
cgn_route6_fini(struct cgn_routes6 *r)
{
	free(r->at);
	*r = (struct cgn_routes6){ 0 };
}

struct cgn_nexthop6 *
cgn_route6_lookup(const struct cgn_routes6 *r, const struct cgn_ip6 *dst)
{
	for (unsigned int i = 0; i < r->n; i++) {
		struct cgn_ip6 p = cgn_ip6_prefix(dst, r->at[i].len);

		if (memcmp(&p, &r->at[i].prefix, sizeof(p)) == 0)
			return &r->at[i].nh;
	}
	return NULL;
}
