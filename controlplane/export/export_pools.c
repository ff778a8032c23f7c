/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Keeps the names of pools.
 */
#include "controlplane/export/export_pools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
pools_add_name(struct cgn_export_pools *p, const struct cgn_conf_pool *pool)
{
	char(**piece)[CGN_NAME_MAX] = &p->pieces[pool->number / CGN_EXPORT_POOLS_PIECE];
	char *name;

	if (*piece == NULL)
		*piece = calloc(CGN_EXPORT_POOLS_PIECE, sizeof(**piece));
	if (*piece == NULL)
		return -ENOMEM;
	name = (*piece)[pool->number % CGN_EXPORT_POOLS_PIECE];
	/* A name that others may read is not written again. */
	if (strcmp(name, pool->name) != 0)
		memcpy(name, pool->name, sizeof(pool->name));
	return 0;
}

int
cgn_export_pools_add(struct cgn_export_pools *p, const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_pools; i++) {
		int ret = pools_add_name(p, &conf->pools[i]);

		if (ret < 0)
			return ret;
		p->now[i] = conf->pools[i].number;
	}
	return 0;
}

void
cgn_export_pools_fini(struct cgn_export_pools *p)
{
	for (size_t i = 0; i < sizeof(p->pieces) / sizeof(p->pieces[0]); i++) {
		free(p->pieces[i]);
		p->pieces[i] = NULL;
	}
}

const char *
cgn_export_pools_name(const struct cgn_export_pools *p, uint32_t number)
{
	const size_t piece = number / CGN_EXPORT_POOLS_PIECE;

	if (piece >= sizeof(p->pieces) / sizeof(p->pieces[0]) || p->pieces[piece] == NULL)
		return "";
	return p->pieces[piece][number % CGN_EXPORT_POOLS_PIECE];
}
