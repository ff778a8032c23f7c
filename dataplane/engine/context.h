/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTEXT_H
#define CGN_CONTEXT_H

/**
 * @file
 * The engine of one worker with all its tables. Also the functions by which any stage gives a packet away:
 * drop it, hand it over to another worker, or queue it.
 *
 * All stages use this file. It calls no stage. README.md shows which stage calls which.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/engine/address.h"
#include "dataplane/engine/engine_cfg.h"
#include "dataplane/engine/owner.h"
#include "dataplane/engine/punt_limit.h"
#include "dataplane/link/out.h"
#include "dataplane/link/route.h"
#include "dataplane/nat/nat.h"
#include "dataplane/pkt/reassembly.h"
#include "shared/bucket.h"

/** A mapping is prefetched this many packets before it is used. */
#define CGN_FETCH_AHEAD 16u

/** A received frame is prefetched this many packets before it is parsed. */
#define CGN_FRAMES_AHEAD 24u

/**
 * Most packets to pool addresses that cgnd makes in one call. A lease that ends resets up to as many
 * connections.
 */
#define CGN_OWN_MAX 256u

struct cgn_reassembly6;
struct cgn_tunnel;

/**
 * Packets that wait for the ring to one other worker. The struct starts at a cache line, so that two
 * engines never share a line.
 */
struct cgn_handover {
	alignas(RTE_CACHE_LINE_SIZE) unsigned int n;
	struct cgn_pktmsg msg[CGN_BURST];
};
static_assert(sizeof(struct cgn_handover) % RTE_CACHE_LINE_SIZE == 0, "an array shares no line");

/** Limits of the requests to resolve a source that is not a known neighbour (source.c). */
struct cgn_source_asks {
	struct cgn_bucket tokens[CGN_PORTS_MAX]; /* by port */
	struct cgn_shares *shares;               /* by port: the share of one station */
	uint32_t per_s;                          /* requests per second of one port */
	uint32_t burst;
};

/**
 * Everything that one worker needs for its packets. The worker owns it. Any thread may read `stats`. No
 * other thread reads or writes anything else of it.
 */
struct cgn_engine {
	const struct cgn_conf *conf; /* of the snapshot */
	const struct cgn_steer *steer;
	unsigned int worker;
	unsigned int n_workers;
	cgn_tick now;
	cgn_tick polled_at; /* time of the last housekeeping */
	bool has_more_due;  /* housekeeping stopped at its budget */
	bool is_nat_last;   /* it came after the packets that wait in the last housekeeping */
	bool is_paused;     /* CGN_CMD_PAUSE: packets are dropped, and nothing ends */
	/* Copies of what the snapshot has: routes, routes6, addrs, owner. A packet needs no access to the snapshot. */
	struct cgn_routes routes[CGN_SIDE_COUNT];
	struct cgn_addresses addrs;
	bool has_ip6; /* some port has an IPv6 address */
	struct cgn_owner owner;
	struct cgn_bucket icmp_tokens[CGN_SIDE_COUNT]; /* ICMP answers to all receivers of a side */
	struct cgn_shares icmp_shares
			[CGN_SIDE_COUNT]; /* ICMP answers to one subscriber or remote host */
	struct cgn_punt_limits punts;     /* limits of what goes to the control thread */
	struct cgn_source_asks asks;
	struct cgn_reassembly *frags;
	struct cgn_nat nat;
	struct cgn_record_door *records; /* NULL: nothing is recorded */
	struct cgn_out out;
	struct cgn_handover *handover; /* by worker */
	uint64_t n_handed; /* packets handed over so far for which cgn_dispatch() can find the owner */
	bool is_mixed[CGN_PORTS_MAX]; /* by port: the last burst had many packets that other workers own */
	uint16_t frame_at[CGN_PORTS_MAX]; /* by port: cgn_context_frame_at() of the last burst */
	bool must_check_owner; /* the current burst was not dispatched: other workers may own packets */
	struct cgn_tunnel *tunnel; /* NULL: softwire.role is off */
	struct cgn_routes6 routes6[CGN_SIDE_COUNT];
	struct cgn_reassembly6 *frags6; /* to local addresses; NULL: no host plane */
	uint32_t frags6_seed;           /* for the shares of their senders */
	struct rte_mbuf *const *
			coming; /* the next frame whose headers are prefetched (cgn_engine_coming()) */
	struct rte_mbuf *const *coming_end;
	alignas(RTE_CACHE_LINE_SIZE) struct cgn_pkt pkts[CGN_BURST];
	struct cgn_stats stats;
	unsigned int n_own;
	struct cgn_pktmsg own[CGN_OWN_MAX]; /* packets of cgnd to pool addresses */
};

