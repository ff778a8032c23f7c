/* SPDX-License-Identifier: BSD-3-Clause */
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
#define ROOM   1200

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

static void
keep(struct sent *s, unsigned int *n, const void *data, size_t len)
{
	CU_ASSERT_TRUE_FATAL(len <= ROOM);
	memset(s, 0xa5, sizeof(*s));
	memcpy(s->data, data, len);
	s->len = len;
	(*n)++;
}

/* E-PX-5: each datagram to the AFTR leaves from the address of the softwire, and goes to its PCP server. */
static void
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
	CU_ASSERT_EQUAL(memcmp(ip->src_addr, &b4, 16), 0);
	CU_ASSERT_EQUAL(memcmp(ip->dst_addr, &aftr, 16), 0);
	CU_ASSERT_EQUAL(udp->src_port, RTE_BE16(5350));
	CU_ASSERT_EQUAL(udp->dst_port, RTE_BE16(5351));
	CU_ASSERT_EQUAL(udp->dgram_len, ip->payload_len);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(udp, len - 40, rte_ipv6_phdr_cksum(ip, 0)));
	keep(&up, &n_up, udp + 1, len - 48);
}

static void
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

static void
take_wire(void *ctx, const void *packet, size_t len)
{
	(void)ctx;
	keep4(&passed, &n_passed, packet, len);
}

static void
take_route(void *ctx, const void *packet, size_t len)
{
	(void)ctx;
	keep4(&down, &n_down, packet, len);
}

static void
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
static uint32_t
always_same(void)
{
	return 1000;
}

static void
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

static void
end(void)
{
	cgn_relay_b4_destroy(relay);
	cgn_ip_responder_destroy(responder);
	cgn_timerq_destroy(timers);
}

static void
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
static size_t
make4(uint8_t *packet, rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport,
		const void *data, size_t len)
{
	const struct cgn_ep4 from = { .addr = src, .port = rte_cpu_to_be_16(sport) };
	const struct cgn_ep4 to = { .addr = dst, .port = rte_cpu_to_be_16(dport) };

	return cgn_frame_udp4(packet, &from, &to, 64, data, len);
}

/* The AFTR sends a datagram to a host, in the softwire. @return whether the relay takes it */
static bool
in_softwire(rte_be32_t host, uint16_t dport, const uint8_t *data, size_t len)
{
	_Alignas(2) uint8_t packet[ROOM];

	len = make4(packet, CGN_SOFTWIRE_AFTR_ADDR, 5351, host, dport, data, len);
	return cgn_relay_b4_input(relay, packet, len, now);
}

static void
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
static void
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

/* E-PX-5, RFC 7648 section 3.3: NAT-PMP becomes PCP with THIRD_PARTY, and its answer NAT-PMP again. */
static void
request_of_natpmp_is_asked_for_its_host(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(n_up, 1);
	IS_SENT(&up, REQUEST(1, 7200, B4_OCTETS),
			MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40080, NONE),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 0);
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40081, EXT),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(answer.to, H1);
	CU_ASSERT_EQUAL(answer.to_port, CLIENT);
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 8000, 40081, 3600));
	/* UDP, and the end of a mapping: no suggestion, lifetime 0. Traffic keeps it (RFC 6887 section 15). */
	FROM_HOME(H1, 0, 1, 0, 0, U16(9000), U16(40082), U32(0));
	IS_SENT(&up, REQUEST(1, 0, B4_OCTETS),
			MAPPING(NATPMP_NONCE(11, 17, 9000), 17, 9000, 0, NONE), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 9, 500), MAPPING(NATPMP_NONCE(11, 17, 9000), 17, 9000, 777, EXT),
			THIRD_PARTY(HOST1));
	IS_SENT(&answer, NATPMP_SAID(1, 0, 500, 9000, 0, 0));
	CU_ASSERT_EQUAL(n_passed + n_down, 0);
	end();
}

