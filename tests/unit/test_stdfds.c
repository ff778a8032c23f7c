/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/stdfds.h"
#include "tests/support/cu.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
is_null(int fd)
{
	struct stat null, st;

	return stat("/dev/null", &null) == 0 && fstat(fd, &st) == 0 && st.st_rdev == null.st_rdev;
}

/* In a process of its own. @param closed  a bit for each descriptor. @return 0: as it should be */
static int
open_without(unsigned int closed)
{
	int wrong = 0, next, other = open("/dev", O_RDONLY);

	for (int fd = 0; fd <= 2; fd++) {
		if ((closed >> fd & 1) != 0)
			close(fd);
		else /* something else, so that one can see that it stays */
			dup2(other, fd);
	}
	wrong += cgn_stdfds_open() != 0;
	for (int fd = 0; fd <= 2; fd++)
		wrong += is_null(fd) != ((closed >> fd & 1) != 0);
	/* Nothing else is left open. */
	next = open("/dev/null", O_RDONLY);
	close(next);
	wrong += cgn_stdfds_open() != 0;
	wrong += open("/dev/null", O_RDONLY) != next;
	return wrong;
}

static void
what_is_closed_becomes_null_and_the_rest_stays(void)
{
	for (unsigned int closed = 0; closed < 8; closed++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0)
			_exit(open_without(closed));
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT_EQUAL(status, 0);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(what_is_closed_becomes_null_and_the_rest_stays),
};

CU_MAIN("stdfds", tests)
