/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <string.h>

/* One's complement sum of two checksums. */
static uint16_t
plus(uint16_t a, uint16_t b)
{
	uint32_t s = (uint32_t)a + b;

	return (uint16_t)((s & 0xffff) + (s >> 16));
}

/* The place of the transport checksum. */
static char *
csum_at(struct rte_mbuf *m)
{
	uint8_t proto = pg_ip(m)->next_proto_id;
	size_t off = proto == IPPROTO_UDP ? 6 : proto == IPPROTO_TCP ? 16 : 2;

	return (char *)pg_l4(m) + off;
}

static uint16_t
get_csum(struct rte_mbuf *m)
{
	rte_be16_t c;

	memcpy(&c, csum_at(m), sizeof(c));
	return rte_be_to_cpu_16(c);
}

static void
set_csum(struct rte_mbuf *m, uint16_t csum)
{
	rte_be16_t c = rte_cpu_to_be_16(csum);

	memcpy(csum_at(m), &c, sizeof(c));
}

/* The packet with a word of its payload changed; every value gives another checksum. */
static struct rte_mbuf *
with_word(struct rte_mbuf *m, unsigned int value)
{
	rte_be16_t word = rte_cpu_to_be_16((uint16_t)value);

	memcpy(rte_pktmbuf_mtod_offset(m, char *, rte_pktmbuf_data_len(m) - 2), &word, 2);
	pg_fix(m);
	return m;
}

/* A-CK-1, A-CK-3: every UDP checksum, both ways; the fixture verifies each frame, RFC 1624. */
static void
every_udp_checksum_stays_right(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	unsigned int n_ffff[2] = { 0 };

	for (unsigned int v = 0; v < 65536; v++) {
		const struct fx_pkt *p = fx_inside(
				fx, with_word(pg_udp(fx->mp, H1, 5000, P1, 53, 2), v));

		CU_ASSERT_NOT_EQUAL(p->csum, 0);
		n_ffff[0] += p->csum == 0xffff;
		p = fx_outside(fx, with_word(pg_udp(fx->mp, P1, 53, x.addr, x.port, 2), v));
		CU_ASSERT_NOT_EQUAL(p->csum, 0);
		n_ffff[1] += p->csum == 0xffff;
	}
	/* A sum that became zero is sent as ffff; two payloads have that sum (0 and ffff add alike). */
	CU_ASSERT_TRUE(n_ffff[0] == 1 || n_ffff[0] == 2);
	CU_ASSERT_TRUE(n_ffff[1] == 1 || n_ffff[1] == 2);
	fx_free(fx);
}

/* A-CK-1: TCP. */
static void
every_tcp_checksum_stays_right(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80);

	for (unsigned int v = 0; v < 65536; v++) {
		fx_inside(fx, with_word(pg_tcp(fx->mp, H1, 5000, P1, 80, 0x10, 2), v));
		CU_ASSERT_EQUAL(fx->n_out, 1);
		fx_outside(fx, with_word(pg_tcp(fx->mp, P1, 80, x.addr, x.port, 0x10, 2), v));
		CU_ASSERT_EQUAL(fx->n_out, 1);
	}
	fx_free(fx);
}

/* A-CK-1: ICMP, for the identifier only. */
static void
every_icmp_checksum_stays_right(void)
{
	struct fx *fx = fx_default();

	for (unsigned int v = 0; v < 65536; v++) {
		fx_inside(fx, with_word(pg_icmp_query(fx->mp, H1, P1, 8, 7, 2), v));
		CU_ASSERT_EQUAL(fx->n_out, 1);
	}
	fx_free(fx);
}

/* A wrong checksum goes out wrong by the same error. */
static void
check_error_is_kept(struct fx *fx, unsigned int port, struct rte_mbuf *(*make)(struct fx *fx))
{
	uint16_t right = fx_rx(fx, port, make(fx))->csum;

	CU_ASSERT_EQUAL(fx->n_out, 1);
	fx->no_verify = true;
	for (unsigned int e = 1; e < 0xffff; e = e * 3 + 1) {
		struct rte_mbuf *m = make(fx);
		uint16_t bad = plus(get_csum(m), (uint16_t)e), want = plus(right, (uint16_t)e);

		set_csum(m, bad);
		if (bad == 0 || want == 0 || want == 0xffff) {
			rte_pktmbuf_free(m);
			continue;
		}
		CU_ASSERT_EQUAL(fx_rx(fx, port, m)->csum, want);
	}
	fx->no_verify = false;
}

static struct fx_ep udp_x, tcp_x;

static struct rte_mbuf *
udp_out(struct fx *fx)
{
	return pg_udp(fx->mp, H1, 5000, P1, 53, 20);
}

static struct rte_mbuf *
udp_in(struct fx *fx)
{
	return pg_udp(fx->mp, P1, 53, udp_x.addr, udp_x.port, 20);
}

