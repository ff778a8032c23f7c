/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <string.h>

/* What happens to softwires a second and a third time. */

#define HOST   "192.168.1.10"
#define ROUTER "2001:db8:1::2"

/* F-ID-4, D-LIM-4: the time between two moves counts from the last one, each time again. */
static void
each_move_waits_for_the_one_before(void)
{
	struct fx *fx = wx_aftr();
	const char *at[] = { B1B, B1 };
	struct fx_ep x;

	fx->conf.softwire.move_min_s = 100;
	fx_start(fx);
	x = wx_map(fx, B1, HOST, 5000);
	for (unsigned int i = 0; i < 5; i++) {
		FX_PKT(wx_udp(fx, at[i % 2], HOST, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1,
				53);
		CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_SOFTWIRE_MOVES), 1);
		wx_udp(fx, at[(i + 1) % 2], HOST, 5000, P1, 53);
		FX_DROPPED(fx, CGN_V_SOFTWIRE_MOVED);
		fx_advance_s(fx, 99);
		wx_udp(fx, at[(i + 1) % 2], HOST, 5000, P1, 53);
		FX_DROPPED(fx, CGN_V_SOFTWIRE_MOVED);
		wx_udp(fx, at[i % 2], HOST, 5000, P1, 53);
		fx_advance_s(fx, 2);
	}
	fx_free(fx);
}

/* F-ID-4: whatever the hashes are, a home that moves stays one home with the same mappings. */
static void
a_home_that_moves_stays_one_home(void)
{
	for (unsigned int seed = 0; seed < 256; seed++) {
		const char *at[] = { B1B, B1 };
		struct fx *fx = wx_aftr();
		struct fx_ep x;

		fx->seed = (uint8_t)seed;
		fx->conf.softwire.move_min_s = 0;
		fx_start(fx);
		x = wx_map(fx, B1, HOST, 5000);
		for (unsigned int i = 0; i < 6; i++)
			FX_PKT(wx_udp(fx, at[i % 2], HOST, 5000, P1, 53), FX_OUTSIDE, x.addr,
					x.port, P1, 53);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 1);
		fx_free(fx);
	}
}

/* The MTU that an outside sender of a large packet is told; 0: the packet passes. */
static uint16_t
told(struct fx *fx, const struct fx_ep *x)
{
	struct rte_mbuf *m = pg_udp(fx->mp, P1, 53, x->addr, x->port, 1432 - 28);

	pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	fx_outside(fx, m);
	return fx_first(fx)->icmp_type == 3 ? (uint16_t)(fx_first(fx)->icmp_rest & 0xffff) : 0;
}

/* A router tells about a small packet that cgnd has sent to B1. */
static void
error_about(struct fx *fx, const struct fx_ep *x, uint8_t type, uint32_t rest)
{
	struct fx_pkt about;
	uint8_t bytes[256];

	fx_udp_in(fx, P1, 53, x->addr, x->port);
	about = *fx_first(fx);
	CU_ASSERT_FATAL(about.n_bytes <= sizeof(bytes));
	memcpy(bytes, about.bytes, about.n_bytes);
	about.bytes = bytes;
	fx_rx(fx, FX_INSIDE, wx_icmp6(fx, ROUTER, type, rest, &about));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_ERROR), 1);
}

static void
too_big(struct fx *fx, const struct fx_ep *x, uint16_t mtu)
{
	error_about(fx, x, 2, mtu);
}

/* F-MTU-5, RFC 8201 section 4: a path stays small as long as it is told again, and ten minutes more. */
static void
equal_too_big_renews_the_path_mtu(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);

	fx->drain_s = 4000;
	CU_ASSERT_EQUAL(told(fx, &x), 0);
	too_big(fx, &x, 1400);
	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int t = 0; t < 590; t += 118) {
			fx_advance_s(fx, 118);
			CU_ASSERT_EQUAL(told(fx, &x), 1360);
			wx_udp(fx, B1, HOST, 5000, P1, 53);
		}
		too_big(fx, &x, 1400);
	}
	/* A larger one does not raise it, and does not keep it. */
	too_big(fx, &x, 1450);
	CU_ASSERT_EQUAL(told(fx, &x), 1360);
	for (unsigned int t = 0; t < 590; t += 118) {
		fx_advance_s(fx, 118);
		wx_udp(fx, B1, HOST, 5000, P1, 53);
		too_big(fx, &x, 1450);
	}
	fx_advance_s(fx, 20);
	CU_ASSERT_EQUAL(told(fx, &x), 0);
	fx_free(fx);
}

