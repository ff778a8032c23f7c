/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <string.h>

#define HOST   "192.168.1.10"
#define ROUTER "2001:db8:1::2"

/* A UDP packet from P1 of a length with its headers. */
static struct rte_mbuf *
from_outside(struct fx *fx, const struct fx_ep *x, size_t ip_len, bool df)
{
	struct rte_mbuf *m = pg_udp(fx->mp, P1, 53, x->addr, x->port, ip_len - 28);

	if (df)
		pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	return m;
}

static void
check_told(struct fx *fx, const struct fx_ep *x, uint16_t mtu)
{
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.0.2.2");
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, P1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.dst, x->addr);
	CU_ASSERT_EQUAL(fx_first(fx)->quote.dport, x->port);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest & 0xffff, mtu);
}

/* F-MTU-1: the IPv6 packet is fragmented, the IPv4 packet inside stays whole, RFC 6333 section 5.3. */
static void
outer_packet_is_fragmented_and_the_inner_stays_whole(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);
	const struct fx_pkt *p;

	fx_outside(fx, from_outside(fx, &x, 1500, false));
	CU_ASSERT_EQUAL(fx->n_out, 2);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_SOFTWIRE_FRAGMENTED), 1);
	for (unsigned int i = 0; i < fx->n_out; i++) {
		CU_ASSERT_TRUE(fx->out[i].outer.len <= 1500);
		CU_ASSERT_STRING_EQUAL(fx->out[i].outer.dst, B1);
	}
	CU_ASSERT_TRUE(fx->out[0].outer.more);
	CU_ASSERT_FALSE(fx->out[1].outer.more);
	p = wx_whole(fx);
	FX_PKT(p, FX_INSIDE, P1, 53, HOST, 5000);
	CU_ASSERT_EQUAL(p->len, 1500);
	CU_ASSERT_EQUAL(p->off, 0);
	CU_ASSERT_FALSE(p->more);
	fx_free(fx);
}

/* F-MTU-1: outer fragments are put together before decapsulation, in any order. */
static void
outer_fragments_are_put_together(void)
{
	static const unsigned int order[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };
	struct fx *fx = fx_start(wx_aftr());

	for (unsigned int k = 0; k < RTE_DIM(order); k++) {
		struct wx_outer o = { .src = B1 };
		struct rte_mbuf *f[8];
		unsigned int n = wx_fragment(fx,
				wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 1400)), 512,
				100 + k, f);

		CU_ASSERT_EQUAL(n, 3);
		for (unsigned int i = 0; i < 2; i++) {
			fx_rx(fx, FX_INSIDE, f[order[k][i]]);
			CU_ASSERT_EQUAL(fx->n_out, 0);
		}
		fx_rx(fx, FX_INSIDE, f[order[k][2]]);
		CU_ASSERT_EQUAL(fx->n_out, 1);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_REASSEMBLED), 2);
		CU_ASSERT_EQUAL(fx_first(fx)->len, 1428);
		CU_ASSERT_TRUE(fx_has_pattern(fx, 1400, 0));
	}
	fx_free(fx);
}

/* F-MTU-1: a packet to cgnd itself may come in outer fragments, too. */
static void
fragmented_packet_to_the_aftr_comes_up_whole(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct wx_outer o = { .src = B1 };
	struct rte_mbuf *f[8];
	unsigned int n = wx_fragment(fx,
			wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, "192.0.0.1", 5351, 600)), 256, 7,
			f);

	for (unsigned int i = 0; i < n; i++)
		fx_rx(fx, FX_INSIDE, f[i]);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	CU_ASSERT_STRING_EQUAL(fx->punted[0].outer.src, B1);
	CU_ASSERT_EQUAL(fx->punted[0].payload_len, 600);
	fx_free(fx);
}

