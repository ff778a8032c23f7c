/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/fixture_priv.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static uint16_t
get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static uint32_t
get32(const uint8_t *b)
{
	return (uint32_t)get16(b) << 16 | get16(b + 2);
}

static void
parse_quote(struct fx_pkt *p, const uint8_t *q, size_t len)
{
	const uint8_t *l4 = q + (q[0] & 0xfu) * 4u;

	if (len < 28 || l4 + 8 > q + len)
		return;
	inet_ntop(AF_INET, q + 12, p->quote.src, sizeof(p->quote.src));
	inet_ntop(AF_INET, q + 16, p->quote.dst, sizeof(p->quote.dst));
	p->quote.sport = q[9] == IPPROTO_ICMP ? get16(l4 + 4) : get16(l4);
	p->quote.dport = q[9] == IPPROTO_ICMP ? get16(l4 + 4) : get16(l4 + 2);
}

static void
parse_icmp(struct fx_pkt *p, const uint8_t *l4, size_t len)
{
	p->icmp_type = l4[0];
	p->icmp_code = l4[1];
	p->csum = get16(l4 + 2);
	p->icmp_rest = get32(l4 + 4);
	p->payload = l4 + 8;
	p->payload_len = len - 8;
	if (p->icmp_type == 3 || p->icmp_type == 11 || p->icmp_type == 12)
		parse_quote(p, p->payload, p->payload_len);
	else
		p->sport = p->dport = get16(l4 + 4);
}

static void
parse_l4(struct fx_pkt *p, const uint8_t *l4, size_t len)
{
	size_t hdr = p->proto == IPPROTO_TCP && len >= 20 ? (l4[12] >> 4) * 4u : 8;

	p->payload = l4;
	p->payload_len = len;
	if (p->off != 0 || len < hdr)
		return;
	if (p->proto == IPPROTO_ICMP) {
		parse_icmp(p, l4, len);
		return;
	}
	p->sport = get16(l4);
	p->dport = get16(l4 + 2);
	p->csum = p->proto == IPPROTO_TCP ? get16(l4 + 16) : get16(l4 + 6);
	if (p->proto == IPPROTO_TCP)
		p->tcp_flags = l4[13];
	p->payload = l4 + hdr;
	p->payload_len = len - hdr;
}

/* Where the inner packet of a whole softwire packet begins, 0: there is none. */
static size_t
parse_outer(struct fx_outer *o, const uint8_t *ip, size_t len)
{
	size_t hdr = 40;

	if (len < hdr)
		return 0;
	o->is = true;
	o->tc = (uint8_t)(get16(ip) >> 4);
	o->len = (uint16_t)(get16(ip + 4) + hdr);
	o->next = ip[6];
	o->hop_limit = ip[7];
	inet_ntop(AF_INET6, ip + 8, o->src, sizeof(o->src));
	inet_ntop(AF_INET6, ip + 24, o->dst, sizeof(o->dst));
	if (o->next == 44 && len >= hdr + 8) {
		o->next = ip[hdr];
		o->off = get16(ip + hdr + 2) & 0xfff8;
		o->more = (ip[hdr + 3] & 1) != 0;
		o->id = get32(ip + hdr + 4);
		hdr += 8;
	}
	o->payload = ip + hdr;
	o->payload_len = len - hdr;
	return o->next == 4 && o->off == 0 && !o->more ? hdr : 0;
}

void
fx_parse(struct fx_pkt *p, unsigned int port, const struct rte_mbuf *m)
{
	const uint8_t *ip;
	size_t hdr, l2 = PG_ETH;

	*p = (struct fx_pkt){ .left = true, .port = port, .n_bytes = m->pkt_len };
	p->bytes = malloc(p->n_bytes + 1);
	if (p->bytes == NULL)
		abort();
	pg_read(m, p->bytes, p->n_bytes);
	if (p->n_bytes >= l2 && get16(p->bytes + 12) == RTE_ETHER_TYPE_VLAN)
		l2 += 4;
	if (p->n_bytes > l2 && get16(p->bytes + l2 - 2) == RTE_ETHER_TYPE_IPV6) {
		hdr = parse_outer(&p->outer, p->bytes + l2, p->n_bytes - l2);
		l2 += hdr;
		if (hdr == 0 || p->n_bytes < l2 + PG_IP)
			return;
	} else if (p->n_bytes < l2 + PG_IP || get16(p->bytes + l2 - 2) != RTE_ETHER_TYPE_IPV4) {
		return;
	}
	ip = p->ip = p->bytes + l2;
	hdr = (ip[0] & 0xfu) * 4u;
	p->len = get16(ip + 2);
	p->tos = ip[1];
	p->id = get16(ip + 4);
	p->df = (ip[6] & 0x40) != 0;
	p->more = (ip[6] & 0x20) != 0;
	p->off = (uint16_t)((get16(ip + 6) & 0x1fff) * 8);
	p->ttl = ip[8];
	p->proto = ip[9];
	inet_ntop(AF_INET, ip + 12, p->src, sizeof(p->src));
	inet_ntop(AF_INET, ip + 16, p->dst, sizeof(p->dst));
	if (p->len >= hdr && p->len <= p->n_bytes - l2)
		parse_l4(p, ip + hdr, p->len - hdr);
}

/* The octets of the pattern as pktgen.c makes them. */
static bool
is_pattern(const uint8_t *b, size_t len, size_t first)
{
	for (size_t i = 0; i < len; i++) {
		size_t k = first + i;

		if (b[i] != (uint8_t)(k * 7 + (k >> 8) + 13))
			return false;
	}
	return true;
}

bool
fx_has_pattern(const struct fx *fx, size_t len, size_t first)
{
	size_t seen = 0, at_first = 0;

	for (unsigned int i = 0; i < fx->n_out; i++) {
		const struct fx_pkt *p = &fx->out[i];
		size_t at = 0;

		if (p->off == 0 && p->payload != NULL)
			at_first = (size_t)(p->payload - p->ip) - (p->ip[0] & 0xfu) * 4u;
		if (p->off != 0)
			at = p->off - at_first;
		if (p->payload == NULL || !is_pattern(p->payload, p->payload_len, first + at))
			return false;
		seen += p->payload_len;
	}
	return seen == len;
}
