/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Refused hosts, in a fixed table of sets.
 */
#include "dataplane/nat/refused.h"

#include "shared/mem.h"

#include <errno.h>
#include <string.h>

#include <rte_hash_crc.h>

#define REFUSED_BYTES (CGN_REFUSED_MAX * sizeof(struct cgn_refused_entry))

int
cgn_refused_init(struct cgn_refused *t, uint32_t salt)
{
	*t = (struct cgn_refused){ .salt = salt };
	/* Few hosts are refused, as a rule. */
	t->at = cgn_mem_map_sparse(REFUSED_BYTES);
	return t->at == NULL ? -ENOMEM : 0;
}

void
cgn_refused_fini(struct cgn_refused *t)
{
	cgn_mem_unmap(t->at, REFUSED_BYTES);
	t->at = NULL;
}

/* First entry of the set that a host belongs to. */
static uint32_t
set_of(const struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	uint32_t hash = rte_hash_crc(key, sizeof(*key), t->salt);

	return hash % CGN_REFUSED_SETS * CGN_REFUSED_WAYS;
}

static struct cgn_refused_entry *
refused_find(const struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	struct cgn_refused_entry *set = &t->at[set_of(t, key)];

	for (unsigned int i = 0; i < CGN_REFUSED_WAYS; i++) {
		if (set[i].is_used && memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	}
	return NULL;
}

const struct cgn_refused_entry *
cgn_refused_find(const struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	return refused_find(t, key);
}

static void
refused_forget(struct cgn_refused *t, struct cgn_refused_entry *e)
{
	t->n_strangers -= e->n != 0;
	t->n_hosts--;
	e->is_used = false;
	e->n = 0;
}

/* A free entry of the host's set, or else the one that was refused longest ago. */
static struct cgn_refused_entry *
refused_place(struct cgn_refused *t, const struct cgn_subtable_key *key, cgn_tick now)
{
	struct cgn_refused_entry *set = &t->at[set_of(t, key)], *oldest = set;

	for (unsigned int i = 0; i < CGN_REFUSED_WAYS; i++) {
		if (!set[i].is_used)
			return &set[i];
		/* Ages, not times, are compared: ticks wrap. */
		if (now - set[i].last > now - oldest->last)
			oldest = &set[i];
	}
	refused_forget(t, oldest);
	return oldest;
}

static struct cgn_refused_entry *
refused_note(struct cgn_refused *t, const struct cgn_subtable_key *key, enum cgn_refusal why,
		cgn_tick now)
{
	struct cgn_refused_entry *e = refused_find(t, key);

	if (e == NULL) {
		e = refused_place(t, key, now);
		*e = (struct cgn_refused_entry){ .key = *key, .is_used = true };
		t->n_hosts++;
	}
	e->last = now;
	e->why[why].last = now;
	e->why[why].n += e->why[why].n != UINT32_MAX;
	return e;
}

void
cgn_refused_count(struct cgn_refused *t, const struct cgn_subtable_key *key, enum cgn_refusal why,
		cgn_tick now)
{
	(void)refused_note(t, key, why, now);
}

void
cgn_refused_count_stranger(struct cgn_refused *t, const struct cgn_subtable_key *key,
		enum cgn_refusal why, cgn_tick now)
{
	struct cgn_refused_entry *e = refused_note(t, key, why, now);

	t->n_strangers += e->n++ == 0;
}

uint64_t
cgn_refused_take(struct cgn_refused *t, const struct cgn_subtable_key *key)
{
	struct cgn_refused_entry *e = refused_find(t, key);
	uint64_t n = 0;

	if (e != NULL) {
		n = e->n;
		t->n_strangers -= e->n != 0;
		e->n = 0;
	}
	return n;
}

void
cgn_refused_expire(struct cgn_refused *t, cgn_tick now)
{
	/* One set per call: the work is bounded, and over time all entries are looked at. */
	struct cgn_refused_entry *set =
			&t->at[t->expire_at++ % CGN_REFUSED_SETS * CGN_REFUSED_WAYS];

	for (unsigned int i = 0; i < CGN_REFUSED_WAYS; i++) {
		if (set[i].is_used && cgn_tick_reached(now, set[i].last + cgn_ticks(CGN_REFUSED_S)))
			refused_forget(t, &set[i]);
	}
}
