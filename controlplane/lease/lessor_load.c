/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Brings leases back from the store at the start, a slice at a time, for the lessor.
 */
#include "controlplane/lease/lessor_load.h"

#include "controlplane/lease/downtime.h"
#include "controlplane/lease/lease_rows.h"
#include "controlplane/lease/lessor_command.h"
#include "controlplane/lease/lessor_commit.h"
#include "controlplane/lease/lessor_epoch.h"
#include "controlplane/lease/lessor_record.h"
#include "shared/addr_text.h"
#include "shared/log.h"
#include "shared/thread.h"

#include <errno.h>

CGN_LOG_TYPE("lessor_load");

/* How long a client's epoch is kept after a start. The store does not say how long it is needed. */
#define EPOCH_KEEP_MS INT64_C(86400000)

/* Leases that one step puts into a store that came late. This is less than a millisecond of work. */
#define FILL 256

/* --- from the store, at the start ---------------------------------------------------------- */

struct load {
	struct cgn_lessor *l;
	uint64_t now_ms;
	int64_t boot_ms;
	bool has_epoch;
};

/* An epoch has no more seconds than this. */
#define EPOCH_MAX_MS ((int64_t)UINT32_MAX * 1000)

/* Milliseconds from one time to another. A store or a file may have any times. */
static int64_t
load_apart(int64_t from, int64_t to)
{
	int64_t ms;

	if (!__builtin_sub_overflow(to, from, &ms))
		return ms;
	return to < from ? INT64_MIN : INT64_MAX;
}

/* Whether a row of the store belongs to a native client, or to a home that the store has, too. */
static bool
is_realm_known(const struct cgn_lessor *l, uint32_t realm)
{
	return realm == 0 || l->cfg.realms == NULL || cgn_realms_b4(l->cfg.realms, realm) != NULL;
}

/* No lease lasts longer than its lifetime, whatever the store says. */
static int64_t
capped(const struct cgn_store_lease *s, int64_t left_ms)
{
	return RTE_MIN(left_ms, (int64_t)s->lifetime_s * 1000);
}

static int
load_lease(void *arg, const struct cgn_store_lease *s)
{
	struct load *load = arg;
	struct cgn_lessor *l = load->l;
	bool is_peer = s->by.by == CGN_LEASE_BY_PEER;
	int64_t map_left = is_peer ? 0 : capped(s, load_apart(load->boot_ms, s->end_ms));
	int64_t peer_left = s->peer.port == 0
			? 0
			: capped(s, load_apart(load->boot_ms, s->peer_end_ms));
	int64_t left = RTE_MAX(map_left, peer_left);
	bool is_known = is_realm_known(l, s->realm);
	struct cgn_lease_extra *extra = NULL;
	struct cgn_leasetable_lease *x;

	l->stats.ended += left <= 0 ? 1 : 0;
	if (left <= 0 || !is_known)
		return cgn_store_del(l->cfg.store, s->realm, &s->in);
	if (map_left > 0 && (s->description_len != 0 || s->n_filters != 0)) {
		extra = cgn_lease_extra_new();
		if (extra == NULL)
			return -ENOMEM;
		if (s->description_len != 0)
			cgn_lease_extra_describe(extra, s->description, s->description_len);
		for (unsigned int i = 0; i < s->n_filters; i++)
			(void)cgn_lease_extra_filter(extra, &s->filters[i], CGN_FILTERS_MAX);
	}
	x = cgn_lessor_record_add(l, s->realm, &s->in, load->now_ms + (uint64_t)left);
	if (x == NULL) {
		cgn_lease_extra_release(extra);
		return -ENOMEM;
	}
	x->ext = s->ext;
	x->lifetime_s = s->lifetime_s;
	x->by = s->by;
	x->map_end_ms = map_left > 0 ? load->now_ms + (uint64_t)map_left : 0;
	x->peer = s->peer;
	x->peer_end_ms = peer_left > 0 ? load->now_ms + (uint64_t)peer_left : 0;
	x->extra = extra;
	(void)cgn_timerq_set(l->cfg.timers, &x->timer, cgn_lessor_next_end(x, load->now_ms));
	x->is_loaded = true;
	cgn_lessor_record_mark(x);
	l->n_loaded++;
	return 0;
}

