/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static char dir[256];
static FILE *cleaner;
static pid_t owner;

static void
fail(const char *path)
{
	perror(path);
	abort();
}

/* The end of the program closes the pipe in any case. This waits until the directory is gone. */
static void
end(void)
{
	/* A child that was forked by a test has a copy of the pipe and is not the one to wait. */
	if (getpid() == owner)
		pclose(cleaner);
}

const char *
scratch_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char command[400];

	if (dir[0] != '\0')
		return dir;
	snprintf(dir, sizeof(dir), "%s/cgn-test-XXXXXX",
			tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		fail(dir);
	/* setsid: who kills the program with its process group does not kill this. cat ends when
	 * nobody has the other end of the pipe any more. */
	snprintf(command, sizeof(command),
			"exec setsid sh -c 'cat; cd /; rm -rf \"$0\"' '%s' >/dev/null 2>&1", dir);
	cleaner = popen(command, "we");
	if (cleaner == NULL)
		fail("sh");
	owner = getpid();
	atexit(end);
	return dir;
}

void
scratch_make(char *path, size_t size, const char *what)
{
	int n = snprintf(path, size, "%s/%s-XXXXXX", scratch_dir(), what);

	if (n < 0 || (size_t)n >= size || mkdtemp(path) == NULL)
		fail(path);
}

void
scratch_set_disk(bool is_full)
{
	struct rlimit limit = { .rlim_cur = is_full ? 0 : RLIM_INFINITY,
		.rlim_max = RLIM_INFINITY };

	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		fail("setrlimit");
}
