/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pkt/parse.h"
#include "dataplane/pkt/rewrite.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <netinet/in.h>

#define POOL 64
#define SUB  "100.64.0.1"
#define REM  "198.51.100.7"
#define EXT  "192.0.2.200"
#define RTR  "203.0.113.1"

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

/* A packet that somebody complains about: 62 (TCP) or 50 octets from its IPv4 header. */
static struct rte_mbuf *
sample(enum cgn_proto proto)
{
	if (proto == CGN_PROTO_UDP)
		return pg_udp(pool(), EXT, 61000, REM, 53, 22);
	if (proto == CGN_PROTO_TCP)
		return pg_tcp(pool(), EXT, 61000, REM, 53, RTE_TCP_ACK_FLAG, 22);
	return pg_icmp_query(pool(), EXT, REM, 8, 61000, 22);
}

/* An error about m, which is freed. */
static struct rte_mbuf *
error_about(struct rte_mbuf *m, uint8_t type, uint8_t code, uint32_t rest, size_t quote_len)
{
	struct rte_mbuf *e = pg_icmp_error(pool(), RTR, EXT, type, code, rest, m, quote_len);

	rte_pktmbuf_free(m);
	return e;
}

static void
parse(struct rte_mbuf *m, struct cgn_pkt *p)
{
	*p = (struct cgn_pkt){ .m = m };
	CU_ASSERT_EQUAL_FATAL(cgn_parse(p, &port), CGN_V_NONE);
	CU_ASSERT_EQUAL_FATAL(p->kind, CGN_PK_ICMP_ERROR);
}

/* Parse, parse the quote, free. */
static enum cgn_verdict
verdict_of(struct rte_mbuf *m)
{
	struct cgn_quote q;
	struct cgn_pkt p;
	enum cgn_verdict v;

	parse(m, &p);
	v = cgn_parse_quote(&p, &q);
	rte_pktmbuf_free(p.m);
	return v;
}

static void
quoted_endpoints_are_found(void)
{
	for (enum cgn_proto proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		struct cgn_quote q;
		struct cgn_pkt p;

		parse(error_about(sample(proto), 3, 3, 0, 50), &p);
		CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
		CU_ASSERT_EQUAL(q.src, pg_addr(EXT));
		CU_ASSERT_EQUAL(q.dst, pg_addr(REM));
		CU_ASSERT_EQUAL(q.sport, RTE_BE16(61000));
		CU_ASSERT_EQUAL(q.dport, proto == CGN_PROTO_ICMP ? q.sport : RTE_BE16(53));
		CU_ASSERT_EQUAL(q.proto, proto);
		CU_ASSERT_EQUAL(q.is_query_request, proto == CGN_PROTO_ICMP);
		CU_ASSERT_EQUAL(q.ip_off, 42);
		CU_ASSERT_EQUAL(q.l4_off, 62);
		CU_ASSERT_EQUAL(q.len, 50);
		CU_ASSERT_TRUE(q.has_l4_csum);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-ICE-1: a wrong ICMP checksum or a wrong quoted header checksum drops the error. */
static void
corrupt_errors_are_dropped(void)
{
	for (unsigned int at = 34; at < 34 + 8 + 50; at++) {
		struct rte_mbuf *m = error_about(sample(CGN_PROTO_UDP), 11, 0, 0, 50);

		rte_pktmbuf_mtod(m, uint8_t *)[at] ^= at == 34 ? 7
							       : 0x10; /* 11 to 12: an error too */
		CU_ASSERT_EQUAL(verdict_of(m), CGN_V_ICMP_CHECKSUM);
	}
	for (unsigned int at = 42; at < 62; at++) {
		struct rte_mbuf *m = error_about(sample(CGN_PROTO_UDP), 11, 0, 0, 50);

		rte_pktmbuf_mtod(m, uint8_t *)[at] ^= 0x10;
		pg_fix(m);
		CU_ASSERT_EQUAL(verdict_of(m), CGN_V_ICMP_EMBEDDED);
	}
	no_leak();
}

/* A-ICE-2: the quoted header's own length tells where its ports are. */
static void
quoted_options_are_walked(void)
{
	static const uint8_t opt[12] = { 1, 1, 148, 4 };
	static const uint8_t udp[] = { 0xee, 0x48, 0, 53, 0, 9, 0, 0, 'x' };
	struct pg_ip4 h = {
		.src = EXT, .dst = REM, .proto = IPPROTO_UDP, .opt = opt, .opt_len = sizeof(opt)
	};
	struct cgn_quote q;
	struct cgn_pkt p;

	parse(error_about(pg_ip4(pool(), &h, udp, sizeof(udp)), 3, 1, 0, 41), &p);
	CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
	CU_ASSERT_EQUAL(q.l4_off, q.ip_off + 32);
	CU_ASSERT_EQUAL(q.sport, RTE_BE16(61000));
	cgn_rewrite_icmp_error(&p, &q, true, pg_addr(SUB), RTE_BE16(5000));
	CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
	rte_pktmbuf_free(p.m);
	no_leak();
}

/* A-ICE-3: eight octets of the quoted transport header are enough, fewer are not. */
static void
eight_quoted_octets_of_transport_are_enough(void)
{
	for (enum cgn_proto proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		for (size_t n = 0; n < 50; n++) {
			struct cgn_quote q;
			struct cgn_pkt p;

			parse(error_about(sample(proto), 11, 0, 0, n), &p);
			CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q),
					n < 28 ? CGN_V_ICMP_EMBEDDED : CGN_V_NONE);
			if (n >= 28) {
				bool csum = proto != CGN_PROTO_TCP || n >= 38;

				CU_ASSERT_EQUAL(q.has_l4_csum, csum);
				CU_ASSERT_EQUAL(q.len, n);
			}
			rte_pktmbuf_free(p.m);
		}
	}
	no_leak();
}

