/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/export/export_boot.h"
#include "controlplane/export/export_file.h"
#include "tests/support/exportfix.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cgn_export_sink_ops *const ops = &cgn_export_file_ops;
static struct cgn_export_file *file;
static char dir[256], path[300];

static void
begin(void)
{
	scratch_make(dir, sizeof(dir), "export");
	snprintf(path, sizeof(path), "%s/records.log", dir);
	CU_ASSERT_EQUAL_FATAL(cgn_export_file_create(&file, path, exportfix_origin()), 0);
}

static int
put(uint64_t seq)
{
	struct cgn_record r = exportfix_block(seq);

	return ops->write(file, &r);
}

static mode_t
mode_of(const char *p)
{
	struct stat st = { 0 };

	CU_ASSERT_EQUAL(lstat(p, &st), 0);
	return st.st_mode;
}

static void
lines_are_appended_and_the_file_is_private(void)
{
	mode_t mask = umask(0);

	begin();
	CU_ASSERT_EQUAL(ops->open(file), 0);
	CU_ASSERT_EQUAL(mode_of(path), S_IFREG | 0640);
	CU_ASSERT_EQUAL(put(1), 0);
	CU_ASSERT_EQUAL(put(2), 0);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	ops->close(file);
	CU_ASSERT_EQUAL(ops->open(file), 0);
	CU_ASSERT_EQUAL(put(3), 0);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	ops->close(file);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(path), "\n"), 3);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(path), " seq=\"3\" "), 1);
	ops->destroy(file);
	/* A strict umask does not change the mode. */
	umask(0077);
	begin();
	CU_ASSERT_EQUAL(ops->open(file), 0);
	CU_ASSERT_EQUAL(mode_of(path), S_IFREG | 0640);
	ops->close(file);
	ops->destroy(file);
	umask(mask);
}

static void
a_renamed_file_is_left_alone_after_opening_again(void)
{
	char old[320];

	begin();
	snprintf(old, sizeof(old), "%s.1", path);
	CU_ASSERT_EQUAL(ops->open(file), 0);
	CU_ASSERT_EQUAL(put(1), 0);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	CU_ASSERT_EQUAL(rename(path, old), 0);
	CU_ASSERT_EQUAL(put(2), 0);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	ops->close(file);
	CU_ASSERT_EQUAL(ops->open(file), 0);
	CU_ASSERT_EQUAL(put(3), 0);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(old), "\n"), 2);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(path), "\n"), 1);
	ops->close(file);
	ops->destroy(file);
}

/* Somebody who may write to the directory must not make cgnd write elsewhere. */
static void
what_is_no_regular_file_is_refused(void)
{
	char target[320];

	begin();
	snprintf(target, sizeof(target), "%s/target", dir);
	CU_ASSERT_EQUAL(symlink(target, path), 0);
	CU_ASSERT_EQUAL(ops->open(file), -ELOOP);
	CU_ASSERT_EQUAL(access(target, F_OK), -1);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(ops->open(file), -EPERM);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	CU_ASSERT_EQUAL(ops->open(file), -EISDIR);
	CU_ASSERT_EQUAL(rmdir(path), 0);
	CU_ASSERT_EQUAL(ops->open(file), 0);
	ops->close(file);
	ops->destroy(file);
}

