/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_HOSTFIX_H
#define CGN_TEST_HOSTFIX_H

/**
 * @file
 * The responder with all ways by which packets come in: ports with and without a VLAN tag, IPv4 and IPv6,
 * and a softwire. The fixture makes correct packets, which tests can damage, and keeps the packets that are
 * sent.
 */

#include "controlplane/link/ip_responder.h"
#include "shared/dpdk_compat.h"
#include "shared/wellknown.h"
#include "tests/support/cu.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#define PORTS  3
#define SECOND 1000

static const struct rte_ether_addr macs[PORTS] = {
	{ .addr_bytes = { 2, 0, 0, 0, 0, 1 } },
	{ .addr_bytes = { 2, 0, 0, 0, 0, 2 } },
	{ .addr_bytes = { 2, 0, 0, 0, 0, 3 } },
};
static const struct rte_ether_addr peer = { .addr_bytes = { 2, 0, 0, 0, 9, 9 } };

#define IP4(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static const struct cgn_ip6 own6 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
static const struct cgn_ip6 client6 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 9 } };
static const struct cgn_ip6 aftr6 = { .b = { 0x20, 1, 0xd, 0xb8, 0xf, [15] = 1 } };
static const struct cgn_ip6 home6 = { .b = { 0x20, 1, 0xd, 0xb8, 1, [15] = 5 } };

static struct cgn_conf_port ports[PORTS];
static struct cgn_range4 ranges[] = { { 0xc6336400, 0xc633640f }, { 0xcb007100, 0xcb0071ff } };
static struct cgn_conf_pool pool = { .ranges = ranges, .n_ranges = 2 };
static struct cgn_conf conf = { .ports = ports, .n_ports = PORTS, .pools = &pool, .n_pools = 1 };
static struct cgn_ip_responder *responder;

static struct sent {
	uint8_t data[2048];
	size_t len;
	uint16_t port;
	bool is_wire;
	struct cgn_ip6 b4;
} sent[64];
static unsigned int n_sent;

static inline void
keep(const void *data, size_t len, uint16_t port, const struct cgn_ip6 *b4)
{
	struct sent *s = &sent[n_sent++ % 64];

	CU_ASSERT_TRUE_FATAL(len <= sizeof(s->data));
	memset(s, 0, sizeof(*s));
	memcpy(s->data, data, len);
	s->len = len;
	s->port = port;
	s->is_wire = b4 != NULL;
	if (b4 != NULL)
		s->b4 = *b4;
}

static inline void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	(void)ctx;
	keep(frame, len, port, NULL);
}

static inline void
send_wire(void *ctx, const struct cgn_ip6 *b4, const void *packet, size_t len)
{
	(void)ctx;
	keep(packet, len, 0, b4);
}

static const struct cgn_ip_responder_ops ops = { .send = send_frame, .wire = send_wire };

static inline void
begin(void)
{
	ports[0] = (struct cgn_conf_port){
		.side = CGN_SIDE_INSIDE,
		.vlan = 7,
		.mtu = 1500,
		.n_addresses = 2,
		.addresses = { { .ip4 = IP4(100, 64, 0, 1), .len = 10 },
				{ .ip6 = own6, .len = 64, .is_ip6 = true } },
	};
	ports[1] = (struct cgn_conf_port){
		.side = CGN_SIDE_INSIDE,
		.mtu = 1400,
		.n_addresses = 3,
		.addresses = { { .ip6 = own6, .len = 64, .is_ip6 = true },
				{ .ip4 = IP4(10, 1, 0, 1), .len = 24 },
				{ .ip4 = IP4(10, 2, 0, 1), .len = 24 } },
	};
	ports[2] = (struct cgn_conf_port){
		.side = CGN_SIDE_OUTSIDE,
		.mtu = 1500,
		.n_addresses = 1,
		.addresses = { { .ip4 = IP4(192, 0, 2, 2), .len = 24 } },
	};
	conf.nat = (struct cgn_conf_nat){ .icmp_errors_per_s = 1000 };
	conf.softwire = (struct cgn_conf_softwire){ .role = CGN_SOFTWIRE_AFTR, .local = aftr6 };
	n_sent = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_ip_responder_create(&responder, &conf, macs, 1, &ops, NULL), 0);
}

static inline void
end(void)
{
	cgn_ip_responder_destroy(responder);
}

/* --- what comes in ------------------------------------------------------------------------- */

/** One way in. */
struct way {
	uint16_t port;
	bool is_ip6;
	bool is_wire;
	rte_be32_t src;
	rte_be32_t dst;
};

static const struct way ways[] = {
	{ 0, false, false, IP4(100, 64, 0, 9), IP4(100, 64, 0, 1) },
	{ 1, false, false, IP4(10, 1, 0, 9), IP4(10, 2, 0, 1) },
	{ 2, false, false, IP4(192, 0, 2, 9), IP4(192, 0, 2, 2) },
	{ 0, false, true, IP4(192, 168, 1, 9), CGN_SOFTWIRE_AFTR_ADDR },
	{ 0, true, false, 0, 0 },
	{ 1, true, false, 0, 0 },
};

