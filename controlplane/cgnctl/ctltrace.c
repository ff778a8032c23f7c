/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads the command line of `cgnctl trace`, gives all records of the files to trace/, and prints the answer.
 */
#include "controlplane/cgnctl/ctltrace.h"

#include "controlplane/trace/trace.h"
#include "controlplane/trace/trace_file.h"
#include "shared/addr_text.h"
#include "shared/utc_text.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
	EXIT_RUNTIME = 1,
	EXIT_USAGE = 2,
};

struct options {
	struct cgn_trace_question q;
	const char *endpoint; /* as it was given; NULL: of a subscriber */
	const char *subscriber;
	bool want_json;
	bool want_help;
	bool has_at;
	char **files;
};

/* What the files have. */
struct reading {
	struct cgn_trace *trace;
	uint64_t n_records;
	uint64_t n_others;
	uint64_t n_skipped;
};

static void
usage(FILE *out)
{
	fputs("usage: cgnctl trace [--json] EXTADDR:PORT[/PROTO] --at TIME FILE...\n"
	      "       cgnctl trace [--json] --subscriber ADDRESS [--from TIME] [--to TIME] FILE...\n"
	      "\n"
	      "Who had an external port at a time, or which ports a subscriber had, by files of records.\n"
	      "\n"
	      "  FILE     records of cgnd, also compressed by gzip; -: standard input. In any order\n"
	      "  TIME     2026-11-28T03:15:07.120Z, or with an offset such as +01:00\n"
	      "  ADDRESS  an inside address, or the IPv6 address of a B4\n"
	      "\n"
	      "exit status: 0 the answer is printed, 1 error, 2 command line, 3 nobody had it, 4 the records do not say it\n",
			out);
}

static int
wrong(const char *what, const char *value)
{
	fprintf(stderr, "cgnctl: trace: %s%s%s\n", what, value[0] == '\0' ? "" : ": ", value);
	usage(stderr);
	return -EINVAL;
}

/* --- command line ---------------------------------------------------------------------------- */

static int
take_time(const char *text, int64_t *ms)
{
	size_t len = strlen(text);

	if (len == 0 || cgn_trace_line_time(text, len, ms) != len)
		return wrong("a time is such as 2026-11-28T03:15:07Z, with Z or an offset", text);
	return 0;
}

