/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAP_LOOK_H
#define CGN_TAP_LOOK_H

/**
 * @file
 * Looks up for a packet what the engine will look up for it, and changes nothing.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/engine/context.h"
#include "shared/tap_record.h"

/** Room for a copy of a packet: the parser trims and moves what it parses. */
#define CGN_TAP_COPY_MAX (CGN_HEADROOM + 65535 + 64)

/**
 * Before the engine gets a packet: fill the fields of its record from `parsed` on, but for the verdict.
 *
 * @param copy  CGN_TAP_COPY_MAX octets
 * @param[in,out] r  its entry, port and side are set
 */
void cgn_tap_look_before(const struct cgn_engine *e, const struct rte_mbuf *m, uint8_t *copy,
		struct cgn_tap_record *r);

/**
 * For a frame that leaves, and whose packet was not looked at when it came: the mapping that it was translated by, and its
 * group. A frame with IPv6, or of a fragment that is not the first one, gets none.
 *
 * @param copy  CGN_TAP_COPY_MAX octets
 * @param[in,out] r  its port and side are set
 */
void cgn_tap_look_left(const struct cgn_engine *e, const struct rte_mbuf *m, uint8_t *copy,
		struct cgn_tap_record *r);

/** After cgn_tap_look_before(), when the engine has returned: note the mappings that the packet has made, and where it went. */
void cgn_tap_look_after(const struct cgn_engine *e, struct cgn_tap_record *r);

#endif /* CGN_TAP_LOOK_H */
