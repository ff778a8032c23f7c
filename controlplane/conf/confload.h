/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONFLOAD_H
#define CGN_CONFLOAD_H

/**
 * @file
 * Reads a configuration file again while cgnd runs, compares it with the configuration in use, and lets the data plane
 * make what the workers need of it.
 *
 * A large file takes half a second. A file on a slow disk takes longer. So a thread can do this work, and the control
 * thread goes on serving meanwhile. The thread ends after one file.
 *
 * Threads: cgn_confload_read(): any. The other functions: one owner, the control thread. The thread that reads uses
 *          only its result and the configuration in use, which nobody changes.
 */

#include "controlplane/conf/conf.h"
#include "shared/planes.h"

#define CGN_CONFLOAD_KEYS_MAX 20 /* keys whose names are kept; the other ones are only counted */

/** Keys that differ. */
struct cgn_confload_keys {
	char *path[CGN_CONFLOAD_KEYS_MAX]; /* of the first ones; NULL: no memory */
	size_t n;                          /* number of all keys that differ */
};

/** The result of reading a file. Release it with cgn_confload_fini(). */
struct cgn_confload_result {
	int ret; /* 0, or the -errno of cgn_conf_load(), cgn_conf_place(), of the comparison, or of making the snapshot */
	void (*snapshot_free)(struct cgn_snapshot *s); /* of the planes, which may end before */
	struct cgn_conf *conf; /* with the places of the one in use; NULL: the file was refused */
	struct cgn_snapshot *
			snapshot; /* of conf; NULL: nothing differs, a key needs a restart, or an error */
	struct cgn_conf_errors errs;   /* also the reason why there is no snapshot of a good file */
	uint64_t digest;               /* of all values; equal ones: the same configuration */
	struct cgn_confload_keys live; /* keys that differ and can change now */
	struct cgn_confload_keys restart; /* keys that differ and need a restart */
};

struct cgn_confload;

/** What to read. */
struct cgn_confload_job {
	const char *path;
	/** Compare this one in place of the file. It becomes conf of the result. NULL: read the file */
	struct cgn_conf *given;
	/** The configuration to compare with. All workers use it. */
	const struct cgn_conf *use;
	const struct cgn_planes *planes; /* they make the snapshot */
};

/** Read in this thread. */
void cgn_confload_read(struct cgn_confload_result *out, const struct cgn_confload_job *job);

/** Free the contents of a result. A caller that keeps conf or snapshot sets it to NULL before. */
void cgn_confload_fini(struct cgn_confload_result *result);

/**
 * Free the contents of a result in a new thread, because freeing a large configuration takes long. If no thread can be
 * started, this function frees them itself.
 */
void cgn_confload_discard(struct cgn_confload_result *result);

/** Wait until no thread of cgn_confload_discard() is left. EAL must not end before: snapshots have memory of it. */
void cgn_confload_wait(void);

/**
 * Read in a new thread.
 *
 * @param job      copied. `use` and `planes` must not be freed before cgn_confload_end() or cgn_confload_abandon()
 * @param wake_fd  eventfd that is written when the result is ready
 * @return 0; -errno: the caller still owns job->given
 */
int cgn_confload_start(struct cgn_confload **out, const struct cgn_confload_job *job, int wake_fd);

/** Take the result after the eventfd was written, and release @p l. Does not wait for the thread to end. */
void cgn_confload_end(struct cgn_confload *l, struct cgn_confload_result *out);

/**
 * Give up the result, and release @p l. Waits for the comparison, because it uses @p use. Does not wait for the file.
 * NULL is allowed.
 */
void cgn_confload_abandon(struct cgn_confload *l);

#endif /* CGN_CONFLOAD_H */
