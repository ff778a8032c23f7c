/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds and checks the parameters of a question, for telemetry.c.
 */
#include "controlplane/telemetry/telemetry_params.h"

#include <assert.h>
#include <string.h>

/* Find the value of key=value among the parameters. With the key "", find the parameter without a key. */
bool
cgn_telemetry_params_find(
		const char *params, const char *key, char buf[static CGN_TELEMETRY_PARAMS_MAX])
{
	const char *p = params;
	size_t key_len = strlen(key);

	while (*p != '\0') {
		size_t len = strcspn(p, ",");
		const char *eq = memchr(p, '=', len);
		const char *value = eq == NULL ? p : eq + 1;
		size_t value_len = len - (size_t)(value - p);

		if ((eq == NULL ? 0 : (size_t)(eq - p)) == key_len &&
				memcmp(p, key, key_len) == 0 && value_len > 0) {
			assert(value_len < CGN_TELEMETRY_PARAMS_MAX);
			memcpy(buf, value, value_len);
			buf[value_len] = '\0';
			return true;
		}
		p += len + (p[len] == ',' ? 1 : 0);
	}
	return false;
}

/* Whether a path takes a parameter with this key. A parameter without a key names the subject of the
 * path. */
static bool
takes(const char *taken, const char *key, size_t len)
{
	for (const char *k = taken; *k != '\0'; k += strcspn(k, ",") + 1) {
		bool is_subject = k[0] >= 'A' && k[0] <= 'Z';

		if (is_subject ? len == 0 : strcspn(k, ",") == len && memcmp(k, key, len) == 0)
			return true;
	}
	return false;
}

/* Whether two keys name the same thing. A subscriber or a worker may be named with its key or without. */
static bool
is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len == b_len)
		return memcmp(a, b, a_len) == 0;
	if (a_len == 0)
		return takes("subscriber,worker,", b, b_len);
	return b_len == 0 && takes("subscriber,worker,", a, a_len);
}

/* Whether the key of the parameter @p of is that of one before it. */
static bool
is_twice(const char *params, const char *of, size_t of_len)
{
	for (const char *p = params; p < of; p += strcspn(p, ",") + 1) {
		size_t len = strcspn(p, ",");

		if (is_same(p, memchr(p, '=', len) == NULL ? 0 : strcspn(p, "="), of, of_len))
			return true;
	}
	return false;
}

bool
cgn_telemetry_params_check(const char *params, const char *taken)
{
	for (const char *p = params; *p != '\0'; p += strcspn(p, ",")) {
		size_t len, key_len;

		p += *p == ',' ? 1 : 0;
		len = strcspn(p, ",");
		key_len = memchr(p, '=', len) == NULL ? 0 : strcspn(p, "=");
		if (len == 0 || p[len - 1] == '=' || !takes(taken, p, key_len) ||
				is_twice(params, p, key_len))
			return false;
	}
	return true;
}
