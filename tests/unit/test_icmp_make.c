/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pkt/icmp_make.h"
#include "dataplane/pkt/parse.h"
#include "dataplane/pkt/tcp_make.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <netinet/in.h>

#define POOL 64
#define SUB  "100.64.0.1"
#define REM  "198.51.100.7"
#define OWN  "192.0.2.1"

static const struct cgn_pkt_port port = { .mac = { { 2, 0, 0, 0, 0, 0x01 } } };

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

static struct cgn_icmp_error
error_of(uint8_t type, uint8_t code, uint16_t mtu)
{
	return (struct cgn_icmp_error){
		.type = type,
		.code = code,
		.mtu = mtu,
		.src = pg_addr(OWN),
		.ip_id = RTE_BE16(0x4242),
	};
}

/* The error about a frame, which is freed. NULL: refused */
static struct rte_mbuf *
answer(struct rte_mbuf *m)
{
	struct cgn_icmp_error e = error_of(11, 0, 0);
	struct cgn_pkt p = { .m = m };
	struct rte_mbuf *r;

	CU_ASSERT_EQUAL_FATAL(cgn_parse(&p, &port), CGN_V_NONE);
	r = cgn_icmp_make_error(pool(), &p, &e);
	rte_pktmbuf_free(p.m);
	return r;
}

static bool
is_answered(struct rte_mbuf *m)
{
	struct rte_mbuf *r = answer(m);

	rte_pktmbuf_free(r);
	return r != NULL;
}

/* A-ICE-12, A-MTU-1: an error of our own: TTL, source, DSCP, MTU, and the packet as it is. */
static void
error_quotes_the_packet_and_carries_the_mtu(void)
{
	struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 100), *r;
	struct cgn_icmp_error e = error_of(3, 4, 1400);
	const struct rte_ipv4_hdr *ip;
	struct cgn_pkt p = { .m = m };
	const uint8_t *icmp;

	pg_ip(m)->type_of_service = 46 << 2 | 3;
	pg_fix(m);
	CU_ASSERT_EQUAL_FATAL(cgn_parse(&p, &port), CGN_V_NONE);
	r = cgn_icmp_make_error(pool(), &p, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_PTR_NULL(pktgen_verify_ip4(r));
	ip = rte_pktmbuf_mtod(r, const struct rte_ipv4_hdr *);
	icmp = (const uint8_t *)(ip + 1);
	CU_ASSERT_EQUAL(ip->src_addr, pg_addr(OWN));
	CU_ASSERT_EQUAL(ip->dst_addr, pg_addr(SUB));
	CU_ASSERT_EQUAL(ip->time_to_live, 64);
	CU_ASSERT_EQUAL(ip->type_of_service, 46 << 2);
	CU_ASSERT_EQUAL(ip->packet_id, RTE_BE16(0x4242));
	CU_ASSERT_EQUAL(ip->fragment_offset, 0);
	CU_ASSERT_EQUAL(icmp[0], 3);
	CU_ASSERT_EQUAL(icmp[1], 4);
	CU_ASSERT_EQUAL(icmp[4] << 8 | icmp[5], 0);
	CU_ASSERT_EQUAL(icmp[6] << 8 | icmp[7], 1400);
	CU_ASSERT_EQUAL(r->data_len, 28 + 128);
	CU_ASSERT_EQUAL(memcmp(icmp + 8, pg_ip(m), 128), 0);
	CU_ASSERT_TRUE(rte_pktmbuf_headroom(r) >= CGN_HEADROOM);
	rte_pktmbuf_free(r);
	rte_pktmbuf_free(m);
	no_leak();
}

/* A-ICE-12: no longer than 576 octets, and all of them used. */
static void
error_is_as_long_as_576_octets_allow(void)
{
	for (size_t len = 500; len < 560; len++) {
		struct rte_mbuf *r = answer(pg_udp(pool(), SUB, 5000, REM, 53, len));

		CU_ASSERT_PTR_NOT_NULL_FATAL(r);
		CU_ASSERT_EQUAL(r->pkt_len, RTE_MIN(len + 28 + 28, (size_t)576));
		CU_ASSERT_PTR_NULL(pktgen_verify_ip4(r));
		rte_pktmbuf_free(r);
	}
	no_leak();
}

