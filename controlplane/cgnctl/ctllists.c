/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The tables of cgnd. A key without a heading is in JSON only.
 */
#include "controlplane/cgnctl/ctllists.h"

/* clang-format off */
#define TEXT(key, title, width, help)        { key, title, CGN_CTLTABLE_TEXT, width, help }
#define NUMBER(key, title, help)             { key, title, CGN_CTLTABLE_NUMBER, 0, help }
#define TIME(key, title, width, help)        { key, title, CGN_CTLTABLE_SECONDS, width, help }
#define NANOSECONDS(key, title, help)        { key, title, CGN_CTLTABLE_NANOSECONDS, 0, help }
#define PERCENT(key, title, help)            { key, title, CGN_CTLTABLE_PERCENT, 0, help }
#define PERMILLE(key, title, help)           { key, title, CGN_CTLTABLE_PERMILLE, 0, help }
#define COUNT(key, title, help)              { key, title, CGN_CTLTABLE_COUNT, 0, help }
#define PACKETS(key, title, help)            { key, title, CGN_CTLTABLE_PACKETS, 0, help }
#define OCTETS(key, title, width, help)      { key, title, CGN_CTLTABLE_OCTETS, width, help }

static const struct cgn_ctltable_column mapping_columns[] = {
	TEXT("protocol", "PROTOCOL", 0, "`tcp`, `udp` or `icmp`"),
	TEXT("in", "IN", 21, "the inside address and port; of icmp, the query identifier"),
	TEXT("ext", "EXT", 21, "the external address and port; the port of a lease or a static mapping may be outside of the blocks of the subscriber"),
	TEXT("rem", "REM", 21, "the first remote address and port; of a static mapping and a lease there may be none"),
	TEXT("kind", "KIND", 8, "`implicit`: made by a packet; `explicit`: a lease; `peer`: a lease of PCP PEER; `static`: of the configuration"),
	TEXT("tcp_state", "TCP", 11, "the state of the TCP connection"),
	NUMBER("sessions", "SESSIONS", "further remotes of the mapping"),
	TIME("expires_s", "EXPIRES", 7, "seconds until it ends without a packet"),
	TEXT("b4", "B4", 0, "the address of the B4, if the subscriber is behind a softwire"),
};

const struct cgn_ctllist cgn_ctllists_mappings = {
	.path = "/cgn/mappings",
	.one = "mapping",
	CGN_CTLLIST_COLUMNS(mapping_columns),
};

static const struct cgn_ctltable_column subscriber_columns[] = {
	TEXT("subscriber", "SUBSCRIBER", 15, "its address or prefix"),
	TEXT("group", "GROUP", 0, "its group"),
	TEXT("ext", "EXT", 15, "its external address"),
	TEXT("state", "STATE", 0, "`active`: it has ports; `idle`: it has an external address and no port; `refused`: it has none, and was refused"),
	NUMBER("worker", "WORKER", "its worker"),
	NUMBER("blocks", "BLOCKS", "port blocks that it has"),
	NUMBER("mappings", "MAPPINGS", "mappings: ports in use, counted for each protocol"),
	NUMBER("sessions", "SESSIONS", "further remotes of its mappings"),
	NUMBER("leases", "LEASES", "leases"),
	COUNT("mappings_total", "TOTAL", "mappings made since it got its external address"),
	COUNT("refused_total", "REFUSED", "refusals since it got its external address"),
	TEXT("refused_reason", "REASON", 0, "why it was refused last, if it was within the last day; JSON.md has the reasons"),
	TIME("refused_ago_s", "AGO", 0, "seconds since then"),
	TEXT("b4", "B4", 0, "the address of its B4, if it is behind a softwire"),
};

const struct cgn_ctllist cgn_ctllists_subscribers = {
	.path = "/cgn/subscribers",
	.one = "subscriber",
	CGN_CTLLIST_COLUMNS(subscriber_columns),
};

