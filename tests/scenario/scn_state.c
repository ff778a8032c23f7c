/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/tcpstate.h"
#include "tests/support/cu.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/recordfix.h"
#include "tests/support/statefix.h"
#include "tests/support/wirefix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYN   RTE_TCP_SYN_FLAG
#define ACK   RTE_TCP_ACK_FLAG
#define FIN   RTE_TCP_FIN_FLAG

#define HOSTS 40u

/* Numbers of workers that go on with the state. */
static const unsigned int workers_after[] = { 1, 2, 4 };

static struct fx *
new_with(unsigned int workers)
{
	struct fx *fx = fx_new();

	fx->n_workers = workers;
	fx->seed = 77; /* nothing may depend on the random source of the first process */
	return fx;
}

/* Go on with the same configuration and the same number of workers. */
static struct fx *
restart(struct fx *fx, uint64_t pause_ms)
{
	return sx_restart(fx, new_with(fx->n_workers), pause_ms, NULL);
}

static const char *
host(unsigned int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.64.%u.%u", i / 7, 10 + i);
	return text;
}

/* REQ: N-KEEP-1, N-KEEP-12, N-KEEP-13 */
static void
flows_keep_their_endpoints(void)
{
	for (unsigned int k = 0; k < RTE_DIM(workers_after); k++) {
		struct fx_ep udp[HOSTS], tcp[HOSTS];
		struct fx *fx = fx_default();
		uint16_t idents[HOSTS];
		char addrs[HOSTS][16];

		for (unsigned int i = 0; i < HOSTS; i++) {
			const struct fx_pkt *p;

			udp[i] = fx_map_udp(fx, host(i), 5000);
			tcp[i] = fx_connect(fx, host(i), 6000, P1, 80);
			p = fx_ping_out(fx, host(i), P1, 77);
			idents[i] = p->sport;
			memcpy(addrs[i], p->src, sizeof(addrs[i]));
		}
		fx = sx_restart(fx, new_with(workers_after[k]), 900, NULL);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), HOSTS);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), HOSTS);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), HOSTS);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_ICMP), HOSTS);
		CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_RESTORED), 3 * HOSTS);
		CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP), 0);
		for (unsigned int i = 0; i < HOSTS; i++) {
			/* First from outside, then from inside. */
			FX_PKT(fx_udp_in(fx, P1, 53, udp[i].addr, udp[i].port), FX_INSIDE, P1, 53,
					host(i), 5000);
			FX_PKT(fx_udp_out(fx, host(i), 5000, P2, 99), FX_OUTSIDE, udp[i].addr,
					udp[i].port, P2, 99);
			FX_PKT(fx_tcp_in(fx, P1, 80, tcp[i].addr, tcp[i].port, ACK), FX_INSIDE, P1,
					80, host(i), 6000);
			FX_PKT(fx_tcp_out(fx, host(i), 6000, P1, 80, ACK), FX_OUTSIDE, tcp[i].addr,
					tcp[i].port, P1, 80);
			FX_PKT(fx_pong_in(fx, P1, addrs[i], idents[i]), FX_INSIDE, P1, 77, host(i),
					77);
			FX_PKT(fx_ping_out(fx, host(i), P1, 77), FX_OUTSIDE, addrs[i], idents[i],
					P1, idents[i]);
		}
		CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP), 0);
		CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_TCP), 0);
		CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_ICMP), 0);
		fx_free(fx);
	}
}

/* A segment from outside that acknowledges up to a number behind the one that the inside has sent first. */
static const struct fx_pkt *
acknowledge(struct fx *fx, const char *p, uint16_t pp, const struct fx_ep *x,
		const struct fx_pkt *sent, uint32_t behind)
{
	struct rte_mbuf *m = pg_tcp(fx->mp, p, pp, x->addr, x->port, ACK, 0);
	const struct rte_tcp_hdr *of = (const struct rte_tcp_hdr *)(sent->ip + 20);
	struct rte_tcp_hdr *tcp = pg_l4(m);

	tcp->recv_ack = rte_cpu_to_be_32(rte_be_to_cpu_32(of->sent_seq) + behind);
	pg_fix(m);
	return fx_outside(fx, m);
}

