/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Changes the configuration as a whole or not at all, for SIGHUP, `cgnctl config reload` and the fall-back
 * of a change that nobody confirms.
 *
 * The workers read the old configuration until they have replied. So it is freed only then.
 */
#include "controlplane/reload.h"

#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_refused.h"
#include "controlplane/conf/confload.h"
#include "controlplane/notify.h"
#include "controlplane/reload_report.h"
#include "controlplane/workers/conf_swap.h"
#include "shared/clock_ms.h"
#include "shared/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define AGAIN_MS           20    /* between two looks whether a part has ended the change before */
#define FALL_BACK_AGAIN_MS 10000 /* until a fall-back that was refused is tried again */
#define ERRORS_SHOWN       20    /* of one refused file; the control thread waits for a slow log */
#define REASON_MAX         512 /* octets of the first reason with its NUL; what does not fit is left out */

CGN_LOG_TYPE("reload");

/* Who asks for a change. */
enum origin {
	BY_SIGNAL,
	BY_COMMAND,
	BY_FALL_BACK,
};

static const char *const origin_names[] = {
	[BY_SIGNAL] = "signal",
	[BY_COMMAND] = "command",
	[BY_FALL_BACK] = "fall_back",
};

struct cgn_reload {
	const char *path;
	struct cgn_control *control;
	const struct cgn_planes *planes;
	void (*snapshot_free)(struct cgn_snapshot *s); /* of planes, which may end before */
	struct cgn_conf_swap *swap;
	struct cgn_conf *conf; /* in use */
	struct cgn_conf *
			next; /* prepared, or some workers use it already; NULL: no change goes on */
	struct cgn_conf *old; /* some workers may use it still; NULL: none does */
	/* Of next, until the data plane owns it; and that of old. NULL: none */
	struct cgn_snapshot *snapshot, *old_snapshot;
	struct cgn_conf *before; /* to fall back to; NULL: nothing has to be confirmed */
	struct cgn_timer confirm_timer;
	enum cgn_conf_refused fall_back_why; /* it was logged why a fall-back was refused */
	int wake_fd;                         /* ready when the file was read */
	struct cgn_confload *reading;        /* NULL: no file is being read */
	struct cgn_confload_result read;
	struct cgn_timer wait_timer; /* set: what was read waits for the end of the change before */
	uint64_t wait_until_ms;
	uint64_t digest;   /* of the configuration in use; 0: it was never read again */
	uint64_t rejected; /* of the file that was not confirmed; 0: none */
	/* The change that is under way, and the requests that wait for its end. */
	bool is_busy, is_closed;
	bool is_late; /* it was logged that a worker does not have the configuration yet */
	enum origin by;
	uint32_t confirm_s;
	struct cgn_reload_request *current; /* NULL: nobody waits for its end */
	struct cgn_reload_request *queue;
	struct cgn_reload_request hup, fall_back; /* of cgnd itself */
	struct cgn_reload_status status;
	struct cgn_reload_stats stats;
};

static void fall_back(void *arg, uint64_t now_ms);
static void reload_again(void *arg, uint64_t now_ms);

int
cgn_reload_create(struct cgn_reload **out, const char *path, struct cgn_conf *conf)
{
	struct cgn_reload *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	r->path = path;
	r->conf = conf;
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->wake_fd < 0) {
		free(r);
		return -errno;
	}
	r->confirm_timer = (struct cgn_timer){ .fire = fall_back, .arg = r };
	r->wait_timer = (struct cgn_timer){ .fire = reload_again, .arg = r };
	r->status = (struct cgn_reload_status){
		.file = path,
		.file_state = "in_use",
		.by = "start",
		.at_ms = cgn_clock_ms(CLOCK_REALTIME),
	};
	*out = r;
	return 0;
}

void
cgn_reload_destroy(struct cgn_reload *r)
{
	if (r == NULL)
		return;
	cgn_confload_abandon(r->reading);
	cgn_confload_fini(&r->read);
	cgn_conf_swap_destroy(r->swap);
	cgn_conf_free(r->conf);
	cgn_conf_free(r->next);
	if (r->old != r->before)
		cgn_conf_free(r->old);
	cgn_conf_free(r->before);
	close(r->wake_fd);
	free(r);
}

void
cgn_reload_free_snapshots(struct cgn_reload *r)
{
	if (r->snapshot_free == NULL)
		return;
	/* What was read may wait for the end of the change before. */
	cgn_confload_fini(&r->read);
	r->snapshot_free(r->snapshot);
	r->snapshot_free(r->old_snapshot);
	r->snapshot = r->old_snapshot = NULL;
	cgn_confload_wait();
}

