/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ARP_ND_RESPONDER_H
#define CGN_ARP_ND_RESPONDER_H

/**
 * @file
 * Answers ARP requests and neighbour solicitations for cgnd's addresses, and tells the resolver what received
 * messages say about neighbours.
 *
 * Source:  RFC 826, RFC 4861 sections 7.2.3 to 7.2.5, RFC 5227 section 2.4.
 * Threads: the control thread. All I/O goes through struct cgn_resolver_ops.
 */

#include "controlplane/link/frame.h"
#include "controlplane/link/resolver.h"

/**
 * Take a received frame.
 *
 * @return false: it is neither ARP nor a neighbour solicitation or advertisement
 */
bool cgn_arp_nd_responder_input(struct cgn_resolver *t, const struct cgn_frame *f, uint64_t now_ms);

#endif /* CGN_ARP_ND_RESPONDER_H */