/* E-PX-5, RFC 7648 section 3.4.1: all of a PCP request is copied, its options in their order, and THIRD_PARTY is before them. */
static void
request_of_pcp_is_copied_with_third_party(void)
{
#define OPTIONS 2, 0, 0, 0, 77, 0, 0, 3, 1, 2, 3, 0, 128, 0, 0, 2, 'h', 'i', 0, 0
	begin();
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 40080, EXT), OPTIONS);
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1), OPTIONS);
	FROM_AFTR(ANSWER(1, 0, 3000, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), 2, 0, 0, 0,
			THIRD_PARTY(HOST1), 99, 0, 0, 1, 9, 0, 0, 0);
	IS_SENT(&answer, ANSWER(1, 0, 3000, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), 2, 0, 0, 0,
			99, 0, 0, 1, 9, 0, 0, 0);
	/* PEER, with a lifetime below pcp.lifetime_min_s */
	FROM_HOME(H1, REQUEST(2, 5, HOST1), MAPPING(NONCE, 17, 8000, 0, NONE), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9));
	IS_SENT(&up, REQUEST(2, 120, B4_OCTETS), MAPPING(NONCE, 17, 8000, 0, NONE), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(2, 0, 120, 500), MAPPING(NONCE, 17, 8000, 700, EXT), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9), THIRD_PARTY(HOST1));
	IS_SENT(&answer, ANSWER(2, 0, 120, 500), MAPPING(NONCE, 17, 8000, 700, EXT), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9));
	CU_ASSERT_EQUAL(n_answers, 2);
	end();
}

/* RFC 6887 section 7.3: there must be room for THIRD_PARTY. */
static void
request_without_room_for_third_party_is_malformed(void)
{
	static const uint8_t head[] = { REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE),
		200, 0 };
	uint8_t m[1100] = { 0 };

	memcpy(m, head, sizeof(head));
	for (size_t len = 1080; len <= 1100; len += 4) {
		begin();
		m[62] = (uint8_t)((len - 64) >> 8);
		m[63] = (uint8_t)(len - 64);
		from_home(H1, CLIENT, m, len);
		CU_ASSERT_EQUAL(n_up, len == 1080);
		CU_ASSERT_EQUAL(n_answers, len != 1080);
		if (len == 1080) {
			CU_ASSERT_EQUAL(up.len, 1100);
		} else {
			CU_ASSERT_EQUAL(answer.len, len);
			CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_MALFORMED_REQUEST);
		}
		end();
	}
}

/* E-PX-7, and RFC 7648 section 3.3: a host speaks neither for another one nor for the B4. */
static void
some_requests_are_answered_without_the_aftr(void)
{
	begin();
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 0));
	FROM_HOME(H1, REQUEST(0, 0, HOST1), 77, 0, 0, 0);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_OPTION);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE),
			THIRD_PARTY(MAPPED(192, 168, 1, 12)));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_OPTION);
	CU_ASSERT_EQUAL(answer.len, 80);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE), 13, 0, 0, 0);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_OPTION);
	FROM_HOME(H1, REQUEST(1, 3600, MAPPED(192, 168, 1, 12)), MAPPING(NONCE, 6, 8000, 0, NONE));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_ADDRESS_MISMATCH);
	FROM_HOME(H1, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 0, NONE));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_ADDRESS_MISMATCH);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), NONCE);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_MALFORMED_REQUEST);
	FROM_HOME(H1, 3, 1, 0, 0);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_VERSION);
	CU_ASSERT_EQUAL(n_answers, 8);
	conf.pcp.map = conf.pcp.peer = false;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_NOT_AUTHORIZED);
	FROM_HOME(H1, REQUEST(2, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE), U16(53), 0, 0,
			EXT);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_NOT_AUTHORIZED);
	conf.pcp.enabled = false;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	IS_SENT(&answer, 0, 0x81, 0, 1, U32(0));
	FROM_HOME(H1, 0, 9, 7, 7);
	IS_SENT(&answer, 0, 0x89, 0, 5, U32(0));
	FROM_HOME(H1, NATPMP_TCP(0, 40080, 7200));
	IS_SENT(&answer, NATPMP_SAID(2, 2, 0, 0, 0, 0));
	CU_ASSERT_EQUAL(n_answers, 13);
	/* What gets no answer */
	FROM_HOME(H1, 0, 0x82, 0, 0);
	FROM_HOME(H1, 0);
	conf.pcp.enabled = true;
	FROM_HOME(H1, ANSWER(1, 0, 3600, 5), MAPPING(NONCE, 6, 8000, 0, NONE));
	FROM_HOME(H1, 2, 1, 0, 0);
	CU_ASSERT_EQUAL(n_answers, 13);
	CU_ASSERT_EQUAL(n_up + n_passed, 0);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->local, 13);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->ignored, 4);
	end();
}

