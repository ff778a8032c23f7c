/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TCP_RESET_H
#define CGN_TCP_RESET_H

/**
 * @file
 * TCP resets that the engine sends, and the probes that ask for their sequence numbers (dataplane/nat/drain.h).
 */

#include "dataplane/engine/context.h"

/** A cgn_nat_reset_fn: resets both ends of a connection whose sequence numbers are known. @param ctx  the engine */
void cgn_tcp_reset_ends(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s);

/** A cgn_nat_reset_fn: asks both ends of a connection for their sequence numbers. @param ctx  the engine */
void cgn_tcp_reset_probe(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s);

/**
 * A segment has no mapping. If it may belong to a connection whose mapping was ended with its address, answer it with a
 * reset. The caller drops the segment.
 */
void cgn_tcp_reset_unknown(struct cgn_engine *e, const struct cgn_pkt *p);

/** Answer a TCP segment of a hairpin with a reset. If the segment is itself a reset, it is not answered. */
void cgn_tcp_reset_hairpin(struct cgn_engine *e, const struct cgn_pkt *p);

#endif /* CGN_TCP_RESET_H */
