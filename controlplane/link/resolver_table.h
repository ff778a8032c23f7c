/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_TABLE_H
#define CGN_RESOLVER_TABLE_H

/**
 * @file
 * The resolver's table of neighbours, for the files of the resolver only. It keeps the states, the stations
 * and the lists together; what happens in a state is resolver.c's.
 *
 * Threads: the control thread.
 */

#include "controlplane/link/announce.h"
#include "controlplane/link/arp_nd.h"
#include "controlplane/link/claimlog.h"
#include "controlplane/link/resolver_ops.h"
#include "controlplane/link/resolver_queue.h"
#include "controlplane/link/stations.h"
#include "shared/conf.h"

/** The end of a list of entries. */
#define CGN_RESOLVER_NONE UINT32_MAX

/** What the resolver knows of a neighbour, and what it waits for. */
enum cgn_resolver_state {
	CGN_RESOLVER_STATE_ASKING,  /* a worker wants it; nobody has answered yet */
	CGN_RESOLVER_STATE_KNOWN,   /* its MAC address is known; it waits for its next probe */
	CGN_RESOLVER_STATE_PROBING, /* known; it was asked whether it is still there */
	CGN_RESOLVER_STATE_DOUBTED, /* known; another station claims the address, the known one is asked */
	CGN_RESOLVER_STATE_STATIC, /* set by the configuration; never asked, never replaced */
	CGN_RESOLVER_STATE_LOST,   /* gone or new; the workers do not know its MAC address */
};

struct cgn_resolver_entry {
	struct cgn_cmd_neigh n;
	struct cgn_timer timer; /* not set while it waits for its turn */
	struct cgn_resolver_turn turn;
	TAILQ_ENTRY(cgn_resolver_entry) asking_link; /* in state ASKING */
	struct cgn_resolver *table;
	struct cgn_station *station; /* of n.mac; NULL: not known */
	uint32_t next;               /* in its bucket or the free list */
	uint8_t state;
	uint8_t tries;
	bool is_untold;              /* not all workers know its MAC */
	bool is_next_hop;            /* of a route */
	bool is_asked;               /* since it is known */
	bool is_admitted;            /* counted against limits.station_addresses_max */
	bool is_proven;              /* its station has answered a question of ours */
	bool has_claim;              /* to be followed up when the entry is no longer settled */
	struct rte_ether_addr claim; /* who else says to be it */
	uint64_t settled_ms;         /* until then no claim is followed up */
};

struct cgn_resolver {
	const struct cgn_conf *conf;
	struct cgn_arp_nd_from from[CGN_PORTS_MAX];
	struct cgn_timerq *timers;
	const struct cgn_resolver_ops *ops;
	void *ctx;
	void (*fire)(void *entry, uint64_t now_ms); /* when an entry's timer is due */
	struct cgn_announce *announce;
	struct cgn_timer announce_timer;
	uint32_t seed;
	uint32_t max;
	uint32_t count;
	uint32_t free;
	uint32_t mask; /* buckets - 1 */
	uint32_t *buckets;
	struct cgn_resolver_entry *entries;
	struct cgn_resolver_queue queue;         /* of requests */
	TAILQ_HEAD(, cgn_resolver_entry) asking; /* entries in state ASKING, oldest first */
	uint32_t n_asking;
	struct cgn_claimlog claims;
	struct cgn_stations stations;
	uint32_t addresses_max[CGN_PORTS_MAX]; /* of a station */
	uint32_t sample_at;                    /* entry at which the next sample begins */
	struct cgn_resolver_stats stats;
};

/** Whether an entry's MAC address is known, by what the link has said. */
static inline bool
cgn_resolver_is_known(const struct cgn_resolver_entry *e)
{
	return e->state == CGN_RESOLVER_STATE_KNOWN || e->state == CGN_RESOLVER_STATE_PROBING ||
			e->state == CGN_RESOLVER_STATE_DOUBTED;
}

/** Allocate an empty table of t->max entries. @return 0, -ENOMEM */
int cgn_resolver_table_init(struct cgn_resolver *t);

/** Release it, after an init that failed too. */
void cgn_resolver_table_fini(struct cgn_resolver *t);

/** Take the limits of stations from t->conf. */
void cgn_resolver_table_set_limits(struct cgn_resolver *t);

/** The entry of an address on the link of a port, NULL: there is none. */
struct cgn_resolver_entry *
cgn_resolver_table_find(struct cgn_resolver *t, uint16_t port, const struct cgn_ip *a);

/** Make an entry. @return NULL: the table is full (stats.full) */
struct cgn_resolver_entry *cgn_resolver_table_add(struct cgn_resolver *t, uint16_t port,
		const struct cgn_ip *a, enum cgn_resolver_state state);

/** Take an entry out of the table. The workers have been told, or need not know. */
void cgn_resolver_table_del(struct cgn_resolver *t, struct cgn_resolver_entry *e);

/** Change the state of an entry. */
void cgn_resolver_table_set_state(struct cgn_resolver_entry *e, enum cgn_resolver_state state);

/**
 * Note the station of an entry, and whether it is one address too many of it (n.is_over).
 *
 * @param mac  6 octets; NULL: it has none any more
 */
void cgn_resolver_table_set_mac(struct cgn_resolver_entry *e, const void *mac, uint64_t now_ms);

/**
 * Judge an entry again after the limit of its station, or who is limited, has changed.
 *
 * @return whether n.is_over has changed
 */
bool cgn_resolver_table_judge_again(struct cgn_resolver_entry *e, uint64_t now_ms);

/** Tell the operator of a station and an address that it claims. The log of claims has a rate limit. */
void cgn_resolver_table_log_claim(struct cgn_resolver *t, const char *event, uint16_t port,
		const struct cgn_ip *a, const struct rte_ether_addr *mac, uint64_t now_ms);

#endif /* CGN_RESOLVER_TABLE_H */
