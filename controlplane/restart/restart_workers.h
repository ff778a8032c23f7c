/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESTART_WORKERS_H
#define CGN_RESTART_WORKERS_H

/**
 * @file
 * Lets all workers at once write their state, or read it: commands CGN_CMD_PAUSE and CGN_CMD_STATE_*.
 *
 * Each function runs the loop until all workers have replied. A worker has one command at a time, because a chunk may
 * need what the one before has brought.
 *
 * Threads: the control thread.
 * Memory:  1 MiB for each worker while it saves.
 */

#include "controlplane/loop/loop.h"
#include "controlplane/workers/dpclient.h"
#include "shared/planes.h"
#include "shared/state_counts.h"

/** Octets of chunks that are given out at once: a multiple of CGN_STATE_CHUNK_MAX. */
#define CGN_RESTART_WORKERS_ROOM (128 * CGN_STATE_CHUNK_MAX)

/** A worker that does not answer for so long is given up. */
#define CGN_RESTART_WORKERS_TIMEOUT_MS 2000

/** The same while it loads: it may get some millions of octets at once, and other programs may use its core. */
#define CGN_RESTART_WORKERS_LOAD_MS 10000

/** What the functions work with. */
struct cgn_restart_workers {
	struct cgn_loop *loop;
	struct cgn_dpclient *client;
	const struct cgn_planes *planes;
};

/** Takes some whole chunks of one worker. @return 0; -errno ends the saving */
typedef int (*cgn_restart_workers_put)(void *ctx, const void *chunks, size_t len);

/** Let no worker take packets any more. Sent once. @return 0 or -errno: not all workers have answered */
int cgn_restart_workers_pause(const struct cgn_restart_workers *w);

/** Save the state of all workers after the pause. @return 0; -errno of a worker or of @p put */
int cgn_restart_workers_save(
		const struct cgn_restart_workers *w, cgn_restart_workers_put put, void *ctx);

/**
 * Let each worker take what is its own of some chunks. All of them were checked by cgn_state_scan_check().
 *
 * @param[in,out] counts  what each worker has taken and dropped is added to its own: n_workers of them
 * @return 0; -EBADMSG and others of CGN_CMD_STATE_LOAD; -ETIMEDOUT: @p chunks and @p counts must stay as they are
 */
int cgn_restart_workers_load(const struct cgn_restart_workers *w, const void *chunks, size_t len,
		struct cgn_state_counts *counts);

/** All chunks were loaded. @return 0 or -errno */
int cgn_restart_workers_loaded(const struct cgn_restart_workers *w);

#endif /* CGN_RESTART_WORKERS_H */
