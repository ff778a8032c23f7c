/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Packets that are too long for their softwire, and the ICMPv6 errors that lower its path MTU.
 */
#include "dataplane/engine/softwire_mtu.h"

#include "dataplane/engine/tunnel.h"

#define IP6_LEN       sizeof(struct rte_ipv6_hdr)
#define ICMP6_TOO_BIG 2

uint16_t
cgn_softwire_mtu_exceeded(
		const struct cgn_engine *e, const struct cgn_softwire *w, const struct cgn_pkt *p)
{
	uint16_t len = (p->flags & CGN_PF_WAS_FRAG) != 0 ? p->frag_size : p->total_len;
	uint16_t mtu;

	if ((p->flags & CGN_PF_DF) == 0 || cgn_tunnel_next_hop(e->tunnel, w) == NULL ||
			e->conf->softwire.df == CGN_SOFTWIRE_DF_FRAGMENT)
		return 0;
	mtu = cgn_softwire_mtu(e, w);
	return len + IP6_LEN <= mtu ? 0 : (uint16_t)(mtu - IP6_LEN);
}

/* The softwire that an ICMPv6 error is about; 0: cgnd did not send the quoted packet. */
static uint32_t
quoted_softwire(const struct cgn_engine *e, const struct rte_ipv6_hdr *quote)
{
	const struct cgn_softwires *t = &e->tunnel->wires;
	struct cgn_ip6 b4;

	memcpy(&b4, &quote->dst_addr, sizeof(b4));
	if (memcmp(&quote->src_addr, &e->conf->softwire.local, sizeof(b4)) != 0 ||
			(quote->proto != CGN_IP6_IPV4 && quote->proto != CGN_IP6_FRAGMENT))
		return 0;
	return cgn_softwires_find(t, cgn_softwires_hash(t, &b4), &b4);
}

enum cgn_verdict
cgn_softwire_mtu_error(struct cgn_engine *e, struct cgn_pkt *p)
{
	uint32_t len = (uint32_t)p->l3_off + p->total_len - p->l4_off;
	const struct rte_ipv6_hdr *ip, *quote;
	const uint8_t *icmp;
	struct cgn_softwire *w;
	enum cgn_verdict v;
	uint32_t mtu, i;

	if (len < 8 + IP6_LEN)
		return CGN_V_ICMP_EMBEDDED;
	v = cgn_pkt_pullup(p->m, p->l4_off + 8u + (uint32_t)IP6_LEN);
	if (v != CGN_V_NONE)
		return v;
	ip = rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
	icmp = cgn_pkt_l4(p);
	quote = (const struct rte_ipv6_hdr *)(icmp + 8);
	if (cgn_csum_fold((uint32_t)cgn_pkt_sum(p->m, p->l4_off, len) +
			    rte_ipv6_phdr_cksum(ip, 0)) != 0xffff)
		return CGN_V_ICMP_CHECKSUM;
	i = quoted_softwire(e, quote);
	if (i == 0)
		return CGN_V_ICMP_EMBEDDED;
	if (icmp[0] != ICMP6_TOO_BIG)
		return CGN_V_SOFTWIRE_ERROR;
	memcpy(&mtu, icmp + 4, sizeof(mtu));
	/* Every IPv6 link has this MTU, so a smaller one must be forged. */
	mtu = RTE_MAX(rte_be_to_cpu_32(mtu), (uint32_t)CGN_IP6_MTU_MIN);
	w = &e->tunnel->wires.at[i];
	/* Errors only lower the MTU. It rises again after a time, which an error with the same MTU
	 * restarts. */
	if (cgn_tunnel_next_hop(e->tunnel, w) != NULL && mtu <= cgn_softwire_mtu(e, w)) {
		w->path_mtu = (uint16_t)mtu;
		w->mtu_at = e->now;
		cgn_counter_add(&e->stats.counter[CGN_C_SOFTWIRE_TOO_BIG], 1);
	}
	return CGN_V_SOFTWIRE_ERROR;
}
