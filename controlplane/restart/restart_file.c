/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes, checks and reads the file with the state of cgnd.
 *
 * A start reads the file twice. The first time, it only checks it, so that half of a damaged file is never used. The
 * second time, it checks again, because the file could have changed in between.
 */
#include "controlplane/restart/restart_file.h"

#include "shared/clock_ms.h"
#include "shared/crc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_byteorder.h>

#define MAGIC   "cgnstate"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/** The header as it is in the file; little endian. */
struct header {
	char magic[8];
	rte_le32_t version;
	rte_le32_t len; /* of the header */
	rte_le64_t saved_ms;
	char boot[CGN_RESTART_FILE_BOOT_MAX];
	char build[CGN_RESTART_FILE_BUILD_MAX];
	rte_le32_t zero;
	rte_le32_t sum; /* of all before it */
};
static_assert(sizeof(struct header) == CGN_RESTART_FILE_HEADER_LEN, "as documented");

/** The header of a chunk as it is in the file; little endian. */
struct chunk {
	rte_le32_t kind; /* 0: the last one */
	rte_le32_t len;  /* of the octets behind it */
	rte_le32_t zero;
	rte_le32_t sum; /* of all before it and of the octets behind it */
};
static_assert(sizeof(struct chunk) == CGN_RESTART_FILE_CHUNK_LEN, "as documented");

/** What the last chunk has. */
struct last {
	rte_le64_t n_chunks; /* without this one */
	rte_le64_t n_octets;
};

static int
file_refuse(int ret, char *why, const char *text)
{
	snprintf(why, CGN_RESTART_FILE_WHY_MAX, "%s", text);
	return ret;
}

static int
refuse_errno(int err, char *why)
{
	return file_refuse(-err, why, strerror(err));
}

/* All octets of boot are set, so that two boots can be compared as a whole. */
static int
read_boot(char boot[static CGN_RESTART_FILE_BOOT_MAX])
{
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	memset(boot, 0, CGN_RESTART_FILE_BOOT_MAX);
	if (fd < 0)
		return -errno;
	n = read(fd, boot, CGN_RESTART_FILE_BOOT_MAX - 1);
	close(fd);
	if (n <= 1)
		return -EIO;
	boot[strcspn(boot, "\n")] = '\0';
	return 0;
}

int
cgn_restart_file_open_dir(const char *path, char why[static CGN_RESTART_FILE_WHY_MAX])
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return refuse_errno(errno, why);
	if (fstat(fd, &st) < 0)
		file_refuse(0, why, strerror(errno));
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		file_refuse(0, why, "the directory belongs to another user");
	else if ((st.st_mode & 022) != 0)
		file_refuse(0, why, "others may write to the directory");
	else
		return fd;
	close(fd);
	return -EPERM;
}

static bool
is_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return len > 0 && len < size;
}

/* --- writing ----------------------------------------------------------------------------------- */

static uint32_t
header_sum(const struct header *h)
{
	return cgn_crc(h, offsetof(struct header, sum), 0);
}

static uint32_t
chunk_sum(const struct chunk *c, const void *data, size_t len)
{
	uint32_t sum = cgn_crc(c, offsetof(struct chunk, sum), 0);

	return cgn_crc(data, len, sum);
}

