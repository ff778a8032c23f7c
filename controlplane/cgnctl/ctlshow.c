/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The commands of cgnctl: each asks one or more paths of telemetry and prints the answers.
 */
#include "controlplane/cgnctl/ctlshow.h"

#include "controlplane/cgnctl/ctllists.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctlpeers.h"
#include "controlplane/cgnctl/ctltable.h"

#include <errno.h>
#include <string.h>

enum {
	STATUS_NO_SUCH = 1,
	STATUS_USAGE = 2,
};

/* --- leases -------------------------------------------------------------------------------- */

/* Print an answer that is a number of things. It is released. */
static void
print_answer(const struct cgn_ctlargs *args, FILE *out, json_t *answer, const char *text,
		const char *key)
{
	if (args->want_json)
		cgn_ctltable_json(out, answer);
	else if (text != NULL)
		fprintf(out, "%s: %" JSON_INTEGER_FORMAT "\n", text,
				json_integer_value(json_object_get(answer, key)));
	json_decref(answer);
}

int
cgn_ctlshow_leases_delete(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	json_t *answer;
	int ret;

	snprintf(question, sizeof(question), "/cgn/leases/delete,%s%s%s", args->subject,
			args->subscriber == NULL ? "" : ",home=",
			args->subscriber == NULL ? "" : args->subscriber);
	ret = cgn_ctlsock_ask(s, question, &answer);
	if (ret < 0)
		return ret;
	print_answer(args, out, answer, "leases deleted", "deleted");
	return 0;
}

/* --- peers --------------------------------------------------------------------------------- */

int
cgn_ctlshow_peers_set(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	const struct cgn_ctlpeers_peer p = { args->subject, args->more[0], args->more[1] };
	json_t *answer;
	int ret = cgn_ctlpeers_set(s, &p, &answer);

	if (ret == 0)
		print_answer(args, out, answer, NULL, NULL);
	return ret;
}

int
cgn_ctlshow_peers_unset(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	const struct cgn_ctlpeers_peer p = { args->subject, args->more[0], args->more[1] };
	json_t *answer;
	int ret = cgn_ctlpeers_unset(s, &p, &answer);

	if (ret == 0)
		print_answer(args, out, answer, "peers removed", "removed");
	return ret;
}

int
cgn_ctlshow_peers_load(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	json_t *answer;
	int ret = cgn_ctlpeers_load(s, stdin, &answer);

	if (ret < 0)
		return ret;
	if (json_integer_value(json_object_get(answer, "refused")) != 0)
		ret = -EBADMSG;
	print_answer(args, out, answer, "peers set", "set");
	return ret;
}

/* --- who ----------------------------------------------------------------------------------- */

static void
print_field(FILE *out, const char *title, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	char text[CGN_CTLTABLE_CELL_MAX];

	if (json_is_string(value))
		fprintf(out, "%-12s%s\n", title,
				cgn_ctltable_escape(text, sizeof(text), json_string_value(value)));
	else if (json_is_integer(value))
		fprintf(out, "%-12s%" JSON_INTEGER_FORMAT "\n", title, json_integer_value(value));
}

static const char *
state_of(const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "state"));

	return state == NULL ? "" : state;
}

/* A port that traffic never gets. */
static void
print_outside(FILE *out, const json_t *answer)
{
	char text[CGN_CTLTABLE_CELL_MAX];
	const char *pool = json_string_value(json_object_get(answer, "pool"));

	fprintf(out,
			"%-12sfree, outside of port_range %" JSON_INTEGER_FORMAT
			"-%" JSON_INTEGER_FORMAT " of pool %s: traffic never gets it\n",
			"state", json_integer_value(json_object_get(answer, "port_min")),
			json_integer_value(json_object_get(answer, "port_max")),
			cgn_ctltable_escape(text, sizeof(text), pool == NULL ? "" : pool));
}