const struct cgn_conf *
cgn_reload_conf(const struct cgn_reload *r)
{
	return r->conf;
}

static struct cgn_timerq *
timers_of(const struct cgn_reload *r)
{
	return cgn_loop_timers(cgn_control_loop(r->control));
}

/* --- what came of it ------------------------------------------------------------------------- */

static void
log_keys(const struct cgn_confload_keys *keys, bool needs_restart)
{
	for (size_t i = 0; i < keys->n && i < CGN_CONFLOAD_KEYS_MAX; i++) {
		const char *path = keys->path[i] != NULL ? keys->path[i] : "?";

		if (needs_restart)
			CGN_LOG(RELOAD_REFUSED, "reload refused, needs a restart key=%s", path);
		else
			CGN_LOG(CONFIG_CHANGED, "changed key=%s", path);
	}
	if (keys->n > CGN_CONFLOAD_KEYS_MAX)
		CGN_LOG(CONFIG_CHANGED, "and %zu more keys", keys->n - CGN_CONFLOAD_KEYS_MAX);
}

/* Free what was in use or was to be. @param conf, snapshot  NULL: none */
static void
reload_discard(const struct cgn_reload *r, struct cgn_conf *conf, struct cgn_snapshot *snapshot)
{
	struct cgn_confload_result result = {
		.snapshot_free = r->snapshot_free,
		.conf = conf,
		.snapshot = snapshot,
	};

	if (conf != NULL || snapshot != NULL)
		cgn_confload_discard(&result);
}

static void reload_go_on(struct cgn_reload *r, uint64_t now_ms);

/* The keys that an outcome is about. Of what was refused, nothing has changed. */
static const struct cgn_confload_keys *
reload_keys(const struct cgn_reload *r, bool is_refused)
{
	static const struct cgn_confload_keys none;

	if (r->read.restart.n > 0)
		return &r->read.restart;
	return is_refused ? &none : &r->read.live;
}

/* The change has ended. Some workers may still use the old configuration.
 * @param why  CGN_CONF_REFUSED_NO: it was not refused */
static void
reload_end(struct cgn_reload *r, const char *result, enum cgn_conf_refused why, uint64_t now_ms)
{
	const struct cgn_reload_outcome outcome = {
		.file = r->path,
		.result = result,
		.why = cgn_conf_refused_word(why),
		.keys = reload_keys(r, why != CGN_CONF_REFUSED_NO),
		.errs = &r->read.errs,
		.confirm_left_s = cgn_reload_status(r).confirm_left_s,
	};
	struct cgn_reload_request *q = r->current;
	char *report;

	/* Errors were printed by who has refused it. */
	if (why == CGN_CONF_REFUSED_NO)
		cgn_conf_errors_print_some(&r->read.errs, ERRORS_SHOWN, stderr);
	r->current = NULL;
	if (q != NULL && q->done != NULL) {
		report = cgn_reload_report_text(&outcome);
		q->done(q->arg, report);
		free(report);
	}
	cgn_confload_discard(&r->read);
	/* systemd waits for this after RELOADING=1, also if the file was refused. A stop ends the wait, too. */
	if (!r->is_closed)
		cgn_notify_send("READY=1");
	if (r->old == NULL)
		reload_go_on(r, now_ms);
}

/* What stands in the way of a fall-back may be gone soon, and nobody may be able to log in until then. Also, the
 * change can still be confirmed. */
static void
fall_back_later(struct cgn_reload *r, enum cgn_conf_refused why, uint64_t now_ms)
{
	if (why != r->fall_back_why) {
		cgn_conf_errors_print_some(&r->read.errs, ERRORS_SHOWN, stderr);
		CGN_LOG(FALL_BACK_REFUSED,
				"fall-back refused, the configuration that was not confirmed stays file=%s why=%s",
				r->path, cgn_conf_refused_word(why));
	}
	r->fall_back_why = why;
	/* It points to the configuration. */
	r->snapshot_free(r->read.snapshot);
	r->read.snapshot = NULL;
	r->before = r->read.conf;
	r->read.conf = NULL;
	/* Without memory for its snapshot it is there still, without memory for its places it is not. */
	if (r->before != NULL)
		(void)cgn_timerq_set(timers_of(r), &r->confirm_timer, now_ms + FALL_BACK_AGAIN_MS);
}