static const struct cgn_ctltable_column lease_columns[] = {
	TEXT("protocol", "PROTOCOL", 0, "`tcp` or `udp`"),
	TEXT("in", "IN", 21, "the inside address and port of the client"),
	TEXT("ext", "EXT", 21, "the external address and port; the port may be outside of the blocks of the subscriber, if the client has asked for it"),
	TIME("lifetime_s", "LIFETIME", 8, "the lifetime as granted"),
	TIME("left_s", "LEFT", 7, "seconds until it ends"),
	TEXT("by", "BY", 6, "the protocol that made it: `natpmp` or `pcp`"),
	TEXT("opcode", "OPCODE", 8, "`map`, `peer` or `map+peer`"),
	NUMBER("realm", NULL, "the number of its home"),
	TEXT("b4", "B4", 0, "the address of the B4 of its home"),
	TEXT("peer", "PEER", 0, "the identity of the IPsec peer at the inside address"),
	TEXT("filters", "FILTERS", 0, "the remote hosts that may use it, if not all; a list"),
	TEXT("description", "DESCRIPTION", 0, "what the client has written about it"),
};

const struct cgn_ctllist cgn_ctllists_leases = {
	.path = "/cgn/leases",
	.one = "lease",
	CGN_CTLLIST_COLUMNS(lease_columns),
};

static const struct cgn_ctltable_column pool_columns[] = {
	TEXT("pool", "POOL", 0, "its name"),
	PERCENT("use_percent", "USE", "how many of its ports have a mapping, in the protocol that has most"),
	PERCENT("blocks_percent", "BLOCKS PERCENT", "how many of its blocks belong to subscribers"),
	NUMBER("addresses", "ADDRESSES", "external addresses of the pool"),
	NUMBER("addresses_used", NULL, "external addresses with a block in use now"),
	NUMBER("addresses_closed", "CLOSED", "external addresses that are taken out of use (`pools[].drain`)"),
	NUMBER("blocks", "BLOCKS", "port blocks of the pool"),
	NUMBER("blocks_used", "USED", "port blocks that belong to subscribers now"),
	NUMBER("blocks_guarded", "GUARDED", "free port blocks in guard now"),
	NUMBER("udp_ports_used", "UDP", "UDP ports with a mapping now"),
	NUMBER("tcp_ports_used", "TCP", "TCP ports with a mapping now"),
	NUMBER("icmp_ids_used", "ICMP", "ICMP query identifiers with a mapping now"),
	NUMBER("ports_held", "HELD", "ports in hold-down now"),
	NUMBER("subscribers", "SUBSCRIBERS", "subscribers paired with an address of the pool now"),
	COUNT("pairings", NULL, "times that a subscriber was paired with an address"),
	COUNT("mappings_made", NULL, "mappings made"),
	COUNT("address_failures", NULL, "subscribers refused: no address had a free block"),
	COUNT("port_failures", NULL, "mappings refused: the paired address had no free block"),
	COUNT("guard_cut", NULL, "port blocks given out before the end of their guard"),
};

const struct cgn_ctllist cgn_ctllists_pools = {
	.path = "/cgn/pools",
	.one = "pool",
	CGN_CTLLIST_COLUMNS(pool_columns),
};

static const struct cgn_ctltable_column group_columns[] = {
	TEXT("group", "GROUP", 0, "its name"),
	TEXT("pool", "POOL", 0, "its pool"),
	NUMBER("subscribers", "SUBSCRIBERS", "subscribers of the group known now"),
	NUMBER("mappings", "MAPPINGS", "mappings of its subscribers now"),
	NUMBER("leases", "LEASES", "leases of its subscribers now"),
	COUNT("mappings_made", "MADE", "mappings made for its subscribers"),
	COUNT("refused", "REFUSED", "mappings and port mapping requests refused for any reason"),
	COUNT("thresholds", "THRESHOLDS", "times that a subscriber reached a threshold of the group"),
};

const struct cgn_ctllist cgn_ctllists_groups = {
	.path = "/cgn/groups",
	.one = "group",
	CGN_CTLLIST_COLUMNS(group_columns),
};

static const struct cgn_ctltable_column neighbour_columns[] = {
	TEXT("address", "ADDRESS", 15, "its address"),
	TEXT("port", "PORT", 0, "the port to whose link it belongs"),
	TEXT("state", "STATE", 7, "`known`; `probing`: it is asked whether it is still there; `asking`: nobody has answered yet; `doubted`: another station claims its address; `static`: of the configuration; `lost`: it has not answered"),
	TEXT("mac", "MAC", 17, "its Ethernet address"),
	TIME("heard_ago_s", "HEARD", 0, "seconds since it has shown that it is there"),
	TEXT("next_hop", "NEXT HOP", 0, "`yes`: a route leads to it"),
};

const struct cgn_ctllist cgn_ctllists_neighbours = {
	.path = "/cgn/neighbours",
	.one = "neighbour",
	.none = "no neighbours",
	CGN_CTLLIST_COLUMNS(neighbour_columns),
};

