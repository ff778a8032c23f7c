/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/telemetry/clearlog.h"
#include "tests/support/cu.h"
#include "tests/support/logfix.h"

#include <string.h>

#include <rte_log.h>

static struct cgn_clearlog clears;
static struct cgn_timerq *timers;

static void
begin(void)
{
	logfix_open();
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	cgn_clearlog_init(&clears, timers);
}

static void
end(void)
{
	cgn_clearlog_fini(&clears);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
	logfix_close();
}

/* A page from one place to another one. @param to  0: it is the last one */
static void
page(const char *params, uint64_t from, uint64_t to, uint32_t n, uint64_t now_ms)
{
	const struct cgn_table_reader_cursor begins = { .at = from };
	const struct cgn_table_reader_clear c = {
		.cursor.at = to, .is_end = to == 0, .ended = n, .leases = 1, .statics = 2
	};

	cgn_clearlog_page(&clears, params, &begins, &c, now_ms);
}

/* However many pages there are, and also if two operators do it at the same time. REQ: G-DAY-73 */
static void
all_pages_have_one_line(void)
{
	begin();
	page("group=homes", 0, 100, 5, 1000);
	page("all=1", 0, 100, 50, 1000);
	page("group=homes,cursor=0:100", 100, 200, 6, 2000);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	page("group=homes,cursor=0:200", 200, 0, 7, 3000);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice mappings-cleared: mappings=18 leases_left=3 static_left=6 is_complete=yes filter=\"group=homes\"\n");
	page("all=1,cursor=0:100", 100, 0, 1, 3000);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice mappings-cleared: mappings=51 leases_left=2 static_left=4 is_complete=yes filter=\"all=1\"\n");
	page("proto=udp,state=im\x1b\"p", 0, 0, 0, 3000);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice mappings-cleared: mappings=0 leases_left=1 static_left=2 is_complete=yes filter=\"proto=udp,state=im??p\"\n");
	end();
}

/* cgnctl is gone, and cgnd ends. REQ: G-DAY-73 */
static void
what_is_not_complete_is_told(void)
{
	begin();
	page("all=1", 0, 100, 5, 1000);
	for (uint64_t ms = 1000; ms < 1000 + CGN_CLEARLOG_WAIT_MS; ms += 500)
		(void)cgn_timerq_run(timers, ms, 10);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	for (uint64_t ms = 0; ms < 3000; ms += 500)
		(void)cgn_timerq_run(timers, 1000 + CGN_CLEARLOG_WAIT_MS + ms, 10);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice mappings-cleared: mappings=5 leases_left=1 static_left=2 is_complete=no filter=\"all=1\"\n");
	page("all=1", 0, 100, 7, 20000);
	cgn_clearlog_fini(&clears);
	CU_ASSERT_PTR_NOT_NULL(strstr(
			logfix_new(), "mappings=7 leases_left=1 static_left=2 is_complete=no "));
	end();
}

/* None is lost if there are more than can be added up. */
static void
each_of_too_many_has_its_lines(void)
{
	char filter[CGN_TELEMETRY_PARAMS_MAX];

	begin();
	for (unsigned int i = 0; i < CGN_CLEARLOG_MAX + 1; i++) {
		snprintf(filter, sizeof(filter), "subscriber=10.0.0.%u", i);
		page(filter, 0, 100, i, 1000);
	}
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice mappings-cleared: mappings=4 leases_left=1 static_left=2 is_complete=no filter=\"subscriber=10.0.0.4\"\n");
	memset(filter, 'x', sizeof(filter) - 1);
	filter[sizeof(filter) - 1] = '\0';
	page(filter, 0, 0, 9, 1000);
	CU_ASSERT_PTR_NOT_NULL(strstr(logfix_new(), "mappings=9 "));
	end();
}

/* G-DAY-86 */
static void
deleted_leases_have_a_line(void)
{
	begin();
	cgn_clearlog_leases("100.64.0.9", 49, true);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice leases-deleted: leases=49 is_stored=yes filter=\"100.64.0.9\"\n");
	cgn_clearlog_leases("192.168.1.2:80/udp,home=2001:db8::1", 1, false);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice leases-deleted: leases=1 is_stored=no filter=\"192.168.1.2:80/udp,home=2001:db8::1\"\n");
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(all_pages_have_one_line),
	CU_TEST_ROW(deleted_leases_have_a_line),
	CU_TEST_ROW(what_is_not_complete_is_told),
	CU_TEST_ROW(each_of_too_many_has_its_lines),
};

CU_MAIN("clearlog", tests)
