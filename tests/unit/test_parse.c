/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pkt/parse.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <netinet/in.h>

#include <rte_arp.h>

#define POOL 256
#define SUB  "100.64.0.1"
#define REM  "198.51.100.7"

static struct cgn_pkt_port port = { .mac = { { 2, 0, 0, 0, 0, 0x01 } } };

static struct rte_mempool *
pool(void)
{
	static struct rte_mempool *mp;

	if (mp == NULL)
		mp = eal_pool(POOL);
	return mp;
}

static void
no_leak(void)
{
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool()), POOL);
}

static enum cgn_verdict
parse(struct rte_mbuf *m, struct cgn_pkt *p)
{
	*p = (struct cgn_pkt){ .m = m, .port = 3, .side = CGN_SIDE_OUTSIDE };
	return cgn_parse(p, &port);
}

/* Parse and free. */
static enum cgn_verdict
verdict_of(struct rte_mbuf *m)
{
	struct cgn_pkt p;
	enum cgn_verdict v = parse(m, &p);

	rte_pktmbuf_free(p.m);
	return v;
}

/* One frame of each sort, made anew. */
static struct rte_mbuf *
sample(unsigned int i)
{
	static const uint8_t nops[] = { 1, 1, 68, 9, 5, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t udp[] = { 0, 53, 0, 54, 0, 9, 0, 0, 'x' };
	struct pg_ip4 opt = {
		.src = SUB, .dst = REM, .proto = IPPROTO_UDP, .opt = nops, .opt_len = sizeof(nops)
	};
	struct pg_ip4 gre = { .src = SUB, .dst = REM, .proto = IPPROTO_GRE };
	struct rte_mbuf *a, *b;

	switch (i) {
	case 0:
		return pg_udp(pool(), SUB, 5000, REM, 53, 30);
	case 1:
		return pg_tcp(pool(), SUB, 5000, REM, 80, RTE_TCP_SYN_FLAG, 0);
	case 2:
		return pg_tcp(pool(), SUB, 5000, REM, 80, RTE_TCP_ACK_FLAG, 100);
	case 3:
		return pg_icmp_query(pool(), SUB, REM, 8, 77, 56);
	case 4:
		a = pg_udp(pool(), SUB, 5000, REM, 53, 600);
		b = pg_icmp_error(pool(), REM, SUB, 3, 4, 1400, a, 548);
		rte_pktmbuf_free(a);
		return b;
	case 5:
		return pg_ip4(pool(), &opt, udp, sizeof(udp));
	case 6:
		return pg_ip4(pool(), &gre, udp, sizeof(udp));
	case 7:
		return pg_vlan(pool(), pg_udp(pool(), SUB, 5000, REM, 53, 30), 0);
	case 8:
		a = pg_udp(pool(), SUB, 5000, REM, 53, 64);
		b = pg_slice(pool(), a, 16, 24, true);
		rte_pktmbuf_free(a);
		return b;
	case 9:
		return pg_ip6(pool(), IPPROTO_UDP, 20);
	case 10:
		return pg_resize(pool(), pg_arp(pool(), 1, SUB, REM), 42);
	default:
		return NULL;
	}
}

static void
udp_fields_are_filled_and_padding_is_trimmed(void)
{
	struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 3);
	struct cgn_pkt p;

	m = pg_resize(pool(), m, 60);
	pg_ip(m)->fragment_offset = RTE_BE16(0x4000);
	pg_fix(m);
	CU_ASSERT_EQUAL(parse(m, &p), CGN_V_NONE);
	CU_ASSERT_PTR_EQUAL(p.m, m);
	CU_ASSERT_EQUAL(p.src, pg_addr(SUB));
	CU_ASSERT_EQUAL(p.dst, pg_addr(REM));
	CU_ASSERT_EQUAL(p.sport, RTE_BE16(5000));
	CU_ASSERT_EQUAL(p.dport, RTE_BE16(53));
	CU_ASSERT_EQUAL(p.l3_off, 14);
	CU_ASSERT_EQUAL(p.l4_off, 34);
	CU_ASSERT_EQUAL(p.total_len, 31);
	CU_ASSERT_EQUAL(p.kind, CGN_PK_UDP);
	CU_ASSERT_EQUAL(p.flags, CGN_PF_DF);
	CU_ASSERT_EQUAL(p.proto, CGN_PROTO_UDP);
	CU_ASSERT_EQUAL(p.tcp_flags, 0);
	CU_ASSERT_EQUAL(p.port, 3);
	CU_ASSERT_EQUAL(p.side, CGN_SIDE_OUTSIDE);
	CU_ASSERT_EQUAL(m->pkt_len, 45);
	CU_ASSERT_PTR_NULL(pktgen_verify(m));
	rte_pktmbuf_free(m);
	no_leak();
}

