/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/restart/restart_mark.h"
#include "shared/log_recent.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_log.h>

static char dir[300], path[320];
static struct cgn_restart_mark m;
static struct cgn_restart_numbers lost;
static const struct cgn_restart_numbers some = { 3, 1000000, 7, 12 };

static void
begin(void)
{
	scratch_make(dir, sizeof(dir), "mark");
	snprintf(path, sizeof(path), "%s/" CGN_RESTART_MARK_NAME, dir);
}

static bool
exists(void)
{
	return access(path, F_OK) == 0;
}

/* As if cgnd was killed: its descriptors are closed, the file stays. */
static void
kill_it(void)
{
	close(m.file);
	close(m.dir);
}

static void
write_file(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* REQ: N-KEEP-29 */
static void
crash_tells_what_was_lost(void)
{
	struct stat st;

	begin();
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	cgn_restart_mark_write(&m, &some);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	kill_it();
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 1);
	CU_ASSERT_EQUAL(memcmp(&lost, &some, sizeof(some)), 0);
	/* The numbers of the new run take the place of the old ones. */
	cgn_restart_mark_write(&m, &(struct cgn_restart_numbers){ 0 });
	kill_it();
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 1);
	CU_ASSERT_EQUAL(lost.mappings, 0);
	cgn_restart_mark_write(&m, &(struct cgn_restart_numbers){ .mappings = UINT64_MAX });
	kill_it();
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 1);
	CU_ASSERT_EQUAL(lost.mappings, 9999999999);
	cgn_restart_mark_end(&m);
}

/* REQ: N-KEEP-29 */
static void
stop_is_no_crash(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	cgn_restart_mark_write(&m, &some);
	cgn_restart_mark_end(&m);
	CU_ASSERT_FALSE(exists());
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	cgn_restart_mark_end(&m);
	CU_ASSERT_FALSE(exists());
}

/* REQ: N-KEEP-25 */
static void
failed_start_leaves_the_mark(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	cgn_restart_mark_write(&m, &some);
	kill_it();
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 1);
		cgn_restart_mark_end(&m);
		CU_ASSERT_TRUE(exists());
	}
	CU_ASSERT_EQUAL(lost.mappings, 1000000);
}

/* Another process begins, and has the mark until end_other(). */
static pid_t
begin_other(int *hold)
{
	int ready[2], held[2];
	char octet;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(held), 0);
	pid = fork();
	if (pid == 0) {
		close(held[1]);
		if (cgn_restart_mark_begin(&m, dir, &lost) != 0)
			_exit(1);
		cgn_restart_mark_write(&m, &some);
		(void)!write(ready[1], "x", 1);
		(void)!read(held[0], &octet, 1);
		cgn_restart_mark_end(&m);
		_exit(0);
	}
	close(ready[1]);
	close(held[0]);
	CU_ASSERT_EQUAL(read(ready[0], &octet, 1), 1);
	close(ready[0]);
	*hold = held[1];
	return pid;
}

static void
end_other(pid_t pid, int hold)
{
	int status;

	close(hold);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

/* Each of the two would write over the state of the other. REQ: N-KEEP-36 */
static void
second_cgnd_is_refused(void)
{
	char pid_text[30], *said;
	FILE *log;
	size_t len;
	int hold;
	pid_t pid;

	begin();
	log = open_memstream(&said, &len);
	rte_openlog_stream(log);
	pid = begin_other(&hold);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), -EBUSY);
		/* It may be called all the same. */
		cgn_restart_mark_write(&m, &some);
		cgn_restart_mark_end(&m);
		CU_ASSERT_TRUE(exists());
	}
	end_other(pid, hold);
	CU_ASSERT_FALSE(exists());
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	cgn_restart_mark_end(&m);
	rte_openlog_stream(NULL);
	fclose(log);
	snprintf(pid_text, sizeof(pid_text), " pid=%d\n", (int)pid);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "another cgnd uses runtime_dir"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, pid_text));
	free(said);
}

/* REQ: N-KEEP-29 */
static void
file_that_is_no_mark_tells_of_no_crash(void)
{
	static const char *const bad[] = { "x",
		"cgnd 1 0000000003 0001000000 0000000007 0000000012",
		"cgnd 2 0000000003 0001000000 0000000007 0000000012\n",
		"cgnd 1          3    1000000          7         12\n",
		"cgnd 1 00000000-3 0001000000 0000000007 0000000012\n" };
	char other[320];

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(bad[i]);
		CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
		cgn_restart_mark_end(&m);
	}
	write_file("cgnd 1 0000000003 0001000000 0000000007 0000000012\n");
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 1);
	cgn_restart_mark_end(&m);
	/* Not through a link, and not if it has another name. */
	snprintf(other, sizeof(other), "%s/other", dir);
	CU_ASSERT_EQUAL(link(path, other), 0);
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(symlink("other", path), 0);
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	cgn_restart_mark_write(&m, &some);
	cgn_restart_mark_end(&m);
	CU_ASSERT_EQUAL(access(other, F_OK), 0);
}

/* The state of the last warning. */
static enum cgn_log_recent_state
warning(void)
{
	static struct cgn_log_recent_line lines[CGN_LOG_RECENT_MAX];

	CU_ASSERT_TRUE_FATAL(cgn_log_recent_read(lines) > 0);
	CU_ASSERT_EQUAL(lines[0].event, CGN_EVENT_CRASH_MARK_MISSING);
	return lines[0].state;
}

/* A disk that is full, and has room again: it is told once that it fails, and once that it works. REQ: G-DAY-70 */
static void
file_that_is_written_again_is_told(void)
{
	struct rlimit all, none;
	uint64_t before;

	begin();
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(cgn_restart_mark_begin(&m, dir, &lost), 0);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &all), 0);
	none = all;
	none.rlim_cur = 0;
	before = cgn_log_recent_count();
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &none), 0);
	for (unsigned int i = 0; i < 5; i++)
		cgn_restart_mark_write(&m, &some);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &all), 0);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before + 1);
	CU_ASSERT_EQUAL(warning(), CGN_LOG_RECENT_OPEN);
	cgn_restart_mark_write(&m, &some);
	CU_ASSERT_EQUAL(warning(), CGN_LOG_RECENT_OVER);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before + 1);
	/* It fails anew. */
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &none), 0);
	cgn_restart_mark_write(&m, &some);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &all), 0);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before + 2);
	CU_ASSERT_EQUAL(warning(), CGN_LOG_RECENT_OPEN);
	cgn_restart_mark_end(&m);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(crash_tells_what_was_lost),
	CU_TEST_ROW(stop_is_no_crash),
	CU_TEST_ROW(failed_start_leaves_the_mark),
	CU_TEST_ROW(second_cgnd_is_refused),
	CU_TEST_ROW(file_that_is_no_mark_tells_of_no_crash),
	CU_TEST_ROW(file_that_is_written_again_is_told),
};

CU_MAIN("restart_mark", tests)
