/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/lessor_store.h"

#include "controlplane/lease/downtime.h"
#include "shared/log.h"
#include "shared/thread.h"

#include <errno.h>
#include <stdlib.h>

/* Milliseconds until ended leases leave the store, if nothing else is written. */
#define LAZY_COMMIT 1000

/* How long a client's epoch is kept after a start: nobody knows how long it is needed. */
#define EPOCH_KEEP_MS INT64_C(86400000)

/* Until a store that came late and has everything is relied upon. */
#define PROBATION_MS 300000

/* Leases that are put into a store that came late at a time: less than a millisecond of work. */
#define FILL 256

/* Buckets of clients that are looked at for ended epochs at a time. */
#define SWEEP 4096

CGN_LOG_TYPE("lessor");

/* --- clocks and timers --------------------------------------------------------------------- */

static int64_t
wall_ms(const struct cgn_lessor *l)
{
	return l->cfg.ops->wall_ms(l->cfg.ctx);
}

static int64_t
boot_ms(const struct cgn_lessor *l)
{
	return l->cfg.ops->boot_ms(l->cfg.ctx);
}

/* A time of the loop's clock by the clock of the store. */
static int64_t
to_store(const struct cgn_lessor *l, int64_t at_ms, uint64_t now_ms)
{
	return boot_ms(l) + (at_ms - (int64_t)now_ms);
}

static void
commit_lazily(void *arg, uint64_t now_ms)
{
	(void)cgn_lessor_store_commit(arg, now_ms);
}

/* A store that does not have all leases yet keeps the old stamp that it was begun with. */
static void
put_stamp(struct cgn_lessor *l)
{
	if (!l->is_filling)
		(void)cgn_store_put_stamp(l->cfg.store, wall_ms(l), boot_ms(l));
}

/* There is something to do again and again: a store to be stamped, or epochs that end. */
static void
arm_tidy(struct cgn_lessor *l, uint64_t now_ms)
{
	if (l->tidy.pos == 0 && (l->cfg.store != NULL || l->table.n_epochs != 0))
		(void)cgn_timerq_set(l->cfg.timers, &l->tidy, now_ms + CGN_DOWNTIME_STAMP_MS);
}

static void
epoch_ended(void *ctx, const struct cgn_leasetable_client *c)
{
	struct cgn_lessor *l = ctx;

	(void)cgn_store_del_epoch(l->cfg.store, c->realm, c->addr);
}

static void
tidy(void *arg, uint64_t now_ms)
{
	struct cgn_lessor *l = arg;
	uint32_t n = l->table.n_client_buckets < SWEEP ? l->table.n_client_buckets : SWEEP;

	if (l->table.n_epochs != 0)
		cgn_leasetable_sweep(&l->table, n, (int64_t)now_ms, epoch_ended, l);
	put_stamp(l);
	(void)cgn_lessor_store_commit(l, now_ms);
	arm_tidy(l, now_ms);
}

/* --- leases and the store ------------------------------------------------------------------ */

static void expire(void *arg, uint64_t now_ms);

/* Make a lease that ends at a time. */
struct cgn_leasetable_lease *
cgn_lessor_store_add(
		struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in, uint64_t end_ms)
{
	struct cgn_leasetable_lease *x = cgn_leasetable_add(&l->table, realm, in);

	if (x == NULL)
		return NULL;
	l->n_unstored++;
	x->owner = l;
	x->timer.fire = expire;
	x->timer.arg = x;
	if (cgn_timerq_set(l->cfg.timers, &x->timer, end_ms) < 0) {
		l->n_unstored--;
		cgn_leasetable_del(&l->table, x);
		return NULL;
	}
	return x;
}

static void
del(struct cgn_leasetable_lease *x)
{
	struct cgn_lessor *l = x->owner;

	l->n_loaded -= x->is_loaded ? 1 : 0;
	l->n_unstored -= x->is_stored ? 0 : 1;
	cgn_timerq_cancel(l->cfg.timers, &x->timer);
	cgn_leasetable_del(&l->table, x);
}

