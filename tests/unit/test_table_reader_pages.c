/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/workers/table_reader.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * Pages of every size over several workers, for both tables, with several readers at once: every row is shown
 * once, nothing is written beyond a page, what was asked for reaches every worker, and every field of a
 * gauge is summed.
 */

#define WORKERS  3
#define ROWS_MAX 512
#define GUARD    0x5a

static const unsigned int sizes[WORKERS] = { 70, 0, 131 }; /* rows of each worker */

static struct cgn_planes planes;
static struct cgn_timerq *timers;
static struct cgn_dpclient *client;
static unsigned int n_done;
static int last_ret;
static int fail_at[WORKERS]; /* what a worker replies instead; 0: what was asked */
static struct cgn_cmd_read asked;

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
ring(const char *what, size_t size)
{
	static unsigned int serial;
	char name[32];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "%s%u", what, serial++);
	r = rte_ring_create_elem(
			name, (unsigned int)size, 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	return r;
}

static void
begin(void)
{
	n_done = 0;
	last_ret = 1;
	memset(fail_at, 0, sizeof(fail_at));
	planes.n_workers = WORKERS;
	for (unsigned int w = 0; w < WORKERS; w++) {
		planes.workers[w].cmd = ring("cmd", sizeof(struct cgn_cmd));
		planes.workers[w].evt = ring("evt", sizeof(struct cgn_evt));
	}
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_dpclient_create(&client, &planes, timers), 0);
}

static void
end(void)
{
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_dpclient_destroy(client);
	cgn_timerq_destroy(timers);
	for (unsigned int w = 0; w < WORKERS; w++) {
		rte_ring_free(planes.workers[w].cmd);
		rte_ring_free(planes.workers[w].evt);
	}
}

/* A worker's row number i has the worker and the number in it. */
static void
fill(unsigned int w, uint16_t op, const struct cgn_cmd_read *cmd, struct cgn_evt_read *reply)
{
	uint64_t at = cmd->cursor;

	for (; at < sizes[w] && reply->n < cmd->max; at++, reply->n++) {
		if (op == CGN_CMD_READ_MAPPINGS)
			((struct cgn_mapping_info *)cmd->out)[reply->n] = (struct cgn_mapping_info){
				.in.port = (rte_be16_t)at, .realm = w
			};
		else
			((struct cgn_subscriber_info *)cmd->out)[reply->n] =
					(struct cgn_subscriber_info){ .addr.ip4 = (rte_be32_t)at,
						.ext_addr = w };
	}
	reply->cursor = at;
	reply->done = at == sizes[w];
}

static void
settle(void)
{
	struct cgn_cmd cmd;

	while (cgn_dpclient_open(client) > 0) {
		for (unsigned int w = 0; w < WORKERS; w++) {
			while (rte_ring_dequeue_elem(planes.workers[w].cmd, &cmd, sizeof(cmd)) ==
					0) {
				struct cgn_evt evt = { .seq = cmd.seq,
					.op = CGN_EVT_REPLY,
					.worker = (uint16_t)w,
					.ret = fail_at[w] };

				asked = cmd.u.read;
				CU_ASSERT_TRUE(cmd.u.read.max <= CGN_READ_SLICE);
				fill(w, cmd.op, &cmd.u.read, &evt.u.read);
				CU_ASSERT_EQUAL(rte_ring_enqueue_elem(planes.workers[w].evt, &evt,
								sizeof(evt)),
						0);
			}
		}
		cgn_dpclient_poll(client, event, NULL, 0);
	}
}

/* The row of a number through all workers. */
static void
check_row(uint16_t op, const void *rows, unsigned int i, unsigned int n)
{
	unsigned int w = n < sizes[0] ? 0 : 2;
	unsigned int at = n < sizes[0] ? n : n - sizes[0];

	if (op == CGN_CMD_READ_MAPPINGS) {
		const struct cgn_mapping_info *m = rows;

		CU_ASSERT_EQUAL(m[i].realm, w);
		CU_ASSERT_EQUAL(m[i].in.port, at);
	} else {
		const struct cgn_subscriber_info *s = rows;

		CU_ASSERT_EQUAL(s[i].ext_addr, w);
		CU_ASSERT_EQUAL(s[i].addr.ip4, at);
	}
}

