/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names, classes and help texts of the verdicts.
 */
#include "shared/verdict.h"

struct row {
	const char *name;
	const char *help;
	enum cgn_verdict_class class;
};

static const struct row rows[CGN_V_COUNT] = {
#define ROW(id, class, name, help) [CGN_V_##id] = { name, help, CGN_VC_##class },
	CGN_VERDICTS(ROW)
#undef ROW
};

const char *
cgn_verdict_name(enum cgn_verdict v)
{
	return v < CGN_V_COUNT ? rows[v].name : "unknown";
}

const char *
cgn_verdict_help(enum cgn_verdict v)
{
	return v < CGN_V_COUNT ? rows[v].help : "";
}

enum cgn_verdict_class
cgn_verdict_class(enum cgn_verdict v)
{
	return v < CGN_V_COUNT ? rows[v].class : CGN_VC_DROPPED;
}

const char *
cgn_verdict_class_name(enum cgn_verdict_class c)
{
	static const char *const names[] = {
		[CGN_VC_FORWARDED] = "forwarded",
		[CGN_VC_LOCAL] = "local",
		[CGN_VC_ABSORBED] = "absorbed",
		[CGN_VC_DROPPED] = "dropped",
	};

	return names[c];
}
