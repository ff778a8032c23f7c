/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The subscribers of one worker: groups, pairing with an external address, limits, and the ports they take
 * and give back.
 *
 * subtable.c has the table, ports.c chooses a port, block.c and pool.c know which ports, blocks and
 * addresses are free, hold.c has the ports in hold-down. This file applies the rules of the groups to them.
 */
#include "dataplane/nat/subscriber.h"

#include "dataplane/nat/capacity.h"
#include "dataplane/nat/subscriber_count.h"
#include "dataplane/nat/subscriber_group.h"
#include "dataplane/nat/subscriber_state.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_prefetch.h>

/* --- create and destroy -------------------------------------------------------------------- */

int
cgn_subscribers_create(struct cgn_subscribers **out, const struct cgn_nat_plan *plan,
		unsigned int worker, struct cgn_ext *ext, struct cgn_rand *rnd,
		cgn_same_client_fn same, const void *ctx, struct cgn_stats *stats)
{
	struct cgn_subscribers *s = calloc(1, sizeof(*s));
	uint32_t capacity, salt;
	int ret;

	(void)worker; /* ext has the addresses of the worker */
	if (s == NULL)
		return -ENOMEM;
	s->plan = plan;
	s->conf = plan->conf;
	s->groups = plan->groups;
	s->ext = ext;
	s->stats = stats;
	s->total = &s->own_total;
	ret = cgn_ports_init(&s->ports, plan, ext, rnd, same, ctx, stats->pool);
	if (ret < 0)
		goto free_s;
	capacity = cgn_capacity_subscribers(s->ports.map.n_blocks);
	salt = cgn_rand_u32(rnd);
	ret = cgn_subtable_init(&s->table, capacity, salt);
	if (ret < 0)
		goto fini_ports;
	ret = cgn_refused_init(&s->refused, salt);
	if (ret < 0)
		goto fini_table;
	*out = s;
	return 0;

fini_table:
	cgn_subtable_fini(&s->table);
fini_ports:
	cgn_ports_fini(&s->ports);
free_s:
	free(s);
	return ret;
}

void
cgn_subscribers_destroy(struct cgn_subscribers *s)
{
	if (s == NULL)
		return;
	cgn_subscriber_count_out(s, s->table.n_live);
	cgn_refused_fini(&s->refused);
	cgn_subtable_fini(&s->table);
	cgn_ports_fini(&s->ports);
	free(s);
}

void
cgn_subscribers_set_records(struct cgn_subscribers *s, struct cgn_record_door *door)
{
	s->ports.records = door;
}

void
cgn_subscribers_set_total(struct cgn_subscribers *s, _Atomic(uint32_t) *total)
{
	s->total = total != NULL ? total : &s->own_total;
}

void
cgn_subscribers_set_plan(struct cgn_subscribers *s, const struct cgn_nat_plan *plan)
{
	cgn_ports_set_plan(&s->ports, plan, s->conf);
	s->plan = plan;
	s->conf = plan->conf;
	s->groups = plan->groups;
}

/* --- groups and keys ----------------------------------------------------------------------- */

static const struct cgn_conf_group *
group_at(const struct cgn_subscribers *s, uint32_t group)
{
	return group < s->conf->n_groups ? &s->conf->groups[group] : NULL;
}

const struct cgn_conf_group *
cgn_subscribers_group4(const struct cgn_subscribers *s, rte_be32_t addr)
{
	return group_at(s, cgn_group_find4(&s->groups, addr));
}

const struct cgn_conf_group *
cgn_subscribers_group6(const struct cgn_subscribers *s, const struct cgn_ip6 *addr)
{
	return group_at(s, cgn_group_find6(&s->groups, addr));
}

const struct cgn_conf_group *
cgn_subscribers_group_of(const struct cgn_subscribers *s, uint32_t sub)
{
	return group_at(s, s->table.at[sub].pub.group);
}

uint32_t
cgn_subscribers_find4(const struct cgn_subscribers *s, rte_be32_t addr)
{
	const struct cgn_conf_group *g = cgn_subscribers_group4(s, addr);
	struct cgn_subtable_key key;

	if (g == NULL)
		return CGN_SUB_NONE;
	key = cgn_subtable_key4(addr, g->subscriber_prefix_len);
	return cgn_subtable_find(&s->table, &key);
}

