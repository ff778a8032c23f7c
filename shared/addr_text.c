/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Text <-> addresses, prefixes, ranges and endpoints.
 */
#include "shared/addr_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static_assert(sizeof(struct cgn_ip6) == sizeof(struct in6_addr), "inet_pton() writes 16 octets");

/* Copy the text before a separator. @return false: it is too long for an address */
static bool
head(const char *text, const char *end, char buf[static CGN_ADDR_TEXT_MAX])
{
	size_t len = (size_t)(end - text);

	if (len >= CGN_ADDR_TEXT_MAX)
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return true;
}

int
cgn_addr_text_parse_u32(const char *text, uint32_t *out)
{
	uint64_t v = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		/* Stops growing above the range, so that a long number cannot overflow v. */
		if (v <= UINT32_MAX)
			v = v * 10 + (uint64_t)(*p - '0');
	}
	if (v > UINT32_MAX)
		return -ERANGE;
	*out = (uint32_t)v;
	return 0;
}

/* Parse a number of at most 16 bits. */
static int
parse_u16(const char *text, uint32_t min, uint32_t max, uint16_t *out)
{
	uint32_t v;

	if (cgn_addr_text_parse_u32(text, &v) < 0 || v < min || v > max)
		return -EINVAL;
	*out = (uint16_t)v;
	return 0;
}

int
cgn_addr_text_parse_ip4(const char *text, rte_be32_t *out)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return -EINVAL;
	*out = a.s_addr;
	return 0;
}

int
cgn_addr_text_parse_ip6(const char *text, struct cgn_ip6 *out)
{
	struct cgn_ip6 a;

	if (inet_pton(AF_INET6, text, &a) != 1)
		return -EINVAL;
	*out = a;
	return 0;
}

int
cgn_addr_text_parse_ip(const char *text, struct cgn_ip *out)
{
	struct cgn_ip ip = { 0 };

	ip.is_ip6 = strchr(text, ':') != NULL;
	if (ip.is_ip6 ? cgn_addr_text_parse_ip6(text, &ip.ip6) < 0
		      : cgn_addr_text_parse_ip4(text, &ip.ip4) < 0)
		return -EINVAL;
	*out = ip;
	return 0;
}

int
cgn_addr_text_parse_prefix(const char *text, struct cgn_prefix *out)
{
	const char *slash = strchr(text, '/');
	struct cgn_prefix p = { 0 };
	char buf[CGN_ADDR_TEXT_MAX];
	struct cgn_ip ip;
	uint16_t len;

	if (!head(text, slash != NULL ? slash : text + strlen(text), buf) ||
			cgn_addr_text_parse_ip(buf, &ip) < 0)
		return -EINVAL;
	len = ip.is_ip6 ? 128 : 32;
	if (slash != NULL && parse_u16(slash + 1, 0, len, &len) < 0)
		return -EINVAL;
	p.is_ip6 = ip.is_ip6;
	p.len = (uint8_t)len;
	if (ip.is_ip6)
		p.ip6 = ip.ip6;
	else
		p.ip4 = ip.ip4;
	*out = p;
	return 0;
}

int
cgn_addr_text_parse_range4(const char *text, struct cgn_range4 *out)
{
	const char *dash = strchr(text, '-');
	struct cgn_prefix p;
	char buf[CGN_ADDR_TEXT_MAX];
	rte_be32_t first, last;

	if (dash == NULL) {
		if (cgn_addr_text_parse_prefix(text, &p) < 0 || p.is_ip6 ||
				cgn_addr_text_has_host_bits(&p))
			return -EINVAL;
		out->first = rte_be_to_cpu_32(p.ip4);
		out->last = out->first | ~cgn_mask4(p.len);
		return 0;
	}
	if (!head(text, dash, buf) || cgn_addr_text_parse_ip4(buf, &first) < 0 ||
			cgn_addr_text_parse_ip4(dash + 1, &last) < 0 ||
			rte_be_to_cpu_32(first) > rte_be_to_cpu_32(last))
		return -EINVAL;
	out->first = rte_be_to_cpu_32(first);
	out->last = rte_be_to_cpu_32(last);
	return 0;
}

int
cgn_addr_text_parse_ep4(const char *text, rte_be32_t *addr, uint16_t *port)
{
	const char *colon = strchr(text, ':');
	char buf[CGN_ADDR_TEXT_MAX];
	rte_be32_t a;
	uint16_t p;

	if (colon == NULL || !head(text, colon, buf) || cgn_addr_text_parse_ip4(buf, &a) < 0 ||
			parse_u16(colon + 1, 1, UINT16_MAX, &p) < 0)
		return -EINVAL;
	*addr = a;
	*port = p;
	return 0;
}

int
cgn_addr_text_parse_ep4_any(const char *text, rte_be32_t *addr, uint16_t *port)
{
	static const char *const protocols[] = { "/udp", "/tcp", "/icmp" };
	const char *slash = strchr(text, '/');
	char buf[CGN_ADDR_TEXT_MAX];

	if (slash == NULL)
		return cgn_addr_text_parse_ep4(text, addr, port);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcmp(slash, protocols[i]) == 0)
			return head(text, slash, buf) ? cgn_addr_text_parse_ep4(buf, addr, port)
						      : -EINVAL;
	}
	return -EINVAL;
}