/* REQ: N-KEEP-12 */
static void
moved_subscribers_stay_over_reloads(void)
{
	for (unsigned int k = 0; k < RTE_DIM(workers_after); k++) {
		struct fx *fx = fx_default();
		struct cgn_subscriber_info info;
		struct cgn_conf next;
		struct fx_ep x[HOSTS];
		unsigned int n_moved = 0;
		bool are_more = workers_after[k] > fx->n_workers;

		for (unsigned int i = 0; i < HOSTS; i++)
			x[i] = fx_map_udp(fx, host(i), 5000);
		fx = sx_restart(fx, new_with(workers_after[k]), 900, NULL);
		next = fx->conf;
		next.nat.timeouts.udp_s += 10;
		fx_reload(fx, &next);
		fx_reload(fx, &fx->conf);
		for (unsigned int i = 0; i < HOSTS; i++) {
			CU_ASSERT_TRUE(fx_subscriber(fx, host(i), &info));
			n_moved += info.worker != fx_owner(fx, host(i));
			FX_PKT(fx_udp_out(fx, host(i), 5000, P2, 99), FX_OUTSIDE, x[i].addr,
					x[i].port, P2, 99);
			FX_PKT(fx_udp_in(fx, P2, 99, x[i].addr, x[i].port), FX_INSIDE, P2, 99,
					host(i), 5000);
			/* What is new belongs to the same worker. */
			CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, host(i), 5001).addr, x[i].addr);
		}
		/* With fewer workers, hash and address of all agree as before. */
		CU_ASSERT_EQUAL(n_moved != 0, are_more);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), HOSTS);
		CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP), HOSTS);
		fx_free(fx);
	}
}

/* REQ: N-KEEP-2 */
static void
handshakes_and_ends_of_connections_go_on(void)
{
	struct fx *fx = fx_default();
	struct fx_ep half = fx_map_udp(fx, H1, 1); /* only for its address */
	struct fx_ep open = fx_connect(fx, H1, 6001, P1, 80);
	struct fx_ep closing = fx_connect(fx, H1, 6002, P1, 80);
	struct cgn_mapping_info info;
	const struct fx_pkt *p;

	p = fx_tcp_out(fx, H1, 6000, P1, 80, SYN);
	half.port = p->sport;
	CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 6002, P1, 80, FIN | ACK)->left);
	fx = restart(fx, 1000);

	/* The answer of the handshake passes; a host that has not been asked does not. */
	FX_PKT(fx_tcp_in(fx, P1, 80, half.addr, half.port, SYN | ACK), FX_INSIDE, P1, 80, H1, 6000);
	FX_PKT(fx_tcp_out(fx, H1, 6000, P1, 80, ACK), FX_OUTSIDE, half.addr, half.port, P1, 80);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6000, &info));
	CU_ASSERT_EQUAL(info.tcp_state, CGN_TCP_ESTABLISHED);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6001, &info));
	CU_ASSERT_EQUAL(info.tcp_state, CGN_TCP_ESTABLISHED);
	fx_tcp_in(fx, P2, 81, open.addr, open.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	/* One side has closed before, the other one does it now: the port needs no hold-down. */
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6002, &info));
	CU_ASSERT_EQUAL(info.tcp_state, CGN_TCP_FIN_OUT);
	FX_PKT(fx_tcp_in(fx, P1, 80, closing.addr, closing.port, FIN | ACK), FX_INSIDE, P1, 80, H1,
			6002);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6002, &info));
	CU_ASSERT_EQUAL(info.tcp_state, CGN_TCP_CLOSING);
	fx_advance_s(fx, 242);
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6002, &info));
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	fx_free(fx);
}

