/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENGINE_CFG_H
#define CGN_ENGINE_CFG_H

/**
 * @file
 * What an engine is created with: its configuration, and the functions by which it reaches devices and
 * rings.
 */

#include "dataplane/device/steer.h"
#include "dataplane/pkt/pkt.h"
#include "shared/clock.h"
#include "shared/conf.h"
#include "shared/msg.h"

/** How an engine reaches devices and rings. A worker provides them; tests and benchmarks provide others. */
struct cgn_engine_ops {
	/** Send frames by a port. @return number taken, from the front; the rest stays the engine's */
	uint16_t (*tx)(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n);
	/** Queue packets to another worker. @return number taken, from the front */
	unsigned int (*handover)(void *ctx, unsigned int worker, const struct cgn_pktmsg *msgs,
			unsigned int n);
	/** Queue a packet to the control thread. @return false: full, the mbuf stays the engine's */
	bool (*punt)(void *ctx, const struct cgn_pktmsg *msg);
	/** Queue an event to the control thread. @return false: full */
	bool (*event)(void *ctx, const struct cgn_evt *evt);
};

/** What an engine is created with. The caller owns everything that pointers refer to. */
struct cgn_engine_cfg {
	const struct cgn_conf *conf; /* lives at least as long as the engine or until CONF_SWAP */
	unsigned int worker;
	const struct cgn_steer *steer;    /* lives as long as the engine */
	struct rte_mempool *mp;           /* for packets the engine makes */
	const struct cgn_pkt_port *ports; /* one per conf port; copied */
	uint64_t tx_multi_seg;            /* bit per port: device takes multi-segment mbufs */
	const struct cgn_engine_ops *ops;
	void *ctx;        /* of ops */
	uint8_t seed[32]; /* of the random source */
	cgn_tick now;     /* the clock at create() */
};

#endif /* CGN_ENGINE_CFG_H */
