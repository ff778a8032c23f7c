/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Leases (explicit mappings) and static mappings: made, renewed and ended by command.
 */
#include "dataplane/nat/lease.h"

#include "dataplane/nat/block.h"
#include "dataplane/nat/drain_left.h"
#include "dataplane/nat/flow_record.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/limit.h"
#include "dataplane/nat/subscriber_count.h"
#include "dataplane/nat/subscriber_row.h"
#include "dataplane/nat/track.h"

#include <errno.h>

/* What a command says of the lease that there will be. */
#define KIND_OF_LEASE (CGN_MAPPING_LEASE | CGN_MAPPING_AGES)

static struct cgn_mapping *
lease_find(struct cgn_nat *n, const struct cgn_client *c)
{
	return cgn_mappings_find_in(&n->maps, c->realm, c->addr, c->port, c->proto);
}

static struct cgn_client
client_of(const struct cgn_cmd_map *cmd)
{
	return (struct cgn_client){ .realm = cmd->realm,
		.addr = cmd->in.addr,
		.port = cmd->in.port,
		.proto = cmd->in.proto };
}

static void
lease_answer(struct cgn_cmd_map *cmd, const struct cgn_mapping *m)
{
	cmd->ext = (struct cgn_ep4){ .addr = m->ext_addr, .port = m->ext_port, .proto = m->proto };
	cmd->flags = m->flags;
}

/* Refuse a command. @param why  for the subscriber's count @return err */
static int
refuse(struct cgn_nat *n, enum cgn_refusal why, int err)
{
	n->why = why;
	return err;
}

/* Whether a subscriber has asked for the mapping. A static mapping comes from the operator, and a restored
 * one from the store. A refusal of those is not counted for the subscriber. */
static bool
is_asked_for(const struct cgn_cmd_map *cmd)
{
	return (cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXACT)) == 0;
}

/* Whether the subscriber may have one more lease. */
static bool
has_lease_left(const struct cgn_nat *n, uint32_t sub)
{
	return cgn_subscribers_at(n->subs, sub)->n_leases <
			cgn_subscribers_group_of(n->subs, sub)->leases_max;
}

/* The same for a request, which is refused otherwise. Where no lease is allowed at all, that is a policy and no quota. */
static bool
may_lease(struct cgn_nat *n, const struct cgn_cmd_map *cmd, uint32_t sub, cgn_tick now)
{
	bool may = has_lease_left(n, sub);

	if (!may && is_asked_for(cmd) && cgn_subscribers_group_of(n->subs, sub)->leases_max != 0)
		cgn_limit_tell_leases(n, sub, now);
	return may;
}

/* Whether an external endpoint is not the one that the client insists on. A part that is 0 may be anything. */
static bool
is_other_than_asked(const struct cgn_cmd_map *cmd, rte_be32_t addr, rte_be16_t port)
{
	return (cmd->flags & CGN_MAPPING_AS_ASKED) != 0 &&
			((cmd->ext.addr != 0 && cmd->ext.addr != addr) ||
					(cmd->ext.port != 0 && cmd->ext.port != port));
}

/* Until when a lease of PEER keeps the connections of a mapping. */
static cgn_tick
kept_until(const struct cgn_mapping *m, cgn_tick now)
{
	return (m->flags & CGN_MAPPING_PEER) != 0 ? m->lease_end : now;
}

/* After a change of a lease: connections that PEER has kept until @p was may end earlier now. */
static void
end_earlier(struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick was, cgn_tick now)
{
	if (!cgn_tick_reached(kept_until(m, now), was))
		cgn_track_arm_sessions(n, m);
}

