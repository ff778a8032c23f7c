/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/leases.h"
#include "controlplane/relay/relay_nat444.h"
#include "tests/support/leaseask.h"

#include <netinet/in.h>

#include <rte_icmp.h>
#include <rte_udp.h>

#define WAN   RTE_BE32(0x64400002) /* 100.64.0.2 */
#define UP    RTE_BE32(0x64400001)
#define OTHER RTE_BE32(0x64400063)
#define GW    RTE_BE32(0xc0a80101)
#define HOST  RTE_BE32(0xc0a8010b)
#define ALL   RTE_BE32(0xe0000001) /* 224.0.0.1 */

static struct lf f;
static struct cgn_relay_nat444 *relay_link;
static struct cgn_ip_responder *responder;
static uint8_t routed[64], framed[4][128];
static size_t routed_len, framed_len[4];
static uint16_t framed_port[4];
static unsigned int n_routed, n_framed;

static const struct rte_ether_addr macs[3] = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } },
	{ { 2, 0, 0, 0, 0, 3 } } };
static struct cgn_conf_port ports[3];
static struct cgn_range4 range = { 0x64400002, 0x64400002 };
static struct cgn_conf_pool pool = { .ranges = &range, .n_ranges = 1 };
static struct cgn_conf conf = { .ports = ports,
	.n_ports = 3,
	.pools = &pool,
	.n_pools = 1,
	.nat = { .icmp_errors_per_s = 10 } };

static void
route(void *ctx, const void *packet, size_t len)
{
	CU_ASSERT_PTR_EQUAL(ctx, &f);
	CU_ASSERT_TRUE_FATAL(len <= sizeof(routed));
	memcpy(routed, packet, len);
	routed_len = len;
	n_routed++;
}

static struct cgn_return_addr protected_to, protected_log[4];
static unsigned int n_protected;

/* The lease service of the fixture, in place of the one of leases.c. */
struct cgn_lease_service *
cgn_leases_service(const struct cgn_leases *l)
{
	(void)l;
	return f.service;
}

static void
send_protected(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	CU_ASSERT_PTR_EQUAL(ctx, &f);
	if (to->local_port == 5350) {
		CU_ASSERT_EQUAL(len, 2); /* a request for the address */
		CU_ASSERT_EQUAL(memcmp(data, "\0", 2), 0);
	} else {
		CU_ASSERT_EQUAL_FATAL(len, 12); /* an announcement */
		CU_ASSERT_EQUAL(memcmp(data, "\0\x80\0", 4), 0);
		CU_ASSERT_EQUAL(memcmp((const uint8_t *)data + 8, "\xcb\0\x71\7", 4), 0);
	}
	protected_to = *to;
	protected_log[n_protected % RTE_DIM(protected_log)] = *to;
	n_protected++;
}

static void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(n_framed < 4 && len <= sizeof(framed[0]));
	memcpy(framed[n_framed], frame, len);
	framed_port[n_framed] = port;
	framed_len[n_framed++] = len;
}

static void
begin(void)
{
	static const struct cgn_ip_responder_ops ops = { .send = send_frame };
	struct cgn_relay_nat444_cfg cfg = {
		.conf = &conf, .route = route, .protected = send_protected, .ctx = &f
	};

	ports[0] = (struct cgn_conf_port){ .side = CGN_SIDE_INSIDE,
		.mtu = 1500,
		.n_addresses = 1,
		.addresses = { { .ip4 = GW, .len = 24 } } };
	ports[1] = (struct cgn_conf_port){ .side = CGN_SIDE_OUTSIDE,
		.mtu = 1500,
		.n_addresses = 1,
		.addresses = { { .ip4 = WAN, .len = 10 } } };
	ports[2] = (struct cgn_conf_port){ .side = CGN_SIDE_INSIDE,
		.mtu = 1500,
		.vlan = 7,
		.n_addresses = 1,
		.addresses = { { .ip4 = RTE_BE32(0xc0a80201), .len = 24 } } };
	conf.natpmp = (struct cgn_conf_natpmp){ .role = CGN_NATPMP_RELAY,
		.upstreams = { { .ip4 = UP } },
		.n_upstreams = 1,
		.upstream_protocol = CGN_UPSTREAM_NATPMP,
		.announce = true };
	n_routed = n_framed = n_protected = 0;
	lf_begin(&f);
	CU_ASSERT_EQUAL_FATAL(cgn_ip_responder_create(&responder, &conf, macs, 1, &ops, NULL), 0);
	cfg.responder = responder;
	cfg.lessor = f.lessor;
	cfg.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_relay_nat444_create(&relay_link, &cfg), 0);
}

