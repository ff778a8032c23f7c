/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENGINE_PRIV_H
#define CGN_ENGINE_PRIV_H

/**
 * @file
 * The engine's parts, for the files that walk packets through it: engine.c, inside.c, outside.c,
 * reply.c, local.c, engine_cmd.c, tunnel.c, encap.c, b4.c.
 */

#include "dataplane/address.h"
#include "dataplane/engine_cfg.h"
#include "dataplane/nat/frag.h"
#include "dataplane/nat/nat.h"
#include "dataplane/out.h"
#include "dataplane/owner.h"
#include "dataplane/punt.h"
#include "dataplane/route.h"
#include "shared/bucket.h"

/** Packets between the fetch of a mapping and its use. */
#define CGN_FETCH_AHEAD 16u

/** Packets made in one call for addresses of the pools: a lease that ends resets as many connections. */
#define CGN_TURNS_MAX 256u

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
	struct cgn_punts punts;                        /* what goes to the control thread */
	struct cgn_source_asks asks;
	struct cgn_frag *frags;
	struct cgn_nat nat;
	struct cgn_out out;
	struct cgn_handover *handover; /* by worker */
	uint64_t n_handed;             /* packets handed over so far that cgn_deal() can judge */
	bool is_mixed[CGN_PORTS_MAX];  /* many of these were in the port's last burst */
	bool asks_owner; /* packets of the burst in hand may be others': nobody has dealt them */
	struct cgn_tunnel *tunnel; /* NULL: softwire.role is off */
	alignas(RTE_CACHE_LINE_SIZE) struct cgn_pkt pkts[CGN_BURST];
	struct cgn_stats stats;
	unsigned int n_turns;
	struct cgn_pktmsg turns[CGN_TURNS_MAX]; /* made here for addresses of the pools */
};

/* engine.c */

/** Begin a call: the clock of everything in it. */
void cgn_engine_set_now(struct cgn_engine *e, cgn_tick now);

/** End a call: packets made for addresses of the pools are forwarded, then what was queued goes to the
 * devices and to the other workers. */
void cgn_engine_end(struct cgn_engine *e);

/** Count a drop and free the packet; own packets (CGN_PF_OWN) are only freed. */
void cgn_engine_drop(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v);

/** The verdict under which a packet leaves: none for own ones. */
static inline enum cgn_verdict
cgn_engine_verdict_of(const struct cgn_pkt *p, enum cgn_verdict v)
{
	return (p->flags & CGN_PF_OWN) != 0 ? CGN_V_NONE : v;
}

/** Queue a packet to another worker. */
void cgn_engine_handover(struct cgn_engine *e, unsigned int worker, struct cgn_pkt *p,
		enum cgn_pktmsg_op op);

/**
 * Give a packet whose data begins at its IPv4 header an Ethernet header with which it can be received by
 * a port again.
 *
 * @return false: there is no room for it, nothing changed
 */
bool cgn_engine_frame(const struct cgn_engine *e, struct rte_mbuf *m, uint16_t port);

/**
 * Queue a packet made here (CGN_PF_OWN) whose destination is a pool address. It is forwarded at the end
 * of the call as the second half of a hairpin, here or by the worker of the address. If the queue is
 * full, the packet is lost (CGN_C_OWN_TX_LOST).
 *
 * Nothing answers such a packet, so what the end of a call forwards never adds to the queue.
 *
 * @param p  is in a frame as cgn_engine_frame() makes it
 */
void cgn_engine_turn(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home);

/**
 * Fetch the mapping of a packet of the burst that has p->ref. A core follows some twenty fetches at a
 * time and forgets the others: whoever walks a burst fetches the first CGN_FETCH_AHEAD packets'
 * mappings before, and then stays that far ahead.
 */
static inline void
cgn_engine_fetch(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	rte_prefetch0(&e->nat.maps.at[p->ref & ~CGN_EXT_HELD]);
}

/** The first fetches of a walk over @p n packets. */
static inline void
cgn_engine_fetch_first(const struct cgn_engine *e, unsigned int n)
{
	for (unsigned int i = 0; i < RTE_MIN(n, CGN_FETCH_AHEAD); i++)
		cgn_engine_fetch(e, &e->pkts[i]);
}

