/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Moves leases whose mappings the workers have ended, for the lessor.
 */
#include "controlplane/lease/lessor_move.h"

#include "controlplane/lease/lessor_command.h"
#include "controlplane/lease/lessor_epoch.h"
#include "controlplane/lease/lessor_record.h"

#include <errno.h>

/* Leases that one call looks at. This is less than a millisecond of work. */
#define LOOK 4096

/* The client has to hear of what has become of its lease. */
static void
move_tell(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;
	struct cgn_lessor_info lease;

	cgn_lessor_record_show(x, now_ms, &lease);
	if (l->cfg.ops->moved == NULL || !l->cfg.ops->moved(l->cfg.ctx, &lease, now_ms))
		cgn_lessor_epoch_reset(l, x->client->realm, x->in.addr, x->lifetime_s, now_ms);
}

/* There is no other external endpoint for a lease. */
static void
move_end(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;
	uint32_t realm = x->client->realm, lifetime_s = x->lifetime_s;
	rte_be32_t addr = x->in.addr;
	struct cgn_lessor_info lease;

	l->stats.revoked++;
	cgn_lessor_record_show(x, now_ms, &lease);
	if (l->cfg.ops->revoked != NULL)
		l->cfg.ops->revoked(l->cfg.ctx, &lease, now_ms);
	cgn_lessor_record_forget(x, CGN_RECORD_CAUSE_DRAINED, now_ms);
	cgn_lessor_epoch_reset(l, realm, addr, lifetime_s, now_ms);
}

/* A lease has another external endpoint. In the records, the old one ends and a new one begins. */
static void
move_to(struct cgn_leasetable_lease *x, const struct cgn_ep4 *ext, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;

	l->stats.moved++;
	cgn_lessor_record_tell(x, CGN_RECORD_LEASE_ENDED, CGN_RECORD_CAUSE_DRAINED, now_ms);
	x->ext = *ext;
	x->peer = (struct cgn_lease_peer){ .port = 0 };
	x->peer_end_ms = 0;
	cgn_lessor_record_settle(x, CGN_RECORD_LEASE_MADE, CGN_RECORD_CAUSE_DRAINED, now_ms);
	move_tell(x, now_ms);
}

void
cgn_lessor_move_replied(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms)
{
	struct cgn_lessor *l = call->lessor;
	const struct cgn_lessor_request *r = &call->request;
	struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);

	l->moving--;
	/* The client may have asked meanwhile, and knows the new endpoint then. */
	if (x == NULL || x->ext.addr != r->ext_addr)
		return;
	/* A worker that is busy, or makes no lease at the stop, has not lost it. */
	if (ret == -ECANCELED || ret == -ETIMEDOUT || ret == -ESHUTDOWN) {
		l->must_look_again = true;
		return;
	}
	if (ret < 0 || (map->flags & CGN_MAPPING_STATIC) != 0)
		move_end(x, now_ms);
	else if (map->ext.addr != x->ext.addr || map->ext.port != x->ext.port)
		move_to(x, &map->ext, now_ms);
}

/* Ask the worker for another external endpoint, if the lease is lost. One that is of PEER only is just asked for.
 * @return false: no room for a command */
static bool
move_ask(struct cgn_lessor *l, const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	const struct cgn_lessor_call call = {
		.kind = CGN_LESSOR_CALL_MOVE,
		.request = { .realm = x->client->realm,
				.in = x->in,
				.ext_addr = x->ext.addr,
				.extra = x->extra },
	};
	const struct cgn_cmd_map map = {
		.in = x->in,
		.ext = { .port = x->ext.port, .proto = x->in.proto },
		.realm = x->client->realm,
		.lifetime_s = cgn_lessor_left_s(x->map_end_ms, now_ms),
		.flags = cgn_lessor_command_flags(&x->by) | CGN_MAPPING_IF_LOST,
		.n_filters = cgn_lessor_command_filters(x->extra),
		.set_size = 1,
	};

	if (cgn_lessor_command_send(l, &call, CGN_CMD_MAP_ADD, &map, now_ms) < 0)
		return false;
	l->moving++;
	return true;
}

/* @return false: the worker takes no command now */
static bool
move_one(struct cgn_lessor *l, struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	/* The answer to the client's own request decides. */
	if (cgn_lessor_command_is_open(l, x)) {
		l->must_look_again = true;
		return true;
	}
	return move_ask(l, x, now_ms);
}

void
cgn_lessor_move_begin(struct cgn_lessor *l)
{
	l->move_left = l->table.n;
}

/* The last lease comes first: when one ends, the last one of the table moves to its place. It was looked at already. */
bool
cgn_lessor_move_some(
		struct cgn_lessor *l, cgn_lessor_move_fn is_out, const void *ctx, uint64_t now_ms)
{
	if (l->move_left == 0 && l->moving == 0 && l->must_look_again) {
		l->must_look_again = false;
		l->move_left = l->table.n;
	}
	l->move_left = RTE_MIN(l->move_left, l->table.n);
	for (unsigned int i = 0; i < LOOK && l->move_left > 0; i++) {
		struct cgn_leasetable_lease *x = l->table.at[l->move_left - 1];

		if (!x->is_loaded && is_out(ctx, x->ext.addr) && !move_one(l, x, now_ms))
			return false;
		l->move_left--;
	}
	return l->move_left == 0 && l->moving == 0 && !l->must_look_again;
}