/* REQ: N-KEEP-2 */
static void
further_sessions_and_proofs_go_on(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 };
	struct fx_pkt sent;
	uint8_t octets[40];

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &x, 3600), 0);
	/* One connection from inside, another one, and two from outside: one of a host that has proved its address. */
	CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 80, P1, 1000, SYN)->left);
	CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 80, P1, 1001, SYN)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P2, 2000, x.addr, x.port, SYN)->left);
	sent = *fx_tcp_out(fx, H1, 80, P2, 2000, SYN | ACK);
	CU_ASSERT_TRUE(acknowledge(fx, P2, 2000, &x, &sent, 1)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P2, 2001, x.addr, x.port, SYN)->left);
	sent = *fx_tcp_out(fx, H1, 80, P2, 2001, SYN | ACK);
	memcpy(octets, sent.ip, sizeof(octets));
	sent.ip = octets;
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 3);
	fx = restart(fx, 1000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 3);

	CU_ASSERT_TRUE(fx_tcp_in(fx, P1, 1000, x.addr, x.port, SYN | ACK)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P1, 1001, x.addr, x.port, SYN | ACK)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P2, 2000, x.addr, x.port, ACK)->left);
	/* The handshake that was under way is still one without a proof: without it, it ends after the time of handshakes. */
	CU_ASSERT_TRUE(acknowledge(fx, P2, 2001, &x, &sent, 1)->left);
	CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 80, P2, 2001, ACK)->left);
	fx_advance_s(fx, 250);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P2, 2000, x.addr, x.port, ACK)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P2, 2001, x.addr, x.port, ACK)->left);
	/* The end of the lease resets what came from outside, both ways: it needs the numbers of before. */
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 80), 0);
	CU_ASSERT_EQUAL(fx->n_out, 4);
	fx_free(fx);
}

/* REQ: N-KEEP-2 */
static void
unproven_sessions_stay_unproven(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 };
	struct fx_pkt sent;
	uint8_t octets[40];

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &x, 3600), 0);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P2, 2000, x.addr, x.port, SYN)->left);
	sent = *fx_tcp_out(fx, H1, 80, P2, 2000, SYN | ACK);
	memcpy(octets, sent.ip, sizeof(octets));
	sent.ip = octets;
	fx = restart(fx, 1000);
	CU_ASSERT_TRUE(acknowledge(fx, P2, 2000, &x, &sent, 77)->left);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 1);
	fx_advance_s(fx, 242);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
	fx_free(fx);
}

/* REQ: N-KEEP-2 */
static void
filters_of_traffic_go_on(void)
{
	static const enum cgn_filtering kinds[] = { CGN_FILTERING_AD, CGN_FILTERING_APD };

	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		struct fx *fx = fx_new(), *next;
		struct fx_ep x;

		fx->conf.nat.filtering[CGN_PROTO_UDP] = kinds[i];
		fx_start(fx);
		x = fx_map_udp(fx, H1, 5000);
		next = new_with(fx->n_workers);
		next->conf.nat.filtering[CGN_PROTO_UDP] = kinds[i];
		fx = sx_restart(fx, next, 0, NULL);
		CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
		CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 54, x.addr, x.port)->left,
				kinds[i] == CGN_FILTERING_AD);
		fx_udp_in(fx, P2, 53, x.addr, x.port);
		FX_DROPPED(fx, CGN_V_FILTERED);
		fx_free(fx);
	}
}

/* REQ: N-KEEP-3 */
static void
timers_go_on_while_there_is_no_process(void)
{
	struct fx *fx = fx_default();
	struct cgn_mapping_info info;

	fx_map_udp(fx, H1, 5000);
	fx_connect(fx, H1, 6000, P1, 80);
	fx_advance_s(fx, 100);
	fx = restart(fx, 50000);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_UDP, H1, 5000, &info));
	CU_ASSERT_EQUAL(info.expires_s, 150);
	fx_advance_s(fx, 149);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_UDP, H1, 5000, &info));
	fx_advance_s(fx, 3);
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_UDP, H1, 5000, &info));
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6000, &info));
	fx_advance_s(fx, 7440 - 302 - 2);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6000, &info));
	fx_advance_s(fx, 5);
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6000, &info));
	fx_free(fx);
}

