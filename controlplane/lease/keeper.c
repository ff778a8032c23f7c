/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Watches the store of the leases and replaces it when the disk fails.
 *
 * Opening and testing a store can hang with the disk, so both happen in a thread. The control thread only looks at
 * the result.
 */
#include "controlplane/lease/keeper.h"

#include "controlplane/lease/aside.h"
#include "controlplane/lease/downtime.h"
#include "shared/log.h"
#include "shared/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_common.h>

#define LOOK_MS 10 /* between two checks whether a signal has asked cgnd to end */

CGN_LOG_TYPE("store");

struct opening;

struct cgn_keeper {
	char *path;
	struct cgn_timerq *timers;
	struct cgn_realms *realms;
	struct cgn_lessor *lessor; /* NULL: not loaded yet */
	struct cgn_store *store;   /* NULL: cgnd runs without one */
	struct cgn_timer timer;
	int wake_fd;              /* -1: stores have no thread of their own */
	struct cgn_aside *opener; /* opens stores; NULL: the control thread does */
	struct opening *opening;  /* the opener works on it; NULL: none */
	int reason;               /* -errno that was logged last, 0: none */
	bool is_away;             /* cgnd ran without a store, and none has proved good since */
	uint64_t whole_ms;  /* since when the store that came late has all leases; 0: it has not */
	uint64_t failed_ms; /* since when commits fail or hang; 0: they succeed */
	uint64_t n_commits; /* how many commits had begun at the last tick */
	bool is_hanging;    /* the commit of the last tick is still under way */
};

/* A store that is being opened: at the start, or later to take the leases that cgnd has. */
struct opening {
	char *path;
	int64_t wall_ms; /* at the start: what the clocks show; later: the first stamp of the store */
	int64_t boot_ms;
	int wake_fd;
	struct cgn_store *store;
	char why[CGN_STOREFILE_WHY_MAX];
};

#define NOT_KEPT                                                                             \
	"leases are not kept: they are lost when cgnd ends; tried again every %u s path=%s " \
	"reason=\"%s\""

/* Log that leases are not kept. Each reason is logged once, however often the store is tried. */
static void
complain(struct cgn_keeper *k, int ret, const char *why)
{
	k->is_away = true;
	if (k->reason == ret)
		return;
	k->reason = ret;
	why = why[0] != '\0' ? why : strerror(-ret);
	if (ret == -EBUSY)
		CGN_LOG_ABOUT(STORE_TAKEN, k->path, NOT_KEPT, CGN_KEEPER_RETRY_MS / 1000, k->path,
				why);
	else
		CGN_LOG_ABOUT(STORE_MISSING, k->path, NOT_KEPT, CGN_KEEPER_RETRY_MS / 1000, k->path,
				why);
}

/* Open a store. If it is damaged, cgn_store_open() has set it aside and logged that. Then a new one is
 * made. */
static int
open_path(const char *path, struct cgn_store **out, char *why)
{
	int ret = cgn_store_open(out, path, why);

	if (ret == -EBADMSG)
		ret = cgn_store_open(out, path, why);
	if (ret < 0)
		*out = NULL;
	return ret;
}

/* Open a store for the leases that cgnd has. This job may wait for a disk. */
static int
open_late(void *arg)
{
	struct opening *o = arg;
	int ret = open_path(o->path, &o->store, o->why);

	if (ret == 0)
		ret = cgn_store_begin(o->store, 0, true, o->wall_ms, o->boot_ms);
	if (ret < 0) {
		cgn_store_drop(o->store);
		o->store = NULL;
	} else if (o->wake_fd >= 0) {
		/* If there can be no thread, the control thread writes the store. That is better than no
		 * store. */
		(void)cgn_store_go_aside(o->store, o->wake_fd);
	}
	return ret;
}

static void
free_opening(void *arg)
{
	struct opening *o = arg;

	if (o == NULL)
		return;
	cgn_store_drop(o->store);
	free(o->path);
	free(o);
}

static struct opening *
new_opening(const struct cgn_keeper *k)
{
	struct opening *o = calloc(1, sizeof(*o));

	if (o != NULL)
		o->path = strdup(k->path);
	if (o != NULL && o->path == NULL) {
		free(o);
		return NULL;
	}
	return o;
}

/* Look whether the store that came late has proved good. It must have all leases for some time: on a disk
 * that stays full, a new store has all of them only for a moment. */
static void
settle(struct cgn_keeper *k, uint64_t now_ms)
{
	if (!k->is_away)
		return;
	if (k->store == NULL || cgn_lessor_store_is_late(k->lessor)) {
		k->whole_ms = 0;
		return;
	}
	if (k->whole_ms == 0)
		k->whole_ms = now_ms;
	if (now_ms - k->whole_ms < CGN_KEEPER_PATIENCE_MS)
		return;
	k->is_away = false;
	k->reason = 0;
	cgn_store_set_quiet(k->store, false);
	CGN_LOG_ABOUT(STORE_BACK, k->path, "leases are kept again path=%s leases=%u", k->path,
			cgn_lessor_count(k->lessor));
}

