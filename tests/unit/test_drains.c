/* SPDX-License-Identifier: BSD-3-Clause */
/* How the control thread follows external addresses that the workers take out of use. */
#include "controlplane/drains.h"
#include "controlplane/lease/lessor.h"
#include "tests/support/planefix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_log.h>

#define SERVER                                                                                             \
	"workers: 2\n"                                                                                     \
	"ports:\n"                                                                                         \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10]}\n"                   \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"                  \
	"pools: [{name: homes, addresses: [192.0.2.100-192.0.2.103], drain: [192.0.2.100-192.0.2.101]}]\n" \
	"groups: [{name: g, prefixes: [100.64.0.0/10], pool: homes}]\n"

#define X(w)   rte_cpu_to_be_32(0xc0000264 + (w)) /* external address of worker w */
#define CLIENT RTE_BE32(0x64400004)
#define MANY   100

static struct cgn_drain_info rows[PF_WORKERS][MANY];
static unsigned int n_rows[PF_WORKERS];
static FILE *log_file;
static char *log_text;
static size_t log_len;
static unsigned int n_answers;
static rte_be32_t answered;

/* The rows of a worker, a few for each command. */
static int
read_drains(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	uint32_t at = (uint32_t)cmd->u.read.cursor;
	uint32_t n = RTE_MIN(RTE_MIN(cmd->u.read.max, 4u), n_rows[w] - at);

	if (cmd->op != CGN_CMD_READ_DRAINS)
		return 0;
	memcpy(cmd->u.read.out, &rows[w][at], n * sizeof(rows[w][0]));
	evt->u.read = (struct cgn_evt_read){
		.cursor = at + n, .n = n, .done = at + n == n_rows[w]
	};
	return 0;
}

static void
begin(void)
{
	n_rows[0] = n_rows[1] = n_answers = 0;
	log_file = open_memstream(&log_text, &log_len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log_file);
	pf_begin(SERVER, "store: {path: \"\"}\n");
	pf.read = read_drains;
	rte_openlog_stream(log_file);
	rte_log_set_global_level(RTE_LOG_DEBUG);
	rte_log_set_level_pattern("cgn.drains", RTE_LOG_NOTICE);
}

static void
end(void)
{
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(log_text);
	pf_end();
}

static void
set_row(unsigned int w, enum cgn_drain_state state, uint32_t age_s)
{
	rows[w][0] = (struct cgn_drain_info){ .addr = X(w),
		.state = (uint8_t)state,
		.age_s = age_s,
		.left_s = state == CGN_DRAIN_DRAINING ? 60 : 0,
		.subscribers = 2,
		.ended = 7 };
	n_rows[w] = 1;
	cgn_counter_set(&pf.stats[w].pool[0].addresses_closed, 1);
}