int
cgn_addr_text_parse_ep(const char *text, struct cgn_ip *addr, uint16_t *port)
{
	const char *end = strchr(text, ']');
	char buf[CGN_ADDR_TEXT_MAX];
	struct cgn_ip a = { .is_ip6 = true };
	uint16_t p;

	if (text[0] != '[') {
		if (cgn_addr_text_parse_ep4(text, &a.ip4, &p) < 0)
			return -EINVAL;
		addr->is_ip6 = false;
		addr->ip4 = a.ip4;
		*port = p;
		return 0;
	}
	if (end == NULL || end[1] != ':' || !head(text + 1, end, buf) ||
			cgn_addr_text_parse_ip6(buf, &a.ip6) < 0 ||
			parse_u16(end + 2, 1, UINT16_MAX, &p) < 0)
		return -EINVAL;
	*addr = a;
	*port = p;
	return 0;
}

int
cgn_addr_text_parse_ports(const char *text, uint16_t *first, uint16_t *last)
{
	const char *dash = strchr(text, '-');
	char buf[CGN_ADDR_TEXT_MAX];
	uint16_t a, b;

	if (dash == NULL || !head(text, dash, buf) || parse_u16(buf, 1, UINT16_MAX, &a) < 0 ||
			parse_u16(dash + 1, a, UINT16_MAX, &b) < 0)
		return -EINVAL;
	*first = a;
	*last = b;
	return 0;
}

bool
cgn_addr_text_has_host_bits(const struct cgn_prefix *p)
{
	if (!p->is_ip6)
		return (rte_be_to_cpu_32(p->ip4) & ~cgn_mask4(p->len)) != 0;
	for (unsigned int bit = p->len; bit < 128; bit++) {
		if ((p->ip6.b[bit / 8] & (0x80 >> bit % 8)) != 0)
			return true;
	}
	return false;
}

const char *
cgn_addr_text_format_ip4(rte_be32_t addr, char buf[static CGN_ADDR_TEXT_MAX])
{
	const struct in_addr a = { .s_addr = addr };

	return inet_ntop(AF_INET, &a, buf, CGN_ADDR_TEXT_MAX);
}

const char *
cgn_addr_text_format_ip6(const struct cgn_ip6 *addr, char buf[static CGN_ADDR_TEXT_MAX])
{
	return inet_ntop(AF_INET6, addr, buf, CGN_ADDR_TEXT_MAX);
}

const char *
cgn_addr_text_format_ip(const struct cgn_ip *addr, char buf[static CGN_ADDR_TEXT_MAX])
{
	return addr->is_ip6 ? cgn_addr_text_format_ip6(&addr->ip6, buf)
			    : cgn_addr_text_format_ip4(addr->ip4, buf);
}

const char *
cgn_addr_text_format_prefix(const struct cgn_prefix *p, char buf[static CGN_ADDR_TEXT_MAX])
{
	size_t len;

	if (p->is_ip6)
		cgn_addr_text_format_ip6(&p->ip6, buf);
	else
		cgn_addr_text_format_ip4(p->ip4, buf);
	len = strlen(buf);
	snprintf(buf + len, CGN_ADDR_TEXT_MAX - len, "/%u", p->len);
	return buf;
}

const char *
cgn_addr_text_format_range4(const struct cgn_range4 *r, char buf[static CGN_ADDR_TEXT_MAX])
{
	uint64_t n = (uint64_t)r->last - r->first + 1;
	char last[CGN_ADDR_TEXT_MAX];
	size_t len;

	cgn_addr_text_format_ip4(rte_cpu_to_be_32(r->first), buf);
	len = strlen(buf);
	if (n == 1)
		return buf;
	if ((n & (n - 1)) == 0 && (r->first & (n - 1)) == 0) {
		snprintf(buf + len, CGN_ADDR_TEXT_MAX - len, "/%d", 32 - __builtin_ctzll(n));
		return buf;
	}
	cgn_addr_text_format_ip4(rte_cpu_to_be_32(r->last), last);
	snprintf(buf + len, CGN_ADDR_TEXT_MAX - len, "-%.15s", last);
	return buf;
}

const char *
cgn_addr_text_format_ep4(rte_be32_t addr, uint16_t port, char buf[static CGN_ADDR_TEXT_MAX])
{
	size_t len;

	cgn_addr_text_format_ip4(addr, buf);
	len = strlen(buf);
	snprintf(buf + len, CGN_ADDR_TEXT_MAX - len, ":%" PRIu16, port);
	return buf;
}

const char *
cgn_addr_text_format_ep(
		const struct cgn_ip *addr, uint16_t port, char buf[static CGN_ADDR_TEXT_MAX])
{
	char text[CGN_ADDR_TEXT_MAX];

	if (!addr->is_ip6)
		return cgn_addr_text_format_ep4(addr->ip4, port, buf);
	snprintf(buf, CGN_ADDR_TEXT_MAX, "[%.45s]:%" PRIu16,
			cgn_addr_text_format_ip6(&addr->ip6, text), port);
	return buf;
}
