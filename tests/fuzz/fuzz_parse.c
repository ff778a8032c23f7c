/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any octets as frames of one port: parsed, and all that the engine does with a packet after that.
 *
 * Input: records of a flag octet, two octets (place of the split, MTU), two octets length and a
 * frame; all of them meet one reassembly store. What is claimed of a packet is checked: offsets
 * inside, checksums as right or wrong as before, no mbuf lost.
 */

#include "dataplane/pkt/fragment.h"
#include "dataplane/pkt/icmp_make.h"
#include "dataplane/pkt/parse.h"
#include "dataplane/pkt/reassembly.h"
#include "dataplane/pkt/rewrite.h"
#include "dataplane/pkt/tcp_make.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <netinet/in.h>
#include <stdlib.h>

#define POOL        512
#define STORE       64
#define RECORDS_MAX 32
#define FRAME_MAX   2000

/* Flag octet. */
#define F_SPLIT    0x01
#define F_EXACT    0x02 /* a heap block of the frame's size, so that a sanitizer guards its end */
#define F_STRIPPED 0x04
#define F_IP_GOOD  0x08
#define F_L4_NONE  0x10
#define F_FIX_IP   0x20 /* make the IPv4 header checksum right */
#define F_FIX_ICMP 0x40 /* and that of an ICMP message and of the header it quotes */
#define F_OUTSIDE  0x80

static const struct cgn_pkt_port port = { .mac = { { 2, 0, 0, 0, 0, 0x01 } } };
static struct rte_mempool *mp;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
free_block(void *addr, void *ctx)
{
	free(addr);
	free(ctx);
}

/* An mbuf around a heap block that ends where the frame ends. */
static struct rte_mbuf *
exact(const uint8_t *frame, size_t len)
{
	struct rte_mbuf_ext_shared_info *info = malloc(sizeof(*info));
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);
	void *block = malloc(len == 0 ? 1 : len);

	must(m != NULL && info != NULL && block != NULL);
	memcpy(block, frame, len);
	info->free_cb = free_block;
	info->fcb_opaque = info;
	rte_mbuf_ext_refcnt_set(info, 1);
	rte_pktmbuf_attach_extbuf(m, block, (uintptr_t)block, (uint16_t)len, info);
	m->data_off = 0;
	m->data_len = (uint16_t)len;
	m->pkt_len = m->data_len;
	return m;
}

/* Checksums that chance would hardly find. */
static void
fix(uint8_t *frame, size_t len, uint8_t flags)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + PG_ETH);
	size_t hdr, total, at;

	if ((flags & F_FIX_IP) == 0 || len < PG_ETH + PG_IP)
		return;
	hdr = rte_ipv4_hdr_len(ip);
	if (hdr < PG_IP || PG_ETH + hdr > len)
		return;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = (rte_be16_t)~rte_raw_cksum(ip, hdr);
	total = RTE_MIN((size_t)rte_be_to_cpu_16(ip->total_length), len - PG_ETH);
	at = hdr + 8;
	if ((flags & F_FIX_ICMP) == 0 || ip->next_proto_id != IPPROTO_ICMP || total < at)
		return;
	if (total >= at + PG_IP) {
		struct rte_ipv4_hdr *in = (struct rte_ipv4_hdr *)((uint8_t *)ip + at);
		size_t in_hdr = RTE_MIN(rte_ipv4_hdr_len(in), total - at);

		in->hdr_checksum = 0;
		in->hdr_checksum = (rte_be16_t)~rte_raw_cksum(in, in_hdr);
	}
	memset((uint8_t *)ip + hdr + 2, 0, 2);
	at = (uint16_t)~rte_raw_cksum((uint8_t *)ip + hdr, total - hdr);
	memcpy((uint8_t *)ip + hdr + 2, &at, 2);
}

static struct rte_mbuf *
make(const uint8_t *rec, size_t len)
{
	static uint8_t frame[FRAME_MAX];
	struct rte_mbuf *m;

	memcpy(frame, rec + 5, len);
	fix(frame, len, rec[0]);
	m = (rec[0] & F_EXACT) != 0 ? exact(frame, len) : pg_bytes(mp, frame, len);
	if ((rec[0] & F_SPLIT) != 0)
		m = pg_split(mp, m, len == 0 ? 0 : rec[1] % len, rec[2] % 2 == 1);
	if ((rec[0] & F_STRIPPED) != 0)
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	if ((rec[0] & F_IP_GOOD) != 0)
		m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	if ((rec[0] & F_L4_NONE) != 0)
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
	return m;
}

