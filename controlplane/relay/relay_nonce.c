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
cgn_relay_nonce_of_host(uint8_t out[static CGN_LEASE_NONCE], rte_be32_t host, uint8_t proto,
		uint16_t in_port)
{
	const rte_be16_t port = rte_cpu_to_be_16(in_port);

	memcpy(out, "cgnd", 4);
	memcpy(out + 4, &host, sizeof(host));
	out[8] = 0;
	out[9] = proto;
	memcpy(out + 10, &port, sizeof(port));
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
