/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Waits for the store on behalf of the lessor: an answer leaves only after the commit of what it says.
 */
#include "controlplane/lease/lessor_commit.h"

#include "controlplane/lease/downtime.h"
#include "controlplane/lease/lessor_record.h"

#include <errno.h>

/* How long a store that came late must work after it has all leases. Until then answers do not depend on
 * it. */
#define PROBATION_MS 300000

/* --- commits ------------------------------------------------------------------------------- */

void
cgn_lessor_commit_stamp(struct cgn_lessor *l)
{
	if (!l->is_filling)
		(void)cgn_store_put_stamp(
				l->cfg.store, cgn_lessor_wall_ms(l), cgn_lessor_boot_ms(l));
}

void
cgn_lessor_commit_old_stamp(const struct cgn_lessor *l, int64_t *wall, int64_t *boot)
{
	*wall = cgn_lessor_wall_ms(l) - CGN_DOWNTIME_OLD_MS;
	*boot = cgn_lessor_boot_ms(l) - CGN_DOWNTIME_OLD_MS;
}

/* The store does not take the leases that cgnd has. An old stamp makes it look incomplete to the next
 * start. Filling it is tried again. */
static void
fill_again(struct cgn_lessor *l, uint64_t now_ms)
{
	int64_t wall, boot;

	cgn_lessor_commit_old_stamp(l, &wall, &boot);
	(void)cgn_store_put_stamp(l->cfg.store, wall, boot);
	l->is_late = true;
	l->is_filling = true;
	(void)cgn_timerq_set(l->cfg.timers, &l->fill, now_ms + CGN_LESSOR_RECORD_LAZY_MS);
}

/*
 * Decide what the end of a commit means to those who wait for it.
 *
 * A full disk may take a new store with all leases, because removing the old one has freed some room. Soon
 * after that it takes nothing any more. So answers do not wait for a store that came late until it has taken
 * changes for some minutes.
 */
static int
judge_commit(struct cgn_lessor *l, int ret, uint64_t now_ms)
{
	if (ret < 0 && (l->is_late || now_ms < l->trusted_ms)) {
		fill_again(l, now_ms);
		return 0;
	}
	if (ret == 0 && l->is_late && l->is_whole_commit) {
		l->is_late = false;
		l->trusted_ms = now_ms + PROBATION_MS;
	}
	return ret;
}

int
cgn_lessor_commit_begin(struct cgn_lessor *l, uint64_t now_ms)
{
	uint64_t n;
	int ret;

	cgn_timerq_cancel(l->cfg.timers, &l->lazy);
	if (!cgn_store_is_dirty(l->cfg.store))
		return 0;
	/* While a commit is under way, no other one begins. The new changes go with the next one. */
	if (!cgn_store_is_busy(l->cfg.store, &n)) {
		cgn_lessor_commit_stamp(l);
		l->is_whole_commit = !l->is_filling;
	}
	ret = cgn_store_commit(l->cfg.store);
	return ret == -EINPROGRESS ? ret : judge_commit(l, ret, now_ms);
}

static void
commit_lazily(void *arg, uint64_t now_ms)
{
	(void)cgn_lessor_commit_begin(arg, now_ms);
}

/* --- who waits for a commit ---------------------------------------------------------------- */

static void
call_all(struct cgn_lessor_wait *w, int ret, uint64_t now_ms)
{
	while (w != NULL) {
		struct cgn_lessor_wait *next = w->next;

		w->is_set = false;
		w->done(w->arg, ret, now_ms); /* may set it again, or free it */
		w = next;
	}
}

/* Begin a commit for those who wait and have come since the last one began. */
static void
commit_for(struct cgn_lessor *l, uint64_t now_ms)
{
	struct cgn_lessor_wait *called;
	uint64_t n;
	int ret;

	if (l->coming == NULL || cgn_store_is_busy(l->cfg.store, &n))
		return;
	called = l->coming;
	l->coming = NULL;
	ret = cgn_lessor_commit_begin(l, now_ms);
	if (ret == -EINPROGRESS)
		l->waiting = called;
	else
		call_all(called, ret, now_ms);
}

void
cgn_lessor_commit_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms)
{
	struct cgn_lessor_wait **at = &l->coming;

	while (*at != NULL)
		at = &(*at)->next;
	w->next = NULL;
	w->is_set = true;
	*at = w;
	/* A store that does not have all leases yet proves nothing, so nobody waits for it. */
	if (l->is_filling)
		cgn_lessor_commit_release(l, 0, now_ms);
	else
		commit_for(l, now_ms);
}

void
cgn_lessor_commit_release(struct cgn_lessor *l, int ret, uint64_t now_ms)
{
	struct cgn_lessor_wait *waiting = l->waiting, *coming = l->coming;

	l->waiting = l->coming = NULL;
	call_all(waiting, ret, now_ms);
	call_all(coming, ret, now_ms);
}

void
cgn_lessor_commit_ended(struct cgn_lessor *l, uint64_t now_ms)
{
	struct cgn_lessor_wait *called = l->waiting;
	int ret;

	if (!cgn_store_poll(l->cfg.store, &ret))
		return;
	l->waiting = NULL;
	call_all(called, judge_commit(l, ret, now_ms), now_ms);
	commit_for(l, now_ms);
	/* Changes that nobody waits for may have come after the commit began. */
	if (cgn_store_is_dirty(l->cfg.store) && l->lazy.pos == 0)
		(void)cgn_timerq_set(l->cfg.timers, &l->lazy, now_ms + CGN_LESSOR_RECORD_LAZY_MS);
}

/* --- life ---------------------------------------------------------------------------------- */

void
cgn_lessor_commit_init(struct cgn_lessor *l)
{
	l->lazy.fire = commit_lazily;
	l->lazy.arg = l;
}

void
cgn_lessor_commit_fini(struct cgn_lessor *l)
{
	cgn_timerq_cancel(l->cfg.timers, &l->lazy);
	cgn_lessor_commit_release(l, -ECANCELED, 0);
}
