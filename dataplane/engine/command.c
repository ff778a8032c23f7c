/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Execution of the control thread's commands. A read copies a bounded slice of a table, so that packets
 * never wait for it.
 */
#include "dataplane/engine/command.h"

#include "dataplane/engine/clear.h"
#include "dataplane/engine/keep.h"
#include "dataplane/engine/row_filter.h"
#include "dataplane/engine/swap.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/drain.h"
#include "dataplane/nat/lease.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/subscriber_read.h"

#include <errno.h>
#include <string.h>

/* A reading of subscribers continues with the refused hosts. From this cursor on, it reads those. Numbers of
 * subscribers have 32 bits, so they stay below. */
#define REFUSED_CURSOR (UINT64_C(1) << 32)

#define DRAINS_SLICE   4 /* rows of addresses that are taken out of use */

/* Why and when a host was refused last. @param r  NULL: it was not */
static void
last_refusal(const struct cgn_engine *e, const struct cgn_refused_entry *r,
		struct cgn_subscriber_info *out)
{
	uint32_t age = UINT32_MAX;

	for (unsigned int i = 0; r != NULL && i < CGN_REFUSAL_COUNT; i++) {
		if (r->why[i].n == 0 || e->now - r->why[i].last >= age)
			continue;
		age = e->now - r->why[i].last;
		out->has_refusal = true;
		out->refused_why = (uint8_t)i;
		out->refused_ago_s = age / CGN_TICK_HZ;
	}
}

/* What a subscriber was refused; NULL: nothing, as far as is known. */
static const struct cgn_refused_entry *
refusals_of(const struct cgn_engine *e, const struct cgn_subscriber *s)
{
	struct cgn_subtable_key key;

	if (s->refused_total == 0)
		return NULL;
	key = s->addr.is_ip6 ? cgn_subtable_key6(&s->addr.ip6, s->prefix_len)
			     : cgn_subtable_key4(s->addr.ip4, s->prefix_len);
	return cgn_subscriber_read_refused(e->nat.subs, &key);
}

static void
subscriber_info(const struct cgn_engine *e, uint32_t sub, struct cgn_subscriber_info *out)
{
	const struct cgn_subscriber *s = cgn_subscribers_at(e->nat.subs, sub);
	uint32_t wire = s->addr.is_ip6 && e->tunnel != NULL ? cgn_tunnel_find(e, &s->addr.ip6) : 0;

	*out = (struct cgn_subscriber_info){
		.addr = s->addr,
		.prefix_len = s->prefix_len,
		.group = s->group,
		.blocks = s->n_blocks,
		.worker = (uint16_t)e->worker,
		.ext_addr = s->ext_ord == CGN_EXT_NONE ? 0 : e->nat.ext.owned_addr[s->ext_ord],
		.mappings = cgn_subscriber_mappings(s),
		.sessions = s->n_sessions,
		.leases = s->n_leases,
		.mappings_total = s->mappings_total,
		.refused_total = s->refused_total,
		.is_idle = cgn_subscriber_read_is_idle(e->nat.subs, sub),
	};
	last_refusal(e, refusals_of(e, s), out);
	if (wire != 0)
		out->b4 = e->tunnel->wires.at[wire].b4;
}

/* The row of a host that was refused and is no subscriber. @return how many rows: 0 if it is in no group any more */
static unsigned int
refused_info(const struct cgn_engine *e, const struct cgn_refused_entry *r,
		struct cgn_subscriber_info *out)
{
	const struct cgn_conf_group *g;
	struct cgn_subtable_key key;

	*out = (struct cgn_subscriber_info){
		.addr.is_ip6 = r->key.is_ip6,
		.prefix_len = r->key.len,
		.worker = (uint16_t)e->worker,
		.refused_total = r->n,
	};
	if (r->key.is_ip6)
		memcpy(&out->addr.ip6, r->key.addr, sizeof(out->addr.ip6));
	else
		memcpy(&out->addr.ip4, r->key.addr, sizeof(out->addr.ip4));
	/* A reload may have changed the group since then. */
	g = cgn_subscriber_read_group(e->nat.subs, &out->addr, &key);
	if (g == NULL)
		return 0;
	out->group = (uint8_t)(g - e->nat.conf->groups);
	last_refusal(e, r, out);
	return 1;
}

