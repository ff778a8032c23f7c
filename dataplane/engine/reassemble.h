/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REASSEMBLE_H
#define CGN_REASSEMBLE_H

/**
 * @file
 * Reassembly of IPv4 fragments as a stage of the packet path. Counts what the store (pkt/reassembly.h)
 * does.
 */

#include "dataplane/engine/context.h"

/**
 * Add a fragment. Only fragments of the same realm (p->realm) can form a datagram.
 *
 * @param p  kind CGN_PK_FRAGMENT
 * @return true: p is the whole datagram, parsed; false: the fragment is held or dropped
 */
bool cgn_reassemble(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_REASSEMBLE_H */