/* An existing mapping becomes or stays a lease. A static mapping stays static. */
static int
renew(struct cgn_nat *n, struct cgn_mapping *m, struct cgn_cmd_map *cmd,
		const struct cgn_filter *filters, cgn_tick now)
{
	bool is_new = (m->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_LEASE)) == 0, closes;

	if ((cmd->flags & CGN_MAPPING_STATIC) != 0)
		return -EEXIST;
	if ((cmd->flags & CGN_MAPPING_AS_IT_IS) == 0 &&
			is_other_than_asked(cmd, m->ext_addr, m->ext_port))
		return refuse(n, CGN_REFUSAL_PORT_TAKEN, -EBUSY);
	if ((m->flags & CGN_MAPPING_STATIC) != 0 && cmd->n_filters != 0)
		return -EPERM;
	if (is_new && !may_lease(n, cmd, m->sub, now))
		return refuse(n, CGN_REFUSAL_SUB_LEASES, -EDQUOT);
	/* Most leases have no filters, neither before nor after. */
	if ((cmd->n_filters != 0 || (m->flags & CGN_MAPPING_FILTERED) != 0) &&
			cgn_life_filter(n, (uint32_t)(m - n->maps.at), filters, cmd->n_filters) < 0)
		return -ENOSPC;
	closes = (m->flags & CGN_MAPPING_EXPLICIT) != 0 && (cmd->flags & CGN_MAPPING_EXPLICIT) == 0;
	if (is_new)
		cgn_subscriber_count_lease(n->subs, m->sub, true);
	if ((m->flags & CGN_MAPPING_STATIC) == 0) {
		cgn_tick was = kept_until(m, now);

		cmd->lifetime_s = cgn_drain_left_lifetime_s(n, m->ext_addr, cmd->lifetime_s, now);
		m->flags = (uint8_t)((m->flags & ~KIND_OF_LEASE) | (cmd->flags & KIND_OF_LEASE));
		m->lease_end = now + cgn_ticks(cmd->lifetime_s);
		end_earlier(n, m, was, now);
		/* MAP or NAT-PMP has ended, and PEER goes on (RFC 6886 section 3.4). */
		if (closes)
			cgn_track_reset_inbound(n, m);
		cgn_life_arm(n, (uint32_t)(m - n->maps.at));
	}
	lease_answer(cmd, m);
	return 0;
}

static int
get_subscriber(struct cgn_nat *n, uint32_t realm, rte_be32_t addr, cgn_tick now, uint32_t *sub)
{
	enum cgn_verdict v = cgn_life_subscriber(n, realm, addr, now, sub);

	if (v == CGN_V_NOT_SUBSCRIBER)
		return -EACCES;
	if (v == CGN_V_POOL_FULL)
		return -EADDRNOTAVAIL;
	return v == CGN_V_NONE ? 0 : -ENOSPC;
}

/* A restored lease and a static mapping name the address of their subscriber. If the subscriber has another address by
 * now, they are refused: a subscriber has one address for all its ports. A static mapping is tried again (static_turn.h). */
static int
pair_with(struct cgn_nat *n, uint32_t sub, const struct cgn_cmd_map *cmd, cgn_tick now,
		uint32_t *ord)
{
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, cmd->ext.addr);

	if (h == NULL)
		return -EXDEV;
	*ord = h->ord;
	return cgn_subscribers_pair(n->subs, sub, h->ord, now);
}

/* The external port of the other transport protocol's mapping of the same inside port, 0: none. It belongs
 * to the client already (RFC 6886 section 3.3), so it is the best choice if the client's wish is not
 * free. */
static uint16_t
companion_port(struct cgn_nat *n, const struct cgn_client *c)
{
	struct cgn_client other = *c;
	const struct cgn_mapping *m;

	other.proto = c->proto == CGN_PROTO_UDP ? CGN_PROTO_TCP : CGN_PROTO_UDP;
	m = lease_find(n, &other);
	return m == NULL ? 0 : rte_be_to_cpu_16(m->ext_port);
}

static int
lease_take_port(struct cgn_nat *n, const struct cgn_cmd_map *cmd, const struct cgn_client *c,
		uint32_t sub, uint32_t ord, cgn_tick now, uint16_t *port)
{
	uint16_t wanted[] = { rte_be_to_cpu_16(cmd->ext.port), companion_port(n, c) };
	/* The operator decides about a static mapping, also if somebody else has got the block by now. */
	bool is_back = (cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXACT)) != 0;
	enum cgn_verdict v;

	/* A static or restored mapping gets the given port or none; others take the next best. */
	for (unsigned int i = 0; i < RTE_DIM(wanted); i++) {
		*port = wanted[i];
		if (*port != 0 &&
				cgn_subscribers_claim(n->subs, sub, c, ord, *port, is_back, now) ==
						0)
			return 0;
		if ((cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXACT)) != 0 ||
				is_other_than_asked(cmd, cmd->ext.addr, 0))
			return refuse(n, CGN_REFUSAL_PORT_TAKEN, -EBUSY);
	}
	v = cgn_subscribers_take_lease(n->subs, sub, c, port);
	n->why = cgn_refusal_of(v);
	cgn_limit_tell_sub(n, sub, c->proto, v, now);
	/* Only a limit of the subscriber itself is a quota. A full pool is not the client's fault. */
	if (v == CGN_V_SUB_PORTS)
		return -EDQUOT;
	return v == CGN_V_NONE ? 0 : -ENOSPC;
}

