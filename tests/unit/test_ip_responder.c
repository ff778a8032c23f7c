/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/ip_responder.h"
#include "shared/dpdk_compat.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#define FRAMES 64

struct sent {
	uint8_t data[2048];
	size_t len;
	uint16_t port;
};

static struct sent sent[FRAMES];
static unsigned int n_sent;
static unsigned int n_heard;
static struct cgn_ip_responder *responder;

static const struct rte_ether_addr macs[2] = {
	{ .addr_bytes = { 2, 0, 0, 0, 0, 1 } },
	{ .addr_bytes = { 2, 0, 0, 0, 0, 2 } },
};
static const struct rte_ether_addr peer = { .addr_bytes = { 2, 0, 0, 0, 9, 9 } };

#define OWN    RTE_BE32(0x64400001) /* 100.64.0.1 */
#define OWN2   RTE_BE32(0xc0000202) /* 192.0.2.2, of the other port */
#define POOL   RTE_BE32(0xc6336401) /* 198.51.100.1 */
#define CLIENT RTE_BE32(0x64400009)

static const struct cgn_ip6 own6 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
static const struct cgn_ip6 client6 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 9 } };

static struct cgn_conf_port ports[2];
static struct cgn_range4 range = { 0xc6336400, 0xc633640f };
static struct cgn_conf_pool pool = { .ranges = &range, .n_ranges = 1 };
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 2,
	.pools = &pool,
	.n_pools = 1,
	.nat = { .icmp_errors_per_s = 10 },
};

static void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(n_sent < FRAMES && len <= sizeof(sent[0].data));
	memcpy(sent[n_sent].data, frame, len);
	sent[n_sent].len = len;
	sent[n_sent++].port = port;
}

static const struct cgn_ip_responder_ops ops = { .send = send_frame };

static void
begin(void)
{
	ports[0] = (struct cgn_conf_port){
		.side = CGN_SIDE_INSIDE,
		.vlan = 7,
		.mtu = 1500,
		.n_addresses = 2,
		.addresses = { { .ip4 = OWN, .len = 10 },
				{ .ip6 = own6, .len = 64, .is_ip6 = true } },
	};
	ports[1] = (struct cgn_conf_port){
		.side = CGN_SIDE_OUTSIDE,
		.mtu = 1500,
		.n_addresses = 1,
		.addresses = { { .ip4 = OWN2, .len = 24 } },
	};
	conf.nat.pool_echo = false;
	n_sent = n_heard = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_ip_responder_create(&responder, &conf, macs, 1, &ops, NULL), 0);
}

static void
end(void)
{
	cgn_ip_responder_destroy(responder);
}

struct packet {
	uint8_t data[8192];
	size_t len;
	uint16_t type;
	bool is_broadcast;
};

static void
head4(struct packet *p, rte_be32_t src, rte_be32_t dst, uint8_t proto, size_t l4_len)
{
	struct rte_ipv4_hdr *ip = (void *)p->data;

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = 0x45,
		.type_of_service = 0xb8,
		.total_length = rte_cpu_to_be_16((uint16_t)(20 + l4_len)),
		.time_to_live = 64,
		.next_proto_id = proto,
		.src_addr = src,
		.dst_addr = dst,
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	p->type = RTE_ETHER_TYPE_IPV4;
	p->len = 20 + l4_len;
}

static struct packet
echo4(rte_be32_t dst, size_t len)
{
	struct packet p = { 0 };
	struct rte_icmp_hdr *icmp = (void *)(p.data + 20);

	head4(&p, CLIENT, dst, IPPROTO_ICMP, len);
	for (size_t i = sizeof(*icmp); i < len; i++)
		p.data[20 + i] = (uint8_t)i;
	icmp->icmp_type = RTE_ICMP_TYPE_ECHO_REQUEST;
	icmp->icmp_ident = RTE_BE16(77);
	icmp->icmp_cksum = (uint16_t)~rte_raw_cksum(icmp, len);
	return p;
}

static struct packet
udp4(rte_be32_t src, rte_be32_t dst, uint16_t port, size_t len)
{
	struct packet p = { 0 };
	struct rte_udp_hdr *uh = (void *)(p.data + 20);

	head4(&p, src, dst, IPPROTO_UDP, sizeof(*uh) + len);
	uh->src_port = RTE_BE16(5000);
	uh->dst_port = rte_cpu_to_be_16(port);
	uh->dgram_len = rte_cpu_to_be_16((uint16_t)(sizeof(*uh) + len));
	memset(uh + 1, 'x', len);
	uh->dgram_cksum = rte_ipv4_udptcp_cksum((void *)p.data, uh);
	return p;
}