void
cgn_subscribers_fetch_port(const struct cgn_subscribers *s, uint32_t sub, uint32_t ord,
		unsigned int proto, uint16_t port)
{
	uint32_t b = cgn_block_of(&s->ports.map, ord, port);

	for (size_t i = 0; sub != CGN_SUB_NONE && i < sizeof(s->table.at[0]);
			i += RTE_CACHE_LINE_SIZE)
		rte_prefetch0((const uint8_t *)&s->table.at[sub] + i);
	rte_prefetch0(cgn_ext_slot(s->ext, ord, proto, port));
	rte_prefetch0(cgn_block_cell(&s->ports.map, ord, port));
	if (b != CGN_BLOCK_NONE)
		rte_prefetch0(&s->ports.map.blocks[b]);
}

uint32_t
cgn_subscribers_find6(const struct cgn_subscribers *s, const struct cgn_ip6 *addr)
{
	const struct cgn_conf_group *g = cgn_subscribers_group6(s, addr);
	struct cgn_subtable_key key;

	if (g == NULL)
		return CGN_SUB_NONE;
	key = cgn_subtable_key6(addr, g->subscriber_prefix6_len);
	return cgn_subtable_find(&s->table, &key);
}

/* --- pairing ------------------------------------------------------------------------------- */

static void
record_pairing(struct cgn_subscribers *s, enum cgn_record_event event, uint32_t sub)
{
	cgn_nat_record_binding(s->ports.records, event, s->ext, &s->table.at[sub].pub);
}

/* Pair a subscriber that has no blocks with another address. */
static void
pair_anew(struct cgn_subscribers *s, uint32_t sub, uint32_t ord)
{
	record_pairing(s, CGN_RECORD_BINDING_DELETED, sub);
	cgn_pool_unpair(&s->ports.pools, s->table.at[sub].pub.ext_ord);
	s->table.at[sub].pub.ext_ord = ord;
	cgn_pool_pair(&s->ports.pools, ord);
	record_pairing(s, CGN_RECORD_BINDING_CREATED, sub);
}

/* A subscriber has one external address for all its ports (RFC 4787 REQ-2). So it is paired with the address that its
 * static mapping has, if it has one. @return CGN_EXT_NONE: it has none with a free block */
static uint32_t
static_address(const struct cgn_subscribers *s, const struct cgn_subtable_key *key, uint16_t pool)
{
	struct cgn_prefix prefix = { .len = key->len };

	/* A static mapping names a native inside address, so a home behind a softwire has none. */
	if (key->is_ip6)
		return CGN_EXT_NONE;
	memcpy(&prefix.ip4, key->addr, sizeof(prefix.ip4));
	for (size_t i = 0; i < s->conf->nat.n_statics; i++) {
		const struct cgn_conf_static *st = &s->conf->nat.statics[i];
		const struct cgn_ext_addr *h;

		if (!cgn_prefix_has4(&prefix, st->in_addr))
			continue;
		h = cgn_ext_find_owned(s->ext, st->ext_addr);
		/* An address may still be in the pool of before. */
		if (h != NULL && s->ext->owned_pool[h->ord] == pool &&
				cgn_pool_free_blocks(&s->ports.pools, h->ord) > 0)
			return h->ord;
	}
	return CGN_EXT_NONE;
}

void
cgn_subscribers_settle(struct cgn_subscribers *s, uint32_t sub, cgn_tick now)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	uint32_t best;

	if (cgn_pool_is_closed(&s->ports.pools, pub->ext_ord))
		cgn_ports_take_back(&s->ports, pub, now);
	if (pub->n_blocks > 0 || cgn_ports_grow(&s->ports, pub, sub) != CGN_BLOCK_NONE)
		return;
	best = cgn_pool_best(&s->ports.pools, cgn_subscribers_group_of(s, sub)->pool);
	if (best == CGN_EXT_NONE)
		return;
	pair_anew(s, sub, best);
	(void)cgn_ports_grow(&s->ports, pub, sub);
}

