/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_IPSEC_H
#define CGN_HOST_IPSEC_H

/**
 * @file
 * A socket for NAT-PMP through IPsec, in the namespace of the host plane. The server has one for its subscribers
 * (UDP port 5351). A relay has one for the NAT in front (UDP port 5350).
 *
 * The kernel decrypts ESP, and the socket gets the datagram that was inside. The socket takes nothing else:
 *
 *   - The kernel does ESP: its policies (host_xfrm.h) drop what no SA has protected.
 *   - A daemon does ESP in user space: only datagrams that arrive by host.ipsec_interface are taken.
 *
 * Plain datagrams to these ports never reach the socket, because the host plane gives the kernel none (host_plane.h).
 *
 * Source:  RFC 4301 section 5.2.
 * Threads: the control thread.
 */

#include "controlplane/link/return_addr.h"
#include "controlplane/loop/loop.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

struct cgn_host_ipsec;

/** What the socket counts. */
struct cgn_host_ipsec_stats {
	CGN_HOST_IPSEC_COUNTERS(CGN_STATS_FIELD)
};

/** What the socket works with. The caller owns all of it. */
struct cgn_host_ipsec_cfg {
	const struct cgn_conf *conf;
	struct cgn_loop *loop;
	uint16_t udp_port;  /* host order */
	enum cgn_side side; /* local addresses of this side only */
	/** Take a datagram. Its link is the port that has the local address. */
	void (*input)(void *ctx, const struct cgn_return_addr *from, const void *data, size_t len,
			uint64_t now_ms);
	void *ctx;
};

/** Whether a configuration needs the socket of the server: some group requires IPsec. */
bool cgn_host_ipsec_is_needed(const struct cgn_conf *conf);

/** Open the socket. @return 0 or -errno; the log says what is missing */
int cgn_host_ipsec_create(struct cgn_host_ipsec **out, const struct cgn_host_ipsec_cfg *cfg);

/** Close it. NULL is allowed. */
void cgn_host_ipsec_destroy(struct cgn_host_ipsec *h);

/** Use another configuration with the same ports and the same section `host`. */
void cgn_host_ipsec_set_conf(struct cgn_host_ipsec *h, const struct cgn_conf *conf);

/**
 * Send a datagram from the port of the socket and a local address. The policies of the IKE daemon protect it. If there
 * is no SA, a kernel that does ESP refuses it (counter `out_lost`). From a kernel that does not, it comes out in plain,
 * and the host plane drops it (host_plane.h, counter `plain`).
 */
void cgn_host_ipsec_send(struct cgn_host_ipsec *h, const struct cgn_return_addr *to,
		const void *data, size_t len);

/** The counters. */
const struct cgn_host_ipsec_stats *cgn_host_ipsec_stats(const struct cgn_host_ipsec *h);

#endif /* CGN_HOST_IPSEC_H */