/* A full pool is a lack of resources (result 4 of RFC 6886 section 3.5), unless the worker has no address
 * at all. */
static int
subscriber_for_mapping(struct cgn_nat *n, const struct cgn_client *c, cgn_tick now, uint32_t *sub)
{
	int ret = get_subscriber(n, c->realm, c->addr, now, sub);

	return ret == -EADDRNOTAVAIL && n->ext.n_owned != 0 ? -ENOSPC : ret;
}

static int
lease_make(struct cgn_nat *n, const struct cgn_client *c, struct cgn_cmd_map *cmd,
		const struct cgn_filter *filters, cgn_tick now)
{
	uint8_t kind = cmd->flags & (CGN_MAPPING_STATIC | KIND_OF_LEASE);
	bool is_lease = (kind & CGN_MAPPING_LEASE) != 0;
	bool is_bound = (cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXACT)) != 0;
	uint32_t sub, ord, ref;
	uint16_t port;
	int ret;

	/* This comes first: if another worker owns the address, no subscriber must be made here. */
	if (is_bound && cgn_life_slot(n, cmd->ext.addr, cmd->ext.port, c->proto) == NULL)
		return -EXDEV;
	if (!cgn_filters_has_room(&n->ext.filters, 0, cmd->n_filters))
		return -ENOSPC;
	ret = subscriber_for_mapping(n, c, now, &sub);
	if (ret < 0)
		return ret;
	if (is_lease && !may_lease(n, cmd, sub, now))
		return refuse(n, CGN_REFUSAL_SUB_LEASES, -EDQUOT);
	ord = cgn_subscribers_at(n->subs, sub)->ext_ord;
	/* The subscriber has ports there, so it cannot leave the address. It gets no lease that would end with it. */
	if (is_lease && cgn_drain_left_state(n, ord) != CGN_DRAIN_OPEN)
		return refuse(n, CGN_REFUSAL_POOL_PORTS, -ENOSPC);
	if (is_other_than_asked(cmd, n->ext.owned_addr[ord], cmd->ext.port))
		return refuse(n, CGN_REFUSAL_PORT_TAKEN, -EBUSY);
	if (is_bound)
		ret = pair_with(n, sub, cmd, now, &ord);
	if (ret == 0)
		ret = lease_take_port(n, cmd, c, sub, ord, now, &port);
	if (ret < 0)
		return ret;
	ref = cgn_life_make(n, c, sub, ord, port, kind, now);
	if (ref == 0) {
		cgn_limit_tell_sub(n, sub, c->proto, CGN_V_MAPPINGS_FULL, now);
		return refuse(n, CGN_REFUSAL_MAPPINGS_FULL, -ENOSPC);
	}
	/* There is room, see above. */
	if (cmd->n_filters != 0)
		(void)cgn_life_filter(n, ref, filters, cmd->n_filters);
	if (is_lease) {
		n->maps.at[ref].lease_end = now + cgn_ticks(cmd->lifetime_s);
		/* Nobody has used it: its idle time-out is over already. */
		n->maps.at[ref].last_use = now - n->timeout[CGN_PROTO_UDP];
		cgn_subscriber_count_lease(n->subs, sub, true);
	}
	cgn_flow_record_made(n, &n->maps.at[ref]);
	lease_answer(cmd, &n->maps.at[ref]);
	cgn_life_arm(n, ref);
	return 0;
}

/* A host that is no subscriber is not counted here. It got no block, and cgn_life_subscriber() has counted
 * that. */
static void
count_refusal(struct cgn_nat *n, const struct cgn_cmd_map *cmd, cgn_tick now)
{
	uint32_t sub = cmd->realm == 0
			? cgn_subscribers_find4(n->subs, cmd->in.addr)
			: cgn_subscribers_find6(n->subs, n->home(n->engine, cmd->realm));

	if (sub != CGN_SUB_NONE)
		cgn_subscriber_count_refusal(n->subs, sub, n->why, now);
}

