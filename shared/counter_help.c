/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table of all counters for cgnctl and telemetry, made from the lists of verdicts, statistics
 * and counters of the control thread.
 */
#include "shared/counter_help.h"

#include "shared/control_counters.h"
#include "shared/state_counts.h"
#include "shared/stats.h"

#include <string.h>

/* Group of a class of verdicts; a test compares them with cgn_verdict_class_name(). */
#define GROUP_FORWARDED                "forwarded"
#define GROUP_LOCAL                    "local"
#define GROUP_ABSORBED                 "absorbed"
#define GROUP_DROPPED                  "dropped"

#define VERDICT(id, class, name, help) { GROUP_##class, name, help },
#define COUNTER(id, name, help)        { "counters", name, help },
#define GAUGE(id, name, help)          { "gauges", name, help },
#define CONTROL(id, name, help)        { "control", name, help },
#define LOG(name, help)                { "control", name, help },
#define DROP(id, name, help)           { "control", "state_dropped_" name, "state not taken: " help },
#define PORTMAP(id, name, help)        { "portmap", name, help },

/* clang-format off */
static const struct cgn_counter_help rows[] = {
	CGN_VERDICTS(VERDICT)
	CGN_COUNTERS(COUNTER)
	CGN_GAUGES(GAUGE)
	CGN_PROCESS_GAUGES(GAUGE)
	CGN_CONTROL_COUNTERS(CONTROL)
	CGN_RELOAD_COUNTERS(CONTROL)
	CGN_RESOLVER_COUNTERS(CONTROL)
	CGN_IP_RESPONDER_COUNTERS(CONTROL)
	CGN_HOST_COUNTERS(CONTROL)
	CGN_HOST_IPSEC_COUNTERS(CONTROL)
	CGN_DPCLIENT_COUNTERS(CONTROL)
	CGN_EXPORT_COUNTERS(CONTROL)
	CGN_LOG_COUNTERS(LOG)
	CGN_KEPT_COUNTERS(CONTROL)
	CGN_STATE_DROPS(DROP)
	CGN_CONTROL_GAUGES(CONTROL)
	CGN_NATPMP_COUNTERS(PORTMAP)
	CGN_NATPMP_RESULT_COUNTERS(PORTMAP)
	CGN_PCP_COUNTERS(PORTMAP)
	CGN_PCP_RESULT_COUNTERS(PORTMAP)
	CGN_NATPMP_ANNOUNCE_COUNTERS(PORTMAP)
	CGN_LESSOR_COUNTERS(PORTMAP)
	CGN_PORTMAP_GAUGES(PORTMAP)
	CGN_RELAY_UPSTREAM_COUNTERS(PORTMAP)
	CGN_RELAY_COUNTERS(PORTMAP)
	CGN_RELAY_TRANSACTION_COUNTERS(PORTMAP)
	CGN_RELAY_PASS_COUNTERS(PORTMAP)
	CGN_RELAY_B4_COUNTERS(PORTMAP)
	CGN_RELAY_PROXY_COUNTERS(PORTMAP)
	CGN_RELAY_GAUGES(PORTMAP)
};
/* clang-format on */

const struct cgn_counter_help *
cgn_counter_help_rows(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

const char *
cgn_counter_help_find(const char *group, const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].group, group) == 0 && strcmp(rows[i].name, name) == 0)
			return rows[i].help;
	}
	return NULL;
}