/* A-ICE-3: the quoted transport checksum is none of our business. */
static void
quoted_transport_checksum_is_not_verified(void)
{
	struct rte_mbuf *m = sample(CGN_PROTO_TCP);

	((struct rte_tcp_hdr *)pg_l4(m))->cksum ^= 0x5555;
	CU_ASSERT_EQUAL(verdict_of(error_about(m, 3, 4, 1400, 62)), CGN_V_NONE);
	no_leak();
}

/* A-ICE-4: the length octet of types 3, 11 and 12 ends the quote; extensions are not part of it. */
static void
rfc4884_length_ends_the_quote(void)
{
	static const uint8_t types[] = { 3, 4, 5, 11, 12 };

	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		bool has_length = types[i] != 4 && types[i] != 5;
		struct rte_mbuf *m = pg_udp(pool(), EXT, 61000, REM, 53, 400);
		struct cgn_quote q;
		struct cgn_pkt p;

		/* 128 octets of the packet, then what would be an extension structure. */
		parse(error_about(m, types[i], 0, 32 << 16, 128 + 12), &p);
		CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
		CU_ASSERT_EQUAL(q.len, has_length ? 128 : 140);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-ICE-4: a short quote padded to 128 octets is no longer than its own total length. */
static void
padding_is_not_part_of_the_quote(void)
{
	struct cgn_quote q;
	struct cgn_pkt p;

	parse(error_about(sample(CGN_PROTO_UDP), 11, 0, 32 << 16, 128 + 12), &p);
	CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
	CU_ASSERT_EQUAL(q.len, 50);
	rte_pktmbuf_free(p.m);
	CU_ASSERT_EQUAL(verdict_of(error_about(sample(CGN_PROTO_UDP), 11, 0, 6 << 16, 50)),
			CGN_V_ICMP_EMBEDDED);
	no_leak();
}

/* A-ICE-4: extensions arrive as they were sent, under a right checksum. */
static void
extensions_are_forwarded_untouched(void)
{
	struct rte_mbuf *m = error_about(sample(CGN_PROTO_UDP), 11, 0, 32 << 16, 128 + 12);
	uint8_t *ext = rte_pktmbuf_mtod_offset(m, uint8_t *, 42 + 128);
	static const uint8_t mpls[12] = { 0x20, 0, 0, 0, 0, 8, 1, 1, 1, 2, 3, 4 };
	struct cgn_quote q;
	struct cgn_pkt p;

	memcpy(ext, mpls, sizeof(mpls));
	pg_fix(m);
	parse(m, &p);
	CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
	cgn_rewrite_icmp_error(&p, &q, true, pg_addr(SUB), RTE_BE16(5000));
	CU_ASSERT_EQUAL(memcmp(ext, mpls, sizeof(mpls)), 0);
	CU_ASSERT_EQUAL(rte_pktmbuf_mtod(m, uint8_t *)[34 + 5], 32);
	CU_ASSERT_PTR_NULL(pktgen_verify(m));
	rte_pktmbuf_free(p.m);
	no_leak();
}

static enum cgn_verdict
embedded_verdict(uint8_t proto, uint8_t first, unsigned int frag_field)
{
	uint8_t l4[24] = { first };
	struct pg_ip4 h = { .src = EXT, .dst = REM, .proto = proto };
	struct rte_mbuf *m = pg_ip4(pool(), &h, l4, sizeof(l4));

	pg_ip(m)->fragment_offset = rte_cpu_to_be_16((uint16_t)frag_field);
	pg_fix(m);
	return verdict_of(error_about(m, 3, 1, 0, 44));
}

/* A-ICE-11: an error about an error is dropped; so are other transports and later fragments. */
static void
what_cannot_be_translated_inside_a_quote_is_dropped(void)
{
	static const uint8_t errors[] = { 3, 4, 5, 11, 12, 9, 10, 30 };

	for (unsigned int i = 0; i < RTE_DIM(errors); i++)
		CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_ICMP, errors[i], 0), CGN_V_ICMP_EMBEDDED);
	CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_ICMP, 8, 0), CGN_V_NONE);
	CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_ICMP, 0, 0), CGN_V_NONE);
	CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_GRE, 0, 0), CGN_V_ICMP_EMBEDDED);
	CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_UDP, 0, 0x2001), CGN_V_ICMP_EMBEDDED);
	CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_UDP, 0, 0x0001), CGN_V_ICMP_EMBEDDED);
	CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_UDP, 0, 0x2000), CGN_V_NONE);
	CU_ASSERT_EQUAL(embedded_verdict(IPPROTO_UDP, 0, 0x4000), CGN_V_NONE);
	no_leak();
}

