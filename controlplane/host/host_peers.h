/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_PEERS_H
#define CGN_HOST_PEERS_H

/**
 * @file
 * The list of IPsec peers: which authenticated peer has which address.
 *
 * The IKE daemon fills the list by `cgnctl peers`: its updown script adds a peer when an SA comes up, and removes it
 * when the SA ends. The list is for people only: it names the peer in tables and logs. It does not authorize anybody.
 *
 * An identity comes from the certificate or the configuration of a peer. Only printable ASCII is taken, so that an
 * identity can be shown everywhere.
 *
 * A peer can come up again before its old SA has ended. So a row can have the number of its SA. Later SAs have greater
 * numbers. The end of an SA leaves the row of a later one alone. An SA may get a greater number while it lives: charon
 * does this when it replaces the keys of an IKE SA.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 * Memory:  about 64 octets for each peer, and its identity. The index doubles as the list grows.
 * Cost:    all functions but cgn_host_peers_read() look at one chain of a hash table.
 */

#include "shared/addr.h"
#include "shared/ctl.h"

#include <stdint.h>

struct cgn_host_peers;

/** Most peers of cgnd. */
#define CGN_HOST_PEERS_MAX 262144

/** A row of the list, as cgn_host_peers_read() copies it. */
struct cgn_host_peers_row {
	struct cgn_ip addr;
	uint32_t sa; /* number of the SA; 0: unknown */
	uint64_t since_ms;
	char identity[CGN_CTL_IDENTITY_MAX + 1];
};

/** Create an empty list. @param max  most peers @return 0 or -ENOMEM */
int cgn_host_peers_create(struct cgn_host_peers **out, uint32_t max, uint32_t seed);

/** Release the list. NULL is allowed. */
void cgn_host_peers_destroy(struct cgn_host_peers *h);

/**
 * Add a peer, or replace the one that has the address. If nothing changes, its time stays.
 *
 * @param identity  is copied
 * @param sa        number of the SA; 0: unknown
 * @return
 *   - 0
 *   - -ENAMETOOLONG: the identity is empty or has more than CGN_CTL_IDENTITY_MAX octets
 *   - -EILSEQ: the identity has other octets than printable ASCII
 *   - -EUSERS: there are as many peers as may be
 *   - -ENOMEM
 */
int cgn_host_peers_set(struct cgn_host_peers *h, const struct cgn_ip *addr, const char *identity,
		uint32_t sa, uint64_t now_ms);

/**
 * Remove the peer of an address.
 *
 * @param identity  only if it is this peer; NULL: whoever it is
 * @param sa        only if its SA has no greater number; 0: whatever it has
 * @return whether a peer was removed
 */
bool cgn_host_peers_unset(struct cgn_host_peers *h, const struct cgn_ip *addr, const char *identity,
		uint32_t sa);

/** The identity of the peer that has an address, valid until the next change. @return NULL: nobody is known there */
const char *cgn_host_peers_find(const struct cgn_host_peers *h, const struct cgn_ip *addr);

/**
 * Read a page of rows and move the cursor. Start with 0. A row that is in the list all the time is read at least once,
 * whatever changes between two pages.
 *
 * @param[in,out] cursor  0 after the last page
 * @return number of rows
 */
uint32_t cgn_host_peers_read(const struct cgn_host_peers *h, uint32_t *cursor,
		struct cgn_host_peers_row *rows, uint32_t max);

/** Number of peers. */
uint32_t cgn_host_peers_count(const struct cgn_host_peers *h);

#endif /* CGN_HOST_PEERS_H */
