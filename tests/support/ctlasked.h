/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_CTLASKED_H
#define CGN_TEST_CTLASKED_H

/**
 * @file
 * cgnctl from its command line to what it prints, with a telemetry socket that the test answers for. Only one file of a
 * program includes it.
 */

#include "controlplane/cgnctl/ctlrows.h"
#include "tests/support/ctlrun.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define QUESTIONS 16

/* What the child has asked, in memory that both see. */
static struct {
	char prefix[64];
	unsigned int n;
	char questions[QUESTIONS][CGN_CTLSOCK_QUESTION_MAX];
} * asked;

/* What it is answered: one text per question; NULL: an error. */
static const char *const *answers;
static int open_with;
static const char *why;

bool
cgn_ctlsock_is_prefix(const char *prefix)
{
	return strchr(prefix, '/') == NULL;
}

int
cgn_ctlsock_open(struct cgn_ctlsock **opened, const struct cgn_ctlsock_cfg *cfg)
{
	snprintf(asked->prefix, sizeof(asked->prefix), "%s", cfg->prefix);
	*opened = NULL;
	return open_with;
}

void
cgn_ctlsock_close(struct cgn_ctlsock *s)
{
	(void)s;
}

const char *
cgn_ctlsock_error(const struct cgn_ctlsock *s)
{
	(void)s;
	return why;
}

int
cgn_ctlsock_ask(struct cgn_ctlsock *s, const char *question, json_t **answer)
{
	unsigned int i = asked->n++;

	(void)s;
	if (i >= QUESTIONS)
		_exit(99);
	snprintf(asked->questions[i], sizeof(asked->questions[i]), "%s", question);
	if (answers[i] == NULL)
		return -EIO;
	*answer = json_loads(answers[i], JSON_DECODE_ANY, NULL);
	if (*answer == NULL)
		_exit(98);
	cgn_ctlrows_join(*answer);
	return 0;
}

/* --- running it ---------------------------------------------------------------------------- */

/* Run cgnctl with answers for its questions. @return its exit status */
static int
ask(const char *line, const char *const *replies)
{
	memset(asked, 0, sizeof(*asked));
	answers = replies;
	return run(line);
}

/* Run the tests. @return the exit status */
static int
asked_main(const char *name, const struct cu_test *tests, size_t n)
{
	asked = mmap(NULL, sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			0);
	if (asked == MAP_FAILED)
		return EXIT_FAILURE;
	return cu_main(name, tests, n);
}

#endif /* CGN_TEST_CTLASKED_H */
