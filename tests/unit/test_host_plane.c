/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/host/host_plane.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_udp.h>

/* The host plane with sockets in place of the kernel's interfaces: a read or write is one packet, too. */

#define IP4(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define INSIDE          IP4(100, 64, 0, 1)
#define OUTSIDE         IP4(192, 0, 2, 2)
#define PEER            IP4(192, 0, 2, 1)
#define POOL            IP4(198, 51, 100, 1)

#define LISTENED        5351

static struct cgn_conf_port ports[] = {
	{ .side = CGN_SIDE_INSIDE,
			.mtu = 1500,
			.n_addresses = 1,
			.addresses = { { .ip4 = INSIDE, .len = 10 } },
			.n_host = 1,
			.host = { CGN_HOST_IKE } },
	{ .side = CGN_SIDE_OUTSIDE,
			.mtu = 1500,
			.n_addresses = 2,
			.addresses = { { .ip4 = OUTSIDE, .len = 24 },
					{ .ip6 = { .b = { 0x20, 1, [15] = 2 } },
							.len = 64,
							.is_ip6 = true } },
			.n_host = 3,
			.host = { CGN_HOST_ESP, CGN_HOST_ICMP, CGN_HOST_TCP } },
};
static struct cgn_conf conf = { .ports = ports, .n_ports = 2, .host = { .is_on = true } };

static struct cgn_loop *loop;
static struct cgn_host_plane *host;
static int kernel[2]; /* the kernel's ends of the interfaces */
static unsigned int n_opened;
static int open_error; /* of the second port */

static unsigned int n_routed;
static bool is_full; /* the queue to the worker */
static enum cgn_side routed_to;
static uint8_t routed[2000];
static size_t routed_len;

static int
open_socket(const struct cgn_conf *c, uint16_t port)
{
	int pair[2];

	(void)c;
	if (port == 1 && open_error != 0)
		return open_error;
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	kernel[port] = pair[0];
	n_opened++;
	return pair[1];
}

static bool
listens(void *ctx, uint16_t udp_port)
{
	(void)ctx;
	return udp_port == LISTENED;
}

static bool
route(void *ctx, enum cgn_side side, const void *packet, size_t len)
{
	(void)ctx;
	if (is_full)
		return false;
	n_routed++;
	routed_to = side;
	memcpy(routed, packet, len);
	routed_len = len;
	return true;
}

static const struct cgn_host_plane_cfg cfg_of_test = { .conf = &conf,
	.open = open_socket,
	.listens = listens,
	.route = route };

static void
begin(void)
{
	struct cgn_host_plane_cfg cfg = cfg_of_test;

	is_full = false;
	n_routed = n_opened = 0;
	open_error = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_loop_create(&loop), 0);
	cfg.loop = loop;
	CU_ASSERT_EQUAL_FATAL(cgn_host_plane_create(&host, &cfg), 0);
	CU_ASSERT_EQUAL(n_opened, 2);
}

static void
end(void)
{
	cgn_host_plane_destroy(host);
	cgn_loop_destroy(loop);
	close(kernel[0]);
	close(kernel[1]);
}

/* An IPv4 packet. @return its length */
static size_t
make4(uint8_t *to, rte_be32_t src, rte_be32_t dst, uint8_t proto, const void *l4, size_t len)
{
	const struct rte_ipv4_hdr ip = {
		.version_ihl = 0x45,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(ip) + len)),
		.time_to_live = 255,
		.next_proto_id = proto,
		.src_addr = src,
		.dst_addr = dst,
	};

	memcpy(to, &ip, sizeof(ip));
	memcpy(to + sizeof(ip), l4, len);
	return sizeof(ip) + len;
}

/* A frame of a port with these octets and two of padding. */
static bool
input(uint16_t port, const uint8_t *packet, size_t len)
{
	struct cgn_frame f = {
		.l3 = packet,
		.l3_len = len + 2,
		.ethertype = packet[0] >> 4 == 6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4,
		.port = port,
	};

	return cgn_host_plane_input(host, &f);
}

/* What the kernel has received of a port. @return its length, -1: nothing */
static ssize_t
received(uint16_t port, uint8_t *to, size_t size)
{
	return recv(kernel[port], to, size, MSG_DONTWAIT);
}

