/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_TUN_H
#define CGN_HOST_TUN_H

/**
 * @file
 * The kernel's interface of a port: a persistent TUN, which carries IP packets without a link header.
 *
 * The interface stays when cgnd ends, with its addresses. Then it has no carrier.
 *
 * Threads: any.
 */

#include "shared/conf.h"

/** Octets of the longest name of an interface, with its NUL (IFNAMSIZ). */
#define CGN_HOST_TUN_NAME_MAX 16

/** Name of the interface of a port. @return @p name */
const char *cgn_host_tun_name(const struct cgn_conf *conf, uint16_t port,
		char name[static CGN_HOST_TUN_NAME_MAX]);

/**
 * Open the interface of a port in the namespace `host.netns`, make it if there is none, and configure it.
 *
 * Its MTU is the smallest one of the ports of the side, because the route of a packet decides by which of
 * them it leaves.
 *
 * @return a descriptor that does not block: a read or write is one IP packet; or -errno. The log says what is
 *         missing.
 */
int cgn_host_tun_open(const struct cgn_conf *conf, uint16_t port);

/**
 * Give the interface of a port other addresses and another MTU. cgnd needs the privileges of the start for that.
 *
 * @return 0 or -errno. The log says what is missing.
 */
int cgn_host_tun_change(const struct cgn_conf *conf, uint16_t port);

/**
 * Open the interface that stands for the pools (host.pools_interface), without a carrier.
 *
 * @param[out] socket  for cgn_host_tun_set_carrier(). The caller closes both descriptors.
 * @return a descriptor that does not block, or -errno. The log says what is missing.
 */
int cgn_host_tun_open_pools(const struct cgn_conf *conf, int *socket);

/**
 * Give the interface of the pools a carrier, or take it away.
 *
 * @param fd, socket  of cgn_host_tun_open_pools()
 * @param name        of the interface
 * @return 0 or -errno
 */
int cgn_host_tun_set_carrier(int fd, int socket, const char *name, bool is_on);

#endif /* CGN_HOST_TUN_H */
