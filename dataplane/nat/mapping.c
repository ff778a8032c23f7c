/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The array of mappings, with a free list.
 */
#include "dataplane/nat/mapping.h"

#include "shared/mem.h"

#include <errno.h>
#include <string.h>

int
cgn_mappings_init(struct cgn_mappings *t, uint32_t capacity, const uint64_t seed[2], uint32_t now_s)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->capacity = capacity;
	t->fresh = 1;
	t->at = cgn_mem_map(((size_t)capacity + 1) * sizeof(*t->at));
	if (t->at == NULL)
		return -ENOMEM;
	/* Entry 0 means "no mapping". This protocol makes it match no packet, so the fast path needs no
	 * test for 0. */
	t->at[0].proto = UINT8_MAX;
	ret = cgn_index_init(&t->index, capacity, seed);
	if (ret < 0) {
		cgn_mem_unmap(t->at, ((size_t)capacity + 1) * sizeof(*t->at));
		t->at = NULL;
		return ret;
	}
	cgn_wheel_init(&t->wheel, t->at, sizeof(*t->at), offsetof(struct cgn_mapping, node), now_s);
	return 0;
}

void
cgn_mappings_fini(struct cgn_mappings *t)
{
	if (t->at == NULL)
		return;
	cgn_index_fini(&t->index);
	cgn_mem_unmap(t->at, ((size_t)t->capacity + 1) * sizeof(*t->at));
	t->at = NULL;
}

/* Take a free mapping, the last one freed first: it is most likely in the cache. */
static uint32_t
alloc(struct cgn_mappings *t)
{
	uint32_t ref = t->free;
	struct cgn_mapping_bundle *b = cgn_mappings_bundle(t, ref);

	if (ref == 0)
		return t->fresh <= t->capacity ? t->fresh++ : 0;
	if (b->n != 0)
		return b->ref[--b->n];
	t->free = b->next;
	return ref;
}

uint32_t
cgn_mappings_foresee(const struct cgn_mappings *t, uint32_t ahead)
{
	const struct cgn_mapping_bundle *b = cgn_mappings_bundle(t, t->free);

	if (t->free == 0)
		return t->fresh + ahead <= t->capacity ? t->fresh + ahead : 0;
	/* The first mapping of a bundle comes behind those in it. It is in the cache, but the next bundle is not. */
	if (ahead == b->n)
		return b->next;
	if (ahead > b->n) {
		ahead -= b->n + 1;
		b = cgn_mappings_bundle(t, b->next);
	}
	return ahead < b->n ? b->ref[b->n - 1 - ahead] : 0;
}

uint32_t
cgn_mappings_add(struct cgn_mappings *t, const struct cgn_mapping_key *key, uint32_t *slot,
		cgn_tick now)
{
	uint32_t ref = alloc(t);
	struct cgn_mapping *m = &t->at[ref];

	if (ref == 0)
		return 0;
	*m = (struct cgn_mapping){
		.in_addr = key->in.addr,
		.realm = key->realm,
		.in_port = key->in.port,
		.ext_port = key->ext.port,
		.proto = key->in.proto,
		.flags = key->flags,
		.ext_addr = key->ext.addr,
		.l3_delta = cgn_csum_delta32(key->in.addr, key->ext.addr),
		.last_use = now,
		.sub = key->sub,
	};
	m->l4_delta = cgn_csum_delta16(m->in_port, m->ext_port);
	/* The checksum of ICMP covers no addresses. */
	if (m->proto != CGN_PROTO_ICMP)
		m->l4_delta = cgn_csum_delta_add(m->l4_delta, m->l3_delta);
	/* Cannot fail: the index has as much room as the array. */
	(void)cgn_index_insert(&t->index, cgn_mapping_hash(t, m), ref);
	*slot = ref;
	t->count[m->proto]++;
	return ref;
}

void
cgn_mappings_unlink(struct cgn_mappings *t, uint32_t ref)
{
	struct cgn_mapping *m = &t->at[ref];

	cgn_wheel_disarm(&t->wheel, ref);
	cgn_index_remove(&t->index, cgn_mapping_hash(t, m), ref);
	t->count[m->proto]--;
}

void
cgn_mappings_free(struct cgn_mappings *t, uint32_t ref)
{
	struct cgn_mapping_bundle *head = cgn_mappings_bundle(t, t->free),
				  *b = cgn_mappings_bundle(t, ref);

	t->at[ref].proto = UINT8_MAX; /* matches nothing */
	if (t->free != 0 && head->n < CGN_MAPPING_BUNDLE) {
		head->ref[head->n++] = ref;
		return;
	}
	b->next = t->free;
	b->n = 0;
	t->free = ref;
}

uint32_t
cgn_mappings_find(const struct cgn_mappings *t, uint64_t hash, uint32_t realm, rte_be32_t addr,
		rte_be16_t port, uint8_t proto)
{
	const struct cgn_index_bucket *b = cgn_index_bucket(&t->index, hash);
	uint16_t sig = cgn_index_sig(hash);

	for (; b != NULL; b = cgn_index_next(&t->index, b)) {
		uint32_t match = cgn_index_match(b, sig);

		for (; match != 0; match &= match - 1) {
			uint32_t ref = b->ref[__builtin_ctz(match) / 2];

			if (cgn_mapping_is(&t->at[ref], realm, addr, port, proto))
				return ref;
		}
	}
	return 0;
}

struct cgn_mapping *
cgn_mappings_find_in(struct cgn_mappings *t, uint32_t realm, rte_be32_t addr, rte_be16_t port,
		uint8_t proto)
{
	uint64_t hash = cgn_index_hash(&t->index, realm, addr, port, proto);
	uint32_t ref = cgn_mappings_find(t, hash, realm, addr, port, proto);

	return ref == 0 ? NULL : &t->at[ref];
}
