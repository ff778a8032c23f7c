/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * One subscriber on one screen: a support desk reads it while the subscriber is on the telephone.
 *
 * Long lists are cut, so that the screen does not scroll. JSON has all of them.
 */
#include "controlplane/cgnctl/ctlsubscriber.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctllist.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/conf/conf_json.h"
#include "shared/refusal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REASONS_SHOWN 4
#define LEASES_SHOWN  5
#define BLOCKS_SHOWN  4

static uint64_t
number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

/* A text of an answer, safe for the terminal. "": there is none */
static const char *
text_of(const json_t *object, const char *key, char buf[static CGN_CTLTABLE_CELL_MAX])
{
	return cgn_ctltable_escape(buf, CGN_CTLTABLE_CELL_MAX, cgn_conf_json_text(object, key));
}

static void
print_text(FILE *out, const char *title, const json_t *answer, const char *key)
{
	char buf[CGN_CTLTABLE_CELL_MAX];

	if (json_object_get(answer, key) != NULL)
		fprintf(out, "%-12s%s\n", title, text_of(answer, key, buf));
}

static void
print_state(FILE *out, const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "state"));
	char unit[CGN_CTLTABLE_UNIT_MAX];

	if (state == NULL)
		return;
	if (strcmp(state, "idle") == 0)
		fprintf(out, "%-12sidle for %s: no mapping, the external address is kept\n",
				"state", cgn_ctltable_seconds(number_of(answer, "idle_s"), unit));
	else if (strcmp(state, "refused") == 0)
		fprintf(out, "%-12srefused: has no external address\n", "state");
	else if (strcmp(state, "none") == 0)
		fprintf(out, "%-12sunused: has no external address now, and needs none\n", "state");
	else
		fprintf(out, "%-12sactive\n", "state");
}

static void
print_head(FILE *out, const json_t *answer)
{
	char name[CGN_CTLTABLE_CELL_MAX], group[CGN_CTLTABLE_CELL_MAX];
	const json_t *worker = json_object_get(answer, "worker");

	fprintf(out, "%-12s%s, group %s", "subscriber", text_of(answer, "subscriber", name),
			text_of(answer, "group", group));
	if (worker != NULL)
		fprintf(out, ", worker %" JSON_INTEGER_FORMAT, json_integer_value(worker));
	fputc('\n', out);
	print_state(out, answer);
	print_text(out, "external", answer, "ext");
	print_text(out, "b4", answer, "b4");
	print_text(out, "peer", answer, "peer");
}

