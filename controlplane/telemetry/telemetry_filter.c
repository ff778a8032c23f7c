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
filter_subscriber(const char *text, struct cgn_table_filter *f)
{
	struct cgn_ip addr;

	f->has_subscriber = true;
	if (strchr(text, '/') != NULL)
		return cgn_addr_text_parse_prefix(text, &f->subscriber) < 0 ? -EAFNOSUPPORT : 0;
	if (cgn_addr_text_parse_ip(text, &addr) < 0)
		return -EAFNOSUPPORT;
	f->subscriber.is_ip6 = addr.is_ip6;
	f->subscriber.len = addr.is_ip6 ? 128 : 32;
	if (addr.is_ip6)
		f->subscriber.ip6 = addr.ip6;
	else
		f->subscriber.ip4 = addr.ip4;
	return 0;
}

static int
filter_group(const char *text, const struct cgn_conf *conf, struct cgn_table_filter *f)
{
	for (size_t i = 0; i < conf->n_groups; i++) {
		if (!conf->groups[i].is_gone && strcmp(conf->groups[i].name, text) == 0) {
			f->has_group = true;
			f->group = (uint8_t)i;
			return 0;
		}
	}
	return -ESRCH;
}

/* A subscriber has an external address, and many of its ports. */
static int
filter_external(const char *text, bool takes_port, struct cgn_table_filter *f)
{
	uint16_t port;

	if (takes_port && strchr(text, ':') != NULL) {
		if (cgn_addr_text_parse_ep4(text, &f->ext_addr, &port) < 0 || port == 0)
			return -EADDRNOTAVAIL;
		f->ext_port = rte_cpu_to_be_16(port);
	} else if (cgn_addr_text_parse_ip4(text, &f->ext_addr) < 0) {
		return -EADDRNOTAVAIL;
	}
	return f->ext_addr == 0 ? -EADDRNOTAVAIL : 0;
}

static int
filter_state(const char *text, enum cgn_telemetry_filter_table table, struct cgn_table_filter *f)
{
	if (table == CGN_TELEMETRY_FILTER_SUBSCRIBERS) {
		f->use = use_of(text);
		return f->use == CGN_TABLE_USE_ANY ? -EDOM : 0;
	}
	f->kind = kind_of(text);
	if (f->kind != CGN_TABLE_ANY)
		return 0;
	for (uint8_t i = 0; i < CGN_TCP_STATE_COUNT; i++) {
		if (strcmp(text, cgn_tcpstate_name((enum cgn_tcp_state)i)) == 0)
			f->tcp_state = i;
	}
	return f->tcp_state == UINT8_MAX ? -EDOM : 0;
}

int
cgn_telemetry_filter_read(const struct cgn_telemetry_question *q,
		enum cgn_telemetry_filter_table table, struct cgn_table_filter *f)
{
	const struct cgn_conf *conf = cgn_control_conf(q->control);
	char text[CGN_TELEMETRY_PARAMS_MAX];
	int n = 0, ret = 0;

	*f = (struct cgn_table_filter){ .proto = CGN_PROTO_COUNT, .tcp_state = UINT8_MAX };
	if (cgn_telemetry_question_param(q, "subscriber", text, sizeof(text)) ||
			cgn_telemetry_question_param(q, "", text, sizeof(text))) {
		ret = filter_subscriber(text, f);
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "group", text, sizeof(text))) {
		ret = filter_group(text, conf, f);
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "external", text, sizeof(text))) {
		ret = filter_external(text, table != CGN_TELEMETRY_FILTER_SUBSCRIBERS, f);
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "proto", text, sizeof(text))) {
		ret = cgn_telemetry_rows_parse_proto(text, &f->proto) < 0 ? -EPROTONOSUPPORT : 0;
		n++;
	}
	if (ret == 0 && cgn_telemetry_question_param(q, "state", text, sizeof(text))) {
		ret = filter_state(text, table, f);
		n++;
	}
	return ret < 0 ? ret : n > 0;
}
