/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Changes of the export by reloads: what can fail first, then the exporter and the control thread, then the workers.
 */
#include "controlplane/records.h"

#include "shared/log.h"
#include "shared/thread.h"

#include <errno.h>
#include <stdlib.h>

#define REPLY_MS 1000
#define AGAIN_MS 20 /* until a worker whose ring is full is told again */

CGN_LOG_TYPE("export");

/** What a reload does to the export. */
enum change {
	CHANGE_NOTHING,
	CHANGE_RUN,   /* the run goes on with other sinks, queues or kinds */
	CHANGE_BEGIN, /* another run begins, and the present one ends if there is one */
	CHANGE_END,
};

/** A run that ends in a thread of its own. */
struct ending {
	struct cgn_export *export;       /* NULL: none */
	struct cgn_export_stats counted; /* its counters when its end began */
	bool goes_on;                    /* cgnd goes on without an export */
	bool has_thread;
	pthread_t thread;
	_Atomic(bool) is_done;
};

struct cgn_records {
	struct cgn_export_cfg cfg;   /* conf is not used after create() */
	struct cgn_dpclient *client; /* NULL: no way to the workers */
	struct cgn_timerq *timers;
	struct cgn_timer timer;
	struct cgn_export *export; /* in use; NULL: off */
	enum change prepared;      /* between the two steps */
	struct cgn_export *next;   /* the run that begins */
	/* After the second step, until the last worker has replied: */
	bool is_under_way;
	struct cgn_cmd_records cmd;
	struct cgn_export *leaving; /* ends when the workers no longer use its doors; NULL: none */
	unsigned int told;
	unsigned int released;
	struct ending ending;
	struct cgn_export_stats past; /* counters of runs that have ended */
};

static const struct cgn_export_stats no_stats;

/* --- the end of a run -------------------------------------------------------------------------- */

static void *
end_work(void *arg)
{
	struct ending *end = arg;

	cgn_export_end(end->export, end->goes_on);
	atomic_store(&end->is_done, true);
	return NULL;
}

/* Add counters, but for those that were added before. */
static void
add_stats(struct cgn_export_stats *sum, const struct cgn_export_stats *s,
		const struct cgn_export_stats *before)
{
#define ADD(field, name, help) sum->field += s->field - before->field;
	CGN_EXPORT_COUNTERS(ADD)
#undef ADD
}

/* Release a run that has ended. */
static void
bury(struct cgn_records *r)
{
	struct ending *end = &r->ending;
	struct cgn_export_stats last;

	if (end->has_thread)
		pthread_join(end->thread, NULL);
	last = cgn_export_stats(end->export);
	add_stats(&r->past, &last, &end->counted);
	cgn_export_free(end->export);
	end->export = NULL;
	end->has_thread = false;
}

/* Nobody uses the doors of a run any more. */
static void
begin_end(struct cgn_records *r, struct cgn_export *export)
{
	struct ending *end = &r->ending;

	end->export = export;
	end->counted = cgn_export_stats(export);
	add_stats(&r->past, &end->counted, &no_stats);
	end->goes_on = r->export == NULL;
	atomic_store(&end->is_done, false);
	end->has_thread = cgn_thread_start(&end->thread, end_work, end) == 0;
	if (end->has_thread)
		return;
	CGN_LOG(RECORDS_WAIT,
			"there is no thread for the last records, cgnd waits for their sinks");
	(void)end_work(end);
}

/* The run that was to begin does not. It has nothing to deliver, but a thread may wait for a collector. */
static void
give_up_next(struct cgn_records *r)
{
	if (r->next != NULL)
		begin_end(r, r->next);
	r->next = NULL;
}

/* --- the way to the workers -------------------------------------------------------------------- */

static void
was_told(void *arg, int ret, const struct cgn_evt *evt)
{
	(void)arg;
	(void)evt;
	if (ret < 0 && ret != -ECANCELED)
		CGN_LOG(RECORDS_NOT_CHANGED,
				"a worker has not changed its records in time errno=%d", -ret);
}

