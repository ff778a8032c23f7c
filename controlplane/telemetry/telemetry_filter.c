/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads the filters of tables.
 */
#include "controlplane/telemetry/telemetry_filter.h"

#include "shared/addr_text.h"
#include "shared/tcpstate.h"

#include <errno.h>
#include <string.h>

static uint8_t
kind_of(const char *text)
{
	for (uint8_t i = CGN_TABLE_ANY + 1; i <= CGN_TABLE_STATIC; i++) {
		if (strcmp(text, cgn_telemetry_rows_kind((enum cgn_table_kind)i)) == 0)
			return i;
	}
	return CGN_TABLE_ANY;
}

static uint8_t
use_of(const char *text)
{
	for (uint8_t i = CGN_TABLE_USE_ANY + 1; i <= CGN_TABLE_USE_REFUSED; i++) {
		if (strcmp(text, cgn_telemetry_rows_use((enum cgn_table_use)i)) == 0)
			return i;
	}
	return CGN_TABLE_USE_ANY;
}

static int
filter_subscriber(struct cgn_telemetry_question *q, const char *text, struct cgn_table_filter *f)
{
	f->has_subscriber = true;
	if (cgn_addr_text_parse_prefix(text, &f->subscriber) == 0)
		return 0;
	return cgn_telemetry_question_wrong(
			q, -EAFNOSUPPORT, "subscriber", text, "an address or a prefix");
}

static int
filter_group(struct cgn_telemetry_question *q, const char *text, struct cgn_table_filter *f)
{
	const struct cgn_conf *conf = cgn_control_conf(q->control);
	struct cgn_choice there;

	cgn_choice_begin(&there, text);
	for (size_t i = 0; i < conf->n_groups; i++) {
		if (conf->groups[i].is_gone)
			continue;
		cgn_choice_add(&there, conf->groups[i].name);
		if (strcmp(conf->groups[i].name, text) == 0) {
			f->has_group = true;
			f->group = (uint8_t)i;
			return 0;
		}
	}
	return cgn_telemetry_question_none(q, -ESRCH, "group", &there);
}

/* A subscriber has an external address, and many of its ports. */
static int
filter_external(struct cgn_telemetry_question *q, const char *text, bool takes_port,
		struct cgn_table_filter *f)
{
	uint16_t port = 1;
	int ret;

	if (takes_port && strchr(text, ':') != NULL) {
		ret = cgn_addr_text_parse_ep4(text, &f->ext_addr, &port);
		f->ext_port = rte_cpu_to_be_16(port);
	} else {
		ret = cgn_addr_text_parse_ip4(text, &f->ext_addr);
	}
	if (ret == 0 && port != 0 && f->ext_addr != 0)
		return 0;
	return cgn_telemetry_question_wrong(q, -EADDRNOTAVAIL, "external", text,
			takes_port ? "ADDR or ADDR:PORT" : "an IPv4 address without a port");
}

static int
filter_proto(struct cgn_telemetry_question *q, const char *text, struct cgn_table_filter *f)
{
	struct cgn_choice there;

	if (cgn_telemetry_rows_parse_proto(text, &f->proto) == 0)
		return 0;
	cgn_choice_begin(&there, text);
	for (uint8_t i = 0; i < CGN_PROTO_COUNT; i++)
		cgn_choice_add(&there, cgn_telemetry_rows_proto(i));
	return cgn_telemetry_question_none(q, -EPROTONOSUPPORT, "protocol", &there);
}

/* Tell which states a row of a table can have. */
static int
refuse_state(struct cgn_telemetry_question *q, const char *text,
		enum cgn_telemetry_filter_table table)
{
	struct cgn_choice there;

	cgn_choice_begin(&there, text);
	if (table == CGN_TELEMETRY_FILTER_SUBSCRIBERS) {
		for (int i = CGN_TABLE_USE_ANY + 1; i <= CGN_TABLE_USE_REFUSED; i++)
			cgn_choice_add(&there, cgn_telemetry_rows_use((enum cgn_table_use)i));
	} else {
		for (int i = CGN_TABLE_ANY + 1; i <= CGN_TABLE_STATIC; i++)
			cgn_choice_add(&there, cgn_telemetry_rows_kind((enum cgn_table_kind)i));
		for (int i = 0; i < CGN_TCP_STATE_COUNT; i++)
			cgn_choice_add(&there, cgn_tcpstate_name((enum cgn_tcp_state)i));
	}
	return cgn_telemetry_question_none(q, -EDOM,
			table == CGN_TELEMETRY_FILTER_SUBSCRIBERS ? "state of a subscriber"
								  : "state of a mapping",
			&there);
}

static int
filter_state(struct cgn_telemetry_question *q, const char *text,
		enum cgn_telemetry_filter_table table, struct cgn_table_filter *f)
{
	if (table == CGN_TELEMETRY_FILTER_SUBSCRIBERS) {
		f->use = use_of(text);
		return f->use == CGN_TABLE_USE_ANY ? refuse_state(q, text, table) : 0;
	}
	f->kind = kind_of(text);
	if (f->kind != CGN_TABLE_ANY)
		return 0;
	for (uint8_t i = 0; i < CGN_TCP_STATE_COUNT; i++) {
		if (strcmp(text, cgn_tcpstate_name((enum cgn_tcp_state)i)) == 0)
			f->tcp_state = i;
	}
	return f->tcp_state == UINT8_MAX ? refuse_state(q, text, table) : 0;
}

int
cgn_telemetry_filter_read(struct cgn_telemetry_question *q, enum cgn_telemetry_filter_table table,
		struct cgn_table_filter *f)
{
	char text[CGN_TELEMETRY_PARAMS_MAX];
	int n = 0, ret = 0;

	*f = (struct cgn_table_filter){ .proto = CGN_PROTO_COUNT, .tcp_state = UINT8_MAX };
	if (cgn_telemetry_question_param(q, "subscriber", text) ||
			cgn_telemetry_question_param(q, "", text)) {
		ret = filter_subscriber(q, text, f);
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "group", text)) {
		ret = filter_group(q, text, f);
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "external", text)) {
		ret = filter_external(q, text, table != CGN_TELEMETRY_FILTER_SUBSCRIBERS, f);
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "proto", text)) {
		ret = filter_proto(q, text, f);
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "state", text)) {
		ret = filter_state(q, text, table, f);
		n++;
	}
	return ret < 0 ? ret : n > 0;
}
