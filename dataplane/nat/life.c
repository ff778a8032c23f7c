/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Creation and end of mappings, and what the subscriber counts of it.
 */
#include "dataplane/nat/life.h"

#include "dataplane/nat/flow_record.h"
#include "dataplane/nat/limit.h"
#include "dataplane/nat/mark.h"
#include "dataplane/nat/subscriber_count.h"
#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/track.h"

#include <errno.h>

/* Further sessions freed in one step; the rest is freed step by step, so that a large mapping does not
 * delay packets. */
#define SESSIONS_AT_ONCE 16

struct cgn_client
cgn_life_client(const struct cgn_mapping *m)
{
	return (struct cgn_client){
		.realm = m->realm, .addr = m->in_addr, .port = m->in_port, .proto = m->proto
	};
}

void
cgn_life_refuse(struct cgn_nat *n, const struct cgn_ip *addr, enum cgn_refusal why, cgn_tick now)
{
	struct cgn_subtable_key key;
	const struct cgn_conf_group *g = cgn_subscriber_read_group(n->subs, addr, &key);
	uint32_t sub;

	if (g == NULL)
		return;
	sub = addr->is_ip6 ? cgn_subscribers_find6(n->subs, &addr->ip6)
			   : cgn_subscribers_find4(n->subs, addr->ip4);
	if (sub != CGN_SUB_NONE)
		cgn_subscriber_count_refusal(n->subs, sub, why, now);
	else
		cgn_subscriber_count_stranger(
				n->subs, &key, (uint8_t)(g - n->conf->groups), why, now);
}

enum cgn_verdict
cgn_life_subscriber(struct cgn_nat *n, uint32_t realm, rte_be32_t addr, cgn_tick now, uint32_t *sub)
{
	const struct cgn_ip6 *home = likely(realm == 0) ? NULL : n->home(n->engine, realm);
	enum cgn_verdict v = likely(home == NULL) ? cgn_subscribers_get4(n->subs, addr, now, sub)
						  : cgn_subscribers_get6(n->subs, home, now, sub);

	if (unlikely(v != CGN_V_NONE)) {
		struct cgn_ip who = { .is_ip6 = home != NULL };
		struct cgn_subtable_key key;
		const struct cgn_conf_group *g;

		if (home != NULL)
			who.ip6 = *home;
		else
			who.ip4 = addr;
		cgn_life_refuse(n, &who, cgn_refusal_of(v), now);
		g = cgn_subscriber_read_group(n->subs, &who, &key);
		if (g != NULL)
			cgn_limit_tell_group(n, g, v, now);
	}
	return v;
}

uint32_t *
cgn_life_slot(const struct cgn_nat *n, rte_be32_t addr, rte_be16_t port, uint8_t proto)
{
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, addr);

	if (h == NULL)
		return NULL;
	return cgn_ext_slot(&n->ext, h->ord, proto, rte_be_to_cpu_16(port));
}

uint32_t
cgn_life_make(struct cgn_nat *n, const struct cgn_client *c, uint32_t sub, uint32_t ord,
		uint16_t port, uint8_t flags, cgn_tick now)
{
	static const enum cgn_counter_id made[CGN_PROTO_COUNT] = {
		[CGN_PROTO_UDP] = CGN_C_MAPPINGS_MADE_UDP,
		[CGN_PROTO_TCP] = CGN_C_MAPPINGS_MADE_TCP,
		[CGN_PROTO_ICMP] = CGN_C_MAPPINGS_MADE_ICMP,
	};
	struct cgn_mapping_key key = {
		.realm = c->realm,
		.in = { .addr = c->addr, .port = c->port, .proto = c->proto },
		.ext = { .addr = n->ext.owned_addr[ord],
				.port = rte_cpu_to_be_16(port),
				.proto = c->proto },
		.sub = sub,
		.flags = flags,
	};
	uint32_t ref = cgn_mappings_add(
			&n->maps, &key, cgn_ext_slot(&n->ext, ord, c->proto, port), now);

	if (ref == 0) {
		cgn_subscribers_release(n->subs, sub, c, ord, port, CGN_PORT_UNSEEN, now);
		return 0;
	}
	cgn_counter_add(&n->stats->counter[made[c->proto]], 1);
	cgn_subscriber_count_mapping(n->subs, sub, ord);
	cgn_mark_look(n, sub, now);
	return ref;
}

int
cgn_life_filter(struct cgn_nat *n, uint32_t ref, const struct cgn_filter *filters, unsigned int k)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	uint32_t *slot = cgn_life_slot(n, m->ext_addr, m->ext_port, m->proto);
	uint32_t line = cgn_ext_filters(*slot);

	if (!cgn_filters_has_room(&n->ext.filters, line, k))
		return -ENOSPC;
	cgn_filters_drop(&n->ext.filters, line);
	if (k == 0) {
		m->flags &= (uint8_t)~CGN_MAPPING_FILTERED;
		*slot = ref;
	} else {
		m->flags |= CGN_MAPPING_FILTERED;
		*slot = CGN_EXT_FILTERED | cgn_filters_make(&n->ext.filters, ref, filters, k);
	}
	return 0;
}

