/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_ROWS_H
#define CGN_TELEMETRY_ROWS_H

/**
 * @file
 * Tables as telemetry data of DPDK: the names that operators' tools see.
 *
 * Threads: the control thread.
 * Errors:  0 or -ENOMEM unless something else is said.
 */

#include "controlplane/control.h"
#include "controlplane/workers/table_reader.h"

struct rte_tel_data;

/* Rows of a page. The longest rows of so many fit into the 16 KiB of JSON that DPDK sends; it leaves out what does
 * not, without a word. */
#define CGN_TELEMETRY_ROWS_MAPPINGS    64
#define CGN_TELEMETRY_ROWS_SUBSCRIBERS 40
#define CGN_TELEMETRY_ROWS_LEASES      64
#define CGN_TELEMETRY_ROWS_POOLS       40
#define CGN_TELEMETRY_ROWS_LATENCIES   40

/** A dict inside of another one, which frees it. @return NULL: no memory */
struct rte_tel_data *cgn_telemetry_rows_child(struct rte_tel_data *d, const char *name);

/** Parse "udp", "tcp" or "icmp". @return 0 or -EINVAL */
int cgn_telemetry_rows_parse_proto(const char *text, uint8_t *proto);

/** A page of mappings. @param next  cursor of the next page, "" on the last one */
int cgn_telemetry_rows_mappings(struct rte_tel_data *out, const struct cgn_mapping_info *rows,
		uint32_t n, const char *next);

/** A page of subscribers. */
int cgn_telemetry_rows_subscribers(struct rte_tel_data *out, const struct cgn_subscriber_info *rows,
		uint32_t n, const char *next, const struct cgn_conf *conf);

/** A page of leases. */
int cgn_telemetry_rows_leases(struct rte_tel_data *out, const struct cgn_lessor_info *rows,
		uint32_t n, const char *next);

/** A page of pools, from pool @p first on. */
int cgn_telemetry_rows_pools(struct rte_tel_data *out, const struct cgn_pool_gauges *rows,
		uint32_t first, uint32_t n, const struct cgn_conf *conf);

/** Who holds an external port. */
int cgn_telemetry_rows_who(struct rte_tel_data *out, const struct cgn_who_info *who,
		const struct cgn_conf *conf);

/** All ports. */
int cgn_telemetry_rows_ports(struct rte_tel_data *out, const struct cgn_control *control);

/** All workers. */
int cgn_telemetry_rows_workers(struct rte_tel_data *out, const struct cgn_planes *planes);

/**
 * How long loops and bursts of the workers took, a page.
 *
 * @param first  row that it begins with: worker 0's loops, its bursts, worker 1's loops ...
 * @param max    rows
 */
int cgn_telemetry_rows_latency(struct rte_tel_data *out, const struct cgn_planes *planes,
		uint32_t first, uint32_t max);

/**
 * A piece of the configuration as JSON text.
 *
 * @param offset  where it begins; beyond the end: the piece is empty
 * @param max     octets
 */
int cgn_telemetry_rows_config(struct rte_tel_data *out, const struct cgn_conf *conf,
		uint32_t offset, uint32_t max);

#endif /* CGN_TELEMETRY_ROWS_H */
