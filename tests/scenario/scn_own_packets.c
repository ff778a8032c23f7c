/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/dpdk_compat.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

/* What cgnd itself sends: each field of its headers, and whom it tells nothing. */

#define TOS      0xbb /* expedited forwarding, congestion experienced */
#define TOS_BACK 0xb8 /* the same class, no congestion mark */

/* A packet with a class of its own, and a TTL or none. */
static struct rte_mbuf *
marked(struct rte_mbuf *m, uint8_t ttl, bool df)
{
	struct rte_ipv4_hdr *ip = pg_ip(m);

	ip->type_of_service = TOS;
	ip->time_to_live = ttl;
	ip->fragment_offset = df ? RTE_BE16(RTE_IPV4_HDR_DF_FLAG) : 0;
	pg_fix(m);
	return m;
}

static void
check_error(const struct fx_pkt *p, uint8_t type, uint8_t code, size_t about, uint16_t *ident)
{
	CU_ASSERT_TRUE(p->left);
	CU_ASSERT_EQUAL(p->proto, IPPROTO_ICMP);
	CU_ASSERT_EQUAL(p->icmp_type, type);
	CU_ASSERT_EQUAL(p->icmp_code, code);
	CU_ASSERT_EQUAL(p->ttl, 64);
	CU_ASSERT_EQUAL(p->tos, TOS_BACK);
	CU_ASSERT_FALSE(p->df);
	CU_ASSERT_FALSE(p->more);
	/* As much of the packet as fits into 576 octets, RFC 1812 section 4.3.2.3. */
	CU_ASSERT_EQUAL(p->len, RTE_MIN(28 + about, 576u));
	/* Two in a row to the same host are two datagrams, RFC 6864. */
	CU_ASSERT_NOT_EQUAL(p->id, *ident);
	*ident = p->id;
}

/* A-ICE-5, A-HDR-1, RFC 1812 section 4.3.2: headers of all errors that cgnd makes. */
static void
errors_have_right_headers(void)
{
	static const size_t lengths[] = { 8, 400, 520, 521, 1372 };
	struct fx *fx = fx_new();
	uint16_t in = 0, out = 0;
	struct fx_ep x;

	fx->ports[FX_OUTSIDE].mtu = 1280;
	fx->conf.nat.icmp_errors_per_s = 100000;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < RTE_DIM(lengths); i++) {
		size_t n = lengths[i];

		fx_inside(fx, marked(pg_udp(fx->mp, H1, 5000, P1, 53, n), 1, false));
		check_error(fx_first(fx), 11, 0, n + 28, &in);
		fx_outside(fx, marked(pg_udp(fx->mp, P1, 53, x.addr, x.port, n), 1, false));
		check_error(fx_first(fx), 11, 0, n + 28, &out);
		fx_inside(fx,
				marked(pg_ip4(fx->mp,
						       &(struct pg_ip4){ .src = H1,
								       .dst = P1,
								       .proto = 47 },
						       "gre!", 4),
						64, false));
		check_error(fx_first(fx), 3, 2, 24, &in);
	}
	fx_inside(fx, marked(pg_udp(fx->mp, H1, 5000, P1, 53, 1372), 64, true));
	check_error(fx_first(fx), 3, 4, 1400, &in);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest & 0xffff, 1280);
	fx_free(fx);
}

/* RFC 1812 section 4.3.2.7: nobody is told about errors, multicast, or by sources that are no host. */
static void
some_packets_are_answered_by_nobody(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;
	struct rte_mbuf *about;

	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	about = pg_udp(fx->mp, x.addr, x.port, P1, 53, 32);
	fx_outside(fx, marked(pg_icmp_error(fx->mp, P1, x.addr, 3, 3, 0, about, 60), 1, false));
	rte_pktmbuf_free(about);
	FX_DROPPED(fx, CGN_V_TTL);
	about = pg_udp(fx->mp, P1, 53, H1, 5000, 32);
	fx_inside(fx, marked(pg_icmp_error(fx->mp, H1, P1, 3, 3, 0, about, 60), 1, false));
	rte_pktmbuf_free(about);
	FX_DROPPED(fx, CGN_V_TTL);
	fx_inside(fx, marked(pg_udp(fx->mp, "192.168.1.1", 5000, P1, 53, 32), 1, false));
	FX_DROPPED(fx, CGN_V_TTL);
	fx_rx(fx, FX_INSIDE, marked(pg_udp(fx->mp, L1, 5000, P1, 53, 32), 1, false));
	FX_DROPPED(fx, CGN_V_TTL);
	fx_free(fx);
}

