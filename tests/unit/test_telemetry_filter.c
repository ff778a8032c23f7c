/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filters of tables: what the workers are told, and what is refused.
 */
#include "controlplane/telemetry/telemetry.h"
#include "shared/tcpstate.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#define AHEAD_MS       UINT64_C(1000000000000) /* no wait by the real clock ends before this */
#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define SLICES         3 /* of the table of a worker: none of them has a row */

static struct cgn_table_filter last; /* of the last command */
static unsigned int n_filtered;      /* commands with a filter */
static unsigned int n_all;           /* and all commands */
static unsigned int n_slices;        /* of a worker, to be cleared */
static unsigned int n_cleared[PF_WORKERS];
static unsigned int fail_at; /* this slice of a worker cannot be cleared; 0: all can */

/* Each slice ends two mappings, and leaves one lease; each worker has one static mapping. */
static int
clear_some(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	uint64_t at = cmd->u.read.cursor;

	CU_ASSERT_EQUAL(at, n_cleared[w]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cmd->u.read.filter);
	last = *cmd->u.read.filter;
	n_cleared[w]++;
	evt->u.clear = (struct cgn_evt_clear){ .cursor = at + 1,
		.ended = 2,
		.leases = 1,
		.statics = at == 0,
		.done = at + 1 == n_slices };
	return n_cleared[w] == fail_at ? -EIO : 0;
}

static int
read_nothing(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	const struct cgn_cmd_read *r = &cmd->u.read;

	if (cmd->op == CGN_CMD_CLEAR)
		return clear_some(w, cmd, evt);
	n_all++;
	if (r->filter != NULL) {
		n_filtered++;
		last = *r->filter;
	}
	evt->u.read = (struct cgn_evt_read){ .cursor = r->cursor + 1,
		.done = r->cursor + 1 == SLICES };
	return 0;
}

static void
begin(void)
{
	pf_begin("workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP,
			"store: {path: \"\"}\n");
	pf.read = read_nothing;
	pf.now_ms += AHEAD_MS;
	pf_work();
	tel_n_wrong = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_telemetry_start(pf.control, "1.2.3"), 0);
}

static void
end(void)
{
	cgn_telemetry_stop();
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	pf.read = NULL;
	pf.now_ms -= AHEAD_MS;
	pf_end();
}

/* Ask for a table that has no rows. All commands have the same filter, or none. */
static void
ask(const char *path, const char *params)
{
	json_t *answer;

	n_all = n_filtered = 0;
	answer = tel_ask(path, params);
	CU_ASSERT_PTR_NULL(json_object_get(answer, "error"));
	CU_ASSERT_EQUAL(json_object_size(json_object_get(answer, "rows")), 0);
	CU_ASSERT_EQUAL(n_all, PF_WORKERS * SLICES);
	CU_ASSERT_TRUE(n_filtered == 0 || n_filtered == n_all);
	json_decref(answer);
}

/* REQ: G-DAY-11 */
static void
conditions_reach_all_workers_each_time(void)
{
	begin();
	ask("/cgn/mappings",
			"subscriber=100.64.0.0/24,group=g,external=192.0.2.100:1024,"
			"proto=tcp,state=established");
	CU_ASSERT_TRUE(last.has_subscriber && last.has_group);
	CU_ASSERT_EQUAL(last.subscriber.ip4, IP(100, 64, 0, 0));
	CU_ASSERT_EQUAL(last.subscriber.len, 24);
	CU_ASSERT_EQUAL(last.group, 0);
	CU_ASSERT_EQUAL(last.ext_addr, IP(192, 0, 2, 100));
	CU_ASSERT_EQUAL(last.ext_port, RTE_BE16(1024));
	CU_ASSERT_EQUAL(last.proto, CGN_PROTO_TCP);
	CU_ASSERT_EQUAL(last.tcp_state, CGN_TCP_ESTABLISHED);
	CU_ASSERT_EQUAL(last.kind, CGN_TABLE_ANY);
	ask("/cgn/mappings", "state=explicit");
	CU_ASSERT_EQUAL(last.kind, CGN_TABLE_EXPLICIT);
	CU_ASSERT_EQUAL(last.tcp_state, UINT8_MAX);
	CU_ASSERT_EQUAL(last.proto, CGN_PROTO_COUNT);
	ask("/cgn/subscribers", "state=refused,external=192.0.2.101");
	CU_ASSERT_EQUAL(last.use, CGN_TABLE_USE_REFUSED);
	CU_ASSERT_EQUAL(last.ext_addr, IP(192, 0, 2, 101));
	CU_ASSERT_EQUAL(last.ext_port, 0);
	ask("/cgn/subscribers", NULL);
	CU_ASSERT_EQUAL(n_filtered, 0);
	end();
}

