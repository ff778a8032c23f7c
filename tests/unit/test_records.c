/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The export over reloads. Two threads stand for workers: they make records all the time, and obey the commands of the
 * control thread. Each file is compared with what they have made.
 */

#include "controlplane/records.h"
#include "tests/support/exportfix.h"
#include "tests/support/recordfix.h"
#include "tests/support/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define WORKERS  2
#define QUEUE    16384
#define HZ       UINT64_C(1000000000)
#define NUMBERS  (1 << 20)
#define FILES    4
#define RELOADS  8
#define PAUSE_US 300 /* between two records of a worker */

/* A worker: its door, as it knows it, and the records of it that are in a file. */
struct worker {
	pthread_t thread;
	struct rte_ring *cmd, *evt;
	struct cgn_record_door *door;
	_Atomic(uint64_t) made; /* records of blocks in all runs */
	_Atomic(bool) is_off;   /* it has no door */
	_Atomic(uint32_t) kinds;
};

/* Address sanitizer ends the process without this if there is not enough memory. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static struct worker workers[WORKERS];
static struct cgn_record_door doors[WORKERS];
static struct cgn_planes planes;
static struct cgn_timerq *timers;
static struct cgn_dpclient *client;
static struct cgn_records *records;
static struct cgn_conf conf[2];
static struct cgn_conf_export_sink sinks[2][FILES];
static char paths[FILES][300];
static unsigned int turn; /* conf[turn] is in use */
static _Atomic(bool) is_over;
static uint8_t seen[NUMBERS];
static unsigned int threads_before;

static struct rte_ring *
ring_of(unsigned int bytes)
{
	ssize_t n = rte_ring_get_memsize_elem(bytes, 64);
	struct rte_ring *r = aligned_alloc(
			RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL((size_t)n, RTE_CACHE_LINE_SIZE));

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(rte_ring_init(r, "test", 64, RING_F_SP_ENQ | RING_F_SC_DEQ), 0);
	return r;
}

/* As command_records() of the engine. */
static void
obey(struct worker *w, const struct cgn_cmd_records *cmd)
{
	if (cmd->door != NULL && cmd->goes_on && cmd->door != w->door && w->door != NULL)
		cgn_record_door_succeed(cmd->door, w->door);
	if (cmd->door != NULL) {
		cmd->door->kinds = cmd->kinds;
		cmd->door->has_destinations = cmd->has_destinations;
		atomic_store(&w->kinds, cmd->kinds);
	}
	w->door = cmd->door;
	atomic_store(&w->is_off, w->door == NULL);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct cgn_record block = exportfix_block(0);
	struct cgn_cmd cmd;

	while (!atomic_load(&is_over)) {
		if (rte_ring_dequeue_elem(w->cmd, &cmd, sizeof(cmd)) == 0) {
			struct cgn_evt evt = { .op = CGN_EVT_REPLY, .seq = cmd.seq };

			CU_ASSERT_EQUAL(cmd.op, CGN_CMD_RECORDS);
			obey(w, &cmd.u.records);
			evt.worker = (uint16_t)(w - workers);
			CU_ASSERT_EQUAL(rte_ring_enqueue_elem(w->evt, &evt, sizeof(evt)), 0);
		}
		if (cgn_record_door_wants(w->door, CGN_RECORD_KIND_BLOCKS)) {
			(void)cgn_record_door_put(w->door, &block);
			atomic_fetch_add(&w->made, 1);
		}
		(void)usleep(PAUSE_US);
	}
	return NULL;
}

/* --- configurations ---------------------------------------------------------------------------- */

/* A configuration with records of blocks and these files. */
static struct cgn_conf *
with(unsigned int i, const char *files, uint32_t queue_max)
{
	static char none[] = "", name[] = "test";
	struct cgn_conf *c = &conf[i];

	*c = (struct cgn_conf){
		.workers = WORKERS,
		.telemetry_prefix = name,
		.store_path = none,
		.export = { .is_on = true,
				.records = { CGN_RECORD_KIND_BLOCKS },
				.n_records = 1,
				.queue_max = queue_max,
				.sinks = sinks[i] },
	};
	for (; *files != '\0'; files++) {
		struct cgn_conf_export_sink *s = &sinks[i][c->export.n_sinks++];

		*s = (struct cgn_conf_export_sink){ .type = CGN_EXPORT_FILE,
			.path = paths[*files - 'a'],
			.target = none,
			.ca = none,
			.cert = none,
			.key = none };
		snprintf(s->name, sizeof(s->name), "%c", *files);
	}
	return c;
}

