/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Watches the external addresses that are taken out of use, and moves the leases of those that are empty. Moves leases that
 * the workers have ended because of a reload.
 *
 * Each reading of the workers' tables makes a new list of closed addresses. The list is compared with the one before.
 */
#include "controlplane/drains.h"

#include "controlplane/lease/lessor_move.h"
#include "controlplane/loop/loop.h"
#include "controlplane/workers/table_reader.h"
#include "shared/addr_text.h"
#include "shared/log.h"
#include "shared/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

CGN_LOG_TYPE("drains");

#define READ_MS 1000 /* between two readings */
#define SOON_MS 250  /* the same while mappings are being ended */
#define MOVE_MS 20   /* between two calls that move leases */
#define PAGE    64   /* rows of a page */

/* Closed addresses in the order of their numbers. */
struct list {
	struct cgn_drain_info *at;
	size_t n;
	size_t size;
};

struct cgn_drains {
	struct cgn_drains_cfg cfg;
	struct cgn_timer timer; /* reads */
	struct cgn_timer mover;
	struct list now;  /* of the last reading */
	struct list next; /* of the reading under way */
	bool is_reading;
	bool is_again;     /* read again after the reading under way */
	bool is_following; /* some worker works off a reload */
	bool moves_all;    /* the mover looks at all leases, not only at those of empty addresses */
	uint64_t cut;      /* leases that reloads have ended; they were looked for */
	uint64_t mappings_cut; /* mappings that reloads have ended; they were told */
	unsigned int n_logged;
	unsigned int n_unlogged;
	struct cgn_table_reader_page page;
	struct cgn_drain_info rows[PAGE];
};

/* --- lists --------------------------------------------------------------------------------- */

static int
drains_compare(const void *va, const void *vb)
{
	const struct cgn_drain_info *a = va, *b = vb;

	return (a->addr > b->addr) - (a->addr < b->addr);
}

static const struct cgn_drain_info *
drains_find(const struct list *l, rte_be32_t addr)
{
	const struct cgn_drain_info key = { .addr = addr };

	return l->n == 0 ? NULL : bsearch(&key, l->at, l->n, sizeof(*l->at), drains_compare);
}

static int
drains_append(struct list *l, const struct cgn_drain_info *rows, size_t n)
{
	if (n == 0)
		return 0;
	if (l->n + n > l->size) {
		size_t size = 2 * (l->n + n);
		struct cgn_drain_info *at = realloc(l->at, size * sizeof(*at));

		if (at == NULL)
			return -ENOMEM;
		l->at = at;
		l->size = size;
	}
	memcpy(&l->at[l->n], rows, n * sizeof(*rows));
	l->n += n;
	return 0;
}

/* --- log ----------------------------------------------------------------------------------- */

static bool
may_log(struct cgn_drains *d)
{
	if (d->n_logged < CGN_DRAINS_LOGGED) {
		d->n_logged++;
		return true;
	}
	d->n_unlogged++;
	return false;
}

static const char *
pool_name(const struct cgn_drains *d, const struct cgn_drain_info *x)
{
	return x->pool < d->cfg.conf->n_pools ? d->cfg.conf->pools[x->pool].name : "?";
}

static void
log_begin(struct cgn_drains *d, const struct cgn_drain_info *x)
{
	char text[CGN_ADDR_TEXT_MAX];

	if (!may_log(d))
		return;
	if (x->subscribers == 0 && x->ports == 0 && x->leases == 0)
		CGN_LOG(DRAIN_BEGINS,
				"drain begins, nothing uses the address: it is free at once address=%s pool=%s",
				cgn_addr_text_format_ip4(x->addr, text), pool_name(d, x));
	else
		CGN_LOG(DRAIN_BEGINS,
				"drain begins address=%s pool=%s left_s=%" PRIu32
				" subscribers=%" PRIu32 " ports=%" PRIu32 " leases=%" PRIu32,
				cgn_addr_text_format_ip4(x->addr, text), pool_name(d, x), x->left_s,
				x->subscribers, x->ports, x->leases);
}

static void
log_empty(struct cgn_drains *d, const struct cgn_drain_info *x)
{
	char text[CGN_ADDR_TEXT_MAX];

	if (may_log(d))
		CGN_LOG(DRAIN_EMPTY,
				"address is empty address=%s pool=%s took_s=%" PRIu32
				" mappings_ended=%" PRIu32,
				cgn_addr_text_format_ip4(x->addr, text), pool_name(d, x), x->age_s,
				x->ended);
}