/*
 * Whether the transport checksum is right; UDP without one is. So is an ICMP message all zeros: the
 * two zeros of one's complement arithmetic are the same to an incremental update.
 */
static bool
l4_right(const struct cgn_pkt *p)
{
	const struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);
	const struct rte_udp_hdr *udp = cgn_pkt_l4(p);
	uint32_t len = (uint32_t)p->l3_off + p->total_len - p->l4_off, sum;

	if (p->kind == CGN_PK_UDP) {
		if (udp->dgram_cksum == 0)
			return true;
		len = rte_be_to_cpu_16(udp->dgram_len);
	}
	sum = cgn_pkt_sum(p->m, p->l4_off, len);
	if (p->proto != CGN_PROTO_ICMP)
		sum += cgn_csum_sum32(ip->src_addr) + cgn_csum_sum32(ip->dst_addr) +
				rte_cpu_to_be_16(ip->next_proto_id) +
				rte_cpu_to_be_16((uint16_t)len);
	sum = cgn_csum_fold(sum);
	return sum == 0xffff || sum == 0;
}

static bool
ip_right(const struct cgn_pkt *p)
{
	return rte_raw_cksum(cgn_pkt_ip4(p), (size_t)p->l4_off - p->l3_off) == 0xffff;
}

static void
use_translated(struct cgn_pkt *p, uint32_t rnd)
{
	bool is_src = (rnd & 1) != 0, l4_was = l4_right(p), ip_was = ip_right(p);
	rte_be16_t to = (rte_be16_t)(rnd >> 8);
	cgn_csum_delta l3 = cgn_csum_delta32(is_src ? p->src : p->dst, rnd);
	cgn_csum_delta l4 = cgn_csum_delta16(is_src ? p->sport : p->dport, to);

	if (p->kind == CGN_PK_TCP) {
		struct cgn_tcp_rst r;

		if (cgn_tcp_make_answer(p, &r))
			rte_pktmbuf_free(cgn_tcp_make_rst(mp, &r));
	}
	if (p->proto != CGN_PROTO_ICMP)
		l4 = cgn_csum_delta_add(l3, l4);
	if (cgn_pkt_ip4(p)->time_to_live == 0)
		return;
	cgn_rewrite(p, is_src, rnd, to, l3, l4, (rnd & 2) != 0, (rte_be16_t)rnd);
	must(l4_right(p) == l4_was && ip_right(p) == ip_was);
	if (p->kind == CGN_PK_ICMP_QUERY && (p->flags & CGN_PF_REQUEST) != 0 &&
			*(const uint8_t *)cgn_pkt_l4(p) == 8) {
		cgn_icmp_make_echo_reply(p);
		must(l4_right(p) == l4_was && ip_right(p) == ip_was);
	}
}

static void
use_error(struct cgn_pkt *p, uint32_t rnd)
{
	rte_be16_t to = (rte_be16_t)(rnd >> 8);
	bool is_src = (rnd & 1) != 0;
	struct cgn_quote q, again;

	if (cgn_parse_quote(p, &q) != CGN_V_NONE)
		return;
	must(l4_right(p));
	cgn_rewrite_icmp_error(p, &q, is_src, rnd, to);
	must(l4_right(p));
	must(cgn_parse_quote(p, &again) == CGN_V_NONE);
	must(memcmp(&q, &again, sizeof(q)) == 0);
	cgn_rewrite_addr(p, !is_src, rnd);
}

