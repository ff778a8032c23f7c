/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REASSEMBLE6_H
#define CGN_REASSEMBLE6_H

/**
 * @file
 * Reassembly of IPv6 fragments to local addresses, for the host plane (RFC 8200 section 4.5).
 *
 * The ports of a packet are only in its first fragment. So the packet gets its service and its class when it
 * is whole. A fragment is never in the queue to the control thread, and takes nothing from the limits of the
 * classes. The store of fragments limits memory and time: CGN_FRAGMENTS6_MAX for a worker, an eighth of them
 * for one /64 of a sender, and CGN_FRAG6_TIME_S. When it is full, the oldest packet gives way, so that a
 * flood of fragments does not stop packets whose fragments come together.
 *
 * Only a fragment header directly behind the IPv6 header is read. All other extension headers are refused.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/engine/context.h"

/** Make the store if there is a host plane. @return 0, -ENOMEM */
int cgn_reassemble6_init(struct cgn_engine *e);

/** Free the store with its fragments. It may be missing. */
void cgn_reassemble6_fini(struct cgn_engine *e);

/** Whether an IPv6 packet has a fragment header directly behind its IPv6 header. */
bool cgn_reassemble6_is_fragment(const struct cgn_pkt *p);

/**
 * Add a fragment. One worker gets all fragments of a source.
 *
 * An atomic fragment (RFC 6946) is a whole packet and never meets other fragments.
 *
 * @param p  kind CGN_PK_IP6, cgn_reassemble6_is_fragment(), and there is a host plane
 * @return true: p is the whole packet, without fragment header; false: the fragment is held, handed over or
 *   dropped
 */
bool cgn_reassemble6(struct cgn_engine *e, struct cgn_pkt *p);

/** Drop packets whose time is over, at most @p budget of them. @return true: more are due now */
bool cgn_reassemble6_expire(struct cgn_engine *e, unsigned int *budget);

/** Drop all fragments. @return number of fragments that were held */
unsigned int cgn_reassemble6_flush(struct cgn_engine *e);

/** Number of fragments held now. */
unsigned int cgn_reassemble6_held(const struct cgn_engine *e);

#endif /* CGN_REASSEMBLE6_H */