/* Time until the mapping of a lease would end by idleness if traffic had made it. */
static cgn_tick
idle_left(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now)
{
	cgn_tick end = m->proto == CGN_PROTO_TCP ? cgn_track_last_deadline(n, m, now)
						 : m->last_use + n->timeout[m->proto];

	return cgn_tick_reached(now, end) ? 0 : end - now;
}

/* The mapping is no lease any more. */
static void
unlease(struct cgn_nat *n, uint32_t ref)
{
	struct cgn_mapping *m = &n->maps.at[ref];

	if ((m->flags & CGN_MAPPING_FILTERED) != 0)
		(void)cgn_life_filter(n, ref, NULL, 0); /* to have none needs no room */
	m->flags &= (uint8_t)~KIND_OF_LEASE;
	cgn_subscriber_count_lease(n->subs, m->sub, false);
}

/* End a lease. Connections from outside are reset. A UDP mapping ends at once even if it is in use (RFC
 * 6886 section 3.4), unless the lease is undone. A TCP mapping stays while connections that the inside
 * opened use it. */
static void
end_lease(struct cgn_nat *n, uint32_t ref, bool is_undone, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	bool was_explicit = (m->flags & CGN_MAPPING_EXPLICIT) != 0;
	bool stays = m->proto == CGN_PROTO_UDP && is_undone && idle_left(n, m, now) != 0;

	/* This comes first: below, the mapping is treated like one that traffic has made. */
	unlease(n, ref);
	/* What a lease of PEER has not admitted goes on without it (RFC 6887 section 12.3). */
	if (was_explicit)
		cgn_track_reset_inbound(n, m);
	if (m->proto == CGN_PROTO_TCP && m->tcp_state == CGN_TCP_NONE)
		cgn_track_first_ended(n, m);
	if (!stays && (m->proto != CGN_PROTO_TCP || m->tcp_state == CGN_TCP_NONE))
		cgn_life_end(n, ref, now);
	else
		cgn_life_arm(n, ref);
}

/* PEER: what a packet of the inside to the remote endpoint would do. */
static int
open_peer(struct cgn_nat *n, struct cgn_mapping *m, const struct cgn_cmd_map *cmd, cgn_tick now)
{
	uint32_t ref = (uint32_t)(m - n->maps.at);
	enum cgn_verdict v = cgn_track_peer(n, m, ref, cmd->rem_addr, cmd->rem_port, now);

	/* It may be the first connection of the mapping. */
	cgn_life_arm(n, ref);
	if (v == CGN_V_NONE)
		return 0;
	n->why = cgn_refusal_of(v);
	return v == CGN_V_SUB_SESSIONS ? -EDQUOT : -ENOSPC;
}

/* How long the mapping lives if nobody uses it any more. */
static uint32_t
lives_s(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now)
{
	cgn_tick left = cgn_tick_reached(now, m->lease_end) ? 0 : m->lease_end - now;

	left = RTE_MAX(left, idle_left(n, m, now));
	return (uint32_t)((left + CGN_TICK_HZ - 1) / CGN_TICK_HZ);
}

/* A request of PEER. If there is no room for the connection, it changes nothing. */
static int
add_peer(struct cgn_nat *n, const struct cgn_client *c, struct cgn_cmd_map *cmd,
		const struct cgn_filter *filters, cgn_tick now)
{
	struct cgn_mapping *m = lease_find(n, c);
	int ret;

	if (m != NULL) {
		ret = open_peer(n, m, cmd, now);
		if (ret == 0)
			ret = renew(n, m, cmd, filters, now);
	} else {
		ret = lease_make(n, c, cmd, filters, now);
		m = ret == 0 ? lease_find(n, c) : NULL;
		if (m != NULL)
			ret = open_peer(n, m, cmd, now);
		if (m != NULL && ret < 0)
			end_lease(n, (uint32_t)(m - n->maps.at), false, now);
	}
	if (ret == 0 && (m->flags & CGN_MAPPING_STATIC) == 0)
		cmd->lifetime_s = lives_s(n, m, now);
	return ret;
}

