/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_PLANE_H
#define CGN_HOST_PLANE_H

/**
 * @file
 * The host plane: packets between cgnd's ports and the kernel's interfaces behind their addresses.
 *
 * To the host goes what ports[].host lists and cgnd does not take itself. From the host goes out what has a
 * local address as source, but no plain NAT-PMP. The data plane chooses the next hop and writes the link header.
 *
 * Threads: the control thread.
 */

#include "controlplane/link/frame.h"
#include "controlplane/loop/loop.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

struct cgn_host_plane;

/** What the host plane counts: CGN_HOST_COUNTERS, for each port. */
struct cgn_host_plane_stats {
	CGN_HOST_COUNTERS(CGN_STATS_FIELD)
};

/** What the host plane works with. The caller owns all of it. */
struct cgn_host_plane_cfg {
	const struct cgn_conf *conf;
	struct cgn_loop *loop;
	/** Open the interface of a port: cgn_host_tun_open(). @return a descriptor, or -errno */
	int (*open)(const struct cgn_conf *conf, uint16_t port);
	/** Whether cgnd itself listens on a UDP port, host order. */
	bool (*listens)(void *ctx, uint16_t udp_port);
	/** Send an IP packet of the host to a side, by its route. @return false: the queue is full */
	bool (*route)(void *ctx, enum cgn_side side, const void *packet, size_t len);
	void *ctx;
};

/** Open the interfaces of all ports. @return 0 or -errno; the log says what is missing */
int cgn_host_plane_create(struct cgn_host_plane **out, const struct cgn_host_plane_cfg *cfg);

/** Close them; the kernel takes their carrier away. NULL is allowed. */
void cgn_host_plane_destroy(struct cgn_host_plane *h);

/** Use another snapshot with the same ports and the same section `host`. */
void cgn_host_plane_set_conf(struct cgn_host_plane *h, const struct cgn_conf *conf);

/** Take a received frame. @return false: it is not for the host */
bool cgn_host_plane_input(struct cgn_host_plane *h, const struct cgn_frame *f);

/** The counters of a port. */
const struct cgn_host_plane_stats *
cgn_host_plane_stats(const struct cgn_host_plane *h, uint16_t port);

#endif /* CGN_HOST_PLANE_H */
