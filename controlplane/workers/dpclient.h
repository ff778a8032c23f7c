/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DPCLIENT_H
#define CGN_DPCLIENT_H

/**
 * @file
 * Commands to the workers and their replies.
 *
 * Each command carries a seq of its own; the worker's one reply with that seq finds the call that
 * waits for it. A call whose deadline passes is told -ETIMEDOUT; memory that it lent to the worker
 * stays lent until the reply comes, however late, and is released only then.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"
#include "shared/control_counters.h"
#include "shared/msg.h"
#include "shared/planes.h"

struct cgn_dpclient;

/** What to do when the reply comes. */
struct cgn_dpclient_call {
	/** Called once: with the reply and its ret, or with evt NULL and -ETIMEDOUT or -ECANCELED. */
	void (*done)(void *arg, int ret, const struct cgn_evt *evt);
	void *arg;
	/** Called once, after done, when the worker no longer uses what was lent; NULL: nothing was. */
	void (*release)(void *lent);
	void *lent;
	uint32_t timeout_ms;
};

/** What the client of the workers counts. */
struct cgn_dpclient_stats {
	CGN_DPCLIENT_COUNTERS(CGN_STATS_FIELD)
};

/** Create the client of all workers. @p timers and @p planes outlive it. @return 0 or -ENOMEM */
int cgn_dpclient_create(struct cgn_dpclient **out, const struct cgn_planes *planes,
		struct cgn_timerq *timers);

/**
 * Release it. The workers must have stopped: calls still open are told -ECANCELED and what they
 * lent is released. NULL is allowed.
 */
void cgn_dpclient_destroy(struct cgn_dpclient *c);

/**
 * Send a command; its seq is filled in here.
 *
 * @param call  copied; NULL: nobody waits, an error is only counted
 * @return 0; -ENOBUFS: the worker's ring is full or too many calls are open: nothing was sent and
 *         nothing will be called
 */
int cgn_dpclient_send(struct cgn_dpclient *c, unsigned int worker, struct cgn_cmd *cmd,
		const struct cgn_dpclient_call *call, uint64_t now_ms);

/**
 * Take what the workers have sent, a bounded number of events of each.
 *
 * @param event  called for every event that is no reply
 * @return true if a ring may have more
 */
bool cgn_dpclient_poll(struct cgn_dpclient *c,
		void (*event)(void *arg, const struct cgn_evt *evt, uint64_t now_ms), void *arg,
		uint64_t now_ms);

/** Tell all who wait -ECANCELED; what they lent stays lent until the replies. */
void cgn_dpclient_cancel(struct cgn_dpclient *c);

/** Calls whose reply is still awaited, late ones included. */
unsigned int cgn_dpclient_open(const struct cgn_dpclient *c);

/** The counters. */
const struct cgn_dpclient_stats *cgn_dpclient_stats(const struct cgn_dpclient *c);

#endif /* CGN_DPCLIENT_H */
