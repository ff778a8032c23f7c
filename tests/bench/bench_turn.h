/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BENCH_TURN_H
#define CGN_BENCH_TURN_H

/**
 * @file
 * A complete worker between two devices that cost nothing. A device gives the frames that it was told to
 * give, and only keeps the addresses of frames that are sent. What is left is the work of the worker: its
 * loop, the counters of the ports, the engine and the housekeeping.
 *
 * The driver of a NIC writes the metadata of each buffer when it receives. Here that is done before the
 * turn, and is not measured.
 */

#include "dataplane/engine/snapshot.h"
#include "dataplane/worker.h"

struct bench_turn;

/** What a worker needs. All of it must stay valid as long as the worker. */
struct bench_turn_cfg {
	struct cgn_snapshot *snapshot;
	const struct cgn_steer *steer;
	const struct cgn_pkt_port *ports; /* two: inside, outside */
	struct rte_mempool *mp;
	struct rte_mbuf **sent; /* frames that are sent are put here; the caller has room */
	unsigned int *n_sent;   /* how many there are; the caller sets it back */
	uint16_t frame_len;     /* octets of every frame that is received */
};

/** Make a worker that receives. @return NULL: no memory */
struct bench_turn *bench_turn_create(const struct bench_turn_cfg *cfg);

/** Release it. NULL is allowed. */
void bench_turn_destroy(struct bench_turn *t);

/** Let the worker carry out a command. */
void bench_turn_command(struct bench_turn *t, struct cgn_cmd *cmd);

/** Write the metadata of frames. The next turn receives them from a device. @param n at most CGN_BURST */
void bench_turn_offer(
		struct bench_turn *t, unsigned int port, struct rte_mbuf *const *m, unsigned int n);

/**
 * One turn of the worker. What it sends is added to the list of the configuration. A worker may keep frames
 * until its next turn.
 *
 * @return its TSC cycles
 */
uint64_t bench_turn_run(struct bench_turn *t);

#endif /* CGN_BENCH_TURN_H */
