/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_H
#define CGN_PORT_H

/**
 * @file
 * A configured port as an ethdev: probe, plan, configure, start, stop and close.
 *
 * Failures are logged here, with the port's name and its device.
 *
 * Threads: only the thread that starts and stops the daemon, but for cgn_port_follow().
 */

#include "dataplane/device/port_plan.h"
#include "dataplane/device/port_steer.h"
#include "shared/conf.h"

#include <rte_ether.h>

struct rte_mempool;

/** Octets of a device string with its NUL and everything that cgn_port_args() adds. */
#define CGN_PORT_ARGS_MAX (CGN_DEVICE_MAX + 64)

/** A port. Owned by the data plane. */
struct cgn_port {
	char name[CGN_NAME_MAX];
	char device[CGN_DEVICE_MAX];
	unsigned int if_index; /* kernel interface whose packets the port takes; 0: none */
	uint16_t id;           /* ethdev */
	uint16_t n_rxd;        /* descriptors per rx queue; each holds a packet buffer */
	uint16_t n_txd;
	bool is_open;
	bool is_probed; /* cgnd created the device and must remove it */
	bool is_started;
	struct rte_ether_addr mac;
	struct cgn_port_caps caps;
	struct cgn_port_need need;
	struct cgn_port_plan plan; /* final after start */
	struct cgn_port_rules rules;
};

/** What all ports of the daemon share when they start. */
struct cgn_port_env {
	struct cgn_port_owners owners;
	struct rte_mempool *mp;
	int socket;
};

/**
 * Find the name that EAL uses for the device of a device string.
 *
 * @param[out] name  at least CGN_DEVICE_MAX octets; a PCI address in its long form
 * @return whether the device string is a PCI address (with or without arguments)
 */
bool cgn_port_device_name(const char *device, char *name);

/**
 * Make a device string that has the user's arguments and those that the driver needs in addition. A packet
 * socket gets large ring frames. AF_XDP without hugepages gets copy mode: without hugepages a buffer may
 * cross pages that are not contiguous, and a NIC that accesses memory itself must not get such a buffer.
 *
 * @param mtu   octets of an IP packet
 * @param args  room of @p size octets for the result; CGN_PORT_ARGS_MAX is enough
 */
void cgn_port_args(const char *device, uint16_t mtu, bool has_hugepages, char *args, size_t size);

/**
 * Find the device, or create it if it is virtual, and make the plan.
 *
 * @return 0, -ENODEV: no such device, -ERANGE, -ENOTSUP: see cgn_port_plan_make()
 */
int cgn_port_open(struct cgn_port *p, const struct cgn_conf_port *conf,
		const struct cgn_port_need *need);

/**
 * Configure queues and offloads, start the device, and set up steering.
 *
 * A device that refuses its steering rules is started without them: see p->plan.
 *
 * @return 0 or -errno of ethdev
 */
int cgn_port_start(struct cgn_port *p, const struct cgn_port_env *env);

/**
 * The pool addresses have changed, or are about to: steer the new ones, too. The log says if the device refuses a part.
 *
 * @param owners  of all pool addresses
 */
void cgn_port_follow(struct cgn_port *p, const struct cgn_port_owners *owners);

/**
 * Change the MTU of a port that runs.
 *
 * @param[out] max  on -ENOSPC: the largest MTU that it can change to
 * @return 0; -ENOSPC: it is too small or too large for the device, or its packet buffers were made for smaller packets;
 *   -EBUSY: the device must be stopped for that; -errno of ethdev. But for -ENOSPC, the log says why.
 */
int cgn_port_set_mtu(struct cgn_port *p, uint16_t mtu, uint16_t *max);

/** Wait until every link is up, at most @p timeout_ms. */
void cgn_port_wait_links(const struct cgn_port *ports, unsigned int n, unsigned int timeout_ms);

/** Stop the device. Nothing happens if it is not started. */
void cgn_port_stop(struct cgn_port *p);

/** Close the device; a virtual one is removed. Nothing happens if it is not open. */
void cgn_port_close(struct cgn_port *p);

/** Packet buffers that the port's descriptors can hold. */
unsigned int cgn_port_mbufs(const struct cgn_port *p);

/** The part of cgn_port_mbufs() that tx descriptors hold. These buffers may come from another pool. */
unsigned int cgn_port_tx_mbufs(const struct cgn_port *p);

#endif /* CGN_PORT_H */