static struct rte_mbuf *
tcp_out(struct fx *fx)
{
	return pg_tcp(fx->mp, H1, 5000, P1, 80, 0x10, 20);
}

static struct rte_mbuf *
tcp_in(struct fx *fx)
{
	return pg_tcp(fx->mp, P1, 80, tcp_x.addr, tcp_x.port, 0x10, 20);
}

static struct rte_mbuf *
ping_out(struct fx *fx)
{
	return pg_icmp_query(fx->mp, H1, P1, 8, 7, 20);
}

/* A-CK-1: nothing is repaired. */
static void
wrong_transport_checksum_stays_wrong(void)
{
	struct fx *fx = fx_default();

	udp_x = fx_map_udp(fx, H1, 5000);
	tcp_x = fx_connect(fx, H1, 5000, P1, 80);
	check_error_is_kept(fx, FX_INSIDE, udp_out);
	check_error_is_kept(fx, FX_OUTSIDE, udp_in);
	check_error_is_kept(fx, FX_INSIDE, tcp_out);
	check_error_is_kept(fx, FX_OUTSIDE, tcp_in);
	check_error_is_kept(fx, FX_INSIDE, ping_out);
	fx_free(fx);
}

/* A-CK-2: zero means none and stays zero, both ways, in fragments, too, RFC 768. */
static void
udp_without_checksum_stays_without(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = udp_out(fx), *frag[3];

	set_csum(m, 0);
	CU_ASSERT_EQUAL(fx_inside(fx, m)->csum, 0);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	udp_x = (struct fx_ep){ .port = fx_first(fx)->sport };
	memcpy(udp_x.addr, fx_first(fx)->src, sizeof(udp_x.addr));
	m = udp_in(fx);
	set_csum(m, 0);
	CU_ASSERT_EQUAL(fx_outside(fx, m)->csum, 0);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	m = pg_udp(fx->mp, H1, 5000, P1, 53, 4000);
	set_csum(m, 0);
	CU_ASSERT_EQUAL(pg_fragment(fx->mp, m, 1500, frag, 3), 3);
	rte_pktmbuf_free(m);
	for (unsigned int i = 0; i < 3; i++)
		fx_inside(fx, frag[i]);
	CU_ASSERT_EQUAL(fx->n_out, 3);
	CU_ASSERT_EQUAL(fx_first(fx)->csum, 0);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 4000, 0));
	fx_free(fx);
}

/* A-CK-1: a wrong IPv4 header checksum ends the packet. */
static void
wrong_header_checksum_is_dropped(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m;

	udp_x = fx_map_udp(fx, H1, 5000);
	m = udp_out(fx);
	pg_ip(m)->hdr_checksum ^= 0x0100;
	fx_inside(fx, m);
	FX_DROPPED(fx, CGN_V_L3_CHECKSUM);
	m = udp_in(fx);
	pg_ip(m)->hdr_checksum ^= 0x0100;
	fx_outside(fx, m);
	FX_DROPPED(fx, CGN_V_L3_CHECKSUM);
	fx_free(fx);
}

/* A-CK-4: all is done in software: no frame asks a device for a checksum, whatever it came with. */
static void
frames_ask_for_no_offload(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m;

	udp_x = fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < 2; i++) {
		m = i == 0 ? udp_out(fx) : udp_in(fx);
		m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD |
				RTE_MBUF_F_RX_RSS_HASH;
		/* The fixture looks at the flags of what leaves. */
		CU_ASSERT_TRUE(fx_rx(fx, i == 0 ? FX_INSIDE : FX_OUTSIDE, m)->left);
	}
	fx_free(fx);
}

/* A-CK-1: packets in several segments, however they are split. */
static void
split_packets_are_translated_alike(void)
{
	struct fx *fx = fx_default();

	udp_x = fx_map_udp(fx, H1, 5000);
	for (size_t at = 0; at < 60; at++) {
		FX_PKT(fx_inside(fx, pg_split(fx->mp, udp_out(fx), at, false)), FX_OUTSIDE,
				udp_x.addr, udp_x.port, P1, 53);
		FX_PKT(fx_outside(fx, pg_split(fx->mp, udp_in(fx), at, false)), FX_INSIDE, P1, 53,
				H1, 5000);
		CU_ASSERT_TRUE(fx_has_pattern(fx, 20, 0));
	}
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_udp_checksum_stays_right),
	CU_TEST_ROW(every_tcp_checksum_stays_right),
	CU_TEST_ROW(every_icmp_checksum_stays_right),
	CU_TEST_ROW(wrong_transport_checksum_stays_wrong),
	CU_TEST_ROW(udp_without_checksum_stays_without),
	CU_TEST_ROW(wrong_header_checksum_is_dropped),
	CU_TEST_ROW(frames_ask_for_no_offload),
	CU_TEST_ROW(split_packets_are_translated_alike),
};

CU_MAIN("scn_checksum", tests)