static void
mark_stored(struct cgn_leasetable_lease *x)
{
	struct cgn_lessor *l = x->owner;

	l->n_unstored -= x->is_stored ? 0 : 1;
	x->is_stored = true;
}

/* The store has the realm of everything that it has. */
static void
keep_realm(struct cgn_lessor *l, uint32_t realm)
{
	struct cgn_ip6 b4;
	unsigned int len;

	if (l->cfg.store == NULL || l->cfg.realms == NULL ||
			!cgn_realms_to_store(l->cfg.realms, realm, &b4, &len))
		return;
	if (cgn_store_put_realm(l->cfg.store, realm, &b4, len) < 0)
		CGN_LOG(ERR, "no memory to keep a realm");
}

static void
realm_freed(void *ctx, uint32_t realm)
{
	struct cgn_lessor *l = ctx;

	(void)cgn_store_del_realm(l->cfg.store, realm);
}

void
cgn_lessor_store_put(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;
	struct cgn_store_lease record = {
		.realm = x->client->realm,
		.lifetime_s = x->lifetime_s,
		.in = x->in,
		.ext = x->ext,
		.end_ms = boot_ms(l) + (int64_t)cgn_lessor_left_ms(x, now_ms),
	};

	keep_realm(l, x->client->realm);
	if (cgn_store_put(l->cfg.store, &record) < 0)
		CGN_LOG(ERR, "no memory to keep a lease");
	mark_stored(x);
}

void
cgn_lessor_store_forget(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;

	if (cgn_store_del(l->cfg.store, x->client->realm, &x->in) < 0)
		CGN_LOG(ERR, "no memory to forget a lease");
	del(x);
	if (l->lazy.pos == 0)
		(void)cgn_timerq_set(l->cfg.timers, &l->lazy, now_ms + LAZY_COMMIT);
}

static void
expire(void *arg, uint64_t now_ms)
{
	struct cgn_leasetable_lease *x = arg;
	struct cgn_lessor *l = x->owner;

	l->stats.expired++;
	cgn_lessor_store_forget(x, now_ms);
}

/* The store does not take what is in hand: it is to look incomplete, and is tried again. */
static void
fill_again(struct cgn_lessor *l, uint64_t now_ms)
{
	int64_t wall, boot;

	cgn_lessor_store_old_stamp(l, &wall, &boot);
	(void)cgn_store_put_stamp(l->cfg.store, wall, boot);
	l->is_late = true;
	l->is_filling = true;
	(void)cgn_timerq_set(l->cfg.timers, &l->fill, now_ms + LAZY_COMMIT);
}

/*
 * What the end of a commit means to those who wait for it. A disk that stays full takes a new store and what is in
 * hand, as the old one has left its room, and soon nothing any more. So answers do not wait for a store that came
 * late until it has taken changes for some minutes.
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
cgn_lessor_store_commit(struct cgn_lessor *l, uint64_t now_ms)
{
	uint64_t n;
	int ret;

	cgn_timerq_cancel(l->cfg.timers, &l->lazy);
	if (!cgn_store_is_dirty(l->cfg.store))
		return 0;
	/* While one is under way nothing begins, and what was put goes with the next one. */
	if (!cgn_store_is_busy(l->cfg.store, &n)) {
		put_stamp(l);
		l->is_whole_commit = !l->is_filling;
	}
	ret = cgn_store_commit(l->cfg.store);
	return ret == -EINPROGRESS ? ret : judge_commit(l, ret, now_ms);
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

/* Begin a commit for those who have come since the last one began. */
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
	ret = cgn_lessor_store_commit(l, now_ms);
	if (ret == -EINPROGRESS)
		l->waiting = called;
	else
		call_all(called, ret, now_ms);
}

void
cgn_lessor_store_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms)
{
	struct cgn_lessor_wait **at = &l->coming;

	while (*at != NULL)
		at = &(*at)->next;
	w->next = NULL;
	w->is_set = true;
	*at = w;
	if (l->is_filling)
		cgn_lessor_store_release(l, 0, now_ms);
	else
		commit_for(l, now_ms);
}