static int
make_or_renew(struct cgn_nat *n, struct cgn_cmd_map *cmd, const struct cgn_filter *filters,
		cgn_tick now)
{
	struct cgn_client c = client_of(cmd);
	struct cgn_mapping *m;

	n->why = CGN_REFUSAL_OTHER;
	if (c.proto >= CGN_PROTO_COUNT || c.port == 0 || cmd->n_filters > CGN_FILTERS_MAX)
		return -EINVAL;
	/* Without a remote endpoint, PEER has asked before, and nothing is opened. */
	if ((cmd->flags & CGN_MAPPING_PEER) != 0 && cmd->rem_port != 0)
		return add_peer(n, &c, cmd, filters, now);
	m = lease_find(n, &c);
	return m != NULL ? renew(n, m, cmd, filters, now) : lease_make(n, &c, cmd, filters, now);
}

/* The control thread asks whether a lease has been cut. @return 0: it is there, or it is static by now */
static int
lease_look(struct cgn_nat *n, struct cgn_cmd_map *cmd)
{
	const struct cgn_client c = client_of(cmd);
	const struct cgn_mapping *m = lease_find(n, &c);

	if (m == NULL || (m->flags & (CGN_MAPPING_LEASE | CGN_MAPPING_STATIC)) == 0)
		return -ENOENT;
	lease_answer(cmd, m);
	return 0;
}

int
cgn_lease_add(struct cgn_nat *n, struct cgn_cmd_map *cmd, const struct cgn_filter *filters,
		cgn_tick now)
{
	int ret;

	if ((cmd->flags & CGN_MAPPING_IF_LOST) != 0) {
		ret = lease_look(n, cmd);
		if (ret == 0 || cmd->lifetime_s == 0)
			return ret;
	}
	ret = make_or_renew(n, cmd, filters, now);
	if (ret < 0 && is_asked_for(cmd))
		count_refusal(n, cmd, now);
	return ret;
}

/* --- sets ---------------------------------------------------------------------------------- */

/* Suggest the begin of a row of free ports, so that the set gets as long as possible. @return <0: the client gets nothing,
 * and that is counted */
static int
suggest_row(struct cgn_nat *n, struct cgn_cmd_map *cmd, uint16_t size, cgn_tick now)
{
	struct cgn_client c = client_of(cmd);
	uint64_t mask = CGN_BLOCK_ANY;
	uint16_t port;
	uint32_t sub;
	int ret = subscriber_for_mapping(n, &c, now, &sub);

	if (ret < 0 || !has_lease_left(n, sub))
		return ret; /* 0: cgn_lease_add() refuses it */
	if (cmd->set_parity != 0)
		mask = (rte_be_to_cpu_16(c.port) & 1) != 0 ? CGN_BLOCK_ODD : CGN_BLOCK_EVEN;
	size = (uint16_t)RTE_MIN(size, cgn_subscribers_group_of(n->subs, sub)->leases_max);
	if (cgn_subscriber_row_find(n->subs, sub, size, mask, &port) > 0)
		cmd->ext.port = rte_cpu_to_be_16(port);
	return 0;
}

/* Make or renew the first lease of a set. A client that has lost its state suggests the ports that it had. */
static int
add_first(struct cgn_nat *n, struct cgn_cmd_map *cmd, const struct cgn_filter *filters,
		uint16_t size, cgn_tick now)
{
	const struct cgn_client c = client_of(cmd);
	bool is_new = c.port != 0 && c.proto < CGN_PROTO_COUNT && lease_find(n, &c) == NULL;
	struct cgn_cmd_map suggested = *cmd;
	int ret = 0;

	suggested.flags |= CGN_MAPPING_AS_ASKED;
	if (is_new && cmd->ext.port != 0) {
		ret = make_or_renew(n, &suggested, filters, now);
		if (ret == 0)
			*cmd = suggested;
		/* Only if the port itself is not free, another one may do. One request is refused once. */
		if (ret < 0 && ret != -EBUSY && is_asked_for(cmd))
			count_refusal(n, cmd, now);
		if (ret != -EBUSY)
			return ret;
	}
	if (is_new)
		ret = suggest_row(n, cmd, size, now);
	return ret < 0 ? ret : cgn_lease_add(n, cmd, filters, now);
}

