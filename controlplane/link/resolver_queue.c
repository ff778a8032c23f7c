/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The queue of ARP and ND requests that wait for the rate. It decides whose question the resolver sends next, so that
 * a flood of questions for invented addresses does not delay the probes of known stations.
 */
#include "controlplane/link/resolver_queue.h"

#include <assert.h>

/* Between two looks at the rate while a question waits. */
#define LOOK_MS 20

static void resolver_queue_look(void *arg, uint64_t now_ms);

void
cgn_resolver_queue_init(struct cgn_resolver_queue *q, struct cgn_timerq *timers,
		void (*turn)(void *arg, uint64_t now_ms), uint32_t per_s, uint32_t burst)
{
	*q = (struct cgn_resolver_queue){ .timers = timers, .turn = turn };
	q->timer = (struct cgn_timer){ .fire = resolver_queue_look, .arg = q };
	for (unsigned int i = 0; i < CGN_RESOLVER_ASK_CLASSES; i++)
		TAILQ_INIT(&q->waiting[i]);
	cgn_token_bucket_init(&q->rate, per_s, burst, 0);
}

void
cgn_resolver_queue_fini(struct cgn_resolver_queue *q)
{
	if (q->timers != NULL)
		cgn_timerq_cancel(q->timers, &q->timer);
}

/* Questions to known stations and first questions alternate while both wait. Repeated questions come last: most of
 * them are for addresses that do not exist. */
static struct cgn_resolver_turn *
resolver_queue_next(struct cgn_resolver_queue *q)
{
	struct cgn_resolver_turn *known = TAILQ_FIRST(&q->waiting[CGN_RESOLVER_ASK_KNOWN]);
	struct cgn_resolver_turn *first = TAILQ_FIRST(&q->waiting[CGN_RESOLVER_ASK_FIRST]);

	if (known == NULL && first == NULL)
		return TAILQ_FIRST(&q->waiting[CGN_RESOLVER_ASK_AGAIN]);
	q->was_known = first == NULL || (known != NULL && !q->was_known);
	return q->was_known ? known : first;
}

static void
resolver_queue_set_timer(struct cgn_resolver_queue *q, uint64_t now_ms)
{
	int ret = cgn_timerq_set(q->timers, &q->timer, now_ms + LOOK_MS);

	assert(ret == 0); /* the owner has reserved room for it */
	(void)ret;
}

static void
resolver_queue_look(void *arg, uint64_t now_ms)
{
	struct cgn_resolver_queue *q = arg;

	while (q->n != 0 && cgn_token_bucket_take(&q->rate, now_ms)) {
		struct cgn_resolver_turn *t = resolver_queue_next(q);

		/* Remove it first: the owner may put the same question into the queue again. */
		cgn_resolver_queue_remove(q, t);
		q->turn(t->arg, now_ms);
	}
	if (q->n != 0)
		resolver_queue_set_timer(q, now_ms);
}

bool
cgn_resolver_queue_put(struct cgn_resolver_queue *q, struct cgn_resolver_turn *t,
		enum cgn_resolver_queue_class class, uint64_t now_ms)
{
	cgn_resolver_queue_remove(q, t);
	/* A token is taken only if nobody waits. A newcomer must not overtake those who wait. */
	if (q->n == 0 && cgn_token_bucket_take(&q->rate, now_ms))
		return true;
	if (q->n == 0)
		resolver_queue_set_timer(q, now_ms);
	TAILQ_INSERT_TAIL(&q->waiting[class], t, link);
	t->class = (uint8_t) class;
	t->is_waiting = true;
	q->n_of[class]++;
	q->n++;
	return false;
}

void *
cgn_resolver_queue_oldest(const struct cgn_resolver_queue *q, enum cgn_resolver_queue_class class)
{
	const struct cgn_resolver_turn *t = TAILQ_FIRST(&q->waiting[class]);

	return t == NULL ? NULL : t->arg;
}

void
cgn_resolver_queue_remove(struct cgn_resolver_queue *q, struct cgn_resolver_turn *t)
{
	if (!t->is_waiting)
		return;
	TAILQ_REMOVE(&q->waiting[t->class], t, link);
	t->is_waiting = false;
	q->n_of[t->class]--;
	q->n--;
}
