/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and writes the file that tells a crash from a stop.
 */
#include "controlplane/export/export_boot.h"

#include "shared/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD    "cgnd 1 "
#define RUNNING "running"
#define STOPPED "stopped"
#define UNKNOWN "unknown" /* it has stopped, and cgnd went on without an export */
static_assert(sizeof(RUNNING) == sizeof(STOPPED) && sizeof(RUNNING) == sizeof(UNKNOWN),
		"one line replaces the other");
#define LINE_LEN (sizeof(HEAD) - 1 + CGN_EXPORT_BOOT_MAX + sizeof(RUNNING)) /* with its "\n" */
static_assert(LINE_LEN < CGN_EXPORT_BOOT_LINE_MAX, "a longer content is a foreign one");

CGN_LOG_TYPE("export");

static void
boot_line(char line[static LINE_LEN + 1], const char *boot, const char *state)
{
	snprintf(line, LINE_LEN + 1, HEAD "%s %s\n", boot, state);
}

static int
boot_write(int fd, const char *boot, const char *state)
{
	char line[LINE_LEN + 1];

	boot_line(line, boot, state);
	errno = EIO; /* of a write that was cut short */
	if (pwrite(fd, line, LINE_LEN, 0) != (ssize_t)LINE_LEN || fdatasync(fd) < 0)
		return -errno;
	return 0;
}

/* @return 0; -errno: the content cannot be used */
static int
boot_read(struct cgn_export_boot *b, struct cgn_export_origin *o)
{
	char running[LINE_LEN + 1], stopped[LINE_LEN + 1], unknown[LINE_LEN + 1];
	char boot[CGN_EXPORT_BOOT_MAX] = "";
	char *line = b->before;
	ssize_t n = pread(b->fd, line, LINE_LEN + 1, 0);

	if (n < 0)
		return -errno;
	b->n_before = (size_t)n;
	line[n] = '\0';
	if (n == 0) {
		o->after = CGN_EXPORT_AFTER_NOTHING;
		return 0;
	}
	if (sscanf(line, HEAD "%16[0-9a-f]", boot) != 1)
		return -EBADMSG;
	boot_line(running, boot, RUNNING);
	boot_line(stopped, boot, STOPPED);
	boot_line(unknown, boot, UNKNOWN);
	if (strcmp(line, stopped) == 0)
		o->after = CGN_EXPORT_AFTER_STOP;
	else if (strcmp(line, running) == 0)
		o->after = CGN_EXPORT_AFTER_CRASH;
	else if (strcmp(line, unknown) == 0)
		o->after = CGN_EXPORT_AFTER_UNKNOWN;
	else
		return -EBADMSG;
	memcpy(o->previous, boot, sizeof(o->previous));
	return 0;
}

/* A file that is no larger than ours is ours: its content was damaged by a power cut. A foreign file is left alone. */
static int
boot_use(struct cgn_export_boot *b, const char *path, struct cgn_export_origin *o)
{
	int fd = b->fd;
	struct stat st;
	int ret;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EPERM;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	ret = boot_read(b, o);
	if (ret == -EBADMSG && st.st_size <= (off_t)LINE_LEN) {
		CGN_LOG(CRASH_MARK_STALE,
				"whether cgnd has crashed is unknown, the file that tells it was damaged path=%s",
				path);
		o->after = CGN_EXPORT_AFTER_UNKNOWN;
		o->previous[0] = '\0';
		ret = 0;
	}
	return ret < 0 ? ret : boot_write(fd, o->boot, RUNNING);
}

/* If there was no file that could be used before, this one takes its place. */
static void
boot_works(struct cgn_export_boot *b, const char *path)
{
	if (b->is_missed)
		CGN_LOG_ABOUT(CRASH_MARK_KEPT, CGN_EXPORT_BOOT_SUFFIX,
				"a crash will be noticed again path=%s", path);
	b->is_missed = false;
}

void
cgn_export_boot_miss(struct cgn_export_boot *b)
{
	b->fd = -1;
	b->is_missed = true;
	CGN_LOG_ABOUT(CRASH_MARK_MISSING, CGN_EXPORT_BOOT_SUFFIX,
			"a crash will not be noticed, there is neither a file of records nor a store");
}

void
cgn_export_boot_begin(struct cgn_export_boot *b, const char *path, struct cgn_export_origin *o)
{
	int ret = 0;

	b->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	if (b->fd < 0)
		ret = -errno;
	else
		ret = boot_use(b, path, o);
	if (ret == 0) {
		boot_works(b, path);
		return;
	}
	b->is_missed = true;
	CGN_LOG_ABOUT(CRASH_MARK_FAILED, CGN_EXPORT_BOOT_SUFFIX,
			"a crash will not be noticed, the file that tells it cannot be used path=%s reason=\"%s\"",
			path, strerror(-ret));
	o->after = CGN_EXPORT_AFTER_UNKNOWN;
	o->previous[0] = '\0';
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

void
cgn_export_boot_move(struct cgn_export_boot *b, const char *path, const struct cgn_export_origin *o)
{
	struct cgn_export_origin same = *o;

	/* What this run follows was told by its record CGN_RECORD_START. */
	cgn_export_boot_end(b, o, false);
	cgn_export_boot_begin(b, path, &same);
}

void
cgn_export_boot_end(struct cgn_export_boot *b, const struct cgn_export_origin *o, bool goes_on)
{
	if (b->fd < 0)
		return;
	if (boot_write(b->fd, o->boot, goes_on ? UNKNOWN : STOPPED) < 0)
		CGN_LOG(CRASH_MARK_STALE, "the next start will take this stop for a crash");
	close(b->fd);
	b->fd = -1;
}

void
cgn_export_boot_undo(struct cgn_export_boot *b)
{
	errno = EIO;
	if (b->fd < 0)
		return;
	if (pwrite(b->fd, b->before, b->n_before, 0) != (ssize_t)b->n_before ||
			ftruncate(b->fd, (off_t)b->n_before) < 0 || fdatasync(b->fd) < 0)
		CGN_LOG(CRASH_MARK_STALE,
				"the next start will take this failed start for a crash: %s",
				strerror(errno));
	close(b->fd);
	b->fd = -1;
}