static int
ctltrace_options(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
		{ "at", required_argument, NULL, 'a' },
		{ "from", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "subscriber", required_argument, NULL, 's' },
		{ "to", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int c, ret = 0;

	while (ret == 0 && (c = getopt_long(argc, argv, "a:f:hjs:t:", options, NULL)) != -1) {
		switch (c) {
		case 'a':
			o->has_at = true;
			ret = take_time(optarg, &o->q.at_ms);
			break;
		case 'f':
			ret = take_time(optarg, &o->q.from_ms);
			break;
		case 'h':
			o->want_help = true;
			break;
		case 'j':
			o->want_json = true;
			break;
		case 's':
			o->subscriber = optarg;
			break;
		case 't':
			ret = take_time(optarg, &o->q.to_ms);
			break;
		default:
			usage(stderr);
			return -EINVAL;
		}
	}
	return ret;
}

static int
ctltrace_parse(int argc, char *argv[], struct options *o)
{
	int ret;

	o->q.from_ms = INT64_MIN;
	o->q.to_ms = INT64_MAX;
	ret = ctltrace_options(argc, argv, o);
	if (ret < 0 || o->want_help)
		return ret;
	o->files = argv + optind;
	if (o->subscriber != NULL) {
		o->q.is_of_subscriber = true;
		if (o->has_at)
			return wrong("--subscriber takes --from and --to", "");
		if (cgn_addr_text_parse_ip(o->subscriber, &o->q.subscriber) < 0)
			return wrong("not an address", o->subscriber);
		if (o->q.from_ms > o->q.to_ms)
			return wrong("--from is later than --to", "");
	} else {
		if (*o->files == NULL)
			return wrong("EXTADDR:PORT is missing", "");
		o->endpoint = *o->files++;
		ret = cgn_addr_text_parse_ep4_any(o->endpoint, &o->q.ext, &o->q.port);
		if (ret < 0)
			ret = wrong("not EXTADDR:PORT[/PROTO]", o->endpoint);
		if (ret == 0 && !o->has_at)
			ret = wrong("--at TIME is missing", "");
		if (ret == 0 && (o->q.from_ms != INT64_MIN || o->q.to_ms != INT64_MAX))
			ret = wrong("--from and --to need --subscriber", "");
	}
	if (ret == 0 && *o->files == NULL)
		ret = wrong("a FILE is missing", "");
	return ret;
}

/* --- reading --------------------------------------------------------------------------------- */

static int
take_line(void *ctx, const char *line, size_t len)
{
	struct reading *r = ctx;
	struct cgn_trace_record record;

	if (!cgn_trace_line_read(line, len, &record)) {
		r->n_others++;
		return 0;
	}
	r->n_records++;
	return cgn_trace_add(r->trace, &record);
}

static int
read_files(struct reading *r, char **files)
{
	for (; *files != NULL; files++) {
		int ret = cgn_trace_file_read(*files, take_line, r, &r->n_skipped);

		if (ret < 0) {
			fprintf(stderr, "cgnctl: trace: %s: %s\n", *files,
					ret == -EBADMSG ? "the compressed data is damaged or cut"
							: strerror(-ret));
			return ret;
		}
	}
	if (r->n_others + r->n_skipped != 0)
		fprintf(stderr, "cgnctl: trace: %" PRIu64 " lines are no records of cgnd\n",
				r->n_others + r->n_skipped);
	return 0;
}

/* --- printing -------------------------------------------------------------------------------- */

static const char *const end_names[] = {
	[CGN_TRACE_END_RELEASED] = "released",
	[CGN_TRACE_END_STOP] = "stop",
	[CGN_TRACE_END_CRASH] = "crash",
	[CGN_TRACE_END_OPEN] = "open",
};

static const char *const reason_names[] = {
	[CGN_TRACE_CERTAIN] = "certain",
	[CGN_TRACE_NO_RECORDS] = "no_records",
	[CGN_TRACE_BEFORE] = "before_records",
	[CGN_TRACE_BEHIND] = "behind_records",
	[CGN_TRACE_LOST] = "gap",
	[CGN_TRACE_MISSING] = "missing",
	[CGN_TRACE_CRASHED] = "crash",
	[CGN_TRACE_CLOCK] = "clock",
	[CGN_TRACE_NO_BLOCKS] = "no_blocks",
	[CGN_TRACE_TWO] = "two_owners",
};

/* What a reason means. It is printed before the time of the reason, if that has one. */
static const char *const reason_texts[] = {
	[CGN_TRACE_CERTAIN] = "",
	[CGN_TRACE_NO_RECORDS] = "the files have no records of cgnd",
	[CGN_TRACE_BEFORE] = "the records begin later, at",
	[CGN_TRACE_BEHIND] = "the records end earlier, at",
	[CGN_TRACE_LOST] = "cgnd has lost records (a gap), from",
	[CGN_TRACE_MISSING] = "the files are not complete: records are missing near",
	[CGN_TRACE_CRASHED] =
			"the last records before a crash may be missing; cgnd started again at",
	[CGN_TRACE_CLOCK] = "the clock was set at",
	[CGN_TRACE_NO_BLOCKS] = "export.records has no blocks in the run of cgnd that began at",
	[CGN_TRACE_TWO] = "two cgnds say that a subscriber of theirs had it",
};

static void
print_reason(const struct cgn_trace_answer *a)
{
	char text[CGN_UTC_TEXT_MAX];
	bool has_time = a->reason != CGN_TRACE_NO_RECORDS && a->reason != CGN_TRACE_TWO;

	printf("%-12s%s%s%s\n", "reason", reason_texts[a->reason], has_time ? " " : "",
			has_time ? cgn_utc_text_format(a->reason_ms, text) : "");
}

/* The end of a tenure, as text. */
static void
print_until(const struct cgn_trace_tenure *x)
{
	char text[CGN_UTC_TEXT_MAX];

	if (x->end == CGN_TRACE_END_OPEN)
		printf("%-12snot ended in these records\n", "until");
	else
		printf("%-12s%s%s\n", "until", cgn_utc_text_format(x->until_ms, text),
				x->end == CGN_TRACE_END_STOP ? " (cgnd stopped)"
						: x->end == CGN_TRACE_END_CRASH
						? " at the latest (cgnd crashed)"
						: "");
}

static void
print_tenure(const struct cgn_trace_tenure *x)
{
	char text[CGN_ADDR_TEXT_MAX], when[CGN_UTC_TEXT_MAX];

	printf("%-12s%s\n", x->inside.is_ip6 ? "home" : "subscriber",
			cgn_addr_text_format_prefix(&x->inside, text));
	printf("%-12s%u-%u\n", "ports", x->first, x->last);
	printf("%-12s%s\n", "pool", x->pool);
	printf("%-12s%s\n", "since",
			x->has_since ? cgn_utc_text_format(x->since_ms, when)
				     : "before these records begin");
	print_until(x);
	printf("%-12s%s\n", "machine", x->host);
	printf("%-12s%s\n", "instance", x->instance);
	printf("%-12sworker %u, boot %016" PRIx64 "\n", "by", x->producer - CGN_TRACE_WORKER0,
			x->boot);
}

static void
set_time(json_t *object, const char *name, int64_t ms)
{
	char text[CGN_UTC_TEXT_MAX];

	json_object_set_new(object, name, json_string(cgn_utc_text_format(ms, text)));
}

static json_t *
tenure_json(const struct cgn_trace_tenure *x)
{
	const struct cgn_ip ext = { .ip4 = x->ext };
	char inside[CGN_ADDR_TEXT_MAX], address[CGN_ADDR_TEXT_MAX], boot[17];
	json_t *o;

	snprintf(boot, sizeof(boot), "%016" PRIx64, x->boot);
	o = json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:I, s:s}", "subscriber",
			cgn_addr_text_format_prefix(&x->inside, inside), "ext",
			cgn_addr_text_format_ip(&ext, address), "port_first", x->first, "port_last",
			x->last, "pool", x->pool, "machine", x->host, "instance", x->instance,
			"boot", boot, "worker", (json_int_t)(x->producer - CGN_TRACE_WORKER0),
			"end", end_names[x->end]);
	if (x->has_since)
		set_time(o, "since", x->since_ms);
	if (x->end != CGN_TRACE_END_OPEN)
		set_time(o, "until", x->until_ms);
	return o;
}

