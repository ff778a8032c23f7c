/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The exporter: from the rings of the producers to the queues of the sinks.
 */
#include "controlplane/export/export.h"

#include "controlplane/export/export_boot.h"
#include "controlplane/export/export_clock.h"
#include "controlplane/export/export_file.h"
#include "controlplane/export/export_ipfix.h"
#include "controlplane/export/export_producer.h"
#include "controlplane/export/export_syslog.h"
#include "shared/clock_ms.h"
#include "shared/log.h"
#include "shared/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#define BATCH 64 /* records taken from a ring at once */

CGN_LOG_TYPE("export");

struct cgn_export {
	struct cgn_export_origin origin;
	struct cgn_export_clock clock;
	struct cgn_export_boot boot;
	bool has_served;                                    /* the start was successful */
	uint64_t seq;                                       /* number of its last own record */
	struct cgn_record_door control;                     /* of the control thread */
	struct cgn_record_door *doors[CGN_WORKERS_MAX + 1]; /* by producer; the exporter has none */
	unsigned int n_doors;
	struct cgn_export_sink **sinks;
	size_t n_sinks;
	pthread_t thread;
	bool has_thread;
	_Atomic(bool) is_ending;
	cgn_counter lost[CGN_RECORD_KIND_COUNT]; /* in the rings */
	uint64_t given[CGN_WORKERS_MAX + 1];     /* by door: last number given to the sinks */
	/* By producer: when the next checkpoint is due, monotonic. */
	int64_t checkpoint_ms[CGN_WORKERS_MAX + 2];
};

/* --- the way of a record ----------------------------------------------------------------------- */

static void
give(struct cgn_export *e, const struct cgn_record *r, uint32_t n)
{
	for (size_t i = 0; i < e->n_sinks; i++)
		cgn_export_queue_put(cgn_export_sink_queue(e->sinks[i]), r, n);
}

/* Make a record of the exporter itself. @param time_ms  UTC */
static void
tell_at(struct cgn_export *e, struct cgn_record *r, int64_t time_ms)
{
	r->time = (uint64_t)time_ms;
	r->seq = ++e->seq;
	r->producer = cgn_export_producer_self(e->origin.n_workers);
	give(e, r, 1);
}

static void
tell(struct cgn_export *e, struct cgn_record *r)
{
	tell_at(e, r, cgn_clock_ms(CLOCK_REALTIME));
}

static void
read_clocks(struct cgn_export *e)
{
	struct cgn_record r = { .event = CGN_RECORD_CLOCK_STEP };

	r.step_ms = cgn_export_clock_read(&e->clock);
	if (r.step_ms == 0)
		return;
	CGN_LOG(WARNING, "the wall clock was set step_ms=%lld", (long long)r.step_ms);
	tell(e, &r);
}

/* Records that were lost in the ring of their producer are lost for all sinks. */
static void
count_ring_loss(struct cgn_export *e, const struct cgn_record *gap)
{
	for (unsigned int k = 0; k < CGN_RECORD_KIND_COUNT; k++)
		cgn_counter_add(&e->lost[k], gap->gap.lost[k]);
}

/* @return whether the ring may have more */
static bool
collect_from(struct cgn_export *e, struct cgn_record_door *door)
{
	struct cgn_record r[BATCH];
	unsigned int n = rte_ring_sc_dequeue_burst_elem(door->ring, r, sizeof(r[0]), BATCH, NULL);

	for (unsigned int i = 0; i < n; i++) {
		r[i].time = cgn_export_clock_utc(&e->clock, r[i].time);
		if (r[i].event == CGN_RECORD_GAP)
			count_ring_loss(e, &r[i]);
	}
	if (n > 0) {
		give(e, r, n);
		e->given[door->producer] = r[n - 1].seq;
	}
	for (unsigned int i = 0; i < n; i++)
		cgn_record_release(&r[i]);
	return n == BATCH;
}

/* @return whether there is more */
static bool
collect(struct cgn_export *e)
{
	bool has_more = false;

	read_clocks(e);
	for (unsigned int i = 0; i < e->n_doors; i++)
		has_more |= collect_from(e, e->doors[i]);
	return has_more;
}

static bool
settle(struct cgn_export *e)
{
	bool is_settled = true;

	for (size_t i = 0; i < e->n_sinks; i++)
		is_settled &= cgn_export_queue_settle(cgn_export_sink_queue(e->sinks[i]));
	return is_settled;
}

/* --- checkpoints ------------------------------------------------------------------------------- */

