/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The resolver's table: a hash from port and address to an entry, the free list, the count of addresses per station
 * and its limit. All memory is allocated once, so that a flood of neighbours allocates nothing.
 */
#include "controlplane/link/resolver_table.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/link/station_limit.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#define NONE CGN_RESOLVER_NONE

static uint32_t *
resolver_table_bucket(struct cgn_resolver *t, uint16_t port, const struct cgn_ip *a)
{
	uint32_t h;

	/* The seed is random: nobody can choose addresses that fall into one bucket. */
	if (a->is_ip6)
		h = rte_jhash(&a->ip6, sizeof(a->ip6), t->seed ^ port);
	else
		h = rte_jhash_2words(a->ip4, port, t->seed);
	return &t->buckets[h & t->mask];
}

struct cgn_resolver_entry *
cgn_resolver_table_find(struct cgn_resolver *t, uint16_t port, const struct cgn_ip *a)
{
	for (uint32_t i = *resolver_table_bucket(t, port, a); i != NONE; i = t->entries[i].next) {
		struct cgn_resolver_entry *e = &t->entries[i];

		if (e->n.port == port && cgn_local_addr_same(&e->n.addr, a))
			return e;
	}
	return NULL;
}

/* Noted in the entry, because every question and every displacement asks for it. */
static bool
resolver_table_is_next_hop(const struct cgn_conf *conf, uint16_t port, const struct cgn_ip *a)
{
	for (size_t i = 0; i < conf->n_routes; i++) {
		if (conf->routes[i].port == port && cgn_local_addr_same(&conf->routes[i].via, a))
			return true;
	}
	return false;
}

void
cgn_resolver_table_set_state(struct cgn_resolver_entry *e, enum cgn_resolver_state state)
{
	struct cgn_resolver *t = e->table;

	/* The list of entries that are asked for is kept here only, so that its count cannot drift. */
	if (e->state == CGN_RESOLVER_STATE_ASKING && state != CGN_RESOLVER_STATE_ASKING) {
		TAILQ_REMOVE(&t->asking, e, asking_link);
		t->n_asking--;
	} else if (e->state != CGN_RESOLVER_STATE_ASKING && state == CGN_RESOLVER_STATE_ASKING) {
		TAILQ_INSERT_TAIL(&t->asking, e, asking_link);
		t->n_asking++;
	}
	e->state = (uint8_t)state;
}

struct cgn_resolver_entry *
cgn_resolver_table_add(struct cgn_resolver *t, uint16_t port, const struct cgn_ip *a,
		enum cgn_resolver_state state)
{
	uint32_t *b = resolver_table_bucket(t, port, a);
	struct cgn_resolver_entry *e;
	uint32_t i = t->free;

	if (i == NONE) {
		t->stats.full++;
		return NULL;
	}
	e = &t->entries[i];
	t->free = e->next;
	*e = (struct cgn_resolver_entry){
		.n = { .addr = *a, .port = port },
		.timer = { .fire = t->fire, .arg = e },
		.table = t,
		.next = *b,
		.state = CGN_RESOLVER_STATE_LOST,
		.is_next_hop = resolver_table_is_next_hop(t->conf, port, a),
	};
	e->turn.arg = e;
	cgn_resolver_table_set_state(e, state);
	*b = i;
	t->count++;
	return e;
}

void
cgn_resolver_table_log_claim(struct cgn_resolver *t, const char *event, uint16_t port,
		const struct cgn_ip *a, const struct rte_ether_addr *mac, uint64_t now_ms)
{
	const struct cgn_claimlog_line line = { .event = event,
		.port = t->conf->ports[port].name,
		.port_index = port,
		.addr = a,
		.mac = mac };

	cgn_claimlog_write(&t->claims, &line, now_ms);
}

/* Whether a neighbour counts against the limit of its station. Next hops and configured neighbours do not, because
 * the operator has named them. IPv6 neighbours do not either: the limit is for IPv4 sources. */
static bool
resolver_table_is_limited(const struct cgn_resolver_entry *e)
{
	return e->table->addresses_max[e->n.port] != UINT32_MAX && !e->n.addr.is_ip6 &&
			e->state != CGN_RESOLVER_STATE_STATIC && !e->is_next_hop;
}

/* The key of what a station of a port has of a pool. */
static uint16_t
share_key(uint16_t port, uint16_t pool)
{
	static_assert(CGN_PORTS_MAX * CGN_POOLS_MAX <= UINT16_MAX + 1, "a key has 16 bits");
	return (uint16_t)(port * CGN_POOLS_MAX + pool);
}

/* Take a place of the pool that the subscriber of an address uses. @return false: its station has its part of the pool */
static bool
take_share(struct cgn_resolver_entry *e, struct cgn_stationlog_limit *limit)
{
	struct cgn_resolver *t = e->table;
	const struct cgn_station *have;
	uint16_t pool = 0, key;
	uint32_t max;

	if (!t->has_small_pool[e->n.port])
		return true;
	max = cgn_station_limit_of_pool(cgn_resolver_in_use(t), &t->groups, e->n.addr.ip4, &pool);
	if (max == UINT32_MAX)
		return true;
	key = share_key(e->n.port, pool);
	have = cgn_stations_find(&t->shares, key, e->n.mac);
	if (have != NULL && have->n_addresses >= max) {
		*limit = (struct cgn_stationlog_limit){ max, t->conf->pools[pool].name };
		return false;
	}
	e->share = cgn_stations_take(&t->shares, key, e->n.mac);
	return true;
}

