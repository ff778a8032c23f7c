/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/control.h"
#include "controlplane/link/frame.h"
#include "tests/support/planefix.h"

#include <errno.h>
#include <netinet/in.h>

#include <rte_icmp.h>
#include <rte_ip.h>

/* What the control thread does for and with every worker, every port and every packet buffer. */

#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

#define NAT                                                                                         \
	"workers: 2\n"                                                                              \
	"ports:\n"                                                                                  \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10], mtu: 9000}\n" \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"           \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                                \
	"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}]\n"                                 \
	"natpmp: {role: off}\n"                                                                     \
	"store: {path: \"\"}\n"

#define B4                                                                                        \
	"workers: 2\n"                                                                            \
	"ports:\n"                                                                                \
	"  - {name: home0, device: net_null0, side: inside, addresses: [192.168.1.1/24]}\n"       \
	"  - {name: wan0, device: net_null1, side: outside, addresses: [\"2001:db8:1::2/64\"]}\n" \
	"routes: [{prefix: \"::/0\", via: \"2001:db8:1::1\"}]\n"                                  \
	"softwire: {role: b4, local: \"2001:db8:1::2\", remote: \"2001:db8:f::1\"}\n"             \
	"natpmp: {role: relay, upstream: 192.0.0.1}\n"                                            \
	"store: {path: \"\"}\n"

static const struct cgn_ip6 aftr = { .b = { 0x20, 1, 0xd, 0xb8, 0, 0xf, [15] = 1 } };

/* Nothing of the start is left to be seen. */
static void
settle(void)
{
	pf_pass(200, 10);
	pf_forget();
}

/* --- stop ---------------------------------------------------------------------------------- */

static struct cgn_timer obeying[PF_WORKERS];

static void
obey_later(void *arg, uint64_t now_ms)
{
	(void)now_ms;
	CU_ASSERT_EQUAL(pf_obey((unsigned int)((struct cgn_timer *)arg - obeying)),
			CGN_CMD_QUIESCE);
}

/* @param mask  workers that obey, each at another time */
static int
quiesce(unsigned int mask)
{
	int ret;

	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		obeying[w] = (struct cgn_timer){ .fire = obey_later, .arg = &obeying[w] };
		if ((mask >> w & 1) != 0)
			cgn_timerq_set(cgn_loop_timers(cgn_control_loop(pf.control)), &obeying[w],
					pf.now_ms + 20 + 60 * w);
	}
	pf.auto_ms = 1;
	ret = cgn_control_quiesce(pf.control);
	pf.auto_ms = 0;
	return ret;
}

static void
quiesce_waits_for_every_worker_and_not_for_ever(void)
{
	static const unsigned int masks[] = { 3, 0, 1, 2, 3, 1, 3 };

	pf_begin(NAT, "");
	settle();
	for (size_t i = 0; i < RTE_DIM(masks); i++) {
		uint64_t start = pf.now_ms;

		pf_forget();
		CU_ASSERT_EQUAL(quiesce(masks[i]), masks[i] == 3 ? 0 : -ETIMEDOUT);
		if (masks[i] == 3)
			CU_ASSERT_TRUE(pf.now_ms >= start + 80);
		CU_ASSERT_TRUE(pf.now_ms < start + 1000);
		for (unsigned int w = 0; w < PF_WORKERS; w++)
			CU_ASSERT_EQUAL(pf_count(w, CGN_CMD_QUIESCE), masks[i] >> w & 1);
		/* Who was late answers to nobody. */
		pf_work();
	}
	pf_end();
}

/* --- packet buffers ------------------------------------------------------------------------ */

static size_t
make_echo(uint8_t *frame, size_t data_len)
{
	const struct rte_ether_addr mac = pf_mac(IP(100, 64, 0, 9));
	size_t off = cgn_frame_head(frame, &pf.planes.ports[0].mac, &mac, 0, RTE_ETHER_TYPE_IPV4);
	struct rte_ipv4_hdr *ip = (void *)(frame + off);
	struct rte_icmp_hdr *icmp = (void *)(ip + 1);
	size_t len = sizeof(*icmp) + data_len;

	memset(icmp, 0x5a, len);
	*icmp = (struct rte_icmp_hdr){ .icmp_type = 8, .icmp_ident = RTE_BE16(7) };
	icmp->icmp_cksum = (uint16_t)~rte_raw_cksum(icmp, len);
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = 0x45,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + len)),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_ICMP,
		.src_addr = IP(100, 64, 0, 9),
		.dst_addr = IP(100, 64, 0, 1),
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return off + sizeof(*ip) + len;
}