/* To a closed port of the own address. @param low  last octet of the source */
static struct packet
udp6(uint8_t low)
{
	struct packet p = { .type = RTE_ETHER_TYPE_IPV6, .len = 40 + 8 };
	struct rte_ipv6_hdr *ip = (void *)p.data;
	struct rte_udp_hdr *uh = (void *)(p.data + 40);

	*ip = (struct rte_ipv6_hdr){
		.vtc_flow = RTE_BE32(0x60000000),
		.payload_len = RTE_BE16(8),
		.proto = IPPROTO_UDP,
		.hop_limits = 64,
	};
	memcpy(&ip->src_addr, &client6, 16);
	memcpy(&ip->dst_addr, &own6, 16);
	p.data[8 + 15] = low;
	uh->src_port = RTE_BE16(5000);
	uh->dst_port = RTE_BE16(9);
	uh->dgram_len = RTE_BE16(8);
	uh->dgram_cksum = rte_ipv6_udptcp_cksum(ip, uh);
	return p;
}

static struct packet
tcp4(uint8_t flags)
{
	struct packet p = { 0 };
	struct rte_tcp_hdr *th = (void *)(p.data + 20);

	head4(&p, CLIENT, OWN, IPPROTO_TCP, sizeof(*th));
	th->src_port = RTE_BE16(5000);
	th->dst_port = RTE_BE16(22);
	th->sent_seq = RTE_BE32(1000);
	th->recv_ack = RTE_BE32(2000);
	th->data_off = 5 << 4;
	th->tcp_flags = flags;
	th->cksum = rte_ipv4_udptcp_cksum((void *)p.data, th);
	return p;
}

static void
receive(const struct packet *p, uint16_t port, uint64_t now_ms)
{
	struct cgn_frame f = {
		.l3 = p->data,
		.l3_len = p->len,
		.src = peer,
		.dst = macs[port],
		.ethertype = p->type,
		.port = port,
	};

	if (p->is_broadcast)
		memset(&f.dst, 0xff, sizeof(f.dst));
	cgn_ip_responder_input(responder, &f, now_ms);
}

/* Whether a packet for the inside port is refused. */
static bool
refused(const struct packet *p, uint64_t now_ms)
{
	n_sent = 0;
	receive(p, 0, now_ms);
	return n_sent == 1;
}

/* The IPv4 header of what was sent; checks what is the same for all answers. */
static const struct rte_ipv4_hdr *
answer4(unsigned int i, rte_be32_t src)
{
	struct cgn_frame f;
	const struct rte_ipv4_hdr *ip;

	CU_ASSERT_TRUE_FATAL(i < n_sent);
	CU_ASSERT_TRUE_FATAL(cgn_frame_parse(&f, sent[i].port, sent[i].data, sent[i].len));
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&f.dst, &peer));
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&f.src, &macs[sent[i].port]));
	CU_ASSERT_EQUAL(f.ethertype, RTE_ETHER_TYPE_IPV4);
	CU_ASSERT_EQUAL(sent[i].data[12] == 0x81, ports[sent[i].port].vlan != 0);
	ip = (const void *)f.l3;
	CU_ASSERT_EQUAL(rte_be_to_cpu_16(ip->total_length), f.l3_len);
	CU_ASSERT_EQUAL(rte_raw_cksum(ip, sizeof(*ip)), 0xffff);
	CU_ASSERT_EQUAL(ip->src_addr, src);
	CU_ASSERT_EQUAL(ip->dst_addr, CLIENT);
	return ip;
}

/* A-ICQ-5: echo to own addresses is answered, whichever port it comes by. */
static void
echo_to_own_addresses_is_answered(void)
{
	struct packet p = echo4(OWN, 64);
	const struct rte_ipv4_hdr *ip;
	const struct rte_icmp_hdr *icmp;

	begin();
	receive(&p, 0, 0);
	ip = answer4(0, OWN);
	icmp = (const void *)(ip + 1);
	CU_ASSERT_EQUAL(icmp->icmp_type, RTE_ICMP_TYPE_ECHO_REPLY);
	CU_ASSERT_EQUAL(icmp->icmp_ident, RTE_BE16(77));
	CU_ASSERT_EQUAL(rte_raw_cksum(icmp, 64), 0xffff);
	CU_ASSERT_EQUAL(memcmp(icmp + 1, p.data + 28, 56), 0);
	p = echo4(OWN2, 65);
	receive(&p, 0, 0);
	answer4(1, OWN2);
	CU_ASSERT_EQUAL(sent[1].port, 0);
	end();
}

