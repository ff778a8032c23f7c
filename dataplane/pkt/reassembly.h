/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REASSEMBLY_H
#define CGN_REASSEMBLY_H

/**
 * @file
 * The IPv4 reassembly store of one worker.
 *
 * A chain is what is held of one datagram. Its key is (side, realm, source, destination, protocol, ID).
 * rte_ip_frag is not used because its key has neither protocol nor realm.
 *
 * Bounds, so that a flood of fragments harms nobody else (RFC 4787 REQ-14a):
 *  - max_fragments over all, an eighth of them per source (side, realm, address), CGN_REASSEMBLY_CHAIN_MAX
 *    per chain; beyond: CGN_V_FRAG_FULL;
 *  - chains that did not begin with their first fragment get half of the store, and the oldest of them
 *    makes room for the next;
 *  - a chain that began with its first fragment makes room by dropping the oldest chain when a bound is
 *    reached, so datagrams whose fragments come in order pass even then.
 *
 * Fragments that overlap drop the chain, and everything with its key until the chain's time is over (RFC
 * 5722, RFC 3128). An exact duplicate is dropped alone.
 *
 * Threads: single owner, the worker. Memory: allocated in create(). Cost: O(1) hash look-up plus a search
 * of the chain from its end, so O(1) for fragments in order.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/clock.h"

#define CGN_REASSEMBLY_CHAIN_MAX \
	128 /* fragments of one datagram: 64 KiB over links of 576 octets */

struct cgn_reassembly;

/** What adding a fragment did besides its verdict. */
struct cgn_reassembly_out {
	bool whole;             /* *p is now the whole datagram */
	unsigned int n_merged;  /* whole: fragments merged, without the one that *p counts for */
	unsigned int n_freed;   /* held fragments that were dropped */
	enum cgn_verdict freed; /* their verdict: CGN_V_FRAG_OVERLAP, _FULL or _LENGTH */
};

/** A chain whose time is over, for cgn_reassembly_expire()'s callback. */
struct cgn_reassembly_expired {
	unsigned int n; /* fragments it held, all freed after the callback */
	uint32_t realm;
	bool has_first;              /* fragment 0 was held: ICMP 11/1 may be sent about it */
	const struct cgn_pkt *first; /* has_first: fragment 0, enough for cgn_icmp_make_error() */
};

typedef void (*cgn_reassembly_expired_fn)(void *ctx, const struct cgn_reassembly_expired *x);

/**
 * Create a store.
 *
 * @param max_fragments  that it may hold, at least 8
 * @param seed           of the hash, unpredictable for senders
 * @param socket         NUMA socket of the memory
 * @return 0, -EINVAL, -ENOMEM
 */
int cgn_reassembly_create(
		struct cgn_reassembly **out, unsigned int max_fragments, uint32_t seed, int socket);

/** Free what is held, uncounted, and the store. NULL is allowed. */
void cgn_reassembly_destroy(struct cgn_reassembly *f);

/**
 * Add a fragment (CGN_PK_FRAGMENT).
 *
 * @param p  CGN_V_NONE and out->whole: p->m is the whole datagram, from the Ethernet header of its
 *   first fragment if there was one; l3_off, l4_off, total_len, frag_size, CGN_PF_WAS_FRAG are set,
 *   and cgn_parse_ip4() comes next. CGN_V_NONE otherwise: the store has taken p->m.
 * @param realm    0, or the softwire it came through
 * @param timeout  ticks that a new chain waits, from its first fragment
 * @return CGN_V_NONE or the verdict of the drop of p, which stays the caller's
 */
enum cgn_verdict cgn_reassembly_add(struct cgn_reassembly *f, struct cgn_pkt *p, uint32_t realm,
		cgn_tick now, cgn_tick timeout, struct cgn_reassembly_out *out);

/**
 * Drop chains whose time is over.
 *
 * @param budget  most chains to look at
 * @param fn      told of each that held fragments; may be NULL
 * @return number of fragments dropped, to be counted as CGN_V_FRAG_TIMEOUT
 */
unsigned int cgn_reassembly_expire(struct cgn_reassembly *f, cgn_tick now, unsigned int budget,
		cgn_reassembly_expired_fn fn, void *ctx);

/** Whether there are chains whose time is over: cgn_reassembly_expire() has stopped at its budget. */
bool cgn_reassembly_is_due(const struct cgn_reassembly *f, cgn_tick now);

/** Drop everything. @return number of fragments that were held */
unsigned int cgn_reassembly_flush(struct cgn_reassembly *f);

/** Fragments held now. */
unsigned int cgn_reassembly_held(const struct cgn_reassembly *f);

#endif /* CGN_REASSEMBLY_H */
