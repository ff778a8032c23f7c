/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REASSEMBLY_H
#define CGN_REASSEMBLY_H

/**
 * @file
 * The IPv4 reassembly store of one worker.
 *
 * A chain is the list of the held fragments of one datagram. The key of a chain is (side, realm, source,
 * destination, protocol, ID). rte_ip_frag is not used, because its key contains no protocol and no realm.
 *
 * Limits, so that a flood of fragments from one source does not harm other sources (RFC 4787 REQ-14a):
 *  - max_fragments for all chains, an eighth of them for one source (side, realm, address), and
 *    CGN_REASSEMBLY_CHAIN_MAX for one chain. A fragment above a limit is dropped as CGN_V_FRAG_FULL.
 *  - Chains that did not begin with their first fragment get at most half of the store. When this half is
 *    full, the oldest of these chains is dropped for the next one.
 *  - When a chain that began with its first fragment reaches a limit, the oldest chain is dropped for it.
 *    Datagrams whose fragments come in order therefore pass even then.
 *
 * If fragments overlap, the chain is dropped. All further fragments with its key are dropped too until the
 * chain's time is over (RFC 5722, RFC 3128). If a fragment is an exact duplicate, only this fragment is
 * dropped.
 *
 * Threads: single owner, the worker. Memory: allocated in create(). Cost: an O(1) hash look-up, and a
 * search of the chain from its end, which is O(1) for fragments in order.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/clock.h"

#define CGN_REASSEMBLY_CHAIN_MAX \
	128 /* fragments of one datagram: 64 KiB over links of 576 octets */

struct cgn_reassembly;

/** Results of adding a fragment, besides the verdict. */
struct cgn_reassembly_out {
	bool whole;             /* *p is now the whole datagram */
	unsigned int n_merged;  /* whole: fragments merged, without the one that was added */
	unsigned int n_freed;   /* held fragments that were dropped */
	enum cgn_verdict freed; /* their verdict: CGN_V_FRAG_OVERLAP, _FULL or _LENGTH */
};

/** A chain whose time is over, for the callback of cgn_reassembly_expire(). */
struct cgn_reassembly_expired {
	unsigned int n; /* its fragments, which are freed after the callback */
	uint32_t realm;
	bool has_first;              /* the first fragment was held: ICMP 11/1 may be sent */
	const struct cgn_pkt *first; /* has_first: first fragment, for cgn_icmp_make_error() */
};

typedef void (*cgn_reassembly_expired_fn)(void *ctx, const struct cgn_reassembly_expired *x);

/**
 * Create a store.
 *
 * @param max_fragments  most fragments that it may hold, at least 8
 * @param seed           seed of the hash, unpredictable for senders
 * @param socket         NUMA socket of the memory
 * @return 0, -EINVAL, -ENOMEM
 */
int cgn_reassembly_create(
		struct cgn_reassembly **out, unsigned int max_fragments, uint32_t seed, int socket);

/** Free the held fragments, which are not counted, and the store. NULL is allowed. */
void cgn_reassembly_destroy(struct cgn_reassembly *f);

/**
 * Add a fragment (CGN_PK_FRAGMENT).
 *
 * @param p  the fragment. After CGN_V_NONE with out->whole, p->m is the whole datagram, with the Ethernet
 *   header of its first fragment if there was one. l3_off, l4_off, total_len, frag_size and CGN_PF_WAS_FRAG
 *   are set, and the caller must call cgn_parse_ip4(). After CGN_V_NONE without out->whole, the store owns
 *   p->m.
 * @param realm    0, or the softwire that the fragment came through
 * @param timeout  ticks that a new chain waits, from the fragment that came first
 * @return CGN_V_NONE; else the verdict of the drop, and the caller still owns p->m
 */
enum cgn_verdict cgn_reassembly_add(struct cgn_reassembly *f, struct cgn_pkt *p, uint32_t realm,
		cgn_tick now, cgn_tick timeout, struct cgn_reassembly_out *out);

/**
 * Drop chains whose time is over.
 *
 * @param budget  most chains to look at
 * @param fn      called for each of these chains that held fragments; may be NULL
 * @return number of fragments dropped, to be counted as CGN_V_FRAG_TIMEOUT
 */
unsigned int cgn_reassembly_expire(struct cgn_reassembly *f, cgn_tick now, unsigned int budget,
		cgn_reassembly_expired_fn fn, void *ctx);

/**
 * Whether there are chains whose time is over, because cgn_reassembly_expire() has stopped at its budget.
 */
bool cgn_reassembly_is_due(const struct cgn_reassembly *f, cgn_tick now);

/** Drop all fragments. @return number of fragments that were held */
unsigned int cgn_reassembly_flush(struct cgn_reassembly *f);

/** Number of fragments held now. */
unsigned int cgn_reassembly_held(const struct cgn_reassembly *f);

#endif /* CGN_REASSEMBLY_H */
