/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of thresholds, for conf_check.c. A threshold above its limit would never tell anything.
 */
#include "controlplane/conf/conf_check_limits.h"

#include <inttypes.h>

static void
check_low(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_pool *p = &c->conf->pools[i];

	if (cgn_conf_checker_at(c, "pools[%zu].use_low_percent", i) && p->use_low_percent != 0 &&
			p->use_high_percent != 0 && p->use_low_percent >= p->use_high_percent)
		cgn_conf_checker_refuse(c, "must be less than use_high_percent, which is %u",
				p->use_high_percent);
}

static void
check_group_high(struct cgn_conf_checker *c, size_t i)
{
	const struct cgn_conf_group *g = &c->conf->groups[i];

	if (cgn_conf_checker_at(c, "groups[%zu].mappings_high", i) && g->mappings_max != 0 &&
			g->mappings_high > g->mappings_max)
		cgn_conf_checker_refuse(c, "must be at most mappings_max, which is %" PRIu32,
				g->mappings_max);
}

/* A threshold of the NAT. @param max  all workers together; 0: no limit */
static void
check_nat_high(struct cgn_conf_checker *c, const char *key, uint32_t high, uint64_t max)
{
	if (cgn_conf_checker_at(c, "nat.%s", key) && max != 0 && high > max)
		cgn_conf_checker_refuse(c,
				"must be at most the limit of all workers together, which is %" PRIu64,
				max);
}

void
cgn_conf_check_limits(struct cgn_conf_checker *c)
{
	const struct cgn_conf_nat *nat = &c->conf->nat;
	uint64_t workers = c->conf->workers;

	for (size_t i = 0; i < c->conf->n_pools; i++)
		check_low(c, i);
	for (size_t i = 0; i < c->conf->n_groups; i++)
		check_group_high(c, i);
	check_nat_high(c, "mappings_high", nat->mappings_high, nat->mappings_max * workers);
	check_nat_high(c, "sessions_high", nat->sessions_high, nat->sessions_max * workers);
	check_nat_high(c, "subscribers_high", nat->subscribers_high, nat->subscribers_max);
}
