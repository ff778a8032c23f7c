/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/kept.h"
#include "controlplane/restart/restart_workers.h"
#include "shared/state_scan.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <rte_log.h>

#define TEXT   "workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP "store: {path: \"\"}\n"
#define CHUNKS 700u /* of each worker: more than the workers get at once */
#define IDLE_SLEEPS \
	1000 /* after so many sleeps of the loop in which no worker has anything to do, it hangs */

/** A chunk of the largest size: one record of a type that nobody knows. */
struct chunk {
	struct cgn_state_chunk hdr;
	struct cgn_state_record record;
	uint8_t octets[CGN_STATE_CHUNK_MAX - sizeof(struct cgn_state_chunk) -
			sizeof(struct cgn_state_record)];
};

/** What the workers have got. */
static struct {
	unsigned int n_idle; /* sleeps of the loop in which no worker had anything to do */
	unsigned int n_loads[PF_WORKERS]; /* commands */
	uint32_t serial[PF_WORKERS]
		       [PF_WORKERS]; /* next chunk that a worker expects of each stream */
	unsigned int n_wrong;        /* chunks that came twice, too early or damaged */
	unsigned int n_busy;         /* the next commands that worker 1 leaves in the middle */
	unsigned int stuck_after; /* loads that worker 1 replies to before it is stuck; 0: it is not stuck */
	unsigned int sleep_ms;          /* time that each sleep of the loop takes */
	bool is_broken;                 /* the loop cannot sleep */
	int ret;                        /* of worker 0 */
	struct cgn_state_counts counts; /* what worker 0 says of the records with its first load */
} got;

int __real_epoll_wait(int fd, struct epoll_event *ev, int n, int timeout_ms);
int __wrap_epoll_wait(int fd, struct epoll_event *ev, int n, int timeout_ms);

/* The workers work while the loop sleeps. */
int
__wrap_epoll_wait(int fd, struct epoll_event *ev, int n, int timeout_ms)
{
	unsigned int done = 0;

	if (got.is_broken) {
		errno = EBADF;
		return -1;
	}
	if (timeout_ms != 0)
		pf.now_ms += got.sleep_ms;
	for (unsigned int w = 0; timeout_ms != 0 && w < PF_WORKERS; w++)
		done += pf_obey(w) != 0;
	if (timeout_ms != 0 && done == 0)
		CU_ASSERT_TRUE_FATAL(++got.n_idle < IDLE_SLEEPS);
	return __real_epoll_wait(fd, ev, n, 0);
}

static uint32_t
write_chunk(unsigned int w, uint32_t serial, struct chunk *c)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->hdr.magic, CGN_STATE_MAGIC, sizeof(c->hdr.magic));
	c->hdr.version = rte_cpu_to_le_16(CGN_STATE_VERSION);
	c->hdr.kind = CGN_STATE_OF_WORKER;
	c->hdr.flags = serial + 1 == CHUNKS ? CGN_STATE_LAST : 0;
	c->hdr.worker = rte_cpu_to_le_16((uint16_t)w);
	c->hdr.n_workers = rte_cpu_to_le_16(PF_WORKERS);
	c->hdr.length = rte_cpu_to_le_32(sizeof(*c));
	c->hdr.n_records = rte_cpu_to_le_32(1);
	c->hdr.serial = rte_cpu_to_le_32(serial);
	c->record.type = rte_cpu_to_le_16(999);
	c->record.length = rte_cpu_to_le_16(sizeof(*c) - sizeof(c->hdr));
	c->hdr.checksum = rte_cpu_to_le_32(cgn_state_scan_checksum(c, sizeof(*c)));
	return sizeof(*c);
}

static int
save(unsigned int w, const struct cgn_cmd_state *cmd, struct cgn_evt_state *out)
{
	uint32_t serial = cmd->serial;

	*out = (struct cgn_evt_state){ 0 };
	CU_ASSERT_EQUAL(cmd->cursor, serial);
	while (serial < CHUNKS && cmd->len - out->len >= CGN_STATE_CHUNK_MAX)
		out->len += write_chunk(w, serial++, (void *)((uint8_t *)cmd->out + out->len));
	out->cursor = serial;
	out->done = serial == CHUNKS;
	return 0;
}

static void
take(unsigned int w, const struct chunk *c)
{
	struct cgn_state_info info;
	bool is_good = cgn_state_scan_check(c, sizeof(*c), &info) == 0;

	if (is_good && info.serial == got.serial[w][info.worker])
		got.serial[w][info.worker]++;
	else
		got.n_wrong++;
}

