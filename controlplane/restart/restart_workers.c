/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Drives the workers while their state is saved or loaded: one command at a time for each of them, all of them at once.
 */
#include "controlplane/restart/restart_workers.h"

#include "shared/clock_ms.h"
#include "shared/state_scan.h"

#include <errno.h>
#include <stdlib.h>

#define AGAIN_MS 1 /* until a worker without room for records is asked again */

struct crew;

/** The work of one worker. */
struct job {
	struct crew *crew;
	unsigned int worker;
	bool is_over;
	bool is_again;   /* the same command is to be sent again */
	uint32_t serial; /* save: number of the next chunk */
	uint64_t cursor; /* save: of the next chunk */
	uint8_t *room;   /* save: CGN_RESTART_WORKERS_ROOM octets for chunks */
	size_t at;       /* save: octets in it; load: where the next chunk is */
};

/** The work of all workers. A worker that is late may still use the memory, so the last reply frees it. */
struct crew {
	struct cgn_restart_workers w; /* a copy: a reply may come when the caller has gone on */
	/* Make the next command. @return false: there is none */
	bool (*command)(struct job *j, struct cgn_cmd *cmd);
	/* Take a reply. @return 1: the worker has no more; 0: go on; -errno */
	int (*reply)(struct job *j, const struct cgn_evt *evt);
	uint32_t timeout_ms;
	int ret;
	unsigned int n_open; /* jobs that are not over */
	unsigned int refs;   /* commands under way, and the function that runs */
	cgn_restart_workers_put put;
	void *ctx;
	const uint8_t *chunks;
	size_t len;
	struct cgn_state_counts *counts;
	struct job jobs[CGN_WORKERS_MAX];
};

static void job_step(struct job *j);

static void
crew_release(void *arg)
{
	struct crew *c = arg;

	if (--c->refs > 0)
		return;
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
		free(c->jobs[w].room);
	free(c);
}

static void
job_end(struct job *j, int ret)
{
	if (ret < 0 && j->crew->ret == 0)
		j->crew->ret = ret;
	j->is_over = true;
	if (--j->crew->n_open == 0)
		cgn_loop_rouse(j->crew->w.loop);
}

static void
job_replied(void *arg, int ret, const struct cgn_evt *evt)
{
	struct job *j = arg;

	/* After an error nobody waits for the replies, and what they are for may be gone. */
	if (evt != NULL && j->crew->ret == 0)
		ret = j->crew->reply(j, evt);
	if (ret == -EAGAIN)
		j->is_again = true;
	else if (ret != 0 || j->crew->ret < 0)
		job_end(j, ret);
	else
		job_step(j);
}

/* Send the next command. */
static void
job_step(struct job *j)
{
	const struct cgn_dpclient_call call = {
		.done = job_replied,
		.arg = j,
		.release = crew_release,
		.lent = j->crew,
		.timeout_ms = j->crew->timeout_ms,
	};
	struct cgn_cmd cmd = { 0 };
	int ret;

	if (!j->crew->command(j, &cmd)) {
		job_end(j, 0);
		return;
	}
	ret = cgn_dpclient_send(j->crew->w.client, j->worker, &cmd, &call, cgn_loop_now_ms());
	if (ret < 0)
		job_end(j, ret);
	else
		j->crew->refs++;
}

static struct crew *
crew_create(const struct cgn_restart_workers *w, bool (*command)(struct job *, struct cgn_cmd *),
		int (*reply)(struct job *, const struct cgn_evt *))
{
	struct crew *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->w = *w;
	c->command = command;
	c->reply = reply;
	c->timeout_ms = CGN_RESTART_WORKERS_TIMEOUT_MS;
	c->refs = 1;
	for (unsigned int i = 0; i < w->planes->n_workers; i++)
		c->jobs[i] = (struct job){ .crew = c, .worker = i };
	return c;
}

/* Run the loop until all jobs are over, and release the crew. */
static int
crew_run(struct crew *c)
{
	unsigned int n = c->w.planes->n_workers;
	int ret = 0;

	c->n_open = n;
	for (unsigned int i = 0; i < n; i++)
		job_step(&c->jobs[i]);
	while (c->n_open > 0 && ret == 0) {
		bool waits = false;

		for (unsigned int i = 0; i < n; i++)
			waits |= c->jobs[i].is_again;
		ret = cgn_loop_turn(c->w.loop, waits ? AGAIN_MS : 20);
		for (unsigned int i = 0; waits && i < n; i++) {
			struct job *j = &c->jobs[i];

			if (!j->is_again)
				continue;
			j->is_again = false;
			job_step(j);
		}
	}
	if (c->ret == 0)
		c->ret = ret;
	ret = c->ret;
	crew_release(c);
	return ret;
}

