/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FAKE_SNAPSHOT_H
#define CGN_TEST_FAKE_SNAPSHOT_H

/**
 * @file
 * Snapshots for planes without a data plane: they have the configuration, and nothing that is derived from it.
 */

#include "shared/planes.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** The snapshots that the data plane would own. */
struct fake_snapshots {
	struct cgn_snapshot *used; /* NULL: that of the start */
	struct cgn_snapshot *lent;
	uint16_t mtu[CGN_PORTS_MAX]; /* that the ports were given; 0: not changed */
	uint16_t mtu_max;            /* 0: any */
	_Atomic(unsigned int) n;     /* that were not freed */
};

struct fake_snapshot {
	const struct cgn_conf *conf;
	struct fake_snapshots *all; /* NULL: nobody counts it */
};

static inline int
fake_snapshot_create(void *ctx, const struct cgn_conf *conf, struct cgn_snapshot **out,
		char why[static CGN_PLANES_WHY_MAX])
{
	struct fake_snapshot *s = malloc(sizeof(*s));

	why[0] = '\0';
	if (s == NULL)
		return -ENOMEM;
	s->conf = conf;
	s->all = ctx;
	if (s->all != NULL)
		atomic_fetch_add(&s->all->n, 1);
	*out = (struct cgn_snapshot *)s;
	return 0;
}

static inline void
fake_snapshot_free(struct cgn_snapshot *s)
{
	const struct fake_snapshot *f = (const struct fake_snapshot *)s;

	if (f != NULL && f->all != NULL)
		atomic_fetch_sub(&f->all->n, 1);
	free(s);
}

static inline void
fake_snapshot_lend(void *ctx, struct cgn_snapshot *s)
{
	struct fake_snapshots *f = ctx;

	CU_ASSERT_PTR_NULL(f->lent);
	f->lent = s;
}

static inline struct cgn_snapshot *
fake_snapshot_use(void *ctx)
{
	struct fake_snapshots *f = ctx;
	struct cgn_snapshot *old = f->used;

	CU_ASSERT_PTR_NOT_NULL(f->lent);
	f->used = f->lent;
	f->lent = NULL;
	return old;
}

static inline int
fake_set_mtu(void *ctx, unsigned int port, uint16_t mtu, uint16_t *max)
{
	struct fake_snapshots *f = ctx;

	*max = f->mtu_max;
	if (mtu > f->mtu_max && f->mtu_max != 0)
		return -ENOSPC;
	f->mtu[port] = mtu;
	return 0;
}

/** The configuration of a snapshot that a command has. */
static inline const struct cgn_conf *
fake_snapshot_conf(const struct cgn_snapshot *s)
{
	return ((const struct fake_snapshot *)s)->conf;
}

static inline void
fake_snapshots_begin(struct cgn_planes *p, struct fake_snapshots *f)
{
	p->ctx = f;
	p->snapshot_create = fake_snapshot_create;
	p->snapshot_free = fake_snapshot_free;
	p->snapshot_lend = fake_snapshot_lend;
	p->snapshot_use = fake_snapshot_use;
	p->set_mtu = fake_set_mtu;
}

/** The data plane ends. */
static inline void
fake_snapshots_end(struct fake_snapshots *f)
{
	fake_snapshot_free(f->used);
	fake_snapshot_free(f->lent);
	f->used = f->lent = NULL;
	f->mtu_max = 0;
	memset(f->mtu, 0, sizeof(f->mtu));
}

#endif /* CGN_TEST_FAKE_SNAPSHOT_H */
