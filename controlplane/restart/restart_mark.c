/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and writes the file that tells what a crashed cgnd had.
 */
#include "controlplane/restart/restart_mark.h"

#include "controlplane/restart/restart_file.h"
#include "shared/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_common.h>

/* One line of a fixed length, so that each one replaces the one before. */
#define FORMAT   "cgnd 1 %010" PRIu64 " %010" PRIu64 " %010" PRIu64 " %010" PRIu64 "\n"
#define LINE_LEN (7 + 4 * 11)
#define MOST     UINT64_C(9999999999)

#define TRIES    3 /* each of them may meet the file of a cgnd that ends just now */

CGN_LOG_TYPE("restart");

static void
mark_complain(struct cgn_restart_mark *m, int err)
{
	if (!m->has_said)
		CGN_LOG_ABOUT(CRASH_MARK_MISSING, CGN_RESTART_MARK_NAME,
				"after a crash, nobody will know what was lost file=" CGN_RESTART_MARK_NAME
				" reason=\"%s\"",
				strerror(err));
	m->has_said = true;
}

static void
mark_leave(struct cgn_restart_mark *m)
{
	if (m->file >= 0)
		close(m->file);
	if (m->dir >= 0)
		close(m->dir);
	m->file = m->dir = -1;
}

/* @return 0; -EBUSY: another process has the lock; another -errno: the file cannot be locked */
static int
mark_lock(int fd, const char *runtime_dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET }, other = lock;

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return -errno;
	/* A lock of fcntl() tells who has it, one of flock() does not. 0: a process of another PID namespace, or it is gone. */
	if (fcntl(fd, F_GETLK, &other) < 0 || other.l_type == F_UNLCK)
		other.l_pid = 0;
	CGN_LOG(RUNTIME_DIR_TAKEN,
			"another cgnd uses runtime_dir, give each one its own, or stop the other one path=%s pid=%d",
			runtime_dir, (int)other.l_pid);
	return -EBUSY;
}

/* @return 0; -EBUSY: as mark_lock(); -ESTALE: its owner has just removed it; another -errno: it cannot be used */
static int
mark_open(struct cgn_restart_mark *m, const char *runtime_dir)
{
	struct stat st;
	int ret;

	m->file = openat(m->dir, CGN_RESTART_MARK_NAME,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (m->file < 0)
		return -errno;
	ret = mark_lock(m->file, runtime_dir);
	if (ret == 0 && fstat(m->file, &st) < 0)
		ret = -errno;
	if (ret == 0 && st.st_nlink == 0)
		ret = -ESTALE;
	if (ret == 0 && (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1))
		ret = -EPERM;
	if (ret < 0) {
		close(m->file);
		m->file = -1;
	}
	return ret;
}

/* @return whether the file has the numbers of a cgnd that has not removed it. Any other content tells of none */
static bool
mark_read(int fd, struct cgn_restart_numbers *lost)
{
	char line[LINE_LEN + 1] = "", same[LINE_LEN + 1];

	if (pread(fd, line, LINE_LEN, 0) != LINE_LEN ||
			sscanf(line, "cgnd 1 %10" SCNu64 " %10" SCNu64 " %10" SCNu64 " %10" SCNu64,
					&lost->subscribers, &lost->mappings, &lost->sessions,
					&lost->leases) != 4)
		return false;
	snprintf(same, sizeof(same), FORMAT, lost->subscribers, lost->mappings, lost->sessions,
			lost->leases);
	return strcmp(line, same) == 0;
}

int
cgn_restart_mark_begin(struct cgn_restart_mark *m, const char *runtime_dir,
		struct cgn_restart_numbers *lost)
{
	char why[CGN_RESTART_FILE_WHY_MAX];
	int ret;

	*m = (struct cgn_restart_mark){ .file = -1 };
	*lost = (struct cgn_restart_numbers){ 0 };
	m->dir = cgn_restart_file_open_dir(runtime_dir, why);
	ret = m->dir;
	if (m->dir >= 0) {
		ret = -ESTALE;
		for (unsigned int i = 0; i < TRIES && ret == -ESTALE; i++)
			ret = mark_open(m, runtime_dir);
	}
	if (ret >= 0)
		return mark_read(m->file, lost) ? 1 : 0;
	if (ret != -EBUSY)
		mark_complain(m, -ret);
	mark_leave(m);
	return ret == -EBUSY ? ret : 0;
}

void
cgn_restart_mark_write(struct cgn_restart_mark *m, const struct cgn_restart_numbers *now)
{
	char line[LINE_LEN + 1];

	if (m->file < 0)
		return;
	m->is_ours = true;
	snprintf(line, sizeof(line), FORMAT, RTE_MIN(now->subscribers, MOST),
			RTE_MIN(now->mappings, MOST), RTE_MIN(now->sessions, MOST),
			RTE_MIN(now->leases, MOST));
	errno = ENOSPC; /* of a write that was cut short */
	if (pwrite(m->file, line, LINE_LEN, 0) != LINE_LEN) {
		mark_complain(m, errno);
	} else if (m->has_said) {
		m->has_said = false;
		CGN_LOG_ABOUT(CRASH_MARK_KEPT, CGN_RESTART_MARK_NAME,
				"what a crash would lose is noted again file=" CGN_RESTART_MARK_NAME);
	}
}

void
cgn_restart_mark_end(struct cgn_restart_mark *m)
{
	struct stat st;

	/* A start that has failed leaves the mark of a crash, but not an empty file. */
	if (m->file >= 0 && (m->is_ours || (fstat(m->file, &st) == 0 && st.st_size == 0)))
		(void)unlinkat(m->dir, CGN_RESTART_MARK_NAME, 0);
	mark_leave(m);
}
