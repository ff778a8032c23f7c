/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/restart/restart_file.h"
#include "shared/crc.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_byteorder.h>

/* Where fields of the header are. */
#define VERSION_AT 8
#define SAVED_AT   16
#define BOOT_AT    24
#define BUILD_AT   64
#define SUM_AT     124

static char dir[300], path[320];
static char why[CGN_RESTART_FILE_WHY_MAX];
static struct cgn_restart_file f;
static uint8_t got[CGN_RESTART_FILE_CHUNK_MAX];

/* Every test has a directory of its own with a good file of two chunks. */
static void
begin(void)
{
	static uint8_t large[CGN_RESTART_FILE_CHUNK_MAX];

	scratch_make(dir, sizeof(dir), "restart");
	snprintf(path, sizeof(path), "%s/" CGN_RESTART_FILE_NAME, dir);
	memset(large, 0xa5, sizeof(large));
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_create(&f, dir, "1.2.3", why), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_put(&f, 7, "seven", 5), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_put(&f, 8, large, sizeof(large)), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_commit(&f), 0);
}

static bool
exists(const char *name)
{
	char at[320];
	struct stat st;

	snprintf(at, sizeof(at), "%s/%s", dir, name);
	return lstat(at, &st) == 0;
}

static void
write_at(off_t at, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY);

	CU_ASSERT_EQUAL(pwrite(fd, data, len, at), (ssize_t)len);
	close(fd);
}

/* Write to the header, and make its checksum right. */
static void
write_header_at(off_t at, const void *data, size_t len)
{
	uint8_t header[SUM_AT];
	uint32_t sum;
	int fd;

	write_at(at, data, len);
	fd = open(path, O_RDONLY);
	CU_ASSERT_EQUAL(read(fd, header, sizeof(header)), (ssize_t)sizeof(header));
	close(fd);
	sum = rte_cpu_to_le_32(cgn_crc(header, sizeof(header), 0));
	write_at(SUM_AT, &sum, sizeof(sum));
}

/* The file is refused for a reason. It is gone after that, so that the next start does not meet it again. */
static void
refused(int ret, const char *reason)
{
	why[0] = '\0';
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), ret);
	CU_ASSERT_STRING_EQUAL(why, reason);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_TAKEN));
}

/* REQ: N-KEEP-20 */
static void
what_was_written_is_read_once(void)
{
	uint32_t kind;
	struct stat st;
	size_t len;

	begin();
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NEW));
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
	CU_ASSERT_STRING_EQUAL(f.build, "1.2.3");
	CU_ASSERT_EQUAL(cgn_restart_file_next(&f, &kind, got, &len), 1);
	CU_ASSERT_EQUAL(kind, 7);
	CU_ASSERT_EQUAL(len, 5);
	CU_ASSERT_EQUAL(memcmp(got, "seven", 5), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_next(&f, &kind, got, &len), 1);
	CU_ASSERT_EQUAL(kind, 8);
	CU_ASSERT_EQUAL(len, sizeof(got));
	CU_ASSERT_EQUAL(got[len - 1], 0xa5);
	CU_ASSERT_EQUAL(cgn_restart_file_next(&f, &kind, got, &len), 0);
	cgn_restart_file_close(&f);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_TAKEN));
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), -ENOENT);
}

/* However often a start fails, and whether it has read the file or not. REQ: N-KEEP-33 */
static void
file_of_a_start_that_fails_is_put_back(void)
{
	uint32_t kind;
	size_t len;

	begin();
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL_FATAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
		CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
		CU_ASSERT_EQUAL(cgn_restart_file_next(&f, &kind, got, &len), 1);
		CU_ASSERT_EQUAL(kind, 7);
		if (i == 1)
			CU_ASSERT_EQUAL(cgn_restart_file_next(&f, &kind, got, &len), 1);
		CU_ASSERT_EQUAL(cgn_restart_file_put_back(&f), 0);
		CU_ASSERT_TRUE(exists(CGN_RESTART_FILE_NAME));
		CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_TAKEN));
	}
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
	cgn_restart_file_close(&f);
	/* Nothing to put back. */
	CU_ASSERT_EQUAL(cgn_restart_file_put_back(&f), 0);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
}

/* The start may have crashed of what is in it. REQ: N-KEEP-20 */
static void
file_of_a_start_that_crashes_is_not_used_again(void)
{
	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
	close(f.file);
	close(f.dir);
	CU_ASSERT_TRUE(exists(CGN_RESTART_FILE_TAKEN));
	refused(-EOWNERDEAD, "a start has crashed while it used it");
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), -ENOENT);
	/* It does not stand in the way of a new one. */
	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
	close(f.file);
	close(f.dir);
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_create(&f, dir, "2", why), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_commit(&f), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
	CU_ASSERT_STRING_EQUAL(f.build, "2");
	cgn_restart_file_close(&f);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_TAKEN));
	/* A start that wants no state removes it, too. */
	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
	close(f.file);
	close(f.dir);
	CU_ASSERT_FALSE(cgn_restart_file_remove(dir));
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_TAKEN));
}

