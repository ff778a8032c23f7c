/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares the owner of a lease with the sender of a request.
 */
#include "controlplane/lease/lease_owner.h"

#include <string.h>

bool
cgn_lease_owner_same(const struct cgn_lease_owner *a, const struct cgn_lease_owner *b)
{
	return a->by == b->by && memcmp(a->nonce, b->nonce, sizeof(a->nonce)) == 0;
}

bool
cgn_lease_owner_may_change(const struct cgn_lease_owner *owner, const struct cgn_lease_owner *asks)
{
	return owner->by == CGN_LEASE_BY_NATPMP || owner->by == CGN_LEASE_BY_PEER ||
			cgn_lease_owner_same(owner, asks);
}

const char *
cgn_lease_owner_by(const struct cgn_lease_owner *o)
{
	return o->by == CGN_LEASE_BY_NATPMP ? "natpmp" : "pcp";
}
