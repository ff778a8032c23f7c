/* SPDX-License-Identifier: BSD-3-Clause */
/* What cgnctl trace says of a run that a reload has begun. Seconds after 2026-11-28T03:00:00Z. */
#include "controlplane/trace/trace.h"
#include "tests/support/cu.h"

#include <string.h>

#define BASE_MS INT64_C(1795834800000)
#define HEAD(second, event, producer)                               \
	"<134>1 2026-11-28T03:00:" second ".000Z box cgnd 7 " event \
	" [cgnd@32473 instance=\"cgnd\" boot=\"1\" producer=\"" producer "\" "
#define BLOCK(host, first, last)                                                 \
	"sourceIPv4Address=\"100.64.0." host "\" sourceIPv4PrefixLength=\"32\" " \
	"postNATSourceIPv4Address=\"198.51.100.3\" portRangeStart=\"" first      \
	"\" portRangeEnd=\"" last "\" natPoolName=\"homes\"]"

/* Ask who had a port, if the run has begun like this. */
static struct cgn_trace_answer
ask(const char *after, int second, uint16_t port)
{
	const struct cgn_trace_question q = {
		.ext = RTE_BE32(0xc6336403), .port = port, .at_ms = BASE_MS + second * 1000
	};
	char start[512];
	const char *const lines[] = {
		start,
		HEAD("10", "block-allocated", "worker0") "seq=\"1\" " BLOCK("9", "1024", "1535"),
		HEAD("20", "block-released", "worker0") "seq=\"2\" " BLOCK("7", "2048", "2559"),
		HEAD("50", "checkpoint", "worker0") "last=\"2\"]",
		HEAD("50", "checkpoint", "export") "last=\"1\"]",
	};
	struct cgn_trace_answer a;
	struct cgn_trace_record r;
	struct cgn_trace *t;

	snprintf(start, sizeof(start),
			HEAD("05", "start", "export") "seq=\"1\" after=\"%s\" records=\"blocks\"]",
			after);
	CU_ASSERT_EQUAL_FATAL(cgn_trace_create(&t, &q, 1), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CU_ASSERT_TRUE_FATAL(cgn_trace_line_read(lines[i], strlen(lines[i]), &r));
		CU_ASSERT_EQUAL(cgn_trace_add(t, &r), 0);
	}
	CU_ASSERT_EQUAL(cgn_trace_end(t), 0);
	cgn_trace_answer(t, &q, &a);
	cgn_trace_destroy(t);
	return a;
}

/* REQ: N-LIVE-46: blocks that were in use when the export was switched on have no record. */
static void
a_port_without_a_record_may_have_been_in_use_before_the_reload(void)
{
	CU_ASSERT_EQUAL(ask("reload", 30, 1100).verdict, CGN_TRACE_FOUND);
	/* It was in use before, and its end tells by whom. */
	CU_ASSERT_EQUAL(ask("reload", 15, 2100).verdict, CGN_TRACE_FOUND);
	CU_ASSERT_EQUAL(ask("reload", 30, 4000).verdict, CGN_TRACE_UNSURE);
	CU_ASSERT_EQUAL(ask("reload", 30, 4000).reason, CGN_TRACE_MISSING);
	CU_ASSERT_EQUAL(ask("reload", 1, 4000).verdict, CGN_TRACE_UNSURE);
	CU_ASSERT_EQUAL(ask("nothing", 30, 4000).verdict, CGN_TRACE_NOBODY);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_port_without_a_record_may_have_been_in_use_before_the_reload),
};

CU_MAIN("trace_reload", tests)
