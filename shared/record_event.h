/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RECORD_EVENT_H
#define CGN_RECORD_EVENT_H

/**
 * @file
 * What records tell: their kinds and events, and the limits and thresholds of which they tell.
 *
 * Each list is one row for each entry. The names are those of the configuration, of the lines and of IPFIX.
 *
 * Source:  RFC 8158 sections 4.3 to 4.6.
 */

#include <stdint.h>

/* clang-format off */
/**
 * Kinds of records. The names are the values of export.records, and parts of the names of counters. PROCESS is not
 * configured: its records are always made.
 */
#define CGN_RECORD_KINDS(K)    \
	K(PROCESS,  "process")  \
	K(BLOCKS,   "blocks")   \
	K(BINDINGS, "bindings") \
	K(LEASES,   "leases")   \
	K(QUOTAS,   "quotas")   \
	K(THRESHOLDS, "thresholds") \
	K(MAPPINGS, "mappings") \
	K(SESSIONS, "sessions")

/** Events: the kind, the name (MSGID of a line), and the natEvent of RFC 8158 (0: it has none). */
#define CGN_RECORD_EVENTS(E)                                 \
	E(GAP,             PROCESS,  "gap",              0)   \
	E(START,           PROCESS,  "start",            0)   \
	E(STOP,            PROCESS,  "stop",             0)   \
	E(CLOCK_STEP,      PROCESS,  "clock-step",       0)   \
	E(CHECKPOINT,      PROCESS,  "checkpoint",       0)   \
	E(BINDING_CREATED, BINDINGS, "binding-created",  14)  \
	E(BINDING_DELETED, BINDINGS, "binding-deleted",  15)  \
	E(BLOCK_ALLOCATED, BLOCKS,   "block-allocated",  16)  \
	E(BLOCK_RELEASED,  BLOCKS,   "block-released",   17)  \
	E(LEASE_MADE,      LEASES,   "lease-made",       8)   \
	E(LEASE_RENEWED,   LEASES,   "lease-renewed",    0)   \
	E(LEASE_ENDED,     LEASES,   "lease-ended",      9)   \
	E(ADDRESSES_EXHAUSTED, QUOTAS, "addresses-exhausted", 3) \
	E(PORTS_EXHAUSTED, QUOTAS,   "ports-exhausted",  12)  \
	E(QUOTA_EXCEEDED,  QUOTAS,   "quota-exceeded",   13)  \
	E(THRESHOLD_REACHED, THRESHOLDS, "threshold-reached", 18) \
	E(MAPPING_CREATED, MAPPINGS, "mapping-created",  8)   \
	E(MAPPING_DELETED, MAPPINGS, "mapping-deleted",  9)   \
	E(SESSION_CREATED, SESSIONS, "session-created",  4)   \
	E(SESSION_DELETED, SESSIONS, "session-deleted",  5)

/**
 * Limits that refuse: the natQuotaExceededEvent of RFC 8158 (section 4.4), and the key of the configuration. The limits
 * of one protocol follow in the order of enum cgn_proto.
 */
#define CGN_RECORD_LIMITS(L)                                        \
	L(SUB_MAPPINGS,      3, "groups.mappings_max")               \
	L(SUB_MAPPINGS_UDP,  3, "groups.mappings_udp_max")           \
	L(SUB_MAPPINGS_TCP,  3, "groups.mappings_tcp_max")           \
	L(SUB_MAPPINGS_ICMP, 3, "groups.mappings_icmp_max")          \
	L(SUB_BLOCKS,        3, "groups.blocks_max")                 \
	L(SUB_PORTS,         3, "groups.deterministic.ports_max")    \
	L(SUB_SESSIONS,      3, "groups.sessions_max")               \
	L(SUB_LEASES,        3, "groups.leases_max")                 \
	L(MAPPINGS,          2, "nat.mappings_max")                  \
	L(SESSIONS,          1, "nat.sessions_max")                  \
	L(SUBSCRIBERS,       4, "nat.subscribers_max")               \
	L(SUBSCRIBER_TABLE,  4, "subscriber_table")                  \
	L(FRAGMENTS,         5, "nat.fragments_max")

/**
 * Thresholds: the natThresholdEvent of RFC 8158 (section 4.5; 0: it has none), the element of IPFIX that has the value
 * of the threshold ("": none, or its name is too long for RFC 5424), and the key of the configuration. Table 18 of RFC
 * 8158 has the element of all mappings for those of a subscriber, too.
 */
#define CGN_RECORD_THRESHOLDS(T)                                                                           \
	T(POOL_HIGH,        1, "addressPoolHighThreshold", "pools.use_high_percent")                       \
	T(POOL_LOW,         2, "addressPoolLowThreshold", "pools.use_low_percent")                         \
	T(MAPPINGS_HIGH,    3, "addressPortMappingHighThreshold", "nat.mappings_high")                     \
	T(SUB_MAPPINGS_HIGH, 4, "addressPortMappingHighThreshold", "groups.mappings_high")                 \
	T(SUB_OWN_HIGH,     4, "addressPortMappingHighThreshold", "groups.deterministic.use_high_percent") \
	T(SUBSCRIBERS_HIGH, 5, "", "nat.subscribers_high")                                                 \
	T(SESSIONS_HIGH,    0, "", "nat.sessions_high")                                                    \
	T(SOFTWIRES_HIGH,   0, "", "softwire.homes_high")
/* clang-format on */

/** Kinds of records. */
enum cgn_record_kind {
#define CGN_RECORD_KIND_ENUM(id, name) CGN_RECORD_KIND_##id,
	CGN_RECORD_KINDS(CGN_RECORD_KIND_ENUM)
#undef CGN_RECORD_KIND_ENUM
	CGN_RECORD_KIND_COUNT,
};

/** What happened. */
enum cgn_record_event {
#define CGN_RECORD_EVENT_ENUM(id, kind, name, nat_event) CGN_RECORD_##id,
	CGN_RECORD_EVENTS(CGN_RECORD_EVENT_ENUM)
#undef CGN_RECORD_EVENT_ENUM
	CGN_RECORD_EVENT_COUNT,
};

/** A limit that can refuse. */
enum cgn_record_limit {
#define CGN_RECORD_LIMIT_ENUM(id, quota, name) CGN_RECORD_LIMIT_##id,
	CGN_RECORD_LIMITS(CGN_RECORD_LIMIT_ENUM)
#undef CGN_RECORD_LIMIT_ENUM
	CGN_RECORD_LIMIT_COUNT,
};

/** A threshold that can be reached. */
enum cgn_record_threshold_id {
#define CGN_RECORD_THRESHOLD_ENUM(id, nat_threshold, element, name) CGN_RECORD_THRESHOLD_##id,
	CGN_RECORD_THRESHOLDS(CGN_RECORD_THRESHOLD_ENUM)
#undef CGN_RECORD_THRESHOLD_ENUM
	CGN_RECORD_THRESHOLD_COUNT,
};

/** The kind of an event. */
static inline enum cgn_record_kind
cgn_record_kind_of(unsigned int event)
{
	static const uint8_t kinds[] = {
#define CGN_RECORD_EVENT_KIND(id, kind, name, nat_event) CGN_RECORD_KIND_##kind,
		CGN_RECORD_EVENTS(CGN_RECORD_EVENT_KIND)
#undef CGN_RECORD_EVENT_KIND
	};

	return (enum cgn_record_kind)kinds[event];
}

#endif /* CGN_RECORD_EVENT_H */