/* The host that a command is about. @param b4  not zero: the host is behind this softwire */
static struct cgn_ip
host_of(rte_be32_t addr, const struct cgn_ip6 *b4)
{
	struct cgn_ip ip = { .is_ip6 = !cgn_ip6_is_zero(b4) };

	if (ip.is_ip6)
		ip.ip6 = *b4;
	else
		ip.ip4 = addr;
	return ip;
}

/* The subscriber that a read command selects. */
static uint32_t
filtered_subscriber(const struct cgn_engine *e, const struct cgn_cmd_read *cmd)
{
	return cgn_ip6_is_zero(&cmd->b4) ? cgn_subscribers_find4(e->nat.subs, cmd->ep.addr)
					 : cgn_subscribers_find6(e->nat.subs, &cmd->b4);
}

/* A request of PEER has a remote endpoint in place of a size. */
static int
add_mappings(struct cgn_engine *e, struct cgn_cmd_map *map, const struct cgn_filter *filters)
{
	if ((map->flags & CGN_MAPPING_PEER) == 0 && map->set_size > 1)
		return cgn_lease_add_set(&e->nat, map, filters, e->now);
	return cgn_lease_add(&e->nat, map, filters, e->now);
}

/* Carry out a command about a mapping, in the realm of its B4. The reply keeps the realm of the command,
 * because the control thread has numbers of its own. */
static int
map_command(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_cmd_map *map)
{
	int ret = 0;

	*map = cmd->u.map;
	map->realm = 0;
	/* To end a lease, a softwire is only looked up. To make one, a softwire may have to be made
	 * first. */
	if (!cgn_ip6_is_zero(&map->b4) && cmd->op == CGN_CMD_MAP_DEL)
		map->realm = e->tunnel == NULL ? 0 : cgn_tunnel_find(e, &map->b4);
	else if (!cgn_ip6_is_zero(&map->b4))
		map->realm = cgn_tunnel_get(e, &map->b4, &ret);
	if (!cgn_ip6_is_zero(&map->b4) && map->realm == 0 && ret == 0)
		ret = -ENOENT;
	/* The table of softwires is full, so there is no subscriber that could count the refusal. */
	if (ret == -ENOSPC) {
		struct cgn_ip home = host_of(0, &map->b4);

		cgn_life_refuse(&e->nat, &home, CGN_REFUSAL_SUBSCRIBERS_FULL, e->now);
	}
	if (ret < 0)
		return ret;
	if (cmd->op == CGN_CMD_MAP_DEL)
		ret = cgn_lease_del(&e->nat, map, e->now);
	else if (cmd->op == CGN_CMD_BIND)
		ret = cgn_lease_bind(&e->nat, map, e->now);
	else
		ret = e->nat.quiesced ? -ESHUTDOWN : add_mappings(e, map, cmd->u.filters);
	map->realm = cmd->u.map.realm;
	return ret;
}

static void
mapping_info(const struct cgn_engine *e, uint32_t ref, struct cgn_mapping_info *out)
{
	const struct cgn_mapping *m = &e->nat.maps.at[ref];

	cgn_nat_mapping_info(&e->nat, m, e->now, out);
	if (m->realm != 0)
		out->b4 = e->tunnel->wires.at[m->realm].b4;
}

struct fill {
	struct cgn_engine *e;
	const struct cgn_table_filter *filter;
	struct cgn_mapping_info *out;
	uint32_t n;
};

static void
fill_mapping(void *ctx, uint32_t ref)
{
	struct fill *f = ctx;

	if (cgn_row_filter_mapping(f->e, f->filter, &f->e->nat.maps.at[ref]))
		mapping_info(f->e, ref, &f->out[f->n++]);
}

/* An external port has one mapping for each protocol, which is quickly found. */
static void
fill_external(struct fill *f)
{
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&f->e->nat.ext, f->filter->ext_addr);
	uint16_t port = rte_be_to_cpu_16(f->filter->ext_port);

	for (unsigned int proto = 0; h != NULL && proto < CGN_PROTO_COUNT; proto++) {
		uint32_t ref = cgn_ext_mapping(
				&f->e->nat.ext, *cgn_ext_slot(&f->e->nat.ext, h->ord, proto, port));

		if (ref != 0)
			fill_mapping(f, ref);
	}
}