static int
load(unsigned int w, const struct cgn_cmd_state *cmd, struct cgn_evt_state *out)
{
	bool is_busy = w == 1 && got.n_busy > 0;

	*out = (struct cgn_evt_state){ 0 };
	got.n_loads[w]++;
	pf.is_silent[w] |= w == 1 && got.n_loads[w] == got.stuck_after;
	if (w == 0 && got.ret < 0)
		return got.ret;
	if (w == 0 && got.n_loads[w] == 1)
		cgn_state_counts_add(cmd->counts, &got.counts);
	while (out->len < cmd->len) {
		take(w, (const void *)((const uint8_t *)cmd->in + out->len));
		out->len += (uint32_t)sizeof(struct chunk);
		if (is_busy && out->len > cmd->len / 2)
			break;
	}
	got.n_busy -= is_busy;
	return is_busy ? -EAGAIN : 0;
}

static int
obey(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	if (cmd->op == CGN_CMD_STATE_SAVE)
		return save(w, &cmd->u.state, &evt->u.state);
	if (cmd->op == CGN_CMD_STATE_LOAD)
		return load(w, &cmd->u.state, &evt->u.state);
	return 0;
}

/* Start, and save the state of two workers. */
static void
begin(void)
{
	static char dir[300], more[400];

	scratch_make(dir, sizeof(dir), "kept");
	snprintf(more, sizeof(more), "runtime_dir: %s\nrestart: {keep_state: true}\n", dir);
	pf_begin(TEXT, more);
	pf.read = obey;
	pf_work();
	pf_forget();
	memset(&got, 0, sizeof(got));
	CU_ASSERT_EQUAL(cgn_kept_save(pf.control, "1"), 0);
}

static void
end(void)
{
	pf.read = NULL;
	pf_end();
}

/* Load the state with the same workers. @return what cgn_kept_load() returns */
static int
load_begin(struct cgn_kept **k)
{
	cgn_kept_open(k, cgn_control_conf(pf.control));
	CU_ASSERT_PTR_NOT_NULL_FATAL(*k);
	pf_forget();
	return cgn_kept_load(*k, pf.control);
}

static void
load_all(void)
{
	struct cgn_kept *k;

	CU_ASSERT_EQUAL(load_begin(&k), 0);
	cgn_kept_close(k);
}

static void
check_all_came(void)
{
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		for (unsigned int stream = 0; stream < PF_WORKERS; stream++)
			CU_ASSERT_EQUAL(got.serial[w][stream], CHUNKS);
		CU_ASSERT_EQUAL(pf_count(w, CGN_CMD_STATE_LOADED), 1);
		CU_ASSERT_EQUAL(pf.log[pf.n_log - 1].cmd.op, CGN_CMD_STATE_LOADED);
	}
	CU_ASSERT_EQUAL(got.n_wrong, 0);
}

static void
every_worker_gets_every_chunk_in_order(void)
{
	begin();
	load_all();
	check_all_came();
	end();
}

/* A wait after the last reply of each command made a start with a million mappings ten seconds longer. */
static void
loop_sleeps_only_while_a_worker_works(void)
{
	begin();
	CU_ASSERT_EQUAL(got.n_idle, 0);
	load_all();
	CU_ASSERT_EQUAL(got.n_idle, 0);
	end();
}

/* For each command, two threads must be scheduled. On a busy machine this takes longer than the work. */
static void
commands_have_some_million_octets(void)
{
	const unsigned int octets = PF_WORKERS * CHUNKS * CGN_STATE_CHUNK_MAX;

	begin();
	CU_ASSERT_TRUE(pf_count(0, CGN_CMD_STATE_SAVE) <= 7); /* 1 MiB each */
	load_all();
	CU_ASSERT_TRUE(got.n_loads[0] > 1);
	CU_ASSERT_TRUE(got.n_loads[0] <= 1 + octets / 6000000);
	end();
}

static void
worker_without_room_for_records_goes_on_where_it_was(void)
{
	begin();
	got.n_busy = 5;
	load_all();
	CU_ASSERT_EQUAL(got.n_busy, 0);
	check_all_came();
	end();
}

/* Subscribers behind static mappings wait for a block until the workers know that nothing more comes. */
static void
workers_are_told_the_end_after_an_error_too(void)
{
	begin();
	got.ret = -EBADMSG;
	load_all();
	for (unsigned int w = 0; w < PF_WORKERS; w++)
		CU_ASSERT_EQUAL(pf_count(w, CGN_CMD_STATE_LOADED), 1);
	end();
}

