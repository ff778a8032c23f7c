/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/workers/table_reader.h"
#include "shared/ctl.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORKERS 3
#define ROWS    1000 /* of worker 0; worker 1 has none, worker 2 half of them */
#define HOLE    100  /* table places without a row in front of each */

static struct cgn_planes planes;
static struct cgn_timerq *timers;
static struct cgn_dpclient *client;
static struct cgn_mapping_info rows[400];
static unsigned int n_done;
static unsigned int n_commands;
static int last_ret;

static void
done(void *arg, int ret)
{
	(void)arg;
	n_done++;
	last_ret = ret;
}

static void
event(void *arg, const struct cgn_evt *evt, uint64_t now_ms)
{
	(void)arg;
	(void)evt;
	(void)now_ms;
	CU_FAIL("no events here");
}

static struct rte_ring *
ring(const char *what, unsigned int w, size_t size)
{
	char name[32];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "%s%u", what, w);
	r = rte_ring_create_elem(
			name, (unsigned int)size, 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	return r;
}

static void
begin(void)
{
	n_done = n_commands = 0;
	last_ret = 1;
	planes.n_workers = WORKERS;
	for (unsigned int w = 0; w < WORKERS; w++) {
		planes.workers[w].cmd = ring("cmd", w, sizeof(struct cgn_cmd));
		planes.workers[w].evt = ring("evt", w, sizeof(struct cgn_evt));
	}
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_dpclient_create(&client, &planes, timers), 0);
}

static void
end(void)
{
	cgn_dpclient_destroy(client);
	cgn_timerq_destroy(timers);
	for (unsigned int w = 0; w < WORKERS; w++) {
		rte_ring_free(planes.workers[w].cmd);
		rte_ring_free(planes.workers[w].evt);
	}
}

/* A worker's table: every HOLE-th place has a row whose port is its number. */
static void
fill(unsigned int w, const struct cgn_cmd_read *cmd, struct cgn_evt_read *reply)
{
	static const unsigned int sizes[WORKERS] = { ROWS, 0, ROWS / 2 };
	struct cgn_mapping_info *out = cmd->out;
	uint64_t at = cmd->cursor;
	unsigned int looked = 0;

	for (; at < (uint64_t)sizes[w] * HOLE && reply->n < cmd->max && looked < 512;
			at++, looked++) {
		if (at % HOLE != HOLE - 1)
			continue;
		out[reply->n++] = (struct cgn_mapping_info){
			.in.port = (rte_be16_t)(at / HOLE),
			.realm = w,
		};
	}
	reply->cursor = at;
	reply->done = at == (uint64_t)sizes[w] * HOLE;
}

static void
obey(unsigned int w, const struct cgn_cmd *cmd)
{
	struct cgn_evt evt = { .seq = cmd->seq, .op = CGN_EVT_REPLY, .worker = (uint16_t)w };
	struct cgn_who_info *who = cmd->u.read.out;

	CU_ASSERT_TRUE(cmd->u.read.max <= CGN_READ_SLICE);
	switch (cmd->op) {
	case CGN_CMD_READ_MAPPINGS:
		fill(w, &cmd->u.read, &evt.u.read);
		break;
	case CGN_CMD_WHO:
		*who = (struct cgn_who_info){ .is_pool_addr = true, .mapping.realm = w };
		evt.ret = cmd->u.read.ep.port == w ? 0 : -EXDEV;
		break;
	default:
		CU_FAIL("unexpected command");
	}
	CU_ASSERT_EQUAL(rte_ring_enqueue_elem(planes.workers[w].evt, &evt, sizeof(evt)), 0);
}

/* Let the workers work until nobody waits. */
static void
settle(void)
{
	struct cgn_cmd cmd;

	while (cgn_dpclient_open(client) > 0) {
		for (unsigned int w = 0; w < WORKERS; w++) {
			while (rte_ring_dequeue_elem(planes.workers[w].cmd, &cmd, sizeof(cmd)) ==
					0) {
				n_commands++;
				obey(w, &cmd);
			}
		}
		cgn_dpclient_poll(client, event, NULL, 0);
	}
}