/* F-MTU-2, F-MTU-3: with DF the sender outside is told the tunnel's MTU, about what it sent itself. */
static void
df_packet_that_does_not_fit_is_told(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);

	fx_outside(fx, from_outside(fx, &x, 1500, true));
	check_told(fx, &x, 1460);
	fx_outside(fx, from_outside(fx, &x, 1461, true));
	check_told(fx, &x, 1460);
	fx_outside(fx, from_outside(fx, &x, 1460, true));
	CU_ASSERT_EQUAL(fx->n_out, 1);
	WX_PKT(fx_first(fx), FX_INSIDE, B1, P1, 53, HOST, 5000);
	CU_ASSERT_EQUAL(fx_first(fx)->outer.len, 1500);
	fx_free(fx);
}

/* F-MTU-2: the knob df=fragment cuts the IPv6 packet all the same. */
static void
df_packet_can_be_fragmented_outside(void)
{
	struct fx *fx = wx_aftr();
	struct fx_ep x;

	fx->conf.softwire.df = CGN_SOFTWIRE_DF_FRAGMENT;
	fx_start(fx);
	x = wx_map(fx, B1, HOST, 5000);
	fx_outside(fx, from_outside(fx, &x, 1500, true));
	CU_ASSERT_EQUAL(fx->n_out, 2);
	CU_ASSERT_EQUAL(wx_whole(fx)->len, 1500);
	CU_ASSERT_TRUE(wx_whole(fx)->df);
	fx_free(fx);
}

/* F-MTU-4: Packet Too Big about one softwire lowers its MTU, for ten minutes, and no other's. */
static void
packet_too_big_lowers_one_softwires_mtu(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x1 = wx_map(fx, B1, HOST, 5000), x2 = wx_map(fx, B2, HOST, 5000);

	fx_outside(fx, from_outside(fx, &x1, 1440, true));
	fx_rx(fx, FX_INSIDE, wx_icmp6(fx, ROUTER, 2, 1400, fx_first(fx)));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SOFTWIRE_ERROR), 1);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_SOFTWIRE_TOO_BIG), 1);
	fx_outside(fx, from_outside(fx, &x1, 1440, true));
	check_told(fx, &x1, 1360);
	fx_outside(fx, from_outside(fx, &x2, 1440, true));
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B2);
	fx_outside(fx, from_outside(fx, &x1, 1440, false));
	CU_ASSERT_EQUAL(fx->n_out, 2);
	CU_ASSERT_TRUE(fx->out[0].outer.len <= 1400);
	fx_advance_s(fx, 250);
	wx_udp(fx, B1, HOST, 5000, P1, 53); /* keeps the mapping */
	fx_advance_s(fx, 250);
	wx_udp(fx, B1, HOST, 5000, P1, 53);
	fx_outside(fx, from_outside(fx, &x1, 1440, true));
	check_told(fx, &x1, 1360);
	fx_advance_s(fx, 110);
	fx_outside(fx, from_outside(fx, &x1, 1440, true));
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
	fx_free(fx);
}

/* F-MTU-4: no path of IPv6 is below 1280, whatever a forger says. */
static void
tunnel_mtu_never_falls_below_1240(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);

	fx_outside(fx, from_outside(fx, &x, 1240, true));
	fx_rx(fx, FX_INSIDE, wx_icmp6(fx, ROUTER, 2, 68, fx_first(fx)));
	fx_outside(fx, from_outside(fx, &x, 1240, true));
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
	fx_outside(fx, from_outside(fx, &x, 1241, true));
	check_told(fx, &x, 1240);
	fx_free(fx);
}

