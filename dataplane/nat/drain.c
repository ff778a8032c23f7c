/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Takes external addresses out of use: closes them, ends what is left on them, and tells when they are empty.
 *
 * Each turn of the worker does a little of each kind of work: it compares addresses with the configuration, looks for idle
 * subscribers of closed addresses, and works on closed addresses in turn.
 */
#include "dataplane/nat/drain.h"

#include "dataplane/nat/cut.h"
#include "dataplane/nat/follow.h"
#include "dataplane/nat/subscriber_drain.h"
#include "dataplane/nat/subscriber_restore.h"
#include "shared/mem.h"

#include <errno.h>

#define LOOK_MAX     256 /* addresses that one turn compares with the configuration */
#define LOOK_AGAIN_S 30  /* until addresses that could not be cut anew are looked at again */
#define CLOSE_MAX \
	4 /* addresses that one turn opens or closes; fewer if they have blocks in guard */
#define SWEEP_MAX 256 /* subscribers that one turn looks at */
#define VISIT_MAX 512 /* closed addresses that one turn looks at */
#define READ_MAX  512 /* a reading command ends after so many blocks in use */
#define GUARDS    32  /* blocks in guard that cost 1 of the budget */

int
cgn_drain_init(struct cgn_drain *d, uint32_t n, uint32_t room)
{
	*d = (struct cgn_drain){ .room = room };
	/* Small pages: the kernel takes too long for a huge one when the first address is closed. */
	d->at = cgn_mem_map_sparse_room(n * sizeof(*d->at), room * sizeof(*d->at));
	d->closed = cgn_mem_map_sparse_room(n * sizeof(*d->closed), room * sizeof(*d->closed));
	if (d->at != NULL && d->closed != NULL)
		return 0;
	cgn_drain_fini(d);
	return -ENOMEM;
}

void
cgn_drain_fini(struct cgn_drain *d)
{
	cgn_mem_unmap(d->at, d->room * sizeof(*d->at));
	cgn_mem_unmap(d->closed, d->room * sizeof(*d->closed));
	*d = (struct cgn_drain){ 0 };
}

/* --- open and close ------------------------------------------------------------------------ */

/* Look at all subscribers soon: some may be idle on a closed address. After that, look at all closed addresses. */
static void
drain_begin_sweep(struct cgn_nat *n)
{
	n->drain.sweep_left = RTE_MAX(cgn_subscribers_end(n->subs), 1u);
}

void
cgn_drain_revisit(struct cgn_nat *n)
{
	n->drain.visit_left = n->drain.n_closed;
	n->drain.work_at = 0;
}

static void
drain_close(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	struct cgn_drain *d = &n->drain;

	cgn_subscriber_drain_close(n->subs, ord);
	d->at[ord] = (struct cgn_drain_addr){
		.place = d->n_closed,
		.since = now,
		.cut_no = d->at[ord].cut_no,
		.state = CGN_DRAIN_DRAINING,
		.has_left = d->at[ord].has_left,
	};
	d->closed[d->n_closed++] = ord;
	drain_begin_sweep(n);
}

static void
drain_note_left(struct cgn_drain *d, uint32_t ord, bool has_left)
{
	d->n_leaving += has_left;
	d->n_leaving -= d->at[ord].has_left;
	d->at[ord].has_left = has_left;
}

static void
drain_spend(unsigned int *budget, unsigned int cost)
{
	*budget -= RTE_MIN(*budget, cost);
}

/* An address may have a thousand blocks in guard, and all of them are touched at once. @return what that costs */
static unsigned int
guards_cost(const struct cgn_nat *n, uint32_t ord)
{
	return cgn_subscriber_drain_guarded(n->subs, ord) / GUARDS;
}

static void
drain_put(struct cgn_drain *d, uint32_t place, uint32_t ord)
{
	d->closed[place] = ord;
	d->at[ord].place = place;
}

