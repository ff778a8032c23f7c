/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MAPPING_H
#define CGN_MAPPING_H

/**
 * @file
 * Mappings of one worker: inside endpoint <-> external endpoint (RFC 4787 REQ-1, a BIB entry of RFC 6146).
 *
 * A mapping is one cache line in an array. Other tables refer to it by its index in the array. Two indexes
 * find it: the inside index by (realm, inside address, port, protocol), and the external index by external
 * address and port. The first session (remote endpoint) is stored in the mapping itself. Further sessions
 * are stored in the table of session.c.
 *
 * Threads: single owner, the worker. Memory: reserved at init, committed as used.
 */

#include "dataplane/nat/ext.h"
#include "dataplane/nat/index.h"
#include "dataplane/nat/wheel.h"
#include "shared/clock.h"
#include "shared/csum.h"
#include "shared/table.h"

#include <rte_branch_prediction.h>

/** A mapping. Addresses and ports in network order, times in ticks. */
struct cgn_mapping {
	union {
		struct {
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
			uint8_t proto; /* enum cgn_proto */
			uint8_t in_if; /* port of cgnd that received its last packet from inside */
			rte_be16_t in_port;
			rte_be32_t in_addr;
#else
			rte_be32_t in_addr;
			rte_be16_t in_port;
			uint8_t in_if;
			uint8_t proto;
#endif
		};
		uint64_t key; /* the four fields above, see cgn_mapping_key() */
	};
	uint32_t realm;
	rte_be16_t ext_port;
	uint8_t flags;     /* CGN_MAPPING_* */
	uint8_t tcp_state; /* of the first session, enum cgn_tcp_state */
	rte_be32_t ext_addr;
	cgn_csum_delta l3_delta; /* inside to external address */
	cgn_csum_delta l4_delta; /* address and port; for ICMP only the identifier */
	cgn_tick last_use;
	cgn_tick lease_end; /* CGN_MAPPING_EXPLICIT only */
	uint32_t sub;
	rte_be32_t rem_addr; /* of the first session; 0: there is none */
	rte_be16_t rem_port;
	uint16_t icmp_at; /* low bits of the tick of the last "too big" with a small MTU (A-ICE-13) */
	uint32_t sessions; /* list of further sessions that hold the mapping */
	struct cgn_wheel_node node;
	uint32_t pending; /* list of further sessions that do not: unproven ones, filter entries */
};
static_assert(sizeof(struct cgn_mapping) == 64, "one cache line per mapping");
static_assert(offsetof(struct cgn_mapping, realm) == sizeof(uint64_t), "no gaps in the key");

#define CGN_MAPPING_BUNDLE 12

/**
 * A free mapping in the list of free ones. It lists more of them, so that those that are taken next can be prefetched: their
 * numbers are known before any of them is read.
 */
struct cgn_mapping_bundle {
	uint64_t key; /* of the mapping: a look-up may still compare it */
	uint32_t next;
	uint32_t n;
	uint32_t ref[CGN_MAPPING_BUNDLE]; /* n free mappings, which are taken before this one */
};
static_assert(sizeof(struct cgn_mapping_bundle) == sizeof(struct cgn_mapping),
		"in place of a mapping");
static_assert(offsetof(struct cgn_mapping, key) == 0, "the key stays where it was");

/** All mappings of a worker, with the inside index and the timer wheel. */
struct cgn_mappings {
	struct cgn_mapping *at; /* element 0 matches nothing */
	uint32_t capacity;
	uint32_t count[CGN_PROTO_COUNT];
	uint32_t fresh; /* first index never used */
	uint32_t free;  /* list of bundles of free mappings; 0: there is none */
	struct cgn_index index;
	struct cgn_wheel wheel;
};

/** Reserve room for @p capacity mappings. @return 0, -ENOMEM */
int cgn_mappings_init(
		struct cgn_mappings *t, uint32_t capacity, const uint64_t seed[2], uint32_t now_s);

/** Release the memory. */
void cgn_mappings_fini(struct cgn_mappings *t);

/** A bundle of the list of free mappings. */
static inline struct cgn_mapping_bundle *
cgn_mappings_bundle(const struct cgn_mappings *t, uint32_t ref)
{
	return (struct cgn_mapping_bundle *)(void *)&t->at[ref];
}

/** The endpoints and subscriber of a new mapping. */
struct cgn_mapping_key {
	uint32_t realm;
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	uint32_t sub;
	uint8_t flags;
};

/**
 * Make a mapping, and enter it into the inside index and into its external slot. The caller has checked
 * that neither endpoint has a mapping.
 *
 * @param slot  the slot of the external endpoint in the external index
 * @return its index, 0: the table is full
 */
uint32_t cgn_mappings_add(struct cgn_mappings *t, const struct cgn_mapping_key *key, uint32_t *slot,
		cgn_tick now);

/**
 * A cache line that cgn_mappings_add() will need soon, to be prefetched. Call it for each mapping that will be made, in
 * order.
 *
 * @param ahead  mappings that will be made before this one
 * @return index of the line in `at`; 0: not known
 */
uint32_t cgn_mappings_foresee(const struct cgn_mappings *t, uint32_t ahead);

/**
 * Take a mapping out of the inside index and the wheel, so that packets no longer find it. The caller
 * clears the external slot.
 */
void cgn_mappings_unlink(struct cgn_mappings *t, uint32_t ref);

/** Free an unlinked mapping without sessions. */
void cgn_mappings_free(struct cgn_mappings *t, uint32_t ref);

/**
 * Key of an inside endpoint and of the port of cgnd that received the packet, as in struct cgn_mapping.
 *
 * @param key  result of cgn_index_key()
 */
static inline uint64_t
cgn_mapping_key(uint64_t key, uint8_t in_if)
{
	return key | (uint64_t)in_if << 8;
}

/** Whether a mapping has this inside endpoint. */
static inline bool
cgn_mapping_is(const struct cgn_mapping *m, uint32_t realm, rte_be32_t addr, rte_be16_t port,
		uint8_t proto)
{
	return m->in_addr == addr && m->realm == realm && m->in_port == port && m->proto == proto;
}

/** Mapping of an inside endpoint, 0: none. @param hash  result of cgn_index_hash() for the same values */
uint32_t cgn_mappings_find(const struct cgn_mappings *t, uint64_t hash, uint32_t realm,
		rte_be32_t addr, rte_be16_t port, uint8_t proto);

/** Mapping of an inside endpoint, NULL: none. Computes the hash itself. */
struct cgn_mapping *cgn_mappings_find_in(struct cgn_mappings *t, uint32_t realm, rte_be32_t addr,
		rte_be16_t port, uint8_t proto);

/** Index hash of a mapping's key. */
static inline uint64_t
cgn_mapping_hash(const struct cgn_mappings *t, const struct cgn_mapping *m)
{
	return cgn_index_hash(&t->index, m->realm, m->in_addr, m->in_port, m->proto);
}

#endif /* CGN_MAPPING_H */
