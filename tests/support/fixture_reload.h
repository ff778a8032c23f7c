/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FIXTURE_RELOAD_H
#define CGN_TEST_FIXTURE_RELOAD_H

/**
 * @file
 * A reload of the engines of a fixture.
 */

#include "tests/support/fixture.h"

/**
 * All workers take another configuration, one after another, and do what is due at once. Then nobody uses the one of
 * before.
 *
 * @param next  must stay valid until the next reload, or until fx_free()
 */
void fx_reload(struct fx *fx, const struct cgn_conf *next);

/**
 * The same, but the workers are not polled. The test polls them, gives them packets, or lets time pass.
 *
 * @param next  as of fx_reload()
 */
void fx_swap(struct fx *fx, const struct cgn_conf *next);

/** The same as fx_reload() with a snapshot, which belongs to the fixture then. */
void fx_reload_snapshot(struct fx *fx, struct cgn_snapshot *s);

/** The same as fx_swap() with a snapshot. */
void fx_swap_snapshot(struct fx *fx, struct cgn_snapshot *s);

/** A configuration that points to nothing but itself. */
struct fx_copy;

/**
 * The same with a copy of the configuration that the fixture has now. Change fx->ports, fx->routes and the others before.
 *
 * @param now  the copy of the last reload; NULL: there was none. Its memory is taken away
 */
void fx_reload_copy(struct fx *fx, struct fx_copy **now);

/** After fx_free(): release the last copy. */
void fx_copy_free(struct fx_copy *c);

#endif /* CGN_TEST_FIXTURE_RELOAD_H */
