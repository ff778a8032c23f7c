/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_STATE_H
#define CGN_NAT_STATE_H

/**
 * @file
 * The state of the NAT of one worker. nat.c, life.c, lease.c and track.c change this state. The inline
 * functions of nat.h read it for each packet.
 */

#include "dataplane/nat/drain_state.h"
#include "dataplane/nat/mapping.h"
#include "dataplane/nat/remotes.h"
#include "dataplane/nat/session.h"
#include "dataplane/nat/statics.h"
#include "dataplane/nat/subscriber_regroup.h"
#include "dataplane/nat/synhold.h"
#include "shared/record_door.h"
#include "shared/refusal.h"
#include "shared/stats.h"

#define CGN_NAT_IDENTS 8192 /* counters for IPv4 IDs; a power of two */

/**
 * Source check of a packet from inside. The engine provides the function, because the engine has the
 * routes.
 *
 * @return CGN_V_NONE or the verdict of the drop
 */
typedef enum cgn_verdict (*cgn_nat_source_fn)(void *ctx, const struct cgn_pkt *p);

/**
 * The prefix of a home, or the address of its B4. A home is the subscriber behind one softwire. The engine provides the
 * functions.
 *
 * @param realm  not 0
 */
typedef const struct cgn_ip6 *(*cgn_nat_home_fn)(const void *ctx, uint32_t realm);

/**
 * Resets both ends of a connection that ends. The engine provides two functions: one resets the ends whose sequence numbers
 * are known. The other one asks both ends for these numbers (drain.h).
 */
typedef void (*cgn_nat_reset_fn)(
		void *ctx, const struct cgn_mapping *m, const struct cgn_session *s);

struct cgn_notices;

/** How far static mappings follow the configuration (static_turn.h). */
struct cgn_static_turn {
	const struct cgn_statics *statics;
	bool is_due;     /* something is to be done */
	bool is_waiting; /* but not before `again` */
	cgn_tick again;
	uint32_t map_at;   /* mapping to look at next */
	size_t static_at;  /* static mapping to look at next */
	uint32_t n_failed; /* static mappings that could not be made in this pass */
};

/** The look at all subscribers after a new configuration (regroup.h). */
struct cgn_regroup {
	bool is_on;
	uint32_t at;  /* subscriber that is looked at next */
	uint32_t sub; /* the one that is being ended; CGN_SUB_NONE: none */
	struct cgn_subscriber_port_walk walk;
};

/** The NAT of one worker. Part of its engine. */
struct cgn_nat {
	const struct cgn_conf *conf;
	cgn_nat_source_fn
			check_source; /* for new mappings, and when a mapping's packets come by another port */
	cgn_nat_reset_fn reset;
	cgn_nat_reset_fn probe;
	cgn_nat_home_fn home; /* its prefix */
	cgn_nat_home_fn b4;   /* its address */
	void *engine;         /* context argument of the five functions */
	struct cgn_mappings maps;
	struct cgn_ext ext;
	struct cgn_sessions sessions;
	struct cgn_remotes remotes; /* how many sessions each remote host keeps */
	struct cgn_subscribers *subs;
	struct cgn_synhold *syns;
	struct cgn_rand rnd;
	struct cgn_stats *stats;
	struct cgn_record_door *records;   /* NULL: nothing is recorded */
	cgn_tick timeout[CGN_PROTO_COUNT]; /* idle timeout of UDP and ICMP; [TCP]: established */
	cgn_tick tcp_timeout[3];           /* by enum cgn_tcp_timer */
	bool filters[CGN_PROTO_COUNT]; /* filtering of the protocol depends on the remote endpoint */
	bool quiesced;                 /* make no more mappings */
	uint32_t known_sub; /* the current packet's subscriber if looked up already, else CGN_SUB_NONE */
	uint16_t foreseen;    /* its port, if known_sub makes a mapping for it; 0: not chosen yet */
	enum cgn_refusal why; /* why the last command about a mapping was refused (lease.c) */
	uint32_t dying;       /* list (node.next) of ended mappings that still have sessions */
	uint16_t ident[CGN_NAT_IDENTS];
	bool has_marks; /* some group has a threshold of subscribers (mark.h) */
	uint8_t mark_age[CGN_GROUPS_MAX]; /* by group: changes of its thresholds, of which subscribers have six bits */
	struct cgn_drain drain;
	struct cgn_regroup regroup;
	struct cgn_static_turn turn;
	uint8_t work_first;               /* kind of work that cgn_nat_expire() begins with */
	struct cgn_notices *notices;      /* NULL: neither quotas nor thresholds are exported */
	struct cgn_notices *notice_table; /* the same, also while nothing is exported */
};

#endif /* CGN_NAT_STATE_H */