static void
end(void)
{
	cgn_relay_nat444_destroy(relay_link);
	cgn_ip_responder_destroy(responder);
	lf_end(&f);
}

static void
receive(uint16_t port, const struct rte_ether_addr *dst, const void *packet, size_t len)
{
	const struct cgn_frame frame = { .l3 = packet,
		.l3_len = len,
		.src = { { 2, 0, 0, 0, 9, 9 } },
		.dst = *dst,
		.ethertype = RTE_ETHER_TYPE_IPV4,
		.port = port };

	cgn_ip_responder_input(responder, &frame, f.now_ms);
}

struct datagram {
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
	uint8_t data[12];
};

static struct datagram
datagram(rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport, const uint8_t data[12])
{
	struct datagram d = {
		.ip = { .version_ihl = 0x45,
				.total_length = RTE_BE16(sizeof(d)),
				.time_to_live = 64,
				.next_proto_id = IPPROTO_UDP,
				.src_addr = src,
				.dst_addr = dst },
		.udp = { .src_port = rte_cpu_to_be_16(sport),
				.dst_port = rte_cpu_to_be_16(dport),
				.dgram_len = RTE_BE16(20) },
	};

	memcpy(d.data, data, sizeof(d.data));
	d.ip.hdr_checksum = rte_ipv4_cksum(&d.ip);
	d.udp.dgram_cksum = rte_ipv4_udptcp_cksum(&d.ip, &d.udp);
	return d;
}

static const uint8_t address[12] = { 0, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113, 7 };

static void
hear(uint16_t port, rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport)
{
	static const struct rte_ether_addr all = { { 1, 0, 0x5e, 0, 0, 1 } };
	const struct datagram d = datagram(src, sport, dst, dport, address);

	receive(port, dst == ALL ? &all : &macs[port], &d, sizeof(d));
}

static rte_be32_t
known(void)
{
	return cgn_relay_upstream_ext(cgn_relay_get_upstream(cgn_relay_nat444_relay(relay_link)));
}

static uint64_t
counted(enum cgn_relay_upstream_counter c)
{
	const struct cgn_relay_upstream *up = cgn_relay_get_upstream(
			cgn_relay_nat444_relay(relay_link));

	return cgn_relay_upstream_stats(up)->counter[c];
}

/* C-N-1: source is the WAN address, the port one that no client is given; B-CL-1: one datagram. */
static void
request_leaves_from_the_wan_address(void)
{
	static const uint8_t packet[] = { 0x45, 0, 0, 30, 0, 0, 0x40, 0, 64, 17, 0, 0, 100, 64, 0,
		2, 100, 64, 0, 1, 0x14, 0xe6, 0x14, 0xe7, 0, 10, 0, 0, 0, 0 };

	begin();
	cgn_relay_start(cgn_relay_nat444_relay(relay_link), f.now_ms);
	CU_ASSERT_EQUAL_FATAL(n_routed, 1);
	CU_ASSERT_EQUAL_FATAL(routed_len, sizeof(packet));
	CU_ASSERT_EQUAL(rte_raw_cksum(routed, 20), 0xffff);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(routed + 20, 10, rte_ipv4_phdr_cksum((void *)routed, 0)));
	memset(routed + 10, 0, 2);
	memset(routed + 26, 0, 2);
	CU_ASSERT_EQUAL(memcmp(routed, packet, sizeof(packet)), 0);
	end();
}

