/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A trace or a capture from its begin to its end: doors to the workers, the stream, and the end by itself.
 */
#include "controlplane/tapper.h"

#include "shared/ctl.h"
#include "shared/tap_filter.h"

#include <errno.h>
#include <stdlib.h>

#define TICK_MS      100
#define RING_TRACE   (1u << 20)
#define RING_CAPTURE (4u << 20)
#define NOBODY       0u          /* as id: the stream was read to its end */
#define OUT_SIZE     (64u << 10) /* of the stream; a record may go beyond it */

enum state {
	OPEN,
	ENDING, /* some worker may still use its door */
	STUCK,  /* the same, and it does not answer: the stream ends without it */
	ENDED,
};

static_assert(CGN_WORKERS_MAX <= 64, "a bit for each worker");

struct session {
	struct cgn_tapper *tapper;
	uint32_t id;
	enum state state;
	enum cgn_tap_why why;
	bool is_told; /* the last record is in the stream */
	uint64_t end_ms;
	uint64_t ended_ms; /* when the workers were told that it ends */
	uint64_t read_ms;
	struct cgn_tap_ask ask;
	struct bpf_insn *filter;
	size_t n_filter;      /* instructions that have come */
	size_t n_filter_want; /* instructions that it has; 0: no filter */
	_Atomic(int64_t) left;
	uint32_t count;
	uint64_t n; /* records in the stream so far */
	unsigned int next_worker;
	size_t out_at; /* octets of `out` that were read */
	size_t out_n;
	uint8_t *out;
	unsigned int n_hooked; /* workers that have a door */
	uint64_t to_tell; /* bit of each worker that has a door and was not told yet that it ends */
	struct cgn_tap_door doors[CGN_WORKERS_MAX];
};

struct cgn_tapper {
	const struct cgn_planes *planes;
	struct cgn_dpclient *client;
	struct cgn_timerq *timers;
	struct cgn_timer timer;
	uint32_t last_id;
	uint32_t gone_id;  /* the last one that nobody has read to its end */
	struct session *s; /* NULL: none */
};

/* --- doors ----------------------------------------------------------------------------------- */

static void
session_free(struct cgn_tapper *t)
{
	struct session *s = t->s;

	t->s = NULL;
	cgn_timerq_cancel(t->timers, &t->timer);
	if (s == NULL)
		return;
	for (unsigned int w = 0; w < t->planes->n_workers; w++)
		cgn_tap_ring_fini(&s->doors[w].ring);
	free(s->out);
	free(s->filter);
	free(s);
}

static void
is_told(void *arg, int ret, const struct cgn_evt *evt)
{
	(void)arg;
	(void)ret;
	(void)evt;
}

/* A worker has replied that it does not use its door any more. */
static void
unhooked(void *session)
{
	struct session *s = session;

	if (--s->n_hooked == 0)
		s->state = ENDED;
}

/* Tell the workers that it ends, as far as their queues have room. One that hangs, with a full queue, does not keep the
 * others from ending. */
static void
unhook(struct session *s, uint64_t now_ms)
{
	struct cgn_dpclient_call call = {
		.done = is_told,
		.release = unhooked,
		.lent = s,
		.timeout_ms = CGN_CTL_WORKER_MS,
	};

	for (unsigned int w = 0; w < s->tapper->planes->n_workers && s->to_tell != 0; w++) {
		const uint64_t bit = UINT64_C(1) << w;
		struct cgn_cmd cmd = { .op = CGN_CMD_TAP };

		if ((s->to_tell & bit) != 0 &&
				cgn_dpclient_send(s->tapper->client, w, &cmd, &call, now_ms) == 0)
			s->to_tell &= ~bit;
	}
}

static void
end(struct session *s, enum cgn_tap_why why, uint64_t now_ms)
{
	if (s->state != OPEN)
		return;
	s->why = why;
	s->state = s->n_hooked == 0 ? ENDED : ENDING;
	s->ended_ms = now_ms;
	for (unsigned int w = 0; w < s->n_hooked; w++)
		s->to_tell |= UINT64_C(1) << w;
	unhook(s, now_ms);
}

