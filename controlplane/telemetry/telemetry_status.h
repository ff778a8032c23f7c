/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_STATUS_H
#define CGN_TELEMETRY_STATUS_H

/**
 * @file
 * What `cgnctl status` shows of cgnd as a whole, as telemetry data. It shows workers, ports and pools, too; their tables
 * are in telemetry_rows.h. config/JSON.md promises that the names and their meaning stay.
 *
 * Threads: the control thread.
 * Errors:  functions return 0 or -ENOMEM.
 */

#include "controlplane/control.h"

struct rte_tel_data;

/** Rows of a page. The longest rows fit (telemetry_rows.h). */
#define CGN_TELEMETRY_STATUS_GROUPS 40
#define CGN_TELEMETRY_STATUS_SINKS  4

/** Version, uptime, configuration, store, export and host plane. @param version  of cgnd */
int
cgn_telemetry_status(struct rte_tel_data *out, struct cgn_control *control, const char *version);

/** A page of groups, from group @p first on. @param max  most rows */
int cgn_telemetry_status_groups(struct rte_tel_data *out, struct cgn_control *control,
		uint32_t first, uint32_t max);

/** A page of the sinks of the export, from sink @p first on. No row: there is no export. @param max  most rows */
int cgn_telemetry_status_sinks(struct rte_tel_data *out, struct cgn_control *control,
		uint32_t first, uint32_t max);

/** The last warnings and errors of the log, the newest one first. */
int cgn_telemetry_status_warnings(struct rte_tel_data *out);

#endif /* CGN_TELEMETRY_STATUS_H */