static void
malformed_quoted_headers_are_dropped(void)
{
	static const uint8_t vhl[] = { 0x44, 0x40, 0x65, 0x4f, 0x4e, 0x05 };

	for (unsigned int i = 0; i < RTE_DIM(vhl); i++) {
		struct rte_mbuf *m = error_about(sample(CGN_PROTO_UDP), 3, 1, 0, 50);

		rte_pktmbuf_mtod(m, uint8_t *)[42] = vhl[i];
		pg_fix(m);
		CU_ASSERT_EQUAL(verdict_of(m), CGN_V_ICMP_EMBEDDED);
	}
	for (uint16_t total = 0; total < 30; total++) {
		struct rte_mbuf *m = sample(CGN_PROTO_UDP);

		pg_ip(m)->total_length = rte_cpu_to_be_16(total);
		pg_ip(m)->hdr_checksum = 0;
		pg_ip(m)->hdr_checksum = rte_ipv4_cksum(pg_ip(m));
		CU_ASSERT_EQUAL(verdict_of(error_about(m, 3, 1, 0, 50)),
				total < 28 ? CGN_V_ICMP_EMBEDDED : CGN_V_NONE);
	}
	no_leak();
}

static void
check_rewritten(struct cgn_pkt *p, const struct cgn_quote *q, bool is_src)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv4_hdr *, q->ip_off);

	CU_ASSERT_PTR_NULL(pktgen_verify(p->m));
	CU_ASSERT_EQUAL(ip->src_addr, pg_addr(is_src ? SUB : EXT));
	CU_ASSERT_EQUAL(ip->dst_addr, pg_addr(is_src ? REM : SUB));
	CU_ASSERT_EQUAL(q->src, ip->src_addr);
	CU_ASSERT_EQUAL(q->dst, ip->dst_addr);
	CU_ASSERT_EQUAL(is_src ? q->sport : q->dport, RTE_BE16(5000));
}

/* A-CK-6, A-ICE-9: all three checksums; type, code and MTU as they were. */
static void
quoted_endpoint_is_rewritten_with_all_checksums(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		enum cgn_proto proto = i % 3;
		bool is_src = i < 3;

		for (size_t n = 28; n <= 62; n++) {
			struct cgn_quote q;
			struct cgn_pkt p;
			const uint8_t *icmp;

			parse(error_about(sample(proto), 3, 4, 1400, n), &p);
			CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
			cgn_rewrite_icmp_error(&p, &q, is_src, pg_addr(SUB), RTE_BE16(5000));
			check_rewritten(&p, &q, is_src);
			icmp = pg_l4(p.m);
			CU_ASSERT_EQUAL(icmp[0], 3);
			CU_ASSERT_EQUAL(icmp[1], 4);
			CU_ASSERT_EQUAL(icmp[6] << 8 | icmp[7], 1400);
			rte_pktmbuf_free(p.m);
		}
	}
	no_leak();
}

/* A-CK-6: a quoted UDP checksum of 0 stays 0. */
static void
quoted_udp_checksum_zero_stays_zero(void)
{
	struct rte_mbuf *m = sample(CGN_PROTO_UDP);
	struct cgn_quote q;
	struct cgn_pkt p;

	((struct rte_udp_hdr *)pg_l4(m))->dgram_cksum = 0;
	parse(error_about(m, 3, 3, 0, 50), &p);
	CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
	cgn_rewrite_icmp_error(&p, &q, true, pg_addr(SUB), RTE_BE16(5000));
	CU_ASSERT_EQUAL(*rte_pktmbuf_mtod_offset(p.m, uint16_t *, q.l4_off + 6), 0);
	CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
	rte_pktmbuf_free(p.m);
	no_leak();
}

