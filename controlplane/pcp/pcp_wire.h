/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_WIRE_H
#define CGN_PCP_WIRE_H

/**
 * @file
 * The fields of PCP messages: numbers in network order, and addresses of 128 bits.
 *
 * Source:  RFC 6887 sections 5 and 7.
 * Units:   the structs have numbers in host order, and addresses in network order.
 * Threads: any. Pure.
 */

#include "shared/addr.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CGN_PCP_WIRE_IP_LEN 16 /* octets of an address */

/** Read 2 octets. */
static inline uint16_t
cgn_pcp_wire_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/** Read 4 octets. */
static inline uint32_t
cgn_pcp_wire_get32(const uint8_t *p)
{
	return (uint32_t)cgn_pcp_wire_get16(p) << 16 | cgn_pcp_wire_get16(p + 2);
}

/** Write 2 octets. */
static inline void
cgn_pcp_wire_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/** Write 4 octets. */
static inline void
cgn_pcp_wire_put32(uint8_t *p, uint32_t v)
{
	cgn_pcp_wire_put16(p, (uint16_t)(v >> 16));
	cgn_pcp_wire_put16(p + 2, (uint16_t)v);
}

/**
 * Read an address of 16 octets. ::ffff:a.b.c.d becomes an IPv4 address, everything else is an IPv6 address. All 96
 * leading bits count (RFC 6887 section 5).
 */
static inline struct cgn_ip
cgn_pcp_wire_get_ip(const uint8_t *p)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct cgn_ip ip = { .ip6.b = { 0 }, .is_ip6 = memcmp(p, mapped, sizeof(mapped)) != 0 };

	if (ip.is_ip6)
		memcpy(ip.ip6.b, p, CGN_PCP_WIRE_IP_LEN);
	else
		memcpy(&ip.ip4, p + sizeof(mapped), sizeof(ip.ip4));
	return ip;
}

/** Write an address as 16 octets. An IPv4 address becomes ::ffff:a.b.c.d, also 0.0.0.0 (RFC 6887 section 5). */
static inline void
cgn_pcp_wire_put_ip(uint8_t *p, const struct cgn_ip *ip)
{
	if (ip->is_ip6) {
		memcpy(p, ip->ip6.b, CGN_PCP_WIRE_IP_LEN);
		return;
	}
	memset(p, 0, 10);
	memset(p + 10, 0xff, 2);
	memcpy(p + 12, &ip->ip4, sizeof(ip->ip4));
}

/** Whether a suggested address is :: or 0.0.0.0, which leave the choice to the server (RFC 6887 section 11.1). */
static inline bool
cgn_pcp_wire_is_any(const struct cgn_ip *ip)
{
	return ip->is_ip6 ? cgn_ip6_is_zero(&ip->ip6) : ip->ip4 == 0;
}

/** Whether two addresses are the same in a message. */
static inline bool
cgn_pcp_wire_same_ip(const struct cgn_ip *a, const struct cgn_ip *b)
{
	uint8_t x[CGN_PCP_WIRE_IP_LEN], y[CGN_PCP_WIRE_IP_LEN];

	cgn_pcp_wire_put_ip(x, a);
	cgn_pcp_wire_put_ip(y, b);
	return memcmp(x, y, sizeof(x)) == 0;
}

#endif /* CGN_PCP_WIRE_H */
