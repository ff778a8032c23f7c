/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Table of subscribers: an rte_hash from prefix to number, and the list of idle ones.
 */
#include "dataplane/nat/subtable.h"

#include "shared/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <rte_hash.h>
#include <rte_hash_crc.h>

#define SAMPLE 16 /* entries that a search for an idle one looks at: a packet waits for it */

int
cgn_subtable_init(struct cgn_subtable *t, uint32_t capacity, uint32_t salt)
{
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = capacity,
		.key_len = sizeof(struct cgn_subtable_key),
		.hash_func = rte_hash_crc,
		.hash_func_init_val = salt,
		.socket_id = SOCKET_ID_ANY,
		/* One thread reads and writes. The extra table makes every insert succeed. */
		.extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};

	*t = (struct cgn_subtable){
		.capacity = capacity,
		.unused = CGN_SUBTABLE_NONE,
		.idle_first = CGN_SUBTABLE_NONE,
		.idle_last = CGN_SUBTABLE_NONE,
	};
	/* The names of hashes must differ in the whole process, so the address of the table is in it. */
	(void)snprintf(name, sizeof(name), "sub%" PRIxPTR, (uintptr_t)t);
	t->by_key = rte_hash_create(&params);
	t->at = cgn_mem_map(capacity * sizeof(*t->at));
	if (t->by_key != NULL && t->at != NULL)
		return 0;
	cgn_subtable_fini(t);
	return -ENOMEM;
}

void
cgn_subtable_fini(struct cgn_subtable *t)
{
	rte_hash_free(t->by_key);
	cgn_mem_unmap(t->at, t->capacity * sizeof(*t->at));
	*t = (struct cgn_subtable){ 0 };
}

struct cgn_subtable_key
cgn_subtable_key4(rte_be32_t addr, unsigned int len)
{
	struct cgn_subtable_key key = { .len = (uint8_t)len };
	rte_be32_t prefix = addr & rte_cpu_to_be_32(cgn_mask4(len));

	/* The other octets are 0. The hash reads all of them. */
	memcpy(key.addr, &prefix, sizeof(prefix));
	return key;
}

struct cgn_subtable_key
cgn_subtable_key6(const struct cgn_ip6 *addr, unsigned int len)
{
	struct cgn_subtable_key key = { .is_ip6 = 1, .len = (uint8_t)len };
	struct cgn_ip6 prefix = cgn_ip6_prefix(addr, len);

	memcpy(key.addr, &prefix, sizeof(prefix));
	return key;
}

struct cgn_subtable_key
cgn_subtable_key_of(const struct cgn_subscriber *pub)
{
	struct cgn_subtable_key key = { .is_ip6 = pub->addr.is_ip6, .len = pub->prefix_len };

	memcpy(key.addr, &pub->addr.ip6, sizeof(key.addr));
	return key;
}

uint32_t
cgn_subtable_number(const struct cgn_subtable_key *key)
{
	rte_be32_t word[4];

	memcpy(word, key->addr, sizeof(word));
	/* IPv4 is in the first word. Prefixes of homes mostly differ in the first 64 bits. */
	return rte_be_to_cpu_32(word[0]) ^ rte_be_to_cpu_32(word[1]);
}

uint32_t
cgn_subtable_find(const struct cgn_subtable *t, const struct cgn_subtable_key *key)
{
	void *data;

	if (rte_hash_lookup_data(t->by_key, key, &data) < 0)
		return CGN_SUBTABLE_NONE;
	return (uint32_t)(uintptr_t)data;
}

void
cgn_subtable_find_bulk(const struct cgn_subtable *t, const struct cgn_subtable_key *keys,
		unsigned int n, uint32_t *subs)
{
	const void *ptrs[CGN_SUBTABLE_BULK];
	void *data[CGN_SUBTABLE_BULK];
	uint64_t hits = 0;

	for (unsigned int i = 0; i < n; i++)
		ptrs[i] = &keys[i];
	(void)rte_hash_lookup_bulk_data(t->by_key, ptrs, n, &hits, data);
	for (unsigned int i = 0; i < n; i++)
		subs[i] = (hits >> i & 1) != 0 ? (uint32_t)(uintptr_t)data[i] : CGN_SUBTABLE_NONE;
}

