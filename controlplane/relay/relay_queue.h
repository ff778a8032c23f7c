/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_QUEUE_H
#define CGN_RELAY_QUEUE_H

/**
 * @file
 * Requests that wait to be sent upstream. Each client has a queue of its own, and the clients take turns. So a client
 * with many requests delays only itself.
 *
 * Threads: single owner.
 * Memory:  allocates nothing; the items are part of the requests.
 * Cost:    push O(clients that wait), pop O(1).
 */

#include "shared/addr.h"

#include <stdbool.h>

#define CGN_RELAY_QUEUE_MAX    1024 /* items of all clients */
#define CGN_RELAY_QUEUE_CLIENT 128  /* items of one client */

/** A part of each queued request. Only the first item of a client uses last, next_turn and n. */
struct cgn_relay_item {
	struct cgn_relay_item *next;      /* next item of the client */
	struct cgn_relay_item *last;      /* last item of the client */
	struct cgn_relay_item *next_turn; /* first item of the next client */
	uint32_t n;                       /* number of items of the client */
	rte_be32_t client;
};

/** The queue. All zero: empty. */
struct cgn_relay_queue {
	struct cgn_relay_item *first; /* first item of the client whose turn is next */
	struct cgn_relay_item *last;  /* first item of the client whose turn is last */
	uint32_t n;                   /* items of all clients */
};

/** Add an item at the end of its client's queue. @return false: there is no room */
bool cgn_relay_queue_push(struct cgn_relay_queue *q, struct cgn_relay_item *x);

/** Take the first item of the client whose turn it is. @return NULL: the queue is empty */
struct cgn_relay_item *cgn_relay_queue_pop(struct cgn_relay_queue *q);

#endif /* CGN_RELAY_QUEUE_H */
