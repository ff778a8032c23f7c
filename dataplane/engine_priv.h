/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENGINE_PRIV_H
#define CGN_ENGINE_PRIV_H

/**
 * @file
 * The engine's parts, for the files that walk packets through it: engine.c, inside.c, outside.c,
 * reply.c, local.c, engine_cmd.c, tunnel.c, encap.c, b4.c.
 */

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

/** 192.0.0.8: the source of ICMP errors of a node without an IPv4 address (RFC 7600 section 4.8). */
#define CGN_DUMMY_ADDR RTE_BE32(0xc0000008)

struct cgn_tunnel;

/** What an address's first octet says; the rest of the address decides for CGN_OCTET_LOOK. */
enum cgn_octet {
	CGN_OCTET_OK,
	CGN_OCTET_LOOK,      /* 100, 169: a part of it is special */
	CGN_OCTET_MULTICAST, /* 224/4 */
	CGN_OCTET_MARTIAN,   /* 0/8, 127/8, 240/4 */
};

/** Packets on their way to another worker. Its lines are no other engine's. */
struct cgn_handover {
	alignas(RTE_CACHE_LINE_SIZE) unsigned int n;
	struct cgn_pktmsg msg[CGN_BURST];
};
static_assert(sizeof(struct cgn_handover) % RTE_CACHE_LINE_SIZE == 0, "an array shares no line");

struct cgn_engine {
	const struct cgn_conf *conf;
	const struct cgn_steer *steer;
	unsigned int worker;
	unsigned int n_workers;
	cgn_tick now;
	cgn_tick polled_at;  /* last housekeeping */
	bool has_more_due;   /* it stopped at its budget */
	uint64_t own_bloom;  /* bit per hash of an own address: says no at once for nearly all */
	uint64_t edge_bloom; /* the same of network and broadcast addresses */
	uint8_t octet[256];  /* enum cgn_octet by first octet */
	bool plain[256]; /* nothing special about remotes with this first octet: one look for nearly all */
	struct cgn_routes routes[CGN_SIDE_COUNT];
	rte_be32_t own[CGN_PORTS_MAX * CGN_PORT_ADDRS_MAX]; /* outside ones first */
	unsigned int n_own[CGN_SIDE_COUNT];                 /* that a packet from a side can mean */
	/* Network and broadcast addresses of the links, outside ones first. */
	rte_be32_t edges[2 * CGN_PORTS_MAX * CGN_PORT_ADDRS_MAX];
	unsigned int n_edges[CGN_SIDE_COUNT]; /* that a packet from a side can mean */
	bool has_ip6;                         /* some port has an IPv6 address */
	struct cgn_owner owner;
	struct cgn_bucket icmp_tokens[CGN_SIDE_COUNT]; /* answers to all of a side */
	struct cgn_shares icmp_shares[CGN_SIDE_COUNT]; /* to one subscriber or remote host */
	struct cgn_punts punts;                        /* what goes to the control thread */
	struct cgn_bucket ask_tokens[CGN_PORTS_MAX];   /* questions for a port's unknown sources */
	struct cgn_shares *ask_shares; /* by port: for those that one station uses */
	uint32_t asks_per_s;           /* of one port */
	uint32_t asks_burst;
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
};

/* engine.c */

/** Begin a call: the clock of everything in it. */
void cgn_engine_set_now(struct cgn_engine *e, cgn_tick now);

/** End a call: what it queued goes to the devices and to the other workers. */
void cgn_engine_send(struct cgn_engine *e);

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

/** Which bit of a 64 bit filter an address has. */
static inline unsigned int
cgn_engine_bloom_bit(rte_be32_t addr)
{
	return (addr * UINT32_C(0x9e3779b1)) >> 26;
}

/**
 * Whether an address, as a packet from a side means it, is one of cgnd's own. Outside, only those of
 * outside ports are: an inside address is somebody else there (RFC 6598 section 4). From inside
 * both can be reached.
 */
static inline bool
cgn_engine_is_own(const struct cgn_engine *e, rte_be32_t addr, enum cgn_side from)
{
	if (likely((e->own_bloom >> cgn_engine_bloom_bit(addr) & 1) == 0))
		return false;
	for (unsigned int i = 0; i < e->n_own[from]; i++) {
		if (e->own[i] == addr)
			return true;
	}
	return false;
}

/**
 * The source of an ICMP error that leaves by a port: the first IPv4 address of the port; if it has only
 * IPv6 ones, the first of another port, outside before inside; if no port has one, the dummy address
 * for that purpose, 192.0.0.8. There always is one: an error that is not sent makes a black hole.
 *
 * Source: RFC 1812 section 4.3.2.4, RFC 7600 section 4.8.
 */
rte_be32_t cgn_engine_source(const struct cgn_engine *e, uint16_t port);

/** The same by a full comparison; cgn_engine_is_edge() asks this for few addresses. */
bool cgn_engine_has_edge(const struct cgn_engine *e, rte_be32_t addr, enum cgn_side from);

/**
 * Whether an address is the network or the broadcast address of a link of cgnd's, which no host has.
 * Outside, only those of outside links are; an address of a pool never is.
 *
 * Source: RFC 1812 sections 4.2.3.1 and 5.3.7.
 */
static inline bool
cgn_engine_is_edge(const struct cgn_engine *e, rte_be32_t addr, enum cgn_side from)
{
	return unlikely((e->edge_bloom >> cgn_engine_bloom_bit(addr) & 1) != 0) &&
			cgn_engine_has_edge(e, addr, from);
}

/** Find out which first octets are plain: no martian, own, pool or pass-through address has them. */
void cgn_engine_init_plain(struct cgn_engine *e);

/** Judge a source or destination address by itself: CGN_V_NONE, CGN_V_MARTIAN, CGN_V_MULTICAST. */
enum cgn_verdict cgn_engine_judge(const struct cgn_engine *e, rte_be32_t addr, enum cgn_side side);

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

/** Whether an inside source may be where the packet came from. @param ctx the engine */
enum cgn_verdict cgn_inside_check_source(void *ctx, const struct cgn_pkt *p);

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

/** Send an ICMP error about a packet to its source, if rules and rate allow. */
void cgn_reply_icmp(struct cgn_engine *e, const struct cgn_pkt *p, uint8_t type, uint8_t code,
		uint16_t mtu);

/** Drop a packet and tell its source why, where the verdict is one that is told. */
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
