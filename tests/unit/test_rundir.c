/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/rundir.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_log.h>

static char top[300];
static char *said; /* what was logged since begin() */
static size_t said_len;
static FILE *log_file;
static bool is_made;

/* Every test has an empty directory of its own to work in. */
static void
begin(void)
{
	scratch_make(top, sizeof(top), "rundir");
	CU_ASSERT_EQUAL_FATAL(chdir(top), 0);
	umask(022);
	log_file = open_memstream(&said, &said_len);
	rte_openlog_stream(log_file);
}

static void
end(void)
{
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(said);
	CU_ASSERT_EQUAL(chdir("/"), 0);
	CU_ASSERT_EQUAL(rmdir(top), 0);
}

static void
expect_said(const char *line)
{
	fflush(log_file);
	CU_ASSERT_STRING_EQUAL(said, line);
}

static void
expect_directory(const char *path)
{
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(stat(path, &st), 0);
	CU_ASSERT_TRUE(S_ISDIR(st.st_mode));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0755);
	CU_ASSERT_EQUAL(rmdir(path), 0);
}

static void
missing_directory_is_made_with_those_above_it(void)
{
	char path[320];

	begin();
	snprintf(path, sizeof(path), "%s/a//b/c/", top);
	CU_ASSERT_EQUAL(cgn_rundir_make(path, &is_made), 0);
	CU_ASSERT_TRUE(is_made);
	expect_directory("a/b/c");
	expect_directory("a/b");
	expect_directory("a");
	CU_ASSERT_EQUAL(cgn_rundir_make("relative", &is_made), 0);
	expect_directory("relative");
	expect_said("");
	end();
}

static void
directory_that_is_there_stays_as_it_is(void)
{
	struct stat st;

	begin();
	CU_ASSERT_EQUAL_FATAL(mkdir("mine", 0700), 0);
	CU_ASSERT_EQUAL_FATAL(symlink("mine", "link"), 0);
	CU_ASSERT_EQUAL(cgn_rundir_make("mine", &is_made), 0);
	CU_ASSERT_EQUAL(cgn_rundir_make("link", &is_made), 0);
	CU_ASSERT_FALSE(is_made);
	CU_ASSERT_EQUAL_FATAL(stat("mine", &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0700);
	CU_ASSERT_EQUAL(unlink("link"), 0);
	CU_ASSERT_EQUAL(rmdir("mine"), 0);
	expect_said("");
	end();
}

static void
file_of_that_name_is_refused_and_said(void)
{
	begin();
	CU_ASSERT_EQUAL_FATAL(close(creat("file", 0644)), 0);
	CU_ASSERT_EQUAL(cgn_rundir_make("file", &is_made), -ENOTDIR);
	expect_said("cgnd: warning runtime-dir-unusable: runtime_dir cannot be made path=file at=file: Not a directory\n");
	CU_ASSERT_EQUAL(unlink("file"), 0);
	end();
}

static void
refusal_names_the_part_that_is_in_the_way(void)
{
	begin();
	CU_ASSERT_EQUAL_FATAL(close(creat("file", 0644)), 0);
	CU_ASSERT_EQUAL(cgn_rundir_make("file/a/b", &is_made), -ENOTDIR);
	expect_said("cgnd: warning runtime-dir-unusable: runtime_dir cannot be made path=file/a/b at=file: Not a directory\n");
	CU_ASSERT_EQUAL(unlink("file"), 0);
	end();
}

static void
place_where_nothing_can_be_made_is_refused(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_rundir_make("/proc/cgnd/run", &is_made), -ENOENT);
	expect_said("cgnd: warning runtime-dir-unusable: runtime_dir cannot be made path=/proc/cgnd/run at=/proc/cgnd: "
		    "No such file or directory\n");
	end();
}

static void
directory_that_takes_no_files_is_refused(void)
{
	bool is_root = geteuid() == 0;

	begin();
	CU_ASSERT_EQUAL_FATAL(chmod(top, 0755), 0);
	CU_ASSERT_EQUAL_FATAL(mkdir("closed", 0555), 0);
	/* Root may write everywhere. */
	if (is_root)
		CU_ASSERT_EQUAL_FATAL(seteuid(65534), 0);
	CU_ASSERT_EQUAL(cgn_rundir_make("closed", &is_made), -EACCES);
	if (is_root)
		CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
	expect_said("cgnd: warning runtime-dir-unusable: runtime_dir cannot be written to path=closed: Permission denied\n");
	CU_ASSERT_EQUAL(rmdir("closed"), 0);
	end();
}

static void
path_without_end_is_refused(void)
{
	static char path[8192];

	begin();
	memset(path, 'x', sizeof(path) - 1);
	CU_ASSERT_EQUAL(cgn_rundir_make(path, &is_made), -ENAMETOOLONG);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(missing_directory_is_made_with_those_above_it),
	CU_TEST_ROW(directory_that_is_there_stays_as_it_is),
	CU_TEST_ROW(file_of_that_name_is_refused_and_said),
	CU_TEST_ROW(refusal_names_the_part_that_is_in_the_way),
	CU_TEST_ROW(place_where_nothing_can_be_made_is_refused),
	CU_TEST_ROW(directory_that_takes_no_files_is_refused),
	CU_TEST_ROW(path_without_end_is_refused),
};

CU_MAIN("rundir", tests)
