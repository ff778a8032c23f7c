/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DPCLIENT_H
#define CGN_DPCLIENT_H

/**
 * @file
 * Sends commands to the workers, and finds the call that waits for each reply.
 *
 * Each command has a different number, seq. The worker replies once, with the same seq. If there is no reply before the
 * deadline, the call gets -ETIMEDOUT. Time in which the control thread stands still does not count. A call may lend
 * memory to the worker. The worker may use it until it replies. So this memory is released only after the reply, even if
 * the reply comes long after the deadline.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"
#include "shared/control_counters.h"
#include "shared/msg.h"
#include "shared/planes.h"

struct cgn_dpclient;

/** A call: what happens when the reply comes. */
struct cgn_dpclient_call {
	/** Called once, with the reply and its ret. Without a reply: ret -ETIMEDOUT or -ECANCELED, and evt NULL. */
	void (*done)(void *arg, int ret, const struct cgn_evt *evt);
	void *arg;
	/** Called once, after done(), when the worker no longer uses the lent memory. NULL: no memory is lent */
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
 * Release it. The workers must have stopped. Calls without a reply get -ECANCELED, and their lent memory is released.
 * NULL is allowed.
 */
void cgn_dpclient_destroy(struct cgn_dpclient *c);

/**
 * Send a command. This function sets its seq.
 *
 * @param call  copied; NULL: nobody waits for the reply, and an error is only counted
 * @return 0; -ENOBUFS: the worker's ring is full, or too many calls wait: nothing was sent, and nothing will be called
 */
int cgn_dpclient_send(struct cgn_dpclient *c, unsigned int worker, struct cgn_cmd *cmd,
		const struct cgn_dpclient_call *call, uint64_t now_ms);

/**
 * Take replies and events from the workers. One call takes a limited number from each worker.
 *
 * @param event  called for every event that is no reply
 * @return whether a ring may have more
 */
bool cgn_dpclient_poll(struct cgn_dpclient *c,
		void (*event)(void *arg, const struct cgn_evt *evt, uint64_t now_ms), void *arg,
		uint64_t now_ms);

/** End all calls that wait with -ECANCELED. Their lent memory is still released after the replies only. */
void cgn_dpclient_cancel(struct cgn_dpclient *c);

/** How many more calls can be open. A ring may have less room. */
unsigned int cgn_dpclient_room(const struct cgn_dpclient *c);

/** Number of calls without a reply, including those whose deadline has passed. */
unsigned int cgn_dpclient_open(const struct cgn_dpclient *c);

/** The counters. */
const struct cgn_dpclient_stats *cgn_dpclient_stats(const struct cgn_dpclient *c);

#endif /* CGN_DPCLIENT_H */
