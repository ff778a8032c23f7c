/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Describes a frame in one line. Headers that are not there in full end the description.
 */
#include "controlplane/cgnctl/ctlframe.h"

#include "shared/addr_text.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ETHERTYPE_IP4  0x0800
#define ETHERTYPE_IP6  0x86dd
#define ETHERTYPE_ARP  0x0806
#define ETHERTYPE_VLAN 0x8100

/* The octets that are left, and the line so far. */
struct line {
	const uint8_t *at;
	size_t n;
	char *buf;
	size_t used;
};

static void put(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
put(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->buf + l->used, CGN_CTLFRAME_MAX - l->used, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->used = l->used + (size_t)n < CGN_CTLFRAME_MAX ? l->used + (size_t)n
								 : CGN_CTLFRAME_MAX - 1;
}

static void
skip(struct line *l, size_t n)
{
	l->at += n;
	l->n -= n;
}

static unsigned int
be16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static const char *
ip4(const uint8_t *p, char buf[static CGN_ADDR_TEXT_MAX])
{
	rte_be32_t addr;

	memcpy(&addr, p, sizeof(addr));
	return cgn_addr_text_format_ip4(addr, buf);
}

static const char *
ip6(const uint8_t *p, char buf[static CGN_ADDR_TEXT_MAX])
{
	struct cgn_ip6 addr;

	memcpy(&addr, p, sizeof(addr));
	return cgn_addr_text_format_ip6(&addr, buf);
}

static void
put_tcp_flags(struct line *l, uint8_t flags)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };
	const char *between = " ";

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((flags >> i & 1) == 0)
			continue;
		put(l, "%s%s", between, names[i]);
		between = "+";
	}
}

static void put_ip4(struct line *l, bool is_quoted);

static bool
is_icmp_error(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static const char *
icmp_name(uint8_t type, uint8_t code)
{
	switch (type) {
	case 0:
		return "echo reply";
	case 8:
		return "echo request";
	case 11:
		return "time exceeded";
	case 3:
		return code == 4 ? "too big" : "unreachable";
	default:
		return "type";
	}
}

/* Protocol, addresses and ports. @param l4  behind the IP header; a later fragment has none */
static void
put_ends(struct line *l, uint8_t proto, const char *src, const char *dst, bool has_l4)
{
	const char *name = proto == IPPROTO_TCP ? "tcp" : proto == IPPROTO_UDP ? "udp" : NULL;

	if (name != NULL && has_l4 && l->n >= 4) {
		put(l, "%s %s:%u > %s:%u", name, src, be16(l->at), dst, be16(l->at + 2));
		if (proto == IPPROTO_TCP && l->n >= 14)
			put_tcp_flags(l, l->at[13]);
	} else if (proto == IPPROTO_ICMP && has_l4 && l->n >= 8) {
		put(l, "icmp %s > %s %s (%u/%u)", src, dst, icmp_name(l->at[0], l->at[1]), l->at[0],
				l->at[1]);
		if (!is_icmp_error(l->at[0]))
			put(l, " id %u", be16(l->at + 4));
	} else if (name != NULL) {
		put(l, "%s %s > %s", name, src, dst);
	} else if (proto == IPPROTO_ICMP) {
		put(l, "icmp %s > %s", src, dst);
	} else {
		put(l, "protocol %u %s > %s", proto, src, dst);
	}
}

static void
put_ip4(struct line *l, bool is_quoted)
{
	char src[CGN_ADDR_TEXT_MAX], dst[CGN_ADDR_TEXT_MAX];
	const uint8_t *h = l->at;
	size_t ihl = l->n < 20 ? 0 : (h[0] & 15u) * 4u;
	unsigned int frag;

	if (ihl < 20 || ihl > l->n) {
		put(l, "IPv4, header cut short");
		return;
	}
	frag = be16(h + 6);
	skip(l, ihl);
	put_ends(l, h[9], ip4(h + 12, src), ip4(h + 16, dst), (frag & 0x1fff) == 0);
	if ((frag & 0x3fff) != 0)
		put(l, ", fragment at %u%s", (frag & 0x1fff) * 8, (frag & 0x2000) != 0 ? "+" : "");
	if ((frag & 0x4000) != 0)
		put(l, ", DF");
	put(l, ", ttl %u, %u octets", h[8], be16(h + 2));
	if (!is_quoted && h[9] == IPPROTO_ICMP && (frag & 0x1fff) == 0 && l->n > 8 &&
			is_icmp_error(l->at[0])) {
		skip(l, 8);
		put(l, ", about ");
		put_ip4(l, true);
	}
}

static void
put_ip6(struct line *l)
{
	char src[CGN_ADDR_TEXT_MAX], dst[CGN_ADDR_TEXT_MAX];
	const uint8_t *h = l->at;

	if (l->n < 40) {
		put(l, "IPv6, header cut short");
		return;
	}
	(void)ip6(h + 8, src);
	(void)ip6(h + 24, dst);
	skip(l, 40);
	if (h[6] == IPPROTO_IPIP) {
		put(l, "softwire %s > %s: ", src, dst);
		put_ip4(l, false);
		return;
	}
	if (h[6] == IPPROTO_ICMPV6 && l->n >= 2)
		put(l, "icmpv6 %s > %s (%u/%u)", src, dst, l->at[0], l->at[1]);
	else
		put_ends(l, h[6], src, dst, true);
	put(l, ", hop limit %u, %u octets", h[7], be16(h + 4) + 40);
}

static void
put_arp(struct line *l)
{
	char asker[CGN_ADDR_TEXT_MAX], asked[CGN_ADDR_TEXT_MAX];

	if (l->n < 28)
		put(l, "arp, cut short");
	else
		put(l, "arp %s %s %s", ip4(l->at + 14, asker),
				be16(l->at + 6) == 1 ? "asks for" : "answers",
				ip4(l->at + 24, asked));
}

const char *
cgn_ctlframe_text(
		const uint8_t *frame, size_t caplen, size_t len, char buf[static CGN_CTLFRAME_MAX])
{
	struct line l = { .at = frame, .n = caplen, .buf = buf };
	unsigned int type = 0;

	buf[0] = '\0';
	if (caplen < 14) {
		put(&l, "frame of %zu octets", len);
		return buf;
	}
	type = be16(frame + 12);
	skip(&l, 14);
	if (type == ETHERTYPE_VLAN && l.n >= 4) {
		put(&l, "vlan %u ", be16(l.at) & 0xfffu);
		type = be16(l.at + 2);
		skip(&l, 4);
	}
	if (type == ETHERTYPE_IP4)
		put_ip4(&l, false);
	else if (type == ETHERTYPE_IP6)
		put_ip6(&l);
	else if (type == ETHERTYPE_ARP)
		put_arp(&l);
	else
		put(&l, "ethertype 0x%04x, %zu octets", type, len);
	return buf;
}
