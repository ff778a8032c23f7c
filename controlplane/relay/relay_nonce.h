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

/** Whether the owner of a lease has a nonce. */
bool cgn_relay_nonce_has(const struct cgn_lease_owner *by);

#endif /* CGN_RELAY_NONCE_H */
