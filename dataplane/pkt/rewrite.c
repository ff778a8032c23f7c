/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Translation of the packet that an ICMP error quotes, with all checksums that cover it.
 */
#include "dataplane/pkt/rewrite.h"

#include <string.h>

/* Replace a 16-bit field. @return delta for the checksum that covers it */
static cgn_csum_delta
set16(uint8_t *field, rte_be16_t v)
{
	rte_be16_t old;

	memcpy(&old, field, sizeof(old));
	memcpy(field, &v, sizeof(v));
	return cgn_csum_delta16(old, v);
}

/* Replace port or identifier and checksum of the quoted transport header. @return delta of both */
static cgn_csum_delta
rewrite_quoted_l4(uint8_t *l4, const struct cgn_quote *q, bool is_src, cgn_csum_delta addr,
		rte_be16_t port)
{
	unsigned int csum_at, port_at = is_src ? 0 : 2;
	bool is_udp = q->proto == CGN_PROTO_UDP;
	cgn_csum_delta outer;
	rte_be16_t csum;

	if (q->proto == CGN_PROTO_ICMP) {
		port_at = offsetof(struct rte_icmp_hdr, icmp_ident);
		csum_at = offsetof(struct rte_icmp_hdr, icmp_cksum);
		addr = 0; /* no pseudo-header */
	} else {
		csum_at = is_udp ? offsetof(struct rte_udp_hdr, dgram_cksum)
				 : offsetof(struct rte_tcp_hdr, cksum);
	}
	outer = set16(l4 + port_at, port);
	/* A quote may end before the checksum. */
	if (!q->has_l4_csum)
		return outer;
	addr = cgn_csum_delta_add(addr, outer);
	memcpy(&csum, l4 + csum_at, sizeof(csum));
	csum = is_udp ? cgn_csum_apply_udp(csum, addr) : cgn_csum_apply(csum, addr);
	return cgn_csum_delta_add(outer, set16(l4 + csum_at, csum));
}

void
cgn_rewrite_icmp_error(struct cgn_pkt *p, struct cgn_quote *q, bool is_src, rte_be32_t addr,
		rte_be16_t port)
{
	struct rte_icmp_hdr *icmp = cgn_pkt_l4(p);
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(p->m, struct rte_ipv4_hdr *, q->ip_off);
	uint8_t *l4 = rte_pktmbuf_mtod_offset(p->m, uint8_t *, q->l4_off);
	cgn_csum_delta d = cgn_csum_delta32(is_src ? q->src : q->dst, addr);
	cgn_csum_delta outer = d;
	rte_be16_t csum;

	if (is_src)
		ip->src_addr = q->src = addr;
	else
		ip->dst_addr = q->dst = addr;
	csum = cgn_csum_apply(ip->hdr_checksum, d);
	/* The ICMP checksum covers the quoted packet, including the checksums that change in it. */
	outer = cgn_csum_delta_add(outer, cgn_csum_delta16(ip->hdr_checksum, csum));
	ip->hdr_checksum = csum;
	outer = cgn_csum_delta_add(outer, rewrite_quoted_l4(l4, q, is_src, d, port));
	if (is_src || q->proto == CGN_PROTO_ICMP)
		q->sport = port;
	if (!is_src || q->proto == CGN_PROTO_ICMP)
		q->dport = port;
	icmp->icmp_cksum = cgn_csum_apply(icmp->icmp_cksum, outer);
}