/* A-ICQ-5: pool addresses answer echo only if configured. */
static void
pool_addresses_answer_echo_only_if_configured(void)
{
	struct packet p = echo4(POOL, 64);

	begin();
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_sent, 0);
	conf.nat.pool_echo = true;
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_sent, 1);
	answer4(0, POOL);
	end();
}

static void
an_answer_longer_than_the_mtu_is_cut(void)
{
	struct packet p = echo4(OWN, 4008);
	uint8_t whole[4008];
	size_t len = 0;

	begin();
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_sent, 3);
	for (unsigned int i = 0; i < n_sent; i++) {
		const struct rte_ipv4_hdr *ip = answer4(i, OWN);
		uint16_t off = rte_be_to_cpu_16(ip->fragment_offset);
		size_t n = rte_be_to_cpu_16(ip->total_length) - sizeof(*ip);

		CU_ASSERT_TRUE(n + sizeof(*ip) <= 1500);
		CU_ASSERT_EQUAL((off & 0x1fff) * 8U, len);
		CU_ASSERT_EQUAL((off & RTE_IPV4_HDR_MF_FLAG) != 0, i + 1 < n_sent);
		CU_ASSERT_TRUE_FATAL(len + n <= sizeof(whole));
		memcpy(whole + len, ip + 1, n);
		len += n;
	}
	CU_ASSERT_EQUAL(len, sizeof(whole));
	CU_ASSERT_EQUAL(rte_raw_cksum(whole, len), 0xffff);
	CU_ASSERT_EQUAL(memcmp(whole + 8, p.data + 28, len - 8), 0);
	end();
}

static void
echo_over_ip6_is_answered(void)
{
	struct packet p = { .type = RTE_ETHER_TYPE_IPV6, .len = 40 + 16 };
	struct rte_ipv6_hdr *ip = (void *)p.data;
	struct rte_icmp_hdr *icmp = (void *)(ip + 1);
	struct cgn_frame f;

	begin();
	*ip = (struct rte_ipv6_hdr){
		.vtc_flow = RTE_BE32(0x60000000),
		.payload_len = RTE_BE16(16),
		.proto = IPPROTO_ICMPV6,
		.hop_limits = 64,
	};
	memcpy(&ip->src_addr, &client6, 16);
	memcpy(&ip->dst_addr, &own6, 16);
	icmp->icmp_type = 128;
	icmp->icmp_cksum = rte_ipv6_udptcp_cksum(ip, icmp);
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_TRUE(cgn_frame_parse(&f, 0, sent[0].data, sent[0].len));
	ip = (void *)(uintptr_t)f.l3;
	icmp = (void *)(ip + 1);
	CU_ASSERT_EQUAL(memcmp(&ip->src_addr, &own6, 16), 0);
	CU_ASSERT_EQUAL(memcmp(&ip->dst_addr, &client6, 16), 0);
	CU_ASSERT_EQUAL(icmp->icmp_type, 129);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(icmp, 16, rte_ipv6_phdr_cksum(ip, 0)));
	/* A wrong checksum is not answered. */
	p.data[50] ^= 1;
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

/* A-ICE-12: what is quoted fits into 576 octets, the DSCP is the offending packet's. */
static void
udp_that_nobody_listens_to_is_unreachable(void)
{
	struct packet p = udp4(CLIENT, OWN, 5351, 1000);
	const struct rte_ipv4_hdr *ip;
	const struct rte_icmp_hdr *icmp;
	size_t len;

	begin();
	receive(&p, 0, 0);
	ip = answer4(0, OWN);
	icmp = (const void *)(ip + 1);
	len = rte_be_to_cpu_16(ip->total_length);
	CU_ASSERT_EQUAL(len, 576);
	CU_ASSERT_EQUAL(ip->type_of_service, 0xb8);
	CU_ASSERT_EQUAL(icmp->icmp_type, 3);
	CU_ASSERT_EQUAL(icmp->icmp_code, 3);
	CU_ASSERT_EQUAL(rte_raw_cksum(icmp, len - sizeof(*ip)), 0xffff);
	CU_ASSERT_EQUAL(memcmp(icmp + 1, p.data, len - sizeof(*ip) - sizeof(*icmp)), 0);
	end();
}

