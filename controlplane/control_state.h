/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTROL_STATE_H
#define CGN_CONTROL_STATE_H

/**
 * @file
 * What the control thread consists of, for control.c and control_change.c only.
 */

#include "controlplane/alarms.h"
#include "controlplane/change.h"
#include "controlplane/control_stats.h"
#include "controlplane/detlog.h"
#include "controlplane/drains.h"
#include "controlplane/host/host.h"
#include "controlplane/link/ip_responder.h"
#include "controlplane/link/port_watch.h"
#include "controlplane/link/resolver.h"
#include "controlplane/links.h"
#include "controlplane/loads.h"
#include "controlplane/loop/loop.h"
#include "controlplane/portmap.h"
#include "controlplane/records.h"
#include "controlplane/relay/relay_b4.h"
#include "controlplane/tapper.h"
#include "controlplane/workers/dpclient.h"
#include "shared/planes.h"
#include "shared/state_counts.h"

#include <rte_ip.h>

/** The control thread. */
struct cgn_control {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_loop *loop;
	struct cgn_dpclient *client;
	struct cgn_resolver *resolver;
	struct cgn_ip_responder *responder;
	struct cgn_host *host;
	struct cgn_portmap *portmap;
	/* Creates the leases and their protocols for a configuration. */
	int (*create_portmap)(struct cgn_control *c, const struct cgn_conf *conf,
			struct cgn_portmap **out);
	struct cgn_portmap *next_portmap; /* between the two steps of a reload; NULL: none */
	bool is_restoring;                /* a reload has switched it on, and leases come back */
	struct cgn_port_watch *port_watch;
	struct cgn_alarms *alarms;
	struct cgn_loads *loads;
	struct cgn_drains *drains;
	struct cgn_tapper *tapper;
	struct cgn_detlog *detlog;     /* NULL: no group is deterministic */
	struct cgn_relay_b4 *relay_b4; /* NULL: no B4, or one that has never relayed */
	/* Creates the relay of a B4. */
	int (*create_relay_b4)(struct cgn_control *c, const struct cgn_conf *conf,
			struct cgn_relay_b4 **out);
	struct cgn_relay_b4 *next_relay_b4; /* between the two steps of a reload; NULL: none */
	struct cgn_records *records;        /* NULL: there is no export, and there will be none */
	struct cgn_reload *reload;          /* NULL: nobody reloads */
	struct cgn_links links;
	struct cgn_change change;
	unsigned int n_quiesced;
	uint32_t seed;    /* random; for hashes */
	int64_t since_ms; /* when the counters began to count; wall clock */
	struct cgn_control_stats stats;
	struct cgn_state_counts kept;             /* what the start has loaded of the run before */
	uint8_t flat[CGN_FRAME_HEAD_MAX + 65535]; /* a packet of several segments */
	uint8_t wire[sizeof(struct rte_ipv6_hdr) + 65535]; /* a packet for a softwire */
};

#endif /* CGN_CONTROL_STATE_H */
