/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_LINK_H
#define CGN_HOST_LINK_H

/**
 * @file
 * Configures a kernel interface by rtnetlink, or checks one that somebody has prepared: MTU, addresses, up.
 *
 * Threads: any. The functions work in the network namespace of the calling thread and wait for the kernel.
 */

#include "shared/addr.h"

#include <stddef.h>
#include <stdint.h>

/** What an interface shall be like. */
struct cgn_host_link {
	const char *name;
	uint32_t mtu;                       /* octets */
	const struct cgn_prefix *addresses; /* with host bits */
	size_t n_addresses;
};

/**
 * Set the MTU, let the interface have these addresses and no others, and set it up. IPv6 makes no link-local
 * address on it.
 *
 * @return 0; -EPERM: CAP_NET_ADMIN is missing; another -errno
 */
int cgn_host_link_configure(const struct cgn_host_link *link);

/**
 * Check that an interface is as cgn_host_link_configure() would make it. Everything that differs is logged.
 * This needs no privilege.
 *
 * A link-local IPv6 address is allowed: the kernel makes it when the interface gets its carrier.
 *
 * @return 0; -EINVAL: something differs; another -errno
 */
int cgn_host_link_check(const struct cgn_host_link *link);

#endif /* CGN_HOST_LINK_H */