/* RFC 7648 section 3.4.1: an unknown opcode has no THIRD_PARTY. It passes in the softwire, from the host itself. */
static void
unknown_opcode_passes_in_the_softwire(void)
{
	static const uint8_t reply[] = { ANSWER(50, 0, 9, 500), 1, 2, 3, 4 };

	begin();
	cgn_relay_b4_start(relay, now);
	now += 10000;
	FROM_HOME(H1, REQUEST(50, 3600, HOST1), 1, 2, 3, 4);
	CU_ASSERT_EQUAL(n_passed, 1);
	CU_ASSERT_EQUAL(passed.from, H1);
	CU_ASSERT_EQUAL(passed.to, CGN_SOFTWIRE_AFTR_ADDR);
	IS_SENT(&passed, REQUEST(50, 3600, HOST1), 1, 2, 3, 4);
	CU_ASSERT_EQUAL(n_up, 1); /* the address */
	CU_ASSERT_TRUE(in_softwire(H1, CLIENT, reply, sizeof(reply)));
	CU_ASSERT_EQUAL(n_down, 1);
	CU_ASSERT_EQUAL(down.from, GW);
	/* E-PX-4: the epoch is the proxy's, which has begun ten seconds ago. */
	IS_SENT(&down, ANSWER(50, 0, 9, 10), 1, 2, 3, 4);
	/* What a host has asked the AFTR directly, and announcements to it, go there as they are. */
	CU_ASSERT_FALSE(in_softwire(H2, CLIENT, reply, sizeof(reply)));
	CU_ASSERT_FALSE(in_softwire(H1, 5350, reply, sizeof(reply)));
	end();
}

/* Ask by PCP, and let the AFTR refuse. @return the code in the answer to the host */
static uint8_t
refused(uint8_t result, bool has_option)
{
	static const uint8_t request[] = { REQUEST(1, 3600, HOST1),
		MAPPING(NONCE, 6, 8000, 0, NONE), 200, 0, 0, 0 };
	uint8_t error[] = { ANSWER(1, 0, 77, 500), MAPPING(NONCE, 6, 8000, 0, NONE),
		THIRD_PARTY(HOST1) };
	size_t len = sizeof(request) - (has_option ? 0 : 4);

	begin();
	error[3] = result;
	from_home(H1, CLIENT, request, len);
	from6(1, &aftr, 5351, &b4, error, sizeof(error));
	CU_ASSERT_EQUAL(n_answers, 1);
	/* A copy of the request of the host, not of that of the B4 (RFC 6887 section 8.2) */
	CU_ASSERT_EQUAL_FATAL(answer.len, len);
	CU_ASSERT_EQUAL(memcmp(answer.data + 24, request + 24, len - 24), 0);
	CU_ASSERT_EQUAL(cgn_pcp_wire_get32(answer.data + 4),
			answer.data[3] == result ? 77 : cgn_pcp_codes_lifetime_s(answer.data[3]));
	end();
	return answer.data[3];
}