/* Where a set ends that begins at an external port. */
static uint16_t
end_of_set(struct cgn_nat *n, const struct cgn_cmd_map *first, uint16_t size)
{
	const struct cgn_client c = client_of(first);
	uint32_t sub = lease_find(n, &c)->sub;
	uint16_t port = rte_be_to_cpu_16(first->ext.port), i = 1;

	size = (uint16_t)RTE_MIN(size, UINT16_MAX - port + 1);
	if ((first->flags & CGN_MAPPING_STATIC) != 0)
		return 1;
	if (!cgn_subscribers_has_port(n->subs, sub, port))
		return size;
	while (i < size && cgn_subscribers_has_port(n->subs, sub, (uint16_t)(port + i)))
		i++;
	return i;
}

int
cgn_lease_add_set(struct cgn_nat *n, struct cgn_cmd_map *cmd, const struct cgn_filter *filters,
		cgn_tick now)
{
	uint16_t in_port = rte_be_to_cpu_16(cmd->in.port), ext_port;
	uint16_t size = (uint16_t)RTE_MIN(cmd->set_size, UINT16_MAX - in_port + 1);
	struct cgn_cmd_map next = *cmd;
	int ret = add_first(n, cmd, filters, size, now);

	if (ret < 0)
		return ret;
	ext_port = rte_be_to_cpu_16(cmd->ext.port);
	size = end_of_set(n, cmd, size);
	next.flags |= CGN_MAPPING_AS_ASKED;
	for (cmd->set_size = 1; cmd->set_size < size; cmd->set_size++) {
		next.in.port = rte_cpu_to_be_16((uint16_t)(in_port + cmd->set_size));
		next.ext = cmd->ext;
		next.ext.port = rte_cpu_to_be_16((uint16_t)(ext_port + cmd->set_size));
		if (make_or_renew(n, &next, filters, now) < 0 ||
				(next.flags & CGN_MAPPING_STATIC) != 0)
			break;
		next.flags = (uint8_t)(cmd->flags | CGN_MAPPING_AS_ASKED);
	}
	return 0;
}

int
cgn_lease_del(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now)
{
	struct cgn_client c = client_of(cmd);
	struct cgn_mapping *m = lease_find(n, &c);
	cgn_tick left, was;
	bool ages, is_over;

	if (m == NULL)
		return -ENOENT;
	if (m->flags == CGN_MAPPING_IMPLICIT)
		return -EADDRINUSE;
	if ((m->flags & CGN_MAPPING_STATIC) != 0)
		return -EPERM;
	was = kept_until(m, now);
	/* Only the command knows whether PEER still keeps the connections. */
	m->flags = (uint8_t)((m->flags & ~CGN_MAPPING_PEER) | (cmd->flags & CGN_MAPPING_PEER));
	ages = (cmd->flags & CGN_MAPPING_AGES) != 0;
	/* If only PEER has kept it, no lease is left that could age. The mapping goes on as one of traffic. */
	is_over = (m->flags & CGN_MAPPING_LEASE) == 0;
	left = ages && !is_over ? idle_left(n, m, now) : 0;
	cmd->lifetime_s = (uint32_t)((left + CGN_TICK_HZ - 1) / CGN_TICK_HZ);
	if (left != 0)
		m->lease_end = now + left;
	end_earlier(n, m, was, now);
	if (left == 0) {
		end_lease(n, (uint32_t)(m - n->maps.at),
				(cmd->flags & CGN_MAPPING_UNDO) != 0 || (ages && is_over), now);
		return 0;
	}
	cgn_life_arm(n, (uint32_t)(m - n->maps.at));
	return 0;
}

int
cgn_lease_bind(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now)
{
	uint32_t sub;
	int ret = get_subscriber(n, cmd->realm, cmd->in.addr, now, &sub);

	if (ret == 0)
		cmd->ext.addr = n->ext.owned_addr[cgn_subscribers_at(n->subs, sub)->ext_ord];
	return ret;
}

void
cgn_lease_over(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	end_lease(n, ref, (n->maps.at[ref].flags & CGN_MAPPING_AGES) != 0, now);
}

unsigned int
cgn_lease_cut(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	unsigned int n_told = cgn_track_reset_all(n, m);

	if ((m->flags & CGN_MAPPING_LEASE) != 0)
		unlease(n, ref);
	cgn_life_cut(n, ref, now);
	return n_told;
}
