/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes, renews and ends leases: asks the worker, notes its decision, tells who asked.
 */
#include "controlplane/lease/lessor.h"

#include "controlplane/lease/lessor_command.h"
#include "controlplane/lease/lessor_commit.h"
#include "controlplane/lease/lessor_epoch.h"
#include "controlplane/lease/lessor_load.h"
#include "controlplane/lease/lessor_move.h"
#include "controlplane/lease/lessor_record.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

CGN_LOG_TYPE("lessor");

/* --- requests ------------------------------------------------------------------------------ */

static void
lessor_fail(cgn_lessor_done done, void *arg, int ret, uint64_t now_ms)
{
	const struct cgn_lessor_answer a = { .ret = ret };

	done(arg, &a, now_ms);
}

/* How many ports of a set have the same owner, or none, and the same filters. PEER has its own lifetime, so a lease of
 * PEER is alone. */
static uint16_t
free_for(const struct cgn_lessor *l, const struct cgn_lessor_request *r, uint64_t now_ms)
{
	for (uint16_t i = 0; i < r->set_size; i++) {
		const struct cgn_ep4 in = cgn_lessor_command_nth(&r->in, i);
		const struct cgn_leasetable_lease *x = cgn_leasetable_find(
				&l->table, r->realm, &in);

		if (x != NULL &&
				(cgn_lessor_has_peer(x, now_ms) ||
						!cgn_lease_owner_may_change(&x->by, &r->by) ||
						(i > 0 &&
								!cgn_lease_extra_same_filters(
										x->extra,
										r->extra))))
			return i == 0 ? 1 : i;
	}
	return r->set_size;
}

void
cgn_lessor_map(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	const struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	struct cgn_lessor_call call = {
		.kind = CGN_LESSOR_CALL_MAP, .request = *r, .done = done, .arg = arg
	};
	struct cgn_cmd_map map = {
		.in = r->in,
		.ext = { .addr = r->must_have_ext ? r->ext_addr : 0,
				.port = r->ext_port,
				.proto = r->in.proto },
		.realm = r->realm,
		.lifetime_s = r->lifetime_s,
		.flags = (uint8_t)(cgn_lessor_command_flags(&r->by) |
				(r->must_have_ext ? CGN_MAPPING_AS_ASKED : 0)),
	};
	int ret;

	/* A command has all filters of a lease, also those that it keeps. */
	if (r->extra == NULL && x != NULL)
		call.request.extra = x->extra;
	map.n_filters = cgn_lessor_command_filters(call.request.extra);
	call.request.set_size = free_for(l, &call.request, now_ms);
	map.set_size = call.request.set_size;
	map.set_parity = r->set_parity;
	(void)cgn_lessor_command_add_peer(&map, x, now_ms);
	ret = cgn_lessor_command_send(l, &call, CGN_CMD_MAP_ADD, &map, now_ms);
	if (ret < 0)
		lessor_fail(done, arg, ret, now_ms);
}

void
cgn_lessor_peer(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	const struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	struct cgn_lessor_call call = { .kind = CGN_LESSOR_CALL_MAP,
		.request = *r,
		.done = done,
		.arg = arg,
		.is_peer = true };
	struct cgn_cmd_map map = {
		.in = r->in,
		.ext = { .addr = r->must_have_ext ? r->ext_addr : 0,
				.port = r->ext_port,
				.proto = r->in.proto },
		.realm = r->realm,
		.lifetime_s = r->lifetime_s,
		.flags = CGN_MAPPING_PEER | CGN_MAPPING_AGES | CGN_MAPPING_AS_IT_IS,
		.rem_addr = r->rem_addr,
		.rem_port = r->rem_port,
	};
	int ret;

	if (r->must_have_ext)
		map.flags |= CGN_MAPPING_AS_ASKED;
	if (x != NULL)
		map.lifetime_s = RTE_MAX(
				map.lifetime_s, cgn_lessor_left_s(cgn_lessor_end(x), now_ms));
	/* What MAP has opened stays open, and stays filtered. */
	if (x != NULL && cgn_lessor_has_map(x, now_ms)) {
		map.flags |= CGN_MAPPING_EXPLICIT;
		/* PEER may have another nonce. Then it changes nothing of what MAP has. */
		if (r->extra == NULL || !cgn_lease_owner_may_change(&x->by, &r->by))
			call.request.extra = x->extra;
		map.n_filters = cgn_lessor_command_filters(call.request.extra);
	}
	ret = cgn_lessor_command_send(l, &call, CGN_CMD_MAP_ADD, &map, now_ms);
	if (ret < 0)
		lessor_fail(done, arg, ret, now_ms);
}