static void
tcp_fields_are_filled(void)
{
	struct cgn_pkt p;

	CU_ASSERT_EQUAL(parse(sample(2), &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(p.kind, CGN_PK_TCP);
	CU_ASSERT_EQUAL(p.proto, CGN_PROTO_TCP);
	CU_ASSERT_EQUAL(p.tcp_flags, RTE_TCP_ACK_FLAG);
	CU_ASSERT_EQUAL(p.sport, RTE_BE16(5000));
	CU_ASSERT_EQUAL(p.dport, RTE_BE16(80));
	CU_ASSERT_EQUAL(p.total_len, 140);
	CU_ASSERT_EQUAL(p.flags, 0);
	rte_pktmbuf_free(p.m);
	no_leak();
}

/* RFC 791: the transport header is found behind the options. */
static void
options_move_the_transport_header(void)
{
	struct cgn_pkt p;

	CU_ASSERT_EQUAL(parse(sample(5), &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(p.kind, CGN_PK_UDP);
	CU_ASSERT_EQUAL(p.l4_off, 46);
	CU_ASSERT_EQUAL(p.dport, RTE_BE16(54));
	rte_pktmbuf_free(p.m);
	no_leak();
}

/* Both paths on one packet; returns whether they agree in everything. */
static bool
paths_agree(struct rte_mbuf *m)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, pool(), 0, UINT32_MAX);
	struct cgn_pkt a = { .m = m }, b = { .m = copy };
	enum cgn_verdict va = cgn_parse(&a, &port), vb = cgn_parse_slow(&b, &port);
	bool same = va == vb;

	if (va == CGN_V_NONE) {
		same &= a.src == b.src && a.dst == b.dst && a.sport == b.sport;
		same &= a.dport == b.dport && a.l3_off == b.l3_off && a.kind == b.kind;
		same &= a.total_len == b.total_len && a.flags == b.flags && a.proto == b.proto;
		same &= a.tcp_flags == b.tcp_flags && a.m->pkt_len == b.m->pkt_len;
		same &= a.kind == CGN_PK_ARP || a.l4_off == b.l4_off;
		same &= a.m->data_len == b.m->data_len;
	}
	rte_pktmbuf_free(a.m);
	rte_pktmbuf_free(b.m);
	return same;
}

static void
fast_and_slow_path_agree_on_every_change_of_an_octet(void)
{
	static const uint8_t values[] = { 0, 1, 4, 5, 6, 8, 17, 0x40, 0x45, 0x46, 0x50, 0x80,
		0xff };
	unsigned int differ = 0;

	for (unsigned int s = 0; s <= 10; s++) {
		for (unsigned int at = 0; at < 54; at++) {
			for (unsigned int v = 0; v < 2 * RTE_DIM(values); v++) {
				struct rte_mbuf *m = sample(s);

				if (at < m->data_len)
					rte_pktmbuf_mtod(m, uint8_t *)[at] = values[v / 2];
				if (v % 2 == 1 && s < 7) /* past the header checksum */
					m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
				differ += !paths_agree(m);
			}
		}
	}
	CU_ASSERT_EQUAL(differ, 0);
	no_leak();
}

static void
frame_cut_at_any_octet_is_dropped_as_short(void)
{
	for (unsigned int s = 0; s <= 10; s++) {
		struct rte_mbuf *m = sample(s);
		unsigned int len = m->pkt_len, l2 = s == 7 ? 18 : 14;

		rte_pktmbuf_free(m);
		for (unsigned int n = 0; n < len; n++) {
			enum cgn_verdict v = verdict_of(pg_resize(pool(), sample(s), n));

			CU_ASSERT_EQUAL(v, n < l2 ? CGN_V_L2_SHORT : CGN_V_L3_SHORT);
		}
		CU_ASSERT_EQUAL(verdict_of(sample(s)), CGN_V_NONE);
	}
	no_leak();
}

static void
transport_header_cut_at_any_octet_is_dropped_as_short(void)
{
	static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP };
	static const size_t hdr[] = { 8, 20, 8 };
	uint8_t l4[20] = { 1, 2, 3, 4, 0, 8 };

	l4[12] = 0x50;
	for (unsigned int i = 0; i < RTE_DIM(protos); i++) {
		struct pg_ip4 h = { .src = SUB, .dst = REM, .proto = protos[i] };

		for (size_t n = 0; n < hdr[i]; n++)
			CU_ASSERT_EQUAL(verdict_of(pg_ip4(pool(), &h, l4, n)), CGN_V_L4_SHORT);
		CU_ASSERT_EQUAL(verdict_of(pg_ip4(pool(), &h, l4, hdr[i])), CGN_V_NONE);
	}
	no_leak();
}

/* Headers are contiguous, octets where they were, whatever the segments. */
static void
packet_in_two_segments_cut_at_any_octet_parses_alike(void)
{
	for (unsigned int i = 0; i <= 21; i++) {
		unsigned int s = i / 2;
		struct cgn_pkt whole, p;
		unsigned int len;

		CU_ASSERT_EQUAL(parse(sample(s), &whole), CGN_V_NONE);
		len = whole.m->pkt_len;
		for (unsigned int at = 0; at < len; at++) {
			struct rte_mbuf *m = pg_split(pool(), sample(s), at, i % 2 == 1);
			uint8_t a[1024], b[1024];
			unsigned int need = s == 9 ? 54 : s == 10 ? 42 : whole.l4_off;

			need += s < 4 ? (s == 0 || s == 3 ? 8 : 20) : 0;
			need = s == 4 ? len : need;
			CU_ASSERT_EQUAL(parse(m, &p), CGN_V_NONE);
			CU_ASSERT_EQUAL(p.kind, whole.kind);
			CU_ASSERT_EQUAL(p.total_len, whole.total_len);
			CU_ASSERT_EQUAL(p.sport, whole.sport);
			CU_ASSERT_EQUAL(p.dport, whole.dport);
			CU_ASSERT_TRUE(p.m->data_len >= need);
			CU_ASSERT_EQUAL(pg_read(p.m, a, sizeof(a)), len);
			CU_ASSERT_EQUAL(pg_read(whole.m, b, sizeof(b)), len);
			CU_ASSERT_EQUAL(memcmp(a, b, len), 0);
			rte_pktmbuf_free(p.m);
		}
		rte_pktmbuf_free(whole.m);
	}
	no_leak();
}

static void
padding_in_later_segments_is_trimmed(void)
{
	for (unsigned int at = 1; at < 100; at++) {
		struct rte_mbuf *m = pg_resize(pool(), sample(0), 100);
		struct cgn_pkt p;

		CU_ASSERT_EQUAL(parse(pg_split(pool(), m, at, false), &p), CGN_V_NONE);
		CU_ASSERT_EQUAL(p.m->pkt_len, 14 + 58);
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

static void
shared_first_segment_is_not_written(void)
{
	struct rte_mbuf *m = pg_split(pool(), sample(0), 20, false);
	struct rte_mbuf *c = rte_pktmbuf_clone(m, pool());
	struct cgn_pkt p;

	CU_ASSERT_EQUAL(parse(m, &p), CGN_V_NO_MBUF);
	CU_ASSERT_EQUAL(verdict_of(c), CGN_V_NO_MBUF);
	rte_pktmbuf_free(m);
	no_leak();
}

static enum cgn_verdict
vlan_verdict(uint16_t port_vlan, int tag, int stripped)
{
	struct rte_mbuf *m = sample(0);
	enum cgn_verdict v;

	if (tag >= 0)
		m = pg_vlan(pool(), m, (uint16_t)tag);
	if (stripped >= 0) {
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
		m->vlan_tci = (uint16_t)stripped;
	}
	port.vlan = port_vlan;
	v = verdict_of(m);
	port.vlan = 0;
	return v;
}

static void
vlan_tag_must_be_the_ports(void)
{
	CU_ASSERT_EQUAL(vlan_verdict(0, -1, -1), CGN_V_NONE);
	CU_ASSERT_EQUAL(vlan_verdict(0, 0xe000, -1), CGN_V_NONE); /* priority only */
	CU_ASSERT_EQUAL(vlan_verdict(0, -1, 0xe000), CGN_V_NONE);
	CU_ASSERT_EQUAL(vlan_verdict(0, 7, -1), CGN_V_L2_VLAN);
	CU_ASSERT_EQUAL(vlan_verdict(0, -1, 7), CGN_V_L2_VLAN);
	CU_ASSERT_EQUAL(vlan_verdict(7, 0x2007, -1), CGN_V_NONE);
	CU_ASSERT_EQUAL(vlan_verdict(7, -1, 0x2007), CGN_V_NONE);
	CU_ASSERT_EQUAL(vlan_verdict(7, 8, -1), CGN_V_L2_VLAN);
	CU_ASSERT_EQUAL(vlan_verdict(7, -1, 8), CGN_V_L2_VLAN);
	CU_ASSERT_EQUAL(vlan_verdict(7, -1, -1), CGN_V_L2_VLAN);
	CU_ASSERT_EQUAL(vlan_verdict(7, 0, -1), CGN_V_L2_VLAN);
	CU_ASSERT_EQUAL(vlan_verdict(7, 9, 7), CGN_V_L2_VLAN); /* a second tag */
	no_leak();
}

static void
tagged_packet_has_its_header_behind_the_tag(void)
{
	struct cgn_pkt p;

	CU_ASSERT_EQUAL(parse(sample(7), &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(p.l3_off, 18);
	CU_ASSERT_EQUAL(p.l4_off, 38);
	CU_ASSERT_EQUAL(p.src, pg_addr(SUB));
	rte_pktmbuf_free(p.m);
	no_leak();
}

static void
frame_to_another_station_is_dropped(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		struct rte_mbuf *m = sample(0);

		rte_pktmbuf_mtod(m, uint8_t *)[i] ^= i == 0 ? 4 : 0x80;
		CU_ASSERT_EQUAL(verdict_of(m), CGN_V_L2_OTHER_HOST);
	}
	no_leak();
}

static void
link_broadcast_and_multicast_are_marked(void)
{
	struct rte_mbuf *m = sample(0);
	struct cgn_pkt p;

	memset(rte_pktmbuf_mtod(m, void *), 0xff, 6);
	CU_ASSERT_EQUAL(parse(m, &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(p.flags, CGN_PF_BROADCAST);
	CU_ASSERT_EQUAL(p.kind, CGN_PK_UDP);
	rte_pktmbuf_free(p.m);
	m = sample(0);
	rte_pktmbuf_mtod(m, uint8_t *)[0] = 1;
	CU_ASSERT_EQUAL(parse(m, &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(p.flags, CGN_PF_BROADCAST);
	rte_pktmbuf_free(p.m);
	no_leak();
}

static enum cgn_verdict
ethertype_verdict(uint16_t type)
{
	struct rte_mbuf *m = sample(0);

	rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type = rte_cpu_to_be_16(type);
	return verdict_of(m);
}

static void
other_ethertypes_and_802_3_lengths_are_dropped(void)
{
	CU_ASSERT_EQUAL(ethertype_verdict(0x0026), CGN_V_L2_ETHERTYPE);
	CU_ASSERT_EQUAL(ethertype_verdict(0x05dc), CGN_V_L2_ETHERTYPE);
	CU_ASSERT_EQUAL(ethertype_verdict(0x88cc), CGN_V_L2_ETHERTYPE);
	CU_ASSERT_EQUAL(ethertype_verdict(0x8847), CGN_V_L2_ETHERTYPE);
	CU_ASSERT_EQUAL(ethertype_verdict(0x88a8), CGN_V_L2_ETHERTYPE);
	no_leak();
}

static void
arp_and_ip6_are_recognised(void)
{
	struct cgn_pkt p;

	CU_ASSERT_EQUAL(parse(sample(10), &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(p.kind, CGN_PK_ARP);
	CU_ASSERT_EQUAL(p.l3_off, 14);
	CU_ASSERT_EQUAL(p.flags, CGN_PF_BROADCAST);
	rte_pktmbuf_free(p.m);
	CU_ASSERT_EQUAL(parse(pg_resize(pool(), sample(9), 80), &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(p.kind, CGN_PK_IP6);
	CU_ASSERT_EQUAL(p.total_len, 60);
	CU_ASSERT_EQUAL(p.m->pkt_len, 74);
	CU_ASSERT_EQUAL(p.l4_off, 54);
	rte_pktmbuf_free(p.m);
	no_leak();
}

static enum cgn_verdict
ip6_version_verdict(uint8_t version)
{
	struct rte_mbuf *m = sample(9);

	rte_pktmbuf_mtod(m, uint8_t *)[14] = (uint8_t)(version << 4);
	return verdict_of(m);
}

/* RFC 1122 section 3.2.1.1, RFC 1812 section 5.2.2: header length, version, total length. */
static void
malformed_ip_headers_are_dropped(void)
{
	struct rte_mbuf *m;

	for (unsigned int v = 0; v < 16; v++) {
		m = sample(0);
		pg_ip(m)->version_ihl = (uint8_t)(v << 4 | 5);
		pg_ip(m)->hdr_checksum = 0;
		pg_ip(m)->hdr_checksum = rte_ipv4_cksum(pg_ip(m));
		CU_ASSERT_EQUAL(verdict_of(m), v == 4 ? CGN_V_NONE : CGN_V_L3_HEADER);
		CU_ASSERT_EQUAL(ip6_version_verdict((uint8_t)v),
				v == 6 ? CGN_V_NONE : CGN_V_L3_HEADER);
	}
	for (uint8_t ihl = 0; ihl < 5; ihl++) {
		m = sample(0);
		pg_ip(m)->version_ihl = (uint8_t)(0x40 | ihl);
		CU_ASSERT_EQUAL(verdict_of(m), CGN_V_L3_HEADER);
	}
	m = sample(0);
	pg_ip(m)->total_length = RTE_BE16(19);
	CU_ASSERT_EQUAL(verdict_of(m), CGN_V_L3_HEADER);
	m = sample(0);
	pg_ip(m)->total_length = RTE_BE16(59);
	CU_ASSERT_EQUAL(verdict_of(m), CGN_V_L3_SHORT);
	m = pg_resize(pool(), sample(0), 60);
	pg_ip(m)->version_ihl = 0x4f;
	CU_ASSERT_EQUAL(verdict_of(m), CGN_V_L3_SHORT);
	no_leak();
}

/* RFC 1122 section 3.2.1.2: verify the header checksum, drop silently; devices may have done it. */
static void
wrong_header_checksum_is_dropped(void)
{
	static const struct {
		uint64_t flags;
		bool wrong;
		enum cgn_verdict v;
	} rows[] = {
		{ 0, false, CGN_V_NONE },
		{ 0, true, CGN_V_L3_CHECKSUM },
		{ RTE_MBUF_F_RX_IP_CKSUM_BAD, false, CGN_V_L3_CHECKSUM },
		{ RTE_MBUF_F_RX_IP_CKSUM_GOOD, false, CGN_V_NONE },
		{ RTE_MBUF_F_RX_IP_CKSUM_NONE, true, CGN_V_NONE },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		for (unsigned int s = 0; s < 7; s++) {
			struct rte_mbuf *m = sample(s);
			struct cgn_pkt p;

			m->ol_flags |= rows[i].flags;
			if (rows[i].wrong)
				pg_ip(m)->hdr_checksum ^= 0x0101;
			CU_ASSERT_EQUAL(parse(m, &p), rows[i].v);
			if (rows[i].v == CGN_V_NONE)
				CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
			rte_pktmbuf_free(p.m);
		}
	}
	no_leak();
}

static void
every_single_bit_error_of_the_header_is_noticed(void)
{
	for (unsigned int bit = 0; bit < 160; bit++) {
		struct rte_mbuf *m = sample(1);

		rte_pktmbuf_mtod(m, uint8_t *)[14 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_NOT_EQUAL(verdict_of(m), CGN_V_NONE);
	}
	no_leak();
}

static enum cgn_verdict
option_verdict(const void *opt, size_t len)
{
	static const uint8_t udp[] = { 0, 53, 0, 54, 0, 8, 0, 0 };
	struct pg_ip4 h = {
		.src = SUB, .dst = REM, .proto = IPPROTO_UDP, .opt = opt, .opt_len = len
	};

	return verdict_of(pg_ip4(pool(), &h, udp, sizeof(udp)));
}

/* A-HDR-2: source routes and record routes would carry inside addresses across. */
static void
source_and_record_routes_are_dropped(void)
{
	static const uint8_t lsrr[] = { 131, 7, 4, 198, 51, 100, 9, 0 };
	static const uint8_t ssrr[] = { 1, 137, 7, 8, 198, 51, 100, 9 };
	static const uint8_t rr[] = { 7, 7, 4, 0, 0, 0, 0, 0 };

	CU_ASSERT_EQUAL(option_verdict(lsrr, 8), CGN_V_L3_SOURCE_ROUTE);
	CU_ASSERT_EQUAL(option_verdict(ssrr, 8), CGN_V_L3_SOURCE_ROUTE);
	CU_ASSERT_EQUAL(option_verdict(rr, 8), CGN_V_L3_SOURCE_ROUTE);
	no_leak();
}

/* RFC 791: nothing behind the end of the list is an option. */
static void
options_end_at_the_end_of_the_list(void)
{
	static const uint8_t eol[] = { 0, 131, 7, 4 };
	static const uint8_t alert[] = { 148, 4, 0, 0 };

	CU_ASSERT_EQUAL(option_verdict(eol, 4), CGN_V_NONE);
	CU_ASSERT_EQUAL(option_verdict(alert, 4), CGN_V_NONE);
	no_leak();
}

static void
malformed_options_are_dropped(void)
{
	static const uint8_t bad[][4] = { { 1, 1, 1, 148 }, { 148, 0, 0, 0 }, { 148, 1, 0, 0 },
		{ 148, 5, 0, 0 }, { 1, 148, 4, 0 }, { 131, 1, 0, 0 }, { 7, 9, 4, 0 } };

	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_EQUAL(option_verdict(bad[i], 4), CGN_V_L3_HEADER);
	no_leak();
}

static enum cgn_verdict
fragment_verdict(uint8_t proto, unsigned int off, bool more, size_t len)
{
	static const uint8_t l4[1024];
	struct pg_ip4 h = { .src = SUB, .dst = REM, .proto = proto };
	struct rte_mbuf *m = pg_ip4(pool(), &h, l4, len);
	struct cgn_pkt p;
	enum cgn_verdict v;

	pg_ip(m)->fragment_offset = rte_cpu_to_be_16((uint16_t)(off / 8 | (more ? 0x2000 : 0)));
	pg_ip(m)->hdr_checksum = 0;
	pg_ip(m)->hdr_checksum = rte_ipv4_cksum(pg_ip(m));
	v = parse(m, &p);
	if (v == CGN_V_NONE) {
		CU_ASSERT_EQUAL(p.kind, CGN_PK_FRAGMENT);
		CU_ASSERT_EQUAL(p.proto, CGN_PROTO_COUNT);
		CU_ASSERT_EQUAL(p.sport, 0);
		CU_ASSERT_EQUAL(p.dport, 0);
	}
	rte_pktmbuf_free(p.m);
	return v;
}

/* A-FRG-6: the ports and flags must be whole in the first fragment, and stay as they are. */
static void
tiny_fragments_of_tcp_are_dropped(void)
{
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_TCP, 0, true, 8), CGN_V_FRAG_TINY);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_TCP, 0, true, 16), CGN_V_NONE);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_TCP, 8, true, 64), CGN_V_FRAG_TINY);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_TCP, 8, false, 3), CGN_V_FRAG_TINY);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_TCP, 16, false, 3), CGN_V_NONE);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_UDP, 0, true, 8), CGN_V_NONE);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_UDP, 8, false, 3), CGN_V_NONE);
	no_leak();
}