/* An address is no longer one of those that are closed. Those in front of work_at were looked at. They stay in front. */
static void
drain_drop(struct cgn_nat *n, uint32_t ord)
{
	struct cgn_drain *d = &n->drain;
	uint32_t place = d->at[ord].place, last;

	/* The control thread may not have looked while the address was empty. */
	cgn_counter_add(&n->stats->counter[CGN_C_LEASES_CUT], d->at[ord].leases);
	if (place < d->work_at) {
		drain_put(d, place, d->closed[--d->work_at]);
		place = d->work_at;
	}
	last = --d->n_closed;
	if (place != last)
		drain_put(d, place, d->closed[last]);
	drain_note_left(d, ord, false);
	d->at[ord] = (struct cgn_drain_addr){ 0 };
	d->visit_left = RTE_MIN(d->visit_left, d->n_closed);
	/* Without a closed address nothing is swept, so nothing waits for it. */
	if (d->n_closed == 0)
		d->sweep_left = 0;
}

/* Whether the configuration wants an address to be closed. */
static bool
drain_is_wanted(const struct cgn_nat *n, uint32_t ord)
{
	const struct cgn_conf_pool *pool = &n->conf->pools[n->ext.owned_pool[ord]];

	return cgn_ext_has_left(&n->ext, ord) ||
			cgn_range4_has(pool->drained, pool->n_drained,
					rte_be_to_cpu_32(n->ext.owned_addr[ord]));
}

/* The worker may have got an address at an ordinal. It may be one that drains. @return whether it has */
static bool
drain_add(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	if (!cgn_follow_open(n->subs, ord))
		return false;
	if (drain_is_wanted(n, ord))
		drain_close(n, ord, now);
	return true;
}

/* An empty address has left the configuration. The book may have another one at its ordinal, or the same in another pool. */
static void
drain_leave(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	drain_drop(n, ord);
	cgn_follow_remove(n->subs, ord);
	/* Static mappings may wait for it. */
	if (drain_add(n, ord, now))
		n->turn.is_waiting = false;
}

/* An address goes on. block_size or port_range may have changed. */
static bool
drain_cut(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	enum cgn_follow_result ret = cgn_follow_cut(n->subs, ord);

	if (ret == CGN_FOLLOW_LATER) {
		n->drain.is_postponed = true;
		n->drain.look_again = now + cgn_ticks(LOOK_AGAIN_S);
	}
	return ret == CGN_FOLLOW_CUT;
}

/* While the address was closed, its ports may have been left as they were cut before. */
static void
drain_open(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	drain_drop(n, ord);
	cgn_subscriber_drain_open(n->subs, ord, now);
	(void)drain_cut(n, ord, now);
}

/* Give an address the state that the configuration wants. @return what it has cost; 0: it has that state */
static unsigned int
drain_look(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	struct cgn_drain_addr *a = &n->drain.at[ord];
	unsigned int cost = 1;
	bool wants_closed;

	if (!cgn_ext_has(&n->ext, ord))
		return drain_add(n, ord, now) ? cost : 0;
	cost += guards_cost(n, ord);
	drain_note_left(&n->drain, ord, cgn_ext_has_left(&n->ext, ord));
	wants_closed = drain_is_wanted(n, ord);
	if (a->has_left && a->state == CGN_DRAIN_EMPTY)
		drain_leave(n, ord, now);
	else if ((a->state != CGN_DRAIN_OPEN) == wants_closed)
		return !a->has_left && drain_cut(n, ord, now) ? cost : 0;
	else if (wants_closed)
		drain_close(n, ord, now);
	else
		drain_open(n, ord, now);
	return cost;
}

/* One more than the highest ordinal of the worker and the book. */
static uint32_t
drain_end_ord(const struct cgn_nat *n)
{
	return RTE_MAX(n->ext.n_owned, n->ext.book->parts[n->ext.worker].n);
}