/* The first thing that stands in the way, for the line of the event: programs that read events have only that. */
static void
first_reason(const struct cgn_reload *r, char out[static REASON_MAX])
{
	const struct cgn_conf_error *e = cgn_conf_errors_first(&r->read.errs);
	const char *key = r->read.restart.n > 0 ? r->read.restart.path[0] : NULL;

	out[0] = '\0';
	if (e != NULL && e->line > 0)
		snprintf(out, REASON_MAX, "%" PRIu32 ":%" PRIu32 ": %s", e->line, e->column,
				e->text);
	else if (e != NULL || key != NULL)
		snprintf(out, REASON_MAX, "%s", e != NULL ? e->text : key);
	/* The value is in quotes in the line. */
	for (; *out != '\0'; out++) {
		if (*out == '"')
			*out = '\'';
	}
}

/* Something stands in the way, and was logged. */
static void
reload_refuse(struct cgn_reload *r, enum cgn_conf_refused why, uint64_t now_ms)
{
	r->stats.refused++;
	if (r->by == BY_FALL_BACK) {
		fall_back_later(r, why, now_ms);
	} else {
		char reason[REASON_MAX];

		cgn_conf_errors_print_some(&r->read.errs, ERRORS_SHOWN, stderr);
		first_reason(r, reason);
		CGN_LOG(RELOAD_REFUSED,
				"reload refused, the configuration in use stays why=%s first=\"%s\" file=%s",
				cgn_conf_refused_word(why), reason, r->path);
		if (r->read.digest == 0 || r->read.digest != r->rejected)
			r->status.file_state = "refused";
	}
	reload_end(r, "refused", why, now_ms);
}

/* --- confirmation ------------------------------------------------------------------------------ */

/* Nothing has to be confirmed any more. */
static void
drop_before(struct cgn_reload *r)
{
	struct cgn_conf *conf = r->before;

	r->before = NULL;
	if (r->control != NULL)
		cgn_timerq_cancel(timers_of(r), &r->confirm_timer);
	if (conf != r->old)
		reload_discard(r, conf, NULL);
}

int
cgn_reload_confirm(struct cgn_reload *r)
{
	if (r->before == NULL)
		return -ENODATA;
	drop_before(r);
	CGN_LOG(RELOAD_CONFIRMED, "reload confirmed file=%s", r->path);
	return 0;
}

/* A reload of the file has not been refused. Wait for its confirmation, or take it as one. */
static void
reload_settle(struct cgn_reload *r, bool is_changed, uint64_t now_ms)
{
	r->status.file_state = "in_use";
	r->rejected = 0;
	if (r->confirm_s == 0) {
		if (is_changed || r->by != BY_SIGNAL)
			(void)cgn_reload_confirm(r);
		return;
	}
	/* Of several changes without a confirmation, the first one tells what to fall back to (RFC 6241 section 8.4.1). */
	if (r->before == NULL)
		r->before = r->old;
	if (r->before == NULL)
		return;
	r->fall_back_why = CGN_CONF_REFUSED_NO;
	(void)cgn_timerq_set(
			timers_of(r), &r->confirm_timer, now_ms + (uint64_t)r->confirm_s * 1000);
	CGN_LOG(RELOAD_WAITS, "reload waits for its confirmation within_s=%" PRIu32, r->confirm_s);
}

static void
fall_back(void *arg, uint64_t now_ms)
{
	struct cgn_reload *r = arg;

	if (r->fall_back_why == CGN_CONF_REFUSED_NO)
		CGN_LOG(FALL_BACK, "reload not confirmed in time, falling back file=%s", r->path);
	cgn_reload_ask(r, &r->fall_back, now_ms);
}

/* --- the workers ------------------------------------------------------------------------------- */

/* No worker uses the old configuration any more. */
static void
reload_released(void *arg)
{
	struct cgn_reload *r = arg;
	struct cgn_conf *old = r->old;

	/* Workers that have stopped may still point to it. */
	if (r->control == NULL)
		return;
	r->old = NULL;
	if (r->is_late)
		CGN_LOG(WORKER_CAUGHT_UP, "all workers have the new configuration");
	r->is_late = false;
	reload_discard(r, old == r->before ? NULL : old, r->old_snapshot);
	r->old_snapshot = NULL;
	reload_go_on(r, cgn_loop_now_ms());
}

