/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads questions, gives all records of the files to trace/, and prints the answers.
 */
#include "controlplane/cgnctl/ctltrace.h"

#include "controlplane/cgnctl/ctlanswer.h"
#include "controlplane/trace/trace_file.h"
#include "shared/addr_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Room for an endpoint as it was given: 255.255.255.255:65535/icmp */
#define ENDPOINT_MAX 32

/* Bad lines of a file of questions that are told one by one. */
#define TOLD_MAX 20

/* All questions, and what is needed to answer them. */
struct job {
	const struct cgn_ctlargs *args;
	struct cgn_trace_question *questions;
	char (*endpoints)[ENDPOINT_MAX]; /* by question */
	size_t n;
	char **files;
	const char *subject; /* the address of a question that a list answers; NULL: the questions are about ports */
	struct cgn_ctldet det;
	struct cgn_trace *trace;
	uint64_t n_others; /* lines of the files that are no records */
	uint64_t n_skipped;
	FILE *out;
};

static int
wrong(const char *what, const char *value)
{
	fprintf(stderr, "cgnctl: trace: %s%s%s\n", what, value[0] == '\0' ? "" : ": ", value);
	return -EINVAL;
}

static int
no_memory(void)
{
	fputs("cgnctl: trace: no memory\n", stderr);
	return -ENOMEM;
}

/* --- questions ------------------------------------------------------------------------------- */

static bool
is_time(const char *text, int64_t *ms)
{
	size_t len = strlen(text);

	return len != 0 && cgn_trace_line_time(text, len, ms) == len;
}

/* Take a time of the command line. @param text  NULL: keep what is there */
static int
take_time(const char *text, int64_t *ms)
{
	if (text == NULL || is_time(text, ms))
		return 0;
	return wrong("a time is such as 2026-11-28T03:15:07Z, with Z or an offset", text);
}

/* Make room for one more question; there is always a power of two. */
static int
grow(struct job *j)
{
	size_t max = j->n == 0 ? 1 : 2 * j->n;
	void *questions, *endpoints;

	if ((j->n & (j->n - 1)) != 0)
		return 0;
	questions = realloc(j->questions, max * sizeof(*j->questions));
	if (questions == NULL)
		return -ENOMEM;
	j->questions = questions;
	endpoints = realloc(j->endpoints, max * sizeof(*j->endpoints));
	if (endpoints == NULL)
		return -ENOMEM;
	j->endpoints = endpoints;
	return 0;
}

/* Add a question about a port. @return 0; -ENOMEM; -EINVAL: the endpoint is wrong, not printed */
static int
add_port(struct job *j, const char *endpoint, int64_t at_ms)
{
	struct cgn_trace_question q = { .at_ms = at_ms };

	if (strlen(endpoint) >= ENDPOINT_MAX ||
			cgn_addr_text_parse_ep4_any(endpoint, &q.ext, &q.port) < 0)
		return -EINVAL;
	if (grow(j) < 0)
		return -ENOMEM;
	snprintf(j->endpoints[j->n], ENDPOINT_MAX, "%s", endpoint);
	j->questions[j->n++] = q;
	return 0;
}

/* Take a line of a file of questions. @return 0; -ENOMEM; -EINVAL: what is wrong is printed */
static int
take_question(struct job *j, char *line, unsigned long number, bool is_told)
{
	static const char blanks[] = " \t\r\n";
	char *rest, *endpoint = strtok_r(line, blanks, &rest);
	char *time = strtok_r(NULL, blanks, &rest);
	const char *why = NULL;
	int64_t at_ms;
	int ret = 0;

	if (endpoint == NULL || endpoint[0] == '#')
		return 0;
	if (time == NULL || strtok_r(NULL, blanks, &rest) != NULL)
		why = "a line is EXTADDR:PORT[/PROTO] TIME";
	else if (!is_time(time, &at_ms))
		why = "a time is such as 2026-11-28T03:15:07Z, with Z or an offset";
	else
		ret = add_port(j, endpoint, at_ms);
	if (ret == -EINVAL)
		why = "not EXTADDR:PORT[/PROTO]";
	if (why == NULL)
		return ret;
	if (is_told)
		fprintf(stderr, "cgnctl: trace: %s: line %lu: %s\n", j->args->questions, number,
				why);
	return -EINVAL;
}

