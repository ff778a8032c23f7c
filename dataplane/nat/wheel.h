/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_WHEEL_H
#define CGN_WHEEL_H

/**
 * @file
 * Timer wheel for the elements of an array. Elements are re-armed lazily.
 *
 * An armed element is in the slot of one second. Traffic moves the deadline of an element, but not the
 * element. When the second of its slot comes, the callback looks at the real deadline of the element and
 * arms it again or ends it. cgn_wheel_arm() is needed only for a deadline that becomes earlier. An element
 * whose deadline is beyond the last slot waits in the last slot.
 *
 * Units:   seconds of the engine's clock (cgn_tick / CGN_TICK_HZ, rounded up: never early).
 * Threads: single owner. Memory: the slots; links are in the elements.
 * Cost:    arm and disarm O(1); poll O(due), bounded by its budget.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_WHEEL_SLOTS 8192 /* seconds; more than the established TCP timeout of 7440 s */

/** Links of one element, embedded in it. All fields zero: not armed. */
struct cgn_wheel_node {
	uint32_t next;
	uint32_t prev; /* for the first element of a slot: CGN_WHEEL_HEAD | slot */
	uint32_t due_s;
};

/** A wheel. The array belongs to the caller. */
struct cgn_wheel {
	char *base; /* address of the node in element 0 of the array */
	size_t stride;
	uint32_t now_s; /* all slots before this second are done, its slot perhaps in part */
	uint32_t slot[CGN_WHEEL_SLOTS];
};

/**
 * Called for an element. As `fn`: the second of the element has come; the element is disarmed and may be
 * armed again. As `fetch`: `fn` will soon be called for the element; prefetch the memory that `fn` needs.
 */
typedef void (*cgn_wheel_fn)(void *ctx, uint32_t element);

/**
 * Start a wheel.
 *
 * @param base  element 0 of the array (it is never armed: 0 means "none")
 * @param stride octets per element
 * @param offset  offset of the struct cgn_wheel_node in an element
 * @param now_s  current second
 */
void cgn_wheel_init(struct cgn_wheel *w, void *base, size_t stride, size_t offset, uint32_t now_s);

/**
 * Arm an element for a second. An armed element is moved. A second that is over counts as the next second.
 */
void cgn_wheel_arm(struct cgn_wheel *w, uint32_t element, uint32_t due_s);

/** Disarm an element. Nothing happens if it is not armed. */
void cgn_wheel_disarm(struct cgn_wheel *w, uint32_t element);

/** Whether an element is armed. */
bool cgn_wheel_is_armed(const struct cgn_wheel *w, uint32_t element);

/**
 * Call @p fn for elements that are due.
 *
 * @param[in,out] budget  the most elements
 * @param fetch  called for the next element before @p fn; must change nothing. NULL: not called
 * @return true if more are due
 */
bool cgn_wheel_poll(struct cgn_wheel *w, uint32_t now_s, unsigned int *budget, cgn_wheel_fn fn,
		cgn_wheel_fn fetch, void *ctx);

#endif /* CGN_WHEEL_H */