/* The workers have the new configuration. The control thread changes last. */
static void
reload_commit(struct cgn_reload *r, uint64_t now_ms)
{
	const bool is_fall_back = r->by == BY_FALL_BACK;

	r->old_snapshot = r->planes->snapshot_use(r->planes->ctx);
	cgn_control_set_conf(r->control, r->next);
	r->old = r->conf;
	r->conf = r->next;
	r->next = NULL;
	r->rejected = is_fall_back ? r->digest : 0;
	r->digest = r->read.digest;
	r->status.by = origin_names[r->by];
	r->status.at_ms = cgn_clock_ms(CLOCK_REALTIME);
	log_keys(&r->read.live, false);
	if (is_fall_back) {
		r->stats.fell_back++;
		r->status.file_state = "not_confirmed";
		CGN_LOG(FELL_BACK,
				"fell back to the configuration of before, the file differs file=%s",
				r->path);
	} else {
		r->stats.done++;
		CGN_LOG(RELOADED, "reloaded file=%s", r->path);
		reload_settle(r, true, now_ms);
	}
	reload_end(r, "reloaded", CGN_CONF_REFUSED_NO, now_ms);
}

/* New next hops are asked for before a packet needs them. */
static bool
reload_is_settled(void *arg)
{
	const struct cgn_reload *r = arg;

	return cgn_control_is_settled(r->control);
}

/* There is no way back from here. */
static void
reload_telling(void *arg)
{
	struct cgn_reload *r = arg;

	r->planes->snapshot_lend(r->planes->ctx, r->snapshot);
	r->snapshot = NULL;
}

static void
reload_say_late(struct cgn_reload *r, uint32_t worker)
{
	r->is_late = true;
	CGN_LOG(WORKER_LATE,
			"a worker does not reply, it takes the new configuration when it goes on worker=%" PRIu32,
			worker);
}

/* The workers have decided. @param worker  the first one that does not reply */
static void
reload_decided(void *arg, int ret, uint32_t worker)
{
	struct cgn_reload *r = arg;

	if (r->control == NULL)
		return;
	if (ret == 0) {
		if (worker != UINT32_MAX)
			reload_say_late(r, worker);
		reload_commit(r, cgn_loop_now_ms());
		return;
	}
	cgn_control_abandon_conf(r->control);
	r->read.conf = r->next;
	r->read.snapshot = r->snapshot;
	r->next = NULL;
	r->snapshot = NULL;
	if (ret == -ETIMEDOUT)
		CGN_LOG(RELOAD_REFUSED, "reload refused, a worker does not reply worker=%" PRIu32,
				worker);
	else
		CGN_LOG(RELOAD_REFUSED, "reload refused, cgnd stops");
	reload_refuse(r, CGN_CONF_REFUSED_WORKER, cgn_loop_now_ms());
}

/* --- the file ---------------------------------------------------------------------------------- */

/* Wait for a part that still works on the change before. @return 0; -EBUSY: it has had its time */
static int
reload_wait(struct cgn_reload *r, const char *part, uint64_t now_ms)
{
	if (r->wait_until_ms == now_ms + CGN_RELOAD_WAIT_MS)
		CGN_LOG(RELOAD_WAITS, "reload waits for the end of the change before part=%s",
				part);
	if (now_ms < r->wait_until_ms &&
			cgn_timerq_set(timers_of(r), &r->wait_timer, now_ms + AGAIN_MS) == 0)
		return 0;
	cgn_conf_errors_add(&r->read.errs, 0, 0, part, "another change",
			"it has not ended the change before; try again later");
	return -EBUSY;
}

/* Let all parts prepare, and then all workers. A part that still works on the change before is waited for. @return 0 or
 * -errno of a part: the reload was refused */
static int
reload_prepare(struct cgn_reload *r, uint64_t now_ms)
{
	struct cgn_confload_result *res = &r->read;
	const char *busy = cgn_control_must_wait(r->control, res->conf);
	int ret;

	if (busy != NULL)
		ret = reload_wait(r, busy, now_ms);
	else
		ret = cgn_control_prepare_conf(r->control, res->conf, &res->errs);
	if (ret < 0) {
		if (res->errs.file == NULL)
			res->errs.file = strdup(r->path);
		reload_refuse(r, CGN_CONF_REFUSED_MODULE, now_ms);
	}
	if (ret < 0 || busy != NULL)
		return ret;
	r->next = res->conf;
	res->conf = NULL;
	r->snapshot = res->snapshot;
	res->snapshot = NULL;
	cgn_conf_swap_start(r->swap,
			&(struct cgn_cmd){ .op = CGN_CMD_CONF_SWAP, .u.snapshot = r->snapshot },
			now_ms);
	return 0;
}

