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

#include "dataplane/engine/engine_cfg.h"
#include "shared/stats.h"

struct cgn_engine;

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

/** Fetch a line that will be written: from another core it is taken away at once, not shared first. */
static inline void
cgn_engine_fetch_write(const void *p)
{
#ifdef RTE_ARCH_X86
	/* Not in x86-64-v3, but harmless on processors that do not have it. */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1, 3);
#endif
}

/**
 * Fetch what cgn_engine_pktmsgs() will write of packets that another core has written. With a burst between
 * the two calls the lines are there when they are needed. More of them at once than a core follows:
 * the later ones wait for the earlier, which hurts nobody here.
 */
static inline void
cgn_engine_expect(const struct cgn_pktmsg *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		cgn_engine_fetch_write(msgs[i].m);
		cgn_engine_fetch_write((const char *)msgs[i].m + msgs[i].data_at);
	}
}

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
