/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * SIGHUP: reads the configuration again, compares it with the one in use, and gives it to the control
 * thread and to all workers.
 *
 * The workers read the old configuration until they have replied. So it is freed only then.
 */
#include "controlplane/reload.h"

#include "controlplane/conf/conf.h"
#include "controlplane/conf/confload.h"
#include "controlplane/notify.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define REPLY_MS     1000
#define AGAIN_MS     20  /* until a worker whose ring is full is told again */
#define SETTLE_MS    500 /* new next hops may take so long to answer before the workers use them */
#define ERRORS_SHOWN 20  /* of one refused file; the control thread waits for a slow log */

CGN_LOG_TYPE("reload");

struct cgn_reload {
	const char *path;
	struct cgn_control *control;
	struct cgn_conf *conf;         /* in use */
	struct cgn_conf *next;         /* some workers use it already; NULL: no reload goes on */
	struct cgn_snapshot *snapshot; /* of next; the data plane owns it */
	struct cgn_timer timer;
	uint64_t settle_ms; /* until then the workers are not told if a next hop has not answered */
	unsigned int told;  /* workers that were sent the command */
	unsigned int released;        /* of these, workers that no longer use the old one */
	int wake_fd;                  /* ready when the file was read */
	struct cgn_confload *reading; /* NULL: no file is being read */
	/* The reload that was asked for while another one is under way; NULL: none */
	int (*again)(struct cgn_reload *r, uint64_t now_ms);
};

static void reload_tell(void *arg, uint64_t now_ms);

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
	r->timer = (struct cgn_timer){ .fire = reload_tell, .arg = r };
	*out = r;
	return 0;
}

void
cgn_reload_destroy(struct cgn_reload *r)
{
	if (r == NULL)
		return;
	cgn_confload_abandon(r->reading);
	cgn_conf_free(r->conf);
	cgn_conf_free(r->next);
	close(r->wake_fd);
	free(r);
}

const struct cgn_conf *
cgn_reload_conf(const struct cgn_reload *r)
{
	return r->conf;
}

static void
log_keys(const struct cgn_confload_keys *keys, bool needs_restart)
{
	for (size_t i = 0; i < keys->n && i < CGN_CONFLOAD_KEYS_MAX; i++) {
		const char *path = keys->path[i] != NULL ? keys->path[i] : "?";

		if (needs_restart)
			CGN_LOG(ERR, "reload refused, needs a restart key=%s", path);
		else
			CGN_LOG(NOTICE, "changed key=%s", path);
	}
	if (keys->n > CGN_CONFLOAD_KEYS_MAX)
		CGN_LOG(NOTICE, "and %zu more keys", keys->n - CGN_CONFLOAD_KEYS_MAX);
}

static void
reload_replied(void *arg, int ret, const struct cgn_evt *evt)
{
	(void)arg;
	(void)evt;
	if (ret < 0 && ret != -ECANCELED)
		CGN_LOG(ERR, "a worker did not take the new configuration errno=%d", -ret);
}

/* No reload is under way any more. Begin the one that was asked for meanwhile. */
static void
reload_go_on(struct cgn_reload *r, uint64_t now_ms)
{
	int (*again)(struct cgn_reload * r, uint64_t now_ms) = r->again;

	r->again = NULL;
	if (again != NULL)
		again(r, now_ms);
}

/* A worker no longer uses the old configuration. After the last worker it is freed. */
static void
released(void *arg)
{
	struct cgn_reload *r = arg;
	struct cgn_confload_result old = { 0 };
	const struct cgn_planes *planes;

	r->released++;
	if (r->control == NULL)
		return;
	planes = cgn_control_planes(r->control);
	if (r->released < planes->n_workers)
		return;
	/* The control thread changes last. Until now it had the old configuration, and so did some of the
	 * workers. */
	old.planes = planes;
	old.snapshot = planes->snapshot_use(planes->ctx);
	cgn_control_set_conf(r->control, r->next);
	old.conf = r->conf;
	cgn_confload_discard(&old);
	r->conf = r->next;
	r->next = NULL;
	CGN_LOG(NOTICE, "reloaded file=%s", r->path);
	reload_go_on(r, cgn_loop_now_ms());
}