static int
read_mappings(struct cgn_engine *e, const struct cgn_cmd_read *cmd, struct cgn_evt_read *reply)
{
	uint32_t max = RTE_MIN(cmd->max, (uint32_t)CGN_READ_SLICE), ref = (uint32_t)cmd->cursor;
	struct fill f = { .e = e, .filter = cmd->filter, .out = cmd->out };
	uint32_t looked = 0;

	reply->cursor = cmd->cursor;
	if (cmd->has_filter) {
		uint32_t sub = filtered_subscriber(e, cmd);

		reply->done = sub == CGN_SUB_NONE ||
				cgn_subscriber_read_walk_ports(e->nat.subs, sub, &reply->cursor,
						max, fill_mapping, &f);
		reply->n = f.n;
		return 0;
	}
	if (f.filter != NULL && f.filter->ext_addr != 0 && f.filter->ext_port != 0 &&
			max >= CGN_PROTO_COUNT) {
		fill_external(&f);
		reply->n = f.n;
		reply->done = 1;
		return 0;
	}
	/* Free entries, and those that are not asked for, are skipped, but only a bounded number per slice. */
	for (ref = RTE_MAX(ref, 1u);
			ref < e->nat.maps.fresh && f.n < max && looked < 8 * CGN_READ_SLICE;
			ref++, looked++) {
		if (cgn_life_is_there(&e->nat, ref))
			fill_mapping(&f, ref);
	}
	reply->n = f.n;
	reply->cursor = ref;
	reply->done = ref >= e->nat.maps.fresh;
	return 0;
}

/* What a host was refused; NULL: nothing. */
static const struct cgn_refused_entry *
refused_entry(const struct cgn_engine *e, const struct cgn_ip *host)
{
	struct cgn_subtable_key key;

	return cgn_subscriber_read_group(e->nat.subs, host, &key) == NULL
			? NULL
			: cgn_subscriber_read_refused(e->nat.subs, &key);
}

/* Read one subscriber or refused host. */
static void
read_one_subscriber(
		struct cgn_engine *e, const struct cgn_cmd_read *cmd, struct cgn_evt_read *reply)
{
	uint32_t sub = filtered_subscriber(e, cmd);
	const struct cgn_ip host = host_of(cmd->ep.addr, &cmd->b4);
	const struct cgn_refused_entry *r = refused_entry(e, &host);
	struct cgn_subscriber_info *out = cmd->out;

	reply->done = 1;
	if (sub != CGN_SUB_NONE) {
		subscriber_info(e, sub, out);
		reply->n = 1;
	} else if (r != NULL && r->n != 0) {
		reply->n = refused_info(e, r, out);
	}
	if (reply->n != 0 && !cgn_row_filter_subscriber(cmd->filter, out))
		reply->n = 0;
}

/* Read refused hosts; they follow the subscribers. */
static int
read_refused(struct cgn_engine *e, const struct cgn_cmd_read *cmd, struct cgn_evt_read *reply)
{
	uint32_t max = RTE_MIN(cmd->max, (uint32_t)CGN_READ_SLICE);
	uint32_t i = (uint32_t)(cmd->cursor - REFUSED_CURSOR), looked = 0;
	struct cgn_subscriber_info *out = cmd->out;

	if (cgn_subscriber_read_strangers(e->nat.subs) == 0)
		i = CGN_REFUSED_MAX;
	for (; i < CGN_REFUSED_MAX && reply->n < max && looked < 8 * CGN_READ_SLICE;
			i++, looked++) {
		const struct cgn_refused_entry *r = cgn_subscriber_read_stranger(e->nat.subs, i);

		if (r != NULL && refused_info(e, r, &out[reply->n]) != 0)
			reply->n += cgn_row_filter_subscriber(cmd->filter, &out[reply->n]);
	}
	reply->cursor = REFUSED_CURSOR + i;
	reply->done = i >= CGN_REFUSED_MAX;
	return 0;
}

