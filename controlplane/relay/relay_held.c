/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The mappings of the hosts of a home, for the PCP proxy of a B4. A home has few, so the table is searched from its
 * start.
 */
#include "controlplane/relay/relay_held.h"

#include <stddef.h>

static bool
is_held(const struct cgn_relay_held *x, rte_be32_t host, uint8_t proto, uint64_t now_ms)
{
	return x->until_ms > now_ms && x->host == host && x->proto == proto;
}

struct cgn_relay_held *
cgn_relay_held_find(struct cgn_relay_held_table *t, rte_be32_t host, uint8_t proto,
		uint16_t in_port, uint64_t now_ms)
{
	for (unsigned int i = 0; i < CGN_RELAY_HELD_MAX; i++) {
		if (is_held(&t->at[i], host, proto, now_ms) && t->at[i].in_port == in_port)
			return &t->at[i];
	}
	return NULL;
}

struct cgn_relay_held *
cgn_relay_held_natpmp(
		struct cgn_relay_held_table *t, rte_be32_t host, uint8_t proto, uint64_t now_ms)
{
	for (unsigned int i = 0; i < CGN_RELAY_HELD_MAX; i++) {
		if (is_held(&t->at[i], host, proto, now_ms) && t->at[i].is_natpmp)
			return &t->at[i];
	}
	return NULL;
}

/* The place that ends first. A free one has ended at 0. */
static struct cgn_relay_held *
first_to_end(struct cgn_relay_held_table *t)
{
	struct cgn_relay_held *first = &t->at[0];

	for (unsigned int i = 1; i < CGN_RELAY_HELD_MAX; i++) {
		if (t->at[i].until_ms < first->until_ms)
			first = &t->at[i];
	}
	return first;
}

void
cgn_relay_held_put(struct cgn_relay_held_table *t, const struct cgn_relay_held *x, uint64_t now_ms)
{
	struct cgn_relay_held *place = cgn_relay_held_find(
			t, x->host, x->proto, x->in_port, now_ms);

	if (place == NULL)
		place = first_to_end(t);
	*place = *x;
}

void
cgn_relay_held_move(struct cgn_relay_held *x, rte_be32_t ext, uint16_t ext_port, uint64_t until_ms)
{
	x->ext = ext;
	x->ext_port = ext_port;
	x->until_ms = until_ms;
	x->is_moved = true;
}

void
cgn_relay_held_drop(struct cgn_relay_held *x)
{
	if (x != NULL)
		x->until_ms = 0;
}