static int
load_epoch(void *arg, uint32_t realm, rte_be32_t addr, int64_t start_ms)
{
	struct load *load = arg;
	struct cgn_lessor *l = load->l;
	int64_t passed = RTE_MIN(load_apart(start_ms, load->boot_ms), EPOCH_MAX_MS);
	struct cgn_leasetable_client *c;

	if (!is_realm_known(l, realm))
		return cgn_store_del_epoch(l->cfg.store, realm, addr);
	/* An epoch that would begin in the future begins now. Clients take that for a loss. It costs them a
	 * renewal, no more. */
	if (passed < 0)
		passed = 0;
	if (addr == 0) {
		load->has_epoch = true;
		l->epoch_ms = (int64_t)load->now_ms - passed;
		return 0;
	}
	c = cgn_leasetable_get_client(&l->table, realm, addr);
	if (c == NULL)
		return -ENOMEM;
	cgn_leasetable_set_epoch(&l->table, c, (int64_t)load->now_ms - passed,
			(int64_t)load->now_ms + EPOCH_KEEP_MS);
	return 0;
}

/* Why the epoch does not go on, although the store was read. NULL: it goes on */
static const char *
epoch_reason(const struct load *load, const struct cgn_downtime *down)
{
	if (down->lost_reason != NULL)
		return down->lost_reason;
	/* If only the wall clock tells the time that has passed, a jump of it may have ended leases that
	 * clients still count on. */
	if (!down->is_exact && load->l->stats.ended != 0)
		return "leases ended by the wall clock while the machine was down";
	return load->has_epoch ? NULL : "the store has none";
}

int
cgn_lessor_load_first(struct cgn_lessor *l, uint64_t now_ms)
{
	static const struct cgn_store_visitor visitor = {
		.lease = load_lease, .epoch = load_epoch, .is_over = cgn_thread_is_stop_pending
	};
	struct load load = { .l = l, .now_ms = now_ms, .boot_ms = cgn_lessor_boot_ms(l) };
	struct cgn_downtime down;
	int ret = cgn_downtime_begin(l->cfg.store, cgn_lessor_wall_ms(l), load.boot_ms, &down);

	if (ret == 0)
		ret = cgn_store_load(l->cfg.store, &visitor, &load);
	if (ret == -ECANCELED)
		return ret; /* what the store has, the epoch too, stays for the next start */
	l->epoch_reason = ret < 0 ? "the store cannot be used" : epoch_reason(&load, &down);
	if (l->epoch_reason != NULL)
		cgn_lessor_epoch_begin(l, now_ms);
	cgn_lessor_epoch_arm(l, now_ms);
	if (ret == 0 && l->cfg.realms != NULL)
		(void)cgn_realms_sweep(l->cfg.realms);
	return ret == 0 && l->epoch_reason != NULL ? -ENOENT : ret;
}

/* --- from a run before, without a store ----------------------------------------------------- */

static int
take_realm(void *arg, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len)
{
	const struct load *load = arg;

	return load->l->cfg.realms != NULL &&
					cgn_realms_put(load->l->cfg.realms, realm, b4, len) ==
							-ENOMEM
			? -ENOMEM
			: 0;
}

/* A database has each lease once. Octets may have it twice. */
static int
take_lease(void *arg, const struct cgn_store_lease *s)
{
	const struct load *load = arg;

	return cgn_leasetable_find(&load->l->table, s->realm, &s->in) != NULL ? -EBADMSG
									      : load_lease(arg, s);
}

int
cgn_lessor_load_rows(struct cgn_lessor *l, const void *rows, size_t len, uint64_t now_ms)
{
	static const struct cgn_store_visitor visitor = {
		.realm = take_realm, .epoch = load_epoch, .lease = take_lease
	};
	struct load load = { .l = l, .now_ms = now_ms, .boot_ms = cgn_lessor_boot_ms(l) };
	int ret = cgn_lease_rows_visit(rows, len, &visitor, &load);

	if (load.has_epoch)
		l->epoch_reason = NULL;
	return ret;
}

/* --- back at the workers -------------------------------------------------------------------- */