/* Tell the number of the last record of a producer. @param time_ms  UTC */
static void
give_checkpoint(struct cgn_export *e, unsigned int producer, uint64_t time_ms)
{
	const struct cgn_record r = {
		.time = time_ms,
		.seq = producer < e->n_doors ? e->given[producer] : e->seq,
		.producer = (uint16_t)producer,
		.event = CGN_RECORD_CHECKPOINT,
	};

	give(e, &r, 1);
}

/* Whether all that a producer has made before now was given to the sinks. */
static bool
is_up_to_date(const struct cgn_export *e, unsigned int producer)
{
	return producer >= e->n_doors ||
			cgn_record_door_last(e->doors[producer]) == e->given[producer];
}

/* Make the checkpoints that are due. A producer that is busy right now gets its own later. */
static void
make_checkpoints(struct cgn_export *e)
{
	int64_t now_ms = cgn_clock_ms(CLOCK_MONOTONIC);
	bool is_new = false;

	for (size_t i = 0; i < e->n_sinks; i++)
		is_new |= cgn_export_sink_was_opened(e->sinks[i]);
	for (unsigned int p = 0; p < cgn_export_producer_count(e->origin.n_workers); p++) {
		/* Before the number is read: see cgn_record_door_time(). */
		uint64_t cycles = p < e->n_doors ? cgn_record_door_time(e->doors[p]) : rte_rdtsc();

		if (is_new)
			e->checkpoint_ms[p] = now_ms;
		if (now_ms < e->checkpoint_ms[p] || !is_up_to_date(e, p))
			continue;
		give_checkpoint(e, p, cgn_export_clock_utc(&e->clock, cycles));
		e->checkpoint_ms[p] = now_ms + CGN_EXPORT_CHECKPOINT_MS;
	}
}

static void *
export_work(void *arg)
{
	struct cgn_export *e = arg;

	while (!atomic_load(&e->is_ending)) {
		bool has_more = collect(e);

		/* Also while one producer floods: the others have gaps and checkpoints, too. */
		(void)settle(e);
		make_checkpoints(e);
		if (!has_more)
			(void)poll(NULL, 0, CGN_EXPORT_POLL_MS);
	}
	return NULL;
}

/* --- the end ----------------------------------------------------------------------------------- */

/* Whether each sink that works has taken what is in its queue. */
static bool
is_taken(const struct cgn_export *e)
{
	for (size_t i = 0; i < e->n_sinks; i++) {
		if (!cgn_export_sink_is_failing(e->sinks[i]) &&
				cgn_export_queue_count(cgn_export_sink_queue(e->sinks[i])) > 0)
			return false;
	}
	return true;
}

/* Wait for the sinks, so that the last records find room. */
static void
wait_for_sinks(struct cgn_export *e, int64_t end_ms)
{
	while ((!settle(e) || !is_taken(e)) && cgn_clock_ms(CLOCK_MONOTONIC) < end_ms)
		(void)poll(NULL, 0, 1);
}

/* The producers have ended: take what they have left, also what was lost last. */
static void
collect_rest(struct cgn_export *e, int64_t end_ms)
{
	bool is_left = true;

	while (is_left) {
		wait_for_sinks(e, end_ms);
		is_left = collect(e);
		for (unsigned int i = 0; i < e->n_doors; i++) {
			is_left |= e->doors[i]->gap.seq != 0 ||
					rte_ring_count(e->doors[i]->ring) > 0;
			(void)cgn_record_door_settle(e->doors[i]);
		}
	}
}

static void
export_stop(struct cgn_export *e)
{
	struct cgn_record stop = { .event = CGN_RECORD_STOP };
	int64_t end_ms = cgn_clock_ms(CLOCK_MONOTONIC) + CGN_EXPORT_SINK_END_MS, time_ms;

	atomic_store(&e->is_ending, true);
	pthread_join(e->thread, NULL);
	collect_rest(e, end_ms);
	wait_for_sinks(e, end_ms);
	/* The producers have ended, so this is how it stays. */
	time_ms = cgn_clock_ms(CLOCK_REALTIME);
	for (unsigned int p = 0; p < cgn_export_producer_count(e->origin.n_workers); p++)
		give_checkpoint(e, p, (uint64_t)time_ms);
	tell_at(e, &stop, time_ms);
}

/* @return whether all threads have ended */
static bool
close_sinks(struct cgn_export *e)
{
	bool are_closed = true;

	for (size_t i = 0; i < e->n_sinks; i++)
		cgn_export_sink_end(e->sinks[i]);
	for (size_t i = 0; i < e->n_sinks; i++)
		are_closed &= cgn_export_sink_destroy(e->sinks[i]);
	return are_closed;
}

