/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ADDR_TEXT_H
#define CGN_ADDR_TEXT_H

/**
 * @file
 * Conversion between text and addresses, prefixes, ranges and endpoints.
 *
 * A parser accepts only a string that is valid as a whole: no white space, no leading zeros, nothing behind
 * the value. These functions are for configuration, telemetry and logs, never for packets.
 *
 * Units:  ports in host order.
 * Errors: 0 or -EINVAL; outputs untouched on failure.
 */

#include "shared/addr.h"

/** Octets that are enough for any text made here, with its NUL. */
#define CGN_ADDR_TEXT_MAX 64

/** Parse "192.0.2.1". */
int cgn_addr_text_parse_ip4(const char *text, rte_be32_t *out);

/** Parse "2001:db8::1". */
int cgn_addr_text_parse_ip6(const char *text, struct cgn_ip6 *out);

/** Parse an IPv4 or IPv6 address. */
int cgn_addr_text_parse_ip(const char *text, struct cgn_ip *out);

/**
 * Parse "10.0.0.0/8" or "2001:db8::/32". An address alone is a prefix of full length.
 *
 * Host bits are kept, because the address of an interface has host bits. See cgn_addr_text_has_host_bits().
 */
int cgn_addr_text_parse_prefix(const char *text, struct cgn_prefix *out);

/** Parse "192.0.2.1", "192.0.2.0/28" (no host bits) or "192.0.2.3-192.0.2.7". */
int cgn_addr_text_parse_range4(const char *text, struct cgn_range4 *out);

/** Parse "192.0.2.1:80"; the port is 1..65535. */
int cgn_addr_text_parse_ep4(const char *text, rte_be32_t *addr, uint16_t *port);

/** The same, also with "/udp", "/tcp" or "/icmp" behind it. Which one does not matter to the caller. */
int cgn_addr_text_parse_ep4_any(const char *text, rte_be32_t *addr, uint16_t *port);

/** Parse "192.0.2.1:80" or "[2001:db8::1]:80"; the port is 1..65535. */
int cgn_addr_text_parse_ep(const char *text, struct cgn_ip *addr, uint16_t *port);

/** Parse "1024-65535"; both ends are 1..65535 and in order. */
int cgn_addr_text_parse_ports(const char *text, uint16_t *first, uint16_t *last);

/**
 * Parse a decimal number.
 *
 * @return 0, -EINVAL: @p text is not a number, -ERANGE: it is above 2^32 - 1
 */
int cgn_addr_text_parse_u32(const char *text, uint32_t *out);

/** Whether a prefix has bits set behind its length. */
bool cgn_addr_text_has_host_bits(const struct cgn_prefix *p);

/** Write an IPv4 address. @return @p buf, so that the call can be used as an argument */
const char *cgn_addr_text_format_ip4(rte_be32_t addr, char buf[static CGN_ADDR_TEXT_MAX]);

/** Write an IPv6 address (RFC 5952). @return @p buf */
const char *
cgn_addr_text_format_ip6(const struct cgn_ip6 *addr, char buf[static CGN_ADDR_TEXT_MAX]);

/** Write an IPv4 or IPv6 address. @return @p buf */
const char *cgn_addr_text_format_ip(const struct cgn_ip *addr, char buf[static CGN_ADDR_TEXT_MAX]);

/** Write a prefix with its length. @return @p buf */
const char *
cgn_addr_text_format_prefix(const struct cgn_prefix *p, char buf[static CGN_ADDR_TEXT_MAX]);

/**
 * Write a range as one address, as one prefix, or as first-last; the first form that fits is used.
 *
 * @return @p buf
 */
const char *
cgn_addr_text_format_range4(const struct cgn_range4 *r, char buf[static CGN_ADDR_TEXT_MAX]);

/** Write "192.0.2.1:80". @return @p buf */
const char *
cgn_addr_text_format_ep4(rte_be32_t addr, uint16_t port, char buf[static CGN_ADDR_TEXT_MAX]);

/** Write "192.0.2.1:80" or "[2001:db8::1]:80". @return @p buf */
const char *cgn_addr_text_format_ep(
		const struct cgn_ip *addr, uint16_t port, char buf[static CGN_ADDR_TEXT_MAX]);

#endif /* CGN_ADDR_TEXT_H */
