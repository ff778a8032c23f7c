/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Translation of ICMP errors by the mapping of the packet that they quote.
 */
#include "dataplane/nat/icmpnat.h"

#include "dataplane/nat/life.h"
#include "dataplane/pkt/icmp.h"
#include "dataplane/pkt/parse.h"

/* Smaller next-hop MTUs are rare enough to be rate limited per mapping (A-ICE-13). */
#define SMALL_MTU 576

static bool
is_translated(const struct cgn_pkt *p)
{
	const struct rte_icmp_hdr *icmp = cgn_pkt_l4(p);

	return icmp->icmp_type == CGN_ICMP_UNREACHABLE ||
			icmp->icmp_type == CGN_ICMP_TIME_EXCEEDED ||
			icmp->icmp_type == CGN_ICMP_PARAMETER;
}

static enum cgn_verdict
read_quote(const struct cgn_pkt *p, struct cgn_quote *q)
{
	return is_translated(p) ? cgn_parse_quote(p, q) : CGN_V_ICMP_TYPE;
}

enum cgn_verdict
cgn_icmpnat_out(struct cgn_nat *n, struct cgn_pkt *p, rte_be32_t router_src)
{
	struct cgn_quote q;
	enum cgn_verdict v = read_quote(p, &q);
	const struct cgn_mapping *m;

	if (v != CGN_V_NONE)
		return v;
	m = cgn_nat_find_in(n, p->realm, q.dst, q.dport, q.proto);
	if (m == NULL)
		return CGN_V_ICMP_NO_MAPPING;
	/* The host of the mapping sends from its external address. A router on the way has no mapping: its
	 * own address stays hidden (RFC 5508 REQ-5). */
	cgn_rewrite_addr(p, true, p->src == q.dst ? m->ext_addr : router_src);
	cgn_rewrite_icmp_error(p, &q, false, m->ext_addr, m->ext_port);
	cgn_rewrite_ttl(p);
	/* Without DF a router may fragment the packet. Hosts behind one external address could use the same
	 * identification. */
	if ((p->flags & CGN_PF_DF) == 0)
		cgn_rewrite_ip_id(p, cgn_nat_ident(n, p->src, p->dst, IPPROTO_ICMP));
	return CGN_V_NONE;
}

/* A forged "too big" with a tiny MTU would slow a subscriber down: allow one per second and mapping. */
static bool
is_icmp_limited(struct cgn_mapping *m, const struct cgn_pkt *p, cgn_tick now)
{
	const struct rte_icmp_hdr *icmp = cgn_pkt_l4(p);

	/* The MTU of a 3/4 is in the field of an echo's sequence number. */
	if (icmp->icmp_type != CGN_ICMP_UNREACHABLE ||
			icmp->icmp_code != CGN_ICMP_UNREACHABLE_TOO_BIG ||
			rte_be_to_cpu_16(icmp->icmp_seq_nb) >= SMALL_MTU)
		return false;
	if (m->icmp_at != 0 && (uint16_t)(now - m->icmp_at) < CGN_TICK_HZ)
		return true;
	/* 0 means that none has passed yet. */
	m->icmp_at = (uint16_t)now != 0 ? (uint16_t)now : 1;
	return false;
}

enum cgn_verdict
cgn_icmpnat_in(struct cgn_nat *n, struct cgn_pkt *p, cgn_tick now)
{
	struct cgn_quote q;
	enum cgn_verdict v = read_quote(p, &q);
	struct cgn_mapping *m;

	if (v != CGN_V_NONE)
		return v;
	/* An error goes to the sender of the packet that it quotes. Anything else is forged. */
	if (q.src != p->dst)
		return CGN_V_ICMP_NO_MAPPING;
	m = cgn_nat_find_ext(n, q.src, q.sport, q.proto);
	if (m == NULL)
		return CGN_V_ICMP_NO_MAPPING;
	/* Errors about packets to hosts that the filters let in belong to the mapping. A filter says nothing of the
	 * routers that send them. */
	if ((m->flags & CGN_MAPPING_FILTERED) != 0 && !cgn_life_admits(n, m, q.dst, q.dport))
		return CGN_V_FILTERED;
	if (is_icmp_limited(m, p, now))
		return CGN_V_ICMP_RATE;
	p->realm = m->realm;
	cgn_rewrite_addr(p, false, m->in_addr);
	cgn_rewrite_icmp_error(p, &q, true, m->in_addr, m->in_port);
	cgn_rewrite_ttl(p);
	return CGN_V_NONE;
}