static void
refusals_of_the_aftr_are_told(void)
{
	static const struct {
		uint8_t result, natpmp;
	} codes[] = { { 2, 2 }, { 4, 5 }, { 7, 3 }, { 8, 4 }, { 10, 6 }, { 1, 3 } };

	CU_ASSERT_EQUAL(refused(CGN_PCP_NO_RESOURCES, false), CGN_PCP_NO_RESOURCES);
	CU_ASSERT_EQUAL(refused(CGN_PCP_USER_EX_QUOTA, true), CGN_PCP_USER_EX_QUOTA);
	CU_ASSERT_EQUAL(refused(200, false), 200);
	CU_ASSERT_EQUAL(refused(CGN_PCP_ADDRESS_MISMATCH, false), CGN_PCP_NETWORK_FAILURE);
	CU_ASSERT_EQUAL(refused(CGN_PCP_UNSUPP_VERSION, false), CGN_PCP_NETWORK_FAILURE);
	CU_ASSERT_EQUAL(refused(CGN_PCP_UNSUPP_OPTION, false), CGN_PCP_NOT_AUTHORIZED);
	CU_ASSERT_EQUAL(refused(CGN_PCP_UNSUPP_OPTION, true), CGN_PCP_UNSUPP_OPTION);
	for (size_t i = 0; i < RTE_DIM(codes); i++) {
		uint8_t error[] = { ANSWER(1, 0, 77, 500),
			MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 0, NONE), THIRD_PARTY(HOST1) };

		begin();
		FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
		error[3] = codes[i].result;
		from6(1, &aftr, 5351, &b4, error, sizeof(error));
		CU_ASSERT_EQUAL(answer.len, 16);
		CU_ASSERT_EQUAL(answer.data[3], codes[i].natpmp);
		CU_ASSERT_EQUAL(memcmp(answer.data + 8, "\x1f\x40\0\0\0\0\0\0", 8), 0);
		end();
	}
}

/* RFC 6887 section 11.6: the address is that of a short mapping of the B4's own inner address. */
static void
address_is_asked_of_the_own_inner_address(void)
{
	begin();
	FROM_HOME(H1, 0, 0);
	FROM_HOME(H2, 0, 0);
	CU_ASSERT_EQUAL(n_up, 1);
	IS_SENT(&up, REQUEST(1, 120, B4_OCTETS), MAPPING(PROBE, 6, 5350, 0, NONE),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	FROM_AFTR(ANSWER(1, 0, 120, 500), MAPPING(PROBE, 6, 5350, 999, EXT),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	CU_ASSERT_EQUAL(n_answers, 2);
	IS_SENT(&answer, 0, 0x80, 0, 0, U32(500), 203, 0, 113, 7);
	/* The address is known, so only the epoch is asked for. */
	FROM_HOME(H1, 0, 0);
	IS_SENT(&up, REQUEST(0, 0, B4_OCTETS));
	FROM_AFTR(ANSWER(0, 0, 0, 500));
	CU_ASSERT_EQUAL(n_answers, 3);
	end();
}

/* Map a port of H1 by NAT-PMP. */
static void
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
static void
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

/* B-DEL-5: one by one, what this host has by NAT-PMP for this protocol. */
static void
all_mappings_of_a_natpmp_client_are_deleted(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 81);
	map_natpmp(IPPROTO_TCP, 82);
	map_natpmp(IPPROTO_TCP, 83);
	map_natpmp(IPPROTO_UDP, 84);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	n_up = n_answers = 0;
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	deleted(IPPROTO_TCP, 81, 0);
	deleted(IPPROTO_TCP, 82, CGN_PCP_NOT_AUTHORIZED);
	deleted(IPPROTO_TCP, 83, 0);
	CU_ASSERT_EQUAL(n_up, 3);
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, NATPMP_SAID(2, 2, 500, 0, 0, 0));
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 0, 0, 0));
	CU_ASSERT_EQUAL(n_up, 3);
	/* The AFTR is silent: nothing is forgotten, so the client can try again. */
	map_natpmp(IPPROTO_TCP, 85);
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	advance(60000);
	IS_SENT(&answer, NATPMP_SAID(2, 3, 545, 0, 0, 0));
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	deleted(IPPROTO_TCP, 85, 0);
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 0, 0, 0));
	end();
}

/* RFC 6887 section 8.1.1, RFC 7488 section 3: again after 3, 6 and 12 seconds, and the end after 45. */
static void
silent_aftr_is_asked_four_times(void)
{
	static const struct {
		unsigned int ms, n_up;
	} steps[] = { { 2999, 1 }, { 3000, 2 }, { 8999, 2 }, { 9000, 3 }, { 20999, 3 },
		{ 21000, 4 }, { 44999, 4 } };
	uint64_t first;

	begin();
	first = now;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	for (size_t i = 0; i < RTE_DIM(steps); i++) {
		advance(first + steps[i].ms - now);
		CU_ASSERT_EQUAL(n_up, steps[i].n_up);
		IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 0, NONE),
				THIRD_PARTY(HOST1));
	}
	CU_ASSERT_EQUAL(n_answers, 0);
	advance(1);
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, ANSWER(1, CGN_PCP_NETWORK_FAILURE, 30, 0),
			MAPPING(NONCE, 6, 8000, 0, NONE));
	/* Nothing is left under way: a late answer is for nobody. */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	end();
}