/* Read a file of questions. All bad lines are told, and then nothing is answered. */
static int
read_questions(struct job *j)
{
	bool is_stdin = strcmp(j->args->questions, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(j->args->questions, "re");
	unsigned long number = 0, n_bad = 0;
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	if (in == NULL) {
		ret = -errno;
		fprintf(stderr, "cgnctl: trace: %s: %s\n", j->args->questions, strerror(errno));
		return ret;
	}
	while (ret != -ENOMEM && getline(&line, &size, in) >= 0) {
		ret = take_question(j, line, ++number, n_bad < TOLD_MAX);
		n_bad += ret == -EINVAL ? 1 : 0;
	}
	free(line);
	if (ret != -ENOMEM && ferror(in) != 0) {
		fprintf(stderr, "cgnctl: trace: %s: cannot read\n", j->args->questions);
		ret = -EIO;
	}
	if (!is_stdin)
		fclose(in);
	if (ret == -ENOMEM)
		return no_memory();
	if (ret == -EIO)
		return ret;
	if (n_bad > TOLD_MAX)
		fprintf(stderr, "cgnctl: trace: %s: %lu more lines are wrong\n", j->args->questions,
				n_bad - TOLD_MAX);
	if (n_bad == 0 && j->n == 0)
		return wrong("there is no question", j->args->questions);
	return n_bad == 0 ? 0 : -EINVAL;
}

static int
take_port(struct job *j)
{
	int64_t at_ms;
	int ret;

	if (*j->files == NULL)
		return wrong("EXTADDR[:PORT] is missing", "");
	if (j->args->at == NULL)
		return wrong("--at TIME is missing", "");
	ret = take_time(j->args->at, &at_ms);
	if (ret < 0)
		return ret;
	ret = add_port(j, *j->files, at_ms);
	if (ret == -ENOMEM)
		return no_memory();
	if (ret < 0)
		return wrong("not EXTADDR:PORT[/PROTO]", *j->files);
	j->files++;
	return 0;
}

/* Add a question that a list answers. It has the address already. */
static int
add_list(struct job *j, struct cgn_trace_question *q, const char *from, const char *to)
{
	int ret;

	q->from_ms = INT64_MIN;
	q->to_ms = INT64_MAX;
	ret = take_time(from, &q->from_ms);
	if (ret == 0)
		ret = take_time(to, &q->to_ms);
	if (ret < 0)
		return ret;
	if (q->from_ms > q->to_ms)
		return wrong("--from is later than --to", "");
	if (grow(j) < 0)
		return no_memory();
	j->questions[j->n++] = *q;
	return 0;
}

static int
take_subscriber(struct job *j)
{
	struct cgn_trace_question q = { .is_of_subscriber = true };

	if (j->args->at != NULL || j->args->questions != NULL)
		return wrong("--subscriber takes --from and --to", "");
	if (cgn_addr_text_parse_ip(j->args->subscriber, &q.subscriber) < 0)
		return wrong("not an address", j->args->subscriber);
	j->subject = j->args->subscriber;
	return add_list(j, &q, j->args->from, j->args->to);
}

/* The first word is an external address without a port. */
static int
take_address(struct job *j, rte_be32_t ext)
{
	struct cgn_trace_question q = { .is_of_address = true, .ext = ext };
	const char *at = j->args->at;

	if (at != NULL && (j->args->from != NULL || j->args->to != NULL))
		return wrong("either --at, or --from and --to", "");
	j->subject = *j->files++;
	return add_list(j, &q, at != NULL ? at : j->args->from, at != NULL ? at : j->args->to);
}

/* Files of records or questions from standard input: only one of them. */
static int
check_stdin(const struct job *j)
{
	unsigned int n = j->args->questions != NULL && strcmp(j->args->questions, "-") == 0;

	for (char **f = j->files; *f != NULL; f++)
		n += strcmp(*f, "-") == 0 ? 1 : 0;
	return n > 1 ? wrong("standard input can be read only once", "") : 0;
}

static int
take_questions(struct job *j)
{
	const struct cgn_ctlargs *args = j->args;
	bool is_address = false;
	rte_be32_t ext;
	int ret;

	j->files = args->words;
	if (args->subscriber == NULL && args->questions == NULL && *j->files != NULL)
		is_address = cgn_addr_text_parse_ip4(*j->files, &ext) == 0;
	if (args->subscriber == NULL && !is_address && (args->from != NULL || args->to != NULL))
		return wrong("--from and --to need --subscriber, or an address without a port", "");
	if (args->questions != NULL && args->at != NULL)
		return wrong("--questions have their times in their lines, and --at is for one question",
				"");
	if (args->subscriber != NULL)
		ret = take_subscriber(j);
	else if (is_address)
		ret = take_address(j, ext);
	else if (args->questions != NULL)
		ret = check_stdin(j) < 0 ? -EINVAL : read_questions(j);
	else
		ret = take_port(j);
	if (ret < 0)
		return ret;
	if (*j->files == NULL && args->config == NULL)
		return wrong("a FILE of records is missing", "");
	return check_stdin(j);
}

/* --- reading --------------------------------------------------------------------------------- */

static int
take_line(void *ctx, const char *line, size_t len)
{
	struct job *j = ctx;
	struct cgn_trace_record record;

	if (!cgn_trace_line_read(line, len, &record)) {
		j->n_others++;
		return 0;
	}
	return cgn_trace_add(j->trace, &record);
}

static int
read_files(struct job *j)
{
	for (char **file = j->files; *file != NULL; file++) {
		int ret = cgn_trace_file_read(*file, take_line, j, &j->n_skipped);

		if (ret < 0) {
			fprintf(stderr, "cgnctl: trace: %s: %s\n", *file,
					ret == -EBADMSG ? "the compressed data is damaged or cut"
							: strerror(-ret));
			return ret == -EINVAL ? -EIO : ret;
		}
	}
	if (j->n_others + j->n_skipped != 0)
		fprintf(stderr, "cgnctl: trace: %" PRIu64 " lines are no records of cgnd\n",
				j->n_others + j->n_skipped);
	return cgn_trace_end(j->trace) < 0 ? no_memory() : 0;
}

/* --- who had a port -------------------------------------------------------------------------- */

/* The configuration tells of ports without records. What the records say for sure counts more. */
static void
ask_conf(const struct job *j, const struct cgn_trace_question *q, struct cgn_ctlanswer *a)
{
	struct cgn_trace_answer *r = &a->records;

	if (j->det.conf == NULL || r->verdict != CGN_TRACE_UNSURE)
		return;
	a->has_owner = cgn_ctldet_find(&j->det, q->ext, q->port, &a->owner) == CGN_DET_OWN;
	a->is_by_conf = a->has_owner || r->reason == CGN_TRACE_DETERMINISTIC;
	if (!a->is_by_conf)
		return;
	r->verdict = a->has_owner ? CGN_TRACE_FOUND : CGN_TRACE_NOBODY;
	/* Without files, nothing else was to be expected. */
	if (r->reason == CGN_TRACE_DETERMINISTIC ||
			(r->reason == CGN_TRACE_NO_RECORDS && *j->files == NULL))
		r->reason = CGN_TRACE_CERTAIN;
}

/* @return exit status */
static int
answer_ports(const struct job *j)
{
	static const int statuses[] = {
		[CGN_TRACE_FOUND] = 0,
		[CGN_TRACE_NOBODY] = CGN_CTLTRACE_NOBODY,
		[CGN_TRACE_UNSURE] = CGN_CTLTRACE_UNSURE,
	};
	bool is_json = j->args->want_json, are_many = j->args->questions != NULL;
	enum cgn_ctlanswer_style style = are_many
			? is_json ? CGN_CTLANSWER_JSON_LINE : CGN_CTLANSWER_LINE
			: is_json ? CGN_CTLANSWER_JSON
				  : CGN_CTLANSWER_TEXT;
	int status = 0;

	for (size_t i = 0; i < j->n; i++) {
		const struct cgn_trace_question *q = &j->questions[i];
		struct cgn_ctlanswer a = { .endpoint = j->endpoints[i], .at_ms = q->at_ms };
		int of_this;

		cgn_trace_answer(j->trace, q, &a.records);
		ask_conf(j, q, &a);
		cgn_ctlanswer_print(&a, style, j->out);
		of_this = statuses[a.records.verdict];
		if (!are_many || of_this == CGN_CTLTRACE_UNSURE)
			status = of_this > status ? of_this : status;
	}
	return status;
}

/* --- which ports a subscriber had, and who had ports of an address --------------------------- */

/* Where rows go. */
struct rows {
	unsigned int n;
	json_t *array; /* NULL: text */
	FILE *out;
};

static void
put_row(void *ctx, const struct cgn_trace_tenure *x)
{
	struct rows *rows = ctx;

	if (rows->array != NULL)
		json_array_append_new(rows->array, cgn_ctlanswer_row_json(x));
	else
		cgn_ctlanswer_row(x, rows->n == 0, rows->out);
	rows->n++;
}

/* Print a range that a subscriber has by the configuration. The first one has a line before it. */
static void
put_range(struct rows *rows, const struct cgn_ctldet_owner *range)
{
	char inside[CGN_ADDR_TEXT_MAX], ext[CGN_ADDR_TEXT_MAX];

	if (rows->array != NULL)
		json_array_append_new(rows->array, cgn_ctlanswer_owner_json(range));
	else
		fprintf(rows->out, "%s%s has ports %u-%u of %s.\n",
				rows->n > 0 ? ""
					    : "By the configuration, which must be the one of that time, ",
				cgn_addr_text_format_prefix(&range->inside, inside), range->first,
				range->last, cgn_addr_text_format_ip4(range->ext, ext));
	rows->n++;
}

/* The configuration has the owners of deterministic groups: of the subscriber, or all of the address. */
static void
put_ranges(const struct job *j, struct rows *rows)
{
	const struct cgn_trace_question *q = j->questions;
	struct cgn_ctldet_owner owner;
	uint32_t group;

	if (j->det.conf == NULL)
		return;
	if (q->is_of_subscriber) {
		if (cgn_ctldet_find_inside(&j->det, &q->subscriber, &group, &owner))
			put_range(rows, &owner);
		return;
	}
	for (uint32_t port = 1; port <= UINT16_MAX; port++) {
		if (cgn_ctldet_find(&j->det, q->ext, (uint16_t)port, &owner) != CGN_DET_OWN)
			continue;
		put_range(rows, &owner);
		port = owner.last;
	}
}

static void
print_rest(const struct job *j, const struct cgn_trace_answer *reason)
{
	if (reason->verdict != CGN_TRACE_UNSURE)
		return;
	fprintf(j->out, "The list may be incomplete:\n");
	cgn_ctlanswer_print_reason(reason, j->out);
}

static void
print_json(const struct job *j, json_t *tenures, json_t *ranges,
		const struct cgn_trace_answer *reason)
{
	bool is_complete = reason->verdict != CGN_TRACE_UNSURE;
	bool is_of_subscriber = j->questions->is_of_subscriber;
	json_t *out = json_pack("{s:s, s:b, s:O}", is_of_subscriber ? "subscriber" : "external",
			j->subject, "complete", is_complete, "tenures", tenures);

	if (!is_complete)
		json_object_set_new(
				out, "reason", json_string(cgn_ctlanswer_reason(reason->reason)));
	/* A subscriber has one at most. */
	if (!is_of_subscriber && json_array_size(ranges) > 0)
		json_object_set(out, "ranges", ranges);
	else if (json_array_size(ranges) > 0)
		json_object_set(out, "range", json_array_get(ranges, 0));
	cgn_ctlanswer_dump(out, false, j->out);
}

/* @return exit status, or -ENOMEM */
static int
answer_list(const struct job *j)
{
	bool is_json = j->args->want_json;
	struct rows rows = { .array = is_json ? json_array() : NULL, .out = j->out };
	struct rows ranges = { .array = is_json ? json_array() : NULL, .out = j->out };
	struct cgn_trace_answer reason;
	int ret = cgn_trace_list(j->trace, put_row, &rows, &reason);

	if (ret == 0) {
		put_ranges(j, &ranges);
		if (!is_json && rows.n + ranges.n == 0)
			fprintf(j->out,
					j->questions->is_of_subscriber
							? "%s had no ports in this time\n"
							: "nobody had ports of %s in this time\n",
					j->subject);
		/* The configuration tells what the records do not have. */
		if (j->det.conf != NULL && reason.reason == CGN_TRACE_DETERMINISTIC)
			reason.verdict = CGN_TRACE_NOBODY;
		if (is_json)
			print_json(j, rows.array, ranges.array, &reason);
		else
			print_rest(j, &reason);
	}
	json_decref(rows.array);
	json_decref(ranges.array);
	if (ret < 0)
		return no_memory();
	if (reason.verdict == CGN_TRACE_UNSURE)
		return CGN_CTLTRACE_UNSURE;
	return rows.n + ranges.n == 0 ? CGN_CTLTRACE_NOBODY : 0;
}

/* --- the command ----------------------------------------------------------------------------- */

static int
job_run(struct job *j)
{
	int ret = take_questions(j);

	if (ret == 0 && j->args->config != NULL)
		ret = cgn_ctldet_open(&j->det, j->args->config);
	if (ret < 0)
		return ret;
	if (cgn_trace_create(&j->trace, j->questions, j->n) < 0)
		return no_memory();
	ret = read_files(j);
	if (ret < 0)
		return ret;
	return j->subject != NULL ? answer_list(j) : answer_ports(j);
}

int
cgn_ctltrace(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	struct job j = { .args = args, .out = out };
	int ret = job_run(&j);

	(void)s;
	cgn_trace_destroy(j.trace);
	cgn_ctldet_close(&j.det);
	free(j.questions);
	free(j.endpoints);
	return ret;
}