/* A deletion leaves what PEER has asked for. The operator's leaves nothing. */
static int
send_unmap(struct cgn_lessor *l, struct cgn_lessor_call *call, uint64_t now_ms)
{
	const struct cgn_lessor_request *r = &call->request;
	const struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	bool is_revoked = call->batch != NULL && call->batch->is_revoked;
	struct cgn_cmd_map map = { .in = r->in, .realm = r->realm };

	call->is_beside_peer = !is_revoked && x != NULL && cgn_lessor_has_peer(x, now_ms);
	if (call->is_beside_peer) {
		(void)cgn_lessor_command_add_peer(&map, x, now_ms);
		return cgn_lessor_command_send(l, call, CGN_CMD_MAP_ADD, &map, now_ms);
	}
	map.flags = (uint8_t)(cgn_lessor_command_flags(&r->by) |
			(r->is_undo ? CGN_MAPPING_UNDO : 0));
	return cgn_lessor_command_send(l, call, CGN_CMD_MAP_DEL, &map, now_ms);
}

/* To end a lease that does not exist is a success (RFC 6886 section 3.4, RFC 6887 section 15.1). PCP is told of a
 * mapping that traffic, or PEER, has made. */
static int
ret_of_unmap(const struct cgn_lessor_request *r, int ret)
{
	if (ret == -ENOENT || (ret == -EADDRINUSE && r->by.by == CGN_LEASE_BY_NATPMP))
		return 0;
	return ret;
}

/* Whether a deletion of several leases includes a lease. */
static bool
is_meant(const struct cgn_lessor_request *r, const struct cgn_leasetable_lease *x)
{
	return (r->in.proto == CGN_PROTO_COUNT || x->in.proto == r->in.proto) &&
			(r->in.port == 0 || x->in.port == r->in.port);
}

static void
finish_batch(struct cgn_lessor *l, struct cgn_lessor_batch *b, uint64_t now_ms)
{
	if (--b->n_open > 0)
		return;
	/* The operator has ended the leases, so the client has to hear of it. A client that ends its own
	 * leases knows. */
	if (b->is_revoked && b->answer.n > 0)
		cgn_lessor_epoch_reset(l, b->realm, b->addr, b->lifetime_s, now_ms);
	b->done(b->arg, &b->answer, now_ms);
	free(b);
}

/* @return NULL: no memory */
static struct cgn_lessor_batch *
new_batch(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg)
{
	struct cgn_lessor_batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	*b = (struct cgn_lessor_batch){
		.lessor = l,
		.done = done,
		.arg = arg,
		.realm = r->realm,
		.addr = r->in.addr,
		.n_open = 1, /* who makes it: the batch must not end before all commands are sent */
	};
	return b;
}

/* Add a lease to a batch of deletions. */
static void
add_to_batch(struct cgn_lessor *l, const struct cgn_lessor_call *batch,
		const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor_batch *b = batch->batch;
	struct cgn_lessor_call call = *batch;
	const struct cgn_lease_owner owner = cgn_lessor_owner(x, now_ms);
	int ret;

	if (!is_meant(&call.request, x) || (!b->is_revoked && owner.by == CGN_LEASE_BY_PEER))
		return;
	if (!b->is_revoked && !cgn_lease_owner_may_change(&owner, &call.request.by)) {
		b->answer.ret = -EPERM;
		return;
	}
	call.request.in = x->in;
	ret = send_unmap(l, &call, now_ms);
	if (ret < 0)
		b->answer.ret = ret;
	else
		b->n_open++;
	b->lifetime_s = RTE_MAX(b->lifetime_s, x->lifetime_s);
}

/* End the leases of a client, or of all clients of a home, that match the protocol and, if it is not 0, the port.
 * CGN_PROTO_COUNT matches every protocol. */
