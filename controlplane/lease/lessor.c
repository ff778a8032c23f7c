/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/lessor.h"

#include "controlplane/lease/leasetable.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>

#define EPOCH_DRIFT \
	1000 /* ms by which the wall clock may have been set before it is written down */
#define LAZY_COMMIT 1000 /* ms until ended leases leave the store, if nothing else is written */

CGN_LOG_TYPE("lessor");

/* Deletions that are answered together. */
struct batch {
	cgn_lessor_done done;
	void *arg;
	uint32_t n_open;
	struct cgn_lessor_answer answer;
	bool is_revoked;
	uint32_t realm;
	rte_be32_t addr;
};

enum call_kind {
	CALL_MAP,
	CALL_UNMAP,
	CALL_BIND,
	CALL_RESTORE,
};

struct cgn_lessor_call {
	struct cgn_lessor *lessor;
	enum call_kind kind;
	struct cgn_lessor_request request;
	cgn_lessor_done done;
	void *arg;
	struct batch *batch; /* of CALL_UNMAP; NULL: alone */
};

struct cgn_lessor {
	struct cgn_lessor_cfg cfg;
	struct cgn_leasetable table;
	int64_t epoch_ms;   /* start of the epoch */
	int64_t epoch_wall; /* the same as the store has it */
	struct cgn_timer lazy;
	uint32_t n_loaded;  /* leases not back yet */
	uint32_t restoring; /* commands under way for them */
	uint32_t restored_to;
	struct cgn_lessor_stats stats;
};

static uint64_t
left_ms(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	return x->timer.due_ms > now_ms ? x->timer.due_ms - now_ms : 0;
}

static void expire(void *arg, uint64_t now_ms);

/* Make a lease that ends at a time. */
static struct cgn_leasetable_lease *
add(struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in, uint64_t end_ms)
{
	struct cgn_leasetable_lease *x = cgn_leasetable_add(&l->table, realm, in);

	if (x == NULL)
		return NULL;
	x->owner = l;
	x->timer.fire = expire;
	x->timer.arg = x;
	if (cgn_timerq_set(l->cfg.timers, &x->timer, end_ms) < 0) {
		cgn_leasetable_del(&l->table, x);
		return NULL;
	}
	return x;
}

static void
del(struct cgn_leasetable_lease *x)
{
	struct cgn_lessor *l = x->owner;

	l->n_loaded -= x->is_loaded ? 1 : 0;
	cgn_timerq_cancel(l->cfg.timers, &x->timer);
	cgn_leasetable_del(&l->table, x);
}

/* --- store --------------------------------------------------------------------------------- */

static void
commit_lazily(void *arg, uint64_t now_ms)
{
	(void)cgn_lessor_commit(arg, now_ms);
}

static void
put(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;
	struct cgn_store_lease record = {
		.realm = x->client->realm,
		.lifetime_s = x->lifetime_s,
		.in = x->in,
		.ext = x->ext,
		.end_ms = l->cfg.ops->wall_ms(l->cfg.ctx) + (int64_t)left_ms(x, now_ms),
	};

	if (cgn_store_put(l->cfg.store, &record) < 0)
		CGN_LOG(ERR, "no memory to keep a lease");
}

/* Take a lease out of the store and the table. */
static void
forget(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;

	if (cgn_store_del(l->cfg.store, x->client->realm, &x->in) < 0)
		CGN_LOG(ERR, "no memory to forget a lease");
	del(x);
	if (l->lazy.pos == 0)
		(void)cgn_timerq_set(l->cfg.timers, &l->lazy, now_ms + LAZY_COMMIT);
}

static void
expire(void *arg, uint64_t now_ms)
{
	struct cgn_leasetable_lease *x = arg;
	struct cgn_lessor *l = x->owner;

	l->stats.expired++;
	forget(x, now_ms);
}

