/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/tapfix.h"

#include "tests/support/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define RING (1u << 20)

struct tapfix {
	struct cgn_tap_ask ask;
	_Atomic(int64_t) left;
	uint8_t *record;
	struct cgn_tap *taps[CGN_WORKERS_MAX];
	struct cgn_tap_door doors[CGN_WORKERS_MAX];
};

struct cgn_tap_ask
tapfix_all(void)
{
	return (struct cgn_tap_ask){ .port = CGN_PORTS_MAX, .snap = CGN_TAP_SNAP_TRACE };
}

void
tapfix_start(struct fx *fx, const struct cgn_tap_ask *ask)
{
	struct tapfix *t;

	tapfix_stop(fx);
	t = aligned_alloc(64, RTE_ALIGN_CEIL(sizeof(*t), 64));
	if (t == NULL)
		abort();
	memset(t, 0, sizeof(*t));
	t->record = malloc(CGN_TAP_RECORD_MAX);
	t->ask = *ask;
	atomic_init(&t->left, INT64_MAX / 2);
	for (unsigned int i = 0; i < fx->n_workers; i++) {
		t->doors[i].ask = &t->ask;
		t->doors[i].left = &t->left;
		if (t->record == NULL || cgn_tap_ring_init(&t->doors[i].ring, RING) < 0 ||
				cgn_tap_create(&t->taps[i], fx->engines[i]) < 0)
			abort();
		cgn_tap_set(t->taps[i], &t->doors[i]);
	}
	fx->tap_of = t;
}

void
tapfix_stop(struct fx *fx)
{
	struct tapfix *t = fx->tap_of;

	if (t == NULL)
		return;
	for (unsigned int i = 0; i < fx->n_workers; i++) {
		cgn_tap_set(t->taps[i], NULL);
		cgn_tap_destroy(t->taps[i]);
		cgn_tap_ring_fini(&t->doors[i].ring);
	}
	free(t->record);
	free(t);
	fx->tap_of = NULL;
}

const struct cgn_tap_record *
tapfix_next(struct fx *fx)
{
	struct tapfix *t = fx->tap_of;

	for (unsigned int i = 0; i < fx->n_workers; i++) {
		const struct cgn_tap_head *h = cgn_tap_ring_peek(&t->doors[i].ring);

		if (h == NULL)
			continue;
		memcpy(t->record, h, h->size);
		cgn_tap_ring_next(&t->doors[i].ring, h);
		return (const void *)t->record;
	}
	return NULL;
}

void
tapfix_forget(struct fx *fx)
{
	while (tapfix_next(fx) != NULL)
		;
}

const struct cgn_tap_frame *
tapfix_frame(const struct cgn_tap_record *r, unsigned int i)
{
	const uint8_t *at = (const uint8_t *)(r + 1);

	if (i >= r->n_frames)
		return NULL;
	while (i-- > 0)
		at += ((const struct cgn_tap_frame *)(const void *)at)->size;
	return (const void *)at;
}

void
tapfix_set_left(struct fx *fx, int64_t left)
{
	atomic_store(&fx->tap_of->left, left);
}

uint64_t
tapfix_lost(const struct fx *fx)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < fx->n_workers; i++)
		n += atomic_load(&fx->tap_of->doors[i].lost);
	return n;
}

void
tapfix_rx(struct fx *fx, unsigned int worker, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	if (fx->tap_of != NULL)
		cgn_tap_rx(fx->tap_of->taps[worker], port, m, n, fx->now);
	else
		cgn_engine_rx(fx->engines[worker], port, m, n, fx->now);
}

void
tapfix_pktmsgs(struct fx *fx, unsigned int worker, const struct cgn_pktmsg *msgs, unsigned int n)
{
	if (fx->tap_of != NULL)
		cgn_tap_pktmsgs(fx->tap_of->taps[worker], msgs, n, fx->now);
	else
		cgn_engine_pktmsgs(fx->engines[worker], msgs, n, fx->now);
}

void
tapfix_cmd(struct fx *fx, unsigned int worker, const struct cgn_cmd *cmd, struct cgn_evt *reply)
{
	if (fx->tap_of != NULL)
		cgn_tap_cmd(fx->tap_of->taps[worker], cmd, reply, fx->now);
	else
		cgn_engine_cmd(fx->engines[worker], cmd, reply, fx->now);
}

bool
tapfix_poll(struct fx *fx, unsigned int worker)
{
	return fx->tap_of != NULL ? cgn_tap_poll(fx->tap_of->taps[worker], fx->now)
				  : cgn_engine_poll(fx->engines[worker], fx->now);
}