static struct cgn_conf *
next(const char *files, uint32_t queue_max)
{
	return with(1 - turn, files, queue_max);
}

static struct cgn_conf *
off(void)
{
	struct cgn_conf *c = next("", QUEUE);

	c->export.is_on = false;
	return c;
}

static void
no_event(void *arg, const struct cgn_evt *evt, uint64_t now_ms)
{
	(void)arg;
	(void)evt;
	(void)now_ms;
	CU_FAIL("an event that is no reply");
}

/* One turn of the loop of the control thread. */
static void
loop(void)
{
	(void)cgn_dpclient_poll(client, no_event, NULL, 1);
	cgn_records_settle(records);
	(void)poll(NULL, 0, 1);
}

/* The first step, again as long as the last reload goes on. */
static int
prepare(const struct cgn_conf *to)
{
	int ret;

	while ((ret = cgn_records_prepare(records, &conf[turn], to)) == -EBUSY)
		loop();
	return ret;
}

static void
reload(const struct cgn_conf *to)
{
	CU_ASSERT_EQUAL(prepare(to), 0);
	cgn_records_commit(records, &conf[turn], to, 1);
	turn = 1 - turn;
	while (cgn_dpclient_open(client) > 0)
		loop();
}

/* Wait until each worker has made some more. */
static void
pass(void)
{
	uint64_t before[WORKERS];

	for (unsigned int w = 0; w < WORKERS; w++)
		before[w] = atomic_load(&workers[w].made);
	for (unsigned int w = 0; w < WORKERS; w++) {
		while (atomic_load(&workers[w].made) < before[w] + 20)
			loop();
	}
}

static unsigned int
count_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	unsigned int n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
start(const char *files)
{
	static char dir[256];
	struct cgn_export_cfg cfg = { .planes = &planes, .tsc_hz = HZ };

	scratch_make(dir, sizeof(dir), "records");
	for (unsigned int i = 0; i < FILES; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/%c.log", dir, 'a' + i);
	turn = 0;
	cfg.conf = with(0, files, QUEUE);
	if (files[0] == '\0')
		conf[0].export.is_on = false;
	threads_before = count_threads();
	planes = (struct cgn_planes){ .n_workers = WORKERS };
	atomic_store(&is_over, false);
	for (uint16_t w = 0; w < WORKERS; w++) {
		workers[w] = (struct worker){ .cmd = ring_of(sizeof(struct cgn_cmd)),
			.evt = ring_of(sizeof(struct cgn_evt)) };
		planes.workers[w].cmd = workers[w].cmd;
		planes.workers[w].evt = workers[w].evt;
		if (files[0] != '\0') {
			recordfix_open(&doors[w], QUEUE, w);
			doors[w].kinds = cgn_conf_export_kinds(&conf[0].export);
			planes.workers[w].records = workers[w].door = &doors[w];
		}
	}
	CU_ASSERT_EQUAL_FATAL(cgn_records_create(&records, &cfg), 0);
	cgn_export_serve(cgn_records_export(records));
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_dpclient_create(&client, &planes, timers), 0);
	cgn_records_attach(records, client, timers);
	for (unsigned int w = 0; w < WORKERS; w++)
		CU_ASSERT_EQUAL(pthread_create(&workers[w].thread, NULL, work, &workers[w]), 0);
}

static void
end(void)
{
	atomic_store(&is_over, true);
	for (unsigned int w = 0; w < WORKERS; w++)
		pthread_join(workers[w].thread, NULL);
	cgn_records_detach(records);
	cgn_dpclient_destroy(client);
	cgn_records_destroy(records);
	cgn_timerq_destroy(timers);
	/* Each sink has ended, too: it would use what is gone. */
	CU_ASSERT_EQUAL(count_threads(), threads_before);
	for (unsigned int w = 0; w < WORKERS; w++) {
		recordfix_close(&doors[w]);
		free(workers[w].cmd);
		free(workers[w].evt);
	}
}

