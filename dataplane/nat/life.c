/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/life.h"

#include "dataplane/nat/track.h"

/* Further sessions freed together with their mapping; more are freed slice by slice. */
#define SESSIONS_AT_ONCE 16

struct cgn_client
cgn_life_client(const struct cgn_mapping *m)
{
	return (struct cgn_client){
		.realm = m->realm, .addr = m->in_addr, .port = m->in_port, .proto = m->proto
	};
}

enum cgn_verdict
cgn_life_subscriber(struct cgn_nat *n, uint32_t realm, rte_be32_t addr, cgn_tick now, uint32_t *sub)
{
	return likely(realm == 0)
			? cgn_subscribers_get4(n->subs, addr, now, sub)
			: cgn_subscribers_get6(n->subs, n->home(n->engine, realm), now, sub);
}

uint32_t *
cgn_life_slot(const struct cgn_nat *n, rte_be32_t addr, rte_be16_t port, uint8_t proto)
{
	const struct cgn_ext_home *h = cgn_ext_find(&n->ext, addr);

	if (h == NULL || h->ord >= n->ext.n_own || n->ext.own_addr[h->ord] != addr)
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
		.ext = { .addr = n->ext.own_addr[ord],
				.port = rte_cpu_to_be_16(port),
				.proto = c->proto },
		.sub = sub,
		.flags = flags,
	};
	uint32_t ref = cgn_mappings_add(
			&n->maps, &key, cgn_ext_slot(&n->ext, ord, c->proto, port), now);

	if (ref == 0)
		cgn_subscribers_release(n->subs, sub, c, ord, port, false, now);
	else
		cgn_counter_add(&n->stats->counter[made[c->proto]], 1);
	return ref;
}

bool
cgn_life_deadline(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick *deadline)
{
	bool explicit = (m->flags & CGN_MAPPING_EXPLICIT) != 0;
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
		cgn_wheel_arm(&n->maps.wheel, ref, cgn_life_due_s(deadline));
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

/* A tracked TCP connection that was closed needs no hold-down (RFC 6888 REQ-8, exception a). */
static bool
needs_hold(const struct cgn_mapping *m)
{
	return m->proto != CGN_PROTO_TCP ||
			(m->tcp_state != CGN_TCP_CLOSING && m->tcp_state != CGN_TCP_RESET);
}

void
cgn_life_end(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	struct cgn_client c = cgn_life_client(m);
	const struct cgn_ext_home *h = cgn_ext_find(&n->ext, m->ext_addr);

	cgn_mappings_unlink(&n->maps, ref);
	cgn_subscribers_release(n->subs, m->sub, &c, h->ord, rte_be_to_cpu_16(m->ext_port),
			needs_hold(m), now);
	cgn_counter_add(&n->stats->counter[CGN_C_MAPPINGS_ENDED], 1);
	if (cgn_track_drop_sessions(n, m, SESSIONS_AT_ONCE)) {
		cgn_mappings_free(&n->maps, ref);
		return;
	}
	m->node.next = n->dying;
	n->dying = ref;
}

bool
cgn_life_bury(struct cgn_nat *n, unsigned int budget)
{
	while (n->dying != 0) {
		uint32_t ref = n->dying;
		struct cgn_mapping *m = &n->maps.at[ref];
		uint32_t next = m->node.next;

		if (budget < SESSIONS_AT_ONCE)
			return true;
		budget -= SESSIONS_AT_ONCE;
		if (!cgn_track_drop_sessions(n, m, SESSIONS_AT_ONCE))
			continue;
		n->dying = next;
		cgn_mappings_free(&n->maps, ref);
	}
	return false;
}