/* L-HOST-1, L-IPS-4: listed services reach the kernel unchanged, others do not. */
static void
what_a_port_lists_goes_to_the_kernel(void)
{
	static const struct {
		uint16_t port;
		rte_be32_t dst;
		uint8_t proto;
		uint16_t dport;
		bool is_hosts;
	} rows[] = {
		{ 0, INSIDE, IPPROTO_UDP, 500, true },
		{ 0, INSIDE, IPPROTO_UDP, 4500, true },
		{ 0, INSIDE, IPPROTO_UDP, LISTENED, false },
		{ 0, INSIDE, IPPROTO_TCP, 22, false },
		{ 0, OUTSIDE, IPPROTO_UDP, 500,
				true }, /* from inside all local addresses can be reached */
		{ 1, OUTSIDE, IPPROTO_TCP, 179, true },
		{ 1, OUTSIDE, IPPROTO_ESP, 0, true },
		{ 1, OUTSIDE, IPPROTO_UDP, 500, false },
		{ 1, POOL, IPPROTO_TCP, 179, false },
	};
	uint8_t packet[64], got[64];

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		const uint8_t l4[8] = { 0xc0, 0, (uint8_t)(rows[i].dport >> 8),
			(uint8_t)rows[i].dport };
		size_t len = make4(packet, PEER, rows[i].dst, rows[i].proto, l4, sizeof(l4));

		CU_ASSERT_EQUAL(input(rows[i].port, packet, len), rows[i].is_hosts);
		if (rows[i].is_hosts) {
			CU_ASSERT_EQUAL(received(rows[i].port, got, sizeof(got)), (ssize_t)len);
			CU_ASSERT_EQUAL(memcmp(got, packet, len), 0);
		}
		CU_ASSERT_EQUAL(received(0, got, sizeof(got)), -1);
		CU_ASSERT_EQUAL(received(1, got, sizeof(got)), -1);
	}
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 0)->in, 3);
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->in, 2);
	end();
}

static void
ipv6_goes_to_the_kernel(void)
{
	uint8_t packet[48] = { 0x60, [5] = 8, [6] = IPPROTO_TCP, [7] = 255, [8] = 0x20, [23] = 9,
		[24] = 0x20, [25] = 1, [39] = 2 };
	uint8_t got[64];

	begin();
	CU_ASSERT_TRUE(input(1, packet, sizeof(packet)));
	CU_ASSERT_EQUAL(received(1, got, sizeof(got)), sizeof(packet));
	CU_ASSERT_EQUAL(memcmp(got, packet, sizeof(packet)), 0);
	packet[6] = 44; /* a fragment is no service */
	CU_ASSERT_FALSE(input(1, packet, sizeof(packet)));
	packet[6] = IPPROTO_TCP;
	packet[39] = 3; /* another address */
	CU_ASSERT_FALSE(input(1, packet, sizeof(packet)));
	end();
}

/* Malformed packets are left to the responder, which counts them. */
static void
malformed_packets_are_not_for_the_host(void)
{
	static const uint8_t l4[8] = { 0 };
	uint8_t good[64], bad[64];
	size_t len = make4(good, PEER, OUTSIDE, IPPROTO_ESP, l4, sizeof(l4));

	begin();
	for (size_t cut = 0; cut < len - 2; cut++) {
		struct cgn_frame f = {
			.l3 = good, .l3_len = cut, .ethertype = RTE_ETHER_TYPE_IPV4, .port = 1
		};

		CU_ASSERT_FALSE(cgn_host_plane_input(host, &f));
	}
	memcpy(bad, good, sizeof(bad));
	bad[0] = 0x44; /* a header of 16 octets */
	CU_ASSERT_FALSE(input(1, bad, len));
	bad[0] = 0x55;
	CU_ASSERT_FALSE(input(1, bad, len));
	memcpy(bad, good, sizeof(bad));
	bad[3] = 19; /* shorter than its header */
	CU_ASSERT_FALSE(input(1, bad, len));
	CU_ASSERT_FALSE(input(2, good, len)); /* no such port */
	CU_ASSERT_TRUE(input(1, good, len));
	end();
}

