/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The paths below /cgn of DPDK's telemetry socket: parses the parameters and answers, at once or after
 * the workers have replied.
 */
#include "controlplane/telemetry/telemetry.h"

#include "controlplane/loop/request_queue.h"
#include "controlplane/telemetry/clearlog.h"
#include "controlplane/telemetry/telemetry_filter.h"
#include "controlplane/telemetry/telemetry_params.h"
#include "controlplane/telemetry/telemetry_question.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "controlplane/telemetry/telemetry_subscriber.h"
#include "shared/addr_text.h"
#include "shared/ctl.h"
#include "shared/dpdk_compat.h"
#include "shared/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

CGN_LOG_TYPE("telemetry");

#define CURSOR_MAX 32 /* octets that hold a cursor as text */

static struct {
	pthread_rwlock_t lock;         /* written only to start and stop */
	struct cgn_request_queue *ask; /* NULL: not started */
	struct cgn_control *control;
	const char *version;
	struct cgn_clearlog clears; /* of the control thread */
} telemetry = { .lock = PTHREAD_RWLOCK_INITIALIZER };

/* --- parameters ---------------------------------------------------------------------------- */

/* A question for one address: its subscriber need not be searched for. */
static void
name_subscriber(struct cgn_table_reader_page *p)
{
	const struct cgn_prefix *a = &p->conditions.subscriber;

	if (!p->conditions.has_subscriber || a->len != (a->is_ip6 ? 128 : 32))
		return;
	p->has_filter = true;
	if (a->is_ip6)
		p->filter6 = a->ip6;
	else
		p->filter = a->ip4;
}

/* A page's cursor: "worker:place". */
static int
read_cursor(const struct cgn_telemetry_question *q, struct cgn_table_reader_cursor *cursor)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];
	char *end;

	if (!cgn_telemetry_question_param(q, "cursor", text))
		return 0;
	cursor->worker = (uint32_t)strtoul(text, &end, 10);
	if (*end != ':')
		return -EINVAL;
	cursor->at = strtoull(end + 1, &end, 10);
	return *end == '\0' ? 0 : -EINVAL;
}

static int
page_params(struct cgn_telemetry_question *q, uint16_t op, uint32_t max, void *rows)
{
	q->page = (struct cgn_table_reader_page){ .op = op, .max = max, .rows = rows };
	return read_cursor(q, &q->page.cursor);
}

/* --- answers over several replies ---------------------------------------------------------- */

/* Write the cursor of the next page, if there is one. */
static void
write_cursor(char text[static CURSOR_MAX], const struct cgn_table_reader_cursor *next, bool is_end)
{
	text[0] = '\0';
	if (!is_end)
		snprintf(text, CURSOR_MAX, "%u:%llu", next->worker, (unsigned long long)next->at);
}

static void
question_page_done(void *arg, int ret)
{
	struct cgn_telemetry_question *q = arg;
	char next[CURSOR_MAX];

	if (ret == 0) {
		write_cursor(next, &q->page.cursor, q->page.is_end);
		if (q->page.op == CGN_CMD_READ_MAPPINGS)
			ret = cgn_telemetry_rows_mappings(
					q->out, q->rows.mappings, q->page.n, next);
		else if (q->page.op == CGN_CMD_READ_DRAINS)
			ret = cgn_telemetry_rows_drains(q->out, q->rows.drains, q->page.n, next,
					cgn_control_conf(q->control));
		else
			ret = cgn_telemetry_rows_subscribers(q->out, q->rows.subscribers, q->page.n,
					next, cgn_control_conf(q->control));
	}
	if (ret < 0)
		cgn_telemetry_question_fail(q, ret);
	cgn_request_queue_done(q->req, 0);
}

/* Read the filters of a table. */
static int
page_filters(struct cgn_telemetry_question *q, enum cgn_telemetry_filter_table table)
{
	int ret = cgn_telemetry_filter_read(q, table, &q->page.conditions);

	q->page.has_conditions = ret > 0;
	if (ret > 0)
		name_subscriber(&q->page);
	return ret < 0 ? ret : 0;
}

