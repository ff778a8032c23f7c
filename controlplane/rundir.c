/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes runtime_dir at the start, for app.c.
 */
#include "controlplane/rundir.h"

#include "shared/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0755

CGN_LOG_TYPE("rundir");

/* Look first, then make: mkdir() of a directory that exists may fail for another reason, such as a file
 * system that is read only. */
static int
make_one(const char *path, bool *is_made)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT)
			return -errno;
		if (mkdir(path, MODE) == 0) {
			*is_made = true;
			return 0;
		}
		/* EEXIST: somebody else has made it in the meantime. */
		if (errno != EEXIST || stat(path, &st) < 0)
			return -errno;
	}
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int
cgn_rundir_make(const char *path, bool *is_made)
{
	size_t len = strlen(path);
	char part[PATH_MAX] = "";
	int ret = len < sizeof(part) ? 0 : -ENAMETOOLONG;

	*is_made = false;
	for (size_t i = 1; ret == 0 && i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		ret = make_one(part, is_made);
	}
	if (ret < 0) {
		CGN_LOG(RUNTIME_DIR_UNUSABLE, "runtime_dir cannot be made path=%s at=%s: %s", path,
				part, strerror(-ret));
		return ret;
	}
	if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0) {
		ret = -errno;
		CGN_LOG(RUNTIME_DIR_UNUSABLE, "runtime_dir cannot be written to path=%s: %s", path,
				strerror(-ret));
	}
	return ret;
}
