/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names and sums of the counts of saved records.
 */
#include "shared/state_counts.h"

const char *
cgn_state_counts_drop_name(enum cgn_state_drop why)
{
	static const char *const names[] = {
#define CGN_STATE_DROP_NAME(id, name, help) name,
		CGN_STATE_DROPS(CGN_STATE_DROP_NAME)
#undef CGN_STATE_DROP_NAME
	};

	return names[why];
}

const char *
cgn_state_counts_type_name(enum cgn_state_type type)
{
	static const char *const names[CGN_STATE_TYPE_COUNT] = {
		[0] = "unknown",
		[CGN_STATE_IDENTS] = "idents",
		[CGN_STATE_HOME] = "softwires",
		[CGN_STATE_SUBSCRIBER] = "subscribers",
		[CGN_STATE_BLOCK] = "blocks",
		[CGN_STATE_GUARD] = "guarded blocks",
		[CGN_STATE_MAPPING] = "mappings",
		[CGN_STATE_SESSION] = "sessions",
		[CGN_STATE_HOLD] = "held ports",
	};

	return names[type];
}

uint64_t
cgn_state_counts_dropped(const struct cgn_state_counts *c, enum cgn_state_drop why)
{
	uint64_t sum = 0;

	for (unsigned int type = 0; type < CGN_STATE_TYPE_COUNT; type++)
		sum += c->dropped[type][why];
	return sum;
}

void
cgn_state_counts_add(struct cgn_state_counts *sum, const struct cgn_state_counts *c)
{
	for (unsigned int type = 0; type < CGN_STATE_TYPE_COUNT; type++) {
		sum->taken[type] += c->taken[type];
		sum->foreign[type] += c->foreign[type];
		for (unsigned int why = 0; why < CGN_STATE_DROP_COUNT; why++)
			sum->dropped[type][why] += c->dropped[type][why];
	}
}
