/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The commands of cgnctl: each asks one or more paths of telemetry and prints the answers.
 */
#include "controlplane/cgnctl/ctlshow.h"

#include "controlplane/cgnctl/ctlconfig.h"
#include "controlplane/cgnctl/ctldet.h"
#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctlpeers.h"
#include "controlplane/cgnctl/ctlrows.h"
#include "controlplane/cgnctl/ctlsubscriber.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/cgnctl/ctltrace.h"
#include "shared/counter_help.h"
#include "shared/ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- tables, page after page --------------------------------------------------------------- */

struct listing {
	const char *path;
	const char *filter; /* parameters; "" : none */
	const struct cgn_ctltable_column *columns;
	size_t n_columns;
	const char *none; /* printed in place of a table without rows; NULL: only the titles */
};

#define COLUMNS(c) .columns = (c), .n_columns = sizeof(c) / sizeof((c)[0])

static void
print_json_rows(FILE *out, json_t *rows, bool *is_begun)
{
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row)
	{
		fputs(*is_begun ? ",\n  " : "[\n  ", out);
		json_dumpf(row, out, JSON_COMPACT | JSON_ENSURE_ASCII);
		*is_begun = true;
	}
}

/* A table that is printed page by page. */
struct printing {
	const struct listing *l;
	bool want_json;
	bool is_begun; /* of JSON */
	struct cgn_ctltable table;
};

static void
print_page(void *ctx, json_t *rows)
{
	struct printing *p = ctx;

	cgn_ctlrows_describe(rows);
	if (p->want_json) {
		print_json_rows(p->table.out, rows, &p->is_begun);
		return;
	}
	cgn_ctlrows_join_filters(rows);
	if (p->l->none != NULL && !p->table.is_begun && json_object_size(rows) == 0)
		fprintf(p->table.out, "%s\n", p->l->none);
	else
		cgn_ctltable_page(&p->table, rows);
}

static int
list(struct cgn_ctlsock *s, const struct listing *l, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct printing p = {
		.l = l,
		.want_json = args->want_json,
		.table = { .out = out, .columns = l->columns, .n_columns = l->n_columns },
	};
	int ret = cgn_ctlfetch_pages(s, l->path, l->filter, print_page, &p);

	if (ret == 0 && args->want_json)
		fputs(p.is_begun ? "\n]\n" : "[]\n", out);
	return ret;
}

/* Print a table. If the user has named a subscriber, print only its rows. */
static int
list_subscriber(struct cgn_ctlsock *s, struct listing l, const struct cgn_ctlshow_args *args,
		FILE *out)
{
	char filter[CGN_CTLSOCK_QUESTION_MAX / 2] = "";

	if (args->subscriber != NULL)
		snprintf(filter, sizeof(filter), "subscriber=%s", args->subscriber);
	l.filter = filter;
	return list(s, &l, args, out);
}

static const struct cgn_ctltable_column mapping_columns[] = {
	{ "protocol", "PROTO", CGN_CTLTABLE_TEXT, 5 },
	{ "in", "INSIDE", CGN_CTLTABLE_TEXT, 21 },
	{ "ext", "EXTERNAL", CGN_CTLTABLE_TEXT, 21 },
	{ "rem", "REMOTE", CGN_CTLTABLE_TEXT, 21 },
	{ "kind", "KIND", CGN_CTLTABLE_TEXT, 8 },
	{ "tcp_state", "TCP", CGN_CTLTABLE_TEXT, 11 },
	{ "sessions", "SESSIONS", CGN_CTLTABLE_NUMBER, 0 },
	{ "expires_s", "EXPIRES", CGN_CTLTABLE_SECONDS, 7 },
	{ "b4", "B4", CGN_CTLTABLE_TEXT, 0 },
};

static int
show_mappings(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	const struct listing l = { .path = "/cgn/mappings", COLUMNS(mapping_columns) };

	return list_subscriber(s, l, args, out);
}