/* REQ: N-KEEP-3 */
static void
what_was_over_in_between_ends_as_usual(void)
{
	struct fx *fx = fx_default();
	struct cgn_mapping_info info;
	struct fx_ep x = { .port = 0 };

	fx_map_udp(fx, H1, 5000);
	fx_connect(fx, H1, 6000, P1, 80);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H2, 80, &x, 400), 0);
	CU_ASSERT_TRUE(fx_tcp_out(fx, H2, 80, P1, 80, SYN)->left);
	/* Many hours: longer than the new clock has run. */
	fx = restart(fx, 20000 * 1000);
	fx_advance_s(fx, 2);
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_UDP, H1, 5000, &info));
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_TCP, H1, 6000, &info));
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_TCP, H2, 80, &info));
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 3);
	fx_free(fx);
}

/* REQ: N-KEEP-4 */
static void
hold_down_goes_on(void)
{
	struct fx *fx = fx_default();
	struct cgn_who_info who;
	struct fx_ep x = fx_map_udp(fx, H1, 5000), wish;

	fx_map_udp(fx, H1, 5001);
	fx_advance_s(fx, 302);
	fx_map_udp(fx, H1, 5002); /* so that H1 stays */
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 2);
	fx_advance_s(fx, 40);
	fx = restart(fx, 10000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 2);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).ports_held, 2);
	CU_ASSERT_EQUAL(fx_who(fx, CGN_PROTO_UDP, x.addr, x.port, &who), 0);
	CU_ASSERT_TRUE(who.is_held);
	/* Another endpoint of the same host does not get the port. The endpoint that had it does. */
	wish = x;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 7777, &wish, 600), 0);
	CU_ASSERT_NOT_EQUAL(wish.port, x.port);
	wish = x;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &wish, 600), 0);
	CU_ASSERT_EQUAL(wish.port, x.port);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	fx_advance_s(fx, 66);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	fx_advance_s(fx, 6);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	fx_free(fx);
}

/* REQ: N-KEEP-5 */
static void
subscribers_keep_address_and_blocks(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y;
	struct fx_pool was;

	/* K1 has become idle, and keeps its address for 300 s. */
	y = fx_map_udp(fx, K1, 5000);
	fx_advance_s(fx, 200);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, P1, 53)->left);
	fx_advance_s(fx, 225);
	was = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	fx = restart(fx, 0);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, was.blocks_used);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_used, was.addresses_used);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).subscribers, 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 2);
	CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, K1, 5000).addr, y.addr);
	CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, 5001).addr, x.addr);
	/* From the same block, so no further one was taken. */
	CU_ASSERT_EQUAL(fx_map_udp(fx, H1, 5002).port / 512, x.port / 512);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_RESTORED), 1);
	fx_free(fx);
}

/* Before and after it, the ports are cut into other blocks. What is new comes from blocks of the new cut. */
static struct fx *
restart_with_blocks_of(struct fx *fx, uint16_t size)
{
	struct cgn_state_counts counts;
	struct fx *next = new_with(fx->n_workers);

	next->groups[0].block_size = size;
	fx = sx_restart(fx, next, 1000, &counts);
	CU_ASSERT_EQUAL(sx_dropped(&counts), counts.dropped[CGN_STATE_BLOCK][CGN_STATE_DROP_BLOCK]);
	CU_ASSERT_TRUE(sx_dropped(&counts) > 0);
	FX_BOOKS(fx);
	return fx;
}

/* REQ: N-KEEP-1, N-KEEP-13 */
static void
flows_outlive_their_blocks(void)
{
	struct fx *fx = fx_default();
	struct fx_ep held = fx_map_udp(fx, H1, 5002), udp, tcp, n;
	struct cgn_subscriber_info info;

	fx_advance_s(fx, 200);
	udp = fx_map_udp(fx, H1, 5000);
	tcp = fx_connect(fx, H1, 6000, P1, 80);
	fx_advance_s(fx, 102);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	fx = restart_with_blocks_of(fx, 128);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	FX_PKT(fx_udp_in(fx, P1, 53, udp.addr, udp.port), FX_INSIDE, P1, 53, H1, 5000);
	FX_PKT(fx_tcp_in(fx, P1, 80, tcp.addr, tcp.port, ACK), FX_INSIDE, P1, 80, H1, 6000);
	n = fx_map_udp(fx, H1, 5001);
	CU_ASSERT_STRING_EQUAL(n.addr, udp.addr);
	CU_ASSERT_TRUE(fx_subscriber(fx, H1, &info));
	CU_ASSERT_EQUAL(info.blocks, 1);
	/* Once more: single ports are kept as blocks are. */
	fx = restart_with_blocks_of(fx, 512);
	FX_PKT(fx_udp_in(fx, P1, 53, udp.addr, udp.port), FX_INSIDE, P1, 53, H1, 5000);
	FX_PKT(fx_udp_in(fx, P1, 53, n.addr, n.port), FX_INSIDE, P1, 53, H1, 5001);
	FX_PKT(fx_tcp_out(fx, H1, 6000, P1, 80, ACK), FX_OUTSIDE, tcp.addr, tcp.port, P1, 80);
	n = held;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5002, &n, 600), 0);
	CU_ASSERT_EQUAL(n.port, held.port);
	fx_free(fx);
}

