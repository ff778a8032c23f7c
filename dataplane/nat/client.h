/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLIENT_H
#define CGN_CLIENT_H

/**
 * @file
 * For whom a port is: the client that uses the number, and the subscriber whose limits it counts for.
 */

#include "dataplane/nat/queue.h"
#include "shared/addr.h"
#include "shared/clock.h"

/** The inside endpoint that a port is for. Network order. */
struct cgn_client {
	uint32_t realm; /* 0 for native IPv4 */
	rte_be32_t addr;
	rte_be16_t port;
	uint8_t proto; /* enum cgn_proto */
};

/**
 * Whether a mapping belongs to a client. The mapping layer provides it. @param mapping  entry of the
 * external index
 */
typedef bool (*cgn_same_client_fn)(const void *ctx, uint32_t mapping, const struct cgn_client *c);

/**
 * A subscriber, as limits and telemetry see it. Only its worker writes it. The fields that a new mapping
 * needs come first: subtable.h puts them into one cache line.
 */
struct cgn_subscriber {
	uint32_t n_mappings;  /* ports taken or claimed and not yet released */
	uint32_t ext_ord;     /* paired external address */
	uint32_t first_block; /* list of its blocks */
	uint16_t n_blocks;
	uint8_t group;
	uint8_t prefix_len;
	uint32_t tokens; /* of mappings_per_s, in 1/CGN_TICK_HZ of a mapping; at most one second's */
	cgn_tick tokens_at;
	uint32_t n_leases;   /* explicit mappings; lease.c counts them */
	uint32_t n_sessions; /* further TCP remotes and filter entries; quota.c counts them */
	uint64_t mappings_total;
	uint64_t refused_total;    /* mappings and port mapping requests refused for any reason */
	struct cgn_ip addr;        /* prefix address */
	cgn_tick idle_since;       /* since when it has had no port */
	uint32_t n_inbound;        /* of n_sessions: opened from outside */
	struct cgn_queue unproven; /* of these, those whose remote host has proved nothing */
	struct cgn_queue closed;   /* of n_inbound: closed by the inside, or reset */
};

#endif /* CGN_CLIENT_H */
