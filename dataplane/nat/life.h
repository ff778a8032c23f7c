/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LIFE_H
#define CGN_LIFE_H

/**
 * @file
 * The life of a mapping from its creation to its end: its port is taken and given back, and its deadlines
 * are armed.
 */

#include "dataplane/nat/nat_state.h"

/** The client of a mapping. */
struct cgn_client cgn_life_client(const struct cgn_mapping *m);

/** External index slot of an external endpoint; NULL: this worker does not own the address. */
uint32_t *cgn_life_slot(const struct cgn_nat *n, rte_be32_t addr, rte_be16_t port, uint8_t proto);

/**
 * Make a mapping. Its port has been taken already. If the table is full, the port is given back.
 *
 * @param port  host order
 * @return its index, 0: the table is full
 */
uint32_t cgn_life_make(struct cgn_nat *n, const struct cgn_client *c, uint32_t sub, uint32_t ord,
		uint16_t port, uint8_t flags, cgn_tick now);

/**
 * Replace the filters of a lease. Packets find the new ones at once.
 *
 * @param filters  @p k of them; NULL if @p k is 0
 * @return 0; -ENOSPC: the worker has no room for so many, and nothing changed
 */
int
cgn_life_filter(struct cgn_nat *n, uint32_t ref, const struct cgn_filter *filters, unsigned int k);

/** Whether some filter of a mapping with filters (CGN_MAPPING_FILTERED) lets in packets of a remote endpoint. */
bool cgn_life_admits(const struct cgn_nat *n, const struct cgn_mapping *m, rte_be32_t addr,
		rte_be16_t port);

/** Deadline of a mapping, computed from its last use. @return false: it has no deadline */
bool cgn_life_deadline(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick *deadline);

/** Arm the wheel for a mapping's deadline. */
void cgn_life_arm(struct cgn_nat *n, uint32_t ref);

/**
 * Whether an implicit mapping may end. For TCP no session holds the mapping; for UDP and ICMP its timeout
 * is over. False for leases and static mappings.
 */
bool cgn_life_is_over(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now);

/** Whether there is a mapping at a place, and not one that has ended and waits for the end of its sessions. */
bool cgn_life_is_there(const struct cgn_nat *n, uint32_t ref);

/** End a mapping. Packets no longer find the mapping, and its port goes into hold-down. */
void cgn_life_end(struct cgn_nat *n, uint32_t ref, cgn_tick now);

/** End a mapping of an address that gives out no more ports. So its port needs no hold-down. */
void cgn_life_cut(struct cgn_nat *n, uint32_t ref, cgn_tick now);

/** Free further sessions of ended mappings, slice by slice, as many as @p budget allows. @return true if some are left */
bool cgn_life_bury(struct cgn_nat *n, unsigned int *budget);

/**
 * The subscriber of an inside address in a realm. If there is none, it is made and paired. A host that gets
 * no block is counted as refused.
 *
 * @param[out] sub  number of the subscriber
 * @return CGN_V_NONE, or as cgn_subscribers_get4()
 */
enum cgn_verdict cgn_life_subscriber(
		struct cgn_nat *n, uint32_t realm, rte_be32_t addr, cgn_tick now, uint32_t *sub);

/**
 * Count one refusal of an inside address, or of an address of a home. It counts for its subscriber. If there is none, it
 * counts for the host (refused.h). Nothing happens for an address of no group.
 */
void
cgn_life_refuse(struct cgn_nat *n, const struct cgn_ip *addr, enum cgn_refusal why, cgn_tick now);

#endif /* CGN_LIFE_H */