/* --- files ------------------------------------------------------------------------------------- */

/* Whether the numbers of a worker in a text are each there once, in a row. @param[out] first, last  0: there is none */
static bool
is_whole(const char *text, unsigned int worker, uint64_t *first, uint64_t *last)
{
	char what[64];
	uint64_t n = 0;

	memset(seen, 0, sizeof(seen));
	snprintf(what, sizeof(what), "block-allocated [");
	*first = *last = 0;
	for (const char *at = text; (at = strstr(at, what)) != NULL; at++) {
		unsigned int producer;
		uint64_t seq;

		if (sscanf(strstr(at, " producer="), " producer=\"worker%u\" seq=\"%" SCNu64 "\"",
				    &producer, &seq) != 2 ||
				producer != worker)
			continue;
		CU_ASSERT_FATAL(seq < NUMBERS);
		if (seen[seq]++ != 0)
			return false;
		*first = *first == 0 || seq < *first ? seq : *first;
		*last = seq > *last ? seq : *last;
		n++;
	}
	return *last == 0 || n == *last - *first + 1;
}

/* All records of all workers are in a file. */
static void
expect_all(const char *path)
{
	const char *text = exportfix_read(path);
	uint64_t first, last;

	for (unsigned int w = 0; w < WORKERS; w++) {
		CU_ASSERT_TRUE(is_whole(text, w, &first, &last));
		CU_ASSERT_EQUAL(first, 1);
		CU_ASSERT_EQUAL(last, atomic_load(&workers[w].made));
	}
	CU_ASSERT_EQUAL(exportfix_count(text, " gap ["), 0);
}

/* --- the tests --------------------------------------------------------------------------------- */

/* REQ: N-LIVE-43 */
static void
sinks_come_and_go_and_the_one_that_stays_has_all_records(void)
{
	uint64_t first, last;
	const char *text;

	start("a");
	pass();
	for (unsigned int i = 0; i < RELOADS; i++) {
		reload(next(i % 2 == 0 ? "ba" : "a", QUEUE));
		pass();
	}
	reload(next("ac", QUEUE));
	pass();
	end();
	expect_all(paths[0]);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), " start ["), 1);
	text = exportfix_read(paths[2]);
	/* Its first line is a checkpoint, and from its first record on it has all. */
	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(text, " checkpoint ["));
	CU_ASSERT_TRUE(strstr(text, " checkpoint [") < strchr(text, '\n'));
	for (unsigned int w = 0; w < WORKERS; w++) {
		CU_ASSERT_TRUE(is_whole(text, w, &first, &last));
		CU_ASSERT_TRUE(first > 1);
		CU_ASSERT_EQUAL(last, atomic_load(&workers[w].made));
	}
	CU_ASSERT_EQUAL(exportfix_count(text, " stop ["), 1);
	/* What a removed sink had is in its file. */
	text = exportfix_read(paths[1]);
	CU_ASSERT_TRUE(exportfix_count(text, " block-allocated [") >= RELOADS / 2 * 20 * WORKERS);
	CU_ASSERT_EQUAL(exportfix_count(text, " gap ["), 0);
}

/* REQ: N-LIVE-43 */
static void
a_sink_with_another_file_leaves_nothing_out(void)
{
	static char both[1 << 21];
	uint64_t first, last;

	start("a");
	pass();
	next("a", QUEUE);
	sinks[1 - turn][0].path = paths[1];
	reload(&conf[1 - turn]);
	pass();
	end();
	snprintf(both, sizeof(both), "%s", exportfix_read(paths[0]));
	snprintf(both + strlen(both), sizeof(both) - strlen(both), "%s", exportfix_read(paths[1]));
	for (unsigned int w = 0; w < WORKERS; w++) {
		CU_ASSERT_TRUE(is_whole(both, w, &first, &last));
		CU_ASSERT_EQUAL(first, 1);
		CU_ASSERT_EQUAL(last, atomic_load(&workers[w].made));
	}
}