/* A worker uses its new door. After the last one, nothing refers to the run before. */
static void
has_changed(void *arg)
{
	struct cgn_records *r = arg;

	r->released++;
	if (r->client == NULL || r->released < r->cfg.planes->n_workers)
		return;
	r->is_under_way = false;
	if (r->cmd.goes_on) {
		for (unsigned int w = 0; w < r->cfg.planes->n_workers; w++)
			cgn_export_follow(r->export, w);
	}
	if (r->leaving != NULL)
		begin_end(r, r->leaving);
	r->leaving = NULL;
}

static void
tell_workers(void *arg, uint64_t now_ms)
{
	struct cgn_records *r = arg;
	const struct cgn_dpclient_call call = {
		.done = was_told,
		.arg = r,
		.release = has_changed,
		.lent = r,
		.timeout_ms = REPLY_MS,
	};

	for (; r->told < r->cfg.planes->n_workers; r->told++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_RECORDS, .u.records = r->cmd };

		if (r->export != NULL)
			cmd.u.records.door = cgn_export_worker_door(r->export, r->told);
		if (cgn_dpclient_send(r->client, r->told, &cmd, &call, now_ms) < 0) {
			cgn_timerq_set(r->timers, &r->timer, now_ms + AGAIN_MS);
			return;
		}
	}
}

/* --- life -------------------------------------------------------------------------------------- */

int
cgn_records_create(struct cgn_records **out, const struct cgn_export_cfg *cfg)
{
	struct cgn_records *r = calloc(1, sizeof(*r));
	int ret = 0;

	if (r == NULL)
		return -ENOMEM;
	r->cfg = *cfg;
	r->timer = (struct cgn_timer){ .fire = tell_workers, .arg = r };
	if (cfg->conf->export.is_on)
		ret = cgn_export_create(&r->export, cfg);
	if (ret < 0) {
		cgn_records_destroy(r);
		return ret;
	}
	*out = r;
	return 0;
}

bool
cgn_records_may_end(const struct cgn_records *r, uint64_t waited_ms)
{
	bool is_ending = r->leaving != NULL ||
			(r->ending.export != NULL && !atomic_load(&r->ending.is_done));

	/* The end of a run has twice this time: for its queues, and for its sinks. */
	return (!is_ending || waited_ms >= 2 * CGN_EXPORT_SINK_END_MS) &&
			(cgn_export_is_taken(r->export) || waited_ms >= CGN_EXPORT_SINK_END_MS);
}

void
cgn_records_hurry(struct cgn_records *r)
{
	cgn_export_hurry(r->export);
	cgn_export_hurry(r->leaving);
}

void
cgn_records_destroy(struct cgn_records *r)
{
	if (r == NULL)
		return;
	cgn_records_abort(r);
	cgn_export_destroy(r->export);
	cgn_export_destroy(r->leaving);
	if (r->ending.export != NULL)
		bury(r);
	free(r);
}

void
cgn_records_attach(struct cgn_records *r, struct cgn_dpclient *client, struct cgn_timerq *timers)
{
	r->client = client;
	r->timers = timers;
}

void
cgn_records_detach(struct cgn_records *r)
{
	if (r->client != NULL)
		cgn_timerq_cancel(r->timers, &r->timer);
	r->client = NULL;
}

struct cgn_export *
cgn_records_export(const struct cgn_records *r)
{
	return r == NULL ? NULL : r->export;
}

/* --- the two steps ----------------------------------------------------------------------------- */

static bool
has_blocks(const struct cgn_conf_export *e)
{
	return (cgn_conf_export_kinds(e) >> CGN_RECORD_KIND_BLOCKS & 1) != 0;
}

/* Whether the workers have other doors or kinds. */
static bool
must_tell(const struct cgn_conf_export *from, const struct cgn_conf_export *to)
{
	return cgn_conf_export_kinds(from) != cgn_conf_export_kinds(to) ||
			from->has_destinations != to->has_destinations ||
			from->queue_max != to->queue_max;
}

