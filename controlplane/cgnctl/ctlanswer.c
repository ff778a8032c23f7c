/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Answers as text, and as JSON.
 */
#include "controlplane/cgnctl/ctlanswer.h"

#include "shared/addr_text.h"
#include "shared/utc_text.h"

#include <inttypes.h>

static const char *const verdict_names[] = {
	[CGN_TRACE_FOUND] = "found",
	[CGN_TRACE_NOBODY] = "nobody",
	[CGN_TRACE_UNSURE] = "unsure",
};

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
	[CGN_TRACE_DETERMINISTIC] = "deterministic",
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
	[CGN_TRACE_DETERMINISTIC] =
			"ports of deterministic groups have no records; give --config FILE. cgnd began at",
};

const char *
cgn_ctlanswer_reason(enum cgn_trace_reason reason)
{
	return reason_names[reason];
}

/* --- text ------------------------------------------------------------------------------------ */

void
cgn_ctlanswer_print_reason(const struct cgn_trace_answer *a, FILE *out)
{
	char text[CGN_UTC_TEXT_MAX];
	bool has_time = a->reason != CGN_TRACE_NO_RECORDS && a->reason != CGN_TRACE_TWO;

	fprintf(out, "%-12s%s%s%s\n", "reason", reason_texts[a->reason], has_time ? " " : "",
			has_time ? cgn_utc_text_format(a->reason_ms, text) : "");
}

/* The end of a tenure, as text. */
static void
print_until(const struct cgn_trace_tenure *x, FILE *out)
{
	char text[CGN_UTC_TEXT_MAX];

	if (x->end == CGN_TRACE_END_OPEN)
		fprintf(out, "%-12snot ended in these records\n", "until");
	else
		fprintf(out, "%-12s%s%s\n", "until", cgn_utc_text_format(x->until_ms, text),
				x->end == CGN_TRACE_END_STOP ? " (cgnd stopped)"
						: x->end == CGN_TRACE_END_CRASH
						? " at the latest (cgnd crashed)"
						: "");
}

static void
print_tenure(const struct cgn_trace_tenure *x, FILE *out)
{
	char text[CGN_ADDR_TEXT_MAX], when[CGN_UTC_TEXT_MAX];

	fprintf(out, "%-12s%s\n", x->inside.is_ip6 ? "home" : "subscriber",
			cgn_addr_text_format_prefix(&x->inside, text));
	fprintf(out, "%-12s%u-%u\n", "ports", x->first, x->last);
	fprintf(out, "%-12s%s\n", "pool", x->pool);
	fprintf(out, "%-12s%s\n", "since",
			x->has_since ? cgn_utc_text_format(x->since_ms, when)
				     : "before these records begin");
	print_until(x, out);
	fprintf(out, "%-12s%s\n", "machine", x->host);
	fprintf(out, "%-12s%s\n", "instance", x->instance);
	fprintf(out, "%-12sworker %u, boot %016" PRIx64 "\n", "by", x->producer - CGN_TRACE_WORKER0,
			x->boot);
}

static void
print_owner(const struct cgn_ctldet_owner *o, FILE *out)
{
	char text[CGN_ADDR_TEXT_MAX];

	fprintf(out, "%-12s%s\n", o->inside.is_ip6 ? "home" : "subscriber",
			cgn_addr_text_format_prefix(&o->inside, text));
	fprintf(out, "%-12s%u-%u\n", "ports", o->first, o->last);
	fprintf(out, "%-12s%s\n", "group", o->group);
}

static void
print_text(const struct cgn_ctlanswer *a, FILE *out)
{
	static const char *const texts[] = {
		[CGN_TRACE_FOUND] = "a subscriber had this port",
		[CGN_TRACE_NOBODY] = "nobody had this port",
		[CGN_TRACE_UNSURE] = "these records do not say who had this port",
	};
	const struct cgn_trace_answer *r = &a->records;
	char text[CGN_UTC_TEXT_MAX];

	fprintf(out, "%-12s%s\n", "external", a->endpoint);
	fprintf(out, "%-12s%s\n", "at", cgn_utc_text_format(a->at_ms, text));
	fprintf(out, "%-12s%s\n", "answer", texts[r->verdict]);
	if (r->verdict == CGN_TRACE_UNSURE)
		cgn_ctlanswer_print_reason(r, out);
	if (r->verdict == CGN_TRACE_UNSURE && r->has_tenure)
		fprintf(out, "The last record that is there says:\n");
	if (a->is_by_conf)
		fprintf(out, "%-12s%s\n", "by",
				"the configuration, which must be the one of that time");
	if (a->has_owner)
		print_owner(&a->owner, out);
	else if (r->has_tenure)
		print_tenure(&r->tenure, out);
	if (r->verdict == CGN_TRACE_FOUND && r->reason != CGN_TRACE_CERTAIN) {
		fprintf(out, "A record that would change this answer may be missing:\n");
		cgn_ctlanswer_print_reason(r, out);
	}
}