/* REQ: N-KEEP-5 */
static void
guard_of_blocks_goes_on(void)
{
	struct fx *fx = fx_new(), *next;

	fx->conf.nat.block_guard_s = 600;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_advance_s(fx, 300 + 120 + 310 + 4);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
	next = new_with(fx->n_workers);
	next->conf.nat.block_guard_s = 600;
	fx = sx_restart(fx, next, 100000, NULL);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	fx_advance_s(fx, 150);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
	fx_advance_s(fx, 60);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 0);
	fx_free(fx);
}

/* REQ: N-KEEP-6 */
static void
leases_keep_filters_and_end(void)
{
	const struct cgn_filter only_p1 = { .addr = pg_addr(P1), .len = 32 };
	struct fx *fx = fx_new(), *next;
	struct fx_ep x = { .port = 0 }, y = { .port = 0 };
	struct cgn_mapping_info info;

	fx->conf.natpmp.role = CGN_NATPMP_SERVER;
	fx_start(fx);
	fx->filters = &only_p1;
	fx->n_filters = 1;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 80, &x, 1000), 0);
	fx->n_filters = 0;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H2, 81, &y, 2000), 0);
	fx_advance_s(fx, 100);
	next = new_with(fx->n_workers);
	next->conf.natpmp.role = CGN_NATPMP_SERVER;
	fx = sx_restart(fx, next, 100000, NULL);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).leases, 2);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_UDP, H1, 80, &info));
	CU_ASSERT_EQUAL(info.flags, CGN_MAPPING_EXPLICIT | CGN_MAPPING_FILTERED);
	CU_ASSERT_EQUAL(info.expires_s, 800);
	FX_PKT(fx_udp_in(fx, P1, 9, x.addr, x.port), FX_INSIDE, P1, 9, H1, 80);
	fx_udp_in(fx, P2, 9, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_FILTERED);
	FX_PKT(fx_tcp_in(fx, P2, 9, y.addr, y.port, SYN), FX_INSIDE, P2, 9, H2, 81);
	/* The control thread brings its leases back as after every restart: they are there already. */
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H2, 81, &y, 1800), 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).leases, 2);
	fx_advance_s(fx, 799);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_UDP, H1, 80, &info));
	fx_advance_s(fx, 3);
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_UDP, H1, 80, &info));
	fx_free(fx);
}

