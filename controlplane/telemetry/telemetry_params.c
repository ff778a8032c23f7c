/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds and checks the parameters of a question, for telemetry.c.
 */
#include "controlplane/telemetry/telemetry_params.h"

#include <string.h>

/* Find the value of key=value among the parameters. With the key "", find the parameter without a key. */
bool
cgn_telemetry_params_find(const char *params, const char *key, char *buf, size_t size)
{
	const char *p = params;
	size_t key_len = strlen(key);

	while (*p != '\0') {
		size_t len = strcspn(p, ",");
		const char *eq = memchr(p, '=', len);
		const char *value = eq == NULL ? p : eq + 1;
		size_t value_len = len - (size_t)(value - p);

		if ((eq == NULL ? 0 : (size_t)(eq - p)) == key_len &&
				memcmp(p, key, key_len) == 0 && value_len > 0 && value_len < size) {
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

/* Whether all parameters are good: the path takes them, each has a value, and none is there twice. */
bool
cgn_telemetry_params_check(const char *params, const char *taken)
{
	/* These may stand beside another one. */
	static const char *const keys[] = {
		"cursor=", "id=", "sa=", "home=", "group=", "external=", "proto=", "state="
	};
	bool has[sizeof(keys) / sizeof(keys[0]) + 1] = { false };

	for (const char *p = params; *p != '\0'; p += strcspn(p, ",")) {
		size_t len, key_len, k = 0;

		p += *p == ',' ? 1 : 0;
		len = strcspn(p, ",");
		key_len = memchr(p, '=', len) == NULL ? 0 : strcspn(p, "=");
		if (len == 0 || p[len - 1] == '=' || !takes(taken, p, key_len))
			return false;
		/* A subscriber or a worker may be named with its key or without. */
		while (k < sizeof(keys) / sizeof(keys[0]) &&
				strncmp(p, keys[k], strlen(keys[k])) != 0)
			k++;
		if (has[k])
			return false;
		has[k] = true;
	}
	return true;
}