/* Whether an address is still of its pool. */
static bool
is_configured(const struct cgn_drains *d, const struct cgn_drain_info *x)
{
	const struct cgn_conf_pool *p;

	if (x->pool >= d->cfg.conf->n_pools)
		return false;
	p = &d->cfg.conf->pools[x->pool];
	return cgn_range4_has(p->ranges, p->n_ranges, rte_be_to_cpu_32(x->addr));
}

/* The address is in use again, or it is gone. */
static void
log_open(struct cgn_drains *d, const struct cgn_drain_info *x)
{
	char text[CGN_ADDR_TEXT_MAX];

	if (may_log(d))
		CGN_LOG(DRAIN_OVER, "%s address=%s pool=%s",
				is_configured(d, x) ? "drain is over"
						    : "drain is over, the address is removed",
				cgn_addr_text_format_ip4(x->addr, text), pool_name(d, x));
}

/* An address that is removed may be gone before anybody has read what it had. */
static void
log_cut(const struct cgn_drains *d, uint64_t mappings, uint64_t leases)
{
	if (mappings != d->mappings_cut)
		CGN_LOG(RELOAD_ENDED_STATE,
				"a reload has ended mappings=%" PRIu64 " leases=%" PRIu64,
				mappings - d->mappings_cut, leases - d->cut);
}

static void
log_others(struct cgn_drains *d)
{
	if (d->n_unlogged > 0)
		CGN_LOG(MORE_LINES, "and %u more lines about addresses that drain", d->n_unlogged);
	d->n_logged = d->n_unlogged = 0;
}

/* --- move ---------------------------------------------------------------------------------- */

/* Whether leases with an external address may be lost. */
static bool
drains_is_out(const void *ctx, rte_be32_t addr)
{
	const struct cgn_drains *d = ctx;
	const struct cgn_drain_info *x = drains_find(&d->now, addr);

	if (d->moves_all)
		return true;
	return x != NULL && x->state == CGN_DRAIN_EMPTY;
}

static void
drains_move(void *arg, uint64_t now_ms)
{
	struct cgn_drains *d = arg;

	if (cgn_lessor_move_some(d->cfg.lessor, drains_is_out, d, now_ms))
		d->moves_all = false;
	else
		(void)cgn_timerq_set(d->cfg.timers, &d->mover, now_ms + MOVE_MS);
}

static void
drains_begin_move(struct cgn_drains *d, uint64_t now_ms)
{
	cgn_lessor_move_begin(d->cfg.lessor);
	(void)cgn_timerq_set(d->cfg.timers, &d->mover, now_ms);
}

/* What a reload has ended is looked for when all workers have done what follows from it. Before that, a subscriber may not
 * have its new address yet. @return whether to wait for the workers */
static bool
drains_look_for_cut(struct cgn_drains *d, uint64_t now_ms)
{
	uint64_t cut = 0, mappings = 0, n_following = 0;

	for (unsigned int w = 0; w < d->cfg.planes->n_workers; w++) {
		const struct cgn_stats *s = d->cfg.planes->workers[w].stats;

		n_following += cgn_counter_get(&s->gauge[CGN_G_FOLLOWING]);
		cut += cgn_counter_get(&s->counter[CGN_C_LEASES_CUT]);
		mappings += cgn_counter_get(&s->counter[CGN_C_MAPPINGS_CUT]);
	}
	if (n_following != 0)
		return true;
	log_cut(d, mappings, cut);
	d->mappings_cut = mappings;
	if (d->cfg.lessor != NULL && cut != d->cut) {
		d->moves_all = true;
		drains_begin_move(d, now_ms);
	}
	d->cut = cut;
	return false;
}

/* --- readings ------------------------------------------------------------------------------ */

/* Compare the readings, and tell what has changed. @return whether an address has become empty */
static bool
drains_tell(struct cgn_drains *d)
{
	bool has_empty = false;

	for (size_t i = 0; i < d->next.n; i++) {
		const struct cgn_drain_info *x = &d->next.at[i],
					    *was = drains_find(&d->now, x->addr);
		bool is_new = was == NULL || was->age_s > x->age_s;

		if (is_new)
			log_begin(d, x);
		if (x->state == CGN_DRAIN_EMPTY && (is_new || was->state != CGN_DRAIN_EMPTY)) {
			log_empty(d, x);
			has_empty = true;
		}
	}
	for (size_t i = 0; i < d->now.n; i++) {
		if (drains_find(&d->next, d->now.at[i].addr) == NULL)
			log_open(d, &d->now.at[i]);
	}
	log_others(d);
	return has_empty;
}

