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
	fprintf(out, "%scgnctl %s, every %g s, %s\n\n", isatty(fileno(out)) ? CLEAR : "",
			cgn_ctlusage_name(args->command, name), interval,
			cgn_utc_text_format(
					(int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000, when));
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
	ret = args->command->run(s, args, mem);
	if (fclose(mem) != 0 && ret >= 0)
		ret = -ENOMEM;
	if (ret >= 0 && args->round->last != NULL) {
		print_head(args, interval, out);
		fwrite(text, 1, len, out);
		fputs(isatty(fileno(out)) ? "" : "\n", out);
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
