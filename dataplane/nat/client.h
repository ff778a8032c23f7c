/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLIENT_H
#define CGN_CLIENT_H

/**
 * @file
 * Who uses a port: the client that uses the number, and the subscriber whose limits the port counts for.
 */

#include "dataplane/nat/queue.h"
#include "shared/addr.h"
#include "shared/clock.h"

/** The inside endpoint that uses a port. Network order. */
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

/** Whether this worker owns the subscriber with an address. The engine provides it. */
typedef bool (*cgn_subscriber_mine_fn)(const void *ctx, const struct cgn_ip *addr);

/**
 * The part of a subscriber that limits and telemetry use. Only the subscriber's worker writes it. The
 * fields that a new mapping needs come first: subtable.h puts them into one cache line.
 */
struct cgn_subscriber {
	/* Ports taken or claimed and not yet released. All of them are of one external address, so 16 bits are enough. */
	uint16_t n_mappings[CGN_PROTO_COUNT];
	uint16_t n_leases; /* explicit mappings; lease.c counts them, leases_max has 16 bits, too */
	uint32_t ext_ord;  /* paired external address */
	uint32_t first_block; /* start of the list of its blocks */
	uint16_t n_blocks;
	uint8_t group;
	uint8_t prefix_len;
	uint32_t tokens; /* for mappings_per_s, in 1/CGN_TICK_HZ; at most those of one second */
	cgn_tick tokens_at;
	uint32_t n_sessions; /* further TCP remotes and filter entries; quota.c counts them */
	uint64_t mappings_total;
	uint64_t refused_total;    /* mappings, connections and requests refused for any reason */
	uint32_t mappings_peak;    /* most of n_mappings since it became a subscriber */
	uint32_t sessions_peak;    /* most of n_sessions since then */
	struct cgn_ip addr;        /* prefix address */
	cgn_tick idle_since;       /* time since which it has had no port */
	uint32_t n_inbound;        /* the part of n_sessions that was opened from outside */
	struct cgn_queue unproven; /* the part of n_inbound that is unproven (queue.h) */
	struct cgn_queue closed;   /* the part of n_inbound that is closed (queue.h) */
	uint16_t blocks_peak;      /* most of n_blocks since then */
	bool is_live; /* the entry belongs to a subscriber; only subtable.c writes it */
	uint8_t reached; /* thresholds that it has reached, a bit for each enum cgn_mark_bit (mark.h) */
};

/** Mappings of a subscriber, of all protocols. */
static inline uint32_t
cgn_subscriber_mappings(const struct cgn_subscriber *s)
{
	return (uint32_t)s->n_mappings[CGN_PROTO_UDP] + s->n_mappings[CGN_PROTO_TCP] +
			s->n_mappings[CGN_PROTO_ICMP];
}

#endif /* CGN_CLIENT_H */