uint32_t
cgn_subtable_add(struct cgn_subtable *t, const struct cgn_subtable_key *key, cgn_tick now)
{
	uint32_t i = t->unused != CGN_SUBTABLE_NONE ? t->unused : t->end;
	struct cgn_subtable_entry *e;

	if (i == t->capacity || rte_hash_add_key_data(t->by_key, key, (void *)(uintptr_t)i) < 0)
		return CGN_SUBTABLE_NONE;
	e = &t->at[i];
	if (i == t->end)
		t->end++;
	else
		t->unused = e->idle_next;
	*e = (struct cgn_subtable_entry){
		.pub = {
			.addr.is_ip6 = key->is_ip6 != 0,
			.prefix_len = key->len,
			.first_block = UINT32_MAX,
			.is_live = true,
		},
	};
	memcpy(&e->pub.addr.ip6, key->addr, sizeof(e->pub.addr.ip6));
	t->n_live++;
	cgn_subtable_idle_add(t, i, now);
	return i;
}

void
cgn_subtable_del(struct cgn_subtable *t, uint32_t sub)
{
	struct cgn_subtable_entry *e = &t->at[sub];
	struct cgn_subtable_key key = cgn_subtable_key_of(&e->pub);

	(void)rte_hash_del_key(t->by_key, &key);
	cgn_subtable_idle_del(t, sub);
	e->pub.is_live = false;
	t->n_removed++;
	e->idle_next = t->unused;
	t->unused = sub;
	/* An empty table starts again from entry 0, so that walks over all entries are short. */
	if (--t->n_live == 0) {
		t->end = 0;
		t->unused = CGN_SUBTABLE_NONE;
	}
}

void
cgn_subtable_idle_add(struct cgn_subtable *t, uint32_t sub, cgn_tick now)
{
	struct cgn_subtable_entry *e = &t->at[sub];

	e->pub.idle_since = now;
	e->idle_prev = t->idle_last;
	e->idle_next = CGN_SUBTABLE_NONE;
	if (t->idle_last == CGN_SUBTABLE_NONE)
		t->idle_first = sub;
	else
		t->at[t->idle_last].idle_next = sub;
	t->idle_last = sub;
}

void
cgn_subtable_idle_del(struct cgn_subtable *t, uint32_t sub)
{
	struct cgn_subtable_entry *e = &t->at[sub];

	if (e->idle_prev == CGN_SUBTABLE_NONE)
		t->idle_first = e->idle_next;
	else
		t->at[e->idle_prev].idle_next = e->idle_next;
	if (e->idle_next == CGN_SUBTABLE_NONE)
		t->idle_last = e->idle_prev;
	else
		t->at[e->idle_next].idle_prev = e->idle_prev;
}

uint32_t
cgn_subtable_idle_sample(
		struct cgn_subtable *t, cgn_subtable_may_fn may, const void *ctx, cgn_tick before)
{
	/* Each search goes on where the last one ended, so over time all entries are looked at. */
	for (unsigned int i = 0; i < SAMPLE && i < t->end; i++) {
		uint32_t sub = t->sample_at < t->end ? t->sample_at : 0;
		const struct cgn_subtable_entry *e = &t->at[sub];

		t->sample_at = sub + 1;
		if (e->pub.is_live && e->n_ports == 0 &&
				cgn_tick_reached(before, e->pub.idle_since) &&
				(may == NULL || may(ctx, &e->pub)))
			return sub;
	}
	return CGN_SUBTABLE_NONE;
}

bool
cgn_subtable_has_token(struct cgn_subscriber *pub, uint32_t per_s, cgn_tick now)
{
	/* Tokens are counted in parts of 1/CGN_TICK_HZ, so that one tick adds a whole number of them. */
	uint64_t most = (uint64_t)per_s * CGN_TICK_HZ, have = pub->tokens;
	int32_t elapsed = (int32_t)(now - pub->tokens_at);

	if (elapsed > 0) {
		have += (uint64_t)elapsed * per_s;
		pub->tokens_at = now;
	}
	if (most > UINT32_MAX)
		most = UINT32_MAX;
	pub->tokens = (uint32_t)(have < most ? have : most);
	return pub->tokens >= CGN_TICK_HZ;
}