/* A-CK-6: every value that the quoted transport checksum and the outer one can have. */
static void
all_quoted_checksum_values_are_updated_right(void)
{
	struct rte_mbuf *m = error_about(sample(CGN_PROTO_UDP), 3, 3, 0, 50);
	unsigned int bad = 0;

	for (uint32_t v = 1; v <= 0xffff; v++) {
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, 42);
		struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
		struct cgn_quote q;
		struct cgn_pkt p;

		ip->src_addr = pg_addr(EXT);
		ip->packet_id = (uint16_t)(v * 7);
		udp->src_port = RTE_BE16(61000);
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		memcpy(udp + 1, &v, 2);
		udp->dgram_cksum = 0;
		udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
		pg_fix(m);
		parse(m, &p);
		bad += cgn_parse_quote(&p, &q) != CGN_V_NONE;
		cgn_rewrite_icmp_error(&p, &q, true, pg_addr(SUB), RTE_BE16(5000));
		bad += pktgen_verify(m) != NULL;
	}
	CU_ASSERT_EQUAL(bad, 0);
	rte_pktmbuf_free(m);
	no_leak();
}

/* A-ICE-10: both quoted endpoints, one after the other. */
static void
both_quoted_endpoints_can_be_rewritten(void)
{
	struct cgn_quote q;
	struct cgn_pkt p;

	parse(error_about(sample(CGN_PROTO_TCP), 11, 0, 0, 62), &p);
	CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
	cgn_rewrite_icmp_error(&p, &q, true, pg_addr(SUB), RTE_BE16(5000));
	cgn_rewrite_icmp_error(&p, &q, false, pg_addr(RTR), RTE_BE16(1));
	CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
	CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
	CU_ASSERT_EQUAL(q.src, pg_addr(SUB));
	CU_ASSERT_EQUAL(q.dst, pg_addr(RTR));
	CU_ASSERT_EQUAL(q.sport, RTE_BE16(5000));
	CU_ASSERT_EQUAL(q.dport, RTE_BE16(1));
	rte_pktmbuf_free(p.m);
	no_leak();
}

static void
error_in_two_segments_cut_at_any_octet_is_translated_alike(void)
{
	for (unsigned int at = 1; at < 14 + 20 + 8 + 500; at++) {
		struct rte_mbuf *m = pg_udp(pool(), EXT, 61000, REM, 53, 600);
		struct cgn_quote q;
		struct cgn_pkt p;

		m = pg_split(pool(), error_about(m, 3, 4, 1400, 500), at, at % 2 == 0);
		parse(m, &p);
		CU_ASSERT_EQUAL(cgn_parse_quote(&p, &q), CGN_V_NONE);
		CU_ASSERT_EQUAL(q.len, 500);
		cgn_rewrite_icmp_error(&p, &q, true, pg_addr(SUB), RTE_BE16(5000));
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* The checksum covers what lies in later segments, too. */
static void
error_longer_than_an_mbuf_is_verified_whole(void)
{
	struct rte_mbuf *m = pg_udp(pool(), EXT, 61000, REM, 53, 3000);

	m = error_about(m, 3, 4, 1400, 3028);
	CU_ASSERT_TRUE(m->nb_segs > 1);
	rte_pktmbuf_mtod(m->next, uint8_t *)[100] ^= 1;
	CU_ASSERT_EQUAL(verdict_of(m), CGN_V_ICMP_CHECKSUM);
	m = error_about(pg_udp(pool(), EXT, 61000, REM, 53, 3000), 3, 4, 1400, 3028);
	CU_ASSERT_EQUAL(verdict_of(m), CGN_V_NONE);
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(quoted_endpoints_are_found),
	CU_TEST_ROW(corrupt_errors_are_dropped),
	CU_TEST_ROW(quoted_options_are_walked),
	CU_TEST_ROW(eight_quoted_octets_of_transport_are_enough),
	CU_TEST_ROW(quoted_transport_checksum_is_not_verified),
	CU_TEST_ROW(rfc4884_length_ends_the_quote),
	CU_TEST_ROW(padding_is_not_part_of_the_quote),
	CU_TEST_ROW(extensions_are_forwarded_untouched),
	CU_TEST_ROW(what_cannot_be_translated_inside_a_quote_is_dropped),
	CU_TEST_ROW(malformed_quoted_headers_are_dropped),
	CU_TEST_ROW(quoted_endpoint_is_rewritten_with_all_checksums),
	CU_TEST_ROW(quoted_udp_checksum_zero_stays_zero),
	CU_TEST_ROW(all_quoted_checksum_values_are_updated_right),
	CU_TEST_ROW(both_quoted_endpoints_can_be_rewritten),
	CU_TEST_ROW(error_in_two_segments_cut_at_any_octet_is_translated_alike),
	CU_TEST_ROW(error_longer_than_an_mbuf_is_verified_whole),
};

CU_MAIN("quote", tests)