static void
dump(json_t *o)
{
	json_dumpf(o, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(o);
}

/* --- who had a port -------------------------------------------------------------------------- */

static const char *const verdict_names[] = {
	[CGN_TRACE_FOUND] = "found",
	[CGN_TRACE_NOBODY] = "nobody",
	[CGN_TRACE_UNSURE] = "unsure",
};

static void
print_answer(const struct options *o, const struct cgn_trace_answer *a)
{
	static const char *const texts[] = {
		[CGN_TRACE_FOUND] = "a subscriber had this port",
		[CGN_TRACE_NOBODY] = "nobody had this port",
		[CGN_TRACE_UNSURE] = "these records do not say who had this port",
	};
	char text[CGN_UTC_TEXT_MAX];

	printf("%-12s%s\n", "external", o->endpoint);
	printf("%-12s%s\n", "at", cgn_utc_text_format(o->q.at_ms, text));
	printf("%-12s%s\n", "answer", texts[a->verdict]);
	if (a->verdict == CGN_TRACE_UNSURE)
		print_reason(a);
	if (a->verdict == CGN_TRACE_UNSURE && a->has_tenure)
		printf("The last record that is there says:\n");
	if (a->has_tenure)
		print_tenure(&a->tenure);
	if (a->verdict == CGN_TRACE_FOUND && a->reason != CGN_TRACE_CERTAIN) {
		printf("A record that would change this answer may be missing:\n");
		print_reason(a);
	}
}

static void
print_answer_json(const struct options *o, const struct cgn_trace_answer *a)
{
	json_t *out = json_pack(
			"{s:s, s:s}", "external", o->endpoint, "answer", verdict_names[a->verdict]);

	set_time(out, "at", o->q.at_ms);
	if (a->reason != CGN_TRACE_CERTAIN) {
		json_object_set_new(out, a->verdict == CGN_TRACE_FOUND ? "doubt" : "reason",
				json_string(reason_names[a->reason]));
		if (a->reason != CGN_TRACE_NO_RECORDS)
			set_time(out, "reason_at", a->reason_ms);
	}
	if (a->has_tenure)
		json_object_set_new(out, a->verdict == CGN_TRACE_FOUND ? "tenure" : "last_known",
				tenure_json(&a->tenure));
	dump(out);
}

static int
answer_port(struct cgn_trace *t, const struct options *o)
{
	static const int statuses[] = {
		[CGN_TRACE_FOUND] = 0,
		[CGN_TRACE_NOBODY] = CGN_CTLTRACE_NOBODY,
		[CGN_TRACE_UNSURE] = CGN_CTLTRACE_UNSURE,
	};
	struct cgn_trace_answer a;

	cgn_trace_answer(t, &a);
	if (o->want_json)
		print_answer_json(o, &a);
	else
		print_answer(o, &a);
	return statuses[a.verdict];
}

/* --- which ports a subscriber had ------------------------------------------------------------ */

static void
print_row(void *ctx, const struct cgn_trace_tenure *x)
{
	const struct cgn_ip ext = { .ip4 = x->ext };
	char inside[CGN_ADDR_TEXT_MAX], address[CGN_ADDR_TEXT_MAX], ports[16];
	char since[CGN_UTC_TEXT_MAX], until[CGN_UTC_TEXT_MAX];
	unsigned int *n = ctx;

	if ((*n)++ == 0)
		printf("%-24s  %-24s  %-9s  %-15s  %-11s  %s\n", "SINCE", "UNTIL", "END",
				"EXTERNAL", "PORTS", "SUBSCRIBER");
	snprintf(ports, sizeof(ports), "%u-%u", x->first, x->last);
	printf("%-24s  %-24s  %-9s  %-15s  %-11s  %s\n",
			x->has_since ? cgn_utc_text_format(x->since_ms, since) : "-",
			x->end == CGN_TRACE_END_OPEN ? "-"
						     : cgn_utc_text_format(x->until_ms, until),
			end_names[x->end], cgn_addr_text_format_ip(&ext, address), ports,
			cgn_addr_text_format_prefix(&x->inside, inside));
}

static void
append_row(void *ctx, const struct cgn_trace_tenure *x)
{
	json_array_append_new(ctx, tenure_json(x));
}

static int
answer_subscriber(struct cgn_trace *t, const struct options *o)
{
	struct cgn_trace_answer a;
	json_t *rows, *out;
	unsigned int n = 0;

	if (!o->want_json) {
		cgn_trace_list(t, print_row, &n, &a);
		if (n == 0)
			printf("%s had no ports in this time\n", o->subscriber);
		if (a.verdict == CGN_TRACE_UNSURE) {
			printf("The list may be incomplete:\n");
			print_reason(&a);
		}
	} else {
		rows = json_array();
		cgn_trace_list(t, append_row, rows, &a);
		n = (unsigned int)json_array_size(rows);
		out = json_pack("{s:s, s:b, s:o}", "subscriber", o->subscriber, "complete",
				a.verdict != CGN_TRACE_UNSURE, "tenures", rows);
		if (a.verdict == CGN_TRACE_UNSURE)
			json_object_set_new(out, "reason", json_string(reason_names[a.reason]));
		dump(out);
	}
	if (a.verdict == CGN_TRACE_UNSURE)
		return CGN_CTLTRACE_UNSURE;
	return n == 0 ? CGN_CTLTRACE_NOBODY : 0;
}

int
cgn_ctltrace_main(int argc, char *argv[])
{
	struct options o = { 0 };
	struct reading r = { 0 };
	int status = EXIT_RUNTIME;

	if (ctltrace_parse(argc, argv, &o) < 0)
		return EXIT_USAGE;
	if (o.want_help) {
		usage(stdout);
		return 0;
	}
	if (cgn_trace_create(&r.trace, &o.q) == 0 && read_files(&r, o.files) == 0)
		status = o.q.is_of_subscriber ? answer_subscriber(r.trace, &o)
					      : answer_port(r.trace, &o);
	cgn_trace_destroy(r.trace);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "cgnctl: trace: cannot write: %s\n", strerror(errno));
		return EXIT_RUNTIME;
	}
	return status;
}
