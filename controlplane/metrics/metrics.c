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

struct cgn_metrics {
	struct cgn_metrics_cfg cfg;
	struct cgn_request_queue *ask;
	struct cgn_http_server *server;
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
make_text(void *metrics, char **text, size_t *len)
{
	struct cgn_metrics *m = metrics;
	struct cgn_openmetrics om;
	struct question q = { m, &om };
	int ret;

	cgn_openmetrics_begin(&om, cgn_control_since_ms(m->cfg.control));
	write_build(&om, &m->cfg);
	ret = cgn_request_queue_call(m->ask, question_begin, &q, BEGIN_MS);
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

static int
start_server(struct cgn_metrics *m)
{
	const struct cgn_http_server_cfg cfg = {
		.listen = m->cfg.listen,
		.content_type = CGN_OPENMETRICS_CONTENT_TYPE,
		.make = make_text,
		.ctx = m,
	};
	char at[CGN_ADDR_TEXT_MAX];
	int ret = cgn_http_server_start(&m->server, &cfg);

	cgn_addr_text_format_ep(&m->cfg.listen.addr, m->cfg.listen.port, at);
	if (ret < 0)
		CGN_LOG(ERR, "metrics.listen cannot be used: %s listen=%s", strerror(-ret), at);
	else
		CGN_LOG(NOTICE, "metrics are served url=http://%s/metrics", at);
	return ret;
}

int
cgn_metrics_start(struct cgn_metrics **out, const struct cgn_metrics_cfg *cfg)
{
	struct cgn_loop *loop = cgn_control_loop(cfg->control);
	struct cgn_metrics *m = calloc(1, sizeof(*m));
	int ret = m == NULL ? -ENOMEM : cgn_request_queue_create(&m->ask);

	if (ret < 0)
		goto no_queue;
	m->cfg = *cfg;
	ret = cgn_loop_add_fd(loop, cgn_request_queue_fd(m->ask), question_run, m->ask);
	if (ret < 0)
		goto no_queue;
	ret = start_server(m);
	if (ret < 0) {
		cgn_metrics_stop(m);
		return ret;
	}
	*out = m;
	return 0;

no_queue:
	CGN_LOG(ERR, "metrics cannot be served: %s", strerror(-ret));
	if (m != NULL)
		cgn_request_queue_destroy(m->ask);
	free(m);
	return ret;
}

void
cgn_metrics_stop(struct cgn_metrics *m)
{
	if (m == NULL)
		return;
	/* The thread of the server may wait for an answer. From now on, it gets an error at once. */
	cgn_request_queue_close(m->ask);
	cgn_http_server_stop(m->server);
	cgn_loop_del_fd(cgn_control_loop(m->cfg.control), cgn_request_queue_fd(m->ask));
	cgn_request_queue_destroy(m->ask);
	free(m);
}
