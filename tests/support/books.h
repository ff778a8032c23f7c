/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_BOOKS_H
#define CGN_TEST_BOOKS_H

/**
 * @file
 * Counts every table of a worker's NAT anew and compares that with the counts that the NAT keeps itself.
 *
 * A count that is wrong by one does no harm for a long time: nothing is refused until the limit is
 * near, and a table that is empty hides it. So the fixture asks after every test, and scenarios ask
 * in between.
 */

#include "dataplane/engine/engine.h"

/**
 * Compare the counts, links and timers of a worker's NAT with what is in its tables.
 *
 * @param is_swapped  the configuration was replaced: a timer that got shorter may be late for what is
 *                    there already
 * @return NULL: all is right; else what is wrong, valid until the next call
 */
const char *books_check(const struct cgn_engine *e, bool is_swapped);

#endif /* CGN_TEST_BOOKS_H */
