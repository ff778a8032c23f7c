/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_AUTHORIZATION_H
#define CGN_AUTHORIZATION_H

/**
 * @file
 * Whether the sender of a request may have leases: a group can require that requests come through an IPsec SA.
 *
 * The kernel and the IKE daemon say which datagrams did. Here only the rule of the group is applied.
 *
 * Source:  J. Woodyatt, "Pimp Your NAT!"; draft-woodyatt-spnatpmp-appl section 5; RFC 6886 section 5.
 * Threads: any. Pure.
 */

#include "controlplane/link/return_addr.h"
#include "shared/conf.h"

/** Whether a group lets the sender of a datagram ask for leases. */
bool
cgn_authorization_allows(const struct cgn_conf_group *group, const struct cgn_return_addr *from);

#endif /* CGN_AUTHORIZATION_H */
