/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_WATCH_H
#define CGN_PORT_WATCH_H

/**
 * @file
 * Looks at the ports once a second: is the link up, is the interface's MTU large enough, and does the port receive what
 * arrives at it? Each change makes one log line. At the start, and after an interface has changed, it also looks for
 * kernel offloads that spoil packets (offloads.h), and logs the command that turns them off.
 *
 * The drivers for packet sockets and AF_XDP always say that their link is up. For their ports the kernel is asked about
 * the interface. For all other ports the device is asked.
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
	/** The kernel interface. If the port has none: an empty name, and the link of the device. */
	struct cgn_netif netif;
	struct cgn_receipt_look look;
};

/** What create() needs. The pointers must outlive the watch. */
struct cgn_port_watch_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	/**
	 * Read the link and the interface of a port; NULL: all three functions ask the device and the kernel.
	 * @param[in,out] n  what the last look has read; update it
	 */
	void (*read_link)(void *ctx, unsigned int port, struct cgn_netif *n);
	/** Read r->look of a port, after its link. @param[in,out] r  the reading of the last look; update it */
	void (*read_counters)(void *ctx, unsigned int port, struct cgn_port_reading *r);
	/** Find the offloads of a port: see cgn_offloads_find(). */
	unsigned int (*find)(void *ctx, unsigned int port, struct cgn_offload *out);
	void *ctx; /* of all */
};

/** Create it. @return 0 or -ENOMEM */
int cgn_port_watch_create(struct cgn_port_watch **out, const struct cgn_port_watch_cfg *cfg);

/** Release it. NULL is allowed. */
void cgn_port_watch_destroy(struct cgn_port_watch *w);

/** Take the first look now, and one more every second. */
void cgn_port_watch_start(struct cgn_port_watch *w, uint64_t now_ms);

/**
 * Look at the link of a port now, between two of those looks. Like them, it logs a change.
 *
 * Cost: 12 us for an interface of the kernel (six system calls). For a device, one call of its driver, which does not
 * wait.
 * @return the link; if it cannot be read now, its last state
 */
enum cgn_link cgn_port_watch_look_at_link(struct cgn_port_watch *w, unsigned int port);

/** A descriptor that is readable when an interface has changed. @return -1: no port has an interface */
int cgn_port_watch_fd(const struct cgn_port_watch *w);

/** The descriptor is readable. If an interface of a port has changed, cgn_port_watch_expire(). */
void cgn_port_watch_changed(struct cgn_port_watch *w);

/** Let the next look read the offloads again. */
void cgn_port_watch_expire(struct cgn_port_watch *w);

/** Use the port names of another configuration from now on. */
void cgn_port_watch_set_conf(struct cgn_port_watch *w, const struct cgn_conf *conf);

/** The reading of the last look. Zero before the start. */
const struct cgn_port_reading *
cgn_port_watch_reading(const struct cgn_port_watch *w, unsigned int port);

/** Whether packets arrive at the port, but none of them is received. */
bool cgn_port_watch_is_silent(const struct cgn_port_watch *w, unsigned int port);

#endif /* CGN_PORT_WATCH_H */