/* C-G-7, B-CL-3: unicast and to all hosts, the upstream's only. */
static void
upstream_is_heard(void)
{
	begin();
	hear(1, UP, 5351, WAN, 5350);
	CU_ASSERT_EQUAL(known(), RTE_BE32(0xcb007107));
	end();
	begin();
	hear(1, UP, 5351, ALL, 5350);
	CU_ASSERT_EQUAL(known(), RTE_BE32(0xcb007107));
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_ANNOUNCED), 1);
	end();
}

/* B-CL-3, C-G-7, D-SEC-5: other address, other port, other side: nothing is changed, nothing is said. */
static void
nobody_else_is_heard(void)
{
	begin();
	hear(1, OTHER, 5351, WAN, 5350);
	hear(1, UP, 5350, WAN, 5350);
	hear(1, OTHER, 5351, ALL, 5350);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_FORGED), 3);
	hear(1, UP, 5351, ALL, 5351);
	hear(0, UP, 5351, ALL, 5350);
	hear(0, HOST, 5351, ALL, 5350);
	CU_ASSERT_EQUAL(n_framed, 0);
	CU_ASSERT_EQUAL(known(), 0);
	/* From the LAN the port is closed as any other. */
	hear(0, HOST, 5351, GW, 5350);
	CU_ASSERT_EQUAL(n_framed, 1);
	CU_ASSERT_EQUAL(known(), 0);
	end();
}

/* D-SEC-5: a host at home that takes the upstream's address and port is not believed, at whichever of our
 * addresses and on whichever inside link. */
static void
upstream_does_not_speak_from_inside(void)
{
	static const rte_be32_t to[] = { GW, WAN, RTE_BE32(0xc0a80201), ALL };

	begin();
	for (unsigned int i = 0; i < RTE_DIM(to); i++) {
		for (uint16_t port = 0; port <= 2; port += 2) {
			hear(port, UP, 5351, to[i], 5350);
			CU_ASSERT_EQUAL(known(), 0);
			n_framed = 0;
		}
	}
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_ANNOUNCED), 0);
	end();
}

static void
unreachable(rte_be32_t from, uint8_t code, rte_be32_t dst, uint16_t sport, uint16_t dport);

/* A datagram that came through an SA. */
static void
hear_protected(rte_be32_t src, uint16_t sport)
{
	const struct cgn_return_addr from = { .remote = { .ip4 = src },
		.local = { .ip4 = WAN },
		.remote_port = sport,
		.local_port = 5350,
		.link = 1,
		.is_protected = true };

	cgn_relay_nat444_input_protected(relay_link, &from, address, sizeof(address), f.now_ms);
}

/* L-IPS-7: requests go through the SA, and nothing else is believed: plain datagrams, ICMP errors, other peers. */
static void
upstream_that_requires_ipsec_is_asked_and_heard_through_it(void)
{
	begin();
	conf.natpmp.upstream_auth = CGN_NATPMP_AUTH_IPSEC;
	cgn_relay_start(cgn_relay_nat444_relay(relay_link), f.now_ms);
	CU_ASSERT_EQUAL(n_routed, 0);
	CU_ASSERT_EQUAL(n_protected, 1);
	CU_ASSERT_TRUE(protected_to.is_protected);
	CU_ASSERT_EQUAL(protected_to.remote.ip4, UP);
	CU_ASSERT_EQUAL(protected_to.remote_port, 5351);
	CU_ASSERT_EQUAL(protected_to.local.ip4, WAN);
	CU_ASSERT_EQUAL(protected_to.local_port, 5350);
	hear(1, UP, 5351, WAN, 5350);
	hear(1, UP, 5351, ALL, 5350);
	unreachable(UP, 3, UP, 5350, 5351);
	hear_protected(OTHER, 5351);
	hear_protected(UP, 5352);
	CU_ASSERT_EQUAL(known(), 0);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 0);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_FORGED), 5);
	hear_protected(UP, 5351);
	CU_ASSERT_EQUAL(known(), RTE_BE32(0xcb007107));
	end();
}

struct icmp {
	struct rte_ipv4_hdr ip;
	struct rte_icmp_hdr icmp;
	struct datagram about;
};

