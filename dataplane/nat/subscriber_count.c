/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What is counted of a subscriber beside its ports: for itself, for its group and for its pool.
 */
#include "dataplane/nat/subscriber_count.h"

#include "dataplane/nat/subscriber_state.h"

static void
count_of_group(struct cgn_subscribers *s, unsigned int group, enum cgn_refusal why)
{
	struct cgn_group_stats *g = &s->stats->group[group];
	enum cgn_group_limit limit = cgn_stats_limit_of(why);

	cgn_counter_add(&g->refused, 1);
	if (limit != CGN_GROUP_LIMIT_COUNT)
		cgn_counter_add(&g->limited[limit], 1);
}

void
cgn_subscriber_count_refusal(
		struct cgn_subscribers *s, uint32_t sub, enum cgn_refusal why, cgn_tick now)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	struct cgn_subtable_key key = cgn_subtable_key_of(pub);

	pub->refused_total++;
	count_of_group(s, pub->group, why);
	cgn_refused_count(&s->refused, &key, why, now);
}

void
cgn_subscriber_count_stranger(struct cgn_subscribers *s, const struct cgn_subtable_key *key,
		uint8_t group, enum cgn_refusal why, cgn_tick now)
{
	count_of_group(s, group, why);
	cgn_refused_count_stranger(&s->refused, key, why, now);
}

void
cgn_subscriber_count_admitted(struct cgn_subscribers *s, uint32_t sub)
{
	struct cgn_subtable_key key = cgn_subtable_key_of(&s->table.at[sub].pub);

	s->table.at[sub].pub.refused_total += cgn_refused_take(&s->refused, &key);
}

void
cgn_subscriber_count_mapping(struct cgn_subscribers *s, uint32_t sub, uint32_t ord)
{
	cgn_counter_add(&s->stats->group[s->table.at[sub].pub.group].mappings_made, 1);
	cgn_counter_add(&cgn_pool_stats_of(&s->ports.pools, ord)->mappings_made, 1);
}

void
cgn_subscriber_count_threshold(struct cgn_subscribers *s, uint32_t sub)
{
	cgn_counter_add(&s->stats->group[s->table.at[sub].pub.group].thresholds, 1);
}

bool
cgn_subscriber_count_in(struct cgn_subscribers *s)
{
	uint32_t max = s->conf->nat.subscribers_max;
	uint32_t n = atomic_load_explicit(s->total, memory_order_relaxed);

	/* The comparison and the addition are one step: two workers must not take the same last place. */
	do {
		if (max != 0 && n >= max)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
			s->total, &n, n + 1, memory_order_relaxed, memory_order_relaxed));
	return true;
}

void
cgn_subscriber_count_out(struct cgn_subscribers *s, uint32_t n)
{
	atomic_fetch_sub_explicit(s->total, n, memory_order_relaxed);
}

void
cgn_subscriber_count_lease(struct cgn_subscribers *s, uint32_t sub, bool is_new)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;

	pub->n_leases = (uint16_t)(is_new ? pub->n_leases + 1 : pub->n_leases - 1);
	s->ports.pools.links[pub->ext_ord].n_leases += is_new ? 1 : UINT32_MAX;
	cgn_counter_add(&s->stats->group[pub->group].leases, is_new ? 1 : UINT64_MAX);
}

void
cgn_subscriber_count_port_failure(struct cgn_subscribers *s, uint32_t ord, uint8_t proto)
{
	static const enum cgn_counter_id failures[CGN_PROTO_COUNT] = {
		[CGN_PROTO_UDP] = CGN_C_PORT_FAILURES_UDP,
		[CGN_PROTO_TCP] = CGN_C_PORT_FAILURES_TCP,
		[CGN_PROTO_ICMP] = CGN_C_PORT_FAILURES_ICMP,
	};

	cgn_counter_add(&s->stats->counter[failures[proto]], 1);
	cgn_counter_add(&cgn_pool_stats_of(&s->ports.pools, ord)->port_failures, 1);
}