void
cgn_export_destroy(struct cgn_export *e)
{
	bool are_closed;

	if (e == NULL)
		return;
	if (e->has_thread)
		export_stop(e);
	are_closed = close_sinks(e);
	if (e->has_served)
		cgn_export_boot_end(&e->boot, &e->origin);
	else
		cgn_export_boot_undo(&e->boot);
	/* A thread that hangs uses the origin if it goes on before the process has ended. */
	if (!are_closed)
		return;
	free(e->sinks);
	free(e->control.ring);
	free(e);
}

/* --- the start --------------------------------------------------------------------------------- */

/* The file beside which the boot file lies: the first one of a sink, or the store. NULL: there is neither. */
static const char *
boot_neighbour(const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->export.n_sinks; i++) {
		if (conf->export.sinks[i].type == CGN_EXPORT_FILE)
			return conf->export.sinks[i].path;
	}
	return conf->store_path[0] != '\0' ? conf->store_path : NULL;
}

static void
begin_boot(struct cgn_export *e, const struct cgn_conf *conf)
{
	char path[1024 + sizeof(CGN_EXPORT_BOOT_SUFFIX)];
	const char *neighbour = boot_neighbour(conf);

	if (neighbour == NULL) {
		CGN_LOG(WARNING,
				"a crash will not be noticed, there is neither a file of records nor a store");
		e->origin.after = CGN_EXPORT_AFTER_UNKNOWN;
		return;
	}
	snprintf(path, sizeof(path), "%s" CGN_EXPORT_BOOT_SUFFIX, neighbour);
	cgn_export_boot_begin(&e->boot, path, &e->origin);
}

static int
create_ipfix(struct cgn_export_ipfix **out, const struct cgn_conf_export_sink *conf,
		const struct cgn_export_net_cfg *net, const struct cgn_export_origin *origin)
{
	const struct cgn_export_ipfix_cfg cfg = {
		.net = *net,
		.domain = conf->domain,
		.templates_every_s = conf->templates_every_s,
		.connect_every_s = conf->connect_every_s,
	};

	return cgn_export_ipfix_create(out, &cfg, origin);
}

/* What a sink writes to. */
static int
create_receiver(const struct cgn_conf_export_sink *conf, const struct cgn_export_origin *origin,
		const struct cgn_export_sink_ops **ops, void **ctx)
{
	const struct cgn_export_net_cfg net = {
		.to = &conf->to,
		.ca = conf->ca,
		.cert = conf->cert,
		.key = conf->key,
		.timeout_ms = CGN_EXPORT_NET_TIMEOUT_MS,
	};

	struct cgn_export_file *file = NULL;
	struct cgn_export_syslog *syslog = NULL;
	struct cgn_export_ipfix *ipfix = NULL;
	int ret = -ENOTSUP;

	switch (conf->type) {
	case CGN_EXPORT_FILE:
		ret = cgn_export_file_create(&file, conf->path, origin);
		*ops = &cgn_export_file_ops;
		*ctx = file;
		break;
	case CGN_EXPORT_SYSLOG:
		ret = cgn_export_syslog_create(&syslog, &net, origin);
		*ops = &cgn_export_syslog_ops;
		*ctx = syslog;
		break;
	case CGN_EXPORT_IPFIX:
		ret = create_ipfix(&ipfix, conf, &net, origin);
		*ops = &cgn_export_ipfix_ops;
		*ctx = ipfix;
		break;
	}
	return ret;
}

static int
create_sink(struct cgn_export *e, const struct cgn_conf_export *conf, size_t i)
{
	const struct cgn_export_sink_ops *ops;
	void *ctx;
	int ret = create_receiver(&conf->sinks[i], &e->origin, &ops, &ctx);

	if (ret < 0)
		return ret;
	ret = cgn_export_sink_create(&e->sinks[i], conf->sinks[i].name, ops, ctx, conf->queue_max,
			cgn_export_producer_count(e->origin.n_workers));
	e->n_sinks += ret == 0 ? 1 : 0;
	return ret;
}