static void
unmap_some(struct cgn_lessor *l, const struct cgn_lessor_request *r, bool is_revoked,
		cgn_lessor_done done, void *arg, uint64_t now_ms)
{
	const struct cgn_leasetable_client *c = cgn_leasetable_find_client(
			&l->table, r->realm, r->in.addr);
	struct cgn_lessor_call call = { .kind = CGN_LESSOR_CALL_UNMAP, .request = *r };
	struct cgn_lessor_batch *b = new_batch(l, r, done, arg);

	if (b == NULL) {
		lessor_fail(done, arg, -ENOMEM, now_ms);
		return;
	}
	b->is_revoked = is_revoked;
	call.batch = b;
	for (const struct cgn_leasetable_lease *x = c == NULL ? NULL : c->leases; x != NULL;
			x = x->client_next)
		add_to_batch(l, &call, x, now_ms);
	for (uint32_t i = 0; r->in.addr == CGN_LESSOR_ALL && i < l->table.n; i++) {
		if (l->table.at[i]->client->realm == r->realm)
			add_to_batch(l, &call, l->table.at[i], now_ms);
	}
	finish_batch(l, b, now_ms);
}

/* One deletion of a set has ended. */
static void
unmapped_one(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct cgn_lessor_batch *b = arg;

	if (a->ret < 0)
		b->answer.ret = a->ret;
	b->answer.n += a->n;
	b->answer.lifetime_s = RTE_MAX(b->answer.lifetime_s, a->lifetime_s);
	finish_batch(b->lessor, b, now_ms);
}

/* End the leases of a set. The worker is asked about the first port in any case: it knows the mappings of traffic. */
static void
unmap_set(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	struct cgn_lessor_batch *b = new_batch(l, r, done, arg);
	struct cgn_lessor_request one = *r;

	if (b == NULL) {
		lessor_fail(done, arg, -ENOMEM, now_ms);
		return;
	}
	one.set_size = 1;
	for (uint16_t i = 0; i < r->set_size; i++) {
		const struct cgn_leasetable_lease *x;

		one.in = cgn_lessor_command_nth(&r->in, i);
		x = cgn_leasetable_find(&l->table, r->realm, &one.in);
		if (i > 0 && (x == NULL || !cgn_lessor_has_map(x, now_ms)))
			continue;
		if (x != NULL && !cgn_lease_owner_may_change(&x->by, &r->by))
			continue;
		b->n_open++;
		cgn_lessor_unmap(l, &one, unmapped_one, b, now_ms);
	}
	finish_batch(l, b, now_ms);
}

void
cgn_lessor_unmap(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	const struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	struct cgn_lessor_call call = {
		.kind = CGN_LESSOR_CALL_UNMAP, .request = *r, .done = done, .arg = arg
	};
	int ret;

	if (r->set_size > 1) {
		unmap_set(l, r, done, arg, now_ms);
		return;
	}
	if (x != NULL && !cgn_lessor_has_map(x, now_ms)) {
		lessor_fail(done, arg, ret_of_unmap(r, -EADDRINUSE), now_ms);
		return;
	}
	ret = send_unmap(l, &call, now_ms);
	if (ret < 0)
		lessor_fail(done, arg, ret, now_ms);
}

void
cgn_lessor_unmap_all(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	struct cgn_lessor_request all = *r;

	all.in.port = 0;
	unmap_some(l, &all, false, done, arg, now_ms);
}

void
cgn_lessor_revoke(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	unmap_some(l, r, true, done, arg, now_ms);
}

void
cgn_lessor_bind(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	const struct cgn_lessor_call call = {
		.kind = CGN_LESSOR_CALL_BIND, .request = *r, .done = done, .arg = arg
	};
	const struct cgn_cmd_map map = { .in = { .addr = r->in.addr }, .realm = r->realm };
	int ret = cgn_lessor_command_send(l, &call, CGN_CMD_BIND, &map, now_ms);

	if (ret < 0)
		lessor_fail(done, arg, ret, now_ms);
}

/* --- replies ------------------------------------------------------------------------------- */

/* Note who has asked for a lease, and until when. */
static void
note_asker(struct cgn_leasetable_lease *x, const struct cgn_lessor_request *r, bool is_peer,
		uint64_t end_ms)
{
	if (is_peer) {
		x->peer_end_ms = RTE_MAX(x->peer_end_ms, end_ms);
		x->peer = (struct cgn_lease_peer){ .addr = r->rem_addr, .port = r->rem_port };
		memcpy(x->peer.nonce, r->by.nonce, sizeof(x->peer.nonce));
	} else {
		x->map_end_ms = end_ms;
		x->by = r->by;
	}
}

