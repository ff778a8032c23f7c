/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENGINE_H
#define CGN_ENGINE_H

/**
 * @file
 * The packet engine of one worker: from received mbufs to mbufs ready for the device.
 *
 * It owns every table of the worker and touches nothing else; devices, rings and clocks are the
 * caller's, reached through struct cgn_engine_ops once per burst. So the whole engine runs in a test
 * or a benchmark under a fake clock.
 *
 * Threads: single owner. Memory: allocated in create().
 */

#include "dataplane/pkt/pkt.h"
#include "dataplane/steer.h"
#include "shared/clock.h"
#include "shared/conf.h"
#include "shared/msg.h"
#include "shared/stats.h"

struct cgn_engine;

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
};

/** Create the engine of one worker. @return 0, -ENOMEM, -EINVAL */
int cgn_engine_create(struct cgn_engine **out, const struct cgn_engine_cfg *cfg);

/** Release it; packets it still holds are freed uncounted (see cgn_engine_flush()). NULL is allowed. */
void cgn_engine_destroy(struct cgn_engine *e);

/**
 * Take a received burst; every packet ends up sent, held or dropped, and counted.
 *
 * @param port  index into conf ports
 * @param n     at most CGN_BURST
 * @param now   the burst's clock, never before that of an earlier call
 */
void
cgn_engine_rx(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n, cgn_tick now);

/** Take packets handed over by other workers or injected by the control thread. At most CGN_BURST. */
void cgn_engine_pktmsgs(
		struct cgn_engine *e, const struct cgn_pktmsg *msgs, unsigned int n, cgn_tick now);

/** Carry out one command and fill its reply. */
void cgn_engine_cmd(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply,
		cgn_tick now);

/**
 * Housekeeping: expiry of mappings, sessions, fragments, held SYNs and ports. Bounded work; to be
 * called once per loop.
 *
 * @return true if there is more due at @p now: call again soon
 */
bool cgn_engine_poll(struct cgn_engine *e, cgn_tick now);

/** Shutdown: count and free all packets held (CGN_V_SHUTDOWN). Then received = sum of verdicts. */
void cgn_engine_flush(struct cgn_engine *e);

/** The worker's counters; readable by any thread. */
struct cgn_stats *cgn_engine_stats(struct cgn_engine *e);

#endif /* CGN_ENGINE_H */