/* An idle subscriber is used again: restart its idle time, and give it a block if it has none. */
static void
wake_subscriber(struct cgn_subscribers *s, uint32_t sub, cgn_tick now)
{
	cgn_subtable_idle_del(&s->table, sub);
	cgn_subtable_idle_add(&s->table, sub, now);
	cgn_subscribers_settle(s, sub, now);
}

void
cgn_subscribers_forget(struct cgn_subscribers *s, uint32_t sub, cgn_tick now)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;

	cgn_ports_take_back(&s->ports, pub, now);
	record_pairing(s, CGN_RECORD_BINDING_DELETED, sub);
	cgn_pool_unpair(&s->ports.pools, pub->ext_ord);
	cgn_counter_sub(&s->stats->group[pub->group].subscribers, 1);
	cgn_subtable_del(&s->table, sub);
	cgn_subscriber_count_out(s, 1);
}

/* Remove a subscriber without ports, so that a new one has room (D-LIM-3). One that had a port a short time
 * ago stays: it may be about to use its address. @param may  NULL: each one may be removed */
static bool
make_subscriber_place(
		struct cgn_subscribers *s, cgn_subtable_may_fn may, const void *ctx, cgn_tick now)
{
	uint32_t sub = cgn_subtable_idle_sample(
			&s->table, may, ctx, now - cgn_ticks(CGN_SUB_FIRST_USE_S));

	if (sub == CGN_SUBTABLE_NONE)
		return false;
	cgn_subscribers_forget(s, sub, now);
	return true;
}

/* The address for a new subscriber that the formula does not pair. @return CGN_EXT_NONE: the pool is full */
static uint32_t
choose_address(struct cgn_subscribers *s, const struct cgn_subtable_key *key, uint16_t pool,
		cgn_tick now)
{
	const struct cgn_own_want want = { &s->ports.map, s->ext, pool };
	uint32_t ord = static_address(s, key, pool);

	if (ord == CGN_EXT_NONE)
		ord = cgn_pool_preferred(&s->ports.pools, pool, cgn_subtable_number(key));
	/* The pool is full: try again after the block of an idle subscriber is free. */
	if (ord == CGN_EXT_NONE && cgn_counter_get(&s->ports.pools.stats[pool].blocks) > 0 &&
			make_subscriber_place(s, cgn_own_is_wanted, &want, now))
		ord = cgn_pool_preferred(&s->ports.pools, pool, cgn_subtable_number(key));
	return ord;
}

/* A place in the table, and among the subscribers of all workers. An idle subscriber of this worker makes room. */
static enum cgn_verdict
add_subscriber(struct cgn_subscribers *s, const struct cgn_subtable_key *key, cgn_tick now,
		uint32_t *sub)
{
	if (!cgn_subscriber_count_in(s) &&
			!(make_subscriber_place(s, NULL, NULL, now) && cgn_subscriber_count_in(s)))
		return CGN_V_SUBSCRIBERS_MAX;
	*sub = cgn_subtable_add(&s->table, key, now);
	if (*sub == CGN_SUBTABLE_NONE && make_subscriber_place(s, NULL, NULL, now))
		*sub = cgn_subtable_add(&s->table, key, now);
	if (*sub != CGN_SUBTABLE_NONE)
		return CGN_V_NONE;
	cgn_subscriber_count_out(s, 1);
	return CGN_V_SUBSCRIBERS_FULL;
}

enum cgn_verdict
cgn_subscribers_enter(struct cgn_subscribers *s, const struct cgn_subtable_key *key, uint32_t group,
		uint32_t ord, cgn_tick now, uint32_t *sub)
{
	struct cgn_subscriber *pub;
	enum cgn_verdict v = add_subscriber(s, key, now, sub);

	if (v != CGN_V_NONE)
		return v;
	pub = &s->table.at[*sub].pub;
	pub->group = (uint8_t)group;
	pub->ext_ord = ord;
	pub->tokens = UINT32_MAX; /* cut to the limit when it is looked at */
	pub->tokens_at = now;
	cgn_pool_pair(&s->ports.pools, ord);
	cgn_counter_add(&s->stats->group[pub->group].subscribers, 1);
	if (s->refused.n_strangers != 0)
		cgn_subscriber_count_admitted(s, *sub);
	record_pairing(s, CGN_RECORD_BINDING_CREATED, *sub);
	return CGN_V_NONE;
}