/* L-HOST-1: errors about datagrams of cgnd's own servers stay with cgnd. */
static void
icmp_errors_go_to_who_has_sent_the_datagram(void)
{
	static const struct {
		uint8_t proto;
		uint16_t sport;
		bool is_hosts;
	} rows[] = {
		{ IPPROTO_UDP, LISTENED, false },
		{ IPPROTO_UDP, 33434, true },
		{ IPPROTO_TCP, LISTENED, true },
	};
	uint8_t error[8 + 28] = { 3, 3 }, packet[128];

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		const uint8_t l4[8] = { (uint8_t)(rows[i].sport >> 8), (uint8_t)rows[i].sport };
		size_t len;

		/* The quoted packet was longer than what is quoted of it. */
		make4(error + 8, OUTSIDE, PEER, rows[i].proto, l4, sizeof(l4));
		error[8 + 2] = 4;
		len = make4(packet, PEER, OUTSIDE, IPPROTO_ICMP, error, sizeof(error));
		CU_ASSERT_EQUAL(input(1, packet, len), rows[i].is_hosts);
		/* Cut before the port: nobody can tell, so it is not about cgnd. */
		len = make4(packet, PEER, OUTSIDE, IPPROTO_ICMP, error, 8 + 20);
		CU_ASSERT_TRUE(input(1, packet, len));
	}
	end();
}

/* L-HOST-3, L-HOST-2: the source must be local, on its side; the packet is not changed. */
static void
only_packets_with_a_local_source_leave(void)
{
	static const struct {
		uint16_t port;
		rte_be32_t src;
		rte_be32_t dst;
		bool leaves;
	} rows[] = {
		{ 1, OUTSIDE, PEER, true },
		{ 1, INSIDE, PEER, false }, /* means another host outside */
		{ 1, POOL, PEER, false },
		{ 1, IP4(203, 0, 113, 9), PEER, false },
		{ 1, 0, PEER, false },
		{ 1, OUTSIDE, IP4(224, 0, 0, 5), false },
		{ 1, OUTSIDE, IP4(255, 255, 255, 255), false },
		{ 1, OUTSIDE, IP4(127, 0, 0, 1), false },
		{ 0, INSIDE, IP4(100, 64, 0, 11), true },
		{ 0, OUTSIDE, IP4(100, 64, 0, 11), true },
		{ 0, POOL, IP4(100, 64, 0, 11), false },
	};
	static const uint8_t l4[8] = { 1, 2, 3, 4 };
	uint8_t packet[64];

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		size_t len = make4(packet, rows[i].src, rows[i].dst, IPPROTO_UDP, l4, sizeof(l4));

		n_routed = 0;
		CU_ASSERT_EQUAL(send(kernel[rows[i].port], packet, len, 0), (ssize_t)len);
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
		CU_ASSERT_EQUAL(n_routed, rows[i].leaves ? 1 : 0);
		if (rows[i].leaves) {
			CU_ASSERT_EQUAL(routed_to, ports[rows[i].port].side);
			CU_ASSERT_EQUAL(routed_len, len);
			CU_ASSERT_EQUAL(memcmp(routed, packet, len), 0);
		}
	}
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 0)->out, 2);
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 0)->foreign, 1);
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->out, 1);
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->foreign, 7);
	end();
}

/* L-HOST-3: cgnd does neighbour discovery. The host could say that it has the address of somebody else. */
static void
neighbour_discovery_of_the_host_does_not_leave(void)
{
	uint8_t packet[64] = { 0x60, [5] = 24, [6] = IPPROTO_ICMPV6, [7] = 255, [8] = 0x20, [9] = 1,
		[23] = 2, [24] = 0x20, [25] = 1, [39] = 9 };

	begin();
	for (unsigned int type = 1; type < 256; type++) {
		packet[40] = (uint8_t)type;
		n_routed = 0;
		CU_ASSERT_EQUAL(send(kernel[1], packet, sizeof(packet), 0),
				(ssize_t)sizeof(packet));
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
		CU_ASSERT_EQUAL(n_routed, type < 133 || type > 137);
	}
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->foreign, 5);
	end();
}