static void
say_lost(const struct cgn_lessor *l, const struct cgn_leasetable_lease *x)
{
	const uint32_t realm = x->client->realm;
	const struct cgn_ip6 *b4 = realm == 0 || l->cfg.realms == NULL
			? NULL
			: cgn_realms_b4(l->cfg.realms, realm);
	char in[CGN_ADDR_TEXT_MAX], ext[CGN_ADDR_TEXT_MAX], home[CGN_ADDR_TEXT_MAX];

	CGN_LOG(LEASE_LOST, "lease is lost client=%s external=%s protocol=%s%s%s",
			cgn_addr_text_format_ep4(x->in.addr, rte_be_to_cpu_16(x->in.port), in),
			cgn_addr_text_format_ep4(x->ext.addr, rte_be_to_cpu_16(x->ext.port), ext),
			x->in.proto == CGN_PROTO_UDP ? "udp" : "tcp", b4 == NULL ? "" : " b4=",
			b4 == NULL ? "" : cgn_addr_text_format_ip6(b4, home));
}

void
cgn_lessor_load_restored(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms)
{
	struct cgn_lessor *l = call->lessor;
	const struct cgn_lessor_request *r = &call->request;
	struct cgn_leasetable_lease *x = cgn_leasetable_find(&l->table, r->realm, &r->in);
	bool is_same;

	l->restoring--;
	if (x == NULL || !x->is_loaded)
		return; /* it has expired in the meantime */
	if (ret == -ECANCELED)
		return; /* cgnd ends: the store keeps the lease for the next start */
	if (ret == -ETIMEDOUT)
		return; /* a busy worker: asked again in the next pass, as often as it takes */
	is_same = ret == 0 && map->ext.addr == x->ext.addr && map->ext.port == x->ext.port;
	if (is_same && (map->flags & CGN_MAPPING_STATIC) == 0) {
		x->is_loaded = false;
		l->n_loaded--;
		l->stats.restored++;
		cgn_lessor_record_tell(x, CGN_RECORD_LEASE_MADE, CGN_RECORD_CAUSE_RESTORED, now_ms);
		return;
	}
	/* A static mapping of the same port may have taken the place of the lease. Then the client has lost
	 * nothing. */
	if (!is_same) {
		if (++l->stats.lost <= CGN_LESSOR_LOST_SAID)
			say_lost(l, x);
		cgn_lessor_epoch_reset(l, r->realm, r->in.addr, x->lifetime_s, now_ms);
	}
	cgn_lessor_record_forget(x, CGN_RECORD_CAUSE_LOST, now_ms);
}

/* Ask the worker to make a lease of the store again, with its old port. @return false: no room for a
 * command */
static bool
restore_one(struct cgn_lessor *l, struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	const struct cgn_lessor_call call = {
		.kind = CGN_LESSOR_CALL_RESTORE,
		.request = { .realm = x->client->realm, .in = x->in, .extra = x->extra },
	};
	/* The time left is rounded up, so that the worker does not end a lease before its time. */
	const struct cgn_lease_owner owner = cgn_lessor_owner(x, now_ms);
	struct cgn_cmd_map map = {
		.in = x->in,
		.ext = x->ext,
		.realm = x->client->realm,
		.lifetime_s = cgn_lessor_left_s(cgn_lessor_end(x), now_ms),
		.flags = (uint8_t)(cgn_lessor_command_flags(&owner) | CGN_MAPPING_EXACT),
		.n_filters = cgn_lessor_has_map(x, now_ms) ? cgn_lessor_command_filters(x->extra)
							   : 0,
	};

	/* Its connection comes back, too. */
	if (cgn_lessor_command_add_peer(&map, x, now_ms)) {
		map.rem_addr = x->peer.addr;
		map.rem_port = x->peer.port;
	}
	if (cgn_lessor_command_send(l, &call, CGN_CMD_MAP_ADD, &map, now_ms) < 0)
		return false;
	l->restoring++;
	return true;
}

