/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A queue of requests for each client. The clients take turns, so a client with many requests does not delay the
 * others.
 */
#include "controlplane/relay/relay_queue.h"

#include <stddef.h>

static void
append_client(struct cgn_relay_queue *q, struct cgn_relay_item *head)
{
	head->next_turn = NULL;
	if (q->first == NULL)
		q->first = head;
	else
		q->last->next_turn = head;
	q->last = head;
}

bool
cgn_relay_queue_push(struct cgn_relay_queue *q, struct cgn_relay_item *x)
{
	struct cgn_relay_item *head = q->first;

	if (q->n == CGN_RELAY_QUEUE_MAX)
		return false;
	while (head != NULL && head->client != x->client)
		head = head->next_turn;
	if (head != NULL && head->n == CGN_RELAY_QUEUE_CLIENT)
		return false;
	x->next = NULL;
	if (head == NULL) {
		x->last = x;
		x->n = 1;
		append_client(q, x);
	} else {
		head->last->next = x;
		head->last = x;
		head->n++;
	}
	q->n++;
	return true;
}

struct cgn_relay_item *
cgn_relay_queue_pop(struct cgn_relay_queue *q)
{
	struct cgn_relay_item *head = q->first;
	struct cgn_relay_item *next;

	if (head == NULL)
		return NULL;
	q->first = head->next_turn;
	if (q->first == NULL)
		q->last = NULL;
	/* The client goes to the end of the turns with the rest of its requests. */
	next = head->next;
	if (next != NULL) {
		next->last = head->last;
		next->n = head->n - 1;
		append_client(q, next);
	}
	q->n--;
	return head;
}
