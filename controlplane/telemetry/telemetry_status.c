/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The state of cgnd as a whole as telemetry data: what an operator looks at first.
 */
#include "controlplane/telemetry/telemetry_status.h"

#include "controlplane/telemetry/telemetry_config.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/clock_ms.h"
#include "shared/ctl.h"
#include "shared/dpdk_compat.h"
#include "shared/log.h"
#include "shared/log_recent.h"

#include <errno.h>
#include <stdio.h>

#include <rte_telemetry.h>

static int
status_config(struct rte_tel_data *out, struct cgn_control *control)
{
	struct rte_tel_data *d = cgn_telemetry_rows_child(out, "config");

	if (d == NULL)
		return -ENOMEM;
	if (cgn_control_reload(control) != NULL)
		cgn_telemetry_config_add(d, cgn_control_reload(control));
	return 0;
}

static int
status_store(struct rte_tel_data *out, struct cgn_control *control)
{
	static const char *const states[] = {
		[CGN_KEEPER_OFF] = "off",
		[CGN_KEEPER_KEEPS] = "in_use",
		[CGN_KEEPER_FAILING] = "failing",
		[CGN_KEEPER_MISSING] = "missing",
	};
	struct cgn_portmap *m = cgn_control_portmap(control);
	enum cgn_keeper_state state = m == NULL ? CGN_KEEPER_OFF : cgn_portmap_store(m);
	struct rte_tel_data *d = cgn_telemetry_rows_child(out, "store");

	if (d == NULL)
		return -ENOMEM;
	rte_tel_data_add_dict_string(d, "state", states[state]);
	if (state != CGN_KEEPER_OFF)
		cgn_telemetry_rows_text(d, "file", cgn_control_conf(control)->store_path);
	rte_tel_data_add_dict_uint(
			d, "leases", m == NULL ? 0 : cgn_lessor_count(cgn_portmap_lessor(m)));
	return 0;
}

static int
status_export(struct rte_tel_data *out, struct cgn_control *control)
{
	const struct cgn_export *e = cgn_records_export(cgn_control_records(control));
	struct rte_tel_data *d = cgn_telemetry_rows_child(out, "export");
	struct cgn_export_sink_state s;
	uint64_t n = 0, failing = 0;

	if (d == NULL)
		return -ENOMEM;
	for (; cgn_export_read_sink(e, n, &s); n++)
		failing += s.is_failing;
	rte_tel_data_add_dict_string(d, "state",
			e == NULL                      ? "off"
					: failing == 0 ? "works"
						       : "failing");
	rte_tel_data_add_dict_uint(d, "sinks", n);
	rte_tel_data_add_dict_uint(d, "sinks_failing", failing);
	return 0;
}

static int
status_host(struct rte_tel_data *out, struct cgn_control *control)
{
	struct rte_tel_data *d = cgn_telemetry_rows_child(out, "host");
	bool is_on = cgn_host_ports(cgn_control_host(control)) != NULL;
	const struct cgn_conf *conf = cgn_control_conf(control);

	if (d == NULL)
		return -ENOMEM;
	rte_tel_data_add_dict_string(d, "state", is_on ? "on" : "off");
	if (is_on) {
		rte_tel_data_add_dict_string(d, "netns", conf->host.netns);
		rte_tel_data_add_dict_uint(d, "interfaces", conf->n_ports);
	}
	return 0;
}

int
cgn_telemetry_status(struct rte_tel_data *out, struct cgn_control *control, const char *version)
{
	int64_t since_ms = cgn_control_since_ms(control);
	int64_t up_ms = cgn_clock_ms(CLOCK_REALTIME) - since_ms;

	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_string(out, "version", version);
	rte_tel_data_add_dict_uint(out, "since_ms", (uint64_t)since_ms);
	/* Somebody may have set the clock back. */
	rte_tel_data_add_dict_uint(out, "up_s", up_ms < 0 ? 0 : (uint64_t)up_ms / 1000);
	rte_tel_data_add_dict_uint(out, "warnings", cgn_log_recent_count());
	if (status_config(out, control) < 0 || status_store(out, control) < 0 ||
			status_export(out, control) < 0 || status_host(out, control) < 0)
		return -ENOMEM;
	return 0;
}

