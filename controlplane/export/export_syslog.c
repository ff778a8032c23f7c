/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Frames of syslog in a buffer, until a collector has received them.
 */
#include "controlplane/export/export_syslog.h"

#include "controlplane/export/export_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 8 /* octets of a length and its blank, with a NUL */
#define FRAME_MAX (CGN_EXPORT_TEXT_MAX + COUNT_MAX)

/*
 * The buffer has whole frames, "LENGTH LINE", also for datagrams, which do not get the length:
 *
 *   0 ...      first ...                          sent ...           end ...           ROOM
 *   received   sent, but perhaps not received     not yet sent       free
 */
struct cgn_export_syslog {
	const struct cgn_export_origin *origin;
	struct cgn_export_net *net;
	bool is_stream;
	size_t first, sent, end; /* first is where a frame begins; sent may be inside of a frame */
	char buf[CGN_EXPORT_SYSLOG_ROOM];
};

int
cgn_export_syslog_create(struct cgn_export_syslog **out, const struct cgn_export_net_cfg *net,
		const struct cgn_export_origin *origin)
{
	struct cgn_export_syslog *s = calloc(1, sizeof(*s));
	int ret;

	if (s == NULL)
		return -ENOMEM;
	s->origin = origin;
	s->is_stream = net->to->transport != CGN_TARGET_UDP;
	ret = cgn_export_net_create(&s->net, net);
	if (ret < 0) {
		free(s);
		return ret;
	}
	*out = s;
	return 0;
}

static void
syslog_destroy(void *ctx)
{
	struct cgn_export_syslog *s = ctx;

	cgn_export_net_destroy(s->net);
	free(s);
}

/* --- frames ------------------------------------------------------------------------------------ */

/* The frame that begins at @p at. @param[out] line  where its line begins. @return where the frame ends */
static size_t
frame_at(const struct cgn_export_syslog *s, size_t at, size_t *line)
{
	size_t len = 0;

	for (; s->buf[at] != ' '; at++)
		len = len * 10 + (size_t)(s->buf[at] - '0');
	*line = at + 1;
	return at + 1 + len;
}

/* Forget the frames that end at or before @p at. */
static void
forget_until(struct cgn_export_syslog *s, size_t at)
{
	while (s->first < at) {
		size_t line, next = frame_at(s, s->first, &line);

		if (next > at)
			break;
		s->first = next;
	}
	if (s->first == s->end)
		s->first = s->sent = s->end = 0;
}

static void
forget_received(struct cgn_export_syslog *s)
{
	size_t unacked = cgn_export_net_unacked(s->net);

	if (s->is_stream && unacked < s->sent - s->first)
		forget_until(s, s->sent - unacked);
}

static bool
has_room(struct cgn_export_syslog *s)
{
	if (sizeof(s->buf) - s->end >= FRAME_MAX)
		return true;
	/* Only if it frees at least half of the buffer: then each octet is moved once on the average. */
	if (s->first < sizeof(s->buf) / 2)
		return false;
	memmove(s->buf, s->buf + s->first, s->end - s->first);
	s->sent -= s->first;
	s->end -= s->first;
	s->first = 0;
	return true;
}

/* --- the sink ---------------------------------------------------------------------------------- */

static int
syslog_write(void *ctx, const struct cgn_record *r)
{
	struct cgn_export_syslog *s = ctx;
	char line[CGN_EXPORT_TEXT_MAX];
	size_t len;

	if (!has_room(s))
		return -ENOBUFS;
	len = cgn_export_text_line(line, s->origin, r) - 1; /* without "\n" */
	s->end += (size_t)snprintf(s->buf + s->end, COUNT_MAX, "%zu ", len);
	memcpy(s->buf + s->end, line, len);
	s->end += len;
	return 0;
}

static int
syslog_open(void *ctx)
{
	struct cgn_export_syslog *s = ctx;
	int ret = cgn_export_net_open(s->net), n_again = 0;

	if (ret < 0)
		return ret;
	for (size_t at = s->first, line; at < s->sent; n_again++)
		at = frame_at(s, at, &line);
	s->sent = s->first;
	return n_again;
}

static void
syslog_close(void *ctx)
{
	struct cgn_export_syslog *s = ctx;

	forget_received(s);
	cgn_export_net_close(s->net);
}

static int
send_stream(struct cgn_export_syslog *s)
{
	while (s->sent < s->end) {
		ssize_t n = cgn_export_net_send(s->net, s->buf + s->sent, s->end - s->sent);

		if (n < 0)
			return (int)n;
		s->sent += (size_t)n;
	}
	return 0;
}

static int
send_datagrams(struct cgn_export_syslog *s)
{
	while (s->sent < s->end) {
		size_t line, next = frame_at(s, s->sent, &line);
		ssize_t n = cgn_export_net_send(s->net, s->buf + line, next - line);

		if (n < 0)
			return (int)n;
		s->sent = next;
		forget_until(s, next);
	}
	return 0;
}

static int
syslog_flush(void *ctx)
{
	struct cgn_export_syslog *s = ctx;
	int ret;

	if (!s->is_stream)
		return send_datagrams(s);
	ret = s->sent < s->end ? send_stream(s) : cgn_export_net_check(s->net);
	forget_received(s);
	if (ret == 0 && !has_room(s))
		ret = cgn_export_net_wait_acked(s->net);
	return ret;
}

const struct cgn_export_sink_ops cgn_export_syslog_ops = {
	.open = syslog_open,
	.write = syslog_write,
	.flush = syslog_flush,
	.close = syslog_close,
	.destroy = syslog_destroy,
};