/* REQ: N-LIVE-44 */
static void
queues_get_another_size_without_a_loss(void)
{
	start("a");
	pass();
	for (unsigned int i = 0; i < RELOADS; i++) {
		reload(next("a", i % 2 == 0 ? QUEUE / 2 : QUEUE));
		pass();
	}
	end();
	expect_all(paths[0]);
}

/* REQ: N-LIVE-45 */
static void
kinds_change_at_the_workers_and_in_the_control_thread(void)
{
	struct cgn_conf *c;

	start("a");
	CU_ASSERT_PTR_NULL(cgn_export_door(cgn_records_export(records), CGN_RECORD_KIND_LEASES));
	c = next("a", QUEUE);
	c->export.records[c->export.n_records++] = CGN_RECORD_KIND_LEASES;
	reload(c);
	pass();
	CU_ASSERT_PTR_NOT_NULL(
			cgn_export_door(cgn_records_export(records), CGN_RECORD_KIND_LEASES));
	for (unsigned int w = 0; w < WORKERS; w++)
		CU_ASSERT_EQUAL(atomic_load(&workers[w].kinds), cgn_conf_export_kinds(&c->export));
	reload(next("a", QUEUE));
	CU_ASSERT_PTR_NULL(cgn_export_door(cgn_records_export(records), CGN_RECORD_KIND_LEASES));
	pass();
	end();
	expect_all(paths[0]);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), " start ["), 1);
}

static const char *
after_of(const char *text)
{
	const char *start = strstr(text, " start [");

	return start == NULL ? "" : strstr(start, " after=");
}

/* REQ: N-LIVE-46: each run is whole. The second one says that a reload has begun it. */
static void
export_goes_off_and_on_again(void)
{
	struct cgn_export_stats before, now;
	const char *text;
	uint64_t first, last, n = 0;

	start("a");
	pass();
	before = cgn_records_stats(records);
	reload(off());
	CU_ASSERT_PTR_NULL(cgn_records_export(records));
	for (unsigned int w = 0; w < WORKERS; w++) {
		CU_ASSERT_TRUE(atomic_load(&workers[w].is_off));
		n += atomic_load(&workers[w].made);
	}
	/* Counters never go back, and the last records count when they are written. */
	do {
		loop();
		now = cgn_records_stats(records);
		CU_ASSERT_TRUE(now.written_BLOCKS >= before.written_BLOCKS);
	} while (now.written_BLOCKS < n);
	CU_ASSERT_EQUAL(now.written_BLOCKS, n);
	reload(next("b", QUEUE));
	pass();
	end();
	text = exportfix_read(paths[0]);
	CU_ASSERT_EQUAL(exportfix_count(text, " start ["), 1);
	CU_ASSERT_EQUAL(strchr(strstr(text, " stop ["), '\n')[1], '\0');
	CU_ASSERT_EQUAL(exportfix_count(text, " block-allocated ["), n);
	for (unsigned int w = 0; w < WORKERS; w++)
		CU_ASSERT_TRUE(is_whole(text, w, &first, &last) && first == 1);
	text = exportfix_read(paths[1]);
	CU_ASSERT_EQUAL(strncmp(after_of(text), " after=\"reload\"", 15), 0);
	CU_ASSERT_EQUAL(exportfix_count(text, " stop ["), 1);
	for (unsigned int w = 0; w < WORKERS; w++)
		CU_ASSERT_TRUE(is_whole(text, w, &first, &last) && first == 1);
}

/* Before packets wait for the stop of cgnd, a run that a reload has ended gets its time. REQ: N-KEEP-37 */
static void
stop_waits_for_a_run_that_ends(void)
{
	const struct cgn_conf *to = off();

	start("a");
	pass();
	/* A sink that works takes what there is. */
	while (!cgn_records_may_end(records, 0))
		loop();
	CU_ASSERT_EQUAL(prepare(to), 0);
	cgn_records_commit(records, &conf[turn], to, 1);
	CU_ASSERT_FALSE(cgn_records_may_end(records, 0));
	CU_ASSERT_FALSE(cgn_records_may_end(records, 2 * CGN_EXPORT_SINK_END_MS - 1));
	CU_ASSERT_TRUE(cgn_records_may_end(records, 2 * CGN_EXPORT_SINK_END_MS));
	turn = 1 - turn;
	while (!cgn_records_may_end(records, 0))
		loop();
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), 0);
	end();
}