/* The ring of the control thread holds as many records as that of a worker. */
static int
open_control_door(struct cgn_export *e, const struct cgn_conf_export *conf)
{
	ssize_t bytes = rte_ring_get_memsize_elem(
			sizeof(struct cgn_record), rte_align32pow2(conf->queue_max + 1));

	e->control = (struct cgn_record_door){
		.kinds = cgn_conf_export_kinds(conf),
		.producer = cgn_export_producer_control(e->origin.n_workers),
		.ring = aligned_alloc(RTE_CACHE_LINE_SIZE,
				RTE_ALIGN_CEIL((size_t)bytes, RTE_CACHE_LINE_SIZE)),
	};
	if (e->control.ring == NULL)
		return -ENOMEM;
	e->doors[e->n_doors++] = &e->control;
	return rte_ring_init(e->control.ring, "cgn", conf->queue_max,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
}

static int
start(struct cgn_export *e, const struct cgn_export_cfg *cfg)
{
	const struct cgn_conf_export *conf = &cfg->conf->export;
	struct cgn_record first = { .event = CGN_RECORD_START };
	int ret = cgn_export_origin_init(&e->origin, cfg->conf);

	if (ret < 0)
		return ret;
	for (unsigned int w = 0; w < cfg->planes->n_workers; w++)
		e->doors[e->n_doors++] = cfg->planes->workers[w].records;
	ret = open_control_door(e, conf);
	if (ret < 0)
		return ret;
	e->sinks = calloc(conf->n_sinks, sizeof(struct cgn_export_sink *));
	if (e->sinks == NULL)
		return -ENOMEM;
	begin_boot(e, cfg->conf);
	for (size_t i = 0; ret == 0 && i < conf->n_sinks; i++)
		ret = create_sink(e, conf, i);
	if (ret < 0)
		return ret;
	(void)cgn_export_clock_read(&e->clock);
	tell(e, &first);
	ret = cgn_thread_start(&e->thread, export_work, e);
	e->has_thread = ret == 0;
	return ret;
}

int
cgn_export_create(struct cgn_export **out, const struct cgn_export_cfg *cfg)
{
	struct cgn_export *e = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*e)); /* it has a door */
	int ret;

	if (e == NULL)
		return -ENOMEM;
	memset(e, 0, sizeof(*e));
	e->clock.hz = cfg->tsc_hz;
	e->boot.fd = -1;
	ret = start(e, cfg);
	if (ret < 0) {
		cgn_export_destroy(e);
		return ret;
	}
	*out = e;
	return 0;
}

void
cgn_export_serve(struct cgn_export *e)
{
	if (e != NULL)
		e->has_served = true;
}

struct cgn_record_door *
cgn_export_door(struct cgn_export *e, enum cgn_record_kind kind)
{
	return e != NULL && cgn_record_door_wants(&e->control, kind) ? &e->control : NULL;
}

void
cgn_export_settle(struct cgn_export *e)
{
	if (e != NULL)
		(void)cgn_record_door_settle(&e->control);
}

void
cgn_export_reopen(struct cgn_export *e)
{
	for (size_t i = 0; e != NULL && i < e->n_sinks; i++)
		cgn_export_sink_reopen(e->sinks[i]);
}

/* --- counters ---------------------------------------------------------------------------------- */

static uint64_t
export_written(const struct cgn_export *e, enum cgn_record_kind kind)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < e->n_sinks; i++)
		sum += cgn_export_sink_written(e->sinks[i], kind);
	return sum;
}

static uint64_t
export_lost(const struct cgn_export *e, enum cgn_record_kind kind)
{
	/* A record that was lost in a ring is missing in each sink. */
	uint64_t sum = cgn_counter_get(&e->lost[kind]) * e->n_sinks;

	for (size_t i = 0; i < e->n_sinks; i++)
		sum += cgn_export_sink_lost(e->sinks[i], kind);
	return sum;
}

static struct cgn_export_stats
export_sum(const struct cgn_export *e)
{
	struct cgn_export_stats s = {
#define STATS_OF_KIND(id, name)                                  \
	.written_##id = export_written(e, CGN_RECORD_KIND_##id), \
	.lost_##id = export_lost(e, CGN_RECORD_KIND_##id),
		CGN_RECORD_KINDS(STATS_OF_KIND)
#undef STATS_OF_KIND
	};

	for (size_t i = 0; i < e->n_sinks; i++) {
		s.failing += cgn_export_sink_is_failing(e->sinks[i]) ? 1 : 0;
		s.resent += cgn_export_sink_resent(e->sinks[i]);
		s.failures += cgn_export_sink_failures(e->sinks[i]);
	}
	return s;
}

struct cgn_export_stats
cgn_export_stats(const struct cgn_export *e)
{
	return e == NULL ? (struct cgn_export_stats){ 0 } : export_sum(e);
}
