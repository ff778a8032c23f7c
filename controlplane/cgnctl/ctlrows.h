/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLROWS_H
#define CGN_CTLROWS_H

/**
 * @file
 * Changes of the answers that telemetry sends, before they are printed.
 */

#include <jansson.h>

/**
 * Put the long texts of an answer together, in all objects in it. A text NAME comes in parts that are percent-encoded, with
 * the names NAME_0, NAME_1 and so on.
 *
 * @param answer  NULL is allowed
 */
void cgn_ctlrows_join(json_t *answer);

/** Make one text of the filters of each row, for a table. */
void cgn_ctlrows_join_filters(json_t *rows);

#endif /* CGN_CTLROWS_H */