/* Write down a lease that a worker has granted. @param[out] left  time that it has left */
static int
record(struct cgn_lessor *l, const struct cgn_lessor_call *call, const struct cgn_ep4 *ext,
		uint64_t now_ms, uint32_t *left)
{
	const struct cgn_lessor_request *r = &call->request;
	struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	uint64_t end_ms = now_ms + (uint64_t)r->lifetime_s * 1000;
	bool is_new = x == NULL;

	if (is_new)
		x = cgn_lessor_record_add(l, r->realm, &r->in, end_ms);
	if (x == NULL)
		return -ENOMEM;
	note_asker(x, r, call->is_peer, end_ms);
	x->ext = *ext;
	if (r->extra != NULL) {
		cgn_lease_extra_release(x->extra);
		x->extra = cgn_lease_extra_hold(r->extra);
	}
	if (r->gateway != 0)
		x->client->gateway = r->gateway;
	l->stats.made += is_new ? 1 : 0;
	l->stats.renewed += is_new ? 0 : 1;
	cgn_lessor_record_settle(x, is_new ? CGN_RECORD_LEASE_MADE : CGN_RECORD_LEASE_RENEWED,
			CGN_RECORD_CAUSE_REQUEST, now_ms);
	*left = x->lifetime_s;
	return 0;
}

/* Write down all leases of a set. If there is no memory for some, the set is smaller. */
static int
record_set(const struct cgn_lessor_call *call, const struct cgn_cmd_map *map,
		struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct cgn_lessor_call one = *call;
	uint16_t size = call->request.set_size;
	uint32_t left;
	int ret = 0;

	if (map->set_size < size)
		size = map->set_size;
	for (; a->set_size < size; a->set_size++) {
		const struct cgn_ep4 ext = cgn_lessor_command_nth(&map->ext, a->set_size);

		one.request.in = cgn_lessor_command_nth(&call->request.in, a->set_size);
		ret = record(call->lessor, &one, &ext, now_ms, &left);
		if (ret < 0)
			break;
	}
	return a->set_size > 0 ? 0 : ret;
}

static void
lessor_mapped(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map, uint64_t now_ms)
{
	struct cgn_lessor_answer a = { .ret = ret };

	/* A worker gives a lease less time if its external address drains. */
	if (ret == 0 && !call->is_peer)
		call->request.lifetime_s = RTE_MIN(call->request.lifetime_s, map->lifetime_s);
	a.lifetime_s = call->request.lifetime_s;
	if (ret == 0) {
		uint32_t left = 0;

		a.ext = map->ext;
		a.is_static = (map->flags & CGN_MAPPING_STATIC) != 0;
		/* A static mapping is in the configuration. It does not end, so there is nothing to write
		 * down. */
		if (!a.is_static && call->request.set_size > 1)
			a.ret = record_set(call, map, &a, now_ms);
		else if (!a.is_static)
			a.ret = record(call->lessor, call, &map->ext, now_ms, &left);
		/* Traffic may keep the mapping for longer than the lease lasts. */
		if (call->is_peer)
			a.lifetime_s = RTE_MAX(left, map->lifetime_s);
	}
	call->done(call->arg, &a, now_ms);
}

/* A mapping in use keeps its lease, and its owner, for the time that its worker has said. */
static void
shorten(struct cgn_leasetable_lease *x, uint32_t lifetime_s, uint64_t now_ms)
{
	x->map_end_ms = now_ms + (uint64_t)lifetime_s * 1000;
	cgn_lessor_record_settle(x, CGN_RECORD_LEASE_RENEWED, CGN_RECORD_CAUSE_REQUEST, now_ms);
}

static void
note_revoked(struct cgn_lessor *l, const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor_info lease;

	l->stats.revoked++;
	if (l->cfg.ops->revoked != NULL &&
			cgn_lessor_find(l, x->client->realm, &x->in, &lease, now_ms))
		l->cfg.ops->revoked(l->cfg.ctx, &lease, now_ms);
}

