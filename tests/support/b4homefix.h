/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_B4HOMEFIX_H
#define CGN_TEST_B4HOMEFIX_H

/**
 * @file
 * A home with a B4 whose relay is a PCP proxy. The relay is real. The test sends what the hosts and the AFTR send, and
 * sees the last datagram to each of them.
 */

#include "controlplane/pcp/pcp_wire.h"
#include "controlplane/relay/relay_b4.h"
#include "tests/support/cu.h"
#include "tests/support/octets.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_udp.h>

#define GW     RTE_BE32(0xc0a80101) /* 192.168.1.1 */
#define H1     RTE_BE32(0xc0a8010b) /* 192.168.1.11 */
#define H2     RTE_BE32(0xc0a8010c)
#define CLIENT 40000
#define ROOM   1500

struct sent {
	size_t len;
	uint8_t data[ROOM];
	rte_be32_t to; /* answers to hosts; datagrams that pass */
	rte_be32_t from;
	uint16_t to_port;
};

static const struct cgn_ip6 b4 = { .b = { B4_OCTETS } };
static const struct cgn_ip6 aftr = { .b = { 0x20, 1, 0x0d, 0xb8, 0, 15, [15] = 1 } };
static const struct rte_ether_addr macs[2] = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } };
static struct cgn_conf_port ports[2];
static struct cgn_conf conf;
static struct cgn_relay_b4 *relay;
static struct cgn_ip_responder *responder;
static struct cgn_timerq *timers;
static uint64_t now;
static struct sent up, answer, passed, down, announced; /* last of each */
static unsigned int n_up, n_answers, n_passed, n_down, n_announced, n_errors;

static inline void
keep(struct sent *s, unsigned int *n, const void *data, size_t len)
{
	CU_ASSERT_TRUE_FATAL(len <= ROOM);
	memset(s, 0xa5, sizeof(*s));
	memcpy(s->data, data, len);
	s->len = len;
	(*n)++;
}

/* E-PX-5: each datagram to the AFTR leaves from the address of the softwire, and goes to its PCP server. */
static inline void
take_up(void *ctx, const void *packet, size_t len)
{
	const struct rte_ipv6_hdr *ip = packet;
	const struct rte_udp_hdr *udp = (const void *)(ip + 1);

	(void)ctx;
	CU_ASSERT_TRUE_FATAL(len >= 48);
	CU_ASSERT_EQUAL(ip->vtc_flow, RTE_BE32(0x60000000));
	CU_ASSERT_EQUAL(ip->proto, IPPROTO_UDP);
	CU_ASSERT_EQUAL(ip->hop_limits, 64);
	CU_ASSERT_EQUAL(rte_be_to_cpu_16(ip->payload_len), len - 40);
	CU_ASSERT_EQUAL(memcmp(&ip->src_addr, &b4, 16), 0);
	CU_ASSERT_EQUAL(memcmp(&ip->dst_addr, &aftr, 16), 0);
	CU_ASSERT_EQUAL(udp->src_port, RTE_BE16(5350));
	CU_ASSERT_EQUAL(udp->dst_port, RTE_BE16(5351));
	CU_ASSERT_EQUAL(udp->dgram_len, ip->payload_len);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(udp, len - 40, rte_ipv6_phdr_cksum(ip, 0)));
	keep(&up, &n_up, udp + 1, len - 48);
}

static inline void
keep4(struct sent *s, unsigned int *n, const void *packet, size_t len)
{
	const struct rte_ipv4_hdr *ip = packet;
	const struct rte_udp_hdr *udp = (const void *)(ip + 1);

	CU_ASSERT_TRUE_FATAL(len >= 28);
	keep(s, n, udp + 1, len - 28);
	s->from = ip->src_addr;
	s->to = ip->dst_addr;
	s->to_port = rte_be_to_cpu_16(udp->dst_port);
}

static inline void
take_wire(void *ctx, const void *packet, size_t len)
{
	(void)ctx;
	keep4(&passed, &n_passed, packet, len);
}

static inline void
take_route(void *ctx, const void *packet, size_t len)
{
	(void)ctx;
	keep4(&down, &n_down, packet, len);
}

static inline void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	bool is_group = ((const uint8_t *)frame)[0] == 1;

	(void)ctx;
	/* ICMP over IPv6 */
	if (((const uint8_t *)frame)[12] == 0x86) {
		n_errors++;
		return;
	}
	CU_ASSERT_EQUAL(port, 0);
	keep4(is_group ? &announced : &answer, is_group ? &n_announced : &n_answers,
			(const uint8_t *)frame + 14, len - 14);
	if (!is_group)
		CU_ASSERT_EQUAL(answer.from, GW);
}

/* What the waits of PCP are multiplied with is 1. */
static inline uint32_t
always_same(void)
{
	return 1000;
}

