/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Brings static mappings into line with the configuration.
 */
#include "dataplane/nat/static_turn.h"

#include "dataplane/nat/cut.h"
#include "dataplane/nat/drain.h"
#include "dataplane/nat/lease.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/subscriber_regroup.h"
#include "dataplane/nat/subscriber_state.h"

#include <errno.h>

#define LOOK_MAX 256 /* mappings, or static mappings, that one turn looks at */
#define AGAIN_S  1   /* until what could not be made is tried again */

/* --- what is gone -------------------------------------------------------------------------- */

static bool
is_as_configured(const struct cgn_nat *n, const struct cgn_mapping *m)
{
	const struct cgn_conf_static *st = cgn_statics_find(
			n->turn.statics, m->in_addr, m->in_port, m->proto);

	return st != NULL && st->ext_addr == m->ext_addr &&
			st->ext_port == rte_be_to_cpu_16(m->ext_port);
}

static bool
must_end(const struct cgn_nat *n, uint32_t ref)
{
	const struct cgn_mapping *m = &n->maps.at[ref];

	return cgn_life_is_there(n, ref) && (m->flags & CGN_MAPPING_STATIC) != 0 &&
			!is_as_configured(n, m);
}

/* @return true: all mappings were looked at */
static bool
end_some(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_static_turn *t = &n->turn;

	for (unsigned int i = 0; i < LOOK_MAX && *budget != 0 && t->map_at < n->maps.fresh; i++) {
		uint32_t ref = t->map_at++;

		if (!must_end(n, ref))
			continue;
		*budget -= RTE_MIN(*budget, cgn_cut_mapping(n, ref, now));
	}
	return t->map_at >= n->maps.fresh;
}

/* --- what is new --------------------------------------------------------------------------- */

static bool
is_client(const struct cgn_conf_static *st, uint32_t realm, rte_be32_t addr, rte_be16_t port)
{
	return realm == 0 && addr == st->in_addr && port == rte_cpu_to_be_16(st->in_port);
}

/* Take an external port of a protocol from whoever has it. @return what it cost of the budget */
static unsigned int
clear_port(struct cgn_nat *n, const struct cgn_conf_static *st, uint32_t ord, uint8_t proto,
		cgn_tick now)
{
	uint32_t slot = *cgn_ext_slot(&n->ext, ord, proto, st->ext_port);

	if (cgn_ext_is_held(slot)) {
		const struct cgn_hold_entry *h = cgn_hold_at(
				&n->subs->ports.hold, slot & ~CGN_EXT_HELD);

		if (is_client(st, h->realm, h->addr, h->in_port))
			return 0;
		cgn_subscribers_end_hold(n->subs, h, now);
	} else {
		uint32_t ref = cgn_ext_mapping(&n->ext, slot);
		const struct cgn_mapping *m = &n->maps.at[ref];

		if (ref == 0 || is_client(st, m->realm, m->in_addr, m->in_port))
			return 0;
		return cgn_cut_mapping(n, ref, now);
	}
	return 1;
}

static int
static_add(struct cgn_nat *n, const struct cgn_conf_static *st, cgn_tick now)
{
	struct cgn_cmd_map cmd = {
		.in = { .addr = st->in_addr,
				.port = rte_cpu_to_be_16(st->in_port),
				.proto = (uint8_t)st->proto },
		.ext = { .addr = st->ext_addr,
				.port = rte_cpu_to_be_16(st->ext_port),
				.proto = (uint8_t)st->proto },
		.flags = CGN_MAPPING_STATIC,
	};

	return cgn_lease_add(n, &cmd, NULL, now);
}

/* Whether the book gives an address to this worker. */
static bool
is_my_address(const struct cgn_nat *n, rte_be32_t addr)
{
	const struct cgn_ext_addr *a = cgn_ext_find(&n->ext, addr);

	return a != NULL && a->worker == n->ext.worker && !a->is_leaving;
}

/* Whether a subscriber has an address, or can get it: it has one for all its ports (RFC 4787 REQ-2). An address that leaves
 * another pool is closed, and has no free block. @param sub  CGN_SUB_NONE: it is not there yet */
static bool
can_pair(const struct cgn_nat *n, uint32_t sub, uint32_t ord)
{
	const struct cgn_ports *p = &n->subs->ports;

	if (sub != CGN_SUB_NONE && cgn_subscribers_at(n->subs, sub)->ext_ord == ord)
		return true;
	return cgn_block_own(&p->map, ord) != NULL || cgn_pool_free_blocks(&p->pools, ord) > 0;
}

