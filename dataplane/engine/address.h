/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ADDRESS_H
#define CGN_ADDRESS_H

/**
 * @file
 * What an IPv4 address is to the engine: one of cgnd's own, the network or broadcast address of a link,
 * or one that no host has. Nearly all addresses are none of these; a look at the first octet or at a
 * filter of 64 bits says so.
 */

#include "dataplane/link/route.h"
#include "shared/conf.h"
#include "shared/verdict.h"

#include <rte_branch_prediction.h>

/** What an address's first octet says; the rest of the address decides for CGN_OCTET_LOOK. */
enum cgn_octet {
	CGN_OCTET_OK,
	CGN_OCTET_LOOK,      /* 100, 169: a part of it is special */
	CGN_OCTET_MULTICAST, /* 224/4 */
	CGN_OCTET_MARTIAN,   /* 0/8, 127/8, 240/4 */
};

/**
 * The addresses that are not simply some host's.
 *
 * Threads: single owner, the worker.
 */
struct cgn_addresses {
	uint64_t local_bloom; /* bit per hash of a local address: says no at once for nearly all */
	uint64_t edge_bloom;  /* the same of network and broadcast addresses */
	uint8_t octet[256];   /* enum cgn_octet by first octet */
	bool is_plain[256]; /* by first octet: nothing is special about remote hosts that have it */
	rte_be32_t local[CGN_PORTS_MAX *
			CGN_PORT_ADDRS_MAX];  /* of cgnd's ports, outside ones first */
	unsigned int n_local[CGN_SIDE_COUNT]; /* that a packet from a side can mean */
	/* Network and broadcast addresses of the links, outside ones first. */
	rte_be32_t edges[2 * CGN_PORTS_MAX * CGN_PORT_ADDRS_MAX];
	unsigned int n_edges[CGN_SIDE_COUNT]; /* that a packet from a side can mean */
	const struct cgn_routes *routes;      /* by side */
};

/** Set up for a configuration. @param routes  by side; only used by cgn_address_judge(), live as long */
void cgn_address_init(struct cgn_addresses *a, const struct cgn_conf *conf,
		const struct cgn_routes *routes);

/** Take over what a new configuration may change: pools and pass-through. */
void cgn_address_set_conf(struct cgn_addresses *a, const struct cgn_conf *conf);

/** Which bit of a 64 bit filter an address has. */
static inline unsigned int
cgn_address_bloom_bit(rte_be32_t addr)
{
	return (addr * UINT32_C(0x9e3779b1)) >> 26;
}

/**
 * Whether an address, as a packet from a side means it, is one of cgnd's own. Outside, only those of
 * outside ports are: an inside address is somebody else there (RFC 6598 section 4). From inside
 * both can be reached.
 */
static inline bool
cgn_address_is_local(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side from)
{
	if (likely((a->local_bloom >> cgn_address_bloom_bit(addr) & 1) == 0))
		return false;
	for (unsigned int i = 0; i < a->n_local[from]; i++) {
		if (a->local[i] == addr)
			return true;
	}
	return false;
}

/**
 * The source of an ICMP error that leaves by a port: the first IPv4 address of the port; if it has only
 * IPv6 ones, the first of another port, outside before inside; if no port has one, the dummy address
 * for that purpose, 192.0.0.8. There always is one: an error that is not sent makes a black hole.
 *
 * Source: RFC 1812 section 4.3.2.4, RFC 7600 section 4.8.
 */
rte_be32_t cgn_address_for_errors(const struct cgn_addresses *a, const struct cgn_conf_port *port);

/** The same by a full comparison; cgn_address_is_edge() asks this for few addresses. */
bool cgn_address_has_edge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side from);

/**
 * Whether an address is the network or the broadcast address of a link of cgnd's, which no host has.
 * Outside, only those of outside links are; an address of a pool never is.
 *
 * Source: RFC 1812 sections 4.2.3.1 and 5.3.7.
 */
static inline bool
cgn_address_is_edge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side from)
{
	return unlikely((a->edge_bloom >> cgn_address_bloom_bit(addr) & 1) != 0) &&
			cgn_address_has_edge(a, addr, from);
}

/** Judge a source or destination address by itself: CGN_V_NONE, CGN_V_MARTIAN, CGN_V_MULTICAST. */
enum cgn_verdict
cgn_address_judge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side side);

#endif /* CGN_ADDRESS_H */