static void
set_limit(rlim_t octets)
{
	struct rlimit limit = { .rlim_cur = octets, .rlim_max = RLIM_INFINITY };

	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool
has_whole_lines(void)
{
	const char *text = exportfix_read(path);
	size_t n = strlen(text);

	return n == 0 ||
			(text[n - 1] == '\n' &&
					exportfix_count(text, "\n") ==
							exportfix_count(text, "<134>1 "));
}

/* A disk that is full in the middle of a line. */
static void
a_full_disk_never_leaves_half_a_line_and_loses_nothing(void)
{
	const char *text;

	signal(SIGXFSZ, SIG_IGN);
	begin();
	CU_ASSERT_EQUAL(ops->open(file), 0);
	for (uint64_t seq = 1; seq <= 10; seq++)
		CU_ASSERT_EQUAL(put(seq), 0);
	set_limit(1000);
	CU_ASSERT_TRUE(ops->flush(file) < 0);
	CU_ASSERT_TRUE(has_whole_lines());
	CU_ASSERT_TRUE(exportfix_count(exportfix_read(path), "\n") > 1);
	CU_ASSERT_TRUE(ops->flush(file) < 0);
	CU_ASSERT_TRUE(has_whole_lines());
	ops->close(file);
	CU_ASSERT_EQUAL(ops->open(file), 0);
	set_limit(RLIM_INFINITY);
	CU_ASSERT_EQUAL(put(11), 0);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	ops->close(file);
	CU_ASSERT_TRUE(has_whole_lines());
	text = exportfix_read(path);
	for (uint64_t seq = 1; seq <= 11; seq++) {
		char number[32];

		snprintf(number, sizeof(number), " seq=\"%u\" ", (unsigned int)seq);
		text = strstr(text, number); /* in order */
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	}
	ops->destroy(file);
}

static void
a_full_buffer_asks_for_a_flush(void)
{
	uint64_t n = 0;

	begin();
	CU_ASSERT_EQUAL(ops->open(file), 0);
	while (put(n + 1) == 0)
		n++;
	CU_ASSERT_EQUAL(put(n + 1), -ENOBUFS);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	CU_ASSERT_EQUAL(put(n + 1), 0);
	ops->close(file);
	CU_ASSERT_EQUAL(exportfix_count(exportfix_read(path), "\n"), n);
	ops->destroy(file);
}

/* A machine that has crashed may leave the beginning of a line. */
static void
the_beginning_of_a_line_does_not_spoil_the_next_one(void)
{
	FILE *f;

	begin();
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("<134>1 2026-11-", f);
	fclose(f);
	CU_ASSERT_EQUAL(ops->open(file), 0);
	CU_ASSERT_EQUAL(put(1), 0);
	CU_ASSERT_EQUAL(ops->flush(file), 0);
	ops->close(file);
	CU_ASSERT_EQUAL(strncmp(exportfix_read(path), "<134>1 2026-11-\n<134>1 ", 23), 0);
	ops->destroy(file);
}

/* --- how the run before has ended -------------------------------------------------------------- */

static void
a_crash_is_told_from_a_stop(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_export_boot boot = { 0 }, second = { 0 };
	char boot_path[320];

	begin();
	snprintf(boot_path, sizeof(boot_path), "%s" CGN_EXPORT_BOOT_SUFFIX, path);
	o->after = CGN_EXPORT_AFTER_UNKNOWN;
	cgn_export_boot_begin(&boot, boot_path, o);
	CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_NOTHING);
	CU_ASSERT_STRING_EQUAL(exportfix_read(boot_path), "cgnd 1 0123456789abcdef running\n");
	/* Another cgnd has the file. */
	cgn_export_boot_begin(&second, boot_path, o);
	CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_UNKNOWN);
	CU_ASSERT_EQUAL(second.fd, -1);
	cgn_export_boot_end(&second, o, false);
	close(boot.fd); /* as if it was killed */
	snprintf(o->boot, sizeof(o->boot), "fedcba9876543210");
	cgn_export_boot_begin(&boot, boot_path, o);
	CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_CRASH);
	CU_ASSERT_STRING_EQUAL(o->previous, "0123456789abcdef");
	cgn_export_boot_end(&boot, o, false);
	CU_ASSERT_STRING_EQUAL(exportfix_read(boot_path), "cgnd 1 fedcba9876543210 stopped\n");
	cgn_export_boot_begin(&boot, boot_path, o);
	CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_STOP);
	CU_ASSERT_STRING_EQUAL(o->previous, "fedcba9876543210");
	/* cgnd goes on without an export. What the next start follows is not known then. */
	cgn_export_boot_end(&boot, o, true);
	CU_ASSERT_STRING_EQUAL(exportfix_read(boot_path), "cgnd 1 fedcba9876543210 unknown\n");
	cgn_export_boot_begin(&boot, boot_path, o);
	CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_UNKNOWN);
	CU_ASSERT_STRING_EQUAL(o->previous, "fedcba9876543210");
	cgn_export_boot_end(&boot, o, false);
	ops->destroy(file);
}