/* REQ: N-KEEP-7 */
static void
static_mappings_are_those_of_the_configuration(void)
{
	struct fx *fx = fx_new(), *next = fx_new();
	struct cgn_state_counts counts;
	struct cgn_mapping_info info;
	struct fx_ep x;

	fx_add_static(fx, CGN_PROTO_TCP, H1, 80, "198.51.100.3", 8080);
	fx_add_static(fx, CGN_PROTO_UDP, H2, 81, "198.51.100.4", 8081);
	fx_start(fx);
	CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 80, P1, 1000, SYN)->left);
	CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 80, P1, 1001, SYN)->left);
	x = fx_map_udp(fx, H1, 5000);
	/* One goes, one comes. */
	fx_add_static(next, CGN_PROTO_TCP, H1, 80, "198.51.100.3", 8080);
	fx_add_static(next, CGN_PROTO_UDP, K1, 82, "198.51.100.5", 8082);
	fx = sx_restart(fx, next, 1000, &counts);
	CU_ASSERT_EQUAL(counts.dropped[CGN_STATE_MAPPING][CGN_STATE_DROP_STATIC], 1);
	CU_ASSERT_EQUAL(sx_dropped(&counts), 1);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P1, 1000, "198.51.100.3", 8080, SYN | ACK)->left);
	CU_ASSERT_TRUE(fx_tcp_in(fx, P1, 1001, "198.51.100.3", 8080, SYN | ACK)->left);
	CU_ASSERT_STRING_EQUAL(x.addr, "198.51.100.3");
	FX_PKT(fx_udp_out(fx, H1, 5000, P2, 9), FX_OUTSIDE, x.addr, x.port, P2, 9);
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_UDP, H2, 81, &info));
	FX_PKT(fx_udp_in(fx, P1, 9, "198.51.100.5", 8082), FX_INSIDE, P1, 9, K1, 82);
	/* K1 has come without a block of before. It has one now, so that it can use its address. */
	CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, K1, 5000).addr, "198.51.100.5");
	fx_free(fx);
}

/* REQ: N-KEEP-8 */
static void
homes_keep_their_softwires(void)
{
	for (unsigned int k = 0; k < RTE_DIM(workers_after); k++) {
		struct fx *fx = fx_start(wx_aftr()), *next = wx_aftr();
		struct fx_ep x1, x2, n;
		struct rte_mbuf *m;

		x1 = wx_map(fx, B1, "192.168.1.10", 5000);
		x2 = wx_map(fx, B2, "192.168.1.10", 5000);
		n = fx_map_udp(fx, H1, 5000);
		/* The path to the first home has become narrow. */
		m = wx_icmp6(fx, "2001:db8:9::1", 2, 1400, fx_udp_in(fx, P1, 53, x1.addr, x1.port));
		fx_rx(fx, FX_INSIDE, m);
		next->n_workers = workers_after[k];
		fx = sx_restart(fx, next, 1000, NULL);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 2);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 3);
		WX_PKT(fx_udp_in(fx, P1, 53, x1.addr, x1.port), FX_INSIDE, B1, P1, 53,
				"192.168.1.10", 5000);
		WX_PKT(fx_udp_in(fx, P1, 53, x2.addr, x2.port), FX_INSIDE, B2, P1, 53,
				"192.168.1.10", 5000);
		FX_PKT(fx_udp_in(fx, P1, 53, n.addr, n.port), FX_INSIDE, P1, 53, H1, 5000);
		FX_PKT(wx_udp(fx, B1, "192.168.1.10", 5000, P2, 9), FX_OUTSIDE, x1.addr, x1.port,
				P2, 9);
		FX_PKT(wx_udp(fx, B2, "192.168.1.10", 5000, P2, 9), FX_OUTSIDE, x2.addr, x2.port,
				P2, 9);
		/* A packet that fits only into the wide path comes in fragments to the narrow one. */
		fx_outside(fx, pg_udp(fx->mp, P1, 53, x1.addr, x1.port, 1400));
		CU_ASSERT_EQUAL(fx->n_out, 2);
		fx_outside(fx, pg_udp(fx->mp, P1, 53, x2.addr, x2.port, 1400));
		CU_ASSERT_EQUAL(fx->n_out, 1);
		fx_free(fx);
	}
}

/* REQ: N-KEEP-15 */
static void
nothing_is_held_and_nothing_changes_after_the_pause(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 3000), *frag[4];
	unsigned int n = pg_fragment(fx->mp, m, 1500, frag, RTE_DIM(frag));
	struct cgn_cmd cmd = { .op = CGN_CMD_PAUSE };
	struct cgn_evt reply;

	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL_FATAL(n, 3);
	fx_inside(fx, frag[0]);
	rte_pktmbuf_free(frag[1]);
	rte_pktmbuf_free(frag[2]);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 1);
	for (unsigned int w = 0; w < fx->n_workers; w++)
		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 0);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SHUTDOWN), 1);
	fx_udp_out(fx, H1, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_SHUTDOWN);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_SHUTDOWN);
	fx_udp_out(fx, H2, 5000, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_SHUTDOWN);
	fx_advance_s(fx, 1000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 1);
	fx_free(fx);
}