/* REQ: N-KEEP-34. cgnd must not serve with a worker that is stuck. Its packets would go nowhere. */
static void
worker_that_is_stuck_ends_the_start(void)
{
	struct cgn_kept *k, *again;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned int after = i < 3 ? i : 0;

		begin();
		got.stuck_after = after;
		got.sleep_ms = 20;
		pf.is_silent[1] = after == 0;
		/* Another worker may have an error before. */
		got.ret = i == 3 ? -EBADMSG : 0;
		CU_ASSERT_EQUAL(load_begin(&k), -ETIMEDOUT);
		CU_ASSERT_EQUAL(got.n_loads[1], after);
		/* The file was used, so that a start that works follows. */
		CU_ASSERT_TRUE(cgn_kept_open(&again, cgn_control_conf(pf.control)));
		CU_ASSERT_PTR_NULL(again);
		pf.read = NULL;
		pf_end();
		cgn_kept_close(k);
	}
}

/* REQ: N-KEEP-34. The loop takes the reply only after it has looked at the deadlines. */
static void
delay_of_the_control_thread_loses_nothing(void)
{
	begin();
	got.sleep_ms = 6 * CGN_RESTART_WORKERS_LOAD_MS;
	load_all();
	check_all_came();
	end();
}

/* REQ: N-KEEP-33. Whether it has loaded the state or not. */
static void
start_that_fails_leaves_the_state(void)
{
	const struct cgn_conf *conf;
	struct cgn_kept *k;

	begin();
	conf = cgn_control_conf(pf.control);
	CU_ASSERT_TRUE(cgn_kept_open(&k, conf));
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	cgn_kept_put_back(k, conf);
	cgn_kept_close(k);
	CU_ASSERT_EQUAL(load_begin(&k), 0);
	cgn_kept_put_back(k, conf);
	cgn_kept_close(k);
	memset(&got, 0, sizeof(got));
	CU_ASSERT_EQUAL(load_begin(&k), 0);
	check_all_came();
	/* It serves: another start would bring back what is no longer true. */
	cgn_kept_use_up(k);
	cgn_kept_put_back(k, conf);
	cgn_kept_close(k);
	CU_ASSERT_TRUE(cgn_kept_open(&k, conf));
	CU_ASSERT_PTR_NULL(k);
	/* A cold start has none to leave. */
	cgn_kept_use_up(k);
	cgn_kept_put_back(k, conf);
	end();
}

/* A wait that has ended leaves calls behind. They end with the control thread. */
static void
loop_that_fails_leaves_no_call_without_an_owner(void)
{
	struct cgn_kept *k;

	begin();
	got.is_broken = true;
	CU_ASSERT_EQUAL(load_begin(&k), 0);
	got.is_broken = false;
	pf.read = NULL;
	pf_end();
	cgn_kept_close(k);
}

/* Load all. All records but @p left are taken or over. @return what was logged, to be freed */
static char *
logged_with(uint64_t over, uint64_t full, uint64_t left)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	begin();
	got.counts.taken[0] = PF_WORKERS * CHUNKS - over - full - left;
	got.counts.dropped[0][CGN_STATE_DROP_OVER] = over;
	got.counts.dropped[0][CGN_STATE_DROP_FULL] = full;
	rte_log_set_global_level(RTE_LOG_INFO);
	rte_log_set_level_pattern("cgn.restart", RTE_LOG_INFO);
	rte_openlog_stream(f);
	load_all();
	rte_openlog_stream(NULL);
	fclose(f);
	end();
	return text;
}

/* A hold-down or a guard whose time has run out meanwhile would have ended in any case. REQ: N-KEEP-20 */
static void
what_is_over_is_not_lost(void)
{
	char *text = logged_with(100, 0, 0);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, " over=100 "));
	CU_ASSERT_PTR_NULL(strstr(text, "state-lost"));
	free(text);
	text = logged_with(100, 7, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
			"warning state-lost: state is lost what=\"unknown\" lost=10 of=1400 full=7\n"));
	free(text);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_worker_gets_every_chunk_in_order),
	CU_TEST_ROW(loop_sleeps_only_while_a_worker_works),
	CU_TEST_ROW(commands_have_some_million_octets),
	CU_TEST_ROW(worker_without_room_for_records_goes_on_where_it_was),
	CU_TEST_ROW(workers_are_told_the_end_after_an_error_too),
	CU_TEST_ROW(worker_that_is_stuck_ends_the_start),
	CU_TEST_ROW(delay_of_the_control_thread_loses_nothing),
	CU_TEST_ROW(start_that_fails_leaves_the_state),
	CU_TEST_ROW(loop_that_fails_leaves_no_call_without_an_owner),
	CU_TEST_ROW(what_is_over_is_not_lost),
};

int
main(void)
{
	eal_start();
	return cu_main("kept", tests, RTE_DIM(tests));
}
