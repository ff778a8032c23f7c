/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PLANES_H
#define CGN_PLANES_H

/**
 * @file
 * The part of a running data plane that the control plane can use: queues, counters, and a few functions.
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

#define CGN_PLANES_WHY_MAX 160 /* octets of a reason with its NUL */

struct cgn_conf;
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
	void *ctx;                    /* first argument of the functions */
	/** The worker that owns an inside address, by the snapshot in use. Threads: the control thread. */
	unsigned int (*owner)(const void *ctx, rte_be32_t addr);
	/** The worker that owns the home with this B4 address. Threads: the control thread. */
	unsigned int (*owner6)(const void *ctx, const struct cgn_ip6 *b4);
	/**
	 * Make what the workers need of a configuration, and let devices steer packets to its pool addresses. Threads: any,
	 * one at a time.
	 *
	 * @param conf  with the same workers and ports as that in use; must stay valid as long as the snapshot
	 * @param[out] out  the caller owns it
	 * @param[out] why  the reason of an error in words; empty: -errno says all
	 * @return 0 or -errno
	 */
	int (*snapshot_create)(void *ctx, const struct cgn_conf *conf, struct cgn_snapshot **out,
			char why[static CGN_PLANES_WHY_MAX]);
	/** Free a snapshot that no worker uses. NULL is allowed. Threads: any. */
	void (*snapshot_free)(struct cgn_snapshot *s);
	/** The workers are about to be told a snapshot. From now on the data plane owns it. Threads: the control thread. */
	void (*snapshot_lend)(void *ctx, struct cgn_snapshot *s);
	/**
	 * All workers use the snapshot that was lent to them, so owner() uses it, too. Threads: the control thread.
	 *
	 * @return the one of before, which the caller owns now
	 */
	struct cgn_snapshot *(*snapshot_use)(void *ctx);
	/**
	 * Change the MTU of a port that runs. Threads: the control thread.
	 *
	 * @param[out] max  on -ENOSPC: the largest MTU that the port can change to
	 * @return 0 or -errno: the port keeps its MTU. -ENOSPC: its packet buffers or its device do not take this one; else
	 *   the log says why
	 */
	int (*set_mtu)(void *ctx, unsigned int port, uint16_t mtu, uint16_t *max);
	int wake_fd; /* eventfd: a worker writes it after a punt or an event if the control thread sleeps */
};

#endif /* CGN_PLANES_H */
