/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BENCH_WORLD_H
#define CGN_BENCH_WORLD_H

/**
 * @file
 * What cgn-bench measures: one engine, many flows, no devices.
 *
 * Flow i belongs to subscriber i / 63 (63 ports per subscriber, the shape of the CSIT tests) or fewer;
 * remote ports are pseudo-random (RFC 4814). The frames of a burst are written just before the engine gets
 * them, so that packet data is in the first cache. Tables are not, since flows come in random order. Only the
 * call of the engine is timed. bench_cold.h has frames that are in no cache.
 */

#include "dataplane/engine/engine.h"

#include <time.h>

#include <rte_cycles.h>

#define WORLD_PER_SUB    63  /* flows of a subscriber, at most */
#define WORLD_BURST      64  /* most packets per burst */
#define WORLD_SENT       256 /* most frames that the engine sends in a call */
#define WORLD_GROUPS_MAX 64

enum world_kind {
	WORLD_UDP_OUT,
	WORLD_UDP_IN,
	WORLD_TCP_OUT,
	WORLD_TCP_IN,
};

/** How many flows, and whose. */
struct world_shape {
	uint32_t n_flows;
	uint32_t per_sub;         /* flows of each subscriber, at most WORLD_PER_SUB */
	unsigned int n_groups;    /* each with a pool of its own; 0: one */
	bool wires;               /* every subscriber is behind a softwire; one group */
	unsigned int n_addresses; /* external addresses, at least; 0: as few as the flows need */
	uint16_t block_size; /* ports of a subscriber's block; 0: 64, nearly all of them in use */
};

struct bench_turn;

struct world {
	struct cgn_conf conf;
	struct cgn_snapshot *snapshot;
	struct cgn_conf_port ports[2];
	struct cgn_conf_route routes[2];
	struct cgn_conf_pool pool[WORLD_GROUPS_MAX];
	struct cgn_range4 range[WORLD_GROUPS_MAX];
	struct cgn_conf_group group[WORLD_GROUPS_MAX];
	struct cgn_prefix prefix[WORLD_GROUPS_MAX];
	bool wires; /* subscribers are homes behind softwires, all with the same inner address */
	struct cgn_steer steer;
	struct cgn_pkt_port pkt_ports[2];
	struct cgn_engine *engine;       /* NULL: a worker has it */
	struct bench_turn *turn;         /* NULL: the engine has no worker */
	struct cgn_record_door *records; /* NULL: nothing is recorded */
	struct rte_mempool *mp;
	struct rte_mbuf *m[WORLD_BURST];   /* the frames in hand */
	struct rte_mbuf *sent[WORLD_SENT]; /* what the engine sent of the burst, or in a turn */
	unsigned int n_sent;
	uint32_t n_flows;
	uint32_t per_sub; /* flows of each subscriber */
	unsigned int n_groups;
	rte_be32_t *ext_addr; /* by flow, learned when it is made */
	rte_be16_t *ext_port;
	uint64_t rnd;
	cgn_tick now;
	bool no_df;    /* frames may be fragmented, so that the NAT writes their IPv4 identifiers */
	uint64_t lost; /* frames that the engine did not forward */
};

/** CPU time of the calling thread, in seconds. Other threads may have its core meanwhile. */
static inline double
world_cpu_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/** Whether nothing interrupted a measured burst: a burst takes microseconds, a slice of another
 * program a millisecond and more. Interrupted ones do not count. */
static inline bool
world_is_whole(uint64_t cycles)
{
	return cycles < rte_get_tsc_hz() / 10000;
}

/** Fill in a configuration; it must stay where it is. */
void world_configure(struct world *w, const struct world_shape *shape, unsigned int workers);

/** Tell an engine of that configuration the MAC addresses of both gateways. */
void world_set_neighbours(const struct world *w, struct cgn_engine *engine);

/** Inside address of a flow. */
rte_be32_t world_in_addr(const struct world *w, uint32_t flow);

/** Make an engine for the flows of a shape; none exists yet. Exits on failure. */
void world_init(struct world *w, const struct world_shape *shape);

/** The same with an engine that records. @param records  NULL: it does not */
void world_init_recorded(
		struct world *w, const struct world_shape *shape, struct cgn_record_door *records);

/**
 * The same with a complete worker between two devices that cost nothing (bench_turn.h). There is no access
 * to its engine: only frames go through it.
 */
void world_init_turn(struct world *w, const struct world_shape *shape);

/** Release it. */
void world_fini(struct world *w);

/** Random number below @p n. */
uint32_t world_below(struct world *w, uint32_t n);

/** A number that visits all of 0..n-1 once while @p k does. */
uint32_t world_shuffle(uint32_t k, uint32_t n);

/** Write the frame of a flow; inbound ones only when its external endpoint was learned. */
void world_write(const struct world *w, struct rte_mbuf *m, uint32_t flow, enum world_kind kind,
		uint8_t tcp_flags);

/** Write the frame of a flow into the i-th mbuf of the burst. */
void world_frame(struct world *w, unsigned int i, uint32_t flow, enum world_kind kind,
		uint8_t tcp_flags);

/** Whether frames of a kind come from inside. */
static inline bool
world_is_out(enum world_kind kind)
{
	return kind == WORLD_UDP_OUT || kind == WORLD_TCP_OUT;
}

/**
 * Give a burst to the engine or to the worker. What is sent in this call is in w->sent then. A worker may keep
 * frames until the next call.
 *
 * @param m  n frames, of which the engine is the owner now
 * @return TSC cycles of the call
 */
uint64_t
world_give(struct world *w, struct rte_mbuf *const *m, unsigned int n, enum world_kind kind);

/** Let a worker send what it has kept. What is sent is added to w->sent. @return TSC cycles; 0: no worker */
uint64_t world_settle(struct world *w);

/** Give the burst in hand, and take what was sent as the next burst in hand. @return TSC cycles */
uint64_t world_run(struct world *w, unsigned int n, enum world_kind kind);

/** Make flows [from, to) in shuffled order and learn their external endpoints. @return cycles per flow */
double world_make(struct world *w, uint32_t from, uint32_t to, bool is_tcp, unsigned int burst);

/**
 * Make leases of all flows, which exist; ports stay. Exits on failure.
 *
 * @param n_filters  filters of each lease, up to CGN_FILTERS_MAX; the last one lets the packets in
 */
void world_lease(struct world *w, unsigned int n_filters);

#endif /* CGN_BENCH_WORLD_H */