/* F-MTU-5: an error of another type that names a number lowers nothing. */
static void
other_errors_leave_the_path_mtu(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);

	for (uint8_t type = 1; type <= 4; type++) {
		if (type == 2)
			continue;
		error_about(fx, &x, type, 1400);
		CU_ASSERT_EQUAL(told(fx, &x), 0);
	}
	fx_free(fx);
}

/* F-ENC-3: the outer hop limit is the configured one, of whole packets and of fragments. */
static void
outer_hop_limit_is_configured(void)
{
	struct fx *fx = wx_aftr();
	struct fx_ep x;

	fx->conf.softwire.hop_limit = 33;
	fx_start(fx);
	x = wx_map(fx, B1, HOST, 5000);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->outer.hop_limit, 33);
	fx_outside(fx, pg_udp(fx->mp, P1, 53, x.addr, x.port, 1472));
	CU_ASSERT_EQUAL_FATAL(fx->n_out, 2);
	CU_ASSERT_EQUAL(fx->out[0].outer.hop_limit, 33);
	CU_ASSERT_EQUAL(fx->out[1].outer.hop_limit, 33);
	fx_free(fx);
}

/* F-MTU-1, RFC 8200 section 4.5: fragments of one packet have one identification, of the next another. */
static void
each_fragmented_packet_has_an_identification(void)
{
	struct fx *fx = wx_aftr();
	struct fx_ep x[2];
	uint32_t seen[24];
	unsigned int n = 0;

	fx->single_worker = true; /* each worker counts for itself */
	fx_start(fx);
	x[0] = wx_map(fx, B1, HOST, 5000);
	x[1] = wx_map(fx, B2, HOST, 5000);
	while (n < RTE_DIM(seen)) {
		const struct fx_ep *to = &x[n % 2];

		fx_outside(fx, pg_udp(fx->mp, P1, 53, to->addr, to->port, 1472));
		CU_ASSERT_EQUAL_FATAL(fx->n_out, 2);
		CU_ASSERT_EQUAL(fx->out[0].outer.id, fx->out[1].outer.id);
		CU_ASSERT_TRUE(fx->out[0].outer.more);
		CU_ASSERT_FALSE(fx->out[1].outer.more);
		for (unsigned int i = 0; i < n; i++)
			CU_ASSERT_NOT_EQUAL(seen[i], fx->out[0].outer.id);
		seen[n++] = fx->out[0].outer.id;
	}
	fx_free(fx);
}

static void
send_part(struct fx *fx, uint32_t id, size_t off, size_t len, bool more)
{
	uint8_t fh[8] = { 4, 0, (uint8_t)(off >> 8), (uint8_t)(off | more), (uint8_t)(id >> 24),
		(uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id };
	struct wx_outer o = { .src = B1, .ext = fh, .ext_len = 8, .ext_first = 44 };

	fx_rx(fx, FX_INSIDE, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, len - 28)));
}

/* A packet in two outer fragments comes through. */
static void
comes_whole(struct fx *fx, uint32_t id)
{
	struct wx_outer o = { .src = B1 };
	struct rte_mbuf *f[4];
	unsigned int n = wx_fragment(
			fx, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 900)), 512, id, f);

	CU_ASSERT_EQUAL_FATAL(n, 2);
	fx_rx(fx, FX_INSIDE, f[0]);
	fx_rx(fx, FX_INSIDE, f[1]);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
}

/* F-MTU-7: whatever becomes of a home's fragments, its share comes back, again and again. */
static void
share_of_fragments_comes_back_after_every_end(void)
{
	struct fx *fx = wx_aftr();

	fx->conf.nat.fragments_max = 32; /* of which a home may hold four */
	fx->single_worker = true;
	fx_start(fx);
	for (uint32_t round = 0; round < 40; round++) {
		uint32_t id = 1000 * (round + 1);

		send_part(fx, id, 0, 64, true); /* poisoned by an overlap */
		send_part(fx, id, 56, 64, true);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_OVERLAP), 2);
		send_part(fx, id, 128, 64, false);
		FX_DROPPED(fx, CGN_V_FRAG_OVERLAP);
		comes_whole(fx, id + 1);
		send_part(fx, id + 2, 64, 64, false); /* never whole */
		send_part(fx, id + 3, 64, 64, false);
		send_part(fx, id + 3, 64, 64, false); /* two ends */
		comes_whole(fx, id + 4);
		send_part(fx, id + 5, 64, 64, false);
		send_part(fx, id + 5, 128, 64, true); /* behind the end */
		comes_whole(fx, id + 6);
		fx_advance_s(fx, 61);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_TIMEOUT), 1);
	}
	fx_free(fx);
}

