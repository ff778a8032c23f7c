/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Takes a snapshot of the configuration.
 */
#include "dataplane/engine/swap.h"

#include "dataplane/engine/tunnel.h"

void
cgn_swap_begin(struct cgn_engine *e, struct cgn_snapshot *s)
{
	const struct cgn_snapshot_worker *mine = &s->workers[e->worker];

	e->conf = s->conf;
	/* Copies, so that a packet needs no further access to memory. What the structs point to is not copied. */
	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++) {
		e->routes[side] = mine->routes[side];
		e->routes6[side] = mine->routes6[side];
	}
	e->addrs = s->addrs;
	e->addrs.routes = e->routes;
	e->has_ip6 = s->has_ip6;
	e->owner = s->owner;
}

void
cgn_swap_run(struct cgn_engine *e, struct cgn_snapshot *s)
{
	cgn_nat_set_plan(&e->nat, &s->nat);
	cgn_swap_begin(e, s);
	cgn_out_new_routes(&e->out);
	if (e->tunnel != NULL)
		cgn_tunnel_new_routes(e->tunnel);
	/* A packet may come for a new pool at once. Its addresses must not wait for the next tick. */
	e->has_more_due = true;
}