static int
read_subscribers(struct cgn_engine *e, const struct cgn_cmd_read *cmd, struct cgn_evt_read *reply)
{
	uint32_t max = RTE_MIN(cmd->max, (uint32_t)CGN_READ_SLICE), sub = (uint32_t)cmd->cursor,
		 looked = 0;
	struct cgn_subscriber_info *out = cmd->out;

	if (cmd->has_filter) {
		read_one_subscriber(e, cmd, reply);
		return 0;
	}
	if (cmd->cursor >= REFUSED_CURSOR)
		return read_refused(e, cmd, reply);
	for (; sub < cgn_subscribers_end(e->nat.subs) && reply->n < max &&
			looked < 8 * CGN_READ_SLICE;
			sub++, looked++) {
		if (cgn_subscribers_at(e->nat.subs, sub) == NULL)
			continue;
		subscriber_info(e, sub, &out[reply->n]);
		reply->n += cgn_row_filter_subscriber(cmd->filter, &out[reply->n]);
	}
	reply->cursor = sub;
	if (sub >= cgn_subscribers_end(e->nat.subs)) {
		reply->cursor = REFUSED_CURSOR;
		reply->done = cgn_subscriber_read_strangers(e->nat.subs) == 0;
	}
	return 0;
}

/* Count a request that the control thread refused to a subscriber. */
static int
command_count_refused(struct cgn_engine *e, const struct cgn_cmd_refused *r)
{
	if (r->why >= CGN_REFUSAL_COUNT)
		return -EINVAL;
	cgn_life_refuse(&e->nat, &r->host, (enum cgn_refusal)r->why, e->now);
	return 0;
}

/* All that is known of the subscriber of an address (cgnctl subscribers show A). */
static int
command_subscriber(struct cgn_engine *e, const struct cgn_cmd_read *cmd)
{
	const struct cgn_ip host = host_of(cmd->ep.addr, &cmd->b4);
	struct cgn_subscriber_detail *out = cmd->out;
	const struct cgn_refused_entry *r;
	const struct cgn_conf_group *g;
	struct cgn_subtable_key key;
	uint32_t sub;

	*out = (struct cgn_subscriber_detail){ 0 };
	g = cgn_subscriber_read_group(e->nat.subs, &host, &key);
	if (g == NULL)
		return 0;
	out->is_member = true;
	r = cgn_subscriber_read_refused(e->nat.subs, &key);
	sub = filtered_subscriber(e, cmd);
	out->is_subscriber = sub != CGN_SUB_NONE;
	if (out->is_subscriber) {
		subscriber_info(e, sub, &out->info);
		cgn_subscriber_read_detail(e->nat.subs, sub, e->now, out);
	} else {
		const struct cgn_refused_entry nothing = { .key = key };

		(void)refused_info(e, r == NULL ? &nothing : r, &out->info);
	}
	for (unsigned int i = 0; r != NULL && i < CGN_REFUSAL_COUNT; i++) {
		out->refused[i].n = r->why[i].n;
		if (r->why[i].n != 0)
			out->refused[i].ago_s = (e->now - r->why[i].last) / CGN_TICK_HZ;
	}
	return 0;
}

/* Who uses an external endpoint: its mapping and its subscriber (cgnctl who). */
static int
command_who(struct cgn_engine *e, const struct cgn_cmd_read *cmd)
{
	const struct cgn_ext_addr *h = cgn_ext_find(&e->nat.ext, cmd->ep.addr);
	struct cgn_who_info *out = cmd->out;
	const struct cgn_subscriber *s;
	uint16_t port = rte_be_to_cpu_16(cmd->ep.port);
	uint32_t slot, mapping, sub;

	*out = (struct cgn_who_info){ .is_pool_addr = h != NULL };
	if (h == NULL)
		return 0;
	if (h->worker != e->worker)
		return -EXDEV;
	slot = *cgn_ext_slot(&e->nat.ext, h->ord, cmd->ep.proto, port);
	sub = cgn_subscriber_read_owner(e->nat.subs, h->ord, port);
	out->is_held = cgn_ext_is_held(slot);
	mapping = cgn_ext_mapping(&e->nat.ext, slot);
	out->has_mapping = mapping != 0;
	if (out->has_mapping) {
		mapping_info(e, mapping, &out->mapping);
		sub = e->nat.maps.at[mapping].sub;
	}
	s = sub == CGN_SUB_NONE ? NULL : cgn_subscribers_at(e->nat.subs, sub);
	out->has_owner = s != NULL;
	if (s != NULL)
		subscriber_info(e, sub, &out->subscriber);
	return 0;
}

