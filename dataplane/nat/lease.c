/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/lease.h"

#include "dataplane/nat/life.h"
#include "dataplane/nat/track.h"

#include <errno.h>

static struct cgn_mapping *
find(struct cgn_nat *n, const struct cgn_client *c)
{
	uint64_t hash = cgn_index_hash(&n->maps.index, c->realm, c->addr, c->port, c->proto);
	uint32_t ref = cgn_mappings_find(&n->maps, hash, c->realm, c->addr, c->port, c->proto);

	return ref == 0 ? NULL : &n->maps.at[ref];
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
answer(struct cgn_cmd_map *cmd, const struct cgn_mapping *m)
{
	cmd->ext = (struct cgn_ep4){ .addr = m->ext_addr, .port = m->ext_port, .proto = m->proto };
	cmd->flags = m->flags;
}

/* Whether the subscriber may have one more lease. */
static bool
has_lease_left(const struct cgn_nat *n, uint32_t sub)
{
	return cgn_subscribers_at(n->subs, sub)->n_leases <
			cgn_subscribers_group_of(n->subs, sub)->leases_max;
}

/* An existing mapping becomes or stays a lease; a static one stays what it is. */
static int
renew(struct cgn_nat *n, struct cgn_mapping *m, struct cgn_cmd_map *cmd, cgn_tick now)
{
	if ((cmd->flags & CGN_MAPPING_STATIC) != 0)
		return -EEXIST;
	if ((m->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXPLICIT)) == 0) {
		if (!has_lease_left(n, m->sub))
			return -EDQUOT;
		cgn_subscribers_at(n->subs, m->sub)->n_leases++;
		m->flags |= CGN_MAPPING_EXPLICIT;
	}
	if ((m->flags & CGN_MAPPING_EXPLICIT) != 0) {
		m->lease_end = now + cgn_ticks(cmd->lifetime_s);
		cgn_life_arm(n, (uint32_t)(m - n->maps.at));
	}
	answer(cmd, m);
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

/*
 * A restored lease and a static mapping say which address their subscriber is paired with. A lease on
 * another one than it has by now is lost, since its client is told one address for all its ports.
 */
static int
pair_with(struct cgn_nat *n, uint32_t sub, const struct cgn_cmd_map *cmd, cgn_tick now,
		uint32_t *ord)
{
	rte_be32_t ext_addr = cmd->ext.addr;
	const struct cgn_ext_home *h = cgn_ext_find(&n->ext, ext_addr);
	int ret;

	if (h == NULL || h->ord >= n->ext.n_own || n->ext.own_addr[h->ord] != ext_addr)
		return -EXDEV;
	ret = cgn_subscribers_pair(n->subs, sub, h->ord, now);
	*ord = h->ord;
	return (cmd->flags & CGN_MAPPING_STATIC) != 0 ? 0 : ret;
}

/* The external port of the other transport protocol's mapping of the same inside port, 0: none. */
static uint16_t
companion_port(struct cgn_nat *n, const struct cgn_client *c, uint32_t ord)
{
	struct cgn_client other = *c;
	const struct cgn_mapping *m;

	other.proto = c->proto == CGN_PROTO_UDP ? CGN_PROTO_TCP : CGN_PROTO_UDP;
	m = find(n, &other);
	return m == NULL || m->ext_addr != n->ext.own_addr[ord] ? 0 : rte_be_to_cpu_16(m->ext_port);
}

static int
take_port(struct cgn_nat *n, const struct cgn_cmd_map *cmd, const struct cgn_client *c,
		uint32_t sub, uint32_t ord, cgn_tick now, uint16_t *port)
{
	uint16_t wanted[] = { rte_be_to_cpu_16(cmd->ext.port), companion_port(n, c, ord) };
	bool is_back = (cmd->flags & CGN_MAPPING_EXACT) != 0;
	enum cgn_verdict v;

	for (unsigned int i = 0; i < RTE_DIM(wanted); i++) {
		*port = wanted[i];
		if (*port != 0 &&
				cgn_subscribers_claim(n->subs, sub, c, ord, *port, is_back, now) ==
						0)
			return 0;
		if ((cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXACT)) != 0)
			return -EBUSY;
	}
	v = cgn_subscribers_take_lease(n->subs, sub, c, port);
	if (v == CGN_V_SUB_PORTS)
		return -EDQUOT;
	return v == CGN_V_NONE ? 0 : -ENOSPC;
}

/* A full pool is a lack of resources (result 4 of RFC 6886 section 3.5), unless there is no address at all. */
static int
subscriber_for_mapping(struct cgn_nat *n, const struct cgn_client *c, cgn_tick now, uint32_t *sub)
{
	int ret = get_subscriber(n, c->realm, c->addr, now, sub);

	return ret == -EADDRNOTAVAIL && n->ext.n_own != 0 ? -ENOSPC : ret;
}