static void
status_group(struct rte_tel_data *d, struct cgn_control *control, uint32_t g)
{
	const struct cgn_planes *planes = cgn_control_planes(control);
	const struct cgn_conf *conf = cgn_control_conf(control);
	struct cgn_group_stats sum = { 0 };

	for (unsigned int w = 0; w < planes->n_workers; w++)
		cgn_stats_add_group(&sum, planes->workers[w].stats, g);
	rte_tel_data_add_dict_string(d, "group", conf->groups[g].name);
	if (conf->groups[g].pool < conf->n_pools)
		rte_tel_data_add_dict_string(d, "pool", conf->pools[conf->groups[g].pool].name);
#define GROUP_FIELD(field, label, help) \
	rte_tel_data_add_dict_uint(d, label, cgn_counter_get(&sum.field));
	CGN_GROUP_GAUGES(GROUP_FIELD)
	CGN_GROUP_COUNTERS(GROUP_FIELD)
#undef GROUP_FIELD
}

int
cgn_telemetry_status_groups(
		struct rte_tel_data *out, struct cgn_control *control, uint32_t first, uint32_t max)
{
	const struct cgn_conf *conf = cgn_control_conf(control);
	struct rte_tel_data *t, *d;
	uint32_t end, shown = 0;
	char next[16];

	end = cgn_telemetry_rows_page_end(first, (uint32_t)conf->n_groups, max, next);
	t = cgn_telemetry_rows_table(out, next);
	for (uint32_t g = first; t != NULL && g < end; g++) {
		if (conf->groups[g].is_gone)
			continue;
		d = cgn_telemetry_rows_row(t, shown++);
		if (d == NULL)
			return -ENOMEM;
		status_group(d, control, g);
	}
	return t == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_status_sinks(
		struct rte_tel_data *out, struct cgn_control *control, uint32_t first, uint32_t max)
{
	static const char *const types[] = {
		[CGN_EXPORT_FILE] = "file",
		[CGN_EXPORT_SYSLOG] = "syslog",
		[CGN_EXPORT_IPFIX] = "ipfix",
	};
	const struct cgn_export *e = cgn_records_export(cgn_control_records(control));
	const struct cgn_conf_export *conf = &cgn_control_conf(control)->export;
	struct cgn_export_sink_state s;
	struct rte_tel_data *t;
	char next[16];
	uint32_t end;

	end = cgn_telemetry_rows_page_end(first, (uint32_t)conf->n_sinks, max, next);
	t = cgn_telemetry_rows_table(out, next);
	for (uint32_t i = first; t != NULL && i < end && cgn_export_read_sink(e, i, &s); i++) {
		const struct cgn_conf_export_sink *c = &conf->sinks[i];
		struct rte_tel_data *d = cgn_telemetry_rows_row(t, i - first);

		if (d == NULL)
			return -ENOMEM;
		rte_tel_data_add_dict_string(d, "sink", c->name);
		rte_tel_data_add_dict_string(d, "type", types[c->type]);
		cgn_telemetry_rows_text(d, "to", c->type == CGN_EXPORT_FILE ? c->path : c->target);
		rte_tel_data_add_dict_string(d, "state", s.is_failing ? "failing" : "works");
		rte_tel_data_add_dict_uint(d, "written", s.written);
		rte_tel_data_add_dict_uint(d, "queued", s.queued);
		rte_tel_data_add_dict_uint(d, "lost", s.lost);
		rte_tel_data_add_dict_uint(d, "failures", s.failures);
	}
	return t == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_status_warnings(struct rte_tel_data *out)
{
	struct cgn_log_recent_line lines[CGN_LOG_RECENT_MAX];
	unsigned int n = cgn_log_recent_read(lines);
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, "");

	for (unsigned int i = 0; t != NULL && i < n; i++) {
		struct rte_tel_data *d = cgn_telemetry_rows_row(t, i);

		if (d == NULL)
			return -ENOMEM;
		rte_tel_data_add_dict_uint(d, "at_ms", (uint64_t)lines[i].wall_ms);
		rte_tel_data_add_dict_string(d, "severity",
				cgn_log_event_severity(cgn_log_event_row(lines[i].event)->level));
		rte_tel_data_add_dict_string(d, "state", cgn_log_recent_word(lines[i].state));
		if (lines[i].state == CGN_LOG_RECENT_OVER)
			rte_tel_data_add_dict_uint(d, "over_ms", (uint64_t)lines[i].over_ms);
		cgn_telemetry_rows_long(d, CGN_CTL_TEXT, lines[i].text);
	}
	return t == NULL ? -ENOMEM : 0;
}