/* Give the leases that cgnd has to the store that was opened. Frees the opening. */
static void
hand_over(struct cgn_keeper *k, struct opening *o, int ret, uint64_t now_ms)
{
	k->store = o->store;
	o->store = NULL;
	if (ret == 0) {
		cgn_store_set_quiet(k->store, true);
		ret = cgn_lessor_set_store(k->lessor, k->store, now_ms);
	}
	if (ret < 0) {
		cgn_store_drop(k->store);
		k->store = NULL;
		complain(k, ret, o->why);
	}
	free_opening(o);
	settle(k, now_ms);
}

static void
try_again(struct cgn_keeper *k, uint64_t now_ms)
{
	struct opening *o;

	if (k->opening != NULL) /* the last try still waits for the disk */
		return;
	o = new_opening(k);
	if (o == NULL)
		return;
	o->wake_fd = k->wake_fd;
	cgn_lessor_old_stamp(k->lessor, &o->wall_ms, &o->boot_ms);
	if (k->opener == NULL)
		hand_over(k, o, open_late(o), now_ms);
	else if (cgn_aside_run(k->opener, open_late, o) == 0)
		k->opening = o;
	else
		free_opening(o);
}

void
cgn_keeper_ready(struct cgn_keeper *k, uint64_t now_ms)
{
	struct opening *o = k->opening;
	uint64_t count;
	int ret;

	if (read(k->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	if (o != NULL && cgn_aside_take(k->opener, &ret)) {
		k->opening = NULL;
		hand_over(k, o, ret, now_ms);
	}
	cgn_lessor_stored(k->lessor, now_ms);
	settle(k, now_ms);
}

static void
do_without(struct cgn_keeper *k, uint64_t now_ms)
{
	(void)cgn_lessor_set_store(k->lessor, NULL, now_ms);
	cgn_store_drop(k->store);
	k->store = NULL;
	k->is_away = true;
	k->failed_ms = 0;
	k->is_hanging = false;
}

/*
 * Watch the store that is in use.
 *
 * Answers wait for a store that fails for a short time only. They do not wait at all for one that came late.
 * From then on cgnd answers without the store, and the store does not have what was answered. The next start
 * must not take it for complete. It sees that the stamp in the store is old.
 */
static void
watch(struct cgn_keeper *k, uint64_t now_ms)
{
	uint64_t n;

	if (cgn_store_has_gone(k->store)) {
		CGN_LOG_ABOUT(STORE_REPLACED, k->path,
				"store was removed, replaced or emptied while in use path=%s",
				k->path);
		do_without(k, now_ms);
		return;
	}
	k->is_hanging = cgn_store_is_busy(k->store, &n) && n == k->n_commits;
	k->n_commits = n;
	if (!cgn_store_is_failing(k->store) && !k->is_hanging) {
		k->failed_ms = 0;
		return;
	}
	if (k->failed_ms == 0) /* a store that hangs now has hung since the last tick at least */
		k->failed_ms = k->is_hanging ? now_ms - CGN_KEEPER_RETRY_MS : now_ms;
	if (!cgn_lessor_store_is_late(k->lessor) && now_ms - k->failed_ms < CGN_KEEPER_PATIENCE_MS)
		return;
	do_without(k, now_ms);
	if (k->reason == 0)
		complain(k, -EIO, "it does not take changes");
}

static void
tick(void *arg, uint64_t now_ms)
{
	struct cgn_keeper *k = arg;

	if (k->store == NULL)
		try_again(k, now_ms);
	else
		watch(k, now_ms);
	settle(k, now_ms);
	(void)cgn_timerq_set(k->timers, &k->timer, now_ms + CGN_KEEPER_RETRY_MS);
}

/* The first opening. Everything that writes to the disk is done here, in a thread. cgn_lessor_load() then
 * finds the store begun. */
static int
open_first(void *arg)
{
	struct opening *o = arg;
	struct cgn_downtime down;
	int ret = open_path(o->path, &o->store, o->why);

	if (ret == 0) /* an error occurs again when the lessor loads the store, and is handled there */
		(void)cgn_downtime_begin(o->store, o->wall_ms, o->boot_ms, &down);
	return ret;
}

static struct cgn_aside *
start_opener(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct cgn_aside *a = NULL;

	if (fd >= 0 && cgn_aside_create(&a, fd) < 0)
		a = NULL;
	if (fd >= 0)
		close(fd);
	return a;
}

/* Do the first opening. A slow disk is waited for, but not for ever: cgnd starts without the store then.
 * Frees the opening. */
static int
open_at_start(struct cgn_keeper *k, struct opening *o)
{
	struct cgn_aside *a = start_opener();
	bool has_ended = a == NULL || cgn_aside_run(a, open_first, o) < 0;
	int ret = has_ended ? open_first(o) : -ETIMEDOUT;
	int left_ms = CGN_KEEPER_START_MS;

	while (!has_ended && left_ms > 0) {
		has_ended = cgn_aside_wait(a, LOOK_MS) && cgn_aside_take(a, &ret);
		left_ms -= LOOK_MS;
		if (cgn_thread_is_stop_pending())
			left_ms = RTE_MIN(left_ms, CGN_STORE_CLOSE_MS);
	}
	if (has_ended) {
		k->store = o->store;
		o->store = NULL;
	} else if (cgn_thread_is_stop_pending()) {
		ret = -ECANCELED;
	}
	if (ret < 0 && ret != -ECANCELED)
		complain(k, ret, has_ended ? o->why : "the disk does not answer");
	cgn_aside_leave(a, free_opening, o);
	return ret == -ECANCELED ? ret : 0;
}

static int
open_store(struct cgn_keeper *k, const struct cgn_keeper_cfg *cfg)
{
	struct opening *o;

	if (k->path[0] == '\0')
		return 0;
	o = new_opening(k);
	if (o == NULL)
		return -ENOMEM;
	o->wall_ms = cfg->wall_ms;
	o->boot_ms = cfg->boot_ms;
	return open_at_start(k, o);
}

int
cgn_keeper_create(struct cgn_keeper **out, const struct cgn_keeper_cfg *cfg)
{
	struct cgn_keeper *k = calloc(1, sizeof(*k));
	int ret = -ENOMEM;

	if (k == NULL)
		return -ENOMEM;
	k->wake_fd = -1;
	k->path = strdup(cfg->path == NULL ? "" : cfg->path);
	k->timers = cfg->timers;
	k->realms = cfg->realms;
	k->timer.fire = tick;
	k->timer.arg = k;
	if (k->path != NULL && cgn_timerq_reserve(cfg->timers, 1) == 0)
		ret = open_store(k, cfg);
	if (ret < 0) {
		cgn_keeper_destroy(k);
		return ret;
	}
	*out = k;
	return 0;
}

void
cgn_keeper_destroy(struct cgn_keeper *k)
{
	if (k == NULL)
		return;
	if (k->timers != NULL)
		cgn_timerq_cancel(k->timers, &k->timer);
	cgn_store_close(k->store);
	if (k->opener != NULL)
		cgn_aside_leave(k->opener, free_opening, k->opening);
	free(k->path);
	free(k);
}

int
cgn_keeper_go_aside(struct cgn_keeper *k, int wake_fd)
{
	int opener, store;

	k->wake_fd = wake_fd;
	opener = cgn_aside_create(&k->opener, wake_fd);
	store = cgn_store_go_aside(k->store, wake_fd);
	return opener < 0 ? opener : store;
}

struct cgn_store *
cgn_keeper_store(const struct cgn_keeper *k)
{
	return k->store;
}

static int
load_realm(void *arg, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len)
{
	struct cgn_keeper *k = arg;

	return cgn_realms_put(k->realms, realm, b4, len) == -ENOMEM ? -ENOMEM : 0;
}

int
cgn_keeper_load(struct cgn_keeper *k, struct cgn_lessor *lessor, uint64_t now_ms)
{
	static const struct cgn_store_visitor realms = { .realm = load_realm,
		.is_over = cgn_thread_is_stop_pending };
	int ret = k->realms == NULL ? 0 : cgn_store_load(k->store, &realms, k);

	k->lessor = lessor;
	if (ret == 0 || ret == -EBADMSG) {
		/* This is done even if the table of homes is damaged. What can be read is loaded, and the
		 * epoch begins anew. */
		int loaded = cgn_lessor_load(lessor, now_ms);

		ret = ret == 0 ? loaded : ret;
	}
	if (k->path[0] != '\0')
		(void)cgn_timerq_set(k->timers, &k->timer, now_ms + CGN_KEEPER_RETRY_MS);
	if (ret == 0 || ret == -ENOENT || ret == -ENOMEM || ret == -ECANCELED)
		return ret;
	do_without(k, now_ms);
	/* Forget the homes of that store that have no lease here. Nothing else would ever forget them. */
	if (k->realms != NULL)
		(void)cgn_realms_sweep(k->realms);
	if (ret == -EBADMSG)
		try_again(k, now_ms);
	else
		complain(k, ret, "");
	return -ENOENT;
}

bool
cgn_keeper_is_busy(const struct cgn_keeper *k)
{
	uint64_t n;

	return k->opening != NULL || cgn_store_is_busy(k->store, &n);
}

enum cgn_keeper_state
cgn_keeper_state(const struct cgn_keeper *k)
{
	if (k->path[0] == '\0')
		return CGN_KEEPER_OFF;
	if (k->store == NULL || k->is_away)
		return CGN_KEEPER_MISSING;
	return cgn_store_is_failing(k->store) || k->is_hanging ? CGN_KEEPER_FAILING
							       : CGN_KEEPER_KEEPS;
}
