/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device that steers leaves to the workers: nothing is handed over. The device here hashes inside
 * sources as rte_softrss does, into the indirection table, and matches outside destinations by the
 * rules that a port gets.
 */
#include "dataplane/nat/ext.h"
#include "tests/support/bookfix.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>

#include <rte_thash.h>

#define HOSTS       300
#define MIXED_HOSTS 12
#define BURST       60 /* a multiple of these */

static void
host_text(unsigned int i, char *text, size_t size)
{
	snprintf(text, size, "100.64.%u.%u", i / 250 + 1, i % 250 + 2);
}

/* Queue of a frame that comes from inside. */
static unsigned int
inside_queue(const struct fx *fx, const char *src)
{
	uint32_t tuple = ntohl(inet_addr(src));

	return fx->steer.reta[rte_softrss(&tuple, 1, fx->steer.key) % CGN_STEER_RETA];
}

/* A datagram of each host and its answer, received by the queue that the device chooses. */
static void
exchange(struct fx *fx, const struct cgn_ext *rules)
{
	for (unsigned int i = 0; i < HOSTS; i++) {
		const struct cgn_ext_addr *home;
		struct fx_pkt out;
		char host[16];

		host_text(i, host, sizeof(host));
		fx->turn = inside_queue(fx, host);
		out = *fx_udp_out(fx, host, 5000, P1, 53);
		CU_ASSERT_EQUAL_FATAL(out.port, FX_OUTSIDE);
		home = cgn_ext_find(rules, inet_addr(out.src));
		CU_ASSERT_PTR_NOT_NULL_FATAL(home);
		fx->turn = home->worker;
		CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, out.src, out.sport)->port, FX_INSIDE);
	}
}

/* A device with source-only RSS inside and destination rules outside. */
static void
nothing_is_handed_over_where_the_device_steers(void)
{
	struct fx *fx = fx_new();
	struct cgn_ext rules;

	fx_pool_per_worker(fx, 4);
	fx_start(fx);
	bookfix_ext_init(&rules, &fx->conf, 0);
	exchange(fx, &rules);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_HANDOVER_OUT), 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_HANDOVER_IN), 0);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_OUT), HOSTS);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_IN), HOSTS);
	bookfix_ext_fini(&rules);
	fx_free(fx);
}

/* The same packets, received by the workers in turn: the software does what the device did. */
static void
most_is_handed_over_where_it_does_not(void)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, 4);
	fx_start(fx);
	for (unsigned int i = 0; i < HOSTS; i++) {
		char host[16];

		host_text(i, host, sizeof(host));
		fx_udp_out(fx, host, 5000, P1, 53);
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_OUT), HOSTS);
	if (fx->n_workers > 1)
		CU_ASSERT_TRUE(fx_counter(fx, CGN_C_HANDOVER_OUT) > HOSTS / 4);
	fx_free(fx);
}

/* The same packet with four octets of IP options that say nothing. */
static struct rte_mbuf *
with_options(struct fx *fx, struct rte_mbuf *m)
{
	static const uint8_t nop[4] = { 1, 1, 1, 1 };
	char host[16];
	rte_be32_t src = pg_ip(m)->src_addr;
	struct pg_ip4 h = {
		.src = host, .dst = P1, .proto = IPPROTO_UDP, .opt = nop, .opt_len = sizeof(nop)
	};
	struct rte_mbuf *with;

	inet_ntop(AF_INET, &src, host, sizeof(host));
	with = pg_ip4(fx->mp, &h, pg_l4(m), rte_pktmbuf_data_len(m) - 34u);
	rte_pktmbuf_free(m);
	return with;
}

/* One packet of each of twelve hosts in turn, to ports from @p first on; one has a wrong checksum, one is
 * for another station, one comes in two segments, one dies here and one has options. */
