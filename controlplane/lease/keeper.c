/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/keeper.h"

#include "controlplane/lease/aside.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

CGN_LOG_TYPE("store");

struct opening;

struct cgn_keeper {
	char *path;
	struct cgn_timerq *timers;
	struct cgn_realms *realms;
	struct cgn_lessor *lessor; /* NULL: not loaded yet */
	struct cgn_store *store;   /* NULL: done without */
	struct cgn_timer timer;
	int wake_fd;              /* -1: stores have no thread of their own */
	struct cgn_aside *opener; /* opens stores; NULL: this thread does */
	struct opening *opening;  /* that the opener is at; NULL: none */
	int reason;               /* -errno that was logged last, 0: none */
	uint64_t failed_ms;       /* since when commits fail or hang; 0: they do not */
	uint64_t n_commits;       /* how many were begun at the last tick */
	bool is_hanging;          /* the one that was under way then still is */
};

/** A store that is opened to take what is in hand. */
struct opening {
	char *path;
	int64_t wall_ms; /* its first stamp */
	int64_t boot_ms;
	int wake_fd;
	struct cgn_store *store;
	char why[CGN_STOREFILE_WHY_MAX];
};

/* Once for each reason, however often it is tried. */
static void
complain(struct cgn_keeper *k, int ret, const char *why)
{
	if (k->reason == ret)
		return;
	k->reason = ret;
	CGN_LOG(WARNING,
			"leases are not kept: they are lost when cgnd ends; tried again every %u s path=%s reason=\"%s\"",
			CGN_KEEPER_RETRY_MS / 1000, k->path, why[0] != '\0' ? why : strerror(-ret));
}

/* A damaged store of ours was set aside, which was logged: go on with a new one. */
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

/* A job that may wait for a disk. */
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
		/* Without a thread it is written by the control thread: that is better than no store. */
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

/* Give the store that was opened what is in hand. Takes the opening. */
static void
hand_over(struct cgn_keeper *k, struct opening *o, int ret, uint64_t now_ms)
{
	k->store = o->store;
	o->store = NULL;
	if (ret == 0)
		ret = cgn_lessor_set_store(k->lessor, k->store, now_ms);
	if (ret < 0) {
		cgn_store_drop(k->store);
		k->store = NULL;
		complain(k, ret, o->why);
	} else {
		k->reason = 0;
		CGN_LOG(NOTICE, "leases are kept again path=%s leases=%u", k->path,
				cgn_lessor_count(k->lessor));
	}
	free_opening(o);
}

static void
try_again(struct cgn_keeper *k, uint64_t now_ms)
{
	struct opening *o;

	if (k->opening != NULL) /* still waits for the disk */
		return;
	o = calloc(1, sizeof(*o));
	if (o != NULL)
		o->path = strdup(k->path);
	if (o == NULL || o->path == NULL) {
		free_opening(o);
		return;
	}
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
}

static void
do_without(struct cgn_keeper *k, uint64_t now_ms)
{
	(void)cgn_lessor_set_store(k->lessor, NULL, now_ms);
	cgn_store_drop(k->store);
	k->store = NULL;
	k->failed_ms = 0;
	k->is_hanging = false;
}

/*
 * Answers wait for a store that fails for a short time only. What is answered without it from then on is
 * not in it: the stamp in it is old by then, so that the next start does not take it for complete.
 */
static void
watch(struct cgn_keeper *k, uint64_t now_ms)
{
	uint64_t n;

	if (cgn_store_has_gone(k->store)) {
		CGN_LOG(WARNING, "store was removed or replaced while in use path=%s", k->path);
		do_without(k, now_ms);
		try_again(k, now_ms);
		return;
	}
	k->is_hanging = cgn_store_is_busy(k->store, &n) && n == k->n_commits;
	k->n_commits = n;
	if (!cgn_store_is_failing(k->store) && !k->is_hanging) {
		k->failed_ms = 0;
		return;
	}
	if (k->failed_ms == 0)
		k->failed_ms = now_ms;
	if (now_ms - k->failed_ms < CGN_KEEPER_PATIENCE_MS)
		return;
	do_without(k, now_ms);
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
	(void)cgn_timerq_set(k->timers, &k->timer, now_ms + CGN_KEEPER_RETRY_MS);
}

int
cgn_keeper_create(struct cgn_keeper **out, const char *path, struct cgn_timerq *timers,
		struct cgn_realms *realms)
{
	struct cgn_keeper *k = calloc(1, sizeof(*k));
	char why[CGN_STOREFILE_WHY_MAX];
	int ret;

	if (k == NULL)
		return -ENOMEM;
	k->wake_fd = -1;
	k->path = strdup(path == NULL ? "" : path);
	if (k->path == NULL || cgn_timerq_reserve(timers, 1) < 0) {
		cgn_keeper_destroy(k);
		return -ENOMEM;
	}
	k->timers = timers;
	k->realms = realms;
	k->timer.fire = tick;
	k->timer.arg = k;
	if (k->path[0] != '\0') {
		ret = open_path(k->path, &k->store, why);
		if (ret < 0)
			complain(k, ret, why);
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
		.is_over = cgn_store_is_stop_pending };
	int ret = k->realms == NULL ? 0 : cgn_store_load(k->store, &realms, k);

	k->lessor = lessor;
	if (ret == 0 || ret == -EBADMSG) {
		/* Also where realms were damaged: what can be read is loaded, and the epoch begins. */
		int loaded = cgn_lessor_load(lessor, now_ms);

		ret = ret == 0 ? loaded : ret;
	}
	if (k->path[0] != '\0')
		(void)cgn_timerq_set(k->timers, &k->timer, now_ms + CGN_KEEPER_RETRY_MS);
	if (ret == 0 || ret == -ENOENT || ret == -ENOMEM || ret == -ECANCELED)
		return ret;
	do_without(k, now_ms);
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
	if (k->store == NULL)
		return CGN_KEEPER_MISSING;
	return cgn_store_is_failing(k->store) || k->is_hanging ? CGN_KEEPER_FAILING
							       : CGN_KEEPER_KEEPS;
}
