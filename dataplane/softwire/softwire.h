/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SOFTWIRE_H
#define CGN_SOFTWIRE_H

/**
 * @file
 * The softwires of one worker: a subscriber's IPv6 prefix, and the B4 address in it that the subscriber's
 * packets come from and go to.
 *
 * The number of a softwire is the realm of its home, the subscriber behind it, so equal inner addresses of
 * two homes are never confused (RFC 6333 section 6.6). A subscriber has one softwire. When its B4 changes
 * its address, the state follows, but not more often than the configuration allows (RFC 7785 section 4).
 *
 * Packets carry the B4 address, so a softwire is found by it: one cache line of the index and the entry. If
 * that fails, the prefix is a second key.
 *
 * Threads: single owner, the worker. Memory: reserved at init, committed as used.
 */

#include "dataplane/nat/index.h"
#include "shared/addr.h"
#include "shared/clock.h"

#define CGN_SOFTWIRES_MAX   (UINT32_C(1) << 20) /* of a worker; as many as subscribers */
#define CGN_SOFTWIRE_IDLE_S 300                 /* without packets and without a subscriber */
#define CGN_SOFTWIRE_KEEP_S \
	10 /* of these, seconds in which it is not removed even if the table is full */
#define CGN_SOFTWIRE_WALK_S 60 /* seconds in which the expiry looks at every entry once */

/** Smallest MTU of an IPv6 link (RFC 8200 section 5). */
#define CGN_IP6_MTU_MIN 1280

struct cgn_nexthop6;

/** A softwire, one cache line. */
struct cgn_softwire {
	alignas(64) struct cgn_ip6 b4;
	struct cgn_ip6 prefix;
	struct cgn_nexthop6 *nh; /* to b4; NULL: no route */
	cgn_tick last_seen;
	cgn_tick moved_at;
	cgn_tick mtu_at;   /* when path_mtu was learned */
	uint16_t path_mtu; /* octets of an IPv6 packet, from ICMPv6; 0: none */
	uint8_t prefix_len;
	bool is_live;
	bool is_seen;   /* b4 was seen in a packet, not only in the store */
	bool has_moved; /* moved_at is valid */
};
static_assert(sizeof(struct cgn_softwire) == 64, "one cache line per softwire");

/** The softwires of a worker. */
struct cgn_softwires {
	struct cgn_softwire *at; /* element 0 unused */
	struct cgn_index index;  /* by b4 and by prefix */
	uint32_t capacity;
	uint32_t count;
	uint32_t end;       /* first never used */
	uint32_t hand;      /* entry that the expiry looks at next */
	uint32_t owed;      /* entries that the expiry still has to look at now */
	cgn_tick walked_at; /* when `owed` was computed */
	uint32_t sample_at; /* where the next search for an idle one begins */
	uint32_t *free;
	uint32_t n_free;
};

/** Reserve the table. @param seed  of the hash @return 0, -ENOMEM */
int cgn_softwires_init(struct cgn_softwires *t, uint32_t capacity, const uint64_t seed[2]);

/** Release it. */
void cgn_softwires_fini(struct cgn_softwires *t);

/** The softwire with this B4 address, 0: none. @param hash  of the address */
uint32_t cgn_softwires_find(const struct cgn_softwires *t, uint64_t hash, const struct cgn_ip6 *b4);

/** The softwire of a prefix, 0: none. @param prefix  what cgn_ip6_prefix() made */
uint32_t cgn_softwires_find_prefix(
		const struct cgn_softwires *t, const struct cgn_ip6 *prefix, unsigned int len);

/** Add a softwire whose prefix is not there. @return its number, 0: full */
uint32_t cgn_softwires_add(struct cgn_softwires *t, const struct cgn_ip6 *b4,
		const struct cgn_ip6 *prefix, unsigned int len, cgn_tick now);

/** Give a softwire another B4 address. What was learned about the path is forgotten. */
void cgn_softwires_move(struct cgn_softwires *t, uint32_t i, const struct cgn_ip6 *b4);

/** Remove a softwire; its number may be given out again at once. */
void cgn_softwires_del(struct cgn_softwires *t, uint32_t i);

/** Whether something else needs a softwire that is idle. */
typedef bool (*cgn_softwire_used_fn)(void *ctx, const struct cgn_softwire *w);

/**
 * Look at the next entries and remove those that are idle for CGN_SOFTWIRE_IDLE_S and not used by @p
 * is_used. The walk goes once around the table in CGN_SOFTWIRE_WALK_S, whatever the size of the table.
 *
 * @param budget  entries to look at in this call
 * @return true: more are to be looked at now
 */
bool cgn_softwires_expire(struct cgn_softwires *t, cgn_tick now, unsigned int budget,
		cgn_softwire_used_fn is_used, void *ctx);

/**
 * Find a softwire that can be removed for a new one. Looks at a few entries only, different ones each time.
 *
 * @param before  it has had no packet since then
 * @return its number, 0: none of these
 */
uint32_t cgn_softwires_sample(
		struct cgn_softwires *t, cgn_tick before, cgn_softwire_used_fn is_used, void *ctx);

/** Hash of a B4 address. Keyed, because the home chooses the lower half of the address. */
static inline uint64_t
cgn_softwires_hash(const struct cgn_softwires *t, const struct cgn_ip6 *a)
{
	__extension__ typedef unsigned __int128 u128;
	uint64_t w[2];
	uint64_t h;
	u128 m;

	memcpy(w, a, sizeof(w));
	m = (u128)(w[0] ^ t->index.seed[0]) * (w[1] ^ t->index.seed[1]);
	h = (uint64_t)m ^ (uint64_t)(m >> 64);
	h = (h ^ w[0] ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 32;
}

/** Whether a softwire has this B4 address. */
static inline bool
cgn_softwire_is(const struct cgn_softwire *w, const struct cgn_ip6 *b4)
{
	uint64_t a[2], b[2];

	memcpy(a, &w->b4, sizeof(a));
	memcpy(b, b4, sizeof(b));
	return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0 && w->is_live;
}

#endif /* CGN_SOFTWIRE_H */
