/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pkt/fragment.h"
#include "dataplane/pkt/parse.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <errno.h>
#include <netinet/in.h>

#define POOL 256
#define SUB  "100.64.0.1"
#define REM  "198.51.100.7"

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

static void
parse(struct rte_mbuf *m, struct cgn_pkt *p)
{
	*p = (struct cgn_pkt){ .m = m };
	CU_ASSERT_EQUAL_FATAL(cgn_parse(p, &port), CGN_V_NONE);
}

static const struct rte_ipv4_hdr *
ip_of(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
}

/*
 * Check fragments of a packet of which payload octets from its byte base are expected, all but the
 * last with MF; frees them.
 */
static void
check_fragments(const struct cgn_pkt *p, struct rte_mbuf **out, int n, unsigned int mtu,
		bool last_more)
{
	uint8_t whole[8192], piece[2048];
	unsigned int at = 0, hdr_len = (unsigned int)p->l4_off - p->l3_off;
	unsigned int base = rte_be_to_cpu_16(cgn_pkt_ip4(p)->fragment_offset) & 0x1fff;

	CU_ASSERT_FATAL(n >= 1);
	pg_read(p->m, whole, sizeof(whole));
	for (int i = 0; i < n; i++) {
		const struct rte_ipv4_hdr *ip = ip_of(out[i]);
		unsigned int field = rte_be_to_cpu_16(ip->fragment_offset);
		unsigned int hdr = rte_ipv4_hdr_len(ip), len = out[i]->pkt_len - hdr;

		CU_ASSERT_PTR_NULL(pktgen_verify_ip4(out[i]));
		CU_ASSERT_TRUE(out[i]->pkt_len <= mtu);
		CU_ASSERT_EQUAL(out[i]->nb_segs, 1);
		CU_ASSERT_TRUE(rte_pktmbuf_headroom(out[i]) >= CGN_HEADROOM);
		CU_ASSERT_EQUAL((field & 0x1fff) * 8, base * 8 + at);
		CU_ASSERT_EQUAL((field & 0x2000) != 0, i < n - 1 || last_more);
		CU_ASSERT_EQUAL(ip->packet_id, cgn_pkt_ip4(p)->packet_id);
		CU_ASSERT_EQUAL(ip->src_addr, p->src);
		CU_ASSERT_EQUAL(ip->dst_addr, p->dst);
		CU_ASSERT_EQUAL(hdr, i == 0 ? hdr_len : hdr);
		pg_read(out[i], piece, sizeof(piece));
		CU_ASSERT_EQUAL(memcmp(piece + hdr, whole + p->l4_off + at, len), 0);
		at += len;
	}
	CU_ASSERT_EQUAL(at, p->total_len - hdr_len);
	rte_pktmbuf_free_bulk(out, (unsigned int)n);
}