static void
packet_in_two_segments_is_quoted_alike(void)
{
	for (unsigned int at = 1; at < 642; at += 3) {
		struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 600);
		struct rte_mbuf *r = answer(pg_split(pool(), m, at, false));

		CU_ASSERT_PTR_NOT_NULL_FATAL(r);
		CU_ASSERT_EQUAL(r->pkt_len, 576);
		CU_ASSERT_PTR_NULL(pktgen_verify_ip4(r));
		CU_ASSERT_TRUE(pg_is_pattern(r, 56, 520, 0));
		rte_pktmbuf_free(r);
	}
	no_leak();
}

/* A-ICE-11: no error about an error, nor about an ICMP type that might be one. */
static void
icmp_errors_are_not_answered(void)
{
	for (unsigned int t = 0; t < 256; t++) {
		bool query = t == 0 || t == 8 || t == 13 || t == 14 || t == 17 || t == 18;

		CU_ASSERT_EQUAL(is_answered(pg_icmp_query(pool(), SUB, REM, (uint8_t)t, 1, 40)),
				query);
	}
	no_leak();
}

static struct rte_mbuf *
slice_of(struct rte_mbuf *m, size_t off)
{
	struct rte_mbuf *s = pg_slice(pool(), m, off, 24, true);

	rte_pktmbuf_free(m);
	return s;
}

/* A-ICE-11: only the first fragment of a datagram is answered, and not if it is an error's. */
static void
only_first_fragments_are_answered(void)
{
	CU_ASSERT_TRUE(is_answered(slice_of(pg_udp(pool(), SUB, 1, REM, 2, 100), 0)));
	CU_ASSERT_FALSE(is_answered(slice_of(pg_udp(pool(), SUB, 1, REM, 2, 100), 24)));
	CU_ASSERT_TRUE(is_answered(slice_of(pg_icmp_query(pool(), SUB, REM, 8, 1, 100), 0)));
	CU_ASSERT_FALSE(is_answered(slice_of(pg_icmp_query(pool(), SUB, REM, 3, 1, 100), 0)));
	no_leak();
}

static bool
is_answered_between(const char *src, const char *dst)
{
	return is_answered(pg_udp(pool(), src, 1000, dst, 2000, 10));
}

/* A-ICE-11: a source that is not one host, or a destination that is many. */
static void
broadcasts_and_invalid_sources_are_not_answered(void)
{
	static const char *const bad_src[] = { "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1",
		"239.1.1.1", "240.0.0.1", "255.255.255.255" };
	static const char *const bad_dst[] = { "224.0.0.1", "239.255.255.250", "255.255.255.255",
		"240.0.0.1" };
	struct rte_mbuf *m;

	for (unsigned int i = 0; i < RTE_DIM(bad_src); i++)
		CU_ASSERT_FALSE(is_answered_between(bad_src[i], REM));
	for (unsigned int i = 0; i < RTE_DIM(bad_dst); i++)
		CU_ASSERT_FALSE(is_answered_between(SUB, bad_dst[i]));
	CU_ASSERT_TRUE(is_answered_between("1.0.0.1", "223.255.255.1"));
	m = pg_udp(pool(), SUB, 1000, REM, 2000, 10);
	memset(rte_pktmbuf_mtod(m, void *), 0xff, 6);
	CU_ASSERT_FALSE(is_answered(m));
	no_leak();
}