/* REQ: N-KEEP-16 */
static void
a_mapping_with_many_sessions_is_written_in_pieces(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x = { .port = 0 };
	struct sx *s;

	fx->groups[0].sessions_max = 0;
	fx_start(fx);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &x, 3600), 0);
	for (uint16_t port = 1; port <= 1000; port++)
		CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 80, P1, port, SYN)->left);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 999);
	s = sx_save(fx, 0);
	CU_ASSERT_EQUAL(sx_count(s, CGN_STATE_SESSION), 999);
	CU_ASSERT_TRUE(s->n_chunks > 999 * sizeof(struct cgn_state_session) / CGN_STATE_CHUNK_MAX);
	fx_free(fx);
	fx = sx_start(new_with(2), s);
	sx_load(fx, s, 0, NULL);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 999);
	fx_free(fx);
	sx_free(s);
}

/* REQ: N-KEEP-16 */
static void
writer_and_reader_want_whole_chunks(void)
{
	static uint8_t out[CGN_STATE_CHUNK_MAX] __attribute__((aligned(8)));
	struct fx *fx = fx_default();
	struct cgn_cmd cmd = { .op = CGN_CMD_STATE_SAVE };
	struct cgn_evt reply;

	cmd.u.state.out = out;
	cmd.u.state.len = sizeof(out) - 1;
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), -EINVAL);
	cmd.u.state.len = sizeof(out);
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	CU_ASSERT_EQUAL(out[0], 'c');
	fx_free(fx);
}

/* The ID of a datagram that may be fragmented. */
static uint16_t
next_id(struct fx *fx, uint16_t port)
{
	struct rte_mbuf *m = pg_udp(fx->mp, H1, port, P1, 53, 8);

	pg_ip(m)->fragment_offset = 0; /* DF */
	pg_fix(m);
	return fx_inside(fx, m)->id;
}

/* REQ: N-KEEP-18 */
static void
ids_of_ipv4_go_on(void)
{
	struct fx *fx = fx_default();
	uint16_t id;

	next_id(fx, 5000);
	id = next_id(fx, 5000);
	fx = restart(fx, 0);
	CU_ASSERT_EQUAL(next_id(fx, 5000), (uint16_t)(id + 1));
	/* With another number of workers, somebody else's counters would come together. */
	fx = sx_restart(fx, new_with(fx->n_workers == 1 ? 2 : 1), 0, NULL);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, P1, 53)->left);
	fx_free(fx);
}

/* REQ: N-KEEP-19 */
static void
rates_peaks_and_totals_go_on(void)
{
	struct fx *fx = fx_new(), *next;
	struct cgn_subscriber_info info;
	unsigned int n = 0;

	fx->groups[0].mappings_per_s = 5;
	fx_start(fx);
	for (uint16_t port = 1; port <= 4; port++)
		fx_map_udp(fx, H1, port);
	next = new_with(fx->n_workers);
	next->groups[0].mappings_per_s = 5;
	fx = sx_restart(fx, next, 0, NULL);
	CU_ASSERT_TRUE(fx_subscriber(fx, H1, &info));
	CU_ASSERT_EQUAL(info.mappings, 4);
	CU_ASSERT_EQUAL(info.mappings_total, 4);
	for (uint16_t port = 10; port <= 20; port++)
		n += fx_udp_out(fx, H1, port, P1, 53)->port == FX_OUTSIDE;
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_TRUE(fx_subscriber(fx, H1, &info));
	CU_ASSERT_EQUAL(info.mappings_total, 5);
	fx_free(fx);
}

/* Events that are told again for each H1 with one connection, as many as there are of each. */
static const enum cgn_record_event told_again[] = { CGN_RECORD_BINDING_CREATED,
	CGN_RECORD_BLOCK_ALLOCATED, CGN_RECORD_MAPPING_CREATED, CGN_RECORD_SESSION_CREATED };