uint32_t
cgn_lessor_load_restore(struct cgn_lessor *l, uint64_t now_ms)
{
	/* When a lease ends, the last one of the table moves to its place, which this pass may have gone
	 * past. So the passes go on until no lease is left that came from the store. */
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

/* --- into a store that came late ----------------------------------------------------------- */

/* Convert a time of the loop's clock to the clock of the store. */
static int64_t
to_store(const struct cgn_lessor *l, int64_t at_ms, uint64_t now_ms)
{
	return cgn_lessor_boot_ms(l) + (at_ms - (int64_t)now_ms);
}

/* Replace all that the store has by the epochs that cgnd has. */
static void
put_epochs(struct cgn_lessor *l, uint64_t now_ms)
{
	struct cgn_store *store = l->cfg.store;

	(void)cgn_store_clear(store);
	if (l->cfg.realms != NULL)
		cgn_realms_unstore(l->cfg.realms);
	(void)cgn_store_put_epoch(store, 0, 0, to_store(l, l->epoch_ms, now_ms));
	for (uint32_t i = 0; i < l->table.n_client_buckets; i++) {
		for (const struct cgn_leasetable_client *c = l->table.client_buckets[i]; c != NULL;
				c = c->next) {
			if (!c->has_epoch)
				continue;
			cgn_lessor_record_realm(l, c->realm);
			(void)cgn_store_put_epoch(
					store, c->realm, c->addr, to_store(l, c->epoch_ms, now_ms));
		}
	}
}

/*
 * Put some of the leases into the store. A timer brings the others soon, so that nobody waits for all of them.
 *
 * When a lease ends, the last one of the table moves to its place. A round may miss that one; the next round
 * finds it.
 */
static void
fill(void *arg, uint64_t now_ms)
{
	struct cgn_lessor *l = arg;
	struct cgn_leasetable *t = &l->table;

	for (unsigned int n = 0;
			n < FILL && l->n_unstored > 0 && !cgn_store_is_failing(l->cfg.store);) {
		struct cgn_leasetable_lease *x;

		if (l->filled_to >= t->n)
			l->filled_to = 0;
		x = t->at[l->filled_to++];
		if (!x->is_stored) {
			cgn_lessor_record_put(x, now_ms);
			n++;
		}
	}
	l->is_filling = l->n_unstored > 0 || cgn_store_is_failing(l->cfg.store);
	cgn_lessor_commit_stamp(l);
	(void)cgn_lessor_commit_begin(l, now_ms);
	if (l->is_filling)
		(void)cgn_timerq_set(l->cfg.timers, &l->fill,
				now_ms +
						(cgn_store_is_failing(l->cfg.store)
										? CGN_LESSOR_RECORD_LAZY_MS
										: 1));
}

/* Note that the store has none of the leases. */
static void
unstore(struct cgn_lessor *l)
{
	for (uint32_t i = 0; i < l->table.n; i++)
		l->table.at[i]->is_stored = false;
	l->n_unstored = l->table.n;
	l->filled_to = 0;
}

int
cgn_lessor_load_replace(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms)
{
	int64_t wall, boot;
	int ret;

	cgn_timerq_cancel(l->cfg.timers, &l->fill);
	l->is_filling = false;
	l->is_late = store != NULL;
	l->trusted_ms = 0;
	l->cfg.store = store;
	if (store == NULL) {
		/* Without a store, answers wait for nothing. */
		cgn_lessor_commit_release(l, 0, now_ms);
		return 0;
	}
	cgn_lessor_commit_old_stamp(l, &wall, &boot);
	ret = cgn_store_begin(store, 0, true, wall, boot);
	if (ret == 0) {
		l->is_filling = true;
		unstore(l);
		put_epochs(l, now_ms);
		ret = cgn_lessor_commit_begin(l, now_ms);
		ret = ret == -EINPROGRESS ? 0 : ret;
	}
	if (ret == 0)
		fill(l, now_ms);
	else
		l->cfg.store = NULL;
	cgn_lessor_epoch_arm(l, now_ms);
	return ret;
}

void
cgn_lessor_load_init(struct cgn_lessor *l)
{
	l->fill.fire = fill;
	l->fill.arg = l;
}

void
cgn_lessor_load_fini(struct cgn_lessor *l)
{
	cgn_timerq_cancel(l->cfg.timers, &l->fill);
	/* A store that does not have all leases must not be closed like a complete one. */
	if (l->is_filling)
		cgn_store_distrust(l->cfg.store);
}
