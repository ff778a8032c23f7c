/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOCAL_SERVICE_H
#define CGN_LOCAL_SERVICE_H

/**
 * @file
 * What a packet for a local address is about: a service of the host, and a class of punted packets.
 *
 * Units:   protocol numbers of IP; ports in network order.
 * Threads: any. No state.
 */

#include "shared/conf.h"

/** The part of a packet that tells its service. */
struct cgn_local_packet {
	uint8_t proto;    /* the next header behind the IP header; IPPROTO_NONE: a broken packet */
	uint8_t icmp;     /* ICMP: the type */
	rte_be16_t sport; /* UDP and TCP only, else 0 */
	rte_be16_t dport;
};

/** Read it from the first octets behind the IP header. @param l4  four octets, or NULL: there are fewer */
struct cgn_local_packet cgn_local_service_read(bool is_ip6, uint8_t proto, const uint8_t *l4);

/**
 * The service of the host that a packet belongs to.
 *
 * ICMP is CGN_HOST_ICMP but for the types that cgnd keeps: echo requests and neighbour discovery.
 *
 * @return CGN_HOST_SERVICE_COUNT: none
 */
enum cgn_host_service cgn_local_service_of(const struct cgn_local_packet *p);

/** Whether a packet has a type of neighbour discovery (RFC 4861). */
bool cgn_local_service_is_discovery(const struct cgn_local_packet *p);

/** Most ports that cgn_local_service_kept() returns. */
#define CGN_LOCAL_KEPT_MAX 4

/**
 * UDP ports of an IPv4 address that belong to services of the host. A pool may be the address of an outside
 * port. Then the NAT must not give these ports to subscribers.
 *
 * @param[out] ports  host order
 * @return how many; 0 if no outside port has the address, or there is no host plane
 */
unsigned int cgn_local_service_kept(
		const struct cgn_conf *conf, rte_be32_t addr, uint16_t ports[CGN_LOCAL_KEPT_MAX]);

/** The class that limits a packet. */
enum cgn_punt_class cgn_local_service_class(const struct cgn_local_packet *p);

#endif /* CGN_LOCAL_SERVICE_H */
