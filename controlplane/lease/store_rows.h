/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STORE_ROWS_H
#define CGN_STORE_ROWS_H

/**
 * @file
 * Reads and checks the rows of the store. The layout of its tables is in store.c.
 *
 * Units:   as store.h.
 * Threads: the thread that uses the database.
 */

#include "controlplane/lease/lease_extra.h"
#include "controlplane/lease/lease_owner.h"
#include "shared/addr.h"
#include "shared/filter.h"

struct sqlite3;

/** One lease. Its key is realm and in (address, port, protocol). */
struct cgn_store_lease {
	uint32_t realm;
	uint32_t lifetime_s; /* lifetime that was granted last */
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	struct cgn_lease_owner by;
	int64_t end_ms; /* of what NAT-PMP or MAP has asked for; means nothing if by is CGN_LEASE_BY_PEER */
	struct cgn_lease_peer peer;
	int64_t peer_end_ms;     /* of what PEER has asked for; means nothing if peer.port is 0 */
	const char *description; /* belongs to the caller; a visitor sees it during its call */
	uint16_t description_len;
	uint8_t n_filters;
	const struct cgn_filter
			*filters; /* belong to the caller, too; not used if there are none */
};

/** A nonce as the two numbers of a row. */
struct cgn_store_nonce {
	int64_t high; /* its first eight octets, as they are in memory */
	uint32_t low; /* the other four */
};

/** The numbers of a nonce. */
struct cgn_store_nonce cgn_store_rows_of_nonce(const uint8_t nonce[CGN_LEASE_NONCE]);

/** Whether a filter can be one: no bits of its address behind its length. */
bool cgn_store_rows_is_filter(const struct cgn_filter *f);

/**
 * The functions that cgn_store_load() calls for the records. NULL: do not show these records. A negative return value
 * ends the load, which returns the same value.
 */
struct cgn_store_visitor {
	/** A realm, as in cgn_store_put_realm(). */
	int (*realm)(void *arg, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);
	/** A lease. Leases whose end has passed are shown, too. */
	int (*lease)(void *arg, const struct cgn_store_lease *l);
	/** An epoch, as in cgn_store_put_epoch(). */
	int (*epoch)(void *arg, uint32_t realm, rte_be32_t addr, int64_t start_ms);
	/** Whether to end the load with -ECANCELED. It is called several times during the load. NULL: never end it */
	bool (*is_over)(void);
};

/** Show all rows to a visitor. @return as cgn_store_load(); -EBADMSG: a row is damaged; -errno of the database */
int cgn_store_rows_load(struct sqlite3 *db, const struct cgn_store_visitor *v, void *arg);

#endif /* CGN_STORE_ROWS_H */
