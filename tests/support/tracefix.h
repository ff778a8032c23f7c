/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_TRACEFIX_H
#define CGN_TEST_TRACEFIX_H

/**
 * @file
 * Lines of records, and questions to a trace that has read them. Times are in seconds after 2026-11-28T03:00:00Z.
 */

#include "controlplane/trace/trace.h"
#include "tests/support/cu.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define BASE_MS INT64_C(1795834800000)

#define BLOCK                                                                                  \
	"sourceIPv4Address=\"100.64.0.%u\" sourceIPv4PrefixLength=\"32\" "                     \
	"postNATSourceIPv4Address=\"198.51.100.3\" portRangeStart=\"%u\" portRangeEnd=\"%u\" " \
	"natPoolName=\"homes\""

static struct cgn_trace *trace;
static char lines[64][512];
static unsigned int n_lines;
static bool add_twice_and_backwards;

/* Note a line. @param seq  0: it has no number */
__attribute__((format(printf, 6, 7))) static inline void
put(double second, const char *event, uint64_t boot, const char *producer, uint64_t seq,
		const char *format, ...)
{
	unsigned int ms = (unsigned int)(second * 1000 + 0.5);
	char number[48] = "";
	size_t len;
	va_list ap;

	CU_ASSERT_TRUE_FATAL(n_lines < sizeof(lines) / sizeof(lines[0]));
	if (seq != 0)
		snprintf(number, sizeof(number), " seq=\"%" PRIu64 "\"", seq);
	snprintf(lines[n_lines], sizeof(lines[0]),
			"<134>1 2026-11-28T03:%02u:%02u.%03uZ box cgnd 7 %s [cgnd@32473 instance=\"cgnd\" "
			"boot=\"%" PRIx64 "\" producer=\"%s\"%s ",
			ms / 60000, ms / 1000 % 60, ms % 1000, event, boot, producer, number);
	len = strlen(lines[n_lines]);
	va_start(ap, format);
	vsnprintf(lines[n_lines] + len, sizeof(lines[0]) - len, format, ap);
	va_end(ap);
	len = strlen(lines[n_lines]);
	/* Without fields, the blanks go. */
	while (lines[n_lines][len - 1] == ' ')
		len--;
	snprintf(lines[n_lines] + len, sizeof(lines[0]) - len, "]");
	n_lines++;
}

static inline void
allocated(double second, uint64_t seq, unsigned int host, unsigned int first, unsigned int last)
{
	put(second, "block-allocated", 1, "worker0", seq, BLOCK, host, first, last);
}

static inline void
released(double second, uint64_t seq, unsigned int host, unsigned int first, unsigned int last)
{
	put(second, "block-released", 1, "worker0", seq, BLOCK, host, first, last);
}

static inline void
started(double second, uint64_t boot, const char *after, uint64_t previous)
{
	put(second, "start", boot, "export", 1, "after=\"%s\" previousBoot=\"%" PRIx64 "\"", after,
			previous);
}

static inline void
gap(double second, uint64_t first, uint64_t last, uint64_t blocks)
{
	put(second, "gap", 1, "worker0", 0,
			"first=\"%" PRIu64 "\" last=\"%" PRIu64
			"\" lost=\"9\" lost.blocks=\"%" PRIu64 "\"",
			first, last, blocks);
}

static inline void
checkpoint(double second, const char *producer, uint64_t last)
{
	put(second, "checkpoint", 1, producer, 0, "last=\"%" PRIu64 "\"", last);
}

static inline void
add(const char *line)
{
	struct cgn_trace_record r;

	CU_ASSERT_TRUE_FATAL(cgn_trace_line_read(line, strlen(line), &r));
	CU_ASSERT_EQUAL(cgn_trace_add(trace, &r), 0);
}

/* Ask with all lines that were noted. */
static inline struct cgn_trace_answer
ask(double second, uint16_t port)
{
	const struct cgn_trace_question q = { .ext = RTE_BE32(0xc6336403),
		.port = port,
		.at_ms = BASE_MS + (int64_t)(second * 1000) };
	struct cgn_trace_answer a;

	cgn_trace_destroy(trace);
	CU_ASSERT_EQUAL_FATAL(cgn_trace_create(&trace, &q, 1), 0);
	for (unsigned int i = 0; i < n_lines; i++)
		add(lines[i]);
	for (unsigned int i = n_lines; add_twice_and_backwards && i > 0; i--)
		add(lines[i - 1]);
	/* One line is there once more. */
	if (n_lines > 2)
		add(lines[2]);
	CU_ASSERT_EQUAL(cgn_trace_end(trace), 0);
	cgn_trace_answer(trace, &q, &a);
	return a;
}

static inline void
begin(void)
{
	n_lines = 0;
}

/* The last number of the address of who had the port; 0: nobody, 1000 and above: a reason. */
static inline unsigned int
who(double second, uint16_t port)
{
	struct cgn_trace_answer a = ask(second, port);

	if (a.verdict == CGN_TRACE_UNSURE)
		return 1000 + a.reason;
	CU_ASSERT_EQUAL(a.has_tenure, a.verdict == CGN_TRACE_FOUND);
	return a.verdict == CGN_TRACE_NOBODY ? 0 : rte_be_to_cpu_32(a.tenure.inside.ip4) & 0xff;
}

#define UNSURE(reason) (1000 + CGN_TRACE_##reason)

#endif /* CGN_TEST_TRACEFIX_H */
