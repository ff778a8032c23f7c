/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table of the options of cgnctl.
 */
#include "controlplane/cgnctl/ctloption.h"

#include "shared/ctl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PLACE(field)  .place = offsetof(struct cgn_ctlargs, field)

#define SECONDS_LEAST 0.1
#define SECONDS_MOST  86400.0

static_assert(CGN_CTLOPT_COUNT <= 64, "a set of options has 64 bits");

const struct cgn_ctloption cgn_ctloptions[CGN_CTLOPT_COUNT] = {
	[CGN_CTLOPT_EVERY] = { .name = "all",
			.help = "all of them; in place of filters",
			PLACE(want_all) },
	[CGN_CTLOPT_AT] = { .name = "at",
			.value = "TIME",
			.help = "at this time, such as 2026-11-28T03:15:07.120Z or 2026-11-28T04:15:07+01:00",
			PLACE(at) },
	[CGN_CTLOPT_CONFIG] = { .name = "config",
			.letter = 'c',
			.value = "FILE",
			.help = "the configuration of cgnd, which need not run",
			.kind = CGN_CTLOPTION_FILE,
			PLACE(config) },
	[CGN_CTLOPT_CONFIRM_S] = { .name = "confirm-s",
			.value = "N",
			.help = "cgnd falls back after N seconds without cgnctl config confirm",
			.kind = CGN_CTLOPTION_COUNT,
			.most = CGN_CTL_CONFIRM_MAX_S,
			PLACE(confirm_s) },
	[CGN_CTLOPT_PACKETS] = { .name = "count",
			.value = "N",
			.help = "end after N packets (default: 20 of trace-packets; no limit of capture)",
			.kind = CGN_CTLOPTION_COUNT,
			.most = CGN_CTL_TAP_COUNT_MAX,
			PLACE(count) },
	[CGN_CTLOPT_CSV] = { .name = "csv", .help = "CSV instead of text", PLACE(want_csv) },
	[CGN_CTLOPT_EXTERNAL] = { .name = "external",
			.value = "ADDR[:PORT]",
			.help = "with this external address, and this port",
			.filter = "external",
			PLACE(external) },
	[CGN_CTLOPT_FILTER] = { .name = "filter",
			.value = "EXPRESSION",
			.help = "frames only that an expression as of tcpdump selects, such as 'udp port 53'",
			.kind = CGN_CTLOPTION_LONG,
			PLACE(filter) },
	[CGN_CTLOPT_FROM] = { .name = "from",
			.value = "TIME",
			.help = "with --subscriber or an address alone: the ports since then",
			PLACE(from) },
	[CGN_CTLOPT_GROUP] = { .name = "group",
			.value = "NAME",
			.help = "of this group of subscribers only",
			.filter = "group",
			.of = "groups show",
			PLACE(group) },
	[CGN_CTLOPT_HELP] = { .name = "help",
			.letter = 'h',
			.help = "print help, also of a command",
			PLACE(want_help) },
	[CGN_CTLOPT_JSON] = { .name = "json",
			.letter = 'j',
			.help = "JSON instead of text",
			PLACE(want_json) },
	[CGN_CTLOPT_LIMIT] = { .name = "limit",
			.value = "N",
			.help = "the first N rows only",
			.kind = CGN_CTLOPTION_COUNT,
			.most = 999999999,
			PLACE(limit) },
	[CGN_CTLOPT_MAN] = { .name = "man",
			.help = "print the manual page cgnctl(8)",
			PLACE(want_man) },
	[CGN_CTLOPT_PORT] = { .name = "port",
			.value = "PORT",
			.help = "of this port of cgnd only, such as inside0",
			.of = "ports show",
			PLACE(port) },
	[CGN_CTLOPT_PREFIX] = { .name = "prefix",
			.letter = 'p',
			.value = "NAME",
			.help = "telemetry.prefix of the cgnd that is asked (default: CGNCTL_PREFIX of the environment, or cgnd)",
			PLACE(prefix) },
	[CGN_CTLOPT_PROTO] = { .name = "proto",
			.value = "PROTO",
			.help = "of this protocol only: udp, tcp or icmp",
			.filter = "proto",
			.words = "udp tcp icmp",
			PLACE(proto) },
	[CGN_CTLOPT_PROFILE] = { .name = "profile",
			.value = "P",
			.help = "what a subscriber needs: residential, mobile or business",
			.words = "residential mobile business",
			PLACE(profile) },
	[CGN_CTLOPT_QUESTIONS] = { .name = "questions",
			.letter = 'q',
			.value = "FILE",
			.help = "all lines EXTADDR:PORT[/PROTO] TIME of a file, or - for stdin",
			.kind = CGN_CTLOPTION_FILE,
			PLACE(questions) },
	[CGN_CTLOPT_REFERENCE] = { .name = "reference",
			.help = "print all commands, options and JSON keys as Markdown",
			PLACE(want_reference) },
	[CGN_CTLOPT_SECONDS] = { .name = "seconds",
			.value = "S",
			.help = "end after S seconds (default: 60)",
			.kind = CGN_CTLOPTION_COUNT,
			.most = CGN_CTL_TAP_SECONDS_MAX,
			PLACE(seconds) },
	[CGN_CTLOPT_SORT] = { .name = "sort",
			.value = "COLUMN",
			.help = "sort by a heading or a JSON key; -COLUMN: the largest first",
			PLACE(sort) },
	[CGN_CTLOPT_STATE] = { .name = "state",
			.value = "STATE",
			.help = "in this state only: the kind or the tcp_state of a mapping; of subscribers active, idle or refused",
			.filter = "state",
			.words = "implicit explicit peer static established active idle refused",
			PLACE(state) },
	[CGN_CTLOPT_SUBSCRIBER] = { .name = "subscriber",
			.letter = 's',
			.value = "A",
			.help = "of the subscribers with this address or prefix only",
			.filter = "subscriber",
			PLACE(subscriber) },
	[CGN_CTLOPT_SUBSCRIBERS] = { .name = "subscribers",
			.value = "N",
			.help = "how many subscribers",
			PLACE(subscribers) },
	[CGN_CTLOPT_TO] = { .name = "to",
			.value = "TIME",
			.help = "with --subscriber or an address alone: the ports until then",
			PLACE(to) },
	[CGN_CTLOPT_VERDICT] = { .name = "verdict",
			.value = "V,...",
			.help = "with one of these verdicts only, such as mtu, or dropped for all drops",
			PLACE(verdict) },
	[CGN_CTLOPT_VERSION] = { .name = "version",
			.letter = 'V',
			.help = "print the version",
			PLACE(want_version) },
	[CGN_CTLOPT_WATCH] = { .name = "watch",
			.value = "S",
			.help = "again every S seconds (default: 2); in a table, what only grows becomes a rate",
			.kind = CGN_CTLOPTION_SECONDS,
			.may_miss = true,
			PLACE(watch) },
	[CGN_CTLOPT_WORKER] = { .name = "worker",
			.value = "N",
			.help = "of this worker only",
			.of = "workers show",
			PLACE(worker) },
	[CGN_CTLOPT_WRITE] = { .name = "write",
			.letter = 'w',
			.value = "FILE",
			.help = "the file to write, or - for stdout; an older file is replaced",
			.kind = CGN_CTLOPTION_FILE,
			PLACE(write) },
	[CGN_CTLOPT_YANG] = { .name = "yang",
			.letter = 'y',
			.help = "the same as cgnctl yang show",
			PLACE(want_yang) },
	[CGN_CTLOPT_ZERO] = { .name = "zero",
			.help = "show also counters that are 0",
			PLACE(want_zero) },
};