void
cgn_lessor_store_release(struct cgn_lessor *l, int ret, uint64_t now_ms)
{
	struct cgn_lessor_wait *waiting = l->waiting, *coming = l->coming;

	l->waiting = l->coming = NULL;
	call_all(waiting, ret, now_ms);
	call_all(coming, ret, now_ms);
}

void
cgn_lessor_store_stored(struct cgn_lessor *l, uint64_t now_ms)
{
	struct cgn_lessor_wait *called = l->waiting;
	int ret;

	if (!cgn_store_poll(l->cfg.store, &ret))
		return;
	l->waiting = NULL;
	call_all(called, judge_commit(l, ret, now_ms), now_ms);
	commit_for(l, now_ms);
	/* What nobody waits for came too late for it. */
	if (cgn_store_is_dirty(l->cfg.store) && l->lazy.pos == 0)
		(void)cgn_timerq_set(l->cfg.timers, &l->lazy, now_ms + LAZY_COMMIT);
}

/* --- epochs -------------------------------------------------------------------------------- */

static void
begin_epoch(struct cgn_lessor *l, uint64_t now_ms)
{
	l->epoch_ms = (int64_t)now_ms;
	/* A client's own epoch would be an older one. */
	cgn_leasetable_sweep(&l->table, l->table.n_client_buckets, INT64_MAX, epoch_ended, l);
	(void)cgn_store_put_epoch(l->cfg.store, 0, 0, boot_ms(l));
}

static rte_be32_t
epoch_owner(uint32_t realm, rte_be32_t addr)
{
	return realm == 0 ? addr : CGN_LESSOR_ALL;
}

void
cgn_lessor_store_reset(struct cgn_lessor *l, uint32_t realm, rte_be32_t addr, uint32_t lifetime_s,
		uint64_t now_ms)
{
	int64_t end_ms = (int64_t)now_ms + (int64_t)lifetime_s * 1000;
	struct cgn_leasetable_client *c;

	addr = epoch_owner(realm, addr);
	c = cgn_leasetable_get_client(&l->table, realm, addr);
	if (c == NULL) {
		CGN_LOG(ERR, "no memory to reset an epoch");
		return;
	}
	if (c->has_epoch && c->epoch_end_ms > end_ms)
		end_ms = c->epoch_end_ms;
	cgn_leasetable_set_epoch(&l->table, c, (int64_t)now_ms, end_ms);
	arm_tidy(l, now_ms);
	keep_realm(l, realm);
	(void)cgn_store_put_epoch(l->cfg.store, realm, addr, boot_ms(l));
	l->cfg.ops->lost(l->cfg.ctx, realm, addr, now_ms);
}

int64_t
cgn_lessor_store_epoch(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr)
{
	const struct cgn_leasetable_client *c = cgn_leasetable_find_client(
			&l->table, realm, epoch_owner(realm, addr));

	return c != NULL && c->has_epoch ? c->epoch_ms : l->epoch_ms;
}

/* --- restart ------------------------------------------------------------------------------- */

struct load {
	struct cgn_lessor *l;
	uint64_t now_ms;
	int64_t boot_ms;
	bool has_epoch;
};

/* Whether a row of the store is a native client's, or of a home that the store has. */
static bool
is_realm_known(const struct cgn_lessor *l, uint32_t realm)
{
	return realm == 0 || l->cfg.realms == NULL || cgn_realms_b4(l->cfg.realms, realm) != NULL;
}