/** Fill a packet's message to another worker, field by field: a copy of the whole would wait for
 * its parts. */
static inline void
cgn_engine_fill_msg(struct cgn_pktmsg *msg, struct rte_mbuf *m, uint16_t port)
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
void cgn_engine_flush_handover(struct cgn_engine *e, unsigned int worker);

/* deal.c */

/**
 * Hand over those packets of a received burst that other workers own, before more of them is looked at than
 * whose they are; their owners parse them. Judged are IPv4 frames to our station that are not ICMP,
 * by their addresses; whose the others are is seen when they are parsed.
 *
 * This is for bursts that are mixed, where a branch on whose a packet is would be guessed wrong half the
 * time. Where the device steers, asking after the parser (asks_owner) costs less.
 *
 * @param m  on return the packets that stay, in their order
 * @return how many of them
 */
uint16_t cgn_deal(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/* inside.c */

/** Walk a received burst of an inside port. */
void cgn_inside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/** Prepare a packet for the look-up of its mapping. @param realm  p->realm; a constant saves
 * instructions */
static inline void
cgn_inside_ready(const struct cgn_engine *e, struct cgn_pkt *p, uint32_t realm)
{
	uint64_t key = cgn_index_key(p->src, p->sport, p->proto);

	p->key = cgn_mapping_key(key, p->port);
	p->hash = cgn_index_hash_key(&e->nat.maps.index, realm, key);
	p->bucket = cgn_index_bucket_no(&e->nat.maps.index, p->hash);
	rte_prefetch0(&e->nat.maps.index.buckets[p->bucket]);
}

/** Look up and forward the first @p k of e->pkts, which are ready. */
void cgn_inside_forward(struct cgn_engine *e, unsigned int k);

/** Forward a packet that is not one of a burst; it may go out. */
void cgn_inside_alone(struct cgn_engine *e, struct cgn_pkt *p);

/* outside.c */

/** Walk a received burst of an outside port. */
void cgn_outside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/**
 * Take a translated packet, or one made here, whose destination is a pool address, as if it came in
 * from outside: the second half of a hairpin.
 *
 * @param v  what it counts as when it is forwarded
 */
void cgn_outside_turn(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home);

/** The same for a packet that another worker turned round; it was parsed again. */
void cgn_outside_turned(struct cgn_engine *e, struct cgn_pkt *p);

/* reply.c */

/** Send an ICMP error about a packet to its source, if rules and rate allow. Nothing is sent about
 * packets of our own. */
void cgn_reply_icmp(struct cgn_engine *e, const struct cgn_pkt *p, uint8_t type, uint8_t code,
		uint16_t mtu);

/** Drop a packet and tell its source why, where the verdict is one that is told. Nothing is sent about
 * packets of our own. */
void cgn_reply_refuse(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v, uint16_t mtu);

/**
 * Answer a hairpin to an own address, which no mapping admits, as the same packet from outside is
 * answered: echo reply, TCP reset or "port unreachable".
 */
void cgn_reply_own_hairpin(struct cgn_engine *e, struct cgn_pkt *p);

/** Answer an echo request to a pool address. */
void cgn_reply_echo(struct cgn_engine *e, struct cgn_pkt *p);

/** Report held SYNs whose six seconds are over; at most @p budget. @return true if more are due */
bool cgn_reply_syns(struct cgn_engine *e, unsigned int budget);

/** cgn_frag_expired_fn: tells the sender of a datagram that was not complete in time. */
void cgn_reply_frag_expired(void *ctx, const struct cgn_frag_expired *x);

/** cgn_nat_reset_fn: resets both ends of a connection over a lease that ended. @param ctx the engine */
void cgn_reply_reset(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s);

/* local.c */

/** Hand a packet for cgnd itself to the control thread. */
void cgn_local_punt(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v);

/** Send a packet of the control thread, which begins at its IPv4 header, to a side. */
void cgn_local_route(struct cgn_engine *e, struct rte_mbuf *m, enum cgn_side to);

/** Whether a packet from outside is an announcement of the NAT in front, to all hosts of the link. */
bool cgn_local_is_announcement(const struct cgn_engine *e, const struct cgn_pkt *p);

/** What to do with ARP and IPv6 frames. */
void cgn_local_link(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_ENGINE_PRIV_H */