/* What was read has waited. */
static void
reload_again(void *arg, uint64_t now_ms)
{
	(void)reload_prepare(arg, now_ms);
}

/* Why a file was refused before anything was prepared. */
static enum cgn_conf_refused
reload_unread(const struct cgn_confload_result *res)
{
	if (res->ret == -EINVAL)
		return CGN_CONF_REFUSED_FILE;
	return cgn_conf_errors_none(&res->errs) ? CGN_CONF_REFUSED_MEMORY : CGN_CONF_REFUSED_MODULE;
}

/* Use the configuration that was read, or log why not. @return as cgn_reload_now() */
static int
reload_use(struct cgn_reload *r, uint64_t now_ms)
{
	struct cgn_confload_result *res = &r->read;
	int ret = res->ret;

	if (r->is_closed) {
		CGN_LOG(RELOAD_REFUSED, "reload refused, cgnd stops");
		reload_refuse(r, CGN_CONF_REFUSED_STOP, now_ms);
	} else if (ret < 0) {
		if (ret == -ENOMEM)
			CGN_LOG(RELOAD_REFUSED,
					"reload refused, no memory for the new configuration beside the one in use");
		reload_refuse(r, reload_unread(res), now_ms);
	} else if (res->restart.n > 0) {
		/* Other keys that differ are not named, because none of them is changed. */
		ret = -EPERM;
		log_keys(&res->restart, true);
		reload_refuse(r, CGN_CONF_REFUSED_RESTART, now_ms);
	} else if (r->by == BY_SIGNAL && res->digest == r->rejected) {
		ret = -EINVAL;
		CGN_LOG(RELOAD_REFUSED,
				"reload refused, nobody has confirmed this file; cgnctl config reload takes it");
		reload_refuse(r, CGN_CONF_REFUSED_NOT_CONFIRMED, now_ms);
	} else if (res->live.n == 0) {
		CGN_LOG(RELOAD_UNCHANGED, "reload: nothing has changed file=%s", r->path);
		if (r->by != BY_FALL_BACK)
			reload_settle(r, false, now_ms);
		reload_end(r, "unchanged", CGN_CONF_REFUSED_NO, now_ms);
	} else {
		r->wait_until_ms = now_ms + CGN_RELOAD_WAIT_MS;
		ret = reload_prepare(r, now_ms);
	}
	return ret < 0 && ret != -EPERM && ret != -ENOMEM ? -EINVAL : ret;
}

/* The file was read. */
static void
was_read(void *arg, uint64_t now_ms)
{
	struct cgn_reload *r = arg;
	uint64_t count;

	if (read(r->wake_fd, &count, sizeof(count)) < 0 || r->reading == NULL)
		return;
	cgn_confload_end(r->reading, &r->read);
	r->reading = NULL;
	(void)reload_use(r, now_ms);
}

/* --- requests ---------------------------------------------------------------------------------- */

/* Note what is under way now. @return what to read */
static struct cgn_confload_job
reload_take(struct cgn_reload *r, struct cgn_reload_request *q)
{
	struct cgn_confload_job job = {
		.path = r->path,
		.use = r->conf,
		.planes = r->planes,
	};

	r->is_busy = true;
	r->current = q;
	r->confirm_s = q->confirm_s;
	r->by = q == &r->hup ? BY_SIGNAL : q == &r->fall_back ? BY_FALL_BACK : BY_COMMAND;
	if (q == &r->fall_back) {
		job.given = r->before;
		r->before = NULL;
		cgn_timerq_cancel(timers_of(r), &r->confirm_timer);
	}
	cgn_notify_reloading();
	return job;
}

/* Reload without waiting for the file. */
static void
reload_begin(struct cgn_reload *r, struct cgn_reload_request *q, uint64_t now_ms)
{
	const struct cgn_confload_job job = reload_take(r, q);
	int ret = cgn_confload_start(&r->reading, &job, r->wake_fd);

	if (ret == 0)
		return;
	r->read.conf = job.given;
	CGN_LOG(RELOAD_REFUSED, "reload refused, the file cannot be read now errno=%d", -ret);
	reload_refuse(r, CGN_CONF_REFUSED_MEMORY, now_ms);
}