/* The lifetime began when the AFTR got the request, which may have been the first one. */
static void
time_that_the_answer_took_is_not_granted(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	advance(10000);
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1));
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 8000, 40080, 3590));
	end();
}

/* A client repeats its request while the AFTR is asked. Another request for the same port waits. */
static void
requests_of_one_port_are_carried_out_one_by_one(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	FROM_HOME(H1, NATPMP_TCP(8000, 0, 0));
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	advance(300);
	CU_ASSERT_EQUAL(n_up, 1);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->repeated, 1);
	/* Another port, and another host, do not wait. */
	FROM_HOME(H2, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(n_up, 2);
	FROM_AFTR(ANSWER(1, 0, 7200, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	advance(300);
	CU_ASSERT_EQUAL(n_up, 3);
	/* A second answer to the mapping is none to its deletion. But it may be one for traffic (section 15). */
	deleted(IPPROTO_TCP, 8000, 0);
	CU_ASSERT_EQUAL(n_answers, 3);
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 0, 0, 0));
	end();
}

/* One host cannot take the room of the others, and all of them only a part of the memory. */
static void
requests_under_way_are_limited(void)
{
	const struct cgn_relay_proxy_stats *stats;

	begin();
	stats = cgn_relay_b4_proxy_stats(relay);
	for (unsigned int h = 0; h < 5; h++) {
		for (uint16_t i = 1; i <= CGN_RELAY_PROXY_CLIENT + 1; i++) {
			const uint8_t request[] = { 0, 1, 0, 0, U16(i), 0, 0, U32(7200) };

			from_home(H1 + rte_cpu_to_be_32(h), CLIENT, request, sizeof(request));
		}
	}
	CU_ASSERT_EQUAL(stats->asked, CGN_RELAY_PROXY_OPEN);
	CU_ASSERT_EQUAL(stats->dropped, 5 * (CGN_RELAY_PROXY_CLIENT + 1) - CGN_RELAY_PROXY_OPEN);
	advance(300000);
	CU_ASSERT_EQUAL(n_answers, CGN_RELAY_PROXY_OPEN);
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(stats->asked, CGN_RELAY_PROXY_OPEN + 1);
	end();
}

/* E-PX-4: an epoch of its own, from the start of the proxy on. It falls when the AFTR has lost its state. */
static void
epoch_is_the_proxys_own(void)
{
	static const uint8_t lost[] = { ANSWER(0, 0, 0, 3) };

	begin();
	cgn_relay_b4_start(relay, now);
	FROM_AFTR(ANSWER(1, 0, 120, 500), MAPPING(PROBE, 6, 5350, 999, EXT),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	IS_SENT(&announced, ANSWER(0, 0, 0, 0));
	CU_ASSERT_EQUAL(n_announced, 2); /* NAT-PMP and PCP */
	advance(40000);
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 40));
	/* The AFTR announces that it has restarted, in the softwire. PCP asks for the address anew. */
	n_up = n_announced = 0;
	CU_ASSERT_FALSE(in_softwire(H2, 5350, lost, sizeof(lost)));
	CU_ASSERT_EQUAL(n_up, 1);
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 3));
	FROM_AFTR(ANSWER(1, 0, 120, 3), MAPPING(PROBE, 6, 5350, 999, EXT),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	CU_ASSERT_EQUAL(n_announced, 2);
	IS_SENT(&announced, ANSWER(0, 0, 0, 3));
	/* The clock of the AFTR is fast. */
	now += 10000;
	FROM_AFTR(ANSWER(0, 0, 0, 14));
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 13));
	end();
}