static bool
hear(void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	const struct cgn_return_addr to = cgn_ip_responder_return_addr(d);

	(void)arg;
	(void)now_ms;
	n_heard++;
	CU_ASSERT_EQUAL(d->src.ip4, CLIENT);
	CU_ASSERT_EQUAL(d->src_port, 5000);
	CU_ASSERT_EQUAL(d->dst_port, 5351);
	CU_ASSERT_EQUAL(d->len, 3);
	cgn_ip_responder_send(responder, &to, "hello", 5);
	return true;
}

/* E-ADR-1: the anycast address is cgnd's own while PCP is on, and answers come from it. */
static void
udp_to_the_anycast_address_is_answered_from_it(void)
{
	struct packet p = udp4(CLIENT, RTE_BE32(0xc0000009), 5351, 3);

	begin();
	CU_ASSERT_EQUAL(cgn_ip_responder_listen(responder, 5351, hear, NULL), 0);
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_heard + n_sent, 0);
	conf.natpmp.role = CGN_NATPMP_SERVER;
	conf.pcp.enabled = conf.pcp.anycast = true;
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_heard, 1);
	answer4(0, RTE_BE32(0xc0000009));
	/* It asks nobody itself. */
	p = udp4(RTE_BE32(0xc0000009), OWN, 5351, 3);
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_heard, 1);
	conf.pcp.enabled = false;
	end();
}

static void
udp_goes_to_who_listens_and_is_answered_from_where_it_was_sent(void)
{
	struct packet p = udp4(CLIENT, OWN, 5351, 3);
	const struct rte_ipv4_hdr *ip;
	const struct rte_udp_hdr *uh;

	begin();
	CU_ASSERT_EQUAL(cgn_ip_responder_listen(responder, 5351, hear, NULL), 0);
	CU_ASSERT_EQUAL(cgn_ip_responder_listen(responder, 5351, hear, NULL), -EADDRINUSE);
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_heard, 1);
	ip = answer4(0, OWN);
	uh = (const void *)(ip + 1);
	CU_ASSERT_EQUAL(uh->src_port, RTE_BE16(5351));
	CU_ASSERT_EQUAL(uh->dst_port, RTE_BE16(5000));
	CU_ASSERT_EQUAL(memcmp(uh + 1, "hello", 5), 0);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(uh, 13, rte_ipv4_phdr_cksum(ip, 0)));
	/* A wrong checksum is not heard; none at all is. */
	p.data[26]++;
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_heard, 1);
	p.data[26] = p.data[27] = 0;
	receive(&p, 0, 0);
	CU_ASSERT_EQUAL(n_heard, 2);
	end();
}

static void
tcp_is_reset_as_its_segment_asks(void)
{
	struct packet syn = tcp4(RTE_TCP_SYN_FLAG);
	struct packet ack = tcp4(RTE_TCP_ACK_FLAG);
	struct packet rst = tcp4(RTE_TCP_RST_FLAG);
	const struct rte_ipv4_hdr *ip;
	const struct rte_tcp_hdr *th;

	begin();
	receive(&syn, 0, 0);
	ip = answer4(0, OWN);
	th = (const void *)(ip + 1);
	CU_ASSERT_EQUAL(th->tcp_flags, RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG);
	CU_ASSERT_EQUAL(th->sent_seq, 0);
	CU_ASSERT_EQUAL(th->recv_ack, RTE_BE32(1001));
	CU_ASSERT_EQUAL(th->src_port, RTE_BE16(22));
	CU_ASSERT_TRUE(cgn_frame_csum_ok(th, sizeof(*th), rte_ipv4_phdr_cksum(ip, 0)));
	receive(&ack, 0, 0);
	ip = answer4(1, OWN);
	th = (const void *)(ip + 1);
	CU_ASSERT_EQUAL(th->tcp_flags, RTE_TCP_RST_FLAG);
	CU_ASSERT_EQUAL(th->sent_seq, RTE_BE32(2000));
	receive(&rst, 0, 0);
	CU_ASSERT_EQUAL(n_sent, 2);
	end();
}

