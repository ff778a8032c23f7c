/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_HOSTPLANEFIX_H
#define CGN_TEST_HOSTPLANEFIX_H

/**
 * @file
 * The fixture with a host plane: packets for local addresses.
 */

#include "tests/support/wirefix.h"

#include <stdio.h>
#include <string.h>

#define LOCAL      "192.0.2.2" /* of outside0 */
#define LOCAL6     "2001:db8::2"
#define LOCAL_IN   "100.64.0.1"
#define BGP        179
#define BFD        3784
#define IKE        500
#define ESP        50

#define QUEUE_SIZE 1024
#define RATE       1000       /* of each class, per second */
#define BURST      256        /* packets of a class at once: a quarter of the queue */
#define SHARE      (RATE / 8) /* of one sender: routing, IPsec */

/* A host plane whose outside port gives everything, and has an IPv6 address. */
static inline struct fx *
host_fx(void)
{
	static const enum cgn_host_service all[] = { CGN_HOST_IKE, CGN_HOST_ESP, CGN_HOST_TCP,
		CGN_HOST_BFD, CGN_HOST_ICMP };
	struct fx *fx = fx_new();
	struct cgn_conf_port *port = &fx->ports[FX_OUTSIDE];

	fx->single_worker = true;
	fx->conf.host.is_on = true;
	for (unsigned int k = 0; k < CGN_PUNT_CLASS_COUNT; k++)
		fx->conf.host.punts_per_s[k] = RATE;
	memcpy(port->host, all, sizeof(all));
	port->n_host = RTE_DIM(all);
	port->addresses[port->n_addresses++] = (struct cgn_prefix){
		.ip6 = wx_addr(LOCAL6), .len = 64, .is_ip6 = true
	};
	return fx;
}

/* IPv6 to the address of outside0, with ports or their place. */
static inline struct rte_mbuf *
ip6(struct fx *fx, uint8_t next, uint16_t dport)
{
	struct rte_mbuf *m = pg_ip6(fx->mp, next, 20);
	uint8_t *l4 = rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40);

	l4[2] = (uint8_t)(dport >> 8);
	l4[3] = (uint8_t)dport;
	return m;
}

static inline bool
is_punted(struct fx *fx, unsigned int port, struct rte_mbuf *m)
{
	fx_rx(fx, port, m);
	return fx->n_punted == 1;
}

/* Packets of many strangers to a port. @return how many were punted */
static inline unsigned int
flood(struct fx *fx, uint16_t dport, bool is_tcp, unsigned int n)
{
	unsigned int taken = 0;
	char src[16];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(src, sizeof(src), "203.%u.%u.9", i / 250 % 250, i % 250);
		if (is_tcp)
			fx_tcp_in(fx, src, 4000, LOCAL, dport, 2);
		else
			fx_udp_in(fx, src, 4000, LOCAL, dport);
		taken += fx->n_punted;
	}
	return taken;
}

#endif /* CGN_TEST_HOSTPLANEFIX_H */
