/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Notices of refusals and thresholds: a fixed table of parties in sets by hash, and one token bucket.
 */
#include "dataplane/nat/notice.h"

#include "shared/bucket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_hash_crc.h>

#define PARTIES_AT_ONCE 64 /* that one call of cgn_notice_expire() looks at */

/* Who a record is about. All records with the same key are those of one party. */
struct notice_key {
	uint8_t addr[16];
	uint32_t pool;
	uint8_t addr_len;
	uint8_t is_ip6;
	uint8_t event;
	uint8_t id; /* of the limit or the threshold */
	uint8_t proto;
	uint8_t pad[3]; /* always 0 */
};
static_assert(sizeof(struct notice_key) == 28,
		"no hidden padding: it is hashed and compared as octets");

struct party {
	struct notice_key key;
	bool is_used;
	cgn_tick due; /* when its next record may be made */
	uint32_t n;   /* times without a record yet */
	struct cgn_record draft;
};

struct cgn_notices {
	struct cgn_record_door *door;
	cgn_counter *suppressed;
	uint64_t suppressed_told;
	cgn_tick interval;
	uint32_t salt;
	uint32_t n_parties;
	struct cgn_bucket bucket;
	uint32_t at;      /* party to look at next */
	cgn_tick look_at; /* when to begin with the first one again */
	struct party parties[CGN_NOTICE_MAX];
};

int
cgn_notice_create(struct cgn_notices **out, const struct cgn_notice_cfg *cfg)
{
	struct cgn_notices *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->suppressed = cfg->suppressed;
	t->salt = cfg->salt;
	t->look_at = cfg->now;
	cgn_notice_set_interval(t, cfg->interval_s);
	cgn_bucket_init(&t->bucket, cfg->now);
	*out = t;
	return 0;
}

void
cgn_notice_destroy(struct cgn_notices *t)
{
	free(t);
}

void
cgn_notice_set_interval(struct cgn_notices *t, uint32_t interval_s)
{
	if (t != NULL)
		t->interval = cgn_ticks(interval_s);
}

bool
cgn_notice_wants(const struct cgn_notices *t, enum cgn_record_kind kind)
{
	return t != NULL && cgn_record_door_wants(t->door, kind);
}

static bool
takes_notices(const struct cgn_record_door *d)
{
	return cgn_record_door_wants(d, CGN_RECORD_KIND_QUOTAS) ||
			cgn_record_door_wants(d, CGN_RECORD_KIND_THRESHOLDS);
}

bool
cgn_notice_set_door(struct cgn_notices *t, struct cgn_record_door *door)
{
	t->door = door;
	if (takes_notices(door))
		return true;
	/* Records that begin again later tell of what comes then. */
	if (t->n_parties != 0)
		memset(t->parties, 0, sizeof(t->parties));
	t->n_parties = 0;
	t->suppressed_told = cgn_counter_get(t->suppressed);
	return false;
}

static struct notice_key
notice_key_of(const struct cgn_record *r)
{
	struct notice_key k = { .event = r->event };
	const struct cgn_ip *addr = NULL;

	if (r->event == CGN_RECORD_THRESHOLD_REACHED) {
		addr = &r->threshold.inside;
		k.addr_len = r->threshold.inside_len;
		k.id = r->threshold.threshold;
	} else {
		/* Fragments have many sources, and all of them are one party. */
		if (r->quota.addr_len != 0 || r->event == CGN_RECORD_PORTS_EXHAUSTED)
			addr = &r->quota.addr;
		k.addr_len = r->quota.addr_len;
		k.id = r->quota.limit;
		k.pool = r->quota.pool;
		k.proto = r->quota.proto;
	}
	if (addr == NULL)
		return k;
	k.is_ip6 = addr->is_ip6;
	if (addr->is_ip6)
		memcpy(k.addr, &addr->ip6, sizeof(addr->ip6));
	else
		memcpy(k.addr, &addr->ip4, sizeof(addr->ip4));
	return k;
}

/* The party of a key, or a free place for it. @return NULL: there is no room */
static struct party *
notice_find(struct cgn_notices *t, const struct notice_key *k)
{
	uint32_t hash = rte_hash_crc(k, sizeof(*k), t->salt);
	struct party *set = &t->parties[hash % CGN_NOTICE_SETS * CGN_NOTICE_WAYS], *free = NULL;

	for (unsigned int i = 0; i < CGN_NOTICE_WAYS; i++) {
		if (!set[i].is_used)
			free = &set[i];
		else if (memcmp(&set[i].key, k, sizeof(*k)) == 0)
			return &set[i];
	}
	return free;
}

/* What was suppressed since the last record that has told of it. */
static uint32_t
take_suppressed(struct cgn_notices *t)
{
	uint64_t all = cgn_counter_get(t->suppressed), n = all - t->suppressed_told;

	t->suppressed_told = all;
	return (uint32_t)RTE_MIN(n, (uint64_t)UINT32_MAX);
}

/* Make the record of a party, if there is a token for it. Else it stays due. */
static void
notice_make(struct cgn_notices *t, struct party *p, cgn_tick now)
{
	struct cgn_record r = p->draft;

	if (!cgn_bucket_take(&t->bucket, CGN_NOTICE_PER_S, CGN_NOTICE_BURST, now)) {
		p->due = now;
		return;
	}
	if (r.event != CGN_RECORD_THRESHOLD_REACHED) {
		r.quota.refused = p->n;
		r.quota.suppressed = take_suppressed(t);
	}
	(void)cgn_record_door_put(t->door, &r);
	p->n = 0;
	p->due = now + t->interval;
}

void
cgn_notice_tell(struct cgn_notices *t, const struct cgn_record *draft, cgn_tick now)
{
	const struct notice_key k = notice_key_of(draft);
	struct party *p = notice_find(t, &k);

	if (p == NULL) {
		cgn_counter_add(t->suppressed, 1);
		return;
	}
	if (p->is_used) {
		/* A threshold that is reached again within the interval is no news. */
		if (draft->event != CGN_RECORD_THRESHOLD_REACHED)
			p->n++;
		return;
	}
	*p = (struct party){ .key = k, .is_used = true, .n = 1, .draft = *draft };
	t->n_parties++;
	notice_make(t, p, now);
}

static void
look_at_party(struct cgn_notices *t, struct party *p, cgn_tick now)
{
	if (!p->is_used || !cgn_tick_reached(now, p->due))
		return;
	/* Its kind may be no longer exported. */
	if (p->n != 0 && cgn_record_door_wants(t->door, cgn_record_kind_of(p->draft.event))) {
		notice_make(t, p, now);
		return;
	}
	p->is_used = false;
	t->n_parties--;
}

bool
cgn_notice_expire(struct cgn_notices *t, cgn_tick now)
{
	if (likely(t == NULL) || t->n_parties == 0 || !cgn_tick_reached(now, t->look_at))
		return false;
	for (unsigned int i = 0; i < PARTIES_AT_ONCE; i++)
		look_at_party(t, &t->parties[t->at++], now);
	if (t->at < CGN_NOTICE_MAX)
		return true;
	t->at = 0;
	t->look_at = now + cgn_ticks(1);
	return false;
}
