/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTEXT_H
#define CGN_CONTEXT_H

/**
 * @file
 * What every stage of the packet path works on: the engine with its tables, and what becomes of a packet
 * that does not go on in this stage. It is dropped, handed to another worker, or queued.
 *
 * This is the ground floor: it calls no stage. Who calls whom is in README.md.
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

/** Packets between the fetch of a mapping and its use. */
#define CGN_FETCH_AHEAD 16u

/** Packets made in one call for addresses of the pools: a lease that ends resets as many connections. */
#define CGN_OWN_MAX 256u

struct cgn_tunnel;

/** Packets on their way to another worker. Its lines are no other engine's. */
struct cgn_handover {
	alignas(RTE_CACHE_LINE_SIZE) unsigned int n;
	struct cgn_pktmsg msg[CGN_BURST];
};
static_assert(sizeof(struct cgn_handover) % RTE_CACHE_LINE_SIZE == 0, "an array shares no line");

/** Limits of the questions for sources that are no known neighbours. */
struct cgn_source_asks {
	struct cgn_bucket tokens[CGN_PORTS_MAX]; /* by port */
	struct cgn_shares *shares; /* by port: for the addresses that one station uses */
	uint32_t per_s;            /* of one port */
	uint32_t burst;
};

struct cgn_engine {
	const struct cgn_conf *conf;
	const struct cgn_steer *steer;
	unsigned int worker;
	unsigned int n_workers;
	cgn_tick now;
	cgn_tick polled_at; /* last housekeeping */
	bool has_more_due;  /* it stopped at its budget */
	struct cgn_routes routes[CGN_SIDE_COUNT];
	struct cgn_addresses addrs;
	bool has_ip6; /* some port has an IPv6 address */
	struct cgn_owner owner;
	struct cgn_bucket icmp_tokens[CGN_SIDE_COUNT]; /* answers to all of a side */
	struct cgn_shares icmp_shares[CGN_SIDE_COUNT]; /* to one subscriber or remote host */
	struct cgn_punt_limits punts;                  /* what goes to the control thread */
	struct cgn_source_asks asks;
	struct cgn_reassembly *frags;
	struct cgn_nat nat;
	struct cgn_out out;
	struct cgn_handover *handover; /* by worker */
	uint64_t n_handed;            /* packets handed over so far that cgn_dispatch() can judge */
	bool is_mixed[CGN_PORTS_MAX]; /* many of these were in the port's last burst */
	bool asks_owner; /* packets of the burst in hand may be others': nobody has dealt them */
	struct cgn_tunnel *tunnel; /* NULL: softwire.role is off */
	alignas(RTE_CACHE_LINE_SIZE) struct cgn_pkt pkts[CGN_BURST];
	struct cgn_stats stats;
	unsigned int n_own;
	struct cgn_pktmsg own[CGN_OWN_MAX]; /* made here for addresses of the pools */
};

/** Begin a call: the clock of everything in it. */
void cgn_context_set_now(struct cgn_engine *e, cgn_tick now);

/** Count a drop and free the packet; own packets (CGN_PF_OWN) are only freed. */
void cgn_context_drop(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v);

/** The verdict under which a packet leaves: none for own ones. */
static inline enum cgn_verdict
cgn_context_verdict(const struct cgn_pkt *p, enum cgn_verdict v)
{
	return (p->flags & CGN_PF_OWN) != 0 ? CGN_V_NONE : v;
}

/** Queue a packet to another worker. */
void cgn_context_handover(struct cgn_engine *e, unsigned int worker, struct cgn_pkt *p,
		enum cgn_pktmsg_op op);

/**
 * Give a packet whose data begins at its IPv4 header an Ethernet header with which it can be received by
 * a port again.
 *
 * @return false: there is no room for it, nothing changed
 */
bool cgn_context_frame(const struct cgn_engine *e, struct rte_mbuf *m, uint16_t port);

/**
 * Queue a packet made here (CGN_PF_OWN) whose destination is a pool address. It is forwarded at the end
 * of the call as the second half of a hairpin, here or by the worker of the address. If the queue is
 * full, the packet is lost (CGN_C_OWN_TX_LOST).
 *
 * Nothing answers such a packet, so what the end of a call forwards never adds to the queue.
 *
 * @param p  is in a frame as cgn_context_frame() makes it
 */
void
cgn_context_queue_own(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home);

/**
 * Fetch the mapping of a packet of the burst that has p->ref. A core follows some twenty fetches at a
 * time and forgets the others: whoever walks a burst fetches the first CGN_FETCH_AHEAD packets'
 * mappings before, and then stays that far ahead.
 */
static inline void
cgn_context_fetch(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	rte_prefetch0(&e->nat.maps.at[p->ref & ~CGN_EXT_HELD]);
}

/** The first fetches of a walk over @p n packets. */
static inline void
cgn_context_fetch_first(const struct cgn_engine *e, unsigned int n)
{
	for (unsigned int i = 0; i < RTE_MIN(n, CGN_FETCH_AHEAD); i++)
		cgn_context_fetch(e, &e->pkts[i]);
}

/** Fill a packet's message to another worker, field by field: a copy of the whole would wait for
 * its parts. */
static inline void
cgn_context_fill_msg(struct cgn_pktmsg *msg, struct rte_mbuf *m, uint16_t port)
{
	uintptr_t data_at = rte_pktmbuf_mtod(m, uintptr_t) -
			(uintptr_t)m; /* huge for a foreign buffer */

	msg->m = m;
	msg->op = CGN_PKT_RX;
	msg->port = (uint8_t)port;
	msg->verdict = CGN_V_HAIRPIN;
	msg->frag_size = 0;
	msg->data_at = data_at == (uint16_t)data_at ? (uint16_t)data_at : 0;
}

/** Queue what waits for another worker. */
void cgn_context_flush_handover(struct cgn_engine *e, unsigned int worker);

#endif /* CGN_CONTEXT_H */