/* Read a page of a table of the workers. */
static int
read_page(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	return cgn_table_reader_page(cgn_control_client(q->control), cgn_control_planes(q->control),
			&q->page, question_page_done, q, now_ms);
}

static int
answer_mappings(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	int ret = page_params(
			q, CGN_CMD_READ_MAPPINGS, CGN_TELEMETRY_ROWS_MAPPINGS, q->rows.mappings);

	if (ret == 0)
		ret = page_filters(q, CGN_TELEMETRY_FILTER_MAPPINGS);
	return ret < 0 ? ret : read_page(q, now_ms);
}

static int
answer_subscribers(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	int ret = page_params(q, CGN_CMD_READ_SUBSCRIBERS, CGN_TELEMETRY_ROWS_SUBSCRIBERS,
			q->rows.subscribers);

	if (ret == 0)
		ret = page_filters(q, CGN_TELEMETRY_FILTER_SUBSCRIBERS);
	return ret < 0 ? ret : read_page(q, now_ms);
}

static int
answer_drains(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	int ret = page_params(q, CGN_CMD_READ_DRAINS, CGN_TELEMETRY_ROWS_DRAINS, q->rows.drains);

	return ret < 0 ? ret : read_page(q, now_ms);
}

static void
cleared(void *arg, int ret)
{
	struct cgn_telemetry_question *q = arg;
	char next[CURSOR_MAX];

	/* Also after an error: what was ended until then is ended. */
	cgn_clearlog_page(&telemetry.clears, q->params, &q->from, &q->clear, cgn_loop_now_ms());
	write_cursor(next, &q->clear.cursor, q->clear.is_end);
	if (ret == 0)
		ret = cgn_telemetry_rows_cleared(q->out, &q->clear, next);
	if (ret < 0)
		cgn_telemetry_question_fail(q, ret);
	cgn_request_queue_done(q->req, 0);
}

/* A filter that was forgotten must not end all mappings. */
static int
answer_mappings_clear(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];
	bool is_all = cgn_telemetry_question_param(q, "all", text);
	int ret;

	if (is_all && strcmp(text, "1") != 0)
		return -EINVAL;
	q->clear = (struct cgn_table_reader_clear){ 0 };
	ret = cgn_telemetry_filter_read(q, CGN_TELEMETRY_FILTER_MAPPINGS, &q->clear.conditions);
	if (ret < 0)
		return ret;
	if (is_all == (ret > 0))
		return -EDESTADDRREQ;
	ret = read_cursor(q, &q->clear.cursor);
	if (ret < 0)
		return ret;
	q->from = q->clear.cursor;
	return cgn_table_reader_clear(cgn_control_client(q->control),
			cgn_control_planes(q->control), &q->clear, cleared, q, now_ms);
}

static void
who_done(void *arg, int ret)
{
	struct cgn_telemetry_question *q = arg;

	if (ret == 0)
		ret = cgn_telemetry_rows_who(q->out, &q->ep, &q->who, cgn_control_conf(q->control),
				cgn_host_peers(cgn_control_host(q->control)));
	if (ret < 0)
		cgn_telemetry_question_fail(q, ret);
	cgn_request_queue_done(q->req, 0);
}

static int
answer_who(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];

	if (!cgn_telemetry_question_param(q, "", text))
		return -EINVAL;
	if (cgn_telemetry_question_endpoint(text, &q->ep) < 0)
		return cgn_telemetry_question_wrong(q, -EINVAL, "external", q->params,
				"ADDR:PORT/PROTO with the protocol udp, tcp or icmp");
	return cgn_table_reader_who(cgn_control_client(q->control), cgn_control_planes(q->control),
			&q->ep, &q->who, who_done, q, now_ms);
}

