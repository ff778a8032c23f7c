/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names and help texts of the reasons of refusals.
 */
#include "shared/refusal.h"

static const struct row {
	const char *name;
	const char *help;
} rows[CGN_REFUSAL_COUNT] = {
#define ROW(id, name, help) [CGN_REFUSAL_##id] = { name, help },
	CGN_REFUSALS(ROW)
#undef ROW
};

const char *
cgn_refusal_name(enum cgn_refusal r)
{
	return r < CGN_REFUSAL_COUNT ? rows[r].name : "unknown";
}

const char *
cgn_refusal_help(enum cgn_refusal r)
{
	return r < CGN_REFUSAL_COUNT ? rows[r].help : "";
}

enum cgn_refusal
cgn_refusal_of(enum cgn_verdict v)
{
	static const struct {
		enum cgn_verdict verdict;
		enum cgn_refusal why;
	} known[] = {
		{ CGN_V_SUB_MAPPINGS, CGN_REFUSAL_SUB_MAPPINGS },
		{ CGN_V_SUB_RATE, CGN_REFUSAL_SUB_RATE },
		{ CGN_V_SUB_PORTS, CGN_REFUSAL_SUB_PORTS },
		{ CGN_V_SUB_SESSIONS, CGN_REFUSAL_SUB_SESSIONS },
		{ CGN_V_POOL_PORTS, CGN_REFUSAL_POOL_PORTS },
		{ CGN_V_POOL_FULL, CGN_REFUSAL_POOL_FULL },
		{ CGN_V_MAPPINGS_FULL, CGN_REFUSAL_MAPPINGS_FULL },
		{ CGN_V_SESSIONS_FULL, CGN_REFUSAL_SESSIONS_FULL },
		{ CGN_V_SUBSCRIBERS_FULL, CGN_REFUSAL_SUBSCRIBERS_FULL },
		{ CGN_V_SUB_PROTOCOL, CGN_REFUSAL_SUB_PROTOCOL },
		{ CGN_V_SUBSCRIBERS_MAX, CGN_REFUSAL_SUBSCRIBERS_MAX },
		{ CGN_V_STATION_LIMIT, CGN_REFUSAL_STATION_LIMIT },
	};

	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].verdict == v)
			return known[i].why;
	}
	return CGN_REFUSAL_OTHER;
}
