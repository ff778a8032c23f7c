/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The epochs of clients, for the lessor.
 */
#include "controlplane/lease/lessor_epoch.h"

#include "controlplane/lease/downtime.h"
#include "controlplane/lease/lessor_commit.h"
#include "controlplane/lease/lessor_record.h"
#include "shared/log.h"

/* Buckets of clients that one round of tidying looks through for ended epochs. */
#define SWEEP 4096

CGN_LOG_TYPE("lessor");

void
cgn_lessor_epoch_arm(struct cgn_lessor *l, uint64_t now_ms)
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
	cgn_lessor_commit_stamp(l);
	(void)cgn_lessor_commit_begin(l, now_ms);
	cgn_lessor_epoch_arm(l, now_ms);
}

void
cgn_lessor_epoch_begin(struct cgn_lessor *l, uint64_t now_ms)
{
	l->epoch_ms = (int64_t)now_ms;
	/* The epochs of single clients are older than the new one, so they end. */
	cgn_leasetable_sweep(&l->table, l->table.n_client_buckets, INT64_MAX, epoch_ended, l);
	(void)cgn_store_put_epoch(l->cfg.store, 0, 0, cgn_lessor_boot_ms(l));
}

/* Whose epoch counts for a client. All hosts of a home have one epoch. */
static rte_be32_t
epoch_owner(uint32_t realm, rte_be32_t addr)
{
	return realm == 0 ? addr : CGN_LESSOR_ALL;
}

void
cgn_lessor_epoch_reset(struct cgn_lessor *l, uint32_t realm, rte_be32_t addr, uint32_t lifetime_s,
		uint64_t now_ms)
{
	int64_t end_ms = (int64_t)now_ms + (int64_t)lifetime_s * 1000;
	struct cgn_leasetable_client *c;

	addr = epoch_owner(realm, addr);
	c = cgn_leasetable_get_client(&l->table, realm, addr);
	if (c == NULL) {
		CGN_LOG(NO_MEMORY, "no memory to reset an epoch");
		return;
	}
	if (c->has_epoch && c->epoch_end_ms > end_ms)
		end_ms = c->epoch_end_ms;
	cgn_leasetable_set_epoch(&l->table, c, (int64_t)now_ms, end_ms);
	cgn_lessor_epoch_arm(l, now_ms);
	cgn_lessor_record_realm(l, realm);
	(void)cgn_store_put_epoch(l->cfg.store, realm, addr, cgn_lessor_boot_ms(l));
	l->cfg.ops->lost(l->cfg.ctx, realm, addr, now_ms);
}

int64_t
cgn_lessor_epoch_start(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr)
{
	const struct cgn_leasetable_client *c = cgn_leasetable_find_client(
			&l->table, realm, epoch_owner(realm, addr));

	return c != NULL && c->has_epoch ? c->epoch_ms : l->epoch_ms;
}

void
cgn_lessor_epoch_init(struct cgn_lessor *l, uint64_t now_ms)
{
	l->tidy.fire = tidy;
	l->tidy.arg = l;
	l->epoch_ms = (int64_t)now_ms;
}

void
cgn_lessor_epoch_fini(struct cgn_lessor *l)
{
	cgn_timerq_cancel(l->cfg.timers, &l->tidy);
}
