/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONFLOAD_H
#define CGN_CONFLOAD_H

/**
 * @file
 * Read a configuration file beside the one in use, and compare the two.
 *
 * A large file takes half a second, a file on a slow disk longer. A thread that lives only for one file
 * can do this work, so that the control thread goes on serving meanwhile.
 *
 * Threads: cgn_confload_read() any. The others: one owner, the control thread. The thread that
 *          reads touches its own results and the configuration in use, which is immutable.
 */

#include "controlplane/conf/conf.h"

#define CGN_CONFLOAD_KEYS_MAX 20 /* names of keys that are kept; of the others the number only */

/** Some keys that differ. */
struct cgn_confload_keys {
	char *path[CGN_CONFLOAD_KEYS_MAX];
	size_t n; /* all of them; the first CGN_CONFLOAD_KEYS_MAX have a path (NULL: no memory) */
};

/** What became of a file. Release it with cgn_confload_fini(). */
struct cgn_confload_result {
	int ret;               /* 0 or what cgn_conf_load() or the comparison said */
	struct cgn_conf *conf; /* NULL: refused */
	struct cgn_conf_errors errs;
	struct cgn_confload_keys live;    /* differ and can change now */
	struct cgn_confload_keys restart; /* differ and need a restart */
};

struct cgn_confload;

/** Read a file in this thread. @param use  the configuration to compare with */
void
cgn_confload_read(struct cgn_confload_result *out, const char *path, const struct cgn_conf *use);

/** Free what a result still has; set its conf to NULL to keep the configuration. */
void cgn_confload_fini(struct cgn_confload_result *result);

/**
 * Free what a result still has in a thread of its own, because a large configuration takes long. Frees it here
 * if no thread can be started.
 */
void cgn_confload_discard(struct cgn_confload_result *result);

/**
 * Read a file in a thread of its own.
 *
 * @param use      stays as it is until cgn_confload_end() or cgn_confload_abandon()
 * @param wake_fd  eventfd that is written when the result is there
 * @return 0 or -errno
 */
int cgn_confload_start(struct cgn_confload **out, const char *path, const struct cgn_conf *use,
		int wake_fd);

/** Take the result after the wake-up; @p l is released. Does not wait for the thread to end. */
void cgn_confload_end(struct cgn_confload *l, struct cgn_confload_result *out);

/**
 * Nobody wants the result any more; @p l is released. Waits for the comparison, which needs
 * @p use, but not for the file. NULL is allowed.
 */
void cgn_confload_abandon(struct cgn_confload *l);

#endif /* CGN_CONFLOAD_H */