/* Every wrong filter is told in words, and no worker is asked. REQ: G-DAY-11 */
static void
wrong_filters_are_told(void)
{
	static const struct {
		const char *path;
		const char *params;
		const char *why;
	} cases[] = {
		{ "/cgn/mappings", "subscriber=100.64.0.0/33",
				"a subscriber is an address or a prefix" },
		{ "/cgn/mappings", "subscriber=home", "a subscriber is an address or a prefix" },
		{ "/cgn/mappings", "subscriber=100.64.0.256",
				"a subscriber is an address or a prefix" },
		{ "/cgn/mappings", "subscriber=2001:db8",
				"a subscriber is an address or a prefix" },
		{ "/cgn/subscribers", "nobody", "a subscriber is an address or a prefix" },
		{ "/cgn/leases", "nobody", "a subscriber is an address or a prefix" },
		{ "/cgn/leases", "100.64.0.9/33", "a subscriber is an address or a prefix" },
		{ "/cgn/mappings", "group=homes", "no group has this name" },
		{ "/cgn/mappings", "external=192.0.2.102:0",
				"an external address is ADDR or ADDR:PORT" },
		{ "/cgn/mappings", "external=0.0.0.0", "an external address is ADDR or ADDR:PORT" },
		{ "/cgn/mappings", "external=2001:db8::1",
				"an external address is ADDR or ADDR:PORT" },
		{ "/cgn/mappings", "proto=sctp", "a protocol is udp, tcp or icmp" },
		{ "/cgn/mappings", "state=active", "no row can be in this state" },
		{ "/cgn/subscribers", "state=established", "no row can be in this state" },
		{ "/cgn/subscribers", "external=192.0.2.102:80",
				"an external address is ADDR or ADDR:PORT" },
		{ "/cgn/subscribers", "proto=udp", "bad parameters" },
		{ "/cgn/leases", "state=explicit", "bad parameters" },
		{ "/cgn/leases", "group=homes", "no group has this name" },
		{ "/cgn/mappings", "group=g,group=g", "bad parameters" },
		{ "/cgn/pools", "group=g", "bad parameters" },
		{ "/cgn/mappings/clear", NULL, "either filters, or all mappings" },
		{ "/cgn/mappings/clear", "", "either filters, or all mappings" },
		{ "/cgn/mappings/clear", "cursor=0:0", "either filters, or all mappings" },
		{ "/cgn/mappings/clear", "all=1,group=g", "either filters, or all mappings" },
		{ "/cgn/mappings/clear", "all=0", "bad parameters" },
		{ "/cgn/mappings/clear", "all", "a subscriber is an address or a prefix" },
		{ "/cgn/mappings/clear", "all=1,cursor=x", "bad parameters" },
		{ "/cgn/mappings/clear", "all=1,cursor=2:0", "bad parameters" },
		{ "/cgn/mappings/clear", "group=homes", "no group has this name" },
		{ "/cgn/mappings/clear", "proto=", "bad parameters" },
		{ "/cgn/mappings", "all=1", "bad parameters" },
	};

	begin();
	n_all = 0;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		json_t *answer = tel_ask(cases[i].path, cases[i].params);
		const char *why = json_string_value(json_object_get(answer, "error"));

		CU_ASSERT_STRING_EQUAL(why == NULL ? "" : why, cases[i].why);
		json_decref(answer);
	}
	CU_ASSERT_EQUAL(n_all, 0);
	CU_ASSERT_EQUAL(n_cleared[0] + n_cleared[1], 0);
	end();
}

/* The word that is wrong, and those that are allowed in its place. REQ: G-DAY-80 */
static void
wrong_filters_are_told_with_what_is_allowed(void)
{
	static const struct {
		const char *path;
		const char *params;
		const char *why;
	} cases[] = {
		{ "/cgn/mappings", "subscriber=home",
				"subscriber \"home\" is not an address or a prefix" },
		{ "/cgn/leases", "group=gg",
				"no group is called \"gg\". Did you mean g? There is only g" },
		{ "/cgn/mappings", "external=x", "external \"x\" is not ADDR or ADDR:PORT" },
		{ "/cgn/subscribers", "external=192.0.2.102:80",
				"external \"192.0.2.102:80\" is not an IPv4 address without a port" },
		{ "/cgn/mappings/clear", "proto=tpc",
				"no protocol is called \"tpc\". Did you mean tcp? There are udp, tcp, icmp" },
		{ "/cgn/subscribers", "state=activ",
				"no state of a subscriber is called \"activ\". Did you mean active? "
				"There are active, idle, refused" },
		{ "/cgn/mappings", "state=stattic",
				"no state of a mapping is called \"stattic\". Did you mean static? "
				"There are implicit, explicit, peer, static, " },
		{ "/cgn/who", "x", "external \"x\" is not ADDR:PORT/PROTO" },
		{ "/cgn/subscriber", "x", "subscriber \"x\" is not an address" },
		{ "/cgn/leases/delete", "x", "lease \"x\" is not an inside address" },
		{ "/cgn/counters", "worker=7", "there is no worker \"7\": they are 0 to 1" },
		{ "/cgn/verdicts", "worker=all", "there is no worker \"all\": they are 0 to 1" },
	};
	char text[2048];

	begin();
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		json_t *answer = tel_ask(cases[i].path, cases[i].params);

		CU_ASSERT_PTR_NOT_NULL(json_object_get(answer, "error"));
		tel_long(answer, "error", text, sizeof(text));
		if (strncmp(text, cases[i].why, strlen(cases[i].why)) != 0) {
			printf("\n%s: %s\n", cases[i].params, text);
			CU_FAIL("another text");
		}
		json_decref(answer);
	}
	end();
}