static inline void
begin(void)
{
	static const struct cgn_ip_responder_ops ops = { .send = send_frame };
	struct cgn_relay_b4_cfg cfg = {
		.conf = &conf, .wire = take_wire, .route = take_route, .route_out = take_up
	};

	ports[0] = (struct cgn_conf_port){ .side = CGN_SIDE_INSIDE,
		.mtu = 1500,
		.n_addresses = 1,
		.addresses = { { .ip4 = GW, .len = 24 } } };
	ports[1] = (struct cgn_conf_port){ .side = CGN_SIDE_OUTSIDE, .mtu = 1500 };
	conf = (struct cgn_conf){
		.ports = ports,
		.n_ports = 2,
		.nat = { .icmp_errors_per_s = 10 },
		.softwire = { .role = CGN_SOFTWIRE_B4, .local = b4, .remote = aftr },
		.natpmp = { .role = CGN_NATPMP_RELAY,
				.upstreams = { { .is_ip6 = true, .ip6 = aftr } },
				.n_upstreams = 1,
				.upstream_protocol = CGN_UPSTREAM_PCP,
				.lifetime_max_s = 86400,
				.requests_per_s = 1000,
				.subscriber_limit_code = 6,
				.version_error_bit = true,
				.announce = true },
		.pcp = { .enabled = true,
				.map = true,
				.peer = true,
				.lifetime_min_s = 120,
				.lifetime_max_s = 86400 },
	};
	now = 5000;
	n_up = n_answers = n_passed = n_down = n_announced = n_errors = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_ip_responder_create(&responder, &conf, macs, 1, &ops, NULL), 0);
	cfg.random = always_same;
	cfg.timers = timers;
	cfg.responder = responder;
	CU_ASSERT_EQUAL_FATAL(cgn_relay_b4_create(&relay, &cfg), 0);
}

static inline void
end(void)
{
	cgn_relay_b4_destroy(relay);
	cgn_ip_responder_destroy(responder);
	cgn_timerq_destroy(timers);
}

static inline void
advance(uint64_t ms)
{
	uint64_t until = now + ms, due;

	while ((due = cgn_timerq_next(timers)) <= until) {
		now = due > now ? due : now;
		cgn_timerq_run(timers, now, 1);
	}
	now = until;
}

/* Write an IPv4 packet with UDP. @return octets */
static inline size_t
make4(uint8_t *packet, rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport,
		const void *data, size_t len)
{
	const struct cgn_ep4 from = { .addr = src, .port = rte_cpu_to_be_16(sport) };
	const struct cgn_ep4 to = { .addr = dst, .port = rte_cpu_to_be_16(dport) };

	return cgn_frame_udp4(packet, &from, &to, 64, data, len);
}

/* The AFTR sends a datagram to a host, in the softwire. @return whether the relay takes it */
static inline bool
in_softwire(rte_be32_t host, uint16_t dport, const uint8_t *data, size_t len)
{
	_Alignas(2) uint8_t packet[ROOM];

	len = make4(packet, CGN_SOFTWIRE_AFTR_ADDR, 5351, host, dport, data, len);
	return cgn_relay_b4_input(relay, packet, len, now);
}

static inline void
from_home(rte_be32_t src, uint16_t sport, const void *data, size_t len)
{
	_Alignas(2) uint8_t packet[ROOM + 48];
	const struct cgn_frame f = { .l3 = packet,
		.l3_len = make4(packet, src, sport, GW, 5351, data, len),
		.src = { { 2, 0, 0, 0, 9, 9 } },
		.dst = macs[0],
		.ethertype = RTE_ETHER_TYPE_IPV4,
		.port = 0 };

	cgn_ip_responder_input(responder, &f, now);
}

#define FROM_HOME(host, ...)                                         \
	do {                                                         \
		static const uint8_t octets_[] = { __VA_ARGS__ };    \
		from_home((host), CLIENT, octets_, sizeof(octets_)); \
	} while (0)

/* A datagram over IPv6 at the outside port, or at another one. */
static inline void
from6(uint16_t port, const struct cgn_ip6 *src, uint16_t sport, const struct cgn_ip6 *dst,
		const void *data, size_t len)
{
	_Alignas(2) uint8_t packet[ROOM + 48];
	const struct cgn_frame f = { .l3 = packet,
		.l3_len = cgn_frame_udp6(packet, src, sport, dst, 5350, data, len),
		.src = { { 2, 0, 0, 0, 8, 8 } },
		.dst = macs[1],
		.ethertype = RTE_ETHER_TYPE_IPV6,
		.port = port };

	cgn_ip_responder_input(responder, &f, now);
}

#define FROM_AFTR(...)                                                \
	do {                                                          \
		static const uint8_t octets_[] = { __VA_ARGS__ };     \
		from6(1, &aftr, 5351, &b4, octets_, sizeof(octets_)); \
	} while (0)

/* Map a port of H1 by NAT-PMP. */
static inline void
map_natpmp(uint8_t proto, uint16_t in_port)
{
	const uint8_t request[] = { 0, proto == IPPROTO_UDP ? 1 : 2, 0, 0, U16(in_port), 0, 0,
		U32(7200) };
	const uint8_t reply[] = { ANSWER(1, 0, 7200, 500),
		MAPPING(NATPMP_NONCE(11, proto, in_port), proto, in_port, in_port, EXT),
		THIRD_PARTY(HOST1) };

	from_home(H1, CLIENT, request, sizeof(request));
	from6(1, &aftr, 5351, &b4, reply, sizeof(reply));
	CU_ASSERT_EQUAL(answer.data[3], 0);
}

/* Answer a deletion with a result. The last request to the AFTR must be for this port. */
static inline void
deleted(uint8_t proto, uint16_t in_port, uint8_t result)
{
	const uint8_t reply[] = { ANSWER(1, result, 0, 500),
		MAPPING(NATPMP_NONCE(11, proto, in_port), proto, in_port, 0, NONE),
		THIRD_PARTY(HOST1) };
	const uint8_t request[] = { REQUEST(1, 0, B4_OCTETS),
		MAPPING(NATPMP_NONCE(11, proto, in_port), proto, in_port, 0, NONE),
		THIRD_PARTY(HOST1) };

	oc_is(up.data, up.len, request, sizeof(request));
	from6(1, &aftr, 5351, &b4, reply, sizeof(reply));
}

#endif /* CGN_TEST_B4HOMEFIX_H */
