/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_ROWS_H
#define CGN_TELEMETRY_ROWS_H

/**
 * @file
 * Writes tables as telemetry data of DPDK. The names of columns that tools of operators see are defined here.
 *
 * Threads: the control thread.
 * Errors:  functions return 0 or -ENOMEM, unless their comment tells otherwise.
 */

#include "controlplane/control.h"
#include "controlplane/workers/table_reader.h"

struct rte_tel_data;

/* Rows of a page. DPDK sends 16 KiB of JSON at most, and leaves out the rest without an error. Even the longest
 * possible rows fit if there are no more than this. */
#define CGN_TELEMETRY_ROWS_MAPPINGS    64
#define CGN_TELEMETRY_ROWS_SUBSCRIBERS 30
#define CGN_TELEMETRY_ROWS_LEASES      7
#define CGN_TELEMETRY_ROWS_PEERS       32
#define CGN_TELEMETRY_ROWS_POOLS       24
#define CGN_TELEMETRY_ROWS_PORTS       8
#define CGN_TELEMETRY_ROWS_DRAINS      48
#define CGN_TELEMETRY_ROWS_LATENCIES   40

/** Add a dict to another one. The other one frees it. @return NULL: no memory */
struct rte_tel_data *cgn_telemetry_rows_child(struct rte_tel_data *d, const char *name);

/**
 * The end of a page that begins with row @p first of @p n rows, and has @p max rows at most.
 *
 * @param[out] next  cursor of the next page, "" on the last one
 * @return number of the row behind the page
 */
uint32_t
cgn_telemetry_rows_page_end(uint32_t first, uint32_t n, uint32_t max, char next[static 16]);

/** Begin a table. @param next  cursor of the next page, "" on the last one @return its rows; NULL: no memory */
struct rte_tel_data *cgn_telemetry_rows_table(struct rte_tel_data *out, const char *next);

/** Add row @p i to the rows of a table. @return NULL: no memory */
struct rte_tel_data *cgn_telemetry_rows_row(struct rte_tel_data *rows, unsigned int i);

/**
 * Add a text that may be long or not ASCII: DPDK spoils such octets, and its values are short. So the text is
 * percent-encoded, and comes in parts with the names PREFIX0, PREFIX1 and so on. cgnctl puts it together.
 */
void cgn_telemetry_rows_long(struct rte_tel_data *d, const char *prefix, const char *text);

/**
 * Add a text that an operator may have made long, such as a path: as it is if DPDK takes it so, otherwise in parts with
 * the names NAME_0, NAME_1 and so on.
 */
void cgn_telemetry_rows_text(struct rte_tel_data *d, const char *name, const char *text);

/** The word for a protocol. @param proto  less than CGN_PROTO_COUNT */
const char *cgn_telemetry_rows_proto(uint8_t proto);

/** Parse "udp", "tcp" or "icmp". @return 0 or -EINVAL */
int cgn_telemetry_rows_parse_proto(const char *text, uint8_t *proto);

/** The word for a kind of mappings. */
const char *cgn_telemetry_rows_kind(enum cgn_table_kind kind);

/** The word for what a subscriber has. */
const char *cgn_telemetry_rows_use(enum cgn_table_use use);

/** A page of mappings. @param next  cursor of the next page, "" on the last one */
int cgn_telemetry_rows_mappings(struct rte_tel_data *out, const struct cgn_mapping_info *rows,
		uint32_t n, const char *next);

/** Add the prefix of a subscriber, its group, and its external address and B4 if it has them. */
void cgn_telemetry_rows_identity(struct rte_tel_data *d, const struct cgn_subscriber_info *s,
		const struct cgn_conf *conf);

/** A page of subscribers. */
int cgn_telemetry_rows_subscribers(struct rte_tel_data *out, const struct cgn_subscriber_info *rows,
		uint32_t n, const char *next, const struct cgn_conf *conf);

/**
 * A page of leases, with the peers that are known now at the addresses of their clients.
 *
 * @param m  knows the B4s of homes; NULL: there are no leases
 */
int
cgn_telemetry_rows_leases(struct rte_tel_data *out, const struct cgn_lessor_info *rows, uint32_t n,
		const char *next, const struct cgn_portmap *m, const struct cgn_host_peers *peers);

/** A page of IPsec peers. */
int cgn_telemetry_rows_peers(struct rte_tel_data *out, const struct cgn_host_peers_row *rows,
		uint32_t n, const char *next, uint64_t now_ms);

/** A page of pools, from pool @p first on. @param max  most rows */
int cgn_telemetry_rows_pools(struct rte_tel_data *out, const struct cgn_planes *planes,
		uint32_t first, uint32_t max, const struct cgn_conf *conf);

/** A page of external addresses that are taken out of use. */
int cgn_telemetry_rows_drains(struct rte_tel_data *out, const struct cgn_drain_info *rows,
		uint32_t n, const char *next, const struct cgn_conf *conf);

/** What became of a page of mappings that were to be ended: one row. */
int cgn_telemetry_rows_cleared(struct rte_tel_data *out, const struct cgn_table_reader_clear *clear,
		const char *next);

/** Who holds external port @p ep, and the peer that is known now at the inside address of its mapping. */
int cgn_telemetry_rows_who(struct rte_tel_data *out, const struct cgn_ep4 *ep,
		const struct cgn_who_info *who, const struct cgn_conf *conf,
		const struct cgn_host_peers *peers);

/** A page of ports, from port @p first on. @param max  most rows */
int cgn_telemetry_rows_ports(struct rte_tel_data *out, const struct cgn_control *control,
		uint32_t first, uint32_t max);

/** What the host receives of each port, and its packets. No row: there is no host plane. */
int cgn_telemetry_rows_host(struct rte_tel_data *out, const struct cgn_control *control);

/** All workers. @param loads  NULL: not known */
int cgn_telemetry_rows_workers(struct rte_tel_data *out, const struct cgn_planes *planes,
		const struct cgn_loads *loads);

/**
 * A page of how long the loops and bursts of the workers took.
 *
 * @param first  first row of the page. Row 0 is the loops of worker 0, row 1 its bursts, row 2 the loops of worker 1
 * @param max    most rows
 */
int cgn_telemetry_rows_latency(struct rte_tel_data *out, const struct cgn_planes *planes,
		uint32_t first, uint32_t max);

/**
 * A piece of the configuration as JSON text.
 *
 * @param offset  where the piece begins; beyond the end of the text the piece is empty
 * @param max     most octets
 */
int cgn_telemetry_rows_config(struct rte_tel_data *out, const struct cgn_conf *conf,
		uint32_t offset, uint32_t max);

#endif /* CGN_TELEMETRY_ROWS_H */