/* A-HDR-1: a port that hides this hop says nothing of TTLs, and all the rest. */
static void
hidden_hop_tells_the_rest(void)
{
	struct fx *fx = fx_new();
	uint16_t ident = 0;

	fx->ports[FX_INSIDE].ttl_exceeded = false;
	fx->ports[FX_OUTSIDE].mtu = 1280;
	fx_start(fx);
	fx_inside(fx, marked(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1, false));
	FX_DROPPED(fx, CGN_V_TTL);
	fx_inside(fx, marked(pg_udp(fx->mp, H1, 5000, P1, 53, 1372), 64, true));
	check_error(fx_first(fx), 3, 4, 1400, &ident);
	fx_free(fx);
}

/* A-HP-4, D-LIM-3: an echo reply of a pool address is cgnd's own packet, within the bound of these. */
static void
echo_replies_are_own_packets_and_bounded(void)
{
	struct fx *fx = fx_new();
	unsigned int answered = 0;

	fx->conf.nat.pool_echo = true;
	fx->conf.nat.icmp_errors_per_s = 10;
	fx_start(fx);
	for (unsigned int i = 0; i < 40; i++) {
		struct rte_mbuf *m = pg_icmp_query(fx->mp, P1, "198.51.100.3", 8, 7, 56);
		const struct fx_pkt *p = fx_outside(fx, marked(m, 3, false));

		if (!p->left) {
			CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_PUNT_RATE), 1);
			continue;
		}
		answered++;
		FX_PKT(p, FX_OUTSIDE, "198.51.100.3", 7, P1, 7);
		CU_ASSERT_EQUAL(p->icmp_type, RTE_ICMP_TYPE_ECHO_REPLY);
		CU_ASSERT_EQUAL(p->ttl, 64);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_LOCAL), 1);
	}
	CU_ASSERT_EQUAL(answered, 10);
	fx_free(fx);
}

/* A-ICE-5: what waits for its end or its answer is told with a whole header, too. */
static void
late_errors_have_right_headers(void)
{
	struct fx *fx = fx_default();
	uint16_t ident = 0;

	for (unsigned int i = 0; i < 2; i++) {
		struct rte_mbuf *m = pg_tcp(fx->mp, P1, (uint16_t)(4000 + i), "198.51.100.3", 1,
				RTE_TCP_SYN_FLAG, 0);

		fx_outside(fx, marked(m, 64, false));
		FX_DROPPED(fx, CGN_V_SYN_HELD);
		fx_advance_s(fx, 7);
		CU_ASSERT_EQUAL(fx->n_out, 1);
		check_error(fx_first(fx), 3, 3, 40, &ident);
	}
	fx_free(fx);
}

/* The first half of a datagram that never becomes whole. */
static void
half(struct fx *fx, const char *src, const char *dst)
{
	struct rte_mbuf *whole = pg_udp(fx->mp, src, 5000, dst, 5351, 1000), *f[2];

	CU_ASSERT_EQUAL_FATAL(pg_fragment(fx->mp, whole, 600, f, 2), 2);
	rte_pktmbuf_free(whole);
	rte_pktmbuf_free(f[1]);
	fx_rx(fx, FX_INSIDE, f[0]);
}

/* A-FRG-7, A-FIL-6: a datagram that stays incomplete is told to its sender, but not to a forged one. */
static void
incomplete_datagrams_are_told_to_their_senders(void)
{
	static const struct {
		const char *src;
		unsigned int told;
	} rows[] = { { H1, 1 }, { L1, 0 }, { "192.168.1.1", 0 }, { "100.64.0.1", 0 } };
	struct fx *fx = fx_new();

	fx_use_inside2(fx);
	fx_start(fx);
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		half(fx, rows[i].src, "100.64.0.1");
		fx_advance_s(fx, 40);
		CU_ASSERT_EQUAL(fx->n_out, rows[i].told);
		if (rows[i].told != 0) {
			CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, 11);
			CU_ASSERT_EQUAL(fx_first(fx)->icmp_code, 1);
			CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, rows[i].src);
		}
	}
	fx_free(fx);
}