static const struct cgn_ctltable_column subscriber_columns[] = {
	{ "subscriber", "SUBSCRIBER", CGN_CTLTABLE_TEXT, 15 },
	{ "group", "GROUP", CGN_CTLTABLE_TEXT, 0 },
	{ "ext", "EXTERNAL", CGN_CTLTABLE_TEXT, 15 },
	{ "worker", "WORKER", CGN_CTLTABLE_NUMBER, 0 },
	{ "blocks", "BLOCKS", CGN_CTLTABLE_NUMBER, 0 },
	{ "mappings", "MAPPINGS", CGN_CTLTABLE_NUMBER, 0 },
	{ "sessions", "SESSIONS", CGN_CTLTABLE_NUMBER, 0 },
	{ "leases", "LEASES", CGN_CTLTABLE_NUMBER, 0 },
	{ "mappings_total", "MADE", CGN_CTLTABLE_NUMBER, 8 },
	{ "refused_total", "REFUSED", CGN_CTLTABLE_NUMBER, 0 },
	{ "b4", "B4", CGN_CTLTABLE_TEXT, 0 },
};

/* Print an answer that is a number of things. It is released. */
static void
print_answer(const struct cgn_ctlshow_args *args, FILE *out, json_t *answer, const char *text,
		const char *key)
{
	if (args->want_json)
		cgn_ctltable_json(out, answer);
	else if (text != NULL)
		fprintf(out, "%s: %" JSON_INTEGER_FORMAT "\n", text,
				json_integer_value(json_object_get(answer, key)));
	json_decref(answer);
}

static const struct cgn_ctltable_column lease_columns[] = {
	{ "protocol", "PROTO", CGN_CTLTABLE_TEXT, 5 },
	{ "in", "INSIDE", CGN_CTLTABLE_TEXT, 21 },
	{ "ext", "EXTERNAL", CGN_CTLTABLE_TEXT, 21 },
	{ "lifetime_s", "LIFETIME", CGN_CTLTABLE_SECONDS, 8 },
	{ "left_s", "LEFT", CGN_CTLTABLE_SECONDS, 7 },
	{ "by", "BY", CGN_CTLTABLE_TEXT, 6 },
	{ "opcode", "OPCODE", CGN_CTLTABLE_TEXT, 8 },
	{ "b4", "B4", CGN_CTLTABLE_TEXT, 0 },
	{ "peer", "PEER", CGN_CTLTABLE_TEXT, 0 },
	{ "filters", "FILTERS", CGN_CTLTABLE_TEXT, 0 },
	{ "description", "DESCRIPTION", CGN_CTLTABLE_TEXT, 0 },
};

static int
show_leases(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	const struct listing l = { .path = "/cgn/leases", COLUMNS(lease_columns) };

	return list_subscriber(s, l, args, out);
}

