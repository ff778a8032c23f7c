/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads tables of the workers in small slices, for telemetry and for the scan for subscribers, and ends mappings in the
 * same way.
 *
 * A worker writes to a buffer of the job, not of the caller, because a late worker may still write
 * after the caller has given up.
 */
#include "controlplane/workers/table_reader.h"

#include "controlplane/loop/loop.h"
#include "shared/ctl.h"

#include <errno.h>
#include <stdlib.h>

#define SLICES_MAX 256 /* of a page; a page that finds mostly free entries ends with fewer rows */

struct job;

/** One kind of reading: how to make its next command, and what to do with a reply. */
struct kind {
	void (*command)(struct job *j, struct cgn_cmd *cmd);
	/** @return 1: complete, 0: next command, -errno */
	int (*reply)(struct job *j, const struct cgn_evt *evt);
};

struct job {
	const struct kind *kind;
	struct cgn_dpclient *client;
	const struct cgn_planes *planes;
	cgn_table_reader_done done;
	void *arg;
	unsigned int refs; /* commands that may still write to `rows` */
	unsigned int slices;
	unsigned int worker;
	struct cgn_table_reader_page *page;
	struct cgn_table_reader_clear *clear;
	struct cgn_who_info *who;
	struct cgn_subscriber_detail *detail;
	struct cgn_ep4 ep;
	struct cgn_ip6 b4;
	struct cgn_table_filter conditions;
	union {
		struct cgn_mapping_info mappings[CGN_READ_SLICE];
		struct cgn_subscriber_info subscribers[CGN_READ_SLICE];
		struct cgn_drain_info drains[CGN_READ_SLICE];
		struct cgn_who_info who;
		struct cgn_subscriber_detail detail;
	} rows;
};

static int reader_send(struct job *j, uint64_t now_ms);

static void
reader_release(void *lent)
{
	struct job *j = lent;

	if (--j->refs == 0)
		free(j);
}

static void
reader_replied(void *arg, int ret, const struct cgn_evt *evt)
{
	struct job *j = arg;

	if (evt != NULL)
		ret = j->kind->reply(j, evt);
	if (ret == 0)
		ret = reader_send(j, cgn_loop_now_ms());
	if (ret != 0)
		j->done(j->arg, ret < 0 ? ret : 0);
}

static int
reader_send(struct job *j, uint64_t now_ms)
{
	struct cgn_dpclient_call call = {
		.done = reader_replied,
		.arg = j,
		.release = reader_release,
		.lent = j,
		.timeout_ms = CGN_CTL_WORKER_MS,
	};
	struct cgn_cmd cmd = { .u.read.out = &j->rows };
	int ret;

	j->kind->command(j, &cmd);
	/* Each command that a worker may still carry out keeps the buffer, even after the caller has its
	 * answer. */
	ret = cgn_dpclient_send(j->client, j->worker, &cmd, &call, now_ms);
	if (ret == 0)
		j->refs++;
	return ret;
}

static struct job *
reader_create(const struct kind *kind, struct cgn_dpclient *client, const struct cgn_planes *planes,
		cgn_table_reader_done done, void *arg)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->kind = kind;
	j->client = client;
	j->planes = planes;
	j->done = done;
	j->arg = arg;
	return j;
}

static int
reader_start(struct job *j, uint64_t now_ms)
{
	int ret = reader_send(j, now_ms);

	if (ret < 0)
		free(j);
	return ret;
}

/* --- rows of tables ------------------------------------------------------------------------ */

static void
page_command(struct job *j, struct cgn_cmd *cmd)
{
	struct cgn_table_reader_page *p = j->page;
	uint32_t room = p->max - p->n;

	cmd->op = p->op;
	cmd->u.read.cursor = p->cursor.at;
	cmd->u.read.max = room < CGN_READ_SLICE ? room : CGN_READ_SLICE;
	cmd->u.read.has_filter = p->has_filter;
	cmd->u.read.ep.addr = p->filter;
	cmd->u.read.b4 = p->filter6;
	cmd->u.read.filter = p->has_conditions ? &j->conditions : NULL;
}

/* The next command goes on at @p at, or at the next worker. @return whether this was the last one */
static bool
move_on(struct job *j, struct cgn_table_reader_cursor *cursor, uint64_t at, bool is_done)
{
	cursor->at = is_done ? 0 : at;
	j->worker += is_done ? 1 : 0;
	cursor->worker = j->worker;
	return j->worker >= j->planes->n_workers;
}

static int
page_reply(struct job *j, const struct cgn_evt *evt)
{
	struct cgn_table_reader_page *p = j->page;
	uint32_t n = evt->u.read.n;

	if (evt->ret < 0)
		return evt->ret;
	/* More rows than asked for would not fit into the caller's memory. */
	if (n > p->max - p->n || n > CGN_READ_SLICE)
		return -EPROTO;
	if (p->op == CGN_CMD_READ_MAPPINGS)
		memcpy((struct cgn_mapping_info *)p->rows + p->n, j->rows.mappings,
				n * sizeof(j->rows.mappings[0]));
	else if (p->op == CGN_CMD_READ_DRAINS)
		memcpy((struct cgn_drain_info *)p->rows + p->n, j->rows.drains,
				n * sizeof(j->rows.drains[0]));
	else
		memcpy((struct cgn_subscriber_info *)p->rows + p->n, j->rows.subscribers,
				n * sizeof(j->rows.subscribers[0]));
	p->n += n;
	p->is_end = move_on(j, &p->cursor, evt->u.read.cursor, evt->u.read.done != 0);
	return p->is_end || p->n == p->max || ++j->slices == SLICES_MAX;
}