/* --- one command for each ---------------------------------------------------------------------- */

static bool
pause_command(struct job *j, struct cgn_cmd *cmd)
{
	(void)j;
	cmd->op = CGN_CMD_PAUSE;
	return true;
}

static bool
loaded_command(struct job *j, struct cgn_cmd *cmd)
{
	(void)j;
	cmd->op = CGN_CMD_STATE_LOADED;
	cmd->u.state.time_ms = (uint64_t)cgn_clock_ms(CLOCK_BOOTTIME);
	return true;
}

static int
only_reply(struct job *j, const struct cgn_evt *evt)
{
	(void)j;
	return evt->ret < 0 ? evt->ret : 1;
}

static int
run_one(const struct cgn_restart_workers *w, bool (*command)(struct job *, struct cgn_cmd *))
{
	struct crew *c = crew_create(w, command, only_reply);

	return c == NULL ? -ENOMEM : crew_run(c);
}

int
cgn_restart_workers_pause(const struct cgn_restart_workers *w)
{
	return run_one(w, pause_command);
}

int
cgn_restart_workers_loaded(const struct cgn_restart_workers *w)
{
	return run_one(w, loaded_command);
}

/* --- save -------------------------------------------------------------------------------------- */

static bool
save_command(struct job *j, struct cgn_cmd *cmd)
{
	cmd->op = CGN_CMD_STATE_SAVE;
	cmd->u.state.cursor = j->cursor;
	cmd->u.state.serial = j->serial;
	cmd->u.state.time_ms = (uint64_t)cgn_clock_ms(CLOCK_BOOTTIME);
	cmd->u.state.out = j->room + j->at;
	cmd->u.state.len = (uint32_t)(CGN_RESTART_WORKERS_ROOM - j->at);
	return true;
}

static int
save_reply(struct job *j, const struct cgn_evt *evt)
{
	struct crew *c = j->crew;
	bool is_last = evt->u.state.done != 0;
	int ret = 0;

	if (evt->ret < 0)
		return evt->ret;
	if (evt->u.state.len > CGN_RESTART_WORKERS_ROOM - j->at)
		return -EPROTO;
	j->cursor = evt->u.state.cursor;
	for (uint32_t at = 0, len; at < evt->u.state.len; at += len, j->serial++) {
		len = cgn_state_scan_length(j->room + j->at + at, evt->u.state.len - at);
		if (len == 0)
			return -EPROTO;
	}
	j->at += evt->u.state.len;
	if (is_last || CGN_RESTART_WORKERS_ROOM - j->at < CGN_STATE_CHUNK_MAX) {
		ret = c->put(c->ctx, j->room, j->at);
		j->at = 0;
	}
	return ret < 0 ? ret : is_last;
}

int
cgn_restart_workers_save(
		const struct cgn_restart_workers *w, cgn_restart_workers_put put, void *ctx)
{
	struct crew *c = crew_create(w, save_command, save_reply);

	if (c == NULL)
		return -ENOMEM;
	c->put = put;
	c->ctx = ctx;
	for (unsigned int i = 0; i < w->planes->n_workers; i++) {
		c->jobs[i].room = malloc(CGN_RESTART_WORKERS_ROOM);
		if (c->jobs[i].room == NULL) {
			crew_release(c);
			return -ENOMEM;
		}
	}
	return crew_run(c);
}

/* --- load -------------------------------------------------------------------------------------- */

static bool
load_command(struct job *j, struct cgn_cmd *cmd)
{
	const struct crew *c = j->crew;

	if (j->at == c->len)
		return false;
	cmd->op = CGN_CMD_STATE_LOAD;
	cmd->u.state.time_ms = (uint64_t)cgn_clock_ms(CLOCK_BOOTTIME);
	cmd->u.state.in = c->chunks + j->at;
	cmd->u.state.len = (uint32_t)(c->len - j->at);
	cmd->u.state.counts = &c->counts[j->worker];
	return true;
}

/* A worker without room for records has taken the first chunks, perhaps. */
static int
load_reply(struct job *j, const struct cgn_evt *evt)
{
	if (evt->u.state.len > j->crew->len - j->at)
		return -EPROTO;
	j->at += evt->u.state.len;
	return evt->ret;
}

int
cgn_restart_workers_load(const struct cgn_restart_workers *w, const void *chunks, size_t len,
		struct cgn_state_counts *counts)
{
	struct crew *c = crew_create(w, load_command, load_reply);

	if (c == NULL)
		return -ENOMEM;
	c->timeout_ms = CGN_RESTART_WORKERS_LOAD_MS;
	c->chunks = chunks;
	c->len = len;
	c->counts = counts;
	return crew_run(c);
}