/* Print one number of a resource; "-": there is none, such as no limit. */
static void
print_number(FILE *out, const json_t *use, const char *key)
{
	const json_t *value = json_object_get(use, key);

	if (value == NULL)
		fprintf(out, "  %9s", "-");
	else
		fprintf(out, "  %9" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static void
print_blocks(FILE *out, const json_t *use)
{
	const json_t *ports = json_object_get(use, "ports"), *span;
	char buf[CGN_CTLTABLE_CELL_MAX];
	size_t i;

	json_array_foreach(ports, i, span)
	{
		if (i < BLOCKS_SHOWN)
			fprintf(out, "  %s",
					cgn_ctltable_escape(
							buf, sizeof(buf), json_string_value(span)));
	}
	if (ports != NULL && number_of(use, "now") > BLOCKS_SHOWN)
		fprintf(out, "  ...");
}

static void
print_uses(FILE *out, const json_t *answer)
{
	static const char *const names[] = { "blocks", "mappings", "sessions", "leases" };

	if (json_object_get(answer, "blocks") == NULL)
		return;
	fprintf(out, "%-10s  %9s  %9s  %9s\n", "", "NOW", "PEAK", "MAX");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *use = json_object_get(answer, names[i]);

		fprintf(out, "%-10s", names[i]);
		print_number(out, use, "now");
		print_number(out, use, "peak");
		print_number(out, use, "max");
		print_blocks(out, use);
		if (json_object_get(use, "total") != NULL)
			fprintf(out, "  %" PRIu64 " made", number_of(use, "total"));
		fputc('\n', out);
	}
}

/* Ports in hold-down have no mapping. So the numbers above do not tell why a subscriber has no port left. */
static void
print_ports(FILE *out, const json_t *answer)
{
	const json_t *ports = json_object_get(answer, "ports");

	if (ports != NULL)
		fprintf(out,
				"%-12sin use or in hold-down: udp %" PRIu64 ", tcp %" PRIu64
				", icmp %" PRIu64 ", each of %" PRIu64 "\n",
				"ports", number_of(ports, "udp"), number_of(ports, "tcp"),
				number_of(ports, "icmp"), number_of(ports, "of"));
}

/* --- refusals ------------------------------------------------------------------------------ */

static const char *
help_of(const char *name)
{
	for (int i = 0; i < CGN_REFUSAL_COUNT; i++) {
		if (strcmp(cgn_refusal_name((enum cgn_refusal)i), name) == 0)
			return cgn_refusal_help((enum cgn_refusal)i);
	}
	return "";
}

/* The reason that was given last, but for those that were printed. @return NULL: all were */
static const char *
latest_reason(json_t *refusals, const char *const *printed, size_t n)
{
	const char *name, *best = NULL;
	json_t *r;

	json_object_foreach(refusals, name, r)
	{
		bool is_printed = false;

		for (size_t i = 0; i < n; i++)
			is_printed |= strcmp(printed[i], name) == 0;
		if (!is_printed &&
				(best == NULL ||
						number_of(r, "ago_s") <
								number_of(json_object_get(refusals,
											  best),
										"ago_s")))
			best = name;
	}
	return best;
}

/* Reasons live longer than the external address of a subscriber. */
static uint64_t
count_refusals(json_t *refusals)
{
	const char *name;
	uint64_t n = 0;
	json_t *r;

	json_object_foreach(refusals, name, r) n += number_of(r, "count");
	return n;
}

static void
print_refusals(FILE *out, const json_t *answer)
{
	json_t *refusals = json_object_get(answer, "refusals");
	size_t n = 0, all = json_object_size(refusals);
	const char *printed[REASONS_SHOWN];
	char name[CGN_CTLTABLE_CELL_MAX], unit[CGN_CTLTABLE_UNIT_MAX];

	fprintf(out, "%-12s%" PRIu64 " %s\n", "refusals", number_of(answer, "refused_total"),
			json_object_get(answer, "ext") == NULL
					? "without an external address"
					: "since it got its external address");
	if (all > 0)
		fprintf(out, "%-12s%" PRIu64 ", kept until a day has passed without a refusal\n",
				"by reason", count_refusals(refusals));
	for (; n < REASONS_SHOWN && n < all; n++) {
		const json_t *r;

		printed[n] = latest_reason(refusals, printed, n);
		r = json_object_get(refusals, printed[n]);
		fprintf(out, "  %8" PRIu64 "  last %s ago  %s: %s\n", number_of(r, "count"),
				cgn_ctltable_seconds(number_of(r, "ago_s"), unit),
				cgn_ctltable_escape(name, sizeof(name), printed[n]),
				help_of(printed[n]));
	}
	if (n < all)
		fprintf(out, "  ... %zu more reasons, see cgnctl --json\n", all - n);
}

/* --- leases -------------------------------------------------------------------------------- */

static void
append_leases(void *ctx, json_t *rows)
{
	json_t *list = ctx, *row;
	const char *key;

	json_object_foreach(rows, key, row) json_array_append(list, row);
}

static void
print_lease(FILE *out, const json_t *x)
{
	char proto[CGN_CTLTABLE_CELL_MAX], in[CGN_CTLTABLE_CELL_MAX], ext[CGN_CTLTABLE_CELL_MAX];
	char by[CGN_CTLTABLE_CELL_MAX], peer[CGN_CTLTABLE_CELL_MAX], what[CGN_CTLTABLE_CELL_MAX];
	char unit[CGN_CTLTABLE_UNIT_MAX];

	text_of(x, "peer", peer);
	text_of(x, "description", what);
	fprintf(out, "  %s %s -> %s  by %s  ends in %s%s%s%s%s\n", text_of(x, "protocol", proto),
			text_of(x, "in", in), text_of(x, "ext", ext), text_of(x, "by", by),
			cgn_ctltable_seconds(number_of(x, "left_s"), unit),
			peer[0] == '\0' ? "" : "  peer ", peer, what[0] == '\0' ? "" : "  ", what);
}

/* Whether an external endpoint has a port of one of the blocks, as far as they are listed. */
static bool
is_in_blocks(const json_t *ext, const json_t *blocks)
{
	const char *text = json_is_string(ext) ? strchr(json_string_value(ext), ':') : NULL;
	unsigned long port = text == NULL ? 0 : strtoul(text + 1, NULL, 10);
	const json_t *ports = json_object_get(blocks, "ports"), *span;
	size_t i;

	if (number_of(blocks, "now") > json_array_size(ports))
		return true;
	json_array_foreach(ports, i, span)
	{
		char *end;
		unsigned long first = strtoul(json_string_value(span), &end, 10);

		if (port >= first && *end == '-' && port <= strtoul(end + 1, NULL, 10))
			return true;
	}
	return false;
}

static void
print_leases(FILE *out, const json_t *answer)
{
	const json_t *list = json_object_get(json_object_get(answer, "leases"), "list"), *x;
	char name[CGN_CTLTABLE_CELL_MAX];
	size_t i, all = json_array_size(list);
	bool are_all_in = true;

	if (all > 0)
		fputs("leases\n", out);
	json_array_foreach(list, i, x)
	{
		if (i < LEASES_SHOWN)
			print_lease(out, x);
		are_all_in &= is_in_blocks(
				json_object_get(x, "ext"), json_object_get(answer, "blocks"));
	}
	if (all > LEASES_SHOWN)
		fprintf(out, "  ... %zu more, see cgnctl leases show --subscriber %s\n",
				all - LEASES_SHOWN, text_of(answer, "subscriber", name));
	if (!are_all_in)
		fputs("  A lease may have a port outside of the blocks, if its client has asked for that port.\n",
				out);
}

static int
show_one(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	json_t *answer, *list, *leases;
	int ret;

	snprintf(question, sizeof(question), "/cgn/subscriber,%s", args->subject);
	ret = cgn_ctlsock_ask(s, question, &answer);
	if (ret < 0)
		return ret;
	leases = json_object_get(answer, "leases");
	if (leases != NULL) {
		const char *name = json_string_value(json_object_get(answer, "subscriber"));

		list = json_array();
		json_object_set_new(leases, "list", list);
		snprintf(question, sizeof(question), "subscriber=%s", name == NULL ? "" : name);
		ret = cgn_ctlfetch_pages(s, "/cgn/leases", question, append_leases, list);
	}
	if (ret == 0 && args->want_json) {
		cgn_ctltable_json(out, answer);
	} else if (ret == 0) {
		print_head(out, answer);
		print_uses(out, answer);
		print_ports(out, answer);
		print_refusals(out, answer);
		print_leases(out, answer);
	}
	json_decref(answer);
	return ret;
}

int
cgn_ctlsubscriber_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	return args->subject == NULL ? cgn_ctllist_show(s, args, out) : show_one(s, args, out);
}
