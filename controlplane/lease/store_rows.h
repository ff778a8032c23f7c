/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STORE_ROWS_H
#define CGN_STORE_ROWS_H

/**
 * @file
 * The rows of the store, read and checked. The store's layout is in store.c.
 *
 * Units:   as store.h.
 * Threads: that of the database.
 */

#include "shared/addr.h"

struct sqlite3;

/** One lease. Its key is realm and in (address, port, protocol). */
struct cgn_store_lease {
	uint32_t realm;
	uint32_t lifetime_s; /* as last granted */
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	int64_t end_ms;
};

/** What cgn_store_load() calls for each record; a negative return ends the load with that. */
struct cgn_store_visitor {
	/** A realm: as put. Any of the three may be NULL: not wanted. */
	int (*realm)(void *arg, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);
	/** A lease; those whose end has passed are shown too. */
	int (*lease)(void *arg, const struct cgn_store_lease *l);
	/** An epoch: as put. */
	int (*epoch)(void *arg, uint32_t realm, rte_be32_t addr, int64_t start_ms);
	/** Whether to end the load with -ECANCELED; asked now and then. NULL: never. */
	bool (*is_over)(void);
};

/** Show all rows, as cgn_store_load(). @return 0; -EBADMSG: a row is damaged; -ECANCELED; -errno */
int cgn_store_rows_load(struct sqlite3 *db, const struct cgn_store_visitor *v, void *arg);

#endif /* CGN_STORE_ROWS_H */