/** Set the time for everything that this call of the engine does. */
void cgn_context_set_now(struct cgn_engine *e, cgn_tick now);

/**
 * Count a drop and free the packet. A packet that cgnd made itself (CGN_PF_OWN) is freed and not counted.
 */
void cgn_context_drop(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v);

/** The verdict to count when a packet is sent: CGN_V_NONE for a packet that cgnd made itself. */
static inline enum cgn_verdict
cgn_context_verdict(const struct cgn_pkt *p, enum cgn_verdict v)
{
	return (p->flags & CGN_PF_OWN) != 0 ? CGN_V_NONE : v;
}

/** Queue a packet that is handed over to another worker. */
void cgn_context_handover(struct cgn_engine *e, unsigned int worker, struct cgn_pkt *p,
		enum cgn_pktmsg_op op);

/**
 * Put an Ethernet header in front of a packet whose data begins at its IPv4 header, so that it can be
 * parsed like a packet received by a port.
 *
 * @return false: there is no room for the header, and nothing changed
 */
bool cgn_context_frame(const struct cgn_engine *e, struct rte_mbuf *m, uint16_t port);

/**
 * Queue a packet to a pool address that cgnd made itself (CGN_PF_OWN). At the end of the engine's call, the
 * packet is forwarded as the second half of a hairpin. The worker that owns the address forwards it. If the
 * queue is full, the packet is lost (CGN_C_OWN_TX_LOST).
 *
 * cgnd never answers such a packet, so forwarding the queue never adds a packet to it.
 *
 * @param p          framed by cgn_context_frame()
 * @param pool_addr  the destination
 */
void cgn_context_queue_own(
		struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr);

/**
 * Prefetch the mapping of a packet whose p->ref is set. If p->ref is that of a port in hold-down, the wrong one is
 * prefetched. The loop that finds the references calls this for each of them. A core has about twenty prefetches in
 * progress, and some cores ignore further ones. So the loop that uses the mappings calls it again, CGN_FETCH_AHEAD
 * packets ahead.
 */
static inline void
cgn_context_fetch(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	rte_prefetch0(&e->nat.maps.at[p->ref & ~CGN_EXT_FILTERED]);
}

/** Octets from the start of an mbuf to its data; 0: the data is in another buffer. */
static inline uint16_t
cgn_context_frame_at(const struct rte_mbuf *m)
{
	uintptr_t at = rte_pktmbuf_mtod(m, uintptr_t) - (uintptr_t)m; /* huge for another buffer */

	return at == (uint16_t)at ? (uint16_t)at : 0;
}

/**
 * Prefetch the metadata and the headers of a frame. The metadata may be in no cache either. So the place of the
 * headers is not read from there: the driver puts all frames of a port at the same place.
 *
 * @param at  cgn_context_frame_at() of an earlier frame
 */
static inline void
cgn_context_fetch_frame(const struct rte_mbuf *m, uint16_t at)
{
	rte_prefetch0(m);
	rte_prefetch0((const char *)m + at);
}

/** Prefetch the headers of a frame of the next burst, if there is one. */
static inline void
cgn_context_fetch_coming(struct cgn_engine *e)
{
	if (e->coming < e->coming_end)
		rte_prefetch0(rte_pktmbuf_mtod(*e->coming, const void *));
	e->coming += e->coming < e->coming_end;
}

/**
 * Prefetch the first frames of a burst, before a loop that prefetches one more frame with each packet.
 *
 * @return octets from the start of an mbuf to its data
 */
static inline uint16_t
cgn_context_fetch_frames(
		struct cgn_engine *e, uint16_t port, struct rte_mbuf *const *m, unsigned int n)
{
	uint16_t at = e->frame_at[port];

	for (unsigned int i = 0; i < RTE_MIN(n, CGN_FRAMES_AHEAD); i++)
		cgn_context_fetch_frame(m[i], at);
	if (n > 0)
		e->frame_at[port] = cgn_context_frame_at(m[0]);
	return at;
}

/**
 * Fill the message that carries a packet to another worker. The fields are written one by one. A copy of a
 * whole struct would have to wait until its fields are stored.
 */
static inline void
cgn_context_fill_msg(struct cgn_pktmsg *msg, struct rte_mbuf *m, uint16_t port)
{
	msg->m = m;
	msg->op = CGN_PKT_RX;
	msg->port = (uint8_t)port;
	msg->verdict = CGN_V_HAIRPIN;
	msg->frag_size = 0;
	msg->data_at = cgn_context_frame_at(m);
}

/**
 * Put the packets that wait for a worker into its ring. Packets for which the ring has no room are dropped.
 */
void cgn_context_flush_handover(struct cgn_engine *e, unsigned int worker);

#endif /* CGN_CONTEXT_H */
