/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_H
#define CGN_NAT_H

/**
 * @file
 * The NAT of one worker. It makes, finds, refreshes and ends mappings, and translates packets by them.
 *
 * Mapping is endpoint-independent (RFC 4787 REQ-1, RFC 5382 REQ-1), filtering is configurable, and address
 * pooling is paired (RFC 6888 REQ-2). The NAT gets only parsed packets. Routes, links and answers to
 * senders belong to the engine.
 *
 * Threads: single owner. Time is an argument.
 */

#include "dataplane/nat/nat_plan.h"
#include "dataplane/nat/nat_state.h"
#include "dataplane/pkt/rewrite.h"
#include "shared/msg.h"

/**
 * Set up the NAT of a worker, without static mappings.
 *
 * @param plan  must stay valid as long as the NAT, or until cgn_nat_set_plan()
 * @param seed  seed of all random choices
 * @param records  outlives the NAT; NULL: record nothing
 * @param n_subscribers  counts the subscribers of all workers; outlives the NAT; NULL: there is no other worker
 * @return 0, -ENOMEM, -EINVAL
 */
int cgn_nat_init(struct cgn_nat *n, const struct cgn_nat_plan *plan, unsigned int worker,
		const uint8_t seed[32], struct cgn_stats *stats, struct cgn_record_door *records,
		_Atomic(uint32_t) *n_subscribers, cgn_tick now);

/** Release everything. */
void cgn_nat_fini(struct cgn_nat *n);

/**
 * Use a new configuration from now on. It has the same pools and groups in the same order. The old one must still be
 * valid in this call.
 */
void cgn_nat_set_plan(struct cgn_nat *n, const struct cgn_nat_plan *plan);

/**
 * Record in another door from now on, or with other kinds of the same door.
 *
 * @param records  outlives the NAT, or until the next call; NULL: record nothing
 */
void cgn_nat_set_records(struct cgn_nat *n, struct cgn_record_door *records);

/**
 * Outbound: find or make the mapping of a TCP, UDP or ICMP query packet, and track its session. The packet
 * is not changed.
 *
 * @param p         has the key and the hash of its inside endpoint; p->ref is the first candidate of the
 *   index (0: none)
 * @param[out] map  the mapping
 * @return CGN_V_NONE or the verdict of the drop
 */
enum cgn_verdict cgn_nat_out_slow(
		struct cgn_nat *n, const struct cgn_pkt *p, cgn_tick now, struct cgn_mapping **map);

/**
 * Inbound: find the mapping of a packet and track its session, as cgn_nat_out_slow() does outbound.
 *
 * @param ref  content of the external slot; 0 or held: there is no mapping. A mapping with filters is always handled here
 */
enum cgn_verdict cgn_nat_in_slow(struct cgn_nat *n, const struct cgn_pkt *p, uint32_t ref,
		cgn_tick now, struct cgn_mapping **map);

/** Mapping by inside endpoint, NULL: none. */
struct cgn_mapping *
cgn_nat_find_in(struct cgn_nat *n, uint32_t realm, rte_be32_t addr, rte_be16_t port, uint8_t proto);

/** Mapping by external endpoint of an address that this worker owns, NULL: none. */
struct cgn_mapping *
cgn_nat_find_ext(struct cgn_nat *n, rte_be32_t addr, rte_be16_t port, uint8_t proto);

/**
 * End mappings, sessions and whatever else is over, and follow the configuration. All kinds of work share the budget. They
 * take turns in being the first one.
 *
 * @param[in,out] budget  mappings and other things that may end; a few more if the last one has connections
 * @return true if more is due
 */
bool cgn_nat_expire(struct cgn_nat *n, cgn_tick now, unsigned int *budget);

/** Seconds until a mapping ends if no more packets come; UINT32_MAX: never. */
uint32_t cgn_nat_left_s(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now);

/** Copy a mapping into a row for a table of the control thread. */
void cgn_nat_mapping_info(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now,
		struct cgn_mapping_info *out);