static void
print_who(FILE *out, const char *endpoint, const json_t *answer)
{
	static const struct {
		const char *state;
		const char *text;
	} states[] = {
		{ "not_pool", "not an address of a pool" },
		{ "mapped", "mapped" },
		{ "hold_down", "in hold-down: was mapped shortly ago" },
		{ "free_in_block", "free, in a block of the subscriber" },
		{ "free", "free, in nobody's block" },
	};
	const char *state = state_of(answer);
	const json_t *m = json_object_get(answer, "mapping");
	const json_t *sub = json_object_get(answer, "subscriber");
	const json_t *expires = json_object_get(m, "expires_s");
	char unit[CGN_CTLTABLE_UNIT_MAX];

	fprintf(out, "%-12s%s\n", "external", endpoint);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i].state, state) == 0)
			fprintf(out, "%-12s%s\n", "state", states[i].text);
	}
	if (strcmp(state, "outside_range") == 0)
		print_outside(out, answer);
	print_field(out, "subscriber", sub, "subscriber");
	print_field(out, "group", sub, "group");
	print_field(out, "peer", answer, "peer");
	print_field(out, "worker", sub, "worker");
	print_field(out, "inside", m, "in");
	print_field(out, "kind", m, "kind");
	print_field(out, "remote", m, "rem");
	print_field(out, "sessions", m, "sessions");
	if (expires != NULL)
		fprintf(out, "%-12s%s\n", "expires",
				cgn_ctltable_seconds((uint64_t)json_integer_value(expires), unit));
}

/* All subscribers that have an external address. */
static int
show_holders(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	struct cgn_ctlcommand command = *args->command;
	struct cgn_ctlargs holders = *args;
	char text[CGN_CTLTABLE_CELL_MAX];
	int ret;

	command.list = &cgn_ctllists_subscribers;
	holders.command = &command;
	cgn_ctloption_set(&holders, CGN_CTLOPT_EXTERNAL, args->subject);
	ret = cgn_ctllist_show(s, &holders, out);
	if (ret == STATUS_NO_SUCH)
		fprintf(stderr, "cgnctl: who had it before: cgnctl trace %s FILE...\n",
				cgn_ctltable_escape(text, sizeof(text), args->subject));
	return ret;
}

/* Ask for an external endpoint with its protocol, and print the answer. */
static int
ask_who(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, const char *endpoint, FILE *out)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	json_t *answer;
	int ret;

	snprintf(question, sizeof(question), "/cgn/who,%s", endpoint);
	ret = cgn_ctlsock_ask(s, question, &answer);
	if (ret < 0)
		return ret;
	if (args->want_json)
		cgn_ctltable_json(out, answer);
	else
		print_who(out, endpoint, answer);
	if (strcmp(state_of(answer), "not_pool") == 0)
		ret = STATUS_NO_SUCH;
	json_decref(answer);
	return ret;
}

/* Ask for both protocols that have ports. */
static int
ask_both(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	static const char *const protocols[] = { "udp", "tcp" };
	char endpoint[CGN_CTLSOCK_QUESTION_MAX - 16];
	int ret = 0;

	if (args->want_json) {
		fprintf(stderr, "cgnctl: %s: with --json it needs the protocol: /udp or /tcp behind it\n",
				args->subject);
		return STATUS_USAGE;
	}
	for (unsigned int i = 0; ret == 0 && i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (i > 0)
			fputc('\n', out);
		snprintf(endpoint, sizeof(endpoint), "%s/%s", args->subject, protocols[i]);
		ret = ask_who(s, args, endpoint, out);
	}
	return ret;
}

int
cgn_ctlshow_who(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	/* cgnd says what is wrong with other words. */
	if (strchr(args->subject, '.') == NULL || strchr(args->subject, '/') != NULL)
		return ask_who(s, args, args->subject, out);
	return strchr(args->subject, ':') == NULL ? show_holders(s, args, out)
						  : ask_both(s, args, out);
}
