/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Traces of packets by telemetry: what is asked of the workers, the stream, and all the ways in which a trace ends.
 */
#include "controlplane/telemetry/telemetry.h"
#include "controlplane/telemetry/telemetry_params.h"
#include "shared/tap_filter.h"
#include "shared/tap_record.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#include <stdlib.h>

#define TEXT                                                  \
	"workers: 2\n" CONFTEXT_PORTS "store: {path: \"\"}\n" \
	"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p0}]\n"

#define AHEAD_MS UINT64_C(1000000000000) /* no wait by the real clock ends before this */

static struct cgn_tap_door *doors[2];

static void
begin(void)
{
	pf_begin(TEXT, "pools: [{name: p0, addresses: [192.0.3.2-192.0.3.5]}]\n");
	pf.now_ms += AHEAD_MS;
	pf_work();
	doors[0] = doors[1] = NULL;
	tel_n_wrong = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_telemetry_start(pf.control, "1.2.3"), 0);
}

static void
end(void)
{
	cgn_telemetry_stop();
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	pf.now_ms -= AHEAD_MS;
	pf_end();
}

/* Note the doors that the workers have now. */
static void
look_at_doors(void)
{
	for (unsigned int i = 0; i < pf.n_log; i++) {
		if (pf.log[i].cmd.op == CGN_CMD_TAP)
			doors[pf.log[i].worker] = pf.log[i].cmd.u.tap;
	}
	pf.n_log = 0;
}

/* What is wrong in the last answer, with the word and what is allowed; "": nothing is there. */
static char long_why[4096];

static void
expect_error(const char *params, const char *why)
{
	json_t *answer = tel_ask("/cgn/tap", params);
	const char *error = json_string_value(json_object_get(answer, "error"));

	CU_ASSERT_PTR_NOT_NULL(error);
	CU_ASSERT_STRING_EQUAL(error == NULL ? "" : error, why);
	if (error == NULL || strcmp(error, why) != 0)
		printf("\n%s: %s\n", params, error == NULL ? "no error" : error);
	tel_long(answer, "error", long_why, sizeof(long_why));
	json_decref(answer);
}

/* A wrong value is told with what is allowed in its place. */
static void
expect_told(const char *params, const char *const *told)
{
	expect_error(params, strstr(params, "port=") == NULL ? "bad parameters" : "no such thing");
	for (; *told != NULL; told++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(long_why, *told));
		if (strstr(long_why, *told) == NULL)
			printf("\n%s: not in: %s\n", *told, long_why);
	}
}

static json_int_t
start_mode(const char *mode, const char *more)
{
	char params[400];
	json_t *answer;
	json_int_t id;

	snprintf(params, sizeof(params), "do=start,mode=%s%s", mode, more);
	answer = tel_ask("/cgn/tap", params);
	id = json_integer_value(json_object_get(answer, "id"));
	CU_ASSERT_NOT_EQUAL(id, 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(answer, "format")), CGN_TAP_FORMAT);
	json_decref(answer);
	pf_work();
	look_at_doors();
	return id;
}

static json_int_t
start(const char *more)
{
	return start_mode("trace", more);
}

static void
ask_about(const char *what, json_int_t id, char params[static 80])
{
	snprintf(params, 80, "do=%s,id=%lld", what, (long long)id);
}

static void
stop(json_int_t id)
{
	char params[80];

	ask_about("stop", id, params);
	json_decref(tel_ask("/cgn/tap", params));
	pf_work();
	look_at_doors();
}

/* The next octets of the stream. @return how many */
static size_t
read_octets(json_int_t id, uint8_t *to, size_t max)
{
	char params[80], pair[3] = "";
	json_t *answer;
	const char *text;
	size_t n = 0;

	ask_about("read", id, params);
	answer = tel_ask("/cgn/tap", params);
	text = json_string_value(answer);
	CU_ASSERT_PTR_NOT_NULL(text);
	for (; text != NULL && text[2 * n] != '\0' && n < max; n++) {
		memcpy(pair, text + 2 * n, 2);
		to[n] = (uint8_t)strtoul(pair, NULL, 16);
	}
	json_decref(answer);
	return n;
}