bool
cgn_life_admits(const struct cgn_nat *n, const struct cgn_mapping *m, rte_be32_t addr,
		rte_be16_t port)
{
	const uint32_t *slot = cgn_life_slot(n, m->ext_addr, m->ext_port, m->proto);

	return cgn_filters_admit(&n->ext.filters, cgn_ext_filters(*slot), addr, port);
}

bool
cgn_life_deadline(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick *deadline)
{
	bool explicit = (m->flags & CGN_MAPPING_LEASE) != 0;
	/* A lease or static mapping of UDP or ICMP does not end by idleness. For TCP its first session
	 * still has a deadline. */
	bool idles = m->proto == CGN_PROTO_TCP ? m->tcp_state != CGN_TCP_NONE
					       : m->flags == CGN_MAPPING_IMPLICIT;

	*deadline = m->lease_end;
	if (idles) {
		cgn_tick idle = m->proto == CGN_PROTO_TCP ? cgn_track_first_deadline(n, m)
							  : m->last_use + n->timeout[m->proto];

		if (!explicit || !cgn_tick_reached(idle, m->lease_end))
			*deadline = idle;
	}
	return explicit || idles;
}

void
cgn_life_arm(struct cgn_nat *n, uint32_t ref)
{
	cgn_tick deadline;

	if (cgn_life_deadline(n, &n->maps.at[ref], &deadline))
		cgn_wheel_arm(&n->maps.wheel, ref, cgn_track_due_s(deadline));
	else
		cgn_wheel_disarm(&n->maps.wheel, ref);
}

bool
cgn_life_is_over(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now)
{
	if (m->flags != CGN_MAPPING_IMPLICIT)
		return false;
	if (m->proto == CGN_PROTO_TCP)
		return m->tcp_state == CGN_TCP_NONE;
	return cgn_tick_reached(now, m->last_use + n->timeout[m->proto]);
}

bool
cgn_life_is_there(const struct cgn_nat *n, uint32_t ref)
{
	const struct cgn_mapping *m = &n->maps.at[ref];

	if (m->proto >= CGN_PROTO_COUNT)
		return false;
	return likely(n->dying == 0) ||
			cgn_ext_mapping(&n->ext,
					*cgn_life_slot(n, m->ext_addr, m->ext_port, m->proto)) ==
			ref;
}

/* A tracked TCP connection that was closed needs no hold-down (RFC 6888 REQ-8, exception a). */
static bool
needs_hold(const struct cgn_mapping *m)
{
	return m->proto != CGN_PROTO_TCP ||
			(m->tcp_state != CGN_TCP_CLOSING && m->tcp_state != CGN_TCP_RESET);
}

static void
life_end(struct cgn_nat *n, uint32_t ref, enum cgn_port_end port, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	struct cgn_client c = cgn_life_client(m);
	const struct cgn_ext_addr *h = cgn_ext_find(&n->ext, m->ext_addr);

	/* First of all: with this port's release a block may be released. */
	cgn_flow_record_ended(n, m);
	cgn_mappings_unlink(&n->maps, ref);
	cgn_subscribers_release(
			n->subs, m->sub, &c, h->ord, rte_be_to_cpu_16(m->ext_port), port, now);
	cgn_mark_look(n, m->sub, now);
	cgn_counter_add(&n->stats->counter[CGN_C_MAPPINGS_ENDED], 1);
	if (cgn_track_drop_sessions(n, m, SESSIONS_AT_ONCE)) {
		cgn_mappings_free(&n->maps, ref);
		return;
	}
	/* Too many sessions for one step: cgn_life_bury() frees the rest. The timer is disarmed, so its node
	 * can link the list of these mappings. */
	m->node.next = n->dying;
	n->dying = ref;
}

void
cgn_life_end(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	life_end(n, ref, needs_hold(&n->maps.at[ref]) ? CGN_PORT_HELD : CGN_PORT_FREE, now);
}

void
cgn_life_cut(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	life_end(n, ref, CGN_PORT_FREE, now);
}

bool
cgn_life_bury(struct cgn_nat *n, unsigned int *budget)
{
	while (n->dying != 0) {
		uint32_t ref = n->dying;
		struct cgn_mapping *m = &n->maps.at[ref];
		uint32_t next = m->node.next;

		if (*budget < SESSIONS_AT_ONCE)
			return true;
		*budget -= SESSIONS_AT_ONCE;
		if (!cgn_track_drop_sessions(n, m, SESSIONS_AT_ONCE))
			continue;
		n->dying = next;
		cgn_mappings_free(&n->maps, ref);
	}
	return false;
}