static enum cgn_verdict
make_subscriber(struct cgn_subscribers *s, const struct cgn_subtable_key *key,
		const struct cgn_conf_group *g, cgn_tick now, uint32_t *sub)
{
	uint32_t group = (uint32_t)(g - s->conf->groups), ord, slot;
	bool has_own = cgn_own_place(s->plan->dets.by_group[group], s->ext, key, &ord, &slot);
	struct cgn_subscriber *pub;
	enum cgn_verdict v;

	if (!has_own)
		ord = choose_address(s, key, g->pool, now);
	if (ord == CGN_EXT_NONE) {
		cgn_counter_add(&s->ports.pools.stats[g->pool].address_failures, 1);
		return CGN_V_POOL_FULL;
	}
	v = cgn_subscribers_enter(s, key, group, ord, now, sub);
	if (v != CGN_V_NONE)
		return v;
	pub = &s->table.at[*sub].pub;
	/* Neither can fail: the own block belongs to nobody else, and another address was chosen because it has a free
	 * block. */
	if (has_own)
		cgn_own_give(&s->ports.map, pub, *sub, slot);
	else if (!s->awaits_state)
		(void)cgn_ports_grow(&s->ports, pub, *sub);
	return CGN_V_NONE;
}

enum cgn_verdict
cgn_subscribers_wake(struct cgn_subscribers *s, uint32_t sub, cgn_tick now)
{
	if (unlikely(s->is_regrouping) && !cgn_subscriber_group_one(s, sub))
		return CGN_V_POOL_PORTS;
	if (s->table.at[sub].n_ports == 0)
		wake_subscriber(s, sub, now);
	return CGN_V_NONE;
}

static enum cgn_verdict
get(struct cgn_subscribers *s, const struct cgn_subtable_key *key, const struct cgn_conf_group *g,
		cgn_tick now, uint32_t *sub)
{
	uint32_t i = cgn_subtable_find(&s->table, key);

	if (i == CGN_SUBTABLE_NONE)
		return make_subscriber(s, key, g, now, sub);
	*sub = i;
	return cgn_subscribers_wake(s, i, now);
}

enum cgn_verdict
cgn_subscribers_get4(struct cgn_subscribers *s, rte_be32_t addr, cgn_tick now, uint32_t *sub)
{
	const struct cgn_conf_group *g = cgn_subscribers_group4(s, addr);
	struct cgn_subtable_key key;

	if (g == NULL)
		return CGN_V_NOT_SUBSCRIBER;
	key = cgn_subtable_key4(addr, g->subscriber_prefix_len);
	return get(s, &key, g, now, sub);
}

enum cgn_verdict
cgn_subscribers_get6(
		struct cgn_subscribers *s, const struct cgn_ip6 *addr, cgn_tick now, uint32_t *sub)
{
	const struct cgn_conf_group *g = cgn_subscribers_group6(s, addr);
	struct cgn_subtable_key key;

	if (g == NULL)
		return CGN_V_NOT_SUBSCRIBER;
	key = cgn_subtable_key6(addr, g->subscriber_prefix6_len);
	return get(s, &key, g, now, sub);
}

int
cgn_subscribers_pair(struct cgn_subscribers *s, uint32_t sub, uint32_t ord, cgn_tick now)
{
	struct cgn_subtable_entry *e = &s->table.at[sub];

	if (e->pub.ext_ord == ord)
		return 0;
	/* The formula, and nobody else, pairs a subscriber that has an own block. */
	if (ord >= s->ext->n_owned ||
			s->ext->owned_pool[ord] != cgn_subscribers_group_of(s, sub)->pool ||
			cgn_own_of(&s->ports.map, &e->pub) != CGN_BLOCK_NONE)
		return -ERANGE;
	/* A subscriber has one external address for all its ports (RFC 4787 REQ-2). */
	if (e->n_ports > 0)
		return -EBUSY;
	if (cgn_pool_free_blocks(&s->ports.pools, ord) == 0)
		return -ENOSPC;
	/* The blocks belong to the address that the subscriber leaves. */
	cgn_ports_take_back(&s->ports, &e->pub, now);
	pair_anew(s, sub, ord);
	wake_subscriber(s, sub, now);
	return 0;
}

