/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes each change of a lease to the table and to the store, for the lessor.
 */
#include "controlplane/lease/lessor_record.h"

#include "controlplane/lease/lessor_command.h"
#include "shared/log.h"

#include <string.h>

CGN_LOG_TYPE("lessor");

#define GO_ON_AGAIN_MS 1000 /* until a worker without room is told again */

static void expire(void *arg, uint64_t now_ms);

struct cgn_leasetable_lease *
cgn_lessor_record_add(
		struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in, uint64_t end_ms)
{
	struct cgn_leasetable_lease *x = cgn_leasetable_add(&l->table, realm, in);

	if (x == NULL)
		return NULL;
	l->n_unstored++;
	x->owner = l;
	x->timer.fire = expire;
	x->timer.arg = x;
	if (cgn_timerq_set(l->cfg.timers, &x->timer, end_ms) < 0) {
		l->n_unstored--;
		cgn_leasetable_del(&l->table, x);
		return NULL;
	}
	return x;
}

void
cgn_lessor_record_drop(struct cgn_leasetable_lease *x)
{
	struct cgn_lessor *l = x->owner;

	l->n_loaded -= x->is_loaded ? 1 : 0;
	l->n_unstored -= x->is_stored ? 0 : 1;
	cgn_timerq_cancel(l->cfg.timers, &x->timer);
	cgn_leasetable_del(&l->table, x);
}

void
cgn_lessor_record_mark(struct cgn_leasetable_lease *x)
{
	struct cgn_lessor *l = x->owner;

	l->n_unstored -= x->is_stored ? 0 : 1;
	x->is_stored = true;
}

void
cgn_lessor_record_realm(struct cgn_lessor *l, uint32_t realm)
{
	struct cgn_ip6 b4;
	unsigned int len;

	if (l->cfg.store == NULL || l->cfg.realms == NULL ||
			!cgn_realms_to_store(l->cfg.realms, realm, &b4, &len))
		return;
	if (cgn_store_put_realm(l->cfg.store, realm, &b4, len) < 0)
		CGN_LOG(NO_MEMORY, "no memory to store the number of a softwire");
}

static void
realm_freed(void *ctx, uint32_t realm)
{
	struct cgn_lessor *l = ctx;

	(void)cgn_store_del_realm(l->cfg.store, realm);
}

struct cgn_store_lease
cgn_lessor_record_row(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	const struct cgn_lessor *l = x->owner;
	int64_t apart = cgn_lessor_boot_ms(l) - (int64_t)now_ms;
	bool has_map = cgn_lessor_has_map(x, now_ms), has_peer = cgn_lessor_has_peer(x, now_ms);

	return (struct cgn_store_lease){
		.realm = x->client->realm,
		.lifetime_s = x->lifetime_s,
		.in = x->in,
		.ext = x->ext,
		.by = cgn_lessor_owner(x, now_ms),
		.end_ms = has_map ? apart + (int64_t)x->map_end_ms : 0,
		.peer = has_peer ? x->peer : (struct cgn_lease_peer){ .port = 0 },
		.peer_end_ms = has_peer ? apart + (int64_t)x->peer_end_ms : 0,
		.description = x->extra == NULL ? NULL : x->extra->description,
		.description_len = x->extra == NULL ? 0 : x->extra->description_len,
		.filters = x->extra == NULL ? NULL : x->extra->filters,
		.n_filters = x->extra == NULL ? 0 : x->extra->n_filters,
	};
}

void
cgn_lessor_record_put(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;
	const struct cgn_store_lease record = cgn_lessor_record_row(x, now_ms);

	cgn_lessor_record_realm(l, x->client->realm);
	if (cgn_store_put(l->cfg.store, &record) < 0)
		CGN_LOG(NO_MEMORY, "no memory to store a lease");
	cgn_lessor_record_mark(x);
}

void
cgn_lessor_record_tell(const struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms)
{
	const struct cgn_lessor *l = x->owner;

	if (l->cfg.ops->changed != NULL)
		l->cfg.ops->changed(l->cfg.ctx, x, event, cause, now_ms);
}

void
cgn_lessor_record_settle(struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;

	x->lifetime_s = cgn_lessor_left_s(cgn_lessor_end(x), now_ms);
	(void)cgn_timerq_set(l->cfg.timers, &x->timer,
			cgn_lessor_is_overdue(x, now_ms) ? now_ms : cgn_lessor_next_end(x, now_ms));
	cgn_lessor_record_put(x, now_ms);
	cgn_lessor_record_tell(x, event, cause, now_ms);
}