static int
leases_delete(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
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

static int
show_subscribers(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = {
		.path = "/cgn/subscribers", .filter = "", COLUMNS(subscriber_columns)
	};

	return args->subject == NULL ? list(s, &l, args, out)
				     : cgn_ctlsubscriber_show(s, args, out);
}

static const struct cgn_ctltable_column pool_columns[] = {
	{ "pool", "POOL", CGN_CTLTABLE_TEXT, 0 },
	{ "addresses", "ADDRESSES", CGN_CTLTABLE_NUMBER, 0 },
	{ "addresses_closed", "CLOSED", CGN_CTLTABLE_NUMBER, 0 },
	{ "blocks", "BLOCKS", CGN_CTLTABLE_NUMBER, 0 },
	{ "blocks_used", "USED", CGN_CTLTABLE_NUMBER, 0 },
	{ "blocks_guarded", "GUARD", CGN_CTLTABLE_NUMBER, 0 },
	{ "udp_ports_used", "UDP", CGN_CTLTABLE_NUMBER, 0 },
	{ "tcp_ports_used", "TCP", CGN_CTLTABLE_NUMBER, 0 },
	{ "icmp_ids_used", "ICMP", CGN_CTLTABLE_NUMBER, 0 },
	{ "ports_held", "HELD", CGN_CTLTABLE_NUMBER, 0 },
	{ "subscribers", "SUBSCRIBERS", CGN_CTLTABLE_NUMBER, 0 },
};

static int
show_pools(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = { .path = "/cgn/pools", .filter = "", COLUMNS(pool_columns) };

	return list(s, &l, args, out);
}

static const struct cgn_ctltable_column drain_columns[] = {
	{ "address", "ADDRESS", CGN_CTLTABLE_TEXT, 15 },
	{ "pool", "POOL", CGN_CTLTABLE_TEXT, 0 },
	{ "state", "STATE", CGN_CTLTABLE_TEXT, 8 },
	{ "left_s", "LEFT", CGN_CTLTABLE_SECONDS, 7 },
	{ "subscribers", "SUBSCRIBERS", CGN_CTLTABLE_NUMBER, 0 },
	{ "blocks", "BLOCKS", CGN_CTLTABLE_NUMBER, 0 },
	{ "ports", "PORTS", CGN_CTLTABLE_NUMBER, 0 },
	{ "leases", "LEASES", CGN_CTLTABLE_NUMBER, 0 },
	{ "mappings_ended", "ENDED", CGN_CTLTABLE_NUMBER, 0 },
};

static int
show_drains(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = { .path = "/cgn/drains",
		.filter = "",
		COLUMNS(drain_columns),
		.none = "all addresses are in use" };

	return list(s, &l, args, out);
}

/* --- peers --------------------------------------------------------------------------------- */

/* The identity may have blanks. It comes last, so that scripts can read the other columns. */
static const struct cgn_ctltable_column peer_columns[] = {
	{ "address", "ADDRESS", CGN_CTLTABLE_TEXT, 15 },
	{ "sa", "SA", CGN_CTLTABLE_NUMBER, 0 },
	{ "since_s", "SINCE", CGN_CTLTABLE_SECONDS, 6 },
	{ "identity", "IDENTITY", CGN_CTLTABLE_TEXT, 0 },
};

static int
show_peers(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = { .path = "/cgn/peers", .filter = "", COLUMNS(peer_columns) };

	return list(s, &l, args, out);
}

static int
peers_set(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	const struct cgn_ctlpeers_peer p = { args->subject, args->more[0], args->more[1] };
	json_t *answer;
	int ret = cgn_ctlpeers_set(s, &p, &answer);

	if (ret == 0)
		print_answer(args, out, answer, NULL, NULL);
	return ret;
}

static int
peers_unset(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	const struct cgn_ctlpeers_peer p = { args->subject, args->more[0], args->more[1] };
	json_t *answer;
	int ret = cgn_ctlpeers_unset(s, &p, &answer);

	if (ret == 0)
		print_answer(args, out, answer, "peers removed", "removed");
	return ret;
}

static int
peers_load(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
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

/* --- ports and workers --------------------------------------------------------------------- */

static const struct cgn_ctltable_column port_columns[] = {
	{ "port", "PORT", CGN_CTLTABLE_TEXT, 0 },
	{ "side", "SIDE", CGN_CTLTABLE_TEXT, 0 },
	{ "link", "LINK", CGN_CTLTABLE_TEXT, 0 },
	{ "mac", "MAC", CGN_CTLTABLE_TEXT, 0 },
	{ "steering", "STEERING", CGN_CTLTABLE_TEXT, 0 },
	{ "rx_pkts", "RX PACKETS", CGN_CTLTABLE_NUMBER, 0 },
	{ "rx_bytes", "RX", CGN_CTLTABLE_BYTES, 8 },
	{ "tx_pkts", "TX PACKETS", CGN_CTLTABLE_NUMBER, 0 },
	{ "tx_bytes", "TX", CGN_CTLTABLE_BYTES, 8 },
	{ "rx_missed", "MISSED", CGN_CTLTABLE_NUMBER, 0 },
	{ "receiving", "RECEIVING", CGN_CTLTABLE_TEXT, 0 },
	{ "device", "DEVICE", CGN_CTLTABLE_TEXT, 0 },
};

static int
show_ports(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = { .path = "/cgn/ports", .filter = "", COLUMNS(port_columns) };

	return list(s, &l, args, out);
}

static const struct cgn_ctltable_column host_columns[] = {
	{ "port", "PORT", CGN_CTLTABLE_TEXT, 0 },
	{ "interface", "INTERFACE", CGN_CTLTABLE_TEXT, 0 },
	{ "netns", "NETNS", CGN_CTLTABLE_TEXT, 0 },
	{ "services", "SERVICES", CGN_CTLTABLE_TEXT, 0 },
	{ "host_in", "TO HOST", CGN_CTLTABLE_NUMBER, 0 },
	{ "host_in_lost", "NOT TAKEN", CGN_CTLTABLE_NUMBER, 0 },
	{ "host_out", "FROM HOST", CGN_CTLTABLE_NUMBER, 0 },
	{ "host_out_lost", "NOT SENT", CGN_CTLTABLE_NUMBER, 0 },
	{ "host_foreign", "FOREIGN", CGN_CTLTABLE_NUMBER, 0 },
	{ "host_plain", "PLAIN", CGN_CTLTABLE_NUMBER, 0 },
};

static int
show_host(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = {
		.path = "/cgn/host",
		.filter = "",
		COLUMNS(host_columns),
		.none = "no host plane: the configuration has no section host",
	};

	return list(s, &l, args, out);
}

static const struct cgn_ctltable_column worker_columns[] = {
	{ "worker", "WORKER", CGN_CTLTABLE_NUMBER, 0 },
	{ "lcore", "LCORE", CGN_CTLTABLE_NUMBER, 0 },
	{ "received", "RECEIVED", CGN_CTLTABLE_NUMBER, 0 },
	{ "subscribers", "SUBSCRIBERS", CGN_CTLTABLE_NUMBER, 0 },
	{ "mappings", "MAPPINGS", CGN_CTLTABLE_NUMBER, 0 },
	{ "handover_in", "HANDED IN", CGN_CTLTABLE_NUMBER, 0 },
	{ "handover_out", "HANDED OUT", CGN_CTLTABLE_NUMBER, 0 },
};

static int
show_workers(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = { .path = "/cgn/workers", .filter = "", COLUMNS(worker_columns) };

	return list(s, &l, args, out);
}

static const struct cgn_ctltable_column latency_columns[] = {
	{ "worker", "WORKER", CGN_CTLTABLE_NUMBER, 0 },
	{ "of", "OF", CGN_CTLTABLE_TEXT, 5 },
	{ "count", "COUNT", CGN_CTLTABLE_NUMBER, 0 },
	{ "mean_ns", "MEAN ns", CGN_CTLTABLE_NUMBER, 0 },
	{ "p50_ns", "P50 ns", CGN_CTLTABLE_NUMBER, 0 },
	{ "p99_ns", "P99 ns", CGN_CTLTABLE_NUMBER, 0 },
	{ "p999_ns", "P99.9 ns", CGN_CTLTABLE_NUMBER, 0 },
	{ "max_ns", "MAX ns", CGN_CTLTABLE_NUMBER, 0 },
	{ "over_100us", ">100 us", CGN_CTLTABLE_NUMBER, 0 },
};

static int
show_latency(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct listing l = { .path = "/cgn/latency", .filter = "", COLUMNS(latency_columns) };

	return list(s, &l, args, out);
}

/* --- counters ------------------------------------------------------------------------------ */

/* Print one group of counters. Those that are 0 are left out. */
static void
print_group(FILE *out, const char *group, json_t *counters)
{
	char text[CGN_CTLTABLE_CELL_MAX];
	const char *name;
	json_t *value;

	json_object_foreach(counters, name, value)
	{
		json_int_t n = json_integer_value(value);
		const char *help = cgn_counter_help_find(group, name);

		if (n == 0)
			continue;
		cgn_ctltable_escape(text, sizeof(text), name);
		fprintf(out, "%-10s  %-20s  %14" JSON_INTEGER_FORMAT "%s%s\n", group, text, n,
				help == NULL ? "" : "  ", help == NULL ? "" : help);
	}
}

static void
print_counters(FILE *out, json_t *all)
{
	static const char *const classes[] = { "forwarded", "local", "absorbed", "dropped" };
	static const char *const groups[] = { "counters", "gauges", "control", "portmap" };
	json_t *verdicts = json_object_get(all, "verdicts");

	fprintf(out, "%-10s  %-20s  %14s\n", "GROUP", "COUNTER", "VALUE");
	fprintf(out, "%-10s  %-20s  %14" JSON_INTEGER_FORMAT "\n", "packets", "received",
			json_integer_value(json_object_get(verdicts, "received")));
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		print_group(out, classes[i], json_object_get(verdicts, classes[i]));
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		print_group(out, groups[i], json_object_get(all, groups[i]));
}

static int
show_counters(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	const char *worker = args->worker == NULL ? "" : args->worker;
	const char *param = args->worker == NULL ? "" : ",worker=";
	json_t *verdicts;
	json_t *all;
	int ret;

	snprintf(question, sizeof(question), "/cgn/verdicts%s%s", param, worker);
	ret = cgn_ctlsock_ask(s, question, &verdicts);
	if (ret < 0)
		return ret;
	snprintf(question, sizeof(question), "/cgn/counters%s%s", param, worker);
	ret = cgn_ctlsock_ask(s, question, &all);
	if (ret == 0) {
		json_object_set(all, "verdicts", verdicts);
		if (args->want_json)
			cgn_ctltable_json(out, all);
		else
			print_counters(out, all);
		json_decref(all);
	}
	json_decref(verdicts);
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
	const char *state = json_string_value(json_object_get(answer, "state"));
	const json_t *m = json_object_get(answer, "mapping");
	const json_t *sub = json_object_get(answer, "subscriber");
	const json_t *expires = json_object_get(m, "expires_s");
	char unit[CGN_CTLTABLE_UNIT_MAX];

	fprintf(out, "%-12s%s\n", "external", endpoint);
	for (size_t i = 0; state != NULL && i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i].state, state) == 0)
			fprintf(out, "%-12s%s\n", "state", states[i].text);
	}
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

