/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_LINKS_H
#define CGN_TELEMETRY_LINKS_H

/**
 * @file
 * Neighbours and routes as telemetry data.
 *
 * Threads: the control thread.
 * Errors:  functions return 0 or -ENOMEM.
 */

#include "controlplane/control.h"

struct rte_tel_data;

/** Most rows of a page. */
#define CGN_TELEMETRY_LINKS_ROWS 48

/** A page of neighbours. @param cursor  0 for the first page */
int cgn_telemetry_links_neighbours(struct rte_tel_data *out, struct cgn_control *control,
		uint32_t cursor, uint64_t now_ms);

/**
 * A page of routes: those of the configuration, then the links of the ports.
 *
 * @param first  first row of the page
 */
int
cgn_telemetry_links_routes(struct rte_tel_data *out, struct cgn_control *control, uint32_t first);

#endif /* CGN_TELEMETRY_LINKS_H */