/* F-ID-3: a softwire without a subscriber lives as long as packets come, plain ones or with headers. */
static void
softwire_lives_while_packets_come(void)
{
	static const uint8_t padding[8] = { 4, 0, 1, 4 };
	const struct wx_outer odd = { .src = B2, .ext = padding, .ext_len = 8, .ext_first = 60 };
	struct fx *fx = fx_start(wx_aftr());

	for (unsigned int i = 0; i < 30; i++) {
		wx_udp(fx, B1, HOST, 40000, "192.0.0.1", 5351);
		CU_ASSERT_EQUAL(fx->n_punted, 1);
		fx_inside(fx, wx_wrap(fx, &odd, pg_udp(fx->mp, HOST, 4000, "192.0.0.1", 5351, 2)));
		CU_ASSERT_EQUAL(fx->n_punted, 1);
		fx_advance_s(fx, 60);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 2);
	}
	fx_free(fx);
}

/* F-ID-3: a softwire that leases brought back was not seen yet: its first packet is no move. */
static void
first_packet_of_a_restored_home_is_no_move(void)
{
	struct fx *fx = wx_aftr();
	struct fx_ep x = { "198.51.100.3", 40000 };

	fx->single_worker = true; /* of several, one owns this address */
	fx_start(fx);
	CU_ASSERT_EQUAL(wx_lease(fx, B1, CGN_PROTO_TCP, HOST, 80, &x, 3600), 0);
	CU_ASSERT_TRUE(wx_udp(fx, B1B, HOST, 5000, P1, 53)->left);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SOFTWIRE_MOVES), 0);
	CU_ASSERT_TRUE(wx_udp(fx, B1, HOST, 5000, P1, 53)->left);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_SOFTWIRE_MOVES), 1);
	wx_udp(fx, B1B, HOST, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_SOFTWIRE_MOVED);
	fx_free(fx);
}

/* A-FIL-6: a softwire that comes in where its address is not routed to is spoofed, new or known. */
static void
softwire_comes_by_the_port_of_its_route(void)
{
	struct fx *fx = wx_aftr();
	struct wx_outer o = { .src = B1 };

	fx_use_inside2(fx);
	fx_start(fx);
	fx_rx(fx, FX_INSIDE2, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 32)));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 0);
	wx_map(fx, B1, HOST, 5000);
	fx_rx(fx, FX_INSIDE2, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 32)));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	fx_free(fx);
}

/* F-ID-3: the new address of a home may be behind another router and port. */
static void
moved_home_is_reached_by_the_route_of_its_new_address(void)
{
	struct fx *fx = wx_aftr();
	struct cgn_conf_port *p = &fx->ports[FX_INSIDE2];
	struct wx_outer o = { .src = B1B };
	struct fx_ep x;

	fx_use_inside2(fx);
	p->addresses[p->n_addresses++] = (struct cgn_prefix){
		.ip6 = wx_addr("2001:db8:2::1"), .len = 64, .is_ip6 = true
	};
	fx->routes[fx->conf.n_routes++] = (struct cgn_conf_route){
		.prefix = { .ip6 = wx_addr("2001:db8:100:1ff::"), .len = 64, .is_ip6 = true },
		.via = { .ip6 = wx_addr("2001:db8:2::2"), .is_ip6 = true },
		.port = FX_INSIDE2,
	};
	fx_start(fx);
	x = wx_map(fx, B1, HOST, 5000);
	WX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, B1, P1, 53, HOST, 5000);
	CU_ASSERT_TRUE(fx_rx(
			fx, FX_INSIDE2, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 32)))
					->left);
	WX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE2, B1B, P1, 53, HOST, 5000);
	fx_free(fx);
}

