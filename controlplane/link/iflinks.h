/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_IFLINKS_H
#define CGN_IFLINKS_H

/**
 * @file
 * How the kernel's interfaces depend on each other: VLANs, bonds, bridges and the two ends of a veth (rtnetlink).
 *
 * Threads: any.
 * Cost:    cgn_iflinks_read() waits for the lock of the kernel's network configuration.
 */

#include <linux/if_link.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

/** An interface of the kernel. */
struct cgn_iflink {
	unsigned int index;
	char name[IF_NAMESIZE];
	unsigned int master;  /* the bond or bridge that it is a member of; 0: none */
	unsigned int lower;   /* the trunk of a VLAN, the peer of a veth; 0: none */
	bool is_lower_hidden; /* `lower` is an index of another network namespace */
	bool is_veth;
	bool is_xdp_generic; /* its XDP program runs behind the driver, where packets may be merged */
};

/**
 * Read all interfaces of the network namespace.
 *
 * @param[out] links  an array of @p n; the caller frees it
 * @return 0 or -errno
 */
int cgn_iflinks_read(struct cgn_iflink **links, size_t *n);

/** Find an interface by its index. @return NULL: there is none */
const struct cgn_iflink *
cgn_iflinks_find(const struct cgn_iflink *links, size_t n, unsigned int index);

/**
 * Open a socket that becomes readable when an interface has changed. The caller closes it.
 *
 * @return a descriptor for cgn_iflinks_changed(), or -errno
 */
int cgn_iflinks_open(void);

/**
 * Read all messages of the socket.
 *
 * @return whether one of these interfaces has changed, or may have (messages were lost)
 */
bool cgn_iflinks_changed(int fd, const unsigned int *indexes, size_t n);

#endif /* CGN_IFLINKS_H */
