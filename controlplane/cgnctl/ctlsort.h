/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSORT_H
#define CGN_CTLSORT_H

/**
 * @file
 * The order of the rows of a table: the option --sort.
 */

#include "controlplane/cgnctl/ctltable.h"

/** How rows are sorted. */
struct cgn_ctlsort {
	const char *key;
	bool is_descending;
};

/**
 * Find the column that a word names: a heading or a key, large or small letters. It may be cut while only one column is
 * left. A dash before it: the largest first.
 *
 * @return whether there is one
 */
bool cgn_ctlsort_find(struct cgn_ctlsort *order, const char *word,
		const struct cgn_ctltable_column *columns, size_t n);

/**
 * Sort rows. Numbers in a text count as numbers, so that 192.0.2.9 stands before 192.0.2.10. Rows without a value come
 * last. Rows that are equal keep their order.
 *
 * @param rows  an array
 * @return the sorted rows, a new array; NULL: no memory
 */
json_t *cgn_ctlsort_rows(const json_t *rows, const struct cgn_ctlsort *order);

#endif /* CGN_CTLSORT_H */