/* L-IPS-3, L-IPS-7: what cgnd sends through IPsec does not leave in plain when there is no SA for it. */
static void
datagrams_of_cgnd_do_not_leave_in_plain(void)
{
	static const struct {
		uint8_t proto;
		uint16_t sport;
		size_t len; /* of what follows the IP header */
		bool leaves;
		uint8_t offset; /* of a fragment, in 8 octets */
	} rows[] = {
		{ IPPROTO_UDP, LISTENED, 20, false, 0 }, { IPPROTO_UDP, LISTENED, 2, false, 0 },
		{ IPPROTO_UDP, 4500, 20, true, 0 },     /* ESP in UDP */
		{ IPPROTO_ESP, LISTENED, 20, true, 0 }, /* a number that looks like the port */
		{ IPPROTO_TCP, LISTENED, 20, true, 0 },
		{ IPPROTO_UDP, 0, 1, true, 0 },         /* too short to have a port */
		{ IPPROTO_UDP, LISTENED, 20, true, 9 }, /* the middle of ESP in UDP */
	};
	uint8_t packet[64];

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		uint8_t l4[20] = { (uint8_t)(rows[i].sport >> 8), (uint8_t)rows[i].sport };
		size_t len = make4(packet, OUTSIDE, PEER, rows[i].proto, l4, rows[i].len);

		packet[7] = rows[i].offset;
		n_routed = 0;
		CU_ASSERT_EQUAL(send(kernel[1], packet, len, 0), (ssize_t)len);
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
		CU_ASSERT_EQUAL(n_routed, rows[i].leaves ? 1 : 0);
	}
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->plain, 2);
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->foreign, 0);
	end();
}

/* The kernel can send faster than cgnd; each turn takes a part, and nothing is lost. */
static void
a_turn_reads_a_part_and_the_next_one_goes_on(void)
{
	static const uint8_t l4[8] = { 1, 2, 3, 4 };
	uint8_t packet[64];
	size_t len = make4(packet, OUTSIDE, PEER, IPPROTO_UDP, l4, sizeof(l4));
	unsigned int sent = 0;

	begin();
	while (sent < 150 && send(kernel[1], packet, len, 0) == (ssize_t)len)
		sent++;
	CU_ASSERT_TRUE_FATAL(sent > 64);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_EQUAL(n_routed, 64);
	while (n_routed < sent && cgn_loop_turn(loop, 0) == 0)
		;
	CU_ASSERT_EQUAL(n_routed, sent);
	end();
}

/* L-HOST-4: a full interface loses packets, counts them, and stops nobody. */
static void
a_full_interface_loses_and_counts(void)
{
	static const uint8_t l4[8] = { 1, 2, 3, 4 };
	uint8_t packet[64];
	size_t len = make4(packet, PEER, OUTSIDE, IPPROTO_ESP, l4, sizeof(l4));
	const struct cgn_host_plane_stats *s;

	begin();
	s = cgn_host_plane_stats(host, 1);
	for (unsigned int i = 0; i < 100000 && s->in_lost == 0; i++)
		CU_ASSERT_TRUE(input(1, packet, len));
	CU_ASSERT_EQUAL(s->in_lost, 1);
	CU_ASSERT_EQUAL(recv(kernel[1], packet, sizeof(packet), 0), (ssize_t)len);
	CU_ASSERT_TRUE(input(1, packet, len));
	end();
}

/* L-HOST-4: what the worker cannot take is lost and counted. */
static void
a_full_queue_loses_packets_of_the_host(void)
{
	static const uint8_t l4[8] = { 1, 2, 3, 4 };
	uint8_t packet[64];
	size_t len = make4(packet, OUTSIDE, PEER, IPPROTO_UDP, l4, sizeof(l4));

	begin();
	is_full = true;
	CU_ASSERT_EQUAL(send(kernel[1], packet, len, 0), (ssize_t)len);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	is_full = false;
	CU_ASSERT_EQUAL(send(kernel[1], packet, len, 0), (ssize_t)len);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->out_lost, 1);
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->out, 1);
	CU_ASSERT_EQUAL(n_routed, 1);
	end();
}

