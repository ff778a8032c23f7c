/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_TABLE_H
#define CGN_RESOLVER_TABLE_H

/**
 * @file
 * The resolver's table of neighbours, for the files of the resolver only. It keeps states, stations and lists
 * consistent. What happens in a state is decided in resolver_state.c.
 *
 * Threads: the control thread.
 */

#include "controlplane/link/announce.h"
#include "controlplane/link/arp_nd.h"
#include "controlplane/link/claimlog.h"
#include "controlplane/link/hoplog.h"
#include "controlplane/link/resolver_ops.h"
#include "controlplane/link/resolver_queue.h"
#include "controlplane/link/stationlog.h"
#include "controlplane/link/stations.h"
#include "shared/conf.h"
#include "shared/group.h"

/** The index that ends a list of entries. */
#define CGN_RESOLVER_NONE UINT32_MAX

/** What the resolver knows of a neighbour, and what it waits for. */
enum cgn_resolver_state {
	CGN_RESOLVER_STATE_ASKING,  /* a worker wants it; nobody has answered yet */
	CGN_RESOLVER_STATE_KNOWN,   /* its MAC address is known; it waits for its next probe */
	CGN_RESOLVER_STATE_PROBING, /* known; it was asked whether it is still there */
	CGN_RESOLVER_STATE_DOUBTED, /* known; another station claims the address, the known one is asked */
	CGN_RESOLVER_STATE_STATIC, /* set by the configuration; never asked, never replaced */
	CGN_RESOLVER_STATE_LOST, /* gone or new; the workers do not know its MAC address. A next hop is asked again later */
};

/** A neighbour. An entry is in use if `table` is set. */
struct cgn_resolver_entry {
	struct cgn_cmd_neigh n; /* as the workers get it */
	struct cgn_timer timer; /* not set while `turn` waits */
	struct cgn_resolver_turn turn;
	TAILQ_ENTRY(cgn_resolver_entry) asking_link; /* in state ASKING */
	struct cgn_resolver *table;                  /* NULL: the entry is free */
	struct cgn_station *station;                 /* of n.mac; NULL: not known */
	struct cgn_station
			*share; /* what its station has of the pool; NULL: that has no limit here */
	uint32_t next;          /* in its bucket or the free list */
	uint8_t state;          /* enum cgn_resolver_state */
	uint8_t tries;          /* questions since this state began */
	bool is_untold;         /* not all workers know its MAC address */
	bool is_next_hop;       /* it is the next hop of a route */
	bool is_down;           /* it has not answered, and has not been heard since */
	bool is_listed;         /* in a reload: `neighbours` has it */
	bool is_asked;          /* it was asked at least once */
	bool is_admitted;       /* counted against limits.station_addresses_max */
	bool is_proven;         /* its station has answered one of cgnd's questions */
	bool has_claim;         /* `claim` is to be followed up after settled_ms */
	struct rte_ether_addr claim; /* the other station that claims the address */
	uint32_t again_ms;           /* pause before a lost next hop is asked again; 0: was heard */
	uint64_t heard_ms;   /* when a station has shown last that it has the address; 0: never */
	uint64_t settled_ms; /* no claim is followed up before */
};

