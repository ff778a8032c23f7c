/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATS_H
#define CGN_STATS_H

/**
 * @file
 * Counters of one worker: only the worker writes them, any thread reads them at any time.
 */

#include "shared/addr.h"
#include "shared/counter.h"
#include "shared/latency.h"
#include "shared/limits.h"
#include "shared/refusal.h"
#include "shared/verdict.h"

#include <stdalign.h>

/* clang-format off */
/** Counters beside the verdicts; name and help are the telemetry interface. */
#define CGN_COUNTERS(C)                                                                         \
	C(MAPPINGS_MADE_UDP,    "mappings_made_udp",    "UDP mappings made")                     \
	C(MAPPINGS_MADE_TCP,    "mappings_made_tcp",    "TCP mappings made")                     \
	C(MAPPINGS_MADE_ICMP,   "mappings_made_icmp",   "ICMP query mappings made")              \
	C(MAPPINGS_ENDED,       "mappings_ended",       "mappings expired or deleted")           \
	C(MAPPINGS_CLEARED,     "mappings_cleared",     "mappings ended by the operator: cgnctl mappings clear") \
	C(MAPPINGS_CUT,         "mappings_cut",         "mappings ended by a reload: address, group or port had another use then") \
	C(LEASES_CUT,           "leases_cut",           "leases ended by a reload: address, group or port had another use then") \
	C(MAPPINGS_RESTORED,    "mappings_restored",    "mappings that a former process had made") \
	C(PORT_FAILURES_UDP,    "port_failures_udp",    "UDP mappings refused: the paired address had no free block") \
	C(PORT_FAILURES_TCP,    "port_failures_tcp",    "TCP mappings refused: the paired address had no free block") \
	C(PORT_FAILURES_ICMP,   "port_failures_icmp",   "ICMP query mappings refused: the paired address had no free block") \
	C(SESSIONS_MADE,        "sessions_made",        "further remotes kept beside the first of a mapping") \
	C(SESSIONS_EVICTED,     "sessions_evicted",     "unproven or closed sessions from outside that made room for others") \
	C(ICMP_MADE,            "icmp_made",            "ICMP errors sent by cgnd")              \
	C(ICMP_SUPPRESSED,      "icmp_suppressed",      "ICMP errors not sent: rate limit")      \
	C(TCP_RESETS_MADE,      "tcp_resets_made",      "TCP resets sent by cgnd")               \
	C(TCP_PROBES_MADE,      "tcp_probes_made",      "TCP segments sent that ask for sequence numbers") \
	C(SYN_HOLD_MATCHED,     "syn_hold_matched",     "held SYNs dropped: an outbound SYN came") \
	C(SYN_HOLD_EXPIRED,     "syn_hold_expired",     "held SYNs given up after six seconds")  \
	C(SYN_HOLD_OVERFLOW,    "syn_hold_overflow",    "unsolicited SYNs not held: no room") \
	C(HOLD_DOWN_OVERFLOW,   "hold_down_overflow",   "ports released early: hold_down_max reached") \
	C(FRAGMENTED,           "fragmented",           "packets cut to the next link's MTU")    \
	C(FRAGMENTS_MADE,       "fragments_made",       "fragments sent for them")               \
	C(SOFTWIRE_FRAGMENTED,  "softwire_fragmented",  "encapsulated packets cut to the tunnel's MTU") \
	C(SOFTWIRE_MOVES,       "softwire_moves",       "B4 addresses that changed within their prefix") \
	C(SOFTWIRE_TOO_BIG,     "softwire_too_big",     "tunnel MTUs lowered by ICMPv6")         \
	C(HANDOVER_OUT,         "handover_out",         "packets handed to another worker")      \
	C(HANDOVER_IN,          "handover_in",          "packets taken over from another worker") \
	C(INJECTED,             "injected",             "packets sent for the control thread")   \
	C(OWN_TX_LOST,          "own_tx_lost",          "own ICMP and TCP answers not taken by the device or without a next hop") \
	C(PUNT_LOST_ROUTING,    "punt_lost_routing",    "BGP and BFD packets for local addresses dropped: limit, or full queue") \
	C(PUNT_LOST_IPSEC,      "punt_lost_ipsec",      "IKE and ESP packets for local addresses dropped: limit, or full queue") \
	C(PUNT_LOST_NATPMP,     "punt_lost_natpmp",     "NAT-PMP packets dropped: limit, or full queue") \
	C(PUNT_LOST_OTHER,      "punt_lost_other",      "other packets for local addresses dropped: limit, or full queue") \
	C(NOTICES_SUPPRESSED,   "notices_suppressed",   "refusals and thresholds without a record: too many at once") \
	C(EVENTS_LOST,          "events_lost",          "events not sent: queue to the control thread is full")

