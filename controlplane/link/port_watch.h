/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_WATCH_H
#define CGN_PORT_WATCH_H

/**
 * @file
 * Looks at the ports once a second: is the link up, does the interface carry the port's packets, and does
 * the port receive what arrives at it. Each change makes one log line. At the start, and when an interface
 * has changed, it also looks for offloads of the kernel that spoil packets (offloads.h). It logs the command
 * that turns them off.
 *
 * The drivers of packet sockets and of AF_XDP say that their link is up whatever becomes of the interface
 * below. For these ports the kernel is asked about the interface; for all others the device knows.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/link/offloads.h"
#include "controlplane/link/receipt.h"
#include "controlplane/loop/timerq.h"
#include "shared/conf.h"
#include "shared/netif.h"
#include "shared/planes.h"

struct cgn_port_watch;

/** What one look reads of a port. */
struct cgn_port_reading {
	struct cgn_netif
			netif; /* of a port without a kernel interface only the link; the name is empty */
	struct cgn_receipt_look look;
};

struct cgn_port_watch_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	/**
	 * Read a port; NULL: from the device and the kernel.
	 * @param[in,out] r  the reading of the look before, to be brought up to date
	 */
	void (*read)(void *ctx, unsigned int port, struct cgn_port_reading *r);
	/** Find the offloads of a port: see cgn_offloads_find(). NULL: from the kernel. */
	unsigned int (*find)(void *ctx, unsigned int port, struct cgn_offload *out);
	void *ctx; /* of both */
};

/** Create it; the planes stay the caller's. @return 0 or -ENOMEM */
int cgn_port_watch_create(struct cgn_port_watch **out, const struct cgn_port_watch_cfg *cfg);

/** Release it. NULL is allowed. */
void cgn_port_watch_destroy(struct cgn_port_watch *w);

/** Take the first look, and one more each second from now on. */
void cgn_port_watch_start(struct cgn_port_watch *w, uint64_t now_ms);

/** A descriptor that is ready when an interface has changed. @return -1: no port has an interface */
int cgn_port_watch_fd(const struct cgn_port_watch *w);

/** The descriptor is ready: if it is about an interface of a port, see cgn_port_watch_expire(). */
void cgn_port_watch_changed(struct cgn_port_watch *w);

/** Let the next look read the offloads again. */
void cgn_port_watch_expire(struct cgn_port_watch *w);

/** Names of ports come from here from now on. */
void cgn_port_watch_set_conf(struct cgn_port_watch *w, const struct cgn_conf *conf);

/** What the last look has read. Zero before the start. */
const struct cgn_port_reading *
cgn_port_watch_reading(const struct cgn_port_watch *w, unsigned int port);

/** Whether the port receives nothing of what arrives at it. */
bool cgn_port_watch_is_silent(const struct cgn_port_watch *w, unsigned int port);

#endif /* CGN_PORT_WATCH_H */
