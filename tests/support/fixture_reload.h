/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FIXTURE_RELOAD_H
#define CGN_TEST_FIXTURE_RELOAD_H

/**
 * @file
 * A reload of the engines of a fixture.
 */

#include "tests/support/fixture.h"

/**
 * All workers take another configuration, one after another. Then nobody uses the one of before.
 *
 * @param next  must stay valid until the next reload, or until fx_free()
 */
void fx_reload(struct fx *fx, const struct cgn_conf *next);

#endif /* CGN_TEST_FIXTURE_RELOAD_H */