static const struct cgn_ctltable_column route_columns[] = {
	TEXT("prefix", "PREFIX", 18, "where it leads"),
	TEXT("via", "VIA", 15, "the next hop; a link has none"),
	TEXT("port", "PORT", 0, "the port"),
	TEXT("resolved", "RESOLVED", 0, "`no`: the next hop has not answered, so packets cannot be sent"),
	TEXT("source", "SOURCE", 0, "`configuration`, or `link`: an address of the port is in it"),
};

const struct cgn_ctllist cgn_ctllists_routes = {
	.path = "/cgn/routes",
	.one = "route",
	CGN_CTLLIST_COLUMNS(route_columns),
};

static const struct cgn_ctltable_column sink_columns[] = {
	TEXT("sink", "SINK", 0, "its name"),
	TEXT("type", "TYPE", 0, "`file`, `syslog` or `ipfix`"),
	TEXT("state", "STATE", 0, "`works`, or `failing`: it does not take records now"),
	COUNT("written", "WRITTEN", "records that were delivered"),
	NUMBER("queued", "QUEUED", "records that wait"),
	COUNT("lost", "LOST", "records that were lost because too many waited"),
	COUNT("failures", "FAILURES", "how often it has begun to fail"),
	TEXT("to", "TO", 0, "the file or the collector"),
};

const struct cgn_ctllist cgn_ctllists_sinks = {
	.path = "/cgn/sinks",
	.one = "sink",
	.none = "no records are exported: the configuration has no section export",
	CGN_CTLLIST_COLUMNS(sink_columns),
};

static const struct cgn_ctltable_column warning_columns[] = {
	{ "at_ms", "AT", CGN_CTLTABLE_UTC, 0, "when, in milliseconds since 1970" },
	TEXT("severity", "SEVERITY", 0, "`warning` or `error`"),
	TEXT("state", "STATE", 0, "`open`: it lasts; `over`: it has lasted until then; `once`: it was a moment"),
	{ "over_ms", "OVER", CGN_CTLTABLE_UTC, 0, "when it was over, in milliseconds since 1970" },
	TEXT("text", "TEXT", 0, "the line of the log"),
};

const struct cgn_ctllist cgn_ctllists_warnings = {
	.path = "/cgn/warnings",
	.one = "warning",
	.none = "no warnings since the start",
	CGN_CTLLIST_COLUMNS(warning_columns),
};

static const struct cgn_ctltable_column drain_columns[] = {
	TEXT("address", "ADDRESS", 15, "the external address"),
	TEXT("pool", "POOL", 0, "its pool"),
	TEXT("state", "STATE", 8, "`draining`: it gets nothing new; `ending`: what is left is being ended; `empty`: nothing is on it"),
	TIME("left_s", "LEFT", 7, "seconds until what is left is ended; 0 if its time is over"),
	TIME("age_s", NULL, 0, "seconds since it was taken out of use"),
	NUMBER("subscribers", "SUBSCRIBERS", "subscribers that it is the external address of"),
	NUMBER("blocks", "BLOCKS", "port blocks that they have"),
	NUMBER("ports", "PORTS", "its ports with a mapping or in hold-down, over all protocols"),
	NUMBER("leases", "LEASES", "leases of these subscribers"),
	NUMBER("mappings_ended", "ENDED", "mappings that were ended because its time was over"),
};

const struct cgn_ctllist cgn_ctllists_drains = {
	.path = "/cgn/drains",
	.one = "drain",
	.none = "all addresses are in use",
	CGN_CTLLIST_COLUMNS(drain_columns),
};

/* The identity may have blanks. It comes last, so that scripts can read the other columns. */
static const struct cgn_ctltable_column peer_columns[] = {
	TEXT("address", "ADDRESS", 15, "the inside address of the peer"),
	NUMBER("sa", "SA", "the number of its IKE SA, if it was given"),
	TIME("since_s", "SINCE", 6, "seconds since it was set"),
	TEXT("identity", "IDENTITY", 0, "its identity"),
};

const struct cgn_ctllist cgn_ctllists_peers = {
	.path = "/cgn/peers",
	.one = "peer",
	CGN_CTLLIST_COLUMNS(peer_columns),
};

