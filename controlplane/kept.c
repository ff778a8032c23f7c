/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Saves the state of cgnd at a stop, and loads it at the next start, for app.c.
 */
#include "controlplane/kept.h"

#include "controlplane/link/resolver_keep.h"
#include "controlplane/restart/restart_file.h"
#include "controlplane/restart/restart_workers.h"
#include "shared/clock_ms.h"
#include "shared/log.h"
#include "shared/state_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

CGN_LOG_TYPE("restart");

/* Octets that the workers are given at once. With fewer of them, the control thread and the workers wait for each other more
 * often. On a machine whose cores are busy, each of these waits takes milliseconds. */
#define BUNDLE_MAX ((size_t)8 * CGN_RESTART_FILE_CHUNK_MAX)

/** Kinds of chunks in the file. */
enum kept_kind {
	KEPT_WORKERS = 1, /* chunks of state_format.h, one behind the other */
	KEPT_LEASES,      /* rows of lessor_keep.h */
	KEPT_NEIGHBOURS,  /* rows of resolver_keep.h */
};

struct cgn_kept {
	struct cgn_restart_file file;
	uint64_t n_records[CGN_STATE_TYPE_COUNT]; /* in the file; type 0: others */
	struct cgn_state_counts counts[CGN_WORKERS_MAX];
	uint32_t n_neighbours; /* taken */
	struct cgn_state_await await;
	struct cgn_state_pairing *pairings; /* of await */
	size_t max_pairings;
	uint8_t *bundle; /* BUNDLE_MAX octets: chunks of workers, and behind them the chunk that was read last */
	size_t n_bundled; /* octets of chunks of workers in it */
};

static struct cgn_restart_workers
kept_workers(struct cgn_control *c)
{
	return (struct cgn_restart_workers){ .loop = cgn_control_loop(c),
		.client = cgn_control_client(c),
		.planes = cgn_control_planes(c) };
}

/* --- save -------------------------------------------------------------------------------------- */

static int
put_workers(void *ctx, const void *data, size_t len)
{
	return cgn_restart_file_put(ctx, KEPT_WORKERS, data, len);
}

static int
put_leases(void *ctx, const void *data, size_t len)
{
	return cgn_restart_file_put(ctx, KEPT_LEASES, data, len);
}

static int
put_neighbours(void *ctx, const void *data, size_t len)
{
	return cgn_restart_file_put(ctx, KEPT_NEIGHBOURS, data, len);
}

/* The workers come first: a lease that is made meanwhile is then among the leases. */
static int
kept_write(struct cgn_control *c, struct cgn_restart_file *f)
{
	const struct cgn_restart_workers workers = kept_workers(c);
	struct cgn_portmap *portmap = cgn_control_portmap(c);
	int ret = cgn_restart_workers_pause(&workers);

	if (ret == 0)
		ret = cgn_restart_workers_save(&workers, put_workers, f);
	if (ret == 0 && portmap != NULL)
		ret = cgn_leases_save(
				cgn_portmap_leases(portmap), put_leases, f, cgn_loop_now_ms());
	if (ret == 0)
		ret = cgn_resolver_keep_write(cgn_control_resolver(c), put_neighbours, f);
	return ret;
}

int
cgn_kept_save(struct cgn_control *c, const char *build)
{
	const char *dir = cgn_control_conf(c)->runtime_dir;
	uint64_t start_ms = cgn_loop_now_ms(), n_octets = 0;
	char why[CGN_RESTART_FILE_WHY_MAX];
	struct cgn_restart_file f;
	int ret = cgn_restart_file_create(&f, dir, build, why);

	if (ret == 0) {
		ret = kept_write(c, &f);
		n_octets = f.n_octets;
		if (ret == 0)
			ret = cgn_restart_file_commit(&f);
		else
			cgn_restart_file_close(&f);
		snprintf(why, sizeof(why), "%s", strerror(-ret));
	}
	if (ret < 0)
		CGN_LOG(STATE_NOT_SAVED,
				"state is not saved, the next start is a cold one path=%s/" CGN_RESTART_FILE_NAME
				" reason=\"%s\"",
				dir, why);
	else
		CGN_LOG(STATE_SAVED,
				"state is saved path=%s/" CGN_RESTART_FILE_NAME " octets=%" PRIu64
				" took_ms=%" PRIu64,
				dir, n_octets, cgn_loop_now_ms() - start_ms);
	return ret;
}