static void
drain_look_on(struct cgn_nat *n, cgn_tick now)
{
	struct cgn_drain *d = &n->drain;
	uint32_t end = drain_end_ord(n);
	unsigned int cost = 0;

	for (unsigned int i = 0; i < LOOK_MAX && cost < CLOSE_MAX && d->look_at < end; i++)
		cost += drain_look(n, d->look_at++, now);
}

void
cgn_drain_begin(struct cgn_nat *n, cgn_tick now)
{
	for (uint32_t ord = 0; ord < n->ext.n_owned; ord++)
		(void)drain_look(n, ord, now);
	n->drain.look_at = n->ext.n_owned;
}

void
cgn_drain_set_conf(struct cgn_nat *n)
{
	n->drain.look_at = 0;
}

/* --- end ----------------------------------------------------------------------------------- */

/* End mappings and hold-downs of an address. */
static void
drain_end_some(struct cgn_nat *n, uint32_t ord, cgn_tick now, unsigned int *budget)
{
	struct cgn_drain_addr *a = &n->drain.at[ord];

	while (*budget > 0) {
		uint32_t ref = cgn_subscriber_drain_next(n->subs, ord, &a->cell, budget, now);
		unsigned int cost;

		if (ref == 0)
			return;
		cost = cgn_cut_mapping(n, ref, now);
		drain_spend(budget, cost);
		a->ended++;
	}
}

static void
drain_begin_end(struct cgn_nat *n, uint32_t ord)
{
	cgn_subscriber_drain_shut(n->subs, ord);
	n->drain.at[ord].state = CGN_DRAIN_ENDING;
	n->drain.at[ord].cell = 0;
}

static void
drain_finish(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	cgn_subscriber_drain_shut(n->subs, ord);
	n->drain.at[ord].state = CGN_DRAIN_EMPTY;
	if (n->drain.at[ord].has_left)
		drain_leave(n, ord, now);
}

/* Work on an address whose time is over. @return true if more is to be done at once */
static bool
drain_end(struct cgn_nat *n, uint32_t ord, cgn_tick now, unsigned int *budget)
{
	struct cgn_drain_addr *a = &n->drain.at[ord];
	bool was_walked = a->cell == CGN_SUBSCRIBER_DRAIN_CELLS;

	drain_end_some(n, ord, now, budget);
	if (a->cell != CGN_SUBSCRIBER_DRAIN_CELLS)
		return true;
	if (cgn_subscriber_drain_paired(n->subs, ord) != 0) {
		/* Their ports are free now, so they are idle. */
		if (!was_walked)
			drain_begin_sweep(n);
		return false;
	}
	drain_spend(budget, guards_cost(n, ord));
	(void)cgn_subscriber_drain_unguard(n->subs, ord, true, now);
	drain_finish(n, ord, now);
	return false;
}

/* Work on an address whose time goes on. It may have become empty by itself. */
static void
drain_wait(struct cgn_nat *n, uint32_t ord, cgn_tick now, unsigned int *budget)
{
	if (cgn_subscriber_drain_paired(n->subs, ord) != 0)
		return;
	drain_spend(budget, guards_cost(n, ord));
	if (cgn_subscriber_drain_unguard(n->subs, ord, false, now))
		drain_finish(n, ord, now);
}

/* @return as drain_end() */
static bool
drain_work(struct cgn_nat *n, uint32_t ord, cgn_tick now, unsigned int *budget)
{
	enum cgn_drain_state state = cgn_drain_left_state(n, ord);

	if (state == CGN_DRAIN_EMPTY)
		return false;
	if (state == CGN_DRAIN_DRAINING && cgn_drain_left(n, ord, now) != 0) {
		drain_wait(n, ord, now, budget);
		return false;
	}
	if (state == CGN_DRAIN_DRAINING)
		drain_begin_end(n, ord);
	drain_spend(budget, CGN_SUBSCRIBER_DRAIN_WALK);
	return drain_end(n, ord, now, budget);
}

/* --- turns --------------------------------------------------------------------------------- */

