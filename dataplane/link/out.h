/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OUT_H
#define CGN_OUT_H

/**
 * @file
 * Output of a worker: MTU, next hop, Ethernet header, transmit buffers, and the counting of sent packets.
 *
 * A packet's verdict is counted when the device has taken it, so that the sum of verdicts is exact. Packets
 * that cgnd made itself carry CGN_V_NONE and are not counted.
 *
 * Threads: single owner.
 */

#include "dataplane/link/neigh.h"
#include "dataplane/link/route.h"
#include "dataplane/link/route6.h"
#include "dataplane/pkt/pkt.h"
#include "shared/bucket.h"
#include "shared/clock.h"
#include "shared/msg.h"
#include "shared/stats.h"

struct cgn_engine_cfg;

/** Frames that wait for the device of one port. */
struct cgn_out_buf {
	uint16_t n;
	uint8_t verdict[CGN_BURST];
	struct rte_mbuf *m[CGN_BURST];
};

/** The output of one worker. Part of its engine. */
struct cgn_out {
	const struct cgn_engine_ops *ops;
	void *ctx;
	struct rte_mempool *mp;
	struct cgn_stats *stats;
	unsigned int worker;
	unsigned int n_ports;
	uint64_t multi_seg; /* bit per port: the device takes multi-segment mbufs */
	cgn_tick now;       /* time of the burst */
	struct cgn_pkt_port ports[CGN_PORTS_MAX];
	struct cgn_neighs neighs;
	uint8_t routes_number; /* of the routes in use, from 1; each reload has the next one */
	uint32_t sweep_at; /* the entry that cgn_out_sweep() looks at next; 0: it has seen all */
	struct cgn_bucket ask_tokens; /* limit of resolve requests, except for gateways */
	uint32_t asks_per_s;
	uint32_t asks_burst;
	struct cgn_out_buf buf[CGN_PORTS_MAX];
};

/** Set up. @return 0, -ENOMEM */
int cgn_out_init(struct cgn_out *o, const struct cgn_engine_cfg *cfg, const struct cgn_conf *conf,
		struct cgn_stats *stats);

/** Release the output. Held packets are freed and not counted. */
void cgn_out_fini(struct cgn_out *o);

/** Hand all buffered frames to their devices. */
void cgn_out_flush(struct cgn_out *o);

/** Count a received packet's verdict and free it. */
void cgn_out_drop(struct cgn_out *o, struct rte_mbuf *m, enum cgn_verdict v);

/**
 * Free a packet that cannot be sent, and count it.
 *
 * @param was  the verdict that the packet would have got if it had been sent; CGN_V_NONE: cgnd made the
 *   packet, and CGN_C_OWN_TX_LOST is counted
 * @param v    the verdict to count for a received packet
 */
void cgn_out_lose(struct cgn_out *o, struct rte_mbuf *m, enum cgn_verdict was, enum cgn_verdict v);

/** Buffer a whole frame for a port. */
void cgn_out_frame(struct cgn_out *o, uint16_t port, struct rte_mbuf *m, enum cgn_verdict v);

/**
 * Send a packet whose data begins at its IPv4 header to a next hop. The packet must fit the link's MTU.
 * While the neighbour is not known, the packet is held.
 */
void cgn_out_ip(struct cgn_out *o, struct cgn_nexthop *nh, rte_be32_t dst, struct rte_mbuf *m,
		enum cgn_verdict v);

/** cgn_out_ip() for IPv6. */
void cgn_out_ip6(struct cgn_out *o, struct cgn_nexthop6 *nh, const struct cgn_ip6 *dst,
		struct rte_mbuf *m, enum cgn_verdict v);

/**
 * Send a packet whose data begins at its IP header to a neighbour. @param neigh  the neighbour's entry in
 * o->neighs
 */
void cgn_out_neigh(struct cgn_out *o, uint32_t neigh, struct rte_mbuf *m, enum cgn_verdict v);

/**
 * Whether a packet does not fit a link and must not be fragmented (RFC 791). A reassembled datagram with DF
 * may be sent in fragments that are not larger than the fragments it came in.
 */