/* Send the new configuration to all workers that have not got it. */
static void
reload_tell(void *arg, uint64_t now_ms)
{
	struct cgn_reload *r = arg;
	const struct cgn_planes *planes = cgn_control_planes(r->control);
	const struct cgn_dpclient_call call = {
		.done = reload_replied,
		.arg = r,
		.release = released,
		.lent = r,
		.timeout_ms = REPLY_MS,
	};
	struct cgn_cmd cmd = { .op = CGN_CMD_CONF_SWAP, .u.snapshot = r->snapshot };

	if (r->told == 0 && now_ms < r->settle_ms && !cgn_control_is_settled(r->control)) {
		cgn_timerq_set(cgn_loop_timers(cgn_control_loop(r->control)), &r->timer,
				now_ms + AGAIN_MS);
		return;
	}
	for (; r->told < planes->n_workers; r->told++) {
		if (cgn_dpclient_send(cgn_control_client(r->control), r->told, &cmd, &call,
				    now_ms) < 0) {
			cgn_timerq_set(cgn_loop_timers(cgn_control_loop(r->control)), &r->timer,
					now_ms + AGAIN_MS);
			return;
		}
	}
}

/* Use the configuration that was read, or log why not. Frees the result. @return as cgn_reload_now() */
static int
reload_use(struct cgn_reload *r, struct cgn_confload_result *res, uint64_t now_ms)
{
	int ret = res->ret;

	cgn_conf_errors_print_some(&res->errs, ERRORS_SHOWN, stderr);
	if (ret == 0 && res->restart.n > 0) {
		/* Other keys that differ are not named, because none of them is changed. */
		log_keys(&res->restart, true);
		ret = -EPERM;
	}
	if (ret == -ENOMEM)
		CGN_LOG(ERR, "reload refused, no memory for the new configuration beside the one in use");
	if (ret < 0) {
		CGN_LOG(ERR, "reload refused, the configuration in use stays file=%s", r->path);
	} else if (res->live.n == 0) {
		CGN_LOG(NOTICE, "reload: nothing has changed file=%s", r->path);
	} else if ((ret = cgn_control_prepare_conf(r->control, res->conf)) < 0) {
		CGN_LOG(ERR, "reload refused, the configuration in use stays file=%s", r->path);
	} else {
		log_keys(&res->live, false);
		r->next = res->conf;
		res->conf = NULL;
		r->snapshot = res->snapshot;
		res->snapshot = NULL;
		res->planes->snapshot_lend(res->planes->ctx, r->snapshot);
		r->told = r->released = 0;
		r->settle_ms = now_ms + SETTLE_MS;
		reload_tell(r, now_ms);
	}
	cgn_confload_discard(res);
	return ret;
}

int
cgn_reload_now(struct cgn_reload *r, uint64_t now_ms)
{
	struct cgn_confload_result res;

	if (r->next != NULL || r->reading != NULL) {
		r->again = cgn_reload_now;
		return -EBUSY;
	}
	cgn_confload_read(&res, r->path, r->conf, cgn_control_planes(r->control));
	return reload_use(r, &res, now_ms);
}

/* The file was read. */
static void
was_read(void *arg, uint64_t now_ms)
{
	struct cgn_confload_result res;
	struct cgn_reload *r = arg;
	uint64_t count;

	if (read(r->wake_fd, &count, sizeof(count)) < 0 || r->reading == NULL)
		return;
	cgn_confload_end(r->reading, &res);
	r->reading = NULL;
	(void)reload_use(r, &res, now_ms);
	/* systemd waits for this after RELOADING=1, also if the file was refused. */
	cgn_notify_send("READY=1");
	if (r->next == NULL)
		reload_go_on(r, now_ms);
}

/* Reload without waiting for the file. */
static int
reload_begin(struct cgn_reload *r, uint64_t now_ms)
{
	int ret;

	(void)now_ms;
	if (r->next != NULL || r->reading != NULL) {
		r->again = reload_begin;
		return -EBUSY;
	}
	cgn_notify_send("RELOADING=1");
	ret = cgn_confload_start(
			&r->reading, r->path, r->conf, cgn_control_planes(r->control), r->wake_fd);
	if (ret < 0) {
		CGN_LOG(ERR, "reload refused, the file cannot be read now errno=%d", -ret);
		cgn_notify_send("READY=1");
	}
	return ret;
}

static void
hup(void *arg, uint64_t now_ms)
{
	struct cgn_reload *r = arg;

	/* The files of records may have new names (logrotate). */
	cgn_export_reopen(cgn_records_export(cgn_control_records(r->control)));
	(void)reload_begin(r, now_ms);
}

void
cgn_reload_attach(struct cgn_reload *r, struct cgn_control *control)
{
	struct cgn_loop *loop;
	int ret;

	if (control == NULL) {
		cgn_confload_abandon(r->reading);
		r->reading = NULL;
		r->control = NULL;
		return;
	}
	r->control = control;
	loop = cgn_control_loop(control);
	ret = cgn_loop_add_fd(loop, r->wake_fd, was_read, r);
	if (ret < 0)
		CGN_LOG(ERR, "cgnd cannot reload on SIGHUP errno=%d", -ret);
	else
		cgn_loop_on_hup(loop, hup, r);
}