static void
drain_sweep(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_drain *d = &n->drain;
	uint32_t looked = cgn_subscriber_drain_sweep(n->subs, &d->sweep_at, SWEEP_MAX, budget, now);

	if (d->sweep_left == 0)
		return;
	d->sweep_left -= looked == 0 ? d->sweep_left : RTE_MIN(d->sweep_left, looked);
	/* Some addresses may have no subscriber any more. */
	if (d->sweep_left == 0)
		cgn_drain_revisit(n);
}

static void
drain_visit(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_drain *d = &n->drain;

	for (unsigned int i = 0; i < RTE_MIN(d->n_closed, VISIT_MAX) && *budget > 0; i++) {
		uint32_t n_closed = d->n_closed, left = d->visit_left;

		d->work_at = d->work_at < d->n_closed ? d->work_at : 0;
		if (drain_work(n, d->closed[d->work_at], now, budget)) {
			d->visit_left = RTE_MAX(d->visit_left, 1u);
			continue;
		}
		/* One that has left gave its place to the next one. */
		d->work_at += d->n_closed == n_closed;
		d->visit_left = RTE_MIN(left - (left != 0), d->n_closed);
	}
}

bool
cgn_drain_is_looking(const struct cgn_nat *n)
{
	return n->drain.look_at < drain_end_ord(n);
}

bool
cgn_drain_poll(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_drain *d = &n->drain;

	/* Saved state may have more for a closed address. So it is not empty yet, and those without a port stay. */
	if (cgn_subscriber_restore_is_awaited(n->subs))
		return false;
	if (d->is_postponed && cgn_tick_reached(now, d->look_again)) {
		d->is_postponed = false;
		d->look_at = 0;
	}
	if (cgn_drain_is_looking(n))
		drain_look_on(n, now);
	if (d->is_resetting && cgn_tick_reached(now, d->reset_end))
		d->is_resetting = false;
	/* First all addresses that are to be in use again are opened. The new time is not for what is on them. */
	if (d->n_closed != 0 && !cgn_drain_is_looking(n)) {
		drain_sweep(n, now, budget);
		drain_visit(n, now, budget);
	}
	return d->visit_left != 0 || d->sweep_left != 0 || cgn_drain_is_looking(n);
}

bool
cgn_drain_is_following(const struct cgn_nat *n)
{
	return n->drain.n_leaving != 0 || cgn_drain_is_looking(n);
}

/* --- reading ------------------------------------------------------------------------------- */

static void
drain_show(const struct cgn_nat *n, uint32_t ord, cgn_tick now, struct cgn_drain_info *out)
{
	const struct cgn_drain_addr *a = &n->drain.at[ord];

	*out = (struct cgn_drain_info){
		.addr = n->ext.owned_addr[ord],
		.pool = n->ext.owned_pool[ord],
		.state = a->state,
		.age_s = (now - a->since) / CGN_TICK_HZ,
		.left_s = (cgn_drain_left(n, ord, now) + CGN_TICK_HZ - 1) / CGN_TICK_HZ,
		.ended = a->ended,
	};
	cgn_subscriber_drain_count(n->subs, ord, out);
}

bool
cgn_drain_read(const struct cgn_nat *n, cgn_tick now, uint64_t *cursor, struct cgn_drain_info *rows,
		uint32_t max, uint32_t *n_rows)
{
	const struct cgn_drain *d = &n->drain;
	uint64_t end = RTE_MIN(*cursor + LOOK_MAX, (uint64_t)n->ext.n_owned);
	uint32_t n_blocks = 0;

	*n_rows = 0;
	if (d->n_closed == 0)
		*cursor = end = n->ext.n_owned;
	for (; *cursor < end && *n_rows < max && n_blocks < READ_MAX; ++*cursor) {
		if (d->at[*cursor].state == CGN_DRAIN_OPEN)
			continue;
		drain_show(n, (uint32_t)*cursor, now, &rows[*n_rows]);
		n_blocks += rows[(*n_rows)++].blocks;
	}
	return *cursor >= n->ext.n_owned;
}
