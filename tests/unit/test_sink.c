/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/sink.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOST "cgnd: warning log-lines-lost: log lines were lost, nobody took them n="
#define MANY 20000 /* lines; four times what a pipe and the buffer take */
#define SOME 5000  /* lines; more than a pipe takes */

static int ends[2];
static struct cgn_sink *sink;

/** What came out of a pipe. */
static struct {
	unsigned long lines;
	unsigned long lost;  /* as was said */
	unsigned long said;  /* lines that said so */
	unsigned long wrong; /* lines that are not whole */
} got;

static void
begin(void)
{
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_sink_open(&sink, ends[1]), 0);
}

static void
print_lines(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		fprintf(cgn_sink_stream(sink), "line %09lu of a log that nobody reads now\n", i);
}

/* Read until the other end is closed. */
static void *
read_all(void *arg)
{
	FILE *f = fdopen(ends[0], "r");
	char line[256];

	memset(&got, 0, sizeof(got));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, LOST, strlen(LOST)) == 0) {
			got.lost += strtoul(line + strlen(LOST), NULL, 10);
			got.said++;
		} else if (strncmp(line, "line ", 5) == 0 && strlen(line) == 46) {
			got.lines++;
		} else {
			got.wrong++;
		}
	}
	fclose(f);
	return arg;
}

/* From here on somebody reads, and the sink is closed. */
static void
end(void)
{
	pthread_t reader;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, read_all, NULL), 0);
	CU_ASSERT_EQUAL(cgn_sink_close(sink, 60000), 0);
	close(ends[1]);
	pthread_join(reader, NULL);
}

static void
a_full_pipe_holds_up_nobody_and_lost_lines_are_said_once(void)
{
	begin();
	print_lines(MANY); /* comes back although nobody reads */
	CU_ASSERT_TRUE(cgn_sink_lost(sink) > 0);
	end();
	CU_ASSERT_EQUAL(got.lines + got.lost, MANY);
	CU_ASSERT_EQUAL(got.said, 1);
	CU_ASSERT_EQUAL(got.wrong, 0);
}

/* The reader of the pipe goes away, and the descriptor becomes another pipe. */
static void
the_loss_is_said_after_a_write_that_failed(void)
{
	int old, other[2];

	begin();
	old = ends[0];
	print_lines(MANY);
	CU_ASSERT_EQUAL_FATAL(pipe(other), 0);
	CU_ASSERT_EQUAL_FATAL(dup2(other[1], ends[1]), ends[1]);
	close(other[1]);
	ends[0] = other[0];
	close(old); /* ends the write that waits */
	end();
	CU_ASSERT_EQUAL(got.said, 1);
	CU_ASSERT_TRUE(got.lost > 0);
}

static void
the_loss_is_said_when_half_of_the_buffer_is_free(void)
{
	char buf[4096];
	ssize_t n = 0;

	begin();
	print_lines(MANY);
	/* Most of what was kept: the buffer has room for what is printed now, and is not empty. */
	for (size_t sum = 0; sum < CGN_SINK_ROOM * 3 / 4 && n >= 0; sum += (size_t)n)
		n = read(ends[0], buf, sizeof(buf));
	print_lines(1);
	end();
	CU_ASSERT_EQUAL(got.said, 1);
	CU_ASSERT_TRUE(got.lost > 0);
}

static void
what_was_printed_is_written_when_the_sink_is_closed(void)
{
	begin();
	print_lines(SOME);
	end();
	CU_ASSERT_EQUAL(got.lines, SOME);
	CU_ASSERT_EQUAL(got.said + got.wrong, 0);
}

static void
the_end_does_not_wait_for_a_pipe_that_nobody_reads(void)
{
	begin();
	print_lines(SOME);
	CU_ASSERT_EQUAL(cgn_sink_close(sink, 10), -ETIMEDOUT);
	/* Its thread goes on alone: the text comes when somebody reads. */
	for (unsigned long lines = 0; lines < SOME;) {
		char c = '\0';

		CU_ASSERT_EQUAL_FATAL(read(ends[0], &c, 1), 1);
		lines += c == '\n' ? 1 : 0;
	}
	close(ends[0]);
}

static void
a_descriptor_that_somebody_made_non_blocking_loses_nothing(void)
{
	begin();
	CU_ASSERT_EQUAL(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	print_lines(SOME);
	end();
	CU_ASSERT_EQUAL(got.lines, SOME);
	CU_ASSERT_EQUAL(got.said + got.wrong, 0);
}

static void
lines_in_pieces_are_kept_whole_or_counted_once(void)
{
	begin();
	setvbuf(cgn_sink_stream(sink), NULL, _IONBF, 0);
	for (unsigned long i = 0; i < MANY; i++) {
		fprintf(cgn_sink_stream(sink), "line %09lu of ", i);
		fprintf(cgn_sink_stream(sink), "a log that nobody reads now\n");
	}
	end();
	/* The line at which the room ended may have come in part. It is among the lost ones. */
	CU_ASSERT_EQUAL(got.lines + got.lost, MANY);
	CU_ASSERT_EQUAL(got.said, 1);
	CU_ASSERT_TRUE(got.wrong <= 1);
}

/* As in the signal handler of a process that dies: the last lines say why. */
static void
what_lies_in_the_buffer_can_be_rescued_without_waiting(void)
{
	char buf[4096];
	ssize_t n;

	begin();
	print_lines(SOME);
	cgn_sink_rescue(sink); /* comes back although the pipe is full */
	CU_ASSERT_EQUAL(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	do {
		n = read(ends[0], buf, sizeof(buf));
		cgn_sink_rescue(sink);
	} while (n > 0);
	CU_ASSERT_EQUAL(n, -1);
	close(ends[0]); /* a thread that still writes gets an error now */
	CU_ASSERT_EQUAL(cgn_sink_close(sink, 60000), 0);
	close(ends[1]);
}

/* The thread may have taken the line just then: it is written all the same. */
static void
last_line_is_written_whoever_has_it(void)
{
	for (int i = 0; i < 2000; i++) {
		struct cgn_sink *s;
		char buf[64];

		CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
		CU_ASSERT_EQUAL_FATAL(cgn_sink_open(&s, ends[1]), 0);
		fprintf(cgn_sink_stream(s), "why it died\n");
		for (volatile int k = 0; k < i * 50; k++)
			continue; /* so that the thread has come further each time */
		cgn_sink_rescue(s);
		CU_ASSERT_EQUAL(read(ends[0], buf, sizeof(buf)), 12); /* waits for it */
		CU_ASSERT_EQUAL(cgn_sink_close(s, 60000), 0);
		close(ends[0]);
		close(ends[1]);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_full_pipe_holds_up_nobody_and_lost_lines_are_said_once),
	CU_TEST_ROW(the_loss_is_said_after_a_write_that_failed),
	CU_TEST_ROW(the_loss_is_said_when_half_of_the_buffer_is_free),
	CU_TEST_ROW(what_was_printed_is_written_when_the_sink_is_closed),
	CU_TEST_ROW(the_end_does_not_wait_for_a_pipe_that_nobody_reads),
	CU_TEST_ROW(a_descriptor_that_somebody_made_non_blocking_loses_nothing),
	CU_TEST_ROW(lines_in_pieces_are_kept_whole_or_counted_once),
	CU_TEST_ROW(what_lies_in_the_buffer_can_be_rescued_without_waiting),
	CU_TEST_ROW(last_line_is_written_whoever_has_it),
};

CU_MAIN("sink", tests)