static int
make(struct cgn_nat *n, const struct cgn_client *c, struct cgn_cmd_map *cmd, cgn_tick now)
{
	uint8_t kind = cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXPLICIT);
	bool is_bound = (cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXACT)) != 0;
	uint32_t sub, ord, ref;
	uint16_t port;
	int ret;

	if (is_bound && cgn_life_slot(n, cmd->ext.addr, cmd->ext.port, c->proto) == NULL)
		return -EXDEV;
	ret = subscriber_for_mapping(n, c, now, &sub);
	if (ret < 0)
		return ret;
	if (kind == CGN_MAPPING_EXPLICIT && !has_lease_left(n, sub))
		return -EDQUOT;
	ord = cgn_subscribers_at(n->subs, sub)->ext_ord;
	if (is_bound)
		ret = pair_with(n, sub, cmd, now, &ord);
	if (ret == 0)
		ret = take_port(n, cmd, c, sub, ord, now, &port);
	if (ret < 0)
		return ret;
	ref = cgn_life_make(n, c, sub, ord, port, kind, now);
	if (ref == 0)
		return -ENOSPC;
	if (kind == CGN_MAPPING_EXPLICIT) {
		n->maps.at[ref].lease_end = now + cgn_ticks(cmd->lifetime_s);
		cgn_subscribers_at(n->subs, sub)->n_leases++;
	}
	answer(cmd, &n->maps.at[ref]);
	cgn_life_arm(n, ref);
	return 0;
}

/* Whether a subscriber has asked for it just now: neither the operator nor the store has. */
static bool
is_asked_for(const struct cgn_cmd_map *cmd)
{
	return (cmd->flags & (CGN_MAPPING_STATIC | CGN_MAPPING_EXACT)) == 0;
}

/* A host that got no block is counted already, by cgn_life_subscriber(). */
static void
count_refusal(struct cgn_nat *n, const struct cgn_cmd_map *cmd)
{
	uint32_t sub = cmd->realm == 0
			? cgn_subscribers_find4(n->subs, cmd->in.addr)
			: cgn_subscribers_find6(n->subs, n->home(n->engine, cmd->realm));

	if (sub != CGN_SUB_NONE)
		cgn_subscribers_at(n->subs, sub)->refused_total++;
}

int
cgn_lease_add(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now)
{
	struct cgn_client c = client_of(cmd);
	struct cgn_mapping *m;
	int ret;

	if (c.proto >= CGN_PROTO_COUNT || c.port == 0)
		return -EINVAL;
	m = find(n, &c);
	ret = m != NULL ? renew(n, m, cmd, now) : make(n, &c, cmd, now);
	if (ret < 0 && is_asked_for(cmd))
		count_refusal(n, cmd);
	return ret;
}

/* Whether traffic made a mapping that became a lease: only then its remote is kept. */
static bool
is_of_traffic(const struct cgn_mapping *m)
{
	return m->rem_addr != 0;
}

/*
 * The mapping is no lease any more. Connections from outside are reset; a UDP mapping goes at once
 * even if it was used just now (RFC 6886 section 3.4) unless the lease is undone, a TCP mapping stays
 * for what the inside opened.
 */
static void
end_lease(struct cgn_nat *n, uint32_t ref, bool is_undone, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	bool stays = m->proto == CGN_PROTO_UDP && is_undone && is_of_traffic(m);

	m->flags &= (uint8_t)~CGN_MAPPING_EXPLICIT;
	cgn_subscribers_at(n->subs, m->sub)->n_leases--;
	cgn_track_reset_inbound(n, m);
	if (m->proto == CGN_PROTO_TCP && m->tcp_state == CGN_TCP_NONE)
		cgn_track_first_ended(n, m);
	if (!stays && (m->proto != CGN_PROTO_TCP || m->tcp_state == CGN_TCP_NONE))
		cgn_life_end(n, ref, now);
	else
		cgn_life_arm(n, ref);
}

int
cgn_lease_del(struct cgn_nat *n, const struct cgn_cmd_map *cmd, cgn_tick now)
{
	struct cgn_client c = client_of(cmd);
	struct cgn_mapping *m = find(n, &c);

	if (m == NULL || m->flags == CGN_MAPPING_IMPLICIT)
		return -ENOENT;
	if ((m->flags & CGN_MAPPING_STATIC) != 0)
		return -EPERM;
	end_lease(n, (uint32_t)(m - n->maps.at), (cmd->flags & CGN_MAPPING_UNDO) != 0, now);
	return 0;
}

int
cgn_lease_bind(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now)
{
	uint32_t sub;
	int ret = get_subscriber(n, cmd->realm, cmd->in.addr, now, &sub);

	if (ret == 0)
		cmd->ext.addr = n->ext.own_addr[cgn_subscribers_at(n->subs, sub)->ext_ord];
	return ret;
}

void
cgn_lease_over(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	end_lease(n, ref, false, now);
}