static void
unreachable(rte_be32_t from, uint8_t code, rte_be32_t dst, uint16_t sport, uint16_t dport)
{
	struct icmp p = {
		.ip = { .version_ihl = 0x45,
				.total_length = RTE_BE16(sizeof(p)),
				.time_to_live = 64,
				.next_proto_id = IPPROTO_ICMP,
				.src_addr = from,
				.dst_addr = WAN },
		.icmp = { .icmp_type = 3, .icmp_code = code },
		.about = datagram(WAN, sport, dst, dport, address),
	};

	p.ip.hdr_checksum = rte_ipv4_cksum(&p.ip);
	p.icmp.icmp_cksum = (rte_be16_t)~rte_raw_cksum(&p.icmp, sizeof(p) - sizeof(p.ip));
	receive(1, &macs[1], &p, sizeof(p));
}

/* B-CL-1, C-G-8: port unreachable ends it at once, if the upstream itself says so of a request. */
static void
refusal_of_upstream_is_heard(void)
{
	begin();
	cgn_relay_start(cgn_relay_nat444_relay(relay_link), f.now_ms);
	unreachable(OTHER, 3, UP, 5350, 5351);
	unreachable(UP, 3, OTHER, 5350, 5351);
	unreachable(UP, 3, UP, 5350, 5352);
	unreachable(UP, 3, UP, 5352, 5351);
	unreachable(UP, 1, UP, 5350, 5351);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 0);
	unreachable(UP, 3, UP, 5350, 5351);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 1);
	CU_ASSERT_EQUAL(n_framed, 0);
	end();
}

/* C-G-6, C-G-3: to all hosts of each inside link, from its own address, VLAN tag and all. */
static void
announcement_has_these_octets(void)
{
	static const uint8_t packet[] = { 1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 3, 0x81, 0, 0, 7, 8,
		0, 0x45, 0, 0, 40, 0, 0, 0x40, 0, 1, 17, 0, 0, 192, 168, 2, 1, 224, 0, 0, 1, 0x14,
		0xe7, 0x14, 0xe6, 0, 20, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 203, 0, 113, 7 };

	begin();
	cgn_relay_start(cgn_relay_nat444_relay(relay_link), f.now_ms);
	hear(1, UP, 5351, WAN, 5350);
	CU_ASSERT_EQUAL_FATAL(n_framed, 2);
	CU_ASSERT_EQUAL(framed_port[0], 0);
	CU_ASSERT_EQUAL(framed_port[1], 2);
	CU_ASSERT_EQUAL(framed_len[0], sizeof(packet) - 4);
	CU_ASSERT_EQUAL_FATAL(framed_len[1], sizeof(packet));
	CU_ASSERT_EQUAL(rte_raw_cksum(framed[1] + 18, 20), 0xffff);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(
			framed[1] + 38, 20, rte_ipv4_phdr_cksum((void *)(framed[1] + 18), 0)));
	memset(framed[1] + 28, 0, 2);
	memset(framed[1] + 44, 0, 2);
	CU_ASSERT_EQUAL(memcmp(framed[1], packet, sizeof(packet)), 0);
	end();
}

/* C-G-6: to clients of the drafts of 2005, too, if configured. */
static void
announcement_goes_to_the_old_port_too(void)
{
	begin();
	conf.natpmp.announce_to_5351 = true;
	cgn_relay_start(cgn_relay_nat444_relay(relay_link), f.now_ms);
	hear(1, UP, 5351, WAN, 5350);
	CU_ASSERT_EQUAL(n_framed, 4);
	CU_ASSERT_EQUAL(framed[1][14 + 22] << 8 | framed[1][14 + 23], 5351);
	end();
}

