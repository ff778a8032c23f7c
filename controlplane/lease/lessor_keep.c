/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes leases, epochs and realms as octets at a stop, and takes them at a start, for the lessor.
 */
#include "controlplane/lease/lessor_keep.h"

#include "controlplane/lease/lease_rows.h"
#include "controlplane/lease/lessor_epoch.h"
#include "controlplane/lease/lessor_load.h"
#include "controlplane/lease/lessor_record.h"

#include <errno.h>
#include <stdlib.h>

/* --- writing ----------------------------------------------------------------------------------- */

/* Rows that were not given out yet. */
struct page {
	cgn_lessor_keep_put put;
	void *ctx;
	size_t len;
	uint8_t rows[CGN_LESSOR_KEEP_MAX];
};

/* Make room for one more row. */
static int
turn_page(struct page *p, bool is_last)
{
	int ret = 0;

	if (p->len != 0 && (is_last || p->len > sizeof(p->rows) - CGN_LEASE_ROWS_MAX)) {
		ret = p->put(p->ctx, p->rows, p->len);
		p->len = 0;
	}
	return ret;
}

static int
write_realms(const struct cgn_lessor *l, struct page *p)
{
	struct cgn_ip6 b4;
	unsigned int len;
	uint32_t realm = 0;
	int ret = 0;

	while (ret == 0 && cgn_realms_next(l->cfg.realms, &realm, &b4, &len)) {
		p->len += cgn_lease_rows_realm(p->rows + p->len, realm, &b4, len);
		ret = turn_page(p, false);
	}
	return ret;
}

static int
write_epochs(const struct cgn_lessor *l, struct page *p, uint64_t now_ms)
{
	int64_t apart = cgn_lessor_boot_ms(l) - (int64_t)now_ms;
	int ret;

	p->len += cgn_lease_rows_epoch(p->rows + p->len, 0, 0, apart + l->epoch_ms);
	ret = turn_page(p, false);
	for (uint32_t i = 0; ret == 0 && i < l->table.n_client_buckets; i++) {
		const struct cgn_leasetable_client *c = l->table.client_buckets[i];

		for (; ret == 0 && c != NULL; c = c->next) {
			if (!c->has_epoch)
				continue;
			p->len += cgn_lease_rows_epoch(
					p->rows + p->len, c->realm, c->addr, apart + c->epoch_ms);
			ret = turn_page(p, false);
		}
	}
	return ret;
}

static int
write_leases(const struct cgn_lessor *l, struct page *p, uint64_t now_ms)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < l->table.n; i++) {
		const struct cgn_store_lease row = cgn_lessor_record_row(l->table.at[i], now_ms);

		p->len += cgn_lease_rows_lease(p->rows + p->len, &row);
		ret = turn_page(p, false);
	}
	return ret;
}

int
cgn_lessor_keep_write(
		const struct cgn_lessor *l, cgn_lessor_keep_put put, void *ctx, uint64_t now_ms)
{
	struct page *p = malloc(sizeof(*p));
	int ret;

	if (p == NULL)
		return -ENOMEM;
	p->put = put;
	p->ctx = ctx;
	p->len = 0;
	ret = write_realms(l, p);
	if (ret == 0)
		ret = write_epochs(l, p, now_ms);
	if (ret == 0)
		ret = write_leases(l, p, now_ms);
	if (ret == 0)
		ret = turn_page(p, true);
	free(p);
	return ret;
}

/* --- taking ------------------------------------------------------------------------------------ */

void
cgn_lessor_keep_begin(struct cgn_lessor *l, uint64_t now_ms)
{
	while (l->table.n != 0)
		cgn_lessor_record_drop(l->table.at[l->table.n - 1]);
	/* This ends all epochs of single clients. The rows bring those back that still count. */
	cgn_lessor_epoch_begin(l, now_ms);
	/* The numbers of homes become free: the rows may give them to others. */
	if (l->cfg.realms != NULL)
		(void)cgn_realms_sweep(l->cfg.realms);
}

int
cgn_lessor_keep_rows(struct cgn_lessor *l, const void *rows, size_t len, uint64_t now_ms)
{
	return cgn_lessor_load_rows(l, rows, len, now_ms);
}

bool
cgn_lessor_keep_end(struct cgn_lessor *l, uint64_t now_ms)
{
	if (l->cfg.store != NULL)
		(void)cgn_lessor_load_replace(l, l->cfg.store, now_ms);
	if (l->cfg.realms != NULL)
		(void)cgn_realms_sweep(l->cfg.realms);
	return l->epoch_reason == NULL;
}