/* A-FRG-6: fragments that are badly cut, empty, or end beyond 65535 octets. */
static void
badly_cut_fragments_are_dropped(void)
{
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_UDP, 0, true, 0), CGN_V_FRAG_LENGTH);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_UDP, 80, false, 0), CGN_V_FRAG_LENGTH);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_UDP, 80, true, 12), CGN_V_FRAG_LENGTH);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_UDP, 80, false, 12), CGN_V_NONE);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_UDP, 65528, false, 8), CGN_V_FRAG_LENGTH);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_ICMP, 65504, false, 11), CGN_V_NONE);
	CU_ASSERT_EQUAL(fragment_verdict(IPPROTO_ICMP, 65504, false, 12), CGN_V_FRAG_LENGTH);
	no_leak();
}

static enum cgn_verdict
udp_len_verdict(uint16_t len)
{
	struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 10);

	((struct rte_udp_hdr *)pg_l4(m))->dgram_len = rte_cpu_to_be_16(len);
	return verdict_of(m);
}

/* RFC 768: a length below the payload's is legal, the rest is not UDP's. */
static void
udp_length_is_checked(void)
{
	CU_ASSERT_EQUAL(udp_len_verdict(0), CGN_V_L4_HEADER);
	CU_ASSERT_EQUAL(udp_len_verdict(7), CGN_V_L4_HEADER);
	CU_ASSERT_EQUAL(udp_len_verdict(8), CGN_V_NONE);
	CU_ASSERT_EQUAL(udp_len_verdict(18), CGN_V_NONE);
	CU_ASSERT_EQUAL(udp_len_verdict(19), CGN_V_L4_SHORT);
	no_leak();
}