/** Gauges kept by the worker. */
#define CGN_GAUGES(G)                                                                          \
	G(MAPPINGS_UDP,   "mappings_udp",   "UDP mappings now")                                 \
	G(MAPPINGS_TCP,   "mappings_tcp",   "TCP mappings now")                                 \
	G(MAPPINGS_ICMP,  "mappings_icmp",  "ICMP query mappings now")                          \
	G(SESSIONS,       "sessions",       "further remotes kept now")                         \
	G(SUBSCRIBERS,    "subscribers",    "subscribers known now")                            \
	G(SOFTWIRES,      "softwires",      "softwires known now")                              \
	G(PORTS_HELD,     "ports_held",     "ports in hold-down now")                           \
	G(HELD_FRAGMENTS, "held_fragments", "received fragments that wait for others")          \
	G(HELD_NEIGH,     "held_neigh",     "received packets that wait for a next hop")        \
	G(HELD_SYNS,      "held_syns",      "unsolicited SYNs in their six seconds")            \
	G(NEIGHBOURS,     "neighbours",     "next hops known now")                              \
	G(STATICS_WAITING, "statics_waiting", "static mappings that could not be made yet") \
	G(FOLLOWING,      "following",      "workers that end and open what the last reload has changed")

/**
 * Gauges of a pool: the field of struct cgn_pool_stats, its name, its help. Names and help texts of this list and of the
 * next three are the interface of telemetry and metrics.
 */
#define CGN_POOL_GAUGES(G)                                                                     \
	G(addresses,      "addresses",      "external addresses of the pool")                   \
	G(addresses_used, "addresses_used", "external addresses with a block in use now")       \
	G(addresses_closed, "addresses_closed", "external addresses that are taken out of use (pools[].drain)") \
	G(blocks,         "blocks",         "port blocks of the pool")                          \
	G(blocks_used,    "blocks_used",    "port blocks that belong to subscribers now")       \
	G(blocks_guarded, "blocks_guarded", "free port blocks in guard now")                  \
	G(ports_used[CGN_PROTO_UDP],  "udp_ports_used", "UDP ports with a mapping now")         \
	G(ports_used[CGN_PROTO_TCP],  "tcp_ports_used", "TCP ports with a mapping now")         \
	G(ports_used[CGN_PROTO_ICMP], "icmp_ids_used",  "ICMP query identifiers with a mapping now") \
	G(ports_held,     "ports_held",     "ports in hold-down now")                           \
	G(subscribers,    "subscribers",    "subscribers paired with an address of the pool now")

/** Counters of a pool (RFC 7659 section 3.1.4). */
#define CGN_POOL_COUNTERS(C)                                                                   \
	C(pairings,         "pairings",         "times that a subscriber was paired with an address") \
	C(mappings_made,    "mappings_made",    "mappings made")                                \
	C(address_failures, "address_failures", "subscribers refused: no address had a free block") \
	C(port_failures,    "port_failures",    "mappings refused: the paired address had no free block") \
	C(guard_cut,        "guard_cut",        "port blocks given out before the end of their guard")

/** Gauges of a group of subscribers. */
#define CGN_GROUP_GAUGES(G)                                                                    \
	G(subscribers, "subscribers", "subscribers of the group known now")                     \
	G(mappings,    "mappings",    "mappings of the group's subscribers now")                \
	G(leases,      "leases",      "leases of the group's subscribers now")

/** Counters of a group. */
#define CGN_GROUP_COUNTERS(C)                                                                  \
	C(mappings_made, "mappings_made", "mappings made for the group's subscribers")          \
	C(refused,       "refused",       "mappings and port mapping requests refused for any reason") \
	C(thresholds,    "thresholds",    "times that a subscriber reached a threshold of the group")
/* clang-format on */

/** Counters, one per row of CGN_COUNTERS. */
enum cgn_counter_id {
#define CGN_COUNTER_ENUM(id, name, help) CGN_C_##id,
	CGN_COUNTERS(CGN_COUNTER_ENUM)
#undef CGN_COUNTER_ENUM
	CGN_C_COUNT,
};

/** Gauges, one per row of CGN_GAUGES. */
enum cgn_gauge_id {
#define CGN_GAUGE_ENUM(id, name, help) CGN_G_##id,
	CGN_GAUGES(CGN_GAUGE_ENUM)
#undef CGN_GAUGE_ENUM
	CGN_G_COUNT,
};