struct cgn_subscriber *
cgn_subscribers_at(struct cgn_subscribers *s, uint32_t sub)
{
	return sub < s->table.end && s->table.at[sub].pub.is_live ? &s->table.at[sub].pub : NULL;
}

uint32_t
cgn_subscribers_ord(const struct cgn_subscribers *s, uint32_t sub)
{
	return s->table.at[sub].pub.ext_ord;
}

uint32_t
cgn_subscribers_end(const struct cgn_subscribers *s)
{
	return s->table.end;
}

/* --- taking and releasing ------------------------------------------------------------------ */

/* A claim is recorded as a block of one port. */
static void
record_claim(struct cgn_subscribers *s, enum cgn_record_event event, uint32_t sub, uint32_t ord,
		uint16_t port)
{
	cgn_nat_record_block(
			s->ports.records, event, s->ext, &s->table.at[sub].pub, ord, port, port);
}

/* Whether a number of an address is in use or in hold-down in some protocol. */
static bool
is_in_use(const struct cgn_subscribers *s, uint32_t ord, uint16_t port)
{
	const struct cgn_block_cell *cell = cgn_block_cell(&s->ports.map, ord, port);

	return (cgn_block_in_use(cell) >> (port & 63) & 1) != 0;
}

/* Count a mapping that begins. */
static inline void
add_mapping(struct cgn_subscribers *s, struct cgn_subscriber *pub, unsigned int proto)
{
	pub->n_mappings[proto]++;
	pub->mappings_peak = RTE_MAX(pub->mappings_peak, cgn_subscriber_mappings(pub));
	pub->mappings_total++;
	cgn_counter_add(&s->stats->group[pub->group].mappings, 1);
}

/* Mark a port used. @param claim  the port is in no block of the subscriber, so it does not keep a block */
static void
use_port(struct cgn_subscribers *s, uint32_t sub, uint32_t ord, unsigned int proto, uint16_t port,
		bool claim)
{
	struct cgn_subtable_entry *e = &s->table.at[sub];

	if (claim && !is_in_use(s, ord, port))
		record_claim(s, CGN_RECORD_BLOCK_ALLOCATED, sub, ord, port);
	cgn_block_use(&s->ports.map, ord, proto, port, claim ? sub : CGN_BLOCK_NONE);
	if (e->n_ports++ == 0)
		cgn_subtable_idle_del(&s->table, sub);
	if ((cgn_block_cell(&s->ports.map, ord, port)->claimed >> (port & 63) & 1) != 0)
		e->n_claims++;
	add_mapping(s, &e->pub, proto);
	cgn_counter_add(&cgn_pool_stats_of(&s->ports.pools, ord)->ports_used[proto], 1);
}

/* Mark a port free: it is neither in use nor in hold-down. @param is_unseen  nobody has used it */
static void
unuse(struct cgn_subscribers *s, uint32_t sub, uint32_t ord, unsigned int proto, uint16_t port,
		bool is_unseen, cgn_tick now)
{
	struct cgn_subtable_entry *e = &s->table.at[sub];
	uint32_t b = cgn_block_of(&s->ports.map, ord, port);

	if (!cgn_block_unuse(&s->ports.map, ord, proto, port)) {
		e->n_claims--;
		if (!is_in_use(s, ord, port))
			record_claim(s, CGN_RECORD_BLOCK_RELEASED, sub, ord, port);
	} else if (b != CGN_BLOCK_NONE && s->ports.map.blocks[b].n_counted == 0 &&
			!cgn_block_is_own(&s->ports.map, ord, b)) {
		/* A block whose last port was used before has been given back then. So this one is as unseen as its port. */
		if (is_unseen)
			cgn_ports_shrink(&s->ports, &e->pub, b);
		else
			cgn_ports_retire(&s->ports, &e->pub, b, now);
	}
	if (--e->n_ports == 0)
		cgn_subtable_idle_add(&s->table, sub, now);
}

