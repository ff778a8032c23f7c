/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_H
#define CGN_HOST_H

/**
 * @file
 * All parts of the host plane, as the control thread uses them: the interfaces of the ports, the interface of the
 * pools, the sockets for NAT-PMP through IPsec, and the list of IPsec peers. A part that the configuration does not
 * need does not exist.
 *
 * Threads: the control thread.
 */

#include "controlplane/host/host_ipsec.h"
#include "controlplane/host/host_peers.h"
#include "controlplane/host/host_plane.h"
#include "shared/planes.h"

struct cgn_host;

/** What the host plane works with. The caller owns all of it. */
struct cgn_host_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_loop *loop;
	uint32_t seed; /* random */
	/** Whether cgnd itself listens on a UDP port, host order. */
	bool (*listens)(void *ctx, uint16_t udp_port);
	/** Send an IP packet of the host to a side, by its route. @return false: the queue is full */
	bool (*route)(void *ctx, enum cgn_side side, const void *packet, size_t len);
	/** Take a datagram that came through IPsec. */
	void (*protected_input)(void *ctx, const struct cgn_return_addr *from, const void *data,
			size_t len, uint64_t now_ms);
	/** Whether the link of a port carries packets, or does not say. */
	bool (*is_up)(void *ctx, uint16_t port);
	void *ctx;
};

/** Create the parts that the configuration needs. @return 0 or -errno; the log says what is missing */
int cgn_host_create(struct cgn_host **out, const struct cgn_host_cfg *cfg);

/** Release them. The kernel takes the carriers away. NULL is allowed. */
void cgn_host_destroy(struct cgn_host *h);

/** The workers receive packets from now on. */
void cgn_host_start(struct cgn_host *h, uint64_t now_ms);

/** cgnd is about to stop: the pools' interface loses its carrier. */
void cgn_host_stop(struct cgn_host *h);

/**
 * Open the sockets for IPsec that a reload needs. Those that are open stay, because nothing is lost by them.
 *
 * @param[out] key  the key of the configuration that needs a socket which cannot be opened
 * @return 0; -errno: nothing was opened, and the log says what is missing
 */
int cgn_host_open(struct cgn_host *h, const struct cgn_conf *conf, const char **key);

/** Close the sockets that cgn_host_open() has opened since the last cgn_host_set_conf(). */
void cgn_host_close(struct cgn_host *h);

/**
 * Change the interfaces of the host plane before a reload.
 *
 * @return 0; -errno: nothing has changed, and the log says what stands in the way
 */
int cgn_host_prepare(struct cgn_host *h, const struct cgn_conf *conf);

/** After cgn_host_prepare() for the same @p conf: the interfaces go back to the configuration in use. */
void cgn_host_abandon(struct cgn_host *h, const struct cgn_conf *conf);

/** Use another configuration with the same ports and the same section `host`. */
void cgn_host_set_conf(struct cgn_host *h, const struct cgn_conf *conf);

/** Take a received frame. @return false: it is not for the host */
bool cgn_host_input(struct cgn_host *h, const struct cgn_frame *f);

/** Send a datagram through IPsec, from a port of cgnd. Nothing is sent without the socket of that port. */
void cgn_host_send_protected(
		struct cgn_host *h, const struct cgn_return_addr *to, const void *data, size_t len);

/** The interfaces of the ports. NULL: there are none */
const struct cgn_host_plane *cgn_host_ports(const struct cgn_host *h);
/** The counters of NAT-PMP through IPsec, of all sockets together. */
struct cgn_host_ipsec_stats cgn_host_protected_stats(const struct cgn_host *h);
/** The list of IPsec peers. */
struct cgn_host_peers *cgn_host_peers(const struct cgn_host *h);

#endif /* CGN_HOST_H */
