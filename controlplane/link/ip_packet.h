/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_IP_PACKET_H
#define CGN_IP_PACKET_H

/**
 * @file
 * Reads the header of an IPv4 or IPv6 packet. Extension headers of IPv6 are not read.
 *
 * Source: RFC 791 section 3.1, RFC 8200 section 3.
 */

#include "shared/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An IP packet, checked up to the end of its IP header. It points into the octets that were read. */
struct cgn_ip_packet {
	const uint8_t *data;
	size_t len; /* octets, without what comes behind the packet */
	struct cgn_ip src;
	struct cgn_ip dst;
	uint8_t proto; /* IPv6: next header */
	uint8_t tos;   /* IPv6: traffic class */
	bool is_fragment;
	const uint8_t *l4;
	size_t l4_len;
};

/**
 * Read a packet.
 *
 * @param len  octets at @p data; more than the packet is allowed (padding)
 * @return false if there is no whole IP packet
 */
bool cgn_ip_packet_read(struct cgn_ip_packet *p, const void *data, size_t len);

#endif /* CGN_IP_PACKET_H */
