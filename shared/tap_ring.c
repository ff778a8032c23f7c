/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A ring of records of any size: a record that would go over the end of the memory begins at its start instead.
 */
#include "shared/tap_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
cgn_tap_ring_init(struct cgn_tap_ring *r, size_t size)
{
	memset(r, 0, sizeof(*r));
	/* Not touched before it is used: what a short trace does not need costs nothing. */
	r->at = malloc(size);
	r->size = size;
	return r->at == NULL ? -ENOMEM : 0;
}

void
cgn_tap_ring_fini(struct cgn_tap_ring *r)
{
	free(r->at);
	r->at = NULL;
}

void *
cgn_tap_ring_begin(struct cgn_tap_ring *r, size_t max)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	uint64_t to_end = r->size - (head & (r->size - 1));

	r->pad = to_end < max ? to_end : 0;
	if (r->size - (head - tail) < r->pad + max)
		return NULL;
	return r->at + ((head + r->pad) & (r->size - 1));
}

void
cgn_tap_ring_end(struct cgn_tap_ring *r, const struct cgn_tap_head *h)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	const struct cgn_tap_head pad = { .size = (uint32_t)r->pad, .kind = CGN_TAP_RING_PAD };

	if (r->pad != 0)
		memcpy(r->at + (head & (r->size - 1)), &pad, sizeof(pad));
	atomic_store_explicit(&r->head, head + r->pad + h->size, memory_order_release);
}

const struct cgn_tap_head *
cgn_tap_ring_peek(struct cgn_tap_ring *r)
{
	for (;;) {
		uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
		const struct cgn_tap_head *h;

		if (tail == atomic_load_explicit(&r->head, memory_order_acquire))
			return NULL;
		h = (const void *)(r->at + (tail & (r->size - 1)));
		if (h->kind != CGN_TAP_RING_PAD)
			return h;
		cgn_tap_ring_next(r, h);
	}
}

void
cgn_tap_ring_next(struct cgn_tap_ring *r, const struct cgn_tap_head *h)
{
	atomic_fetch_add_explicit(&r->tail, h->size, memory_order_release);
}
