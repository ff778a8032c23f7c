/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REFUSAL_H
#define CGN_REFUSAL_H

/**
 * @file
 * Why a subscriber was refused a mapping, a connection or a request: the one list of reasons.
 *
 * Each row makes the enumerator, the name and the help text. The names are the interface of telemetry: they are
 * documented in config/OPERATE.md, and rows are only appended. A reason that is also the verdict of a packet has the
 * name of the verdict (verdict.h).
 */

#include "shared/verdict.h"

/* clang-format off */
#define CGN_REFUSALS(R)                                                                                   \
	R(SUB_MAPPINGS,     "sub_mappings",     "mappings_max of its group is reached")                    \
	R(SUB_RATE,         "sub_rate",         "more new mappings than mappings_per_s of its group")      \
	R(SUB_PORTS,        "sub_ports",        "its ports are in use or in hold-down, but for leases_reserve") \
	R(SUB_SESSIONS,     "sub_sessions",     "sessions_max of its group is reached")                    \
	R(SUB_LEASES,       "sub_leases",       "leases_max of its group is reached")                      \
	R(POOL_PORTS,       "pool_ports",       "its external address has no free block left")             \
	R(POOL_FULL,        "pool_full",        "no address of the pool has a free block")                 \
	R(MAPPINGS_FULL,    "mappings_full",    "the mapping table of its worker is full")                 \
	R(SESSIONS_FULL,    "sessions_full",    "the session table of its worker is full")                 \
	R(SUBSCRIBERS_FULL, "subscribers_full", "the table of subscribers or softwires is full")           \
	R(PORT_TAKEN,       "port_taken",       "the external port that it asked for is not free")         \
	R(NOT_AUTHORIZED,   "not_authorized",   "the request is not authorized, or its group has no leases") \
	R(REQUEST_RATE,     "request_rate",     "more requests than natpmp.requests_per_s")                \
	R(UPSTREAM,         "upstream",         "the NAT in front has refused")                            \
	R(OTHER,            "other",            "the request cannot be granted, such as a malformed one") \
	R(SUB_PROTOCOL,     "sub_protocol",     "mappings_udp_max, mappings_tcp_max or mappings_icmp_max of its group is reached") \
	R(SUBSCRIBERS_MAX,  "subscribers_max",  "nat.subscribers_max is reached") \
	R(STATION_LIMIT,    "station_limit",    "its station (MAC address) uses more addresses than it may: limits.station_addresses_max, or a quarter of the blocks of its pool")
/* clang-format on */

/** Reasons, one per row of CGN_REFUSALS. */
enum cgn_refusal {
#define CGN_REFUSAL_ENUM(id, name, help) CGN_REFUSAL_##id,
	CGN_REFUSALS(CGN_REFUSAL_ENUM)
#undef CGN_REFUSAL_ENUM
	CGN_REFUSAL_COUNT,
};

/** Name of a reason, "unknown" outside the enum. */
const char *cgn_refusal_name(enum cgn_refusal r);

/** One sentence of help, "" outside the enum. */
const char *cgn_refusal_help(enum cgn_refusal r);

/** The reason of a verdict. CGN_REFUSAL_OTHER: the verdict does not refuse a mapping or a connection. */
enum cgn_refusal cgn_refusal_of(enum cgn_verdict v);

#endif /* CGN_REFUSAL_H */
