/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_GRANTS_H
#define CGN_RELAY_GRANTS_H

/**
 * @file
 * Which client of a relay has which outermost external port. The NAT in front sees one client, the
 * WAN address, and gives any of its hosts the other protocol's half of a port that one of them has;
 * here they are told apart.
 *
 * It is soft state: after a restart the clients' renewals bring it back.
 *
 * Source:  RFC 6886 section 3.3 (companions).
 * Units:   ports in host order, milliseconds of the loop's clock.
 * Threads: the control thread.
 * Memory:  2.3 MiB of addresses; of these what is in use.
 */

#include "shared/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct cgn_relay_grants;

/** Create it. @return NULL: no memory */
struct cgn_relay_grants *cgn_relay_grants_create(void);

/** Release it. NULL is allowed. */
void cgn_relay_grants_destroy(struct cgn_relay_grants *g);

/** A client has an external port by way of a port of the WAN address, instead of what that port had. */
void cgn_relay_grants_put(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		uint16_t ext_port, rte_be32_t client, uint64_t until_ms);

/** The same for a port that was only asked for; it takes nothing from anybody. */
void cgn_relay_grants_reserve(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		uint16_t ext_port, rte_be32_t client, uint64_t until_ms, uint64_t now_ms);

/** A port of the WAN address leads nowhere any more. */
void cgn_relay_grants_drop(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port);

/** Whether an external port is another client's in the other protocol. */
bool cgn_relay_grants_is_others(const struct cgn_relay_grants *g, enum cgn_proto proto,
		uint16_t ext_port, rte_be32_t client, uint64_t now_ms);

#endif /* CGN_RELAY_GRANTS_H */
