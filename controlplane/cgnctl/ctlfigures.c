/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The numbers by which cgnctl sizes a machine.
 */
#include "controlplane/cgnctl/ctlfigures.h"

#include <string.h>

const struct cgn_ctlfigure_row cgn_ctlfigures[CGN_CTLFIGURE_COUNT] = {
#define FIGURE_ROW(name, k, v, u, w, s) \
	[CGN_CTLFIGURE_##name] = { .key = k, .value = v, .unit = u, .what = w, .source = s },
	CGN_CTLFIGURES(FIGURE_ROW)
#undef FIGURE_ROW
};

/* No operator's measurements: assumptions on the safe side, which an operator replaces by its own. */
const struct cgn_ctlfigures_profile cgn_ctlfigures_profiles[] = {
	{
			.name = "residential",
			.what = "a home on a fixed line",
			.packets_per_s = 470,
			.mappings = 100,
			.new_mappings_per_s = 2,
			.sessions = 20,
			.leases = 2,
			.tail = 286,
			.blocks_per_day = 10,
			.why = "3 Mbit/s in packets of 800 octets; the tail makes 1.2 blocks of 512 ports",
	},
	{
			.name = "mobile",
			.what = "a telephone that is in use",
			.packets_per_s = 60,
			.mappings = 25,
			.new_mappings_per_s = 0.5,
			.sessions = 5,
			.leases = 0,
			.tail = 70,
			.blocks_per_day = 30,
			.why = "400 kbit/s; it sleeps and comes back, so its blocks change hands often",
	},
	{
			.name = "business",
			.what = "an office of 20 desks",
			.packets_per_s = 1900,
			.mappings = 600,
			.new_mappings_per_s = 12,
			.sessions = 120,
			.leases = 4,
			.tail = 900,
			.blocks_per_day = 12,
			.why = "12 Mbit/s; the tail makes 2.3 blocks of 512 ports, so blocks_max has to grow",
	},
	{ .name = NULL },
};

const struct cgn_ctlfigures_profile *
cgn_ctlfigures_find(const char *name)
{
	for (const struct cgn_ctlfigures_profile *p = cgn_ctlfigures_profiles; p->name != NULL;
			p++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}
