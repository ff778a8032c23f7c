/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAP_H
#define CGN_TAP_H

/**
 * @file
 * The tap of a worker: it stands between the worker and its engine while somebody traces or captures.
 *
 * The engine does not know of it. The tap gives the engine one packet at a time, with the functions that the worker uses,
 * and watches from outside: it looks up what the engine will look up, compares the counters of the verdicts before and
 * after, and sees the frames that the engine sends. Packets that cannot match the question stay in bursts. The worker
 * looks once per burst whether there is a question.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/engine/engine.h"
#include "shared/tap_record.h"

struct cgn_tap;

/** Create the tap of an engine, which must outlive it. Nothing is watched. @return 0, -ENOMEM */
int cgn_tap_create(struct cgn_tap **out, struct cgn_engine *e);

/** Release it. NULL is allowed. */
void cgn_tap_destroy(struct cgn_tap *t);

/**
 * Begin to watch, or end it.
 *
 * @param door  valid until the next call; NULL: end. Packets that are held stay so; nothing more is told of them
 */
void cgn_tap_set(struct cgn_tap *t, struct cgn_tap_door *door);

/** cgn_engine_rx() with the tap. */
void cgn_tap_rx(struct cgn_tap *t, uint16_t port, struct rte_mbuf **m, uint16_t n, cgn_tick now);

/** cgn_engine_pktmsgs() with the tap. */
void
cgn_tap_pktmsgs(struct cgn_tap *t, const struct cgn_pktmsg *msgs, unsigned int n, cgn_tick now);

/** cgn_engine_cmd() with the tap. */
void cgn_tap_cmd(struct cgn_tap *t, const struct cgn_cmd *cmd, struct cgn_evt *reply, cgn_tick now);

/** cgn_engine_poll() with the tap. @return the same */
bool cgn_tap_poll(struct cgn_tap *t, cgn_tick now);

#endif /* CGN_TAP_H */