/* REQ: N-LIVE-46: a process that has begun without an export gets one. */
static void
export_is_switched_on_later(void)
{
	start("");
	CU_ASSERT_PTR_NULL(cgn_records_export(records));
	reload(next("a", QUEUE));
	pass();
	end();
	expect_all(paths[0]);
	CU_ASSERT_EQUAL(strncmp(after_of(exportfix_read(paths[0])), " after=\"reload\"", 15), 0);
}

/* REQ: N-LIVE-46: a reader must not take blocks of before for free ones, so the records of blocks begin another run. */
static void
blocks_begin_and_end_with_a_run(void)
{
	struct cgn_conf *c;

	start("a");
	pass();
	c = next("a", QUEUE);
	c->export.records[0] = CGN_RECORD_KIND_LEASES;
	reload(c);
	reload(next("a", QUEUE));
	pass();
	end();
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), " start ["), 3);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), " stop ["), 3);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), " after=\"reload\""), 2);
}

/* REQ: N-LIVE-47 */
static void
a_reload_that_is_refused_leaves_no_trace(void)
{
	struct cgn_conf *c;

	start("a");
	pass();
	/* Another module refuses. */
	CU_ASSERT_EQUAL(prepare(next("ab", QUEUE / 2)), 0);
	cgn_records_abort(records);
	pass();
	CU_ASSERT_EQUAL(prepare(off()), 0);
	cgn_records_abort(records);
	c = next("ab", QUEUE);
	c->export.records[0] = CGN_RECORD_KIND_LEASES;
	CU_ASSERT_EQUAL(prepare(c), 0);
	cgn_records_abort(records);
	pass();
	/* There is no memory for such queues. */
	CU_ASSERT_EQUAL(prepare(next("a", UINT32_MAX / 2)), -ENOMEM);
	pass();
	end();
	expect_all(paths[0]);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), " start ["), 1);
	CU_ASSERT_STRING_EQUAL(exportfix_read(paths[1]), "");
}

/* A run of which a sink cannot be made ends in a thread, too: the control thread does not wait for its other sinks. */
static void
a_run_that_cannot_be_made_ends_by_itself(void)
{
	struct cgn_conf *c;

	start("");
	c = next("ab", QUEUE);
	c->export.sinks[1].type = (enum cgn_export_type)99;
	CU_ASSERT_EQUAL(cgn_records_prepare(records, &conf[turn], c), -ENOTSUP);
	/* It is there until the control thread releases it, whether its sink has ended by now or not. */
	CU_ASSERT_TRUE(cgn_records_must_wait(records, &conf[turn], c));
	CU_ASSERT_EQUAL(cgn_records_prepare(records, &conf[turn], c), -EBUSY);
	reload(next("a", QUEUE));
	pass();
	end();
	expect_all(paths[0]);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(paths[0]), " start ["), 1);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(sinks_come_and_go_and_the_one_that_stays_has_all_records),
	CU_TEST_ROW(a_sink_with_another_file_leaves_nothing_out),
	CU_TEST_ROW(queues_get_another_size_without_a_loss),
	CU_TEST_ROW(kinds_change_at_the_workers_and_in_the_control_thread),
	CU_TEST_ROW(export_goes_off_and_on_again),
	CU_TEST_ROW(stop_waits_for_a_run_that_ends),
	CU_TEST_ROW(export_is_switched_on_later),
	CU_TEST_ROW(blocks_begin_and_end_with_a_run),
	CU_TEST_ROW(a_reload_that_is_refused_leaves_no_trace),
	CU_TEST_ROW(a_run_that_cannot_be_made_ends_by_itself),
};

CU_MAIN("records", tests)
