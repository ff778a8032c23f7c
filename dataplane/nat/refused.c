/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Refused hosts, in a fixed table of sets.
 */
#include "dataplane/nat/refused.h"

#include <string.h>

#include <rte_hash_crc.h>

void
cgn_refused_init(struct cgn_refused *t, uint32_t salt)
{
	memset(t, 0, sizeof(*t));
	t->salt = salt;
}

/* First entry of the set that a host belongs to. */
static uint32_t
set_of(const struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	uint32_t hash = rte_hash_crc(key, sizeof(*key), t->salt);

	return hash % CGN_REFUSED_SETS * CGN_REFUSED_WAYS;
}

const struct cgn_refused_entry *
cgn_refused_find(const struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	const struct cgn_refused_entry *set = &t->at[set_of(t, key)];

	for (unsigned int i = 0; i < CGN_REFUSED_WAYS; i++) {
		if (set[i].n != 0 && memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	}
	return NULL;
}

static struct cgn_refused_entry *
refused_find(struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	const struct cgn_refused_entry *e = cgn_refused_find(t, key);

	return e == NULL ? NULL : &t->at[e - t->at];
}

static void
refused_forget(struct cgn_refused *t, struct cgn_refused_entry *e)
{
	e->n = 0;
	t->n_hosts--;
}

/* A free entry of the host's set, or else the one that was refused longest ago. */
static struct cgn_refused_entry *
refused_place(struct cgn_refused *t, const struct cgn_subtable_key *key, cgn_tick now)
{
	struct cgn_refused_entry *set = &t->at[set_of(t, key)], *oldest = set;

	for (unsigned int i = 0; i < CGN_REFUSED_WAYS; i++) {
		if (set[i].n == 0)
			return &set[i];
		/* Ages, not times, are compared: ticks wrap. */
		if (now - set[i].last > now - oldest->last)
			oldest = &set[i];
	}
	refused_forget(t, oldest);
	return oldest;
}

void
cgn_refused_count(struct cgn_refused *t, const struct cgn_subtable_key *key, uint8_t group,
		cgn_tick now)
{
	struct cgn_refused_entry *e = refused_find(t, key);

	if (e == NULL) {
		e = refused_place(t, key, now);
		*e = (struct cgn_refused_entry){ .key = *key };
		t->n_hosts++;
	}
	e->group = group;
	e->last = now;
	e->n++;
}

uint64_t
cgn_refused_take(struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	struct cgn_refused_entry *e = refused_find(t, key);
	uint64_t n = 0;

	if (e != NULL) {
		n = e->n;
		refused_forget(t, e);
	}
	return n;
}

void
cgn_refused_expire(struct cgn_refused *t, cgn_tick now)
{
	/* One entry per call: the work is bounded, and over time all entries are looked at. */
	struct cgn_refused_entry *e = &t->at[t->expire_at++ % CGN_REFUSED_MAX];

	if (e->n != 0 && cgn_tick_reached(now, e->last + cgn_ticks(CGN_REFUSED_S)))
		refused_forget(t, e);
}
