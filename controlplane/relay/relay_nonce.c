/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Chooses the nonces for a PCP server in front.
 */
#include "controlplane/relay/relay_nonce.h"

#include <string.h>
#include <sys/random.h>

bool
cgn_relay_nonce_has(const struct cgn_lease_owner *by)
{
	static const uint8_t none[CGN_LEASE_NONCE];

	return memcmp(by->nonce, none, sizeof(none)) != 0;
}

void
cgn_relay_nonce_choose(struct cgn_lease_owner *by, const struct cgn_lease_owner *had)
{
	if (by->by != CGN_LEASE_BY_NATPMP)
		return;
	if (had != NULL)
		memcpy(by->nonce, had->nonce, sizeof(by->nonce));
	if (!cgn_relay_nonce_has(by))
		(void)getrandom(by->nonce, sizeof(by->nonce),
				0); /* 12 octets are never cut short */
}
