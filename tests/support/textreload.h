/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_TEXTRELOAD_H
#define CGN_TEST_TEXTRELOAD_H

/**
 * @file
 * Reloads of the engines of a fixture with configurations that are read, placed and compared as those of files are.
 */

#include "controlplane/conf/confload.h"
#include "dataplane/engine/snapshot.h"
#include "tests/support/cu.h"
#include "tests/support/fixture_reload.h"

#include <string.h>

/** The configuration in use. Zeroed at first. */
struct textreload {
	struct fx *fx;
	struct cgn_conf *conf; /* belongs to the user of this */
	struct cgn_planes planes;
	bool shows;   /* print what is refused */
	bool is_lazy; /* the workers do not do what is due */
};

/** Read a configuration. @return NULL: it is refused */
static inline struct cgn_conf *
textreload_read(const struct textreload *t, const char *text)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;

	if (cgn_conf_load_text("plan", text, strlen(text), &conf, &errs) < 0 && t->shows)
		cgn_conf_errors_print(&errs, stdout);
	cgn_conf_errors_fini(&errs);
	return conf;
}

static inline int
textreload_snapshot(void *ctx, const struct cgn_conf *conf, struct cgn_snapshot **out,
		char why[static CGN_PLANES_WHY_MAX])
{
	const struct fx *fx = ctx;

	return cgn_snapshot_create(out, conf, &fx->steer, fx->moved, fx->snapshot, why);
}

/**
 * Compare a configuration with the one in use, and let all workers take it.
 *
 * @param conf  it is freed if it is refused
 * @return the one of before, which the caller frees; NULL: it is refused, or nothing has changed
 */
static inline struct cgn_conf *
textreload_take(struct textreload *t, struct cgn_conf *conf)
{
	const struct cgn_confload_job job = { "plan", conf, t->conf, &t->planes };
	struct cgn_conf *before = NULL;
	struct cgn_confload_result result;

	t->planes = (struct cgn_planes){
		.n_workers = t->fx->n_workers,
		.ctx = t->fx,
		.snapshot_create = textreload_snapshot,
		.snapshot_free = cgn_snapshot_free,
	};
	for (unsigned int w = 0; w < t->fx->n_workers; w++)
		t->planes.workers[w].stats = cgn_engine_stats(t->fx->engines[w]);
	cgn_confload_read(&result, &job);
	if (t->shows) {
		printf("ret %d, live %zu, restart %zu\n", result.ret, result.live.n,
				result.restart.n);
		cgn_conf_errors_print(&result.errs, stdout);
	}
	if (result.snapshot != NULL) {
		before = t->conf;
		if (t->is_lazy)
			fx_swap_snapshot(t->fx, result.snapshot);
		else
			fx_reload_snapshot(t->fx, result.snapshot);
		t->fx->conf = *result.conf;
		t->conf = result.conf;
		result.snapshot = NULL;
		result.conf = NULL;
	}
	cgn_confload_fini(&result);
	return before;
}

#endif /* CGN_TEST_TEXTRELOAD_H */
