/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TCP_RESET_H
#define CGN_TCP_RESET_H

/**
 * @file
 * TCP resets that the engine sends.
 */

#include "dataplane/engine/context.h"

/** A cgn_nat_reset_fn: resets both ends of a connection whose lease ended. @param ctx  the engine */
void cgn_tcp_reset_lease(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s);

/** Answer a TCP segment of a hairpin with a reset. If the segment is itself a reset, it is not answered. */
void cgn_tcp_reset_hairpin(struct cgn_engine *e, const struct cgn_pkt *p);

#endif /* CGN_TCP_RESET_H */
