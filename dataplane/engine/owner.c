/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which worker owns a subscriber: by a static mapping, by the formula of its group, by what a former process has paired it
 * with, or by the hash of its prefix.
 */
#include "dataplane/engine/owner.h"

#include <errno.h>
#include <stdlib.h>

static int
compare_pins(const void *a, const void *b)
{
	const struct cgn_owner_pin *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

const struct cgn_owner_pin *
cgn_owner_find_pin(const struct cgn_owner *o, rte_be32_t addr)
{
	struct cgn_owner_pin key = { .addr = addr };

	return bsearch(&key, o->pins, o->n_pins, sizeof(key), compare_pins);
}

rte_be32_t
cgn_owner_subscriber(const struct cgn_owner *o, rte_be32_t addr)
{
	uint32_t group = cgn_group_find4(&o->groups, addr);

	return group == CGN_GROUP_NONE ? addr : addr & o->masks[group];
}

/* The worker of a place outside. Addresses are assigned to the workers in turn (ext.h). */
static unsigned int
det_worker(const struct cgn_owner *o, uint32_t group, const struct cgn_det_place *place)
{
	return (o->det_worker[group] + place->outside) % o->steer->n_workers;
}

/* The worker of a subscriber behind no static mapping and no formula. */
static unsigned int
owner_by_prefix(const struct cgn_owner *o, rte_be32_t addr)
{
	unsigned int worker = cgn_steer_inside(o->steer, addr);

	return likely(o->moved == NULL) ? worker : cgn_moved_worker4(o->moved, addr, worker);
}

unsigned int
cgn_owner_of_special(const struct cgn_owner *o, rte_be32_t addr)
{
	uint32_t group = cgn_group_find4(&o->groups, addr);
	const struct cgn_owner_pin *pin;
	struct cgn_det_place place;

	if (group != CGN_GROUP_NONE) {
		if (o->dets.by_group[group] != NULL &&
				cgn_det_forward4(o->dets.by_group[group], addr, &place))
			return det_worker(o, group, &place);
		addr &= o->masks[group];
	}
	pin = cgn_owner_find_pin(o, addr);
	return pin != NULL ? pin->worker : owner_by_prefix(o, addr);
}

unsigned int
cgn_owner_of6(const struct cgn_owner *o, const struct cgn_ip6 *addr)
{
	uint32_t group = cgn_group_find6(&o->groups, addr);
	struct cgn_ip6 prefix = *addr;
	struct cgn_det_place place;
	unsigned int worker;

	/* One worker owns everything. The hash of 16 octets can be saved. */
	if (o->steer->n_workers == 1)
		return 0;
	if (group != CGN_GROUP_NONE) {
		if (unlikely(o->dets.by_group[group] != NULL) &&
				cgn_det_forward6(o->dets.by_group[group], addr, &place))
			return det_worker(o, group, &place);
		prefix = cgn_ip6_prefix(addr, o->len6[group]);
	}
	worker = cgn_steer_inside6(o->steer, &prefix);
	return likely(o->moved == NULL) ? worker : cgn_moved_worker6(o->moved, &prefix, worker);
}

/* A subscriber with a static mapping belongs to the worker of the external address. Otherwise the two
 * directions of a flow would be on different workers. */
static int
init_pins(struct cgn_owner *o, const struct cgn_conf *conf, const struct cgn_book *book)
{
	o->pins = calloc(conf->nat.n_statics + 1, sizeof(*o->pins));
	if (o->pins == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < conf->nat.n_statics; i++) {
		const struct cgn_conf_static *s = &conf->nat.statics[i];
		const struct cgn_ext_addr *h = cgn_book_find(book, s->ext_addr);

		if (h != NULL)
			o->pins[o->n_pins++] = (struct cgn_owner_pin){
				.addr = cgn_owner_subscriber(o, s->in_addr),
				.worker = h->worker,
			};
	}
	qsort(o->pins, o->n_pins, sizeof(*o->pins), compare_pins);
	return 0;
}

static void
init_deterministic(struct cgn_owner *o, const struct cgn_book *book)
{
	for (size_t g = 0; g < o->dets.n_groups; g++) {
		if (o->dets.by_group[g] != NULL)
			o->det_worker[g] = cgn_book_find(
					book, cgn_det_address(o->dets.by_group[g], 0))
							   ->worker;
	}
}

int
cgn_owner_init(struct cgn_owner *o, const struct cgn_nat_plan *plan, const struct cgn_steer *steer,
		const struct cgn_moved *moved)
{
	const struct cgn_conf *conf = plan->conf;

	*o = (struct cgn_owner){ .steer = steer,
		.groups = plan->groups,
		.dets = plan->dets,
		.moved = moved,
		.is_plain = conf->nat.n_statics == 0 && (moved == NULL || !moved->has_ip4) };
	for (size_t g = 0; g < conf->n_groups; g++) {
		uint8_t len = conf->groups[g].subscriber_prefix_len;

		o->masks[g] = rte_cpu_to_be_32(cgn_mask4(len));
		o->is_plain &= conf->groups[g].is_gone ||
				(len == 32 && !conf->groups[g].deterministic.is_on);
		o->len6[g] = conf->groups[g].subscriber_prefix6_len;
	}
	init_deterministic(o, plan->book);
	return init_pins(o, conf, plan->book);
}

void
cgn_owner_fini(struct cgn_owner *o)
{
	free(o->pins);
	o->pins = NULL;
	o->n_pins = 0;
}
