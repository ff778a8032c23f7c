/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ROUTE6_H
#define CGN_ROUTE6_H

/**
 * @file
 * IPv6 routes of one side: longest prefix -> next hop. A list is enough, because look-ups are rare. They
 * are needed only when a softwire is made, when its B4 gets another address, and for packets of the control
 * thread to a B4.
 *
 * Threads: single owner; read only after init.
 */

#include "shared/addr.h"
#include "shared/conf.h"

/** An IPv6 next hop: a gateway, or a directly connected link. */
struct cgn_nexthop6 {
	struct cgn_ip gateway; /* is_ip6 false: a connected link, the destination is the neighbour */
	uint16_t port;         /* index into conf ports */
	uint16_t mtu;
	uint32_t neigh; /* the gateway's neighbour entry, 0: not looked up yet; set by out.c */
};

/** An IPv6 route. */
struct cgn_route6 {
	struct cgn_ip6 prefix; /* host bits are zero */
	uint8_t len;
	struct cgn_nexthop6 nh;
};

/** The IPv6 routes of one side. */
struct cgn_routes6 {
	struct cgn_route6 *at; /* longest prefix first */
	unsigned int n;
};

/** Build the list from the ports' links and the configured routes of a side. @return 0, -ENOMEM */
int cgn_route6_init(struct cgn_routes6 *r, const struct cgn_conf *conf, enum cgn_side side);

/** Release the table. */
void cgn_route6_fini(struct cgn_routes6 *r);

/** Next hop of a destination, NULL: no route. */
struct cgn_nexthop6 *cgn_route6_lookup(const struct cgn_routes6 *r, const struct cgn_ip6 *dst);

#endif /* CGN_ROUTE6_H */