static void
no_mbuf_means_no_error(void)
{
	struct rte_mbuf *all[POOL];
	struct cgn_icmp_error e = error_of(11, 0, 0);
	struct cgn_pkt p = { .m = pg_udp(pool(), SUB, 5000, REM, 53, 100) };

	CU_ASSERT_EQUAL_FATAL(cgn_parse(&p, &port), CGN_V_NONE);
	CU_ASSERT_EQUAL_FATAL(rte_pktmbuf_alloc_bulk(pool(), all, POOL - 1), 0);
	CU_ASSERT_PTR_NULL(cgn_icmp_make_error(pool(), &p, &e));
	CU_ASSERT_PTR_NULL(cgn_icmp_make_error_raw(pool(), pg_ip(p.m), 128, &e));
	CU_ASSERT_PTR_NULL(cgn_tcp_make_rst(pool(), &(struct cgn_tcp_rst){ .seq = 0 }));
	rte_pktmbuf_free_bulk(all, POOL - 1);
	rte_pktmbuf_free(p.m);
	no_leak();
}

/* RFC 5382 REQ-4: the SYN that is answered after six seconds is long gone; its octets were saved. */
static void
error_from_saved_octets_is_like_that_from_the_packet(void)
{
	struct rte_mbuf *m = pg_tcp(pool(), REM, 5000, OWN, 80, RTE_TCP_SYN_FLAG, 0);
	struct cgn_icmp_error e = error_of(3, 3, 0);
	struct cgn_pkt p = { .m = m };
	struct rte_mbuf *a, *b;
	uint8_t saved[40];

	CU_ASSERT_EQUAL_FATAL(cgn_parse(&p, &port), CGN_V_NONE);
	memcpy(saved, pg_ip(m), sizeof(saved));
	a = cgn_icmp_make_error(pool(), &p, &e);
	b = cgn_icmp_make_error_raw(pool(), saved, sizeof(saved), &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_EQUAL(a->data_len, b->data_len);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(a, void *), rte_pktmbuf_mtod(b, void *),
					a->data_len),
			0);
	CU_ASSERT_PTR_NULL(pktgen_verify_ip4(b));
	for (size_t n = 0; n < 28; n++)
		CU_ASSERT_PTR_NULL(cgn_icmp_make_error_raw(pool(), saved, n, &e));
	rte_pktmbuf_free(a);
	rte_pktmbuf_free(b);
	rte_pktmbuf_free(m);
	no_leak();
}