static void
subscriber_done(void *arg, int ret)
{
	struct cgn_telemetry_question *q = arg;

	if (ret == 0 && !q->detail.is_member)
		ret = -ENXIO;
	if (ret == 0)
		ret = cgn_telemetry_subscriber(q->out, &q->addr, &q->detail,
				cgn_control_conf(q->control),
				cgn_host_peers(cgn_control_host(q->control)));
	if (ret < 0)
		cgn_telemetry_question_fail(q, ret);
	cgn_request_queue_done(q->req, 0);
}

static int
answer_subscriber(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];

	if (!cgn_telemetry_question_param(q, "", text))
		return -EINVAL;
	text[strcspn(text, "/")] = '\0';
	if (cgn_addr_text_parse_ip(text, &q->addr) < 0)
		return cgn_telemetry_question_wrong(
				q, -EINVAL, "subscriber", q->params, "an address");
	return cgn_table_reader_subscriber(cgn_control_client(q->control),
			cgn_control_planes(q->control), &q->addr, &q->detail, subscriber_done, q,
			now_ms);
}

/* A reload has ended. */
static void
reloaded(void *arg, const char *report)
{
	struct cgn_telemetry_question *q = arg;

	if (report == NULL)
		cgn_telemetry_question_fail(q, -ESHUTDOWN);
	else
		rte_tel_data_string(q->out, report);
	cgn_request_queue_done(q->req, 0);
}

static int
answer_config_reload(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];

	q->reload = (struct cgn_reload_request){ .done = reloaded, .arg = q };
	if (cgn_telemetry_question_param(q, "confirm_s", text) &&
			(cgn_addr_text_parse_u32(text, &q->reload.confirm_s) < 0 ||
					q->reload.confirm_s == 0 ||
					q->reload.confirm_s > CGN_RELOAD_CONFIRM_MAX_S))
		return -EINVAL;
	cgn_reload_ask(cgn_control_reload(q->control), &q->reload, now_ms);
	return 0;
}

static const struct cgn_telemetry_path paths[] = {
	{ "/cgn/mappings", "Mappings, a page. Parameters: [FILTERS][,cursor=NEXT]",
			CGN_TELEMETRY_FILTER_KEYS "cursor,", answer_mappings, true },
	{ "/cgn/mappings/clear",
			"End mappings of traffic, a page. Parameters: FILTERS or all=1 [,cursor=NEXT]",
			CGN_TELEMETRY_FILTER_KEYS "all,cursor,", answer_mappings_clear, true },
	{ "/cgn/subscribers", "Subscribers, a page. Parameters: [FILTERS][,cursor=NEXT]",
			CGN_TELEMETRY_FILTER_KEYS_HOSTS "cursor,", answer_subscribers, true },
	{ "/cgn/subscriber", "One subscriber. Parameters: ADDR", "ADDR,", answer_subscriber, true },
	{ "/cgn/drains", "Addresses that are taken out of use, a page. Parameters: [cursor=NEXT]",
			"cursor,", answer_drains, true },
	{ "/cgn/who", "Who holds an external port. Parameters: ADDR:PORT/PROTO", "ADDR,",
			answer_who, true },
	{ "/cgn/config/reload", "Read the configuration again. Parameters: [confirm_s=N]",
			"confirm_s,", answer_config_reload, true },
	{ .name = NULL },
};

static const struct cgn_telemetry_path *const lists[] = {
	paths,
	cgn_telemetry_leases_paths,
	cgn_telemetry_tables_paths,
};

static const struct cgn_telemetry_path *
path_of(const char *name)
{
	for (size_t i = 0; i < RTE_DIM(lists); i++) {
		for (const struct cgn_telemetry_path *p = lists[i]; p->name != NULL; p++) {
			if (strcmp(p->name, name) == 0)
				return p;
		}
	}
	return NULL;
}

/* --- threads ------------------------------------------------------------------------------- */