/* Echoes of all sizes, with all amounts of free buffers: an answer comes whole or not at all, and every
 * buffer comes back. */
static void
answers_of_many_buffers_come_whole_or_cost_nothing(void)
{
	static uint8_t frame[8192];
	struct rte_mbuf *taken[PF_BUFFERS];

	pf_begin(NAT, "");
	settle();
	for (unsigned int i = 0; i < 60; i++) {
		size_t len = make_echo(frame, 100 + 120 * i);
		unsigned int n = 0, left = i % 6;

		pf_forget();
		pf_punt(i % PF_WORKERS, 0, frame, len);
		while (rte_mempool_avail_count(pf.planes.ctl_pool) > left)
			taken[n++] = rte_pktmbuf_alloc(pf.planes.ctl_pool);
		pf_turn();
		if (pf.n_packets == 1)
			CU_ASSERT_EQUAL(pf.packets[0].len, len);
		CU_ASSERT_EQUAL(pf.n_packets, left * RTE_MBUF_DEFAULT_DATAROOM >= len);
		while (n > 0)
			rte_pktmbuf_free(taken[--n]);
		CU_ASSERT_EQUAL(rte_mempool_avail_count(pf.planes.ctl_pool), PF_BUFFERS);
		/* With all of them free it is answered. */
		pf_forget();
		pf_punt(i % PF_WORKERS, 0, frame, len);
		pf_turn();
		CU_ASSERT_EQUAL_FATAL(pf.n_packets, 1);
		CU_ASSERT_EQUAL(pf.packets[0].len, len);
		CU_ASSERT_EQUAL(memcmp(pf.packets[0].data + 42, frame + 42, len - 42), 0);
		CU_ASSERT_EQUAL(rte_mempool_avail_count(pf.planes.ctl_pool), PF_BUFFERS);
	}
	pf_end();
}

/* What cannot be read costs no buffer either. */
static void
packets_that_nobody_reads_cost_no_buffer(void)
{
	static uint8_t frame[8192];

	pf_begin(NAT, "");
	settle();
	for (size_t len = 1; len < sizeof(frame); len += 97) {
		for (size_t i = 0; i < len; i++)
			frame[i] = (uint8_t)(i * 31 + len);
		pf_punt(len % PF_WORKERS, (uint16_t)(len % 4), frame, len);
		pf_turn();
		CU_ASSERT_EQUAL(rte_mempool_avail_count(pf.planes.ctl_pool), PF_BUFFERS);
	}
	CU_ASSERT_EQUAL(pf.n_packets, 0);
	pf_end();
}

/* --- neighbours ---------------------------------------------------------------------------- */

/* A worker whose ring is full hears of a neighbour later, whichever it is. */
static void
every_worker_hears_of_a_neighbour_in_the_end(void)
{
	static const char *const more =
			"neighbours: [{address: 192.0.2.9, mac: \"02:00:5e:10:00:01\"}]\n";

	for (unsigned int full = 0; full < PF_WORKERS; full++) {
		struct cgn_cmd other = { .op = CGN_CMD_GRACE };

		pf_forget();
		pf_write(NAT, more);
		pf_create();
		while (cgn_dpclient_send(cgn_control_client(pf.control), full, &other, NULL,
				       pf.now_ms) == 0)
			;
		cgn_control_start(pf.control);
		CU_ASSERT_EQUAL(cgn_control_restore(pf.control), 0);
		pf_work();
		CU_ASSERT_EQUAL(pf_count(full, CGN_CMD_NEIGH_SET), 0);
		CU_ASSERT_TRUE(pf_count(1 - full, CGN_CMD_NEIGH_SET) > 0);
		pf_pass(200, 10);
		CU_ASSERT_TRUE(pf_count(full, CGN_CMD_NEIGH_SET) > 0);
		pf_forget();
		pf_pass(1000, 10);
		CU_ASSERT_EQUAL(pf_count(full, CGN_CMD_NEIGH_SET), 0);
		CU_ASSERT_EQUAL(pf_count(1 - full, CGN_CMD_NEIGH_SET), 0);
		pf_end();
	}
}