/* Words without blanks, so that programs can read them, too. */
static void
print_line(const struct cgn_ctlanswer *a, FILE *out)
{
	const struct cgn_trace_answer *r = &a->records;
	char time[CGN_UTC_TEXT_MAX], inside[CGN_ADDR_TEXT_MAX] = "";

	if (a->has_owner || r->has_tenure)
		cgn_addr_text_format_prefix(
				a->has_owner ? &a->owner.inside : &r->tenure.inside, inside);
	fprintf(out, "%s %s %s", a->endpoint, cgn_utc_text_format(a->at_ms, time),
			verdict_names[r->verdict]);
	if (r->verdict == CGN_TRACE_FOUND)
		fprintf(out, " %s", inside);
	if (r->verdict == CGN_TRACE_FOUND && r->reason != CGN_TRACE_CERTAIN)
		fprintf(out, " doubt=%s", reason_names[r->reason]);
	if (r->verdict == CGN_TRACE_UNSURE)
		fprintf(out, " reason=%s", reason_names[r->reason]);
	if (r->verdict == CGN_TRACE_UNSURE && r->has_tenure)
		fprintf(out, " last_known=%s", inside);
	fprintf(out, "%s\n", a->is_by_conf ? " by=configuration" : "");
}

void
cgn_ctlanswer_row(const struct cgn_trace_tenure *x, bool is_first, FILE *out)
{
	char inside[CGN_ADDR_TEXT_MAX], address[CGN_ADDR_TEXT_MAX], ports[16];
	char since[CGN_UTC_TEXT_MAX], until[CGN_UTC_TEXT_MAX];

	if (is_first)
		fprintf(out, "%-24s  %-24s  %-9s  %-15s  %-11s  %s\n", "SINCE", "UNTIL", "END",
				"EXTERNAL", "PORTS", "SUBSCRIBER");
	snprintf(ports, sizeof(ports), "%u-%u", x->first, x->last);
	fprintf(out, "%-24s  %-24s  %-9s  %-15s  %-11s  %s\n",
			x->has_since ? cgn_utc_text_format(x->since_ms, since) : "-",
			x->end == CGN_TRACE_END_OPEN ? "-"
						     : cgn_utc_text_format(x->until_ms, until),
			end_names[x->end], cgn_addr_text_format_ip4(x->ext, address), ports,
			cgn_addr_text_format_prefix(&x->inside, inside));
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void
set_time(json_t *object, const char *name, int64_t ms)
{
	char text[CGN_UTC_TEXT_MAX];

	json_object_set_new(object, name, json_string(cgn_utc_text_format(ms, text)));
}

json_t *
cgn_ctlanswer_row_json(const struct cgn_trace_tenure *x)
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

json_t *
cgn_ctlanswer_owner_json(const struct cgn_ctldet_owner *o)
{
	char inside[CGN_ADDR_TEXT_MAX], address[CGN_ADDR_TEXT_MAX];

	return json_pack("{s:s, s:s, s:i, s:i, s:s}", "subscriber",
			cgn_addr_text_format_prefix(&o->inside, inside), "ext",
			cgn_addr_text_format_ip4(o->ext, address), "port_first", o->first,
			"port_last", o->last, "group", o->group);
}

static json_t *
answer_json(const struct cgn_ctlanswer *a)
{
	const struct cgn_trace_answer *r = &a->records;
	bool is_found = r->verdict == CGN_TRACE_FOUND;
	json_t *out = json_pack(
			"{s:s, s:s}", "external", a->endpoint, "answer", verdict_names[r->verdict]);

	set_time(out, "at", a->at_ms);
	if (r->reason != CGN_TRACE_CERTAIN) {
		json_object_set_new(out, is_found ? "doubt" : "reason",
				json_string(reason_names[r->reason]));
		if (r->reason != CGN_TRACE_NO_RECORDS)
			set_time(out, "reason_at", r->reason_ms);
	}
	if (a->is_by_conf)
		json_object_set_new(out, "by", json_string("configuration"));
	if (a->has_owner)
		json_object_set_new(out, "range", cgn_ctlanswer_owner_json(&a->owner));
	else if (r->has_tenure)
		json_object_set_new(out, is_found ? "tenure" : "last_known",
				cgn_ctlanswer_row_json(&r->tenure));
	return out;
}

void
cgn_ctlanswer_dump(json_t *o, bool is_line, FILE *out)
{
	json_dumpf(o, out, (is_line ? JSON_COMPACT : JSON_INDENT(2)) | JSON_ENSURE_ASCII);
	putc('\n', out);
	json_decref(o);
}

void
cgn_ctlanswer_print(const struct cgn_ctlanswer *a, enum cgn_ctlanswer_style style, FILE *out)
{
	switch (style) {
	case CGN_CTLANSWER_TEXT:
		print_text(a, out);
		break;
	case CGN_CTLANSWER_LINE:
		print_line(a, out);
		break;
	case CGN_CTLANSWER_JSON:
	case CGN_CTLANSWER_JSON_LINE:
		cgn_ctlanswer_dump(answer_json(a), style == CGN_CTLANSWER_JSON_LINE, out);
		break;
	}
}
