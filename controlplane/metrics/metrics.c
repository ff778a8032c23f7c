/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes the text of all metrics: the control thread writes its part, the thread of the HTTP server the rest.
 */
#include "controlplane/metrics/metrics.h"

#include "controlplane/loop/request_queue.h"
#include "controlplane/metrics/http_server.h"
#include "controlplane/metrics/metrics_control.h"
#include "controlplane/metrics/metrics_workers.h"
#include "shared/addr_text.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

/* Milliseconds within which the control thread must begin to write. Prometheus waits 10 seconds for the whole text. */
#define BEGIN_MS 3000

CGN_LOG_TYPE("metrics");

/** A server at one address. It has a queue of its own, so that closing it disturbs no other server. */
struct outlet {
	struct cgn_metrics *m;
	struct cgn_conf_listen listen;
	struct cgn_request_queue *ask;
	struct cgn_http_server *server;
};

struct cgn_metrics {
	struct cgn_metrics_cfg cfg;
	struct outlet *outlet; /* NULL: nobody is served */
	struct outlet *next;   /* between the two steps of a reload; NULL: none */
};

/** A question to the control thread, on the stack of the thread that waits for the answer. */
struct question {
	struct cgn_metrics *m;
	struct cgn_openmetrics *om;
};

/* Write the part of the control thread. This runs in the control thread. */
static void
question_begin(void *arg, struct cgn_request_queue_req *req, uint64_t now_ms)
{
	struct question *q = arg;

	(void)now_ms;
	cgn_metrics_control_write(q->om, q->m->cfg.control);
	cgn_request_queue_done(req, 0);
}

static void
write_build(struct cgn_openmetrics *om, const struct cgn_metrics_cfg *cfg)
{
	static const struct cgn_openmetrics_family build = {
		.type = CGN_OPENMETRICS_INFO, .name = { "cgnd_build" }, .help = "version of cgnd"
	};
	static const struct cgn_openmetrics_family start = {
		.type = CGN_OPENMETRICS_GAUGE,
		.name = { "cgnd_start_time_seconds" },
		.unit = "seconds",
		.help = "when cgnd started, in seconds since 1970",
	};
	const struct cgn_openmetrics_label version = { "version", cfg->version };

	cgn_openmetrics_family(om, &build);
	cgn_openmetrics_info(om, &version, 1);
	cgn_openmetrics_family(om, &start);
	cgn_openmetrics_value(om, NULL, 0, (uint64_t)cgn_control_since_ms(cfg->control) / 1000);
}

static void
write_is_answering(struct cgn_openmetrics *om, bool is_answering)
{
	static const struct cgn_openmetrics_family answers = {
		.type = CGN_OPENMETRICS_GAUGE,
		.name = { "cgnd_control_answers" },
		.help = "1: the control thread answers; 0: it does not, and this text has only what workers count",
	};

	cgn_openmetrics_family(om, &answers);
	cgn_openmetrics_value(om, NULL, 0, is_answering);
}

/* Make the whole text. This runs in the thread of the server. */
static int
make_text(void *outlet, char **text, size_t *len)
{
	struct outlet *o = outlet;
	struct cgn_metrics *m = o->m;
	struct cgn_openmetrics om;
	struct question q = { m, &om };
	int ret;

	cgn_openmetrics_begin(&om, cgn_control_since_ms(m->cfg.control));
	write_build(&om, &m->cfg);
	ret = cgn_request_queue_call(o->ask, question_begin, &q, BEGIN_MS);
	if (ret < 0 && ret != -ETIMEDOUT) {
		cgn_openmetrics_abort(&om);
		return ret;
	}
	write_is_answering(&om, ret == 0);
	cgn_metrics_workers_write(&om, cgn_control_planes(m->cfg.control), rte_get_tsc_hz());
	return cgn_openmetrics_end(&om, text, len);
}

static void
question_run(void *arg, uint64_t now_ms)
{
	cgn_request_queue_run(arg, now_ms);
}

