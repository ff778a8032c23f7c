/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_VERDICT_H
#define CGN_VERDICT_H

/**
 * @file
 * What happened to a packet: the one list of outcomes.
 *
 * Every packet that a port receives has exactly one verdict, so received = sum of the verdicts + packets
 * still held (fragments, neighbour resolution). Each row makes the enumerator, the counter cell, the
 * telemetry name and the help text, so none of them can be forgotten. Rows are only appended within their
 * class: the names are the telemetry interface.
 */

/** Classes of verdicts. */
enum cgn_verdict_class {
	CGN_VC_FORWARDED, /* left through a port */
	CGN_VC_LOCAL,     /* handed to the control thread or answered here */
	CGN_VC_ABSORBED,  /* became part of another packet, or was nothing that anybody misses */
	CGN_VC_DROPPED,
};

/* clang-format off */
#define CGN_VERDICTS(V)                                                                                   \
	V(OUT,            FORWARDED, "out",            "inside to outside, translated and forwarded")      \
	V(IN,             FORWARDED, "in",             "outside to inside, translated and forwarded")      \
	V(HAIRPIN,        FORWARDED, "hairpin",        "inside to inside through an external address")     \
	V(PASS_THROUGH,   FORWARDED, "pass_through",   "forwarded without translation by configuration")   \
	V(LOCAL,          LOCAL,     "local",          "for cgnd itself: handed to the control thread")    \
	V(NEIGHBOUR,      LOCAL,     "neighbour",      "ARP or neighbour discovery")                       \
	V(SOFTWIRE_ERROR, LOCAL,     "softwire_error", "ICMPv6 error about a softwire, taken note of")     \
	V(REASSEMBLED,    ABSORBED,  "reassembled",    "fragment that became part of a whole datagram")    \
	V(SYN_HELD,       ABSORBED,  "syn_held",       "unsolicited SYN kept for six seconds (RFC 5382 REQ-4)") \
	V(IP6_MULTICAST,  ABSORBED,  "ip6_multicast",  "IPv6 multicast of the link, such as MLD: it is not for cgnd") \
	V(L2_SHORT,       DROPPED,   "l2_short",       "frame shorter than its Ethernet header")           \
	V(L2_OTHER_HOST,  DROPPED,   "l2_other_host",  "Ethernet destination is another station")          \
	V(L2_VLAN,        DROPPED,   "l2_vlan",        "VLAN tag is not the port's")                       \
	V(L2_ETHERTYPE,   DROPPED,   "l2_ethertype",   "neither IPv4, IPv6 nor ARP")                       \
	V(L3_SHORT,       DROPPED,   "l3_short",       "IP header or total length longer than the frame")  \
	V(L3_HEADER,      DROPPED,   "l3_header",      "IP version, header length or options malformed")   \
	V(L3_CHECKSUM,    DROPPED,   "l3_checksum",    "IPv4 header checksum wrong")                       \
	V(L3_SOURCE_ROUTE, DROPPED,  "l3_source_route", "IPv4 source-route or record-route option")        \
	V(L4_SHORT,       DROPPED,   "l4_short",       "transport header longer than the packet")          \
	V(L4_HEADER,      DROPPED,   "l4_header",      "transport header malformed")                       \
	V(L4_PORT_ZERO,   DROPPED,   "l4_port_zero",   "source or destination port is zero")               \
	V(IP6,            DROPPED,   "ip6",            "IPv6 that is neither for cgnd nor a softwire")     \
	V(PROTOCOL,       DROPPED,   "protocol",       "transport protocol is not supported")              \
	V(MULTICAST,      DROPPED,   "multicast",      "multicast or broadcast is not forwarded")          \
	V(MARTIAN,        DROPPED,   "martian",        "source or destination that no packet may carry")   \
	V(SPOOFED,        DROPPED,   "spoofed",        "source does not belong to where it came from")     \
	V(STATION,        DROPPED,   "station",        "source is another station's on this link")         \
	V(STATION_UNKNOWN, DROPPED,  "station_unknown", "source on this link is not a known neighbour yet") \
	V(NOT_SUBSCRIBER, DROPPED,   "not_subscriber", "inside source belongs to no group")                \
	V(TTL,            DROPPED,   "ttl",            "time to live exceeded")                            \
	V(NO_ROUTE,       DROPPED,   "no_route",       "no route to the destination")                      \
	V(MTU,            DROPPED,   "mtu",            "too big for the next link and must not be fragmented") \
	V(NO_MAPPING,     DROPPED,   "no_mapping",     "packet to a pool address matches no mapping")      \
	V(FILTERED,       DROPPED,   "filtered",       "mapping exists, its filter refuses the remote endpoint") \
	V(NO_SESSION,     DROPPED,   "no_session",     "TCP segment without SYN belongs to no session")    \
	V(NOT_POOL,       DROPPED,   "not_pool",       "outside packet to an address that is not in a pool") \
	V(HAIRPIN_OFF,    DROPPED,   "hairpin_off",    "inside packet to a pool address, hairpinning is off") \
	V(ICMP_TYPE,      DROPPED,   "icmp_type",      "ICMP type that is not translated")                 \
	V(ICMP_CHECKSUM,  DROPPED,   "icmp_checksum",  "ICMP error with a wrong checksum")                 \
	V(ICMP_EMBEDDED,  DROPPED,   "icmp_embedded",  "ICMP error quotes a malformed packet")             \
	V(ICMP_NO_MAPPING, DROPPED,  "icmp_no_mapping", "ICMP error quotes a packet of no mapping")        \
	V(ICMP_RATE,      DROPPED,   "icmp_rate",      "ICMP too big with a small MTU above the rate limit") \
	V(FRAG_TINY,      DROPPED,   "frag_tiny",      "first fragment without the transport header")      \
	V(FRAG_OVERLAP,   DROPPED,   "frag_overlap",   "fragments of the datagram overlap")                \
	V(FRAG_LENGTH,    DROPPED,   "frag_length",    "fragments longer than 65535 octets or badly cut")  \
	V(FRAG_TIMEOUT,   DROPPED,   "frag_timeout",   "the rest of the datagram did not come in time")    \
	V(FRAG_FULL,      DROPPED,   "frag_full",      "fragment store or the source's share of it is full") \
	V(SUB_PORTS,      DROPPED,   "sub_ports",      "ports of the subscriber are in use or in hold-down, but for leases_reserve") \
	V(SUB_MAPPINGS,   DROPPED,   "sub_mappings",   "subscriber has reached mappings_max")              \
	V(SUB_RATE,       DROPPED,   "sub_rate",       "subscriber makes mappings faster than mappings_per_s") \
	V(SUB_SESSIONS,   DROPPED,   "sub_sessions",   "subscriber has reached sessions_max")              \
	V(POOL_PORTS,     DROPPED,   "pool_ports",     "paired address has no free block left")            \
	V(POOL_FULL,      DROPPED,   "pool_full",      "no address of the pool has a free block")          \
	V(MAPPINGS_FULL,  DROPPED,   "mappings_full",  "mapping table is full")                            \
	V(SESSIONS_FULL,  DROPPED,   "sessions_full",  "session table is full")                            \
	V(SUBSCRIBERS_FULL, DROPPED, "subscribers_full", "subscriber table is full")                       \
	V(QUIESCED,       DROPPED,   "quiesced",       "no new mappings while cgnd stops")                 \
	V(NEIGH_FULL,     DROPPED,   "neigh_full",     "too many packets wait for unresolved next hops")    \
	V(NEIGH_FAILED,   DROPPED,   "neigh_failed",   "next hop did not answer")                          \
	V(PUNT_RATE,      DROPPED,   "punt_rate",      "packet for cgnd above the sender's rate")          \
	V(PUNT_FULL,      DROPPED,   "punt_full",      "queue to the control thread is full")              \
	V(HANDOVER_FULL,  DROPPED,   "handover_full",  "queue to the owning worker is full")               \
	V(NO_MBUF,        DROPPED,   "no_mbuf",        "packet buffers are used up")                       \
	V(TX_FULL,        DROPPED,   "tx_full",        "device did not take the packet")                   \
	V(SHUTDOWN,       DROPPED,   "shutdown",       "held when cgnd stopped")                           \
	V(SOFTWIRE_HEADER, DROPPED,  "softwire_header", "extension headers to the tunnel endpoint malformed") \
	V(SOFTWIRE_NEXT,  DROPPED,   "softwire_next",  "IPv6 to the tunnel endpoint carries no IPv4")      \
	V(SOFTWIRE_UNKNOWN, DROPPED, "softwire_unknown", "softwire of a sender that belongs to no group")  \
	V(SOFTWIRE_MOVED, DROPPED,   "softwire_moved", "subscriber's B4 address has changed again too soon") \
	V(SOFTWIRE_SOURCE, DROPPED,  "softwire_source", "inner source that no home has (RFC 6333 section 11)") \
	V(SOFTWIRE_ECN,   DROPPED,   "softwire_ecn",   "congestion mark on what cannot carry it (RFC 6040)") \
	V(STATION_LIMIT,  DROPPED,   "station_limit",  "station of the source has more addresses than it may use") \
	V(REMOTE_SHARE,   DROPPED,   "remote_share",   "host outside keeps its share of the connections already") \
	V(SUB_PROTOCOL,   DROPPED,   "sub_protocol",   "subscriber has reached mappings_udp_max, mappings_tcp_max or mappings_icmp_max") \
	V(SUBSCRIBERS_MAX, DROPPED,  "subscribers_max", "nat.subscribers_max is reached")
/* clang-format on */

/** Verdicts, one per row of CGN_VERDICTS. */
enum cgn_verdict {
#define CGN_VERDICT_ENUM(id, class, name, help) CGN_V_##id,
	CGN_VERDICTS(CGN_VERDICT_ENUM)
#undef CGN_VERDICT_ENUM
	CGN_V_COUNT,
	CGN_V_NONE = CGN_V_COUNT, /* not decided yet: go on */
};

/** Telemetry name of a verdict, "unknown" outside the enum. */
const char *cgn_verdict_name(enum cgn_verdict v);

/** One sentence of help, "" outside the enum. */
const char *cgn_verdict_help(enum cgn_verdict v);

/** Class of a verdict; CGN_VC_DROPPED outside the enum. */
enum cgn_verdict_class cgn_verdict_class(enum cgn_verdict v);

/** Name of a class: "forwarded", "local", "absorbed", "dropped". */
const char *cgn_verdict_class_name(enum cgn_verdict_class c);

#endif /* CGN_VERDICT_H */