void
cgn_subscribers_end_hold(struct cgn_subscribers *s, const struct cgn_hold_entry *h, cgn_tick now)
{
	/* The entry is dropped last, because all of this reads it. */
	*cgn_ext_slot(s->ext, h->ord, h->proto, h->port) = 0;
	cgn_counter_sub(&cgn_pool_stats_of(&s->ports.pools, h->ord)->ports_held, 1);
	unuse(s, h->sub, h->ord, h->proto, h->port, false, now);
	cgn_hold_drop(&s->ports.hold, cgn_hold_place(&s->ports.hold, h));
}

/* Whether a port can be held; makes room by ending the oldest hold-down early. */
static bool
make_hold_room(struct cgn_subscribers *s, cgn_tick now)
{
	const struct cgn_conf_nat *nat = &s->conf->nat;
	uint32_t most = RTE_MIN(nat->hold_down_max, s->ports.hold.size);

	if (nat->hold_down_s == 0 || most == 0)
		return false;
	/* Two per call, so that a limit lowered by a reload is reached over time. */
	for (int i = 0; i < 2 && s->ports.hold.n >= most; i++) {
		s->held_short++;
		cgn_subscribers_end_hold(s, cgn_hold_oldest(&s->ports.hold), now);
	}
	return true;
}

void
cgn_subscribers_grace(struct cgn_subscribers *s, cgn_tick end)
{
	s->has_grace = true;
	s->grace_end = end;
}

/* Find a port, or take the foreseen one if it is still free. It is not marked used yet. */
static enum cgn_verdict
find_port(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c, bool wants_fresh,
		enum cgn_ports_zone zone, uint16_t foreseen, uint16_t *port)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	const struct cgn_conf_nat *nat = &s->conf->nat;
	uint32_t ord = pub->ext_ord;
	struct cgn_ports_ask ask;
	enum cgn_verdict v;

	if (cgn_pool_is_shut(&s->ports.pools, ord))
		return CGN_V_POOL_PORTS;
	/* An earlier packet of the burst may have taken it. */
	if (foreseen != 0 && wants_fresh && cgn_ports_is_fresh(&s->ports, ord, sub, foreseen)) {
		*port = foreseen;
		return CGN_V_NONE;
	}
	ask = (struct cgn_ports_ask){
		.pub = pub,
		.sub = sub,
		.c = c,
		.blocks_max = cgn_subscribers_group_of(s, sub)->blocks_max,
		.wants_fresh = wants_fresh,
		.zone = zone,
		.preserve = nat->port_choice == CGN_PORT_CHOICE_PRESERVE,
		.parity = nat->port_parity && c->proto == CGN_PROTO_UDP,
	};
	v = cgn_ports_find(&s->ports, &ask, port);
	/* The caller writes this slot next. */
	if (v == CGN_V_NONE)
		rte_prefetch0(cgn_ext_slot(s->ext, ord, c->proto, *port));
	return v;
}

/* Find a port within the limits of the group, and mark it used. @param foreseen  0: none */
static enum cgn_verdict
take_port(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c, bool wants_fresh,
		enum cgn_ports_zone zone, uint16_t foreseen, uint16_t *port)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	enum cgn_verdict v = find_port(s, sub, c, wants_fresh, zone, foreseen, port);

	if (v == CGN_V_NONE) {
		use_port(s, sub, pub->ext_ord, c->proto, *port, false);
	} else if (v == CGN_V_POOL_PORTS) {
		cgn_subscriber_count_port_failure(s, pub->ext_ord, c->proto);
	}
	return v;
}

enum cgn_verdict
cgn_subscribers_take(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint16_t foreseen, cgn_tick now, uint16_t *port)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	const struct cgn_conf_group *g = cgn_subscribers_group_of(s, sub);
	enum cgn_verdict v;

	if (g->mappings_max != 0 && cgn_subscriber_mappings(pub) >= g->mappings_max)
		v = CGN_V_SUB_MAPPINGS;
	else if (g->mappings_of_max[c->proto] != 0 &&
			pub->n_mappings[c->proto] >= g->mappings_of_max[c->proto])
		v = CGN_V_SUB_PROTOCOL;
	else if (g->mappings_per_s != 0 && !cgn_subtable_has_token(pub, g->mappings_per_s, now))
		v = CGN_V_SUB_RATE;
	else
		v = take_port(s, sub, c, cgn_ports_leave_reserve(&s->ports, pub, g, c->proto),
				cgn_subscribers_zone(s, now), foreseen, port);
	if (v != CGN_V_NONE)
		cgn_subscriber_count_refusal(s, sub, cgn_refusal_of(v), now);
	else if (g->mappings_per_s != 0)
		pub->tokens -= CGN_TICK_HZ;
	return v;
}

