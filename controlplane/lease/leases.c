/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes the parts of the leases and connects them: realms, store, keeper, lessor, lease service.
 *
 * The order of making and releasing them is here, and nowhere else.
 */
#include "controlplane/lease/leases.h"

#include "controlplane/lease/lease_workers.h"
#include "controlplane/lease/lessor.h"
#include "controlplane/loop/loop.h"
#include "shared/clock_ms.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

CGN_LOG_TYPE("leases");

struct cgn_leases {
	struct cgn_leases_cfg cfg;
	struct cgn_lease_workers workers;
	struct cgn_realms *realms; /* homes behind softwires */
	struct cgn_keeper *keeper; /* of the store */
	struct cgn_lessor *lessor;
	struct cgn_lease_service *service;
	uint64_t created_ms;
	int store_fd; /* the threads of the store wake the control thread by it; -1: there are none */
	bool is_kept; /* the epoch goes on: the store had it */
	bool goes_on; /* the workers have the state of the run before */
};

/* --- what the lessor needs ----------------------------------------------------------------- */

static int
send_command(void *ctx, uint16_t op, const struct cgn_cmd_map *map, struct cgn_lease_extra *extra,
		struct cgn_lessor_call *call, uint64_t now_ms)
{
	const struct cgn_leases *l = ctx;

	return cgn_lease_workers_send(&l->workers, op, map, extra, call, now_ms);
}

static int64_t
wall_ms(void *ctx)
{
	(void)ctx;
	return cgn_clock_ms(CLOCK_REALTIME);
}

static int64_t
boot_ms(void *ctx)
{
	(void)ctx;
	return cgn_clock_ms(CLOCK_BOOTTIME);
}

static void
leases_lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	const struct cgn_leases *l = ctx;

	l->cfg.lost(l->cfg.ctx, realm, addr, now_ms);
}

static void
leases_revoked(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	const struct cgn_leases *l = ctx;

	if (l->cfg.revoked != NULL)
		l->cfg.revoked(l->cfg.ctx, lease, now_ms);
}

static bool
leases_moved(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	const struct cgn_leases *l = ctx;

	return l->cfg.moved != NULL && l->cfg.moved(l->cfg.ctx, lease, now_ms);
}

static void
leases_changed(void *ctx, const struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms)
{
	const struct cgn_leases *l = ctx;

	if (l->cfg.changed != NULL)
		l->cfg.changed(l->cfg.ctx, x, event, cause, now_ms);
}

static const struct cgn_lessor_ops lessor_ops = { .send = send_command,
	.wall_ms = wall_ms,
	.boot_ms = boot_ms,
	.lost = leases_lost,
	.changed = leases_changed,
	.revoked = leases_revoked,
	.moved = leases_moved };

static void
leases_refused(void *ctx, const struct cgn_asker *asker, enum cgn_refusal why, uint64_t now_ms)
{
	const struct cgn_leases *l = ctx;

	cgn_lease_workers_refused(&l->workers, asker, why, now_ms);
}

/* --- the threads of the store -------------------------------------------------------------- */

static void
store_ready(void *arg, uint64_t now_ms)
{
	struct cgn_leases *l = arg;

	cgn_keeper_ready(l->keeper, now_ms);
}

/* Open the descriptor by which the threads of the store wake the control thread. It is watched before there
 * is a thread. Otherwise a thread could end unnoticed, and its result would be waited for without end. */
static int
open_store_fd(struct cgn_leases *l)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int ret = fd < 0 ? -errno : cgn_loop_add_fd(l->cfg.loop, fd, store_ready, l);

	if (ret == 0)
		l->store_fd = fd;
	else if (fd >= 0)
		close(fd);
	return ret;
}

/* Move the work with the disk to threads. From now on the control thread does not wait for it. */
static void
go_aside(struct cgn_leases *l)
{
	int ret;

	if (l->cfg.loop == NULL || cgn_keeper_state(l->keeper) == CGN_KEEPER_OFF)
		return;
	ret = open_store_fd(l);
	if (ret == 0)
		ret = cgn_keeper_go_aside(l->keeper, l->store_fd);
	if (ret < 0)
		CGN_LOG(STORE_SLOW,
				"store has no thread of its own, so that a slow disk makes cgnd slow: %s",
				strerror(-ret));
}

/* --- life ---------------------------------------------------------------------------------- */

/* Make keeper and lessor, and load the leases. No failure of the disk stops the start: -ENOENT means that
 * cgnd starts without leases. */
static int
create_lessor(struct cgn_leases *l, uint64_t now_ms)
{
	struct cgn_lessor_cfg cfg = { .timers = l->cfg.timers,
		.realms = l->realms,
		.ops = &lessor_ops,
		.ctx = l,
		.seed = l->cfg.seed };
	const struct cgn_keeper_cfg keeper = { .path = l->cfg.conf->store_path,
		.timers = l->cfg.timers,
		.realms = l->realms,
		.wall_ms = wall_ms(l),
		.boot_ms = boot_ms(l) };
	int ret = cgn_keeper_create(&l->keeper, &keeper);

	if (ret < 0)
		return ret;
	cfg.store = cgn_keeper_store(l->keeper);
	ret = cgn_lessor_create(&l->lessor, &cfg, now_ms);
	if (ret < 0)
		return ret;
	ret = cgn_keeper_load(l->keeper, l->lessor, now_ms);
	l->is_kept = ret == 0;
	if (ret < 0 && ret != -ENOENT)
		return ret;
	go_aside(l);
	return 0;
}

