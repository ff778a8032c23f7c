/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_VALUE_H
#define CGN_CONF_VALUE_H

/**
 * @file
 * One value of a schema row <-> text.
 */

#include "controlplane/conf/conf_schema.h"

#include <stdio.h>

/**
 * Parse the text of a scalar (or of one entry of a list of scalars) into its field.
 *
 * References by name are only looked at, not resolved: conf_check.c does that.
 *
 * @param[out] field  of the row's type; strings are allocated
 * @return 0, -EINVAL when the text is not what the row allows, -ENOMEM
 */
int cgn_conf_value_parse(const struct cgn_conf_key *key, const char *text, void *field);

/** Free what cgn_conf_value_parse() allocated for a field. */
void cgn_conf_value_free(const struct cgn_conf_key *key, void *field);

/** The number in a field of type CGN_CONF_UINT. */
uint32_t cgn_conf_value_uint(const struct cgn_conf_key *key, const void *field);

/** Number of entries of a list. @param base  the struct that the row's offsets are in */
size_t cgn_conf_value_count(const struct cgn_conf_key *key, const void *base);

/** Write a field as a JSON value. @param conf  what references are resolved in */
void cgn_conf_value_json(const struct cgn_conf_key *key, const void *field,
		const struct cgn_conf *conf, FILE *out);

#endif /* CGN_CONF_VALUE_H */
