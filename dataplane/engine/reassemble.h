/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REASSEMBLE_H
#define CGN_REASSEMBLE_H

/**
 * @file
 * Fragments of IPv4 packets in the packet path, counted as they are held, joined or given up.
 */

#include "dataplane/engine/context.h"

/**
 * Take a fragment. Those of one realm (p->realm) belong together.
 *
 * @param p  kind CGN_PK_FRAGMENT
 * @return true: p is the whole datagram, parsed; false: it is held or dropped
 */
bool cgn_reassemble(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_REASSEMBLE_H */
