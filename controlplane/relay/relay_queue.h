/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_QUEUE_H
#define CGN_RELAY_QUEUE_H

/**
 * @file
 * What clients want to be asked upstream, one after the other: each client has a queue of its own, and
 * the clients take turns. So a client with much to ask waits for itself.
 *
 * Threads: single owner. Cost: push O(clients that wait), pop O(1). No memory of its own.
 */

#include "shared/addr.h"

#include <stdbool.h>

#define CGN_RELAY_QUEUE_MAX    1024 /* items of all clients */
#define CGN_RELAY_QUEUE_CLIENT 128  /* of one */

/** Part of what is queued. */
struct cgn_relay_item {
	struct cgn_relay_item *next;      /* of the client */
	struct cgn_relay_item *last;      /* of the client; of its first item */
	struct cgn_relay_item *next_turn; /* first item of the next client; of a first item */
	uint32_t n;                       /* items of the client; of its first item */
	rte_be32_t client;
};

/** All zero: empty. */
struct cgn_relay_queue {
	struct cgn_relay_item *first; /* of the client whose turn it is */
	struct cgn_relay_item *last;  /* of the client whose turn is last */
	uint32_t n;
};

/** Add an item at the end of its client's queue. @return false: there is no room */
bool cgn_relay_queue_push(struct cgn_relay_queue *q, struct cgn_relay_item *x);

/** Take the first item of the client whose turn it is. @return NULL: there is none */
struct cgn_relay_item *cgn_relay_queue_pop(struct cgn_relay_queue *q);

#endif /* CGN_RELAY_QUEUE_H */
