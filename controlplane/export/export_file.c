/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lines in a file: opened with care, appended whole, safe on the disk before it is closed.
 */
#include "controlplane/export/export_file.h"

#include "controlplane/export/export_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM 65536 /* octets of the buffer; one write takes it */
#define MODE 0640

struct cgn_export_file {
	char *path;
	const struct cgn_export_origin *origin;
	int fd;
	size_t len; /* octets in buf, whole lines */
	char buf[ROOM];
};

int
cgn_export_file_create(struct cgn_export_file **out, const char *path,
		const struct cgn_export_origin *origin)
{
	struct cgn_export_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -ENOMEM;
	f->path = strdup(path);
	if (f->path == NULL) {
		free(f);
		return -ENOMEM;
	}
	f->origin = origin;
	f->fd = -1;
	*out = f;
	return 0;
}

/* Make the file, or open the one that is there. O_NONBLOCK: a FIFO must not make the thread wait. */
static int
open_or_make(const char *path)
{
	const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(path, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(path, flags | O_CREAT | O_EXCL, MODE);
	/* The umask of the process may be stricter. */
	if (fd >= 0)
		(void)fchmod(fd, MODE);
	return fd;
}

/* A machine that has crashed may have left the beginning of a line. The next line gets a line of its own. */
static int
end_last_line(int fd, off_t size)
{
	char last;

	if (size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n'))
		return 0;
	return write(fd, "\n", 1) == 1 ? 0 : -errno;
}

static int
file_open(void *ctx)
{
	struct cgn_export_file *f = ctx;
	struct stat st;
	int ret = 0, fd = open_or_make(f->path);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		ret = -errno;
	else if (!S_ISREG(st.st_mode))
		ret = -EPERM;
	else
		ret = end_last_line(fd, st.st_size);
	if (ret < 0)
		close(fd);
	else
		f->fd = fd;
	return ret;
}

static int
file_write(void *ctx, const struct cgn_record *r)
{
	struct cgn_export_file *f = ctx;

	if (sizeof(f->buf) - f->len < CGN_EXPORT_TEXT_MAX)
		return -ENOBUFS;
	f->len += cgn_export_text_line(f->buf + f->len, f->origin, r);
	return 0;
}

/* The file has the first @p n octets of the buffer. Cut the beginning of a line off the file. @return octets of whole
 * lines */
static size_t
keep_whole_lines(const struct cgn_export_file *f, size_t n)
{
	size_t whole = n;
	struct stat st;

	while (whole > 0 && f->buf[whole - 1] != '\n')
		whole--;
	if (whole == n || fstat(f->fd, &st) < 0 ||
			ftruncate(f->fd, st.st_size - (off_t)(n - whole)) < 0)
		return n;
	return whole;
}

static int
file_flush(void *ctx)
{
	struct cgn_export_file *f = ctx;
	size_t done = 0;
	int ret = 0;

	while (done < f->len && ret == 0) {
		ssize_t n = write(f->fd, f->buf + done, f->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			ret = -errno;
	}
	if (ret < 0)
		done = keep_whole_lines(f, done);
	memmove(f->buf, f->buf + done, f->len - done);
	f->len -= done;
	return ret;
}

static void
file_close(void *ctx)
{
	struct cgn_export_file *f = ctx;

	(void)fdatasync(f->fd);
	close(f->fd);
	f->fd = -1;
}

static void
file_destroy(void *ctx)
{
	struct cgn_export_file *f = ctx;

	free(f->path);
	free(f);
}

const struct cgn_export_sink_ops cgn_export_file_ops = {
	.open = file_open,
	.write = file_write,
	.flush = file_flush,
	.close = file_close,
	.destroy = file_destroy,
};