/* Whatever the file had, and also if it had nothing. REQ: N-KEEP-25 */
static void
a_failed_start_leaves_the_file_as_it_was(void)
{
	static const char *const had[] = { "", "cgnd 1 00000000000000aa running\n",
		"cgnd 1 00000000000000aa stopped\n", "garbage" };
	struct cgn_export_boot boot = { 0 };
	char boot_path[320];

	begin();
	snprintf(boot_path, sizeof(boot_path), "%s" CGN_EXPORT_BOOT_SUFFIX, path);
	for (size_t i = 0; i < 4; i++) {
		FILE *f = fopen(boot_path, "w");

		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		fputs(had[i], f);
		fclose(f);
		cgn_export_boot_begin(&boot, boot_path, exportfix_origin());
		CU_ASSERT_PTR_NOT_NULL(strstr(exportfix_read(boot_path), " running\n"));
		cgn_export_boot_undo(&boot);
		CU_ASSERT_STRING_EQUAL(exportfix_read(boot_path), had[i]);
		cgn_export_boot_undo(&boot); /* there is no file now */
	}
	ops->destroy(file);
}

static void
put_text(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fwrite(text, 1, n, f);
	fclose(f);
}

/* A power cut may have left half a line, or octets that are 0. The start after this one tells crashes again. */
static void
a_damaged_file_is_written_anew(void)
{
	static const char texts[][33] = { "x", "cgnd 1 0123456789abcdeg running\n",
		"cgnd 1 0123456789abcdef  running", "cgnd 2 0123456789abcdef running\n",
		"cgnd 1 0123456789abcdef runninh\n", "cgnd 1 0123456789abcdef run", "" };
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_export_boot boot = { 0 };

	begin();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put_text(texts[i], texts[i][0] == '\0' ? 32 : strlen(texts[i]));
		o->after = CGN_EXPORT_AFTER_NOTHING;
		cgn_export_boot_begin(&boot, path, o);
		CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_UNKNOWN);
		CU_ASSERT_STRING_EQUAL(o->previous, "");
		CU_ASSERT_STRING_EQUAL(exportfix_read(path), "cgnd 1 0123456789abcdef running\n");
		close(boot.fd); /* as if it was killed */
		cgn_export_boot_begin(&boot, path, o);
		CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_CRASH);
		cgn_export_boot_end(&boot, o, false);
	}
	ops->destroy(file);
}

static void
a_foreign_file_is_left_alone(void)
{
	static const char text[] = "cgnd 1 0123456789abcdef stopped\nmore\n";
	struct cgn_export_origin *o = exportfix_origin();
	struct cgn_export_boot boot = { 0 };

	begin();
	put_text(text, strlen(text));
	cgn_export_boot_begin(&boot, path, o);
	CU_ASSERT_EQUAL(o->after, CGN_EXPORT_AFTER_UNKNOWN);
	CU_ASSERT_STRING_EQUAL(o->previous, "");
	cgn_export_boot_end(&boot, o, false);
	CU_ASSERT_STRING_EQUAL(exportfix_read(path), text);
	ops->destroy(file);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(lines_are_appended_and_the_file_is_private),
	CU_TEST_ROW(a_renamed_file_is_left_alone_after_opening_again),
	CU_TEST_ROW(what_is_no_regular_file_is_refused),
	CU_TEST_ROW(a_full_disk_never_leaves_half_a_line_and_loses_nothing),
	CU_TEST_ROW(a_full_buffer_asks_for_a_flush),
	CU_TEST_ROW(the_beginning_of_a_line_does_not_spoil_the_next_one),
	CU_TEST_ROW(a_crash_is_told_from_a_stop),
	CU_TEST_ROW(a_failed_start_leaves_the_file_as_it_was),
	CU_TEST_ROW(a_damaged_file_is_written_anew),
	CU_TEST_ROW(a_foreign_file_is_left_alone),
};

CU_MAIN("export_file", tests)
