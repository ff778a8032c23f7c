/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares subscribers with a new configuration, and moves their counts to other groups.
 */
#include "dataplane/nat/subscriber_group.h"

#include "dataplane/nat/subscriber_state.h"

void
cgn_subscriber_group_set_mine(
		struct cgn_subscribers *s, cgn_subscriber_mine_fn is_mine, const void *ctx)
{
	s->is_mine = is_mine;
	s->is_mine_ctx = ctx;
}

/* Whether a subscriber belongs to this worker. */
static bool
group_is_mine(const struct cgn_subscribers *s, const struct cgn_ip *addr)
{
	return s->is_mine == NULL || s->is_mine(s->is_mine_ctx, addr);
}

void
cgn_subscriber_group_begin(struct cgn_subscribers *s)
{
	s->is_regrouping = s->table.n_live != 0;
}

void
cgn_subscriber_group_end(struct cgn_subscribers *s)
{
	s->is_regrouping = false;
}

/* Count a subscriber with all that it has for another group. */
static void
group_move(struct cgn_subscribers *s, struct cgn_subscriber *pub, uint8_t group)
{
	struct cgn_group_stats *from = &s->stats->group[pub->group], *to = &s->stats->group[group];

	cgn_counter_sub(&from->subscribers, 1);
	cgn_counter_add(&to->subscribers, 1);
	cgn_counter_sub(&from->mappings, cgn_subscriber_mappings(pub));
	cgn_counter_add(&to->mappings, cgn_subscriber_mappings(pub));
	cgn_counter_sub(&from->leases, pub->n_leases);
	cgn_counter_add(&to->leases, pub->n_leases);
	pub->group = group;
	pub->reached = 0;
}

bool
cgn_subscriber_group_one(struct cgn_subscribers *s, uint32_t sub)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	uint32_t group = pub->addr.is_ip6 ? cgn_group_find6(&s->groups, &pub->addr.ip6)
					  : cgn_group_find4(&s->groups, pub->addr.ip4);
	const struct cgn_conf_group *g;

	if (group == CGN_GROUP_NONE)
		return false;
	g = &s->conf->groups[group];
	if (pub->prefix_len !=
					(pub->addr.is_ip6 ? g->subscriber_prefix6_len
							  : g->subscriber_prefix_len) ||
			g->pool != s->ext->owned_pool[pub->ext_ord] ||
			!group_is_mine(s, &pub->addr))
		return false;
	if (group != pub->group)
		group_move(s, pub, (uint8_t)group);
	return true;
}