/* Begin to answer a question. This runs in the control thread. */
static void
question_begin(void *arg, struct cgn_request_queue_req *req, uint64_t now_ms)
{
	struct cgn_telemetry_question *q = arg;
	bool is_slow = q->path->is_slow; /* a slow answer may end q before answer() returns */
	int ret;

	q->req = req;
	ret = cgn_telemetry_params_check(q->params, q->path->keys) ? q->path->answer(q, now_ms)
								   : -EINVAL;
	if (ret < 0)
		cgn_telemetry_question_fail(q, ret);
	if (ret < 0 || !is_slow)
		cgn_request_queue_done(req, 0);
}

/* Answer a call of the telemetry socket. This runs in a thread of DPDK, and waits for the control thread. */
static int
called(const char *cmd, const char *params, struct rte_tel_data *out)
{
	struct cgn_telemetry_question q = { .out = out };
	int ret = -ESHUTDOWN;

	q.path = path_of(cmd);
	if (q.path == NULL)
		return -ENOENT;
	if (params != NULL && strlen(params) >= sizeof(q.params)) {
		cgn_telemetry_question_fail(&q, -EINVAL);
		return 0;
	}
	if (params != NULL)
		strcpy(q.params, params);
	pthread_rwlock_rdlock(&telemetry.lock);
	q.control = telemetry.control;
	q.version = telemetry.version;
	if (telemetry.ask != NULL)
		ret = cgn_request_queue_call(telemetry.ask, question_begin, &q, CGN_CTL_BEGIN_MS);
	pthread_rwlock_unlock(&telemetry.lock);
	if (ret < 0)
		cgn_telemetry_question_fail(&q, ret == -ETIMEDOUT ? -EBUSY : ret);
	return 0;
}

static void
register_paths(const struct cgn_telemetry_path *p)
{
	for (; p->name != NULL; p++) {
		int ret = rte_telemetry_register_cmd(p->name, called, p->help);

		if (ret < 0)
			CGN_LOG(SYSTEM_ERROR, "path cannot be registered path=%s errno=%d", p->name,
					-ret);
	}
}

static void
question_run(void *arg, uint64_t now_ms)
{
	cgn_request_queue_run(arg, now_ms);
}

int
cgn_telemetry_start(struct cgn_control *control, const char *version)
{
	struct cgn_request_queue *ask;
	int ret = cgn_request_queue_create(&ask);

	if (ret < 0)
		return ret;
	ret = cgn_loop_add_fd(
			cgn_control_loop(control), cgn_request_queue_fd(ask), question_run, ask);
	if (ret < 0) {
		cgn_request_queue_destroy(ask);
		return ret;
	}
	cgn_clearlog_init(&telemetry.clears, cgn_loop_timers(cgn_control_loop(control)));
	pthread_rwlock_wrlock(&telemetry.lock);
	telemetry.ask = ask;
	telemetry.control = control;
	telemetry.version = version;
	pthread_rwlock_unlock(&telemetry.lock);
	for (size_t i = 0; i < RTE_DIM(lists); i++)
		register_paths(lists[i]);
	return 0;
}

void
cgn_telemetry_stop(void)
{
	if (telemetry.ask == NULL)
		return;
	/* First no new questions. Then those under way end, so that their threads release the lock. */
	cgn_request_queue_close(telemetry.ask);
	cgn_loop_del_fd(cgn_control_loop(telemetry.control), cgn_request_queue_fd(telemetry.ask));
	cgn_reload_close(cgn_control_reload(telemetry.control));
	cgn_dpclient_cancel(cgn_control_client(telemetry.control));
	if (cgn_control_portmap(telemetry.control) != NULL)
		cgn_lessor_wait_cancel(cgn_portmap_lessor(cgn_control_portmap(telemetry.control)),
				cgn_loop_now_ms());
	cgn_clearlog_fini(&telemetry.clears);
	pthread_rwlock_wrlock(&telemetry.lock);
	cgn_request_queue_destroy(telemetry.ask);
	telemetry.ask = NULL;
	pthread_rwlock_unlock(&telemetry.lock);
}
