/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_ROWS_H
#define CGN_LEASE_ROWS_H

/**
 * @file
 * Leases, epochs and realms as octets, so that a restart keeps them without a store: the same that a store has.
 *
 * A row begins with its type and its length, which is a multiple of 8. Realms come before the rows that name them.
 *
 * Units:   as store.h. Numbers are little endian; addresses and ports are in network order.
 * Threads: any.
 */

#include "controlplane/lease/store_rows.h"

/** Most octets of a row. */
#define CGN_LEASE_ROWS_MAX 576u

/** Write a realm. @param out  CGN_LEASE_ROWS_MAX octets @return octets written */
size_t
cgn_lease_rows_realm(uint8_t *out, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);

/** Write an epoch, as cgn_lease_rows_realm(). @param addr  as in cgn_store_put_epoch() */
size_t cgn_lease_rows_epoch(uint8_t *out, uint32_t realm, rte_be32_t addr, int64_t start_ms);

/** Write a lease, as cgn_lease_rows_realm(). */
size_t cgn_lease_rows_lease(uint8_t *out, const struct cgn_store_lease *l);

/**
 * Show rows to a visitor. They may have any content.
 *
 * @return
 *   - 0
 *   - -EBADMSG: a row is none; the rows before it were shown
 *   - what a function of the visitor returned, if it is negative
 */
int
cgn_lease_rows_visit(const void *rows, size_t len, const struct cgn_store_visitor *v, void *arg);

#endif /* CGN_LEASE_ROWS_H */