/* End all that a subscriber has if its address is another one. @return false: the budget is used up */
static bool
leave_address(struct cgn_nat *n, uint32_t sub, uint32_t ord, cgn_tick now, unsigned int *budget)
{
	struct cgn_subscriber_port_walk walk = { 0 };
	uint32_t ref;

	if (sub == CGN_SUB_NONE || cgn_subscribers_at(n->subs, sub)->ext_ord == ord)
		return true;
	while ((ref = cgn_subscriber_regroup_next(n->subs, sub, &walk, budget, now)) != 0) {
		unsigned int cost = cgn_cut_mapping(n, ref, now);

		*budget -= RTE_MIN(*budget, cost);
	}
	return *budget > 0;
}

/* End what is in the way of a static mapping. @return what it cost of the budget */
static unsigned int
clear_way(struct cgn_nat *n, const struct cgn_conf_static *st, uint32_t ord, cgn_tick now)
{
	const struct cgn_mapping *m = cgn_mappings_find_in(&n->maps, 0, st->in_addr,
			rte_cpu_to_be_16(st->in_port), (uint8_t)st->proto);
	unsigned int cost = 1;

	if (m != NULL)
		cost += cgn_cut_mapping(n, (uint32_t)(m - n->maps.at), now);
	for (uint8_t proto = 0; proto < CGN_PROTO_COUNT; proto++)
		cost += clear_port(n, st, ord, proto, now);
	return cost;
}

/* Make a static mapping if it is not there. @return 0; -EAGAIN: the budget is used up, else: it cannot be made now */
static int
static_make(struct cgn_nat *n, const struct cgn_conf_static *st, cgn_tick now, unsigned int *budget)
{
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, st->ext_addr);
	const struct cgn_mapping *m;
	unsigned int cost;
	uint32_t sub;

	/* Another worker makes it. */
	if (!is_my_address(n, st->ext_addr))
		return 0;
	if (h == NULL)
		return -EBUSY;
	m = cgn_mappings_find_in(&n->maps, 0, st->in_addr, rte_cpu_to_be_16(st->in_port),
			(uint8_t)st->proto);
	if (m != NULL && (m->flags & CGN_MAPPING_STATIC) != 0)
		return 0;
	sub = cgn_subscribers_find4(n->subs, st->in_addr);
	if (!can_pair(n, sub, h->ord))
		return -ENOSPC;
	if (!leave_address(n, sub, h->ord, now, budget))
		return -EAGAIN;
	cost = clear_way(n, st, h->ord, now);
	*budget -= RTE_MIN(*budget, cost);
	return static_add(n, st, now);
}

/* @return true: all static mappings were looked at */
static bool
make_some(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_static_turn *t = &n->turn;

	for (unsigned int i = 0; i < LOOK_MAX && *budget != 0 && t->static_at < t->statics->n;
			i++) {
		int ret = static_make(n, &t->statics->at[t->static_at], now, budget);

		if (ret == -EAGAIN)
			break;
		t->static_at++;
		t->n_failed += ret < 0;
	}
	return t->static_at >= t->statics->n;
}

/* --- turns --------------------------------------------------------------------------------- */

void
cgn_static_turn_begin(struct cgn_nat *n, const struct cgn_statics *statics)
{
	struct cgn_static_turn *t = &n->turn;
	bool has_some = statics->n != 0 || t->statics->n != 0 || t->is_due;

	*t = (struct cgn_static_turn){ .statics = statics, .map_at = 1, .is_due = has_some };
}

bool
cgn_static_turn_poll(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_static_turn *t = &n->turn;

	if (likely(!t->is_due) || (t->is_waiting && !cgn_tick_reached(now, t->again)))
		return false;
	t->is_waiting = false;
	/* New addresses are opened first, and subscribers that cannot stay as they are have ended. */
	if (cgn_drain_is_looking(n) || n->regroup.is_on)
		return true;
	/* A subscriber that comes from another worker has connections that were ended there. */
	if (t->map_at == 1)
		cgn_drain_reset_more(n, now);
	if (!end_some(n, now, budget) || !make_some(n, now, budget))
		return true;
	cgn_counter_set(&n->stats->gauge[CGN_G_STATICS_WAITING], t->n_failed);
	t->is_due = t->is_waiting = t->n_failed != 0;
	t->again = now + cgn_ticks(AGAIN_S);
	t->static_at = 0;
	t->n_failed = 0;
	return false;
}

int
cgn_static_turn_start(struct cgn_nat *n, const struct cgn_statics *statics, cgn_tick now)
{
	n->turn = (struct cgn_static_turn){ .statics = statics };
	for (size_t i = 0; i < statics->n; i++) {
		const struct cgn_conf_static *st = &statics->at[i];
		const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, st->ext_addr);

		/* Another worker makes it. */
		if (h == NULL)
			continue;
		/* More subscribers have static mappings on the address than it has blocks. */
		if (!can_pair(n, cgn_subscribers_find4(n->subs, st->in_addr), h->ord))
			n->turn.is_due = true;
		else if (static_add(n, st, now) < 0)
			return -EINVAL;
	}
	n->turn.map_at = n->maps.fresh;
	return 0;
}
