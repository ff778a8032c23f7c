/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * cgnd from a checked configuration to a clean stop, for main.c.
 *
 * A table of stages says in which order the parts start. They stop in reverse order, also when a
 * later stage does not start.
 */
#include "controlplane/app.h"

#include "controlplane/conf/conf.h"
#include "controlplane/control.h"
#include "controlplane/crash.h"
#include "controlplane/kept.h"
#include "controlplane/metrics/metrics.h"
#include "controlplane/notify.h"
#include "controlplane/reload.h"
#include "controlplane/report.h"
#include "controlplane/rundir.h"
#include "controlplane/telemetry/telemetry.h"
#include "shared/addr_text.h"
#include "shared/log.h"
#include "shared/thread.h"
#include "shared/version.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#define SINKS_MS 10 /* between two looks at the sinks of records */

CGN_LOG_TYPE("app");

struct app {
	const struct cgn_opts *opts;
	const struct cgn_app_dataplane *ops;
	struct cgn_reload *reload; /* owns the configuration */
	void *dp;
	struct cgn_records *records;
	struct cgn_control *control;
	struct cgn_metrics *metrics; /* NULL: not started, or stopped */
	struct cgn_crash *crash;
	struct cgn_kept *kept; /* NULL: there is no state of the run before that can be used */
	bool has_made_rundir;
	bool has_served;        /* packets were let in */
	bool has_refused_state; /* there was a state of the run before that cannot be used */
};

/** One step of the start; stop() undoes it. */
struct stage {
	const char *name;
	int (*start)(struct app *a);
	void (*stop)(struct app *a); /* NULL: nothing to undo */
	bool says_why;               /* logs by itself why it does not start */
};

/* A failure was logged. It does not stop the start: nothing depends on the directory, so a full disk stops
 * nothing. */
static int
start_rundir(struct app *a)
{
	(void)cgn_rundir_make(cgn_reload_conf(a->reload)->runtime_dir, &a->has_made_rundir);
	return 0;
}

static void
stop_rundir(struct app *a)
{
	if (a->has_made_rundir)
		(void)rmdir(cgn_reload_conf(a->reload)->runtime_dir);
}

/* The state of the run before is checked here, and loaded when the workers run. First, the directory is locked: another
 * cgnd that runs must not lose its state by this start. */
static int
start_state(struct app *a)
{
	int ret = cgn_crash_open(&a->crash, cgn_reload_conf(a->reload)->runtime_dir);

	if (ret < 0)
		return ret;
	a->has_refused_state = !cgn_kept_open(&a->kept, cgn_reload_conf(a->reload));
	cgn_crash_tell(a->crash, a->kept != NULL);
	return 0;
}

static void
stop_state(struct app *a)
{
	if (!a->has_served)
		cgn_kept_put_back(a->kept, cgn_reload_conf(a->reload));
	cgn_kept_close(a->kept);
	cgn_crash_close(a->crash);
}

static int
start_eal(struct app *a)
{
	int ret = a->ops->eal_start(cgn_reload_conf(a->reload), (int)a->opts->n_eal, a->opts->eal);

	if (ret == 0)
		cgn_log_settle();
	return ret;
}

static void
stop_eal(struct app *a)
{
	a->ops->eal_stop();
}

static int
start_dataplane(struct app *a)
{
	return a->ops->create(&a->dp, cgn_reload_conf(a->reload), cgn_kept_await(a->kept));
}

static void
stop_dataplane(struct app *a)
{
	a->ops->destroy(a->dp);
	cgn_reload_free_snapshots(a->reload);
}

static int
start_records(struct app *a)
{
	const struct cgn_restart_numbers *numbers = cgn_crash_lost(a->crash);
	struct cgn_export_had had;
	const struct cgn_export_cfg cfg = {
		.conf = cgn_reload_conf(a->reload),
		.planes = a->ops->planes(a->dp),
		.is_kept = a->kept != NULL,
		.had = numbers == NULL ? NULL : &had,
		.tsc_hz = rte_get_tsc_hz(),
	};

	if (numbers != NULL)
		had = (struct cgn_export_had){
			.subscribers = (uint32_t)RTE_MIN(numbers->subscribers, UINT32_MAX),
			.mappings = (uint32_t)RTE_MIN(numbers->mappings, UINT32_MAX),
			.sessions = (uint32_t)RTE_MIN(numbers->sessions, UINT32_MAX),
		};

	return cgn_records_create(&a->records, &cfg);
}