int
cgn_lessor_commit(struct cgn_lessor *l, uint64_t now_ms)
{
	int64_t start = l->cfg.ops->wall_ms(l->cfg.ctx) - ((int64_t)now_ms - l->epoch_ms);
	int64_t drift = start - l->epoch_wall;

	cgn_timerq_cancel(l->cfg.timers, &l->lazy);
	if (!cgn_store_is_dirty(l->cfg.store))
		return 0;
	/* The epoch goes on by the monotonic clock when the wall clock is set. */
	if ((drift > EPOCH_DRIFT || drift < -EPOCH_DRIFT) &&
			cgn_store_put_epoch(l->cfg.store, 0, 0, start) == 0)
		l->epoch_wall = start;
	return cgn_store_commit(l->cfg.store);
}

/* --- epochs -------------------------------------------------------------------------------- */

static void
begin_epoch(struct cgn_lessor *l, uint64_t now_ms)
{
	l->epoch_ms = (int64_t)now_ms;
	l->epoch_wall = l->cfg.ops->wall_ms(l->cfg.ctx);
	(void)cgn_store_put_epoch(l->cfg.store, 0, 0, l->epoch_wall);
}

static rte_be32_t
epoch_owner(uint32_t realm, rte_be32_t addr)
{
	return realm == 0 ? addr : CGN_LESSOR_ALL;
}

/* A client has lost something: its epoch begins anew, the others' goes on. */
static void
reset_client(struct cgn_lessor *l, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	struct cgn_leasetable_client *c;

	addr = epoch_owner(realm, addr);
	c = cgn_leasetable_get_client(&l->table, realm, addr);
	if (c == NULL) {
		CGN_LOG(ERR, "no memory to reset an epoch");
		return;
	}
	c->has_epoch = true;
	c->epoch_ms = (int64_t)now_ms;
	(void)cgn_store_put_epoch(l->cfg.store, realm, addr, l->cfg.ops->wall_ms(l->cfg.ctx));
	l->cfg.ops->lost(l->cfg.ctx, realm, addr, now_ms);
}

uint32_t
cgn_lessor_epoch_s(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	const struct cgn_leasetable_client *c = cgn_leasetable_find_client(
			&l->table, realm, epoch_owner(realm, addr));
	int64_t start = c != NULL && c->has_epoch ? c->epoch_ms : l->epoch_ms;

	return (uint32_t)(((int64_t)now_ms - start) / 1000);
}

/* --- requests ------------------------------------------------------------------------------ */

static void
fail(cgn_lessor_done done, void *arg, int ret, uint64_t now_ms)
{
	const struct cgn_lessor_answer a = { .ret = ret };

	done(arg, &a, now_ms);
}

/* Send a command; on failure nothing will be called. */
static int
send(struct cgn_lessor *l, const struct cgn_lessor_call *template, uint16_t op,
		const struct cgn_cmd_map *map, uint64_t now_ms)
{
	struct cgn_lessor_call *call = malloc(sizeof(*call));
	int ret;

	if (call == NULL)
		return -ENOMEM;
	*call = *template;
	call->lessor = l;
	ret = l->cfg.ops->send(l->cfg.ctx, op, map, call, now_ms);
	if (ret < 0)
		free(call);
	return ret;
}

void
cgn_lessor_map(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	const struct cgn_lessor_call call = {
		.kind = CALL_MAP, .request = *r, .done = done, .arg = arg
	};
	const struct cgn_cmd_map map = {
		.in = r->in,
		.ext = { .port = r->ext_port, .proto = r->in.proto },
		.realm = r->realm,
		.lifetime_s = r->lifetime_s,
		.flags = CGN_MAPPING_EXPLICIT,
	};
	int ret = send(l, &call, CGN_CMD_MAP_ADD, &map, now_ms);

	if (ret < 0)
		fail(done, arg, ret, now_ms);
}

