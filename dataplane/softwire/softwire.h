/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SOFTWIRE_H
#define CGN_SOFTWIRE_H

/**
 * @file
 * The softwires of one worker. A softwire has the IPv6 prefix of a subscriber and the address of the
 * subscriber's B4, which is in this prefix. The subscriber's packets come from the B4 address and go to it.
 *
 * A home is the subscriber behind a softwire. The number of the softwire is the realm of the home. Equal
 * inner addresses of two homes are therefore different addresses (RFC 6333 section 6.6). A subscriber has
 * one softwire. When the B4 gets another address in the prefix, the softwire and its mappings stay and use
 * the new address. The configuration limits how often that may happen (RFC 7785 section 4).
 *
 * A softwire is found by the B4 address in a packet. That reads one cache line of the index, and the entry.
 * If no softwire has this B4 address, it is searched by its prefix.
 *
 * Threads: single owner, the worker. Memory: reserved at init, committed as used.
 */

#include "dataplane/nat/index.h"
#include "shared/addr.h"
#include "shared/clock.h"

#define CGN_SOFTWIRES_MAX   (UINT32_C(1) << 20) /* of a worker; as many as subscribers */
#define CGN_SOFTWIRE_IDLE_S 300 /* lifetime in seconds without packets and subscriber */
#define CGN_SOFTWIRE_KEEP_S 10  /* idle softwires stay so long even if the table is full */
#define CGN_SOFTWIRE_WALK_S 60  /* seconds in which the expiry looks at every entry once */

/** Smallest MTU of an IPv6 link (RFC 8200 section 5). */
#define CGN_IP6_MTU_MIN 1280

struct cgn_nexthop6;

/** A softwire, one cache line. */
struct cgn_softwire {
	alignas(64) struct cgn_ip6 b4;
	struct cgn_ip6 prefix;
	struct cgn_nexthop6
			*nh; /* next hop to b4; NULL: no route. Read it by cgn_tunnel_next_hop() */
	cgn_tick last_seen;
	cgn_tick moved_at;
	cgn_tick mtu_at;   /* when path_mtu was learned */
	uint32_t routes;   /* number of the routes that nh is of, see tunnel.h */
	uint16_t path_mtu; /* octets of an IPv6 packet, from ICMPv6; 0: none */
	uint8_t prefix_len;
	bool is_live;
	bool is_seen;   /* b4 was seen in a packet, not only read from the store */
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
	uint32_t sample_at; /* entry where the next search for an idle softwire begins */
	uint32_t *free;
	uint32_t n_free;
};

/** Reserve the table. @param seed  key of the hash @return 0, -ENOMEM */
int cgn_softwires_init(struct cgn_softwires *t, uint32_t capacity, const uint64_t seed[2]);

/** Release the table. */
void cgn_softwires_fini(struct cgn_softwires *t);

/** The softwire with this B4 address, 0: none. @param hash  cgn_softwires_hash() of the address */
uint32_t cgn_softwires_find(const struct cgn_softwires *t, uint64_t hash, const struct cgn_ip6 *b4);

/** The softwire of a prefix, 0: none. @param prefix  result of cgn_ip6_prefix() */
uint32_t cgn_softwires_find_prefix(
		const struct cgn_softwires *t, const struct cgn_ip6 *prefix, unsigned int len);

/** Add a softwire. Its prefix must not be in the table. @return its number, 0: the table is full */
uint32_t cgn_softwires_add(struct cgn_softwires *t, const struct cgn_ip6 *b4,
		const struct cgn_ip6 *prefix, unsigned int len, cgn_tick now);

/** Give a softwire another B4 address. The learned path MTU is forgotten. */
void cgn_softwires_move(struct cgn_softwires *t, uint32_t i, const struct cgn_ip6 *b4);

/** Remove a softwire. Its number may be given to another softwire at once. */
void cgn_softwires_del(struct cgn_softwires *t, uint32_t i);

/** Whether an idle softwire is still needed, for example by a subscriber. */
typedef bool (*cgn_softwire_used_fn)(void *ctx, const struct cgn_softwire *w);

/**
 * Look at the next entries, and remove the softwires that have been idle for CGN_SOFTWIRE_IDLE_S and for
 * which @p is_used returns false. The walk goes once around the table in CGN_SOFTWIRE_WALK_S, whatever the
 * size of the table.
 *
 * @param budget  most entries to look at in this call
 * @return true: more entries should be looked at now
 */
bool cgn_softwires_expire(struct cgn_softwires *t, cgn_tick now, unsigned int budget,
		cgn_softwire_used_fn is_used, void *ctx);

/**
 * Find a softwire that can be removed for a new one. Only a few entries are searched, other ones with each
 * call.
 *
 * @param before  accept only a softwire without packets since then
 * @return its number, 0: none of these entries
 */
uint32_t cgn_softwires_sample(
		struct cgn_softwires *t, cgn_tick before, cgn_softwire_used_fn is_used, void *ctx);

/**
 * Hash of a B4 address. The hash has a secret key, because the home chooses the lower half of the address.
 */
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
