/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lets EAL read the first words, and then "--help": it exits there if it has understood all before. That happens in a
 * child process, so that nothing of it stays. It must never go on to its start, where it would take huge pages and devices:
 * so no word may hide "--help" from it.
 */
#include "dataplane/eal_fault.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* In the child. @param next  a word behind them; an option without its value takes it */
static _Noreturn void
try_words(char *const *words, size_t n, char *next)
{
	static char name[] = "cgnd", help[] = "--help";
	char *argv[WORDS_MAX + 4] = { name };
	int argc = 1;
	FILE *nowhere = fopen("/dev/null", "we");

	if (nowhere == NULL || on_exit(leave, NULL) != 0 ||
			dup2(fileno(nowhere), STDOUT_FILENO) < 0 ||
			dup2(fileno(nowhere), STDERR_FILENO) < 0)
		_exit(1);
	(void)rte_openlog_stream(nowhere);
	for (size_t i = 0; i < n && i < WORDS_MAX; i++)
		argv[argc++] = words[i];
	argv[argc++] = next;
	argv[argc++] = help;
	/* It comes back only with an error. */
	(void)rte_eal_init(argc, argv);
	_exit(1);
}

/* Whether EAL takes the first @p n words, and the next one. */
static bool
takes(char *const *words, size_t n, char *next)
{
	int status;
	pid_t pid;

	/* What is not printed yet must not be printed twice. */
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return false;
	if (pid == 0)
		try_words(words, n, next);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

size_t
cgn_eal_fault_memory(char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = words[i] + 2;

		if (strncmp(words[i], "-m", 2) != 0)
			continue;
		if (*value == '\0')
			value = i + 1 < n ? words[i + 1] : "";
		if (*value == '\0' || value[strspn(value, "0123456789")] != '\0')
			return i;
	}
	return n;
}

size_t
cgn_eal_fault_find(char *const *words, size_t n)
{
	/* Alone, the second one is an error. */
	static char help[] = "--help", value[] = "--help=value";
	size_t end = 0, at;

	/* EAL reads nothing behind this word. */
	while (end < n && strcmp(words[end], "--") != 0)
		end++;
	if (!takes(words, 0, help))
		return n;
	if (end == n && n > 0 && takes(words, n, value))
		return n - 1; /* an option without its value */
	/* The longest part that EAL takes: a shorter one may end between an option and its value. */
	for (at = end; at > 0 && !takes(words, at, help);)
		at--;
	return at == end ? n : at;
}
