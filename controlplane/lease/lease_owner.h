/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_OWNER_H
#define CGN_LEASE_OWNER_H

/**
 * @file
 * Who may change a lease. NAT-PMP and PCP share the leases, but only PCP proves who has made one: with a nonce.
 *
 *   - A lease of NAT-PMP belongs to its inside address. NAT-PMP may change it. A PCP request takes it over.
 *   - A lease of PCP belongs to the client that knows its nonce. NAT-PMP has no nonce, so it may not change the lease.
 *   - A lease that only the opcode PEER has made belongs to nobody: everybody at its inside address may ask for a mapping
 *     of the same port. The nonce of PEER protects what PEER has asked for, and nothing else (section 12.3).
 *
 * Source:  RFC 6887 sections 11.3 and 18.1.
 * Threads: any. No state.
 */

#include "shared/addr.h"

#include <stdbool.h>
#include <stdint.h>

#define CGN_LEASE_NONCE 12 /* octets */

/** Protocols that make leases. The numbers are in the store. */
enum cgn_lease_by {
	CGN_LEASE_BY_NATPMP = 0,
	CGN_LEASE_BY_PCP = 1,
	CGN_LEASE_BY_PEER = 2, /* only by the opcode PEER of PCP; it has no nonce here */
	CGN_LEASE_BY_COUNT,
};

/** The owner of a lease, or the sender of a request. All zero: NAT-PMP */
struct cgn_lease_owner {
	uint8_t by; /* enum cgn_lease_by */
	/** NAT-PMP has none: all zero. The lease of a relay has the nonce with which it has asked the NAT in front. */
	uint8_t nonce[CGN_LEASE_NONCE];
};

/** What the opcode PEER has said last about a mapping. */
struct cgn_lease_peer {
	uint8_t nonce[CGN_LEASE_NONCE];
	rte_be32_t addr; /* of the remote host */
	rte_be16_t port; /* 0: there was no such request */
};

/** Whether two owners are the same. */
bool cgn_lease_owner_same(const struct cgn_lease_owner *a, const struct cgn_lease_owner *b);

/** Whether @p asks may renew or delete a lease of @p owner. */
bool
cgn_lease_owner_may_change(const struct cgn_lease_owner *owner, const struct cgn_lease_owner *asks);

/** "natpmp" or "pcp", as cgnctl shows it. */
const char *cgn_lease_owner_by(const struct cgn_lease_owner *o);

#endif /* CGN_LEASE_OWNER_H */
