/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The exporter: from the rings of the producers to the queues of the sinks.
 */
#include "controlplane/export/export.h"

#include "controlplane/export/export_boot.h"
#include "controlplane/export/export_clock.h"
#include "controlplane/export/export_doors.h"
#include "controlplane/export/export_producer.h"
#include "shared/clock_ms.h"
#include "shared/log.h"
#include "shared/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>

#define BATCH         64 /* records taken from a ring at once */
#define BOOT_PATH_MAX (1024 + sizeof(CGN_EXPORT_BOOT_SUFFIX))
#define DOORS_MAX     (CGN_WORKERS_MAX + 1)

CGN_LOG_TYPE("export");

/** Doors that the export has made itself. */
struct door_set {
	struct cgn_record_door *at; /* NULL: none */
	unsigned int n;
};

struct cgn_export {
	struct cgn_export_origin origin;
	struct cgn_export_clock clock;
	struct cgn_export_boot boot;
	bool has_served; /* the start was successful */
	uint32_t end_ms; /* time that sinks have at the end */
	uint64_t seq;    /* number of its last own record */
	struct cgn_record_door *doors
			[DOORS_MAX]; /* by producer, those of the producers; the exporter has none */
	unsigned int n_doors;
	/* The same as the exporter sees them. It takes what is left in a ring before it follows to the next one. */
	_Atomic(struct cgn_record_door *) from[DOORS_MAX];
	_Atomic(struct cgn_record_door *) next[DOORS_MAX]; /* NULL: the producer has no other one */
	struct door_set made;   /* doors of this module that the producers use */
	struct door_set before; /* those of before, which the exporter may still look at */
	struct door_set wanted; /* between the two steps of a reload */
	struct cgn_export_sinks sinks;
	struct cgn_export_view views[2];              /* of the exporter, in turn */
	_Atomic(const struct cgn_export_view *) view; /* what it is to use */
	_Atomic(const struct cgn_export_view *) used; /* what it uses */
	int wake_fd;                                  /* ready: there is something to look at */
	pthread_t thread;
	bool has_thread;
	_Atomic(bool) has_begun; /* CGN_RECORD_START was written */
	_Atomic(bool) is_ending;
	cgn_counter lost[CGN_RECORD_KIND_COUNT]; /* in the rings, once for each sink */
	uint64_t given[CGN_WORKERS_MAX + 1];     /* by door: last number given to the sinks */
	/* By producer: when the next checkpoint is due, monotonic. */
	int64_t checkpoint_ms[DOORS_MAX + 1];
};

/* --- the way of a record ----------------------------------------------------------------------- */

