/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * TCP resets and probes.
 */
#include "dataplane/pkt/tcp_make.h"

#include <netinet/in.h>

static struct rte_mbuf *
make_segment(struct rte_mempool *mp, const struct cgn_tcp_rst *r, uint8_t flags)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);
	struct rte_ipv4_hdr *ip;
	struct rte_tcp_hdr *tcp;

	if (m == NULL)
		return NULL;
	ip = (void *)rte_pktmbuf_append(m, sizeof(*ip) + sizeof(*tcp));
	if (ip == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	tcp = (struct rte_tcp_hdr *)(ip + 1);
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = RTE_BE16(sizeof(*ip) + sizeof(*tcp)),
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_TCP,
		.src_addr = r->src,
		.dst_addr = r->dst,
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	*tcp = (struct rte_tcp_hdr){
		.src_port = r->sport,
		.dst_port = r->dport,
		.sent_seq = r->seq,
		.recv_ack = r->has_ack ? r->ack : 0,
		.data_off = sizeof(*tcp) / 4 << 4,
		.tcp_flags = flags,
	};
	tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
	return m;
}

struct rte_mbuf *
cgn_tcp_make_rst(struct rte_mempool *mp, const struct cgn_tcp_rst *r)
{
	return make_segment(
			mp, r, (uint8_t)(RTE_TCP_RST_FLAG | (r->has_ack ? RTE_TCP_ACK_FLAG : 0)));
}

struct rte_mbuf *
cgn_tcp_make_probe(struct rte_mempool *mp, const struct cgn_tcp_rst *r)
{
	return make_segment(mp, r, RTE_TCP_ACK_FLAG);
}

bool
cgn_tcp_make_answer(const struct cgn_pkt *p, struct cgn_tcp_rst *r)
{
	const struct rte_tcp_hdr *tcp = cgn_pkt_l4(p);
	uint32_t len = (uint32_t)p->l3_off + p->total_len - p->l4_off - (tcp->data_off >> 4) * 4u;

	if ((tcp->tcp_flags & RTE_TCP_RST_FLAG) != 0)
		return false;
	/* SYN and FIN take one sequence number each. */
	len += (tcp->tcp_flags & RTE_TCP_SYN_FLAG) != 0;
	len += (tcp->tcp_flags & RTE_TCP_FIN_FLAG) != 0;
	*r = (struct cgn_tcp_rst){
		.src = p->dst,
		.dst = p->src,
		.sport = p->dport,
		.dport = p->sport,
	};
	if ((tcp->tcp_flags & RTE_TCP_ACK_FLAG) != 0) {
		r->seq = tcp->recv_ack;
	} else {
		r->has_ack = true;
		r->ack = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + len);
	}
	return true;
}