static int
send_unmap(struct cgn_lessor *l, const struct cgn_lessor_call *call, uint64_t now_ms)
{
	const struct cgn_cmd_map map = {
		.in = call->request.in,
		.realm = call->request.realm,
		.flags = (uint8_t)(CGN_MAPPING_EXPLICIT |
				(call->request.is_undo ? CGN_MAPPING_UNDO : 0)),
	};

	return send(l, call, CGN_CMD_MAP_DEL, &map, now_ms);
}

void
cgn_lessor_unmap(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	const struct cgn_lessor_call call = {
		.kind = CALL_UNMAP, .request = *r, .done = done, .arg = arg
	};
	int ret = send_unmap(l, &call, now_ms);

	if (ret < 0)
		fail(done, arg, ret, now_ms);
}

static void
finish_batch(struct cgn_lessor *l, struct batch *b, uint64_t now_ms)
{
	if (--b->n_open > 0)
		return;
	if (b->is_revoked && b->answer.n > 0)
		reset_client(l, b->realm, b->addr, now_ms);
	b->done(b->arg, &b->answer, now_ms);
	free(b);
}

/* End those of a client's leases that match: protocol and, if it is not 0, port. */
static void
unmap_some(struct cgn_lessor *l, const struct cgn_lessor_request *r, bool is_revoked,
		cgn_lessor_done done, void *arg, uint64_t now_ms)
{
	const struct cgn_leasetable_client *c = cgn_leasetable_find_client(
			&l->table, r->realm, r->in.addr);
	struct cgn_lessor_call call = { .kind = CALL_UNMAP, .request = *r };
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		fail(done, arg, -ENOMEM, now_ms);
		return;
	}
	*b = (struct batch){
		.done = done,
		.arg = arg,
		.is_revoked = is_revoked,
		.realm = r->realm,
		.addr = r->in.addr,
		.n_open = 1, /* this function */
	};
	call.batch = b;
	for (const struct cgn_leasetable_lease *x = c == NULL ? NULL : c->leases; x != NULL;
			x = x->client_next) {
		int ret;

		if ((r->in.proto != CGN_PROTO_COUNT && x->in.proto != r->in.proto) ||
				(r->in.port != 0 && x->in.port != r->in.port))
			continue;
		call.request.in = x->in;
		ret = send_unmap(l, &call, now_ms);
		if (ret < 0)
			b->answer.ret = ret;
		else
			b->n_open++;
	}
	finish_batch(l, b, now_ms);
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
		.kind = CALL_BIND, .request = *r, .done = done, .arg = arg
	};
	const struct cgn_cmd_map map = { .in = { .addr = r->in.addr }, .realm = r->realm };
	int ret = send(l, &call, CGN_CMD_BIND, &map, now_ms);

	if (ret < 0)
		fail(done, arg, ret, now_ms);
}

/* --- replies ------------------------------------------------------------------------------- */

/* Write down a lease that a worker has granted. */
static int
record(struct cgn_lessor *l, const struct cgn_lessor_request *r, const struct cgn_ep4 *ext,
		uint64_t now_ms)
{
	struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	uint64_t end_ms = now_ms + (uint64_t)r->lifetime_s * 1000;
	bool is_new = x == NULL;

	if (is_new)
		x = add(l, r->realm, &r->in, end_ms);
	else
		(void)cgn_timerq_set(l->cfg.timers, &x->timer, end_ms);
	if (x == NULL)
		return -ENOMEM;
	x->ext = *ext;
	x->lifetime_s = r->lifetime_s;
	x->client->gateway = r->gateway;
	l->stats.made += is_new ? 1 : 0;
	l->stats.renewed += is_new ? 0 : 1;
	put(x, now_ms);
	return 0;
}

static void
mapped(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map, uint64_t now_ms)
{
	struct cgn_lessor_answer a = { .ret = ret, .lifetime_s = call->request.lifetime_s };

	if (ret == 0) {
		a.ext = map->ext;
		a.is_static = (map->flags & CGN_MAPPING_STATIC) != 0;
		if (!a.is_static)
			a.ret = record(call->lessor, &call->request, &map->ext, now_ms);
	}
	call->done(call->arg, &a, now_ms);
}

