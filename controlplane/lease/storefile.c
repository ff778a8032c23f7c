/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Looks at the first octets of a file before SQLite may touch it.
 */
#include "controlplane/lease/storefile.h"

#include "shared/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>

#define HEADER_LEN 100 /* of an SQLite file */
#define VERSION_AT 60  /* user_version, big endian */
#define ID_AT      68  /* application_id */

CGN_LOG_TYPE("store");

static int
refuse(int ret, char *why, const char *text)
{
	snprintf(why, CGN_STOREFILE_WHY_MAX, "%s", text);
	return ret;
}

/* Make the directory of a new store, so that the default path works on a fresh machine. */
static void
make_directory(const char *path)
{
	char dir[PATH_MAX];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return;
	*slash = '\0';
	(void)mkdir(dir, 0700);
}

static int
make(const char *path, char *why)
{
	int fd;

	make_directory(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		int ret = -errno;

		return refuse(ret, why, strerror(-ret));
	}
	close(fd);
	return 0;
}

/* Take the rights of others away. A former release made files that everybody could read. */
static void
close_to_others(const char *path)
{
	static const char *const suffix[] = { "", "-wal", "-shm", "-journal" };

	for (unsigned int i = 0; i < RTE_DIM(suffix); i++) {
		char file[PATH_MAX];
		struct stat st;
		int fd;

		snprintf(file, sizeof(file), "%s%s", path, suffix[i]);
		fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
			(void)fchmod(fd, 0600);
		close(fd);
	}
}

static uint32_t
word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Judge the header of a file that is not empty. */
static int
judge(const uint8_t *header, ssize_t n, uint32_t id, uint32_t layout, char *why)
{
	if (n < HEADER_LEN || memcmp(header, "SQLite format 3", 16) != 0 ||
			word(header + ID_AT) != id)
		return refuse(-EPERM, why, "is not a store of cgnd");
	if (word(header + VERSION_AT) > layout)
		return refuse(-EPROTONOSUPPORT, why, "was written by a newer cgnd");
	return 0;
}

static int
read_header(const char *path, uint32_t id, uint32_t layout, bool *is_new, char *why)
{
	uint8_t header[HEADER_LEN];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n;
	int ret;

	if (fd < 0) {
		ret = -errno;
		return refuse(ret, why, strerror(-ret));
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		ret = refuse(-EPERM, why, "is not a regular file");
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		ret = refuse(-EPERM, why, "belongs to another user");
	else {
		n = read(fd, header, sizeof(header));
		*is_new = n == 0;
		ret = n == 0 ? 0 : judge(header, n, id, layout, why);
	}
	close(fd);
	return ret;
}

int
cgn_storefile_look(const char *path, uint32_t id, uint32_t layout, bool *is_new,
		char why[static CGN_STOREFILE_WHY_MAX])
{
	struct stat st;
	int ret = 0;

	/* A device is not even opened: opening it may change it. */
	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return refuse(-EPERM, why, "is not a regular file");
	} else if (errno == ENOENT && lstat(path, &st) == 0) {
		/* No file is made where a symbolic link leads: somebody else may have placed the link. */
		return refuse(-ENOENT, why, "is a symbolic link to a file that does not exist");
	} else if (errno == ENOENT) {
		ret = make(path, why);
	} else {
		ret = -errno;
		return refuse(ret, why, strerror(-ret));
	}
	if (ret == 0)
		ret = read_header(path, id, layout, is_new, why);
	if (ret == 0)
		close_to_others(path);
	return ret;
}

void
cgn_storefile_set_aside(const char *path)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	long long now = (long long)time(NULL);

	for (unsigned int i = 0; i < RTE_DIM(suffix); i++) {
		char from[PATH_MAX], to[PATH_MAX];

		snprintf(from, sizeof(from), "%s%s", path, suffix[i]);
		snprintf(to, sizeof(to), "%s.damaged-%lld%s", path, now, suffix[i]);
		if (rename(from, to) == 0 && i == 0)
			CGN_LOG(STORE_DAMAGED, "store is damaged, set aside path=%s as=%s", from,
					to);
		else if (i == 0)
			CGN_LOG(STORE_DAMAGED, "store is damaged and stays in the way path=%s",
					from);
	}
}

pid_t
cgn_storefile_holder(dev_t dev, ino_t ino)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[256];
	pid_t holder = 0;

	while (locks != NULL && holder == 0 && fgets(line, sizeof(line), locks) != NULL) {
		unsigned int at_major, at_minor;
		unsigned long long at_ino;
		int pid;

		/* "1: POSIX ADVISORY WRITE 1234 fd:01:5678 0 EOF" */
		if (sscanf(line, "%*d: POSIX %*s %*s %d %x:%x:%llu", &pid, &at_major, &at_minor,
				    &at_ino) == 4 &&
				at_ino == ino && at_major == major(dev) && at_minor == minor(dev) &&
				pid > 0 && pid != getpid())
			holder = pid;
	}
	if (locks != NULL)
		fclose(locks);
	return holder;
}