/* A write to a file is cut short if the file system is full; what is left then fails with the reason. */
static int
write_all(int fd, const void *head, size_t head_len, const void *data, size_t len)
{
	struct iovec iov[2] = { { (void *)(uintptr_t)head, head_len },
		{ (void *)(uintptr_t)data, len } };
	int at = 0;

	while (at < 2) {
		ssize_t n = writev(fd, iov + at, 2 - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (; at < 2 && (size_t)n >= iov[at].iov_len; at++)
			n -= (ssize_t)iov[at].iov_len;
		if (at < 2) {
			iov[at].iov_base = (uint8_t *)iov[at].iov_base + n;
			iov[at].iov_len -= (size_t)n;
		}
	}
	return 0;
}

static int
write_header(struct cgn_restart_file *f, const char *build)
{
	struct header h = {
		.version = rte_cpu_to_le_32(CGN_RESTART_FILE_VERSION),
		.len = rte_cpu_to_le_32(sizeof(h)),
		.saved_ms = rte_cpu_to_le_64((uint64_t)f->saved_ms),
	};
	int ret = read_boot(h.boot);

	if (ret < 0)
		return ret;
	memcpy(h.magic, MAGIC, sizeof(h.magic));
	snprintf(h.build, sizeof(h.build), "%s", build);
	h.sum = rte_cpu_to_le_32(header_sum(&h));
	return write_all(f->file, &h, sizeof(h), NULL, 0);
}

static int
write_chunk(int fd, uint32_t kind, const void *data, size_t len)
{
	struct chunk c = { .kind = rte_cpu_to_le_32(kind), .len = rte_cpu_to_le_32((uint32_t)len) };

	c.sum = rte_cpu_to_le_32(chunk_sum(&c, data, len));
	return write_all(fd, &c, sizeof(c), data, len);
}

int
cgn_restart_file_create(struct cgn_restart_file *f, const char *runtime_dir, const char *build,
		char why[static CGN_RESTART_FILE_WHY_MAX])
{
	int ret;

	*f = (struct cgn_restart_file){
		.file = -1, .name = CGN_RESTART_FILE_NEW, .saved_ms = cgn_clock_ms(CLOCK_BOOTTIME)
	};
	f->dir = cgn_restart_file_open_dir(runtime_dir, why);
	if (f->dir < 0)
		return f->dir;
	(void)unlinkat(f->dir, CGN_RESTART_FILE_NAME, 0);
	(void)unlinkat(f->dir, CGN_RESTART_FILE_NEW, 0);
	f->file = openat(f->dir, CGN_RESTART_FILE_NEW,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ret = f->file < 0 ? -errno : write_header(f, build);
	if (ret < 0) {
		cgn_restart_file_close(f);
		return refuse_errno(-ret, why);
	}
	return 0;
}

int
cgn_restart_file_put(struct cgn_restart_file *f, uint32_t kind, const void *data, size_t len)
{
	if (kind == 0 || len > CGN_RESTART_FILE_CHUNK_MAX)
		return -EINVAL;
	f->n_chunks++;
	f->n_octets += len;
	return write_chunk(f->file, kind, data, len);
}

/* Give the file the name by which the next start finds it, and close it. */
static int
name_it(struct cgn_restart_file *f)
{
	int ret = 0;

	if (renameat(f->dir, f->name, f->dir, CGN_RESTART_FILE_NAME) < 0)
		ret = -errno;
	else
		f->name = NULL;
	cgn_restart_file_close(f);
	return ret;
}

int
cgn_restart_file_commit(struct cgn_restart_file *f)
{
	struct last last = { rte_cpu_to_le_64(f->n_chunks), rte_cpu_to_le_64(f->n_octets) };
	int ret = write_chunk(f->file, 0, &last, sizeof(last));

	if (ret == 0)
		return name_it(f);
	cgn_restart_file_close(f);
	return ret;
}

/* --- reading ----------------------------------------------------------------------------------- */

/* @return 0; -EBADMSG: the file ends before */
static int
read_all(int fd, void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, (uint8_t *)data + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EBADMSG;
		at += (size_t)n;
	}
	return 0;
}

/* The version comes before all that another version may have changed, the checksum among it. */
static int
judge_header(struct cgn_restart_file *f, const struct header *h, uint32_t max_age_s, char *why)
{
	char boot[CGN_RESTART_FILE_BOOT_MAX];
	int64_t age_ms;
	int ret;

	if (memcmp(h->magic, MAGIC, sizeof(h->magic)) != 0)
		return file_refuse(-EBADMSG, why, "it is not a state of cgnd");
	if (rte_le_to_cpu_32(h->version) != CGN_RESTART_FILE_VERSION) {
		snprintf(why, CGN_RESTART_FILE_WHY_MAX,
				"it has version %" PRIu32
				" of the format, this cgnd reads version %u",
				rte_le_to_cpu_32(h->version), CGN_RESTART_FILE_VERSION);
		return -EPROTONOSUPPORT;
	}
	if (rte_le_to_cpu_32(h->sum) != header_sum(h) || rte_le_to_cpu_32(h->len) != sizeof(*h) ||
			h->zero != 0 || !is_text(h->boot, sizeof(h->boot)) ||
			!is_text(h->build, sizeof(h->build)))
		return file_refuse(-EBADMSG, why, "its header is damaged");
	ret = read_boot(boot);
	if (ret < 0)
		return refuse_errno(-ret, why);
	if (strcmp(boot, h->boot) != 0)
		return file_refuse(-ESTALE, why, "the machine has rebooted since");
	f->saved_ms = (int64_t)rte_le_to_cpu_64(h->saved_ms);
	/* A negative time is looked at first: the difference to it might not fit. */
	age_ms = f->saved_ms < 0 ? -1 : cgn_clock_ms(CLOCK_BOOTTIME) - f->saved_ms;
	if (age_ms < 0)
		return file_refuse(-EBADMSG, why, "its time is in the future");
	if (age_ms / 1000 > max_age_s) {
		snprintf(why, CGN_RESTART_FILE_WHY_MAX,
				"it is %" PRId64 " seconds old, restart.max_age_s is %" PRIu32,
				age_ms / 1000, max_age_s);
		return -ESTALE;
	}
	memcpy(f->build, h->build, sizeof(f->build));
	return 0;
}

/* The last chunk counts all others, and nothing follows it. */
static int
judge_last(const struct cgn_restart_file *f, const void *data, size_t len)
{
	struct last last;
	uint8_t more;

	if (len != sizeof(last))
		return -EBADMSG;
	memcpy(&last, data, sizeof(last));
	if (rte_le_to_cpu_64(last.n_chunks) != f->n_chunks ||
			rte_le_to_cpu_64(last.n_octets) != f->n_octets ||
			read(f->file, &more, 1) != 0)
		return -EBADMSG;
	return 0;
}

int
cgn_restart_file_next(struct cgn_restart_file *f, uint32_t *kind, void *data, size_t *len)
{
	struct chunk c;
	int ret = read_all(f->file, &c, sizeof(c));

	*len = rte_le_to_cpu_32(c.len);
	if (ret == 0 && (*len > CGN_RESTART_FILE_CHUNK_MAX || c.zero != 0))
		ret = -EBADMSG;
	if (ret == 0)
		ret = read_all(f->file, data, *len);
	if (ret == 0 && rte_le_to_cpu_32(c.sum) != chunk_sum(&c, data, *len))
		ret = -EBADMSG;
	if (ret < 0)
		return ret;
	*kind = rte_le_to_cpu_32(c.kind);
	if (*kind == 0)
		return judge_last(f, data, *len);
	f->n_chunks++;
	f->n_octets += *len;
	return 1;
}

/* Read all chunks, and go back to the first one. */
static int
check_chunks(struct cgn_restart_file *f, cgn_restart_file_look look, void *ctx, char *why)
{
	void *data = malloc(CGN_RESTART_FILE_CHUNK_MAX);
	uint32_t kind;
	int ret, seen = 0;
	size_t len;

	if (data == NULL)
		return refuse_errno(ENOMEM, why);
	do {
		ret = cgn_restart_file_next(f, &kind, data, &len);
		if (ret > 0 && look != NULL) {
			seen = look(ctx, kind, data, len, why);
			ret = seen < 0 ? seen : ret;
		}
	} while (ret > 0);
	free(data);
	if (seen < 0)
		return seen;
	if (ret == -EBADMSG)
		return file_refuse(ret, why, "it was cut short or is damaged");
	if (ret == 0 && lseek(f->file, sizeof(struct header), SEEK_SET) < 0)
		ret = -errno;
	if (ret < 0)
		return refuse_errno(-ret, why);
	f->n_chunks = 0;
	f->n_octets = 0;
	return 0;
}

/* Check a file from its first octet on. */
static int
check_all(struct cgn_restart_file *f, uint32_t max_age_s, cgn_restart_file_look look, void *ctx,
		char *why)
{
	struct header h;
	int ret = read_all(f->file, &h, sizeof(h));

	if (ret == -EBADMSG)
		return file_refuse(ret, why, "it was cut short");
	if (ret < 0)
		return refuse_errno(-ret, why);
	ret = judge_header(f, &h, max_age_s, why);
	return ret < 0 ? ret : check_chunks(f, look, ctx, why);
}

int
cgn_restart_file_open_fd(struct cgn_restart_file *f, int fd, uint32_t max_age_s,
		cgn_restart_file_look look, void *ctx, char why[static CGN_RESTART_FILE_WHY_MAX])
{
	int ret;

	*f = (struct cgn_restart_file){ .dir = -1, .file = fd };
	ret = check_all(f, max_age_s, look, ctx, why);
	if (ret < 0)
		cgn_restart_file_close(f);
	return ret;
}

static int
judge_owner(int fd, char *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse_errno(errno, why);
	if (!S_ISREG(st.st_mode))
		return file_refuse(-EPERM, why, "it is not a regular file");
	if (st.st_uid != geteuid())
		return file_refuse(-EPERM, why, "it belongs to another user");
	if ((st.st_mode & 077) != 0)
		return file_refuse(-EPERM, why, "others may read or write it");
	/* Another name would let somebody change it. */
	if (st.st_nlink != 1)
		return file_refuse(-EPERM, why, "it has a second name");
	return 0;
}

/* Take the file, so that no other start does. @return 0; -errno: there is none, or it cannot be used */
static int
take(struct cgn_restart_file *f, char *why)
{
	if (renameat(f->dir, CGN_RESTART_FILE_NAME, f->dir, CGN_RESTART_FILE_TAKEN) < 0) {
		if (errno != ENOENT)
			return refuse_errno(errno, why);
		if (unlinkat(f->dir, CGN_RESTART_FILE_TAKEN, 0) < 0)
			return refuse_errno(ENOENT, why);
		return file_refuse(-EOWNERDEAD, why, "a start has crashed while it used it");
	}
	f->name = CGN_RESTART_FILE_TAKEN;
	f->file = openat(
			f->dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (f->file < 0)
		return errno == ELOOP ? file_refuse(-EPERM, why, "it is a symbolic link")
				      : refuse_errno(errno, why);
	return judge_owner(f->file, why);
}

int
cgn_restart_file_open(struct cgn_restart_file *f, const char *runtime_dir, uint32_t max_age_s,
		cgn_restart_file_look look, void *ctx, char why[static CGN_RESTART_FILE_WHY_MAX])
{
	int ret;

	*f = (struct cgn_restart_file){ .file = -1 };
	f->dir = cgn_restart_file_open_dir(runtime_dir, why);
	if (f->dir < 0)
		return f->dir;
	ret = take(f, why);
	if (ret == 0)
		ret = check_all(f, max_age_s, look, ctx, why);
	if (ret < 0)
		cgn_restart_file_close(f);
	return ret;
}

int
cgn_restart_file_put_back(struct cgn_restart_file *f)
{
	return f->file < 0 ? 0 : name_it(f);
}

void
cgn_restart_file_close(struct cgn_restart_file *f)
{
	if (f->file >= 0)
		close(f->file);
	if (f->dir >= 0) {
		if (f->name != NULL)
			(void)unlinkat(f->dir, f->name, 0);
		close(f->dir);
	}
	f->file = -1;
	f->dir = -1;
}

bool
cgn_restart_file_remove(const char *runtime_dir)
{
	char why[CGN_RESTART_FILE_WHY_MAX];
	int dir = cgn_restart_file_open_dir(runtime_dir, why);
	bool was_there;

	if (dir < 0)
		return false;
	was_there = unlinkat(dir, CGN_RESTART_FILE_NAME, 0) == 0;
	(void)unlinkat(dir, CGN_RESTART_FILE_NEW, 0);
	(void)unlinkat(dir, CGN_RESTART_FILE_TAKEN, 0);
	close(dir);
	return was_there;
}
