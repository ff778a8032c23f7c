/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pkt/parse.h"
#include "dataplane/pkt/rewrite.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#define POOL 64
#define SUB  "100.64.0.1"
#define REM  "198.51.100.7"
#define EXT  "192.0.2.200"

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

static struct rte_mbuf *
sample(enum cgn_proto proto)
{
	if (proto == CGN_PROTO_UDP)
		return pg_udp(pool(), SUB, 5000, REM, 53, 30);
	if (proto == CGN_PROTO_TCP)
		return pg_tcp(pool(), SUB, 5000, REM, 53, RTE_TCP_ACK_FLAG, 30);
	return pg_icmp_query(pool(), SUB, REM, 8, 5000, 30);
}

static void
parse(struct rte_mbuf *m, struct cgn_pkt *p)
{
	*p = (struct cgn_pkt){ .m = m };
	CU_ASSERT_EQUAL_FATAL(cgn_parse(p, &port), CGN_V_NONE);
}

/* As the engine does it, with the deltas that a mapping keeps. */
static void
translate(struct cgn_pkt *p, bool is_src, const char *addr, uint16_t new_port, int id)
{
	rte_be32_t to = pg_addr(addr);
	rte_be16_t be_port = rte_cpu_to_be_16(new_port);
	cgn_csum_delta l3 = cgn_csum_delta32(is_src ? p->src : p->dst, to);
	cgn_csum_delta l4 = cgn_csum_delta16(is_src ? p->sport : p->dport, be_port);

	if (p->proto != CGN_PROTO_ICMP)
		l4 = cgn_csum_delta_add(l3, l4);
	cgn_rewrite(p, is_src, to, be_port, l3, l4, id >= 0, rte_cpu_to_be_16((uint16_t)id));
}