/* How many lines of the log have a text. */
static unsigned int
said(const char *text)
{
	unsigned int n = 0;

	fflush(log_file);
	for (const char *at = log_text; at != NULL && (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void
answer(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	(void)arg;
	(void)now_ms;
	CU_ASSERT_EQUAL(a->ret, 0);
	answered = a->ext.addr;
	n_answers++;
}

static struct cgn_lessor *
lessor(void)
{
	return cgn_portmap_lessor(cgn_control_portmap(pf.control));
}

/* N-DRAIN-6: the log has one line when a drain begins, one when the address is empty, and one when it is in use again. */
static void
log_tells_of_each_change_once(void)
{
	begin();
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(said("drain"), 0);
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_READ_DRAINS), 0);
	set_row(1, CGN_DRAIN_DRAINING, 1);
	pf_pass(5000, 10);
	CU_ASSERT_EQUAL(said("drain begins address=192.0.2.101 pool=homes left_s=60 subscribers=2"),
			1);
	CU_ASSERT_EQUAL(said("is empty"), 0);
	set_row(1, CGN_DRAIN_ENDING, 61);
	pf_pass(2000, 10);
	set_row(1, CGN_DRAIN_EMPTY, 62);
	pf_pass(5000, 10);
	CU_ASSERT_EQUAL(said("address is empty address=192.0.2.101 pool=homes took_s=62 mappings_ended=7"),
			1);
	n_rows[1] = 0;
	cgn_counter_set(&pf.stats[1].pool[0].addresses_closed, 0);
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(said("drain is over address=192.0.2.101 pool=homes"), 1);
	CU_ASSERT_EQUAL(said("drain begins"), 1);
	CU_ASSERT_EQUAL(said("is removed"), 0);
	end();
}

/* REQ: G-DAY-39 */
static void
unused_address_is_said_to_be_free_at_once(void)
{
	begin();
	set_row(1, CGN_DRAIN_DRAINING, 1);
	rows[1][0].subscribers = 0;
	pf_pass(5000, 10);
	CU_ASSERT_EQUAL(said("drain begins, nothing uses the address: it is free at once address=192.0.2.101 pool=homes"),
			1);
	CU_ASSERT_EQUAL(said("left_s="), 0);
	n_rows[1] = 0;
	cgn_counter_set(&pf.stats[1].pool[0].addresses_closed, 0);
	end();
}

/* An operator who removes an address sees what this has cost. REQ: N-DRAIN-13 */
static void
log_tells_what_a_reload_has_ended(void)
{
	begin();
	set_row(1, CGN_DRAIN_DRAINING, 1);
	/* It is in no pool. */
	rows[1][0].addr = RTE_BE32(0x0a000001);
	pf_pass(3000, 10);
	cgn_counter_set(&pf.stats[0].gauge[CGN_G_FOLLOWING], 1);
	cgn_counter_set(&pf.stats[0].counter[CGN_C_MAPPINGS_CUT], 20);
	cgn_counter_set(&pf.stats[1].counter[CGN_C_MAPPINGS_CUT], 3);
	cgn_counter_set(&pf.stats[1].counter[CGN_C_LEASES_CUT], 2);
	n_rows[1] = 0;
	cgn_counter_set(&pf.stats[1].pool[0].addresses_closed, 0);
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(said("drain is over, the address is removed address=10.0.0.1"), 1);
	CU_ASSERT_EQUAL(said("a reload has ended"), 0);
	cgn_counter_set(&pf.stats[0].gauge[CGN_G_FOLLOWING], 0);
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(said("a reload has ended mappings=23 leases=2\n"), 1);
	cgn_counter_set(&pf.stats[0].counter[CGN_C_MAPPINGS_CUT], 21);
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(said("a reload has ended mappings=1 leases=0\n"), 1);
	CU_ASSERT_EQUAL(said("a reload has ended"), 2);
	end();
}

/* Many addresses do not fill the log. */
static void
log_has_a_few_lines_of_many_addresses(void)
{
	begin();
	set_row(0, CGN_DRAIN_DRAINING, 1);
	for (unsigned int i = 0; i < MANY; i++) {
		rows[0][i] = rows[0][0];
		rows[0][i].addr = rte_cpu_to_be_32(0xc6336400 + i);
	}
	n_rows[0] = MANY;
	pf_pass(5000, 10);
	CU_ASSERT_EQUAL(said("drain begins"), CGN_DRAINS_LOGGED);
	CU_ASSERT_EQUAL(said("and 80 more lines about addresses that drain"), 1);
	end();
}

/* An address was opened again between the gauge and the table. */
static void
table_may_be_empty_when_it_is_read(void)
{
	begin();
	cgn_counter_set(&pf.stats[0].pool[0].addresses_closed, 1);
	pf_pass(3000, 10);
	CU_ASSERT_NOT_EQUAL(pf_count(0, CGN_CMD_READ_DRAINS), 0);
	CU_ASSERT_EQUAL(said("address="), 0);
	end();
}

/* N-DRAIN-11: leases leave an address only when it is empty: until then they go on. */
static void
leases_leave_an_empty_address(void)
{
	const struct cgn_lessor_request r = {
		.in = { .addr = CLIENT, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP },
		.lifetime_s = 3600,
		.gateway = RTE_BE32(0x64400001),
	};
	unsigned int w;

	begin();
	w = pf_owner(CLIENT);
	cgn_lessor_map(lessor(), &r, answer, NULL, pf.now_ms);
	pf_work();
	CU_ASSERT_EQUAL_FATAL(n_answers, 1);
	CU_ASSERT_EQUAL(answered, X(w));
	set_row(w, CGN_DRAIN_DRAINING, 1);
	pf_pass(3000, 10);
	set_row(w, CGN_DRAIN_ENDING, 61);
	pf_forget();
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(pf_count(w, CGN_CMD_MAP_ADD), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(lessor()), 1);
	/* The worker has no other address. */
	pf.n_mappings = 0;
	pf.refuse = -ENOSPC;
	set_row(w, CGN_DRAIN_EMPTY, 64);
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(pf_count(w, CGN_CMD_MAP_ADD), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(lessor()), 0);
	CU_ASSERT_EQUAL(cgn_lessor_stats(lessor())->revoked, 1);
	pf.refuse = 0;
	end();
}

/* N-LIVE-32: leases that a reload has ended are looked for when all workers have followed it. */
static void
leases_that_a_reload_has_ended_move(void)
{
	const struct cgn_lessor_request r = {
		.in = { .addr = CLIENT, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP },
		.lifetime_s = 3600,
		.gateway = RTE_BE32(0x64400001),
	};

	begin();
	cgn_lessor_map(lessor(), &r, answer, NULL, pf.now_ms);
	pf_work();
	pf_forget();
	/* Worker 1 has ended it, but the reload goes on at worker 0. */
	pf.n_mappings = 0;
	pf.refuse = -ENOSPC;
	cgn_counter_set(&pf.stats[0].gauge[CGN_G_FOLLOWING], 1);
	cgn_counter_set(&pf.stats[1].counter[CGN_C_LEASES_CUT], 1);
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(pf_count(pf_owner(CLIENT), CGN_CMD_MAP_ADD), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(lessor()), 1);
	cgn_counter_set(&pf.stats[0].gauge[CGN_G_FOLLOWING], 0);
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(pf_count(pf_owner(CLIENT), CGN_CMD_MAP_ADD), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(lessor()), 0);
	pf.refuse = 0;
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(unused_address_is_said_to_be_free_at_once),
	CU_TEST_ROW(log_tells_of_each_change_once),
	CU_TEST_ROW(log_tells_what_a_reload_has_ended),
	CU_TEST_ROW(log_has_a_few_lines_of_many_addresses),
	CU_TEST_ROW(table_may_be_empty_when_it_is_read),
	CU_TEST_ROW(leases_leave_an_empty_address),
	CU_TEST_ROW(leases_that_a_reload_has_ended_move),
};

int
main(void)
{
	eal_start();
	return cu_main("drains", tests, RTE_DIM(tests));
}
