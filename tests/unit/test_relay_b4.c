/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/relay/relay_b4.h"
#include "tests/support/cu.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_udp.h>

#define AFTR  RTE_BE32(0xc0000001) /* 192.0.0.1 */
#define B4    RTE_BE32(0xc0000002)
#define GW    RTE_BE32(0xc0a80101) /* 192.168.1.1 */
#define GW2   RTE_BE32(0xc0a801fe)
#define H1    RTE_BE32(0xc0a8010a) /* 192.168.1.10 */
#define H2    RTE_BE32(0xc0a8010b)
#define OTHER RTE_BE32(0xcb007105)
#define ALL   RTE_BE32(0xe0000001) /* 224.0.0.1 */

struct datagram {
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
	uint8_t data[1472];
};

static struct cgn_relay_b4 *wire;
static struct cgn_ip_responder *responder;
static struct cgn_timerq *timers;
static uint64_t now;
static struct datagram up, down; /* sent last */
static size_t up_len, down_len;
static unsigned int n_up, n_down, n_framed;
static uint8_t framed[128];

static const struct rte_ether_addr macs[2] = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } };
static struct cgn_conf_port ports[2];
static struct cgn_conf conf = { .ports = ports, .n_ports = 2, .nat = { .icmp_errors_per_s = 10 } };

static void
take(struct datagram *d, size_t *at, const void *packet, size_t len)
{
	CU_ASSERT_TRUE_FATAL(len >= 28 && len <= sizeof(*d));
	memset(d, 0xa5, sizeof(*d));
	memcpy(d, packet, len);
	*at = len - 28;
	CU_ASSERT_EQUAL(rte_raw_cksum(&d->ip, sizeof(d->ip)), 0xffff);
	CU_ASSERT_EQUAL(rte_be_to_cpu_16(d->ip.total_length), len);
	/* Clients and the AFTR may be several routers away. */
	CU_ASSERT_EQUAL(d->ip.time_to_live, 64);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(&d->udp, len - 20, rte_ipv4_phdr_cksum(&d->ip, 0)));
}

static void
take_up(void *ctx, const void *packet, size_t len)
{
	CU_ASSERT_PTR_EQUAL(ctx, &wire);
	take(&up, &up_len, packet, len);
	n_up++;
}

static void
take_down(void *ctx, const void *packet, size_t len)
{
	CU_ASSERT_PTR_EQUAL(ctx, &wire);
	take(&down, &down_len, packet, len);
	n_down++;
}

static unsigned int n_up6;

/* What a proxy asks, over IPv6. */
static void
take_up6(void *ctx, const void *packet, size_t len)
{
	CU_ASSERT_PTR_EQUAL(ctx, &wire);
	CU_ASSERT_TRUE(len > 48 && *(const uint8_t *)packet >> 4 == 6);
	n_up6++;
}

static void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	(void)ctx;
	CU_ASSERT_EQUAL(port, 0);
	CU_ASSERT_TRUE_FATAL(len <= sizeof(framed));
	memcpy(framed, frame, len);
	n_framed++;
}

static void
begin(void)
{
	static const struct cgn_ip_responder_ops ops = { .send = send_frame };
	struct cgn_relay_b4_cfg cfg = {
		.conf = &conf,
		.wire = take_up,
		.route = take_down,
		.route_out = take_up6,
		.ctx = &wire,
	};

	ports[0] = (struct cgn_conf_port){ .side = CGN_SIDE_INSIDE,
		.mtu = 1500,
		.n_addresses = 2,
		.addresses = { { .ip4 = GW, .len = 24 }, { .ip4 = GW2, .len = 24 } } };
	ports[1] = (struct cgn_conf_port){ .side = CGN_SIDE_OUTSIDE, .mtu = 1500 };
	conf.softwire.role = CGN_SOFTWIRE_B4;
	conf.natpmp = (struct cgn_conf_natpmp){ .role = CGN_NATPMP_RELAY,
		.upstreams = { { .ip4 = AFTR } },
		.n_upstreams = 1,
		.announce = true };
	now = 5000;
	n_up = n_down = n_framed = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_ip_responder_create(&responder, &conf, macs, 1, &ops, NULL), 0);
	cfg.timers = timers;
	cfg.responder = responder;
	CU_ASSERT_EQUAL_FATAL(cgn_relay_b4_create(&wire, &cfg), 0);
}

