/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_SUBSCRIBER_H
#define CGN_TELEMETRY_SUBSCRIBER_H

/**
 * @file
 * All that is known of one subscriber as telemetry data of DPDK, but for its leases (telemetry_rows.h).
 *
 * config/JSON.md promises that the names and their meaning stay.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"
#include "shared/table.h"

struct rte_tel_data;

/**
 * Write the answer of /cgn/subscriber.
 *
 * @param addr  the address that was asked for: it may be the one of a peer
 * @param s     from the workers; its is_member is true
 * @return 0 or -ENOMEM
 */
int cgn_telemetry_subscriber(struct rte_tel_data *out, const struct cgn_ip *addr,
		const struct cgn_subscriber_detail *s, const struct cgn_conf *conf,
		const struct cgn_host_peers *peers);

#endif /* CGN_TELEMETRY_SUBSCRIBER_H */
