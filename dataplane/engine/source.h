/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SOURCE_H
#define CGN_SOURCE_H

/**
 * @file
 * Whether the source address of a packet from inside is genuine: it is a subscriber's, belongs behind the
 * port that the packet came in by, and on a link is the address of the station that sent the frame.
 */

#include "dataplane/engine/context.h"

/** Set up the limits of questions for unknown sources. @return 0, -ENOMEM */
int cgn_source_init(struct cgn_engine *e);

/** Release what init made. */
void cgn_source_fini(struct cgn_engine *e);

/**
 * Judge a source. The control thread is asked to resolve the address of a source on a link that is not
 * known yet.
 *
 * @param ctx  the engine
 * @return CGN_V_NONE, CGN_V_MARTIAN, CGN_V_NOT_SUBSCRIBER, CGN_V_SPOOFED, CGN_V_STATION,
 *   CGN_V_STATION_UNKNOWN, CGN_V_STATION_LIMIT, CGN_V_SOFTWIRE_SOURCE
 */
enum cgn_verdict cgn_source_check(void *ctx, const struct cgn_pkt *p);

/** Whether a verdict means that a source is somebody else's, or one too many of its station. One that is
 * no subscriber's may ask for an echo. */
bool cgn_source_is_forged(enum cgn_verdict v);

#endif /* CGN_SOURCE_H */
