/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Counters, gauges and their help texts as telemetry data, for cgnctl and dpdk-telemetry.py.
 *
 * The lists that define the counters decide what is shown, so that a new row needs no line here.
 */
#include "controlplane/telemetry/telemetry_counters.h"

#include "controlplane/counters.h"
#include "controlplane/report.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/counter_help.h"
#include "shared/dpdk_compat.h"

#include <errno.h>
#include <string.h>

#include <rte_telemetry.h>

static void
put_number(struct rte_tel_data *d, const char *name, uint64_t value)
{
	rte_tel_data_add_dict_uint(d, name, value);
}

static void
put_value(void *dict, const struct cgn_counters_value *v)
{
	put_number(dict, v->name, v->value);
}

/* --- verdicts ---------------------------------------------------------------------------------- */

int
cgn_telemetry_counters_verdicts(struct rte_tel_data *out, const struct cgn_planes *planes,
		unsigned int first, unsigned int end)
{
	struct cgn_report r = { 0 };
	struct rte_tel_data *d;

	for (unsigned int w = first; w < end; w++)
		cgn_report_add(&r, planes->workers[w].stats);
	rte_tel_data_start_dict(out);
	put_number(out, "received", r.received);
	put_number(out, "held", r.held);
	for (int class = CGN_VC_FORWARDED; class <= CGN_VC_DROPPED; class ++) {
		d = cgn_telemetry_rows_child(
				out, cgn_verdict_class_name((enum cgn_verdict_class) class));
		if (d == NULL)
			return -ENOMEM;
		for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
			if (cgn_verdict_class(v) == (enum cgn_verdict_class) class)
				put_number(d, cgn_verdict_name(v), r.verdict[v]);
		}
	}
	return 0;
}

/* --- all of them ------------------------------------------------------------------------------- */

/* Sums of the workers first..end-1. */
static void
put_workers(struct rte_tel_data *counters, struct rte_tel_data *gauges,
		const struct cgn_planes *planes, unsigned int first, unsigned int end)
{
	uint64_t sum;

	for (unsigned int c = 0; c < CGN_C_COUNT; c++) {
		sum = 0;
		for (unsigned int w = first; w < end; w++)
			sum += cgn_counter_get(&planes->workers[w].stats->counter[c]);
		put_number(counters, cgn_stats_counter_name(c), sum);
	}
	for (unsigned int g = 0; g < CGN_G_COUNT; g++) {
		sum = 0;
		for (unsigned int w = first; w < end; w++)
			sum += cgn_counter_get(&planes->workers[w].stats->gauge[g]);
		put_number(gauges, cgn_stats_gauge_name(g), sum);
	}
}

int
cgn_telemetry_counters_all(struct rte_tel_data *out, struct cgn_control *control,
		unsigned int first, unsigned int end)
{
	struct rte_tel_data *counters, *gauges, *own, *portmap;

	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_uint(out, "since_ms", (uint64_t)cgn_control_since_ms(control));
	counters = cgn_telemetry_rows_child(out, "counters");
	gauges = cgn_telemetry_rows_child(out, "gauges");
	own = cgn_telemetry_rows_child(out, "control");
	if (counters == NULL || gauges == NULL || own == NULL)
		return -ENOMEM;
	put_workers(counters, gauges, cgn_control_planes(control), first, end);
	cgn_counters_process(put_value, gauges);
	cgn_counters_control(control, put_value, own);
	if (!cgn_counters_has_portmap(control))
		return 0;
	portmap = cgn_telemetry_rows_child(out, "portmap");
	if (portmap == NULL)
		return -ENOMEM;
	cgn_counters_portmap(control, put_value, portmap);
	return 0;
}

/* --- help -------------------------------------------------------------------------------------- */

/* How many counters each group has. Rows of a group stand together. */
static void
put_groups(struct rte_tel_data *d)
{
	size_t n;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);
	size_t first = 0;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && strcmp(rows[i].group, rows[first].group) == 0)
			continue;
		put_number(d, rows[first].group, i - first);
		first = i;
	}
}

int
cgn_telemetry_counters_help(struct rte_tel_data *out, const char *group)
{
	size_t n;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);
	bool is_found = false;

	rte_tel_data_start_dict(out);
	if (group[0] == '\0') {
		put_groups(out);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].group, group) != 0)
			continue;
		is_found = true;
		rte_tel_data_add_dict_string(out, rows[i].name, rows[i].help);
	}
	return is_found ? 0 : -ENOENT;
}