static void
lessor_unmapped(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms)
{
	struct cgn_lessor *l = call->lessor;
	struct cgn_leasetable_lease *x = cgn_leasetable_find(
			&l->table, call->request.realm, &call->request.in);
	struct cgn_lessor_answer a = {
		.ret = ret_of_unmap(&call->request, ret),
		.lifetime_s = ret == 0 ? map->lifetime_s : 0,
	};

	if (ret == 0 && call->is_beside_peer && x != NULL) {
		cgn_lessor_record_leave_peer(x, CGN_RECORD_CAUSE_REQUEST, now_ms);
		l->stats.deleted++;
		a.n = 1;
	} else if (a.lifetime_s != 0 && x != NULL) {
		shorten(x, a.lifetime_s, now_ms);
	} else if ((a.ret == 0 || ret == -EADDRINUSE) && x != NULL) {
		bool is_revoked = call->batch != NULL && call->batch->is_revoked;

		if (is_revoked)
			note_revoked(l, x, now_ms);
		else
			l->stats.deleted++;
		cgn_lessor_record_forget(x,
				is_revoked ? CGN_RECORD_CAUSE_REVOKED : CGN_RECORD_CAUSE_REQUEST,
				now_ms);
		a.n = 1;
	}
	if (call->batch == NULL) {
		call->done(call->arg, &a, now_ms);
		return;
	}
	if (a.ret < 0)
		call->batch->answer.ret = a.ret;
	call->batch->answer.n += a.n;
	finish_batch(l, call->batch, now_ms);
}

static void
bound(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map, uint64_t now_ms)
{
	struct cgn_lessor_answer a = { .ret = ret };

	if (ret == 0)
		a.ext = map->ext;
	call->done(call->arg, &a, now_ms);
}

void
cgn_lessor_replied(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms)
{
	switch (call->kind) {
	case CGN_LESSOR_CALL_MAP:
		lessor_mapped(call, ret, map, now_ms);
		break;
	case CGN_LESSOR_CALL_GO_ON:
		break;
	case CGN_LESSOR_CALL_UNMAP:
		lessor_unmapped(call, ret, map, now_ms);
		break;
	case CGN_LESSOR_CALL_BIND:
		bound(call, ret, map, now_ms);
		break;
	case CGN_LESSOR_CALL_RESTORE:
		cgn_lessor_load_restored(call, ret, map, now_ms);
		break;
	case CGN_LESSOR_CALL_MOVE:
		cgn_lessor_move_replied(call, ret, map, now_ms);
		break;
	}
	cgn_lessor_command_close(call);
}

/* --- restart ------------------------------------------------------------------------------- */

int
cgn_lessor_load(struct cgn_lessor *l, uint64_t now_ms)
{
	return cgn_lessor_load_first(l, now_ms);
}

int
cgn_lessor_set_store(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms)
{
	return cgn_lessor_load_replace(l, store, now_ms);
}

bool
cgn_lessor_store_is_late(const struct cgn_lessor *l)
{
	return l->is_late;
}

int
cgn_lessor_commit(struct cgn_lessor *l, uint64_t now_ms)
{
	return cgn_lessor_commit_begin(l, now_ms);
}

void
cgn_lessor_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms)
{
	cgn_lessor_commit_wait(l, w, now_ms);
}

void
cgn_lessor_wait_cancel(struct cgn_lessor *l, uint64_t now_ms)
{
	cgn_lessor_commit_release(l, -ECANCELED, now_ms);
}

void
cgn_lessor_stored(struct cgn_lessor *l, uint64_t now_ms)
{
	cgn_lessor_commit_ended(l, now_ms);
}

void
cgn_lessor_old_stamp(const struct cgn_lessor *l, int64_t *wall_ms, int64_t *boot_ms)
{
	cgn_lessor_commit_old_stamp(l, wall_ms, boot_ms);
}

const char *
cgn_lessor_epoch_reason(const struct cgn_lessor *l)
{
	return l->epoch_reason;
}

void
cgn_lessor_renew_epoch(struct cgn_lessor *l, uint64_t now_ms)
{
	cgn_lessor_epoch_begin(l, now_ms);
}

uint32_t
cgn_lessor_epoch_s(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	return (uint32_t)(((int64_t)now_ms - cgn_lessor_epoch_start(l, realm, addr)) / 1000);
}

uint32_t
cgn_lessor_restore(struct cgn_lessor *l, uint64_t now_ms)
{
	return cgn_lessor_load_restore(l, now_ms);
}

/* --- reading ------------------------------------------------------------------------------- */

static void
show_client(const struct cgn_leasetable_client *c, struct cgn_lessor_client *out)
{
	*out = (struct cgn_lessor_client){
		.realm = c->realm,
		.addr = c->addr,
		.gateway = c->gateway,
		.ext = c->leases->ext.addr,
	};
}

