/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_STATE_H
#define CGN_NAT_STATE_H

/**
 * @file
 * What the NAT of one worker consists of: nat.c and track.c work on it, nat.h's inline functions
 * read it once per packet.
 */

#include "dataplane/nat/mapping.h"
#include "dataplane/nat/refused.h"
#include "dataplane/nat/remotes.h"
#include "dataplane/nat/session.h"
#include "dataplane/nat/subscriber.h"
#include "dataplane/nat/synhold.h"
#include "shared/stats.h"

#define CGN_NAT_IDENTS 8192 /* counters for IPv4 IDs; a power of two */

/** Whether an inside source may be where the packet came from; given by the engine, which has the routes.
 * @return CGN_V_NONE or the verdict of the drop */
typedef enum cgn_verdict (*cgn_nat_source_fn)(void *ctx, const struct cgn_pkt *p);

/** The prefix of the subscriber behind a softwire; given by the engine. @param realm  not 0 */
typedef const struct cgn_ip6 *(*cgn_nat_home_fn)(const void *ctx, uint32_t realm);

/** Told of a connection over a lease that ends, to reset both its ends; given by the engine. */
typedef void (*cgn_nat_reset_fn)(
		void *ctx, const struct cgn_mapping *m, const struct cgn_session *s);

struct cgn_nat {
	const struct cgn_conf *conf;
	cgn_nat_source_fn
			check_source; /* asked for new mappings and when a known one moves to another port */
	cgn_nat_reset_fn reset;
	cgn_nat_home_fn home;
	void *engine; /* context of all three */
	struct cgn_mappings maps;
	struct cgn_ext ext;
	struct cgn_sessions sessions;
	struct cgn_remotes remotes; /* of the sessions that hosts outside keep */
	struct cgn_subscribers *subs;
	struct cgn_synhold *syns;
	struct cgn_rand rnd;
	struct cgn_stats *stats;
	cgn_tick timeout[CGN_PROTO_COUNT]; /* UDP and ICMP idle; [TCP]: established */
	cgn_tick tcp_timeout[3];           /* by enum cgn_tcp_timer */
	bool filters[CGN_PROTO_COUNT];     /* the protocol's filtering keeps entries */
	bool quiesced;                     /* make no more mappings */
	uint32_t known_sub; /* subscriber of the packet in hand if it was looked up, else CGN_SUB_NONE */
	uint32_t dying; /* list (node.next) of ended mappings with sessions left */
	uint16_t ident[CGN_NAT_IDENTS];
	struct cgn_refused refused; /* hosts that hold nothing */
};

#endif /* CGN_NAT_STATE_H */
