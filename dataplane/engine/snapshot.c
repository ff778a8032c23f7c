/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes and frees snapshots: the tables that all workers share, and the routes of each worker.
 */
#include "dataplane/engine/snapshot.h"

#include <errno.h>
#include <stdlib.h>

static bool
has_ip6(const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		for (unsigned int j = 0; j < conf->ports[i].n_addresses; j++) {
			if (conf->ports[i].addresses[j].is_ip6)
				return true;
		}
	}
	return false;
}

/* The first worker's routes have the FIBs. They are large, and those of the others would be the same. */
static int
init_routes(struct cgn_snapshot *s)
{
	int ret = 0;

	for (unsigned int w = 0; w < s->n_workers; w++) {
		for (unsigned int side = 0; ret == 0 && side < CGN_SIDE_COUNT; side++) {
			ret = cgn_routes_init(&s->workers[w].routes[side], s->conf,
					(enum cgn_side)side,
					w == 0 ? NULL : &s->workers[0].routes[side]);
			if (ret == 0)
				ret = cgn_route6_init(&s->workers[w].routes6[side], s->conf,
						(enum cgn_side)side);
		}
	}
	return ret;
}

int
cgn_snapshot_create(struct cgn_snapshot **out, const struct cgn_conf *conf,
		const struct cgn_steer *steer, const struct cgn_moved *moved,
		const struct cgn_snapshot *before, char why[static CGN_BOOK_WHY_MAX])
{
	struct cgn_snapshot *s = calloc(1, sizeof(*s) + conf->workers * sizeof(s->workers[0]));
	int ret;

	why[0] = '\0';
	if (s == NULL)
		return -ENOMEM;
	s->conf = conf;
	s->n_workers = conf->workers;
	s->has_ip6 = has_ip6(conf);
	cgn_address_init(&s->addrs, conf, NULL);
	ret = cgn_nat_plan_init(&s->nat, conf, before == NULL ? NULL : &before->nat, why);
	if (ret == 0)
		ret = cgn_owner_init(&s->owner, &s->nat, steer, moved);
	if (ret == 0)
		ret = init_routes(s);
	if (ret < 0) {
		cgn_snapshot_free(s);
		return ret;
	}
	*out = s;
	return 0;
}

void
cgn_snapshot_free(struct cgn_snapshot *s)
{
	if (s == NULL)
		return;
	/* The first worker's routes come last: the others use its FIBs. */
	for (unsigned int w = s->n_workers; w-- > 0;) {
		for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++) {
			cgn_routes_fini(&s->workers[w].routes[side]);
			cgn_route6_fini(&s->workers[w].routes6[side]);
		}
	}
	cgn_owner_fini(&s->owner);
	cgn_nat_plan_fini(&s->nat);
	free(s);
}