/* RFC 6040, RFC 3168 section 5.3: congestion that any of the fragments met is told to the receiver. */
static void
congestion_of_each_fragment_is_told(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct wx_outer o = { .src = B1, .tc = 2 };

	for (unsigned int marked = 0; marked < 4; marked++) {
		struct rte_mbuf *m = pg_udp(fx->mp, HOST, 5000, P1, 53, 900), *f[4];
		unsigned int n;

		pg_ip(m)->type_of_service = 2;
		pg_fix(m);
		n = wx_fragment(fx, wx_wrap(fx, &o, m), 320, 100 + marked, f);
		CU_ASSERT_EQUAL_FATAL(n, 3);
		for (unsigned int i = 0; i < n; i++) {
			if (i == marked)
				*rte_pktmbuf_mtod_offset(f[i], uint8_t *, PG_ETH + 1) |= 3 << 4;
			fx_rx(fx, FX_INSIDE, f[i]);
		}
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
		CU_ASSERT_EQUAL(fx_first(fx)->tos, marked < 3 ? 3 : 2);
	}
	fx_free(fx);
}

/* F-SEC-2: neighbour discovery between others is not cgnd's. */
static void
discovery_of_others_is_dropped(void)
{
	struct fx *fx = fx_start(wx_aftr());

	fx_rx(fx, FX_INSIDE, pg_ip6(fx->mp, 58, 32));
	FX_DROPPED(fx, CGN_V_IP6);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* D-LIM-3, RFC 1812 section 4.3.2.8: one part of the answers for all hosts of a home, not one for each. */
static void
hosts_of_a_home_share_its_answers(void)
{
	struct fx *fx = wx_aftr();
	unsigned int answers = 0;

	fx->conf.nat.icmp_errors_per_s = 800; /* of which a home gets 100 */
	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 400; i++) {
		char host[16];
		struct rte_mbuf *m;

		snprintf(host, sizeof(host), "192.168.1.%u", 10 + i % 4);
		m = pg_udp(fx->mp, host, 5000, P1, 53, 8);
		pg_ip(m)->time_to_live = 1;
		pg_fix(m);
		answers += wx_up(fx, B1, m)->left;
	}
	CU_ASSERT_EQUAL(answers, 100);
	fx_free(fx);
}

/* F-ENC-1: the device may leave the VLAN tag in the frame; an IPv4 packet beside it is a native one. */
static void
homes_are_served_on_a_tagged_link(void)
{
	struct fx *fx = wx_aftr();
	struct wx_outer o = { .src = B1 };
	const struct fx_pkt *p;

	fx->ports[FX_INSIDE].vlan = 7;
	fx_start(fx);
	fx_rx(fx, FX_INSIDE,
			pg_vlan(fx->mp, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 8)), 7));
	p = fx_first(fx);
	CU_ASSERT_TRUE(p->left);
	CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
	CU_ASSERT_STRING_EQUAL(p->dst, P1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SOFTWIRES), 1);
	fx_rx(fx, FX_INSIDE, pg_vlan(fx->mp, pg_ip6(fx->mp, 58, 32), 7));
	FX_DROPPED(fx, CGN_V_IP6);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_move_waits_for_the_one_before),
	CU_TEST_ROW(a_home_that_moves_stays_one_home),
	CU_TEST_ROW(equal_too_big_renews_the_path_mtu),
	CU_TEST_ROW(other_errors_leave_the_path_mtu),
	CU_TEST_ROW(outer_hop_limit_is_configured),
	CU_TEST_ROW(each_fragmented_packet_has_an_identification),
	CU_TEST_ROW(share_of_fragments_comes_back_after_every_end),
	CU_TEST_ROW(softwire_lives_while_packets_come),
	CU_TEST_ROW(first_packet_of_a_restored_home_is_no_move),
	CU_TEST_ROW(softwire_comes_by_the_port_of_its_route),
	CU_TEST_ROW(moved_home_is_reached_by_the_route_of_its_new_address),
	CU_TEST_ROW(congestion_of_each_fragment_is_told),
	CU_TEST_ROW(discovery_of_others_is_dropped),
	CU_TEST_ROW(hosts_of_a_home_share_its_answers),
	CU_TEST_ROW(homes_are_served_on_a_tagged_link),
};

CU_MAIN("scn_softwire_again", tests)
