/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CUT_H
#define CGN_CUT_H

/**
 * @file
 * Ends mappings because the configuration takes away what they use: an external address, a group, a pool, or a port that a
 * static mapping needs. Or the operator ends them (`cgnctl mappings clear`).
 *
 * Both ends of TCP connections are told. Those whose sequence numbers cgnd does not know are told when they send again:
 * for CGN_DRAIN_RESET_S seconds segments without a mapping are answered with a reset (drain_reset.h), from outside only
 * those to an external address on which mappings were ended.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/drain_reset.h"

/**
 * End a mapping at once. The port of a static mapping is held: the next one to get it must not get packets for the host that
 * had it. Other ports are free: the guard of their block does the same.
 *
 * @return what it cost of a budget
 */
unsigned int cgn_cut_mapping(struct cgn_nat *n, uint32_t ref, cgn_tick now);

/**
 * End a mapping that traffic has made, because the operator wants it. Its port is held as at any other end.
 *
 * @return as cgn_cut_mapping()
 */
unsigned int cgn_cut_cleared(struct cgn_nat *n, uint32_t ref, cgn_tick now);

#endif /* CGN_CUT_H */
