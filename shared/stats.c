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