void
cgn_lessor_record_leave_peer(
		struct cgn_leasetable_lease *x, enum cgn_record_cause cause, uint64_t now_ms)
{
	x->map_end_ms = 0;
	cgn_lease_extra_release(x->extra);
	x->extra = NULL;
	cgn_lessor_record_settle(x, CGN_RECORD_LEASE_RENEWED, cause, now_ms);
}

void
cgn_lessor_record_forget(
		struct cgn_leasetable_lease *x, enum cgn_record_cause cause, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;

	/* A lease that was not brought back has no record in this run. */
	if (!x->is_loaded)
		cgn_lessor_record_tell(x, CGN_RECORD_LEASE_ENDED, cause, now_ms);
	if (cgn_store_del(l->cfg.store, x->client->realm, &x->in) < 0)
		CGN_LOG(NO_MEMORY, "no memory to remove a lease from the store");
	cgn_lessor_record_drop(x);
	/* Nobody waits for this, so the commit may come later. After a crash the store would still have a
	 * lease that has ended. */
	if (l->lazy.pos == 0)
		(void)cgn_timerq_set(l->cfg.timers, &l->lazy, now_ms + CGN_LESSOR_RECORD_LAZY_MS);
}

void
cgn_lessor_record_show(
		const struct cgn_leasetable_lease *x, uint64_t now_ms, struct cgn_lessor_info *out)
{
	*out = (struct cgn_lessor_info){
		.realm = x->client->realm,
		.in = x->in,
		.ext = x->ext,
		.lifetime_s = x->lifetime_s,
		.left_s = cgn_lessor_left_s(cgn_lessor_end(x), now_ms),
		.by = cgn_lessor_owner(x, now_ms),
		.map_left_s = cgn_lessor_left_s(x->map_end_ms, now_ms),
		.peer = x->peer,
		.peer_left_s = cgn_lessor_left_s(x->peer_end_ms, now_ms),
	};
	if (x->extra != NULL) {
		out->description_len = x->extra->description_len;
		memcpy(out->description, x->extra->description, x->extra->description_len);
		out->n_filters = x->extra->n_filters;
		memcpy(out->filters, x->extra->filters, sizeof(out->filters));
	}
}

/* What MAP has asked for is over, or what PEER has. The worker has to know: it opens the port for all hosts, or keeps
 * connections. If it takes no command now, it is told soon. It is not told while a request about the lease is under way:
 * the request may have renewed the part that is over, or ended the other one. */
static void
go_on(struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	struct cgn_lessor *l = x->owner;
	bool has_map = cgn_lessor_has_map(x, now_ms);
	const struct cgn_lease_owner owner = cgn_lessor_owner(x, now_ms);
	const struct cgn_lessor_call call = { .kind = CGN_LESSOR_CALL_GO_ON,
		.request = { .realm = x->client->realm, .in = x->in, .extra = x->extra } };
	const struct cgn_cmd_map map = {
		.in = x->in,
		.realm = x->client->realm,
		.lifetime_s = cgn_lessor_left_s(cgn_lessor_next_end(x, now_ms), now_ms),
		.flags = cgn_lessor_command_flags(&owner),
		.n_filters = has_map ? cgn_lessor_command_filters(x->extra) : 0,
	};

	if (cgn_lessor_command_is_open(l, x) ||
			cgn_lessor_command_send(l, &call, CGN_CMD_MAP_ADD, &map, now_ms) < 0) {
		(void)cgn_timerq_set(l->cfg.timers, &x->timer, now_ms + GO_ON_AGAIN_MS);
		return;
	}
	if (!has_map) {
		cgn_lessor_record_leave_peer(x, CGN_RECORD_CAUSE_EXPIRED, now_ms);
		return;
	}
	x->peer_end_ms = 0;
	cgn_lessor_record_settle(x, CGN_RECORD_LEASE_RENEWED, CGN_RECORD_CAUSE_EXPIRED, now_ms);
}

static void
expire(void *arg, uint64_t now_ms)
{
	struct cgn_leasetable_lease *x = arg;
	struct cgn_lessor *l = x->owner;

	if (cgn_lessor_next_end(x, now_ms) != 0) {
		go_on(x, now_ms);
		return;
	}
	l->stats.expired++;
	cgn_lessor_record_forget(x, CGN_RECORD_CAUSE_EXPIRED, now_ms);
}

void
cgn_lessor_record_init(struct cgn_lessor *l)
{
	if (l->cfg.realms != NULL)
		cgn_realms_on_free(l->cfg.realms, realm_freed, l);
}

void
cgn_lessor_record_fini(struct cgn_lessor *l)
{
	if (l->cfg.realms != NULL)
		cgn_realms_on_free(l->cfg.realms, NULL, NULL);
}