/* A-ICE-11: no error for broadcasts, fragments and invalid sources; A-ICE-12: errors are limited. */
static void
refusals_are_limited_and_never_answer_what_must_not_be(void)
{
	struct packet p = udp4(CLIENT, OWN, 9, 10);
	struct packet q;

	begin();
	q = p;
	q.is_broadcast = true;
	receive(&q, 0, 0);
	q = p;
	q.data[6] = 0x20; /* more fragments */
	receive(&q, 0, 0);
	q = udp4(RTE_BE32(0xffffffff), OWN, 9, 10);
	receive(&q, 0, 0);
	q = udp4(OWN2, OWN, 9, 10);
	receive(&q, 0, 0);
	q = udp4(CLIENT, RTE_BE32(0x64400002), 9, 10);
	receive(&q, 0, 0);
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_EQUAL(cgn_ip_responder_stats(responder)->ignored, 5);
	for (int i = 0; i < 100; i++)
		receive(&p, 0, 1000);
	CU_ASSERT_TRUE(n_sent > 0 && n_sent < 40);
	CU_ASSERT_EQUAL(cgn_ip_responder_stats(responder)->limited, 100 - n_sent);
	/* The other side has a limit of its own. */
	n_sent = 0;
	q = udp4(RTE_BE32(0xc0000201), RTE_BE32(0xc0000202), 9, 10);
	receive(&q, 1, 1000);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

/* A-ICE-12: a source that sends what is refused without end takes no answers from others, nor does a host that
 * uses many addresses of its /64. One source still gets its share. */
static void
flood_of_one_source_leaves_refusals_for_others(void)
{
	struct packet victim = udp4(RTE_BE32(0x6440000a), OWN, 9, 10);

	begin();
	conf.nat.icmp_errors_per_s = 1000;
	cgn_ip_responder_set_conf(responder, &conf);
	for (unsigned int kind = 0; kind < 2; kind++) {
		unsigned int of_victim = 0, of_flood = 0;

		for (unsigned int i = 0; i < 12000; i++) {
			uint64_t now = 5000 + 10000 * kind + i / 6;
			struct packet p = kind == 0 ? udp4(CLIENT, OWN, 9, 10)
						    : udp6((uint8_t)(i % 200 + 2));

			of_flood += refused(&p, now);
			if (i % 600 == 300)
				of_victim += refused(&victim, now);
		}
		CU_ASSERT_EQUAL(of_victim, 20);
		CU_ASSERT_TRUE(of_flood >= 220 && of_flood <= 270);
	}
	conf.nat.icmp_errors_per_s = 10;
	end();
}

static void
packets_cut_anywhere_are_ignored(void)
{
	struct packet all[] = { echo4(OWN, 64), udp4(CLIENT, OWN, 9, 10), tcp4(RTE_TCP_SYN_FLAG) };

	begin();
	for (size_t i = 0; i < 3; i++) {
		struct rte_ipv4_hdr *ip = (void *)all[i].data;
		size_t len = all[i].len;

		for (size_t cut = 0; cut < len; cut++) {
			all[i].len = cut;
			receive(&all[i], 0, 0);
			if (cut < sizeof(*ip))
				continue;
			ip->total_length = rte_cpu_to_be_16((uint16_t)cut);
			receive(&all[i], 0, 0);
			ip->total_length = rte_cpu_to_be_16((uint16_t)len);
		}
	}
	CU_ASSERT_EQUAL(n_sent, 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(echo_to_own_addresses_is_answered),
	CU_TEST_ROW(pool_addresses_answer_echo_only_if_configured),
	CU_TEST_ROW(an_answer_longer_than_the_mtu_is_cut),
	CU_TEST_ROW(echo_over_ip6_is_answered),
	CU_TEST_ROW(udp_that_nobody_listens_to_is_unreachable),
	CU_TEST_ROW(udp_goes_to_who_listens_and_is_answered_from_where_it_was_sent),
	CU_TEST_ROW(udp_to_the_anycast_address_is_answered_from_it),
	CU_TEST_ROW(tcp_is_reset_as_its_segment_asks),
	CU_TEST_ROW(refusals_are_limited_and_never_answer_what_must_not_be),
	CU_TEST_ROW(flood_of_one_source_leaves_refusals_for_others),
	CU_TEST_ROW(packets_cut_anywhere_are_ignored),
};

CU_MAIN("ip_responder", tests)