/* --- open -------------------------------------------------------------------------------------- */

static void
count_records(struct cgn_kept *k, const void *chunk)
{
	unsigned int type, length;
	uint32_t at = 0;

	while (cgn_state_scan_next(chunk, &at, &type, &length) != NULL)
		k->n_records[type < CGN_STATE_TYPE_COUNT ? type : 0]++;
}

/* A subscriber goes to the worker that has its external address, which may not be the one that its hash says: there may be
 * another number of workers, or other pools. */
static int
note_pairings(struct cgn_kept *k, const void *chunk)
{
	struct cgn_state_pairing p;
	uint32_t at = 0;

	while (cgn_state_scan_pairing(chunk, &at, &p)) {
		if (k->await.n == k->max_pairings) {
			size_t max = k->max_pairings == 0 ? 1024 : 2 * k->max_pairings;
			struct cgn_state_pairing *more = realloc(k->pairings, max * sizeof(*more));

			if (more == NULL)
				return -ENOMEM;
			k->pairings = more;
			k->max_pairings = max;
		}
		k->pairings[k->await.n++] = p;
	}
	return 0;
}

/* Check the chunks of workers, so that no worker gets one that would be refused. */
static int
look_at_workers(struct cgn_kept *k, const uint8_t *data, size_t len, char *why)
{
	struct cgn_state_info info;
	int ret = 0;

	for (size_t at = 0; ret == 0 && at < len; at += info.length) {
		uint32_t length = cgn_state_scan_length(data + at, len - at);

		ret = length == 0 || length > len - at
				? -EBADMSG
				: cgn_state_scan_check(data + at, length, &info);
		if (ret == 0) {
			count_records(k, data + at);
			ret = note_pairings(k, data + at);
		}
	}
	if (ret < 0)
		snprintf(why, CGN_RESTART_FILE_WHY_MAX, "%s",
				ret == -EPROTONOSUPPORT
						? "the state of the workers has another version of the format"
						: ret == -EBADMSG
						? "the state of a worker is damaged"
						: strerror(-ret));
	return ret;
}

static int
kept_look(void *ctx, uint32_t kind, const void *data, size_t len,
		char why[static CGN_RESTART_FILE_WHY_MAX])
{
	switch (kind) {
	case KEPT_WORKERS:
		return look_at_workers(ctx, data, len, why);
	case KEPT_LEASES:
	case KEPT_NEIGHBOURS:
		return 0;
	default:
		snprintf(why, CGN_RESTART_FILE_WHY_MAX, "it has content that is not known");
		return -EPROTONOSUPPORT;
	}
}

bool
cgn_kept_open(struct cgn_kept **out, const struct cgn_conf *conf)
{
	char why[CGN_RESTART_FILE_WHY_MAX];
	struct cgn_kept *k;
	int ret;

	*out = NULL;
	if (!conf->restart.keep_state) {
		if (cgn_restart_file_remove(conf->runtime_dir))
			CGN_LOG(COLD_START,
					"cold start: the state of the run before is removed, restart.keep_state is false path=%s/" CGN_RESTART_FILE_NAME,
					conf->runtime_dir);
		return true;
	}
	k = calloc(1, sizeof(*k));
	ret = k == NULL ? -ENOMEM
			: cgn_restart_file_open(&k->file, conf->runtime_dir,
					  conf->restart.max_age_s, kept_look, k, why);
	if (ret == 0) {
		k->await.pairings = k->pairings;
		*out = k;
		return true;
	}
	if (ret == -ENOENT)
		CGN_LOG(COLD_START,
				"cold start: there is no state of the run before path=%s/" CGN_RESTART_FILE_NAME,
				conf->runtime_dir);
	else
		CGN_LOG(STATE_NOT_USED,
				"cold start: the state of the run before is not used path=%s/" CGN_RESTART_FILE_NAME
				" reason=\"%s\"",
				conf->runtime_dir, k == NULL ? strerror(ENOMEM) : why);
	cgn_kept_close(k);
	return ret == -ENOENT;
}

