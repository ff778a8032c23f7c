/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_IFLINKS_H
#define CGN_IFLINKS_H

/**
 * @file
 * How the kernel's interfaces hang together: VLANs, bonds, bridges and the two ends of a veth (rtnetlink).
 *
 * Threads: any.
 * Cost:    cgn_iflinks_read() waits for the kernel's configuration lock.
 */

#include <linux/if_link.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

struct cgn_iflink {
	unsigned int index;
	char name[IF_NAMESIZE];
	unsigned int master; /* the bond, bridge or the like that it belongs to; 0: none */
	unsigned int lower; /* what it is made of: of a VLAN its trunk, of a veth its peer; 0: nothing */
	bool is_lower_hidden; /* `lower` is an index of another network namespace */
	bool is_veth;
	bool is_xdp_generic; /* an XDP program runs behind the driver, where packets may be merged */
};

/**
 * Read all interfaces of the network namespace.
 *
 * @param[out] links  to be freed by the caller
 * @return 0 or -errno
 */
int cgn_iflinks_read(struct cgn_iflink **links, size_t *n);

/** The interface with an index. @return NULL: there is none */
const struct cgn_iflink *
cgn_iflinks_find(const struct cgn_iflink *links, size_t n, unsigned int index);

/**
 * Open a socket that gets ready when an interface has changed.
 *
 * @return a descriptor for cgn_iflinks_changed(), or -errno
 */
int cgn_iflinks_open(void);

/**
 * Take all messages of the socket.
 *
 * @return whether one of these interfaces has changed, or may have (messages were lost)
 */
bool cgn_iflinks_changed(int fd, const unsigned int *indexes, size_t n);

#endif /* CGN_IFLINKS_H */