/* A relay whose first LAN requires IPsec and whose second LAN does, too, or does not. Each has a client with a lease. */
static void
begin_protected(enum cgn_natpmp_auth second)
{
	static struct cgn_prefix lans[] = { { .ip4 = RTE_BE32(0xc0a80100), .len = 24 },
		{ .ip4 = RTE_BE32(0xc0a80200), .len = 24 } };
	static struct cgn_conf_group groups[2];
	const rte_be32_t clients[] = { HOST, RTE_BE32(0xc0a8020b) };

	for (unsigned int i = 0; i < RTE_DIM(groups); i++)
		groups[i] = (struct cgn_conf_group){ .prefixes = &lans[i],
			.n_prefixes = 1,
			.subscriber_prefix_len = 32,
			.leases_max = 64,
			.natpmp_auth = i == 0 ? CGN_NATPMP_AUTH_IPSEC : second };
	conf.groups = groups;
	conf.n_groups = RTE_DIM(groups);
	begin();
	(void)lf_serve(&f, &conf, NULL, NULL);
	for (unsigned int i = 0; i < RTE_DIM(clients); i++) {
		struct cgn_lessor_request r = lf_request(clients[i], CGN_PROTO_TCP, 80, 3600);

		/* The second client has asked nothing since the start. */
		r.gateway = i == 0 ? GW : 0;
		cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
		lf_reply(&f);
		CU_ASSERT_EQUAL(f.answer.ret, 0);
	}
}

static void
end_protected(void)
{
	end();
	conf.groups = NULL;
	conf.n_groups = 0;
}

/* L-IPS-2: a client that must use IPsec gets an announcement of its own through its SA. Other clients still hear the one
 * to all. */
static void
announcement_goes_through_ipsec_too(void)
{
	begin_protected(CGN_NATPMP_AUTH_NONE);
	cgn_relay_start(cgn_relay_nat444_relay(relay_link), f.now_ms);
	hear(1, UP, 5351, WAN, 5350);
	CU_ASSERT_EQUAL(n_framed, 2);
	CU_ASSERT_EQUAL(n_protected, 1);
	CU_ASSERT_TRUE(protected_to.is_protected);
	CU_ASSERT_EQUAL(protected_to.remote.ip4, HOST);
	CU_ASSERT_EQUAL(protected_to.remote_port, 5350);
	CU_ASSERT_EQUAL(protected_to.local.ip4, GW);
	CU_ASSERT_EQUAL(protected_to.local_port, 5351);
	end_protected();
}

/* L-IPS-2: if all clients must use IPsec, nothing is announced in plain packets. */
static void
announcement_is_never_plain_if_all_require_ipsec(void)
{
	begin_protected(CGN_NATPMP_AUTH_IPSEC);
	conf.natpmp.announce_to_5351 = true;
	cgn_relay_start(cgn_relay_nat444_relay(relay_link), f.now_ms);
	hear(1, UP, 5351, WAN, 5350);
	CU_ASSERT_EQUAL(n_framed, 0);
	CU_ASSERT_EQUAL(n_protected, 4);
	/* Each client at both ports, from the local address on its link. */
	for (unsigned int i = 0; i < 4; i++) {
		const struct cgn_return_addr *a = &protected_log[i];

		CU_ASSERT_EQUAL(a->remote_port, i % 2 == 0 ? 5350 : 5351);
		CU_ASSERT_EQUAL(a->local.ip4, a->remote.ip4 == HOST ? GW : RTE_BE32(0xc0a80201));
		CU_ASSERT_EQUAL(a->remote.ip4 == HOST, protected_log[i / 2 * 2].remote.ip4 == HOST);
	}
	CU_ASSERT_NOT_EQUAL(protected_log[0].remote.ip4, protected_log[2].remote.ip4);
	end_protected();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(request_leaves_from_the_wan_address),
	CU_TEST_ROW(upstream_is_heard),
	CU_TEST_ROW(nobody_else_is_heard),
	CU_TEST_ROW(upstream_does_not_speak_from_inside),
	CU_TEST_ROW(upstream_that_requires_ipsec_is_asked_and_heard_through_it),
	CU_TEST_ROW(refusal_of_upstream_is_heard),
	CU_TEST_ROW(announcement_has_these_octets),
	CU_TEST_ROW(announcement_goes_to_the_old_port_too),
	CU_TEST_ROW(announcement_goes_through_ipsec_too),
	CU_TEST_ROW(announcement_is_never_plain_if_all_require_ipsec),
};

CU_MAIN("relay_nat444", tests)
