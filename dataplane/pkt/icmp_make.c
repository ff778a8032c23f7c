/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * ICMP errors with their quote, and echo replies.
 */
#include "dataplane/pkt/icmp_make.h"

#include "shared/csum.h"
#include "shared/dpdk_compat.h"

#include <netinet/in.h>
#include <string.h>

#define ERROR_MAX 576u /* RFC 1812 section 4.3.2.3 */
#define HDRS_LEN  (sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_icmp_hdr))
#define OWN_TTL   64

/* Whether an address can be a single host: not 0/8, loopback, multicast, class E or broadcast. */
static bool
is_host_addr(rte_be32_t addr)
{
	uint32_t a = rte_be_to_cpu_32(addr);

	return (a >> 24) != 0 && (a >> 24) != 127 && (a >> 28) < 0xe;
}

/* Whether an ICMP error about a packet is allowed (RFC 1812 section 4.3.2.7). @param l4_type first octet
 * behind the header */
static bool
may_answer(const struct rte_ipv4_hdr *ip, uint8_t l4_type)
{
	if ((ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return false;
	if (!is_host_addr(ip->src_addr) || (rte_be_to_cpu_32(ip->dst_addr) >> 28) >= 0xe)
		return false;
	if (ip->next_proto_id != IPPROTO_ICMP)
		return true;
	switch (l4_type) {
	case 0:
	case 8:
	case 13:
	case 14:
	case 17:
	case 18:
		return true;
	default:
		return false;
	}
}

/* An mbuf with room for an error that quotes len octets; its data is the whole packet. */
static struct rte_mbuf *
alloc_error(struct rte_mempool *mp, size_t quote_len)
{
	uint16_t total = (uint16_t)(HDRS_LEN + quote_len);
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);

	if (m != NULL && rte_pktmbuf_append(m, total) == NULL) {
		rte_pktmbuf_free(m);
		m = NULL;
	}
	return m;
}

/* Fill in the two headers in front of a quote that is in place. */
static void
fill_error(struct rte_mbuf *m, const struct cgn_icmp_error *e)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(ip + 1);
	const struct rte_ipv4_hdr *quoted = (const struct rte_ipv4_hdr *)(icmp + 1);

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.type_of_service = quoted->type_of_service & RTE_IPV4_HDR_DSCP_MASK,
		.total_length = rte_cpu_to_be_16(m->data_len),
		.packet_id = e->ip_id,
		.time_to_live = OWN_TTL,
		.next_proto_id = IPPROTO_ICMP,
		.src_addr = e->src,
		.dst_addr = quoted->src_addr,
	};
	ip->hdr_checksum = (rte_be16_t)~rte_raw_cksum(ip, sizeof(*ip));
	*icmp = (struct rte_icmp_hdr){
		.icmp_type = e->type,
		.icmp_code = e->code,
		.icmp_seq_nb = rte_cpu_to_be_16(e->mtu), /* the field of the MTU in a 3/4 */
	};
	icmp->icmp_cksum = (rte_be16_t)~rte_raw_cksum(icmp, m->data_len - sizeof(*ip));
}

struct rte_mbuf *
cgn_icmp_make_error(struct rte_mempool *mp, const struct cgn_pkt *p, const struct cgn_icmp_error *e)
{
	uint32_t n = RTE_MIN((uint32_t)p->total_len, (uint32_t)(ERROR_MAX - HDRS_LEN));
	const uint8_t *type;
	const void *quote;
	struct rte_mbuf *m;
	uint8_t buf = 0;
	void *to;

	type = rte_pktmbuf_read(p->m, p->l4_off, 1, &buf);
	if ((p->flags & CGN_PF_BROADCAST) != 0 ||
			!may_answer(cgn_pkt_ip4(p), type == NULL ? UINT8_MAX : *type))
		return NULL;
	m = alloc_error(mp, n);
	if (m == NULL)
		return NULL;
	to = rte_pktmbuf_mtod_offset(m, void *, HDRS_LEN);
	quote = rte_pktmbuf_read(p->m, p->l3_off, n, to);
	if (quote == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	if (quote != to)
		memcpy(to, quote, n);
	fill_error(m, e);
	return m;
}

struct rte_mbuf *
cgn_icmp_make_error_raw(
		struct rte_mempool *mp, const void *ip, size_t len, const struct cgn_icmp_error *e)
{
	const uint8_t *octets = ip;
	size_t hdr_len, n;
	struct rte_mbuf *m;

	if (len < sizeof(struct rte_ipv4_hdr))
		return NULL;
	hdr_len = rte_ipv4_hdr_len(ip);
	if (len < hdr_len + 8 || !may_answer(ip, octets[hdr_len]))
		return NULL;
	n = RTE_MIN(len, ERROR_MAX - HDRS_LEN);
	m = alloc_error(mp, n);
	if (m == NULL)
		return NULL;
	memcpy(rte_pktmbuf_mtod_offset(m, void *, HDRS_LEN), ip, n);
	fill_error(m, e);
	return m;
}

void
cgn_icmp_make_echo_reply(struct cgn_pkt *p)
{
	struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);
	struct rte_icmp_hdr *icmp = cgn_pkt_l4(p);
	rte_be16_t ttl_was = rte_cpu_to_be_16((uint16_t)(ip->time_to_live << 8));

	p->src = ip->dst_addr; /* swapping the addresses does not change the checksum */
	p->dst = ip->src_addr;
	ip->src_addr = p->src;
	ip->dst_addr = p->dst;
	ip->time_to_live = OWN_TTL;
	ip->hdr_checksum = cgn_csum_apply(
			ip->hdr_checksum, cgn_csum_delta16(ttl_was, RTE_BE16(OWN_TTL << 8)));
	icmp->icmp_cksum = cgn_csum_apply(icmp->icmp_cksum,
			cgn_csum_delta16(RTE_BE16(RTE_ICMP_TYPE_ECHO_REQUEST << 8),
					RTE_BE16(RTE_ICMP_TYPE_ECHO_REPLY << 8)));
	icmp->icmp_type = RTE_ICMP_TYPE_ECHO_REPLY;
	p->flags &= (uint8_t)~CGN_PF_REQUEST;
}
