/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_QUEUE_H
#define CGN_RESOLVER_QUEUE_H

/**
 * @file
 * Questions to a link that wait for the rate of requests: whose turn is next.
 *
 * There are three classes, each first come first served. While both wait, questions to known stations and
 * first questions for unknown addresses alternate: each class has half of the rate at least. Repeated questions
 * for unknown addresses get what those two leave.
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

enum cgn_resolver_queue_class {
	CGN_RESOLVER_ASK_KNOWN, /* a station that is known: is it still there? */
	CGN_RESOLVER_ASK_FIRST, /* an address that is not known, for the first time */
	CGN_RESOLVER_ASK_AGAIN, /* the same, not answered before */
	CGN_RESOLVER_ASK_CLASSES,
};

/** A question that can wait; zeroed by its owner, stays where it is while it waits. */
struct cgn_resolver_turn {
	TAILQ_ENTRY(cgn_resolver_turn) link;
	void *arg; /* the owner's */
	uint8_t class;
	bool is_waiting;
};

struct cgn_resolver_queue {
	TAILQ_HEAD(, cgn_resolver_turn) waiting[CGN_RESOLVER_ASK_CLASSES];
	uint32_t n_of[CGN_RESOLVER_ASK_CLASSES]; /* that wait, of each class */
	uint32_t n;                              /* of all classes */
	bool was_known; /* the class of the last turn, of the two that alternate */
	struct cgn_token_bucket rate;
	struct cgn_timerq *timers;
	struct cgn_timer timer;
	void (*turn)(void *arg, uint64_t now_ms);
};

/**
 * Start with nobody waiting and a full rate.
 *
 * @param turn   called from a timer with the arg of a question whose turn it is; it no longer waits then
 * @param per_s  questions per second
 * @param burst  questions at once
 */
void cgn_resolver_queue_init(struct cgn_resolver_queue *q, struct cgn_timerq *timers,
		void (*turn)(void *arg, uint64_t now_ms), uint32_t per_s, uint32_t burst);

/** End: the timer is not set any more. One that was never started, all zeros, is allowed. */
void cgn_resolver_queue_fini(struct cgn_resolver_queue *q);

/**
 * Ask for a turn. A question that waits already waits anew, as the last of its class.
 *
 * @return true: its turn is now; false: it waits
 */
bool cgn_resolver_queue_put(struct cgn_resolver_queue *q, struct cgn_resolver_turn *t,
		enum cgn_resolver_queue_class class, uint64_t now_ms);

/** The arg of the question of a class that has waited longest; NULL: none waits. */
void *
cgn_resolver_queue_oldest(const struct cgn_resolver_queue *q, enum cgn_resolver_queue_class class);

/** Wait no longer; one that does not wait stays so. */
void cgn_resolver_queue_remove(struct cgn_resolver_queue *q, struct cgn_resolver_turn *t);

#endif /* CGN_RESOLVER_QUEUE_H */
