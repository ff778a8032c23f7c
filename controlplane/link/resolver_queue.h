/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_QUEUE_H
#define CGN_RESOLVER_QUEUE_H

/**
 * @file
 * Questions to a link that wait for the rate of requests, and whose turn is next.
 *
 * There are three classes, each first come, first served. Questions to known stations and first questions for unknown
 * addresses alternate while both wait, so each of the two gets at least half of the rate. Repeated questions for
 * unknown addresses get what these two leave.
 *
 * Units:   milliseconds of the caller's clock.
 * Threads: single owner.
 * Cost:    put, remove and a turn O(1); one timer for all that wait.
 */

#include "controlplane/loop/timerq.h"
#include "controlplane/loop/token_bucket.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/** The classes of questions. */
enum cgn_resolver_queue_class {
	CGN_RESOLVER_ASK_KNOWN, /* to a known station: is it still there? */
	CGN_RESOLVER_ASK_FIRST, /* for an unknown address, the first time */
	CGN_RESOLVER_ASK_AGAIN, /* for an unknown address that has not answered before */
	CGN_RESOLVER_ASK_CLASSES,
};

/** A question that can wait. Its owner zeroes it at first, and does not move it while it waits. */
struct cgn_resolver_turn {
	TAILQ_ENTRY(cgn_resolver_turn) link;
	void *arg; /* the owner's; passed to turn() */
	uint8_t class;
	bool is_waiting;
};

/** The queue. Only the functions below change it. */
struct cgn_resolver_queue {
	TAILQ_HEAD(, cgn_resolver_turn) waiting[CGN_RESOLVER_ASK_CLASSES];
	uint32_t n_of[CGN_RESOLVER_ASK_CLASSES]; /* waiting questions of each class */
	uint32_t n;                              /* waiting questions of all classes */
	bool was_known; /* the last turn of the two alternating classes was ASK_KNOWN */
	struct cgn_token_bucket rate;
	struct cgn_timerq *timers;
	struct cgn_timer timer;
	void (*turn)(void *arg, uint64_t now_ms);
};

/**
 * Start with no question waiting and all of @p burst available.
 *
 * @param turn   called from a timer with the arg of the question whose turn has come; the question no longer waits
 * @param per_s  questions per second
 * @param burst  questions at once
 */
void cgn_resolver_queue_init(struct cgn_resolver_queue *q, struct cgn_timerq *timers,
		void (*turn)(void *arg, uint64_t now_ms), uint32_t per_s, uint32_t burst);

/** Cancel the timer. A queue of zeros, never started, is allowed. */
void cgn_resolver_queue_fini(struct cgn_resolver_queue *q);

/**
 * Ask for a turn. If the question already waits, it becomes the last of its class.
 *
 * @return true: its turn is now; false: it waits
 */
bool cgn_resolver_queue_put(struct cgn_resolver_queue *q, struct cgn_resolver_turn *t,
		enum cgn_resolver_queue_class class, uint64_t now_ms);

/** The arg of the question of a class that has waited longest. @return NULL: none waits */
void *
cgn_resolver_queue_oldest(const struct cgn_resolver_queue *q, enum cgn_resolver_queue_class class);

/** Take a question out of the queue. Does nothing if it does not wait. */
void cgn_resolver_queue_remove(struct cgn_resolver_queue *q, struct cgn_resolver_turn *t);

#endif /* CGN_RESOLVER_QUEUE_H */
