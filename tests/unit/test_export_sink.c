/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the log tells of sinks: which one fails, and which one is over.
 */
#include "controlplane/export/export_sink.h"
#include "shared/log_recent.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <poll.h>

static int
sink_open(void *ctx)
{
	(void)ctx;
	return -EIO;
}

static int
sink_write(void *ctx, const struct cgn_record *r)
{
	(void)ctx;
	(void)r;
	return 0;
}

static int
sink_flush(void *ctx)
{
	(void)ctx;
	return 0;
}

static void
nothing(void *ctx)
{
	(void)ctx;
}

/* A receiver that never works. */
static const struct cgn_export_sink_ops ops = {
	.open = sink_open,
	.write = sink_write,
	.flush = sink_flush,
	.close = nothing,
	.destroy = nothing,
};

/* A sink that fails, and has told so. */
static struct cgn_export_sink *
failing(const char *name)
{
	const uint64_t before = cgn_log_recent_count();
	struct cgn_export_sink *s;

	CU_ASSERT_EQUAL_FATAL(cgn_export_sink_create(&s, name, &ops, NULL, 64, 1), 0);
	while (cgn_log_recent_count() == before)
		(void)poll(NULL, 0, 1);
	return s;
}

static unsigned int
count(enum cgn_log_recent_state state)
{
	static struct cgn_log_recent_line lines[CGN_LOG_RECENT_MAX];
	unsigned int n = cgn_log_recent_read(lines), sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += lines[i].event == CGN_EVENT_SINK_FAILS && lines[i].state == state;
	return sum;
}

/* Both lines that a sink may have at its end are an end. */
static void
finish(struct cgn_export_sink *s)
{
	cgn_export_sink_end(s, CGN_EXPORT_SINK_HURRY_MS);
	(void)cgn_export_sink_destroy(s);
}

/* A reload gives the name of a sink that fails to one with another target. The old one ends when the new one fails
 * already. REQ: G-DAY-70 */
static void
end_of_a_sink_is_not_that_of_its_successor(void)
{
	struct cgn_export_sink *before = failing("archive"), *after = failing("archive");

	CU_ASSERT_EQUAL(count(CGN_LOG_RECENT_OPEN), 2);
	finish(before);
	CU_ASSERT_EQUAL(count(CGN_LOG_RECENT_OPEN), 1);
	CU_ASSERT_EQUAL(count(CGN_LOG_RECENT_OVER), 1);
	finish(after);
	CU_ASSERT_EQUAL(count(CGN_LOG_RECENT_OPEN), 0);
	CU_ASSERT_EQUAL(count(CGN_LOG_RECENT_OVER), 2);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(end_of_a_sink_is_not_that_of_its_successor),
};

CU_MAIN("export_sink", tests)
