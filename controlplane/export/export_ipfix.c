/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Messages of IPFIX in a ring, until a collector has received them.
 */
#include "controlplane/export/export_ipfix.h"

#include "controlplane/export/export_ipfix_message.h"
#include "shared/clock_ms.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/*
 * Messages are counted from the start on. Message n is in slot n % CGN_EXPORT_IPFIX_MESSAGES:
 *
 *   ... first ...                          sent ...           end
 *       sent, but perhaps not received     not yet sent       being written
 */
struct cgn_export_ipfix {
	struct cgn_export_ipfix_writer *writer;
	struct cgn_export_net *net;
	bool is_stream;
	uint64_t templates_every_ms, connect_every_ms;
	int64_t templates_ms; /* when they were sent last */
	int64_t connect_ms;   /* when the last attempt to connect has begun; 0: none yet */
	bool is_connecting;
	unsigned int n_copies; /* of the templates that are to be sent now */
	size_t template;       /* the next message of this copy */
	uint32_t sequence;     /* data records that were sent before */
	bool is_stamped;       /* the message that is being sent has its header */
	size_t n_octets;       /* of this message that were sent */
	uint64_t first, sent, end;
	struct cgn_export_ipfix_message messages[CGN_EXPORT_IPFIX_MESSAGES];
};

/* --- life -------------------------------------------------------------------------------------- */

static void
ipfix_destroy(void *ctx)
{
	struct cgn_export_ipfix *x = ctx;

	cgn_export_net_destroy(x->net);
	cgn_export_ipfix_message_destroy(x->writer);
	free(x);
}

int
cgn_export_ipfix_create(struct cgn_export_ipfix **out, const struct cgn_export_ipfix_cfg *cfg,
		const struct cgn_export_origin *origin)
{
	struct cgn_export_ipfix *x = calloc(1, sizeof(*x));
	int ret;

	if (x == NULL)
		return -ENOMEM;
	x->is_stream = cfg->net.to->transport != CGN_TARGET_UDP;
	x->templates_every_ms = UINT64_C(1000) * cfg->templates_every_s;
	x->connect_every_ms = UINT64_C(1000) * cfg->connect_every_s;
	ret = cgn_export_net_create(&x->net, &cfg->net);
	if (ret == 0)
		ret = cgn_export_ipfix_message_create(&x->writer, origin, cfg->domain);
	if (ret < 0) {
		ipfix_destroy(x);
		return ret;
	}
	*out = x;
	return 0;
}

/* --- the ring ---------------------------------------------------------------------------------- */

static struct cgn_export_ipfix_message *
message_at(struct cgn_export_ipfix *x, uint64_t n)
{
	return &x->messages[n % CGN_EXPORT_IPFIX_MESSAGES];
}

static bool
is_full(const struct cgn_export_ipfix *x)
{
	return x->end - x->first == CGN_EXPORT_IPFIX_MESSAGES;
}

/* Octets of the last messages that were sent may not have been received. */
static void
forget_received(struct cgn_export_ipfix *x)
{
	size_t unacked = x->is_stream ? cgn_export_net_unacked(x->net) : 0;
	size_t octets = x->n_octets;
	uint64_t n = x->sent;

	for (; n > x->first && octets < unacked; n--)
		octets += message_at(x, n - 1)->len;
	x->first = n;
}

/* Put the message that is being written into the ring. @return false: it is empty, or there is no room */
static bool
end_message(struct cgn_export_ipfix *x)
{
	if (is_full(x) || !cgn_export_ipfix_message_end(x->writer, message_at(x, x->end)))
		return false;
	x->end++;
	/* The message has the new names, but it may get lost. */
	if (cgn_export_ipfix_message_take_news(x->writer) && !x->is_stream)
		x->n_copies = CGN_EXPORT_IPFIX_COPIES;
	return true;
}

static int
ipfix_write(void *ctx, const struct cgn_record *r)
{
	struct cgn_export_ipfix *x = ctx;

	while (!cgn_export_ipfix_message_add(x->writer, r)) {
		if (!end_message(x))
			return -ENOBUFS;
	}
	return 0;
}

/* --- connect ----------------------------------------------------------------------------------- */

