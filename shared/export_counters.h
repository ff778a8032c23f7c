/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_COUNTERS_H
#define CGN_EXPORT_COUNTERS_H

/**
 * @file
 * Counters of the export of records: a part of shared/control_counters.h, which explains the rows.
 */

/* clang-format off */
/** Records (README.md of controlplane/export), by kind: struct cgn_export_stats. All 0 without an export. */
#define CGN_EXPORT_COUNTERS(C)                                                                            \
	C(written_PROCESS,  "records_process",       "records of starts, stops and steps of the clock; each sink counts") \
	C(written_BLOCKS,   "records_blocks",        "records of port blocks written; each sink counts")   \
	C(written_BINDINGS, "records_bindings",      "records of pairings written; each sink counts")      \
	C(written_LEASES,   "records_leases",        "records of leases written; each sink counts")        \
	C(written_QUOTAS,   "records_quotas",        "records of limits that refuse and of exhaustion written; each sink counts") \
	C(written_THRESHOLDS, "records_thresholds",  "records of thresholds written; each sink counts")    \
	C(written_MAPPINGS, "records_mappings",      "records of mappings written; each sink counts")      \
	C(written_SESSIONS, "records_sessions",      "records of sessions written; each sink counts")      \
	C(lost_PROCESS,     "records_process_lost",  "records of starts, stops and steps of the clock lost")  \
	C(lost_BLOCKS,      "records_blocks_lost",   "records of port blocks lost: a queue was full, or a sink failed at the stop") \
	C(lost_BINDINGS,    "records_bindings_lost", "records of pairings lost: a queue was full, or a sink failed at the stop") \
	C(lost_LEASES,      "records_leases_lost",   "records of leases lost: a queue was full, or a sink failed at the stop") \
	C(lost_QUOTAS,      "records_quotas_lost",   "records of limits and of exhaustion lost: a queue was full, or a sink failed") \
	C(lost_THRESHOLDS,  "records_thresholds_lost", "records of thresholds lost: a queue was full, or a sink failed at the stop") \
	C(lost_MAPPINGS,    "records_mappings_lost", "records of mappings lost: a queue was full, or a sink failed at the stop") \
	C(lost_SESSIONS,    "records_sessions_lost", "records of sessions lost: a queue was full, or a sink failed at the stop") \
	C(resent,           "records_resent",        "records sent again after a connection broke: a collector may have them twice") \
	C(failures,         "record_sink_failures",  "how often a sink has begun to take no records")
/* clang-format on */

#endif /* CGN_EXPORT_COUNTERS_H */