/* E-ANN-4: the AFTR ends a mapping of a PCP client. The host is told by each of its updates. */
static void
update_of_a_mapping_is_passed_on(void)
{
	begin();
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	/* A second answer is no news, and what is said of others is none. */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(PROBE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8001, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT),
			THIRD_PARTY(MAPPED(192, 168, 1, 12)));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT));
	CU_ASSERT_EQUAL(n_answers, 1);
	for (unsigned int i = 0; i < 3; i++) {
		FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT),
				THIRD_PARTY(HOST1));
		CU_ASSERT_EQUAL(n_answers, 2 + i);
		CU_ASSERT_EQUAL(answer.to, H1);
		CU_ASSERT_EQUAL(answer.to_port, CLIENT);
		IS_SENT(&answer, ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT));
	}
	/* It has moved. */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40081, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 5);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->updates, 4);
	end();
}

/* NAT-PMP has no updates. The epoch begins anew once, so that all clients renew. */
static void
update_for_a_natpmp_client_begins_the_epoch_anew(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 8000);
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 500));
	n_answers = 0;
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 0);
	advance(5000);
	FROM_AFTR(ANSWER(1, 0, 0, 505), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 5));
	end();
}

/* lease_owner.h: PCP takes over what NAT-PMP has made, which the AFTR knows by another nonce. */
static void
pcp_takes_over_a_mapping_of_natpmp(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 8000);
	n_answers = 0;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 8000, EXT));
	deleted(IPPROTO_TCP, 8000, 0);
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 8000, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 8000, EXT));
	/* Once */
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 8000, EXT));
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	end();
}

/* D-SEC-5: only the AFTR answers: from its address and port, by the outside, to the address of the softwire. The answer
 * must have the third party and the nonce of the request. */
static void
others_answer_nothing(void)
{
	static const uint8_t good[] = { ANSWER(1, 0, 3600, 500),
		MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1) };
	const struct cgn_relay_upstream_stats *stats;
	struct cgn_ip6 other = aftr;

	begin();
	ports[1].n_addresses = 1;
	ports[1].addresses[0] = (struct cgn_prefix){ .ip6 = other, .is_ip6 = true, .len = 64 };
	ports[1].addresses[0].ip6.b[15] = 9;
	stats = cgn_relay_upstream_stats(cgn_relay_get_upstream(cgn_relay_b4_relay(relay)));
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	other.b[15] = 2;
	from6(1, &other, 5351, &b4, good, sizeof(good));
	from6(1, &aftr, 5352, &b4, good, sizeof(good));
	from6(0, &aftr, 5351, &b4, good, sizeof(good));
	from6(1, &aftr, 5351, &ports[1].addresses[0].ip6, good, sizeof(good));
	CU_ASSERT_EQUAL(stats->counter[CGN_RELAY_C_FORGED], 4);
	CU_ASSERT_EQUAL(n_errors, 1); /* to the inside */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT),
			THIRD_PARTY(MAPPED(192, 168, 1, 12)));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(PROBE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 0);
	from6(1, &aftr, 5351, &b4, good, sizeof(good));
	CU_ASSERT_EQUAL(n_answers, 1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(request_of_natpmp_is_asked_for_its_host),
	CU_TEST_ROW(request_of_pcp_is_copied_with_third_party),
	CU_TEST_ROW(request_without_room_for_third_party_is_malformed),
	CU_TEST_ROW(some_requests_are_answered_without_the_aftr),
	CU_TEST_ROW(unknown_opcode_passes_in_the_softwire),
	CU_TEST_ROW(refusals_of_the_aftr_are_told),
	CU_TEST_ROW(address_is_asked_of_the_own_inner_address),
	CU_TEST_ROW(all_mappings_of_a_natpmp_client_are_deleted),
	CU_TEST_ROW(silent_aftr_is_asked_four_times),
	CU_TEST_ROW(time_that_the_answer_took_is_not_granted),
	CU_TEST_ROW(requests_of_one_port_are_carried_out_one_by_one),
	CU_TEST_ROW(requests_under_way_are_limited),
	CU_TEST_ROW(epoch_is_the_proxys_own),
	CU_TEST_ROW(update_of_a_mapping_is_passed_on),
	CU_TEST_ROW(update_for_a_natpmp_client_begins_the_epoch_anew),
	CU_TEST_ROW(pcp_takes_over_a_mapping_of_natpmp),
	CU_TEST_ROW(others_answer_nothing),
};

CU_MAIN("relay_proxy", tests)
