/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_IP_RESPONDER_H
#define CGN_IP_RESPONDER_H

/**
 * @file
 * Takes IP packets for cgnd itself. It answers ICMP echo, and gives a UDP datagram to the listener of its port. It
 * refuses other packets with ICMP port unreachable or TCP reset, up to a rate.
 *
 * An answer leaves through the port that received the packet, to the MAC address that has sent it.
 *
 * Source:  RFC 1122 sections 3.2.2 and 4.1.3.1, RFC 1812 section 4.3.2, RFC 9293 section 3.5.2,
 *          RFC 4443.
 * Units:   milliseconds of the loop's clock; UDP ports in host order.
 * Threads: the control thread. All I/O goes through struct cgn_ip_responder_ops.
 */

#include "controlplane/link/frame.h"
#include "controlplane/link/return_addr.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

struct cgn_ip_responder;

/** The functions that send answers. */
struct cgn_ip_responder_ops {
	/** Send a whole frame by a port. */
	void (*send)(void *ctx, uint16_t port, const void *frame, size_t len);
	/** Send an IPv4 packet into the softwire that ends at an address. */
	void (*wire)(void *ctx, const struct cgn_ip6 *b4, const void *packet, size_t len);
};

/** A UDP datagram for one of the local addresses. */
struct cgn_ip_responder_udp {
	const struct cgn_frame *frame;
	struct cgn_ip src;
	struct cgn_ip dst;
	uint16_t src_port;
	uint16_t dst_port;
	const uint8_t *data;
	size_t len;
};

/**
 * A listener on a UDP port. The datagram is valid during this call only.
 *
 * @return false: refuse the datagram as if nobody listened on the port
 */
typedef bool (*cgn_ip_responder_udp_fn)(
		void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms);

/** An ICMP error that tells that a destination refuses a datagram of cgnd (types 3/2 and 3/3). */
struct cgn_ip_responder_refusal {
	rte_be32_t from; /* sender of the ICMP error */
	rte_be32_t src;  /* this and the fields below: of the datagram that was sent */
	rte_be32_t dst;
	uint16_t src_port;
	uint16_t dst_port;
};

typedef void (*cgn_ip_responder_refused_fn)(
		void *arg, const struct cgn_ip_responder_refusal *r, uint64_t now_ms);

/** What the responder counts. */
struct cgn_ip_responder_stats {
	CGN_IP_RESPONDER_COUNTERS(CGN_STATS_FIELD)
};

/**
 * Create it.
 *
 * @param macs  one per conf port; copied
 * @param seed  random; it decides which sources share a part of the rate, so that nobody can foresee it
 * @return 0 or -ENOMEM
 */
int cgn_ip_responder_create(struct cgn_ip_responder **out, const struct cgn_conf *conf,
		const struct rte_ether_addr *macs, uint32_t seed,
		const struct cgn_ip_responder_ops *ops, void *ctx);

/** Release it. NULL is allowed. */
void cgn_ip_responder_destroy(struct cgn_ip_responder *l);

/** Use another configuration with the same ports. */
void cgn_ip_responder_set_conf(struct cgn_ip_responder *l, const struct cgn_conf *conf);

/** Listen on a UDP port of all local addresses. @return 0, -EADDRINUSE or -ENOSPC (more than 8) */
int cgn_ip_responder_listen(struct cgn_ip_responder *l, uint16_t udp_port,
		cgn_ip_responder_udp_fn fn, void *arg);

/** Do not listen on a UDP port any more. Nothing happens if nobody does. */
void cgn_ip_responder_unlisten(struct cgn_ip_responder *l, uint16_t udp_port);

/** Whether somebody listens on a UDP port. */
bool cgn_ip_responder_listens(const struct cgn_ip_responder *l, uint16_t udp_port);

/**
 * Let the listener of a UDP port also get datagrams that are sent to all hosts of an outside link (224.0.0.1). They are
 * never refused. Call @p refused for ICMP errors about datagrams that were sent from this port.
 */
void cgn_ip_responder_listen_more(
		struct cgn_ip_responder *l, uint16_t udp_port, cgn_ip_responder_refused_fn refused);

/** Send a datagram to all hosts of a port's link (224.0.0.1), from the port's first IPv4 address. */
void cgn_ip_responder_multicast(struct cgn_ip_responder *l, uint16_t port, uint16_t src_port,
		uint16_t dst_port, const void *data, size_t len);

/** The address to which the answer to a datagram goes. */
struct cgn_return_addr cgn_ip_responder_return_addr(const struct cgn_ip_responder_udp *d);

/** Send a UDP datagram to where another one came from. At most 65507 octets. */
void cgn_ip_responder_send(struct cgn_ip_responder *l, const struct cgn_return_addr *to,
		const void *data, size_t len);

/** Take a received frame that carries IPv4 or IPv6. */
void cgn_ip_responder_input(struct cgn_ip_responder *l, const struct cgn_frame *f, uint64_t now_ms);

/** The counters. */
const struct cgn_ip_responder_stats *cgn_ip_responder_stats(const struct cgn_ip_responder *l);

#endif /* CGN_IP_RESPONDER_H */
