/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REQUEST6_H
#define CGN_REQUEST6_H

/**
 * @file
 * Requests of PCP over IPv6, on an AFTR. A B4 sends them from the address of its softwire, and names the inner address
 * that a mapping is for (RFC 6887 section 13.1, RFC 7648 section 3.3). A host of pcp.third_party may send them, too.
 *
 * The control thread believes the source of a request. So it is checked here, by the route back to it. Other hosts of a
 * home must not speak for its B4. So a home that has a softwire sends requests from the address of its B4 only. They
 * neither make nor move a softwire.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/engine/context.h"

/**
 * Whether an IPv6 packet is to an address at which an AFTR takes requests: softwire.local, or the anycast address of PCP.
 * Says nothing about its UDP port.
 */
bool cgn_request6_is_for(const struct cgn_engine *e, const struct cgn_pkt *p);

/** Check such a packet, and give it to the control thread, or to the worker of its home, or drop it. */
void cgn_request6_take(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_REQUEST6_H */
