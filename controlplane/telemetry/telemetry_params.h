/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_PARAMS_H
#define CGN_TELEMETRY_PARAMS_H

/**
 * @file
 * The parameters of a question: key=value with commas between them. A parameter without a key names the subject.
 */

#include <stdbool.h>
#include <stddef.h>

/** Octets of the parameters of a question with their NUL. So each value fits into as many. */
#define CGN_TELEMETRY_PARAMS_MAX 512

/**
 * Find the value of a key.
 *
 * @param params  less than CGN_TELEMETRY_PARAMS_MAX octets
 * @param key     "": the parameter without a key
 * @param[out] buf  the value, which always fits; not changed if there is none
 */
bool cgn_telemetry_params_find(
		const char *params, const char *key, char buf[static CGN_TELEMETRY_PARAMS_MAX]);

/**
 * Whether all parameters are good: the path takes them, each has a value, and none is there twice.
 *
 * @param taken  keys that the path takes, with a comma behind each. A word in capitals is one without a key.
 */
bool cgn_telemetry_params_check(const char *params, const char *taken);

#endif /* CGN_TELEMETRY_PARAMS_H */
