/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_WHEEL_H
#define CGN_WHEEL_H

/**
 * @file
 * Timer wheel over the elements of an array, re-armed lazily.
 *
 * An element is in the slot of one second. Traffic does not move it. When its second comes, the callback
 * compares the element's real deadline and arms it again or ends it. Only a deadline that moves nearer
 * needs cgn_wheel_arm(). Deadlines beyond the horizon wait at the horizon.
 *
 * Units:   seconds of the engine's clock (cgn_tick / CGN_TICK_HZ, rounded up: never early).
 * Threads: single owner. Memory: the slots; links are in the elements.
 * Cost:    arm and disarm O(1); poll O(due), bounded by its budget.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_WHEEL_SLOTS 8192 /* seconds; more than the established TCP timeout of 7440 s */

/** Links of one element, embedded in it. All zero: not armed. */
struct cgn_wheel_node {
	uint32_t next;
	uint32_t prev; /* CGN_WHEEL_HEAD | slot for the first of a slot */
	uint32_t due_s;
};

/** A wheel. The array belongs to the caller. */
struct cgn_wheel {
	char *base; /* of the array's element 0, advanced to its node */
	size_t stride;
	uint32_t now_s; /* all slots up to here are done, this one perhaps in part */
	uint32_t slot[CGN_WHEEL_SLOTS];
};

/**
 * Called for an element. As `fn`: its second has come; it is disarmed and may be armed again. As `fetch`:
 * it will soon be due; prefetch what that needs.
 */
typedef void (*cgn_wheel_fn)(void *ctx, uint32_t element);

/**
 * Start a wheel.
 *
 * @param base   element 0 of the array (never armed: 0 is "none")
 * @param stride octets per element
 * @param offset of the struct cgn_wheel_node in an element
 * @param now_s  the clock
 */
void cgn_wheel_init(struct cgn_wheel *w, void *base, size_t stride, size_t offset, uint32_t now_s);

/** Arm an element, or arm it anew, for a second; a second that is over counts as the next one. */
void cgn_wheel_arm(struct cgn_wheel *w, uint32_t element, uint32_t due_s);

/** Take an element out; nothing happens if it is not armed. */
void cgn_wheel_disarm(struct cgn_wheel *w, uint32_t element);

/** Whether an element is armed. */
bool cgn_wheel_is_armed(const struct cgn_wheel *w, uint32_t element);

/**
 * Call @p fn for elements that are due, at most @p budget.
 *
 * @param fetch  called for the next element before @p fn; changes nothing. NULL: none
 * @return true if more are due
 */
bool cgn_wheel_poll(struct cgn_wheel *w, uint32_t now_s, unsigned int budget, cgn_wheel_fn fn,
		cgn_wheel_fn fetch, void *ctx);

#endif /* CGN_WHEEL_H */