static void
give(struct cgn_export *e, const struct cgn_record *r, uint32_t n)
{
	const struct cgn_export_view *v = atomic_load(&e->used);

	for (size_t i = 0; i < v->n; i++)
		cgn_export_queue_put(cgn_export_sink_queue(v->at[i]), r, n);
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
tell_start(struct cgn_export *e)
{
	struct cgn_record first = { .event = CGN_RECORD_START };

	tell(e, &first);
	atomic_store(&e->has_begun, true);
}

static void
read_clocks(struct cgn_export *e)
{
	struct cgn_record r = { .event = CGN_RECORD_CLOCK_STEP };

	r.step_ms = cgn_export_clock_read(&e->clock);
	if (r.step_ms == 0)
		return;
	CGN_LOG(CLOCK_SET, "the wall clock was set step_ms=%lld", (long long)r.step_ms);
	tell(e, &r);
}

/* Records that were lost in the ring of their producer are lost for all sinks. */
static void
count_ring_loss(struct cgn_export *e, const struct cgn_record *gap)
{
	for (unsigned int k = 0; k < CGN_RECORD_KIND_COUNT; k++)
		cgn_counter_add(&e->lost[k], gap->gap.lost[k] * atomic_load(&e->used)->n);
}

/* Follow a producer to its next door. Nothing comes into the ring of the old one any more, and it is empty. */
static void
follow(struct cgn_export *e, unsigned int producer, struct cgn_record_door *next)
{
	atomic_store(&e->from[producer], next);
	atomic_store(&e->next[producer], NULL);
}

/* @return whether there may be more */
static bool
collect_from(struct cgn_export *e, unsigned int producer)
{
	struct cgn_record_door *door = atomic_load(&e->from[producer]);
	/* Before the ring is read: see follow(). */
	struct cgn_record_door *next = atomic_load(&e->next[producer]);
	struct cgn_record r[BATCH];
	unsigned int n = rte_ring_sc_dequeue_burst_elem(door->ring, r, sizeof(r[0]), BATCH, NULL);

	for (unsigned int i = 0; i < n; i++) {
		r[i].time = cgn_export_clock_utc(&e->clock, r[i].time);
		if (r[i].event == CGN_RECORD_GAP)
			count_ring_loss(e, &r[i]);
	}
	if (n > 0) {
		give(e, r, n);
		e->given[producer] = r[n - 1].seq;
	}
	for (unsigned int i = 0; i < n; i++)
		cgn_record_release(&r[i]);
	if (n == 0 && next != NULL)
		follow(e, producer, next);
	return n == BATCH || next != NULL;
}

/* @return whether there is more */
static bool
collect(struct cgn_export *e)
{
	bool has_more = false;

	read_clocks(e);
	for (unsigned int i = 0; i < e->n_doors; i++)
		has_more |= collect_from(e, i);
	return has_more;
}

static bool
settle(struct cgn_export *e)
{
	const struct cgn_export_view *v = atomic_load(&e->used);
	bool is_settled = true;

	for (size_t i = 0; i < v->n; i++)
		is_settled &= cgn_export_queue_settle(cgn_export_sink_queue(v->at[i]));
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
			(atomic_load(&e->next[producer]) == NULL &&
					cgn_record_door_last(atomic_load(&e->from[producer])) ==
							e->given[producer]);
}

static void
want_checkpoints(struct cgn_export *e, int64_t now_ms)
{
	for (unsigned int p = 0; p < cgn_export_producer_count(e->origin.n_workers); p++)
		e->checkpoint_ms[p] = now_ms;
}

/* Make the checkpoints that are due. A producer that is busy right now gets its own later. */
static void
make_checkpoints(struct cgn_export *e)
{
	const struct cgn_export_view *v = atomic_load(&e->used);
	int64_t now_ms = cgn_clock_ms(CLOCK_MONOTONIC);
	bool is_new = false;

	for (size_t i = 0; i < v->n; i++)
		is_new |= cgn_export_sink_was_opened(v->at[i]);
	if (is_new)
		want_checkpoints(e, now_ms);
	for (unsigned int p = 0; p < cgn_export_producer_count(e->origin.n_workers); p++) {
		/* Before the number is read: see cgn_record_door_time(). */
		uint64_t cycles = p < e->n_doors ? cgn_record_door_time(atomic_load(&e->from[p]))
						 : rte_rdtsc();

		if (now_ms < e->checkpoint_ms[p] || !is_up_to_date(e, p))
			continue;
		give_checkpoint(e, p, cgn_export_clock_utc(&e->clock, cycles));
		e->checkpoint_ms[p] = now_ms + CGN_EXPORT_CHECKPOINT_MS;
	}
}

/* Use the sinks of a reload. Those that stay or come begin with a checkpoint, and those that go end with one. */
static void
change_view(struct cgn_export *e, const struct cgn_export_view *view)
{
	want_checkpoints(e, cgn_clock_ms(CLOCK_MONOTONIC));
	make_checkpoints(e);
	atomic_store(&e->used, view);
	want_checkpoints(e, cgn_clock_ms(CLOCK_MONOTONIC));
	make_checkpoints(e);
}

static void
export_sleep(const struct cgn_export *e)
{
	struct pollfd p = { .fd = e->wake_fd, .events = POLLIN };
	uint64_t count;

	if (poll(&p, 1, CGN_EXPORT_POLL_MS) > 0 && read(e->wake_fd, &count, sizeof(count)) < 0)
		(void)poll(NULL, 0, CGN_EXPORT_POLL_MS);
}

static void *
export_work(void *arg)
{
	struct cgn_export *e = arg;

	/* A reload makes a run before it is sure that it begins. */
	while (!atomic_load(&e->is_ending) && !atomic_load(&e->has_begun))
		export_sleep(e);
	while (!atomic_load(&e->is_ending)) {
		const struct cgn_export_view *view = atomic_load(&e->view);
		bool has_more = collect(e);

		if (view != atomic_load(&e->used))
			change_view(e, view);

		/* Also while one producer floods: the others have gaps and checkpoints, too. */
		(void)settle(e);
		make_checkpoints(e);
		if (!has_more)
			export_sleep(e);
	}
	return NULL;
}

/* --- the end ----------------------------------------------------------------------------------- */

/* Wait for the sinks, so that the last records find room. */
static void
wait_for_sinks(struct cgn_export *e, int64_t end_ms)
{
	while ((!settle(e) || !cgn_export_sinks_is_taken(atomic_load(&e->used))) &&
			cgn_clock_ms(CLOCK_MONOTONIC) < end_ms)
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
			struct cgn_record_door *door = atomic_load(&e->from[i]);

			is_left |= door->gap.seq != 0 || rte_ring_count(door->ring) > 0;
			(void)cgn_record_door_settle(door);
		}
	}
}