static void
stop_records(struct app *a)
{
	cgn_records_destroy(a->records);
}

static int
start_control(struct app *a)
{
	int ret = cgn_control_create(
			&a->control, cgn_reload_conf(a->reload), a->ops->planes(a->dp));

	if (ret < 0)
		return ret;
	cgn_control_set_records(a->control, a->records);
	cgn_control_kept(a->control)->refused = a->has_refused_state;
	ret = cgn_reload_attach(a->reload, a->control);
	if (ret < 0) {
		cgn_control_destroy(a->control);
		return ret;
	}
	cgn_notify_attach(cgn_loop_timers(cgn_control_loop(a->control)));
	return 0;
}

static void
stop_control(struct app *a)
{
	(void)cgn_reload_attach(a->reload, NULL);
	cgn_notify_attach(NULL);
	cgn_control_destroy(a->control);
}

static int
start_workers(struct app *a)
{
	int ret = a->ops->start(a->dp);

	if (ret == 0)
		cgn_control_start(a->control);
	return ret;
}

static void
print_report(const void *report, FILE *out)
{
	cgn_report_print(report, out);
}

static void
stop_workers(struct app *a)
{
	const struct cgn_planes *planes = a->ops->planes(a->dp);
	struct cgn_report report = { 0 };
	int ret = a->ops->stop(a->dp);

	for (unsigned int w = 0; w < planes->n_workers; w++)
		cgn_report_add(&report, planes->workers[w].stats);
	cgn_log_print(print_report, &report, STDOUT_FILENO);
	if (ret < 0) {
		/* A worker still runs. Nothing that it uses may be freed, so the process ends at once. */
		CGN_LOG(WORKER_STUCK, "workers do not stop: %s", strerror(-ret));
		cgn_log_fini();
		_exit(1);
	}
}

static int
start_leases(struct app *a)
{
	int ret = cgn_kept_load(a->kept, a->control);

	return ret < 0 ? ret : cgn_control_restore(a->control);
}

static int
start_telemetry(struct app *a)
{
	return cgn_telemetry_start(a->control, CGN_VERSION);
}

static void
stop_telemetry(struct app *a)
{
	(void)a;
	cgn_telemetry_stop();
}

static int
prepare_metrics(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	const struct app *a = ctx;
	const struct cgn_conf_listen *listen = &next->metrics_listen;
	char at[CGN_ADDR_TEXT_MAX];
	int ret = a->metrics == NULL ? 0 : cgn_metrics_prepare(a->metrics, listen);

	if (ret < 0) {
		cgn_addr_text_format_ep(&listen->addr, listen->port, at);
		cgn_conf_errors_add(errors, 0, 0, "metrics.listen", at,
				"must be an address and port where cgnd can listen now: %s",
				strerror(-ret));
	}
	return ret;
}

static void
abandon_metrics(void *ctx)
{
	const struct app *a = ctx;

	if (a->metrics != NULL)
		cgn_metrics_abandon(a->metrics);
}

static void
commit_metrics(void *ctx, const struct cgn_conf *next, uint64_t now_ms)
{
	const struct app *a = ctx;

	(void)now_ms;
	if (a->metrics != NULL)
		cgn_metrics_commit(a->metrics, &next->metrics_listen);
}

static int
start_metrics(struct app *a)
{
	const struct cgn_change_part part = {
		.name = "metrics",
		.ctx = a,
		.prepare = prepare_metrics,
		.abandon = abandon_metrics,
		.commit = commit_metrics,
	};
	const struct cgn_metrics_cfg cfg = {
		.listen = cgn_reload_conf(a->reload)->metrics_listen,
		.control = a->control,
		.version = CGN_VERSION,
	};

	int ret = cgn_metrics_start(&a->metrics, &cfg);

	return ret < 0 ? ret : cgn_control_join(a->control, &part);
}

static void
stop_metrics(struct app *a)
{
	cgn_metrics_stop(a->metrics);
	a->metrics = NULL;
}

/* A failure was logged. It does not stop the start: packets matter more than the privileges. */
static int
drop_privileges(struct app *a)
{
	(void)a->ops->drop_privileges();
	return 0;
}