/* --- a B4 ---------------------------------------------------------------------------------- */

/* What comes out of the softwire is routed home if it is for one host there; what is for groups is not. */
static void
packets_out_of_the_softwire_go_to_hosts_at_home_alone(void)
{
	static const struct {
		rte_be32_t dst;
		bool is_routed;
	} cases[] = {
		{ IP(192, 168, 1, 9), true },
		{ IP(10, 0, 0, 1), true },
		{ IP(223, 255, 255, 254), true },
		{ IP(224, 0, 0, 5), false },
		{ IP(239, 255, 255, 250), false },
	};
	const struct cgn_ep4 src = { .addr = IP(203, 0, 113, 9), .port = RTE_BE16(53) };

	pf_begin(B4, "");
	settle();
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const struct cgn_ep4 dst = { .addr = cases[i].dst, .port = RTE_BE16(4000) };
		unsigned int n = 0;

		pf_forget();
		pf_send_wire(i % PF_WORKERS, 1, &aftr, &src, &dst, "hello", 5);
		pf_turn();
		for (unsigned int k = 0; k < pf.n_packets; k++)
			n += pf.packets[k].op == CGN_PKT_ROUTE;
		CU_ASSERT_EQUAL(n, cases[i].is_routed);
		if (n == 1) {
			const struct rte_ipv4_hdr *ip = (const void *)pf.packets[0].data;

			CU_ASSERT_EQUAL(pf.packets[0].len, 20 + 8 + 5);
			CU_ASSERT_EQUAL(ip->src_addr, src.addr);
			CU_ASSERT_EQUAL(ip->dst_addr, dst.addr);
		}
	}
	pf_end();
}

/* The tunnel ends at one address; the same packet to another one is not taken out. */
static void
softwire_ends_at_its_own_address_only(void)
{
	const struct cgn_ep4 src = { .addr = IP(203, 0, 113, 9), .port = RTE_BE16(53) };
	const struct cgn_ep4 dst = { .addr = IP(192, 168, 1, 9), .port = RTE_BE16(4000) };
	uint8_t frame[256] = { 0 };
	size_t off, inner;

	pf_begin(B4, "");
	settle();
	for (unsigned int i = 0; i < 3; i++) {
		struct rte_ipv6_hdr *ip;
		const struct rte_ether_addr mac = pf_mac(IP(192, 0, 2, 1));
		struct cgn_ip6 local = cgn_control_conf(pf.control)->softwire.local;

		off = cgn_frame_head(frame, &pf.planes.ports[1].mac, &mac, 0, RTE_ETHER_TYPE_IPV6);
		ip = (void *)(frame + off);
		inner = cgn_frame_udp4(ip + 1, &src, &dst, 64, "x", 1);
		*ip = (struct rte_ipv6_hdr){
			.vtc_flow = RTE_BE32(0x60000000),
			.payload_len = rte_cpu_to_be_16((uint16_t)inner),
			.proto = i == 2 ? IPPROTO_UDP : IPPROTO_IPIP,
			.hop_limits = 64,
		};
		local.b[15] = (uint8_t)(local.b[15] + (i == 1));
		memcpy(&ip->src_addr, &aftr, 16);
		memcpy(&ip->dst_addr, &local, 16);
		pf_forget();
		pf_punt(0, 1, frame, off + sizeof(*ip) + inner);
		pf_turn();
		for (unsigned int k = 0; k < pf.n_packets; k++)
			CU_ASSERT_EQUAL(pf.packets[k].op == CGN_PKT_ROUTE, i == 0);
		CU_ASSERT_TRUE(i != 0 || pf.n_packets == 1);
	}
	pf_end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(quiesce_waits_for_every_worker_and_not_for_ever),
	CU_TEST_ROW(answers_of_many_buffers_come_whole_or_cost_nothing),
	CU_TEST_ROW(packets_that_nobody_reads_cost_no_buffer),
	CU_TEST_ROW(every_worker_hears_of_a_neighbour_in_the_end),
	CU_TEST_ROW(packets_out_of_the_softwire_go_to_hosts_at_home_alone),
	CU_TEST_ROW(softwire_ends_at_its_own_address_only),
};

int
main(void)
{
	eal_start();
	return cu_main("plane", tests, RTE_DIM(tests));
}