static void
pages_of_any_size_show_every_row_once(void)
{
	static const uint16_t ops[] = { CGN_CMD_READ_MAPPINGS, CGN_CMD_READ_SUBSCRIBERS };
	static union {
		struct cgn_mapping_info mappings[ROWS_MAX];
		struct cgn_subscriber_info subscribers[ROWS_MAX];
	} rows;
	const uint8_t *octets = (const uint8_t *)&rows;

	begin();
	for (unsigned int k = 0; k < RTE_DIM(ops); k++) {
		size_t size = ops[k] == CGN_CMD_READ_MAPPINGS ? sizeof(rows.mappings[0])
							      : sizeof(rows.subscribers[0]);

		for (uint32_t max = 1; max < 300; max += max < 70 ? 1 : 33) {
			struct cgn_table_reader_page p = {
				.op = ops[k], .rows = &rows, .max = max
			};
			unsigned int n = 0;

			while (!p.is_end) {
				memset(&rows, GUARD, sizeof(rows));
				CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &p,
								      done, NULL, 0),
						0);
				settle();
				CU_ASSERT_EQUAL_FATAL(last_ret, 0);
				CU_ASSERT_TRUE_FATAL(p.n <= max);
				CU_ASSERT_TRUE(p.n == max || p.is_end);
				for (uint32_t i = 0; i < p.n; i++)
					check_row(ops[k], &rows, i, n++);
				for (size_t i = p.n * size; i < (max + 1) * size; i++)
					CU_ASSERT_EQUAL(octets[i], GUARD);
			}
			CU_ASSERT_EQUAL(n, sizes[0] + sizes[1] + sizes[2]);
		}
	}
	end();
}

/* The subscriber that is asked for is asked for at every worker and every slice. */
static void
filters_reach_every_worker(void)
{
	static struct cgn_mapping_info rows[ROWS_MAX];
	const struct cgn_ip6 b4 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 9 } };
	struct cgn_table_reader_page p = { .op = CGN_CMD_READ_MAPPINGS,
		.rows = rows,
		.max = 64,
		.has_filter = true,
		.filter = RTE_BE32(0x64400009),
		.filter6 = b4 };

	begin();
	while (!p.is_end) {
		CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &p, done, NULL, 0), 0);
		settle();
		CU_ASSERT_EQUAL(asked.has_filter, 1);
		CU_ASSERT_EQUAL(asked.ep.addr, RTE_BE32(0x64400009));
		CU_ASSERT_EQUAL(memcmp(&asked.b4, &b4, sizeof(b4)), 0);
	}
	end();
}

/* A worker that fails ends the reading, whichever it is, and the next one begins anew. */
static void
failure_of_any_worker_is_told_once(void)
{
	static struct cgn_mapping_info rows[ROWS_MAX];

	begin();
	for (unsigned int w = 0; w < WORKERS; w++) {
		struct cgn_table_reader_page p = {
			.op = CGN_CMD_READ_MAPPINGS, .rows = rows, .max = 400
		};

		fail_at[w] = -EIO;
		n_done = 0;
		CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &p, done, NULL, 0), 0);
		settle();
		CU_ASSERT_EQUAL(n_done, 1);
		CU_ASSERT_EQUAL(last_ret, -EIO);
		fail_at[w] = 0;
	}
	end();
}

/* Two readers at a time do not get into each other's pages. */
static void
readers_at_the_same_time_have_pages_of_their_own(void)
{
	static struct cgn_mapping_info a[ROWS_MAX];
	static struct cgn_subscriber_info b[ROWS_MAX];
	struct cgn_table_reader_page p = { .op = CGN_CMD_READ_MAPPINGS, .rows = a, .max = 201 };
	struct cgn_table_reader_page q = { .op = CGN_CMD_READ_SUBSCRIBERS, .rows = b, .max = 201 };

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &p, done, NULL, 0), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_table_reader_page(client, &planes, &q, done, NULL, 0), 0);
	settle();
	CU_ASSERT_EQUAL(n_done, 2);
	CU_ASSERT_EQUAL_FATAL(p.n, 201);
	CU_ASSERT_EQUAL_FATAL(q.n, 201);
	for (unsigned int i = 0; i < 201; i++) {
		check_row(CGN_CMD_READ_MAPPINGS, a, i, i);
		check_row(CGN_CMD_READ_SUBSCRIBERS, b, i, i);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(pages_of_any_size_show_every_row_once),
	CU_TEST_ROW(filters_reach_every_worker),
	CU_TEST_ROW(failure_of_any_worker_is_told_once),
	CU_TEST_ROW(readers_at_the_same_time_have_pages_of_their_own),
};

int
main(void)
{
	eal_start();
	return cu_main("reader_pages", tests, RTE_DIM(tests));
}
