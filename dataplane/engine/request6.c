/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Checks requests of PCP over IPv6, and punts them.
 */
#include "dataplane/engine/request6.h"

#include "dataplane/engine/punt.h"
#include "dataplane/engine/tunnel.h"
#include "shared/anycast.h"
#include "shared/wellknown.h"

#include <netinet/in.h>

static const struct rte_ipv6_hdr *
request_header(const struct cgn_pkt *p)
{
	return rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
}

bool
cgn_request6_is_for(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip = request_header(p);
	struct cgn_ip6 dst;

	if (ip->proto != IPPROTO_UDP || (p->flags & CGN_PF_BROADCAST) != 0)
		return false;
	memcpy(&dst, &ip->dst_addr, sizeof(dst));
	return memcmp(&dst, &e->conf->softwire.local, sizeof(dst)) == 0 ||
			cgn_anycast_is_ip6(e->conf, &dst);
}

static bool
is_request(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	rte_be16_t buf;
	const rte_be16_t *dport = rte_pktmbuf_read(
			p->m, p->l4_off + (uint32_t)sizeof(buf), sizeof(buf), &buf);

	return dport != NULL && *dport == RTE_BE16(CGN_NATPMP_PORT) && e->conf->pcp.enabled &&
			e->conf->natpmp.role == CGN_NATPMP_SERVER;
}

/* Whether a host may ask for others (pcp.third_party). */
static bool
is_listed(const struct cgn_conf_pcp *conf, const struct cgn_ip6 *src)
{
	for (size_t i = 0; i < conf->n_third_party; i++) {
		const struct cgn_prefix *p = &conf->third_party[i];
		const struct cgn_ip6 want = cgn_ip6_prefix(&p->ip6, p->len);
		const struct cgn_ip6 have = cgn_ip6_prefix(src, p->len);

		if (p->is_ip6 && memcmp(&want, &have, sizeof(want)) == 0)
			return true;
	}
	return false;
}

/* Whether another address of the home has its softwire. A softwire that a lease has made shows an old address until the
 * B4 sends. */
static bool
is_other_b4(const struct cgn_engine *e, const struct cgn_ip6 *src)
{
	const struct cgn_softwire *w = &e->tunnel->wires.at[cgn_tunnel_find(e, src)];

	return w->is_seen && memcmp(&w->b4, src, sizeof(*src)) != 0;
}

void
cgn_request6_take(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = CGN_V_NONE;
	const struct cgn_nexthop6 *back;
	struct cgn_ip6 src;
	bool is_home;

	memcpy(&src, &request_header(p)->src_addr, sizeof(src));
	is_home = cgn_subscribers_group6(e->nat.subs, &src) != NULL;
	back = cgn_route6_lookup(e->tunnel->routes, &src);
	if (!is_request(e, p))
		v = CGN_V_SOFTWIRE_NEXT;
	else if (!is_home && !is_listed(&e->conf->pcp, &src))
		v = CGN_V_SOFTWIRE_UNKNOWN;
	else if (back == NULL || back->port != p->port)
		v = CGN_V_SPOOFED;
	/* Only the worker of a home knows its softwire. */
	if (v == CGN_V_NONE && is_home && cgn_owner_of6(&e->owner, &src) != e->worker) {
		cgn_context_handover(e, cgn_owner_of6(&e->owner, &src), p, CGN_PKT_RX);
		return;
	}
	if (v == CGN_V_NONE && is_home && is_other_b4(e, &src))
		v = CGN_V_SPOOFED;
	if (v == CGN_V_NONE)
		cgn_punt(e, p, CGN_V_LOCAL);
	else
		cgn_context_drop(e, p, v);
}
