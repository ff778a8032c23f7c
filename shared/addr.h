/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ADDR_H
#define CGN_ADDR_H

/**
 * @file
 * Types of addresses and ports whose names tell the byte order.
 *
 * rte_be32_t and rte_be16_t are in network order. Ordinary integers are in host order and are used for
 * arithmetic only (ranges, port numbers inside a block).
 */

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

/**
 * The side that a port of cgnd is connected to. Equal addresses on both sides are different addresses (RFC
 * 6598 section 4).
 */
enum cgn_side {
	CGN_SIDE_INSIDE,
	CGN_SIDE_OUTSIDE,
	CGN_SIDE_COUNT,
};

/** The protocols that cgnd translates. Each has its own external port numbers. */
enum cgn_proto {
	CGN_PROTO_UDP,
	CGN_PROTO_TCP,
	CGN_PROTO_ICMP, /* the number is the query identifier */
	CGN_PROTO_COUNT,
};

/** IPv6 address in network order. It can be compared as bytes. */
struct cgn_ip6 {
	uint8_t b[16];
};

/** Range of IPv4 addresses, both ends included, host order. */
struct cgn_range4 {
	uint32_t first;
	uint32_t last;
};

/** IPv4 or IPv6 address with a prefix length; host bits may be set (an interface address). */
struct cgn_prefix {
	union {
		rte_be32_t ip4;
		struct cgn_ip6 ip6;
	};
	uint8_t len;
	bool is_ip6;
};

/** IPv4 or IPv6 address. */
struct cgn_ip {
	union {
		rte_be32_t ip4;
		struct cgn_ip6 ip6;
	};
	bool is_ip6;
};

/** IPv4 address and transport port or ICMP identifier, both in network order. */
struct cgn_ep4 {
	rte_be32_t addr;
	rte_be16_t port;
	uint8_t proto; /* enum cgn_proto */
	uint8_t pad;   /* always 0: the struct is hashed as bytes */
};
static_assert(sizeof(struct cgn_ep4) == 8, "cgn_ep4 is a hash key: no padding allowed");

/** Whether an IPv6 address is the unspecified one. */
static inline bool
cgn_ip6_is_zero(const struct cgn_ip6 *a)
{
	static const struct cgn_ip6 zero;

	return memcmp(a, &zero, sizeof(zero)) == 0;
}

/** The prefix of an IPv6 address: all bits after the first @p len (0..128) are zero. */
static inline struct cgn_ip6
cgn_ip6_prefix(const struct cgn_ip6 *addr, unsigned int len)
{
	struct cgn_ip6 p = { 0 };

	memcpy(p.b, addr->b, len / 8);
	if (len % 8 != 0)
		p.b[len / 8] = addr->b[len / 8] & (uint8_t)(0xff00 >> len % 8);
	return p;
}

/** Netmask for an IPv4 prefix length of 0..32, in host order. */
static inline uint32_t
cgn_mask4(unsigned int len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

/** Whether an IPv4 prefix contains an address. False for IPv6 prefixes. */
static inline bool
cgn_prefix_has4(const struct cgn_prefix *p, rte_be32_t addr)
{
	return !p->is_ip6 &&
			((rte_be_to_cpu_32(addr) ^ rte_be_to_cpu_32(p->ip4)) & cgn_mask4(p->len)) ==
			0;
}

/** Whether two prefixes have an address in common: one of them contains the other. */
static inline bool
cgn_prefix_overlaps(const struct cgn_prefix *a, const struct cgn_prefix *b)
{
	unsigned int len = a->len < b->len ? a->len : b->len;
	struct cgn_ip6 first, second;

	if (a->is_ip6 != b->is_ip6)
		return false;
	if (!a->is_ip6)
		return ((rte_be_to_cpu_32(a->ip4) ^ rte_be_to_cpu_32(b->ip4)) & cgn_mask4(len)) ==
				0;
	first = cgn_ip6_prefix(&a->ip6, len);
	second = cgn_ip6_prefix(&b->ip6, len);
	return memcmp(&first, &second, sizeof(first)) == 0;
}

/** Whether a list of ranges that ascend and do not overlap contains an address (host order). */
static inline bool
cgn_range4_has(const struct cgn_range4 *sorted, size_t n, uint32_t addr)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (addr < sorted[mid].first)
			high = mid;
		else if (addr > sorted[mid].last)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

/**
 * The largest prefix that begins at an address and lies in a range. A walk over a range makes prefixes of all of it.
 *
 * @param[in,out] at  host order, from r->first on; moves behind the prefix. The walk is over if it is above r->last
 */
static inline struct cgn_prefix
cgn_range4_next_prefix(const struct cgn_range4 *r, uint64_t *at)
{
	uint32_t first = (uint32_t)*at;
	uint8_t len = 32;

	while (len > 0 && (first & ~cgn_mask4(len - 1u)) == 0 &&
			(first | ~cgn_mask4(len - 1u)) <= r->last)
		len--;
	*at += UINT64_C(1) << (32 - len);
	return (struct cgn_prefix){ .ip4 = rte_cpu_to_be_32(first), .len = len };
}

#endif /* CGN_ADDR_H */