bool
cgn_lessor_find_client(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		struct cgn_lessor_client *out)
{
	const struct cgn_leasetable_client *c = cgn_leasetable_find_client(&l->table, realm, addr);

	if (c == NULL || c->leases == NULL)
		return false;
	show_client(c, out);
	return true;
}

uint32_t
cgn_lessor_read_clients(const struct cgn_lessor *l, uint32_t *cursor,
		struct cgn_lessor_client *rows, uint32_t max)
{
	uint32_t n = 0;

	/* A client is shown for the lease that heads its list. */
	for (; *cursor < l->table.n && n < max; ++*cursor) {
		const struct cgn_leasetable_lease *x = l->table.at[*cursor];

		if (x->client->leases == x)
			show_client(x->client, &rows[n++]);
	}
	return n;
}

bool
cgn_lessor_find(const struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in,
		struct cgn_lessor_info *out, uint64_t now_ms)
{
	const struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, realm, in);

	if (x == NULL)
		return false;
	cgn_lessor_record_show(x, now_ms, out);
	return true;
}

const struct cgn_lease_extra *
cgn_lessor_extra(const struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in)
{
	const struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, realm, in);

	return x == NULL ? NULL : x->extra;
}

uint32_t
cgn_lessor_read(const struct cgn_lessor *l, uint32_t *cursor, struct cgn_lessor_info *rows,
		uint32_t max, uint64_t now_ms)
{
	uint32_t n = 0;

	while (*cursor < l->table.n && n < max)
		cgn_lessor_record_show(l->table.at[(*cursor)++], now_ms, &rows[n++]);
	return n;
}

uint32_t
cgn_lessor_read_if(const struct cgn_lessor *l, uint32_t *cursor, struct cgn_lessor_info *rows,
		uint32_t max, const struct cgn_lessor_condition *c, uint64_t now_ms)
{
	uint32_t n = 0;

	for (uint32_t looked = 0; *cursor < l->table.n && n < max && looked < CGN_LESSOR_LOOKS;
			looked++) {
		const struct cgn_leasetable_lease *x = l->table.at[(*cursor)++];

		if (c->is_meant(c->ctx, x->client->realm, &x->in, &x->ext))
			cgn_lessor_record_show(x, now_ms, &rows[n++]);
	}
	return n;
}

uint32_t
cgn_lessor_read_client(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		uint32_t *cursor, struct cgn_lessor_info *rows, uint32_t max, uint64_t now_ms)
{
	const struct cgn_leasetable_client *c = cgn_leasetable_find_client(&l->table, realm, addr);
	uint32_t place = 0, n = 0;

	for (const struct cgn_leasetable_lease *x = c == NULL ? NULL : c->leases;
			x != NULL && n < max; x = x->client_next) {
		if (place++ >= *cursor)
			cgn_lessor_record_show(x, now_ms, &rows[n++]);
	}
	*cursor = place;
	return n;
}

uint32_t
cgn_lessor_count(const struct cgn_lessor *l)
{
	return l->table.n;
}

uint32_t
cgn_lessor_count_epochs(const struct cgn_lessor *l)
{
	return l->table.n_epochs;
}

const struct cgn_lessor_stats *
cgn_lessor_stats(const struct cgn_lessor *l)
{
	return &l->stats;
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_lessor_create(struct cgn_lessor **out, const struct cgn_lessor_cfg *cfg, uint64_t now_ms)
{
	struct cgn_lessor *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	l->cfg = *cfg;
	if (cgn_leasetable_init(&l->table, cfg->seed, cfg->realms) < 0) {
		free(l);
		return -ENOMEM;
	}
	cgn_lessor_record_init(l);
	cgn_lessor_commit_init(l);
	cgn_lessor_epoch_init(l, now_ms);
	cgn_lessor_load_init(l);
	*out = l;
	return 0;
}

void
cgn_lessor_destroy(struct cgn_lessor *l)
{
	if (l == NULL)
		return;
	cgn_lessor_epoch_fini(l);
	cgn_lessor_load_fini(l);
	cgn_lessor_commit_fini(l);
	cgn_lessor_record_fini(l);
	for (uint32_t i = 0; i < l->table.n; i++)
		cgn_timerq_cancel(l->cfg.timers, &l->table.at[i]->timer);
	cgn_leasetable_fini(&l->table);
	free(l);
}
