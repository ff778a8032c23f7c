/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELOAD_REPORT_H
#define CGN_RELOAD_REPORT_H

/**
 * @file
 * What came of a reload, as JSON for `cgnctl config reload` (config/JSON.md).
 */

#include "controlplane/conf/confload.h"

/** Most octets of a report. It fits into one answer of telemetry, where quotes are escaped. */
#define CGN_RELOAD_REPORT_MAX 6000

/** What came of a reload. */
struct cgn_reload_outcome {
	const char *file;
	const char *result; /* "reloaded", "unchanged" or "refused" */
	const char *why;    /* of a refusal: cgn_conf_refused_word(); NULL: none */
	/** Keys: if reloaded, those that have changed; if refused, those that need a restart. */
	const struct cgn_confload_keys *keys;
	const struct cgn_conf_errors *errs;
	uint32_t confirm_left_s; /* 0: nothing has to be confirmed */
};

/**
 * Make the JSON text. If there are too many errors, the last ones are only counted.
 *
 * @return the caller frees it; NULL: no memory
 */
char *cgn_reload_report_text(const struct cgn_reload_outcome *o);

#endif /* CGN_RELOAD_REPORT_H */