static inline bool
cgn_out_is_too_big(const struct cgn_nexthop *nh, const struct cgn_pkt *p)
{
	if (p->total_len <= nh->mtu || (p->flags & CGN_PF_DF) == 0)
		return false;
	return (p->flags & CGN_PF_WAS_FRAG) == 0 || p->frag_size > nh->mtu;
}

/**
 * Whether a packet can be forwarded to a next hop.
 *
 * @return CGN_V_NONE: it can; CGN_V_NO_ROUTE: @p nh is NULL; CGN_V_TTL, CGN_V_MTU
 */
static inline enum cgn_verdict
cgn_out_judge(const struct cgn_nexthop *nh, const struct cgn_pkt *p)
{
	if (nh == NULL)
		return CGN_V_NO_ROUTE;
	if (cgn_pkt_ip4(p)->time_to_live <= 1)
		return CGN_V_TTL;
	return cgn_out_is_too_big(nh, p) ? CGN_V_MTU : CGN_V_NONE;
}

/** Slow path of cgn_out_pkt(). */
void
cgn_out_pkt_slow(struct cgn_out *o, struct cgn_nexthop *nh, struct cgn_pkt *p, enum cgn_verdict v);

/** Hand the buffered frames of one port to its device. */
void cgn_out_flush_port(struct cgn_out *o, uint16_t port);

/**
 * Buffer a frame for a port. The device can send the frame unchanged.
 *
 * @param b  the port's buffer in o->buf
 */
static inline void
cgn_out_queue(struct cgn_out *o, struct cgn_out_buf *b, struct rte_mbuf *m, enum cgn_verdict v)
{
	uint16_t k = b->n;

	b->m[k] = m;
	b->verdict[k] = (uint8_t)v;
	b->n = (uint16_t)(k + 1);
	if (k + 1 == CGN_BURST)
		cgn_out_flush_port(o, (uint16_t)(b - o->buf));
}

/**
 * Send a parsed packet, in fragments if it exceeds the link's MTU. The fast path is for whole packets in
 * one segment to a known gateway on an untagged link.
 */
static inline void
cgn_out_pkt(struct cgn_out *o, struct cgn_nexthop *nh, struct cgn_pkt *p, enum cgn_verdict v)
{
	const struct cgn_neigh *n = &o->neighs.at[nh->neigh]; /* entry 0 is never known */
	struct cgn_out_buf *b = &o->buf[nh->port];
	struct rte_mbuf *m = p->m;
	uint16_t off, len;

	if (unlikely(n->hdr_len != sizeof(struct rte_ether_hdr) || m->nb_segs != 1 ||
			    p->total_len > nh->mtu || (p->flags & CGN_PF_WAS_FRAG) != 0)) {
		cgn_out_pkt_slow(o, nh, p, v);
		return;
	}
	off = (uint16_t)(m->data_off + p->l3_off - sizeof(struct rte_ether_hdr));
	m->data_off = off;
	len = (uint16_t)(p->total_len + sizeof(struct rte_ether_hdr));
	m->data_len = len;
	m->pkt_len = len;
	m->ol_flags = 0;
	memcpy((char *)m->buf_addr + off, n->hdr, sizeof(struct rte_ether_hdr));
	cgn_out_queue(o, b, m, v);
}

/** Learn a neighbour and send the packets that were held for it. @return 0, -ENOSPC */
int cgn_out_neigh_set(struct cgn_out *o, const struct cgn_cmd_neigh *cmd);

/** Forget a neighbour and drop the packets that were held for it. */
void cgn_out_neigh_del(struct cgn_out *o, const struct cgn_cmd_neigh *cmd);

/**
 * Give up neighbours whose packets have waited too long. That happens only if the control thread never
 * reports the result.
 */
void cgn_out_expire(struct cgn_out *o);

/** The engine has other routes now. Gateways that they do not have become ordinary neighbours in cgn_out_sweep(). */
void cgn_out_new_routes(struct cgn_out *o);

/**
 * After a reload: remove what is kept for gateways of the routes of before.
 *
 * @param budget  most entries to look at
 * @return true: there are more
 */
bool cgn_out_sweep(struct cgn_out *o, unsigned int budget);

/** Shutdown: drop all packets that are held for neighbours (CGN_V_SHUTDOWN). */
void cgn_out_drop_held(struct cgn_out *o);

#endif /* CGN_OUT_H */
