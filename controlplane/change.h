/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CHANGE_H
#define CGN_CHANGE_H

/**
 * @file
 * A change of the configuration in the control thread: all parts of it change, or none.
 *
 * Each part that uses the configuration joins once. Then a change has two steps. First each part is asked to prepare
 * whatever can fail: memory, sockets, files. If one refuses, those that have prepared already abandon it, and all of
 * them go on with the old configuration. Otherwise all commit, which cannot fail. Between the two steps the workers
 * take the new configuration, and the parts use the old one.
 *
 * A part may need some time after a commit. While it still works on that change, the next one waits for it.
 *
 * Threads: the control thread.
 */

#include "controlplane/conf/conf_errors.h"
#include "shared/conf.h"

#define CGN_CHANGE_PARTS_MAX 32

/** A part of the control thread that uses the configuration. A function that it does not need is NULL. */
struct cgn_change_part {
	const char *name; /* for the log, if it refuses without a reason */
	void *ctx;        /* first argument of the functions */
	/**
	 * Prepare for another configuration. The part goes on with the old one.
	 *
	 * @param next    must not be freed before abandon(), or before the commit() after the next one
	 * @param errors  gets the reasons of a refusal: which key cannot be used, and why (line 0)
	 * @return 0, or -errno: it refuses, and has nothing prepared
	 */
	int (*prepare)(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors);
	/** Release what was prepared. The old configuration stays. */
	void (*abandon)(void *ctx);
	/** Use the configuration from now on. The old one is freed after this. */
	void (*commit)(void *ctx, const struct cgn_conf *next, uint64_t now_ms);
	/** Whether it still works on the change before, so that it cannot prepare for @p next yet. */
	bool (*must_wait)(void *ctx, const struct cgn_conf *next);
};

/** The parts, in the order in which they joined. Zeroed at first. */
struct cgn_change {
	struct cgn_change_part parts[CGN_CHANGE_PARTS_MAX];
	unsigned int n;
};

/** Add a part. It is copied, and its ctx outlives the struct. @return 0 or -ENOSPC */
int cgn_change_join(struct cgn_change *c, const struct cgn_change_part *part);

/** The first part that cannot prepare yet. @return its name; NULL: all of them can */
const char *cgn_change_must_wait(const struct cgn_change *c, const struct cgn_conf *next);

/** Let all parts prepare. @return 0, or -errno of the part that refuses: @p errors has its reasons; nothing is prepared */
int cgn_change_prepare(
		struct cgn_change *c, const struct cgn_conf *next, struct cgn_conf_errors *errors);

/** Let all parts abandon what they have prepared, the last one first. */
void cgn_change_abandon(struct cgn_change *c);

/** Let all parts commit. cgn_change_prepare() has succeeded for the same configuration. */
void cgn_change_commit(struct cgn_change *c, const struct cgn_conf *next, uint64_t now_ms);

#endif /* CGN_CHANGE_H */