/* Close a server and its queue. NULL is allowed. */
static void
close_outlet(struct outlet *o)
{
	if (o == NULL)
		return;
	/* The thread of the server may wait for an answer. From now on, it gets an error at once. */
	if (o->ask != NULL)
		cgn_request_queue_close(o->ask);
	cgn_http_server_stop(o->server);
	if (o->ask != NULL) {
		cgn_loop_del_fd(cgn_control_loop(o->m->cfg.control), cgn_request_queue_fd(o->ask));
		cgn_request_queue_destroy(o->ask);
	}
	free(o);
}

static int
start_outlet(struct outlet *o)
{
	const struct cgn_http_server_cfg cfg = {
		.listen = o->listen,
		.content_type = CGN_OPENMETRICS_CONTENT_TYPE,
		.make = make_text,
		.ctx = o,
	};
	int ret = cgn_request_queue_create(&o->ask);

	if (ret < 0)
		return ret;
	ret = cgn_loop_add_fd(cgn_control_loop(o->m->cfg.control), cgn_request_queue_fd(o->ask),
			question_run, o->ask);
	return ret < 0 ? ret : cgn_http_server_start(&o->server, &cfg);
}

/* Serve at an address, or at none. @return 0 or -errno */
static int
open_outlet(struct cgn_metrics *m, const struct cgn_conf_listen *listen, struct outlet **out)
{
	struct outlet *o;
	int ret;

	if (listen->port == 0)
		return 0;
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return -ENOMEM;
	o->m = m;
	o->listen = *listen;
	ret = start_outlet(o);
	if (ret < 0) {
		close_outlet(o);
		return ret;
	}
	*out = o;
	return 0;
}

static void
log_outlet(const struct outlet *o)
{
	char at[CGN_ADDR_TEXT_MAX];

	if (o == NULL)
		return;
	cgn_addr_text_format_ep(&o->listen.addr, o->listen.port, at);
	CGN_LOG(METRICS_SERVED, "metrics are served url=http://%s/metrics", at);
}

int
cgn_metrics_start(struct cgn_metrics **out, const struct cgn_metrics_cfg *cfg)
{
	struct cgn_metrics *m = calloc(1, sizeof(*m));
	char at[CGN_ADDR_TEXT_MAX];
	int ret;

	if (m == NULL)
		return -ENOMEM;
	m->cfg = *cfg;
	ret = open_outlet(m, &cfg->listen, &m->outlet);
	if (ret < 0) {
		cgn_addr_text_format_ep(&cfg->listen.addr, cfg->listen.port, at);
		CGN_LOG(METRICS_FAILED, "metrics.listen cannot be used: %s listen=%s",
				strerror(-ret), at);
		free(m);
		return ret;
	}
	log_outlet(m->outlet);
	*out = m;
	return 0;
}

/* Whether a server listens at an address, or there is none for none. */
static bool
is_at(const struct outlet *o, const struct cgn_conf_listen *listen)
{
	if (o == NULL || listen->port == 0)
		return o == NULL && listen->port == 0;
	return o->listen.port == listen->port && o->listen.addr.is_ip6 == listen->addr.is_ip6 &&
			(listen->addr.is_ip6 ? memcmp(&o->listen.addr.ip6, &listen->addr.ip6,
							       sizeof(listen->addr.ip6)) == 0
					     : o->listen.addr.ip4 == listen->addr.ip4);
}

int
cgn_metrics_prepare(struct cgn_metrics *m, const struct cgn_conf_listen *listen)
{
	return is_at(m->outlet, listen) ? 0 : open_outlet(m, listen, &m->next);
}

void
cgn_metrics_abandon(struct cgn_metrics *m)
{
	close_outlet(m->next);
	m->next = NULL;
}

void
cgn_metrics_commit(struct cgn_metrics *m, const struct cgn_conf_listen *listen)
{
	if (is_at(m->outlet, listen))
		return;
	close_outlet(m->outlet);
	m->outlet = m->next;
	m->next = NULL;
	if (m->outlet != NULL)
		log_outlet(m->outlet);
	else
		CGN_LOG(METRICS_OFF, "metrics are not served any more");
}

void
cgn_metrics_stop(struct cgn_metrics *m)
{
	if (m == NULL)
		return;
	close_outlet(m->next);
	close_outlet(m->outlet);
	free(m);
}
