/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Logging to stderr through a sink, so that a slow reader never stops a worker.
 */
#include "shared/log.h"

#include "shared/log_head.h"
#include "shared/log_recent.h"
#include "shared/sink.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define END_MS   1000 /* ms to wait for a slow reader of the log at the end */
#define TEXT_MAX 1024 /* octets of a line with its NUL; longer ones need memory */

static struct cgn_sink *sink; /* NULL: logs go to stderr directly */
static FILE *first_stderr;
static const int signals[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV };

/* On a crash, write as much of the last lines as the reader takes at once: they tell the reason. */
static void
crashed(int sig)
{
	cgn_sink_rescue(sink);
	raise(sig); /* the handler was removed (SA_RESETHAND), so the signal has its default effect */
}

/* Handle the signals of crashes, unless somebody else does, as the sanitizers do. */
static void
catch_crashes(void)
{
	const struct sigaction sa = { .sa_handler = crashed,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };
	struct sigaction old;

	for (size_t i = 0; i < RTE_DIM(signals); i++) {
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			(void)sigaction(signals[i], &sa, NULL);
	}
}

void
cgn_log_init(unsigned int verbose)
{
	uint32_t level = verbose == 0  ? RTE_LOG_NOTICE
			: verbose == 1 ? RTE_LOG_INFO
				       : RTE_LOG_DEBUG;

	cgn_log_head_begin(STDERR_FILENO);
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (sink == NULL && cgn_sink_open(&sink, STDERR_FILENO) == 0) {
		/* Libraries print to stderr too. In glibc stderr is a variable that may be set. */
		first_stderr = stderr;
		stderr = cgn_sink_stream(sink);
		catch_crashes();
	}
	/* The EAL would log to stdout, which is for requested output. */
	rte_openlog_stream(stderr);
	rte_log_set_level_pattern("cgn.*", level);
}

static void
log_text(uint32_t type, enum cgn_log_event event, const char *about, const char *text)
{
	const struct cgn_log_event_row *row = cgn_log_event_row(event);
	char head[CGN_LOG_HEAD_MAX], recent[CGN_LOG_RECENT_TEXT + 64];

	rte_log(row->level, type, "%s%s\n", cgn_log_head_format(event, head), text);
	snprintf(recent, sizeof(recent), "%s: %.*s", row->name, CGN_LOG_RECENT_TEXT, text);
	cgn_log_recent_note(event, about, recent);
}

void
cgn_log_line(uint32_t type, enum cgn_log_event event, const char *about, const char *format, ...)
{
	char text[TEXT_MAX], *all = NULL;
	va_list ap;
	int len;

	/* Also if --log-level hides the line: what is over must not look as if it lasted. */
	cgn_log_recent_end(event, about);
	if (!rte_log_can_log(type, cgn_log_event_row(event)->level))
		return;
	va_start(ap, format);
	len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (len >= TEXT_MAX) {
		va_start(ap, format);
		if (vasprintf(&all, format, ap) < 0)
			all = NULL;
		va_end(ap);
	}
	log_text(type, event, about, all == NULL ? text : all);
	free(all);
}

void
cgn_log_settle(void)
{
	if (sink != NULL)
		cgn_sink_follow(sink);
}

uint64_t
cgn_log_lost(void)
{
	return sink == NULL ? 0 : cgn_sink_lost(sink);
}

void
cgn_log_fini(void)
{
	struct sigaction old;

	if (sink == NULL)
		return;
	for (size_t i = 0; i < RTE_DIM(signals); i++) {
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == crashed)
			signal(signals[i], SIG_DFL);
	}
	stderr = first_stderr;
	rte_openlog_stream(stderr);
	(void)cgn_sink_close(sink, END_MS);
	sink = NULL;
}

void
cgn_log_print(void (*print)(const void *arg, FILE *out), const void *arg, int fd)
{
	struct cgn_sink *s;

	if (cgn_sink_open(&s, fd) < 0)
		return;
	print(arg, cgn_sink_stream(s));
	(void)cgn_sink_close(s, END_MS);
}