/* REQ: N-KEEP-20 */
static void
file_that_is_not_finished_is_no_file(void)
{
	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_create(&f, dir, "1", why), 0);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
	CU_ASSERT_TRUE(exists(CGN_RESTART_FILE_NEW));
	/* A crash leaves it. */
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), -ENOENT);
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_create(&f, dir, "1", why), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_put(&f, 0, "", 0), -EINVAL);
	CU_ASSERT_EQUAL(cgn_restart_file_put(&f, 1, got, sizeof(got) + 1), -EINVAL);
	cgn_restart_file_close(&f);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NEW));
}

/* REQ: N-KEEP-20 */
static void
full_disk_leaves_no_file(void)
{
	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_restart_file_create(&f, dir, "1", why), 0);
	signal(SIGXFSZ, SIG_IGN);
	scratch_set_disk(true);
	CU_ASSERT_EQUAL(cgn_restart_file_put(&f, 1, got, sizeof(got)), -EFBIG);
	CU_ASSERT_EQUAL(cgn_restart_file_commit(&f), -EFBIG);
	scratch_set_disk(false);
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NEW));
}

/* REQ: N-KEEP-21 */
static void
file_of_another_boot_is_refused(void)
{
	begin();
	write_header_at(BOOT_AT, "0", 1);
	write_header_at(BOOT_AT + 1, "0-0", 3);
	refused(-ESTALE, "the machine has rebooted since");
}

/* The ages are short, because the clock begins when the machine boots. REQ: N-KEEP-21 */
static void
old_file_is_refused(void)
{
	int64_t at;

	begin();
	at = (int64_t)rte_cpu_to_le_64((uint64_t)(f.saved_ms - 1999));
	write_header_at(SAVED_AT, &at, sizeof(at));
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 3600, NULL, NULL, why), 0);
	cgn_restart_file_close(&f);
	begin();
	at = (int64_t)rte_cpu_to_le_64((uint64_t)(f.saved_ms - 2000));
	write_header_at(SAVED_AT, &at, sizeof(at));
	why[0] = '\0';
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 1, NULL, NULL, why), -ESTALE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, " seconds old, restart.max_age_s is 1"));
	CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
	begin();
	at = (int64_t)rte_cpu_to_le_64((uint64_t)(f.saved_ms + 3600000));
	write_header_at(SAVED_AT, &at, sizeof(at));
	refused(-EBADMSG, "its time is in the future");
	begin();
	at = (int64_t)rte_cpu_to_le_64((uint64_t)INT64_MIN);
	write_header_at(SAVED_AT, &at, sizeof(at));
	refused(-EBADMSG, "its time is in the future");
}

/* The version counts before the checksum, which another version may compute otherwise. REQ: N-KEEP-22 */
static void
file_of_another_version_is_refused(void)
{
	begin();
	write_at(VERSION_AT, "\2", 1);
	refused(-EPROTONOSUPPORT, "it has version 2 of the format, this cgnd reads version 1");
}

/* The build is information only. REQ: N-KEEP-22 */
static void
file_of_another_build_is_read(void)
{
	begin();
	write_header_at(BUILD_AT, "9.9.9", 5);
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), 0);
	CU_ASSERT_STRING_EQUAL(f.build, "9.9.9");
	cgn_restart_file_close(&f);
	begin();
	write_header_at(BUILD_AT, "9\n", 2);
	refused(-EBADMSG, "its header is damaged");
}

/* REQ: N-KEEP-23 */
static void
file_of_somebody_else_is_refused(void)
{
	char other[320];

	begin();
	CU_ASSERT_EQUAL(chmod(path, 0640), 0);
	refused(-EPERM, "others may read or write it");
	begin();
	snprintf(other, sizeof(other), "%s/other", dir);
	CU_ASSERT_EQUAL(link(path, other), 0);
	refused(-EPERM, "it has a second name");
	begin();
	snprintf(other, sizeof(other), "%s/other", dir);
	CU_ASSERT_EQUAL(rename(path, other), 0);
	CU_ASSERT_EQUAL(symlink("other", path), 0);
	refused(-EPERM, "it is a symbolic link");
	CU_ASSERT_TRUE(exists("other"));
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	refused(-EPERM, "it is not a regular file");
	if (geteuid() == 0) {
		begin();
		CU_ASSERT_EQUAL(chown(path, 65534, 65534), 0);
		refused(-EPERM, "it belongs to another user");
	}
}

