/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REGROUP_H
#define CGN_REGROUP_H

/**
 * @file
 * After a new configuration each subscriber is looked at, some in each turn of the worker.
 *
 * A subscriber whose group has changed, but not its pool, keeps its address and all it has. A subscriber that is to use
 * another pool, that is in no group any more, or that belongs to another worker now, is ended as an address that is taken
 * out of use (drain.h): the ends of its TCP connections are told, leases end, records are written. Its next packet pairs it
 * anew.
 *
 * Until a subscriber was looked at, what it has goes on. Before it gets something new, it is looked at.
 *
 * Threads: single owner, the worker.
 * Cost:    a turn looks at some subscribers, and ends as many mappings as its budget allows.
 */

#include "dataplane/nat/nat_state.h"

/** The configuration has changed: look at all subscribers. */
void cgn_regroup_begin(struct cgn_nat *n);

/** Go on. @return true if more is to be done at once */
bool cgn_regroup_poll(struct cgn_nat *n, cgn_tick now, unsigned int *budget);

#endif /* CGN_REGROUP_H */
