/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table of the options of cgnctl.
 */
#include "controlplane/cgnctl/ctloption.h"

#include <assert.h>

#define PLACE(field) .place = offsetof(struct cgn_ctlargs, field)

static_assert(CGN_CTLOPT_COUNT <= 64, "a set of options has 64 bits");

const struct cgn_ctloption cgn_ctloptions[CGN_CTLOPT_COUNT] = {
	[CGN_CTLOPT_AT] = { .name = "at",
			.value = "TIME",
			.help = "at this time, such as 2026-11-28T03:15:07.120Z or 2026-11-28T04:15:07+01:00",
			PLACE(at) },
	[CGN_CTLOPT_CONFIG] = { .name = "config",
			.letter = 'c',
			.value = "FILE",
			.help = "the configuration of cgnd, which need not run",
			.is_file = true,
			PLACE(config) },
	[CGN_CTLOPT_CONFIRM_S] = { .name = "confirm-s",
			.value = "N",
			.help = "cgnd falls back after N seconds without cgnctl config confirm",
			PLACE(confirm_s) },
	[CGN_CTLOPT_CSV] = { .name = "csv", .help = "CSV instead of text", PLACE(want_csv) },
	[CGN_CTLOPT_FROM] = { .name = "from",
			.value = "TIME",
			.help = "with --subscriber: the ports since then",
			PLACE(from) },
	[CGN_CTLOPT_HELP] = { .name = "help",
			.letter = 'h',
			.help = "print help, also of a command",
			PLACE(want_help) },
	[CGN_CTLOPT_JSON] = { .name = "json",
			.letter = 'j',
			.help = "JSON instead of text",
			PLACE(want_json) },
	[CGN_CTLOPT_PREFIX] = { .name = "prefix",
			.letter = 'p',
			.value = "NAME",
			.help = "telemetry.prefix of the cgnd that is asked (default: CGNCTL_PREFIX of the environment, or cgnd)",
			PLACE(prefix) },
	[CGN_CTLOPT_QUESTIONS] = { .name = "questions",
			.letter = 'q',
			.value = "FILE",
			.help = "all lines EXTADDR:PORT[/PROTO] TIME of a file, or - for stdin",
			.is_file = true,
			PLACE(questions) },
	[CGN_CTLOPT_SUBSCRIBER] = { .name = "subscriber",
			.letter = 's',
			.value = "A",
			.help = "of the subscriber with this address only",
			.filter = "subscriber",
			PLACE(subscriber) },
	[CGN_CTLOPT_TO] = { .name = "to",
			.value = "TIME",
			.help = "with --subscriber: the ports until then",
			PLACE(to) },
	[CGN_CTLOPT_VERSION] = { .name = "version",
			.letter = 'V',
			.help = "print the version",
			PLACE(want_version) },
	[CGN_CTLOPT_WORKER] = { .name = "worker",
			.letter = 'w',
			.value = "N",
			.help = "of this worker only",
			PLACE(worker) },
	[CGN_CTLOPT_YANG] = { .name = "yang",
			.letter = 'y',
			.help = "the same as cgnctl yang show",
			PLACE(want_yang) },
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