const struct cgn_state_await *
cgn_kept_await(const struct cgn_kept *k)
{
	return k == NULL ? NULL : &k->await;
}

/* --- load -------------------------------------------------------------------------------------- */

/* Let the workers take the chunks in the bundle. */
static int
load_bundle(struct cgn_kept *k, struct cgn_control *c)
{
	const struct cgn_restart_workers workers = kept_workers(c);
	int ret = k->n_bundled == 0
			? 0
			: cgn_restart_workers_load(&workers, k->bundle, k->n_bundled, k->counts);

	k->n_bundled = 0;
	return ret;
}

/* Give a chunk of the control thread to the module that it is of. What it tells of the workers has come before. */
static int
load_chunk(struct cgn_kept *k, struct cgn_control *c, uint32_t kind, const void *chunk, size_t len,
		bool wants_leases)
{
	uint64_t now_ms = cgn_loop_now_ms();

	switch (kind) {
	case KEPT_LEASES:
		return wants_leases ? cgn_leases_take(cgn_portmap_leases(cgn_control_portmap(c)),
						      chunk, len, now_ms)
				    : 0;
	case KEPT_NEIGHBOURS:
		k->n_neighbours += cgn_resolver_keep_take(
				cgn_control_resolver(c), chunk, len, now_ms);
		return 0;
	default:
		return -EBADMSG;
	}
}

/* Read the next chunk of the file, and load what is due. @return 1: go on; 0: there are no more; -errno */
static int
load_next(struct cgn_kept *k, struct cgn_control *c, bool wants_leases)
{
	uint8_t *chunk = k->bundle + k->n_bundled;
	uint32_t kind;
	size_t len;
	int loaded = 0, ret = cgn_restart_file_next(&k->file, &kind, chunk, &len);

	if (ret < 0)
		return ret;
	if (ret > 0 && kind == KEPT_WORKERS) {
		k->n_bundled += len;
		if (BUNDLE_MAX - k->n_bundled < CGN_RESTART_FILE_CHUNK_MAX)
			loaded = load_bundle(k, c);
	} else {
		loaded = load_bundle(k, c);
		if (loaded == 0 && ret > 0)
			loaded = load_chunk(k, c, kind, chunk, len, wants_leases);
	}
	return loaded < 0 ? loaded : ret;
}

static int
load_file(struct cgn_kept *k, struct cgn_control *c)
{
	const struct cgn_restart_workers workers = kept_workers(c);
	struct cgn_portmap *portmap = cgn_control_portmap(c);
	bool wants_leases = portmap != NULL &&
			cgn_leases_take_begin(cgn_portmap_leases(portmap), cgn_loop_now_ms());
	int ret = k->bundle == NULL ? -ENOMEM : 1, loaded;

	while (ret > 0)
		ret = load_next(k, c, wants_leases);
	if (wants_leases)
		cgn_leases_take_end(cgn_portmap_leases(portmap), cgn_loop_now_ms());
	/* The workers must know that nothing more comes, also after an error: subscribers wait for their blocks until then. */
	loaded = ret == -ETIMEDOUT ? ret : cgn_restart_workers_loaded(&workers);
	if (ret == 0 || loaded == -ETIMEDOUT)
		ret = loaded;
	if (ret == 0 && portmap != NULL)
		cgn_leases_go_on(cgn_portmap_leases(portmap));
	return ret;
}

/* One line for each type of records of which some are gone. The counters tell the reasons. A hold-down or a guard whose
 * time has run out during the restart is not lost: it would have ended in any case. */