/** Set the gauges of the statistics. */
void cgn_nat_gauges(struct cgn_nat *n);

/**
 * Next IPv4 ID for a datagram that may be fragmented. Within 65536 datagrams of one source, destination and
 * protocol no ID is used twice (RFC 6864 section 4).
 */
static inline rte_be16_t
cgn_nat_ident(struct cgn_nat *n, rte_be32_t src, rte_be32_t dst, uint8_t proto)
{
	uint32_t h = (src ^ dst * UINT32_C(0x85ebca6b) ^ proto) * UINT32_C(0x9e3779b1);

	return rte_cpu_to_be_16(n->ident[h >> 19 & (CGN_NAT_IDENTS - 1)]++);
}

/** Whether a segment changes no TCP state of an established connection. */
static inline bool
cgn_nat_tcp_fast(const struct cgn_mapping *m, rte_be32_t rem_addr, rte_be16_t rem_port,
		uint8_t flags)
{
	return m->tcp_state == CGN_TCP_ESTABLISHED && m->rem_addr == rem_addr &&
			m->rem_port == rem_port &&
			(flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG | RTE_TCP_RST_FLAG)) == 0;
}

/** Outbound: the fast path for established flows. cgn_nat_out_slow() handles all other packets. */
static inline enum cgn_verdict
cgn_nat_out(struct cgn_nat *n, const struct cgn_pkt *p, cgn_tick now, struct cgn_mapping **map)
{
	struct cgn_mapping *m = &n->maps.at[p->ref];

	if (likely(m->key == p->key && m->realm == p->realm && !n->filters[p->proto] &&
			    (p->proto != CGN_PROTO_TCP ||
					    cgn_nat_tcp_fast(m, p->dst, p->dport, p->tcp_flags)))) {
		m->last_use = now;
		*map = m;
		return CGN_V_NONE;
	}
	return cgn_nat_out_slow(n, p, now, map);
}

/** Inbound: the fast path for established flows. cgn_nat_in_slow() handles all other packets. */
static inline enum cgn_verdict
cgn_nat_in(struct cgn_nat *n, const struct cgn_pkt *p, uint32_t ref, cgn_tick now,
		struct cgn_mapping **map)
{
	struct cgn_mapping *m;

	if (likely(ref - 1 < CGN_EXT_HELD - 1 && !n->filters[p->proto])) {
		m = &n->maps.at[ref];
		if (p->proto == CGN_PROTO_UDP && !n->conf->nat.inbound_refresh) {
			*map = m;
			return CGN_V_NONE;
		}
		if (p->proto == CGN_PROTO_TCP &&
				cgn_nat_tcp_fast(m, p->src, p->sport, p->tcp_flags)) {
			m->last_use = now;
			*map = m;
			return CGN_V_NONE;
		}
	}
	return cgn_nat_in_slow(n, p, ref, now, map);
}

/** Translate an outbound packet by its mapping. A datagram that may be fragmented gets a new IPv4 ID. */
static inline void
cgn_nat_apply_out(struct cgn_nat *n, struct cgn_pkt *p, const struct cgn_mapping *m)
{
	bool atomic = (p->flags & (CGN_PF_DF | CGN_PF_WAS_FRAG)) == CGN_PF_DF;
	rte_be16_t id = atomic ? 0 : cgn_nat_ident(n, m->ext_addr, p->dst, p->proto);

	cgn_rewrite(p, true, m->ext_addr, m->ext_port, m->l3_delta, m->l4_delta, !atomic, id);
}

/** Translate an inbound packet by its mapping. */
static inline void
cgn_nat_apply_in(struct cgn_pkt *p, const struct cgn_mapping *m)
{
	cgn_rewrite(p, false, m->in_addr, m->in_port, cgn_csum_delta_invert(m->l3_delta),
			cgn_csum_delta_invert(m->l4_delta), false, 0);
}

#endif /* CGN_NAT_H */
