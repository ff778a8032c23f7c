/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The stream of a trace or a capture: begins it, reads it, and ends it.
 */
#include "controlplane/cgnctl/ctltap.h"

#include "shared/ctl.h"
#include "shared/tap_filter.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STRING_OF(x) #x
#define STRING(x)    STRING_OF(x)

#define PAUSE_MS     100 /* between two questions when there was nothing */

struct stream {
	struct cgn_ctlsock *s;
	const struct cgn_ctltap_reader *reader;
	struct cgn_tap_end *end;
	json_int_t id;
	bool is_stopped;
	bool is_over;
	bool is_enough; /* the reader wants no more */
	struct cgn_tap_names names;
	size_t n; /* octets in buf */
	uint8_t *buf;
	size_t size;
};

static volatile sig_atomic_t is_interrupted;

static void
interrupted(int sig)
{
	(void)sig;
	is_interrupted = 1;
}

/* --- records --------------------------------------------------------------------------------- */

/* Whether a field has one of the two values that a compiler may expect. */
static bool
is_bool(const bool *field)
{
	uint8_t value;

	memcpy(&value, field, sizeof(value));
	return value <= 1;
}

static bool
is_packet(const struct cgn_tap_record *r)
{
	const uint8_t *at = (const uint8_t *)(r + 1);
	size_t left = r->head.size - sizeof(*r);

	for (unsigned int i = 0; i < r->n_frames; i++) {
		const struct cgn_tap_frame *f = (const void *)at;

		if (left < sizeof(*f) || f->size > left || f->size % 8 != 0 ||
				f->size < sizeof(*f) || f->caplen > f->size - sizeof(*f) ||
				!is_bool(&f->is_sent) || !is_bool(&f->is_wanted))
			return false;
		at += f->size;
		left -= f->size;
	}
	return r->n_frames <= CGN_TAP_FRAMES_MAX && r->port < CGN_PORTS_MAX &&
			is_bool(&r->is_fragment) && is_bool(&r->is_error) &&
			is_bool(&r->has_asked) && is_bool(&r->is_punted) &&
			is_bool(&r->back.to.is_ip6) && is_bool(&r->back.addr.is_ip6) &&
			is_bool(&r->hop.to.is_ip6) && is_bool(&r->hop.addr.is_ip6);
}

long
cgn_ctltap_next(const uint8_t *at, size_t n)
{
	const struct cgn_tap_head *h = (const void *)at;
	bool is_good = false;

	if (n < sizeof(*h))
		return 0;
	if (h->size < sizeof(*h) || h->size > CGN_TAP_RECORD_MAX || h->size % 8 != 0)
		return -EPROTO;
	if (n < h->size)
		return 0;
	if (h->kind == CGN_TAP_NAMES)
		is_good = h->size == sizeof(struct cgn_tap_names);
	else if (h->kind == CGN_TAP_END)
		is_good = h->size == sizeof(struct cgn_tap_end);
	else if (h->kind == CGN_TAP_PACKET)
		is_good = h->size >= sizeof(struct cgn_tap_record) && is_packet((const void *)at);
	return is_good ? (long)h->size : -EPROTO;
}

const struct cgn_tap_frame *
cgn_ctltap_frame(const struct cgn_tap_record *r, unsigned int i)
{
	const uint8_t *at = (const uint8_t *)(r + 1);

	if (i >= r->n_frames)
		return NULL;
	while (i-- > 0)
		at += ((const struct cgn_tap_frame *)(const void *)at)->size;
	return (const void *)at;
}

static int
take_record(struct stream *st, const struct cgn_tap_head *h)
{
	if (h->kind == CGN_TAP_PACKET)
		return st->is_enough
				? 0
				: st->reader->packet(st->reader->ctx, &st->names, (const void *)h);
	if (h->kind == CGN_TAP_END) {
		memcpy(st->end, h, sizeof(*st->end));
		st->is_over = true;
		return 0;
	}
	memcpy(&st->names, h, sizeof(st->names));
	for (unsigned int i = 0; i < CGN_PORTS_MAX; i++)
		st->names.port[i][CGN_NAME_MAX - 1] = '\0';
	st->names.n_ports = RTE_MIN(st->names.n_ports, (uint32_t)CGN_PORTS_MAX);
	return st->reader->names == NULL ? 0 : st->reader->names(st->reader->ctx, &st->names);
}