/* The TCP header of the reset that answers a hairpin to cgnd's own address. */
static const struct rte_tcp_hdr *
reset_about(struct fx *fx, uint8_t flags, size_t data, size_t options)
{
	uint8_t l4[64] = { 0 };
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)l4;
	const struct fx_pkt *p;

	*tcp = (struct rte_tcp_hdr){ .src_port = RTE_BE16(5000),
		.dst_port = RTE_BE16(9),
		.sent_seq = RTE_BE32(1000),
		.recv_ack = (flags & RTE_TCP_ACK_FLAG) != 0 ? RTE_BE32(777) : 0,
		.data_off = (uint8_t)((20 + options) / 4 << 4),
		.tcp_flags = flags };
	memset(l4 + 20, 1, options); /* no operation */
	p = fx_inside(fx,
			pg_ip4(fx->mp,
					&(struct pg_ip4){ .src = H1,
							.dst = "192.0.2.2",
							.proto = IPPROTO_TCP },
					l4, 20 + options + data));
	return p->left ? (const struct rte_tcp_hdr *)(p->ip + 20) : NULL;
}

/* A-TCP-12: a reset answers as RFC 9293 section 3.10.7.1 says, and answers no reset. */
static void
resets_answer_segments(void)
{
	static const struct {
		uint8_t flags;
		size_t data, options;
		uint8_t want; /* 0: no answer */
		uint32_t seq, ack;
	} rows[] = {
		{ RTE_TCP_SYN_FLAG, 0, 0, 0x14, 0, 1001 },
		{ RTE_TCP_SYN_FLAG, 0, 20, 0x14, 0, 1001 },
		{ RTE_TCP_FIN_FLAG, 0, 0, 0x14, 0, 1001 },
		{ RTE_TCP_FIN_FLAG, 8, 0, 0x14, 0, 1009 },
		{ 0, 8, 12, 0x14, 0, 1008 },
		{ RTE_TCP_ACK_FLAG, 8, 0, 0x04, 777, 0 },
		{ RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG, 0, 0, 0x04, 777, 0 },
		{ RTE_TCP_RST_FLAG, 0, 0, 0, 0, 0 },
		{ RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG, 0, 0, 0, 0, 0 },
	};
	struct fx *fx = fx_new();

	/* The outside address of the port is one of the pool, as at a home router. */
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "192.0.2.2", "192.0.2.2");
	fx->single_worker = true;
	fx_start(fx);
	fx_tcp_out(fx, H1, 5000, P1, 80, RTE_TCP_SYN_FLAG);
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		const struct rte_tcp_hdr *tcp = reset_about(
				fx, rows[i].flags, rows[i].data, rows[i].options);

		CU_ASSERT_EQUAL(tcp != NULL, rows[i].want != 0);
		if (tcp == NULL)
			continue;
		CU_ASSERT_EQUAL(tcp->tcp_flags, rows[i].want);
		CU_ASSERT_EQUAL(rte_be_to_cpu_32(tcp->sent_seq), rows[i].seq);
		CU_ASSERT_EQUAL(rte_be_to_cpu_32(tcp->recv_ack), rows[i].ack);
		CU_ASSERT_EQUAL(fx_first(fx)->ttl, 64);
	}
	fx_free(fx);
}

/* D-LIM-3: what all of the outside may send to cgnd itself has a bound, whatever the sources are. */
static void
packets_to_cgnd_from_outside_are_bounded(void)
{
	struct fx *fx = fx_new();
	unsigned int taken = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 6000; i++) {
		char src[16];

		snprintf(src, sizeof(src), "203.0.%u.%u", 114 + i / 250, 1 + i % 250);
		fx_udp_in(fx, src, 4000, "192.0.2.2", 5351);
		taken += fx->n_punted;
	}
	CU_ASSERT_EQUAL(taken, 4096);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_PUNT_RATE), 6000 - 4096);
	fx_free(fx);
}

/* D-LIM-3: each port has a share for a source: who invents a source on one takes nothing on another. */
static void
shares_of_a_source_are_apart_by_port(void)
{
	struct fx *fx = fx_new();
	unsigned int taken = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 2000; i++) {
		fx_udp_out(fx, P1, 4000, "100.64.0.1", 5351);
		taken += fx->n_punted;
	}
	CU_ASSERT(taken < 2000);
	fx_udp_in(fx, P1, 4000, "192.0.2.2", 5351);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(errors_have_right_headers),
	CU_TEST_ROW(some_packets_are_answered_by_nobody),
	CU_TEST_ROW(hidden_hop_tells_the_rest),
	CU_TEST_ROW(echo_replies_are_own_packets_and_bounded),
	CU_TEST_ROW(late_errors_have_right_headers),
	CU_TEST_ROW(incomplete_datagrams_are_told_to_their_senders),
	CU_TEST_ROW(resets_answer_segments),
	CU_TEST_ROW(packets_to_cgnd_from_outside_are_bounded),
	CU_TEST_ROW(shares_of_a_source_are_apart_by_port),
};

CU_MAIN("scn_own_packets", tests)
