/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names and help texts of counters and gauges.
 */
#include "shared/stats.h"

#include <stddef.h>

struct row {
	const char *name;
	const char *help;
};

#define ROW(prefix, id, name, help) [prefix##id] = { name, help },

static const struct row counters[CGN_C_COUNT] = {
#define COUNTER_ROW(id, name, help) ROW(CGN_C_, id, name, help)
	CGN_COUNTERS(COUNTER_ROW)
};

static const struct row gauges[CGN_G_COUNT] = {
#define GAUGE_ROW(id, name, help) ROW(CGN_G_, id, name, help)
	CGN_GAUGES(GAUGE_ROW)
};

const char *
cgn_stats_counter_name(enum cgn_counter_id c)
{
	return c < CGN_C_COUNT ? counters[c].name : NULL;
}

const char *
cgn_stats_counter_help(enum cgn_counter_id c)
{
	return c < CGN_C_COUNT ? counters[c].help : NULL;
}

const char *
cgn_stats_gauge_name(enum cgn_gauge_id g)
{
	return g < CGN_G_COUNT ? gauges[g].name : NULL;
}

const char *
cgn_stats_gauge_help(enum cgn_gauge_id g)
{
	return g < CGN_G_COUNT ? gauges[g].help : NULL;
}

const char *
cgn_stats_limit_name(enum cgn_group_limit l)
{
	static const char *const names[] = {
#define LIMIT_NAME(id, key, refusal) key,
		CGN_GROUP_LIMITS(LIMIT_NAME)
#undef LIMIT_NAME
	};

	return l < CGN_GROUP_LIMIT_COUNT ? names[l] : NULL;
}

enum cgn_group_limit
cgn_stats_limit_of(enum cgn_refusal why)
{
	static const enum cgn_refusal reasons[] = {
#define LIMIT_REASON(id, key, refusal) CGN_REFUSAL_##refusal,
		CGN_GROUP_LIMITS(LIMIT_REASON)
#undef LIMIT_REASON
	};
	unsigned int l = 0;

	while (l < CGN_GROUP_LIMIT_COUNT && reasons[l] != why)
		l++;
	return (enum cgn_group_limit)l;
}

#define ADD(field, name, help) cgn_counter_add(&sum->field, cgn_counter_get(&from->field));

void
cgn_stats_add_pool(struct cgn_pool_stats *sum, const struct cgn_stats *s, unsigned int pool)
{
	const struct cgn_pool_stats *from = &s->pool[pool];

	CGN_POOL_GAUGES(ADD)
	CGN_POOL_COUNTERS(ADD)
}

void
cgn_stats_add_group(struct cgn_group_stats *sum, const struct cgn_stats *s, unsigned int group)
{
	const struct cgn_group_stats *from = &s->group[group];

	CGN_GROUP_GAUGES(ADD)
	CGN_GROUP_COUNTERS(ADD)
	for (unsigned int i = 0; i < CGN_GROUP_LIMIT_COUNT; i++)
		cgn_counter_add(&sum->limited[i], cgn_counter_get(&from->limited[i]));
}

#undef ADD
#define CLEAR(field, name, help) cgn_counter_set(&of->field, 0);

void
cgn_stats_clear_pool(struct cgn_stats *s, unsigned int pool)
{
	struct cgn_pool_stats *of = &s->pool[pool];

	CGN_POOL_COUNTERS(CLEAR)
}

void
cgn_stats_clear_group(struct cgn_stats *s, unsigned int group)
{
	struct cgn_group_stats *of = &s->group[group];

	CGN_GROUP_COUNTERS(CLEAR)
	for (unsigned int i = 0; i < CGN_GROUP_LIMIT_COUNT; i++)
		cgn_counter_set(&of->limited[i], 0);
}

#undef CLEAR
