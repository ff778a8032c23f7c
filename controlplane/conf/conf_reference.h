/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_REFERENCE_H
#define CGN_CONF_REFERENCE_H

/**
 * @file
 * Makes config/REFERENCE.md from the schema, for `cgnd --reference`.
 */

#include <stdio.h>

/** Write the reference of all keys as Markdown. */
void cgn_conf_reference_print(FILE *out);

#endif /* CGN_CONF_REFERENCE_H */
