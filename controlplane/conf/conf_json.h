/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_JSON_H
#define CGN_CONF_JSON_H

/**
 * @file
 * Reads a configuration or an answer of telemetry that is a JSON object.
 *
 * Threads: any.
 */

#include <jansson.h>

/** The text of a key. It lives as long as the object. @return "": there is no such key, or it is no text */
static inline const char *
cgn_conf_json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

#endif /* CGN_CONF_JSON_H */