enum cgn_verdict
cgn_subscribers_take_lease(
		struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c, uint16_t *port)
{
	/* No reserve, no mappings_max and no rate here: lease.c limits leases by leases_max. */
	return take_port(s, sub, c, true, CGN_PORTS_LEASE, 0, port);
}

/* Whether a port may be given out at all. A reload of port_range leaves the ports in use alone, so a restart does, too. The
 * formula of an own block is for all time. */
static bool
is_given_out(const struct cgn_subscribers *s, uint32_t ord, uint16_t port, uint8_t proto,
		bool is_back)
{
	const struct cgn_conf_pool *pool = &s->conf->pools[s->ext->owned_pool[ord]];

	if (port == 0 || cgn_block_is_excluded(&s->ports.map, ord, port))
		return false;
	if (port >= pool->port_min && port <= pool->port_max)
		return true;
	if (is_back && cgn_block_own(&s->ports.map, ord) == NULL)
		return true;
	for (size_t i = 0; i < s->conf->nat.n_statics; i++) {
		const struct cgn_conf_static *st = &s->conf->nat.statics[i];

		if (st->ext_port == port && st->proto == proto &&
				st->ext_addr == s->ext->owned_addr[ord])
			return true;
	}
	return false;
}

/*
 * Take a port that is in hold-down. The endpoint that had it gets it back at once. Others get it only when its
 * time is over.
 *
 * @return 0: done, -EAGAIN: the port is free now, -EBUSY
 */
static int
reclaim(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c, uint32_t *slot,
		cgn_tick now)
{
	uint32_t place = *slot & ~CGN_EXT_HELD;
	const struct cgn_hold_entry *h = cgn_hold_at(&s->ports.hold, place);
	struct cgn_pool_stats *stats = cgn_pool_stats_of(&s->ports.pools, h->ord);

	if (h->sub != sub || h->addr != c->addr || h->realm != c->realm || h->in_port != c->port) {
		if (!cgn_tick_reached(now, h->end))
			return -EBUSY;
		cgn_subscribers_end_hold(s, h, now);
		return -EAGAIN;
	}
	/* A held port still counts as a port of the subscriber (n_ports), so only the counts of mappings
	 * change. */
	cgn_counter_sub(&stats->ports_held, 1);
	cgn_counter_add(&stats->ports_used[c->proto], 1);
	add_mapping(s, &s->table.at[sub].pub, c->proto);
	cgn_hold_drop(&s->ports.hold, place);
	*slot = 0;
	return 0;
}

int
cgn_subscribers_claim(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, bool is_back, cgn_tick now)
{
	const struct cgn_block_cell *cell;
	uint32_t b, owner = 0, *slot;
	uint64_t bit = UINT64_C(1) << (port & 63);

	if (ord >= s->ext->n_owned || !is_given_out(s, ord, port, c->proto, is_back))
		return -ERANGE;
	if (cgn_pool_is_shut(&s->ports.pools, ord))
		return -EBUSY;
	slot = cgn_ext_slot(s->ext, ord, c->proto, port);
	if (cgn_ext_is_held(*slot)) {
		int ret = reclaim(s, sub, c, slot, now);

		if (ret != -EAGAIN)
			return ret;
	}
	cell = cgn_block_cell(&s->ports.map, ord, port);
	if ((cell->used[c->proto] & bit) != 0 || !cgn_ports_is_clients(&s->ports, ord, port, c))
		return -EBUSY;
	b = cgn_block_of(&s->ports.map, ord, port);
	/* A block in guard is like one of another subscriber: it is not clear yet who is meant by its ports. */
	if (b != CGN_BLOCK_NONE)
		owner = cgn_pool_is_guarded(&s->ports.pools, b) ? UINT32_MAX
								: s->ports.map.blocks[b].owner;
	is_back |= cgn_subscribers_in_grace(s, now);
	if (cgn_block_own(&s->ports.map, ord) != NULL && (cgn_block_in_use(cell) & bit) == 0 &&
			!cgn_own_may_claim(&s->ports.map, &s->table.at[sub].pub, sub, c->proto, ord,
					b, is_back))
		return -EBUSY;
	/* The block may belong to another subscriber. A number that is claimed already has passed the test
	 * above: the client has it in another protocol. A lease from before a restart may have its port
	 * back, although somebody else has got the block by now. */
	if (owner != 0 && owner != sub + 1 && (cell->claimed & bit) == 0 && !is_back)
		return -EBUSY;
	use_port(s, sub, ord, c->proto, port, owner != sub + 1);
	return 0;
}