/* No change is under way any more. Begin the one that was asked for first. */
static void
reload_go_on(struct cgn_reload *r, uint64_t now_ms)
{
	struct cgn_reload_request *q = r->queue;

	/* Meanwhile the change was confirmed, or it has got more time. */
	if (q == &r->fall_back && (r->before == NULL || r->confirm_timer.pos != 0))
		q = r->queue = q->next;
	r->is_busy = false;
	if (q == NULL)
		return;
	r->queue = q->next;
	reload_begin(r, q, now_ms);
}

/* Put a request behind those that wait. One of cgnd itself is there once. */
static void
reload_enqueue(struct cgn_reload *r, struct cgn_reload_request *q)
{
	struct cgn_reload_request **at = &r->queue;

	for (; *at != NULL; at = &(*at)->next) {
		if (*at == q)
			return;
	}
	q->next = NULL;
	*at = q;
}

void
cgn_reload_ask(struct cgn_reload *r, struct cgn_reload_request *q, uint64_t now_ms)
{
	if (r->control == NULL || r->is_closed) {
		if (q->done != NULL)
			q->done(q->arg, NULL);
		return;
	}
	if (r->is_busy)
		reload_enqueue(r, q);
	else
		reload_begin(r, q, now_ms);
}

void
cgn_reload_close(struct cgn_reload *r)
{
	struct cgn_reload_request *q;

	if (r == NULL)
		return;
	r->is_closed = true;
	if (r->control != NULL)
		cgn_timerq_cancel(timers_of(r), &r->wait_timer);
	if (r->current != NULL && r->current->done != NULL)
		r->current->done(r->current->arg, NULL);
	r->current = NULL;
	while ((q = r->queue) != NULL) {
		r->queue = q->next;
		if (q->done != NULL)
			q->done(q->arg, NULL);
	}
	if (r->swap != NULL)
		cgn_conf_swap_cancel(r->swap);
}

int
cgn_reload_now(struct cgn_reload *r, uint64_t now_ms)
{
	struct cgn_confload_job job;

	if (r->is_busy) {
		reload_enqueue(r, &r->hup);
		return -EBUSY;
	}
	job = reload_take(r, &r->hup);
	cgn_confload_read(&r->read, &job);
	return reload_use(r, now_ms);
}

/* --- the loop ---------------------------------------------------------------------------------- */

struct cgn_reload_status
cgn_reload_status(const struct cgn_reload *r)
{
	struct cgn_reload_status s = { 0 };
	uint64_t now;

	if (r == NULL)
		return s;
	s = r->status;
	s.is_busy = r->is_busy;
	now = cgn_loop_now_ms();
	if (r->before != NULL && r->confirm_timer.due_ms > now)
		s.confirm_left_s = (uint32_t)((r->confirm_timer.due_ms - now + 999) / 1000);
	return s;
}

const struct cgn_reload_stats *
cgn_reload_stats(const struct cgn_reload *r)
{
	static const struct cgn_reload_stats none;

	return r == NULL ? &none : &r->stats;
}

static void
hup(void *arg, uint64_t now_ms)
{
	struct cgn_reload *r = arg;

	/* The files of records may have new names (logrotate). */
	cgn_export_reopen(cgn_records_export(cgn_control_records(r->control)));
	cgn_reload_ask(r, &r->hup, now_ms);
}

int
cgn_reload_attach(struct cgn_reload *r, struct cgn_control *control)
{
	struct cgn_conf_swap_cfg cfg = {
		.is_settled = reload_is_settled,
		.telling = reload_telling,
		.decided = reload_decided,
		.released = reload_released,
		.arg = r,
	};
	int ret;

	if (control == NULL) {
		cgn_confload_abandon(r->reading);
		r->reading = NULL;
		if (r->control != NULL)
			cgn_timerq_cancel(timers_of(r), &r->wait_timer);
		r->control = NULL;
		return 0;
	}
	r->planes = cgn_control_planes(control);
	r->snapshot_free = r->planes->snapshot_free;
	cfg.client = cgn_control_client(control);
	cfg.planes = r->planes;
	cfg.timers = cgn_loop_timers(cgn_control_loop(control));
	ret = cgn_conf_swap_create(&r->swap, &cfg);
	if (ret == 0)
		ret = cgn_loop_add_fd(cgn_control_loop(control), r->wake_fd, was_read, r);
	if (ret < 0)
		return ret;
	r->control = control;
	cgn_control_set_reload(control, r);
	cgn_loop_on_hup(cgn_control_loop(control), hup, r);
	return 0;
}
