/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MOVED_H
#define CGN_MOVED_H

/**
 * @file
 * Subscribers of a former process that belong to another worker than the one that the hash of their prefix says. They had
 * an external address of this worker before a restart, when the number of workers or the pools were others.
 *
 * The table is made once, at the start. It does not depend on what a reload can change, so all snapshots use the same one.
 *
 * Threads: read only after create.
 */

#include "dataplane/device/steer.h"
#include "shared/conf.h"
#include "shared/state_scan.h"

#include <stdbool.h>
#include <stddef.h>

/** A place in the table. */
struct cgn_moved_entry {
	struct cgn_ip6 addr; /* prefix address; IPv4 in the first four octets */
	bool is_ip6;
	bool is_used;
	uint16_t worker;
};

/** The table: open addressing, at most half full. */
struct cgn_moved {
	bool has_ip4; /* not all subscribers are behind softwires */
	size_t mask;  /* number of places, a power of two, less one */
	struct cgn_moved_entry at[];
};

/**
 * Make the table. A subscriber that belongs to the right worker already does not enter it, nor does one whose external
 * address is in no pool. If one comes twice, the first pairing counts.
 *
 * @param[out] out  NULL: it would be empty
 * @param conf, steer  of the start; used only in this call
 * @param pairings  @p n of them, with any values; used only in this call
 * @return 0, -ENOMEM
 */
int cgn_moved_create(struct cgn_moved **out, const struct cgn_conf *conf,
		const struct cgn_steer *steer, const struct cgn_state_pairing *pairings, size_t n);

/** Free the table. NULL is allowed. */
void cgn_moved_destroy(struct cgn_moved *m);

/**
 * The worker of a subscriber.
 *
 * @param addr  address of its prefix
 * @param worker  the result for one that is not in the table
 */
unsigned int cgn_moved_worker4(const struct cgn_moved *m, rte_be32_t addr, unsigned int worker);

/** The same for a subscriber behind a softwire. */
unsigned int
cgn_moved_worker6(const struct cgn_moved *m, const struct cgn_ip6 *addr, unsigned int worker);

#endif /* CGN_MOVED_H */
