/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TUNNEL_H
#define CGN_TUNNEL_H

/**
 * @file
 * Softwires in the engine: IPv4 in IPv6 in (tunnel.c) and out (encap.c), and the B4's way of a packet
 * (b4.c). Native packets meet this at two branches: IPv6 to the tunnel endpoint, and a mapping whose
 * realm is not 0.
 *
 * A decapsulated packet keeps its outer headers in front of p->l3_off and walks as a native one does, in
 * the realm of its softwire. What goes into a softwire gets an outer header in front; if that is too
 * long for the path, the IPv6 packet is fragmented and the IPv4 packet stays whole (RFC 6333 section 5.3).
 */

#include "dataplane/nat/nat.h"
#include "dataplane/softwire/frag6.h"
#include "dataplane/softwire/route6.h"
#include "dataplane/softwire/softwire.h"
#include "shared/wellknown.h"

struct cgn_engine;

struct cgn_tunnel {
	struct cgn_softwires wires; /* of a B4: one, to the AFTR */
	struct cgn_routes6 routes;
	struct cgn_frag6 *frags;
	uint32_t remote; /* B4: the softwire */
	uint32_t ident;  /* of the next packet that is fragmented */
};

/* tunnel.c */

/** Set up what softwires need; *out stays NULL if softwire.role is off. @return 0, -ENOMEM */
int cgn_tunnel_create(struct cgn_tunnel **out, const struct cgn_conf *conf, struct cgn_rand *rnd,
		cgn_tick now);

/** Release it. NULL is allowed. */
void cgn_tunnel_destroy(struct cgn_tunnel *t);

/**
 * Whether an IPv6 packet is for the tunnel endpoint.
 *
 * @return false: it is not, or is something that the control thread answers
 */
bool cgn_tunnel_is_for(const struct cgn_engine *e, const struct cgn_pkt *p);

/**
 * AFTR: walk a received burst of an inside port. First its IPv6 packets are taken out of their softwires
 * and forwarded. The native ones follow by cgn_inside_burst().
 *
 * @param n  at most CGN_BURST
 */
void cgn_tunnel_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/**
 * Take one packet out of its softwire.
 *
 * @param wire  the softwire
 * @return CGN_V_NONE: p is the inner packet; its m is NULL if it is held for reassembly; else a drop
 */
enum cgn_verdict cgn_tunnel_open(struct cgn_engine *e, struct cgn_pkt *p, uint32_t wire);

/** Whether an inner source may come out of a home (RFC 6333 section 11). */
bool cgn_tunnel_is_inner(rte_be32_t src);

/** The softwire of a subscriber by an address of its prefix, made if there is none. 0: none. */
uint32_t cgn_tunnel_get(struct cgn_engine *e, const struct cgn_ip6 *addr, int *err);

/** The softwire of a B4 address's prefix, 0: none. */
uint32_t cgn_tunnel_find(const struct cgn_engine *e, const struct cgn_ip6 *addr);

/** cgn_nat_home_fn. @param engine  the engine */
const struct cgn_ip6 *cgn_tunnel_home(const void *engine, uint32_t realm);

/**
 * Housekeeping: reassembly that takes too long, softwires that are idle.
 *
 * @param budget  chains and softwires to look at in this call
 * @return true: more is due now
 */
bool cgn_tunnel_expire(struct cgn_engine *e, unsigned int budget);

/** Hand a decapsulated packet to the control thread, its outer header directly in front. */
void cgn_tunnel_punt(struct cgn_engine *e, struct cgn_pkt *p);

/** Leave only an Ethernet header in front of a decapsulated packet: another worker parses it. */
void cgn_tunnel_bare(struct cgn_engine *e, struct cgn_pkt *p);

/* encap.c */

/**
 * Whether a packet must not go into a softwire because of its size.
 *
 * @return 0: it may; else the MTU to tell its sender (RFC 2473 section 7.2)
 */
uint16_t cgn_encap_too_big(
		const struct cgn_engine *e, const struct cgn_softwire *w, const struct cgn_pkt *p);

/** Send a parsed packet into a softwire. The TTL is the caller's business. */
void cgn_encap_pkt(struct cgn_engine *e, const struct cgn_softwire *w, struct cgn_pkt *p,
		enum cgn_verdict v);

/**
 * Translate a packet and send it into the softwire of its mapping.
 *
 * @return 0; else the packet is too big and unchanged, and this is the MTU to tell its sender
 */
uint16_t cgn_encap_forward(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_mapping *m,
		enum cgn_verdict v);

/** Send a packet whose data begins at its IPv4 header. */
void cgn_encap_ip(struct cgn_engine *e, const struct cgn_softwire *w, struct rte_mbuf *m,
		enum cgn_verdict v);

/** Send a packet of the control thread: the IPv6 header says whose softwire it is for. */
void cgn_encap_inject(struct cgn_engine *e, struct rte_mbuf *m);

/** Take an ICMPv6 error from the path of a softwire. @return the verdict */
enum cgn_verdict cgn_encap_error(struct cgn_engine *e, struct cgn_pkt *p);

/* b4.c */

/** Walk a received burst of any port of a B4. */
void cgn_b4_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

#endif /* CGN_TUNNEL_H */
