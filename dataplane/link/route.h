/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ROUTE_H
#define CGN_ROUTE_H

/**
 * @file
 * IPv4 routes of one side: longest prefix -> next hop.
 *
 * Up to CGN_ROUTE_SCAN routes are searched in a list. More routes are searched in an rte_fib, which needs
 * one memory access for most destinations. Each side has its own table, because equal addresses inside and
 * outside are different addresses (RFC 6598 section 4).
 *
 * Threads: single owner; read only after init.
 */

#include "shared/addr.h"
#include "shared/conf.h"

struct rte_fib;

#define CGN_ROUTE_SCAN 8 /* up to so many routes, a list is faster than an rte_fib */

/** A next hop: a gateway, or a directly connected link. The table of routes owns it. */
struct cgn_nexthop {
	rte_be32_t gateway; /* 0: a connected link, where the destination is the neighbour */
	uint16_t port;      /* index into conf ports */
	uint16_t mtu;
	uint32_t link_mask; /* host order; mask of a link with broadcast addresses, else all ones */
	uint32_t neigh;     /* the gateway's neighbour entry, 0: not looked up yet; set by out.c */
};

/** A route. Host order. */
struct cgn_route {
	uint32_t net; /* host order */
	uint32_t mask;
	uint16_t nexthop;
};

/** The routes of one side, of one worker. */
struct cgn_routes {
	/*
	 * By the first octet of a destination: the next hop, if it is the same for all addresses with this octet
	 * and none of them is the network or broadcast address of a link. NULL: search.
	 */
	struct cgn_nexthop *by_octet[256];
	/* If by_octet is NULL and there are few routes: the same by the second octet, or NULL. */
	struct cgn_nexthop **by_second[256];
	struct rte_fib *fib;      /* NULL: the list is searched */
	bool has_borrowed_fib;    /* it belongs to the routes of another worker */
	struct cgn_route *routes; /* longest prefix first */
	struct cgn_nexthop *nexthops;
	unsigned int n_routes;
	unsigned int n_nexthops;
};

/**
 * Build the table of one side from its ports' links and the configured routes. Any thread may do that.
 *
 * @param like  table of another worker for the same configuration and side, whose FIB is used, too. It must stay valid
 *   as long as @p r. NULL: there is none
 * @return 0, -ENOMEM
 */
int cgn_routes_init(struct cgn_routes *r, const struct cgn_conf *conf, enum cgn_side side,
		const struct cgn_routes *like);

/** Release the table. */
void cgn_routes_fini(struct cgn_routes *r);

/** Part of cgn_routes_lookup() that searches the rte_fib. */
struct cgn_nexthop *cgn_routes_lookup_fib(const struct cgn_routes *r, rte_be32_t dst);

/** Whether a destination on a link is a host: not the link's broadcast or network address (RFC 2644). */
static inline bool
cgn_routes_is_host(const struct cgn_nexthop *nh, uint32_t dst)
{
	uint32_t host = dst & ~nh->link_mask;

	return nh->link_mask == UINT32_MAX || (host != 0 && host != ~nh->link_mask);
}

/** Part of cgn_routes_lookup() for addresses that the tables by octet do not decide. */
static inline struct cgn_nexthop *
cgn_routes_look(const struct cgn_routes *r, rte_be32_t dst)
{
	struct cgn_nexthop *nh = NULL;
	uint32_t d = rte_be_to_cpu_32(dst);

	if (r->fib != NULL)
		nh = cgn_routes_lookup_fib(r, dst);
	for (unsigned int i = 0; r->fib == NULL && i < r->n_routes; i++) {
		if ((d & r->routes[i].mask) == r->routes[i].net) {
			nh = &r->nexthops[r->routes[i].nexthop];
			break;
		}
	}
	return nh != NULL && cgn_routes_is_host(nh, d) ? nh : NULL;
}

/** Next hop of a destination, NULL: no route. */
static inline struct cgn_nexthop *
cgn_routes_lookup(const struct cgn_routes *r, rte_be32_t dst)
{
	uint8_t octet[sizeof(dst)];
	struct cgn_nexthop *nh;

	memcpy(octet, &dst, sizeof(octet));
	nh = r->by_octet[octet[0]];
	if (nh == NULL && r->by_second[octet[0]] != NULL)
		nh = r->by_second[octet[0]][octet[1]];
	return nh != NULL ? nh : cgn_routes_look(r, dst);
}

/**
 * Whether a route of /10 or longer covers an address. If so, the operator has routed the shared address
 * range on this side (RFC 6598).
 */
bool cgn_routes_has_specific(const struct cgn_routes *r, rte_be32_t addr);

#endif /* CGN_ROUTE_H */
