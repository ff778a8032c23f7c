/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Builds the record of one packet beside the ring, because it is known only at the end whether it is wanted.
 */
#include "dataplane/tap/tap_build.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_mbuf.h>

int
cgn_tap_build_init(struct cgn_tap_build *b)
{
	b->r = malloc(CGN_TAP_RECORD_MAX);
	return b->r == NULL ? -ENOMEM : 0;
}

void
cgn_tap_build_fini(struct cgn_tap_build *b)
{
	free(b->r);
}

struct cgn_tap_record *
cgn_tap_build_begin(struct cgn_tap_build *b, enum cgn_tap_entry entry)
{
	struct cgn_tap_record *r = b->r;

	memset(r, 0, sizeof(*r));
	r->head = (struct cgn_tap_head){ .size = sizeof(*r), .kind = CGN_TAP_PACKET };
	r->entry = (uint8_t)entry;
	r->verdict = CGN_V_NONE;
	r->parsed = CGN_V_NONE;
	return r;
}

struct cgn_tap_frame *
cgn_tap_build_frame(struct cgn_tap_build *b, const struct rte_mbuf *m, uint16_t port, uint16_t snap)
{
	struct cgn_tap_record *r = b->r;
	struct cgn_tap_frame *f = (void *)((uint8_t *)r + r->head.size);
	uint32_t caplen = RTE_MIN(m->pkt_len, RTE_MIN((uint32_t)snap, (uint32_t)CGN_TAP_SNAP_MAX));
	uint8_t *to = (uint8_t *)(f + 1);
	const void *from;

	if (r->n_frames == CGN_TAP_FRAMES_MAX)
		return NULL;
	memset(f, 0, sizeof(*f));
	f->size = (uint32_t)(sizeof(*f) + RTE_ALIGN_CEIL(caplen, 8));
	f->len = m->pkt_len;
	f->caplen = caplen;
	f->port = (uint8_t)port;
	memset(to + caplen, 0, f->size - sizeof(*f) - caplen);
	from = rte_pktmbuf_read(m, 0, caplen, to);
	if (from != NULL && from != to)
		memcpy(to, from, caplen);
	b->frame_at[r->n_frames++] = r->head.size;
	r->head.size += f->size;
	return f;
}

void
cgn_tap_build_forgo(struct cgn_tap_build *b)
{
	for (unsigned int i = 0; i < b->r->n_frames; i++) {
		struct cgn_tap_frame *f = (void *)((uint8_t *)b->r + b->frame_at[i]);

		f->is_wanted = false;
	}
}

bool
cgn_tap_build_is_wanted(const struct cgn_tap_build *b)
{
	for (unsigned int i = 0; i < b->r->n_frames; i++) {
		const struct cgn_tap_frame *f = (const void *)((const uint8_t *)b->r +
				b->frame_at[i]);

		if (f->is_wanted)
			return true;
	}
	return false;
}

void
cgn_tap_build_keep(struct cgn_tap_build *b, unsigned int n)
{
	if (n >= b->r->n_frames)
		return;
	b->r->head.size = b->frame_at[n];
	b->r->n_frames = (uint8_t)n;
}

void
cgn_tap_build_load(struct cgn_tap_build *b, const struct cgn_tap_record *r)
{
	uint32_t at = sizeof(*r);

	memcpy(b->r, r, r->head.size);
	for (unsigned int i = 0; i < r->n_frames; i++) {
		const struct cgn_tap_frame *f = (const void *)((const uint8_t *)r + at);

		b->frame_at[i] = at;
		at += f->size;
	}
}

void
cgn_tap_build_write(const struct cgn_tap_build *b, struct cgn_tap_door *d)
{
	void *to = cgn_tap_ring_begin(&d->ring, b->r->head.size);

	if (to == NULL) {
		atomic_store_explicit(&d->lost,
				atomic_load_explicit(&d->lost, memory_order_relaxed) + 1,
				memory_order_relaxed);
		return;
	}
	/* The last of the steps that may fail: the control thread ends the trace when `left` is 0. */
	if (atomic_fetch_sub_explicit(d->left, 1, memory_order_relaxed) <= 0)
		return;
	memcpy(to, b->r, b->r->head.size);
	cgn_tap_ring_end(&d->ring, to);
}