static void
end(void)
{
	cgn_relay_b4_destroy(wire);
	cgn_ip_responder_destroy(responder);
	cgn_timerq_destroy(timers);
}

static size_t
make(struct datagram *d, rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport,
		const void *data, size_t len)
{
	*d = (struct datagram){
		.ip = { .version_ihl = 0x45,
				.total_length = rte_cpu_to_be_16((uint16_t)(28 + len)),
				.time_to_live = 64,
				.next_proto_id = IPPROTO_UDP,
				.src_addr = src,
				.dst_addr = dst },
		.udp = { .src_port = rte_cpu_to_be_16(sport),
				.dst_port = rte_cpu_to_be_16(dport),
				.dgram_len = rte_cpu_to_be_16((uint16_t)(8 + len)) },
	};
	memcpy(d->data, data, len);
	d->ip.hdr_checksum = rte_ipv4_cksum(&d->ip);
	d->udp.dgram_cksum = rte_ipv4_udptcp_cksum(&d->ip, &d->udp);
	return 28 + len;
}

/* A host at home sends something to UDP port 5351. */
static void
from_home(uint16_t port, rte_be32_t src, uint16_t sport, rte_be32_t dst, const void *data,
		size_t len)
{
	struct datagram d;
	const struct cgn_frame f = { .l3 = (const void *)&d,
		.l3_len = make(&d, src, sport, dst, 5351, data, len),
		.src = { { 2, 0, 0, 0, 9, 9 } },
		.dst = macs[port],
		.ethertype = RTE_ETHER_TYPE_IPV4,
		.port = port };

	cgn_ip_responder_input(responder, &f, now);
}

/* Something comes out of the softwire. */
static bool
from_aftr(rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport, const void *data,
		size_t len)
{
	struct datagram d;
	size_t n = make(&d, src, sport, dst, dport, data, len);

	return cgn_relay_b4_input(wire, &d, n, now);
}

static const uint8_t request[] = { 0, 2, 0, 0, 0x1f, 0x40, 0x9c, 0x90, 0, 0, 0x0e, 0x10 };
static const uint8_t answer[] = { 0, 130, 0, 0, 0, 0, 1, 0, 0x1f, 0x40, 0x9c, 0x90, 0, 0, 0x0e,
	0x10 };
static const uint8_t address[] = { 0, 128, 0, 0, 0, 0, 1, 0, 203, 0, 113, 7 };

