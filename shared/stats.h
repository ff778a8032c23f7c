/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATS_H
#define CGN_STATS_H

/**
 * @file
 * Counters of one worker: only the worker writes them, any thread reads them at any time.
 */

#include "shared/counter.h"
#include "shared/latency.h"
#include "shared/limits.h"
#include "shared/verdict.h"

#include <stdalign.h>

/* clang-format off */
/** Counters beside the verdicts; name and help are the telemetry interface. */
#define CGN_COUNTERS(C)                                                                         \
	C(MAPPINGS_MADE_UDP,    "mappings_made_udp",    "UDP mappings made")                     \
	C(MAPPINGS_MADE_TCP,    "mappings_made_tcp",    "TCP mappings made")                     \
	C(MAPPINGS_MADE_ICMP,   "mappings_made_icmp",   "ICMP query mappings made")              \
	C(MAPPINGS_ENDED,       "mappings_ended",       "mappings expired or deleted")           \
	C(SESSIONS_MADE,        "sessions_made",        "further remotes kept beside the first of a mapping") \
	C(SESSIONS_EVICTED,     "sessions_evicted",     "unproven or closed sessions from outside that made room for others") \
	C(ICMP_MADE,            "icmp_made",            "ICMP errors sent by cgnd")              \
	C(ICMP_SUPPRESSED,      "icmp_suppressed",      "ICMP errors not sent: rate limit")      \
	C(TCP_RESETS_MADE,      "tcp_resets_made",      "TCP resets sent by cgnd")               \
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
	G(NEIGHBOURS,     "neighbours",     "next hops known now")
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

/** Packets and octets of one port, as one worker has received and sent them. */
struct cgn_port_stats {
	cgn_counter rx_pkts;
	cgn_counter rx_bytes;
	cgn_counter tx_pkts;
	cgn_counter tx_bytes;
};

/** All counters of a worker. */
struct cgn_stats {
	alignas(64) cgn_counter verdict[CGN_V_COUNT];
	cgn_counter counter[CGN_C_COUNT];
	cgn_counter gauge[CGN_G_COUNT];
	struct cgn_port_stats port[CGN_PORTS_MAX];
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

#endif /* CGN_STATS_H */