static int
load_lease(void *arg, const struct cgn_store_lease *s)
{
	struct load *load = arg;
	struct cgn_lessor *l = load->l;
	int64_t left = s->end_ms - load->boot_ms;
	int64_t most = (int64_t)s->lifetime_s * 1000;
	bool is_known = is_realm_known(l, s->realm);
	struct cgn_leasetable_lease *x;

	l->stats.ended += left <= 0 ? 1 : 0;
	if (left <= 0 || !is_known)
		return cgn_store_del(l->cfg.store, s->realm, &s->in);
	/* No lease grows, whatever the store says. */
	x = cgn_lessor_store_add(
			l, s->realm, &s->in, load->now_ms + (uint64_t)(left < most ? left : most));
	if (x == NULL)
		return -ENOMEM;
	x->ext = s->ext;
	x->lifetime_s = s->lifetime_s;
	x->is_loaded = true;
	mark_stored(x);
	l->n_loaded++;
	return 0;
}

static int
load_epoch(void *arg, uint32_t realm, rte_be32_t addr, int64_t start_ms)
{
	struct load *load = arg;
	struct cgn_lessor *l = load->l;
	int64_t passed = load->boot_ms - start_ms;
	struct cgn_leasetable_client *c;

	if (!is_realm_known(l, realm))
		return cgn_store_del_epoch(l->cfg.store, realm, addr);
	/* An epoch that would lie in the future has begun now: clients see it as a loss, which costs
	 * them a renewal, no more. */
	if (passed < 0)
		passed = 0;
	if (addr == 0) {
		load->has_epoch = true;
		l->epoch_ms = (int64_t)load->now_ms - passed;
		return 0;
	}
	c = cgn_leasetable_get_client(&l->table, realm, addr);
	if (c == NULL)
		return -ENOMEM;
	cgn_leasetable_set_epoch(&l->table, c, (int64_t)load->now_ms - passed,
			(int64_t)load->now_ms + EPOCH_KEEP_MS);
	return 0;
}

/* Why the epoch of a store that was read does not go on; NULL: it does. */
static const char *
epoch_reason(const struct load *load, const struct cgn_downtime *down)
{
	if (down->lost_reason != NULL)
		return down->lost_reason;
	/* A wall clock that jumped ends leases that clients still count on. */
	if (!down->is_exact && load->l->stats.ended != 0)
		return "leases ended by the wall clock while the machine was down";
	return load->has_epoch ? NULL : "the store has none";
}

int
cgn_lessor_store_load(struct cgn_lessor *l, uint64_t now_ms)
{
	static const struct cgn_store_visitor visitor = {
		.lease = load_lease, .epoch = load_epoch, .is_over = cgn_thread_is_stop_pending
	};
	struct load load = { .l = l, .now_ms = now_ms, .boot_ms = boot_ms(l) };
	struct cgn_downtime down;
	int ret = cgn_downtime_begin(l->cfg.store, wall_ms(l), load.boot_ms, &down);

	if (ret == 0)
		ret = cgn_store_load(l->cfg.store, &visitor, &load);
	if (ret == -ECANCELED)
		return ret; /* what the store has, the epoch too, stays for the next start */
	l->epoch_reason = ret < 0 ? "the store cannot be used" : epoch_reason(&load, &down);
	if (l->epoch_reason != NULL)
		begin_epoch(l, now_ms);
	arm_tidy(l, now_ms);
	if (ret == 0 && l->cfg.realms != NULL)
		(void)cgn_realms_sweep(l->cfg.realms);
	return ret == 0 && l->epoch_reason != NULL ? -ENOENT : ret;
}

/* Put the epochs in hand in place of all that the store has. */
static void
put_epochs(struct cgn_lessor *l, uint64_t now_ms)
{
	struct cgn_store *store = l->cfg.store;

	(void)cgn_store_clear(store);
	if (l->cfg.realms != NULL)
		cgn_realms_unstore(l->cfg.realms);
	(void)cgn_store_put_epoch(store, 0, 0, to_store(l, l->epoch_ms, now_ms));
	for (uint32_t i = 0; i < l->table.n_client_buckets; i++) {
		for (const struct cgn_leasetable_client *c = l->table.client_buckets[i]; c != NULL;
				c = c->next) {
			if (!c->has_epoch)
				continue;
			keep_realm(l, c->realm);
			(void)cgn_store_put_epoch(
					store, c->realm, c->addr, to_store(l, c->epoch_ms, now_ms));
		}
	}
}