/* L-HOST-5: an interface that the kernel has taken away is given up; packets for it are lost and counted. */
static void
an_interface_that_is_gone_is_given_up(void)
{
	static const uint8_t l4[8] = { 1, 2, 3, 4 };
	uint8_t packet[64];
	size_t len = make4(packet, PEER, OUTSIDE, IPPROTO_ESP, l4, sizeof(l4));

	begin();
	close(kernel[1]);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_TRUE(input(1, packet, len));
	CU_ASSERT_EQUAL(cgn_host_plane_stats(host, 1)->in_lost, 1);
	/* The other port goes on. */
	len = make4(packet, INSIDE, IP4(100, 64, 0, 11), IPPROTO_UDP, l4, sizeof(l4));
	CU_ASSERT_EQUAL(send(kernel[0], packet, len, 0), (ssize_t)len);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_EQUAL(n_routed, 1);
	cgn_host_plane_destroy(host);
	cgn_loop_destroy(loop);
	close(kernel[0]);
}

/* L-HOST-1: sources that no host has, and local ones, are refused; so are broadcast frames. */
static void
packets_that_nobody_may_send_do_not_reach_the_kernel(void)
{
	static const rte_be32_t sources[] = { 0, IP4(127, 0, 0, 1), IP4(224, 0, 0, 1), OUTSIDE,
		INSIDE };
	static const uint8_t l4[8] = { 0 };
	uint8_t packet[64];
	struct cgn_frame f = { .l3 = packet,
		.ethertype = RTE_ETHER_TYPE_IPV4,
		.port = 1,
		.dst = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } } };

	begin();
	for (size_t i = 0; i < RTE_DIM(sources); i++)
		CU_ASSERT_FALSE(input(1, packet,
				make4(packet, sources[i], OUTSIDE, IPPROTO_ESP, l4, sizeof(l4))));
	f.l3_len = make4(packet, PEER, OUTSIDE, IPPROTO_ESP, l4, sizeof(l4));
	CU_ASSERT_FALSE(cgn_host_plane_input(host, &f));
	f.dst.addr_bytes[0] = 2;
	CU_ASSERT_TRUE(cgn_host_plane_input(host, &f));
	end();
}

/* Nothing stays open when a port cannot be opened. */
static void
an_interface_that_cannot_be_opened_is_an_error(void)
{
	struct cgn_host_plane_cfg cfg = cfg_of_test;
	uint8_t byte;

	n_opened = 0;
	open_error = -EBUSY;
	CU_ASSERT_EQUAL_FATAL(cgn_loop_create(&loop), 0);
	cfg.loop = loop;
	CU_ASSERT_EQUAL(cgn_host_plane_create(&host, &cfg), -EBUSY);
	CU_ASSERT_EQUAL(n_opened, 1);
	CU_ASSERT_EQUAL(recv(kernel[0], &byte, 1, 0), 0); /* closed */
	cgn_loop_destroy(loop);
	close(kernel[0]);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(what_a_port_lists_goes_to_the_kernel),
	CU_TEST_ROW(ipv6_goes_to_the_kernel),
	CU_TEST_ROW(malformed_packets_are_not_for_the_host),
	CU_TEST_ROW(icmp_errors_go_to_who_has_sent_the_datagram),
	CU_TEST_ROW(only_packets_with_a_local_source_leave),
	CU_TEST_ROW(neighbour_discovery_of_the_host_does_not_leave),
	CU_TEST_ROW(datagrams_of_cgnd_do_not_leave_in_plain),
	CU_TEST_ROW(a_turn_reads_a_part_and_the_next_one_goes_on),
	CU_TEST_ROW(a_full_interface_loses_and_counts),
	CU_TEST_ROW(a_full_queue_loses_packets_of_the_host),
	CU_TEST_ROW(an_interface_that_is_gone_is_given_up),
	CU_TEST_ROW(packets_that_nobody_may_send_do_not_reach_the_kernel),
	CU_TEST_ROW(an_interface_that_cannot_be_opened_is_an_error),
};

CU_MAIN("host_plane", tests)
