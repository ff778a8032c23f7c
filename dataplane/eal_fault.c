/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lets EAL read the first words, and then "--help": it exits there if it has understood all before. That happens in a
 * child process, so that nothing of it stays.
 */
#include "dataplane/eal_fault.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_log.h>

#define WORDS_MAX 256 /* more than eal.c passes on */

/* What else is to be done at an exit is the parent's. */
static void
leave(int status, void *arg)
{
	(void)arg;
	_exit(status);
}

/* In the child. */
static _Noreturn void
try_words(char *const *words, size_t n)
{
	static char name[] = "cgnd", help[] = "--help";
	char *argv[WORDS_MAX + 3] = { name };
	int argc = 1;
	FILE *nowhere = fopen("/dev/null", "we");

	if (nowhere == NULL || on_exit(leave, NULL) != 0 ||
			dup2(fileno(nowhere), STDOUT_FILENO) < 0 ||
			dup2(fileno(nowhere), STDERR_FILENO) < 0)
		_exit(1);
	(void)rte_openlog_stream(nowhere);
	for (size_t i = 0; i < n && i < WORDS_MAX; i++)
		argv[argc++] = words[i];
	argv[argc++] = help;
	/* With --help it does not come back. */
	(void)rte_eal_init(argc, argv);
	_exit(1);
}

/* Whether EAL takes the first @p n words. */
static bool
takes(char *const *words, size_t n)
{
	int status;
	pid_t pid;

	/* What is not printed yet must not be printed twice. */
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return false;
	if (pid == 0)
		try_words(words, n);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

size_t
cgn_eal_fault_find(char *const *words, size_t n)
{
	size_t at = n;

	if (!takes(words, 0))
		return n;
	/* The longest part that EAL takes: a shorter one may end between an option and its value. */
	while (at > 0 && !takes(words, at))
		at--;
	return at;
}
