/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_GRANTS_H
#define CGN_RELAY_GRANTS_H

/**
 * @file
 * Remembers which client of a relay has which external port of the outermost NAT.
 *
 * The NAT in front may have several addresses. If two clients have the same port of two addresses, only the younger one
 * is remembered. The relay then asks upstream more often than it had to.
 *
 * A port number that a client has for one protocol (UDP or TCP) is not given to another client for the other protocol
 * (RFC 6886 section 3.3). The NAT in front cannot keep this rule: all clients of the relay share the WAN address, so it
 * takes them for one client. So the relay keeps the rule itself, with this table.
 *
 * The table is in memory only. After a restart, the renewals of the clients fill it again.
 *
 * Source:  RFC 6886 section 3.3 (companions).
 * Units:   ports in host order, milliseconds of the loop's clock.
 * Threads: the control thread.
 * Memory:  4.8 MiB of address space; only pages that were written take memory.
 */

#include "controlplane/lease/lease_owner.h"
#include "shared/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct cgn_relay_grants;

/** Create an empty table. @return NULL: no memory */
struct cgn_relay_grants *cgn_relay_grants_create(void);

/** Release it. NULL is allowed. */
void cgn_relay_grants_destroy(struct cgn_relay_grants *g);

/**
 * Note that a client has an external endpoint until @p until_ms. The NAT in front maps it to @p wan_port of the WAN
 * address. An older entry of @p wan_port is replaced.
 *
 * @param nonce   what PCP upstream knows the mapping by
 * @param client  its inside endpoint
 */
void cgn_relay_grants_put(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		const struct cgn_ep4 *ext, const uint8_t nonce[CGN_LEASE_NONCE],
		const struct cgn_ep4 *client, uint64_t until_ms);

/**
 * Find the port of the WAN address that a client's mapping has or had, by its inside endpoint and nonce.
 *
 * Cost: O(65536). @return 0: there is no such entry, or it is over
 */
uint16_t cgn_relay_grants_find_wan(const struct cgn_relay_grants *g, const struct cgn_ep4 *client,
		const uint8_t nonce[CGN_LEASE_NONCE], uint64_t now_ms);

/** Whether a port of the WAN address has an entry that is not over. It may be reserved only, or in doubt. */
bool cgn_relay_grants_has(const struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		uint64_t now_ms);

/**
 * Take an update of a mapping that the NAT in front has sent without being asked (RFC 6887 section 14.2). If the mapping has
 * ended (@p lifetime_s is 0) or has another external endpoint, the entry of @p wan_port is removed. If it ends earlier
 * than before, the entry does so, too.
 *
 * @return true: it was removed. false: nothing changes, or the entry is not valid, or has another nonce
 */
bool cgn_relay_grants_update(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		const struct cgn_ep4 *ext, const uint8_t nonce[CGN_LEASE_NONCE],
		uint32_t lifetime_s, uint64_t now_ms);

/**
 * Find what the NAT in front maps to a port of the WAN address.
 *
 * @param[out] ext       the external endpoint of the outermost NAT
 * @param[out] until_ms  when the mapping ends
 * @return false: it is not known, or only reserved, or over, or in doubt
 */
bool cgn_relay_grants_find(const struct cgn_relay_grants *g, enum cgn_proto proto,
		uint16_t wan_port, struct cgn_ep4 *ext, uint64_t *until_ms, uint64_t now_ms);

/**
 * Note that a client asks for an external port. Does nothing if @p ext_port is 0, or if @p ext_port or @p wan_port has
 * an entry that is still valid.
 */
void cgn_relay_grants_reserve(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		uint16_t ext_port, const struct cgn_ep4 *client, uint64_t until_ms,
		uint64_t now_ms);

/** The NAT in front may have lost its mappings: cgn_relay_grants_find() finds no entry from before. */
void cgn_relay_grants_doubt(struct cgn_relay_grants *g);

/** Remove the entry of a port of the WAN address, because the NAT in front no longer maps a port to it. */
void cgn_relay_grants_drop(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port);

/** Whether another client has the external port in the other protocol than @p proto. */
bool cgn_relay_grants_is_others(const struct cgn_relay_grants *g, enum cgn_proto proto,
		uint16_t ext_port, rte_be32_t client, uint64_t now_ms);

#endif /* CGN_RELAY_GRANTS_H */
