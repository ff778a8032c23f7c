/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/keeper.h"

#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

CGN_LOG_TYPE("store");

struct cgn_keeper {
	char *path;
	struct cgn_timerq *timers;
	struct cgn_realms *realms;
	struct cgn_lessor *lessor; /* NULL: not loaded yet */
	struct cgn_store *store;   /* NULL: done without */
	struct cgn_timer timer;
	dev_t dev; /* of the store's file */
	ino_t ino;
	int reason;         /* -errno that was logged last, 0: none */
	uint64_t failed_ms; /* since when commits fail; 0: they do not */
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
open_store(struct cgn_keeper *k)
{
	char why[CGN_STOREFILE_WHY_MAX];
	struct stat st;
	int ret = cgn_store_open(&k->store, k->path, why);

	if (ret == -EBADMSG)
		ret = cgn_store_open(&k->store, k->path, why);
	if (ret < 0) {
		k->store = NULL;
		complain(k, ret, why);
	} else if (stat(k->path, &st) == 0) {
		k->dev = st.st_dev;
		k->ino = st.st_ino;
	}
	return ret;
}

/* Give the store what is in hand. */
static int
hand_over(struct cgn_keeper *k, uint64_t now_ms)
{
	int ret = cgn_lessor_set_store(k->lessor, k->store, now_ms);

	if (ret == 0)
		return 0;
	cgn_store_drop(k->store);
	k->store = NULL;
	complain(k, ret, "");
	return ret;
}

static void
try_again(struct cgn_keeper *k, uint64_t now_ms)
{
	if (open_store(k) < 0 || hand_over(k, now_ms) < 0)
		return;
	k->reason = 0;
	CGN_LOG(NOTICE, "leases are kept again path=%s leases=%u", k->path,
			cgn_lessor_count(k->lessor));
}

/* Somebody has removed or replaced the file: what is written would be found by nobody. */
static bool
has_gone(const struct cgn_keeper *k)
{
	struct stat st;

	return stat(k->path, &st) == 0 ? st.st_dev != k->dev || st.st_ino != k->ino
				       : errno == ENOENT;
}

static void
do_without(struct cgn_keeper *k, uint64_t now_ms)
{
	(void)cgn_lessor_set_store(k->lessor, NULL, now_ms);
	cgn_store_drop(k->store);
	k->store = NULL;
	k->failed_ms = 0;
}

/*
 * Answers wait for a store that fails for a short time only. What is answered without it from then on is
 * not in it: the stamp in it is old by then, so that the next start does not take it for complete.
 */
static void
watch(struct cgn_keeper *k, uint64_t now_ms)
{
	if (has_gone(k)) {
		CGN_LOG(WARNING, "store was removed or replaced while in use path=%s", k->path);
		do_without(k, now_ms);
		try_again(k, now_ms);
		return;
	}
	if (!cgn_store_is_failing(k->store)) {
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

	if (k == NULL)
		return -ENOMEM;
	k->path = strdup(path == NULL ? "" : path);
	if (k->path == NULL || cgn_timerq_reserve(timers, 1) < 0) {
		cgn_keeper_destroy(k);
		return -ENOMEM;
	}
	k->timers = timers;
	k->realms = realms;
	k->timer.fire = tick;
	k->timer.arg = k;
	if (k->path[0] != '\0')
		(void)open_store(k);
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
	free(k->path);
	free(k);
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
	static const struct cgn_store_visitor realms = { .realm = load_realm };
	int ret = k->realms == NULL ? 0 : cgn_store_load(k->store, &realms, k);

	k->lessor = lessor;
	if (ret == 0 || ret == -EBADMSG) {
		/* Also where realms were damaged: what can be read is loaded, and the epoch begins. */
		int loaded = cgn_lessor_load(lessor, now_ms);

		ret = ret == 0 ? loaded : ret;
	}
	if (k->path[0] != '\0')
		(void)cgn_timerq_set(k->timers, &k->timer, now_ms + CGN_KEEPER_RETRY_MS);
	if (ret == 0 || ret == -ENOENT || ret == -ENOMEM)
		return ret;
	do_without(k, now_ms);
	if (ret == -EBADMSG)
		try_again(k, now_ms);
	else
		complain(k, ret, "");
	return -ENOENT;
}

enum cgn_keeper_state
cgn_keeper_state(const struct cgn_keeper *k)
{
	if (k->path[0] == '\0')
		return CGN_KEEPER_OFF;
	if (k->store == NULL)
		return CGN_KEEPER_MISSING;
	return cgn_store_is_failing(k->store) ? CGN_KEEPER_FAILING : CGN_KEEPER_KEEPS;
}