/* C-S-1: all octets as they are. C-S-2: the client's own address and port; only the destination. */
static void
request_keeps_its_source(void)
{
	begin();
	from_home(0, H1, 40000, GW, request, sizeof(request));
	CU_ASSERT_EQUAL_FATAL(n_up, 1);
	CU_ASSERT_EQUAL(up.ip.src_addr, H1);
	CU_ASSERT_EQUAL(up.ip.dst_addr, AFTR);
	CU_ASSERT_EQUAL(up.udp.src_port, RTE_BE16(40000));
	CU_ASSERT_EQUAL(up.udp.dst_port, RTE_BE16(5351));
	CU_ASSERT_EQUAL_FATAL(up_len, sizeof(request));
	CU_ASSERT_EQUAL(memcmp(up.data, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(n_down, 0);
	CU_ASSERT_EQUAL(n_framed, 0);
	end();
}

/* What leaves in the softwire has an IPv6 header more, so it must not be as long as the link of the home allows. */
static void
long_request_is_not_passed_on(void)
{
	uint8_t data[1472] = { 0, 2 };

	begin();
	from_home(0, H1, 40000, GW, data, 1400);
	CU_ASSERT_EQUAL(n_up, 1);
	CU_ASSERT_EQUAL(up_len, 1400);
	from_home(0, H1, 40000, GW, data, 1401);
	from_home(0, H1, 40000, GW, data, sizeof(data));
	CU_ASSERT_EQUAL(n_up, 1);
	CU_ASSERT_EQUAL(cgn_relay_b4_stats(wire)->ignored, 2);
	end();
}

/* C-S-2: the answer comes from the address that the client asked, to the port that asked. */
static void
answer_comes_from_the_gateway_asked(void)
{
	static const rte_be32_t gateways[] = { GW, GW2 };

	begin();
	for (unsigned int i = 0; i < 2; i++) {
		from_home(0, H1, (uint16_t)(40000 + i), gateways[i], request, sizeof(request));
		CU_ASSERT_TRUE(from_aftr(
				AFTR, 5351, H1, (uint16_t)(40000 + i), answer, sizeof(answer)));
		CU_ASSERT_EQUAL_FATAL(n_down, i + 1);
		CU_ASSERT_EQUAL(down.ip.src_addr, gateways[i]);
		CU_ASSERT_EQUAL(down.ip.dst_addr, H1);
		CU_ASSERT_EQUAL(down.udp.src_port, RTE_BE16(5351));
		CU_ASSERT_EQUAL(down.udp.dst_port, rte_cpu_to_be_16((uint16_t)(40000 + i)));
		CU_ASSERT_EQUAL_FATAL(down_len, sizeof(answer));
		CU_ASSERT_EQUAL(memcmp(down.data, answer, sizeof(answer)), 0);
	}
	end();
}

/* C-S-7: a host may ask 192.0.0.1 itself, past the relay. C-S-3: what the relay knows of a request is
 * whom the client asked, and the next one brings it back. */
static void
answers_to_what_was_not_asked_here_pass_as_they_are(void)
{
	begin();
	CU_ASSERT_FALSE(from_aftr(AFTR, 5351, H2, 40000, answer, sizeof(answer)));
	from_home(0, H2, 40000, GW2, request, sizeof(request));
	now += 100000;
	CU_ASSERT_TRUE(from_aftr(AFTR, 5351, H2, 40000, answer, sizeof(answer)));
	CU_ASSERT_EQUAL(n_down, 1);
	CU_ASSERT_EQUAL(down.ip.src_addr, GW2);
	now += 100000;
	CU_ASSERT_FALSE(from_aftr(AFTR, 5351, H2, 40000, answer, sizeof(answer)));
	CU_ASSERT_EQUAL(n_down, 1);
	end();
}

/* Announcements come unasked, and clients take them from their gateway only. */
static void
announcement_to_a_client_comes_from_its_gateway(void)
{
	begin();
	CU_ASSERT_TRUE(from_aftr(AFTR, 5351, H2, 5350, address, sizeof(address)));
	CU_ASSERT_EQUAL(n_down, 1);
	CU_ASSERT_EQUAL(down.ip.src_addr, GW);
	CU_ASSERT_EQUAL(down.ip.dst_addr, H2);
	CU_ASSERT_EQUAL(down.udp.dst_port, RTE_BE16(5350));
	end();
}

/* C-S-5: the AFTR tells clients apart by their inner addresses. C-S-1: even what makes no sense. */
static void
everything_is_passed_on_as_it_is(void)
{
	static const uint8_t delete_all[] = { 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t pcp[60] = { 2, 1 };

	begin();
	from_home(0, H1, 40000, GW, delete_all, sizeof(delete_all));
	CU_ASSERT_EQUAL(n_up, 1);
	CU_ASSERT_EQUAL(up.ip.src_addr, H1);
	CU_ASSERT_EQUAL(memcmp(up.data, delete_all, sizeof(delete_all)), 0);
	from_home(0, H2, 40000, GW, pcp, sizeof(pcp));
	CU_ASSERT_EQUAL(n_up, 2);
	CU_ASSERT_EQUAL(up_len, sizeof(pcp));
	CU_ASSERT_EQUAL(up.ip.src_addr, H2);
	end();
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

/* C-S-4: asked from 192.0.0.2, announced at home with the AFTR's address and epoch. */
static void
address_and_epoch_are_announced(void)
{
	static const uint8_t ask[] = { 0, 0 };
	static const uint8_t lost[] = { 0, 128, 0, 0, 0, 0, 0, 3, 203, 0, 113, 7 };

	begin();
	cgn_relay_b4_start(wire, now);
	CU_ASSERT_EQUAL_FATAL(n_up, 1);
	CU_ASSERT_EQUAL(up.ip.src_addr, B4);
	CU_ASSERT_EQUAL(up.ip.dst_addr, AFTR);
	CU_ASSERT_EQUAL(up_len, sizeof(ask));
	CU_ASSERT_EQUAL(memcmp(up.data, ask, sizeof(ask)), 0);
	/* To whomever it is said: the first announcement leaves at once. */
	CU_ASSERT_TRUE(from_aftr(AFTR, 5351, ALL, 5350, address, sizeof(address)));
	CU_ASSERT_EQUAL_FATAL(n_framed, 1);
	CU_ASSERT_EQUAL(memcmp(framed + 14 + 12, "\xc0\xa8\x01\x01\xe0\x00\x00\x01", 8), 0);
	CU_ASSERT_EQUAL(memcmp(framed + 14 + 28, address, sizeof(address)), 0);
	advance(300000);
	CU_ASSERT_EQUAL(n_framed, 10);
	CU_ASSERT_EQUAL(n_down, 0);
	/* The AFTR has restarted, as the answer to some client shows. */
	from_home(0, H1, 40000, GW, request, sizeof(request));
	CU_ASSERT_TRUE(from_aftr(AFTR, 5351, H1, 40000, lost, sizeof(lost)));
	CU_ASSERT_EQUAL(n_down, 1);
	CU_ASSERT_TRUE(from_aftr(AFTR, 5351, ALL, 5350, lost, sizeof(lost)));
	CU_ASSERT_EQUAL(n_framed, 11);
	CU_ASSERT_EQUAL(memcmp(framed + 14 + 28, lost, sizeof(lost)), 0);
	end();
}

/* C-S-4: an AFTR that does not know PCP tells a client so, not the relay that is asking it for the address. */
static void
error_for_a_client_is_no_answer_to_the_relay(void)
{
	static const uint8_t pcp[60] = { 2, 1 };
	static const uint8_t bad_version[] = { 0, 128, 0, 1, 0, 0, 1, 0 };

	begin();
	cgn_relay_b4_start(wire, now);
	from_home(0, H1, 40000, GW, pcp, sizeof(pcp));
	CU_ASSERT_TRUE(from_aftr(AFTR, 5351, H1, 40000, bad_version, sizeof(bad_version)));
	CU_ASSERT_EQUAL(n_down, 1);
	CU_ASSERT_EQUAL(n_framed, 0);
	CU_ASSERT_TRUE(from_aftr(AFTR, 5351, ALL, 5350, address, sizeof(address)));
	CU_ASSERT_EQUAL_FATAL(n_framed, 1);
	CU_ASSERT_EQUAL(memcmp(framed + 14 + 28, address, sizeof(address)), 0);
	end();
}

/* D-SEC-5, C-G-7, C-G-14: nobody but the AFTR; no requests but those from home. */
static void
others_change_nothing(void)
{
	uint8_t damaged[28 + sizeof(answer)];
	struct datagram d;

	begin();
	CU_ASSERT_FALSE(from_aftr(OTHER, 5351, H1, 40000, address, sizeof(address)));
	CU_ASSERT_FALSE(from_aftr(AFTR, 5352, H1, 40000, address, sizeof(address)));
	CU_ASSERT_FALSE(from_aftr(OTHER, 5351, ALL, 5350, address, sizeof(address)));
	(void)make(&d, AFTR, 5351, H1, 40000, answer, sizeof(answer));
	memcpy(damaged, &d, sizeof(damaged));
	for (size_t len = 0; len < sizeof(damaged); len++)
		CU_ASSERT_FALSE(cgn_relay_b4_input(wire, damaged, len, now));
	damaged[40] ^= 1;
	CU_ASSERT_FALSE(cgn_relay_b4_input(wire, damaged, sizeof(damaged), now));
	from_home(1, OTHER, 40000, GW, request, sizeof(request));
	CU_ASSERT_EQUAL(n_up + n_down + n_framed, 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(cgn_relay_get_upstream(cgn_relay_b4_relay(wire))),
			0);
	end();
}

/* C-G-7: a fragment is not the whole answer, wherever it belongs; what may not be fragmented is. */
static void
fragments_are_no_answers(void)
{
	static const struct {
		uint16_t fragment_offset;
		bool is_taken;
	} cases[] = { { 0, true }, { 0x4000, true }, { 0x2000, false }, { 0x0001, false },
		{ 0x2001, false }, { 0x1fff, false }, { 0x8000, false } };

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct datagram d;
		size_t n;

		begin();
		from_home(0, H1, 40000, GW, request, sizeof(request));
		n = make(&d, AFTR, 5351, H1, 40000, address, sizeof(address));
		d.ip.fragment_offset = rte_cpu_to_be_16(cases[i].fragment_offset);
		d.ip.hdr_checksum = 0;
		d.ip.hdr_checksum = rte_ipv4_cksum(&d.ip);
		CU_ASSERT_EQUAL(cgn_relay_b4_input(wire, &d, n, now), cases[i].is_taken);
		CU_ASSERT_EQUAL(n_down, cases[i].is_taken);
		end();
	}
}

static struct cgn_conf other_conf;

/* Another configuration: prepared, and used if @p is_used. */
static void
change(enum cgn_natpmp_role role, const struct cgn_ip *upstream, bool is_used)
{
	static struct cgn_conf next;

	next = conf;
	next.natpmp.role = role;
	next.natpmp.upstreams[0] = *upstream;
	next.natpmp.upstream_protocol = upstream->is_ip6 ? CGN_UPSTREAM_PCP : CGN_UPSTREAM_AUTO;
	CU_ASSERT_EQUAL_FATAL(cgn_relay_b4_prepare(wire, &next), 0);
	if (!is_used) {
		cgn_relay_b4_abandon(wire);
		return;
	}
	other_conf = next;
	cgn_relay_b4_set_conf(wire, &other_conf, now);
}

static const struct cgn_ip aftr = { .ip4 = AFTR };

/* REQ: N-LIVE-61: off: nobody listens, and nothing is sent. On: it serves again. */
static void
relay_is_switched_off_and_on(void)
{
	begin();
	cgn_relay_b4_start(wire, now);
	change(CGN_NATPMP_OFF, &aftr, true);
	n_up = 0;
	from_home(0, H1, 40000, GW, request, sizeof(request));
	CU_ASSERT_EQUAL(n_up, 0);
	CU_ASSERT_EQUAL(n_framed, 1); /* port unreachable */
	CU_ASSERT_FALSE(from_aftr(AFTR, 5351, H1, 40000, address, sizeof(address)));
	now += 300000;
	cgn_timerq_run(timers, now, 1000);
	CU_ASSERT_EQUAL(n_up, 0);
	change(CGN_NATPMP_RELAY, &aftr, true);
	CU_ASSERT_EQUAL(n_up, 1); /* it asks for the address */
	from_home(0, H1, 40000, GW, request, sizeof(request));
	CU_ASSERT_EQUAL(n_up, 2);
	CU_ASSERT_EQUAL(up.ip.src_addr, H1);
	end();
}

/* REQ: N-LIVE-60: a proxy asks for its hosts itself, and passes nothing on that it knows. */
static void
relay_becomes_a_proxy_and_a_relay_again(void)
{
	static const struct cgn_ip aftr6 = { .is_ip6 = true, .ip6 = { { 0x20, 1, 0xd, 0xb8 } } };
	static const struct cgn_ip other = { .ip4 = OTHER };

	begin();
	cgn_relay_b4_start(wire, now);
	CU_ASSERT_PTR_NULL(cgn_relay_b4_proxy_stats(wire));
	change(CGN_NATPMP_RELAY, &aftr6, false);
	CU_ASSERT_PTR_NULL(cgn_relay_b4_proxy_stats(wire));
	n_up = n_up6 = 0;
	change(CGN_NATPMP_RELAY, &aftr6, true);
	CU_ASSERT_PTR_NOT_NULL(cgn_relay_b4_proxy_stats(wire));
	CU_ASSERT_EQUAL(n_up6, 1);
	from_home(0, H1, 40000, GW, request, sizeof(request));
	CU_ASSERT_EQUAL(n_up, 0);
	change(CGN_NATPMP_RELAY, &other, true);
	CU_ASSERT_PTR_NULL(cgn_relay_b4_proxy_stats(wire));
	CU_ASSERT_EQUAL(n_up, 1);
	CU_ASSERT_EQUAL(up.ip.dst_addr, OTHER);
	from_home(0, H1, 40000, GW, request, sizeof(request));
	CU_ASSERT_EQUAL(n_up, 2);
	CU_ASSERT_EQUAL(up.ip.dst_addr, OTHER);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(request_keeps_its_source),
	CU_TEST_ROW(long_request_is_not_passed_on),
	CU_TEST_ROW(answer_comes_from_the_gateway_asked),
	CU_TEST_ROW(answers_to_what_was_not_asked_here_pass_as_they_are),
	CU_TEST_ROW(announcement_to_a_client_comes_from_its_gateway),
	CU_TEST_ROW(everything_is_passed_on_as_it_is),
	CU_TEST_ROW(address_and_epoch_are_announced),
	CU_TEST_ROW(error_for_a_client_is_no_answer_to_the_relay),
	CU_TEST_ROW(others_change_nothing),
	CU_TEST_ROW(fragments_are_no_answers),
	CU_TEST_ROW(relay_is_switched_off_and_on),
	CU_TEST_ROW(relay_becomes_a_proxy_and_a_relay_again),
};

CU_MAIN("relay_b4", tests)