/* Write a record as a worker does. */
static void
put(unsigned int worker, uint32_t number)
{
	struct cgn_tap_record *r = cgn_tap_ring_begin(&doors[worker]->ring, sizeof(*r));

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	memset(r, 0, sizeof(*r));
	r->head = (struct cgn_tap_head){ .size = sizeof(*r), .kind = CGN_TAP_PACKET };
	r->number = number;
	r->worker = (uint16_t)worker;
	cgn_tap_ring_end(&doors[worker]->ring, &r->head);
	atomic_fetch_sub(doors[worker]->left, 1);
}

static union {
	struct cgn_tap_names names;
	struct cgn_tap_record r[4];
	struct cgn_tap_end end;
	uint8_t octets[8192];
} u;

/* G-DAY-24 */
static void
records_of_all_workers_are_one_stream_with_an_end(void)
{
	char params[80];
	json_int_t id;
	size_t n;

	begin();
	id = start("");
	CU_ASSERT_PTR_NOT_NULL_FATAL(doors[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(doors[1]);
	n = read_octets(id, u.octets, sizeof(u));
	CU_ASSERT_EQUAL(n, sizeof(u.names));
	CU_ASSERT_EQUAL(u.names.head.kind, CGN_TAP_NAMES);
	CU_ASSERT_STRING_EQUAL(u.names.port[0], cgn_control_conf(pf.control)->ports[0].name);
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), 0);
	put(0, 1);
	put(0, 2);
	put(1, 3);
	atomic_store(&doors[1]->lost, 5);
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), 3 * sizeof(u.r[0]));
	/* The workers come in turn. */
	CU_ASSERT_EQUAL(u.r[0].number, 1);
	CU_ASSERT_EQUAL(u.r[1].number, 3);
	CU_ASSERT_EQUAL(u.r[2].number, 2);
	put(1, 4);
	stop(id);
	CU_ASSERT_PTR_NULL(doors[0]);
	CU_ASSERT_PTR_NULL(doors[1]);
	/* What was recorded before is still read. */
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.r[0]));
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.end));
	CU_ASSERT_EQUAL(u.end.head.kind, CGN_TAP_END);
	CU_ASSERT_EQUAL(u.end.why, CGN_TAP_WHY_ASKED);
	CU_ASSERT_EQUAL(u.end.n, 4);
	CU_ASSERT_EQUAL(u.end.lost, 5);
	ask_about("read", id, params);
	expect_error(params, "no such thing");
	end();
}

/* G-DAY-24 */
static void
trace_ends_after_its_records_or_its_time(void)
{
	json_int_t id;

	begin();
	id = start(",count=2,seconds=10");
	put(0, 1);
	put(1, 2);
	pf_pass(400, 100);
	look_at_doors();
	CU_ASSERT_PTR_NULL(doors[0]);
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.names));
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), 2 * sizeof(u.r[0]));
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.end));
	CU_ASSERT_EQUAL(u.end.why, CGN_TAP_WHY_COUNT);

	id = start(",seconds=3");
	pf_pass(3400, 100);
	look_at_doors();
	CU_ASSERT_PTR_NULL(doors[1]);
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.names));
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.end));
	CU_ASSERT_EQUAL(u.end.why, CGN_TAP_WHY_TIME);
	end();
}

/* G-DAY-24 */
static void
trace_that_nobody_reads_makes_room_for_the_next(void)
{
	char params[80];
	json_int_t id;

	begin();
	id = start(",seconds=3600");
	expect_error("do=start,mode=trace", "a trace or a capture of packets runs already");
	pf_pass(CGN_TAPPER_SILENCE_MS + 400, 100);
	look_at_doors();
	CU_ASSERT_PTR_NULL(doors[0]);
	/* Whoever comes back, such as a cgnctl that was suspended, hears why. */
	ask_about("read", id, params);
	expect_error(params, "it has ended because it was not read for 5 s");
	(void)start("");
	CU_ASSERT_PTR_NOT_NULL(doors[0]);
	expect_error(params, "it has ended because it was not read for 5 s");
	end();
}