static int
start_serving(struct app *a)
{
	/* Routers must not send packets to a cgnd that is about to end. */
	if (cgn_thread_is_stop_pending())
		return -ECANCELED;
	cgn_kept_use_up(a->kept);
	cgn_export_serve(cgn_records_export(a->records));
	a->ops->open(a->dp);
	a->has_served = true;
	cgn_control_announce(a->control);
	cgn_crash_watch(a->crash, a->control, cgn_loop_now_ms());
	CGN_LOG(READY, "ready");
	cgn_notify_send("READY=1");
	return 0;
}

/* Save the state for the next start. Collectors that are slow or down get their time while packets still pass, because
 * packets wait for all that comes after the save. */
static int
save_state(struct app *a)
{
	uint64_t start_ms = cgn_loop_now_ms();
	int ret = 0;

	while (ret == 0 && !cgn_records_may_end(a->records, cgn_loop_now_ms() - start_ms))
		ret = cgn_loop_turn(cgn_control_loop(a->control), SINKS_MS);
	ret = cgn_kept_save(a->control, CGN_VERSION);
	if (ret == 0)
		cgn_records_hurry(a->records);
	return ret;
}

static void
stop_serving(struct app *a)
{
	/* What is saved or withdrawn now must not change meanwhile. */
	cgn_reload_close(a->reload);
	cgn_notify_send("STOPPING=1");
	if (!cgn_reload_conf(a->reload)->restart.keep_state)
		cgn_crash_tell_stop(a->crash, cgn_reload_conf(a->reload)->store_path[0] != '\0');
	cgn_crash_unwatch(a->crash);
	/* With saved state, the next start goes on: nothing is withdrawn or announced. */
	if (cgn_reload_conf(a->reload)->restart.keep_state && save_state(a) == 0)
		return;
	cgn_control_withdraw(a->control);
	if (cgn_control_quiesce(a->control) < 0)
		CGN_LOG(STOP_INCOMPLETE, "a worker still makes new mappings while cgnd stops");
}

/* State and leases come back before packets are let in (serving). Privileges are dropped when everything that needs
 * them is open. */
static const struct stage stages[] = {
	{ "runtime_dir", start_rundir, stop_rundir, true },
	{ "state", start_state, stop_state, true },
	{ "EAL", start_eal, stop_eal, true },
	{ "data plane", start_dataplane, stop_dataplane, false },
	{ "records", start_records, stop_records, false },
	{ "control thread", start_control, stop_control, false },
	{ "workers", start_workers, stop_workers, false },
	{ "leases", start_leases, NULL, false },
	{ "telemetry", start_telemetry, stop_telemetry, false },
	{ "metrics", start_metrics, stop_metrics, true },
	{ "privileges", drop_privileges, NULL, true },
	{ "serving", start_serving, stop_serving, false },
};

int
cgn_app_run(const struct cgn_opts *opts, struct cgn_conf *conf,
		const struct cgn_app_dataplane *dataplane)
{
	struct app a = { .opts = opts, .ops = dataplane };
	size_t n = 0;
	int ret;

	cgn_log_init(opts->verbose);
	dataplane->no_new_privileges();
	cgn_loop_block_signals();
	ret = cgn_reload_create(&a.reload, opts->conf_path, conf);
	if (ret < 0) {
		cgn_conf_free(conf);
		cgn_log_fini();
		return ret;
	}
	for (; ret == 0 && n < sizeof(stages) / sizeof(stages[0]); n++) {
		ret = stages[n].start(&a);
		if (ret == -ECANCELED) {
			/* A signal has ended the start. This is no error. */
			CGN_LOG(STOPPED_EARLY, "stopped before the start was complete");
			break;
		}
		if (ret < 0) {
			if (!stages[n].says_why)
				CGN_LOG(START_FAILED, "%s does not start: %s", stages[n].name,
						strerror(-ret));
			break;
		}
	}
	if (ret == 0)
		ret = cgn_control_run(a.control);
	while (n-- > 0) {
		if (stages[n].stop != NULL)
			stages[n].stop(&a);
	}
	cgn_reload_destroy(a.reload);
	cgn_log_fini();
	return ret == -ECANCELED ? 0 : ret;
}