static void
tcp_data_offset_is_checked(void)
{
	for (unsigned int words = 0; words < 16; words++) {
		struct rte_mbuf *m = pg_tcp(pool(), SUB, 5000, REM, 80, RTE_TCP_ACK_FLAG, 8);
		enum cgn_verdict want = words < 5 ? CGN_V_L4_HEADER
				: words > 7       ? CGN_V_L4_SHORT
						  : CGN_V_NONE;

		((struct rte_tcp_hdr *)pg_l4(m))->data_off = (uint8_t)(words << 4);
		CU_ASSERT_EQUAL(verdict_of(m), want);
	}
	no_leak();
}

static void
port_zero_is_dropped(void)
{
	CU_ASSERT_EQUAL(verdict_of(pg_udp(pool(), SUB, 0, REM, 53, 1)), CGN_V_L4_PORT_ZERO);
	CU_ASSERT_EQUAL(verdict_of(pg_udp(pool(), SUB, 53, REM, 0, 1)), CGN_V_L4_PORT_ZERO);
	CU_ASSERT_EQUAL(verdict_of(pg_tcp(pool(), SUB, 0, REM, 53, 2, 1)), CGN_V_L4_PORT_ZERO);
	CU_ASSERT_EQUAL(verdict_of(pg_tcp(pool(), SUB, 53, REM, 0, 2, 1)), CGN_V_L4_PORT_ZERO);
	no_leak();
}

