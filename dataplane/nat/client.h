/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLIENT_H
#define CGN_CLIENT_H

/**
 * @file
 * Who ports are for: the client that owns a number, and the subscriber whose limits it counts for.
 */

#include "dataplane/nat/queue.h"
#include "shared/addr.h"
#include "shared/clock.h"

/** Who asks for a port: the client, and the inside number that the mapping is for. */
struct cgn_client {
	uint32_t realm; /* 0 for native IPv4 */
	rte_be32_t addr;
	rte_be16_t port;
	uint8_t proto; /* enum cgn_proto */
};

/** Whether the mapping in an external index entry belongs to the client; given by the mapping layer. */
typedef bool (*cgn_same_client_fn)(const void *ctx, uint32_t mapping, const struct cgn_client *c);

/** What telemetry and limits see of a subscriber. Written by the worker. What a new mapping looks at
 * comes first: subtable.h puts it into one cache line. */
struct cgn_subscriber {
	uint32_t n_mappings;  /* ports taken or claimed and not yet released */
	uint32_t ext_ord;     /* paired external address */
	uint32_t first_block; /* list of own blocks */
	uint16_t n_blocks;
	uint8_t group;
	uint8_t prefix_len;
	uint32_t tokens; /* of mappings_per_s, in 1/CGN_TICK_HZ of a mapping; at most one second's */
	cgn_tick tokens_at;
	uint32_t n_leases;   /* explicit mappings; kept by whoever makes them */
	uint32_t n_sessions; /* further TCP remotes and filter entries; kept by quota.c */
	uint64_t mappings_total;
	uint64_t refused_total;    /* mappings and port mapping requests refused for any reason */
	struct cgn_ip addr;        /* prefix address */
	cgn_tick idle_since;       /* when it had nothing left */
	uint32_t n_inbound;        /* of n_sessions: opened from outside */
	struct cgn_queue unproven; /* of these, those whose remote host has proved nothing */
	struct cgn_queue closed;   /* of n_inbound: closed by the inside, or reset */
};

#endif /* CGN_CLIENT_H */