static void
log_lost(const struct cgn_kept *k, const struct cgn_state_counts *sum)
{
	for (unsigned int type = 0; type < CGN_STATE_TYPE_COUNT; type++) {
		uint64_t done = sum->taken[type] + sum->dropped[type][CGN_STATE_DROP_OVER];
		char why[200] = "";
		size_t at = 0;

		/* The next IPv4 IDs count only for as many workers. Nobody loses anything with them. */
		if (type == CGN_STATE_IDENTS || done >= k->n_records[type])
			continue;
		for (unsigned int d = 0; d < CGN_STATE_DROP_COUNT; d++) {
			if (d != CGN_STATE_DROP_OVER && sum->dropped[type][d] != 0 &&
					at < sizeof(why))
				at += (size_t)snprintf(why + at, sizeof(why) - at, "%s%s=%" PRIu64,
						at == 0 ? "" : " ", cgn_state_counts_drop_name(d),
						sum->dropped[type][d]);
		}
		CGN_LOG(STATE_LOST, "state is lost what=\"%s\" lost=%" PRIu64 " of=%" PRIu64 " %s",
				cgn_state_counts_type_name(type), k->n_records[type] - done,
				k->n_records[type], why);
	}
}

/* Count what was taken and dropped, and log it. */
static void
tell_loaded(const struct cgn_kept *k, struct cgn_control *c, uint64_t start_ms)
{
	struct cgn_state_counts *sum = cgn_control_kept(c);

	for (unsigned int w = 0; w < cgn_control_planes(c)->n_workers; w++)
		cgn_state_counts_add(sum, &k->counts[w]);
	CGN_LOG(STATE_BACK,
			"state is back build=%s subscribers=%" PRIu64 " mappings=%" PRIu64
			" sessions=%" PRIu64 " neighbours=%" PRIu32 " over=%" PRIu64
			" took_ms=%" PRIu64 " since_save_ms=%" PRId64,
			k->file.build, sum->taken[CGN_STATE_SUBSCRIBER],
			sum->taken[CGN_STATE_MAPPING], sum->taken[CGN_STATE_SESSION],
			k->n_neighbours, cgn_state_counts_dropped(sum, CGN_STATE_DROP_OVER),
			cgn_loop_now_ms() - start_ms,
			cgn_clock_ms(CLOCK_BOOTTIME) - k->file.saved_ms);
	log_lost(k, sum);
}

int
cgn_kept_load(struct cgn_kept *k, struct cgn_control *c)
{
	uint64_t start_ms = cgn_loop_now_ms();
	int ret;

	if (k == NULL)
		return 0;
	k->bundle = malloc(BUNDLE_MAX);
	ret = load_file(k, c);
	if (ret == -ETIMEDOUT) {
		cgn_restart_file_close(&k->file);
		CGN_LOG(STATE_FAILED,
				"a worker does not answer while it loads the state of the run before; cgnd ends, and the next start is a cold one");
		return ret;
	}
	if (ret < 0) {
		/* A worker may still read the bundle. */
		CGN_LOG(STATE_FAILED, "state of the run before was not loaded to its end: %s",
				strerror(-ret));
	} else {
		free(k->bundle);
		k->bundle = NULL;
	}
	tell_loaded(k, c, start_ms);
	return 0;
}

void
cgn_kept_use_up(struct cgn_kept *k)
{
	if (k != NULL)
		cgn_restart_file_close(&k->file);
}

void
cgn_kept_put_back(struct cgn_kept *k, const struct cgn_conf *conf)
{
	int ret;

	if (k == NULL || k->file.file < 0)
		return;
	ret = cgn_restart_file_put_back(&k->file);
	if (ret < 0)
		CGN_LOG(STATE_FAILED,
				"state of the run before is lost, the next start is a cold one path=%s/" CGN_RESTART_FILE_NAME
				" reason=\"%s\"",
				conf->runtime_dir, strerror(-ret));
	else
		CGN_LOG(STATE_LEFT,
				"state of the run before is left to the next start path=%s/" CGN_RESTART_FILE_NAME,
				conf->runtime_dir);
}

void
cgn_kept_close(struct cgn_kept *k)
{
	if (k == NULL)
		return;
	cgn_restart_file_close(&k->file);
	free(k->pairings);
	free(k->bundle);
	free(k);
}
