/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PLANES_H
#define CGN_PLANES_H

/**
 * @file
 * The part of a running data plane that the control plane can use: queues and counters, nothing else.
 *
 * The data plane fills the struct, and main.c passes it to the control plane. Rings are rte_ring_*_elem
 * rings with one producer and one consumer. The comments tell the types of the elements.
 */

#include "shared/limits.h"
#include "shared/msg.h"
#include "shared/record_door.h"
#include "shared/stats.h"

#include <stdbool.h>

#include <rte_ether.h>
#include <rte_ring_elem.h>

struct rte_mempool;

/** The part of a worker that the control plane uses. */
struct cgn_plane_worker {
	struct rte_ring *cmd;  /* struct cgn_cmd, the control thread produces */
	struct rte_ring *evt;  /* struct cgn_evt, the control thread consumes */
	struct rte_ring *punt; /* struct cgn_pktmsg, the control thread consumes */
	/** Its records. The exporter consumes the ring; it may use the rest only after the worker has ended. NULL: none */
	struct cgn_record_door *records;
	const struct cgn_stats *stats;
	unsigned int lcore;
};

/** How the packets of a port reach the workers that own them (cgnctl ports show). */
enum cgn_steering {
	CGN_STEER_SINGLE,   /* one worker: nothing to steer */
	CGN_STEER_RSS_SRC,  /* the device hashes the source address */
	CGN_STEER_FLOW,     /* the device matches destination addresses */
	CGN_STEER_HANDOVER, /* workers hand the packets over in software */
};

/** The part of a port that the control plane uses. */
struct cgn_plane_port {
	uint16_t dpdk_port;
	unsigned int if_index; /* kernel interface whose packets the port takes; 0: none */
	bool is_xdp;           /* takes these packets by XDP */
	uint16_t n_rxq;
	uint16_t n_txq;
	enum cgn_steering steering;
	struct rte_ether_addr mac;
};

/** A running data plane. It owns everything. The pointers are valid as long as the data plane exists. */
struct cgn_planes {
	unsigned int n_workers;
	struct cgn_plane_worker workers[CGN_WORKERS_MAX];
	unsigned int n_ports;
	struct cgn_plane_port ports[CGN_PORTS_MAX];
	struct rte_ring *
			inject; /* struct cgn_pktmsg, the control thread produces, worker 0 consumes */
	struct rte_mempool *ctl_pool; /* mbufs for packets that the control thread makes */
	/** The worker that owns an inside address. The result never changes, and any thread may call it. */
	unsigned int (*owner)(const void *ctx, rte_be32_t addr);
	/** The worker that owns the home with this B4 address. */
	unsigned int (*owner6)(const void *ctx, const struct cgn_ip6 *b4);
	const void *owner_ctx;
	int wake_fd; /* eventfd: a worker writes it after a punt or an event if the control thread sleeps */
};

#endif /* CGN_PLANES_H */