/* F-MTU-4: errors that quote what cgnd did not send, or with a wrong checksum, change nothing. */
static void
forged_errors_change_nothing(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);
	struct fx_pkt quote;
	struct rte_mbuf *m;
	uint8_t bytes[256];

	fx_outside(fx, from_outside(fx, &x, 100, true));
	quote = *fx_first(fx);
	memcpy(bytes, quote.bytes, quote.n_bytes);
	quote.bytes = bytes;
	m = wx_icmp6(fx, ROUTER, 2, 1300, &quote);
	*rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40 + 2) ^= 1;
	fx_rx(fx, FX_INSIDE, m);
	FX_DROPPED(fx, CGN_V_ICMP_CHECKSUM);
	bytes[PG_ETH + 8 + 15] ^= 1; /* another source */
	fx_rx(fx, FX_INSIDE, wx_icmp6(fx, ROUTER, 2, 1300, &quote));
	FX_DROPPED(fx, CGN_V_ICMP_EMBEDDED);
	bytes[PG_ETH + 8 + 15] ^= 1;
	bytes[PG_ETH + 24 + 15] ^= 2; /* another B4 */
	fx_rx(fx, FX_INSIDE, wx_icmp6(fx, ROUTER, 2, 1300, &quote));
	FX_DROPPED(fx, CGN_V_ICMP_EMBEDDED);
	bytes[PG_ETH + 24 + 15] ^= 2;
	bytes[PG_ETH + 6] = 58; /* no softwire's packet */
	fx_rx(fx, FX_INSIDE, wx_icmp6(fx, ROUTER, 2, 1300, &quote));
	FX_DROPPED(fx, CGN_V_ICMP_EMBEDDED);
	quote.n_bytes = PG_ETH + 30; /* cut off */
	fx_rx(fx, FX_INSIDE, wx_icmp6(fx, ROUTER, 2, 1300, &quote));
	FX_DROPPED(fx, CGN_V_ICMP_EMBEDDED);
	fx_outside(fx, from_outside(fx, &x, 1460, true));
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
	fx_free(fx);
}

/* F-MTU-4: inside packets that do not fit outside are told through the softwire. */
static void
host_in_a_home_is_told_of_a_smaller_link_outside(void)
{
	struct fx *fx = wx_aftr();
	struct rte_mbuf *m;

	fx->ports[FX_OUTSIDE].mtu = 1300;
	fx_start(fx);
	m = pg_udp(fx->mp, HOST, 5000, P1, 53, 1372);
	pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	wx_up(fx, B1, m);
	FX_REFUSED(fx, CGN_V_MTU, 3, 4);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest & 0xffff, 1300);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->src, "192.0.0.1");
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->outer.dst, B1);
	fx_free(fx);
}

/* A datagram that came in fragments goes on in fragments no larger, each in its own IPv6 packet. */
static void
fragments_from_outside_stay_as_small_as_they_came(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);
	struct rte_mbuf *m = from_outside(fx, &x, 2500, false), *f[4];
	unsigned int n = pg_fragment(fx->mp, m, 1400, f, 4);

	rte_pktmbuf_free(m);
	for (unsigned int i = 0; i < n; i++)
		fx_outside(fx, f[i]);
	CU_ASSERT_EQUAL(fx->n_out, 2);
	for (unsigned int i = 0; i < fx->n_out; i++) {
		CU_ASSERT_FALSE(fx->out[i].outer.more);
		CU_ASSERT_TRUE(fx->out[i].len <= 1400);
		CU_ASSERT_STRING_EQUAL(fx->out[i].dst, HOST);
	}
	CU_ASSERT_TRUE(fx_has_pattern(fx, 2472, 0));
	fx_free(fx);
}

static void
send_part(struct fx *fx, const char *b4, uint32_t id, size_t off, size_t len, bool more)
{
	uint8_t fh[8] = { 4, 0, (uint8_t)(off >> 8), (uint8_t)(off | more), 0, 0,
		(uint8_t)(id >> 8), (uint8_t)id };
	struct wx_outer o = { .src = b4, .ext = fh, .ext_len = 8, .ext_first = 44 };

	/* What is in it does not matter before it is whole. */
	fx_rx(fx, FX_INSIDE, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, len - 28)));
}