static const struct kind page_kind = { .command = page_command, .reply = page_reply };

int
cgn_table_reader_page(struct cgn_dpclient *client, const struct cgn_planes *planes,
		struct cgn_table_reader_page *page, cgn_table_reader_done done, void *arg,
		uint64_t now_ms)
{
	struct job *j;

	if (page->cursor.worker >= planes->n_workers)
		return -EINVAL;
	j = reader_create(&page_kind, client, planes, done, arg);
	if (j == NULL)
		return -ENOMEM;
	page->n = 0;
	page->is_end = false;
	j->page = page;
	j->conditions = page->conditions;
	j->worker = page->cursor.worker;
	return reader_start(j, now_ms);
}

/* --- the end of mappings ------------------------------------------------------------------- */

static void
clear_command(struct job *j, struct cgn_cmd *cmd)
{
	cmd->op = CGN_CMD_CLEAR;
	cmd->u.read.out = NULL;
	cmd->u.read.cursor = j->clear->cursor.at;
	cmd->u.read.filter = &j->conditions;
}

static int
clear_reply(struct job *j, const struct cgn_evt *evt)
{
	const struct cgn_evt_clear *r = &evt->u.clear;
	struct cgn_table_reader_clear *c = j->clear;

	if (evt->ret < 0)
		return evt->ret;
	c->ended += r->ended;
	c->leases += r->leases;
	c->statics += r->statics;
	c->is_end = move_on(j, &c->cursor, r->cursor, r->done != 0);
	return c->is_end || ++j->slices == SLICES_MAX;
}

static const struct kind clear_kind = { .command = clear_command, .reply = clear_reply };

int
cgn_table_reader_clear(struct cgn_dpclient *client, const struct cgn_planes *planes,
		struct cgn_table_reader_clear *clear, cgn_table_reader_done done, void *arg,
		uint64_t now_ms)
{
	struct job *j;

	if (clear->cursor.worker >= planes->n_workers)
		return -EINVAL;
	j = reader_create(&clear_kind, client, planes, done, arg);
	if (j == NULL)
		return -ENOMEM;
	clear->ended = clear->leases = clear->statics = 0;
	j->clear = clear;
	j->conditions = clear->conditions;
	j->worker = clear->cursor.worker;
	return reader_start(j, now_ms);
}

/* --- who ----------------------------------------------------------------------------------- */

static void
who_command(struct job *j, struct cgn_cmd *cmd)
{
	cmd->op = CGN_CMD_WHO;
	cmd->u.read.max = 1;
	cmd->u.read.ep = j->ep;
}

/* -EXDEV: the address belongs to another worker, so the next one is asked. */
static int
who_reply(struct job *j, const struct cgn_evt *evt)
{
	if (evt->ret == -EXDEV)
		return ++j->worker < j->planes->n_workers ? 0 : -ENOENT;
	if (evt->ret < 0)
		return evt->ret;
	*j->who = j->rows.who;
	return 1;
}

static const struct kind who_kind = { .command = who_command, .reply = who_reply };

int
cgn_table_reader_who(struct cgn_dpclient *client, const struct cgn_planes *planes,
		const struct cgn_ep4 *ep, struct cgn_who_info *out, cgn_table_reader_done done,
		void *arg, uint64_t now_ms)
{
	struct job *j = reader_create(&who_kind, client, planes, done, arg);

	if (j == NULL)
		return -ENOMEM;
	j->ep = *ep;
	j->who = out;
	return reader_start(j, now_ms);
}

/* --- one subscriber ------------------------------------------------------------------------ */

static void
subscriber_command(struct job *j, struct cgn_cmd *cmd)
{
	cmd->op = CGN_CMD_SUBSCRIBER;
	cmd->u.read.max = 1;
	cmd->u.read.ep = j->ep;
	cmd->u.read.b4 = j->b4;
}

/* One worker has the subscriber. All of them know its group, and another one may have refused a restored lease of it. */
static int
subscriber_reply(struct job *j, const struct cgn_evt *evt)
{
	const struct cgn_subscriber_detail *found = &j->rows.detail;

	if (evt->ret < 0)
		return evt->ret;
	if (j->worker == 0 || found->is_subscriber ||
			found->info.refused_total > j->detail->info.refused_total)
		*j->detail = *found;
	return found->is_subscriber || ++j->worker == j->planes->n_workers;
}

static const struct kind subscriber_kind = {
	.command = subscriber_command,
	.reply = subscriber_reply,
};

int
cgn_table_reader_subscriber(struct cgn_dpclient *client, const struct cgn_planes *planes,
		const struct cgn_ip *addr, struct cgn_subscriber_detail *out,
		cgn_table_reader_done done, void *arg, uint64_t now_ms)
{
	struct job *j = reader_create(&subscriber_kind, client, planes, done, arg);

	if (j == NULL)
		return -ENOMEM;
	if (addr->is_ip6)
		j->b4 = addr->ip6;
	else
		j->ep.addr = addr->ip4;
	j->detail = out;
	return reader_start(j, now_ms);
}
