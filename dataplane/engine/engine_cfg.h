/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENGINE_CFG_H
#define CGN_ENGINE_CFG_H

/**
 * @file
 * The arguments for a new engine: its configuration, and the functions by which it reaches devices and
 * rings.
 */

#include "dataplane/device/steer.h"
#include "dataplane/pkt/pkt.h"
#include "shared/clock.h"
#include "shared/conf.h"
#include "shared/msg.h"
#include "shared/record_door.h"

struct cgn_snapshot;

/** How an engine reaches devices and rings. A worker provides them; tests and benchmarks provide others. */
struct cgn_engine_ops {
	/** Send frames by a port. @return number of frames taken, from the front; the engine keeps the rest */
	uint16_t (*tx)(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n);
	/** Queue packets to another worker. @return number of packets taken, from the front */
	unsigned int (*handover)(void *ctx, unsigned int worker, const struct cgn_pktmsg *msgs,
			unsigned int n);
	/**
	 * Queue a packet to the control thread.
	 *
	 * @param spare  places of the queue that must stay free behind the packet
	 * @return false: the queue is full, and the engine keeps the mbuf
	 */
	bool (*punt)(void *ctx, const struct cgn_pktmsg *msg, unsigned int spare);
	/** Queue an event to the control thread. @return false: the queue is full */
	bool (*event)(void *ctx, const struct cgn_evt *evt);
};

/** The arguments for a new engine. The caller owns everything that the pointers refer to. */
struct cgn_engine_cfg {
	/** Valid as long as the engine, or until CGN_CMD_CONF_SWAP; the engine writes its own part of it. */
	struct cgn_snapshot *snapshot;
	unsigned int worker;
	const struct cgn_steer *steer;    /* valid as long as the engine */
	struct rte_mempool *mp;           /* for packets that the engine makes */
	const struct cgn_pkt_port *ports; /* one per conf port; copied */
	uint64_t tx_multi_seg; /* bit per port: the device takes mbufs of several segments */
	const struct cgn_engine_ops *ops;
	void *ctx;                       /* context argument of ops */
	uint8_t seed[32];                /* seed of the random source */
	struct cgn_record_door *records; /* outlives the engine; NULL: record nothing */
	/** Subscribers of all workers, 0 at the start; outlives the engine; NULL: there is no other worker. */
	_Atomic(uint32_t) *n_subscribers;
	bool awaits_state; /* CGN_CMD_STATE_LOAD and _LOADED will come before packets */
	cgn_tick now;      /* the time at create() */
};

#endif /* CGN_ENGINE_CFG_H */