/* F-MTU-7: any overlap drops the whole packet, and all that still comes of it, RFC 8200 section 4.5. */
static void
overlapping_fragments_drop_the_packet(void)
{
	struct fx *fx = fx_start(wx_aftr());

	send_part(fx, B1, 1, 0, 64, true);
	send_part(fx, B1, 1, 56, 64, true);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_OVERLAP), 2);
	send_part(fx, B1, 1, 64, 64, false);
	FX_DROPPED(fx, CGN_V_FRAG_OVERLAP);
	/* The same again, exactly, is an overlap, too. */
	send_part(fx, B1, 2, 64, 64, true);
	send_part(fx, B1, 2, 64, 64, true);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_OVERLAP), 2);
	/* Beyond the end, and a second end. */
	send_part(fx, B1, 3, 64, 64, false);
	send_part(fx, B1, 3, 128, 64, true);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_OVERLAP), 2);
	send_part(fx, B1, 4, 64, 64, false);
	send_part(fx, B1, 4, 32, 32, false);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_OVERLAP), 2);
	fx_free(fx);
}

/* F-MTU-7: fragments badly cut are refused; an atomic fragment needs no store. */
static void
fragments_have_right_lengths(void)
{
	struct fx *fx = fx_start(wx_aftr());

	send_part(fx, B1, 1, 0, 60, true);
	FX_DROPPED(fx, CGN_V_SOFTWIRE_HEADER);
	send_part(fx, B1, 1, 65528, 64, false);
	FX_DROPPED(fx, CGN_V_SOFTWIRE_HEADER);
	send_part(fx, B1, 2, 0, 60, false);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
	fx_free(fx);
}

/* F-MTU-7: what does not become whole within 60 s is dropped. */
static void
reassembly_ends_after_a_minute(void)
{
	struct fx *fx = fx_start(wx_aftr());

	send_part(fx, B1, 1, 0, 64, true);
	fx_advance_s(fx, 59);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 1);
	fx_advance_s(fx, 2);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_TIMEOUT), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 0);
	fx_free(fx);
}

/* F-MTU-7: one home's flood of fragments harms no other, many homes' flood no packet that is whole soon. */
static void
flood_of_fragments_is_bounded(void)
{
	struct fx *fx = wx_aftr();
	struct wx_outer o = { .src = B2 };
	struct rte_mbuf *f[8];
	unsigned int n;

	fx->conf.nat.fragments_max = 64;
	fx_start(fx);
	for (uint32_t i = 0; i < 200; i++)
		send_part(fx, B1, i, 0, 64, true);
	FX_DROPPED(fx, CGN_V_FRAG_FULL);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 8);
	for (unsigned int home = 0; home < 32; home++) {
		char b4[48];

		snprintf(b4, sizeof(b4), "2001:db8:1%02x:100::1", home);
		for (uint32_t i = 0; i < 10; i++)
			send_part(fx, b4, i, 0, 64, true);
	}
	CU_ASSERT_TRUE(fx_gauge(fx, CGN_G_HELD_FRAGMENTS) <= 64 * fx->n_workers);
	n = wx_fragment(fx, wx_wrap(fx, &o, pg_udp(fx->mp, HOST, 5000, P1, 53, 1400)), 800, 1, f);
	for (unsigned int i = 0; i < n; i++)
		fx_rx(fx, FX_INSIDE, f[i]);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(outer_packet_is_fragmented_and_the_inner_stays_whole),
	CU_TEST_ROW(outer_fragments_are_put_together),
	CU_TEST_ROW(fragmented_packet_to_the_aftr_comes_up_whole),
	CU_TEST_ROW(df_packet_that_does_not_fit_is_told),
	CU_TEST_ROW(df_packet_can_be_fragmented_outside),
	CU_TEST_ROW(packet_too_big_lowers_one_softwires_mtu),
	CU_TEST_ROW(tunnel_mtu_never_falls_below_1240),
	CU_TEST_ROW(forged_errors_change_nothing),
	CU_TEST_ROW(host_in_a_home_is_told_of_a_smaller_link_outside),
	CU_TEST_ROW(fragments_from_outside_stay_as_small_as_they_came),
	CU_TEST_ROW(overlapping_fragments_drop_the_packet),
	CU_TEST_ROW(fragments_have_right_lengths),
	CU_TEST_ROW(reassembly_ends_after_a_minute),
	CU_TEST_ROW(flood_of_fragments_is_bounded),
};

CU_MAIN("scn_softwire_mtu", tests)