/* REQ: N-KEEP-23 */
static void
directory_of_somebody_else_is_refused(void)
{
	char other[320];

	begin();
	CU_ASSERT_EQUAL(chmod(dir, 0777), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), -EPERM);
	CU_ASSERT_STRING_EQUAL(why, "others may write to the directory");
	CU_ASSERT_EQUAL(cgn_restart_file_create(&f, dir, "1", why), -EPERM);
	CU_ASSERT_FALSE(cgn_restart_file_remove(dir));
	CU_ASSERT_TRUE(exists(CGN_RESTART_FILE_NAME));
	CU_ASSERT_EQUAL(chmod(dir, 0755), 0);
	snprintf(other, sizeof(other), "%s-link", dir);
	CU_ASSERT_EQUAL(symlink(dir, other), 0);
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, other, 60, NULL, NULL, why), -ENOTDIR);
	if (geteuid() == 0) {
		CU_ASSERT_EQUAL(chown(dir, 65534, 65534), 0);
		CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why), -EPERM);
		CU_ASSERT_STRING_EQUAL(why, "the directory belongs to another user");
		CU_ASSERT_EQUAL(chown(dir, 0, 0), 0);
	}
	CU_ASSERT_TRUE(cgn_restart_file_remove(dir));
	CU_ASSERT_FALSE(cgn_restart_file_remove(dir));
}

/* Wherever it ends. REQ: N-KEEP-24 */
static void
file_that_was_cut_short_is_refused(void)
{
	static const off_t header[] = { 0, 1, 127 };
	struct stat st;

	for (size_t i = 0; i < 3; i++) {
		begin();
		CU_ASSERT_EQUAL(truncate(path, header[i]), 0);
		refused(-EBADMSG, "it was cut short");
	}
	begin();
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	for (off_t len = 128; len < st.st_size; len += len < 190 ? 1 : 65537) {
		begin();
		CU_ASSERT_EQUAL(truncate(path, len), 0);
		refused(-EBADMSG, "it was cut short or is damaged");
	}
	begin();
	write_at(st.st_size, "x", 1);
	refused(-EBADMSG, "it was cut short or is damaged");
}

/* Each bit of the headers and of a small chunk, and bits of the large one. REQ: N-KEEP-24 */
static void
flipped_bit_is_noticed(void)
{
	struct stat st;

	begin();
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	for (off_t at = 0; at < st.st_size; at += at < 180 ? 1 : 50021) {
		uint8_t octet;
		int fd;

		if (at > 180 && at + 50021 >= st.st_size)
			at = st.st_size - 20;
		begin();
		fd = open(path, O_RDONLY);
		CU_ASSERT_EQUAL(pread(fd, &octet, 1, at), 1);
		close(fd);
		octet ^= (uint8_t)(1 << (at % 8));
		write_at(at, &octet, 1);
		CU_ASSERT_TRUE(cgn_restart_file_open(&f, dir, 60, NULL, NULL, why) < 0);
		CU_ASSERT_FALSE(exists(CGN_RESTART_FILE_NAME));
	}
}

static int
look(void *ctx, uint32_t kind, const void *data, size_t len, char *reason)
{
	(void)data;
	(void)len;
	++*(unsigned int *)ctx;
	if (kind != 8)
		return 0;
	snprintf(reason, CGN_RESTART_FILE_WHY_MAX, "eight");
	return -ENOTSUP;
}

/* What is in the chunks may be wrong, too. REQ: N-KEEP-24 */
static void
chunk_that_does_not_please_refuses_the_file(void)
{
	unsigned int n = 0;

	begin();
	CU_ASSERT_EQUAL(cgn_restart_file_open(&f, dir, 60, look, &n, why), -ENOTSUP);
	CU_ASSERT_STRING_EQUAL(why, "eight");
	CU_ASSERT_EQUAL(n, 2);
}

/* REQ: N-KEEP-24 */
static void
file_of_another_program_is_refused(void)
{
	begin();
	write_at(0, "SQLite format 3", 16);
	refused(-EBADMSG, "it is not a state of cgnd");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(what_was_written_is_read_once),
	CU_TEST_ROW(file_of_a_start_that_fails_is_put_back),
	CU_TEST_ROW(file_of_a_start_that_crashes_is_not_used_again),
	CU_TEST_ROW(file_that_is_not_finished_is_no_file),
	CU_TEST_ROW(full_disk_leaves_no_file),
	CU_TEST_ROW(file_of_another_boot_is_refused),
	CU_TEST_ROW(old_file_is_refused),
	CU_TEST_ROW(file_of_another_version_is_refused),
	CU_TEST_ROW(file_of_another_build_is_read),
	CU_TEST_ROW(file_of_somebody_else_is_refused),
	CU_TEST_ROW(directory_of_somebody_else_is_refused),
	CU_TEST_ROW(file_that_was_cut_short_is_refused),
	CU_TEST_ROW(flipped_bit_is_noticed),
	CU_TEST_ROW(chunk_that_does_not_please_refuses_the_file),
	CU_TEST_ROW(file_of_another_program_is_refused),
};

CU_MAIN("restart_file", tests)
