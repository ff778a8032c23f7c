/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The records of packets that the engine holds. A list of 64 is searched; that is only done while somebody traces.
 */
#include "dataplane/tap/tap_held.h"

#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

/* No device has such a number, and it is not RTE_MBUF_PORT_INVALID. */
#define MARK 0xff00u
static_assert(RTE_MAX_ETHPORTS <= MARK && MARK + CGN_TAP_HELD_MAX < RTE_MBUF_PORT_INVALID,
		"a mark is no port");

static uint16_t
mark_of(const struct cgn_tap_held *h, const struct cgn_tap_held_entry *e)
{
	return (uint16_t)(MARK + (unsigned int)(e - h->at));
}

/* A free place, or that of the oldest record. */
static struct cgn_tap_held_entry *
take_place(struct cgn_tap_held *h)
{
	struct cgn_tap_held_entry *oldest = &h->at[0];

	for (unsigned int i = 0; i < CGN_TAP_HELD_MAX; i++) {
		struct cgn_tap_held_entry *e = &h->at[i];

		if (e->m == NULL) {
			h->n++;
			return e;
		}
		if (!cgn_tick_reached(e->since, oldest->since))
			oldest = e;
	}
	return oldest;
}

void
cgn_tap_held_keep(struct cgn_tap_held *h, struct rte_mbuf *m, const struct cgn_tap_record *r,
		cgn_tick now)
{
	struct cgn_tap_held_entry *e = take_place(h);
	struct cgn_tap_record *copy = (void *)e->record;
	struct cgn_tap_frame *f = (void *)(copy + 1);
	uint32_t size = r->head.size < CGN_TAP_HELD_SIZE ? r->head.size : CGN_TAP_HELD_SIZE;

	m->port = mark_of(h, e);
	e->m = m;
	e->since = now;
	memcpy(copy, r, size);
	if (size == r->head.size)
		return;
	/* The place is too small: the frame that came stays, as far as there is room. */
	copy->n_frames = 1;
	f->size = RTE_MIN(f->size, size - (uint32_t)sizeof(*copy));
	f->caplen = RTE_MIN(f->caplen, f->size - (uint32_t)sizeof(*f));
	copy->head.size = (uint32_t)sizeof(*copy) + f->size;
}

static struct cgn_tap_held_entry *
look_up(struct cgn_tap_held *h, const struct rte_mbuf *m)
{
	for (unsigned int i = 0; h->n > 0 && i < CGN_TAP_HELD_MAX; i++) {
		if (h->at[i].m == m)
			return &h->at[i];
	}
	return NULL;
}

struct cgn_tap_held_entry *
cgn_tap_held_find(struct cgn_tap_held *h, const struct rte_mbuf *m)
{
	struct cgn_tap_held_entry *e = look_up(h, m);

	if (e == NULL || m->port == mark_of(h, e))
		return e;
	cgn_tap_held_free(h, e);
	return NULL;
}

void
cgn_tap_held_forget(struct cgn_tap_held *h, const struct rte_mbuf *m)
{
	struct cgn_tap_held_entry *e = look_up(h, m);

	if (e != NULL)
		cgn_tap_held_free(h, e);
}

static bool
is_sibling(const struct cgn_tap_record *a, const struct cgn_tap_record *b)
{
	return a->is_fragment && a->src == b->src && a->dst == b->dst && a->id == b->id &&
			a->l4 == b->l4 && a->side == b->side &&
			memcmp(&a->b4, &b->b4, sizeof(a->b4)) == 0;
}

struct cgn_tap_held_entry *
cgn_tap_held_sibling(struct cgn_tap_held *h, const struct cgn_tap_record *r)
{
	for (unsigned int i = 0; h->n > 0 && r->is_fragment && i < CGN_TAP_HELD_MAX; i++) {
		if (h->at[i].m != NULL && is_sibling(cgn_tap_held_record(&h->at[i]), r))
			return &h->at[i];
	}
	return NULL;
}

struct cgn_tap_held_entry *
cgn_tap_held_oldest(struct cgn_tap_held *h, cgn_tick before)
{
	struct cgn_tap_held_entry *oldest = NULL;

	for (unsigned int i = 0; h->n > 0 && i < CGN_TAP_HELD_MAX; i++) {
		struct cgn_tap_held_entry *e = &h->at[i];

		if (e->m == NULL || !cgn_tap_held_record(e)->is_fragment ||
				!cgn_tick_reached(before, e->since))
			continue;
		if (oldest == NULL || !cgn_tick_reached(e->since, oldest->since))
			oldest = e;
	}
	return oldest;
}

void
cgn_tap_held_free(struct cgn_tap_held *h, struct cgn_tap_held_entry *e)
{
	e->m = NULL;
	h->n--;
}
