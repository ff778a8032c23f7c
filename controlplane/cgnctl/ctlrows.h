/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLROWS_H
#define CGN_CTLROWS_H

/**
 * @file
 * Changes of the rows of leases that telemetry sends, before they are printed.
 */

#include <jansson.h>

/** Put the description and the text of each row together. They come in parts that are percent-encoded. */
void cgn_ctlrows_describe(json_t *rows);

/** Make one text of the filters of each row, for a table. */
void cgn_ctlrows_join_filters(json_t *rows);

#endif /* CGN_CTLROWS_H */