/** The resolver with its table. */
struct cgn_resolver {
	const struct cgn_conf *conf;   /* in use, or prepared by a reload */
	const struct cgn_conf *before; /* prepared: the one in use; NULL: nothing is prepared */
	struct cgn_arp_nd_from from[CGN_PORTS_MAX]; /* sender of frames, per port */
	struct cgn_timerq *timers;
	const struct cgn_resolver_ops *ops;
	void *ctx;
	void (*fire)(void *entry, uint64_t now_ms); /* called when the timer of an entry is due */
	struct cgn_announce *announce;              /* NULL: all has been announced */
	struct cgn_timer announce_timer;
	uint32_t seed;
	uint32_t max;   /* entries */
	uint32_t count; /* entries in use */
	uint32_t free;  /* first free entry */
	uint32_t mask;  /* buckets - 1 */
	uint32_t *buckets;
	struct cgn_resolver_entry *entries;
	struct cgn_resolver_queue queue;         /* requests that wait for the rate */
	struct cgn_token_bucket hop_rate;        /* requests for next hops that need not wait */
	TAILQ_HEAD(, cgn_resolver_entry) asking; /* entries in state ASKING, oldest first */
	uint32_t n_asking;
	struct cgn_claimlog claims;
	struct cgn_hoplog hops;
	bool lacks_neighbours; /* it was logged that configured neighbours have no room */
	struct cgn_stations stations;
	/* Addresses of a station whose subscribers use the same pool. The key is the number of share_key(), not a port;
	 * n_admitted and n_over are not used. It takes as much memory as `stations`, 2 MB for 65536 neighbours. */
	struct cgn_stations shares;
	struct cgn_stationlog crowds;
	struct cgn_group_map groups;           /* of the configuration in use */
	struct cgn_group_map next_groups;      /* of the one that is prepared; else empty */
	uint32_t addresses_max[CGN_PORTS_MAX]; /* limit of a station, per port */
	bool has_small_pool[CGN_PORTS_MAX];    /* and perhaps a lower one for a pool */
	uint32_t sample_at;                    /* entry at which the next sample begins */
	struct cgn_resolver_stats stats;
};

/** The configuration in use: cgnd has the addresses of this one. */
static inline const struct cgn_conf *
cgn_resolver_in_use(const struct cgn_resolver *t)
{
	return t->before == NULL ? t->conf : t->before;
}

/** Whether the link has told the MAC address of an entry. False for configured neighbours. */
static inline bool
cgn_resolver_is_known(const struct cgn_resolver_entry *e)
{
	return e->state == CGN_RESOLVER_STATE_KNOWN || e->state == CGN_RESOLVER_STATE_PROBING ||
			e->state == CGN_RESOLVER_STATE_DOUBTED;
}

/** Allocate an empty table of t->max entries. @return 0, -ENOMEM */
int cgn_resolver_table_init(struct cgn_resolver *t);

/** Release it. Also after an init that failed. */
void cgn_resolver_table_fini(struct cgn_resolver *t);

/** Compute the limits of stations from t->conf. */
void cgn_resolver_table_set_limits(struct cgn_resolver *t);

/** The entry of an address on the link of a port. @return NULL: there is none */
struct cgn_resolver_entry *
cgn_resolver_table_find(struct cgn_resolver *t, uint16_t port, const struct cgn_ip *a);

/** Make an entry. @return NULL: the table is full (stats.full) */
struct cgn_resolver_entry *cgn_resolver_table_add(struct cgn_resolver *t, uint16_t port,
		const struct cgn_ip *a, enum cgn_resolver_state state);

/** Remove an entry from the table. The caller has told the workers before, if they must know. */
void cgn_resolver_table_del(struct cgn_resolver *t, struct cgn_resolver_entry *e);

/** Change the state of an entry, and its place in the list of entries that are asked for. */
void cgn_resolver_table_set_state(struct cgn_resolver_entry *e, enum cgn_resolver_state state);

/**
 * Set the MAC address of an entry, and with it the station that the address counts for. Sets n.is_over if the station
 * is at its limit.
 *
 * @param mac  6 octets; NULL: the address belongs to no station any more
 */
void cgn_resolver_table_set_mac(struct cgn_resolver_entry *e, const void *mac, uint64_t now_ms);

/**
 * Compare an entry with the limit of its station again, after limits or next hops have changed.
 *
 * @return whether n.is_over has changed
 */
bool cgn_resolver_table_judge_again(struct cgn_resolver_entry *e, uint64_t now_ms);

/** Log that a station claims an address. Lines are limited, see claimlog.h. */
void cgn_resolver_table_log_claim(struct cgn_resolver *t, const char *event, uint16_t port,
		const struct cgn_ip *a, const struct rte_ether_addr *mac, uint64_t now_ms);

#endif /* CGN_RESOLVER_TABLE_H */
