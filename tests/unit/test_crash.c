/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/crash.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_log.h>

static const struct cgn_restart_numbers some = { 3, 1000000, 7, 12 };
static char dir[300];
static char *said;
static size_t said_len;
static FILE *log_file;

/* A run has ended without removing its mark. */
static void
begin(void)
{
	struct cgn_restart_numbers none;
	struct cgn_restart_mark m;

	scratch_make(dir, sizeof(dir), "crash");
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &none), 0);
	cgn_restart_mark_write(&m, &some);
	close(m.file);
	close(m.dir);
	log_file = open_memstream(&said, &said_len);
	rte_openlog_stream(log_file);
}

static void
end(void)
{
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(said);
}

/* REQ: N-KEEP-29 */
static void
crash_tells_what_is_lost(void)
{
	struct cgn_crash *k;

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_crash_open(&k, dir), 0);
	cgn_crash_tell(k, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cgn_crash_lost(k));
	CU_ASSERT_EQUAL(memcmp(cgn_crash_lost(k), &some, sizeof(some)), 0);
	cgn_crash_close(k);
	fflush(log_file);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "is lost"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, " mappings=1000000 "));
	end();
}

/* REQ: N-KEEP-35 */
static void
crash_after_the_save_loses_nothing(void)
{
	struct cgn_crash *k;

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_crash_open(&k, dir), 0);
	cgn_crash_tell(k, true);
	CU_ASSERT_PTR_NULL(cgn_crash_lost(k));
	cgn_crash_close(k);
	fflush(log_file);
	CU_ASSERT_PTR_NULL(strstr(said, "lost"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "cgnd has crashed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, " mappings=1000000 "));
	end();
}

/* A state alone is no crash. */
static void
stop_is_no_crash(void)
{
	struct cgn_crash *k;
	char path[320];

	begin();
	snprintf(path, sizeof(path), "%s/" CGN_RESTART_MARK_NAME, dir);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_crash_open(&k, dir), 0);
	cgn_crash_tell(k, true);
	CU_ASSERT_PTR_NULL(cgn_crash_lost(k));
	cgn_crash_close(k);
	fflush(log_file);
	CU_ASSERT_EQUAL(said_len, 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(crash_tells_what_is_lost),
	CU_TEST_ROW(crash_after_the_save_loses_nothing),
	CU_TEST_ROW(stop_is_no_crash),
};

int
main(void)
{
	return cu_main("crash", tests, sizeof(tests) / sizeof(tests[0]));
}
