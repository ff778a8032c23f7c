/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_FRAME_H
#define CGN_FRAME_H

/**
 * @file
 * Ethernet frames that cgnd itself receives and sends: bytes to struct and back.
 *
 * Threads: any. No state.
 */

#include "shared/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_ip.h>

/** Octets of the longest Ethernet header, which has one VLAN tag. */
#define CGN_FRAME_HEAD_MAX 18
/** Octets of the IPv4 and UDP headers in front of a datagram's data. */
#define CGN_FRAME_UDP4_HEAD 28
/** Octets of the IPv6 and UDP headers in front of a datagram's data. */
#define CGN_FRAME_UDP6_HEAD 48

/** A received frame. */
struct cgn_frame {
	const uint8_t *l3; /* what follows the Ethernet header and the VLAN tag */
	size_t l3_len;     /* octets at l3, padding included */
	struct rte_ether_addr src;
	struct rte_ether_addr dst;
	uint16_t ethertype; /* host order; the type of l3 */
	uint16_t port;      /* index into conf->ports: the port that received it */
	bool is_wire;       /* it came out of a softwire: l3 is the inner packet */
	struct cgn_ip6 b4;  /* if is_wire: the other end of the softwire, a B4 or the AFTR */
};

/** Read the Ethernet header and one VLAN tag. @p f points into @p data. @return false: too short */
bool cgn_frame_parse(struct cgn_frame *f, uint16_t port, const uint8_t *data, size_t len);

/** If a frame is a packet of the softwire that ends at @p local, change @p f to the IPv4 packet inside. */
void cgn_frame_open(struct cgn_frame *f, const struct cgn_ip6 *local);

/**
 * Write an Ethernet header, with a VLAN tag if @p vlan is not 0.
 *
 * @param buf  CGN_FRAME_HEAD_MAX octets
 * @return its length: where layer 3 begins
 */
size_t cgn_frame_head(uint8_t *buf, const struct rte_ether_addr *dst,
		const struct rte_ether_addr *src, uint16_t vlan, uint16_t ethertype);

/**
 * Write a datagram that cgnd sends as an IPv4 packet with its checksums. It forbids fragmentation, so it needs no
 * identification (RFC 6864).
 *
 * @param buf   CGN_FRAME_UDP4_HEAD + @p len octets, at an even address
 * @param data  @p len octets
 * @return octets of the packet
 */
size_t cgn_frame_udp4(void *buf, const struct cgn_ep4 *src, const struct cgn_ep4 *dst, uint8_t ttl,
		const void *data, size_t len);

/**
 * Write a datagram that cgnd sends as an IPv6 packet with its checksum.
 *
 * @param buf       CGN_FRAME_UDP6_HEAD + @p len octets, at an even address
 * @param src_port  host order, as @p dst_port
 * @param data      @p len octets
 * @return octets of the packet
 */
size_t cgn_frame_udp6(void *buf, const struct cgn_ip6 *src, uint16_t src_port,
		const struct cgn_ip6 *dst, uint16_t dst_port, const void *data, size_t len);

/**
 * Whether the checksum of a UDP, TCP or ICMPv6 message is right.
 *
 * @param l4   @p len octets: the whole message behind the IP header
 * @param sum  of the pseudo-header, from rte_ipv4_phdr_cksum() or rte_ipv6_phdr_cksum(); 0 for ICMP
 */
bool cgn_frame_csum_ok(const void *l4, size_t len, uint16_t sum);

#endif /* CGN_FRAME_H */
