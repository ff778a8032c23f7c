/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASETABLE_H
#define CGN_LEASETABLE_H

/**
 * @file
 * The table of leases and of the clients that hold them. There is a hash table of leases, and one of clients. Each
 * client has a list of its leases. An array has all leases, so that they can be read a slice at a time.
 *
 * Units:   addresses and ports in network order.
 * Threads: single owner.
 * Cost:    O(1).
 */

#include "controlplane/lease/lease_extra.h"
#include "controlplane/lease/lease_owner.h"
#include "controlplane/lease/realms.h"
#include "controlplane/loop/timerq.h"
#include "shared/addr.h"

/** A client: an inside address in a realm. */
struct cgn_leasetable_client {
	struct cgn_leasetable_client *next; /* next client of the bucket */
	struct cgn_leasetable_lease *leases;
	uint32_t realm;
	rte_be32_t addr;
	rte_be32_t gateway; /* local address to which its last request went */
	uint32_t n_leases;
	int64_t epoch_ms; /* if has_epoch: start of the epoch; may lie before the clock's zero */
	int64_t epoch_end_ms; /* if has_epoch: after this time nobody needs the epoch */
	bool has_epoch; /* it has an epoch of its own, and stays in the table even without leases */
};

/** A lease. Addresses and ports in network order. */
struct cgn_leasetable_lease {
	struct cgn_leasetable_lease *next; /* next lease of the bucket */
	struct cgn_leasetable_client *client;
	struct cgn_leasetable_lease *client_next;
	struct cgn_leasetable_lease **client_prev; /* what points to this one */
	struct cgn_timer timer; /* set by the user of the table; due when the lease ends */
	void *owner;            /* set by the user of the table */
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	struct cgn_lease_extra *extra; /* the lease is one of its users; NULL: it has none */
	uint32_t lifetime_s;
	uint32_t place;            /* index in at[] */
	struct cgn_lease_owner by; /* who has made or renewed it last; see map_end_ms */
	struct cgn_lease_peer peer;
	uint64_t map_end_ms; /* end of what NAT-PMP or MAP has asked for. After it, the lease is one of PEER only */
	uint64_t peer_end_ms; /* end of what PEER has asked for; 0: nothing */
	bool is_loaded; /* it was loaded from the store, and its worker has not brought it back yet */
	bool is_stored; /* the store has it, if there is a store */
};

/**
 * The table. Its user reads it. In a lease, the user sets all from timer to ext, and all from extra on but place. */
struct cgn_leasetable {
	uint32_t seed;
	uint32_t n_buckets; /* a power of two */
	uint32_t n_client_buckets;
	uint32_t n_clients;
	uint32_t n_epochs;         /* clients with an epoch of their own */
	uint32_t swept_to;         /* bucket at which the next cgn_leasetable_sweep() begins */
	struct cgn_realms *realms; /* each client holds its realm; NULL: there are no realms */
	uint32_t n;
	uint32_t size; /* room of at[] */
	struct cgn_leasetable_lease **buckets;
	struct cgn_leasetable_client **client_buckets;
	struct cgn_leasetable_lease **at; /* all leases */
};

/**
 * Make an empty table.
 *
 * @param seed    random; for the hashes
 * @param realms  outlives the table; NULL: there are no realms
 * @return 0 or -ENOMEM
 */
int cgn_leasetable_init(struct cgn_leasetable *t, uint32_t seed, struct cgn_realms *realms);

/** Release the table with its leases and clients. No timer may be set. Realms are not released. */
void cgn_leasetable_fini(struct cgn_leasetable *t);

/** Find a client. @return NULL: it is not in the table */
struct cgn_leasetable_client *
cgn_leasetable_find_client(const struct cgn_leasetable *t, uint32_t realm, rte_be32_t addr);

/** Find a client, or add it if it is not in the table. @return NULL: no memory */
struct cgn_leasetable_client *
cgn_leasetable_get_client(struct cgn_leasetable *t, uint32_t realm, rte_be32_t addr);

/** Give a client an epoch of its own until @p end_ms. */
void cgn_leasetable_set_epoch(struct cgn_leasetable *t, struct cgn_leasetable_client *c,
		int64_t start_ms, int64_t end_ms);

/**
 * Look at the next @p n_buckets buckets, and remove epochs whose end has passed. A client without an epoch and without
 * leases is removed from the table.
 *
 * @param ended  called for each client whose epoch has ended, before it is removed
 */
void cgn_leasetable_sweep(struct cgn_leasetable *t, uint32_t n_buckets, int64_t now_ms,
		void (*ended)(void *ctx, const struct cgn_leasetable_client *c), void *ctx);

/** Find a lease. @return NULL: there is none */
struct cgn_leasetable_lease *
cgn_leasetable_find(const struct cgn_leasetable *t, uint32_t realm, const struct cgn_ep4 *in);

/** Add a lease that is not in the table yet. @return NULL: no memory */
struct cgn_leasetable_lease *
cgn_leasetable_add(struct cgn_leasetable *t, uint32_t realm, const struct cgn_ep4 *in);

/**
 * Remove a lease. Its client is removed too if it has no other lease and no epoch of its own. The last lease of at[]
 * moves to the free place.
 */
void cgn_leasetable_del(struct cgn_leasetable *t, struct cgn_leasetable_lease *x);

#endif /* CGN_LEASETABLE_H */