static void
export_stop(struct cgn_export *e)
{
	struct cgn_record stop = { .event = CGN_RECORD_STOP };
	int64_t end_ms = cgn_clock_ms(CLOCK_MONOTONIC) + e->end_ms, time_ms;

	atomic_store(&e->is_ending, true);
	pthread_join(e->thread, NULL);
	if (!atomic_load(&e->has_begun))
		return;
	collect_rest(e, end_ms);
	wait_for_sinks(e, end_ms);
	/* The producers have ended, so this is how it stays. */
	time_ms = cgn_clock_ms(CLOCK_REALTIME);
	for (unsigned int p = 0; p < cgn_export_producer_count(e->origin.n_workers); p++)
		give_checkpoint(e, p, (uint64_t)time_ms);
	tell_at(e, &stop, time_ms);
}

void
cgn_export_end(struct cgn_export *e, bool goes_on)
{
	if (e->has_thread)
		export_stop(e);
	cgn_export_sinks_close(&e->sinks, e->end_ms);
	if (e->has_served)
		cgn_export_boot_end(&e->boot, &e->origin, goes_on);
	else
		cgn_export_boot_undo(&e->boot);
}

void
cgn_export_hurry(struct cgn_export *e)
{
	if (e != NULL)
		e->end_ms = CGN_EXPORT_SINK_HURRY_MS;
}

bool
cgn_export_is_taken(const struct cgn_export *e)
{
	return e == NULL || cgn_export_sinks_is_taken(&e->sinks.now);
}

static void
free_doors(struct door_set *set)
{
	cgn_export_doors_destroy(set->at, set->n);
	*set = (struct door_set){ 0 };
}

void
cgn_export_free(struct cgn_export *e)
{
	/* A thread that hangs uses the origin if it goes on before the process has ended. */
	if (e == NULL || e->sinks.has_hung)
		return;
	free_doors(&e->made);
	free_doors(&e->before);
	free_doors(&e->wanted);
	if (e->wake_fd >= 0)
		close(e->wake_fd);
	cgn_export_origin_fini(&e->origin);
	free(e);
}

