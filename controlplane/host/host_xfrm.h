/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_XFRM_H
#define CGN_HOST_XFRM_H

/**
 * @file
 * What the kernel's IPsec lets a socket receive and send, where the kernel itself does ESP.
 *
 *   - Transport mode: the socket has a policy. The kernel compares each datagram with the selector of the SA that it
 *     came by, and the selector has the addresses of the SA.
 *   - Tunnel mode: an SA has no selector, so a policy of the socket would take any inner source from any SA. Only the
 *     policies of the IKE daemon bind an inner source to an SA. So plain datagrams are blocked in general, with the
 *     lowest priority, and each policy of the IKE daemon is an exception. The kernel does not apply general policies to
 *     the loopback interface. The caller must refuse what comes by it.
 *   - Both: what leaves in plain is blocked in the same way.
 *
 * The policies stay in the kernel when cgnd ends. They block nothing but cgnd's own ports. The next cgnd replaces them,
 * or removes them if a daemon does ESP in user space.
 *
 * Source:  RFC 4301 section 4.4.1.
 * Threads: the control thread, in the namespace of the host plane. All of it needs CAP_NET_ADMIN.
 */

#include <stdint.h>

#include <rte_byteorder.h>

/** Let a socket receive only what came by ESP in transport mode. @return 0 or -errno */
int cgn_host_xfrm_require_transport(int fd);

/**
 * Block datagrams to a local UDP port unless a policy of the IKE daemon allows them.
 *
 * @param udp_port  host order
 * @return 0 or -errno
 */
int cgn_host_xfrm_block_in(rte_be32_t local, uint16_t udp_port);

/** The same for datagrams from a local UDP port. */
int cgn_host_xfrm_block_out(rte_be32_t local, uint16_t udp_port);

/** Remove both. @return 0, also if there were none; -errno: -EPROTONOSUPPORT if the kernel has no policies at all */
int cgn_host_xfrm_unblock(rte_be32_t local, uint16_t udp_port);

#endif /* CGN_HOST_XFRM_H */
