/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sums of the verdicts of all workers, for the last lines of cgnd's output and for telemetry.
 */
#include "controlplane/report.h"

#include <inttypes.h>

void
cgn_report_add(struct cgn_report *r, const struct cgn_stats *stats)
{
	for (unsigned int p = 0; p < CGN_PORTS_MAX; p++)
		r->received += cgn_counter_get(&stats->port[p].rx_pkts);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++)
		r->verdict[v] += cgn_counter_get(&stats->verdict[v]);
	r->held += cgn_counter_get(&stats->gauge[CGN_G_HELD_FRAGMENTS]) +
			cgn_counter_get(&stats->gauge[CGN_G_HELD_NEIGH]);
}

void
cgn_report_print(const struct cgn_report *r, FILE *out)
{
	uint64_t sum = 0;

	fprintf(out, "%-12s %-16s %14" PRIu64 "\n", "received", "", r->received);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		sum += r->verdict[v];
		if (r->verdict[v] == 0)
			continue;
		fprintf(out, "%-12s %-16s %14" PRIu64 "  %s\n",
				cgn_verdict_class_name(cgn_verdict_class(v)), cgn_verdict_name(v),
				r->verdict[v], cgn_verdict_help(v));
	}
	if (r->held != 0)
		fprintf(out, "%-12s %-16s %14" PRIu64 "\n", "held", "", r->held);
	fprintf(out, "%-12s %-16s %14" PRIu64 "\n", "sum", "", sum + r->held);
	fflush(out);
}
