/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENGINE_H
#define CGN_ENGINE_H

/**
 * @file
 * The packet engine of one worker. It takes received mbufs and makes mbufs that are ready for the device.
 *
 * The engine owns every table of the worker and touches nothing else. Devices, rings and clocks belong to
 * the caller. The engine reaches devices and rings through struct cgn_engine_ops, once per burst, and the
 * time is an argument. The whole engine can therefore run in a test or a benchmark under a fake clock.
 *
 * Threads: single owner. Memory: allocated in create().
 */

#include "dataplane/engine/engine_cfg.h"
#include "shared/stats.h"

struct cgn_engine;

/** Create the engine of one worker. @return 0, -ENOMEM, -EINVAL */
int cgn_engine_create(struct cgn_engine **out, const struct cgn_engine_cfg *cfg);

/**
 * Release an engine. Packets that it still holds are freed and not counted (see cgn_engine_flush()). NULL
 * is allowed.
 */
void cgn_engine_destroy(struct cgn_engine *e);

/**
 * Process a received burst. Every packet ends up sent, held or dropped, and is counted.
 *
 * @param port  index into conf ports
 * @param n     at most CGN_BURST
 * @param now  time of the burst; never before the time of an earlier call
 */
void
cgn_engine_rx(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n, cgn_tick now);

/**
 * Frames that a later call of cgn_engine_rx() will process. Until then, each packet that the engine forwards prefetches
 * the headers of one of them.
 *
 * @param m  the list; it stays valid until this function is called again
 * @param n  0: none
 */
void cgn_engine_coming(struct cgn_engine *e, struct rte_mbuf *const *m, unsigned int n);

/**
 * Prefetch a cache line that will be written. The line is fetched for exclusive use. A plain prefetch would
 * fetch it for shared use, and the write would have to fetch it again.
 */
static inline void
cgn_engine_fetch_write(const void *p)
{
#ifdef RTE_ARCH_X86
	/* Not part of x86-64-v3, but harmless on processors without this instruction. */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1, 3);
#endif
}

/**
 * Prefetch the lines that cgn_engine_pktmsgs() will write in packets that another core wrote last. If one
 * burst is processed between the two calls, the lines arrive in time. There are more prefetches here than a
 * core can have in progress. The later ones wait for the earlier ones, but nothing else waits here.
 */
static inline void
cgn_engine_expect(const struct cgn_pktmsg *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		cgn_engine_fetch_write(msgs[i].m);
		cgn_engine_fetch_write((const char *)msgs[i].m + msgs[i].data_at);
	}
}

/** Process packets from other workers or from the control thread, at most CGN_BURST. */
void cgn_engine_pktmsgs(
		struct cgn_engine *e, const struct cgn_pktmsg *msgs, unsigned int n, cgn_tick now);

/** Carry out one command and fill its reply. */
void cgn_engine_cmd(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply,
		cgn_tick now);

/**
 * Housekeeping: expiry of mappings, sessions, fragments, held SYNs and ports. The work of one call is
 * bounded. Call it once per turn of the worker's loop.
 *
 * @return true if more is due at @p now: call again soon
 */
bool cgn_engine_poll(struct cgn_engine *e, cgn_tick now);

/**
 * Shutdown: count all held packets as CGN_V_SHUTDOWN and free them. Afterwards the number of received
 * packets is the sum of the verdicts.
 */
void cgn_engine_flush(struct cgn_engine *e);

/** The worker's counters. Any thread may read them. */
struct cgn_stats *cgn_engine_stats(struct cgn_engine *e);

/** Where the worker records now; NULL: nothing is recorded. A command may change it. */
struct cgn_record_door *cgn_engine_records(struct cgn_engine *e);

#endif /* CGN_ENGINE_H */