static int
hook_all(struct session *s, uint64_t now_ms)
{
	const struct cgn_planes *planes = s->tapper->planes;

	for (unsigned int w = 0; w < planes->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_TAP };
		int ret;

		cmd.u.tap = &s->doors[w];
		ret = cgn_dpclient_send(s->tapper->client, w, &cmd, NULL, now_ms);
		if (ret < 0)
			return ret;
		s->n_hooked++;
	}
	return 0;
}

/* Give all workers a door, or none. */
static int
hook(struct session *s, uint64_t now_ms)
{
	int ret = hook_all(s, now_ms);

	if (ret < 0) {
		/* Nobody will read. The workers that have a door give it back. */
		s->read_ms = 0;
		end(s, CGN_TAP_WHY_ASKED, now_ms);
	}
	return ret;
}

/* --- the stream ------------------------------------------------------------------------------ */

static void
append(struct session *s, const struct cgn_tap_head *h)
{
	memcpy(s->out + s->out_n, h, h->size);
	s->out_n += h->size;
}

static void
append_names(struct session *s, const struct cgn_conf *conf)
{
	struct cgn_tap_names names = {
		.head = { .size = sizeof(names), .kind = CGN_TAP_NAMES },
		.n_ports = (uint32_t)conf->n_ports,
	};

	for (size_t i = 0; i < conf->n_ports; i++)
		memcpy(names.port[i], conf->ports[i].name, sizeof(names.port[i]));
	append(s, &names.head);
}

static void
append_end(struct session *s)
{
	struct cgn_tap_end e = {
		.head = { .size = sizeof(e), .kind = CGN_TAP_END },
		.why = s->why,
		.n = s->n,
	};

	for (unsigned int w = 0; w < s->tapper->planes->n_workers; w++)
		e.lost += atomic_load_explicit(&s->doors[w].lost, memory_order_relaxed);
	append(s, &e.head);
	s->is_told = true;
}

/* Take the records of the workers in turn, so that none waits for a busy one. */
static void
refill(struct session *s)
{
	unsigned int n_workers = s->tapper->planes->n_workers;
	unsigned int n_empty = 0;

	s->out_at = 0;
	s->out_n = 0;
	while (n_empty < n_workers && s->out_n < OUT_SIZE) {
		struct cgn_tap_ring *r = &s->doors[s->next_worker++ % n_workers].ring;
		const struct cgn_tap_head *h = cgn_tap_ring_peek(r);

		n_empty = h == NULL ? n_empty + 1 : 0;
		if (h == NULL)
			continue;
		append(s, h);
		cgn_tap_ring_next(r, h);
		s->n++;
	}
	if (s->out_n == 0 && s->state >= STUCK && !s->is_told)
		append_end(s);
}

/* --- time ------------------------------------------------------------------------------------ */

static void
tick(void *arg, uint64_t now_ms)
{
	struct cgn_tapper *t = arg;
	struct session *s = t->s;
	bool is_gone = now_ms - s->read_ms >= CGN_TAPPER_SILENCE_MS;

	if (is_gone)
		end(s, CGN_TAP_WHY_ASKED, now_ms);
	else if (atomic_load_explicit(&s->left, memory_order_relaxed) <= 0)
		end(s, CGN_TAP_WHY_COUNT, now_ms);
	else if (now_ms >= s->end_ms)
		end(s, CGN_TAP_WHY_TIME, now_ms);
	unhook(s, now_ms);
	if (s->state == ENDING && now_ms - s->ended_ms >= CGN_TAPPER_WORKER_MS) {
		s->state = STUCK;
		s->why = CGN_TAP_WHY_SILENT;
	}
	if (s->state == ENDED && (is_gone || s->id == NOBODY)) {
		if (s->id != NOBODY)
			t->gone_id = s->id;
		session_free(t);
		return;
	}
	(void)cgn_timerq_set(t->timers, &t->timer, now_ms + TICK_MS);
}

/* --- what telemetry calls -------------------------------------------------------------------- */

int
cgn_tapper_create(struct cgn_tapper **out, const struct cgn_planes *planes,
		struct cgn_dpclient *client, struct cgn_timerq *timers)
{
	struct cgn_tapper *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->planes = planes;
	t->client = client;
	t->timers = timers;
	t->timer = (struct cgn_timer){ .fire = tick, .arg = t };
	*out = t;
	return 0;
}

