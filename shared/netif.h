/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NETIF_H
#define CGN_NETIF_H

/**
 * @file
 * The state of a network interface of the kernel.
 *
 * An interface is identified by its index, because its name can change, and a new interface may get the
 * name of a deleted one. All look-ups are in the network namespace of the calling thread.
 *
 * Threads: any.
 * Cost:    no function waits for the kernel's configuration lock (RTNL), because other programs may hold it
 * for a long time.
 */

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/** The link of a port. */
enum cgn_link {
	CGN_LINK_UNKNOWN,    /* the device does not say */
	CGN_LINK_UP,         /* carries packets */
	CGN_LINK_NO_CARRIER, /* the interface is up, but its cable or its peer is not */
	CGN_LINK_DOWN,       /* the interface or the device is down */
	CGN_LINK_GONE,       /* the interface was deleted or moved to another network namespace */
	CGN_LINK_COUNT,
};

/** Name of a link state: "unknown", "up", "no carrier", "down", "gone". */
const char *cgn_netif_link_name(enum cgn_link link);

/** State of an interface. */
struct cgn_netif {
	enum cgn_link link;
	char name[IF_NAMESIZE]; /* its present name */
	uint8_t mac[6];
	uint32_t mtu; /* octets of an IP packet */
};

/**
 * Read the state of an interface.
 *
 * @param if_index  not 0
 * @param[out] n    n->link is always set. It is CGN_LINK_UNKNOWN if the kernel cannot be asked (no
 *   descriptor left). The other fields are not changed if the link is gone or unknown.
 */
void cgn_netif_read(unsigned int if_index, struct cgn_netif *n);

/**
 * Read the kernel's count of received packets of an interface.
 *
 * @param name     present name of the interface
 * @param[out] rx  not changed if the count cannot be read
 * @return whether the count was read
 */
bool cgn_netif_rx_packets(const char *name, uint64_t *rx);

#endif /* CGN_NETIF_H */