/* The reply of worker 1 to the question that it did not reply to: that for its door. */
static void
reply_late(uint32_t seq)
{
	struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = 1, .seq = seq };

	CU_ASSERT_EQUAL(rte_ring_enqueue_elem(pf.planes.workers[1].evt, &evt, sizeof(evt)), 0);
	pf.is_silent[1] = false;
	pf_pass(400, 100);
}

/* Let time pass while only worker 0 works. */
static void
pass_without_worker_1(unsigned int ms)
{
	for (unsigned int i = 0; i < ms; i += 100) {
		pf.now_ms += 100;
		pf_turn();
		while (pf_obey(0) != 0)
			;
		pf_turn();
	}
	look_at_doors();
}

/* G-DAY-24: a worker that hangs keeps nobody waiting: the stream ends without it, with the reason. As long as it may still
 * write to its door, there is no other trace, and that has a clear error, too. */
static void
worker_that_hangs_ends_the_stream_and_is_told(void)
{
	struct cgn_tap_door *door;
	char params[80];
	json_int_t id;
	uint32_t seq = 0;

	begin();
	id = start("");
	door = doors[1];
	put(0, 1);
	pf.is_silent[1] = true;
	ask_about("stop", id, params);
	json_decref(tel_ask("/cgn/tap", params));
	pf_pass(CGN_TAPPER_WORKER_MS / 2, 100);
	for (unsigned int i = 0; i < pf.n_log; i++) {
		if (pf.log[i].worker == 1 && pf.log[i].cmd.op == CGN_CMD_TAP)
			seq = pf.log[i].cmd.seq;
	}
	look_at_doors();
	CU_ASSERT_PTR_NULL(doors[0]);
	expect_error("do=start,mode=trace", "a trace or a capture of packets runs already");
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.names));
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.r[0]));
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), 0);
	pf_pass(CGN_TAPPER_WORKER_MS, 100);
	expect_error("do=start,mode=trace", "a worker does not answer");
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.end));
	CU_ASSERT_EQUAL(u.end.why, CGN_TAP_WHY_SILENT);
	CU_ASSERT_EQUAL(u.end.n, 1);
	ask_about("read", id, params);
	expect_error(params, "no such thing");
	/* It may still write. */
	pf_pass(60000, 100);
	doors[1] = door;
	put(1, 2);
	expect_error("do=start,mode=trace", "a worker does not answer");
	/* It goes on: there is room for the next. */
	reply_late(seq);
	(void)start("");
	CU_ASSERT_PTR_NOT_NULL(doors[1]);
	end();
}

/* The queue of a worker that hangs is full: the others are told all the same that the trace ends. */
static void
worker_with_a_full_queue_does_not_keep_the_others(void)
{
	struct cgn_cmd nothing = { .op = CGN_CMD_PING };
	json_int_t id;
	char params[80];

	begin();
	id = start("");
	while (cgn_dpclient_send(cgn_control_client(pf.control), 1, &nothing, NULL, pf.now_ms) == 0)
		;
	ask_about("stop", id, params);
	json_decref(tel_ask("/cgn/tap", params));
	pass_without_worker_1(200);
	CU_ASSERT_PTR_NULL(doors[0]);
	CU_ASSERT_PTR_NOT_NULL(doors[1]);
	pass_without_worker_1(CGN_TAPPER_WORKER_MS + 200);
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.names));
	CU_ASSERT_EQUAL(read_octets(id, u.octets, sizeof(u)), sizeof(u.end));
	CU_ASSERT_EQUAL(u.end.why, CGN_TAP_WHY_SILENT);
	pf_pass(400, 100);
	look_at_doors();
	CU_ASSERT_PTR_NULL(doors[1]);
	(void)start("");
	end();
}