/* RFC 7011 section 10.4.4: by default not more than once a minute. @return whether a connection may be tried now */
static bool
may_connect(struct cgn_export_ipfix *x)
{
	int64_t now = cgn_clock_ms(CLOCK_MONOTONIC);

	if (x->is_connecting || !x->is_stream)
		return true;
	if (x->connect_ms != 0 && now - x->connect_ms < (int64_t)x->connect_every_ms)
		return false;
	x->connect_ms = now;
	return true;
}

/* What the last connection has sent, but perhaps not delivered, is sent again. @return number of records */
static int
begin_again(struct cgn_export_ipfix *x)
{
	int n_records = 0;

	for (; x->sent > x->first; x->sent--)
		n_records += message_at(x, x->sent - 1)->n_records;
	/* The same is true for a message that was sent in part. */
	x->n_octets = 0;
	x->is_stamped = false;
	x->template = 0;
	x->n_copies = x->is_stream ? 1 : CGN_EXPORT_IPFIX_COPIES;
	if (x->is_stream)
		x->sequence = 0;
	return n_records;
}

static int
ipfix_open(void *ctx)
{
	struct cgn_export_ipfix *x = ctx;
	int ret;

	if (!may_connect(x))
		return -EAGAIN;
	ret = cgn_export_net_open(x->net);
	x->is_connecting = ret == -EINPROGRESS;
	return ret < 0 ? ret : begin_again(x);
}

static void
ipfix_close(void *ctx)
{
	struct cgn_export_ipfix *x = ctx;

	forget_received(x);
	x->template = 0; /* the messages may be other ones when they are sent again */
	cgn_export_net_close(x->net);
}

/* --- send -------------------------------------------------------------------------------------- */

/* Send a message, or the rest of it. TLS wants the same octets until they are taken, so the header is set once. */
static int
send_message(struct cgn_export_ipfix *x, struct cgn_export_ipfix_message *m)
{
	if (!x->is_stamped)
		cgn_export_ipfix_message_stamp(m, (uint32_t)time(NULL), x->sequence);
	x->is_stamped = true;
	while (x->n_octets < m->len) {
		ssize_t n = cgn_export_net_send(
				x->net, m->data + x->n_octets, m->len - x->n_octets);

		if (n < 0)
			return (int)n;
		x->n_octets += (size_t)n;
	}
	x->sequence += m->n_records;
	x->n_octets = 0;
	x->is_stamped = false;
	return 0;
}

/* RFC 7011 section 8.4: templates again over UDP, because they may get lost. */
static void
repeat_templates(struct cgn_export_ipfix *x)
{
	int64_t now = cgn_clock_ms(CLOCK_MONOTONIC);

	if (x->is_stream || x->n_copies > 0 || x->is_stamped ||
			now - x->templates_ms < (int64_t)x->templates_every_ms)
		return;
	x->n_copies = 1;
	x->template = 0;
}

static int
send_templates(struct cgn_export_ipfix *x)
{
	struct cgn_export_ipfix_message *m;
	size_t n;
	int ret = 0;

	repeat_templates(x);
	m = cgn_export_ipfix_message_templates(x->writer, &n);
	while (ret == 0 && x->n_copies > 0) {
		ret = send_message(x, &m[x->template]);
		if (ret == 0 && ++x->template == n) {
			x->template = 0;
			x->n_copies--;
			x->templates_ms = cgn_clock_ms(CLOCK_MONOTONIC);
		}
	}
	return ret;
}

/* What is forgotten behind the loop would hide that the loop has ended because the ring was full. */
static int
send_messages(struct cgn_export_ipfix *x)
{
	int ret = 0;

	forget_received(x);
	while (ret == 0 && (x->sent < x->end || end_message(x))) {
		ret = send_message(x, message_at(x, x->sent));
		if (ret == 0)
			x->sent++;
	}
	return ret;
}

static int
ipfix_flush(void *ctx)
{
	struct cgn_export_ipfix *x = ctx;
	int ret = cgn_export_net_check(x->net);

	if (ret == 0)
		ret = send_templates(x);
	if (ret == 0)
		ret = send_messages(x);
	if (ret == 0 && is_full(x))
		ret = cgn_export_net_wait_acked(x->net);
	return ret;
}

const struct cgn_export_sink_ops cgn_export_ipfix_ops = {
	.open = ipfix_open,
	.write = ipfix_write,
	.flush = ipfix_flush,
	.close = ipfix_close,
	.destroy = ipfix_destroy,
};