/* Take all whole records out of the buffer. */
static int
take_records(struct stream *st)
{
	size_t at = 0;
	long len = 0;
	int ret = 0;

	while (ret == 0 && (len = cgn_ctltap_next(st->buf + at, st->n - at)) > 0) {
		ret = take_record(st, (const void *)(st->buf + at));
		if (ret == CGN_CTLTAP_ENOUGH) {
			st->is_enough = true;
			ret = 0;
		}
		at += (size_t)len;
	}
	st->n -= at;
	memmove(st->buf, st->buf + at, st->n);
	return ret != 0 ? ret : len < 0 ? (int)len : 0;
}

/* --- questions ------------------------------------------------------------------------------- */

static int
nibble(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

/* Append octets that are written as two digits each. */
static int
append(struct stream *st, const char *text, size_t len)
{
	if (len % 2 != 0 || len / 2 > st->size - st->n)
		return -EPROTO;
	for (size_t i = 0; i < len; i += 2) {
		int high = nibble(text[i]), low = nibble(text[i + 1]);

		if (high < 0 || low < 0)
			return -EPROTO;
		st->buf[st->n++] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int
read_more(struct stream *st)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	char question[CGN_CTLSOCK_QUESTION_MAX];
	json_t *answer;
	size_t len;
	int ret;

	snprintf(question, sizeof(question), "/cgn/tap,do=read,id=%" JSON_INTEGER_FORMAT, st->id);
	ret = cgn_ctlsock_ask(st->s, question, &answer);
	if (ret < 0)
		return ret;
	len = json_string_length(answer);
	ret = json_is_string(answer) ? append(st, json_string_value(answer), len) : -EPROTO;
	json_decref(answer);
	if (ret == 0)
		ret = take_records(st);
	if (ret == 0 && len == 0 && !st->is_over)
		nanosleep(&pause, NULL);
	return ret;
}

static int
stop(struct stream *st)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	json_t *answer;
	int ret;

	st->is_stopped = true;
	snprintf(question, sizeof(question), "/cgn/tap,do=stop,id=%" JSON_INTEGER_FORMAT, st->id);
	ret = cgn_ctlsock_ask(st->s, question, &answer);
	if (ret == 0)
		json_decref(answer);
	return ret;
}

/* Add a parameter to a question. A comma would end it. */
static void
add(char *question, const char *key, const char *value)
{
	size_t len = strlen(question);

	if (value == NULL)
		return;
	snprintf(question + len, CGN_CTLSOCK_QUESTION_MAX - len, ",%s=%s", key, value);
	for (char *p = strchr(question + len + 1, ','); p != NULL; p = strchr(p, ','))
		*p = '+';
}

/* Bring the instructions of the filter, some with each question. */
static int
send_filter(struct stream *st, const struct bpf_program *filter)
{
	char question[CGN_CTLSOCK_QUESTION_MAX], text[CGN_TAP_FILTER_TEXT_MAX];
	json_t *answer;
	int ret = 0;

	for (unsigned int i = 0; i < filter->bf_len && ret == 0; i += CGN_TAP_FILTER_PART) {
		unsigned int n = RTE_MIN(filter->bf_len - i, (unsigned int)CGN_TAP_FILTER_PART);

		snprintf(question, sizeof(question),
				"/cgn/tap,do=filter,id=%" JSON_INTEGER_FORMAT ",part=%s", st->id,
				cgn_tap_filter_format(filter->bf_insns + i, n, text));
		ret = cgn_ctlsock_ask(st->s, question, &answer);
		if (ret == 0)
			json_decref(answer);
	}
	return ret;
}

static int
start(struct stream *st, const struct cgn_ctlargs *args)
{
	const struct bpf_program *filter = st->reader->filter;
	char question[CGN_CTLSOCK_QUESTION_MAX] = "/cgn/tap,do=start", number[16];
	json_t *answer;
	int ret;

	add(question, "mode", st->reader->mode);
	add(question, "port", args->port);
	add(question, "verdict", args->verdict);
	add(question, "subscriber", args->subscriber);
	add(question, "external", args->external);
	add(question, "count", args->count);
	add(question, "seconds", args->seconds);
	snprintf(number, sizeof(number), "%u", filter == NULL ? 0 : filter->bf_len);
	add(question, "filter", filter == NULL ? NULL : number);
	ret = cgn_ctlsock_ask(st->s, question, &answer);
	if (ret < 0)
		return ret;
	st->id = json_integer_value(json_object_get(answer, "id"));
	if (json_integer_value(json_object_get(answer, "format")) != CGN_TAP_FORMAT)
		ret = -EPROTO;
	json_decref(answer);
	return ret == 0 && filter != NULL ? send_filter(st, filter) : ret;
}

static int
run(struct stream *st, const struct cgn_ctlargs *args)
{
	int ret = start(st, args);

	while (ret == 0 && !st->is_over) {
		if ((is_interrupted || st->is_enough) && !st->is_stopped)
			ret = stop(st);
		if (ret == 0)
			ret = read_more(st);
	}
	/* Whoever takes the records wants no more. */
	if (ret != 0 && ret != -EIO && st->id != 0 && !st->is_stopped)
		(void)stop(st);
	return ret;
}

int
cgn_ctltap_run(struct cgn_ctlsock *s, const struct cgn_ctlargs *args,
		const struct cgn_ctltap_reader *reader, struct cgn_tap_end *end)
{
	const struct sigaction on = { .sa_handler = interrupted };
	struct sigaction before[2];
	struct stream st = { .s = s, .reader = reader, .end = end };
	int ret;

	memset(end, 0, sizeof(*end));
	st.size = 2 * CGN_TAP_RECORD_MAX;
	st.buf = malloc(st.size);
	if (st.buf == NULL)
		return -ENOMEM;
	is_interrupted = 0;
	sigaction(SIGINT, &on, &before[0]);
	sigaction(SIGTERM, &on, &before[1]);
	ret = run(&st, args);
	sigaction(SIGINT, &before[0], NULL);
	sigaction(SIGTERM, &before[1], NULL);
	free(st.buf);
	return ret;
}

int
cgn_ctltap_tell_lost(const struct cgn_tap_end *end, const char *what)
{
	if (end->lost != 0)
		fprintf(stderr,
				"cgnctl: %" PRIu64
				" %s were lost, because they came faster than they could be read\n",
				end->lost, what);
	if (end->why != CGN_TAP_WHY_SILENT)
		return 0;
	fprintf(stderr, "cgnctl: a worker of cgnd does not answer, so %s may be missing; cgnd logs which one (worker-silent)\n",
			what);
	return 1;
}

void
cgn_ctltap_tell_start(const struct cgn_ctlargs *args, const char *what)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "cgnctl: %s. It ends", what);
	if (args->count != NULL || args->write == NULL)
		fprintf(stderr, " after %s packets,",
				args->count != NULL ? args->count : STRING(CGN_CTL_TAP_COUNT));
	fprintf(stderr, " after %s s, or with Ctrl-C\n",
			args->seconds != NULL ? args->seconds : STRING(CGN_CTL_TAP_SECONDS));
}

const char *
cgn_ctltap_why(const struct cgn_tap_end *end)
{
	return is_interrupted != 0                     ? "ended by Ctrl-C: "
			: end->why == CGN_TAP_WHY_TIME ? "the time is over: "
						       : "";
}

int
cgn_ctltap_tell_end(const struct cgn_tap_end *end, const char *what)
{
	const char *why = cgn_ctltap_why(end);

	if (why[0] != '\0' || isatty(STDERR_FILENO))
		fprintf(stderr, "cgnctl: %s%" PRIu64 " %s\n", why, end->n, what);
	return cgn_ctltap_tell_lost(end, what);
}