static int
show_who(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	json_t *answer;
	int ret;

	snprintf(question, sizeof(question), "/cgn/who,%s", args->subject);
	ret = cgn_ctlsock_ask(s, question, &answer);
	if (ret < 0)
		return ret;
	if (args->want_json)
		cgn_ctltable_json(out, answer);
	else
		print_who(out, args->subject, answer);
	json_decref(answer);
	return 0;
}

const struct cgn_ctlshow_command cgn_ctlshow_commands[] = {
	{ .noun = "config",
			.verb = "show",
			.args = "",
			.help = "the configuration in use",
			.run = cgn_ctlconfig_show },
	{ .noun = "config",
			.verb = "status",
			.args = "",
			.help = "the file, the last load, and a missing confirmation",
			.run = cgn_ctlconfig_status },
	{ .noun = "config",
			.verb = "diff",
			.args = "FILE",
			.help = "what FILE would change: exit status 0 nothing, 1 something, 2 error",
			.needs_subject = true,
			.takes_subject = true,
			.takes_file = true,
			.error_status = 2,
			.run = cgn_ctlconfig_diff },
	{ .noun = "config",
			.verb = "reload",
			.args = "[--confirm-s N]",
			.help = "read the file again; fall back after N seconds without confirm",
			.takes_confirm = true,
			.run = cgn_ctlconfig_reload },
	{ .noun = "config",
			.verb = "confirm",
			.args = "",
			.help = "keep what a reload with --confirm-s has changed",
			.run = cgn_ctlconfig_confirm },
	{ .noun = "counters",
			.verb = "show",
			.args = "[--worker N]",
			.help = "what became of all packets, counters, gauges",
			.takes_worker = true,
			.run = show_counters },
	{ .noun = "latency",
			.verb = "show",
			.args = "",
			.help = "how long the workers' loops and bursts took",
			.run = show_latency },
	{ .noun = "workers",
			.verb = "show",
			.args = "",
			.help = "workers and what they hold",
			.run = show_workers },
	{ .noun = "ports",
			.verb = "show",
			.args = "",
			.help = "devices, links and traffic",
			.run = show_ports },
	{ .noun = "host",
			.verb = "show",
			.args = "",
			.help = "the host plane: interfaces of the kernel, and their packets",
			.run = show_host },
	{ .noun = "pools",
			.verb = "show",
			.args = "",
			.help = "external addresses and ports in use",
			.run = show_pools },
	{ .noun = "pools",
			.verb = "drains",
			.args = "",
			.help = "external addresses that are taken out of use, and what still holds them",
			.run = show_drains },
	{ .noun = "subscribers",
			.verb = "show",
			.args = "[A]",
			.help = "all subscribers, or all about the one with inside address A",
			.takes_subject = true,
			.run = show_subscribers },
	{ .noun = "mappings",
			.verb = "show",
			.args = "[--subscriber A]",
			.help = "all mappings",
			.takes_subscriber = true,
			.run = show_mappings },
	{ .noun = "who",
			.args = "EXTADDR:PORT/PROTO",
			.help = "which subscriber holds that external port",
			.needs_subject = true,
			.takes_subject = true,
			.run = show_who },
	{ .noun = "leases",
			.verb = "show",
			.args = "[--subscriber A]",
			.help = "all leases",
			.takes_subscriber = true,
			.run = show_leases },
	{ .noun = "leases",
			.verb = "delete",
			.args = "A[:PORT/PROTO] [--subscriber HOME]",
			.help = "end the leases of inside address A, or one of them, or those of a home",
			.needs_subject = true,
			.takes_subject = true,
			.takes_subscriber = true,
			.run = leases_delete },
	{ .noun = "peers",
			.verb = "show",
			.args = "",
			.help = "all IPsec peers",
			.run = show_peers },
	{ .noun = "peers",
			.verb = "set",
			.args = "ADDRESS IDENTITY [SA]",
			.help = "an IPsec peer is authenticated at ADDRESS",
			.needs_subject = true,
			.takes_subject = true,
			.more_min = 1,
			.more_max = 2,
			.run = peers_set },
	{ .noun = "peers",
			.verb = "unset",
			.args = "ADDRESS [IDENTITY [SA]]",
			.help = "the IPsec peer is gone, if it is still this one",
			.needs_subject = true,
			.takes_subject = true,
			.more_max = 2,
			.run = peers_unset },
	{ .noun = "peers",
			.verb = "load",
			.args = "",
			.help = "carry out lines of stdin: set or unset, ADDRESS, SA, IDENTITY",
			.run = peers_load },
	{ .noun = "deterministic",
			.verb = "forward",
			.args = "ADDRESS -c FILE",
			.help = "the external ports of inside address ADDRESS",
			.needs_subject = true,
			.takes_subject = true,
			.is_offline = true,
			.run = cgn_ctldet_forward },
	{ .noun = "deterministic",
			.verb = "reverse",
			.args = "EXTADDR:PORT -c FILE",
			.help = "the subscriber that has that external port",
			.needs_subject = true,
			.takes_subject = true,
			.is_offline = true,
			.run = cgn_ctldet_reverse },
	{ .noun = "deterministic",
			.verb = "export",
			.args = "[--csv] -c FILE",
			.help = "all subscribers and their external ports",
			.takes_csv = true,
			.is_offline = true,
			.run = cgn_ctldet_export },
	{ .noun = "trace",
			.args = "EXTADDR:PORT[/PROTO] FILE...",
			.help = "who had that port at the time --at, by files of records",
			.takes_words = true,
			.is_offline = true,
			.run = cgn_ctltrace },
	{ .noun = NULL },
};

const struct cgn_ctlshow_command *
cgn_ctlshow_find(const char *noun, const char *verb)
{
	for (const struct cgn_ctlshow_command *c = cgn_ctlshow_commands; c->noun != NULL; c++) {
		if (strcmp(c->noun, noun) != 0)
			continue;
		if (c->verb == NULL || (verb != NULL && strcmp(c->verb, verb) == 0))
			return c;
	}
	return NULL;
}

bool
cgn_ctlshow_has(const char *noun)
{
	for (const struct cgn_ctlshow_command *c = cgn_ctlshow_commands; c->noun != NULL; c++) {
		if (strcmp(c->noun, noun) == 0)
			return true;
	}
	return false;
}
