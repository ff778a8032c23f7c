/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Carries out a command again and again.
 */
#include "controlplane/cgnctl/ctlwatch.h"

#include "controlplane/cgnctl/ctlusage.h"
#include "shared/utc_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_S 2.0 /* if the user gives none */
#define FIRST_S    1.0 /* longest time between the first round and the first output */

#define CLEAR      "\033[H\033[2J"

/* A filter leaves no row in this round. In the next one it may. */
#define STATUS_NO_SUCH 1

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
sleep_s(double s)
{
	struct timespec ts = { .tv_sec = (time_t)s };

	ts.tv_nsec = (long)((s - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

double
cgn_ctlwatch_rate(struct cgn_ctlwatch *w, const char *name, json_int_t value)
{
	const json_t *last = json_object_get(w->last, name);
	json_int_t before = json_integer_value(last);

	json_object_set_new(w->now, name, json_integer(value));
	if (last == NULL || value < before || w->elapsed_s <= 0)
		return -1;
	return (double)(value - before) / w->elapsed_s;
}

static void
print_head(const struct cgn_ctlargs *args, double interval, FILE *out)
{
	char name[CGN_CTLUSAGE_MAX], when[CGN_UTC_TEXT_MAX];
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	fprintf(out, "cgnctl %s, every %g s, %s\n\n", cgn_ctlusage_name(args->command, name),
			interval,
			cgn_utc_text_format(
					(int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000, when));
}

size_t
cgn_ctlwatch_fit(const char *text, size_t len, struct winsize size, size_t *left)
{
	size_t fits = 0, used = 0;

	*left = 0;
	for (size_t at = 0, n; at < len; at += n) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t width = 0;

		n = end == NULL ? len - at : (size_t)(end - text) + 1 - at;
		for (size_t i = at; i < at + n && text[i] != '\n'; i++)
			width += ((unsigned char)text[i] & 0xc0) !=
					0x80; /* one for each character of UTF-8 */
		used += size.ws_col == 0 || width == 0 ? 1
						       : (width + size.ws_col - 1) / size.ws_col;
		if (*left == 0 && (size.ws_row == 0 || used < size.ws_row))
			fits = at + n;
		else
			(*left)++;
	}
	return fits;
}

/* Print a round: on a terminal no more than it can show, so that the head does not scroll away. */
static void
print_round(const char *text, size_t len, FILE *out)
{
	struct winsize size = { 0 };
	size_t left = 0;

	if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
		len = cgn_ctlwatch_fit(text, len, size, &left);
	fwrite(text, 1, len, out);
	if (left > 0)
		fprintf(out, "%zu more rows do not fit into this terminal of %u lines", left,
				size.ws_row);
	fputs(isatty(fileno(out)) ? "" : "\n", out);
}

/* Carry out one round, and print it at once, so that a terminal does not flicker. */
static int
one_round(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, double interval, FILE *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&text, &len);
	int ret;

	if (mem == NULL)
		return -errno;
	print_head(args, interval, mem);
	ret = args->command->run(s, args, mem);
	if (fclose(mem) != 0 && ret >= 0)
		ret = -ENOMEM;
	if (ret >= 0 && args->round->last != NULL) {
		fputs(isatty(fileno(out)) ? CLEAR : "", out);
		print_round(text, len, out);
		if (fflush(out) != 0)
			ret = -errno;
	}
	free(text);
	return ret;
}

int
cgn_ctlwatch_run(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	double interval = args->watch[0] == '\0' ? INTERVAL_S : strtod(args->watch, NULL),
	       before = 0;
	struct cgn_ctlwatch w = { .now = json_object() };
	struct cgn_ctlargs a = *args;
	int ret = 0;

	a.round = &w;
	while (ret == 0 || ret == STATUS_NO_SUCH) {
		double start = now_s();

		w.elapsed_s = start - before;
		ret = one_round(s, &a, interval, out);
		if (ret == 0 || ret == STATUS_NO_SUCH)
			sleep_s(w.last == NULL && interval > FIRST_S ? FIRST_S : interval);
		before = start;
		json_decref(w.last);
		w.last = w.now;
		w.now = json_object();
	}
	json_decref(w.last);
	json_decref(w.now);
	return ret;
}
