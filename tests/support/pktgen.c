/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/pktgen.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_arp.h>

#define TTL_DEFAULT 64
#define ID_DEFAULT  0x1234

const struct rte_ether_addr pg_mac_us = { { 2, 0, 0, 0, 0, 0x01 } };
const struct rte_ether_addr pg_mac_peer = { { 2, 0, 0, 0, 0, 0xaa } };

static void
die(const char *why)
{
	fprintf(stderr, "pktgen: %s\n", why);
	abort();
}

rte_be32_t
pg_addr(const char *text)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		die(text);
	return a.s_addr;
}

const char *
pg_stranger(unsigned int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "9.%u.%u.5", (1 + i / 250) & 255, i % 250);
	return text;
}

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) + 13);
}

static void
fill_pattern(uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = pattern(i);
}

/* The plain way, apart from the code under test. */
static uint16_t
sum(const uint8_t *b, size_t len, uint32_t s)
{
	for (size_t i = 0; i < len; i++)
		s += i % 2 == 0 ? (uint32_t)b[i] << 8 : b[i];
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

static uint16_t
get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static void
put16(uint8_t *b, unsigned int v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static size_t
ip_hdr_len(const uint8_t *ip)
{
	return (ip[0] & 0xfu) * 4u;
}

static bool
is_fragment(const uint8_t *ip)
{
	return (get16(ip + 6) & 0x3fff) != 0;
}

/* Sum of a transport message with its pseudo-header; a right one is ffff. */
static uint16_t
l4_sum(const uint8_t *ip, const uint8_t *l4, size_t len)
{
	uint32_t pseudo = 0;

	if (ip[9] != IPPROTO_ICMP)
		pseudo = (uint32_t)sum(ip + 12, 8, 0) + ip[9] + (uint32_t)len;
	return sum(l4, len, pseudo);
}

/* Octets that the transport checksum covers: those of UDP's own length field. */
static size_t
l4_len(const uint8_t *ip, const uint8_t *l4, size_t payload)
{
	size_t len = payload;

	if (ip[9] == IPPROTO_UDP && payload >= 8)
		len = get16(l4 + 4);
	return len > payload ? payload : len;
}

/* Place of the transport checksum; 0: none, or not there. */
static size_t
l4_csum_at(const uint8_t *ip, size_t payload)
{
	if (ip[9] == IPPROTO_UDP && payload >= 8)
		return 6;
	if (ip[9] == IPPROTO_TCP && payload >= 20)
		return 16;
	if (ip[9] == IPPROTO_ICMP && payload >= 8)
		return 2;
	return 0;
}

static void
fix_ip4(uint8_t *ip, bool keep_udp_zero)
{
	size_t hdr = ip_hdr_len(ip), payload = get16(ip + 2) - hdr;
	uint8_t *l4 = ip + hdr;
	size_t at = l4_csum_at(ip, payload);
	uint16_t c;

	put16(ip + 10, 0);
	put16(ip + 10, (uint16_t)~sum(ip, hdr, 0));
	if (at == 0 || is_fragment(ip))
		return;
	if (ip[9] == IPPROTO_UDP && keep_udp_zero && get16(l4 + at) == 0)
		return;
	put16(l4 + at, 0);
	c = (uint16_t)~l4_sum(ip, l4, l4_len(ip, l4, payload));
	put16(l4 + at, c == 0 && ip[9] == IPPROTO_UDP ? 0xffff : c);
}

struct rte_mbuf *
pg_bytes(struct rte_mempool *mp, const void *bytes, size_t len)
{
	struct rte_mbuf *head = NULL, *m;
	const uint8_t *from = bytes;

	do {
		m = rte_pktmbuf_alloc(mp);
		if (m == NULL)
			die("no mbuf");
		m->data_len = (uint16_t)RTE_MIN(len, (size_t)rte_pktmbuf_tailroom(m));
		m->pkt_len = m->data_len;
		memcpy(rte_pktmbuf_mtod(m, void *), from, m->data_len);
		from += m->data_len;
		len -= m->data_len;
		if (head == NULL)
			head = m;
		else if (rte_pktmbuf_chain(head, m) != 0)
			die("too many segments");
	} while (len > 0);
	return head;
}

static uint8_t *
put_eth(uint8_t *b, uint16_t type)
{
	memcpy(b, &pg_mac_us, 6);
	memcpy(b + 6, &pg_mac_peer, 6);
	put16(b + 12, type);
	return b + PG_ETH;
}

struct rte_mbuf *
pg_ip4(struct rte_mempool *mp, const struct pg_ip4 *h, const void *l4, size_t len)
{
	static uint8_t buf[PG_LEN_MAX];
	uint8_t *ip = put_eth(buf, RTE_ETHER_TYPE_IPV4);
	size_t hdr = PG_IP + h->opt_len;
	rte_be32_t a;

	if (hdr + len > 65535 || hdr > 60)
		die("too long");
	memset(ip, 0, hdr);
	ip[0] = (uint8_t)(0x40 | hdr / 4);
	ip[1] = h->tos;
	put16(ip + 2, (unsigned int)(hdr + len));
	put16(ip + 4, h->id == 0 ? ID_DEFAULT : h->id);
	put16(ip + 6, h->df ? 0x4000 : 0);
	ip[8] = h->ttl == 0 ? TTL_DEFAULT : h->ttl;
	ip[9] = h->proto;
	a = pg_addr(h->src);
	memcpy(ip + 12, &a, 4);
	a = pg_addr(h->dst);
	memcpy(ip + 16, &a, 4);
	if (h->opt_len > 0)
		memcpy(ip + PG_IP, h->opt, h->opt_len);
	memcpy(ip + hdr, l4, len);
	fix_ip4(ip, false);
	return pg_bytes(mp, buf, PG_ETH + hdr + len);
}

struct rte_mbuf *
pg_udp(struct rte_mempool *mp, const char *src, uint16_t sport, const char *dst, uint16_t dport,
		size_t payload_len)
{
	static uint8_t l4[PG_LEN_MAX];
	struct pg_ip4 h = { .src = src, .dst = dst, .proto = IPPROTO_UDP };

	memset(l4, 0, 8);
	put16(l4, sport);
	put16(l4 + 2, dport);
	put16(l4 + 4, (unsigned int)(8 + payload_len));
	fill_pattern(l4 + 8, payload_len);
	return pg_ip4(mp, &h, l4, 8 + payload_len);
}

struct rte_mbuf *
pg_tcp(struct rte_mempool *mp, const char *src, uint16_t sport, const char *dst, uint16_t dport,
		uint8_t flags, size_t payload_len)
{
	static uint8_t l4[PG_LEN_MAX];
	struct pg_ip4 h = { .src = src, .dst = dst, .proto = IPPROTO_TCP };

	memset(l4, 0, 20);
	put16(l4, sport);
	put16(l4 + 2, dport);
	/* Every ACK acknowledges the SYN of the other end. */
	put16(l4 + 6, (flags & RTE_TCP_SYN_FLAG) != 0 ? 1999 : 2000);
	if ((flags & RTE_TCP_ACK_FLAG) != 0)
		put16(l4 + 10, 2000);
	l4[12] = 5 << 4;
	l4[13] = flags;
	put16(l4 + 14, 64000);
	fill_pattern(l4 + 20, payload_len);
	return pg_ip4(mp, &h, l4, 20 + payload_len);
}

struct rte_mbuf *
pg_icmp_query(struct rte_mempool *mp, const char *src, const char *dst, uint8_t type,
		uint16_t ident, size_t payload_len)
{
	static uint8_t l4[PG_LEN_MAX];
	struct pg_ip4 h = { .src = src, .dst = dst, .proto = IPPROTO_ICMP };

	memset(l4, 0, 8);
	l4[0] = type;
	put16(l4 + 4, ident);
	put16(l4 + 6, 1);
	fill_pattern(l4 + 8, payload_len);
	return pg_ip4(mp, &h, l4, 8 + payload_len);
}

struct rte_mbuf *
pg_icmp_error(struct rte_mempool *mp, const char *src, const char *dst, uint8_t type, uint8_t code,
		uint32_t rest, const struct rte_mbuf *about, size_t quote_len)
{
	static uint8_t frame[PG_LEN_MAX], l4[PG_LEN_MAX];
	struct pg_ip4 h = { .src = src, .dst = dst, .proto = IPPROTO_ICMP };
	size_t len = pg_read(about, frame, sizeof(frame)) - PG_ETH;

	memset(l4, 0, 8 + quote_len);
	l4[0] = type;
	l4[1] = code;
	put16(l4 + 4, rest >> 16);
	put16(l4 + 6, rest & 0xffff);
	memcpy(l4 + 8, frame + PG_ETH, RTE_MIN(len, quote_len));
	return pg_ip4(mp, &h, l4, 8 + quote_len);
}

struct rte_mbuf *
pg_arp(struct rte_mempool *mp, uint16_t op, const char *sender, const char *target)
{
	uint8_t buf[60] = { 0 };
	struct rte_arp_hdr *arp = (void *)put_eth(buf, RTE_ETHER_TYPE_ARP);

	if (op == RTE_ARP_OP_REQUEST)
		memset(buf, 0xff, 6);
	*arp = (struct rte_arp_hdr){
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = 6,
		.arp_plen = 4,
		.arp_opcode = rte_cpu_to_be_16(op),
		.arp_data.arp_sha = pg_mac_peer,
		.arp_data.arp_sip = pg_addr(sender),
		.arp_data.arp_tip = pg_addr(target),
	};
	if (op == RTE_ARP_OP_REPLY)
		arp->arp_data.arp_tha = pg_mac_us;
	return pg_bytes(mp, buf, sizeof(buf));
}

struct rte_mbuf *
pg_ip6(struct rte_mempool *mp, uint8_t next_header, size_t payload_len)
{
	static uint8_t buf[PG_LEN_MAX];
	uint8_t *ip = put_eth(buf, RTE_ETHER_TYPE_IPV6);

	memset(ip, 0, 40);
	ip[0] = 0x60;
	put16(ip + 4, (unsigned int)payload_len);
	ip[6] = next_header;
	ip[7] = TTL_DEFAULT;
	inet_pton(AF_INET6, "2001:db8::1", ip + 8);
	inet_pton(AF_INET6, "2001:db8::2", ip + 24);
	fill_pattern(ip + 40, payload_len);
	return pg_bytes(mp, buf, PG_ETH + 40 + payload_len);
}

struct rte_mbuf *
pg_slice(struct rte_mempool *mp, const struct rte_mbuf *m, size_t off, size_t len, bool more)
{
	static uint8_t buf[PG_LEN_MAX];
	uint8_t *ip = buf + PG_ETH;
	size_t hdr;

	pg_read(m, buf, sizeof(buf));
	hdr = ip_hdr_len(ip);
	memmove(ip + hdr, ip + hdr + off, len);
	put16(ip + 2, (unsigned int)(hdr + len));
	put16(ip + 6, (get16(ip + 6) & 0x4000u) | (more ? 0x2000u : 0) | (unsigned int)(off / 8));
	fix_ip4(ip, true);
	return pg_bytes(mp, buf, PG_ETH + hdr + len);
}

unsigned int
pg_fragment(struct rte_mempool *mp, const struct rte_mbuf *m, size_t mtu, struct rte_mbuf **out,
		unsigned int max)
{
	size_t len = m->pkt_len - PG_ETH - PG_IP, piece = (mtu - PG_IP) & ~(size_t)7, off = 0;
	unsigned int n = 0;

	for (; off < len; off += piece) {
		if (n == max)
			die("too many fragments");
		out[n++] = pg_slice(mp, m, off, RTE_MIN(piece, len - off), off + piece < len);
	}
	return n;
}

struct rte_mbuf *
pg_split(struct rte_mempool *mp, struct rte_mbuf *m, size_t at, bool tight)
{
	static uint8_t buf[PG_LEN_MAX];
	size_t len = pg_read(m, buf, sizeof(buf));
	struct rte_mbuf *a = pg_bytes(mp, buf, at);

	a->ol_flags = m->ol_flags & ~(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
	a->vlan_tci = m->vlan_tci;
	if (tight) {
		uint16_t old = a->data_off;

		a->data_off = (uint16_t)((a->buf_len - a->data_len) & ~1u);
		memmove(rte_pktmbuf_mtod(a, void *), (char *)a->buf_addr + old, a->data_len);
	}
	if (at < len && rte_pktmbuf_chain(a, pg_bytes(mp, buf + at, len - at)) != 0)
		die("too many segments");
	rte_pktmbuf_free(m);
	return a;
}

struct rte_mbuf *
pg_vlan(struct rte_mempool *mp, struct rte_mbuf *m, uint16_t tci)
{
	static uint8_t buf[PG_LEN_MAX];
	size_t len = pg_read(m, buf, sizeof(buf));

	memmove(buf + 16, buf + 12, len - 12);
	put16(buf + 12, RTE_ETHER_TYPE_VLAN);
	put16(buf + 14, tci);
	rte_pktmbuf_free(m);
	return pg_bytes(mp, buf, len + 4);
}

struct rte_mbuf *
pg_resize(struct rte_mempool *mp, struct rte_mbuf *m, size_t len)
{
	static uint8_t buf[PG_LEN_MAX];
	size_t old = pg_read(m, buf, sizeof(buf));

	if (len > old)
		memset(buf + old, 0, len - old);
	rte_pktmbuf_free(m);
	return pg_bytes(mp, buf, len);
}

size_t
pg_read(const struct rte_mbuf *m, void *buf, size_t size)
{
	uint8_t *to = buf;
	size_t n = 0;

	for (; m != NULL; m = m->next) {
		if (n + m->data_len > size)
			die("packet too long");
		memcpy(to + n, rte_pktmbuf_mtod(m, void *), m->data_len);
		n += m->data_len;
	}
	return n;
}

struct rte_ipv4_hdr *
pg_ip(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, PG_ETH);
}

void *
pg_l4(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, void *, PG_ETH + ip_hdr_len((uint8_t *)pg_ip(m)));
}

void
pg_fix(struct rte_mbuf *m)
{
	static uint8_t buf[PG_LEN_MAX];
	size_t n = 0;

	pg_read(m, buf, sizeof(buf));
	fix_ip4(buf + PG_ETH, true);
	for (; m != NULL; m = m->next) {
		memcpy(rte_pktmbuf_mtod(m, void *), buf + n, m->data_len);
		n += m->data_len;
	}
}

bool
pg_is_pattern(const struct rte_mbuf *m, size_t off, size_t len, size_t first)
{
	static uint8_t buf[PG_LEN_MAX];

	if (pg_read(m, buf, sizeof(buf)) < off + len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (buf[off + i] != pattern(first + i))
			return false;
	}
	return true;
}

/* Lengths and checksums of an IPv4 packet of which len octets are there. */
static const char *
verify_ip4(const uint8_t *ip, size_t len, bool is_quote)
{
	size_t hdr, total, payload, at;
	const uint8_t *l4;
	const char *bad = NULL;

	if (len < PG_IP || ip[0] >> 4 != 4)
		return is_quote ? "quote is not IPv4" : "not IPv4";
	hdr = ip_hdr_len(ip);
	total = get16(ip + 2);
	if (hdr < PG_IP || hdr > len || total < hdr || (!is_quote && total != len))
		return is_quote ? "quoted lengths" : "IPv4 lengths";
	if (sum(ip, hdr, 0) != 0xffff)
		return is_quote ? "quoted IPv4 checksum" : "IPv4 checksum";
	if (total > len || is_fragment(ip))
		return NULL;
	l4 = ip + hdr;
	payload = total - hdr;
	at = l4_csum_at(ip, payload);
	if (at == 0 || (ip[9] == IPPROTO_UDP && get16(l4 + at) == 0))
		return NULL;
	if (l4_sum(ip, l4, l4_len(ip, l4, payload)) != 0xffff)
		bad = is_quote ? "quoted transport checksum" : "transport checksum";
	else if (ip[9] == IPPROTO_ICMP && (l4[0] == 3 || l4[0] == 11 || l4[0] == 12) && !is_quote)
		bad = verify_ip4(l4 + 8, payload - 8, true);
	return bad;
}

static const char *
verify_chain(const struct rte_mbuf *m)
{
	const char *why;
	uint32_t len = 0;
	unsigned int n = 0;

	if (rte_mbuf_check(m, 1, &why) != 0)
		return why;
	for (const struct rte_mbuf *s = m; s != NULL; s = s->next, n++)
		len += s->data_len;
	return len == m->pkt_len && n == m->nb_segs ? NULL : "mbuf chain lengths";
}

const char *
pktgen_verify_ip4(const struct rte_mbuf *m)
{
	static uint8_t buf[PG_LEN_MAX];
	const char *bad = verify_chain(m);

	return bad != NULL ? bad : verify_ip4(buf, pg_read(m, buf, sizeof(buf)), false);
}

const char *
pktgen_verify(const struct rte_mbuf *m)
{
	static uint8_t buf[PG_LEN_MAX];
	const char *bad = verify_chain(m);
	size_t len, l2 = PG_ETH;

	if (bad != NULL)
		return bad;
	len = pg_read(m, buf, sizeof(buf));
	if (len >= 18 && get16(buf + 12) == RTE_ETHER_TYPE_VLAN)
		l2 += 4;
	if (len < l2 || get16(buf + l2 - 2) != RTE_ETHER_TYPE_IPV4)
		return "not an IPv4 frame";
	return verify_ip4(buf + l2, len - l2, false);
}