/* REQ: N-KEEP-14 */
static void
records_say_again_who_has_what(void)
{
	static struct cgn_record_door doors[CGN_WORKERS_MAX];
	struct fx *fx = fx_default(), *next = fx_new();
	struct cgn_record r[64];
	unsigned int n = 0;

	fx_connect(fx, H1, 6000, P1, 80);
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
		recordfix_open(&doors[w], 1024, (uint16_t)w);
	next->doors = doors;
	fx = sx_restart(fx, next, 1000, NULL);
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
		n += recordfix_take(&doors[w], r + n, RTE_DIM(r) - n);
	CU_ASSERT_EQUAL_FATAL(n, RTE_DIM(told_again));
	for (unsigned int i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(r[i].event, told_again[i]);
		CU_ASSERT_TRUE(r[i].is_restored);
	}
	/* What begins now is new. */
	fx_map_udp(fx, H1, 5000);
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++) {
		n = recordfix_take(&doors[w], r, RTE_DIM(r));
		for (unsigned int i = 0; i < n; i++)
			CU_ASSERT_FALSE(r[i].is_restored);
	}
	fx->doors = NULL;
	fx_free(fx);
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
		recordfix_close(&doors[w]);
}

/* REQ: N-KEEP-14 */
static void
a_chunk_waits_for_room_for_its_records(void)
{
	static struct cgn_record_door doors[CGN_WORKERS_MAX];
	struct fx *fx = fx_default();
	struct cgn_state_counts counts = { 0 };
	struct cgn_record r[64];
	struct sx *s;
	uint32_t len;

	fx_map_udp(fx, H1, 5000);
	s = sx_save(fx, 0);
	len = cgn_state_scan_length(s->octets, s->len);
	fx_free(fx);
	fx = new_with(1);
	recordfix_open(&doors[0], 16, 0);
	fx->doors = doors;
	sx_start(fx, s);
	CU_ASSERT_TRUE(cgn_record_door_put(
			&doors[0], &(struct cgn_record){ .event = CGN_RECORD_STOP }));
	CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets, len, 0, &counts), -EAGAIN);
	CU_ASSERT_EQUAL(counts.taken[CGN_STATE_IDENTS], 0);
	CU_ASSERT_EQUAL(recordfix_take(&doors[0], r, RTE_DIM(r)), 1);
	CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets, len, 0, &counts), 0);
	CU_ASSERT_EQUAL(counts.taken[CGN_STATE_IDENTS] + counts.foreign[CGN_STATE_IDENTS], 7);
	fx_free(fx);
	recordfix_close(&doors[0]);
	sx_free(s);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(flows_keep_their_endpoints),
	CU_TEST_ROW(moved_subscribers_stay_over_reloads),
	CU_TEST_ROW(handshakes_and_ends_of_connections_go_on),
	CU_TEST_ROW(further_sessions_and_proofs_go_on),
	CU_TEST_ROW(unproven_sessions_stay_unproven),
	CU_TEST_ROW(filters_of_traffic_go_on),
	CU_TEST_ROW(timers_go_on_while_there_is_no_process),
	CU_TEST_ROW(what_was_over_in_between_ends_as_usual),
	CU_TEST_ROW(hold_down_goes_on),
	CU_TEST_ROW(subscribers_keep_address_and_blocks),
	CU_TEST_ROW(flows_outlive_their_blocks),
	CU_TEST_ROW(guard_of_blocks_goes_on),
	CU_TEST_ROW(leases_keep_filters_and_end),
	CU_TEST_ROW(static_mappings_are_those_of_the_configuration),
	CU_TEST_ROW(homes_keep_their_softwires),
	CU_TEST_ROW(nothing_is_held_and_nothing_changes_after_the_pause),
	CU_TEST_ROW(a_mapping_with_many_sessions_is_written_in_pieces),
	CU_TEST_ROW(writer_and_reader_want_whole_chunks),
	CU_TEST_ROW(ids_of_ipv4_go_on),
	CU_TEST_ROW(rates_peaks_and_totals_go_on),
	CU_TEST_ROW(records_say_again_who_has_what),
	CU_TEST_ROW(a_chunk_waits_for_room_for_its_records),
};

CU_MAIN("state", tests)