static void
pages_show_every_row_of_every_worker_once_in_order(void)
{
	struct cgn_table_reader_page p = { .op = CGN_CMD_READ_MAPPINGS, .rows = rows, .max = 400 };
	unsigned int n = 0;
	unsigned int pages = 0;

	begin();
	while (!p.is_end) {
		CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &p, done, NULL, 0), 0);
		CU_ASSERT_EQUAL(n_done, pages);
		settle();
		CU_ASSERT_EQUAL_FATAL(n_done, ++pages);
		CU_ASSERT_EQUAL_FATAL(last_ret, 0);
		for (uint32_t i = 0; i < p.n; i++, n++) {
			CU_ASSERT_EQUAL(rows[i].realm, n < ROWS ? 0 : 2);
			CU_ASSERT_EQUAL(rows[i].in.port, n < ROWS ? n : n - ROWS);
		}
	}
	CU_ASSERT_EQUAL(n, ROWS + ROWS / 2);
	CU_ASSERT_TRUE(pages >= 4 && pages < 10);
	end();
}

static void
a_page_that_finds_only_holes_ends_with_a_cursor(void)
{
	struct cgn_table_reader_page p = { .op = CGN_CMD_READ_MAPPINGS, .rows = rows, .max = 400 };
	unsigned int slices;

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &p, done, NULL, 0), 0);
	settle();
	slices = n_commands;
	CU_ASSERT_TRUE(slices <= 256);
	CU_ASSERT_FALSE(p.is_end);
	CU_ASSERT_TRUE(p.cursor.at > 0);
	end();
}

static void
a_cursor_beyond_the_workers_is_refused(void)
{
	struct cgn_table_reader_page p = {
		.op = CGN_CMD_READ_MAPPINGS, .rows = rows, .max = 4, .cursor = { .worker = WORKERS }
	};

	begin();
	CU_ASSERT_EQUAL(cgn_table_reader_page(client, &planes, &p, done, NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL(n_done, 0);
	end();
}

static void
who_asks_the_workers_until_one_has_the_address(void)
{
	struct cgn_ep4 ep = { .port = 2 };
	struct cgn_who_info who = { 0 };

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_table_reader_who(client, &planes, &ep, &who, done, NULL, 0), 0);
	settle();
	CU_ASSERT_EQUAL(last_ret, 0);
	CU_ASSERT_EQUAL(who.mapping.realm, 2);
	ep.port = 9;
	CU_ASSERT_EQUAL_FATAL(cgn_table_reader_who(client, &planes, &ep, &who, done, NULL, 0), 0);
	settle();
	CU_ASSERT_EQUAL(last_ret, -ENOENT);
	end();
}

static void
a_worker_that_is_silent_ends_the_page_and_may_still_write(void)
{
	struct cgn_table_reader_page p = { .op = CGN_CMD_READ_MAPPINGS, .rows = rows, .max = 400 };
	struct cgn_cmd cmd;

	begin();
	memset(rows, 0xaa, sizeof(rows));
	CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &p, done, NULL, 0), 0);
	cgn_timerq_run(timers, CGN_CTL_WORKER_MS - 1, 10);
	CU_ASSERT_EQUAL(n_done, 0);
	cgn_timerq_run(timers, CGN_CTL_WORKER_MS, 10);
	CU_ASSERT_EQUAL(n_done, 1);
	CU_ASSERT_EQUAL(last_ret, -ETIMEDOUT);
	/* It wakes up and fills what it was lent; the page is not touched any more. */
	CU_ASSERT_EQUAL_FATAL(rte_ring_dequeue_elem(planes.workers[0].cmd, &cmd, sizeof(cmd)), 0);
	obey(0, &cmd);
	cgn_dpclient_poll(client, event, NULL, 2 * CGN_CTL_WORKER_MS);
	CU_ASSERT_EQUAL(n_done, 1);
	CU_ASSERT_EQUAL(rows[0].realm, 0xaaaaaaaa);
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(pages_show_every_row_of_every_worker_once_in_order),
	CU_TEST_ROW(a_page_that_finds_only_holes_ends_with_a_cursor),
	CU_TEST_ROW(a_cursor_beyond_the_workers_is_refused),
	CU_TEST_ROW(who_asks_the_workers_until_one_has_the_address),
	CU_TEST_ROW(a_worker_that_is_silent_ends_the_page_and_may_still_write),
};

int
main(void)
{
	eal_start();
	return cu_main("reader", tests, sizeof(tests) / sizeof(tests[0]));
}
