/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_POOLS_H
#define CGN_HOST_POOLS_H

/**
 * @file
 * The interface that stands for the pools. It has a carrier while cgnd can translate: after the start, while all
 * workers live and each side has a port that is up, and until the stop begins. A routing daemon announces the pools
 * while the interface has a carrier, and needs no other interface to cgnd.
 *
 * No packet goes by it. What the kernel sends to it is dropped. If the interface is lost, or takes no carrier, the log
 * says so, and it stays without a carrier until cgnd is started again.
 *
 * Threads: the control thread.
 * Units:   milliseconds of the loop's clock.
 */

#include "controlplane/loop/loop.h"
#include "shared/conf.h"

struct cgn_host_pools;

/** Milliseconds between two looks, and without a turn of a worker until it counts as dead. */
#define CGN_HOST_POOLS_LOOK_MS 50
#define CGN_HOST_POOLS_DEAD_MS 500

/** Milliseconds that cgnd goes on after it has taken the carrier away: routers stop to send to it in this time. */
#define CGN_HOST_POOLS_DRAIN_MS 300

/** What it works with. The caller owns all of it. */
struct cgn_host_pools_cfg {
	const struct cgn_conf *conf; /* only cgn_host_pools_create() reads it */
	struct cgn_loop *loop;
	unsigned int n_workers;
	/** Open the interface: cgn_host_tun_open_pools(). */
	int (*open)(const struct cgn_conf *conf, int *socket);
	/** Set the carrier: cgn_host_tun_set_carrier(). */
	int (*set_carrier)(int fd, int socket, const char *name, bool is_on);
	/** Turns of a worker's loop so far. */
	uint64_t (*turns)(void *ctx, unsigned int worker);
	/** Whether the link of a port carries packets, or does not say. */
	bool (*is_up)(void *ctx, uint16_t port);
	void *ctx;
};

/** Open the interface, without a carrier. @return 0 or -errno; the log says what is missing */
int cgn_host_pools_create(struct cgn_host_pools **out, const struct cgn_host_pools_cfg *cfg);

/** Close it; the kernel takes the carrier away. NULL is allowed. */
void cgn_host_pools_destroy(struct cgn_host_pools *h);

/** The workers receive packets from now on. NULL is allowed. */
void cgn_host_pools_start(struct cgn_host_pools *h, uint64_t now_ms);

/**
 * cgnd is about to stop: take the carrier away for good. If there was one, run the loop for CGN_HOST_POOLS_DRAIN_MS,
 * so that the routing daemon can withdraw the pools while the workers still forward. NULL is allowed.
 */
void cgn_host_pools_stop(struct cgn_host_pools *h);

/** Whether the interface has a carrier. */
bool cgn_host_pools_is_on(const struct cgn_host_pools *h);

#endif /* CGN_HOST_POOLS_H */