/* A-CK-1, A-ICQ-1: every checksum is right after every sort of change; the rest is untouched. */
static void
endpoint_ttl_and_id_change_with_right_checksums(void)
{
	for (unsigned int i = 0; i < 12; i++) {
		enum cgn_proto proto = i % 3;
		bool is_src = (i / 3) % 2 == 0, new_id = i / 6 == 0;
		struct cgn_pkt p;
		struct rte_ipv4_hdr *ip;
		const uint16_t *ports;

		parse(sample(proto), &p);
		translate(&p, is_src, EXT, 61000, new_id ? 0xbeef : -1);
		ip = pg_ip(p.m);
		ports = pg_l4(p.m);
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		CU_ASSERT_EQUAL(ip->src_addr, pg_addr(is_src ? EXT : SUB));
		CU_ASSERT_EQUAL(ip->dst_addr, pg_addr(is_src ? REM : EXT));
		CU_ASSERT_EQUAL(p.src, ip->src_addr);
		CU_ASSERT_EQUAL(p.dst, ip->dst_addr);
		CU_ASSERT_EQUAL(ip->time_to_live, 63);
		CU_ASSERT_EQUAL(ip->packet_id, new_id ? RTE_BE16(0xbeef) : RTE_BE16(0x1234));
		if (proto == CGN_PROTO_ICMP) {
			CU_ASSERT_EQUAL(ports[2], RTE_BE16(61000));
			CU_ASSERT_EQUAL(p.sport, RTE_BE16(61000));
			CU_ASSERT_EQUAL(p.dport, RTE_BE16(61000));
		} else {
			CU_ASSERT_EQUAL(ports[0], is_src ? RTE_BE16(61000) : RTE_BE16(5000));
			CU_ASSERT_EQUAL(ports[1], is_src ? RTE_BE16(53) : RTE_BE16(61000));
			CU_ASSERT_EQUAL(p.sport, ports[0]);
			CU_ASSERT_EQUAL(p.dport, ports[1]);
		}
		CU_ASSERT_TRUE(pg_is_pattern(p.m, p.m->pkt_len - 30, 30, 0));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-CK-1: all 65536 values that the transport checksum can have before. */
static void
all_checksum_values_are_updated_right(void)
{
	for (enum cgn_proto proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		struct rte_mbuf *m = sample(proto);
		unsigned int bad = 0;

		for (uint32_t v = 0; v <= 0xffff; v++) {
			uint16_t word = (uint16_t)v;
			struct cgn_pkt p;

			pg_ip(m)->src_addr = pg_addr(SUB);
			pg_ip(m)->time_to_live = 2;
			pg_ip(m)->packet_id = word;
			memcpy(rte_pktmbuf_mtod_offset(m, void *, m->data_len - 2), &word, 2);
			pg_fix(m);
			parse(m, &p);
			translate(&p, true, EXT, 61000, -1);
			bad += pktgen_verify(m) != NULL;
		}
		CU_ASSERT_EQUAL(bad, 0);
		rte_pktmbuf_free(m);
	}
	no_leak();
}

static rte_be16_t *
l4_csum(struct cgn_pkt *p)
{
	static const size_t at[] = { 6, 16, 2 };

	return rte_pktmbuf_mtod_offset(p->m, void *, p->l4_off + at[p->proto]);
}

/* A-CK-1: nothing is repaired. */
static void
wrong_transport_checksum_stays_wrong_by_the_same_error(void)
{
	for (enum cgn_proto proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		struct cgn_pkt right, wrong;
		struct rte_mbuf *m = sample(proto);
		uint16_t a, b;

		parse(sample(proto), &right);
		parse(m, &wrong);
		*l4_csum(&wrong) = cgn_csum_apply(*l4_csum(&wrong), 0x1234);
		translate(&right, true, EXT, 61000, 7);
		translate(&wrong, true, EXT, 61000, 7);
		CU_ASSERT_PTR_NOT_NULL(pktgen_verify(wrong.m));
		a = cgn_csum_apply(*l4_csum(&right), 0x1234);
		b = *l4_csum(&wrong);
		CU_ASSERT_EQUAL(a, b);
		rte_pktmbuf_free(right.m);
		rte_pktmbuf_free(wrong.m);
	}
	no_leak();
}

/* A-CK-2 */
static void
udp_checksum_zero_stays_zero_both_ways(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct cgn_pkt p;

		parse(sample(CGN_PROTO_UDP), &p);
		*l4_csum(&p) = 0;
		translate(&p, i == 0, EXT, 61000, -1);
		CU_ASSERT_EQUAL(*l4_csum(&p), 0);
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-CK-3: a payload is searched whose sum becomes 0 by the translation. */
static void
udp_checksum_that_becomes_zero_is_sent_as_ffff(void)
{
	struct rte_mbuf *m = sample(CGN_PROTO_UDP);
	unsigned int seen = 0;

	for (uint32_t v = 0; v <= 0xffff; v++) {
		uint16_t word = (uint16_t)v;
		struct cgn_pkt p;

		pg_ip(m)->src_addr = pg_addr(SUB);
		pg_ip(m)->time_to_live = 2;
		((struct rte_udp_hdr *)pg_l4(m))->src_port = RTE_BE16(5000);
		memcpy(rte_pktmbuf_mtod_offset(m, void *, m->data_len - 2), &word, 2);
		pg_fix(m);
		parse(m, &p);
		translate(&p, true, EXT, 61000, -1);
		CU_ASSERT_NOT_EQUAL(*l4_csum(&p), 0);
		if (*l4_csum(&p) == 0xffff) {
			CU_ASSERT_PTR_NULL(pktgen_verify(m));
			seen++;
		}
	}
	CU_ASSERT_EQUAL(seen, 1);
	rte_pktmbuf_free(m);
	no_leak();
}

/* A-CK-1: a TCP or ICMP checksum of 0 is a checksum. */
static void
checksum_zero_of_tcp_and_icmp_is_updated(void)
{
	for (enum cgn_proto proto = CGN_PROTO_TCP; proto < CGN_PROTO_COUNT; proto++) {
		struct cgn_pkt p;
		uint16_t word = 0;

		parse(sample(proto), &p);
		memcpy(rte_pktmbuf_mtod_offset(p.m, void *, p.m->data_len - 2), &word, 2);
		pg_fix(p.m);
		word = *l4_csum(&p);
		memcpy(rte_pktmbuf_mtod_offset(p.m, void *, p.m->data_len - 2), &word, 2);
		pg_fix(p.m);
		CU_ASSERT_EQUAL_FATAL(*l4_csum(&p), 0);
		translate(&p, true, EXT, 61000, -1);
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-HDR-1: the checksum follows the TTL for each value. */
static void
ttl_falls_by_one_with_a_right_checksum(void)
{
	for (unsigned int ttl = 1; ttl < 256; ttl++) {
		struct cgn_pkt p;

		parse(sample(CGN_PROTO_UDP), &p);
		pg_ip(p.m)->time_to_live = (uint8_t)ttl;
		pg_fix(p.m);
		cgn_rewrite_ttl(&p);
		CU_ASSERT_EQUAL(pg_ip(p.m)->time_to_live, ttl - 1);
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-FRG-5: another ID, nothing else; DF stays as it is (A-MTU-3). */
static void
ip_id_alone_can_be_replaced(void)
{
	for (uint32_t id = 0; id <= 0xffff; id += 255) {
		struct cgn_pkt p;

		parse(sample(CGN_PROTO_TCP), &p);
		pg_ip(p.m)->fragment_offset = RTE_BE16(0x4000);
		pg_fix(p.m);
		cgn_rewrite_ip_id(&p, (rte_be16_t)id);
		CU_ASSERT_EQUAL(pg_ip(p.m)->packet_id, id);
		CU_ASSERT_EQUAL(pg_ip(p.m)->fragment_offset, RTE_BE16(0x4000));
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

static void
outer_address_alone_can_be_replaced(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct cgn_pkt p;

		parse(sample(CGN_PROTO_ICMP), &p);
		cgn_rewrite_addr(&p, i == 0, pg_addr(EXT));
		CU_ASSERT_EQUAL(pg_ip(p.m)->src_addr, pg_addr(i == 0 ? EXT : SUB));
		CU_ASSERT_EQUAL(pg_ip(p.m)->dst_addr, pg_addr(i == 0 ? REM : EXT));
		CU_ASSERT_EQUAL(p.src, pg_ip(p.m)->src_addr);
		CU_ASSERT_EQUAL(p.dst, pg_ip(p.m)->dst_addr);
		CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* RFC 1624: there and back is where it was. */
static void
inverse_deltas_restore_the_packet(void)
{
	for (enum cgn_proto proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		rte_be32_t to = pg_addr(EXT);
		cgn_csum_delta l3 = cgn_csum_delta32(pg_addr(SUB), to);
		cgn_csum_delta l4 = cgn_csum_delta16(RTE_BE16(5000), RTE_BE16(61000));
		uint8_t before[128], after[128];
		struct cgn_pkt p;
		size_t n;

		parse(sample(proto), &p);
		n = pg_read(p.m, before, sizeof(before));
		if (proto != CGN_PROTO_ICMP)
			l4 = cgn_csum_delta_add(l4, l3);
		cgn_rewrite(&p, true, to, RTE_BE16(61000), l3, l4, false, 0);
		cgn_rewrite(&p, true, pg_addr(SUB), RTE_BE16(5000), cgn_csum_delta_invert(l3),
				cgn_csum_delta_invert(l4), false, 0);
		pg_ip(p.m)->time_to_live = 64;
		CU_ASSERT_PTR_NOT_NULL(pktgen_verify(p.m));
		pg_ip(p.m)->hdr_checksum = 0;
		pg_ip(p.m)->hdr_checksum = rte_ipv4_cksum(pg_ip(p.m));
		pg_read(p.m, after, sizeof(after));
		CU_ASSERT_EQUAL(memcmp(before, after, n), 0);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(endpoint_ttl_and_id_change_with_right_checksums),
	CU_TEST_ROW(all_checksum_values_are_updated_right),
	CU_TEST_ROW(wrong_transport_checksum_stays_wrong_by_the_same_error),
	CU_TEST_ROW(udp_checksum_zero_stays_zero_both_ways),
	CU_TEST_ROW(udp_checksum_that_becomes_zero_is_sent_as_ffff),
	CU_TEST_ROW(checksum_zero_of_tcp_and_icmp_is_updated),
	CU_TEST_ROW(ttl_falls_by_one_with_a_right_checksum),
	CU_TEST_ROW(ip_id_alone_can_be_replaced),
	CU_TEST_ROW(outer_address_alone_can_be_replaced),
	CU_TEST_ROW(inverse_deltas_restore_the_packet),
};

CU_MAIN("rewrite", tests)
