/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PLANES_H
#define CGN_PLANES_H

/**
 * @file
 * What the control plane has of a running data plane: queues and counters, nothing else.
 *
 * The data plane fills it, main.c passes it on. Rings are rte_ring_*_elem rings with one producer and one
 * consumer; the comments tell the element types.
 */

#include "shared/limits.h"
#include "shared/msg.h"
#include "shared/stats.h"

#include <stdbool.h>

#include <rte_ether.h>
#include <rte_ring_elem.h>

struct rte_mempool;

/** A worker, as the control plane sees it. */
struct cgn_plane_worker {
	struct rte_ring *cmd;  /* struct cgn_cmd, control produces */
	struct rte_ring *evt;  /* struct cgn_evt, control consumes */
	struct rte_ring *punt; /* struct cgn_pktmsg, control consumes */
	const struct cgn_stats *stats;
	unsigned int lcore;
};

/** How packets reach their owning worker on one port (cgnctl ports show). */
enum cgn_steering {
	CGN_STEER_SINGLE,   /* one worker: nothing to steer */
	CGN_STEER_RSS_SRC,  /* the device hashes the source address */
	CGN_STEER_FLOW,     /* the device matches destination addresses */
	CGN_STEER_HANDOVER, /* received by one worker, handed over in software */
};

/** A port, as the control plane sees it. */
struct cgn_plane_port {
	uint16_t dpdk_port;
	unsigned int if_index; /* kernel interface whose packets the port takes; 0: none */
	bool is_xdp;           /* takes them by XDP */
	uint16_t n_rxq;
	uint16_t n_txq;
	enum cgn_steering steering;
	struct rte_ether_addr mac;
};

/** A running data plane. It owns everything; the pointers are valid as long as it is. */
struct cgn_planes {
	unsigned int n_workers;
	struct cgn_plane_worker workers[CGN_WORKERS_MAX];
	unsigned int n_ports;
	struct cgn_plane_port ports[CGN_PORTS_MAX];
	struct rte_ring *
			inject; /* struct cgn_pktmsg (CGN_PKT_TX, CGN_PKT_ROUTE, CGN_PKT_ROUTE_OUT), control produces, worker 0 consumes */
	struct rte_mempool *ctl_pool; /* mbufs for packets that the control thread makes */
	/** The worker that owns an inside address: a pure function, callable by any thread. */
	unsigned int (*owner)(const void *ctx, rte_be32_t addr);
	/** The same for a home: the address of its B4. */
	unsigned int (*owner6)(const void *ctx, const struct cgn_ip6 *b4);
	const void *owner_ctx;
	int wake_fd; /* eventfd that a worker writes after a punt or an event when the control thread sleeps */
};

#endif /* CGN_PLANES_H */