static enum change
change_of(const struct cgn_conf_export *from, const struct cgn_conf_export *to)
{
	if (!to->is_on)
		return from->is_on ? CHANGE_END : CHANGE_NOTHING;
	if (from->is_on && !must_tell(from, to) && cgn_export_sinks_are_same(from, to))
		return CHANGE_NOTHING;
	return from->is_on && has_blocks(from) == has_blocks(to) ? CHANGE_RUN : CHANGE_BEGIN;
}

bool
cgn_records_must_wait(
		const struct cgn_records *r, const struct cgn_conf *from, const struct cgn_conf *to)
{
	enum change change = change_of(&from->export, &to->export);

	if (change == CHANGE_NOTHING)
		return false;
	if (change == CHANGE_RUN)
		return r->is_under_way ||
				cgn_export_must_wait(r->export, &from->export, &to->export);
	return r->is_under_way || r->ending.export != NULL;
}

int
cgn_records_prepare(struct cgn_records *r, const struct cgn_conf *from, const struct cgn_conf *to)
{
	enum change change = change_of(&from->export, &to->export);
	struct cgn_export_cfg cfg = r->cfg;
	int ret = 0;

	/* A worker may record a new pool before the others have changed, so its name comes first. If the reload is refused
	 * after that, nothing is recorded of the pool, and the next one gives its number to another name. */
	if (r->export != NULL)
		ret = cgn_export_add_pools(r->export, to);
	if (ret < 0 || change == CHANGE_NOTHING)
		return ret;
	if (cgn_records_must_wait(r, from, to))
		return -EBUSY;
	cfg.conf = to;
	cfg.had = NULL;
	cfg.is_reload = true;
	if (change == CHANGE_RUN)
		ret = cgn_export_prepare(r->export, &from->export, &to->export);
	else if (change == CHANGE_BEGIN)
		ret = cgn_export_create(&r->next, &cfg);
	if (ret == 0)
		r->prepared = change;
	else
		give_up_next(r);
	return ret;
}

void
cgn_records_abort(struct cgn_records *r)
{
	if (r->prepared == CHANGE_RUN)
		cgn_export_abort(r->export);
	give_up_next(r);
	r->prepared = CHANGE_NOTHING;
}

/* The run before leaves as soon as the workers no longer use it. */
static void
change_run(struct cgn_records *r, const struct cgn_conf *to)
{
	r->leaving = r->export;
	r->export = r->next;
	r->next = NULL;
	if (r->leaving != NULL)
		cgn_export_leave_boot(r->leaving);
	if (r->export != NULL)
		cgn_export_begin(r->export, to);
}

void
cgn_records_commit(struct cgn_records *r, const struct cgn_conf *from, const struct cgn_conf *to,
		uint64_t now_ms)
{
	enum change change = r->prepared;

	r->prepared = CHANGE_NOTHING;
	if (change == CHANGE_NOTHING)
		return;
	if (change == CHANGE_RUN)
		cgn_export_commit(r->export, from, to);
	else
		change_run(r, to);
	if (change == CHANGE_RUN && !must_tell(&from->export, &to->export))
		return;
	r->cmd = (struct cgn_cmd_records){
		.kinds = cgn_conf_export_kinds(&to->export),
		.has_destinations = to->export.has_destinations,
		.goes_on = change == CHANGE_RUN,
	};
	r->is_under_way = true;
	r->told = r->released = 0;
	tell_workers(r, now_ms);
}

void
cgn_records_settle(struct cgn_records *r)
{
	if (r == NULL)
		return;
	if (r->export != NULL) {
		cgn_export_settle(r->export);
		cgn_export_tend(r->export);
	}
	if (r->ending.export != NULL && atomic_load(&r->ending.is_done))
		bury(r);
}

struct cgn_export_stats
cgn_records_stats(const struct cgn_records *r)
{
	struct cgn_export_stats sum, now, leaving;

	if (r == NULL)
		return no_stats;
	sum = r->past;
	now = cgn_export_stats(r->export);
	leaving = cgn_export_stats(r->leaving);
	add_stats(&sum, &now, &no_stats);
	add_stats(&sum, &leaving, &no_stats);
	sum.failing = now.failing;
	return sum;
}