/* Count an address against the limits of its station, or mark it as one too many (D-LIM-3). */
static void
resolver_table_admit(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;
	const uint32_t max = t->addresses_max[e->n.port];
	struct cgn_stationlog_limit limit = { max, NULL };
	struct cgn_station *s = e->station;
	const bool was_over = e->n.is_over;

	e->n.is_over = false;
	if (!resolver_table_is_limited(e))
		return;
	if (s->n_admitted < max && take_share(e, &limit)) {
		e->is_admitted = true;
		s->n_admitted++;
		return;
	}
	e->n.is_over = true;
	s->n_over++;
	t->stats.over += !was_over;
	cgn_stationlog_over(&t->crowds, s, &e->n.addr, &limit, now_ms);
}

/* An address stops counting for its station. */
static void
resolver_table_dismiss(struct cgn_resolver_entry *e)
{
	if (e->station == NULL)
		return;
	e->station->n_admitted -= e->is_admitted;
	e->station->n_over -= e->n.is_over;
	e->is_admitted = false;
	if (e->share != NULL)
		cgn_stations_give(&e->table->shares, e->share);
	e->share = NULL;
}

void
cgn_resolver_table_set_mac(struct cgn_resolver_entry *e, const void *mac, uint64_t now_ms)
{
	struct cgn_stations *s = &e->table->stations;
	struct cgn_station *was = e->station;

	resolver_table_dismiss(e);
	/* Take the new station before the old one is released. Both may be the same, and a station whose last address
	 * is released is forgotten. */
	e->station = mac == NULL ? NULL : cgn_stations_take(s, e->n.port, mac);
	if (was != NULL)
		cgn_stations_give(s, was);
	if (mac == NULL)
		return;
	memcpy(e->n.mac, mac, sizeof(e->n.mac));
	resolver_table_admit(e, now_ms);
}

void
cgn_resolver_table_del(struct cgn_resolver *t, struct cgn_resolver_entry *e)
{
	uint32_t i = (uint32_t)(e - t->entries);
	uint32_t *link = resolver_table_bucket(t, e->n.port, &e->n.addr);

	cgn_resolver_table_set_mac(e, NULL, 0);
	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_LOST);
	cgn_resolver_queue_remove(&t->queue, &e->turn);
	cgn_timerq_cancel(t->timers, &e->timer);
	while (*link != i)
		link = &t->entries[*link].next;
	*link = e->next;
	e->table = NULL; /* marks a free entry */
	e->next = t->free;
	t->free = i;
	t->count--;
}

void
cgn_resolver_table_set_limits(struct cgn_resolver *t)
{
	for (uint16_t i = 0; i < t->conf->n_ports; i++) {
		t->addresses_max[i] = cgn_station_limit(t->conf, i);
		t->has_small_pool[i] = cgn_station_limit_has_small_pool(t->conf, i);
	}
}

int
cgn_resolver_table_init(struct cgn_resolver *t)
{
	uint32_t n = 1;

	/* A power of two, so that a mask finds the bucket; at most half full, so that chains stay short. */
	while (n < 2 * t->max)
		n *= 2;
	t->mask = n - 1;
	t->buckets = malloc(n * sizeof(*t->buckets));
	t->entries = calloc(t->max, sizeof(*t->entries));
	if (t->buckets == NULL || t->entries == NULL ||
			cgn_stations_init(&t->stations, t->max, t->seed) < 0 ||
			cgn_stations_init(&t->shares, t->max, t->seed) < 0 ||
			cgn_group_map_init(&t->groups, t->conf) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		t->buckets[i] = NONE;
	for (uint32_t i = 0; i < t->max; i++)
		t->entries[i].next = i + 1 < t->max ? i + 1 : NONE;
	cgn_stationlog_init(&t->crowds, &t->conf, &t->stations, t->timers);
	return 0;
}

void
cgn_resolver_table_fini(struct cgn_resolver *t)
{
	for (uint32_t i = 0; t->entries != NULL && i < t->max; i++)
		cgn_timerq_cancel(t->timers, &t->entries[i].timer);
	cgn_stationlog_fini(&t->crowds);
	cgn_stations_fini(&t->shares);
	cgn_stations_fini(&t->stations);
	cgn_group_map_fini(&t->groups);
	cgn_group_map_fini(&t->next_groups);
	free(t->entries);
	free(t->buckets);
}

bool
cgn_resolver_table_judge_again(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	bool was_over = e->n.is_over;

	/* A free entry, or one whose station is not known yet: there is nothing to compare. */
	if (e->table == NULL || e->station == NULL)
		return false;
	resolver_table_dismiss(e);
	resolver_table_admit(e, now_ms);
	return e->n.is_over != was_over;
}