void
cgn_ctloption_set(struct cgn_ctlargs *args, unsigned int option, const char *value)
{
	const struct cgn_ctloption *o = &cgn_ctloptions[option];
	char *place = (char *)args + o->place;

	args->given |= UINT64_C(1) << option;
	if (o->value == NULL)
		*(bool *)place = true;
	else
		*(const char **)(void *)place = value;
}

const char *
cgn_ctloption_value(const struct cgn_ctlargs *args, unsigned int option)
{
	const struct cgn_ctloption *o = &cgn_ctloptions[option];

	if (o->value == NULL || !cgn_ctloption_is_in(args->given, option))
		return NULL;
	return *(const char *const *)(const void *)((const char *)args + o->place);
}

bool
cgn_ctloption_filters(const struct cgn_ctlargs *args, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		const char *value = cgn_ctloption_value(args, i);

		if (value != NULL && cgn_ctloptions[i].filter != NULL && n < size)
			n += (size_t)snprintf(text + n, size - n, "%s%s=%s", n == 0 ? "" : ",",
					cgn_ctloptions[i].filter, value);
	}
	return n > 0;
}

/* Whether a text is a number in digits from 1 on. */
static bool
is_count(const char *value, unsigned long most)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long n = strtoul(value, NULL, 10);

	return digits > 0 && digits <= 9 && value[digits] == '\0' && n >= 1 && n <= most;
}

static bool
is_seconds(const char *value)
{
	double seconds = strtod(value, NULL);

	return value[strspn(value, "0123456789.")] == '\0' && seconds >= SECONDS_LEAST &&
			seconds <= SECONDS_MOST;
}

bool
cgn_ctloption_check(unsigned int option, const char *value, char why[static CGN_CTLOPTION_WHY_MAX])
{
	const struct cgn_ctloption *o = &cgn_ctloptions[option];

	switch (o->kind) {
	case CGN_CTLOPTION_FILE:
	case CGN_CTLOPTION_LONG:
		break;
	case CGN_CTLOPTION_TEXT:
		snprintf(why, CGN_CTLOPTION_WHY_MAX, "longer than %d octets",
				CGN_CTLOPTION_TEXT_MAX);
		return strlen(value) <= CGN_CTLOPTION_TEXT_MAX;
	case CGN_CTLOPTION_COUNT:
		snprintf(why, CGN_CTLOPTION_WHY_MAX, "not a number from 1 to %u", o->most);
		return is_count(value, o->most);
	case CGN_CTLOPTION_SECONDS:
		snprintf(why, CGN_CTLOPTION_WHY_MAX, "not a number of seconds from %g to %g",
				SECONDS_LEAST, SECONDS_MOST);
		return (value[0] == '\0' && o->may_miss) || is_seconds(value);
	}
	return true;
}