struct packet {
	uint8_t data[4096];
	size_t len;
	size_t head; /* octets in front of the transport header */
	struct cgn_frame f;
};

/*
 * Put the IP header in front of the transport header. The checksum of the latter is at the offset csum_at.
 */
static inline void
finish(struct packet *p, const struct way *w, uint8_t proto, uint8_t tos, size_t l4_len,
		size_t csum_at)
{
	uint8_t *l4 = p->data + p->head;
	rte_be16_t csum;

	p->len = p->head + l4_len;
	memset(l4 + csum_at, 0, sizeof(csum));
	if (w->is_ip6) {
		struct rte_ipv6_hdr *ip = (void *)p->data;

		*ip = (struct rte_ipv6_hdr){
			.vtc_flow = rte_cpu_to_be_32(0x60000000 | (uint32_t)tos << 20),
			.payload_len = rte_cpu_to_be_16((uint16_t)l4_len),
			.proto = proto == IPPROTO_ICMP ? IPPROTO_ICMPV6 : proto,
			.hop_limits = 17,
		};
		memcpy(&ip->src_addr, &client6, sizeof(client6));
		memcpy(&ip->dst_addr, &own6, sizeof(own6));
		csum = rte_ipv6_udptcp_cksum(ip, l4);
	} else {
		struct rte_ipv4_hdr *ip = (void *)p->data;

		*ip = (struct rte_ipv4_hdr){
			.version_ihl = 0x45,
			.type_of_service = tos,
			.total_length = rte_cpu_to_be_16((uint16_t)p->len),
			.packet_id = RTE_BE16(0x4242),
			.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
			.time_to_live = 17,
			.next_proto_id = proto,
			.src_addr = w->src,
			.dst_addr = w->dst,
		};
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		csum = proto == IPPROTO_ICMP ? (uint16_t)~rte_raw_cksum(l4, l4_len)
					     : rte_ipv4_udptcp_cksum(ip, l4);
	}
	memcpy(l4 + csum_at, &csum, sizeof(csum));
	p->f = (struct cgn_frame){
		.l3 = p->data,
		.l3_len = p->len,
		.src = peer,
		.dst = macs[w->port],
		.ethertype = w->is_ip6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4,
		.port = w->port,
		.is_wire = w->is_wire,
	};
	if (w->is_wire)
		p->f.b4 = home6;
}

static inline struct packet *
start(const struct way *w)
{
	static struct packet p;

	memset(&p, 0, sizeof(p));
	p.head = w->is_ip6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	return &p;
}

static inline struct packet *
make_echo(const struct way *w, uint8_t tos, size_t data_len)
{
	struct packet *p = start(w);
	struct rte_icmp_hdr *icmp = (void *)(p->data + p->head);

	icmp->icmp_type = w->is_ip6 ? 128 : 8;
	icmp->icmp_ident = RTE_BE16(0x1234);
	icmp->icmp_seq_nb = RTE_BE16(0x5678);
	for (size_t i = 0; i < data_len; i++)
		((uint8_t *)(icmp + 1))[i] = (uint8_t)(i * 7 + 1);
	finish(p, w, IPPROTO_ICMP, tos, sizeof(*icmp) + data_len, 2);
	return p;
}

static inline struct packet *
make_udp(const struct way *w, uint8_t tos, uint16_t port, size_t data_len)
{
	struct packet *p = start(w);
	struct rte_udp_hdr *uh = (void *)(p->data + p->head);

	uh->src_port = RTE_BE16(5000);
	uh->dst_port = rte_cpu_to_be_16(port);
	uh->dgram_len = rte_cpu_to_be_16((uint16_t)(sizeof(*uh) + data_len));
	for (size_t i = 0; i < data_len; i++)
		((uint8_t *)(uh + 1))[i] = (uint8_t)(i * 5 + 2);
	finish(p, w, IPPROTO_UDP, tos, sizeof(*uh) + data_len, 6);
	return p;
}

static inline struct packet *
make_tcp(const struct way *w, uint8_t flags, uint32_t seq, uint32_t ack, unsigned int options,
		size_t data_len)
{
	struct packet *p = start(w);
	struct rte_tcp_hdr *th = (void *)(p->data + p->head);

	th->src_port = RTE_BE16(5000);
	th->dst_port = RTE_BE16(22);
	th->sent_seq = rte_cpu_to_be_32(seq);
	th->recv_ack = rte_cpu_to_be_32(ack);
	th->data_off = (uint8_t)((5 + options) << 4);
	th->tcp_flags = flags;
	th->rx_win = RTE_BE16(1000);
	finish(p, w, IPPROTO_TCP, 0, sizeof(*th) + 4 * (size_t)options + data_len, 16);
	return p;
}

static inline void
receive(const struct packet *p, uint64_t now_ms)
{
	n_sent = 0;
	cgn_ip_responder_input(responder, &p->f, now_ms);
}

#endif /* CGN_TEST_HOSTFIX_H */