/* G-DAY-23 */
static void
question_reaches_the_workers(void)
{
	const struct cgn_tap_ask *ask;

	begin();
	(void)start(",subscriber=100.64.1.0/24,external=192.0.3.2:2000,verdict=mtu+ttl");
	ask = doors[0]->ask;
	CU_ASSERT_EQUAL(ask->subscriber.len, 24);
	CU_ASSERT_EQUAL(ask->subscriber.ip4, RTE_BE32(0x64400100));
	CU_ASSERT_EQUAL(ask->ext_addr, RTE_BE32(0xc0000302));
	CU_ASSERT_EQUAL(ask->ext_port, RTE_BE16(2000));
	CU_ASSERT_TRUE(ask->has_verdicts);
	CU_ASSERT_TRUE(ask->verdicts[CGN_V_MTU] && ask->verdicts[CGN_V_TTL]);
	CU_ASSERT_FALSE(ask->verdicts[CGN_V_OUT]);
	CU_ASSERT_EQUAL(ask->port, CGN_PORTS_MAX);
	end();
	begin();
	(void)start(",verdict=dropped");
	for (unsigned int v = 0; v < CGN_V_COUNT; v++)
		CU_ASSERT_EQUAL(doors[0]->ask->verdicts[v],
				cgn_verdict_class((enum cgn_verdict)v) == CGN_VC_DROPPED);
	end();
}

/* The question that brings a part of a filter. */
static const char *
part(json_int_t id, const char *text)
{
	static char params[600];

	snprintf(params, sizeof(params), "do=filter,id=%lld,part=%s", (long long)id, text);
	return params;
}

#define LOAD "003000000000000c" /* ldb [12] */
#define TAKE "0006000000000001"
#define BACK "00050000ffffffff" /* ja -1 */