/* A-ICQ-5: the reply is the request with its addresses swapped. */
static void
echo_request_becomes_its_reply(void)
{
	for (unsigned int ttl = 1; ttl < 256; ttl++) {
		struct cgn_pkt p = { .m = pg_icmp_query(pool(), SUB, OWN, 8, 77, ttl) };
		const uint8_t *icmp;

		pg_ip(p.m)->time_to_live = (uint8_t)ttl;
		pg_fix(p.m);
		CU_ASSERT_EQUAL_FATAL(cgn_parse(&p, &port), CGN_V_NONE);
		cgn_icmp_make_echo_reply(&p);
		icmp = pg_l4(p.m);
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		CU_ASSERT_EQUAL(icmp[0], 0);
		CU_ASSERT_EQUAL(icmp[4] << 8 | icmp[5], 77);
		CU_ASSERT_EQUAL(pg_ip(p.m)->src_addr, pg_addr(OWN));
		CU_ASSERT_EQUAL(pg_ip(p.m)->dst_addr, pg_addr(SUB));
		CU_ASSERT_EQUAL(pg_ip(p.m)->time_to_live, 64);
		CU_ASSERT_EQUAL(p.src, pg_addr(OWN));
		CU_ASSERT_EQUAL(p.dst, pg_addr(SUB));
		CU_ASSERT_TRUE(pg_is_pattern(p.m, 42, ttl, 0));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

static void
reset_has_the_numbers_asked_for(void)
{
	struct cgn_tcp_rst r = {
		.src = pg_addr(REM),
		.dst = pg_addr(SUB),
		.sport = RTE_BE16(80),
		.dport = RTE_BE16(5000),
		.seq = RTE_BE32(0x01020304),
		.ack = RTE_BE32(0x05060708),
	};

	for (unsigned int i = 0; i < 2; i++) {
		const struct rte_ipv4_hdr *ip;
		const struct rte_tcp_hdr *tcp;
		struct rte_mbuf *m;

		r.has_ack = i == 1;
		m = cgn_tcp_make_rst(pool(), &r);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_PTR_NULL(pktgen_verify_ip4(m));
		ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
		tcp = (const struct rte_tcp_hdr *)(ip + 1);
		CU_ASSERT_EQUAL(ip->src_addr, r.src);
		CU_ASSERT_EQUAL(ip->dst_addr, r.dst);
		CU_ASSERT_EQUAL(ip->fragment_offset, RTE_BE16(0x4000));
		CU_ASSERT_EQUAL(tcp->src_port, r.sport);
		CU_ASSERT_EQUAL(tcp->dst_port, r.dport);
		CU_ASSERT_EQUAL(tcp->sent_seq, r.seq);
		CU_ASSERT_EQUAL(tcp->recv_ack, i == 1 ? r.ack : 0);
		CU_ASSERT_EQUAL(tcp->tcp_flags, i == 1 ? 0x14 : 0x04);
		CU_ASSERT_TRUE(rte_pktmbuf_headroom(m) >= CGN_HEADROOM);
		rte_pktmbuf_free(m);
	}
	no_leak();
}

/* RFC 9293 section 3.5.2: numbers of the reset that answers a segment. */
static void
answering_reset_follows_the_segment(void)
{
	static const struct {
		uint8_t flags;
		size_t payload;
		bool answered, has_ack;
		uint32_t seq, ack;
	} rows[] = {
		{ RTE_TCP_ACK_FLAG, 10, true, false, 2000, 0 },
		{ RTE_TCP_SYN_FLAG, 0, true, true, 0, 2000 },
		{ RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG, 0, true, false, 2000, 0 },
		{ RTE_TCP_FIN_FLAG, 10, true, true, 0, 2011 },
		{ RTE_TCP_RST_FLAG, 0, false, false, 0, 0 },
		{ RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG, 0, false, false, 0, 0 },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct cgn_pkt p = { .m = pg_tcp(pool(), REM, 80, SUB, 5000, rows[i].flags,
						     rows[i].payload) };
		struct cgn_tcp_rst r = { .seq = 0 };

		CU_ASSERT_EQUAL_FATAL(cgn_parse(&p, &port), CGN_V_NONE);
		CU_ASSERT_EQUAL(cgn_tcp_make_answer(&p, &r), rows[i].answered);
		CU_ASSERT_EQUAL(r.has_ack, rows[i].has_ack);
		CU_ASSERT_EQUAL(rte_be_to_cpu_32(r.seq), rows[i].seq);
		CU_ASSERT_EQUAL(rte_be_to_cpu_32(r.ack), rows[i].ack);
		if (rows[i].answered) {
			CU_ASSERT_EQUAL(r.src, pg_addr(SUB));
			CU_ASSERT_EQUAL(r.dst, pg_addr(REM));
			CU_ASSERT_EQUAL(r.sport, RTE_BE16(5000));
			CU_ASSERT_EQUAL(r.dport, RTE_BE16(80));
		}
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(error_quotes_the_packet_and_carries_the_mtu),
	CU_TEST_ROW(error_is_as_long_as_576_octets_allow),
	CU_TEST_ROW(packet_in_two_segments_is_quoted_alike),
	CU_TEST_ROW(icmp_errors_are_not_answered),
	CU_TEST_ROW(only_first_fragments_are_answered),
	CU_TEST_ROW(broadcasts_and_invalid_sources_are_not_answered),
	CU_TEST_ROW(no_mbuf_means_no_error),
	CU_TEST_ROW(error_from_saved_octets_is_like_that_from_the_packet),
	CU_TEST_ROW(echo_request_becomes_its_reply),
	CU_TEST_ROW(reset_has_the_numbers_asked_for),
	CU_TEST_ROW(answering_reset_follows_the_segment),
};

CU_MAIN("icmp_make", tests)
