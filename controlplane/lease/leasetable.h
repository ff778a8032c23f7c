/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASETABLE_H
#define CGN_LEASETABLE_H

/**
 * @file
 * Leases and the clients that hold them: two hash tables, a list per client, and all leases in an
 * array for walks in slices.
 *
 * Addresses and ports in network order. Threads: single owner. Cost: O(1).
 */

#include "controlplane/lease/realms.h"
#include "controlplane/loop/timerq.h"
#include "shared/addr.h"

/** An inside address in a realm. */
struct cgn_leasetable_client {
	struct cgn_leasetable_client *next; /* of the bucket */
	struct cgn_leasetable_lease *leases;
	uint32_t realm;
	rte_be32_t addr;
	rte_be32_t gateway; /* local address that it asked last */
	uint32_t n_leases;
	int64_t epoch_ms;     /* start of its own epoch; may lie before the clock's zero */
	int64_t epoch_end_ms; /* when nobody needs it any more */
	bool has_epoch;       /* keeps the client in the table without leases */
};

/** A lease. Addresses and ports in network order. */
struct cgn_leasetable_lease {
	struct cgn_leasetable_lease *next; /* of the bucket */
	struct cgn_leasetable_client *client;
	struct cgn_leasetable_lease *client_next;
	struct cgn_leasetable_lease **client_prev; /* what points to this one */
	struct cgn_timer timer;                    /* the user's: due at the end of the lease */
	void *owner;                               /* the user's */
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	uint32_t lifetime_s;
	uint32_t place; /* in at[] */
	bool is_loaded; /* from the store, not back at its worker yet */
	bool is_stored; /* the store has it, if there is one */
};

/** The table; read-only for its user, but for what cgn_leasetable_lease says. */
struct cgn_leasetable {
	uint32_t seed;
	uint32_t n_buckets; /* a power of two */
	uint32_t n_client_buckets;
	uint32_t n_clients;
	uint32_t n_epochs;         /* clients with an epoch of their own */
	uint32_t swept_to;         /* bucket that cgn_leasetable_sweep() has come to */
	struct cgn_realms *realms; /* held by the clients in them; NULL: none */
	uint32_t n;
	uint32_t size; /* of at[] */
	struct cgn_leasetable_lease **buckets;
	struct cgn_leasetable_client **client_buckets;
	struct cgn_leasetable_lease **at; /* all leases */
};

/**
 * Make an empty table.
 *
 * @param seed    of the hashes: random
 * @param realms  NULL: none are used; outlives the table
 * @return 0 or -ENOMEM
 */
int cgn_leasetable_init(struct cgn_leasetable *t, uint32_t seed, struct cgn_realms *realms);

/** Release it and what is in it, but no realm; no timer is set. */
void cgn_leasetable_fini(struct cgn_leasetable *t);

/** A client, NULL: unknown. */
struct cgn_leasetable_client *
cgn_leasetable_find_client(const struct cgn_leasetable *t, uint32_t realm, rte_be32_t addr);

/** The same, made if it is unknown. NULL: no memory. */
struct cgn_leasetable_client *
cgn_leasetable_get_client(struct cgn_leasetable *t, uint32_t realm, rte_be32_t addr);

/** Give a client an epoch of its own until @p end_ms. */
void cgn_leasetable_set_epoch(struct cgn_leasetable *t, struct cgn_leasetable_client *c,
		int64_t start_ms, int64_t end_ms);

/**
 * Look at the next @p n_buckets buckets for epochs whose end has passed; a client that has nothing else is
 * forgotten.
 *
 * @param ended  called for each before that
 */
void cgn_leasetable_sweep(struct cgn_leasetable *t, uint32_t n_buckets, int64_t now_ms,
		void (*ended)(void *ctx, const struct cgn_leasetable_client *c), void *ctx);

/** A lease, NULL: there is none. */
struct cgn_leasetable_lease *
cgn_leasetable_find(const struct cgn_leasetable *t, uint32_t realm, const struct cgn_ep4 *in);

/** Make a lease that is not there. NULL: no memory. */
struct cgn_leasetable_lease *
cgn_leasetable_add(struct cgn_leasetable *t, uint32_t realm, const struct cgn_ep4 *in);

/** Take a lease out, and its client if that is all there is of it. Another lease takes its place. */
void cgn_leasetable_del(struct cgn_leasetable *t, struct cgn_leasetable_lease *x);

#endif /* CGN_LEASETABLE_H */
