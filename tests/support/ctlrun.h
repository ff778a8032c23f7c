/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_CTLRUN_H
#define CGN_TEST_CTLRUN_H

/**
 * @file
 * cgnctl from its command line to what it prints. Only one file of a program includes it.
 */

#include "tests/support/cu.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int cgnctl_main(int argc, char *argv[]);

#define main cgnctl_main
#include "controlplane/cgnctl/cgnctl.c"
#undef main

#define WORDS 12

static char out[16384], err[16384];
static const char *input = ""; /* standard input */

static void
take(FILE *f, char *text, size_t size)
{
	rewind(f);
	text[fread(text, 1, size - 1, f)] = '\0';
	fclose(f);
}

/* Run cgnctl with words that blanks divide. @return its exit status */
static int
run(const char *line)
{
	FILE *o = tmpfile(), *e = tmpfile(), *in = tmpfile();
	int status = 0;
	pid_t pid;

	CU_ASSERT_TRUE_FATAL(o != NULL && e != NULL && in != NULL);
	fputs(input, in);
	rewind(in);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char words[512], name[] = "cgnctl";
		char *argv[WORDS + 2] = { name };
		int argc = 1;

		snprintf(words, sizeof(words), "%s", line);
		for (char *w = strtok(words, " "); w != NULL && argc <= WORDS;
				w = strtok(NULL, " "))
			argv[argc++] = w;
		dup2(fileno(in), STDIN_FILENO);
		dup2(fileno(o), STDOUT_FILENO);
		dup2(fileno(e), STDERR_FILENO);
		optind = 0;
		status = cgnctl_main(argc, argv);
		fflush(stdout);
		_exit(status);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	fclose(in);
	take(o, out, sizeof(out));
	take(e, err, sizeof(err));
	CU_ASSERT_TRUE(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
expect(const char *text, const char *want)
{
	CU_ASSERT_STRING_EQUAL(text, want);
	if (strcmp(text, want) != 0)
		printf("\n--- is\n%s--- wanted\n%s", text, want);
}

#endif /* CGN_TEST_CTLRUN_H */