/** Limits of a group, each with the key and the reason of a refusal (refusal.h). Their refusals have log lines. */
#define CGN_GROUP_LIMITS(L)                                    \
	L(MAPPINGS, "mappings_max", SUB_MAPPINGS)              \
	L(PROTOCOL, "mappings_udp/tcp/icmp_max", SUB_PROTOCOL) \
	L(RATE, "mappings_per_s", SUB_RATE)                    \
	L(PORTS, "blocks_max", SUB_PORTS)                      \
	L(SESSIONS, "sessions_max", SUB_SESSIONS)              \
	L(LEASES, "leases_max", SUB_LEASES)

/** Limits of a group, one per row of CGN_GROUP_LIMITS. */
enum cgn_group_limit {
#define CGN_GROUP_LIMIT_ENUM(id, key, refusal) CGN_GROUP_LIMIT_##id,
	CGN_GROUP_LIMITS(CGN_GROUP_LIMIT_ENUM)
#undef CGN_GROUP_LIMIT_ENUM
	CGN_GROUP_LIMIT_COUNT, /* as the limit of a refusal: none */
};

/** Packets and octets of one port, as one worker has received and sent them. */
struct cgn_port_stats {
	cgn_counter rx_pkts;
	cgn_counter rx_bytes;
	cgn_counter tx_pkts;
	cgn_counter tx_bytes;
};

/** Gauges and counters of the part of a pool that a worker has, or the sum over workers. */
struct cgn_pool_stats {
	cgn_counter addresses;
	cgn_counter addresses_used;
	cgn_counter addresses_closed;
	cgn_counter blocks;
	cgn_counter blocks_used;
	cgn_counter blocks_guarded;
	cgn_counter ports_used[CGN_PROTO_COUNT];
	cgn_counter ports_held;
	cgn_counter subscribers;
	cgn_counter pairings;
	cgn_counter mappings_made;
	cgn_counter address_failures;
	cgn_counter port_failures;
	cgn_counter guard_cut;
};

/** Gauges and counters of the subscribers of a group that a worker has, or the sum over workers. */
struct cgn_group_stats {
	cgn_counter subscribers;
	cgn_counter mappings;
	cgn_counter leases;
	cgn_counter mappings_made;
	cgn_counter refused;
	cgn_counter thresholds;
	cgn_counter limited
			[CGN_GROUP_LIMIT_COUNT]; /* the part of `refused` that a limit of the group has refused */
};

/** All counters of a worker. */
struct cgn_stats {
	alignas(64) cgn_counter verdict[CGN_V_COUNT];
	cgn_counter counter[CGN_C_COUNT];
	cgn_counter gauge[CGN_G_COUNT];
	struct cgn_port_stats port[CGN_PORTS_MAX];
	struct cgn_pool_stats pool[CGN_POOLS_MAX];
	struct cgn_group_stats group[CGN_GROUPS_MAX];
	struct cgn_latency latency[CGN_LATENCY_COUNT];
	cgn_counter turns; /* of the worker's loop, idle ones too: it rises while the worker lives */
};

/** Telemetry name of a counter. NULL outside the enum. */
const char *cgn_stats_counter_name(enum cgn_counter_id c);

/** One sentence of help on a counter. NULL outside the enum. */
const char *cgn_stats_counter_help(enum cgn_counter_id c);

/** Telemetry name of a gauge. NULL outside the enum. */
const char *cgn_stats_gauge_name(enum cgn_gauge_id g);

/** One sentence of help on a gauge. NULL outside the enum. */
const char *cgn_stats_gauge_help(enum cgn_gauge_id g);

/** The key of a limit of a group. */
const char *cgn_stats_limit_name(enum cgn_group_limit l);

/** The limit of a group that refuses for a reason; CGN_GROUP_LIMIT_COUNT: none does. */
enum cgn_group_limit cgn_stats_limit_of(enum cgn_refusal why);

/** Add what a worker has of a pool to a sum. Any thread. */
void cgn_stats_add_pool(struct cgn_pool_stats *sum, const struct cgn_stats *s, unsigned int pool);

/** The place of a pool has another name: its counters begin at 0. Its gauges are 0. Owner thread only. */
void cgn_stats_clear_pool(struct cgn_stats *s, unsigned int pool);

/** The same for a group. */
void cgn_stats_clear_group(struct cgn_stats *s, unsigned int group);

/** Add what a worker has of a group to a sum. Any thread. */
void
cgn_stats_add_group(struct cgn_group_stats *sum, const struct cgn_stats *s, unsigned int group);

#endif /* CGN_STATS_H */
