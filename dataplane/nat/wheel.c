/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Timer wheel with one list per second.
 */
#include "dataplane/nat/wheel.h"

#include <string.h>

#include <rte_prefetch.h>

/* Marks a link to the head of a list. Elements count from 1, so a link of 0 means that none is armed. */
#define CGN_WHEEL_HEAD UINT32_C(0x80000000)

static inline struct cgn_wheel_node *
node(const struct cgn_wheel *w, uint32_t element)
{
	return (struct cgn_wheel_node *)(void *)(w->base + (size_t)element * w->stride);
}

void
cgn_wheel_init(struct cgn_wheel *w, void *base, size_t stride, size_t offset, uint32_t now_s)
{
	memset(w, 0, sizeof(*w));
	w->base = (char *)base + offset;
	w->stride = stride;
	w->now_s = now_s;
}

bool
cgn_wheel_is_armed(const struct cgn_wheel *w, uint32_t element)
{
	return node(w, element)->prev != 0;
}

void
cgn_wheel_disarm(struct cgn_wheel *w, uint32_t element)
{
	struct cgn_wheel_node *n = node(w, element);

	if (n->prev == 0)
		return;
	if ((n->prev & CGN_WHEEL_HEAD) != 0)
		w->slot[n->prev & ~CGN_WHEEL_HEAD] = n->next;
	else
		node(w, n->prev)->next = n->next;
	if (n->next != 0)
		node(w, n->next)->prev = n->prev;
	n->next = 0;
	n->prev = 0;
}

void
cgn_wheel_arm(struct cgn_wheel *w, uint32_t element, uint32_t due_s)
{
	struct cgn_wheel_node *n = node(w, element);
	uint32_t slot;

	cgn_wheel_disarm(w, element);
	/* A deadline in the past is due in the next second. One beyond the horizon is armed for the
	 * horizon; the callback then arms it again. */
	if ((int32_t)(due_s - w->now_s) <= 0)
		due_s = w->now_s + 1;
	else if (due_s - w->now_s >= CGN_WHEEL_SLOTS)
		due_s = w->now_s + CGN_WHEEL_SLOTS - 1;
	slot = due_s % CGN_WHEEL_SLOTS;
	n->due_s = due_s;
	n->next = w->slot[slot];
	n->prev = CGN_WHEEL_HEAD | slot;
	if (n->next != 0)
		node(w, n->next)->prev = element;
	w->slot[slot] = element;
}

/* Prefetch what the next element needs, and the element behind it. */
static void
look_ahead(const struct cgn_wheel *w, uint32_t element, cgn_wheel_fn fetch, void *ctx)
{
	uint32_t next;

	if (element == 0)
		return;
	next = node(w, element)->next;
	if (next != 0)
		rte_prefetch0(node(w, next));
	if (fetch != NULL)
		fetch(ctx, element);
}

bool
cgn_wheel_poll(struct cgn_wheel *w, uint32_t now_s, unsigned int *budget, cgn_wheel_fn fn,
		cgn_wheel_fn fetch, void *ctx)
{
	while ((int32_t)(now_s - w->now_s) > 0) {
		uint32_t slot = (w->now_s + 1) % CGN_WHEEL_SLOTS;

		while (w->slot[slot] != 0) {
			uint32_t element = w->slot[slot];

			if (*budget == 0)
				return true;
			--*budget;
			cgn_wheel_disarm(w, element);
			look_ahead(w, w->slot[slot], fetch, ctx);
			/* The callback may arm an element for a second that is over. It must not land in
			 * this slot again, as it would while now_s is still before it. */
			w->now_s++;
			fn(ctx, element);
			w->now_s--;
		}
		w->now_s++;
	}
	return false;
}