/* G-DAY-27: a capture begins when its filter is there. */
static void
capture_waits_for_its_filter(void)
{
	json_int_t id;

	begin();
	id = start_mode("capture", ",filter=3,port=in0");
	CU_ASSERT_PTR_NULL(doors[0]);
	json_decref(tel_ask("/cgn/tap", part(id, LOAD)));
	pf_work();
	look_at_doors();
	CU_ASSERT_PTR_NULL(doors[0]);
	expect_error(part(id, TAKE TAKE TAKE), "bad parameters");
	expect_error(part(id, "00"), "bad parameters");
	expect_error(part(id + 1, TAKE), "no such thing");
	json_decref(tel_ask("/cgn/tap", part(id, TAKE TAKE)));
	pf_work();
	look_at_doors();
	CU_ASSERT_PTR_NOT_NULL_FATAL(doors[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(doors[1]);
	CU_ASSERT_TRUE(doors[0]->ask->is_capture);
	CU_ASSERT_EQUAL(doors[0]->ask->snap, CGN_TAP_SNAP_MAX);
	CU_ASSERT_EQUAL(doors[0]->ask->filter[0].k, 12);
	CU_ASSERT_EQUAL(doors[0]->ask->filter[2].k, 1);
	expect_error(part(id, TAKE), "bad parameters");
	stop(id);
	CU_ASSERT_PTR_NULL(doors[0]);
	end();
}

/* G-DAY-27 */
static void
filter_that_is_not_safe_reaches_no_worker(void)
{
	json_int_t id;

	begin();
	id = start_mode("capture", ",filter=2");
	expect_error(part(id, BACK TAKE), "bad parameters");
	pf_work();
	look_at_doors();
	CU_ASSERT_PTR_NULL(doors[0]);
	expect_error(part(id, TAKE), "no such thing");
	/* Whoever brings no filter makes room for the next. */
	(void)start_mode("capture", ",filter=2");
	pf_pass(CGN_TAPPER_SILENCE_MS + 400, 100);
	(void)start_mode("capture", "");
	CU_ASSERT_PTR_NOT_NULL(doors[0]);
	end();
}

/* A value that is too long must not be taken for one that is missing: the trace would be of all packets. */
static void
long_values_are_refused(void)
{
	static const char *const keys[] = { "verdict", "subscriber", "external", "port" };
	char question[CGN_TELEMETRY_PARAMS_MAX], value[440];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	begin();
	for (size_t i = 0; i < RTE_DIM(keys); i++) {
		snprintf(question, sizeof(question), "do=start,mode=trace,%s=%s", keys[i], value);
		expect_error(question,
				strcmp(keys[i], "port") == 0 ? "no such thing" : "bad parameters");
	}
	end();
}

/* G-DAY-80 */
static void
wrong_values_are_told_with_what_is_allowed(void)
{
#define TOLD(...) (const char *const[]){ __VA_ARGS__, NULL }
	begin();
	expect_told("do=start,mode=trace,verdict=mtux",
			TOLD("no verdict is called \"mtux\". Did you mean mtu?", "dropped", "ttl"));
	expect_told("do=start,mode=trace,verdict=mtu+filterd",
			TOLD("\"filterd\". Did you mean filtered?"));
	/* All of them, "local" once although it is a class and a verdict. */
	for (int v = 0; v < CGN_V_COUNT; v++)
		CU_ASSERT_PTR_NOT_NULL(strstr(long_why, cgn_verdict_name((enum cgn_verdict)v)));
	CU_ASSERT_PTR_NULL(strstr(strstr(long_why, " local,") + 1, " local,"));
	expect_told("do=start,mode=trace,port=in00",
			TOLD("no port is called \"in00\". Did you mean in0?",
					"There are in0, out0"));
	expect_told("do=start,mode=trace,subscriber=home",
			TOLD("subscriber \"home\" is not an address"));
	expect_told("do=start,mode=trace,external=out", TOLD("external \"out\" is not ADDR"));
	expect_told("do=start,mode=trace,seconds=3601",
			TOLD("seconds \"3601\" is not a number from 1 to 3600"));
#undef TOLD
	end();
}

static void
bad_questions_are_refused(void)
{
	static const char *const bad[] = { "do=start", "do=start,mode=x", "mode=trace",
		"do=start,mode=trace,count=0", "do=start,mode=trace,count=1000001",
		"do=start,mode=trace,seconds=3601", "do=start,mode=trace,verdict=nosuch",
		"do=start,mode=trace,verdict=mtu+", "do=start,mode=trace,subscriber=x",
		"do=start,mode=trace,subscriber=0.0.0.0/0",
		"do=start,mode=trace,external=1.2.3.4:", "do=start,mode=trace,external=::1",
		"do=start,mode=capture,filter=0", "do=start,mode=capture,filter=2049",
		"do=filter,id=1", "do=start,mode=trace,snap=63", "do=start,do=start,mode=trace",
		"do=read", "do=read,id=0", "do=sing,id=1" };

	begin();
	for (size_t i = 0; i < RTE_DIM(bad); i++)
		expect_error(bad[i], "bad parameters");
	expect_error("do=start,mode=trace,port=nosuch", "no such thing");
	expect_error("do=read,id=1", "no such thing");
	expect_error("do=stop,id=1", "no such thing");
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(records_of_all_workers_are_one_stream_with_an_end),
	CU_TEST_ROW(trace_ends_after_its_records_or_its_time),
	CU_TEST_ROW(trace_that_nobody_reads_makes_room_for_the_next),
	CU_TEST_ROW(worker_that_hangs_ends_the_stream_and_is_told),
	CU_TEST_ROW(worker_with_a_full_queue_does_not_keep_the_others),
	CU_TEST_ROW(question_reaches_the_workers),
	CU_TEST_ROW(capture_waits_for_its_filter),
	CU_TEST_ROW(filter_that_is_not_safe_reaches_no_worker),
	CU_TEST_ROW(long_values_are_refused),
	CU_TEST_ROW(wrong_values_are_told_with_what_is_allowed),
	CU_TEST_ROW(bad_questions_are_refused),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry_tap", tests, RTE_DIM(tests));
}