static void
mixed_burst(struct fx *fx, struct rte_mbuf **m, uint16_t first)
{
	for (unsigned int i = 0; i < BURST; i++) {
		char host[16];

		host_text(i % MIXED_HOSTS, host, sizeof(host));
		m[i] = pg_udp(fx->mp, host, 5000, P1, (uint16_t)(first + i), 8);
	}
	pg_ip(m[7])->hdr_checksum ^= 1;
	rte_pktmbuf_mtod(m[20], struct rte_ether_hdr *)->dst_addr.addr_bytes[5] ^= 1;
	m[44] = pg_split(fx->mp, m[44], 40, false);
	pg_ip(m[50])->time_to_live = 1;
	pg_fix(m[50]);
	m[51] = with_options(fx, m[51]);
}

/* A flow of each host; afterwards every worker knows its next hop. */
static void
open_flows(struct fx *fx, struct fx_pkt flow[MIXED_HOSTS])
{
	for (unsigned int i = 0; i < MIXED_HOSTS; i++) {
		char host[16];

		host_text(i, host, sizeof(host));
		flow[i] = *fx_udp_out(fx, host, 5000, P1, 53);
	}
}

/* Bursts of several workers' packets; from the second one on they are dispatched before they are parsed. */
static void
mixed_bursts_reach_their_owners_in_order_and_are_counted_once(void)
{
	uint16_t last[MIXED_HOSTS] = { 0 };
	struct fx_pkt flow[MIXED_HOSTS];
	struct fx *fx = fx_new();
	struct rte_mbuf *m[BURST];

	fx_pool_per_worker(fx, 4);
	fx_start(fx);
	open_flows(fx, flow);
	for (unsigned int round = 0; round < 3; round++) {
		uint16_t first = (uint16_t)(1200 + round * BURST);

		fx->turn = 0;
		mixed_burst(fx, m, first);
		/* All but two leave, one of them as an ICMP error. */
		CU_ASSERT_EQUAL_FATAL(fx_rx_burst(fx, FX_INSIDE, m, BURST), BURST - 2);
		for (unsigned int i = 0; i < fx->n_out; i++) {
			uint16_t to = fx->out[i].dport;
			unsigned int host = (to - first) % MIXED_HOSTS;

			if (fx->out[i].port == FX_INSIDE)
				continue;
			CU_ASSERT_TRUE(to > last[host]);
			last[host] = to;
		}
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_OUT), MIXED_HOSTS + 3 * (BURST - 3));
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_TTL), 3);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_L3_CHECKSUM), 3);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_L2_OTHER_HOST), 3);
	if (fx->n_workers > 1)
		CU_ASSERT_TRUE(fx_counter(fx, CGN_C_HANDOVER_OUT) > BURST / 2);
	fx_free(fx);
}

/* The same inward: by the destination's home. */
static void
mixed_bursts_from_outside_reach_their_owners(void)
{
	struct fx_pkt flow[MIXED_HOSTS];
	struct fx *fx = fx_new();
	struct rte_mbuf *m[BURST];

	fx_pool_per_worker(fx, 4);
	fx_start(fx);
	open_flows(fx, flow);
	for (unsigned int round = 0; round < 3; round++) {
		fx->turn = 0;
		for (unsigned int i = 0; i < BURST; i++)
			m[i] = pg_udp(fx->mp, P1, 53, flow[i % MIXED_HOSTS].src,
					flow[i % MIXED_HOSTS].sport, 8);
		pg_ip(m[7])->hdr_checksum ^= 1;
		CU_ASSERT_EQUAL(fx_rx_burst(fx, FX_OUTSIDE, m, BURST), BURST - 1);
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_IN), 3 * (BURST - 1));
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_L3_CHECKSUM), 3);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(nothing_is_handed_over_where_the_device_steers),
	CU_TEST_ROW(most_is_handed_over_where_it_does_not),
	CU_TEST_ROW(mixed_bursts_reach_their_owners_in_order_and_are_counted_once),
	CU_TEST_ROW(mixed_bursts_from_outside_reach_their_owners),
};

CU_MAIN("steered", tests)