/*
 * Put some of the leases in hand, and the others soon, so that nobody waits for all of them. A lease that
 * ends moves another one to its place: what was missed so is found by the next round.
 */
static void
fill(void *arg, uint64_t now_ms)
{
	struct cgn_lessor *l = arg;
	struct cgn_leasetable *t = &l->table;

	for (unsigned int n = 0;
			n < FILL && l->n_unstored > 0 && !cgn_store_is_failing(l->cfg.store);) {
		struct cgn_leasetable_lease *x;

		if (l->filled_to >= t->n)
			l->filled_to = 0;
		x = t->at[l->filled_to++];
		if (!x->is_stored) {
			cgn_lessor_store_put(x, now_ms);
			n++;
		}
	}
	l->is_filling = l->n_unstored > 0 || cgn_store_is_failing(l->cfg.store);
	put_stamp(l);
	(void)cgn_lessor_store_commit(l, now_ms);
	if (l->is_filling)
		(void)cgn_timerq_set(l->cfg.timers, &l->fill,
				now_ms + (cgn_store_is_failing(l->cfg.store) ? LAZY_COMMIT : 1));
}

/* The store knows nothing of the leases in hand. */
static void
unstore(struct cgn_lessor *l)
{
	for (uint32_t i = 0; i < l->table.n; i++)
		l->table.at[i]->is_stored = false;
	l->n_unstored = l->table.n;
	l->filled_to = 0;
}

/* Until it has everything it is to look like one that was not written to for long. */
void
cgn_lessor_store_old_stamp(const struct cgn_lessor *l, int64_t *wall, int64_t *boot)
{
	*wall = wall_ms(l) - CGN_DOWNTIME_OLD_MS;
	*boot = boot_ms(l) - CGN_DOWNTIME_OLD_MS;
}

int
cgn_lessor_store_set(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms)
{
	int64_t wall, boot;
	int ret;

	cgn_timerq_cancel(l->cfg.timers, &l->fill);
	l->is_filling = false;
	l->is_late = store != NULL;
	l->trusted_ms = 0;
	l->cfg.store = store;
	if (store == NULL) {
		/* Leases are answered as if there were none. */
		cgn_lessor_store_release(l, 0, now_ms);
		return 0;
	}
	cgn_lessor_store_old_stamp(l, &wall, &boot);
	ret = cgn_store_begin(store, 0, true, wall, boot);
	if (ret == 0) {
		l->is_filling = true;
		unstore(l);
		put_epochs(l, now_ms);
		ret = cgn_lessor_store_commit(l, now_ms);
		ret = ret == -EINPROGRESS ? 0 : ret;
	}
	if (ret == 0)
		fill(l, now_ms);
	else
		l->cfg.store = NULL;
	arm_tidy(l, now_ms);
	return ret;
}

void
cgn_lessor_store_init(struct cgn_lessor *l, uint64_t now_ms)
{
	l->lazy.fire = commit_lazily;
	l->lazy.arg = l;
	l->tidy.fire = tidy;
	l->tidy.arg = l;
	l->fill.fire = fill;
	l->fill.arg = l;
	l->epoch_ms = (int64_t)now_ms;
	if (l->cfg.realms != NULL)
		cgn_realms_on_free(l->cfg.realms, realm_freed, l);
}

void
cgn_lessor_store_fini(struct cgn_lessor *l)
{
	cgn_timerq_cancel(l->cfg.timers, &l->lazy);
	cgn_timerq_cancel(l->cfg.timers, &l->tidy);
	cgn_timerq_cancel(l->cfg.timers, &l->fill);
	cgn_lessor_store_release(l, -ECANCELED, 0);
	if (l->is_filling)
		cgn_store_distrust(l->cfg.store);
	if (l->cfg.realms != NULL)
		cgn_realms_on_free(l->cfg.realms, NULL, NULL);
}
