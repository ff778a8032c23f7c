/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes and releases the tables that the NAT of all workers has in common.
 */
#include "dataplane/nat/nat_plan.h"

#include <string.h>

static void
note_renamed(struct cgn_nat_plan *p, const struct cgn_conf *before)
{
	const struct cgn_conf *now = p->conf;

	for (size_t i = 0; i < RTE_MIN(now->n_pools, before->n_pools); i++) {
		if (strcmp(now->pools[i].name, before->pools[i].name) != 0)
			p->renamed_pools[i / 64] |= UINT64_C(1) << i % 64;
	}
	for (size_t i = 0; i < RTE_MIN(now->n_groups, before->n_groups); i++) {
		if (strcmp(now->groups[i].name, before->groups[i].name) != 0)
			p->renamed_groups[i / 64] |= UINT64_C(1) << i % 64;
	}
}

int
cgn_nat_plan_init(struct cgn_nat_plan *p, const struct cgn_conf *conf,
		const struct cgn_nat_plan *before, char why[static CGN_BOOK_WHY_MAX])
{
	int ret;

	why[0] = '\0';
	*p = (struct cgn_nat_plan){ .conf = conf };
	if (before != NULL)
		note_renamed(p, before->conf);
	ret = cgn_group_map_init(&p->groups, conf);
	if (ret == 0)
		ret = cgn_det_set_init(&p->dets, conf);
	if (ret == 0)
		ret = cgn_statics_init(&p->statics, conf);
	if (ret == 0)
		ret = cgn_book_create(&p->book, conf, before == NULL ? NULL : before->book, why);
	if (ret < 0)
		cgn_nat_plan_fini(p);
	return ret;
}

void
cgn_nat_plan_fini(struct cgn_nat_plan *p)
{
	cgn_group_map_fini(&p->groups);
	cgn_det_set_fini(&p->dets);
	cgn_statics_fini(&p->statics);
	cgn_book_destroy(p->book);
	p->book = NULL;
}
