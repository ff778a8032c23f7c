/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATIC_TURN_H
#define CGN_STATIC_TURN_H

/**
 * @file
 * Static mappings after a reload: ends those that are gone, and makes those that are new. Each turn of the worker does a
 * few.
 *
 * It begins when new addresses are open and subscribers that cannot stay have ended (drain.h, regroup.h). First each mapping
 * of the worker is looked at. It ends if it is static, and the configuration has none of this inside endpoint, or with
 * another external one.
 *
 * Then each static mapping is made that is not there. A subscriber has one external address for all its ports (RFC 4787
 * REQ-2). So if it has another one, all its mappings and hold-downs there end in the same step. It takes its inside endpoint
 * and its external port, whoever has them: the operator said so. Mappings and leases that are in the way end. So do those of
 * other protocols on the same external port, because a number belongs to one client. Hold-down does not keep a static mapping
 * from its port.
 *
 * Both ends of TCP connections that end are told (drain.h). What cannot be made is tried again each second, and the gauge
 * statics_waiting counts it: the address is not empty in its former pool yet, it has no free block for the subscriber, or a
 * table is full. Nothing ends for a static mapping that waits.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/nat_state.h"

/** The configuration has changed: begin to work. Nothing is to be done without static mappings, before or after. */
void cgn_static_turn_begin(struct cgn_nat *n, const struct cgn_statics *statics);

/**
 * Go on.
 *
 * @param[in,out] budget  mappings that may end or be made
 * @return true if more is to be done at once
 */
bool cgn_static_turn_poll(struct cgn_nat *n, cgn_tick now, unsigned int *budget);

/** Whether something is to be done that need not wait. */
static inline bool
cgn_static_turn_is_on(const struct cgn_nat *n)
{
	return n->turn.is_due && !n->turn.is_waiting;
}

/**
 * Make the static mappings of this worker at its start. Those of subscribers that find no free block wait.
 *
 * @return 0, -EINVAL: one cannot be made
 */
int cgn_static_turn_start(struct cgn_nat *n, const struct cgn_statics *statics, cgn_tick now);

#endif /* CGN_STATIC_TURN_H */