/* Clear all pages. @param sum  of ended, leases and static @return pages */
static unsigned int
clear_all(const char *params, json_int_t sum[static 3])
{
	static const char *const keys[] = { "ended", "leases", "static" };
	char text[200], next[40] = "";
	unsigned int n = 0;

	memset(n_cleared, 0, sizeof(n_cleared));
	memset(sum, 0, 3 * sizeof(*sum));
	do {
		json_t *answer;
		const json_t *row;

		snprintf(text, sizeof(text), "%s%s%s", params, n == 0 ? "" : ",cursor=", next);
		answer = tel_ask("/cgn/mappings/clear", text);
		row = json_object_get(json_object_get(answer, "rows"), "0");
		for (unsigned int i = 0; i < 3; i++)
			sum[i] += json_integer_value(json_object_get(row, keys[i]));
		snprintf(next, sizeof(next), "%s",
				json_object_get(answer, "next") == NULL
						? ""
						: json_string_value(
								  json_object_get(answer, "next")));
		json_decref(answer);
		n++;
	} while (next[0] != '\0' && n < 100);
	return n;
}

/* Every worker clears each of its slices once, over several pages. REQ: G-DAY-15 */
static void
clearing_reaches_all_workers(void)
{
	json_int_t sum[3];

	begin();
	n_slices = 3;
	CU_ASSERT_EQUAL(clear_all("group=g,proto=udp", sum), 1);
	CU_ASSERT_TRUE(last.has_group);
	CU_ASSERT_EQUAL(last.proto, CGN_PROTO_UDP);
	CU_ASSERT_EQUAL(sum[0], 2 * 3 * PF_WORKERS);
	CU_ASSERT_EQUAL(sum[1], 3 * PF_WORKERS);
	CU_ASSERT_EQUAL(sum[2], PF_WORKERS);
	n_slices = 300;
	CU_ASSERT_EQUAL(clear_all("all=1", sum), 3);
	CU_ASSERT_FALSE(last.has_group);
	CU_ASSERT_EQUAL(last.proto, CGN_PROTO_COUNT);
	CU_ASSERT_EQUAL(sum[0], 2 * 300 * PF_WORKERS);
	CU_ASSERT_EQUAL(sum[2], PF_WORKERS);
	end();
}

/* All pages have one line in the log. REQ: G-DAY-73 */
static void
clearing_is_logged(void)
{
	json_int_t sum[3];
	size_t len = 0;
	char *text = NULL, *line;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	begin();
	rte_log_set_global_level(RTE_LOG_INFO);
	rte_log_set_level_pattern("cgn.clearlog", RTE_LOG_INFO);
	rte_openlog_stream(out);
	n_slices = 300;
	CU_ASSERT_EQUAL(clear_all("all=1", sum), 3);
	end();
	rte_openlog_stream(NULL);
	fclose(out);
	line = strstr(text,
			"notice mappings-cleared: mappings=1200 leases_left=600 static_left=2 is_complete=yes filter=\"all=1\"\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_PTR_NULL(strstr(line + strlen("notice mappings-cleared"), "mappings-cleared"));
	*line = '\0';
	CU_ASSERT_PTR_NULL(strstr(text, "mappings-cleared"));
	free(text);
}

/* A worker that cannot go on is told, and the others are not asked. REQ: G-DAY-15 */
static void
clearing_that_fails_is_told(void)
{
	json_t *answer;

	begin();
	n_slices = 3;
	fail_at = 2;
	memset(n_cleared, 0, sizeof(n_cleared));
	answer = tel_ask("/cgn/mappings/clear", "all=1");
	CU_ASSERT_PTR_NOT_NULL(json_object_get(answer, "error"));
	CU_ASSERT_EQUAL(n_cleared[0], 2);
	CU_ASSERT_EQUAL(n_cleared[1], 0);
	json_decref(answer);
	fail_at = 0;
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(conditions_reach_all_workers_each_time),
	CU_TEST_ROW(wrong_filters_are_told),
	CU_TEST_ROW(wrong_filters_are_told_with_what_is_allowed),
	CU_TEST_ROW(clearing_reaches_all_workers),
	CU_TEST_ROW(clearing_is_logged),
	CU_TEST_ROW(clearing_that_fails_is_told),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry_filter", tests, RTE_DIM(tests));
}