/* A-ICQ-4: which types are queries, which are errors, which are neither. */
static void
icmp_types_are_told_apart(void)
{
	for (unsigned int t = 0; t < 256; t++) {
		bool query = t == 0 || t == 8 || t == 13 || t == 14 || t == 17 || t == 18;
		bool error = t == 3 || t == 4 || t == 5 || t == 11 || t == 12;
		bool request = t == 8 || t == 13 || t == 17;
		struct cgn_pkt p;

		CU_ASSERT_EQUAL(parse(pg_icmp_query(pool(), SUB, REM, (uint8_t)t, 77, 40), &p),
				CGN_V_NONE);
		CU_ASSERT_EQUAL(p.kind,
				query                   ? CGN_PK_ICMP_QUERY
						: error ? CGN_PK_ICMP_ERROR
							: CGN_PK_ICMP_OTHER);
		CU_ASSERT_EQUAL(p.flags, request ? CGN_PF_REQUEST : 0);
		CU_ASSERT_EQUAL(p.sport, query ? RTE_BE16(77) : 0);
		CU_ASSERT_EQUAL(p.dport, p.sport);
		CU_ASSERT_EQUAL(p.proto, CGN_PROTO_ICMP);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-OTH-1: other transports are recognised as such, never taken for one that is translated. */
static void
other_transports_are_told_apart(void)
{
	static const uint8_t l4[40];

	for (unsigned int proto = 0; proto < 256; proto++) {
		struct pg_ip4 h = { .src = SUB, .dst = REM, .proto = (uint8_t)proto };
		struct cgn_pkt p;

		if (proto == IPPROTO_UDP || proto == IPPROTO_TCP || proto == IPPROTO_ICMP)
			continue;
		CU_ASSERT_EQUAL(parse(pg_ip4(pool(), &h, l4, sizeof(l4)), &p), CGN_V_NONE);
		CU_ASSERT_EQUAL(p.kind, CGN_PK_OTHER_L4);
		CU_ASSERT_EQUAL(p.proto, CGN_PROTO_COUNT);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-CK-4: a checksum that a virtual device left to hardware is completed before any increment. */
static void
partial_checksum_of_a_virtual_device_is_completed(void)
{
	for (unsigned int s = 0; s < 3; s++) {
		for (unsigned int at = 0; at < 72; at += 13) {
			struct rte_mbuf *m = sample(s);
			struct rte_udp_hdr *udp = pg_l4(m);
			struct rte_tcp_hdr *tcp = pg_l4(m);
			struct cgn_pkt p;

			if (s == 0)
				udp->dgram_cksum = rte_ipv4_phdr_cksum(pg_ip(m), 0);
			else
				tcp->cksum = rte_ipv4_phdr_cksum(pg_ip(m), 0);
			m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
			CU_ASSERT_PTR_NOT_NULL(pktgen_verify(m));
			if (at > 0 && at < m->pkt_len)
				m = pg_split(pool(), m, at, false);
			CU_ASSERT_EQUAL(parse(m, &p), CGN_V_NONE);
			CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
			rte_pktmbuf_free(p.m);
		}
	}
	no_leak();
}

/* A-CK-2: no checksum stays none, whatever the device says. */
static void
udp_without_checksum_is_not_given_one(void)
{
	struct rte_mbuf *m = sample(0);
	struct cgn_pkt p;

	((struct rte_udp_hdr *)pg_l4(m))->dgram_cksum = 0;
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
	CU_ASSERT_EQUAL(parse(m, &p), CGN_V_NONE);
	CU_ASSERT_EQUAL(((struct rte_udp_hdr *)pg_l4(p.m))->dgram_cksum, 0);
	rte_pktmbuf_free(p.m);
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(udp_fields_are_filled_and_padding_is_trimmed),
	CU_TEST_ROW(tcp_fields_are_filled),
	CU_TEST_ROW(options_move_the_transport_header),
	CU_TEST_ROW(fast_and_slow_path_agree_on_every_change_of_an_octet),
	CU_TEST_ROW(frame_cut_at_any_octet_is_dropped_as_short),
	CU_TEST_ROW(transport_header_cut_at_any_octet_is_dropped_as_short),
	CU_TEST_ROW(packet_in_two_segments_cut_at_any_octet_parses_alike),
	CU_TEST_ROW(padding_in_later_segments_is_trimmed),
	CU_TEST_ROW(shared_first_segment_is_not_written),
	CU_TEST_ROW(vlan_tag_must_be_the_ports),
	CU_TEST_ROW(tagged_packet_has_its_header_behind_the_tag),
	CU_TEST_ROW(frame_to_another_station_is_dropped),
	CU_TEST_ROW(link_broadcast_and_multicast_are_marked),
	CU_TEST_ROW(other_ethertypes_and_802_3_lengths_are_dropped),
	CU_TEST_ROW(arp_and_ip6_are_recognised),
	CU_TEST_ROW(malformed_ip_headers_are_dropped),
	CU_TEST_ROW(wrong_header_checksum_is_dropped),
	CU_TEST_ROW(every_single_bit_error_of_the_header_is_noticed),
	CU_TEST_ROW(source_and_record_routes_are_dropped),
	CU_TEST_ROW(options_end_at_the_end_of_the_list),
	CU_TEST_ROW(malformed_options_are_dropped),
	CU_TEST_ROW(tiny_fragments_of_tcp_are_dropped),
	CU_TEST_ROW(badly_cut_fragments_are_dropped),
	CU_TEST_ROW(udp_length_is_checked),
	CU_TEST_ROW(tcp_data_offset_is_checked),
	CU_TEST_ROW(port_zero_is_dropped),
	CU_TEST_ROW(icmp_types_are_told_apart),
	CU_TEST_ROW(other_transports_are_told_apart),
	CU_TEST_ROW(partial_checksum_of_a_virtual_device_is_completed),
	CU_TEST_ROW(udp_without_checksum_is_not_given_one),
};

CU_MAIN("parse", tests)