static const struct cgn_ctltable_column port_columns[] = {
	TEXT("port", "PORT", 0, "its name"),
	TEXT("side", "SIDE", 0, "`inside` or `outside`"),
	TEXT("link", "LINK", 0, "state of the link"),
	TEXT("mac", "MAC", 0, "its Ethernet address"),
	TEXT("steering", "STEERING", 0, "how a packet reaches the worker of its subscriber"),
	PACKETS("rx_pkts", "RX PKTS", "packets received"),
	OCTETS("rx_bytes", "RX BYTES", 8, "octets received"),
	PACKETS("tx_pkts", "TX PKTS", "packets sent"),
	OCTETS("tx_bytes", "TX BYTES", 8, "octets sent"),
	PACKETS("rx_missed", "MISSED", "packets that found the receive queue full"),
	PACKETS("rx_no_buffer", NULL, "packets that found no packet buffer"),
	NUMBER("rx_queues", NULL, "receive queues"),
	NUMBER("tx_queues", NULL, "transmit queues"),
	TEXT("receiving", "RECEIVING", 0, "`no`: packets reach the device but not cgnd"),
	TEXT("interface", NULL, 0, "the interface of the kernel, if it has one"),
	TEXT("device", "DEVICE", 0, "the device of DPDK"),
};

const struct cgn_ctllist cgn_ctllists_ports = {
	.path = "/cgn/ports",
	.one = "port",
	CGN_CTLLIST_COLUMNS(port_columns),
};

static const struct cgn_ctltable_column host_columns[] = {
	TEXT("port", "PORT", 0, "the name of the port"),
	TEXT("interface", "INTERFACE", 0, "the interface of the kernel that stands for it"),
	TEXT("netns", "NETNS", 0, "the network namespace of the interface"),
	TEXT("services", "SERVICES", 0, "what the kernel answers on the port"),
	PACKETS("host_in", "IN", "packets given to the kernel"),
	PACKETS("host_in_lost", "IN LOST", "packets for the kernel that the interface did not take"),
	PACKETS("host_out", "OUT", "packets of the kernel sent"),
	PACKETS("host_out_lost", "OUT LOST", "packets of the kernel not sent: the queue to worker 0 was full"),
	PACKETS("host_foreign", "FOREIGN", "packets of the kernel not sent: wrong source address, multicast, neighbour discovery"),
	PACKETS("host_plain", "PLAIN", "NAT-PMP of cgnd not sent: there is no SA for it"),
};

const struct cgn_ctllist cgn_ctllists_host = {
	.path = "/cgn/host",
	.one = "interface",
	.none = "no host plane: the configuration has no section host",
	CGN_CTLLIST_COLUMNS(host_columns),
};

static const struct cgn_ctltable_column worker_columns[] = {
	NUMBER("worker", "WORKER", "its number"),
	NUMBER("lcore", "LCORE", "the lcore that it runs on"),
	PERMILLE("load_permille", "LOAD", "how much of its time it works on packets"),
	PACKETS("received", "RECEIVED", "packets received"),
	NUMBER("subscribers", "SUBSCRIBERS", "subscribers that it knows now"),
	NUMBER("mappings", "MAPPINGS", "mappings that it has now"),
	PACKETS("handover_in", "HANDOVER IN", "packets that other workers gave to it"),
	PACKETS("handover_out", "HANDOVER OUT", "packets that it gave to other workers"),
};

const struct cgn_ctllist cgn_ctllists_workers = {
	.path = "/cgn/workers",
	.one = "worker",
	CGN_CTLLIST_COLUMNS(worker_columns),
};

static const struct cgn_ctltable_column latency_columns[] = {
	NUMBER("worker", "WORKER", "the worker"),
	TEXT("of", "OF", 5, "`loop`: a turn of the worker; `burst`: the packets of one turn"),
	COUNT("count", "COUNT", "how many there were"),
	COUNT("cycles", NULL, "cycles of the processor that they took in all"),
	NANOSECONDS("mean_ns", "MEAN", "their mean"),
	NANOSECONDS("p50_ns", "P50", "half of them were not longer"),
	NANOSECONDS("p99_ns", "P99", "99 % of them were not longer"),
	NANOSECONDS("p999_ns", "P999", "99.9 % of them were not longer"),
	NANOSECONDS("max_ns", "MAX", "the longest"),
	COUNT("over_100us", "OVER 100US", "how many were longer than 100 us"),
};

const struct cgn_ctllist cgn_ctllists_latency = {
	.path = "/cgn/latency",
	.one = "worker",
	CGN_CTLLIST_COLUMNS(latency_columns),
};
/* clang-format on */
