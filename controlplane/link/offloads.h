/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OFFLOADS_H
#define CGN_OFFLOADS_H

/**
 * @file
 * Kernel offloads that hand cgnd packets that were never on a wire.
 *
 * A packet socket sees packets behind the kernel's offloads. If GRO or LRO merges packets, cgnd gets one packet that is
 * larger than any MTU, and must drop it. If the other end of a veth leaves checksums to the device, cgnd gets packets
 * with incomplete checksums, and would forward them like that.
 *
 * Threads: any.
 * Cost:    cgn_offloads_find() waits for the lock of the kernel's network configuration.
 */

#include "controlplane/link/iflinks.h"

#include <stdint.h>

/** Features that may be on. */
#define CGN_OFFLOAD_GRO    (1u << 0)
#define CGN_OFFLOAD_GRO_HW (1u << 1)
#define CGN_OFFLOAD_LRO    (1u << 2)
#define CGN_OFFLOAD_TX_SUM (1u << 3)
#define CGN_OFFLOAD_TSO    (1u << 4)
#define CGN_OFFLOAD_USO    (1u << 5)
#define CGN_OFFLOAD_HIDDEN (1u << 6) /* not a feature: the interface lies in another namespace */

#define CGN_OFFLOADS_MAX   32 /* findings about one port */
#define CGN_OFFLOADS_CURE  96 /* octets of a command with its NUL */

/** An interface, and what it does to the packets of a port. */
struct cgn_offload {
	unsigned int if_index;
	char name[IF_NAMESIZE]; /* of a hidden interface: the name of its peer in this namespace */
	uint32_t features;      /* that spoil packets; 0: none */
	bool is_sender;         /* it is the other end of a veth */
};

/**
 * Read the features of all interfaces that the packets of an interface come through: itself, the trunk of a VLAN,
 * the members of a bond or bridge, the other ends of veths.
 *
 * @param is_xdp    the port uses AF_XDP: merging does not matter if the program runs in the driver
 * @param[out] out  CGN_OFFLOADS_MAX entries
 * @return number of entries; 0: the kernel does not tell
 */
unsigned int cgn_offloads_find(unsigned int if_index, bool is_xdp, struct cgn_offload *out);

/**
 * List the interfaces that the packets of an interface come through, without reading their features.
 *
 * @param[out] out  CGN_OFFLOADS_MAX entries
 * @return number of entries; 0: the interface is not in @p links
 */
unsigned int cgn_offloads_way(const struct cgn_iflink *links, size_t n, unsigned int if_index,
		struct cgn_offload *out);

/** Write the command that turns the features off, such as "ethtool -K eth0 gro off". */
void cgn_offloads_cure(const struct cgn_offload *o, char cure[CGN_OFFLOADS_CURE]);

#endif /* CGN_OFFLOADS_H */