bool
cgn_subscribers_has_port(const struct cgn_subscribers *s, uint32_t sub, uint16_t port)
{
	uint32_t b = cgn_block_of(&s->ports.map, s->table.at[sub].pub.ext_ord, port);

	return b != CGN_BLOCK_NONE && s->ports.map.blocks[b].owner == sub + 1;
}

void
cgn_subscribers_release(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, enum cgn_port_end end, cgn_tick now)
{
	uint32_t *slot = cgn_ext_slot(s->ext, ord, c->proto, port);
	struct cgn_pool_stats *stats = cgn_pool_stats_of(&s->ports.pools, ord);

	cgn_counter_sub(&stats->ports_used[c->proto], 1);
	s->table.at[sub].pub.n_mappings[c->proto]--;
	cgn_counter_sub(&s->stats->group[s->table.at[sub].pub.group].mappings, 1);
	/* In hold-down the port stays marked used. So nobody else gets it, and the subscriber keeps its
	 * block and its address. */
	if (end == CGN_PORT_HELD && make_hold_room(s, now)) {
		struct cgn_hold_entry h = {
			.realm = c->realm,
			.addr = c->addr,
			.sub = sub,
			.ord = ord,
			.end = now + cgn_ticks(s->conf->nat.hold_down_s),
			.in_port = c->port,
			.port = port,
			.proto = c->proto,
		};

		*slot = CGN_EXT_HELD | cgn_hold_add(&s->ports.hold, &h);
		cgn_counter_add(&stats->ports_held, 1);
		return;
	}
	*slot = 0;
	unuse(s, sub, ord, c->proto, port, end == CGN_PORT_UNSEEN, now);
}

unsigned int
cgn_subscribers_expire(struct cgn_subscribers *s, cgn_tick now, unsigned int budget)
{
	const struct cgn_hold_entry *h;
	unsigned int n = 0;

	cgn_pool_unguard(&s->ports.pools, now, cgn_ticks(s->ports.guard_s));
	if (s->refused.n_hosts != 0)
		cgn_refused_expire(&s->refused, now);
	/* Ticks wrap: without this, an end that is long over would look like one in the future again. */
	s->has_grace = cgn_subscribers_in_grace(s, now);
	for (; n < budget; n++) {
		h = cgn_hold_oldest(&s->ports.hold);
		if (h == NULL || !cgn_tick_reached(now, h->end))
			break;
		if (h->next != CGN_HOLD_NONE) {
			const struct cgn_hold_entry *next = cgn_hold_at(&s->ports.hold, h->next);

			cgn_subscribers_fetch_port(
					s, next->sub, next->ord, next->proto, next->port);
		}
		cgn_subscribers_end_hold(s, h, now);
	}
	for (; n < budget && s->table.idle_first != CGN_SUB_NONE; n++) {
		const struct cgn_subscriber *pub = &s->table.at[s->table.idle_first].pub;

		/* The list is in the order of idle_since, so all behind this one are younger. */
		if (!cgn_tick_reached(now, pub->idle_since + cgn_ticks(CGN_SUB_IDLE_S)))
			break;
		cgn_subscribers_forget(s, s->table.idle_first, now);
	}
	return n;
}
