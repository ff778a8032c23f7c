/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_LOGFIX_H
#define CGN_TEST_LOGFIX_H

/**
 * @file
 * Catches the log of a test.
 */

#include "tests/support/cu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>

static struct {
	FILE *file;
	char *text; /* all lines, after logfix_new() */
	size_t len;
	size_t seen; /* octets that logfix_new() has returned */
} logfix;

/** Catch all lines from now on. */
static inline void
logfix_open(void)
{
	logfix.seen = 0;
	logfix.file = open_memstream(&logfix.text, &logfix.len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(logfix.file);
	rte_openlog_stream(logfix.file);
}

/** Catch no more. The texts are gone. */
static inline void
logfix_close(void)
{
	rte_openlog_stream(NULL);
	fclose(logfix.file);
	free(logfix.text);
	logfix.text = NULL;
}

/** The lines since the last call. They are valid until the next line is logged. */
static inline const char *
logfix_new(void)
{
	const char *text;

	fflush(logfix.file);
	text = logfix.text + logfix.seen;
	logfix.seen = logfix.len;
	return text;
}

/** How often a text has a part. */
static inline unsigned int
logfix_count(const char *text, const char *part)
{
	unsigned int n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

#endif /* CGN_TEST_LOGFIX_H */
