/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/reload.h"

#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_diff.h"
#include "controlplane/notify.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>

#define REPLY_MS 1000
#define AGAIN_MS 20 /* until a worker whose ring is full is told again */

CGN_LOG_TYPE("reload");

struct cgn_reload {
	const char *path;
	struct cgn_control *control;
	struct cgn_conf *conf; /* in use */
	struct cgn_conf *next; /* some workers use it already; NULL: no reload goes on */
	struct cgn_timer timer;
	unsigned int told;     /* workers that were sent the command */
	unsigned int released; /* of these, no longer use the old one */
	bool is_wanted;        /* SIGHUP came meanwhile */
	unsigned int n_restart;
};

static void tell(void *arg, uint64_t now_ms);

int
cgn_reload_create(struct cgn_reload **out, const char *path, struct cgn_conf *conf)
{
	struct cgn_reload *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	r->path = path;
	r->conf = conf;
	r->timer = (struct cgn_timer){ .fire = tell, .arg = r };
	*out = r;
	return 0;
}

void
cgn_reload_destroy(struct cgn_reload *r)
{
	if (r == NULL)
		return;
	cgn_conf_free(r->conf);
	cgn_conf_free(r->next);
	free(r);
}

const struct cgn_conf *
cgn_reload_conf(const struct cgn_reload *r)
{
	return r->conf;
}

static void
hup(void *arg, uint64_t now_ms)
{
	cgn_notify_send("RELOADING=1");
	cgn_reload_now(arg, now_ms);
	cgn_notify_send("READY=1");
}

void
cgn_reload_attach(struct cgn_reload *r, struct cgn_control *control)
{
	r->control = control;
	if (control == NULL)
		return;
	cgn_loop_on_hup(cgn_control_loop(control), hup, r);
}

static void
note(void *arg, const char *path, bool needs_restart)
{
	struct cgn_reload *r = arg;

	if (needs_restart) {
		r->n_restart++;
		CGN_LOG(ERR, "reload refused, needs a restart key=%s", path);
	} else {
		CGN_LOG(NOTICE, "changed key=%s", path);
	}
}

static void
replied(void *arg, int ret, const struct cgn_evt *evt)
{
	(void)arg;
	(void)evt;
	if (ret < 0 && ret != -ECANCELED)
		CGN_LOG(ERR, "worker has not taken the configuration errno=%d", -ret);
}

/* One worker no longer uses the old configuration; after the last of them it is free. */
static void
released(void *arg)
{
	struct cgn_reload *r = arg;

	r->released++;
	if (r->control == NULL || r->released < cgn_control_planes(r->control)->n_workers)
		return;
	cgn_control_set_conf(r->control, r->next);
	cgn_conf_free(r->conf);
	r->conf = r->next;
	r->next = NULL;
	CGN_LOG(NOTICE, "reloaded file=%s", r->path);
	if (r->is_wanted) {
		r->is_wanted = false;
		cgn_reload_now(r, cgn_loop_now_ms());
	}
}

/* Send the new configuration to all workers that have not got it. */
static void
tell(void *arg, uint64_t now_ms)
{
	struct cgn_reload *r = arg;
	const struct cgn_planes *planes = cgn_control_planes(r->control);
	const struct cgn_dpclient_call call = {
		.done = replied,
		.arg = r,
		.release = released,
		.lent = r,
		.timeout_ms = REPLY_MS,
	};
	struct cgn_cmd cmd = { .op = CGN_CMD_CONF_SWAP, .u.conf = r->next };

	for (; r->told < planes->n_workers; r->told++) {
		if (cgn_dpclient_send(cgn_control_client(r->control), r->told, &cmd, &call,
				    now_ms) < 0) {
			cgn_timerq_set(cgn_loop_timers(cgn_control_loop(r->control)), &r->timer,
					now_ms + AGAIN_MS);
			return;
		}
	}
}

static int
load(const char *path, struct cgn_conf **conf)
{
	struct cgn_conf_errors errs = { 0 };
	int ret = cgn_conf_load(path, conf, &errs);

	cgn_conf_errors_print(&errs, stderr);
	cgn_conf_errors_fini(&errs);
	return ret;
}

int
cgn_reload_now(struct cgn_reload *r, uint64_t now_ms)
{
	struct cgn_conf *conf;
	int ret;

	if (r->next != NULL) {
		r->is_wanted = true;
		return -EBUSY;
	}
	ret = load(r->path, &conf);
	if (ret < 0) {
		CGN_LOG(ERR, "reload refused, the configuration in use stays file=%s", r->path);
		return ret;
	}
	r->n_restart = 0;
	ret = cgn_conf_diff_walk(r->conf, conf, note, r);
	if (ret > 0 && r->n_restart > 0) {
		CGN_LOG(ERR, "reload refused, the configuration in use stays file=%s", r->path);
		ret = -EPERM;
	}
	if (ret <= 0) {
		if (ret == 0)
			CGN_LOG(NOTICE, "reload: nothing has changed file=%s", r->path);
		cgn_conf_free(conf);
		return ret;
	}
	r->next = conf;
	r->told = r->released = 0;
	tell(r, now_ms);
	return 0;
}
