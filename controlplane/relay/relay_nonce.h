/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_NONCE_H
#define CGN_RELAY_NONCE_H

/**
 * @file
 * The nonces that a PCP server in front knows the mappings of a relay by.
 *
 * That of a PCP client is copied (RFC 7648 section 3). A NAT-PMP client has none, so its lease keeps a random one. The
 * store has it, too, so renewals have the same one after a restart.
 *
 * Threads: any.
 */

#include "controlplane/lease/lease_owner.h"

#include <stdbool.h>

/** Give a client of NAT-PMP a nonce. @param had  the owner of the lease that it renews, or NULL */
void cgn_relay_nonce_choose(struct cgn_lease_owner *by, const struct cgn_lease_owner *had);

/**
 * The nonce of a NAT-PMP client of a B4's home, for its inside port (host order). A B4 has no store, so the nonce is made
 * of these: after a restart, renewals have the same one. It is no secret. Who can send with the address of a host
 * at home can end its NAT-PMP mappings without a nonce, too.
 *
 * @param proto  number of the IP protocol
 */
void cgn_relay_nonce_of_host(uint8_t out[static CGN_LEASE_NONCE], rte_be32_t host, uint8_t proto,
		uint16_t in_port);

/** Whether the owner of a lease has a nonce. */
bool cgn_relay_nonce_has(const struct cgn_lease_owner *by);

#endif /* CGN_RELAY_NONCE_H */