static void
unmapped(struct cgn_lessor_call *call, int ret, uint64_t now_ms)
{
	struct cgn_lessor *l = call->lessor;
	struct cgn_leasetable_lease *x = cgn_leasetable_find(
			&l->table, call->request.realm, &call->request.in);
	struct cgn_lessor_answer a = { .ret = ret == -ENOENT ? 0 : ret };

	if (a.ret == 0 && x != NULL) {
		if (call->batch != NULL && call->batch->is_revoked)
			l->stats.revoked++;
		else
			l->stats.deleted++;
		forget(x, now_ms);
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

/* A lease is back, or it is lost and its client has to know. */
static void
brought_back(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map, uint64_t now_ms)
{
	struct cgn_lessor *l = call->lessor;
	const struct cgn_lessor_request *r = &call->request;
	struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	bool is_same;

	l->restoring--;
	if (x == NULL || !x->is_loaded)
		return; /* it has expired in the meantime */
	is_same = ret == 0 && map->ext.addr == x->ext.addr && map->ext.port == x->ext.port;
	if (is_same && (map->flags & CGN_MAPPING_STATIC) == 0) {
		x->is_loaded = false;
		l->n_loaded--;
		l->stats.restored++;
		return;
	}
	/* What has become a static mapping of the same port is not lost. */
	if (!is_same) {
		l->stats.lost++;
		reset_client(l, r->realm, r->in.addr, now_ms);
	}
	forget(x, now_ms);
}

void
cgn_lessor_replied(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms)
{
	switch (call->kind) {
	case CALL_MAP:
		mapped(call, ret, map, now_ms);
		break;
	case CALL_UNMAP:
		unmapped(call, ret, now_ms);
		break;
	case CALL_BIND:
		bound(call, ret, map, now_ms);
		break;
	case CALL_RESTORE:
		brought_back(call, ret, map, now_ms);
		break;
	}
	free(call);
}

/* --- restart ------------------------------------------------------------------------------- */

struct load {
	struct cgn_lessor *l;
	uint64_t now_ms;
	int64_t wall_ms;
	bool has_epoch;
};

static int
load_lease(void *arg, const struct cgn_store_lease *s)
{
	struct load *load = arg;
	struct cgn_lessor *l = load->l;
	int64_t left = s->end_ms - load->wall_ms;
	int64_t most = (int64_t)s->lifetime_s * 1000;
	struct cgn_leasetable_lease *x;

	if (left <= 0)
		return cgn_store_del(l->cfg.store, s->realm, &s->in);
	/* No lease grows by a clock that was set back. */
	x = add(l, s->realm, &s->in, load->now_ms + (uint64_t)(left < most ? left : most));
	if (x == NULL)
		return -ENOMEM;
	x->ext = s->ext;
	x->lifetime_s = s->lifetime_s;
	x->is_loaded = true;
	l->n_loaded++;
	return 0;
}

static int
load_epoch(void *arg, uint32_t realm, rte_be32_t addr, int64_t start_ms)
{
	struct load *load = arg;
	struct cgn_lessor *l = load->l;
	int64_t passed = load->wall_ms - start_ms;
	struct cgn_leasetable_client *c;

	/* An epoch that would lie in the future has begun now: clients see it as a loss, which costs
	 * them a renewal, no more. */
	if (passed < 0)
		passed = 0;
	if (addr == 0) {
		load->has_epoch = true;
		l->epoch_ms = (int64_t)load->now_ms - passed;
		l->epoch_wall = load->wall_ms - passed;
		return 0;
	}
	c = cgn_leasetable_get_client(&l->table, realm, addr);
	if (c == NULL)
		return -ENOMEM;
	c->has_epoch = true;
	c->epoch_ms = (int64_t)load->now_ms - passed;
	return 0;
}

int
cgn_lessor_load(struct cgn_lessor *l, uint64_t now_ms)
{
	static const struct cgn_store_visitor visitor = { .lease = load_lease,
		.epoch = load_epoch };
	struct load load = { .l = l, .now_ms = now_ms, .wall_ms = l->cfg.ops->wall_ms(l->cfg.ctx) };
	int ret = cgn_store_load(l->cfg.store, &visitor, &load);

	if (ret == 0 && load.has_epoch)
		return 0;
	begin_epoch(l, now_ms);
	return ret < 0 ? ret : -ENOENT;
}

void
cgn_lessor_set_store(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms)
{
	l->cfg.store = store;
	(void)cgn_store_put_epoch(store, 0, 0, l->epoch_wall);
	for (uint32_t i = 0; i < l->table.n; i++)
		put(l->table.at[i], now_ms);
}

/* @return false: no room for a command */
static bool
restore_one(struct cgn_lessor *l, struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	const struct cgn_lessor_call call = {
		.kind = CALL_RESTORE,
		.request = { .realm = x->client->realm, .in = x->in },
	};
	const struct cgn_cmd_map map = {
		.in = x->in,
		.ext = x->ext,
		.realm = x->client->realm,
		.lifetime_s = (uint32_t)((left_ms(x, now_ms) + 999) / 1000),
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_EXACT,
	};

	if (send(l, &call, CGN_CMD_MAP_ADD, &map, now_ms) < 0)
		return false;
	l->restoring++;
	return true;
}

uint32_t
cgn_lessor_restore(struct cgn_lessor *l, uint64_t now_ms)
{
	/* Leases that end while this goes on move others to lower places: a second pass finds them. */
	if (l->restored_to >= l->table.n && l->restoring == 0)
		l->restored_to = 0;
	while (l->restored_to < l->table.n && l->n_loaded > l->restoring) {
		struct cgn_leasetable_lease *x = l->table.at[l->restored_to];

		if (x->is_loaded && !restore_one(l, x, now_ms))
			break;
		l->restored_to++;
	}
	return l->n_loaded;
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

static void
show(const struct cgn_leasetable_lease *x, uint64_t now_ms, struct cgn_lessor_info *out)
{
	*out = (struct cgn_lessor_info){
		.realm = x->client->realm,
		.in = x->in,
		.ext = x->ext,
		.lifetime_s = x->lifetime_s,
		.left_s = (uint32_t)((left_ms(x, now_ms) + 999) / 1000),
	};
}

bool
cgn_lessor_find(const struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in,
		struct cgn_lessor_info *out, uint64_t now_ms)
{
	const struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, realm, in);

	if (x == NULL)
		return false;
	show(x, now_ms, out);
	return true;
}

uint32_t
cgn_lessor_read(const struct cgn_lessor *l, uint32_t *cursor, struct cgn_lessor_info *rows,
		uint32_t max, uint64_t now_ms)
{
	uint32_t n = 0;

	while (*cursor < l->table.n && n < max)
		show(l->table.at[(*cursor)++], now_ms, &rows[n++]);
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
			show(x, now_ms, &rows[n++]);
	}
	*cursor = place;
	return n;
}

uint32_t
cgn_lessor_count(const struct cgn_lessor *l)
{
	return l->table.n;
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
	l->lazy.fire = commit_lazily;
	l->lazy.arg = l;
	if (cgn_leasetable_init(&l->table, cfg->seed) < 0) {
		free(l);
		return -ENOMEM;
	}
	l->epoch_ms = (int64_t)now_ms;
	l->epoch_wall = cfg->ops->wall_ms(cfg->ctx);
	*out = l;
	return 0;
}

void
cgn_lessor_destroy(struct cgn_lessor *l)
{
	if (l == NULL)
		return;
	cgn_timerq_cancel(l->cfg.timers, &l->lazy);
	for (uint32_t i = 0; i < l->table.n; i++)
		cgn_timerq_cancel(l->cfg.timers, &l->table.at[i]->timer);
	cgn_leasetable_fini(&l->table);
	free(l);
}