/* Rows of this table take some microseconds each, because all ports of an address are counted. */
static int
read_drains(const struct cgn_engine *e, const struct cgn_cmd_read *cmd, struct cgn_evt_read *reply)
{
	reply->cursor = cmd->cursor;
	reply->done = cgn_drain_read(&e->nat, e->now, &reply->cursor, cmd->out,
			RTE_MIN(cmd->max, (uint32_t)DRAINS_SLICE), &reply->n);
	return 0;
}

/* The control thread has made the doors, so nothing can fail here. */
static void
command_records(struct cgn_engine *e, const struct cgn_cmd_records *cmd)
{
	struct cgn_record_door *door = cmd->door;

	if (door != NULL && cmd->goes_on && door != e->records && e->records != NULL)
		cgn_record_door_succeed(door, e->records);
	if (door != NULL) {
		door->kinds = cmd->kinds;
		door->has_destinations = cmd->has_destinations;
	}
	e->records = door;
	cgn_nat_set_records(&e->nat, door);
}

/* A command that reads tables. */
static int
command_read(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply)
{
	if (cmd->op == CGN_CMD_READ_MAPPINGS)
		return read_mappings(e, &cmd->u.read, &reply->u.read);
	if (cmd->op == CGN_CMD_READ_SUBSCRIBERS)
		return read_subscribers(e, &cmd->u.read, &reply->u.read);
	if (cmd->op == CGN_CMD_READ_DRAINS)
		return read_drains(e, &cmd->u.read, &reply->u.read);
	return cmd->op == CGN_CMD_WHO ? command_who(e, &cmd->u.read)
				      : command_subscriber(e, &cmd->u.read);
}

/* A command of the state that is kept over a restart. */
static int
command_state(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply)
{
	if (cmd->op == CGN_CMD_STATE_SAVE)
		return cgn_keep_save(e, &cmd->u.state, &reply->u.state);
	if (cmd->op == CGN_CMD_STATE_LOAD)
		return cgn_keep_load(e, &cmd->u.state, &reply->u.state);
	cgn_keep_loaded(e);
	return 0;
}

void
cgn_command_run(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply)
{
	*reply = (struct cgn_evt){
		.seq = cmd->seq, .op = CGN_EVT_REPLY, .worker = (uint16_t)e->worker
	};
	switch ((enum cgn_cmd_op)cmd->op) {
	case CGN_CMD_NEIGH_SET:
		reply->ret = cgn_out_neigh_set(&e->out, &cmd->u.neigh);
		break;
	case CGN_CMD_NEIGH_DEL:
		cgn_out_neigh_del(&e->out, &cmd->u.neigh);
		break;
	case CGN_CMD_MAP_ADD:
	case CGN_CMD_MAP_DEL:
	case CGN_CMD_BIND:
		reply->ret = map_command(e, cmd, &reply->u.map);
		break;
	case CGN_CMD_GRACE:
		cgn_subscribers_grace(e->nat.subs, e->now + cgn_ticks(cmd->u.map.lifetime_s));
		break;
	case CGN_CMD_CONF_SWAP:
		/* Pools and groups keep their places in a reload, so tables that refer to them stay valid. */
		cgn_swap_run(e, cmd->u.snapshot);
		break;
	case CGN_CMD_QUIESCE:
		e->nat.quiesced = true;
		break;
	case CGN_CMD_CLEAR:
		reply->ret = cgn_clear_some(e, &cmd->u.read, &reply->u.clear);
		break;
	case CGN_CMD_REFUSED:
		reply->ret = command_count_refused(e, &cmd->u.refused);
		break;
	case CGN_CMD_READ_MAPPINGS:
	case CGN_CMD_READ_SUBSCRIBERS:
	case CGN_CMD_READ_DRAINS:
	case CGN_CMD_WHO:
	case CGN_CMD_SUBSCRIBER:
		reply->ret = command_read(e, cmd, reply);
		break;
	case CGN_CMD_RECORDS:
		command_records(e, &cmd->u.records);
		break;
	case CGN_CMD_STATE_SAVE:
	case CGN_CMD_STATE_LOAD:
	case CGN_CMD_STATE_LOADED:
		reply->ret = command_state(e, cmd, reply);
		break;
	case CGN_CMD_PING:
	case CGN_CMD_PAUSE: /* engine.c does it */
	case CGN_CMD_TAP:   /* worker.c does it */
		break;
	default:
		reply->ret = -EINVAL;
		break;
	}
}