/* What may be done with any IPv4 packet. */
static void
use_ip4(struct cgn_pkt *p, uint32_t rnd)
{
	struct cgn_icmp_error e = { .type = 3, .code = 4, .mtu = 1400, .src = rnd };
	struct rte_mbuf *out[64], *m = cgn_icmp_make_error(mp, p, &e);
	uint16_t mtu = (uint16_t)(68 + rnd % 1000);
	int n;

	must(m == NULL || (m->pkt_len <= 576 && m->pkt_len >= 28 + PG_IP));
	rte_pktmbuf_free(m);
	n = cgn_fragment(mp, p, mtu, out, RTE_DIM(out));
	for (int i = 0; i < n; i++) {
		must(out[i]->pkt_len <= mtu);
		rte_pktmbuf_free(out[i]);
	}
	if (p->kind == CGN_PK_ICMP_ERROR)
		use_error(p, rnd);
	else if (p->proto != CGN_PROTO_COUNT && p->kind != CGN_PK_ICMP_OTHER)
		use_translated(p, rnd);
}

static void
check_parsed(const struct cgn_pkt *p)
{
	static const unsigned int hdr[] = { [CGN_PK_TCP] = 20,
		[CGN_PK_UDP] = 8,
		[CGN_PK_ICMP_QUERY] = 8,
		[CGN_PK_ICMP_ERROR] = 8,
		[CGN_PK_ICMP_OTHER] = 8,
		[CGN_PK_FRAGMENT] = 0,
		[CGN_PK_OTHER_L4] = 0 };
	const char *why;

	must(rte_mbuf_check(p->m, 1, &why) == 0);
	must(p->kind == CGN_PK_ARP || p->m->pkt_len == (uint32_t)p->l3_off + p->total_len);
	if (p->kind < CGN_PK_IP6)
		must(p->m->data_len >= p->l4_off + hdr[p->kind]);
}

static void
use_fragment(struct cgn_reassembly *f, struct cgn_pkt *p, uint32_t rnd, cgn_tick now)
{
	struct cgn_reassembly_out out;

	if (cgn_reassembly_add(f, p, rnd & 1, now, 4, &out) != CGN_V_NONE) {
		rte_pktmbuf_free(p->m);
		return;
	}
	if (!out.whole)
		return;
	if (cgn_parse_ip4(p) == CGN_V_NONE) {
		check_parsed(p);
		must(p->kind != CGN_PK_FRAGMENT && p->frag_size > 0 && ip_right(p));
		use_ip4(p, rnd);
	}
	rte_pktmbuf_free(p->m);
}

/* The short cut and the whole parser say the same. */
static enum cgn_verdict
parse(struct cgn_pkt *p)
{
	struct cgn_pkt b = *p;
	enum cgn_verdict v, slow;

	b.m = rte_pktmbuf_copy(p->m, mp, 0, UINT32_MAX);
	must(b.m != NULL || p->m->pkt_len == 0);
	v = cgn_parse(p, &port);
	if (b.m == NULL)
		return v;
	slow = cgn_parse_slow(&b, &port);
	must(v == slow || v == CGN_V_NO_MBUF);
	if (v == CGN_V_NONE)
		must(p->kind == b.kind && p->sport == b.sport && p->total_len == b.total_len);
	rte_pktmbuf_free(b.m);
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cgn_reassembly *f;
	cgn_tick now = 0;

	if (mp == NULL) {
		mp = eal_pool(POOL);
		must(cgn_reassembly_create(&f, STORE, 1, SOCKET_ID_ANY) == 0);
	}
	for (unsigned int i = 0; i < RECORDS_MAX && size >= 5; i++, now++) {
		size_t len = RTE_MIN((size_t)(data[3] << 8 | data[4]), size - 5);
		uint32_t rnd = (uint32_t)data[1] << 8 | data[2];
		struct cgn_pkt p = { .side = (data[0] & F_OUTSIDE) != 0 };

		len = RTE_MIN(len, (size_t)FRAME_MAX);
		p.m = make(data, len);
		data += 5 + len;
		size -= 5 + len;
		if (parse(&p) != CGN_V_NONE) {
			rte_pktmbuf_free(p.m);
			continue;
		}
		check_parsed(&p);
		if (p.kind < CGN_PK_IP6)
			use_ip4(&p, rnd * 0x10001);
		if (p.kind == CGN_PK_FRAGMENT)
			use_fragment(f, &p, rnd, now);
		else
			rte_pktmbuf_free(p.m);
		cgn_reassembly_expire(f, now, 2, NULL, NULL);
		must(cgn_reassembly_held(f) <= STORE);
	}
	cgn_reassembly_flush(f);
	must(rte_mempool_avail_count(mp) == POOL);
	return 0;
}