/* Whether mappings of an address are being ended, or will be within a second. */
static bool
drains_is_near_end(const struct cgn_drain_info *x)
{
	return x->state == CGN_DRAIN_ENDING || (x->state == CGN_DRAIN_DRAINING && x->left_s <= 1);
}

static void
drains_wait(struct cgn_drains *d, uint64_t now_ms)
{
	bool is_soon = d->is_following;
	uint64_t wait_ms;

	for (size_t i = 0; !is_soon && i < d->now.n; i++)
		is_soon = drains_is_near_end(&d->now.at[i]);
	wait_ms = d->is_again ? 0 : is_soon ? SOON_MS : READ_MS;
	d->is_again = false;
	(void)cgn_timerq_set(d->cfg.timers, &d->timer, now_ms + wait_ms);
}

static void
drains_read_all(struct cgn_drains *d, uint64_t now_ms)
{
	struct list last = d->now;
	bool has_empty;

	/* An empty list may have no memory. */
	if (d->next.n > 0)
		qsort(d->next.at, d->next.n, sizeof(*d->next.at), drains_compare);
	has_empty = drains_tell(d);
	d->now = d->next;
	d->next = last;
	if (has_empty && d->cfg.lessor != NULL)
		drains_begin_move(d, now_ms);
}

static void drains_read_page(struct cgn_drains *d, uint64_t now_ms);

static void
drains_page_done(void *arg, int ret)
{
	struct cgn_drains *d = arg;
	uint64_t now_ms = cgn_loop_now_ms();

	if (ret == -ECANCELED)
		return;
	if (ret == 0)
		ret = drains_append(&d->next, d->rows, d->page.n);
	if (ret == 0 && !d->page.is_end) {
		drains_read_page(d, now_ms);
		return;
	}
	d->is_reading = false;
	if (ret == 0)
		drains_read_all(d, now_ms);
	drains_wait(d, now_ms);
}

static void
drains_read_page(struct cgn_drains *d, uint64_t now_ms)
{
	d->is_reading = cgn_table_reader_page(d->cfg.client, d->cfg.planes, &d->page,
					drains_page_done, d, now_ms) == 0;
	if (!d->is_reading)
		drains_wait(d, now_ms);
}

/* Whether some address is closed, by the gauges of the workers. */
static bool
has_closed(const struct cgn_drains *d)
{
	for (unsigned int w = 0; w < d->cfg.planes->n_workers; w++) {
		const struct cgn_stats *s = d->cfg.planes->workers[w].stats;

		for (size_t p = 0; p < d->cfg.conf->n_pools; p++) {
			if (cgn_counter_get(&s->pool[p].addresses_closed) != 0)
				return true;
		}
	}
	return false;
}

static void
drains_look(void *arg, uint64_t now_ms)
{
	struct cgn_drains *d = arg;

	d->is_following = drains_look_for_cut(d, now_ms);
	if (d->now.n == 0 && !has_closed(d)) {
		drains_wait(d, now_ms);
		return;
	}
	d->next.n = 0;
	d->page = (struct cgn_table_reader_page){
		.op = CGN_CMD_READ_DRAINS, .rows = d->rows, .max = PAGE
	};
	drains_read_page(d, now_ms);
}

void
cgn_drains_set_lessor(struct cgn_drains *d, struct cgn_lessor *lessor)
{
	d->cfg.lessor = lessor;
}

void
cgn_drains_set_conf(struct cgn_drains *d, const struct cgn_conf *conf, uint64_t now_ms)
{
	d->cfg.conf = conf;
	d->is_again = d->is_reading;
	if (!d->is_reading)
		(void)cgn_timerq_set(d->cfg.timers, &d->timer, now_ms + SOON_MS);
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_drains_create(struct cgn_drains **out, const struct cgn_drains_cfg *cfg, uint64_t now_ms)
{
	struct cgn_drains *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->cfg = *cfg;
	d->timer = (struct cgn_timer){ .fire = drains_look, .arg = d };
	d->mover = (struct cgn_timer){ .fire = drains_move, .arg = d };
	if (cgn_timerq_set(cfg->timers, &d->timer, now_ms + READ_MS) < 0) {
		free(d);
		return -ENOMEM;
	}
	*out = d;
	return 0;
}

void
cgn_drains_destroy(struct cgn_drains *d)
{
	if (d == NULL)
		return;
	cgn_timerq_cancel(d->cfg.timers, &d->timer);
	cgn_timerq_cancel(d->cfg.timers, &d->mover);
	free(d->now.at);
	free(d->next.at);
	free(d);
}