void
cgn_export_destroy(struct cgn_export *e)
{
	if (e == NULL)
		return;
	cgn_export_end(e, false);
	cgn_export_free(e);
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
boot_path(char path[static BOOT_PATH_MAX], const char *neighbour)
{
	snprintf(path, BOOT_PATH_MAX, "%s" CGN_EXPORT_BOOT_SUFFIX, neighbour);
}

static void
begin_boot(struct cgn_export *e, const struct cgn_conf *conf)
{
	char path[BOOT_PATH_MAX];
	const char *neighbour = boot_neighbour(conf);

	if (neighbour == NULL) {
		cgn_export_boot_miss(&e->boot);
		e->origin.after = CGN_EXPORT_AFTER_UNKNOWN;
		return;
	}
	boot_path(path, neighbour);
	cgn_export_boot_begin(&e->boot, path, &e->origin);
}

/* Give the sinks that a reload has prepared to the exporter, and wait until it uses them: it never waits for a sink. */
static void
use_sinks(struct cgn_export *e)
{
	const uint64_t one = 1;
	struct cgn_export_view *view = &e->views[atomic_load(&e->view) == &e->views[0] ? 1 : 0];

	*view = e->sinks.next;
	atomic_store(&e->view, view);
	if (!e->has_thread)
		atomic_store(&e->used, view);
	else if (write(e->wake_fd, &one, sizeof(one)) < 0)
		CGN_LOG(SYSTEM_ERROR, "the exporter cannot be woken errno=%d", errno);
	while (atomic_load(&e->used) != view)
		(void)poll(NULL, 0, 1);
	cgn_export_sinks_commit(&e->sinks);
}

/* @param first  number of the first producer that gets a door */
static int
make_doors(struct cgn_export *e, struct door_set *set, unsigned int first,
		const struct cgn_conf_export *conf)
{
	set->n = cgn_export_producer_control(e->origin.n_workers) + 1u - first;
	set->at = cgn_export_doors_create(first, set->n, conf);
	return set->at == NULL ? -ENOMEM : 0;
}

/* The ring of the control thread holds as many records as that of a worker. */
static int
open_doors(struct cgn_export *e, const struct cgn_export_cfg *cfg)
{
	unsigned int control = cgn_export_producer_control(e->origin.n_workers);
	unsigned int first = cfg->is_reload ? 0 : control;
	int ret = make_doors(e, &e->made, first, &cfg->conf->export);

	if (ret < 0)
		return ret;
	e->n_doors = control + 1;
	for (unsigned int p = 0; p < e->n_doors; p++) {
		e->doors[p] = p < first ? cfg->planes->workers[p].records : &e->made.at[p - first];
		atomic_store(&e->from[p], e->doors[p]);
	}
	return 0;
}

static int
start(struct cgn_export *e, const struct cgn_export_cfg *cfg)
{
	int ret = cgn_export_origin_init(&e->origin, cfg->conf);

	if (ret < 0)
		return ret;
	e->sinks.origin = &e->origin;
	e->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (e->wake_fd < 0)
		return -errno;
	ret = open_doors(e, cfg);
	if (ret < 0)
		return ret;
	(void)cgn_export_clock_read(&e->clock);
	/* With a boot file first: the record of the start tells what it says. */
	if (!cfg->is_reload) {
		begin_boot(e, cfg->conf);
		e->origin.is_kept = cfg->is_kept;
		if (cfg->had != NULL && e->origin.after == CGN_EXPORT_AFTER_CRASH)
			e->origin.had = *cfg->had;
	}
	ret = cgn_export_sinks_prepare(&e->sinks, NULL, &cfg->conf->export);
	if (ret < 0)
		return ret;
	use_sinks(e);
	if (!cfg->is_reload)
		tell_start(e);
	ret = cgn_thread_start(&e->thread, export_work, e);
	e->has_thread = ret == 0;
	return ret;
}

int
cgn_export_create(struct cgn_export **out, const struct cgn_export_cfg *cfg)
{
	struct cgn_export *e = calloc(1, sizeof(*e));

	*out = e;
	if (e == NULL)
		return -ENOMEM;
	e->clock.hz = cfg->tsc_hz;
	e->boot.fd = -1;
	e->wake_fd = -1;
	e->end_ms = CGN_EXPORT_SINK_END_MS;
	atomic_store(&e->view, &e->views[0]);
	atomic_store(&e->used, &e->views[0]);
	return start(e, cfg);
}

void
cgn_export_serve(struct cgn_export *e)
{
	if (e != NULL)
		e->has_served = true;
}

/* --- reloads ----------------------------------------------------------------------------------- */

void
cgn_export_begin(struct cgn_export *e, const struct cgn_conf *conf)
{
	begin_boot(e, conf);
	e->origin.after = CGN_EXPORT_AFTER_RELOAD;
	e->has_served = true;
	tell_start(e);
}

void
cgn_export_leave_boot(struct cgn_export *e)
{
	cgn_export_boot_end(&e->boot, &e->origin, true);
}

/* Whether the exporter has left the doors of before. */
static bool
has_followed(const struct cgn_export *e)
{
	for (unsigned int p = 0; p < e->n_doors; p++) {
		if (atomic_load(&e->next[p]) != NULL || atomic_load(&e->from[p]) != e->doors[p])
			return false;
	}
	return true;
}

bool
cgn_export_must_wait(const struct cgn_export *e, const struct cgn_conf_export *from,
		const struct cgn_conf_export *to)
{
	return cgn_export_sinks_must_wait(&e->sinks) ||
			(from->queue_max != to->queue_max && e->before.at != NULL);
}

int
cgn_export_prepare(struct cgn_export *e, const struct cgn_conf_export *from,
		const struct cgn_conf_export *to)
{
	int ret;

	cgn_export_tend(e);
	if (cgn_export_must_wait(e, from, to))
		return -EBUSY;
	ret = cgn_export_sinks_prepare(&e->sinks, from, to);
	if (ret < 0 || from->queue_max == to->queue_max)
		return ret;
	ret = make_doors(e, &e->wanted, 0, to);
	if (ret < 0)
		cgn_export_sinks_abort(&e->sinks);
	return ret;
}

void
cgn_export_abort(struct cgn_export *e)
{
	cgn_export_sinks_abort(&e->sinks);
	free_doors(&e->wanted);
}

void
cgn_export_commit(struct cgn_export *e, const struct cgn_conf *from, const struct cgn_conf *to)
{
	unsigned int control = cgn_export_producer_control(e->origin.n_workers);
	const char *old = boot_neighbour(from), *new = boot_neighbour(to);

	if (cgn_export_sinks_has_changed(&e->sinks))
		use_sinks(e);
	else
		cgn_export_sinks_commit(&e->sinks);
	if (new != NULL && (old == NULL || strcmp(old, new) != 0)) {
		char path[BOOT_PATH_MAX];

		boot_path(path, new);
		cgn_export_boot_move(&e->boot, path, &e->origin);
	}
	if (e->wanted.at != NULL) {
		e->before = e->made;
		e->made = e->wanted;
		e->wanted = (struct door_set){ 0 };
		/* The control thread is the producer. The workers get their doors by commands. */
		cgn_record_door_succeed(&e->made.at[control], e->doors[control]);
		for (unsigned int p = 0; p < e->n_doors; p++)
			e->doors[p] = &e->made.at[p];
		atomic_store(&e->next[control], e->doors[control]);
	}
	e->doors[control]->kinds = cgn_conf_export_kinds(&to->export);
}

void
cgn_export_follow(struct cgn_export *e, unsigned int worker)
{
	if (atomic_load(&e->from[worker]) != e->doors[worker])
		atomic_store(&e->next[worker], e->doors[worker]);
}

void
cgn_export_tend(struct cgn_export *e)
{
	if (e->sinks.n_leaving != 0)
		cgn_export_sinks_reap(&e->sinks);
	if (e->before.at != NULL && has_followed(e))
		free_doors(&e->before);
}

int
cgn_export_add_pools(struct cgn_export *e, const struct cgn_conf *conf)
{
	return cgn_export_pools_add(&e->origin.pools, conf);
}

struct cgn_record_door *
cgn_export_worker_door(const struct cgn_export *e, unsigned int worker)
{
	return e->doors[worker];
}

struct cgn_record_door *
cgn_export_door(struct cgn_export *e, enum cgn_record_kind kind)
{
	struct cgn_record_door *door;

	if (e == NULL)
		return NULL;
	door = e->doors[cgn_export_producer_control(e->origin.n_workers)];
	return cgn_record_door_wants(door, kind) ? door : NULL;
}

void
cgn_export_settle(struct cgn_export *e)
{
	if (e != NULL)
		(void)cgn_record_door_settle(
				e->doors[cgn_export_producer_control(e->origin.n_workers)]);
}

void
cgn_export_reopen(struct cgn_export *e)
{
	for (size_t i = 0; e != NULL && i < e->sinks.now.n; i++)
		cgn_export_sink_reopen(e->sinks.now.at[i]);
}

/* --- counters ---------------------------------------------------------------------------------- */

struct cgn_export_stats
cgn_export_stats(const struct cgn_export *e)
{
	struct cgn_export_stats s;

	if (e == NULL)
		return (struct cgn_export_stats){ 0 };
	s = cgn_export_sinks_stats(&e->sinks);
	/* A record that was lost in a ring is missing in each sink. */
#define ADD_LOST(id, name) s.lost_##id += cgn_counter_get(&e->lost[CGN_RECORD_KIND_##id]);
	CGN_RECORD_KINDS(ADD_LOST)
#undef ADD_LOST
	return s;
}

bool
cgn_export_read_sink(const struct cgn_export *e, size_t i, struct cgn_export_sink_state *out)
{
	struct cgn_export_sink *s;

	if (e == NULL || i >= e->sinks.now.n)
		return false;
	s = e->sinks.now.at[i];
	*out = (struct cgn_export_sink_state){
		.is_failing = cgn_export_sink_is_failing(s),
		.queued = cgn_export_queue_count(cgn_export_sink_queue(s)),
		.failures = cgn_export_sink_failures(s),
	};
	for (unsigned int k = 0; k < CGN_RECORD_KIND_COUNT; k++) {
		out->written += cgn_export_sink_written(s, (enum cgn_record_kind)k);
		out->lost += cgn_export_sink_lost(s, (enum cgn_record_kind)k);
	}
	return true;
}