int
cgn_leases_create(struct cgn_leases **out, const struct cgn_leases_cfg *cfg, uint64_t now_ms)
{
	struct cgn_leases *l = calloc(1, sizeof(*l));
	int ret;

	if (l == NULL)
		return -ENOMEM;
	l->cfg = *cfg;
	l->store_fd = -1;
	l->created_ms = now_ms;
	ret = cgn_realms_create(&l->realms, cfg->seed);
	l->workers = (struct cgn_lease_workers){
		.planes = cfg->planes, .client = cfg->client, .realms = l->realms
	};
	if (ret == 0)
		ret = create_lessor(l, now_ms);
	if (ret < 0) {
		cgn_leases_stop(l, now_ms);
		cgn_leases_destroy(l);
		return ret;
	}
	*out = l;
	return 0;
}

int
cgn_leases_serve(struct cgn_leases *l, const struct cgn_lease_backend *backend, void *backend_ctx)
{
	const struct cgn_lease_service_cfg cfg = {
		.conf = l->cfg.conf,
		.lessor = l->lessor,
		.realms = l->realms,
		.backend = backend,
		.backend_ctx = backend_ctx,
		.timers = l->cfg.timers,
		.refused = leases_refused,
		.ctx = l,
		.seed = l->cfg.seed,
	};

	return cgn_lease_service_create(&l->service, &cfg);
}

void
cgn_leases_use(struct cgn_leases *l, const struct cgn_lease_backend *backend, void *backend_ctx)
{
	cgn_lease_service_use(l->service, backend, backend_ctx);
}

void
cgn_leases_stop(struct cgn_leases *l, uint64_t now_ms)
{
	if (l == NULL)
		return;
	if (l->lessor != NULL)
		cgn_lessor_wait_cancel(l->lessor, now_ms);
	if (l->store_fd >= 0)
		cgn_loop_del_fd(l->cfg.loop, l->store_fd);
}

void
cgn_leases_destroy(struct cgn_leases *l)
{
	if (l == NULL)
		return;
	cgn_lease_service_destroy(l->service);
	cgn_lessor_destroy(l->lessor);
	cgn_keeper_destroy(l->keeper);
	if (l->store_fd >= 0)
		close(l->store_fd);
	cgn_realms_destroy(l->realms);
	free(l);
}

int
cgn_leases_save(const struct cgn_leases *l, cgn_lessor_keep_put put, void *ctx, uint64_t now_ms)
{
	return cgn_lessor_keep_write(l->lessor, put, ctx, now_ms);
}

bool
cgn_leases_take_begin(struct cgn_leases *l, uint64_t now_ms)
{
	if (!l->is_kept)
		cgn_lessor_keep_begin(l->lessor, now_ms);
	return !l->is_kept;
}

int
cgn_leases_take(struct cgn_leases *l, const void *rows, size_t len, uint64_t now_ms)
{
	return cgn_lessor_keep_rows(l->lessor, rows, len, now_ms);
}

void
cgn_leases_take_end(struct cgn_leases *l, uint64_t now_ms)
{
	l->is_kept = cgn_lessor_keep_end(l->lessor, now_ms);
}

void
cgn_leases_go_on(struct cgn_leases *l)
{
	l->goes_on = true;
}

bool
cgn_leases_are_undisturbed(const struct cgn_leases *l)
{
	return l->goes_on && l->is_kept;
}

uint32_t
cgn_leases_restore(struct cgn_leases *l, uint64_t now_ms)
{
	return cgn_lessor_restore(l->lessor, now_ms);
}

void
cgn_leases_start(struct cgn_leases *l, uint64_t now_ms)
{
	const struct cgn_lessor_stats *s = cgn_lessor_stats(l->lessor);
	const char *reason = cgn_lessor_epoch_reason(l->lessor);
	int ret;

	if (cgn_keeper_store(l->keeper) != NULL || l->is_kept)
		CGN_LOG(LEASES_BACK,
				"leases are back restored=%llu lost=%llu ended=%llu took_ms=%llu epoch_s=%u epoch=\"%s\"",
				(unsigned long long)s->restored, (unsigned long long)s->lost,
				(unsigned long long)s->ended,
				(unsigned long long)(now_ms - l->created_ms),
				cgn_lessor_epoch_s(l->lessor, 0, 0, now_ms),
				reason == NULL ? "goes on" : reason);
	if (s->lost > CGN_LESSOR_LOST_SAID)
		CGN_LOG(LEASE_LOST, "and %llu more leases",
				(unsigned long long)s->lost - CGN_LESSOR_LOST_SAID);
	ret = cgn_lessor_commit(l->lessor, now_ms);
	if (ret < 0 && ret != -EINPROGRESS)
		CGN_LOG(LEASES_NOT_RESTORED, "store did not accept the restored leases");
}

void
cgn_leases_grace(const struct cgn_leases *l, uint64_t now_ms)
{
	cgn_lease_workers_grace(&l->workers, l->cfg.conf->nat.hold_down_s, now_ms);
}

bool
cgn_leases_are_kept(const struct cgn_leases *l)
{
	return l->is_kept;
}

void
cgn_leases_set_conf(struct cgn_leases *l, const struct cgn_conf *conf)
{
	l->cfg.conf = conf;
	cgn_lease_service_set_conf(l->service, conf);
}

struct cgn_lessor *
cgn_leases_lessor(const struct cgn_leases *l)
{
	return l->lessor;
}

struct cgn_lease_service *
cgn_leases_service(const struct cgn_leases *l)
{
	return l->service;
}

struct cgn_realms *
cgn_leases_realms(const struct cgn_leases *l)
{
	return l->realms;
}

bool
cgn_leases_store_is_busy(const struct cgn_leases *l)
{
	return cgn_keeper_is_busy(l->keeper);
}

enum cgn_keeper_state
cgn_leases_store(const struct cgn_leases *l)
{
	return cgn_keeper_state(l->keeper);
}
