/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_MANUAL_H
#define CGN_CONF_MANUAL_H

/**
 * @file
 * Makes the manual page cgnd.yaml(5) from the schema, for `cgnd --man-yaml`.
 */

#include <stdio.h>

/** Write the page. @param version  of cgnd @param date  of this version */
void cgn_conf_manual_print(FILE *out, const char *version, const char *date);

#endif /* CGN_CONF_MANUAL_H */
