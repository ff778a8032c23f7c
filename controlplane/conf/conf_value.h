/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_VALUE_H
#define CGN_CONF_VALUE_H

/**
 * @file
 * Converts one value of a schema row from text to a field, and from a field to JSON text.
 */

#include "controlplane/conf/conf_schema.h"

#include <stdio.h>

/**
 * Parse the text of a scalar, or of one entry of a list of scalars, into its field.
 *
 * Names of ports and pools are checked for their characters only. conf_check.c resolves them.
 *
 * @param[out] field  has the type of the row; strings are allocated
 * @return 0; -EINVAL: the row does not allow this text; -ENOMEM
 */
int cgn_conf_value_parse(const struct cgn_conf_key *key, const char *text, void *field);

/** Free what cgn_conf_value_parse() allocated for a field. */
void cgn_conf_value_free(const struct cgn_conf_key *key, void *field);

/** The number in a field of type CGN_CONF_UINT. */
uint32_t cgn_conf_value_uint(const struct cgn_conf_key *key, const void *field);

/** Number of entries of a list. @param base  the struct to which the row's offsets refer */
size_t cgn_conf_value_count(const struct cgn_conf_key *key, const void *base);

/** Write a field as a JSON value. @param conf  has the names of ports and pools */
void cgn_conf_value_json(const struct cgn_conf_key *key, const void *field,
		const struct cgn_conf *conf, FILE *out);

#endif /* CGN_CONF_VALUE_H */
