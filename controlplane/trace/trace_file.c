/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lines of plain files and of files that gzip has compressed (zlib reads both).
 */
#include "controlplane/trace/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK (1u << 20)

/* What was read and is not used yet. */
struct buffer {
	char *at; /* CHUNK + CGN_TRACE_FILE_LINE_MAX octets */
	size_t len;
	bool is_skipping; /* the rest of a line that is too long */
	uint64_t *skipped;
};

/* Give all whole lines to fn, and keep the rest. */
static int
use_lines(struct buffer *b, cgn_trace_file_fn fn, void *ctx)
{
	char *line = b->at, *end = b->at + b->len;
	int ret = 0;

	for (;;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));

		if (newline == NULL)
			break;
		if (!b->is_skipping)
			ret = fn(ctx, line, (size_t)(newline - line));
		if (ret < 0)
			return ret;
		b->is_skipping = false;
		line = newline + 1;
	}
	b->len = (size_t)(end - line);
	if (b->len > CGN_TRACE_FILE_LINE_MAX) {
		*b->skipped += !b->is_skipping;
		b->is_skipping = true;
		b->len = 0;
	}
	memmove(b->at, line, b->len);
	return 0;
}

static int
read_all(gzFile f, struct buffer *b, cgn_trace_file_fn fn, void *ctx)
{
	int ret = 0, n = 1;

	while (ret == 0 && n > 0) {
		n = gzread(f, b->at + b->len, CHUNK);
		if (n > 0) {
			b->len += (size_t)n;
			ret = use_lines(b, fn, ctx);
		}
	}
	if (ret == 0 && n < 0) {
		int error;

		gzerror(f, &error);
		ret = error == Z_ERRNO ? -errno : -EBADMSG;
	}
	*b->skipped += b->len != 0 && !b->is_skipping;
	return ret;
}

int
cgn_trace_file_read(const char *path, cgn_trace_file_fn fn, void *ctx, uint64_t *skipped)
{
	struct buffer b = { .skipped = skipped };
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	int ret = -ENOMEM, end;
	gzFile f;

	if (fd < 0)
		return -errno;
	f = gzdopen(fd, "r");
	if (f == NULL) {
		close(fd);
		return -ENOMEM;
	}
	(void)gzbuffer(f, CHUNK / 4);
	b.at = malloc(CHUNK + CGN_TRACE_FILE_LINE_MAX);
	if (b.at != NULL)
		ret = read_all(f, &b, fn, ctx);
	free(b.at);
	/* A file that was cut in the middle is noticed at its end. */
	end = gzclose(f);
	return ret == 0 && end != Z_OK ? -EBADMSG : ret;
}