void
cgn_tapper_destroy(struct cgn_tapper *t)
{
	if (t == NULL)
		return;
	session_free(t);
	free(t);
}

static int
session_create(struct cgn_tapper *t, const struct cgn_tapper_job *job, uint64_t now_ms)
{
	struct session *s = aligned_alloc(64, RTE_ALIGN_CEIL(sizeof(*s), 64));
	int ret = 0;

	if (s == NULL)
		return -ENOMEM;
	memset(s, 0, sizeof(*s));
	s->tapper = t;
	s->id = ++t->last_id;
	s->ask = job->ask;
	s->end_ms = now_ms + job->seconds * 1000u;
	s->read_ms = now_ms;
	atomic_init(&s->left, job->count);
	s->out = malloc(OUT_SIZE + CGN_TAP_RECORD_MAX);
	s->n_filter_want = job->n_filter;
	s->filter = calloc(job->n_filter + 1, sizeof(*s->filter));
	t->s = s;
	for (unsigned int w = 0; ret == 0 && w < t->planes->n_workers; w++) {
		s->doors[w].ask = &s->ask;
		s->doors[w].left = &s->left;
		ret = cgn_tap_ring_init(
				&s->doors[w].ring, job->ask.is_capture ? RING_CAPTURE : RING_TRACE);
	}
	if (ret == 0)
		ret = cgn_timerq_set(t->timers, &t->timer, now_ms + TICK_MS);
	if (ret < 0 || s->out == NULL || s->filter == NULL) {
		session_free(t);
		return -ENOMEM;
	}
	return 0;
}

int
cgn_tapper_start(struct cgn_tapper *t, const struct cgn_tapper_job *job,
		const struct cgn_conf *conf, uint64_t now_ms, uint32_t *id)
{
	int ret;

	if (t->s != NULL)
		return t->s->state == STUCK ? -ETIMEDOUT : -EALREADY;
	ret = session_create(t, job, now_ms);
	if (ret < 0)
		return ret;
	append_names(t->s, conf);
	*id = t->s->id;
	return job->n_filter != 0 ? 0 : hook(t->s, now_ms);
}

int
cgn_tapper_filter(struct cgn_tapper *t, uint32_t id, const struct bpf_insn *code, size_t n,
		uint64_t now_ms)
{
	struct session *s = t->s;

	if (s == NULL || s->id != id)
		return -ENOENT;
	if (s->state != OPEN || n > s->n_filter_want - s->n_filter)
		return -EINVAL;
	memcpy(s->filter + s->n_filter, code, n * sizeof(*code));
	s->n_filter += n;
	s->read_ms = now_ms;
	if (s->n_filter < s->n_filter_want)
		return 0;
	if (!cgn_tap_filter_check(s->filter, s->n_filter)) {
		session_free(t);
		return -EINVAL;
	}
	s->ask.filter = s->filter;
	return hook(s, now_ms);
}

int
cgn_tapper_read(struct cgn_tapper *t, uint32_t id, uint8_t *buf, size_t size, size_t *n,
		uint64_t now_ms)
{
	struct session *s = t->s;

	if (s == NULL || s->id != id)
		return id == t->gone_id ? -ECONNABORTED : -ENOENT;
	s->read_ms = now_ms;
	if (s->out_at == s->out_n)
		refill(s);
	*n = RTE_MIN(size, s->out_n - s->out_at);
	memcpy(buf, s->out + s->out_at, *n);
	s->out_at += *n;
	if (!s->is_told || s->out_at < s->out_n)
		return 0;
	/* A worker that hangs may still write to its door. The tick frees it when the worker has answered. */
	if (s->state == ENDED)
		session_free(t);
	else
		s->id = NOBODY;
	return 0;
}

int
cgn_tapper_stop(struct cgn_tapper *t, uint32_t id, uint64_t now_ms)
{
	if (t->s == NULL || t->s->id != id)
		return -ENOENT;
	end(t->s, CGN_TAP_WHY_ASKED, now_ms);
	return 0;
}