/* A-MTU-2, A-CK-2: in order, offsets multiples of eight, every octet once, for all lengths. */
static void
fragments_are_in_order_and_hold_every_octet_once(void)
{
	struct rte_mbuf *out[64];

	for (size_t len = 1; len < 3000; len += 31) {
		struct cgn_pkt p;
		int n;

		parse(pg_udp(pool(), SUB, 5000, REM, 53, len), &p);
		n = cgn_fragment(pool(), &p, 576, out, RTE_DIM(out));
		/* The last one need not be a multiple of eight: 556 octets. */
		CU_ASSERT_EQUAL((size_t)n, len + 8 <= 556 ? 1 : 1 + (len + 8 - 556 + 551) / 552);
		check_fragments(&p, out, n, 576, false);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

static void
every_mtu_from_68_is_kept_to(void)
{
	struct rte_mbuf *out[64];

	for (uint16_t mtu = 68; mtu < 1600; mtu += 7) {
		struct cgn_pkt p;
		int n;

		parse(pg_udp(pool(), SUB, 5000, REM, 53, 1472), &p);
		n = cgn_fragment(pool(), &p, mtu, out, RTE_DIM(out));
		check_fragments(&p, out, n, mtu, false);
		CU_ASSERT_TRUE(mtu < 1500 || n == 1);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

static void
packet_in_two_segments_is_cut_alike(void)
{
	struct rte_mbuf *out[64];

	for (unsigned int at = 1; at < 1042; at += 3) {
		struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 1000);
		struct cgn_pkt p;

		parse(pg_split(pool(), m, at, false), &p);
		check_fragments(&p, out, cgn_fragment(pool(), &p, 600, out, 64), 600, false);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* A-MTU-3: DF is never cleared, even where a reassembled datagram is cut again. */
static void
dont_fragment_stays_as_it_was(void)
{
	struct rte_mbuf *out[8];

	for (unsigned int df = 0; df < 2; df++) {
		struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 1000);
		struct cgn_pkt p;
		int n;

		pg_ip(m)->fragment_offset = df == 1 ? RTE_BE16(0x4000) : 0;
		pg_fix(m);
		parse(m, &p);
		n = cgn_fragment(pool(), &p, 600, out, RTE_DIM(out));
		CU_ASSERT_EQUAL_FATAL(n, 2);
		for (int i = 0; i < n; i++)
			CU_ASSERT_EQUAL((ip_of(out[i])->fragment_offset & RTE_BE16(0x4000)) != 0,
					df == 1);
		check_fragments(&p, out, n, 600, false);
		rte_pktmbuf_free(p.m);
	}
	no_leak();
}

/* RFC 791: options with the copied flag go into every fragment, the others into the first. */
static void
only_copied_options_are_in_later_fragments(void)
{
	static const uint8_t opt[16] = { 68, 7, 5, 0, 1, 2, 3, 148, 4, 0, 9, 1, 134, 3, 7, 0 };
	static const uint8_t later[8] = { 148, 4, 0, 9, 134, 3, 7, 0 };
	static uint8_t udp[1000] = { 0, 53, 0, 54, 1000 >> 8, 1000 & 0xff };
	struct pg_ip4 h = {
		.src = SUB, .dst = REM, .proto = IPPROTO_UDP, .opt = opt, .opt_len = sizeof(opt)
	};
	struct rte_mbuf *out[8];
	struct cgn_pkt p;
	int n;

	parse(pg_ip4(pool(), &h, udp, sizeof(udp)), &p);
	n = cgn_fragment(pool(), &p, 400, out, RTE_DIM(out));
	CU_ASSERT_EQUAL_FATAL(n, 3);
	CU_ASSERT_EQUAL(rte_ipv4_hdr_len(ip_of(out[0])), 36);
	CU_ASSERT_EQUAL(memcmp(ip_of(out[0]) + 1, opt, sizeof(opt)), 0);
	for (int i = 1; i < n; i++) {
		CU_ASSERT_EQUAL(rte_ipv4_hdr_len(ip_of(out[i])), 28);
		CU_ASSERT_EQUAL(memcmp(ip_of(out[i]) + 1, later, sizeof(later)), 0);
	}
	check_fragments(&p, out, n, 400, false);
	rte_pktmbuf_free(p.m);
	no_leak();
}

/* RFC 791: a fragment can be cut again; only the datagram's last piece is without MF. */
static void
fragment_can_be_cut_further(void)
{
	struct rte_mbuf *m = pg_udp(pool(), SUB, 5000, REM, 53, 3000), *out[8];

	for (unsigned int last = 0; last < 2; last++) {
		struct cgn_pkt p;
		int n;

		parse(pg_slice(pool(), m, 800, 1200, last == 0), &p);
		n = cgn_fragment(pool(), &p, 576, out, RTE_DIM(out));
		CU_ASSERT_EQUAL(n, 3);
		check_fragments(&p, out, n, 576, last == 0);
		rte_pktmbuf_free(p.m);
	}
	rte_pktmbuf_free(m);
	no_leak();
}

/* A large MTU is no reason for a fragment that does not fit into an mbuf. */
static void
fragment_is_no_longer_than_an_mbuf(void)
{
	struct rte_mbuf *out[8];
	struct cgn_pkt p;

	parse(pg_udp(pool(), SUB, 5000, REM, 53, 5000), &p);
	check_fragments(&p, out, cgn_fragment(pool(), &p, 4000, out, RTE_DIM(out)), 2048, false);
	rte_pktmbuf_free(p.m);
	no_leak();
}

static void
nothing_is_kept_when_it_fails(void)
{
	struct rte_mbuf *out[32], *all[POOL];
	struct cgn_pkt p;

	parse(pg_udp(pool(), SUB, 5000, REM, 53, 1400), &p);
	CU_ASSERT_EQUAL(cgn_fragment(pool(), &p, 67, out, 32), -EINVAL);
	CU_ASSERT_EQUAL(cgn_fragment(pool(), &p, 576, out, 2), -ENOSPC);
	CU_ASSERT_EQUAL(cgn_fragment(pool(), &p, 576, out, 0), -ENOSPC);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool()), POOL - 1);
	for (unsigned int left = 0; left < 3; left++) {
		unsigned int take = POOL - 1 - left;

		CU_ASSERT_EQUAL_FATAL(rte_pktmbuf_alloc_bulk(pool(), all, take), 0);
		CU_ASSERT_EQUAL(cgn_fragment(pool(), &p, 576, out, 32), -ENOMEM);
		CU_ASSERT_EQUAL(rte_mempool_avail_count(pool()), left);
		rte_pktmbuf_free_bulk(all, take);
	}
	CU_ASSERT_PTR_NULL(pktgen_verify(p.m));
	rte_pktmbuf_free(p.m);
	no_leak();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(fragments_are_in_order_and_hold_every_octet_once),
	CU_TEST_ROW(every_mtu_from_68_is_kept_to),
	CU_TEST_ROW(packet_in_two_segments_is_cut_alike),
	CU_TEST_ROW(dont_fragment_stays_as_it_was),
	CU_TEST_ROW(only_copied_options_are_in_later_fragments),
	CU_TEST_ROW(fragment_can_be_cut_further),
	CU_TEST_ROW(fragment_is_no_longer_than_an_mbuf),
	CU_TEST_ROW(nothing_is_kept_when_it_fails),
};

CU_MAIN("fragment", tests)
