/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ADDRESS_H
#define CGN_ADDRESS_H

/**
 * @file
 * Finds out whether an IPv4 address is a local address, the network or broadcast address of a link, or an
 * address that no host can have. Nearly all addresses are none of these. The first octet or a 64-bit filter
 * is enough to see that.
 *
 * A local address is an address of one of cgnd's ports, or the anycast address of PCP (shared/anycast.h).
 */

#include "dataplane/link/route.h"
#include "shared/conf.h"
#include "shared/verdict.h"

#include <rte_branch_prediction.h>

/** What the first octet of an address tells. CGN_OCTET_LOOK: the other octets decide. */
enum cgn_octet {
	CGN_OCTET_OK,
	CGN_OCTET_LOOK,      /* 100, 169: a part of it is special */
	CGN_OCTET_MULTICAST, /* 224/4 */
	CGN_OCTET_MARTIAN,   /* 0/8, 127/8, 240/4 */
};

/**
 * Local addresses, network and broadcast addresses of links ("edges"), and special ranges. Addresses are in
 * network order.
 *
 * Threads: single owner, the worker.
 */
struct cgn_addresses {
	uint64_t local_bloom;  /* one bit per hash of a local address: a 0 means "not local" */
	uint64_t edge_bloom;   /* the same for network and broadcast addresses */
	uint8_t octet[256];    /* enum cgn_octet by first octet */
	bool is_ordinary[256]; /* by first octet: its addresses need no closer look */
	/* Addresses of outside ports, those of inside ports, the anycast address of PCP. */
	rte_be32_t local[CGN_PORTS_MAX * CGN_PORT_ADDRS_MAX + 1];
	unsigned int n_local
			[CGN_SIDE_COUNT]; /* how many of local[] count for packets from a side */
	/* Network and broadcast addresses of the links, outside ones first. */
	rte_be32_t edges[2 * CGN_PORTS_MAX * CGN_PORT_ADDRS_MAX];
	unsigned int n_edges[CGN_SIDE_COUNT]; /* how many count, as n_local */
	const struct cgn_routes *routes;      /* by side */
};

/**
 * Set up for a configuration.
 *
 * @param routes  by side; must stay valid as long as @p a, because cgn_address_judge() uses them
 */
void cgn_address_init(struct cgn_addresses *a, const struct cgn_conf *conf,
		const struct cgn_routes *routes);

/** The bit of an address in a 64-bit filter. */
static inline unsigned int
cgn_address_bloom_bit(rte_be32_t addr)
{
	return (addr * UINT32_C(0x9e3779b1)) >> 26;
}

/**
 * Whether an address in a packet from a side is a local address. For packets from outside only addresses of
 * outside ports count: an equal address on an inside port is a different address (RFC 6598 section 4).
 * Packets from inside can reach all local addresses.
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

/** cgn_address_is_local() for IPv6. It reads the configuration, so it is slow. */
bool cgn_address_is_local6(const struct cgn_conf *conf, const uint8_t addr[16], enum cgn_side from);

/**
 * Source address for an ICMP error that leaves by a port: the first IPv4 address of the port. If the port
 * has only IPv6 addresses, the first IPv4 address of another port is used, of outside ports before inside
 * ports. If no port has an IPv4 address, the dummy address 192.0.0.8 is used. An address is always found,
 * because without the ICMP error packets would be lost without notice (a black hole).
 *
 * Source: RFC 1812 section 4.3.2.4, RFC 7600 section 4.8.
 */
rte_be32_t cgn_address_for_errors(const struct cgn_addresses *a, const struct cgn_conf_port *port);

/** cgn_address_is_edge() without the filter. */
bool cgn_address_has_edge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side from);

/**
 * Whether an address is the network or broadcast address of a link, which no host can have. For packets
 * from outside only outside links count. For a pool address the answer is always no.
 *
 * Source: RFC 1812 sections 4.2.3.1 and 5.3.7.
 */
static inline bool
cgn_address_is_edge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side from)
{
	return unlikely((a->edge_bloom >> cgn_address_bloom_bit(addr) & 1) != 0) &&
			cgn_address_has_edge(a, addr, from);
}

/** Check an address alone, without a packet. @return CGN_V_NONE, CGN_V_MARTIAN, CGN_V_MULTICAST */
enum cgn_verdict
cgn_address_judge(const struct cgn_addresses *a, rte_be32_t addr, enum cgn_side side);

#endif /* CGN_ADDRESS_H */
