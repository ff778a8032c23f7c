/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compiles the filter of a capture, and writes the frames that cgnd has seen. The file is written here, so it belongs to the
 * operator, and cgnd needs no place to write to.
 */
#include "controlplane/cgnctl/ctlcapture.h"

#include "controlplane/cgnctl/ctlpackets.h"
#include "controlplane/cgnctl/ctlpcapng.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/cgnctl/ctltap.h"
#include "shared/tap_filter.h"
#include "shared/version.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_USAGE 2

struct capture {
	const char *path;
	const char *filter; /* as text; NULL: none */
	const struct cgn_ctlargs *args;
	FILE *out;    /* NULL: nothing has come yet */
	uint64_t n;   /* packets that were written */
	uint64_t max; /* packets that are wanted */
};

/* --- the filter ------------------------------------------------------------------------------ */

static int
refuse_filter(const char *why)
{
	char text[CGN_CTLTABLE_CELL_MAX];

	fprintf(stderr, "cgnctl: --filter: %s\n", cgn_ctltable_escape(text, sizeof(text), why));
	return -EINVAL;
}

/* Compile the filter. @param[out] code  the caller frees it with pcap_freecode() @return 0, -EINVAL: what is wrong was printed */
static int
compile(const char *text, struct bpf_program *code)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, CGN_TAP_SNAP_MAX);
	int ret;

	if (p == NULL)
		return -ENOMEM;
	ret = pcap_compile(p, code, text, 1, PCAP_NETMASK_UNKNOWN);
	if (ret < 0) {
		ret = refuse_filter(pcap_geterr(p));
	} else if (code->bf_len > CGN_TAP_FILTER_MAX) {
		pcap_freecode(code);
		ret = refuse_filter("too long");
	}
	pcap_close(p);
	return ret;
}

/* --- the file -------------------------------------------------------------------------------- */

static int
flush(struct capture *c)
{
	if (fflush(c->out) == 0 && !ferror(c->out))
		return 0;
	fprintf(stderr, "cgnctl: cannot write %s: %s\n", c->path, strerror(errno));
	return -ECANCELED;
}

/* Where the packets are, in words. */
static const char *
place(const struct capture *c)
{
	return c->out == stdout ? "stdout" : c->path;
}

/* The capture has begun: only now an older file may go. */
static int
take_names(void *ctx, const struct cgn_tap_names *names)
{
	struct capture *c = ctx;
	char what[PATH_MAX + 32];

	c->out = strcmp(c->path, "-") == 0 ? stdout : fopen(c->path, "wb");
	if (c->out == NULL) {
		fprintf(stderr, "cgnctl: cannot write %s: %s\n", c->path, strerror(errno));
		return -ECANCELED;
	}
	cgn_ctlpcapng_begin(c->out, "cgnctl " CGN_VERSION);
	for (uint32_t i = 0; i < names->n_ports; i++)
		cgn_ctlpcapng_port(c->out, names->port[i], CGN_TAP_SNAP_MAX, c->filter);
	if (isatty(STDERR_FILENO)) {
		snprintf(what, sizeof(what), "captures into %s", place(c));
		cgn_ctltap_tell_start(c->args, what);
	} else {
		fprintf(stderr, "cgnctl: captures into %s, Ctrl-C ends it\n", place(c));
	}
	return flush(c);
}

static int
take_packet(void *ctx, const struct cgn_tap_names *names, const struct cgn_tap_record *r)
{
	struct capture *c = ctx;
	char comment[CGN_CTLPACKETS_COMMENT_MAX];

	if (c->out == NULL)
		return -EPROTO;
	for (unsigned int i = 0; i < r->n_frames && c->n < c->max; i++) {
		const struct cgn_tap_frame *f = cgn_ctltap_frame(r, i);
		const struct cgn_ctlpcapng_packet p = {
			.port = f->port,
			.is_sent = f->is_sent,
			.time_ns = r->time_ns,
			.id = r->number == 0 ? 0 : (uint64_t)(r->worker + 1u) << 32 | r->number,
			.octets = cgn_ctltap_octets(f),
			.caplen = f->caplen,
			.len = f->len,
			.comment = comment,
		};

		if (!f->is_wanted || f->port >= names->n_ports)
			continue;
		(void)cgn_ctlpackets_comment(names, r, f, comment);
		cgn_ctlpcapng_packet(c->out, &p);
		c->n++;
	}
	/* The file is whole at any time, also for who reads it while it grows. */
	if (flush(c) < 0)
		return -ECANCELED;
	return c->n < c->max ? 0 : CGN_CTLTAP_ENOUGH;
}

/* --- the command ----------------------------------------------------------------------------- */

static int
run(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, const struct bpf_program *filter)
{
	struct capture c = {
		.path = args->write, .filter = args->filter, .args = args, .max = UINT64_MAX
	};
	const struct cgn_ctltap_reader reader = { .mode = "capture",
		.filter = filter,
		.names = take_names,
		.packet = take_packet,
		.ctx = &c };
	struct cgn_tap_end end;
	int ret;

	if (args->count != NULL)
		c.max = strtoull(args->count, NULL, 10);
	ret = cgn_ctltap_run(s, args, &reader, &end);
	if (c.out != NULL && c.out != stdout && fclose(c.out) != 0 && ret == 0) {
		fprintf(stderr, "cgnctl: cannot write %s: %s\n", c.path, strerror(errno));
		ret = -ECANCELED;
	}
	if (c.out != NULL)
		fprintf(stderr, "cgnctl: %s%" PRIu64 " packets in %s\n",
				ret == 0 ? cgn_ctltap_why(&end) : "", c.n, place(&c));
	if (ret == 0)
		ret = cgn_ctltap_tell_lost(&end, "packets");
	/* What is wrong with the file was printed. */
	return ret == -ECANCELED ? 1 : ret;
}

int
cgn_ctlcapture(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	struct bpf_program code;
	int ret;

	(void)out;
	if (args->filter == NULL)
		return run(s, args, NULL);
	ret = compile(args->filter, &code);
	if (ret < 0)
		return ret == -EINVAL ? STATUS_USAGE : ret;
	ret = run(s, args, &code);
	pcap_freecode(&code);
	return ret;
}
